/* Random decimals against decNumber, an implementation that shares nothing with ours: + - * / sqrt,
 * comparison, rounding and texts, compared to the last bit of the decimal128 result, exponent
 * included. Only built where the system has libdecnumber.
 *
 *   test_num_oracle [operations [seed]] */
#define DECNUMDIGITS 40
#include <decNumber.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num_wide.h"

static uint64_t state;

static uint64_t next_random(void) {
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int below(int n) {
    return (int)(next_random() % (uint64_t)n);
}

/* A number of 1 to 36 digits, of kinds that meet in sums, ties and at the ends of the range. */
static void random_text(char ret[64]) {
    static const int spans[] = {3, 12, 20, 40, 80, 300, 6200};
    int digits = below(3) == 0 ? 1 + below(36) : 1 + below(18), n = 0;
    if (below(2))
        ret[n++] = '-';
    int kind = below(6);
    for (int i = 0; i < digits; i++) {
        char c = (char)('0' + below(10));
        if (kind == 0 && i > 0)
            c = '0';
        else if (kind == 1)
            c = '9';
        else if (kind == 2 && i > digits / 2)
            c = i == digits - 1 ? '5' : '0';
        ret[n++] = c;
    }
    if (kind == 3 && below(4) == 0)
        n = snprintf(ret, 64, "%s", below(2) ? "36028797018963967" : "36028797018963968");
    int span = spans[below(7)];
    int exponent = below(2 * span + 1) - span;
    if (below(40) == 0)
        exponent = below(2) ? 6111 - below(40) : -6176 + below(40);
    if (below(40) == 0)
        exponent = below(2) ? 127 - below(3) : -127 + below(3);
    (void)snprintf(ret + n, 64 - (size_t)n, "e%d", exponent);
}

static decContext context;

static bool same(bool have, dx_num a, const decNumber *b) {
    if (decNumberIsSpecial(b))
        return !have;
    if (!have)
        return false;
    uint8_t bcd[DECNUMDIGITS];
    (void)decNumberGetBCD(b, bcd);
    dx_u128 c = 0;
    for (int32_t i = 0; i < b->digits; i++)
        c = c * 10 + bcd[i];
    dx_dec x = dx_num_open(a);
    bool small = x.c <= (dx_u128)DX_NUM_COEF_MAX && x.e >= -127 && x.e <= 127;
    return x.c == c && x.e == b->exponent && x.neg == (decNumberIsNegative(b) && c != 0) &&
           small == dx_num_small(a);
}

static const char *const names[] = {"parse", "+", "-", "*", "/", "sqrt", "cmp", "round"};

/* decNumber gives up where the quotient is long, and its modulo has the sign of the dividend; only
 * the operations that decimal128 has are compared here. */
static bool one(dx_arena *arena, int op, const char *s, const char *t) {
    decNumber x, y, r;
    dx_num a, b, c = dx_num_int(0);
    decContextZeroStatus(&context);
    (void)decNumberFromString(&x, s, &context);
    (void)decNumberFromString(&y, t, &context);
    bool have_a = dx_num_parse(arena, dx_str_of(s), &a), have_b;
    if (!same(have_a, a, &x))
        return false;
    have_b = dx_num_parse(arena, dx_str_of(t), &b);
    if (op == 0 || !have_a || !have_b)
        return true;
    bool have = true;
    switch (op) {
    case 1:
        (void)decNumberAdd(&r, &x, &y, &context);
        have = dx_num_add(arena, a, b, &c);
        break;
    case 2:
        (void)decNumberSubtract(&r, &x, &y, &context);
        have = dx_num_sub(arena, a, b, &c);
        break;
    case 3:
        (void)decNumberMultiply(&r, &x, &y, &context);
        have = dx_num_mul(arena, a, b, &c);
        break;
    case 4:
        (void)decNumberDivide(&r, &x, &y, &context);
        have = dx_num_div(arena, a, b, &c);
        break;
    case 5:
        (void)decNumberAbs(&x, &x, &context);
        (void)decNumberSquareRoot(&r, &x, &context);
        have = dx_num_sqrt(arena, dx_num_abs(arena, a), &c);
        break;
    case 6: {
        (void)decNumberCompare(&r, &x, &y, &context);
        int sign = dx_num_cmp(a, b);
        c = dx_num_int((sign > 0) - (sign < 0));
        if ((sign == 0) != (dx_num_hash(a) == dx_num_hash(b)))
            return false;
        break;
    }
    default: {
        static const enum rounding theirs[] = {
            DEC_ROUND_HALF_EVEN, DEC_ROUND_UP,    DEC_ROUND_DOWN,   DEC_ROUND_HALF_UP,
            DEC_ROUND_HALF_DOWN, DEC_ROUND_FLOOR, DEC_ROUND_CEILING};
        int mode = below(7), scale = below(60) - 20;
        if (below(2))
            scale = -x.exponent - below(20);
        if (scale < -6111)
            scale = -6111;
        decNumberFromInt32(&y, -scale);
        decContextSetRounding(&context, theirs[mode]);
        (void)decNumberRescale(&r, &x, &y, &context);
        decContextSetRounding(&context, DEC_ROUND_HALF_EVEN);
        have = dx_num_round(arena, a, scale, (dx_round)mode, &c);
        if (decNumberIsNaN(&r) && have)
            return scale >= -6111 && scale <= 6176 && same(true, c, &x);
        break;
    }
    }
    return same(have, c, &r);
}

int main(int argc, char **argv) {
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20261122;
    int faults = 0;
    dx_arena arena;
    dx_arena_init(&arena, (size_t)1 << 20);
    (void)decContextDefault(&context, DEC_INIT_DECIMAL128);
    context.traps = 0;
    state = seed;
    for (long i = 0; i < count && faults < 20; i++) {
        char s[64], t[64];
        random_text(s);
        random_text(t);
        int op = (int)(i % 8);
        if (!one(&arena, op, s, t) && ++faults)
            printf("# %s of %s and %s\n", names[op], s, t);
        dx_arena_reset(&arena);
    }
    dx_arena_done(&arena);
    printf("%s 1 - %ld operations as decNumber does them, seed %" PRIu64 "\n1..1\n",
           faults == 0 ? "ok" : "not ok", count, seed);
    return faults != 0;
}
