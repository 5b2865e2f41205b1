/* See conns.h. A socket is shut down here and closed by the HTTP library, which notices; a
 * connection is forgotten before its socket is closed, so that no other's is ever met. */
#include "http/conns.h"

#include <sys/socket.h>
#include <time.h>

#include "base/str.h"

#define SECOND UINT64_C(1000000000)

enum {
    IDLE_SECONDS_MAX = 30,
    CROWDED_IDLE_SECONDS_MAX = 5, /* when few more would be taken */
    SWEEP_NS = 250000000,
};

uint64_t dx_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

void dx_conn_within(dx_conn *c, uint64_t seconds) {
    atomic_store(&c->deadline, dx_clock_ns() + seconds * SECOND);
}

void dx_conn_rest(dx_conn *c) {
    dx_conn_within(c, IDLE_SECONDS_MAX);
    atomic_store(&c->idle, true);
}

/* --- the sweeper --- */

/* The library's own limit is on silence; a sender of one byte now and then is never silent. */
static void look_at(dx_conns *conns, dx_conn *c, uint64_t now, bool crowded) {
    uint64_t deadline = atomic_load(&c->deadline);
    uint64_t sooner = (IDLE_SECONDS_MAX - CROWDED_IDLE_SECONDS_MAX) * SECOND;
    bool gives_way = crowded && atomic_load(&c->idle) && now + sooner >= deadline;
    if (deadline == UINT64_MAX || (now < deadline && !gives_way))
        return;
    shutdown(c->fd, SHUT_RDWR);
    atomic_store(&c->deadline, UINT64_MAX);
    atomic_fetch_add(now >= deadline ? &conns->cut_off : &conns->gave_way, 1);
}

static void *sweep(void *context) {
    dx_conns *conns = context;
    while (!atomic_load(&conns->stopping)) {
        uint64_t now = dx_clock_ns();
        pthread_mutex_lock(&conns->lock);
        bool crowded = conns->n > conns->most - conns->most / 12;
        for (dx_conn *c = conns->first; c; c = c->next)
            look_at(conns, c, now, crowded);
        pthread_mutex_unlock(&conns->lock);
        nanosleep(&(struct timespec){.tv_nsec = SWEEP_NS}, NULL);
    }
    return NULL;
}

void dx_conns_start(dx_conns *conns, uint32_t most) {
    *conns = (dx_conns){.most = most};
    pthread_mutex_init(&conns->lock, NULL);
    conns->sweeps = pthread_create(&conns->sweeper, NULL, sweep, conns) == 0;
}

void dx_conns_stop(dx_conns *conns) {
    atomic_store(&conns->stopping, true);
    if (conns->sweeps)
        pthread_join(conns->sweeper, NULL);
    pthread_mutex_destroy(&conns->lock);
}

void dx_conns_drain(dx_conns *conns) {
    pthread_mutex_lock(&conns->lock);
    for (dx_conn *c = conns->first; c; c = c->next)
        if (atomic_load(&c->idle))
            shutdown(c->fd, SHUT_RD); /* a request that has just come is still answered */
    pthread_mutex_unlock(&conns->lock);
}

/* --- the list --- */

dx_conn *dx_conns_add(dx_conns *conns, int fd) {
    dx_conn *c = dx_malloc(sizeof *c);
    if (!c)
        return NULL;
    *c = (dx_conn){.fd = fd};
    dx_conn_rest(c);
    pthread_mutex_lock(&conns->lock);
    c->next = conns->first;
    if (c->next)
        c->next->previous = c;
    conns->first = c;
    conns->n++;
    pthread_mutex_unlock(&conns->lock);
    return c;
}

void dx_conns_remove(dx_conns *conns, dx_conn *c) {
    if (!c)
        return;
    pthread_mutex_lock(&conns->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        conns->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    conns->n--;
    pthread_mutex_unlock(&conns->lock);
    dx_free(c);
}
