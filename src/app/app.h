/* The operations of the product: each is one function from a request to a reply, found in one table
 * (op.def) by the HTTP server. An operation runs on a worker, which belongs to one thread; packs
 * are shared and immutable. */
#ifndef DX_APP_APP_H
#define DX_APP_APP_H

#include "policy/policy.h"

/* What all threads share. */
typedef struct dx_app {
    dx_arena arena;
    dx_pack **packs; /* the first is the one meant when a request names none */
    uint32_t n_packs;
    dx_date (*today)(void); /* where a request gives no date */
} dx_app;

/* What one thread works with, from one request to the next. */
typedef struct dx_worker {
    const dx_app *app;
    dx_arena arena; /* of the request */
    dx_run **runs;  /* one a pack, made when first needed */
} dx_worker;

typedef struct dx_request {
    dx_str body;
    dx_str segments[2]; /* what stands for {…} in the path */
    dx_lang lang;       /* of messages */
} dx_request;

typedef struct dx_reply {
    int status;       /* HTTP status */
    const char *type; /* media type */
    dx_str body;      /* in the worker's arena, or as long-lived as the app */
    dx_str etag;      /* empty: not to be cached */
} dx_reply;

typedef struct dx_operation {
    const char *name, *method, *path;
    void (*run)(dx_worker *worker, const dx_request *request, dx_reply *reply);
    const char *request_schema, *reply_schema;
    const char *zh, *en;
} dx_operation;

extern const dx_operation dx_operations[];
extern const uint32_t dx_operation_count;

/* The operation for a path and method, its segments cut out of the path. NULL: *ret_allowed names
 * the methods that the path knows (comma separated), or is empty for an unknown path. */
const dx_operation *dx_operation_find(dx_str method, dx_str path, dx_request *request,
                                      dx_str *ret_allowed);

/* Loads the packs of folders; false with diagnostics. */
bool dx_app_open(dx_app *app, const dx_str *dirs, uint32_t n, dx_diags *diags);
void dx_app_close(dx_app *app);
/* A worker for the calling thread; NULL when there is no memory. */
dx_worker *dx_worker_new(const dx_app *app);
void dx_worker_free(dx_worker *worker);
/* Runs an operation; never fails: what goes wrong becomes a problem reply. The reply holds until
 * the worker's next call. */
void dx_worker_run(dx_worker *worker, const dx_operation *op, const dx_request *request,
                   dx_reply *reply);

/* One line of a batch: facts in, one brief result out, in `out` (no line feed). `line` is its
 * number. */
void dx_worker_batch_line(dx_worker *worker, dx_str line, uint64_t number, dx_lang lang,
                          dx_buf *out);

/* --- among the operations
 * ---------------------------------------------------------------------------- */

/* A problem (RFC 9457) in place of a result; diags may be NULL. */
void dx_reply_problem(dx_worker *worker, const dx_request *request, dx_reply *reply, int status,
                      dx_err code, const dx_diags *diags);
void dx_reply_json(dx_reply *reply, const dx_buf *json);
/* The run of a pack on this worker. */
dx_run *dx_worker_run_of(dx_worker *worker, uint32_t pack);
/* The pack that a path names, or DX_NONE with a problem as reply. */
uint32_t dx_worker_pack(dx_worker *worker, const dx_request *request, dx_reply *reply);

#define X(NAME, method, path, fn, request, reply, zh, en) \
    void fn(dx_worker *worker, const dx_request *request_, dx_reply *reply_);
#include "app/op.def"
#undef X

#endif
