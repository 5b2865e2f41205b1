/* The column program of some decisions: a list of steps, each of which makes a vector (vector.h) of
 * the vectors of earlier steps. Business knowledge models are written out where they are called,
 * contexts are taken apart into their entries, and what is computed in two places is one step.
 *
 * Every step knows how the row engine computes it for one row (`proc`, made of the very same
 * expression), so that a block in which a kernel has no say is still exact: kernels are short cuts,
 * never another meaning. Immutable once made; shared by threads. */
#ifndef DX_BATCH_GRAPH_H
#define DX_BATCH_GRAPH_H

#include "dmn/workshop.h"

typedef enum dx_step_kind {
#define X(name, kernel, hands_on) DX_S_##name,
#include "batch/steps.def"
#undef X
} dx_step_kind;

typedef struct dx_step {
    dx_step_kind kind;
    uint32_t n_args;
    const uint32_t *args;
    const dx_proc *proc;
    dx_val value;
    const dx_type *type;
    const dx_table *table;
    const dx_cell *cell;
    const dx_val *outputs;    /* TABLE: of each rule and then of none where that is constant ... */
    const uint32_t *computed; /* ... and where it is not, its place among the arguments, else 0 */
    uint32_t number; /* FIELD, MEMBER, TABLE, SHARE; COERCE: 1 if args 1 .. are all its tests */
    int16_t scale;
    dx_round rounding;
    uint32_t slot;  /* where its vector is kept */
    uint32_t guard; /* number + 1 of the guard that says in which rows it is wanted; 0: in all */
} dx_step;

/* An output that is of use only in rows in which none of some conditions (outputs too) fails. */
typedef struct dx_guard {
    uint32_t output;
    const uint32_t *conditions;
    uint32_t n;
} dx_guard;

typedef struct dx_batch {
    dx_arena *arena;
    const dx_dmn *dmn;
    dx_workshop workshop;
    DX_VEC(dx_step) steps;
    DX_VEC(uint32_t) outputs; /* steps */
    DX_VEC(dx_guard) guards;
    uint32_t n_fields, n_slots;
    struct dx_batch_builder *builder;
} dx_batch;

/* Begins the program of a set of models. A trap must be set on the arena. */
dx_batch *dx_batch_new(dx_arena *arena, const dx_dmn *dmn);
/* A new column of the data; its number. */
uint32_t dx_batch_field(dx_batch *batch);
/* What an input of the models (an element of the graph) is: a column; the entries of a context, the
 * columns from `first` on, which is null where the column `present` is false; or the same value for
 * all rows. An input that is bound to nothing is null. */
void dx_batch_bind_field(dx_batch *batch, uint32_t input, uint32_t field);
void dx_batch_bind_entries(dx_batch *batch, uint32_t input, const dx_shape *shape, uint32_t first,
                           uint32_t present);
void dx_batch_bind_value(dx_batch *batch, uint32_t input, dx_val value);
/* The value of a decision, or one entry of it, as an output of the program; its number. */
uint32_t dx_batch_output(dx_batch *batch, uint32_t decision);
uint32_t dx_batch_output_entry(dx_batch *batch, uint32_t decision, dx_str entry);
/* Lets an output be null in rows in which one of the conditions is neither true nor unknown: what
 * nothing else needs is then not computed for them. `conditions` is kept. */
void dx_batch_guard(dx_batch *batch, uint32_t output, const uint32_t *conditions, uint32_t n);
/* Completes the program: what does not depend on the data is computed, what no output needs is
 * dropped. Nothing may be added afterwards. */
void dx_batch_finish(dx_batch *batch);

#endif
