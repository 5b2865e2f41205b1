/* What the files of the parser share: parser.c (entry points, operators, unary tests),
 * parser_atom.c (what stands between operators) and parser_type.c (types). Nobody else includes it.
 *
 * The parser is one token ahead. After the first fault it records the diagnostic and sees nothing
 * but the end of the text, so that every loop ends by itself; no function returns NULL. */
#ifndef DX_FEEL_PARSE_H
#define DX_FEEL_PARSE_H

#include "feel/ast.h"
#include "feel/lexer.h"

enum { DX_NESTING_MAX = 200 };

typedef struct dx_parser {
    dx_parse *in;
    dx_arena *arena;
    dx_str text;
    const dx_source *source;
    dx_token tok;     /* the token to be read next */
    uint32_t last_to; /* end of the token before it */
    dx_token name;    /* from and to of the last name read, for a better sentence */
    dx_buf key;       /* of the name that is being tried */
    const dx_names *scope;
    uint32_t filters; /* how many filters we are inside: members are names there */
    uint32_t depth;
    bool upper; /* at the upper end of a range, where `[` may be its bracket */
    bool failed;
} dx_parser;

/* Levels of the operators that stand between two operands; all associate to the left. */
typedef enum dx_level {
    DX_LEVEL_OR = 1,
    DX_LEVEL_AND,
    DX_LEVEL_COMPARE,
    DX_LEVEL_ADD,
    DX_LEVEL_MULTIPLY,
    DX_LEVEL_POWER,
    DX_LEVEL_OPERAND
} dx_level;

/* --- tokens and faults (parser.c) ----------------------------------------------------------- */
void dx_parser_advance(dx_parser *p);
/* Goes on reading at byte `at`. */
void dx_parser_goto(dx_parser *p, uint32_t at);
static inline bool dx_parser_at(const dx_parser *p, dx_token_kind kind) {
    return p->tok.kind == kind;
}
static inline bool dx_parser_word(const dx_parser *p, dx_keyword keyword) {
    return p->tok.kind == DX_TOK_WORD && p->tok.keyword == keyword;
}
/* Reads the token if it is there. */
bool dx_parser_take(dx_parser *p, dx_token_kind kind);
/* Reads a token that must be there, e.g. (p, DX_TOK_RPAREN, ")"). */
void dx_parser_expect(dx_parser *p, dx_token_kind kind, const char *text);
void dx_parser_expect_word(dx_parser *p, dx_keyword keyword);
/* Records a fault, if it is the first, with up to one argument. Returns a DX_N_ERROR node. */
dx_node *dx_parser_fail(dx_parser *p, dx_err code, uint32_t from, uint32_t to, dx_str a);
/* Records a fault that does not stop the parser. */
void dx_parser_note(dx_parser *p, dx_err code, uint32_t from, uint32_t to, dx_str a);
/* The token read next is wrong: `code` takes it as %1, `code_end` is for the end of the text. */
dx_node *dx_parser_wrong(dx_parser *p, dx_err code, dx_err code_end);
/* One level of nesting more; false, and a fault, when there are too many. Always pair with leave.
 */
bool dx_parser_enter(dx_parser *p);
static inline void dx_parser_leave(dx_parser *p) {
    p->depth--;
}

/* --- nodes and names (parser.c) --------------------------------------------------------------- */
dx_node *dx_parser_node(dx_parser *p, dx_node_kind kind, uint32_t from);
/* Sets where the node ends and how high it is. */
dx_node *dx_parser_done(dx_parser *p, dx_node *node);
/* A new innermost scope; give the old p->scope back when it ends. */
dx_names *dx_parser_scope(dx_parser *p);

typedef enum dx_name_where { DX_NAME_OPERAND, DX_NAME_MEMBER, DX_NAME_TYPE } dx_name_where;
/* Reads the longest known name at a word, else the word. */
dx_str dx_parser_name(dx_parser *p, dx_name_where where);
/* Reads the whole run of words and symbols as one new name (a key, a parameter); stops before the
 * word `until` (DX_KW_NONE: none). A fault when no word is there. */
dx_str dx_parser_new_name(dx_parser *p, dx_keyword until);
/* Whether "name :" stands here; if so it is read. */
bool dx_parser_label(dx_parser *p, dx_str *ret);

/* --- grammar ---------------------------------------------------------------------------------- */
dx_node *dx_parser_expression(dx_parser *p);
/* Operators of `level` and tighter, from a left operand on that began at `from`. */
dx_node *dx_parser_operators(dx_parser *p, uint32_t from, dx_node *left, dx_level level);
/* An operand with its operators of `level` and tighter. */
dx_node *dx_parser_operand(dx_parser *p, dx_level level);
/* Paths, filters, calls and `instance of` after an operand (parser_atom.c). */
dx_node *dx_parser_postfix(dx_parser *p, uint32_t from, dx_node *node);
/* Literal, name, list, context, range, function, if, for, some, every, parentheses. */
dx_node *dx_parser_atom(dx_parser *p);
/* `node .. high` and the closing bracket, after the opening one and `node` were read. */
dx_node *dx_parser_range(dx_parser *p, uint32_t from, dx_node *low, bool low_closed);
/* The comparison operator that is read next, DX_OP_NONE when it is none. */
dx_op dx_parser_compare_op(const dx_parser *p);
/* A type; `whole`: names reach as far as they can (typeRef, inside < >) (parser_type.c). */
const dx_type *dx_parser_type(dx_parser *p, bool whole);

#endif
