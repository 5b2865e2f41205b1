/* The compiled form of FEEL and DMN: procedures of a register machine. One program holds all that
 * was loaded together; it is immutable and shared by threads.
 *
 * A frame is an array of values: first the constants of the procedure, then its parameters and
 * temporaries, then captured values. The main procedure holds a register for every input and
 * decision
 * ("slots"); each decision is a stretch of its code that ends in END and leaves the result in its
 * slot. Business knowledge models, decision services and function literals are procedures of their
 * own. */
#ifndef DX_FEEL_PROGRAM_H
#define DX_FEEL_PROGRAM_H

#include "feel/ast.h"
#include "feel/hit.h"

typedef enum dx_opcode {
#define X(name, operands) DX_I_##name,
#include "feel/opcode.def"
#undef X
    DX_I_COUNT
} dx_opcode;

/* In c of RANGE, beside DX_F_LOW_CLOSED and DX_F_HIGH_CLOSED: an end was left out; from bit 8 the
 * dx_op of a range by comparison. */
enum { DX_RANGE_NO_LOW = 32, DX_RANGE_NO_HIGH = 64 };
/* In b of ACC: verdicts have to be boolean; they are known to be (or null, or unknown). */
enum { DX_ACC_STRICT = 1, DX_ACC_BOOL = 2 };

typedef struct dx_insn {
    uint32_t op, a, b, c;
} dx_insn;

/* Where an instruction comes from; parallel to the code. */
typedef struct dx_span {
    const dx_source *source;
    uint32_t from, to;
} dx_span;

typedef struct dx_proc {
    dx_str name;
    const dx_insn *code;
    const dx_span *spans;
    const dx_val *consts;
    uint32_t number; /* in the program */
    uint32_t n_code, n_consts, n_params, n_captures;
    uint32_t n_regs;  /* of the frame: constants, then parameters and temporaries, then captures */
    uint32_t capture; /* the register of the first capture */
    const dx_str *params;
    const dx_type *const *types; /* of the parameters; resolved */
    const dx_type *result;       /* or NULL */
    bool takes_null; /* an argument that does not conform is null (decision services), rather than
                        the result */
} dx_proc;

/* A function value: a procedure with what it captured, or a built-in. */
typedef struct dx_function {
    const dx_proc *proc; /* NULL: built-in */
    uint32_t builtin;
    uint32_t n;
    dx_val captures[];
} dx_function;

/* --- decision tables --- */

/* One way for a cell to hold: value OP constant, or in a constant range or list. */
typedef struct dx_cell_test {
    uint8_t op; /* dx_op; DX_OP_NONE: in (range, list) or equal to `value` */
    dx_val value;
} dx_cell_test;

/* A distinct cell of a column: holds when any of its tests holds (negated: none). Cells that are
 * more than constants are code, whose verdict lies in register `reg` when the table is reached. */
typedef struct dx_cell {
    bool dash, negated, coded;
    uint32_t reg;
    dx_cell_test *tests;
    uint32_t n_tests;
    dx_str text; /* as written, for the trace */
} dx_cell;

typedef struct dx_column {
    uint32_t reg; /* that holds the input when the table is reached */
    dx_cell *cells;
    uint32_t n_cells;
    const uint32_t *of_rule; /* cell of each rule */
    dx_str expression;       /* as written, for the trace */
    dx_cell *allowed;        /* inputValues: what the input must meet, or NULL */
    /* per cell: the rules that have it, as a bit set of table->n_words words */
    const uint64_t *rules;
    /* Where no cell is more than a dash or equal to one string: the strings of the cells, without
     * one (NULL) for a dash; else NULL. */
    const dx_val *strings;
} dx_column;

/* A table as DMN gives it (nodes; filled by dmn/lower.c) and as compiled. */
typedef struct dx_table {
    dx_hit hit;
    dx_aggregation aggregation;
    uint32_t n_inputs, n_outputs, n_rules;
    dx_node **inputs;        /* what is tested */
    dx_node **input_values;  /* inputValues: DX_N_TESTS or NULL per input */
    dx_node **cells;         /* DX_N_TESTS, rule by rule */
    dx_node **outputs;       /* rule by rule */
    dx_node **output_values; /* DX_N_TESTS or NULL per output: order for PRIORITY */
    dx_node **defaults;      /* or NULL entries */
    dx_str *input_texts;
    dx_str *cell_texts;
    const dx_type **output_types; /* or NULL entries; resolved */
    const dx_shape *shape;        /* names of several outputs; NULL for one */
    dx_str *rule_ids;
    dx_str *annotations; /* rule by rule, n_annotations each */
    uint32_t n_annotations;
    const dx_source *source;

    /* compiled */
    uint32_t n_words;
    dx_column *columns;
    const uint64_t *all_rules;
    const dx_val *constants; /* outputs that are all constants: rule by rule, coerced; else NULL */
    const dx_val *results;   /* of a table of constants that gives one hit: the result of each rule,
                                and [n_rules] that of none; else NULL */
    bool plain;              /* at most 64 rules, all cells constants, no input values, one hit */
    uint32_t *targets; /* else: where the code of each rule's outputs begins, ending in OUTPUT;
                          targets[n_rules]: that of the defaults, or 0 */
    uint32_t resume;   /* where a table with such code goes on */
    const dx_val *defaults_value; /* default outputs when constant, or NULL */
    const dx_val *priorities;     /* per output: a list of the output values in order, or null */
    uint32_t state;               /* register that keeps the state between TABLE and OUTPUT */
    uint32_t number;              /* in the program */
} dx_table;

typedef struct dx_program {
    dx_arena *arena;
    const dx_proc *main;
    const dx_proc **procs;
    uint32_t n_procs;
    const dx_type **types;
    uint32_t n_types;
    const dx_shape **shapes;
    uint32_t n_shapes;
    dx_table **tables;
    uint32_t n_tables;
} dx_program;

#endif
