/* Test files in the format of the DMN TCK (testCases.xsd): what goes into a model and what must
 * come out. Policy packs keep their cases in the same format. */
#ifndef DX_DMN_TCK_H
#define DX_DMN_TCK_H

#include "base/diag.h"
#include "feel/value.h"

typedef struct dx_tck_input {
    dx_str name, ns; /* of input data or a decision; ns empty: the model's */
    dx_val value;
    uint32_t line;
} dx_tck_input;

typedef struct dx_tck_result {
    dx_str name, ns;
    dx_val expected;
    bool has_expected; /* false: anything will do */
    bool error;        /* errorResult: the evaluation reports an error (and gives null) */
    uint32_t line;
} dx_tck_result;

/* ORDER TAG: tck.c's names */
typedef enum dx_tck_kind { DX_TCK_DECISION, DX_TCK_BKM, DX_TCK_SERVICE } dx_tck_kind;

typedef struct dx_tck_case {
    dx_str id, name, description, ns;
    dx_tck_kind kind;
    dx_str invocable; /* what to invoke, for a BKM or a service */
    dx_tck_input *inputs;
    dx_tck_result *results;
    uint32_t n_inputs, n_results;
    uint32_t line;
} dx_tck_case;

typedef struct dx_tck {
    dx_str file, name, model, ns; /* model: name of its file, beside this one */
    dx_str *labels;
    dx_tck_case *cases;
    uint32_t n_labels, n_cases;
} dx_tck;

/* Reads a test file; all faults are added to diags, a value at fault is null. NULL when it is no
 * such file. Values: <value> by its xsi:type (string when it has none), components a context with
 * just these keys, <list>; xsi:nil, or nothing at all, is null. */
dx_tck *dx_tck_load(dx_arena *arena, dx_str xml, dx_str file, dx_diags *diags);

/* Whether an actual value is what a case expects, as the runners of the TCK compare: numbers that
 * differ by less than 10^-8 are the same, contexts have the same keys, lists the same order; a time
 * in a named zone is the same as one with the offset of that zone; all else must be equal in kind
 * and value. `arena` is for intermediate results. */
bool dx_tck_same(dx_arena *arena, dx_val expected, dx_val actual);

#endif
