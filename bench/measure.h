/* What the bench programs share: the clock, order statistics, memory, files. Times are in
 * nanoseconds. The benches are not installed and no part of the product includes this. */
#ifndef DX_BENCH_MEASURE_H
#define DX_BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/file.h"

static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What the calling thread has worked, which other programs take nothing of. */
static inline int64_t worked_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int measure_cmp(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static inline void measure_sort(int64_t *v, size_t n) {
    qsort(v, n, sizeof *v, measure_cmp);
}

/* What two readings of the clock with nothing between them are apart: taken off each measured time.
 */
static inline int64_t clock_cost(void) {
    enum { N = 1001 };
    int64_t v[N];
    for (size_t i = 0; i < N; i++) {
        int64_t from = now_ns();
        v[i] = now_ns() - from;
    }
    measure_sort(v, N);
    return v[N / 2];
}

/* Most memory that this process ever held. */
static inline long peak_kb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static inline void print_faults(dx_arena *arena, const dx_diags *diags) {
    dx_buf out = {.arena = arena};
    dx_diags_print(&out, diags, DX_EN);
    fprintf(stderr, "%.*s", DX_FMT(dx_buf_str(&out)));
}

#endif
