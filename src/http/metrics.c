/* See metrics.h. Slots of counters: one an operation, then one for pages and one for what is
 * refused. */
#include "http/metrics.h"

#include <stdatomic.h>

enum { STATUS_CLASSES = 6 }; /* 1xx … 5xx */

typedef struct counts {
    _Atomic uint64_t by_class[STATUS_CLASSES];
    _Atomic uint64_t nanoseconds;
} counts;

struct dx_metrics {
    counts *slots;
};

dx_metrics *dx_metrics_new(dx_arena *arena) {
    dx_metrics *metrics = DX_NEW(arena, dx_metrics);
    metrics->slots = DX_NEW_ARRAY(arena, counts, dx_operation_count + 2);
    return metrics;
}

static void count(counts *slot, int status, uint64_t nanoseconds) {
    atomic_fetch_add_explicit(&slot->by_class[(status / 100) % STATUS_CLASSES], 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&slot->nanoseconds, nanoseconds, memory_order_relaxed);
}

void dx_metrics_operation(dx_metrics *metrics, const dx_operation *op, int status,
                          uint64_t nanoseconds) {
    count(&metrics->slots[op - dx_operations], status, nanoseconds);
}

void dx_metrics_page(dx_metrics *metrics, int status) {
    count(&metrics->slots[dx_operation_count], status, 0);
}

void dx_metrics_refused(dx_metrics *metrics, int status) {
    count(&metrics->slots[dx_operation_count + 1], status, 0);
}

static void put_counts(dx_buf *out, const counts *slot, const char *name) {
    for (uint32_t c = 2; c < STATUS_CLASSES; c++)
        dx_buf_fmt(out, "duixian_requests_total{operation=\"%s\",status=\"%uxx\"} %llu\n", name, c,
                   (unsigned long long)atomic_load(&slot->by_class[c]));
    dx_buf_fmt(out, "duixian_request_nanoseconds_total{operation=\"%s\"} %llu\n", name,
               (unsigned long long)atomic_load(&slot->nanoseconds));
}

void dx_metrics_print(const dx_metrics *metrics, dx_buf *out) {
    dx_buf_addz(out, "# TYPE duixian_requests_total counter\n"
                     "# TYPE duixian_request_nanoseconds_total counter\n");
    for (uint32_t i = 0; i < dx_operation_count; i++)
        put_counts(out, &metrics->slots[i], dx_operations[i].name);
    put_counts(out, &metrics->slots[dx_operation_count], "PAGE");
    put_counts(out, &metrics->slots[dx_operation_count + 1], "REFUSED");
}

void dx_metrics_put(dx_buf *out, const char *name, const char *kind, uint64_t value) {
    dx_buf_fmt(out, "# TYPE duixian_%s %s\nduixian_%s %llu\n", name, kind, name,
               (unsigned long long)value);
}
