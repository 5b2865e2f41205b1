/* Batches over the API: NDJSON as it comes in, cut into lines, each of which becomes one line of a
 * file that is the reply. The line under way and the results not yet written are all that is held.
 */
#include <stdatomic.h>

#include "app/app.h"
#include "base/file.h"
#include "policy/ndjson.h"

enum {
    BATCHES_MAX = 16,           /* under way at a time */
    HELD_BYTES = 256 * 1024,    /* of results, before they are written */
    BATCH_BYTES_MAX = 96 << 20, /* a line in the making, and its result */
};
#define RESULT_BYTES_MAX ((uint64_t)1 << 30)

struct dx_batch {
    dx_arena arena; /* of the batch */
    dx_arena held;  /* of the line under way */
    uint32_t pack;
    dx_ndjson stream;
    dx_buf line, out;
    uint64_t number, written;
    bool is_one_too_many;
    bool too_long; /* the rest of the line is skipped */
    int fd;
};

static _Atomic uint32_t under_way;

/* --- the query --- */

static dx_str names_text(dx_arena *arena, const char *names) {
    dx_buf text = {.arena = arena};
    for (const char *c = names; *c; c++) {
        if (*c == ' ')
            dx_buf_addz(&text, ", ");
        else if (*c != '*' && *c != '?')
            dx_buf_char(&text, *c);
    }
    return dx_buf_str(&text);
}

static dx_place place_of(dx_arena *arena, dx_str name) {
    return (dx_place){.element = dx_str_fmt(arena, "/%.*s", DX_FMT(name))};
}

static bool is_given_before(const dx_request *request, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (dx_str_eq(request->query[i].name, request->query[at].name))
            return true;
    return false;
}

static void read_pack(dx_batch *batch, const dx_worker *worker, const dx_request *request,
                      dx_diags *diags) {
    for (uint32_t i = 0; i < request->n_query; i++) {
        const dx_parameter *p = &request->query[i];
        if (!dx_str_is(p->name, "pack"))
            continue;
        uint32_t at = 0;
        while (at < worker->app->n_packs && !dx_str_eq(worker->app->packs[at]->id, p->value))
            at++;
        if (at < worker->app->n_packs)
            batch->pack = at;
        else
            dx_diag_add(diags, DX_E_API_NO_PACK, place_of(diags->arena, p->name), (dx_str){0},
                        (dx_str){0}, (dx_str){0});
    }
    batch->stream.pack = worker->app->packs[batch->pack];
}

static void read_parameter(dx_batch *batch, const dx_request *request, uint32_t number,
                           uint32_t *options, dx_diags *diags) {
    static const char names[] = "pack as_of reading* brief?";
    const dx_parameter *p = &request->query[number];
    dx_place place = place_of(diags->arena, p->name);
    bool is_reading = dx_str_is(p->name, "reading"), is_date = dx_str_is(p->name, "as_of");
    bool is_brief = dx_str_is(p->name, "brief");
    bool known = is_reading || is_date || is_brief || dx_str_is(p->name, "pack");
    if (!known || (!is_reading && is_given_before(request, number))) {
        dx_diag_add(diags, DX_E_API_PARAMETER, place, p->name, names_text(diags->arena, names),
                    (dx_str){0});
    } else if (is_date) {
        if (p->value.n != 10 || !dx_date_parse(p->value, &batch->stream.options.as_of))
            dx_diag_add(diags, DX_E_API_DATE, place, (dx_str){0}, (dx_str){0}, (dx_str){0});
    } else if (is_brief) {
        batch->stream.brief = !dx_str_is(p->value, "false");
        if (batch->stream.brief && !dx_str_is(p->value, "true"))
            dx_diag_add(diags, DX_E_API_SWITCH, place, p->name, (dx_str){0}, (dx_str){0});
    } else if (is_reading) {
        uint32_t errors = diags->errors;
        dx_options_choose(batch->stream.pack, p->value, options, diags);
        for (dx_diag *d = diags->first; d && diags->errors > errors; d = d->next)
            if (!d->next)
                d->place.element = place.element;
    }
}

/* Reads the query and opens the file. The batch has a trap. */
static void prepare(dx_batch *batch, dx_worker *worker, const dx_request *request,
                    dx_diags *diags) {
    dx_ndjson *stream = &batch->stream;
    read_pack(batch, worker, request, diags);
    uint32_t *options = DX_NEW_ARRAY(&batch->arena, uint32_t, stream->pack->n_readings + 1);
    dx_options_default(stream->pack, options);
    stream->options = (dx_options){.as_of = worker->app->today(), .options = options};
    stream->verdicts = DX_NEW_ARRAY(&batch->arena, dx_verdict, stream->pack->n_items + 1);
    stream->lang = request->lang;
    stream->brief = true;
    stream->name = DX_STR("request");
    for (uint32_t i = 0; i < request->n_query; i++)
        read_parameter(batch, request, i, options, diags);
    batch->line.arena = &batch->held;
    batch->out.arena = &batch->arena;
    if (diags->errors == 0)
        batch->fd = dx_file_temporary(&worker->arena, worker->app->tmp_dir, diags);
}

static dx_err prepare_trapped(dx_batch *batch, dx_worker *worker, const dx_request *request,
                              dx_diags *diags) {
    dx_trap trap;
    if (DX_TRAP(&batch->arena, &trap) == 0) {
        prepare(batch, worker, request, diags);
        dx_trap_end(&batch->arena, &trap);
        return DX_OK;
    }
    dx_trap_end(&batch->arena, &trap);
    return trap.code;
}

/* --- lines --- */

static void flush(dx_batch *batch) {
    batch->written += batch->out.n;
    if (batch->written > RESULT_BYTES_MAX)
        dx_trap_raise(&batch->arena, DX_E_API_RESULTS);
    if (dx_file_write(batch->fd, dx_buf_str(&batch->out)) != 0)
        dx_trap_raise(&batch->arena, DX_E_API_SPOOL);
    batch->out.n = 0;
}

static void say_too_long(dx_batch *batch) {
    dx_diags diags;
    dx_mark mark = dx_arena_mark(&batch->held);
    dx_diags_init(&diags, &batch->held);
    dx_diag_add(&diags, DX_E_FILE_LINE, (dx_place){0},
                dx_str_fmt(&batch->held, "%zu", DX_NDJSON_LINE_BYTES), (dx_str){0}, (dx_str){0});
    dx_ndjson_fault(&batch->stream, batch->number, &diags, &batch->out);
    dx_arena_rewind(&batch->held, mark);
}

static void end_line(dx_batch *batch, dx_worker *worker, dx_str line) {
    batch->number++;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (batch->too_long || line.n > DX_NDJSON_LINE_BYTES) {
        say_too_long(batch);
    } else {
        batch->stream.run = dx_worker_run_of(worker, batch->pack);
        dx_ndjson_line(&batch->stream, line, batch->number, &batch->out);
    }
    batch->too_long = false;
    if (batch->out.n >= HELD_BYTES)
        flush(batch);
}

/* Adds to the line under way, which may not grow without end. */
static void hold(dx_batch *batch, dx_str part) {
    if (batch->too_long || part.n == 0)
        return;
    if (batch->line.n + part.n > DX_NDJSON_LINE_BYTES + 1) { /* a CR may follow */
        batch->too_long = true;
        return;
    }
    dx_buf_add(&batch->line, part);
}

static void forget_line(dx_batch *batch) {
    if (batch->line.cap > HELD_BYTES)
        dx_arena_done(&batch->held); /* a long line is no reason to keep its memory */
    else
        dx_arena_reset(&batch->held);
    batch->line = (dx_buf){.arena = &batch->held};
}

static void take(dx_batch *batch, dx_worker *worker, dx_str bytes) {
    const char *end;
    while (bytes.n > 0 && (end = memchr(bytes.p, '\n', bytes.n)) != NULL) {
        dx_str part = {bytes.p, (size_t)(end - bytes.p)};
        bytes = (dx_str){end + 1, bytes.n - part.n - 1};
        if (batch->line.n == 0 && !batch->too_long) {
            end_line(batch, worker, part);
            continue;
        }
        hold(batch, part);
        end_line(batch, worker, dx_buf_str(&batch->line));
        forget_line(batch);
    }
    hold(batch, bytes);
}

/* --- from outside --- */

static void free_cell(void *cell) {
    dx_batch_free(*(dx_batch **)cell);
}

/* The batch belongs to the request until it is handed out, wherever a jump may lead. */
static dx_batch **new_batch(dx_worker *worker) {
    dx_batch **cell = DX_NEW(&worker->arena, dx_batch *);
    dx_arena_on_done(&worker->arena, free_cell, cell);
    dx_batch *batch = dx_malloc(sizeof *batch);
    if (!batch)
        dx_trap_raise(&worker->arena, DX_E_MEMORY);
    *batch = (dx_batch){.fd = -1};
    dx_arena_init(&batch->arena, BATCH_BYTES_MAX);
    dx_arena_init(&batch->held, BATCH_BYTES_MAX);
    batch->is_one_too_many = atomic_fetch_add(&under_way, 1) >= BATCHES_MAX;
    *cell = batch;
    return cell;
}

void dx_op_batch(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    dx_batch **cell = new_batch(worker), *batch = *cell;
    dx_err why = DX_E_API_BUSY;
    bool bad_query = false;
    if (!batch->is_one_too_many) {
        why = prepare_trapped(batch, worker, request, &diags);
        bad_query = why == DX_OK && diags.errors && diags.first->code != DX_E_OUT_OPEN;
        if (why == DX_OK && batch->fd < 0)
            why = bad_query ? DX_E_API_REQUEST : DX_E_API_SPOOL;
    }
    *cell = NULL;
    if (why == DX_OK) {
        *reply = (dx_reply){.status = 200, .type = DX_NDJSON_TYPE, .batch = batch};
        return;
    }
    dx_batch_free(batch);
    dx_reply_problem(worker, request, reply, dx_err_status(why), why, bad_query ? &diags : NULL);
}

/* Both arenas lead to one trap. */
static dx_err run(dx_batch *batch, dx_worker *worker, const dx_str *bytes) {
    dx_trap trap;
    if (DX_TRAP(&batch->arena, &trap) == 0) {
        batch->held.trap = batch->arena.trap;
        if (bytes)
            take(batch, worker, *bytes);
        else if (batch->line.n > 0 || batch->too_long)
            end_line(batch, worker, dx_buf_str(&batch->line));
        if (!bytes)
            flush(batch);
        trap.code = DX_OK;
    }
    dx_trap_end(&batch->arena, &trap);
    batch->held.trap = NULL;
    return trap.code;
}

dx_err dx_batch_take(dx_batch *batch, dx_worker *worker, dx_str bytes) {
    return run(batch, worker, &bytes);
}

dx_err dx_batch_end(dx_batch *batch, dx_worker *worker, int *ret_fd, uint64_t *ret_bytes) {
    dx_err why = run(batch, worker, NULL);
    if (why != DX_OK)
        return why;
    *ret_fd = batch->fd;
    *ret_bytes = batch->written;
    batch->fd = -1;
    return DX_OK;
}

void dx_batch_free(dx_batch *batch) {
    if (!batch)
        return;
    if (batch->fd >= 0)
        dx_file_close(batch->fd);
    dx_arena_done(&batch->held);
    dx_arena_done(&batch->arena);
    dx_free(batch);
    atomic_fetch_sub(&under_way, 1);
}
