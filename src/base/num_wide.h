/* Inside of the decimals, shared by the num*.c files and their tests only: integers of 128 and 256
 * bits, powers of ten, and the two forms of a number opened into sign, coefficient and exponent.
 *
 * Every operation works the same way: open the operands, get the exact result as an integer with
 * at least one digit more than the format keeps (plus a mark that something non-zero follows), and
 * close it. dx_num_close is therefore the only place where decimal128 rounds. */
#ifndef DX_BASE_NUM_WIDE_H
#define DX_BASE_NUM_WIDE_H

#include "base/num.h"

__extension__ typedef unsigned __int128 dx_u128;
__extension__ typedef __int128 dx_i128;

typedef struct dx_u256 {
    dx_u128 hi, lo;
} dx_u256;

/* decimal128: coefficient below 10^34, exponent in this range. */
#define DX_NUM_EXP_MIN (-6176)
#define DX_NUM_EXP_MAX 6111

/* A number in the open: (neg ? -c : c) * 10^e. Zero is never negative. */
typedef struct dx_dec {
    dx_u128 c;
    int32_t e;
    bool neg;
} dx_dec;

/* 10^0 to 10^38, all that 128 bits hold. */
extern const dx_u128 dx_pow10[39];

dx_dec dx_num_open(dx_num a);
/* The decimal128 number nearest to +-(c + d) * 10^e, where 0 < d < 1 when `more` is set and d = 0
 * when it is not; ties to even, exponent e kept where it can be. With `more`, c must have at least
 * 35 digits. False: too large. */
bool dx_num_close(dx_arena *arena, bool neg, dx_u128 c, int32_t e, bool more, dx_num *ret);
/* The same for a coefficient below 10^73. */
bool dx_num_close_wide(dx_arena *arena, bool neg, dx_u256 c, int32_t e, bool more, dx_num *ret);

/* Decimal digits; 1 for zero. */
int dx_u128_digits(dx_u128 c);
/* Takes trailing zeros off *c, which is not 0, at most `most` of them; returns how many. */
int dx_u128_strip(dx_u128 *c, int most);
dx_u256 dx_u256_mul(dx_u128 a, dx_u128 b);
/* n / d for a quotient that fits 128 bits (n.hi < d). */
dx_u128 dx_u256_div(dx_u256 n, dx_u128 d, dx_u128 *ret_rest);
/* c * 10^k for a result below 10^76; k up to 76. */
dx_u256 dx_u256_scaled(dx_u128 c, int k);

static inline int dx_u128_bits(dx_u128 c) {
    uint64_t hi = (uint64_t)(c >> 64), lo = (uint64_t)c;
    if (hi != 0)
        return 128 - __builtin_clzll(hi);
    return lo != 0 ? 64 - __builtin_clzll(lo) : 0;
}
static inline dx_u256 dx_u256_add(dx_u256 a, dx_u256 b) {
    dx_u128 lo = a.lo + b.lo;
    return (dx_u256){a.hi + b.hi + (lo < a.lo), lo};
}
static inline dx_u256 dx_u256_sub(dx_u256 a, dx_u256 b) {
    return (dx_u256){a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo};
}
static inline int dx_u256_cmp(dx_u256 a, dx_u256 b) {
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

#endif
