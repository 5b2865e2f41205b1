/* Square root, e^x, natural logarithm and powers, correctly rounded to decimal128.
 *
 * The square root is exact integer arithmetic. The others use the four operations and the square
 * root of MPFR (this is the only file that knows it) with series of their own: MPFR's own exp and
 * log allocate memory that a jump out of an arena would lose, whereas these operations work on
 * limbs on the stack and allocate nothing.
 *
 * Each function bounds the relative error of what it computed. If the whole interval rounds alike,
 * that is the result (Ziv's test); if not, the function is computed again with PRECISE bits. An
 * interval of that width around a number of 37 digits means the exact case (4 ** 0.5): no inexact
 * result comes that close, except next to 1, which near_one() takes out beforehand. */
#include <mpfr.h>

#include "base/num_wide.h"

#define QUICK 320
#define PRECISE 704
#define LIMBS ((PRECISE + 63) / 64)

typedef struct real {
    mpfr_t v;
    mp_limb_t limbs[LIMBS];
} real;

/* What is to be rounded: v * 10^e, positive, with a relative error below 2^error. */
typedef struct approx {
    real v;
    int32_t e;
    long error;
} approx;

static void real_init(real *r, mpfr_prec_t bits) {
    mpfr_custom_init(r->limbs, bits);
    mpfr_custom_init_set(r->v, MPFR_ZERO_KIND, 0, bits, r->limbs);
}

static void real_set_u128(real *r, dx_u128 c) {
    (void)mpfr_set_ui(r->v, (uint64_t)(c >> 64), MPFR_RNDN);
    (void)mpfr_mul_2ui(r->v, r->v, 64, MPFR_RNDN);
    (void)mpfr_add_ui(r->v, r->v, (uint64_t)c, MPFR_RNDN);
}

/* r = x^n by squaring; the relative error stays below 2n ulp. */
static void real_power(real *r, const real *x, uint32_t n, mpfr_prec_t bits) {
    real base;
    real_init(&base, bits);
    (void)mpfr_set(base.v, x->v, MPFR_RNDN);
    (void)mpfr_set_ui(r->v, 1, MPFR_RNDN);
    for (; n != 0; n >>= 1) {
        if (n & 1)
            (void)mpfr_mul(r->v, r->v, base.v, MPFR_RNDN);
        if (n > 1)
            (void)mpfr_sqr(base.v, base.v, MPFR_RNDN);
    }
}

/* r = c * 10^e. */
static void real_set(real *r, dx_u128 c, int32_t e, mpfr_prec_t bits) {
    real ten, power;
    real_init(&ten, bits);
    real_init(&power, bits);
    (void)mpfr_set_ui(ten.v, 10, MPFR_RNDN);
    real_power(&power, &ten, (uint32_t)(e < 0 ? -e : e), bits);
    real_set_u128(r, c);
    if (e < 0)
        (void)mpfr_div(r->v, r->v, power.v, MPFR_RNDN);
    else
        (void)mpfr_mul(r->v, r->v, power.v, MPFR_RNDN);
}

static void real_ln10(real *r) {
    /* ln 10 * 2^830, most significant word first. */
    static const uint64_t words[13] = {
        UINT64_C(0x935d8dddaaa8ac16), UINT64_C(0xea56d62b82d30a28), UINT64_C(0xe28fecf9da5df90e),
        UINT64_C(0x83c61e8201f02d72), UINT64_C(0x962f02d7b1a8105c), UINT64_C(0xcc70cbc02c5f0d68),
        UINT64_C(0x2c622418410be2da), UINT64_C(0xfb8f788402e516d6), UINT64_C(0x782cf8a28a8c911e),
        UINT64_C(0x765aa6c3b0d831fb), UINT64_C(0xef66ceb04ab3c6fa), UINT64_C(0x5161bb49d219c7bb),
        UINT64_C(0xca67b35b23605085),
    };
    (void)mpfr_set_ui(r->v, 0, MPFR_RNDN);
    /* From the least significant end, so that only what falls below the precision is lost. */
    for (size_t i = sizeof words / sizeof *words; i-- > 0;) {
        (void)mpfr_div_2ui(r->v, r->v, 64, MPFR_RNDN);
        (void)mpfr_add_ui(r->v, r->v, words[i], MPFR_RNDN);
    }
    (void)mpfr_div_2ui(r->v, r->v, 62, MPFR_RNDN);
}

/* The integer part of |x|, which is below 2^64, read from the limb: mpfr_get_ui allocates. */
static uint64_t real_whole(const real *x) {
    real top;
    real_init(&top, 64);
    (void)mpfr_abs(top.v, x->v, MPFR_RNDZ);
    if (mpfr_zero_p(top.v) || mpfr_get_exp(top.v) <= 0)
        return 0;
    return (uint64_t)top.limbs[0] >> (64 - mpfr_get_exp(top.v));
}

/* The integer part of v, which is below 2^127; v keeps the fraction. */
static dx_u128 real_split(real *v) {
    (void)mpfr_div_2ui(v->v, v->v, 64, MPFR_RNDN);
    uint64_t high = real_whole(v);
    (void)mpfr_sub_ui(v->v, v->v, high, MPFR_RNDN);
    (void)mpfr_mul_2ui(v->v, v->v, 64, MPFR_RNDN);
    uint64_t low = real_whole(v);
    (void)mpfr_sub_ui(v->v, v->v, low, MPFR_RNDN);
    return (dx_u128)high << 64 | low;
}

/* Scales a->v to an integer part of 36 to 38 digits and splits it. 1: the fraction is surely
 * neither 0 nor 1. 0: it may be, and then *ret_c is the nearest integer. */
static int split(approx *a, mpfr_prec_t bits, dx_u128 *ret_c) {
    /* 10^tens <= v < 2 * 10^(tens + 1), from v = f * 2^exponent with 1/2 <= f < 1. */
    long binary = (long)mpfr_get_exp(a->v.v) - 1;
    long scaled = binary * 30103;
    int32_t tens = (int32_t)(scaled >= 0 ? scaled / 100000 : -((-scaled + 99999) / 100000));
    real power;
    real_init(&power, bits);
    real_set(&power, 1, 36 - tens, bits);
    (void)mpfr_mul(a->v.v, a->v.v, power.v, MPFR_RNDN);
    a->e -= 36 - tens;
    *ret_c = real_split(&a->v);
    /* The integer part is below 2^127, so the fraction is off by less than 2^(error + 127); the
     * power of ten itself, of an exponent below 2^18, by as much as 2^20 ulp. */
    long own = 20 - (long)bits;
    long off = (a->error > own ? a->error : own) + 128;
    real edge;
    real_init(&edge, bits);
    (void)mpfr_set_ui_2exp(edge.v, 1, off, MPFR_RNDN);
    bool low = mpfr_cmp(a->v.v, edge.v) <= 0;
    (void)mpfr_ui_sub(edge.v, 1, edge.v, MPFR_RNDN);
    bool high = mpfr_cmp(a->v.v, edge.v) >= 0;
    *ret_c += high;
    return !low && !high;
}

/* A function of up to two arguments: fills in ret with the given precision. */
typedef void function(const dx_dec *x, const dx_dec *y, mpfr_prec_t bits, approx *ret);

/* Rounds f(x, y). An exact value gives zeros back up to the exponent `ideal`. */
static bool close_function(dx_arena *arena, function *f, const dx_dec *x, const dx_dec *y, bool neg,
                           int64_t ideal, dx_num *ret) {
    approx a;
    dx_u128 c;
    f(x, y, QUICK, &a);
    if (split(&a, QUICK, &c))
        return dx_num_close(arena, neg, c, a.e, true, ret);
    f(x, y, PRECISE, &a);
    if (split(&a, PRECISE, &c))
        return dx_num_close(arena, neg, c, a.e, true, ret);
    if (ideal > a.e)
        a.e += dx_u128_strip(&c, ideal - a.e < 38 ? (int)(ideal - a.e) : 38);
    return dx_num_close(arena, neg, c, a.e, false, ret);
}

/* 1 + d for a d below a quarter unit of the last place. */
static bool near_one(dx_arena *arena, bool below, bool neg, dx_num *ret) {
    return dx_num_close(arena, neg, dx_pow10[36] - below, -36, true, ret);
}

/* e^t = v * 10^e for |t| < 15,000 with an absolute error of t below 2^error. */
static void exp_real(const real *t, long error, mpfr_prec_t bits, approx *ret) {
    enum { HALVINGS = 12 };
    real ten, r, term;
    real_init(&ten, bits);
    real_init(&r, bits);
    real_init(&term, bits);
    real_init(&ret->v, bits);
    real_ln10(&ten);
    (void)mpfr_div(r.v, t->v, ten.v, MPFR_RNDN);
    ret->e = (int32_t)real_whole(&r);
    if (mpfr_signbit(r.v))
        ret->e = -ret->e;
    (void)mpfr_mul_si(r.v, ten.v, ret->e, MPFR_RNDN);
    (void)mpfr_sub(r.v, t->v, r.v, MPFR_RNDN);
    (void)mpfr_div_2ui(r.v, r.v, HALVINGS, MPFR_RNDN);
    (void)mpfr_set_ui(ret->v.v, 1, MPFR_RNDN);
    (void)mpfr_set_ui(term.v, 1, MPFR_RNDN);
    for (unsigned n = 1; !mpfr_zero_p(term.v) && mpfr_get_exp(term.v) > -bits; n++) {
        (void)mpfr_mul(term.v, term.v, r.v, MPFR_RNDN);
        (void)mpfr_div_ui(term.v, term.v, n, MPFR_RNDN);
        (void)mpfr_add(ret->v.v, ret->v.v, term.v, MPFR_RNDN);
    }
    for (int i = 0; i < HALVINGS; i++)
        (void)mpfr_sqr(ret->v.v, ret->v.v, MPFR_RNDN);
    /* The reduction loses 15 bits of t; each of at most 80 terms and 12 squarings, an ulp that the
     * squarings double. */
    long own = 24 - (long)bits;
    ret->error = (error > own ? error : own) + 2;
}

/* v = ln(c * 10^e), not for 1; returns a bound of the absolute error as a power of two. */
static long log_real(const dx_dec *x, mpfr_prec_t bits, real *v) {
    enum { ROOTS = 8 };
    int digits = dx_u128_digits(x->c);
    /* c * 10^e = m * 10^k with 0.3 <= m < 3, so that near 1 k is 0 and nothing cancels. */
    int32_t down = x->c >= 3 * dx_pow10[digits - 1] ? digits : digits - 1;
    int32_t k = x->e + down;
    real m, z, square, power;
    real_init(&m, bits);
    real_init(&z, bits);
    real_init(&square, bits);
    real_init(&power, bits);
    real_set(&m, x->c, -down, bits);
    for (int i = 0; i < ROOTS; i++)
        (void)mpfr_sqrt(m.v, m.v, MPFR_RNDN);
    /* ln m = 2 artanh((m - 1) / (m + 1)) = 2 (z + z^3/3 + z^5/5 + ...) */
    (void)mpfr_sub_ui(z.v, m.v, 1, MPFR_RNDN);
    (void)mpfr_add_ui(m.v, m.v, 1, MPFR_RNDN);
    (void)mpfr_div(z.v, z.v, m.v, MPFR_RNDN);
    (void)mpfr_sqr(square.v, z.v, MPFR_RNDN);
    (void)mpfr_set(v->v, z.v, MPFR_RNDN);
    (void)mpfr_set(power.v, z.v, MPFR_RNDN);
    for (unsigned n = 3; !mpfr_zero_p(power.v) && mpfr_get_exp(power.v) > -bits; n += 2) {
        (void)mpfr_mul(power.v, power.v, square.v, MPFR_RNDN);
        (void)mpfr_div_ui(m.v, power.v, n, MPFR_RNDN);
        (void)mpfr_add(v->v, v->v, m.v, MPFR_RNDN);
    }
    (void)mpfr_mul_2ui(v->v, v->v, ROOTS + 1, MPFR_RNDN);
    real_ln10(&m);
    (void)mpfr_mul_si(m.v, m.v, k, MPFR_RNDN);
    (void)mpfr_add(v->v, v->v, m.v, MPFR_RNDN);
    /* The roots leave m within two ulp, which the doubling makes 2^(ROOTS + 3); k takes 15 bits. */
    return 20 - (long)bits;
}

static void exp_function(const dx_dec *x, const dx_dec *unused, mpfr_prec_t bits, approx *ret) {
    (void)unused;
    real t;
    real_init(&t, bits);
    real_set(&t, x->c, x->e, bits);
    if (x->neg)
        (void)mpfr_neg(t.v, t.v, MPFR_RNDN);
    exp_real(&t, 32 - (long)bits, bits, ret);
}

static void log_function(const dx_dec *x, const dx_dec *unused, mpfr_prec_t bits, approx *ret) {
    (void)unused;
    real_init(&ret->v, bits);
    long error = log_real(x, bits, &ret->v);
    (void)mpfr_abs(ret->v.v, ret->v.v, MPFR_RNDN);
    ret->error = error - (long)mpfr_get_exp(ret->v.v) + 2;
    ret->e = 0;
}

/* t = y ln x; returns a bound of the absolute error as a power of two. */
static long log_times(const dx_dec *x, const dx_dec *y, mpfr_prec_t bits, real *t) {
    real factor;
    real_init(&factor, bits);
    long error = log_real(x, bits, t);
    real_set(&factor, y->c, y->e, bits);
    if (y->neg)
        (void)mpfr_neg(factor.v, factor.v, MPFR_RNDN);
    error += (long)mpfr_get_exp(factor.v) + 1;
    (void)mpfr_mul(t->v, t->v, factor.v, MPFR_RNDN);
    /* The product itself, of at most 14 bits before the point where it matters, loses less. */
    long own = 32 - (long)bits;
    return error > own ? error + 1 : own + 1;
}

static void pow_function(const dx_dec *x, const dx_dec *y, mpfr_prec_t bits, approx *ret) {
    real t;
    real_init(&t, bits);
    long error = log_times(x, y, bits, &t);
    exp_real(&t, error, bits, ret);
}

/* Whole powers up to this need no logarithm. */
#define WHOLE_MAX 4096

/* The power of the coefficient alone; the caller adds the exponents. */
static void whole_function(const dx_dec *x, const dx_dec *y, mpfr_prec_t bits, approx *ret) {
    real base;
    real_init(&base, bits);
    real_init(&ret->v, bits);
    real_set_u128(&base, x->c);
    real_power(&ret->v, &base, (uint32_t)y->c, bits);
    if (y->neg)
        (void)mpfr_ui_div(ret->v.v, 1, ret->v.v, MPFR_RNDN);
    ret->e = x->e * (int32_t)y->c * (y->neg ? -1 : 1);
    ret->error = 16 - (long)bits;
}

/* Beyond these the result of e^t is no decimal128 number, or zero. */
static bool exp_far(dx_arena *arena, bool down, bool neg, dx_num *ret) {
    return down && dx_num_close(arena, neg, 0, DX_NUM_EXP_MIN, false, ret);
}

bool dx_num_exp_e(dx_arena *arena, dx_num a, dx_num *ret) {
    dx_dec x = dx_num_open(a);
    if (x.c == 0) {
        *ret = dx_num_int(1);
        return true;
    }
    int32_t places = dx_u128_digits(x.c) + x.e; /* |x| < 10^places */
    if (places < -38)
        return near_one(arena, x.neg, false, ret);
    if (places > 5 || dx_num_cmp(dx_num_abs(arena, a), dx_num_int(14900)) > 0)
        return exp_far(arena, x.neg, false, ret);
    return close_function(arena, exp_function, &x, &x, false, 0, ret);
}

bool dx_num_log(dx_arena *arena, dx_num a, dx_num *ret) {
    dx_dec x = dx_num_open(a);
    if (x.c == 0 || x.neg)
        return false;
    int side = dx_num_cmp(a, dx_num_int(1));
    if (side == 0) {
        *ret = dx_num_int(0);
        return true;
    }
    return close_function(arena, log_function, &x, &x, side < 0, 0, ret);
}

static uint64_t root64(uint64_t n) {
    uint64_t root = 0;
    for (int bit = 31; bit >= 0; bit--) {
        uint64_t next = root | UINT64_C(1) << bit;
        if (next * next <= n)
            root = next;
    }
    return root;
}

/* The integer part of the square root of n, by Newton from above. n has 71 or 72 digits. */
static dx_u128 root256(dx_u256 n) {
    /* The first 64 bits at an even place give 32 bits of the root; one more makes it too large. */
    int shift = (dx_u128_bits(n.hi) + 1) / 2 * 2 - 64;
    dx_u128 root = ((dx_u128)root64((uint64_t)(n.hi >> shift)) + 1) << (64 + shift / 2);
    for (;;) {
        dx_u128 rest, q = dx_u256_div(n, root, &rest);
        if (q >= root)
            return root;
        root = q + (root - q) / 2;
    }
}

bool dx_num_sqrt(dx_arena *arena, dx_num a, dx_num *ret) {
    dx_dec x = dx_num_open(a);
    if (x.neg)
        return false;
    bool odd = (x.e & 1) != 0;
    int32_t ideal = (x.e - odd) / 2;
    if (x.c == 0)
        return dx_num_close(arena, false, 0, ideal, false, ret);
    /* A radicand of 71 or 72 digits has a root of 36. */
    int scale = 71 - dx_u128_digits(x.c);
    scale += ((x.e - scale) & 1) != 0;
    dx_u256 n = dx_u256_scaled(x.c, scale);
    dx_u128 root = root256(n);
    bool more = dx_u256_cmp(dx_u256_mul(root, root), n) != 0;
    int32_t e = (x.e - scale) / 2;
    if (!more)
        e += dx_u128_strip(&root, ideal - e);
    return dx_num_close(arena, false, root, e, more, ret);
}

/* ea * b rounded down, saturated: the exponent that an exact power should have. */
static int64_t pow_ideal(int32_t e, dx_dec b) {
    int64_t limit = INT64_C(1) << 40;
    if (e == 0)
        return 0;
    if (b.e >= 0 && dx_u128_digits(b.c) + b.e > 9)
        return (e < 0) == b.neg ? limit : -limit;
    dx_i128 product = (dx_i128)e * (b.neg ? -1 : 1);
    if (b.e >= 0)
        return (int64_t)(product * (dx_i128)(b.c * dx_pow10[b.e]));
    if (b.e < -38) /* less than 1 / e */
        return product < 0 ? -1 : 0;
    product *= (dx_i128)b.c;
    dx_i128 power = (dx_i128)dx_pow10[-b.e], q = product / power;
    q -= product % power < 0;
    return q > limit ? limit : q < -limit ? -limit : (int64_t)q;
}

/* base^n when it has at most 34 digits. */
static bool exact_power(dx_u128 base, dx_u128 n, dx_u128 *ret) {
    dx_u128 c = 1;
    if (n > 112) /* 2^113 has 35 digits */
        return false;
    for (; n > 0; n--) {
        if (base > dx_pow10[DX_NUM_DIGITS] / c)
            return false;
        c *= base;
    }
    *ret = c;
    return c < dx_pow10[DX_NUM_DIGITS];
}

/* c * 10^e with the exponent as near to `ideal` as the digits allow. */
static bool close_exact(dx_arena *arena, bool neg, dx_u128 c, int64_t e, int64_t ideal,
                        dx_num *ret) {
    if (e > ideal) {
        int room = DX_NUM_DIGITS - dx_u128_digits(c);
        int zeros = e - ideal < room ? (int)(e - ideal) : room;
        c *= dx_pow10[zeros];
        e -= zeros;
    }
    int32_t clamped = e > 20000 ? 20000 : e < -20000 ? -20000 : (int32_t)e;
    return dx_num_close(arena, neg, c, clamped, false, ret);
}

/* b as an integer if it is one, else reduced; *odd when it is an odd integer. */
static bool is_whole(dx_dec *b, bool *odd) {
    b->e += dx_u128_strip(&b->c, DX_NUM_DIGITS);
    if (b->e < 0)
        return false;
    if (b->e <= DX_NUM_DIGITS - dx_u128_digits(b->c)) {
        b->c *= dx_pow10[b->e];
        b->e = 0;
    }
    *odd = b->e == 0 && (b->c & 1) != 0;
    return true;
}

/* x ** b for an x > 0 without trailing zeros. */
static bool pow_open(dx_arena *arena, dx_dec x, dx_dec b, bool whole, int64_t ideal, bool neg,
                     dx_num *ret) {
    dx_u128 c;
    bool near = whole && b.e == 0;
    if (whole && x.c == 1)
        return close_exact(arena, neg, 1, pow_ideal(x.e, b), ideal, ret);
    if (near && exact_power(x.c, b.c, &c)) {
        int64_t e = (int64_t)x.e * (int64_t)b.c;
        dx_num power;
        if (!b.neg)
            return close_exact(arena, neg, c, e, ideal, ret);
        if (e > -6000 && e < 6000 && close_exact(arena, neg, c, e, e, &power))
            return dx_num_div(arena, dx_num_int(1), power, ret);
    }
    /* A whole power is never as near to 1 as 10^-34, and dx_num_close sees to its range. */
    if (near && b.c <= WHOLE_MAX)
        return close_function(arena, whole_function, &x, &b, neg, ideal, ret);
    real t;
    real_init(&t, QUICK);
    (void)log_times(&x, &b, QUICK, &t);
    if (mpfr_get_exp(t.v) < -130)
        return near_one(arena, mpfr_signbit(t.v) != 0, neg, ret);
    if (mpfr_cmp_si(t.v, 14900) > 0 || mpfr_cmp_si(t.v, -14900) < 0)
        return exp_far(arena, mpfr_signbit(t.v) != 0, neg, ret);
    return close_function(arena, pow_function, &x, &b, neg, ideal, ret);
}

bool dx_num_pow(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    dx_dec x = dx_num_open(a), y = dx_num_open(b);
    if (y.c == 0) {
        *ret = dx_num_int(1);
        return true;
    }
    int64_t ideal;
    bool odd = false, whole = is_whole(&y, &odd);
    if (x.c == 0 && y.neg)
        return false;
    if (x.neg && !whole)
        return false;
    if (y.c == 5 && y.e == -1 && !y.neg) /* the usual way to write a square root */
        return dx_num_sqrt(arena, a, ret);
    ideal = pow_ideal(x.e, y);
    if (x.c == 0)
        return close_exact(arena, false, 0, ideal, ideal, ret);
    bool neg = x.neg && odd;
    x.neg = false;
    x.e += dx_u128_strip(&x.c, DX_NUM_DIGITS);
    if (x.c == 1 && x.e == 0)
        return close_exact(arena, neg, 1, 0, ideal, ret);
    return pow_open(arena, x, y, whole, ideal, neg, ret);
}
