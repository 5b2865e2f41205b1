/* Exact decimals: the numbers of FEEL (IEEE 754 decimal128: 34 digits, round half even), held in
 * one 64-bit word each.
 *
 * The word is either small, coefficient * 10^exponent with a coefficient of 56 bits and an
 * exponent of 8, or it points to a large number in an arena (128-bit coefficient). Which of the
 * two cannot be told from outside: a number that fits the small form is always small, and a
 * result is the decimal128 result, exponent included (1.10 + 2.2 = 3.30). There is no infinity
 * and no NaN: an operation that has no decimal128 result returns false.
 *
 * The common cases of + - * and comparison are inline on two small numbers; everything else is
 * in num.c (exact, on 128- and 256-bit integers) and num_math.c (transcendental). */
#ifndef DX_BASE_NUM_H
#define DX_BASE_NUM_H

#include "base/str.h"

typedef struct dx_num {
    uint64_t w; /* coefficient << 8 | (uint8_t)exponent; the exponent byte 0x80 marks a pointer */
} dx_num;

#define DX_NUM_DIGITS 34
#define DX_NUM_COEF_MAX ((INT64_C(1) << 55) - 1)

typedef enum dx_round { /* to a number of decimals */
                        DX_ROUND_HALF_EVEN,
                        DX_ROUND_UP,        /* away from zero */
                        DX_ROUND_DOWN,      /* toward zero */
                        DX_ROUND_HALF_UP,   /* ties away from zero */
                        DX_ROUND_HALF_DOWN, /* ties toward zero */
                        DX_ROUND_FLOOR,
                        DX_ROUND_CEILING
} dx_round;

static inline bool dx_num_small(dx_num a) {
    return (uint8_t)a.w != 0x80u;
}
static inline int64_t dx_num_coef(dx_num a) { /* of a small number */
    return (int64_t)a.w >> 8;
}
static inline int dx_num_exp(dx_num a) { /* of a small number, -127..127 */
    return (int8_t)(uint8_t)a.w;
}
static inline dx_num dx_num_pack(int64_t coef, int exp) { /* must fit */
    return (dx_num){(uint64_t)coef << 8 | (uint8_t)(int8_t)exp};
}
static inline dx_num dx_num_int(int32_t i) {
    return dx_num_pack(i, 0);
}
dx_num dx_num_int64(dx_arena *arena, int64_t i);
/* i / 10^decimals with that many decimals: 12345 and 2 make 123.45. At most 1000 decimals. */
dx_num dx_num_scaled(dx_arena *arena, int64_t i, uint32_t decimals);

/* Text: [-+]? digits [. digits] [e [-+] digits], or .5; the whole of `s`. Rounds to 34 digits half
 * even; what is too small to hold is 0. False when it is not a number or too large. */
bool dx_num_parse(dx_arena *arena, dx_str s, dx_num *ret);
/* How many significant digits `s` holds, trailing zeros included, 1 for zero (for callers that
 * refuse to round); 0 when no number. */
uint32_t dx_num_text_digits(dx_str s);
/* Plain notation as FEEL's string() gives it: no exponent while the plain form is at most 40
 * characters, else d.ddE+n; trailing zeros of the fraction kept (1.10), "-0" never. */
void dx_num_print(dx_buf *out, dx_num a);
/* With exactly `decimals` decimals; the value must have no more (else rounds half even). */
void dx_num_print_fixed(dx_buf *out, dx_num a, uint32_t decimals);

bool dx_num_add_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);
bool dx_num_sub_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);
bool dx_num_mul_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);
int dx_num_cmp_slow(dx_num a, dx_num b);

extern const int64_t dx_num_tens[10]; /* 10^0 to 10^9 */

/* The coefficients of two small numbers at one exponent; false when they do not fit there. */
static inline bool dx_num_align(dx_num a, dx_num b, int64_t *ret_a, int64_t *ret_b, int *ret_exp) {
    int shift = dx_num_exp(a) - dx_num_exp(b);
    *ret_a = dx_num_coef(a);
    *ret_b = dx_num_coef(b);
    *ret_exp = dx_num_exp(a);
    if (!dx_num_small(a) || !dx_num_small(b) || shift < -9 || shift > 9)
        return false;
    if (shift == 0)
        return true;
    if (shift < 0)
        return !__builtin_mul_overflow(*ret_b, dx_num_tens[-shift], ret_b);
    *ret_exp = dx_num_exp(b);
    return !__builtin_mul_overflow(*ret_a, dx_num_tens[shift], ret_a);
}
/* The common cases alone; false: they are not. With one exponent the words themselves are added. */
static inline bool dx_num_add_fast(dx_num a, dx_num b, dx_num *ret) {
    int64_t x, y, sum;
    int e;
    if (dx_num_small(a) && (uint8_t)a.w == (uint8_t)b.w) {
        bool over = __builtin_add_overflow((int64_t)(a.w & ~UINT64_C(0xff)), (int64_t)b.w, &sum);
        *ret = (dx_num){(uint64_t)sum};
        return !over && sum > INT64_MIN + 0xff;
    }
    if (!dx_num_align(a, b, &x, &y, &e) || __builtin_add_overflow(x, y, &sum) ||
        sum < -DX_NUM_COEF_MAX || sum > DX_NUM_COEF_MAX)
        return false;
    *ret = dx_num_pack(sum, e);
    return true;
}
static inline bool dx_num_sub_fast(dx_num a, dx_num b, dx_num *ret) {
    int64_t x, y, difference;
    int e;
    if (!dx_num_align(a, b, &x, &y, &e) || __builtin_sub_overflow(x, y, &difference) ||
        difference < -DX_NUM_COEF_MAX || difference > DX_NUM_COEF_MAX)
        return false;
    *ret = dx_num_pack(difference, e);
    return true;
}
static inline bool dx_num_mul_fast(dx_num a, dx_num b, dx_num *ret) {
    int64_t c;
    int e = dx_num_exp(a) + dx_num_exp(b);
    if (!dx_num_small(a) || !dx_num_small(b) || e < -127 || e > 127 ||
        __builtin_mul_overflow(dx_num_coef(a), dx_num_coef(b), &c) || c < -DX_NUM_COEF_MAX ||
        c > DX_NUM_COEF_MAX)
        return false;
    *ret = dx_num_pack(c, e);
    return true;
}

static inline bool dx_num_add(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_add_fast(a, b, ret) || dx_num_add_slow(arena, a, b, ret);
}
static inline bool dx_num_sub(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_sub_fast(a, b, ret) || dx_num_sub_slow(arena, a, b, ret);
}
static inline bool dx_num_mul(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_mul_fast(a, b, ret) || dx_num_mul_slow(arena, a, b, ret);
}
/* <0, 0, >0 by value: 1.10 equals 1.1. */
static inline int dx_num_cmp(dx_num a, dx_num b) {
    int64_t x, y;
    int e;
    return dx_num_align(a, b, &x, &y, &e) ? (x > y) - (x < y) : dx_num_cmp_slow(a, b);
}

/* False: division by zero, or no decimal128 result. */
bool dx_num_div(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);
/* a - b*floor(a/b): the sign of the divisor (DMN 1.5 table 78 modulo). False: b is 0. */
bool dx_num_modulo(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);
dx_num dx_num_neg(dx_arena *arena, dx_num a);
dx_num dx_num_abs(dx_arena *arena, dx_num a);
int dx_num_sign(dx_num a); /* -1, 0, 1 */
/* Rounds to `scale` decimals (negative: tens, hundreds). The result has that exponent, as
 * decimal() and round half up() of FEEL ask; where zeros up to it would need more than 34 digits,
 * it is `a` as it was. False when scale is outside -6111..6176. */
bool dx_num_round(dx_arena *arena, dx_num a, int scale, dx_round mode, dx_num *ret);
bool dx_num_is_int(dx_num a);
/* As an int64 when it is an integer that fits. */
bool dx_num_to_int64(dx_num a, int64_t *ret);
/* a * 10^decimals likewise: 123.45 and 2 make 12345. At most 1000 decimals. */
bool dx_num_to_scaled(dx_num a, uint32_t decimals, int64_t *ret);
/* The number without trailing zeros of the fraction (1.10 -> 1.1, 0.00 -> 0; 100 stays 100). */
dx_num dx_num_strip(dx_arena *arena, dx_num a);
/* A hash equal for equal values. */
uint64_t dx_num_hash(dx_num a);
/* A copy that lives in `arena` (a large number points into the arena that made it). */
dx_num dx_num_copy(dx_arena *arena, dx_num a);

/* num_math.c. False where mathematics or decimal128 has no result. Correctly rounded; an exact
 * result has the exponent that repeated multiplication would give, as near as its digits allow
 * (1.10 ** 2 = 1.2100, 4 ** 0.5 = 2). 0 ** 0 is 1. */
bool dx_num_sqrt(dx_arena *arena, dx_num a, dx_num *ret);
bool dx_num_exp_e(dx_arena *arena, dx_num a, dx_num *ret); /* e^a */
bool dx_num_log(dx_arena *arena, dx_num a, dx_num *ret);   /* natural logarithm */
bool dx_num_pow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);

#endif
