/* Running a column program, block by block. One run a thread; the program is shared. */
#ifndef DX_BATCH_RUN_H
#define DX_BATCH_RUN_H

#include "batch/graph.h"
#include "batch/kernels.h"
#include "batch/vector.h"

/* What a step gives for each code of a dictionary, or each truth value: kept as long as the other
 * arguments stay the same. */
typedef struct dx_answers {
    const dx_dict *dict; /* NULL: of a boolean */
    bool open;           /* null and unknown among the codes */
    const dx_causes *cause;
    dx_val *others; /* the other arguments */
    dx_val values[DX_ROWS];
    uint32_t n;
    bool composite; /* an answer has parts: there is no table */
    dx_vector packed;
    dx_slot slot;
    dx_dict *strings; /* of answers that are strings */
} dx_answers;

typedef struct dx_batch_run {
    const dx_batch *batch;
    const dx_kernels *k;
    dx_run *row; /* the row engine; its arena is that of the block */
    dx_arena *arena;
    dx_arena *kept;     /* what outlives a block */
    dx_vector *vectors; /* by step */
    bool *done;         /* by step: of those that are made when they are asked for */
    dx_slot *slots;
    dx_slot scratch[2];   /* operands brought to one scale */
    dx_answers **answers; /* by step, or NULL */
    dx_dict **dicts;      /* by step: of strings that it computes, or NULL */
    const dx_vector *fields;
    uint32_t n;    /* rows of the block */
    uint8_t *hard; /* rows that a kernel leaves to the row engine, where has_hard */
    bool has_hard;
    uint8_t *bits;        /* of dx_step_causes */
    uint8_t **wanted;     /* by guard: 1 where its output is wanted; made when first asked for */
    uint32_t *n_wanted;   /* by guard: how many rows; UINT32_MAX: not made yet */
    const uint8_t *wants; /* of the step under way, or NULL: all rows */
    dx_val *args;
} dx_batch_run;

/* Makes a run. `kept` must live as long as it; blocks are computed in `arena`, on which a trap must
 * be set whenever a block is run. */
dx_batch_run *dx_batch_run_new(const dx_batch *batch, dx_arena *arena, dx_arena *kept);
void dx_batch_run_free(dx_batch_run *run);
/* Computes all outputs for a block of 1 to DX_ROWS rows of the fields. Resets the arena first. */
void dx_batch_block(dx_batch_run *run, const dx_vector *fields, uint32_t n);
/* An output of the last block; valid until the next. */
static inline const dx_vector *dx_batch_result(const dx_batch_run *run, uint32_t output) {
    return &run->vectors[run->batch->outputs.v[output]];
}

/* --- among the files of the run --- */

/* A kernel makes *ret of the vectors of a step's arguments, in the arrays of `slot`; false when it
 * has no say. Rows marked in run->hard are then put in one by one. */
typedef bool dx_step_kernel(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot);
dx_step_kernel dx_step_add, dx_step_sub, dx_step_mul, dx_step_div, dx_step_share, dx_step_equal,
    dx_step_compare, dx_step_logic, dx_step_not, dx_step_if, dx_step_tests, dx_step_extreme,
    dx_step_round, dx_step_coerce, dx_step_member, dx_step_called, dx_step_match, dx_step_table;

static inline const dx_vector *dx_step_arg(const dx_batch_run *run, const dx_step *step,
                                           uint32_t arg) {
    return &run->vectors[step->args[arg]];
}
/* Whether the step under way is wanted in a row. */
static inline bool dx_batch_wants(const dx_batch_run *run, uint32_t row) {
    return !run->wants || run->wants[row];
}
/* The vector of a step that is made only when somebody asks (MATCH). */
const dx_vector *dx_step_vector(dx_batch_run *run, uint32_t step);
/* What the row engine makes of one row of a step's arguments. */
dx_val dx_step_row(dx_batch_run *run, const dx_step *step, uint32_t row);
/* Lets the row engine do a row: marks it in run->hard. */
void dx_step_leave(dx_batch_run *run, const uint8_t *rows, uint8_t mark);

/* The causes of the rows of *ret that are unknown (state 2 in `state`), from those of the arguments
 * that are unknown in them. */
void dx_step_causes(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const uint8_t *state,
                    const dx_vector *a, const dx_vector *b);

/* How a constant test stands to a number, for tests on a whole array; false when it is no such
 * test. Writes 0 or 1 a row into r. */
bool dx_cell_numbers(dx_batch_run *run, const dx_cell *cell, const dx_vector *v, uint8_t *r);

/* A number operand: an array, or one for all rows. */
typedef struct dx_operand {
    const int64_t *nums; /* NULL: `one` */
    int64_t one, low, high;
    uint8_t scale;
    int8_t exp;
    const int8_t *exps;
} dx_operand;
bool dx_operand_of(const dx_vector *v, dx_operand *ret);
/* Brings an operand to more decimals; false when it has no room. `slot` takes the numbers. */
bool dx_operand_scale(dx_batch_run *run, dx_operand *operand, uint8_t scale, dx_slot *slot);

#endif
