/* The arithmetic of FEEL's numbers that the inline paths of num.h leave over: operands of different
 * exponents, results that outgrow the small form, division, rounding and comparison. Each
 * operation first tries 64 and 128 bits, which is where money lives, and then goes the general
 * way: an exact integer, closed by num_wide.c. */
#include "base/num_wide.h"

/* A sum of two small coefficients is below 10^34 when one of them moves by at most this much. */
#define SMALL_SHIFT 17

const int64_t dx_num_tens[10] = {1,      10,      100,      1000,      10000,
                                 100000, 1000000, 10000000, 100000000, 1000000000};

static bool put(dx_arena *arena, dx_i128 c, int e, dx_num *ret) {
    if (c >= -DX_NUM_COEF_MAX && c <= DX_NUM_COEF_MAX && e >= -127 && e <= 127) {
        *ret = dx_num_pack((int64_t)c, e);
        return true;
    }
    return dx_num_close(arena, c < 0, (dx_u128)(c < 0 ? -c : c), e, false, ret);
}

dx_num dx_num_int64(dx_arena *arena, int64_t i) {
    return dx_num_scaled(arena, i, 0);
}

dx_num dx_num_scaled(dx_arena *arena, int64_t i, uint32_t decimals) {
    dx_num ret;
    (void)put(arena, i, -(int32_t)decimals, &ret);
    return ret;
}

/* x + y for x.e >= y.e. */
static bool add_open(dx_arena *arena, dx_dec x, dx_dec y, dx_num *ret) {
    int32_t shift = x.e - y.e;
    if (x.c == 0)
        return dx_num_close(arena, y.neg, y.c, y.e, false, ret);
    if (y.c == 0) {
        int zeros = DX_NUM_DIGITS - dx_u128_digits(x.c);
        zeros = shift < zeros ? shift : zeros;
        return dx_num_close(arena, x.neg, x.c * dx_pow10[zeros], x.e - zeros, false, ret);
    }
    bool more = false;
    if (shift > 36) {
        /* y ends below the 37 or more digits that x gets here: what hangs over only matters as
         * being there. */
        int32_t over = shift - 36;
        dx_u128 kept = over > 38 ? 0 : y.c / dx_pow10[over];
        more = over > 38 || kept * dx_pow10[over] != y.c;
        y = (dx_dec){kept, x.e - 36, y.neg};
        shift = 36;
    }
    dx_u256 big = dx_u256_mul(x.c, dx_pow10[shift]), small = {0, y.c};
    bool neg = x.neg;
    if (x.neg == y.neg) {
        big = dx_u256_add(big, small);
    } else if (dx_u256_cmp(big, small) >= 0) {
        /* big - (small + d) is (big - small - 1) + (1 - d). */
        big = dx_u256_sub(dx_u256_sub(big, small), (dx_u256){0, more});
    } else {
        big = dx_u256_sub(small, big);
        neg = y.neg;
    }
    return dx_num_close_wide(arena, neg, big, y.e, more, ret);
}

static bool add_small(dx_arena *arena, int64_t x, int ex, int64_t y, int ey, dx_num *ret) {
    return ex >= ey ? put(arena, x * (dx_i128)dx_pow10[ex - ey] + y, ey, ret)
                    : put(arena, y * (dx_i128)dx_pow10[ey - ex] + x, ex, ret);
}

static bool near_small(dx_num a, dx_num b) {
    if (!dx_num_small(a) || !dx_num_small(b))
        return false;
    int shift = dx_num_exp(a) - dx_num_exp(b);
    return shift >= -SMALL_SHIFT && shift <= SMALL_SHIFT;
}

bool dx_num_add_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    if (near_small(a, b))
        return add_small(arena, dx_num_coef(a), dx_num_exp(a), dx_num_coef(b), dx_num_exp(b), ret);
    dx_dec x = dx_num_open(a), y = dx_num_open(b);
    return x.e >= y.e ? add_open(arena, x, y, ret) : add_open(arena, y, x, ret);
}

bool dx_num_sub_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    if (near_small(a, b))
        return add_small(arena, dx_num_coef(a), dx_num_exp(a), -dx_num_coef(b), dx_num_exp(b), ret);
    dx_dec x = dx_num_open(a), y = dx_num_open(b);
    y.neg = !y.neg;
    return x.e >= y.e ? add_open(arena, x, y, ret) : add_open(arena, y, x, ret);
}

bool dx_num_mul_slow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    if (dx_num_small(a) && dx_num_small(b)) /* at most 33 digits */
        return put(arena, (dx_i128)dx_num_coef(a) * dx_num_coef(b), dx_num_exp(a) + dx_num_exp(b),
                   ret);
    dx_dec x = dx_num_open(a), y = dx_num_open(b);
    return dx_num_close_wide(arena, x.neg != y.neg, dx_u256_mul(x.c, y.c), x.e + y.e, false, ret);
}

static int cmp_magnitude(dx_dec x, dx_dec y) {
    int32_t dx = dx_u128_digits(x.c) + x.e, dy = dx_u128_digits(y.c) + y.e;
    if (dx != dy)
        return dx < dy ? -1 : 1;
    /* Equal leading places: the padded coefficient is as long as the other, at most 34 digits. */
    if (x.e > y.e)
        x.c *= dx_pow10[x.e - y.e];
    else
        y.c *= dx_pow10[y.e - x.e];
    return (x.c > y.c) - (x.c < y.c);
}

int dx_num_cmp_slow(dx_num a, dx_num b) {
    if (near_small(a, b)) {
        int shift = dx_num_exp(a) - dx_num_exp(b);
        dx_i128 x = dx_num_coef(a), y = dx_num_coef(b);
        if (shift >= 0)
            x *= (dx_i128)dx_pow10[shift];
        else
            y *= (dx_i128)dx_pow10[-shift];
        return (x > y) - (x < y);
    }
    int sign = dx_num_sign(a), other = dx_num_sign(b);
    if (sign != other)
        return sign < other ? -1 : 1;
    return sign == 0 ? 0 : sign * cmp_magnitude(dx_num_open(a), dx_num_open(b));
}

/* The quotient is brought to at least 35 digits, so that the rest only counts as being there. An
 * exact quotient gives its zeros back until the exponent is the ideal one. */
static bool div_open(dx_arena *arena, dx_dec x, dx_dec y, dx_num *ret) {
    bool neg = x.neg != y.neg;
    int32_t ideal = x.e - y.e;
    if (x.c == 0)
        return dx_num_close(arena, false, 0, ideal, false, ret);
    int scale = 35 + dx_u128_digits(y.c) - dx_u128_digits(x.c);
    if (scale < 0)
        scale = 0;
    dx_u128 rest, q = dx_u256_div(dx_u256_scaled(x.c, scale), y.c, &rest);
    int32_t e = ideal - scale;
    if (rest == 0)
        e += dx_u128_strip(&q, scale);
    return dx_num_close(arena, neg, q, e, rest != 0, ret);
}

/* Quotients that end within 17 further digits, by far the most where amounts are divided by rates,
 * counts and months. */
static bool div_short(dx_num a, dx_num b, dx_num *ret) {
    int64_t x = dx_num_coef(a), y = dx_num_coef(b);
    int e = dx_num_exp(a) - dx_num_exp(b);
    if (e < -127 + SMALL_SHIFT || e > 127)
        return false;
    int64_t q = x / y, rest = x % y;
    if (rest == 0) {
        *ret = dx_num_pack(q, e);
        return true;
    }
    /* rest / y is a fraction: of 17 digits if x / y ends there at all. */
    uint64_t divisor = (uint64_t)(y < 0 ? -y : y);
    dx_u128 n = (dx_u128)(rest < 0 ? -rest : rest) * (uint64_t)dx_pow10[SMALL_SHIFT];
    dx_u128 digits = n / divisor;
    if (digits * divisor != n)
        return false;
    int zeros = dx_u128_strip(&digits, SMALL_SHIFT);
    int fraction = SMALL_SHIFT - zeros;
    dx_i128 c = (dx_i128)q * (dx_i128)dx_pow10[fraction] +
                ((x < 0) != (y < 0) ? -(dx_i128)digits : (dx_i128)digits);
    if (c < -DX_NUM_COEF_MAX || c > DX_NUM_COEF_MAX)
        return false;
    *ret = dx_num_pack((int64_t)c, e - fraction);
    return true;
}

bool dx_num_div(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    if (dx_num_sign(b) == 0)
        return false;
    if (dx_num_small(a) && dx_num_small(b) && div_short(a, b, ret))
        return true;
    return div_open(arena, dx_num_open(a), dx_num_open(b), ret);
}

static dx_u128 mul_mod(dx_u128 a, dx_u128 b, dx_u128 m) {
    dx_u128 rest;
    (void)dx_u256_div(dx_u256_mul(a, b), m, &rest);
    return rest;
}

/* c * 10^k mod m for any k, by repeated squaring. */
static dx_u128 scaled_mod(dx_u128 c, uint32_t k, dx_u128 m) {
    dx_u128 power = 10 % m;
    for (c %= m; k != 0; k >>= 1) {
        if (k & 1)
            c = mul_mod(c, power, m);
        power = mul_mod(power, power, m);
    }
    return c;
}

/* What truncating division leaves of x, exactly; y.c is not 0. */
static dx_dec rest_open(dx_dec x, dx_dec y) {
    if (x.e >= y.e)
        return (dx_dec){scaled_mod(x.c, (uint32_t)(x.e - y.e), y.c), y.e, x.neg};
    int32_t shift = y.e - x.e;
    if (shift + dx_u128_digits(y.c) <= 38) /* else y is the larger by far, and x the rest */
        x.c %= y.c * dx_pow10[shift];
    return x;
}

bool dx_num_modulo(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    if (dx_num_sign(b) == 0)
        return false;
    dx_dec y = dx_num_open(b), rest = rest_open(dx_num_open(a), y);
    if (rest.c == 0 || rest.neg == y.neg)
        return dx_num_close(arena, rest.neg, rest.c, rest.e, false, ret);
    return y.e >= rest.e ? add_open(arena, y, rest, ret) : add_open(arena, rest, y, ret);
}

dx_num dx_num_copy(dx_arena *arena, dx_num a) {
    if (dx_num_small(a))
        return a;
    dx_dec x = dx_num_open(a);
    (void)dx_num_close(arena, x.neg, x.c, x.e, false, &a);
    return a;
}

dx_num dx_num_neg(dx_arena *arena, dx_num a) {
    if (dx_num_small(a))
        return dx_num_pack(-dx_num_coef(a), dx_num_exp(a));
    dx_dec x = dx_num_open(a);
    (void)dx_num_close(arena, !x.neg, x.c, x.e, false, &a);
    return a;
}

dx_num dx_num_abs(dx_arena *arena, dx_num a) {
    return dx_num_sign(a) < 0 ? dx_num_neg(arena, a) : dx_num_copy(arena, a);
}

int dx_num_sign(dx_num a) {
    if (dx_num_small(a)) {
        int64_t c = dx_num_coef(a);
        return (c > 0) - (c < 0);
    }
    dx_dec x = dx_num_open(a);
    return x.c == 0 ? 0 : x.neg ? -1 : 1;
}

/* Whether a magnitude cut off to `odd` goes one up; `half` compares what was cut off with a half.
 */
static inline bool goes_away(dx_round mode, bool neg, bool odd, int half, bool exact) {
    switch (mode) {
    case DX_ROUND_HALF_EVEN: return half > 0 || (half == 0 && odd);
    case DX_ROUND_UP: return !exact;
    case DX_ROUND_DOWN: return false;
    case DX_ROUND_HALF_UP: return half >= 0;
    case DX_ROUND_HALF_DOWN: return half > 0;
    case DX_ROUND_FLOOR: return neg && !exact;
    case DX_ROUND_CEILING: return !neg && !exact;
    }
    return false;
}

/* n / 10^k for n below 2^55, as (n * factor) >> (64 + shift): factor is 2^(64 + shift) / 10^k
 * rounded up, which is exact because 2^55 * 10^k <= 2^(64 + shift). Row k - 1. */
static const struct {
    uint64_t power, factor;
    int shift;
} tenths[SMALL_SHIFT] = {
    {UINT64_C(10), UINT64_C(0x199999999999999a), 0},
    {UINT64_C(100), UINT64_C(0x028f5c28f5c28f5d), 0},
    {UINT64_C(1000), UINT64_C(0x0083126e978d4fe0), 1},
    {UINT64_C(10000), UINT64_C(0x00d1b71758e21966), 5},
    {UINT64_C(100000), UINT64_C(0x00a7c5ac471b4785), 8},
    {UINT64_C(1000000), UINT64_C(0x008637bd05af6c6a), 11},
    {UINT64_C(10000000), UINT64_C(0x00d6bf94d5e57a43), 15},
    {UINT64_C(100000000), UINT64_C(0x00abcc77118461cf), 18},
    {UINT64_C(1000000000), UINT64_C(0x0089705f4136b4a6), 21},
    {UINT64_C(10000000000), UINT64_C(0x00dbe6fecebdedd6), 25},
    {UINT64_C(100000000000), UINT64_C(0x00afebff0bcb24ab), 28},
    {UINT64_C(1000000000000), UINT64_C(0x008cbccc096f5089), 31},
    {UINT64_C(10000000000000), UINT64_C(0x00e12e13424bb40f), 35},
    {UINT64_C(100000000000000), UINT64_C(0x00b424dc35095cd9), 38},
    {UINT64_C(1000000000000000), UINT64_C(0x00901d7cf73ab0ad), 41},
    {UINT64_C(10000000000000000), UINT64_C(0x00e69594bec44de2), 45},
    {UINT64_C(100000000000000000), UINT64_C(0x00b877aa3236a4b5), 48},
};

static int64_t round_small(int64_t c, int drop, dx_round mode) {
    bool neg = c < 0;
    uint64_t n = (uint64_t)(neg ? -c : c), power = tenths[drop - 1].power;
    uint64_t q = (uint64_t)((dx_u128)n * tenths[drop - 1].factor >> 64) >> tenths[drop - 1].shift;
    uint64_t twice = 2 * (n - q * power);
    q += goes_away(mode, neg, (q & 1) != 0, (twice > power) - (twice < power), twice == 0);
    return neg ? -(int64_t)q : (int64_t)q;
}

static bool round_open(dx_arena *arena, dx_num a, int32_t e, dx_round mode, dx_num *ret) {
    dx_dec x = dx_num_open(a);
    if (x.e >= e) {
        int32_t zeros = x.e - e;
        if (x.c != 0) {
            if (zeros > DX_NUM_DIGITS - dx_u128_digits(x.c)) {
                *ret = dx_num_copy(arena, a);
                return true;
            }
            x.c *= dx_pow10[zeros];
        }
        return dx_num_close(arena, x.neg, x.c, e, false, ret);
    }
    int32_t drop = e - x.e;
    dx_u128 q = 0, rest = x.c;
    int half = -1;
    if (drop <= 38) {
        q = x.c / dx_pow10[drop];
        rest = x.c - q * dx_pow10[drop];
        half = (rest > dx_pow10[drop] / 2) - (rest < dx_pow10[drop] / 2);
    }
    q += goes_away(mode, x.neg, (q & 1) != 0, half, rest == 0);
    return dx_num_close(arena, x.neg, q, e, false, ret);
}

bool dx_num_round(dx_arena *arena, dx_num a, int scale, dx_round mode, dx_num *ret) {
    if (scale < -DX_NUM_EXP_MAX || scale > -DX_NUM_EXP_MIN)
        return false;
    if (dx_num_small(a)) {
        int drop = -scale - dx_num_exp(a);
        if (drop == 0) {
            *ret = a;
            return true;
        }
        if (drop > 0 && drop <= SMALL_SHIFT && scale >= -127) {
            *ret = dx_num_pack(round_small(dx_num_coef(a), drop, mode), -scale);
            return true;
        }
    }
    return round_open(arena, a, -scale, mode, ret);
}

bool dx_num_is_int(dx_num a) {
    dx_dec x = dx_num_open(a);
    return x.e >= 0 || x.c == 0 || (x.e >= -38 && x.c % dx_pow10[-x.e] == 0);
}

/* --- integers -------------------------------------------------------------------------------- */

static DX_APART bool to_scaled(dx_num a, uint32_t decimals, int64_t *ret) {
    dx_dec x = dx_num_open(a);
    x.e += (int32_t)decimals;
    if (x.c == 0) {
        *ret = 0;
        return true;
    }
    if (x.e < 0) {
        if (x.e < -38 || x.c % dx_pow10[-x.e] != 0)
            return false;
        x.c /= dx_pow10[-x.e];
    } else if (x.e > 0) {
        if (dx_u128_digits(x.c) + x.e > 19)
            return false;
        x.c *= dx_pow10[x.e];
    }
    if (x.c > (dx_u128)INT64_MAX + x.neg)
        return false;
    *ret = x.neg ? -(int64_t)(x.c - 1) - 1 : (int64_t)x.c;
    return true;
}

bool dx_num_to_scaled(dx_num a, uint32_t decimals, int64_t *ret) {
    uint32_t zeros = (uint32_t)dx_num_exp(a) + decimals;
    int64_t scaled;
    if (!dx_num_small(a) || zeros > 18 ||
        __builtin_mul_overflow(dx_num_coef(a), (int64_t)dx_pow10[zeros], &scaled))
        return to_scaled(a, decimals, ret);
    *ret = scaled;
    return true;
}

bool dx_num_to_int64(dx_num a, int64_t *ret) {
    return dx_num_to_scaled(a, 0, ret);
}

dx_num dx_num_strip(dx_arena *arena, dx_num a) {
    dx_dec x = dx_num_open(a);
    if (x.c == 0)
        return dx_num_int(0);
    if (x.e >= 0)
        return dx_num_copy(arena, a);
    x.e += dx_u128_strip(&x.c, -x.e);
    (void)dx_num_close(arena, x.neg, x.c, x.e, false, &a);
    return a;
}

static uint64_t mix(uint64_t h) {
    h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

uint64_t dx_num_hash(dx_num a) {
    dx_dec x = dx_num_open(a);
    if (x.c == 0)
        return mix(1);
    x.e += dx_u128_strip(&x.c, DX_NUM_DIGITS);
    uint64_t h = mix((uint64_t)x.c ^ (uint64_t)(uint32_t)x.e << 40 ^ (uint64_t)x.neg << 39);
    return mix(h + (uint64_t)(x.c >> 64));
}
