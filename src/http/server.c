/* HTTP/1.1 through libmicrohttpd: one epoll thread a core, each with a worker of its own. Documents
 * take long; a request for one is suspended while a thread of the pool makes it. What a stranger
 * can send is limited here: header hygiene, size, rate, number and age of connections. Requests are
 * counted and logged, and nothing of their content is. */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/conns.h"
#include "http/log.h"
#include "http/metrics.h"
#include "http/pages.h"
#include "http/pool.h"
#include "http/rate.h"

enum {
    BODY_BYTES_MAX = 1 << 20,
    BODY_BYTES_FREE = 4096,      /* of a body: room that is always given */
    BODIES_BYTES_MAX = 16 << 20, /* beyond that, of all bodies together */
    BATCH_BYTES_MAX = 64 << 20,
    DRAINED_BYTES_MAX = 8 << 20, /* read to the end, so that the sender gets to see the refusal */
    CONNECTIONS_MAX = 12000,
    CONNECTION_BYTES = 6 * 1024,   /* of headers; idle connections cost no more */
    ADDRESS_CONNECTIONS_MAX = 256, /* of one address, when the rate is limited */
    OTHER_FILES = 256,
    SILENT_SECONDS_MAX = 60,   /* of a connection with a request; conns.c is sooner with others */
    REQUEST_SECONDS_MAX = 30,  /* for all of a body */
    REPLY_SECONDS_MAX = 60,    /* until all of a reply is taken */
    BATCH_SECONDS_MAX = 600,   /* for all of a batch, and then for its reply */
    DOCUMENT_SECONDS_MAX = 60, /* in the queue and in the making */
    DOCUMENTS_MAX = 16,        /* in the queue and in the making, of all callers */
    WORKERS_MAX = 64,
};

struct dx_server {
    dx_app *app;
    struct MHD_Daemon *daemon;
    uint16_t port;
    dx_pages *pages;
    pthread_mutex_t lock; /* of workers */
    dx_worker *workers[WORKERS_MAX];
    uint32_t n_workers;
    dx_metrics *metrics;
    _Atomic bool stopping, giving_up;
    dx_str proxy;
    dx_rate *rate; /* NULL: no limit */
    dx_log *log;   /* NULL: quiet */
    dx_conns conns;
    dx_pool *documents;
    _Atomic size_t bodies; /* bytes that they hold beyond what is free */
};

/* A reply that is ready to go. */
typedef struct outgoing {
    struct MHD_Response *response;
    unsigned status;
    uint64_t bytes;
} outgoing;

/* A request on its way in. */
typedef struct incoming {
    const dx_operation *op; /* NULL: a page */
    dx_str path;
    dx_request request;
    char *body;
    size_t n, cap;
    dx_err refused;       /* because of its body, or DX_OK */
    dx_batch *batch;      /* what takes the body, or NULL */
    dx_err failed;        /* of the batch */
    uint64_t nanoseconds; /* spent on it so far */
    struct MHD_Connection *connection;
    bool is_suspended; /* while a document is made of it */
    outgoing made;     /* the document */
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

static dx_conn *conn_of(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The library closes the socket after this. */
static void notice_conn(void *context, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what) {
    dx_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = dx_conns_add(
            &server->conns,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    else
        dx_conns_remove(&server->conns, *socket_context);
}

static void log_request(dx_server *server, const dx_conn *c) {
    char line[300];
    struct timespec now;
    uint64_t us = (dx_clock_ns() - c->begun) / 1000;
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
static void begin_record(dx_conn *c, dx_str method) {
    atomic_store(&c->idle, false);
    c->begun = dx_clock_ns();
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
    return dx_rate_admit(server->rate, address, dx_clock_ns());
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

/* Seconds after which another try may be worth it. */
static const char *retry_after(int status) {
    return status == MHD_HTTP_TOO_MANY_REQUESTS ? "1" : "5";
}

/* Makes a response of what is to be sent, which is given up when that is not possible. */
static outgoing dress(const dx_reply *reply, struct MHD_Response *response, uint64_t bytes,
                      const char *cache, const char *allow) {
    char etag[100];
    outgoing out = {response, (unsigned)reply->status, bytes};
    if (!response)
        return out;
    add_security_headers(response);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept-Language");
    if (allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    if (reply->status == MHD_HTTP_TOO_MANY_REQUESTS ||
        reply->status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, retry_after(reply->status));
    if (reply->etag.n > 0 && reply->etag.n < sizeof etag - 3) {
        snprintf(etag, sizeof etag, "\"%.*s\"", DX_FMT(reply->etag));
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
    }
    return out;
}

static outgoing make(struct MHD_Connection *connection, const dx_reply *reply, const char *cache,
                     const char *allow) {
    bool unchanged = reply->status == 200 && etag_matches(connection, reply->etag);
    size_t n = unchanged ? 0 : reply->body.n;
    outgoing out = dress(
        reply,
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)reply->body.p, MHD_RESPMEM_MUST_COPY),
        n, cache, allow);
    if (unchanged)
        out.status = MHD_HTTP_NOT_MODIFIED;
    return out;
}

static enum MHD_Result send_made(struct MHD_Connection *connection, outgoing out) {
    dx_conn *c = conn_of(connection);
    if (!out.response)
        return MHD_NO;
    c->status = (int)out.status;
    c->bytes = out.bytes;
    dx_conn_within(c, c->is_batch ? BATCH_SECONDS_MAX : REPLY_SECONDS_MAX);
    enum MHD_Result queued = MHD_queue_response(connection, out.status, out.response);
    MHD_destroy_response(out.response);
    return queued;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const dx_reply *reply,
                                  const char *cache, const char *allow) {
    return send_made(connection, make(connection, reply, cache, allow));
}

static void make_problem(const dx_request *request, dx_reply *reply, int status, dx_err code) {
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
    make_problem(request, &reply, status, code);
    dx_metrics_refused(server->metrics, status);
    return send_reply(connection, &reply, "no-store", allow);
}

/* --- headers
 * --------------------------------------------------------------------------------------------------
 */

/* How often the headers that frame a message occur: anything but one reading of it is refused. */
typedef struct framing {
    uint32_t lengths, encodings, hosts;
    bool is_strange; /* a name or a value that others may read otherwise */
} framing;

/* Whether a name begins as another and goes on: the library takes `Content-Length :` for a header
 * of its own, and runs a name without a value and the line after it into one. */
static bool passes_for(const char *key, const char *name) {
    return strncasecmp(key, name, strlen(name)) == 0 && key[strlen(name)] != '\0';
}

static enum MHD_Result see_header(void *context, enum MHD_ValueKind kind, const char *key,
                                  const char *value) {
    framing *f = context;
    bool is_encoding = strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    (void)kind;
    f->lengths += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    f->encodings += is_encoding;
    f->hosts += strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0;
    f->is_strange |= passes_for(key, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
                     passes_for(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
                     (is_encoding && strcasecmp(value ? value : "", "chunked") != 0);
    return MHD_YES;
}

static bool headers_are_sound(struct MHD_Connection *connection) {
    framing f = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, &f);
    return f.lengths <= 1 && f.hosts == 1 && f.lengths + f.encodings <= 1 && !f.is_strange;
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

/* The one of the media types (parted by spaces) that the request is of, or NULL. */
static const char *type_of(struct MHD_Connection *connection, const char *types) {
    static const char *const known[] = {DX_JSON_TYPE, DX_NDJSON_TYPE, DX_CSV_TYPE, DX_XLSX_TYPE};
    const char *type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    for (size_t i = 0; type && i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i]);
        if (strncasecmp(type, known[i], n) == 0 && strchr("; ", type[n]) && strstr(types, known[i]))
            return known[i]; /* strchr also finds the NUL at the end */
    }
    return NULL;
}

/* --- health and metrics --- */

static dx_str metrics(dx_server *server, dx_arena *arena) {
    dx_buf out = {.arena = arena};
    dx_metrics_print(server->metrics, &out);
    dx_metrics_put(&out, "connections_cut_total", "counter", atomic_load(&server->conns.cut_off));
    dx_metrics_put(&out, "connections_gave_way_total", "counter",
                   atomic_load(&server->conns.gave_way));
    dx_metrics_put(&out, "documents_waiting", "gauge", dx_pool_taken(server->documents));
    dx_metrics_put(&out, "body_bytes_held", "gauge", atomic_load(&server->bodies));
    dx_metrics_put(&out, "log_lines_dropped_total", "counter",
                   server->log ? dx_log_dropped(server->log) : 0);
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
    dx_metrics_page(server->metrics, 200);
    return send_reply(connection, &reply,
                      page->forever ? "public, max-age=31536000, immutable" : "no-cache", NULL);
}

static const char *cache_of(const dx_reply *reply) {
    return reply->etag.n ? "no-cache" : "no-store";
}

static enum MHD_Result answer_operation(dx_server *server, struct MHD_Connection *connection,
                                        incoming *in) {
    dx_worker *worker = worker_here(server);
    uint64_t begun = dx_clock_ns();
    dx_reply reply;
    if (!worker)
        return MHD_NO;
    in->request.body = (dx_str){in->body, in->n};
    dx_worker_run(worker, in->op, &in->request, &reply);
    dx_metrics_operation(server->metrics, in->op, reply.status, dx_clock_ns() - begun);
    return send_reply(connection, &reply, cache_of(&reply), NULL);
}

/* --- documents: made by threads of their own --- */

static bool makes_document(const dx_operation *op) {
    static const char *const types[] = {DX_PDF_TYPE, DX_XLSX_TYPE};
    for (size_t i = 0; op && i < sizeof types / sizeof *types; i++)
        if (strcmp(op->reply_type, types[i]) == 0 ||
            (op->request_type && strcmp(op->request_type, types[i]) == 0))
            return true;
    return false;
}

/* On a thread of the pool. After the connection is resumed, the request is the library's again. */
static void make_document(void *context, void *job) {
    dx_server *server = context;
    incoming *in = job;
    dx_worker *worker = worker_here(server);
    uint64_t begun = dx_clock_ns();
    dx_reply reply;
    if (worker && !atomic_load(&server->giving_up)) {
        dx_worker_run(worker, in->op, &in->request, &reply);
        dx_metrics_operation(server->metrics, in->op, reply.status, dx_clock_ns() - begun);
        in->made = make(in->connection, &reply, cache_of(&reply), NULL);
    }
    MHD_resume_connection(in->connection);
}

/* Called twice: when the request is complete, and again when the document is there. */
static enum MHD_Result answer_document(dx_server *server, struct MHD_Connection *connection,
                                       incoming *in) {
    if (in->is_suspended)
        return send_made(connection, in->made);
    if (!dx_pool_reserve(server->documents))
        return refuse(server, connection, &in->request, 503, DX_E_API_DOCUMENTS, NULL);
    in->request.body = (dx_str){in->body, in->n};
    in->is_suspended = true;
    dx_conn_within(conn_of(connection), DOCUMENT_SECONDS_MAX);
    MHD_suspend_connection(connection);
    dx_pool_add(server->documents, in);
    return MHD_YES;
}

static enum MHD_Result answer_batch(dx_server *server, struct MHD_Connection *connection,
                                    incoming *in) {
    dx_reply reply = {0};
    uint64_t begun = dx_clock_ns();
    dx_err why = in->failed;
    if (why == DX_OK)
        why = in->batch->end(in->batch, worker_here(server), &in->request, &reply);
    in->batch->free(in->batch);
    in->batch = NULL;
    if (why != DX_OK)
        return refuse(server, connection, &in->request, dx_err_status(why), why, NULL);
    dx_metrics_operation(server->metrics, in->op, reply.status,
                         in->nanoseconds + dx_clock_ns() - begun);
    if (!reply.is_file)
        return send_reply(connection, &reply, "no-store", NULL);
    struct MHD_Response *response = MHD_create_response_from_fd64(reply.bytes, reply.fd);
    if (!response)
        close(reply.fd);
    return send_made(connection, dress(&reply, response, reply.bytes, "no-store", NULL));
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
    dx_metrics_operation(server->metrics, in->op, reply.status, 0);
    return send_reply(connection, &reply, "no-store", NULL);
}

/* The first call of a request, when only its headers are there. */
static enum MHD_Result begin(dx_server *server, struct MHD_Connection *connection, dx_str path,
                             dx_str method, void **state) {
    dx_request request = {.lang = language(connection)};
    dx_str allowed;
    dx_conn *c = conn_of(connection);
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
    c->is_batch = op && op->request_type && strstr(op->request_type, DX_NDJSON_TYPE);
    if (announced_bytes(connection) > (c->is_batch ? BATCH_BYTES_MAX : DRAINED_BYTES_MAX))
        return refuse(server, connection, &request, 413, DX_E_API_TOO_LARGE, NULL);
    if (op && op->request_type)
        request.type = type_of(connection, op->request_type);
    if (op && op->request_type && !request.type)
        return refuse(server, connection, &request, 415, DX_E_API_MEDIA_TYPE, NULL);
    if (op && op->query &&
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_parameter, &request) < 0)
        return MHD_NO;
    incoming *in = dx_malloc(sizeof *in);
    if (!in)
        return MHD_NO;
    *in = (incoming){.op = op, .path = path, .request = request, .connection = connection};
    *state = in;
    dx_conn_within(c, c->is_batch ? BATCH_SECONDS_MAX : REQUEST_SECONDS_MAX);
    return c->is_batch ? begin_batch(server, connection, in) : MHD_YES;
}

/* Takes so much more of what all bodies may hold beyond their first bytes; false when it is gone.
 */
static bool hold(dx_server *server, size_t bytes) {
    if (atomic_fetch_add(&server->bodies, bytes) + bytes <= BODIES_BYTES_MAX)
        return true;
    atomic_fetch_sub(&server->bodies, bytes);
    return false;
}

static size_t held(const incoming *in) {
    return in->cap > BODY_BYTES_FREE ? in->cap - BODY_BYTES_FREE : 0;
}

static void drop_body(dx_server *server, incoming *in) {
    atomic_fetch_sub(&server->bodies, held(in));
    dx_free(in->body);
    in->body = NULL;
    in->n = in->cap = 0;
}

/* Makes room for so many bytes; false when there is no memory. */
static bool grow_body(dx_server *server, incoming *in, size_t bytes) {
    incoming grown = *in;
    grown.cap = in->cap ? in->cap : 512;
    while (grown.cap < bytes)
        grown.cap *= 2;
    if (!hold(server, held(&grown) - held(in))) {
        in->refused = DX_E_API_BODIES;
        drop_body(server, in);
        return true;
    }
    char *body = dx_realloc(in->body, grown.cap);
    if (!body) {
        atomic_fetch_sub(&server->bodies, held(&grown) - held(in));
        return false;
    }
    in->body = body;
    in->cap = grown.cap;
    return true;
}

static bool take_body(dx_server *server, incoming *in, const char *data, size_t n) {
    if (in->refused == DX_OK && in->n + n > BODY_BYTES_MAX) {
        in->refused = DX_E_API_TOO_LARGE;
        drop_body(server, in);
    }
    if (in->refused == DX_OK && in->n + n > in->cap && !grow_body(server, in, in->n + n))
        return false;
    if (in->refused == DX_OK) {
        memcpy(in->body + in->n, data, n);
        in->n += n;
    }
    return true;
}

static void feed_batch(dx_server *server, incoming *in, const char *data, size_t n) {
    uint64_t begun = dx_clock_ns();
    in->n += n;
    if (in->n > BATCH_BYTES_MAX)
        in->refused = DX_E_API_TOO_LARGE;
    if (!in->batch || in->refused != DX_OK || in->failed != DX_OK)
        return;
    in->failed = in->batch->take(in->batch, worker_here(server), (dx_str){data, n});
    in->nanoseconds += dx_clock_ns() - begun;
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
        dx_conn *c = conn_of(connection);
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
        return take_body(server, in, data, taken) ? MHD_YES : MHD_NO;
    }
    if (in->refused != DX_OK)
        return refuse(server, connection, &in->request, dx_err_status(in->refused), in->refused,
                      NULL);
    if (in->batch)
        return answer_batch(server, connection, in);
    if (makes_document(in->op))
        return answer_document(server, connection, in);
    return in->op ? answer_operation(server, connection, in) : answer_page(server, connection, in);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode why) {
    dx_server *server = context;
    incoming *in = *state;
    dx_conn *c = conn_of(connection);
    (void)why;
    if (c && c->operation && server->log)
        log_request(server, c);
    if (c) {
        c->operation = NULL;
        dx_conn_rest(c);
    }
    *state = NULL;
    if (!in || in == &answered)
        return;
    if (in->batch)
        in->batch->free(in->batch);
    drop_body(server, in);
    dx_free(in);
}

/* --- starting and stopping --- */

/* What the library answers by itself never comes to handle(); its only trace is this message. */
static void hear(void *context, const char *format, va_list arguments) {
    dx_server *server = context;
    if (strncmp(format, "Error processing request", 24) == 0)
        dx_metrics_refused(server->metrics, (int)va_arg(arguments, unsigned));
}

/* A NUL would end the text for whoever reads it: such a text stays as it was sent, and finds
 * nothing. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

static bool listen_on(dx_server *server, const dx_server_options *options) {
    /* behind a proxy all connections come from one address, and the proxy limits them */
    unsigned per_address = options->rate && !options->proxy.n ? ADDRESS_CONNECTIONS_MAX : 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (inet_pton(AF_INET, options->address, &address.sin_addr) != 1)
        return false;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_ERROR_LOG,
        options->port, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, hear, server,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, options->threads, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)options->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_SECONDS_MAX,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
        MHD_OPTION_NOTIFY_COMPLETED, completed, server, MHD_OPTION_NOTIFY_CONNECTION, notice_conn,
        server, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_END);
    return server->daemon != NULL;
}

/* What runs beside the library's threads; it is there before the first request. */
static bool start_helpers(dx_server *server, const dx_server_options *options) {
    uint32_t makers = options->threads < 4 ? 1 : options->threads / 2;
    server->log = options->quiet ? NULL : dx_log_start(&server->app->arena);
    server->documents =
        dx_pool_start(&server->app->arena, makers, DOCUMENTS_MAX, make_document, server);
    dx_conns_start(&server->conns, options->connections);
    return server->documents != NULL;
}

static void stop_helpers(dx_server *server) {
    atomic_store(&server->stopping, true);
    dx_conns_stop(&server->conns);
    if (server->log)
        dx_log_stop(server->log);
    if (server->rate)
        dx_rate_done(server->rate);
}

dx_server *dx_server_start(dx_app *app, const dx_server_options *options, dx_diags *diags) {
    dx_server *server = DX_NEW(&app->arena, dx_server);
    server->app = app;
    server->metrics = dx_metrics_new(&app->arena);
    server->proxy = options->proxy;
    server->rate = options->rate ? dx_rate_new(&app->arena, options->rate) : NULL;
    pthread_mutex_init(&server->lock, NULL);
    server->pages = dx_pages_load(&app->arena, options->web, diags);
    if (!server->pages)
        return NULL;
    if (!start_helpers(server, options) || !listen_on(server, options)) {
        int why = errno;
        if (server->documents)
            dx_pool_stop(server->documents);
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

uint64_t dx_server_open_files(void) {
    return CONNECTIONS_MAX + OTHER_FILES;
}

uint32_t dx_server_connections(uint64_t open_files) {
    if (open_files >= dx_server_open_files())
        return CONNECTIONS_MAX;
    return (uint32_t)(open_files > 2 * OTHER_FILES ? open_files - OTHER_FILES : open_files / 2);
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
        dx_conns_drain(&server->conns);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    atomic_store(&server->giving_up, true);
    dx_pool_stop(server->documents); /* the library wants no connection suspended */
    MHD_stop_daemon(server->daemon);
    stop_helpers(server);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    for (uint32_t i = 0; i < server->n_workers; i++)
        dx_worker_free(server->workers[i]);
    pthread_mutex_destroy(&server->lock);
}
