/* The built-in functions that make one value of many numbers, or the least or greatest of many
 * values: min(1, 2) means min([1, 2]). A null among them makes the result null, even beside an
 * unknown; else an unknown makes it unknown. */
#include "feel/ast.h"
#include "feel/builtin_fn.h"

/* The elements, when all are of one kind: `tag`, or with DX_NULL whichever the first is. False when
 * the result is settled otherwise. */
static bool take_all(dx_call *call, const char *name, dx_tag tag, const dx_val **args, uint32_t *n,
                     dx_val *ret_settled) {
    bool unknown = false;
    if (*n == 1 && (*args)->tag == DX_UNKNOWN) {
        *ret_settled = **args;
        return false;
    }
    *args = dx_args_elements(*args, *n, n);
    for (uint32_t i = 0; i < *n; i++) {
        dx_val v = (*args)[i];
        if (v.tag == DX_UNKNOWN) {
            unknown = true;
            continue;
        }
        tag = tag == DX_NULL ? (dx_tag)v.tag : tag;
        if (v.tag == DX_NULL || v.tag != tag) {
            *ret_settled = dx_args_refuse(call, name, &v, 1);
            return false;
        }
    }
    if (unknown) {
        *ret_settled = dx_args_unknown(call, *args, *n);
    }
    return !unknown;
}

static dx_val empty(dx_call *call, const char *name) {
    return dx_call_null(call, DX_E_FEEL_EVAL_EMPTY, dx_str_of(name), DX_STR(""));
}

static dx_val extreme(dx_call *call, const char *name, const dx_val *args, uint32_t n, int sign) {
    dx_val settled;
    int order;
    if (n == 2 && args[0].tag == DX_NUM && args[1].tag == DX_NUM) /* as it is used most */
        return args[dx_num_cmp(args[1].u.num, args[0].u.num) * sign > 0];
    if (!take_all(call, name, DX_NULL, &args, &n, &settled)) {
        return settled;
    }
    if (n == 0) {
        return empty(call, name);
    }
    dx_val best = args[0];
    for (uint32_t i = 0; i < n; i++) {
        /* The first is compared with itself: a single value without an order is refused too. */
        if (!dx_val_order(args[i], best, &order)) {
            return dx_args_refuse(call, name, &args[i], 1);
        }
        if (order * sign > 0) {
            best = args[i];
        }
    }
    return best;
}

dx_val dx_fn_min(dx_call *call, const dx_val *args, uint32_t n) {
    return extreme(call, "min", args, n, -1);
}

dx_val dx_fn_max(dx_call *call, const dx_val *args, uint32_t n) {
    return extreme(call, "max", args, n, 1);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool sum_of(dx_call *call, const dx_val *v, uint32_t n, dx_num *ret) {
    dx_num sum = dx_num_int(0);
    for (uint32_t i = 0; i < n; i++) {
        if (!dx_num_add(call->arena, sum, v[i].u.num, &sum)) {
            return false;
        }
    }
    *ret = sum;
    return true;
}

static bool mean_of(dx_call *call, const dx_val *v, uint32_t n, dx_num *ret) {
    dx_num sum;
    return sum_of(call, v, n, &sum) &&
           dx_num_div(call->arena, sum, dx_num_int64(call->arena, n), ret);
}

static dx_val done(dx_call *call, const char *name, bool ok, dx_num ret) {
    return ok ? dx_val_num(ret) : dx_args_overflow(call, name);
}

/* The numbers of a function that has no result for none. */
static bool take_some(dx_call *call, const char *name, const dx_val **args, uint32_t *n,
                      dx_val *ret_settled) {
    if (!take_all(call, name, DX_NUM, args, n, ret_settled)) {
        return false;
    }
    if (*n == 0) {
        *ret_settled = empty(call, name);
    }
    return *n > 0;
}

dx_val dx_fn_sum(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    dx_num ret = dx_num_int(0);
    if (!take_some(call, "sum", &args, &n, &settled)) {
        return settled;
    }
    return done(call, "sum", sum_of(call, args, n, &ret), ret);
}

dx_val dx_fn_mean(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    dx_num ret = dx_num_int(0);
    if (!take_some(call, "mean", &args, &n, &settled)) {
        return settled;
    }
    return done(call, "mean", mean_of(call, args, n, &ret), ret);
}

dx_val dx_fn_product(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    dx_num ret = dx_num_int(1);
    if (!take_some(call, "product", &args, &n, &settled)) {
        return settled;
    }
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        ok = dx_num_mul(call->arena, ret, args[i].u.num, &ret);
    }
    return done(call, "product", ok, ret);
}

/* The sample's standard deviation: the divisor is n - 1. */
dx_val dx_fn_stddev(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    dx_num mean = dx_num_int(0), squares = dx_num_int(0), d;
    if (!take_all(call, "stddev", DX_NUM, &args, &n, &settled)) {
        return settled;
    }
    if (n < 2) {
        return dx_args_bad(call, "stddev", dx_val_list(args, n));
    }
    bool ok = mean_of(call, args, n, &mean);
    for (uint32_t i = 0; ok && i < n; i++) {
        ok = dx_num_sub(call->arena, args[i].u.num, mean, &d) &&
             dx_num_mul(call->arena, d, d, &d) && dx_num_add(call->arena, squares, d, &squares);
    }
    ok = ok && dx_num_div(call->arena, squares, dx_num_int64(call->arena, n - 1), &d) &&
         dx_num_sqrt(call->arena, d, &d);
    return done(call, "stddev", ok, d);
}

/* --- order statistics ------------------------------------------------------------------------- */

static bool less(dx_val a, dx_val b) {
    return dx_num_cmp(a.u.num, b.u.num) < 0;
}

static void merge(const dx_val *a, uint32_t m, uint32_t n, dx_val *to) {
    uint32_t i = 0, j = m;
    for (uint32_t k = 0; k < n; k++) {
        bool second = i == m || (j < n && less(a[j], a[i]));
        to[k] = second ? a[j++] : a[i++];
    }
}

/* The numbers in ascending order. (qsort would allocate behind the arena's back.) */
static const dx_val *sorted(dx_call *call, const dx_val *v, uint32_t n) {
    dx_val *a = DX_NEW_ARRAY(call->arena, dx_val, n), *b = DX_NEW_ARRAY(call->arena, dx_val, n);
    for (uint32_t i = 0; i < n; i++) {
        a[i] = v[i];
    }
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t at = 0; at < n; at += 2 * width) {
            uint64_t left = n - at;
            merge(a + at, (uint32_t)(left < width ? left : width),
                  (uint32_t)(left < 2 * width ? left : 2 * width), b + at);
        }
        dx_val *swap = a;
        a = b;
        b = swap;
    }
    return a;
}

dx_val dx_fn_median(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    dx_num ret = dx_num_int(0);
    if (!take_some(call, "median", &args, &n, &settled)) {
        return settled;
    }
    const dx_val *v = sorted(call, args, n);
    return n % 2 == 1 ? v[n / 2] : done(call, "median", mean_of(call, v + n / 2 - 1, 2, &ret), ret);
}

/* The most frequent values in ascending order: a first pass finds how often that is. */
dx_val dx_fn_mode(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val settled;
    DX_VEC(dx_val) modes = {0};
    uint32_t most = 0;
    if (!take_all(call, "mode", DX_NUM, &args, &n, &settled)) {
        return settled;
    }
    const dx_val *v = sorted(call, args, n);
    for (uint32_t from = 0, to; from < n; from = to) {
        to = from + 1;
        while (to < n && !less(v[from], v[to])) {
            to++;
        }
        if (to - from > most) {
            most = to - from;
            modes.n = 0;
        }
        if (to - from == most) {
            dx_vec_push(call->arena, &modes, v[from]);
        }
    }
    return dx_val_list(modes.v, modes.n);
}
