/* What the tests of the column engine share: a model, rows of values for its inputs, and every
 * decision computed by the row engine and by columns, which must be the same to the last bit. */
#ifndef TESTS_BATCH_COMPARE_H
#define TESTS_BATCH_COMPARE_H

#include "batch/run.h"

enum { ROWS_MOST = 3 * DX_ROWS };

typedef struct bench {
    dx_arena file, row, block; /* a model; one row of the row engine; a block of columns */
    dx_dmn *dmn;
    dx_run *run;
    uint32_t *inputs, *decisions, n_inputs, n_decisions;
    dx_val *values;   /* by input, then by row */
    dx_val *expected; /* by decision, then by row */
    dx_vector *fields;
    dx_slot *slots;
    uint32_t n_rows;
    unsigned compared, differ, kinds[DX_FUNCTION + 1];
    uint64_t chance;
} bench;

void bench_init(bench *b);
void bench_done(bench *b);
/* A number below n. */
uint32_t bench_chance(bench *b, uint32_t n);
/* Begins with b->dmn: its inputs and decisions, room for rows. */
void bench_begin(bench *b);
/* Computes the first b->n_rows rows in both ways, in blocks of several lengths, with strings as
 * codes and as values; differences are printed and counted. */
void bench_compare(bench *b, dx_str name);
/* How many values of each kind were compared, as lines of TAP comment. */
void bench_print_kinds(const bench *b);

#endif
