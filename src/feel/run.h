/* Running a program: one dx_run per thread, used for one evaluation after another. An evaluation
 * owns an arena, takes no lock and reads no clock. */
#ifndef DX_FEEL_RUN_H
#define DX_FEEL_RUN_H

#include "feel/builtin.h"
#include "feel/program.h"

/* Why a null is null: kept when asked for. */
typedef struct dx_note {
    dx_err code;
    dx_span span;
    dx_str args[2];
    struct dx_note *next;
} dx_note;

/* How a decision table came to its result, kept when asked for. */
typedef struct dx_table_trace {
    const dx_table *table;
    const dx_val *inputs;
    const uint8_t *verdicts; /* per rule: 0 failed, 1 matched, 2 may match */
    const uint32_t *failed;  /* per failed rule: the column whose cell failed first */
    struct dx_table_trace *next;
} dx_table_trace;

typedef struct dx_run {
    const dx_program *program;
    dx_arena *arena;             /* of the evaluation; reset by dx_run_reset */
    dx_val *frame;               /* of the main procedure */
    dx_val *stack, *stack_end;   /* free part of the register stack */
    const uint32_t *next, *last; /* stretches of main code still to run */
    uint32_t depth, depth_max;
    uint64_t steps, steps_max; /* calls and loop turns */
    const dx_insn *at;         /* instruction under way, for notes */
    const dx_proc *proc;
    dx_datetime now; /* what now() and today() say; set by the caller */
    bool has_now;
    bool tracing;
    dx_note *notes, **last_note;
    dx_table_trace *tables, **last_table;
    dx_call call;
} dx_run;

/* Makes a run; results of its evaluations live in `arena`. */
dx_run *dx_run_new(const dx_program *program, dx_arena *arena);
/* The same for calls that go at most so deep, with no larger a stack than these need. */
dx_run *dx_run_new_shallow(const dx_program *program, dx_arena *arena, uint32_t depth_max);
void dx_run_free(dx_run *run);
/* Forgets the last evaluation: its notes and traces; the arena is the caller's to reset first. */
void dx_run_reset(dx_run *run);
/* Runs stretches of main code one after another, each up to its END. A trap must be set on
 * run->arena. */
void dx_run_code(dx_run *run, const uint32_t *starts, uint32_t n);
/* Calls a procedure with arguments that conform to the types of its parameters. */
dx_val dx_run_call(dx_run *run, const dx_proc *proc, const dx_val *captures, const dx_val *args,
                   uint32_t n);
/* Adds a note when tracing; returns null. */
dx_val dx_run_null(dx_run *run, dx_err code, dx_str a, dx_str b);
/* v made to conform to a type at a border (DMN 1.5 §10.3.2.9.4), or null with a note. */
dx_val dx_run_coerce(dx_run *run, const dx_type *type, dx_val v);
/* Whether v meets the allowed values and constraint of a type that it conforms to, with all that
 * lies inside: true, false, null or unknown. */
dx_val dx_run_allowed(dx_run *run, const dx_type *type, dx_val v);
/* The verdict of unary test value `test` on v. */
dx_val dx_run_test(dx_run *run, dx_val v, dx_val test);
/* The verdict of unary tests that are all constants: any of a list of strings, numbers or booleans.
 */
dx_val dx_run_test_any(dx_run *run, const dx_val *v, const dx_val *list);
/* Joins what a value may be under an unknown condition: the same value, or unknown. */
dx_val dx_run_join(dx_run *run, dx_val condition, dx_val a, dx_val b);

/* min or max of two values. */
dx_val dx_run_extreme(dx_run *run, dx_str name, dx_val a, dx_val b);

/* step.c. Executes an instruction that makes a value in the frame R and goes on to the next. */
void dx_run_step(dx_run *run, const dx_insn *I, dx_val *R);

/* table.c. Whether a cell of constants holds for a value that is certain. */
bool dx_table_cell(dx_run *run, const dx_cell *cell, dx_val v);
/* Begins a table over its inputs, and takes the outputs of a rule that were computed. Both
 * return where to go on: the code of the next rule's outputs, or, with *ret set, what follows the
 * table (0: the next instruction, for a table whose outputs are constants). */
uint32_t dx_table_begin(dx_run *run, const dx_table *table, dx_val *frame, dx_val *ret);
uint32_t dx_table_output(dx_run *run, const dx_table *table, dx_val *frame, const dx_val *outputs,
                         dx_val *ret);

#endif
