/* The built-in functions of FEEL (DMN 1.5 §10.3.4). One row each in builtin.def gives name,
 * parameters, result type and behaviour with unknown arguments; the functions stand in
 * builtin_*.c by kind. */
#ifndef DX_FEEL_BUILTIN_H
#define DX_FEEL_BUILTIN_H

#include "base/diag.h"
#include "feel/types.h"

/* What a built-in function is given by the evaluation. */
typedef struct dx_call {
    dx_arena *arena; /* of the evaluation: results live here */
    struct dx_run *run;
    struct dx_regex_cache *regexes;
    uint32_t form; /* 0: arguments by position; else by name, in this alternative (from 1) */
} dx_call;

typedef enum dx_on_unknown {
    DX_U_STRICT, /* an unknown anywhere in the arguments: the result is unknown by all causes
                    (an argument of null that has no meaning still makes it null: see `nulls`) */
    DX_U_SELF    /* the function itself handles unknown arguments and elements */
} dx_on_unknown;

/* Sets of arguments, numbered from 1: one of them; all from one on. */
#define DX_NULL_AT(n) (1u << ((n)-1))
#define DX_NULL_FROM(n) (0xffu & ~(DX_NULL_AT(n) - 1))

typedef struct dx_builtin {
    const char *name;
    dx_val (*fn)(dx_call *call, const dx_val *args, uint32_t n);
    const char *params; /* "list: list, position: number"; alternatives "from: string|year: ...";
                           "x?: T" may be left out; "..." after the last: any number of it. Types
                           are those of FEEL, duration for both kinds of it, comparable for all that
                           have an order, and several with " or " */
    const char *result; /* FEEL type, for static typing: "number", "list", "Any", ... */
    dx_on_unknown on_unknown;
    uint8_t nulls; /* the arguments for which null has a meaning, and is passed on; any other that
                      is null makes the result null at once, even beside an unknown one */
} dx_builtin;

/* Whether null has a meaning as argument i, from 0. */
static inline bool dx_builtin_takes_null(const dx_builtin *b, uint32_t i) {
    return b->nulls >> (i < 7 ? i : 7) & 1;
}

extern const dx_builtin dx_builtins[];
extern const uint32_t dx_builtin_count;
/* Index of a function by its name, or UINT32_MAX. */
uint32_t dx_builtin_find(dx_str name);

/* One alternative of a signature, read. */
enum { DX_PARAMS_MAX = 8 };
typedef struct dx_param {
    dx_str name, type; /* as written */
    bool optional;
} dx_param;
typedef struct dx_signature {
    dx_param params[DX_PARAMS_MAX];
    uint32_t n;
    bool open; /* the last one may be repeated */
} dx_signature;
/* Alternative `form`, from 1; false when there are not so many. */
bool dx_builtin_signature(const dx_builtin *b, uint32_t form, dx_signature *ret);
/* Whether n positional arguments fit an alternative. */
bool dx_signature_takes(const dx_signature *s, uint32_t n);
/* The positions of named arguments: to[i] is the position of names[i] in the alternative that has
 * them all; *ret_n the number of positional arguments. Returns which alternative, from 1;
 * 0 when none fits. */
uint32_t dx_builtin_name_args(const dx_builtin *b, const dx_str *names, uint32_t n, uint32_t *to,
                              uint32_t *ret_n);
/* Whether n positional arguments fit some alternative. */
bool dx_builtin_takes(const dx_builtin *b, uint32_t n);

/* null, with the reason noted in the run (code and arguments as in error.def). */
dx_val dx_call_null(dx_call *call, dx_err code, dx_str a, dx_str b);
/* Whether reasons are noted at all: what they say need not be put together otherwise. */
bool dx_call_notes(const dx_call *call);
/* Calls a FEEL function value (sort's precedes). Implemented by the interpreter. */
dx_val dx_call_function(dx_call *call, dx_val function, const dx_val *args, uint32_t n);
/* What now() and today() say; false when the evaluation was given no time. Implemented by the run.
 */
bool dx_run_now(struct dx_run *run, dx_datetime *ret);

/* Operators that builtins share with the interpreter (ops.c). Unknown and null handled as FEEL and
 * the architecture say: null beats unknown in arithmetic and comparison. */
dx_val dx_op_add(dx_call *call, dx_val a, dx_val b);
dx_val dx_op_sub(dx_call *call, dx_val a, dx_val b);
dx_val dx_op_mul(dx_call *call, dx_val a, dx_val b);
dx_val dx_op_div(dx_call *call, dx_val a, dx_val b);
dx_val dx_op_pow(dx_call *call, dx_val a, dx_val b);
dx_val dx_op_negate(dx_call *call, dx_val a);
/* op is a dx_op of ast.h: DX_OP_LT.. DX_OP_GE; EQ and NE go through dx_val_equal. */
dx_val dx_op_compare(dx_call *call, int op, dx_val a, dx_val b);
/* Whether v lies in a range: true, false, null (not comparable), unknown. */
dx_val dx_op_in_range(dx_call *call, dx_val v, dx_val range);
/* Properties of values: date.year, duration.days, range.start, ... (DMN 1.5 tables 65-66) and
 * context entries; lists map. UNKNOWN and null as stated above. */
dx_val dx_op_path(dx_call *call, dx_val v, dx_str name);

#endif
