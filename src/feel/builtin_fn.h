/* What the files of the built-in functions share: the functions themselves, and how they look at
 * their arguments. A function is called with a number of arguments that fits its row in
 * builtin.def; what kinds they are is its own to check. */
#ifndef DX_FEEL_BUILTIN_FN_H
#define DX_FEEL_BUILTIN_FN_H

#include "feel/builtin.h"

#define X(name, fn, params, result, on_unknown, nulls) \
    dx_val fn(dx_call *call, const dx_val *args, uint32_t n);
#include "feel/builtin.def"
#undef X

/* null, because function `name` does not take arguments of these kinds. */
dx_val dx_args_refuse(dx_call *call, const char *name, const dx_val *args, uint32_t n);
/* null, because an argument of the right kind has a value that `name` cannot use; v is shown. */
dx_val dx_args_bad(dx_call *call, const char *name, dx_val v);
/* null, because the result of function `name` has no place in its kind. */
dx_val dx_args_overflow(dx_call *call, const char *name);

/* Whether all n arguments are of one kind. */
bool dx_args_all(const dx_val *args, uint32_t n, dx_tag tag);
/* The unknown among or inside n values, joined; call it when there is one. */
dx_val dx_args_unknown(dx_call *call, const dx_val *args, uint32_t n);
/* The elements a function over a list works on: those of its only argument when that is a list,
 * else the arguments themselves, f(1, 2) meaning f([1, 2]). */
const dx_val *dx_args_elements(const dx_val *args, uint32_t n, uint32_t *ret_n);
/* Where FEEL takes a list, a single value is the list of it. null is no list: false. */
bool dx_arg_list(const dx_val *arg, const dx_val **ret_items, uint32_t *ret_n);
/* The text of a string; never at address NULL, so that it may be computed with. */
static inline dx_str dx_arg_text(dx_val v) {
    return v.n > 0 ? dx_val_to_str(v) : DX_STR("");
}
/* The integer part of a number, as positions and scales are given. False: no number, or it does not
 * fit. */
bool dx_arg_int(dx_call *call, dx_val v, int64_t *ret);

#endif
