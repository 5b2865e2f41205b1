/* The syntax tree of FEEL, and the parser. DMN's boxed expressions become the same tree
 * (dmn/lower.c), so that one compiler serves both. Nodes live in the arena of the model. */
#ifndef DX_FEEL_AST_H
#define DX_FEEL_AST_H

#include "base/diag.h"
#include "feel/types.h"

typedef enum dx_node_kind {
    DX_N_LITERAL,  /* value */
    DX_N_NAME,     /* name, white space normalised */
    DX_N_PATH,     /* a . name */
    DX_N_FILTER,   /* a [ b ] */
    DX_N_CALL,     /* a ( list ); names[i] set when the arguments are named */
    DX_N_NEGATE,   /* - a */
    DX_N_ARITH,    /* a op b: + - * / ** */
    DX_N_COMPARE,  /* a op b: = != < <= > >= */
    DX_N_AND,      /* a and b */
    DX_N_OR,       /* a or b */
    DX_N_BETWEEN,  /* a between b and c */
    DX_N_IN,       /* a in b, where b is a DX_N_TESTS */
    DX_N_TESTS,    /* unary tests on ?: any of list; flag DX_F_NOT: not(...); empty list: "-" */
    DX_N_TEST_CMP, /* one unary test: op b, on ? */
    DX_N_IF,       /* if a then b else c */
    DX_N_FOR,      /* for iterators return a; `partial` is in scope in a */
    DX_N_SOME,     /* some iterators satisfies a */
    DX_N_EVERY,    /* every iterators satisfies a */
    DX_N_INSTANCE, /* a instance of type */
    DX_N_RANGE, /* [a..b]: flags DX_F_LOW_CLOSED, DX_F_HIGH_CLOSED; a or b NULL: unbounded. Of (<b),
                   (>=a), (=a), (!=a): `op` too; (!=a) is open with a on both sides */
    DX_N_LIST,  /* list */
    DX_N_CONTEXT,  /* names[i]: list[i]; a later entry sees the earlier ones. Flag DX_F_BOXED, from
                      DMN: an entry without a name (empty) as the last is the result */
    DX_N_FUNCTION, /* function(names[i]: types[i]) a; flag DX_F_EXTERNAL: a is the mapping context
                    */
    DX_N_TABLE,    /* a decision table of DMN: table */
    DX_N_COERCE,   /* a, made to conform to type (a border of DMN) */
    DX_N_ERROR     /* stands where the text could not be understood; evaluates to null */
} dx_node_kind;

typedef enum dx_op {
    DX_OP_NONE,
    DX_OP_ADD,
    DX_OP_SUB,
    DX_OP_MUL,
    DX_OP_DIV,
    DX_OP_POW,
    DX_OP_EQ,
    DX_OP_NE,
    DX_OP_LT,
    DX_OP_LE,
    DX_OP_GT,
    DX_OP_GE
} dx_op;

enum {
    DX_F_NOT = 1,
    DX_F_LOW_CLOSED = 2,
    DX_F_HIGH_CLOSED = 4,
    DX_F_EXTERNAL = 8,
    DX_F_BOXED = 16
};

/* Where an expression was written, for diagnostics and traces: the place of its text. One per
 * expression, shared by its nodes. */
typedef struct dx_source {
    dx_place place; /* file, line and column of the first byte of `text`; element; text */
} dx_source;

/* The most levels of nodes that a parsed text has, so that walks over its tree may recurse. */
#define DX_NODE_HEIGHT 300

/* An iterator of for, some, every: name in a, or name in a..b (b not NULL). */
typedef struct dx_iter {
    dx_str name;
    struct dx_node *a, *b;
} dx_iter;

typedef struct dx_node {
    uint8_t kind; /* dx_node_kind */
    uint8_t op;   /* dx_op */
    uint8_t flags;
    uint16_t height; /* of the tree below; the parser keeps it under DX_NODE_HEIGHT */
    const dx_source *source;
    uint32_t from, to; /* byte range in source->place.text */
    struct dx_node *a, *b, *c;
    struct dx_node **list;
    uint32_t n; /* of list, names, types, iters */
    dx_str name;
    dx_str *names;
    const dx_type **types; /* DX_N_FUNCTION: of parameters, entries may be NULL */
    const dx_type *type;   /* DX_N_INSTANCE, DX_N_COERCE; DX_N_FUNCTION: of the result or NULL */
    dx_iter *iters;
    dx_val value;
    struct dx_table *table;
} dx_node;

/* The names that the lexer may meet. FEEL names may hold spaces and operators ("loan amount",
 * "a+b"), so that which characters make one name depends on what is in scope: the longest known
 * name wins; what is not known is a single word. */
typedef struct dx_names {
    dx_map known;     /* normalised name -> 1 */
    uint32_t longest; /* bytes of the longest of them */
    const struct dx_names *outer;
} dx_names;

/* Adds a name (normalised as in texts: runs of white space become one space; none beside an
 * operator character). The bytes are not copied. */
void dx_names_add(dx_arena *arena, dx_names *names, dx_str name);
/* The normal form of a name, which is how NAME and PATH nodes, context keys and shapes hold it; the
 * name itself when it is normal already. */
dx_str dx_name_normal(dx_arena *arena, dx_str name);

/* What the parser is given: where results live, which variables are in scope, and every member name
 * that is known anywhere (components of item definitions, keys of contexts): a name after a dot,
 * or inside a filter, is looked up there too. The parser adds the keys of contexts that it reads to
 * `members`. The names of the built-in functions are always known. */
typedef struct dx_parse {
    dx_arena *arena;
    dx_diags *diags;
    const dx_names *scope;
    dx_names *members;
    const dx_names *hidden; /* names of the model that are not in scope, to say so; or NULL */
} dx_parse;

/* Parses a whole text. On a syntax error: one diagnostic with its place, and a DX_N_ERROR node
 * (never NULL). place.line and column are those of the text's first byte in its file. The tree
 * points into the text and the place's strings, which must live as long. */
dx_node *dx_feel_parse(dx_parse *parse, dx_str text, dx_place place);
/* A cell of a decision table, an `allowedValues`: unary tests on ?. Yields DX_N_TESTS, or
 * DX_N_ERROR as above. An empty text, which editors write for it, is "-". */
dx_node *dx_feel_parse_tests(dx_parse *parse, dx_str text, dx_place place);
/* A type as in `instance of` and typeRef; DX_T_NAMED for what is not built in. NULL on error. */
const dx_type *dx_feel_parse_type(dx_parse *parse, dx_str text, dx_place place);

/* A node of a kind, for those who build trees without text. */
dx_node *dx_node_new(dx_arena *arena, dx_node_kind kind, const dx_source *source);
/* Whether a name stands anywhere in an expression. */
bool dx_node_mentions(const dx_node *node, dx_str name);
/* For tests and for people who debug: the tree as an S-expression. */
void dx_node_print(dx_buf *out, const dx_node *node);

#endif
