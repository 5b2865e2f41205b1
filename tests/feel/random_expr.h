/* Random expressions and decision tables over input facts of all kinds, for tests that are not
 * about any one expression. What is random comes from rx_chance, which the program has to bring:
 * numbers of a seed, or the bytes of a fuzzer. */
#ifndef TESTS_FEEL_RANDOM_EXPR_H
#define TESTS_FEEL_RANDOM_EXPR_H

#include "feel/compile.h"

/* A number below n, n > 0. */
uint32_t rx_chance(uint32_t n);

/* --- facts --- */

/* What a letter stands for is said in random_expr.c at `rules`. */
typedef struct fact {
    const char *name;
    char letter;
} fact;

/* The last four are no variables of their own: entries of `p`, and the middle of `o`. */
enum { P = 17, O = 18, PARTS = 19, PART_A = PARTS, PART_O = PARTS + 3, FACTS = PARTS + 4 };

extern const fact rx_facts[FACTS];

/* A set of facts, and a value for each. */
typedef uint32_t fact_set;

static inline bool in_set(fact_set set, uint32_t i) {
    return set >> i & 1;
}

/* A value that somebody might give for a fact of a kind: null among them, at any place. */
dx_val rx_value(dx_arena *arena, char letter);
/* The arguments of a compiled expression: `values`, but unknown where `unknown` says so. */
void rx_args(dx_arena *arena, const dx_val *values, fact_set unknown, dx_val *args);

/* --- expressions --- */

enum { KIDS_MAX = 64 };

/* An expression: text with a $ for each kid; or a decision table. */
typedef struct gen {
    dx_str form;
    struct gen **kids;
    uint32_t n;
    char letter;
    struct gen_table *table;
} gen;

/* Kids of a table in order: inputs, input values, cells rule by rule, outputs rule by rule, output
 * values, defaults. NULL where there is none. */
typedef struct gen_table {
    dx_hit hit;
    dx_aggregation aggregation;
    uint32_t n_inputs, n_outputs, n_rules;
} gen_table;

gen *rx_expr(dx_arena *arena, unsigned depth);
/* Prints it, with its tables, as lines of TAP comment. */
void rx_print(dx_arena *arena, const gen *x);
/* A program whose main procedure takes the facts that are variables; NULL when a name in the text
 * is not known. (What else is at fault is null, as in a model.) With `typed` the facts have
 * declared types. */
const dx_program *rx_compile(dx_arena *arena, const gen *x, bool typed);

#endif
