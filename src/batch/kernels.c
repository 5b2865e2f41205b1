/* One set of loops, named DX_KERNELS by the build, which compiles this file once for each kind of
 * processor that it can tell apart. */
#include "batch/kernels.h"

extern const dx_kernels DX_KERNELS;

#define VV(name, R, A, B, expression) \
    static void name(R *restrict r, const A *restrict x, const B *restrict y, uint32_t n) { \
        for (uint32_t i = 0; i < n; i++) { \
            A a = x[i]; \
            B b = y[i]; \
            r[i] = (R)(expression); \
        } \
    }
#define VS(name, R, A, S, expression) \
    static void name(R *restrict r, const A *restrict x, S s, uint32_t n) { \
        for (uint32_t i = 0; i < n; i++) { \
            A a = x[i]; \
            r[i] = (R)(expression); \
        } \
    }
#define V(name, R, A, expression) \
    static void name(R *restrict r, const A *restrict x, uint32_t n) { \
        for (uint32_t i = 0; i < n; i++) { \
            A a = x[i]; \
            r[i] = (R)(expression); \
        } \
    }
#include "batch/kernels.def"
#undef VV
#undef VS
#undef V

#define CHOOSE(name, A, a, B, b) \
    static void name(int64_t *restrict r, const uint8_t *restrict c, A x, B y, uint32_t n) { \
        for (uint32_t i = 0; i < n; i++) { \
            int64_t yes = a, no = b; \
            r[i] = c[i] == 1 ? yes : no; \
        } \
    }
CHOOSE(choose_vv, const int64_t *restrict, x[i], const int64_t *restrict, y[i])
CHOOSE(choose_vs, const int64_t *restrict, x[i], int64_t, y)
CHOOSE(choose_sv, int64_t, x, const int64_t *restrict, y[i])
CHOOSE(choose_ss, int64_t, x, int64_t, y)

static void choose_bytes(uint8_t *restrict r, const uint8_t *restrict c, const uint8_t *restrict a,
                         const uint8_t *restrict b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = c[i] == 1 ? a[i] : b[i];
}

static void look_up(int64_t *restrict r, const uint16_t *restrict codes,
                    const int64_t *restrict table, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = table[codes[i]];
}

static void look_up_bytes(uint8_t *restrict r, const uint16_t *restrict codes,
                          const uint8_t *restrict table, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = table[codes[i]];
}

/* By multiplication with the reciprocal 2^(63+s) / d rounded up, 2^s >= d: exact below 2^63. */
static void divide(int64_t *restrict r, const int64_t *restrict a, int64_t d, uint32_t n) {
    __extension__ typedef unsigned __int128 wide;
    uint32_t s = 64 - (uint32_t)__builtin_clzll((uint64_t)d - 1);
    uint64_t reciprocal = (uint64_t)((((wide)1 << (63 + s)) + (uint64_t)d - 1) / (uint64_t)d);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t magnitude = a[i] < 0 ? 0 - (uint64_t)a[i] : (uint64_t)a[i];
        int64_t quotient = (int64_t)((wide)magnitude * reciprocal >> (63 + s));
        r[i] = a[i] < 0 ? -quotient : quotient;
    }
}

static int64_t sum(const int64_t *a, uint32_t n) {
    int64_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all += a[i];
    return all;
}

static uint32_t count(const uint8_t *a, uint32_t n) {
    uint32_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all += a[i] == 1;
    return all;
}

const dx_kernels DX_KERNELS = {
#define VV(name, R, A, B, expression) .name = name,
#define VS(name, R, A, S, expression) .name = name,
#define V(name, R, A, expression) .name = name,
#include "batch/kernels.def"
#undef VV
#undef VS
#undef V
    .choose_vv = choose_vv,
    .choose_vs = choose_vs,
    .choose_sv = choose_sv,
    .choose_ss = choose_ss,
    .choose_bytes = choose_bytes,
    .look_up = look_up,
    .look_up_bytes = look_up_bytes,
    .divide = divide,
    .sum = sum,
    .count = count,
};
