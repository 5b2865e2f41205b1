/* How many requests a client address may make: a token bucket each, in a table of fixed size. */
#ifndef DX_HTTP_RATE_H
#define DX_HTTP_RATE_H

#include "base/str.h"

typedef struct dx_rate dx_rate;

/* So many requests a second, and twice as many at once. */
dx_rate *dx_rate_new(dx_arena *arena, uint32_t per_second);
/* Whether a request from an address may go on at a time of the monotonic clock. */
bool dx_rate_admit(dx_rate *rate, dx_str address, uint64_t nanoseconds);
void dx_rate_done(dx_rate *rate);

#endif
