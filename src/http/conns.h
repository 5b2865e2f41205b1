/* The open connections: how long each may take, and who gives way when there are too many. A thread
 * of its own looks at all of them a few times a second; the HTTP library is not involved. */
#ifndef DX_HTTP_CONNS_H
#define DX_HTTP_CONNS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"

/* A connection, and what is known of the request under way on it. */
typedef struct dx_conn {
    struct dx_conn *previous, *next; /* of the list */
    int fd;
    _Atomic uint64_t deadline; /* of the monotonic clock; then it is cut off */
    _Atomic bool idle;         /* no request is under way, or not all of its headers are there */
    bool is_batch;
    int status;
    uint64_t begun, bytes;
    const char *operation, *method; /* names for the log */
} dx_conn;

typedef struct dx_conns {
    pthread_mutex_t lock; /* of the list */
    dx_conn *first;
    uint32_t n, most;
    pthread_t sweeper;
    bool sweeps;
    _Atomic bool stopping;
    _Atomic uint64_t cut_off, gave_way;
} dx_conns;

/* Nanoseconds of the monotonic clock. */
uint64_t dx_clock_ns(void);

/* Starts looking after connections, of which there will be at most so many. */
void dx_conns_start(dx_conns *conns, uint32_t most);
/* Ends the thread. The connections that are left are the caller's. */
void dx_conns_stop(dx_conns *conns);
/* Asks connections without a request to end, so that the server can; those with one go on. */
void dx_conns_drain(dx_conns *conns);
/* A new connection, without a request; NULL when there is no memory. */
dx_conn *dx_conns_add(dx_conns *conns, int fd);
/* Forgets a connection whose socket is still open; NULL is nothing. */
void dx_conns_remove(dx_conns *conns, dx_conn *c);
/* Gives a connection so many seconds from now. */
void dx_conn_within(dx_conn *c, uint64_t seconds);
/* No request is under way, from now on: a connection may be so for a while. */
void dx_conn_rest(dx_conn *c);

#endif
