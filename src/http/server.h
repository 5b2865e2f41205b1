/* The HTTP server: turns requests into operations of app/ and replies into HTTP, and nothing else.
 * The one place that knows the HTTP library. */
#ifndef DX_HTTP_SERVER_H
#define DX_HTTP_SERVER_H

#include "app/app.h"

typedef struct dx_server dx_server;

typedef struct dx_server_options {
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any free one */
    uint32_t threads;
    uint32_t connections; /* the most that are open at a time */
    dx_str web;           /* folder of the pages, or empty */
    uint32_t rate;        /* requests a second for each client address, 0: no limit */
    dx_str proxy;         /* whose X-Forwarded-For is believed, or empty */
    bool quiet;           /* no access log */
} dx_server_options;

/* The open files that a full server has. */
uint64_t dx_server_open_files(void);
/* How many connections go with so many open files. */
uint32_t dx_server_connections(uint64_t open_files);
/* Listens; NULL with a diagnostic when that is not possible. Allocates in the arena of `app`. */
dx_server *dx_server_start(dx_app *app, const dx_server_options *options, dx_diags *diags);
/* The port that it listens on. */
uint16_t dx_server_port(const dx_server *server);
/* Takes no new connections, finishes those under way, and gives everything up. */
void dx_server_stop(dx_server *server);

#endif
