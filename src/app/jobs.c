/* See jobs.h: the operations on jobs. The id of a job is all that it takes to see it, so it is
 * unguessable and stands in no log. */
#include "app/jobs.h"

#include <stdatomic.h>

#include "app/query.h"
#include "base/file.h"

enum {
    UPLOADS_MAX = 8,        /* under way at a time */
    UPLOAD_BYTES = 1 << 20, /* of options and messages */
    PAGE_ROWS = 50,
    PAGE_ROWS_MAX = 500,
};

/* --- a job as JSON --- */

static void put_int(dx_json_writer *out, const char *key, int64_t value) {
    dx_json_key(out, dx_str_of(key));
    dx_json_int(out, value);
}

/* A number that may not be known: -1. */
static void put_known(dx_json_writer *out, const char *key, int64_t value) {
    dx_json_key(out, dx_str_of(key));
    if (value < 0)
        dx_json_null(out);
    else
        dx_json_int(out, value);
}

static void put_amount(dx_json_writer *out, dx_arena *arena, const char *key, dx_num amount) {
    dx_buf text = {.arena = arena};
    dx_num_print_fixed(&text, amount, 2);
    dx_json_text(out, key, dx_buf_str(&text));
}

static void put_time(dx_json_writer *out, dx_arena *arena, const char *key, int64_t ms) {
    dx_buf text = {.arena = arena};
    dx_datetime time = {.time.zone_kind = DX_ZONE_OFFSET};
    int64_t second = ms / 1000 % 86400;
    dx_date_from_days(ms / 86400000, &time.date);
    time.time.hour = (uint8_t)(second / 3600);
    time.time.minute = (uint8_t)(second / 60 % 60);
    time.time.second = (uint8_t)(second % 60);
    dx_datetime_print(&text, &time);
    dx_json_text(out, key, dx_buf_str(&text));
}

/* Enterprises a second in the stage under way, and how long it will go on. */
static void put_rate(dx_json_writer *out, const dx_job *job, int64_t now) {
    int64_t until = job->ended_at ? job->ended_at : now;
    int64_t ms = job->begun_at ? until - job->begun_at : 0;
    int64_t rate = ms > 0 ? job->done * 1000 / ms : -1;
    bool goes_on = job->state == DX_JOB_ASSESSING && rate > 0;
    put_known(out, "rate", rate);
    put_known(out, "seconds_left", goes_on ? (job->total - job->done + rate - 1) / rate : -1);
}

static void put_readings(dx_json_writer *out, const dx_pack *pack, const dx_options *options) {
    dx_json_key(out, DX_STR("readings"));
    dx_json_open(out, '{');
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        dx_json_key(out, pack->readings[i].id);
        dx_json_string(out, pack->readings[i].options[options->options[i]].id);
    }
    dx_json_close(out, '}');
}

static void put_faults(dx_json_writer *out, const dx_job_fault *faults, uint32_t n) {
    dx_json_key(out, DX_STR("faults"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        dx_json_open(out, '{');
        dx_json_text(out, "sheet", faults[i].sheet);
        put_int(out, "row", faults[i].row);
        put_int(out, "column", faults[i].column);
        dx_json_text(out, "place", faults[i].element);
        dx_json_text(out, "code", faults[i].code);
        dx_json_key(out, DX_STR("detail"));
        dx_json_open(out, '{');
        dx_json_text(out, "zh", faults[i].text.zh);
        dx_json_text(out, "en", faults[i].text.en);
        dx_json_close(out, '}');
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_items(dx_json_writer *out, dx_arena *arena, const dx_pack *pack,
                      const dx_tally *tallies) {
    dx_json_key(out, DX_STR("items"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; tallies && i < pack->n_items; i++) {
        dx_json_open(out, '{');
        dx_json_text(out, "id", pack->items[i].id);
        for (int k = 0; k < DX_STATUSES; k++)
            put_int(out, dx_status_name((dx_status)k), tallies[i].by_status[k]);
        for (int k = DX_AMOUNT_CEILING; k < DX_AMOUNT_KINDS; k++)
            put_amount(out, arena, dx_amount_kind_name((dx_amount_kind)k), tallies[i].by_kind[k]);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

/* What a job refers to, and what is kept of it. */
typedef struct view {
    dx_job job;
    dx_db *db;
    const dx_pack *pack;
    dx_options options;
    dx_tally *tallies; /* NULL: it is not done */
    dx_job_fault *faults;
    uint32_t n_faults;
} view;

static void put_job(dx_worker *worker, const view *v, dx_buf *body) {
    static const char *const states[] = {"queued", "checking", "assessing", "done", "faulty"};
    dx_arena *arena = &worker->arena;
    dx_json_writer out = {.out = body};
    dx_json_open(&out, '{');
    dx_json_text(&out, "id", v->job.id);
    dx_json_text(&out, "url", dx_str_fmt(arena, "/api/v1/jobs/%.*s", DX_FMT(v->job.id)));
    dx_json_text(&out, "state", dx_str_of(states[v->job.state]));
    dx_json_text(&out, "pack", v->pack->id);
    dx_json_text(&out, "pack_digest", v->pack->digest);
    dx_json_text(&out, "as_of", v->job.as_of);
    put_readings(&out, v->pack, &v->options);
    put_time(&out, arena, "created_at", v->job.created_at);
    put_time(&out, arena, "expires_at", v->job.expires_at);
    put_int(&out, "done", v->job.done);
    put_known(&out, "total", v->job.total);
    put_rate(&out, &v->job, dx_job_now(worker->app));
    put_int(&out, "fault_count", v->job.faults);
    put_faults(&out, v->faults, v->n_faults);
    put_items(&out, arena, v->pack, v->tallies);
    dx_json_key(&out, DX_STR("amount"));
    if (v->job.state == DX_JOB_DONE)
        dx_json_string(&out, v->job.amount);
    else
        dx_json_null(&out);
    dx_json_close(&out, '}');
}

/* --- handing in --- */

typedef struct upload {
    dx_batch batch;
    dx_arena arena;
    dx_query query;
    dx_population_kind kind;
    uint64_t bytes;
    bool is_one_too_many;
    int fd;
} upload;

static _Atomic uint32_t under_way;

static void release(dx_batch *base) {
    upload *u = (upload *)base;
    if (u->fd >= 0)
        dx_file_close(u->fd);
    dx_arena_done(&u->arena);
    dx_free(u);
    atomic_fetch_sub(&under_way, 1);
}

static dx_err take(dx_batch *base, dx_worker *worker, dx_str bytes) {
    upload *u = (upload *)base;
    (void)worker;
    u->bytes += bytes.n;
    if (u->bytes > DX_JOB_BYTES_MAX)
        return DX_E_API_TOO_LARGE;
    return dx_file_write(u->fd, bytes) == 0 ? DX_OK : DX_E_API_SPOOL;
}

static bool make_id(const dx_app *app, dx_arena *arena, dx_str *ret) {
    unsigned char bytes[DX_JOB_ID / 2];
    dx_buf text = {.arena = arena};
    if (!app->random(bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        dx_buf_fmt(&text, "%02x", bytes[i]);
    *ret = dx_buf_str(&text);
    return true;
}

static dx_str readings_text(dx_arena *arena, const dx_pack *pack, const dx_options *options) {
    dx_buf text = {.arena = arena};
    for (uint32_t i = 0; i < pack->n_readings; i++)
        dx_buf_fmt(&text, "%s%.*s=%.*s", i ? " " : "", DX_FMT(pack->readings[i].id),
                   DX_FMT(pack->readings[i].options[options->options[i]].id));
    return dx_buf_str(&text);
}

/* Keeps the job. The worker's arena has a trap. */
static void keep(upload *u, dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_buf body = {.arena = arena}, day = {.arena = arena};
    dx_diags diags;
    dx_diags_init(&diags, arena);
    view v = {.pack = worker->app->packs[u->query.pack], .options = u->query.options};
    dx_date_print(&day, v.options.as_of);
    v.db = dx_worker_db(worker, &diags);
    v.job = (dx_job){.pack = v.pack->digest,
                     .as_of = dx_buf_str(&day),
                     .readings = readings_text(arena, v.pack, &v.options),
                     .kind = u->kind,
                     .created_at = dx_job_now(worker->app),
                     .total = -1};
    v.job.expires_at = v.job.created_at + DX_JOB_KEPT_MS;
    if (!make_id(worker->app, arena, &v.job.id)) {
        dx_reply_problem(worker, request, reply, 503, DX_E_API_SPOOL, NULL);
        return;
    }
    if (!v.db || !dx_job_insert(v.db, &v.job, u->fd, u->bytes, &diags)) {
        dx_err why = diags.first->code;
        dx_reply_problem(worker, request, reply, dx_err_status(why), why, NULL);
        return;
    }
    dx_jobs_wake(worker->app->jobs);
    put_job(worker, &v, &body);
    dx_reply_json(reply, &body);
    reply->status = 202;
}

static dx_err end(dx_batch *base, dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_trap trap;
    dx_arena_reset(&worker->arena);
    if (DX_TRAP(&worker->arena, &trap) == 0) {
        keep((upload *)base, worker, request, reply);
        trap.code = DX_OK;
    }
    dx_trap_end(&worker->arena, &trap);
    return trap.code;
}

static void free_cell(void *cell) {
    upload *u = *(upload **)cell;
    if (u)
        release(&u->batch);
}

/* The upload belongs to the request until it is handed out, wherever a jump may lead. */
static upload **new_upload(dx_worker *worker, const dx_request *request) {
    upload **cell = DX_NEW(&worker->arena, upload *);
    dx_arena_on_done(&worker->arena, free_cell, cell);
    upload *u = dx_malloc(sizeof *u);
    if (!u)
        dx_trap_raise(&worker->arena, DX_E_MEMORY);
    *u = (upload){.fd = -1, .batch = {take, end, release}};
    dx_arena_init(&u->arena, UPLOAD_BYTES);
    u->is_one_too_many = atomic_fetch_add(&under_way, 1) >= UPLOADS_MAX;
    u->kind = strcmp(request->type, DX_XLSX_TYPE) == 0  ? DX_POPULATION_XLSX
              : strcmp(request->type, DX_CSV_TYPE) == 0 ? DX_POPULATION_CSV
                                                        : DX_POPULATION_NDJSON;
    *cell = u;
    return cell;
}

void dx_op_job_create(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    upload **cell = new_upload(worker, request), *u = *cell;
    if (u->is_one_too_many) {
        dx_reply_problem(worker, request, reply, 503, DX_E_API_BUSY, NULL);
        return;
    }
    u->arena.trap = worker->arena.trap;
    dx_query_read(worker, request, "pack as_of reading*", &u->arena, &u->query, &diags);
    u->arena.trap = NULL;
    if (diags.errors) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &diags);
        return;
    }
    u->fd = dx_file_temporary(&worker->arena, worker->app->tmp_dir, &diags);
    if (u->fd < 0) {
        dx_reply_problem(worker, request, reply, 500, DX_E_API_SPOOL, NULL);
        return;
    }
    *cell = NULL;
    *reply = (dx_reply){.status = 200, .type = DX_JSON_TYPE, .batch = &u->batch};
}

/* --- looking --- */

static bool refuse(dx_worker *worker, const dx_request *request, dx_reply *reply, dx_err why) {
    dx_reply_problem(worker, request, reply, dx_err_status(why), why, NULL);
    return false;
}

/* The job that the path names; false with a problem as reply. `done`: it has to be. */
static bool find(dx_worker *worker, const dx_request *request, bool done, view *ret,
                 dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_diags diags;
    bool found = false;
    dx_diags_init(&diags, arena);
    *ret = (view){.db = dx_worker_db(worker, &diags)};
    if (!ret->db || !dx_job_find(ret->db, arena, request->segments[0], dx_job_now(worker->app),
                                 &ret->job, &found, &diags))
        return refuse(worker, request, reply, diags.first->code);
    if (!found)
        return refuse(worker, request, reply, DX_E_JOB_NONE);
    uint32_t pack = dx_job_pack(worker->app, ret->job.pack);
    if (pack == DX_NONE)
        return refuse(worker, request, reply, DX_E_JOB_PACK);
    ret->pack = worker->app->packs[pack];
    if (!dx_job_options(arena, ret->pack, &ret->job, &ret->options))
        return refuse(worker, request, reply, DX_E_JOB_PACK);
    if (done && ret->job.state != DX_JOB_DONE)
        return refuse(worker, request, reply, DX_E_JOB_NOT_DONE);
    return true;
}

static bool read_tallies(dx_worker *worker, view *v, dx_diags *diags) {
    if (v->job.state != DX_JOB_DONE)
        return true;
    v->tallies = DX_NEW_ARRAY(&worker->arena, dx_tally, v->pack->n_items + 1);
    return dx_job_tallies(v->db, &worker->arena, v->job.id, v->tallies, v->pack->n_items, diags);
}

void dx_op_job(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_buf body = {.arena = arena};
    dx_diags diags;
    view v;
    dx_diags_init(&diags, arena);
    if (!find(worker, request, false, &v, reply))
        return;
    v.faults = DX_NEW_ARRAY(arena, dx_job_fault, DX_JOB_FAULTS_MAX);
    if (!read_tallies(worker, &v, &diags) ||
        !dx_job_faults(v.db, arena, v.job.id, v.faults, DX_JOB_FAULTS_MAX, &v.n_faults, &diags)) {
        refuse(worker, request, reply, diags.first->code);
        return;
    }
    put_job(worker, &v, &body);
    dx_reply_json(reply, &body);
}

void dx_op_job_delete(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_diags diags;
    view v;
    dx_diags_init(&diags, &worker->arena);
    if (!find(worker, request, false, &v, reply))
        return;
    if (!dx_job_delete(v.db, v.job.id, &diags)) {
        refuse(worker, request, reply, diags.first->code);
        return;
    }
    dx_json_open(&out, '{');
    dx_json_text(&out, "id", v.job.id);
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

/* --- results --- */

typedef struct wanted {
    dx_job_filter filter;
    int64_t after, limit;
} wanted;

static bool read_number(dx_str text, int64_t most, int64_t *ret) {
    dx_num num;
    dx_arena none;
    dx_arena_init(&none, 0);
    if (text.n == 0 || text.n > 9)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return dx_num_parse(&none, text, &num) && dx_num_to_int64(num, ret) && *ret <= most;
}

static void fault(dx_diags *diags, dx_err code, dx_str name, dx_str a, dx_str b) {
    dx_place place = {.element = dx_str_fmt(diags->arena, "/%.*s", DX_FMT(name))};
    dx_diag_add(diags, code, place, a, b, (dx_str){0});
}

static void read_wanted(const dx_pack *pack, const dx_parameter *p, wanted *ret, dx_diags *diags) {
    if (dx_str_is(p->name, "item")) {
        for (uint32_t i = 0; i < pack->n_items; i++)
            if (dx_str_eq(pack->items[i].id, p->value))
                ret->filter.item = i;
        if (ret->filter.item == DX_NONE)
            fault(diags, DX_E_JOB_ITEM, p->name, p->value, (dx_str){0});
    } else if (dx_str_is(p->name, "status")) {
        for (int k = 0; k < DX_STATUSES; k++)
            if (dx_str_is(p->value, dx_status_name((dx_status)k)))
                ret->filter.state = dx_job_letter((dx_status)k);
        if (!ret->filter.state)
            fault(diags, DX_E_JOB_STATUS, p->name, (dx_str){0}, (dx_str){0});
    } else if (dx_str_is(p->name, "after")) {
        if (!read_number(p->value, DX_POPULATION_MAX, &ret->after))
            fault(diags, DX_E_JOB_NUMBER, p->name, p->name,
                  dx_str_fmt(diags->arena, "%d", DX_POPULATION_MAX));
    } else if (dx_str_is(p->name, "limit")) {
        if (!read_number(p->value, PAGE_ROWS_MAX, &ret->limit))
            fault(diags, DX_E_JOB_NUMBER, p->name, p->name,
                  dx_str_fmt(diags->arena, "%d", PAGE_ROWS_MAX));
    } else {
        fault(diags, DX_E_API_PARAMETER, p->name, p->name, DX_STR("item, status, after, limit"));
    }
}

static void put_missing(dx_json_writer *out, dx_arena *arena, const dx_pack *pack, dx_str missing) {
    const dx_causes *causes = dx_job_missing(arena, pack, missing);
    dx_json_key(out, DX_STR("missing"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_facts; i++)
        if (causes->bits[i / 64] >> (i % 64) & 1)
            dx_json_string(out, pack->facts[i].path);
    dx_json_close(out, ']');
}

static bool put_row(dx_json_writer *out, dx_arena *arena, const view *v, const dx_job_row *row) {
    dx_verdict *verdicts = DX_NEW_ARRAY(arena, dx_verdict, v->pack->n_items + 1);
    if (!dx_job_verdicts(arena, v->pack, row, verdicts))
        return false;
    dx_json_open(out, '{');
    put_int(out, "number", row->number);
    put_int(out, "row", row->place);
    dx_json_text(out, "code", row->code);
    dx_json_text(out, "name", row->name);
    dx_json_text(out, "total", row->total);
    put_missing(out, arena, v->pack, row->missing);
    dx_json_key(out, DX_STR("items"));
    dx_json_open(out, '{');
    for (uint32_t i = 0; i < v->pack->n_items; i++) {
        dx_json_key(out, v->pack->items[i].id);
        dx_json_open(out, '{');
        dx_json_text(out, "status", dx_str_of(dx_status_name(verdicts[i].status)));
        if (verdicts[i].has_amount) {
            put_amount(out, arena, "amount", verdicts[i].amount);
        } else {
            dx_json_key(out, DX_STR("amount"));
            dx_json_null(out);
        }
        dx_json_text(out, "amount_kind", dx_str_of(dx_amount_kind_name(verdicts[i].kind)));
        dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
    dx_json_close(out, '}');
    return true;
}

/* The rows and, in *ret_last, the number of the last when there are more. */
static bool put_rows(dx_json_writer *out, dx_arena *arena, const view *v, const wanted *w,
                     int64_t *ret_last, dx_diags *diags) {
    dx_job_rows *rows =
        dx_job_rows_open(v->db, arena, v->job.id, &w->filter, w->after, w->limit, diags);
    dx_job_row row = {0};
    dx_step step = DX_STEP_FAILED;
    int64_t n = 0;
    bool good = rows != NULL;
    dx_json_key(out, DX_STR("rows"));
    dx_json_open(out, '[');
    while (good && (step = dx_job_rows_next(rows, &row, diags)) == DX_STEP_ROW) {
        good = put_row(out, arena, v, &row);
        *ret_last = row.number;
        n++;
    }
    dx_json_close(out, ']');
    dx_job_rows_close(rows);
    if (n < w->limit)
        *ret_last = -1;
    return good && step == DX_STEP_DONE;
}

void dx_op_job_results(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_buf body = {.arena = arena};
    dx_json_writer out = {.out = &body};
    wanted w = {.filter.item = DX_NONE, .limit = PAGE_ROWS};
    int64_t count = 0, last = -1;
    dx_diags diags;
    view v;
    dx_diags_init(&diags, arena);
    if (!find(worker, request, true, &v, reply))
        return;
    for (uint32_t i = 0; i < request->n_query; i++)
        read_wanted(v.pack, &request->query[i], &w, &diags);
    if (diags.errors) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &diags);
        return;
    }
    dx_json_open(&out, '{');
    if (!put_rows(&out, arena, &v, &w, &last, &diags) ||
        !dx_job_count(v.db, v.job.id, &w.filter, &count, &diags)) {
        refuse(worker, request, reply, diags.first ? diags.first->code : DX_E_JOB_PACK);
        return;
    }
    put_int(&out, "count", count);
    put_known(&out, "next", last);
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

/* --- spreadsheets --- */

static bool add_rows(dx_population_sheet *sheet, dx_arena *arena, const view *v, dx_diags *diags) {
    const dx_job_filter all = {.item = DX_NONE};
    dx_job_rows *rows =
        dx_job_rows_open(v->db, arena, v->job.id, &all, 0, DX_POPULATION_MAX, diags);
    dx_verdict *verdicts = DX_NEW_ARRAY(arena, dx_verdict, v->pack->n_items + 1);
    dx_job_row row;
    dx_step step = DX_STEP_FAILED;
    bool good = rows != NULL;
    while (good && (step = dx_job_rows_next(rows, &row, diags)) == DX_STEP_ROW) {
        dx_mark mark = dx_arena_mark(arena);
        dx_population_result result = {.row = (uint64_t)row.place,
                                       .code = row.code,
                                       .name = row.name,
                                       .verdicts = verdicts,
                                       .missing = dx_job_missing(arena, v->pack, row.missing)};
        good = dx_job_verdicts(arena, v->pack, &row, verdicts) &&
               dx_num_parse(arena, row.total, &result.total);
        if (good)
            dx_xlsx_results_add(sheet, &result);
        dx_arena_rewind(arena, mark);
    }
    dx_job_rows_close(rows);
    return good && step == DX_STEP_DONE;
}

void dx_op_job_xlsx(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_num amount = dx_num_pack(0, 0);
    dx_diags diags;
    view v;
    dx_diags_init(&diags, arena);
    if (!find(worker, request, true, &v, reply))
        return;
    dx_doc doc = {.pack = v.pack, .options = &v.options, .lang = request->lang, .arena = arena};
    dx_num_parse(arena, v.job.amount, &amount);
    dx_population_sheet *sheet =
        read_tallies(worker, &v, &diags)
            ? dx_xlsx_results_begin(&doc, v.tallies, (uint32_t)v.job.done, amount,
                                    dx_str_z(arena, worker->app->tmp_dir))
            : NULL;
    *reply = (dx_reply){.status = 200, .type = DX_XLSX_TYPE};
    if (!sheet || !add_rows(sheet, arena, &v, &diags) ||
        !dx_xlsx_results_end(sheet, &reply->body, &diags))
        refuse(worker, request, reply, diags.first ? diags.first->code : DX_E_JOB_PACK);
}

void dx_op_population_form(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    uint32_t number = dx_worker_pack(worker, request, reply);
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    if (number == DX_NONE)
        return;
    const dx_pack *pack = worker->app->packs[number];
    *reply = (dx_reply){.status = 200, .type = DX_XLSX_TYPE};
    if (dx_xlsx_population_form(pack, request->lang, &worker->arena, &reply->body, &diags))
        reply->etag = dx_str_fmt(&worker->arena, "%.*s-many-%s", DX_FMT(pack->digest),
                                 request->lang == DX_ZH ? "zh" : "en");
    else
        refuse(worker, request, reply, diags.first->code);
}
