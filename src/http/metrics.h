/* Counters for whoever watches the server, in the text form of Prometheus. */
#ifndef DX_HTTP_METRICS_H
#define DX_HTTP_METRICS_H

#include "app/app.h"

typedef struct dx_metrics dx_metrics;

dx_metrics *dx_metrics_new(dx_arena *arena);
/* Counts a reply to an operation and the time that was spent on it. */
void dx_metrics_operation(dx_metrics *metrics, const dx_operation *op, int status,
                          uint64_t nanoseconds);
/* Counts a reply with a page, or with something of the server's own. */
void dx_metrics_page(dx_metrics *metrics, int status);
/* Counts a request that was refused before it came to an operation. */
void dx_metrics_refused(dx_metrics *metrics, int status);
/* Adds all of it. */
void dx_metrics_print(const dx_metrics *metrics, dx_buf *out);
/* Adds one number; kind is "counter" or "gauge". */
void dx_metrics_put(dx_buf *out, const char *name, const char *kind, uint64_t value);

#endif
