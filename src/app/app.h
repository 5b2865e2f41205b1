/* The operations of the product: each is one function from a request to a reply, found in one table
 * (op.def) by the HTTP server. An operation runs on a worker, which belongs to one thread; packs
 * are shared and immutable. */
#ifndef DX_APP_APP_H
#define DX_APP_APP_H

#include "policy/policy.h"

#define DX_JSON_TYPE "application/json"
#define DX_NDJSON_TYPE "application/x-ndjson"
#define DX_XML_TYPE "application/xml"
#define DX_PDF_TYPE "application/pdf"
#define DX_CSV_TYPE "text/csv"
#define DX_TABLE_TYPES DX_XLSX_TYPE " " DX_CSV_TYPE " " DX_NDJSON_TYPE
#define DX_XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/* The official text of a policy, as somebody imported it. */
typedef struct dx_official {
    dx_str pack; /* id */
    dx_str source, date;
    dx_str digest;
    dx_passage *passages;
    uint32_t n;
} dx_official;

struct dx_db;
struct dx_jobs;

/* What all threads share. */
typedef struct dx_app {
    dx_arena arena;
    dx_pack **packs; /* those the server was started with, then others, newest publication first */
    dx_pack_head *heads;
    uint32_t n_packs;
    dx_official *officials;
    uint32_t n_officials;
    dx_date (*today)(void);                /* where a request gives no date */
    dx_datetime (*now)(void);              /* what DMN's now() says to the users of a model */
    bool (*random)(void *bytes, size_t n); /* that nobody can guess; false when there are none */
    dx_str tmp_dir;                        /* for the results of batches */
    dx_str db;            /* path of the database; empty: jobs are kept in memory */
    struct dx_jobs *jobs; /* see dx_jobs_start */
} dx_app;

/* What one thread works with, from one request to the next. */
typedef struct dx_worker {
    const dx_app *app;
    dx_arena arena;   /* of the request */
    dx_run **runs;    /* one a pack, made when first needed */
    dx_arena lasting; /* of the worker */
    struct dx_db *db; /* a handle of its own, opened when first needed */
} dx_worker;

/* name=value in the query */
typedef struct dx_parameter {
    dx_str name, value;
} dx_parameter;

enum { DX_PARAMETERS_MAX = 16 };

typedef struct dx_request {
    dx_str body;
    const char *type;   /* media type of the body, one of the operation's; or NULL */
    dx_str segments[2]; /* what stands for {…} in the path */
    dx_parameter query[DX_PARAMETERS_MAX];
    uint32_t n_query;
    dx_lang lang; /* of messages */
} dx_request;

typedef struct dx_reply {
    int status;             /* HTTP status */
    const char *type;       /* media type */
    dx_str body;            /* in the worker's arena, or as long-lived as the app */
    dx_str etag;            /* empty: not to be cached */
    struct dx_batch *batch; /* to be fed with the body, and then asked for the reply; or NULL */
    bool is_file;           /* the body is this file, the receiver's from now on */
    int fd;
    uint64_t bytes; /* its length */
} dx_reply;

/* What takes a body that is too long to hold, as it comes. An operation whose request may be NDJSON
 * is run when the headers are there, with an empty body; it replies with one of these (or with a
 * problem), which is then fed. */
typedef struct dx_batch {
    /* Takes the next bytes; an error ends it, and is what to say to the sender. */
    dx_err (*take)(struct dx_batch *batch, dx_worker *worker, dx_str bytes);
    /* The last byte has come. DX_OK: *ret is the reply. */
    dx_err (*end)(struct dx_batch *batch, dx_worker *worker, const dx_request *request,
                  dx_reply *ret);
    /* Gives everything up. */
    void (*free)(struct dx_batch *batch);
} dx_batch;

typedef struct dx_operation {
    const char *name, *method, *path;
    void (*run)(dx_worker *worker, const dx_request *request, dx_reply *reply);
    const char *query;                         /* names in the query, or NULL */
    const char *request_type, *request_schema; /* media types, schema; or NULL */
    const char *reply_type, *reply_schema;
    const char *zh, *en;
} dx_operation;

extern const dx_operation dx_operations[];
extern const uint32_t dx_operation_count;

/* The operation for a path and method, its segments cut out of the path. NULL: *ret_allowed names
 * the methods that the path knows (comma separated, with a NUL behind), or is empty for an unknown
 * path. */
const dx_operation *dx_operation_find(dx_str method, dx_str path, dx_request *request,
                                      dx_str *ret_allowed);

/* Loads the packs of folders. With a database (`db` not empty: its path) its schema is brought up
 * to date, the packs are published in it as of `now` (ISO 8601, UTC), and those published earlier
 * are loaded too. False with diagnostics. */
bool dx_app_open(dx_app *app, const dx_str *dirs, uint32_t n, dx_str db, dx_str now,
                 dx_diags *diags);
void dx_app_close(dx_app *app);
/* A worker for the calling thread; NULL when there is no memory. */
dx_worker *dx_worker_new(const dx_app *app);
void dx_worker_free(dx_worker *worker);
/* Runs an operation; never fails: what goes wrong becomes a problem reply. The reply holds until
 * the worker's next call. */
void dx_worker_run(dx_worker *worker, const dx_operation *op, const dx_request *request,
                   dx_reply *reply);

/* --- official texts: official.c --- */

/* A text to import; source and date say which publication it is a copy of. */
typedef struct dx_official_import {
    dx_str file; /* what a person calls it */
    dx_str content, source, date;
    dx_str now; /* ISO 8601, UTC */
} dx_official_import;

/* Keeps the official text of a pack in the database at `path`, in place of the one before. The text
 * has to be cut into articles, all of which the pack has. False with diagnostics. */
bool dx_official_keep(dx_arena *arena, dx_str path, const dx_pack *pack,
                      const dx_official_import *import, dx_diags *diags);
/* The official text of a pack, or NULL. */
const dx_official *dx_official_of(const dx_app *app, const dx_pack *pack);

/* --- batches: batch.c --- */
/* --- jobs: jobs.c --- */

/* Opens the place where jobs are kept and starts the thread that does them: its own, at a bounded
 * rate, so that requests are not slowed. Jobs that were cut off begin again. False with a
 * diagnostic. Allocates in the arena of `app`. */
bool dx_jobs_start(dx_app *app, dx_diags *diags);
/* Stops within a row; what is under way goes on at the next start. */
void dx_jobs_stop(dx_app *app);

/* --- among the operations --- */

/* A problem (RFC 9457) in place of a result; diags may be NULL. */
void dx_reply_problem(dx_worker *worker, const dx_request *request, dx_reply *reply, int status,
                      dx_err code, const dx_diags *diags);
void dx_reply_json(dx_reply *reply, const dx_buf *json);
/* The run of a pack on this worker. */
dx_run *dx_worker_run_of(dx_worker *worker, uint32_t pack);
/* The pack with an id (of several the first) or a digest; DX_NONE when there is none. */
uint32_t dx_app_find_pack(const dx_app *app, dx_str name);
/* The pack that is meant on a day when none is named; DX_NONE, with a diagnostic at the place, when
 * there is none. */
uint32_t dx_app_choose_pack(const dx_app *app, dx_date day, dx_place place, dx_diags *diags);
/* The pack that a path names, or DX_NONE with a problem as reply. */
uint32_t dx_worker_pack(dx_worker *worker, const dx_request *request, dx_reply *reply);
/* The worker's handle of the database; NULL with a diagnostic. */
struct dx_db *dx_worker_db(dx_worker *worker, dx_diags *diags);

#define X(NAME, method, path, fn, query, request_type, request, reply_type, reply, zh, en) \
    void fn(dx_worker *worker, const dx_request *request_, dx_reply *reply_);
#include "app/op.def"
#undef X

#endif
