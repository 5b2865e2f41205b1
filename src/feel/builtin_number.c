/* The built-in functions on numbers (DMN 1.5 §10.3.4.1 and §10.3.4.5). */
#include "feel/builtin_fn.h"

/* The scales a decimal128 can have. */
enum { SCALE_MIN = -6111, SCALE_MAX = 6176 };

/* Rounds args[0] to args[1] decimals, or to none. */
static dx_val round_to(dx_call *call, const char *name, const dx_val *args, uint32_t n,
                       dx_round mode) {
    int64_t scale = 0;
    dx_num ret;
    if (!dx_args_all(args, n, DX_NUM)) {
        return dx_args_refuse(call, name, args, n);
    }
    if (n > 1 && (!dx_arg_int(call, args[1], &scale) || scale < SCALE_MIN || scale > SCALE_MAX)) {
        return dx_args_bad(call, name, args[1]);
    }
    if (dx_num_round(call->arena, args[0].u.num, (int)scale, mode, &ret)) {
        return dx_val_num(ret);
    }
    /* That many decimals would need more than 34 digits, so the number has no digit beyond them:
     * it is rounded as it is. */
    return scale > 0 ? args[0] : dx_args_overflow(call, name);
}

#define ROUNDING(function, name, mode) \
    dx_val function(dx_call *call, const dx_val *args, uint32_t n) { \
        return round_to(call, name, args, n, mode); \
    }
ROUNDING(dx_fn_decimal, "decimal", DX_ROUND_HALF_EVEN)
ROUNDING(dx_fn_floor, "floor", DX_ROUND_FLOOR)
ROUNDING(dx_fn_ceiling, "ceiling", DX_ROUND_CEILING)
ROUNDING(dx_fn_round_up, "round up", DX_ROUND_UP)
ROUNDING(dx_fn_round_down, "round down", DX_ROUND_DOWN)
ROUNDING(dx_fn_round_half_up, "round half up", DX_ROUND_HALF_UP)
ROUNDING(dx_fn_round_half_down, "round half down", DX_ROUND_HALF_DOWN)

dx_val dx_fn_abs(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val v = args[0];
    if (v.tag == DX_NUM) {
        return dx_val_num(dx_num_abs(call->arena, v.u.num));
    }
    if (v.tag == DX_YMDUR) {
        return v.u.months < 0 ? dx_op_negate(call, v) : v;
    }
    if (v.tag == DX_DTDUR) {
        return v.u.seconds < 0 ? dx_op_negate(call, v) : v;
    }
    return dx_args_refuse(call, "abs", args, n);
}

dx_val dx_fn_modulo(dx_call *call, const dx_val *args, uint32_t n) {
    dx_num ret;
    if (!dx_args_all(args, n, DX_NUM)) {
        return dx_args_refuse(call, "modulo", args, n);
    }
    if (dx_num_sign(args[1].u.num) == 0) {
        return dx_call_null(call, DX_E_FEEL_EVAL_DIVISION_BY_ZERO, DX_STR(""), DX_STR(""));
    }
    return dx_num_modulo(call->arena, args[0].u.num, args[1].u.num, &ret)
               ? dx_val_num(ret)
               : dx_args_overflow(call, "modulo");
}

/* A function of one number that has no value for some. */
static dx_val partial_function(dx_call *call, const char *name, const dx_val *args, uint32_t n,
                               bool (*f)(dx_arena *, dx_num, dx_num *)) {
    dx_num ret;
    if (args[0].tag != DX_NUM) {
        return dx_args_refuse(call, name, args, n);
    }
    return f(call->arena, args[0].u.num, &ret) ? dx_val_num(ret) : dx_args_bad(call, name, args[0]);
}

dx_val dx_fn_sqrt(dx_call *call, const dx_val *args, uint32_t n) {
    return partial_function(call, "sqrt", args, n, dx_num_sqrt);
}

dx_val dx_fn_log(dx_call *call, const dx_val *args, uint32_t n) {
    return partial_function(call, "log", args, n, dx_num_log);
}

dx_val dx_fn_exp(dx_call *call, const dx_val *args, uint32_t n) {
    return partial_function(call, "exp", args, n, dx_num_exp_e);
}

/* Whether args[0] leaves `rest` when divided by two. */
static dx_val parity(dx_call *call, const char *name, const dx_val *args, uint32_t n,
                     int32_t rest) {
    dx_num ret;
    if (args[0].tag != DX_NUM) {
        return dx_args_refuse(call, name, args, n);
    }
    return dx_num_modulo(call->arena, args[0].u.num, dx_num_int(2), &ret)
               ? dx_val_bool(dx_num_cmp(ret, dx_num_int(rest)) == 0)
               : dx_args_overflow(call, name);
}

dx_val dx_fn_even(dx_call *call, const dx_val *args, uint32_t n) {
    return parity(call, "even", args, n, 0);
}

dx_val dx_fn_odd(dx_call *call, const dx_val *args, uint32_t n) {
    return parity(call, "odd", args, n, 1);
}

/* --- number() --------------------------------------------------------------------------------- */

/* A separator of number(): one of the characters of `allowed`, or null for none (0). */
static bool separator(dx_val v, const char *allowed, char *ret) {
    if (v.tag == DX_NULL) {
        *ret = 0;
        return true;
    }
    if (v.tag != DX_STRING || v.n != 1 || !strchr(allowed, v.u.s[0])) {
        return false;
    }
    *ret = v.u.s[0];
    return true;
}

/* The text as FEEL writes numbers: without grouping, with a point. False when it holds a point that
 * is neither. */
static bool plain_number(dx_call *call, dx_str from, char grouping, char point, dx_str *ret) {
    dx_buf out = {.arena = call->arena};
    for (size_t i = 0; i < from.n; i++) {
        char c = from.p[i];
        if (grouping && c == grouping) {
            continue;
        }
        if (c == '.' && point && point != '.') {
            return false;
        }
        dx_buf_char(&out, c == point ? '.' : c);
    }
    *ret = dx_buf_str(&out);
    return true;
}

dx_val dx_fn_number(dx_call *call, const dx_val *args, uint32_t n) {
    char grouping = 0, point = 0;
    dx_str text;
    dx_num ret;
    if (args[0].tag == DX_NUM && n == 1) {
        return args[0];
    }
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "number", args, n);
    }
    if (n == 3 && (!separator(args[1], " ,.", &grouping) || !separator(args[2], ",.", &point) ||
                   (grouping && grouping == point))) {
        return dx_args_bad(call, "number",
                           separator(args[1], " ,.", &grouping) ? args[2] : args[1]);
    }
    if (plain_number(call, dx_val_to_str(args[0]), grouping, point, &text) &&
        dx_num_parse(call->arena, text, &ret)) {
        return dx_val_num(ret);
    }
    return dx_args_bad(call, "number", args[0]);
}
