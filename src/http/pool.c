/* See pool.h. The queue is a ring; a place in it is kept from dx_pool_reserve on. */
#include "http/pool.h"

#include <pthread.h>
#include <sys/resource.h>

enum {
    THREADS_MAX = 4,
    NICENESS = 5, /* of the threads: a request for an answer goes before one for a document */
};

struct dx_pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_t threads[THREADS_MAX];
    uint32_t n_threads;
    void (*work)(void *context, void *job);
    void *context;
    void **ring;
    uint32_t most, first, waiting, taken;
    bool stopping;
};

/* The next job; NULL when there will be none. */
static void *next_job(dx_pool *pool) {
    void *job = NULL;
    pthread_mutex_lock(&pool->lock);
    while (pool->waiting == 0 && !pool->stopping)
        pthread_cond_wait(&pool->filled, &pool->lock);
    if (pool->waiting > 0) {
        job = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->most;
        pool->waiting--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *run(void *context) {
    dx_pool *pool = context;
    void *job;
    setpriority(PRIO_PROCESS, 0, NICENESS); /* on Linux, of this thread */
    while ((job = next_job(pool)) != NULL) {
        pool->work(pool->context, job);
        pthread_mutex_lock(&pool->lock);
        pool->taken--;
        pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

dx_pool *dx_pool_start(dx_arena *arena, uint32_t threads, uint32_t most,
                       void (*work)(void *context, void *job), void *context) {
    dx_pool *pool = DX_NEW(arena, dx_pool);
    pool->ring = DX_NEW_ARRAY(arena, void *, most);
    pool->most = most;
    pool->work = work;
    pool->context = context;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    while (pool->n_threads < threads && pool->n_threads < THREADS_MAX &&
           pthread_create(&pool->threads[pool->n_threads], NULL, run, pool) == 0)
        pool->n_threads++;
    return pool->n_threads ? pool : NULL;
}

bool dx_pool_reserve(dx_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    bool free = pool->taken < pool->most;
    pool->taken += free;
    pthread_mutex_unlock(&pool->lock);
    return free;
}

void dx_pool_add(dx_pool *pool, void *job) {
    pthread_mutex_lock(&pool->lock);
    pool->ring[(pool->first + pool->waiting) % pool->most] = job;
    pool->waiting++;
    pthread_cond_signal(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

uint32_t dx_pool_taken(dx_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    uint32_t taken = pool->taken;
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

void dx_pool_stop(dx_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
}
