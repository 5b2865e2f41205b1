/* The loops that everything else in this folder prepares: over plain arrays, without a branch, so
 * that a compiler makes vector instructions of them. kernels.c is compiled once for each kind of
 * processor; dx_kernels_best picks the set that this one has. */
#ifndef DX_BATCH_KERNELS_H
#define DX_BATCH_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

enum { DX_FEW_CODES = 4 };

typedef struct dx_kernels {
#define VV(name, R, A, B, expression) \
    void (*name)(R *restrict r, const A *restrict a, const B *restrict b, uint32_t n);
#define VS(name, R, A, S, expression) \
    void (*name)(R *restrict r, const A *restrict a, S s, uint32_t n);
#define V(name, R, A, expression) void (*name)(R *restrict r, const A *restrict a, uint32_t n);
#include "batch/kernels.def"
#undef VV
#undef VS
#undef V
    /* r[i] = c[i] is 1 ? a[i] : b[i], where either may be one number for all rows */
    void (*choose_vv)(int64_t *restrict r, const uint8_t *restrict c, const int64_t *restrict a,
                      const int64_t *restrict b, uint32_t n);
    void (*choose_vs)(int64_t *restrict r, const uint8_t *restrict c, const int64_t *restrict a,
                      int64_t b, uint32_t n);
    void (*choose_sv)(int64_t *restrict r, const uint8_t *restrict c, int64_t a,
                      const int64_t *restrict b, uint32_t n);
    void (*choose_ss)(int64_t *restrict r, const uint8_t *restrict c, int64_t a, int64_t b,
                      uint32_t n);
    void (*choose_bytes)(uint8_t *restrict r, const uint8_t *restrict c, const uint8_t *restrict a,
                         const uint8_t *restrict b, uint32_t n);
    /* the same in place: where c[i] is 1, r[i] becomes a[i], or a */
    void (*put_v)(int64_t *restrict r, const uint8_t *restrict c, const int64_t *restrict a,
                  uint32_t n);
    void (*put_s)(int64_t *restrict r, const uint8_t *restrict c, int64_t a, uint32_t n);
    void (*put_bytes)(uint8_t *restrict r, const uint8_t *restrict c, const uint8_t *restrict a,
                      uint32_t n);
    void (*put_byte)(uint8_t *restrict r, const uint8_t *restrict c, uint8_t a, uint32_t n);
    /* matches come in: seen once, and more than once */
    void (*tally)(uint8_t *restrict seen, uint8_t *restrict several,
                  const uint8_t *restrict matches, uint32_t n);
    void (*min_in)(uint8_t *restrict r, const uint8_t *restrict a, uint32_t n);
    void (*add_in)(int64_t *restrict r, const int64_t *restrict a, uint32_t n);
    /* where a state is unknown, r[i] gets a bit */
    void (*mark_open)(uint8_t *restrict r, const uint8_t *restrict state, uint8_t bit, uint32_t n);
    void (*and_bytes)(uint8_t *restrict r, const uint8_t *restrict a, uint32_t n);
    /* r[i] = a[i] * s, both within 32 bits */
    void (*mul_small)(int64_t *restrict r, const int64_t *restrict a, int64_t s, uint32_t n);
    /* r[i] = table[codes[i]] */
    void (*look_up)(int64_t *restrict r, const uint16_t *restrict codes,
                    const int64_t *restrict table, uint32_t n);
    void (*look_up_bytes)(uint8_t *restrict r, const uint16_t *restrict codes,
                          const uint8_t *restrict table, uint32_t n);
    /* r[i] = found where codes[i] is one of few, else 1 - found */
    void (*few_codes)(uint8_t *restrict r, const uint16_t *restrict codes, const uint16_t *few,
                      uint8_t found, uint32_t n);
    /* r[i] = a[i] / d toward zero; d > 1 */
    void (*divide)(int64_t *restrict r, const int64_t *restrict a, int64_t d, uint32_t n);
    /* sums of n numbers, of which the caller knows that they do not overflow; how many bytes are 1
     */
    int64_t (*sum)(const int64_t *a, uint32_t n);
    uint32_t (*count)(const uint8_t *a, uint32_t n);
    uint32_t (*count_byte)(const uint8_t *a, uint8_t byte, uint32_t n);
} dx_kernels;

const dx_kernels *dx_kernels_best(void);

/* r = a * s, where a lies between low and high. */
static inline void dx_kernels_mul(const dx_kernels *k, int64_t *restrict r,
                                  const int64_t *restrict a, int64_t s, int64_t low, int64_t high,
                                  uint32_t n) {
    bool small = low >= INT32_MIN && high <= INT32_MAX && s >= INT32_MIN && s <= INT32_MAX;
    (small ? k->mul_small : k->mul_vs)(r, a, s, n);
}

#endif
