/* The tokens of FEEL (DMN 1.5 §10.3.1.2). The lexer knows no names: which characters make one name
 * depends on what is in scope, so it gives single words, and dx_name_scan lets the parser try how
 * far a name reaches from a word on. */
#ifndef DX_FEEL_LEXER_H
#define DX_FEEL_LEXER_H

#include "base/str.h"

typedef enum dx_token_kind {
    DX_TOK_END,
    DX_TOK_BAD, /* `fault` says why */
    DX_TOK_NUMBER,
    DX_TOK_STRING, /* with its quotes */
    DX_TOK_WORD,   /* one run of name characters */
    DX_TOK_AT,
    DX_TOK_LPAREN,
    DX_TOK_RPAREN,
    DX_TOK_LBRACKET,
    DX_TOK_RBRACKET,
    DX_TOK_LBRACE,
    DX_TOK_RBRACE,
    DX_TOK_COMMA,
    DX_TOK_COLON,
    DX_TOK_DOT,
    DX_TOK_DOTDOT,
    DX_TOK_ARROW,
    DX_TOK_PLUS,
    DX_TOK_MINUS,
    DX_TOK_STAR,
    DX_TOK_POWER,
    DX_TOK_SLASH,
    DX_TOK_EQ,
    DX_TOK_NE,
    DX_TOK_LT,
    DX_TOK_LE,
    DX_TOK_GT,
    DX_TOK_GE
} dx_token_kind;

/* Words with a meaning of their own where the grammar has them; elsewhere they are names. */
typedef enum dx_keyword {
    DX_KW_NONE,
    DX_KW_AND,
    DX_KW_BETWEEN,
    DX_KW_ELSE,
    DX_KW_EVERY,
    DX_KW_EXTERNAL,
    DX_KW_FALSE,
    DX_KW_FOR,
    DX_KW_FUNCTION,
    DX_KW_IF,
    DX_KW_IN,
    DX_KW_INSTANCE,
    DX_KW_NOT,
    DX_KW_NULL,
    DX_KW_OF,
    DX_KW_OR,
    DX_KW_RETURN,
    DX_KW_SATISFIES,
    DX_KW_SOME,
    DX_KW_THEN,
    DX_KW_TRUE
} dx_keyword;

typedef struct dx_token {
    uint8_t kind;    /* dx_token_kind */
    uint8_t keyword; /* dx_keyword, of a DX_TOK_WORD */
    dx_err fault;    /* of a DX_TOK_BAD */
    uint32_t from, to;
} dx_token;

/* The token at or after byte `at` of the text, white space and comments skipped. Any bytes may be
 * given: what cannot be a token is a DX_TOK_BAD of at least one byte. */
dx_token dx_lex(dx_str text, uint32_t at);
/* As FEEL writes a keyword. */
const char *dx_keyword_text(dx_keyword keyword);
/* The value of a DX_TOK_STRING: without quotes, escapes replaced. An escape that FEEL does not
 * define stays as written, so that patterns need no doubled backslash. False when an escape names
 * no character (half of a surrogate pair); *bad is then its place. */
bool dx_lex_string(dx_arena *arena, dx_str text, const dx_token *token, dx_str *ret, dx_token *bad);

/* A name tried from a word on, piece by piece: a piece is a word or one of . / - ' + *. */
typedef struct dx_name_scan {
    dx_str text;
    uint32_t to; /* end of the last piece in the text */
    uint32_t at; /* start of the last piece */
    bool symbol; /* the last piece is one of the symbols */
    dx_buf *key; /* the pieces so far in normal form (dx_name_normal) */
} dx_name_scan;

/* Starts at a word, in an empty buffer. */
dx_name_scan dx_name_scan_start(dx_buf *key, dx_str text, const dx_token *word);
/* Takes one piece more; false when none follows. */
bool dx_name_scan_more(dx_name_scan *scan);
/* Whether a character may stand between the words of a name: . / - ' + * */
bool dx_name_symbol(char c);

#endif
