/* The built-in functions on booleans, and `is`. */
#include "feel/builtin_fn.h"

dx_val dx_fn_not(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag != DX_BOOL) {
        return dx_args_refuse(call, "not", args, n);
    }
    return dx_val_bool(!args[0].u.b);
}

/* The conjunction (or, with `decisive` true, disjunction) of all elements in Kleene's sense: the
 * decisive truth value wins over everything, an unknown over null since it may yet decide. An
 * element that is no boolean counts as null, as it does beside `and` and `or`. */
static dx_val fold(dx_call *call, const char *name, const dx_val *args, uint32_t n, bool decisive) {
    uint32_t count;
    const dx_val *items = dx_args_elements(args, n, &count);
    bool null = false, unknown = false, decided = false;
    if (n == 1 && (args[0].tag == DX_NULL || args[0].tag == DX_UNKNOWN)) {
        return args[0].tag == DX_UNKNOWN ? args[0] : dx_args_refuse(call, name, args, n);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].tag == DX_BOOL) {
            decided = decided || items[i].u.b == decisive;
        } else if (items[i].tag == DX_UNKNOWN) {
            unknown = true;
        } else {
            null = true;
        }
    }
    if (decided) {
        return dx_val_bool(decisive);
    }
    if (unknown) {
        return dx_args_unknown(call, items, count);
    }
    return null ? dx_args_refuse(call, name, items, count) : dx_val_bool(!decisive);
}

dx_val dx_fn_all(dx_call *call, const dx_val *args, uint32_t n) {
    return fold(call, "all", args, n, false);
}

dx_val dx_fn_any(dx_call *call, const dx_val *args, uint32_t n) {
    return fold(call, "any", args, n, true);
}

dx_val dx_fn_is(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val other = n > 1 ? args[1] : DX_VAL_NULL;
    if (args[0].tag == DX_UNKNOWN || other.tag == DX_UNKNOWN ||
        (args[0].tag == other.tag && (args[0].unknown || other.unknown))) {
        return dx_val_unknown_join(call->arena, args[0], other);
    }
    return dx_val_bool(dx_val_same(args[0], other));
}
