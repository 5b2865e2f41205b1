/* A few threads for work that is too long for the threads of requests, and a queue of fixed length
 * before them: what does not fit is refused at once, so that waiting has an end. */
#ifndef DX_HTTP_POOL_H
#define DX_HTTP_POOL_H

#include "base/arena.h"

typedef struct dx_pool dx_pool;

/* `work(context, job)` is called for each job, on one of so many threads, which give way to the
 * threads of requests. At most `most` jobs wait or are under way. NULL when no thread can be had.
 * Allocates in the arena, which must outlive the pool. */
dx_pool *dx_pool_start(dx_arena *arena, uint32_t threads, uint32_t most,
                       void (*work)(void *context, void *job), void *context);
/* Takes a place; false when none is free. It is given up when the job that fills it is done. */
bool dx_pool_reserve(dx_pool *pool);
/* Fills a place that was taken. */
void dx_pool_add(dx_pool *pool, void *job);
/* How many places are taken. */
uint32_t dx_pool_taken(dx_pool *pool);
/* Does what waits, and ends the threads. No place may be taken any more. */
void dx_pool_stop(dx_pool *pool);

#endif
