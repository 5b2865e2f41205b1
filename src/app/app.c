/* The table of operations, workers, and how a request that fails is answered. */
#include "app/packs.h"

enum {
    APP_BYTES_MAX = 256 << 20,
    REQUEST_BYTES_MAX = 64 << 20,
    LASTING_BYTES_MAX = 1 << 20,
};

const dx_operation dx_operations[] = {
#define X(NAME, method, path, fn, query, request_type, request, reply_type, reply, zh, en) \
    {#NAME, method, path, fn, query, request_type, request, reply_type, reply, zh, en},
#include "app/op.def"
#undef X
};
const uint32_t dx_operation_count = sizeof dx_operations / sizeof *dx_operations;

/* --- finding --- */

/* Whether a path has the form of a pattern; segments for {…} are cut out. */
static bool matches(const char *pattern, dx_str path, dx_request *request) {
    uint32_t segment = 0;
    size_t i = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '{') {
            if (i >= path.n || path.p[i++] != *pattern)
                return false;
            continue;
        }
        size_t from = i;
        while (i < path.n && path.p[i] != '/')
            i++;
        if (i == from)
            return false;
        request->segments[segment++] = (dx_str){path.p + from, i - from};
        while (*pattern != '}')
            pattern++;
    }
    return i == path.n;
}

const dx_operation *dx_operation_find(dx_str method, dx_str path, dx_request *request,
                                      dx_str *ret_allowed) {
    static const char *const both = "GET, DELETE";
    bool head = dx_str_is(method, "HEAD");
    *ret_allowed = (dx_str){0};
    for (uint32_t i = 0; i < dx_operation_count; i++) {
        if (!matches(dx_operations[i].path, path, request))
            continue;
        if (dx_str_is(method, dx_operations[i].method) ||
            (head && dx_str_is(DX_STR("GET"), dx_operations[i].method)))
            return &dx_operations[i];
        *ret_allowed = dx_str_of(ret_allowed->n ? both : dx_operations[i].method);
    }
    return NULL;
}

/* --- app and workers --- */

static bool open_packs(dx_app *app, const dx_str *dirs, uint32_t n, dx_diags *diags) {
    app->packs = DX_NEW_ARRAY(&app->arena, dx_pack *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        dx_pack *pack = dx_pack_load(&app->arena, dirs[i], diags);
        if (pack && diags->errors == 0)
            app->packs[app->n_packs++] = pack;
    }
    return diags->errors == 0 && app->n_packs > 0;
}

static bool use_database(dx_app *app, dx_str path, dx_str now, dx_diags *diags) {
    dx_db *db = dx_db_open(&app->arena, path, diags);
    bool done = db && dx_db_migrate(db, diags);
    for (uint32_t i = 0; done && i < app->n_packs; i++)
        done = dx_pack_publish(db, app->packs[i], now, diags);
    done = done && dx_packs_restore(app, db, diags) && dx_officials_load(app, db, diags);
    if (db)
        dx_db_close(db);
    return done;
}

static void list_heads(dx_app *app) {
    app->heads = DX_NEW_ARRAY(&app->arena, dx_pack_head, app->n_packs + 1);
    for (uint32_t i = 0; i < app->n_packs; i++)
        app->heads[i] = dx_pack_head_of(app->packs[i]);
}

bool dx_app_open(dx_app *app, const dx_str *dirs, uint32_t n, dx_str db, dx_str now,
                 dx_diags *diags) {
    dx_trap trap;
    bool opened;
    app->packs = NULL;
    app->n_packs = 0;
    app->officials = NULL;
    app->n_officials = 0;
    app->db = db;
    dx_arena_init(&app->arena, APP_BYTES_MAX);
    if (DX_TRAP(&app->arena, &trap))
        opened = false;
    else
        opened =
            open_packs(app, dirs, n, diags) && (db.n == 0 || use_database(app, db, now, diags));
    if (opened)
        list_heads(app);
    dx_trap_end(&app->arena, &trap);
    if (!opened)
        dx_arena_done(&app->arena);
    return opened;
}

void dx_app_close(dx_app *app) {
    dx_arena_done(&app->arena);
}

dx_worker *dx_worker_new(const dx_app *app) {
    dx_worker *worker = dx_malloc(sizeof *worker + app->n_packs * sizeof(dx_run *));
    if (!worker)
        return NULL;
    *worker = (dx_worker){.app = app};
    worker->runs = (dx_run **)(worker + 1);
    for (uint32_t i = 0; i < app->n_packs; i++)
        worker->runs[i] = NULL;
    dx_arena_init(&worker->arena, REQUEST_BYTES_MAX);
    dx_arena_init(&worker->lasting, LASTING_BYTES_MAX);
    return worker;
}

void dx_worker_free(dx_worker *worker) {
    if (!worker)
        return;
    for (uint32_t i = 0; i < worker->app->n_packs; i++)
        dx_run_free(worker->runs[i]);
    dx_arena_done(&worker->lasting);
    dx_arena_done(&worker->arena);
    dx_free(worker);
}

dx_db *dx_worker_db(dx_worker *worker, dx_diags *diags) {
    worker->lasting.trap = worker->arena.trap;
    if (!worker->db) {
        dx_str path = worker->app->db;
        worker->db = dx_db_open(&worker->lasting, path.n ? path : DX_DB_SHARED_MEMORY, diags);
    }
    worker->lasting.trap = NULL;
    return worker->db;
}

dx_run *dx_worker_run_of(dx_worker *worker, uint32_t pack) {
    if (!worker->runs[pack])
        worker->runs[pack] = dx_run_new(&worker->app->packs[pack]->dmn->program, &worker->arena);
    dx_run_reset(worker->runs[pack]);
    worker->runs[pack]->has_now = false; /* policies decide by the day that was asked for */
    return worker->runs[pack];
}

void dx_worker_run(dx_worker *worker, const dx_operation *op, const dx_request *request,
                   dx_reply *reply) {
    static const char out_of_memory[] = "{\"status\":503}";
    dx_trap trap;
    dx_arena_reset(&worker->arena);
    if (DX_TRAP(&worker->arena, &trap)) {
        *reply = (dx_reply){.status = dx_err_status(trap.code),
                            .type = "application/problem+json",
                            .body = {out_of_memory, sizeof out_of_memory - 1}};
    } else {
        op->run(worker, request, reply);
    }
    dx_trap_end(&worker->arena, &trap);
}

/* --- replies
 * -----------------------------------------------------------------------------------------------
 */

void dx_reply_json(dx_reply *reply, const dx_buf *json) {
    *reply = (dx_reply){.status = 200, .type = "application/json", .body = dx_buf_str(json)};
}

void dx_reply_problem(dx_worker *worker, const dx_request *request, dx_reply *reply, int status,
                      dx_err code, const dx_diags *diags) {
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_diag title = {.code = code};
    dx_json_open(&out, '{');
    dx_json_text(&out, "type",
                 dx_str_fmt(&worker->arena, "urn:duixian:problem:%s", dx_err_name(code)));
    dx_json_text(&out, "title", dx_diag_sentence(&worker->arena, &title, request->lang));
    dx_json_key(&out, DX_STR("status"));
    dx_json_int(&out, status);
    if (diags) {
        dx_json_array(&out, "errors");
        for (const dx_diag *d = diags->first; d; d = d->next) {
            dx_json_open(&out, '{');
            dx_json_text(&out, "pointer", d->place.element);
            dx_json_text(&out, "code", dx_str_of(dx_err_name(d->code)));
            dx_json_text(&out, "detail", dx_diag_sentence(&worker->arena, d, request->lang));
            dx_json_close(&out, '}');
        }
        dx_json_close(&out, ']');
    }
    dx_json_close(&out, '}');
    *reply =
        (dx_reply){.status = status, .type = "application/problem+json", .body = dx_buf_str(&body)};
}

uint32_t dx_app_find_pack(const dx_app *app, dx_str name) {
    for (uint32_t i = 0; i < app->n_packs; i++)
        if (dx_str_eq(app->packs[i]->id, name) || dx_str_eq(app->packs[i]->digest, name))
            return i;
    return DX_NONE;
}

uint32_t dx_app_choose_pack(const dx_app *app, dx_date day, dx_place place, dx_diags *diags) {
    uint32_t number = dx_pack_choose(app->heads, app->n_packs, day);
    if (number == DX_NONE)
        dx_pack_none_holds(app->heads, app->n_packs, day, place, diags);
    return number;
}

uint32_t dx_worker_pack(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    uint32_t number = dx_app_find_pack(worker->app, request->segments[0]);
    if (number == DX_NONE)
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_PACK, NULL);
    return number;
}
