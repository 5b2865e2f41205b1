/* One set of loops, named DX_KERNELS by the build, which compiles this file once for each kind of
 * processor that it can tell apart. */
#include "batch/kernels.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

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

static void put_v(int64_t *restrict r, const uint8_t *restrict c, const int64_t *restrict a,
                  uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = c[i] == 1 ? a[i] : r[i];
}

static void put_s(int64_t *restrict r, const uint8_t *restrict c, int64_t a, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = c[i] == 1 ? a : r[i];
}

static void put_bytes(uint8_t *restrict r, const uint8_t *restrict c, const uint8_t *restrict a,
                      uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = c[i] == 1 ? a[i] : r[i];
}

static void put_byte(uint8_t *restrict r, const uint8_t *restrict c, uint8_t a, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = c[i] == 1 ? a : r[i];
}

static void tally(uint8_t *restrict seen, uint8_t *restrict several,
                  const uint8_t *restrict matches, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        several[i] |= seen[i] & matches[i];
        seen[i] |= matches[i];
    }
}

static void min_in(uint8_t *restrict r, const uint8_t *restrict a, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] = a[i] < r[i] ? a[i] : r[i];
}

static void add_in(int64_t *restrict r, const int64_t *restrict a, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] += a[i];
}

static void mark_open(uint8_t *restrict r, const uint8_t *restrict state, uint8_t bit, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] |= state[i] == 2 ? bit : 0;
}

static void and_bytes(uint8_t *restrict r, const uint8_t *restrict a, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        r[i] &= a[i];
}

/* Compilers see no 32-bit product in this; processors have a fast one. */
static void mul_small(int64_t *restrict r, const int64_t *restrict a, int64_t s, uint32_t n) {
    uint32_t i = 0;
#if defined __AVX512F__
    __m512i by = _mm512_set1_epi64(s);
    for (; i + 8 <= n; i += 8)
        _mm512_storeu_si512(r + i, _mm512_mul_epi32(_mm512_loadu_si512(a + i), by));
#elif defined __AVX2__
    __m256i by = _mm256_set1_epi64x(s);
    for (; i + 4 <= n; i += 4)
        _mm256_storeu_si256((__m256i *)(r + i),
                            _mm256_mul_epi32(_mm256_loadu_si256((const __m256i *)(a + i)), by));
#endif
    for (; i < n; i++)
        r[i] = a[i] * s;
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

static void few_codes(uint8_t *restrict r, const uint16_t *restrict codes, const uint16_t *few,
                      uint8_t found, uint32_t n) {
    uint16_t a = few[0], b = few[1], c = few[2], d = few[3];
    for (uint32_t i = 0; i < n; i++)
        r[i] = ((codes[i] == a) | (codes[i] == b) | (codes[i] == c) | (codes[i] == d)) == found;
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

static uint32_t count_byte(const uint8_t *a, uint8_t byte, uint32_t n) {
    uint32_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all += a[i] == byte;
    return all;
}

static uint32_t count(const uint8_t *a, uint32_t n) {
    return count_byte(a, 1, n);
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
    .put_v = put_v,
    .put_s = put_s,
    .put_bytes = put_bytes,
    .put_byte = put_byte,
    .tally = tally,
    .min_in = min_in,
    .add_in = add_in,
    .mark_open = mark_open,
    .and_bytes = and_bytes,
    .mul_small = mul_small,
    .look_up = look_up,
    .look_up_bytes = look_up_bytes,
    .few_codes = few_codes,
    .divide = divide,
    .sum = sum,
    .count = count,
    .count_byte = count_byte,
};
