/* Wide integers under the decimals, and the one place where a result becomes a decimal128 number:
 * rounded, put into range, and stored in the small form whenever that can hold it. */
#include "base/num_wide.h"

/* What a large number's word points to. */
typedef struct big {
    dx_u128 c;
    int32_t e;
    bool neg;
} big;

#define P(n) UINT64_C(1##n)
#define T19 UINT64_C(10000000000000000000)
#define W(n) ((dx_u128)T19 * UINT64_C(1##n))
const dx_u128 dx_pow10[39] = {P(),
                              P(0),
                              P(00),
                              P(000),
                              P(0000),
                              P(00000),
                              P(000000),
                              P(0000000),
                              P(00000000),
                              P(000000000),
                              P(0000000000),
                              P(00000000000),
                              P(000000000000),
                              P(0000000000000),
                              P(00000000000000),
                              P(000000000000000),
                              P(0000000000000000),
                              P(00000000000000000),
                              P(000000000000000000),
                              T19,
                              W(0),
                              W(00),
                              W(000),
                              W(0000),
                              W(00000),
                              W(000000),
                              W(0000000),
                              W(00000000),
                              W(000000000),
                              W(0000000000),
                              W(00000000000),
                              W(000000000000),
                              W(0000000000000),
                              W(00000000000000),
                              W(000000000000000),
                              W(0000000000000000),
                              W(00000000000000000),
                              W(000000000000000000),
                              (dx_u128)T19 *T19};

int dx_u128_digits(dx_u128 c) {
    /* 1233/4096 is a little under log10(2): the estimate is the number of digits or one less. */
    int digits = dx_u128_bits(c) * 1233 >> 12;
    return digits + (digits == 0 || c >= dx_pow10[digits]);
}

static int strip64(uint64_t *c, int most) {
    static const struct {
        uint64_t power;
        int zeros;
    } steps[] = {{UINT64_C(100000000), 8}, {10000, 4}, {100, 2}, {10, 1}};
    int taken = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        /* At most 19 digits: the step of 8 may be due twice, the others once. */
        while (most - taken >= steps[i].zeros && *c % steps[i].power == 0) {
            *c /= steps[i].power;
            taken += steps[i].zeros;
        }
    }
    return taken;
}

int dx_u128_strip(dx_u128 *c, int most) {
    uint64_t lo = (uint64_t)*c;
    /* 10^k divides c only when 2^k does, which settles most cases without a division. */
    int twos = lo != 0 ? __builtin_ctzll(lo) : 64;
    int taken = 0;
    if (most > twos)
        most = twos;
    while (most > taken && *c >> 64 != 0) {
        int k = most - taken < 16 ? most - taken : 16;
        while (k > 0 && *c % (uint64_t)dx_pow10[k] != 0)
            k /= 2;
        if (k == 0)
            return taken;
        *c /= (uint64_t)dx_pow10[k];
        taken += k;
    }
    if (most > taken) {
        lo = (uint64_t)*c;
        taken += strip64(&lo, most - taken);
        *c = lo;
    }
    return taken;
}

dx_u256 dx_u256_mul(dx_u128 a, dx_u128 b) {
    uint64_t a1 = (uint64_t)(a >> 64), a0 = (uint64_t)a;
    uint64_t b1 = (uint64_t)(b >> 64), b0 = (uint64_t)b;
    dx_u128 low = (dx_u128)a0 * b0, high = (dx_u128)a1 * b1;
    dx_u128 x = (dx_u128)a1 * b0, y = (dx_u128)a0 * b1;
    dx_u128 mid = (low >> 64) + (uint64_t)x + (uint64_t)y;
    return (dx_u256){high + (x >> 64) + (y >> 64) + (mid >> 64), mid << 64 | (uint64_t)low};
}

/* One digit of base 2^64 of a long division: (r * 2^64 + next) / d with r < d and the top bit of d
 * set. The guess from the leading halves is at most two too large (Knuth, volume 2, 4.3.1). */
static uint64_t div_step(dx_u128 *r, uint64_t next, dx_u128 d) {
    uint64_t d1 = (uint64_t)(d >> 64), d0 = (uint64_t)d;
    uint64_t q = *r >> 64 >= d1 ? UINT64_MAX : (uint64_t)(*r / d1);
    dx_u128 left = *r - (dx_u128)q * d1;
    while (left >> 64 == 0 && (dx_u128)q * d0 > (left << 64 | next)) {
        q--;
        left += d1;
    }
    *r = (*r << 64 | next) - (dx_u128)q * d;
    return q;
}

dx_u128 dx_u256_div(dx_u256 n, dx_u128 d, dx_u128 *ret_rest) {
    if (n.hi == 0) {
        dx_u128 q = n.lo / d;
        *ret_rest = n.lo - q * d;
        return q;
    }
    if (d >> 64 == 0) {
        dx_u128 part = n.hi << 64 | n.lo >> 64;
        uint64_t small = (uint64_t)d, q1 = (uint64_t)(part / small);
        part = (part - (dx_u128)q1 * small) << 64 | (uint64_t)n.lo;
        dx_u128 q0 = part / small;
        *ret_rest = part - q0 * small;
        return ((dx_u128)q1 << 64) + q0;
    }
    int shift = __builtin_clzll((uint64_t)(d >> 64));
    if (shift != 0) {
        n.hi = n.hi << shift | n.lo >> (128 - shift);
        n.lo <<= shift;
        d <<= shift;
    }
    uint64_t q1 = div_step(&n.hi, (uint64_t)(n.lo >> 64), d);
    uint64_t q0 = div_step(&n.hi, (uint64_t)n.lo, d);
    *ret_rest = n.hi >> shift;
    return (dx_u128)q1 << 64 | q0;
}

dx_u256 dx_u256_scaled(dx_u128 c, int k) {
    int room = 38 - dx_u128_digits(c);
    int first = k < room ? k : room;
    return dx_u256_mul(c * dx_pow10[first], dx_pow10[k - first]);
}

dx_dec dx_num_open(dx_num a) {
    if (dx_num_small(a)) {
        int64_t c = dx_num_coef(a);
        return (dx_dec){(dx_u128)(c < 0 ? -c : c), dx_num_exp(a), c < 0};
    }
    const big *p = (const big *)(uintptr_t)(a.w >> 8);
    return (dx_dec){p->c, p->e, p->neg};
}

static dx_num store(dx_arena *arena, bool neg, dx_u128 c, int32_t e) {
    if (c <= (dx_u128)DX_NUM_COEF_MAX && e >= -127 && e <= 127)
        return dx_num_pack(neg ? -(int64_t)c : (int64_t)c, e);
    big *p = dx_alloc(arena, sizeof *p);
    *p = (big){c, e, neg && c != 0};
    return (dx_num){(uint64_t)(uintptr_t)p << 8 | 0x80u};
}

/* c / 10^drop, ties to even. */
static dx_u128 drop_digits(dx_u128 c, int32_t drop, bool more) {
    if (drop > 38)
        return 0; /* c is below 3.5 * 10^38: less than half of one unit */
    dx_u128 power = dx_pow10[drop], half = power / 2;
    dx_u128 q = power >> 64 == 0 ? c / (uint64_t)power : c / power;
    dx_u128 rest = c - q * power;
    bool up = rest > half || (rest == half && (more || (q & 1) != 0));
    return q + up;
}

bool dx_num_close(dx_arena *arena, bool neg, dx_u128 c, int32_t e, bool more, dx_num *ret) {
    int digits = dx_u128_digits(c);
    int32_t drop = digits > DX_NUM_DIGITS ? digits - DX_NUM_DIGITS : 0;
    if (e < DX_NUM_EXP_MIN - drop)
        drop = DX_NUM_EXP_MIN - e;
    if (drop > 0) {
        c = drop_digits(c, drop, more);
        e += drop;
        if (c == dx_pow10[DX_NUM_DIGITS]) {
            c = dx_pow10[DX_NUM_DIGITS - 1];
            e++;
        }
    }
    if (e > DX_NUM_EXP_MAX) {
        /* Zeros may still bring the exponent into range. */
        int32_t zeros = e - DX_NUM_EXP_MAX;
        if (c != 0) {
            if (zeros > DX_NUM_DIGITS - dx_u128_digits(c))
                return false;
            c *= dx_pow10[zeros];
        }
        e = DX_NUM_EXP_MAX;
    }
    *ret = store(arena, neg, c, e);
    return true;
}

bool dx_num_close_wide(dx_arena *arena, bool neg, dx_u256 c, int32_t e, bool more, dx_num *ret) {
    if (c.hi != 0) {
        /* Down to 36 or 37 digits, so that dx_num_close still has digits to round away. */
        int drop = ((128 + dx_u128_bits(c.hi)) * 1233 >> 12) - 36;
        dx_u128 rest;
        c.lo = dx_u256_div(c, dx_pow10[drop], &rest);
        more = more || rest != 0;
        e += drop;
    }
    return dx_num_close(arena, neg, c.lo, e, more, ret);
}
