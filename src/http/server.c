/* HTTP/1.1 through libmicrohttpd: one epoll thread a core, each with a worker of its own. What a
 * stranger can send is limited here: header hygiene, size, rate, number and age of connections.
 * Requests are counted and logged, and nothing of their content is. */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/log.h"
#include "http/pages.h"
#include "http/rate.h"

enum {
    BODY_BYTES_MAX = 1 << 20,
    BATCH_BYTES_MAX = 64 << 20,
    DRAINED_BYTES_MAX = 8 << 20, /* read to the end, so that the sender gets to see the refusal */
    CONNECTIONS_MAX = 12000,
    CONNECTION_BYTES = 6 * 1024,   /* of headers; idle connections cost no more */
    ADDRESS_CONNECTIONS_MAX = 256, /* of one address, when the rate is limited */
    OTHER_FILES = 256,
    IDLE_SECONDS_MAX = 30,   /* also for all headers, and for all of a body */
    REPLY_SECONDS_MAX = 60,  /* until all of a reply is taken */
    BATCH_SECONDS_MAX = 600, /* for all of a batch, and then for its reply */
    WORKERS_MAX = 64,
    STATUS_CLASSES = 6,
};

/* Counters of one operation. */
typedef struct op_counts {
    _Atomic uint64_t by_class[STATUS_CLASSES]; /* 1xx … 5xx */
    _Atomic uint64_t nanoseconds;
} op_counts;

/* A connection, and what is known of the request under way on it. */
typedef struct conn {
    struct conn *previous, *next;
    int fd;
    _Atomic uint64_t deadline; /* of the monotonic clock; then it is cut off */
    uint64_t begun;
    const char *operation; /* NULL: no request is under way */
    const char *method;
    int status;
    uint64_t bytes;
    bool is_batch;
} conn;

struct dx_server {
    dx_app *app;
    struct MHD_Daemon *daemon;
    uint16_t port;
    dx_pages *pages;
    pthread_mutex_t lock; /* of workers */
    dx_worker *workers[WORKERS_MAX];
    uint32_t n_workers;
    op_counts *counts; /* one an operation, then one for pages and one for what is refused */
    _Atomic bool stopping;
    dx_str proxy;
    dx_rate *rate; /* NULL: no limit */
    dx_log *log;   /* NULL: quiet */
    pthread_mutex_t connections_lock;
    conn *connections;
    pthread_t sweeper;
    bool sweeps;
    _Atomic uint64_t cut_off;
};

/* A request on its way in. */
typedef struct incoming {
    const dx_operation *op; /* NULL: a page */
    dx_str path;
    dx_request request;
    char *body;
    size_t n, cap;
    bool too_large;
    dx_batch *batch;      /* what takes the body, or NULL */
    dx_err failed;        /* of the batch */
    uint64_t nanoseconds; /* spent on it so far */
} incoming;

static _Thread_local dx_worker *this_worker;

/* The state of a request that was answered from its headers alone. */
static incoming answered;

static dx_worker *worker_here(dx_server *server) {
    if (this_worker)
        return this_worker;
    dx_worker *worker = dx_worker_new(server->app);
    pthread_mutex_lock(&server->lock);
    if (worker && server->n_workers < WORKERS_MAX) {
        server->workers[server->n_workers++] = worker;
    } else {
        dx_worker_free(worker);
        worker = NULL;
    }
    pthread_mutex_unlock(&server->lock);
    return this_worker = worker;
}

/* --- connections --- */

static uint64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static conn *conn_of(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set_deadline(conn *c, uint64_t seconds) {
    atomic_store(&c->deadline, clock_ns() + seconds * 1000000000u);
}

/* The library's own limit is on silence; a sender of one byte now and then is never silent. */
static void *sweep(void *context) {
    dx_server *server = context;
    while (!atomic_load(&server->stopping)) {
        uint64_t now = clock_ns();
        pthread_mutex_lock(&server->connections_lock);
        for (conn *c = server->connections; c; c = c->next) {
            if (now < atomic_load(&c->deadline))
                continue;
            shutdown(c->fd, SHUT_RDWR);
            atomic_store(&c->deadline, UINT64_MAX);
            atomic_fetch_add(&server->cut_off, 1);
        }
        pthread_mutex_unlock(&server->connections_lock);
        nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
    }
    return NULL;
}

static void open_conn(dx_server *server, struct MHD_Connection *connection, void **ret) {
    conn *c = dx_malloc(sizeof *c);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *ret = c;
    if (!c)
        return;
    *c = (conn){.fd = info->connect_fd};
    set_deadline(c, IDLE_SECONDS_MAX);
    pthread_mutex_lock(&server->connections_lock);
    c->next = server->connections;
    if (c->next)
        c->next->previous = c;
    server->connections = c;
    pthread_mutex_unlock(&server->connections_lock);
}

static void close_conn(dx_server *server, conn *c) {
    if (!c)
        return;
    pthread_mutex_lock(&server->connections_lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        server->connections = c->next;
    if (c->next)
        c->next->previous = c->previous;
    pthread_mutex_unlock(&server->connections_lock);
    dx_free(c);
}

/* The library closes the socket after this, so that the sweeper never meets another's. */
static void notice_conn(void *context, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        open_conn(context, connection, socket_context);
    else
        close_conn(context, *socket_context);
}

static void log_request(dx_server *server, const conn *c) {
    char line[300];
    struct timespec now;
    uint64_t us = (clock_ns() - c->begun) / 1000;
    clock_gettime(CLOCK_REALTIME, &now);
    int n = snprintf(line, sizeof line,
                     "{\"time\":%lld.%03ld,\"method\":\"%s\",\"operation\":\"%s\",\"status\":%d,"
                     "\"ms\":%llu.%03llu,\"bytes\":%llu}\n",
                     (long long)now.tv_sec, now.tv_nsec / 1000000, c->method, c->operation,
                     c->status, (unsigned long long)us / 1000, (unsigned long long)us % 1000,
                     (unsigned long long)c->bytes);
    dx_log_add(server->log, (dx_str){line, (size_t)n});
}

/* What a sender calls a method may be anything; the log names those that are known. */
static const char *known_method(dx_str method) {
    static const char *const methods[] = {"GET",    "HEAD",  "POST",   "PUT",
                                          "DELETE", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (dx_str_is(method, methods[i]))
            return methods[i];
    return "OTHER";
}

/* The links of the list are left alone: they are other threads' too. */
static void begin_record(conn *c, dx_str method) {
    c->begun = clock_ns();
    c->operation = "REFUSED";
    c->method = known_method(method);
    c->status = 0;
    c->bytes = 0;
    c->is_batch = false;
}

/* Whether the address that a request comes from has not made too many. */
static bool is_admitted(const dx_server *server, struct MHD_Connection *connection) {
    char text[INET6_ADDRSTRLEN] = "";
    const struct sockaddr *peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    if (!server->rate)
        return true;
    inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, text,
              sizeof text);
    dx_str address = dx_str_of(text);
    const char *sent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Forwarded-For");
    if (sent && dx_str_eq(server->proxy, address)) {
        const char *comma = strrchr(sent, ',');
        address = dx_str_trim(dx_str_of(comma ? comma + 1 : sent));
    }
    return dx_rate_admit(server->rate, address, clock_ns());
}

/* --- replies
 * ------------------------------------------------------------------------------------------------
 */

static void add_security_headers(struct MHD_Response *response) {
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
         "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

static bool etag_matches(struct MHD_Connection *connection, dx_str etag) {
    const char *sent =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    size_t n = sent ? strlen(sent) : 0;
    return etag.n > 0 && n == etag.n + 2 && memcmp(sent + 1, etag.p, etag.n) == 0;
}

static enum MHD_Result send_response(struct MHD_Connection *connection, const dx_reply *reply,
                                     struct MHD_Response *response, unsigned status, uint64_t bytes,
                                     const char *cache, const char *allow) {
    char etag[100];
    conn *c = conn_of(connection);
    if (!response)
        return MHD_NO;
    add_security_headers(response);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Language");
    if (allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    if (status == MHD_HTTP_TOO_MANY_REQUESTS || status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    if (reply->etag.n > 0 && reply->etag.n < sizeof etag - 3) {
        snprintf(etag, sizeof etag, "\"%.*s\"", DX_FMT(reply->etag));
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
    }
    c->status = (int)status;
    c->bytes = bytes;
    set_deadline(c, c->is_batch ? BATCH_SECONDS_MAX : REPLY_SECONDS_MAX);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const dx_reply *reply,
                                  const char *cache, const char *allow) {
    bool unchanged = reply->status == 200 && etag_matches(connection, reply->etag);
    size_t n = unchanged ? 0 : reply->body.n;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)reply->body.p, MHD_RESPMEM_MUST_COPY);
    unsigned status = unchanged ? MHD_HTTP_NOT_MODIFIED : (unsigned)reply->status;
    return send_response(connection, reply, response, status, n, cache, allow);
}

static void count(dx_server *server, uint32_t slot, int status, uint64_t nanoseconds) {
    op_counts *counts = &server->counts[slot];
    atomic_fetch_add_explicit(&counts->by_class[(status / 100) % STATUS_CLASSES], 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->nanoseconds, nanoseconds, memory_order_relaxed);
}

static void problem(const dx_request *request, dx_reply *reply, int status, dx_err code) {
    static const char plain[] = "{}";
    dx_trap trap;
    dx_arena_reset(&this_worker->arena);
    if (DX_TRAP(&this_worker->arena, &trap)) {
        reply->status = status;
        reply->type = "application/problem+json";
        reply->body.p = plain;
        reply->body.n = sizeof plain - 1;
        reply->etag.n = 0;
    } else {
        dx_reply_problem(this_worker, request, reply, status, code, NULL);
    }
    dx_trap_end(&this_worker->arena, &trap);
}

static enum MHD_Result refuse(dx_server *server, struct MHD_Connection *connection,
                              const dx_request *request, int status, dx_err code,
                              const char *allow) {
    dx_reply reply;
    if (!worker_here(server))
        return MHD_NO;
    problem(request, &reply, status, code);
    count(server, dx_operation_count + 1, status, 0);
    return send_reply(connection, &reply, "no-store", allow);
}

/* --- headers
 * --------------------------------------------------------------------------------------------------
 */

/* How often the headers that frame a message occur: anything but one reading of it is refused. */
typedef struct framing {
    uint32_t lengths, encodings, hosts;
} framing;

static enum MHD_Result see_header(void *context, enum MHD_ValueKind kind, const char *key,
                                  const char *value) {
    framing *f = context;
    (void)kind;
    (void)value;
    f->lengths += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    f->encodings += strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    f->hosts += strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0;
    return MHD_YES;
}

static bool headers_are_sound(struct MHD_Connection *connection) {
    framing f = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, &f);
    return f.lengths <= 1 && f.hosts == 1 && !(f.lengths && f.encodings);
}

/* What Content-Length says; a number that is too long counts as too large. */
static uint64_t announced_bytes(struct MHD_Connection *connection) {
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t bytes = 0;
    for (size_t i = 0; text && text[i] >= '0' && text[i] <= '9'; i++)
        bytes = i < 18 ? bytes * 10 + (uint64_t)(text[i] - '0') : UINT64_MAX;
    return bytes;
}

static dx_lang language(struct MHD_Connection *connection) {
    const char *wanted =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
    return wanted && strncasecmp(wanted, "en", 2) == 0 ? DX_EN : DX_ZH;
}

static bool is_of_type(struct MHD_Connection *connection, const char *wanted) {
    const char *type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    size_t n = strlen(wanted);
    return type && strncasecmp(type, wanted, n) == 0 &&
           (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* --- health and metrics --- */

static void put_counts(dx_buf *out, const op_counts *counts, const char *name) {
    for (uint32_t c = 2; c < STATUS_CLASSES; c++)
        dx_buf_fmt(out, "duixian_requests_total{operation=\"%s\",status=\"%uxx\"} %llu\n", name, c,
                   (unsigned long long)atomic_load(&counts->by_class[c]));
    dx_buf_fmt(out, "duixian_request_nanoseconds_total{operation=\"%s\"} %llu\n", name,
               (unsigned long long)atomic_load(&counts->nanoseconds));
}

static dx_str metrics(dx_server *server, dx_arena *arena) {
    dx_buf out = {.arena = arena};
    dx_buf_addz(&out, "# TYPE duixian_requests_total counter\n"
                      "# TYPE duixian_request_nanoseconds_total counter\n");
    for (uint32_t i = 0; i < dx_operation_count; i++)
        put_counts(&out, &server->counts[i], dx_operations[i].name);
    put_counts(&out, &server->counts[dx_operation_count], "PAGE");
    put_counts(&out, &server->counts[dx_operation_count + 1], "REFUSED");
    dx_buf_fmt(&out,
               "# TYPE duixian_connections_cut_total counter\nduixian_connections_cut_total %llu\n",
               (unsigned long long)atomic_load(&server->cut_off));
    dx_buf_fmt(&out,
               "# TYPE duixian_log_lines_dropped_total counter\n"
               "duixian_log_lines_dropped_total %llu\n",
               (unsigned long long)(server->log ? dx_log_dropped(server->log) : 0));
    return dx_buf_str(&out);
}

/* The reply to a path of the server's own; false for every other path. */
static bool own_reply(dx_server *server, dx_str path, dx_reply *reply) {
    *reply = (dx_reply){.status = 200, .type = "text/plain; charset=utf-8"};
    if (dx_str_is(path, "/healthz")) {
        reply->body = DX_STR("ok\n");
    } else if (dx_str_is(path, "/readyz")) {
        bool stopping = atomic_load(&server->stopping);
        reply->status = stopping ? 503 : 200;
        reply->body = stopping ? DX_STR("stopping\n") : DX_STR("ok\n");
    } else if (dx_str_is(path, "/metrics")) {
        reply->body = metrics(server, &this_worker->arena);
    } else {
        return false;
    }
    return true;
}

/* Whether the path is one of the server's own, with its reply; a trap is set for it. */
static bool find_own(dx_server *server, dx_str path, dx_reply *reply) {
    dx_trap trap;
    if (!worker_here(server))
        return false;
    dx_arena_reset(&this_worker->arena);
    bool own = !DX_TRAP(&this_worker->arena, &trap) && own_reply(server, path, reply);
    dx_trap_end(&this_worker->arena, &trap);
    return own;
}

/* --- requests
 * -------------------------------------------------------------------------------------------------
 */

static enum MHD_Result answer_page(dx_server *server, struct MHD_Connection *connection,
                                   const incoming *in) {
    dx_reply reply;
    if (find_own(server, in->path, &reply))
        return send_reply(connection, &reply, "no-store", NULL);
    const dx_page *page = dx_pages_find(server->pages, in->path);
    if (!page)
        return refuse(server, connection, &in->request, 404, DX_E_API_NO_PATH, NULL);
    reply = (dx_reply){.status = 200, .type = page->type, .body = page->body, .etag = page->etag};
    count(server, dx_operation_count, 200, 0);
    return send_reply(connection, &reply,
                      page->forever ? "public, max-age=31536000, immutable" : "no-cache", NULL);
}

static enum MHD_Result answer_operation(dx_server *server, struct MHD_Connection *connection,
                                        incoming *in) {
    dx_worker *worker = worker_here(server);
    uint64_t begun = clock_ns();
    dx_reply reply;
    if (!worker)
        return MHD_NO;
    in->request.body = (dx_str){in->body, in->n};
    dx_worker_run(worker, in->op, &in->request, &reply);
    count(server, (uint32_t)(in->op - dx_operations), reply.status, clock_ns() - begun);
    return send_reply(connection, &reply, reply.etag.n ? "no-cache" : "no-store", NULL);
}

static enum MHD_Result answer_batch(dx_server *server, struct MHD_Connection *connection,
                                    incoming *in) {
    const dx_reply reply = {.type = in->op->reply_type};
    uint64_t begun = clock_ns(), bytes = 0;
    int fd = -1;
    dx_err why = in->failed;
    if (why == DX_OK)
        why = dx_batch_end(in->batch, worker_here(server), &fd, &bytes);
    dx_batch_free(in->batch);
    in->batch = NULL;
    if (why != DX_OK)
        return refuse(server, connection, &in->request, dx_err_status(why), why, NULL);
    count(server, (uint32_t)(in->op - dx_operations), 200, in->nanoseconds + clock_ns() - begun);
    struct MHD_Response *response = MHD_create_response_from_fd64(bytes, fd);
    if (!response)
        close(fd);
    return send_response(connection, &reply, response, 200, bytes, "no-store", NULL);
}

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                      const char *value) {
    dx_request *request = context;
    (void)kind;
    if (request->n_query == DX_PARAMETERS_MAX)
        return MHD_NO;
    request->query[request->n_query++] =
        (dx_parameter){dx_str_of(key), dx_str_of(value ? value : "")};
    return MHD_YES;
}

/* Runs an operation that is fed with its body: it replies with a batch, or with a problem. */
static enum MHD_Result begin_batch(dx_server *server, struct MHD_Connection *connection,
                                   incoming *in) {
    dx_reply reply;
    dx_worker *worker = worker_here(server);
    if (!worker)
        return MHD_NO;
    dx_worker_run(worker, in->op, &in->request, &reply);
    in->batch = reply.batch;
    if (in->batch)
        return MHD_YES;
    count(server, (uint32_t)(in->op - dx_operations), reply.status, 0);
    return send_reply(connection, &reply, "no-store", NULL);
}

/* The first call of a request, when only its headers are there. */
static enum MHD_Result begin(dx_server *server, struct MHD_Connection *connection, dx_str path,
                             dx_str method, void **state) {
    dx_request request = {.lang = language(connection)};
    dx_str allowed;
    conn *c = conn_of(connection);
    bool reads = dx_str_is(method, "GET") || dx_str_is(method, "HEAD");
    if (!is_admitted(server, connection))
        return refuse(server, connection, &request, 429, DX_E_API_TOO_MANY, NULL);
    if (!headers_are_sound(connection))
        return refuse(server, connection, &request, 400, DX_E_API_HEADERS, NULL);
    const dx_operation *op = dx_operation_find(method, path, &request, &allowed);
    if (!op && allowed.n)
        return refuse(server, connection, &request, 405, DX_E_API_METHOD, allowed.p);
    if (!op && dx_str_starts(path, DX_STR("/api/")))
        return refuse(server, connection, &request, 404, DX_E_API_NO_PATH, NULL);
    if (!op && !reads)
        return refuse(server, connection, &request, 405, DX_E_API_METHOD, "GET, HEAD");
    c->operation = op ? op->name : "PAGE";
    c->is_batch = op && op->request_type && strcmp(op->request_type, DX_NDJSON_TYPE) == 0;
    if (announced_bytes(connection) > (c->is_batch ? BATCH_BYTES_MAX : DRAINED_BYTES_MAX))
        return refuse(server, connection, &request, 413, DX_E_API_TOO_LARGE, NULL);
    if (op && op->request_type && !is_of_type(connection, op->request_type))
        return refuse(server, connection, &request, 415, DX_E_API_MEDIA_TYPE, NULL);
    if (op && op->query &&
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_parameter, &request) < 0)
        return MHD_NO;
    incoming *in = dx_malloc(sizeof *in);
    if (!in)
        return MHD_NO;
    *in = (incoming){.op = op, .path = path, .request = request};
    *state = in;
    set_deadline(c, c->is_batch ? BATCH_SECONDS_MAX : IDLE_SECONDS_MAX);
    return c->is_batch ? begin_batch(server, connection, in) : MHD_YES;
}

static bool take_body(incoming *in, const char *data, size_t n) {
    if (in->n + n > BODY_BYTES_MAX) {
        in->too_large = true;
        return true;
    }
    if (in->n + n > in->cap) {
        size_t cap = in->cap ? in->cap : 2048;
        while (cap < in->n + n)
            cap *= 2;
        char *grown = dx_realloc(in->body, cap);
        if (!grown)
            return false;
        in->body = grown;
        in->cap = cap;
    }
    memcpy(in->body + in->n, data, n);
    in->n += n;
    return true;
}

static void feed_batch(dx_server *server, incoming *in, const char *data, size_t n) {
    uint64_t begun = clock_ns();
    in->n += n;
    in->too_large |= in->n > BATCH_BYTES_MAX;
    if (!in->batch || in->too_large || in->failed != DX_OK)
        return;
    in->failed = dx_batch_take(in->batch, worker_here(server), (dx_str){data, n});
    in->nanoseconds += clock_ns() - begun;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data, size_t *n,
                              void **state) {
    dx_server *server = context;
    (void)version;
    if (*state == &answered) { /* what still comes is not looked at */
        *n = 0;
        return MHD_YES;
    }
    if (!*state) {
        conn *c = conn_of(connection);
        if (!c)
            return MHD_NO;
        *state = &answered;
        begin_record(c, dx_str_of(method));
        return begin(server, connection, dx_str_of(url), dx_str_of(method), state);
    }
    incoming *in = *state;
    if (*n > 0) {
        size_t taken = *n;
        *n = 0;
        if (conn_of(connection)->is_batch) {
            feed_batch(server, in, data, taken);
            return MHD_YES;
        }
        return take_body(in, data, taken) ? MHD_YES : MHD_NO;
    }
    if (in->too_large)
        return refuse(server, connection, &in->request, 413, DX_E_API_TOO_LARGE, NULL);
    if (in->batch)
        return answer_batch(server, connection, in);
    return in->op ? answer_operation(server, connection, in) : answer_page(server, connection, in);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode why) {
    dx_server *server = context;
    incoming *in = *state;
    conn *c = conn_of(connection);
    (void)why;
    if (c && c->operation && server->log)
        log_request(server, c);
    if (c) {
        c->operation = NULL;
        set_deadline(c, IDLE_SECONDS_MAX);
    }
    *state = NULL;
    if (!in || in == &answered)
        return;
    dx_batch_free(in->batch);
    dx_free(in->body);
    dx_free(in);
}

/* --- starting and stopping --- */

static bool listen_on(dx_server *server, const dx_server_options *options) {
    /* behind a proxy all connections come from one address, and the proxy limits them */
    unsigned per_address = options->rate && !options->proxy.n ? ADDRESS_CONNECTIONS_MAX : 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (inet_pton(AF_INET, options->address, &address.sin_addr) != 1)
        return false;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, options->port, NULL, NULL, handle, server,
        MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, options->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS_MAX,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
        MHD_OPTION_NOTIFY_COMPLETED, completed, server, MHD_OPTION_NOTIFY_CONNECTION, notice_conn,
        server, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_END);
    return server->daemon != NULL;
}

/* What runs beside the library's threads; it is there before the first request. */
static void start_helpers(dx_server *server, const dx_server_options *options) {
    server->log = options->quiet ? NULL : dx_log_start(&server->app->arena);
    server->sweeps = pthread_create(&server->sweeper, NULL, sweep, server) == 0;
}

static void stop_helpers(dx_server *server) {
    atomic_store(&server->stopping, true);
    if (server->sweeps)
        pthread_join(server->sweeper, NULL);
    if (server->log)
        dx_log_stop(server->log);
    if (server->rate)
        dx_rate_done(server->rate);
}

dx_server *dx_server_start(dx_app *app, const dx_server_options *options, dx_diags *diags) {
    dx_server *server = DX_NEW(&app->arena, dx_server);
    server->app = app;
    server->counts = DX_NEW_ARRAY(&app->arena, op_counts, dx_operation_count + 2);
    server->proxy = options->proxy;
    server->rate = options->rate ? dx_rate_new(&app->arena, options->rate) : NULL;
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->connections_lock, NULL);
    server->pages = dx_pages_load(&app->arena, options->web, diags);
    if (!server->pages)
        return NULL;
    start_helpers(server, options);
    if (!listen_on(server, options)) {
        int why = errno;
        stop_helpers(server);
        dx_diag_add(diags, DX_E_SERVE_LISTEN, (dx_place){0},
                    dx_str_fmt(diags->arena, "%s:%u", options->address, options->port),
                    dx_str_of(strerror(why)), (dx_str){0});
        return NULL;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info ? info->port : options->port;
    return server;
}

uint32_t dx_server_open_files(void) {
    return CONNECTIONS_MAX + OTHER_FILES;
}

uint16_t dx_server_port(const dx_server *server) {
    return server->port;
}

void dx_server_stop(dx_server *server) {
    atomic_store(&server->stopping, true);
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    for (int i = 0; i < 100; i++) { /* up to ten seconds for what is under way */
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        if (!info || info->num_connections == 0)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    MHD_stop_daemon(server->daemon);
    stop_helpers(server);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    for (uint32_t i = 0; i < server->n_workers; i++)
        dx_worker_free(server->workers[i]);
    pthread_mutex_destroy(&server->connections_lock);
    pthread_mutex_destroy(&server->lock);
}
