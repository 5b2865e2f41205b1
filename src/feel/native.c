/* The natives: each row of the table gives class, signature, the kinds of its parameters and the
 * function. Java's double appears only in cos, whose result is one by definition; where a number
 * goes through unchanged it stays exact. */
#include "feel/native.h"

#include <math.h>

#include "base/utf8.h"

typedef struct native {
    const char *class_name, *signature;
    const char *params; /* one letter each: d number, l long, i int, s short, b byte, c char, S
                           string, O anything */
    dx_val (*fn)(dx_call *call, const dx_val *args);
} native;

static dx_val greater(dx_call *call, const dx_val *args) {
    (void)call;
    return dx_num_cmp(args[0].u.num, args[1].u.num) >= 0 ? args[0] : args[1];
}

static dx_val same(dx_call *call, const dx_val *args) {
    (void)call;
    return args[0];
}

static dx_val decimal_of(dx_call *call, const dx_val *args) {
    dx_num num;
    if (!dx_num_parse(call->arena, dx_str_trim(dx_val_to_str(args[0])), &num))
        return dx_call_null(call, DX_E_FEEL_EVAL_NATIVE, dx_val_to_str(args[0]), (dx_str){0});
    return dx_val_num(num);
}

static dx_val integer_of(dx_call *call, const dx_val *args) {
    dx_val v = decimal_of(call, args);
    int64_t i;
    bool fits = v.tag == DX_NUM && dx_num_to_int64(v.u.num, &i) && i >= INT32_MIN && i <= INT32_MAX;
    return fits ? v
                : dx_call_null(call, DX_E_FEEL_EVAL_NATIVE, dx_val_to_str(args[0]), (dx_str){0});
}

/* A power of ten up to 10^22 is an exact double, so that one rounding is all there is. */
static double to_double(dx_num num) {
    double value = (double)dx_num_coef(num);
    int exp = dx_num_exp(num);
    for (; exp > 0; exp--)
        value *= 10.0;
    double divisor = 1.0;
    for (; exp < 0; exp++)
        divisor *= 10.0;
    return value / divisor;
}

static dx_val cosine(dx_call *call, const dx_val *args) {
    dx_num result;
    if (!dx_num_small(args[0].u.num))
        return dx_call_null(call, DX_E_FEEL_EVAL_NATIVE, DX_STR("cos"), (dx_str){0});
    dx_str text = dx_str_fmt(call->arena, "%.17g", cos(to_double(args[0].u.num)));
    return dx_num_parse(call->arena, text, &result) ? dx_val_num(result) : DX_VAL_NULL;
}

/* String.format for %s and %%; every other conversion is refused. */
static dx_val format(dx_call *call, const dx_val *args) {
    dx_str pattern = dx_val_to_str(args[0]);
    dx_buf out = {.arena = call->arena};
    bool used = false;
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '%') {
            dx_buf_char(&out, pattern.p[i]);
            continue;
        }
        char conversion = i + 1 < pattern.n ? pattern.p[++i] : '\0';
        if (conversion == '%') {
            dx_buf_char(&out, '%');
        } else if (conversion == 's' && !used) {
            dx_val_print(&out, args[1], false);
            used = true;
        } else {
            return dx_call_null(call, DX_E_FEEL_EVAL_NATIVE, pattern, (dx_str){0});
        }
    }
    return dx_val_str(dx_buf_str(&out));
}

static const native natives[] = {
    {"java.lang.Math", "cos(double)", "d", cosine},
    {"java.lang.Math", "max(double,double)", "dd", greater},
    {"java.lang.Math", "max(float,float)", "dd", greater},
    {"java.lang.Math", "max(long,long)", "ll", greater},
    {"java.lang.Math", "max(int,int)", "ii", greater},
    {"java.lang.Short", "valueOf(short)", "s", same},
    {"java.lang.Byte", "valueOf(byte)", "b", same},
    {"java.lang.String", "valueOf(char)", "c", same},
    {"java.lang.Integer", "valueOf(java.lang.String)", "S", integer_of},
    {"java.lang.Float", "valueOf(java.lang.String)", "S", decimal_of},
    {"java.lang.Double", "valueOf(java.lang.String)", "S", decimal_of},
    {"java.lang.String", "format(java.lang.String,[Ljava.lang.Object;)", "SO", format},
};

static bool same_signature(dx_str s, const char *signature) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != *signature++)
            return false;
    return *signature == '\0';
}

uint32_t dx_native_find(dx_str class_name, dx_str signature) {
    for (uint32_t i = 0; i < sizeof natives / sizeof *natives; i++)
        if (dx_str_is(class_name, natives[i].class_name) &&
            same_signature(signature, natives[i].signature))
            return i;
    return UINT32_MAX;
}

uint32_t dx_native_params(uint32_t number) {
    return (uint32_t)strlen(natives[number].params);
}

static bool integer_within(dx_val v, int64_t low, int64_t high) {
    int64_t i;
    return v.tag == DX_NUM && dx_num_to_int64(v.u.num, &i) && i >= low && i <= high;
}

static bool takes(char kind, dx_val v) {
    switch (kind) {
    case 'd': return v.tag == DX_NUM;
    case 'l': return integer_within(v, INT64_MIN, INT64_MAX);
    case 'i': return integer_within(v, INT32_MIN, INT32_MAX);
    case 's': return integer_within(v, INT16_MIN, INT16_MAX);
    case 'b': return integer_within(v, INT8_MIN, INT8_MAX);
    case 'c': return v.tag == DX_STRING && dx_utf8_count(dx_val_to_str(v)) == 1;
    case 'S': return v.tag == DX_STRING;
    default: return v.tag != DX_NULL;
    }
}

dx_val dx_native_call(dx_call *call, uint32_t number, const dx_val *args) {
    const native *n = &natives[number];
    dx_val cause = DX_VAL_NULL;
    for (uint32_t i = 0; n->params[i]; i++) {
        if (dx_val_uncertain(args[i]))
            cause = dx_val_unknown_join(call->arena, cause, args[i]);
        else if (!takes(n->params[i], args[i]))
            return dx_call_null(call, DX_E_FEEL_EVAL_NATIVE, dx_str_of(n->signature), (dx_str){0});
    }
    if (cause.tag == DX_UNKNOWN)
        return cause;
    return n->fn(call, args);
}
