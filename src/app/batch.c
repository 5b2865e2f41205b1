/* Batches over the API: NDJSON as it comes in, cut into lines, each of which becomes one line of a
 * file that is the reply. The line under way and the results not yet written are all that is held.
 */
#include <stdatomic.h>

#include "app/query.h"
#include "base/file.h"
#include "policy/ndjson.h"

enum {
    BATCHES_MAX = 16,           /* under way at a time */
    HELD_BYTES = 256 * 1024,    /* of results, before they are written */
    BATCH_BYTES_MAX = 96 << 20, /* a line in the making, and its result */
};
#define RESULT_BYTES_MAX ((uint64_t)1 << 30)

typedef struct lines {
    dx_batch batch;
    dx_arena arena; /* of the batch */
    dx_arena held;  /* of the line under way */
    uint32_t pack;
    dx_ndjson stream;
    dx_buf line, out;
    uint64_t number, written;
    bool is_one_too_many;
    bool too_long; /* the rest of the line is skipped */
    int fd;
} lines;

static _Atomic uint32_t under_way;

/* --- beginning --- */

/* Reads the query and opens the file. The batch has a trap. */
static void prepare(lines *batch, dx_worker *worker, const dx_request *request, dx_diags *diags) {
    dx_query query;
    dx_query_read(worker, request, "pack as_of reading* brief?", &batch->arena, &query, diags);
    const dx_pack *pack = worker->app->packs[query.pack];
    batch->pack = query.pack;
    batch->stream =
        (dx_ndjson){.pack = pack,
                    .options = query.options,
                    .verdicts = DX_NEW_ARRAY(&batch->arena, dx_verdict, pack->n_items + 1),
                    .lang = request->lang,
                    .brief = query.brief,
                    .name = DX_STR("request")};
    batch->line.arena = &batch->held;
    batch->out.arena = &batch->arena;
    if (diags->errors == 0)
        batch->fd = dx_file_temporary(&worker->arena, worker->app->tmp_dir, diags);
}

static dx_err prepare_trapped(lines *batch, dx_worker *worker, const dx_request *request,
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

static void flush(lines *batch) {
    batch->written += batch->out.n;
    if (batch->written > RESULT_BYTES_MAX)
        dx_trap_raise(&batch->arena, DX_E_API_RESULTS);
    if (dx_file_write(batch->fd, dx_buf_str(&batch->out)) != 0)
        dx_trap_raise(&batch->arena, DX_E_API_SPOOL);
    batch->out.n = 0;
}

static void say_too_long(lines *batch) {
    dx_diags diags;
    dx_mark mark = dx_arena_mark(&batch->held);
    dx_diags_init(&diags, &batch->held);
    dx_diag_add(&diags, DX_E_FILE_LINE, (dx_place){0},
                dx_str_fmt(&batch->held, "%zu", DX_NDJSON_LINE_BYTES), (dx_str){0}, (dx_str){0});
    dx_ndjson_fault(&batch->stream, batch->number, &diags, &batch->out);
    dx_arena_rewind(&batch->held, mark);
}

static void end_line(lines *batch, dx_worker *worker, dx_str line) {
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
static void hold(lines *batch, dx_str part) {
    if (batch->too_long || part.n == 0)
        return;
    if (batch->line.n + part.n > DX_NDJSON_LINE_BYTES + 1) { /* a CR may follow */
        batch->too_long = true;
        return;
    }
    dx_buf_add(&batch->line, part);
}

static void forget_line(lines *batch) {
    if (batch->line.cap > HELD_BYTES)
        dx_arena_done(&batch->held); /* a long line is no reason to keep its memory */
    else
        dx_arena_reset(&batch->held);
    batch->line = (dx_buf){.arena = &batch->held};
}

static void take(lines *batch, dx_worker *worker, dx_str bytes) {
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

/* --- as the server has it --- */

/* Both arenas lead to one trap. */
static dx_err run(lines *batch, dx_worker *worker, const dx_str *bytes) {
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

static dx_err take_bytes(dx_batch *batch, dx_worker *worker, dx_str bytes) {
    return run((lines *)batch, worker, &bytes);
}

static dx_err end(dx_batch *base, dx_worker *worker, const dx_request *request, dx_reply *ret) {
    lines *batch = (lines *)base;
    dx_err why = run(batch, worker, NULL);
    (void)request;
    if (why != DX_OK)
        return why;
    *ret = (dx_reply){.status = 200, .type = DX_NDJSON_TYPE};
    ret->is_file = true;
    ret->fd = batch->fd;
    ret->bytes = batch->written;
    batch->fd = -1;
    return DX_OK;
}

static void release(dx_batch *base) {
    lines *batch = (lines *)base;
    if (batch->fd >= 0)
        dx_file_close(batch->fd);
    dx_arena_done(&batch->held);
    dx_arena_done(&batch->arena);
    dx_free(batch);
    atomic_fetch_sub(&under_way, 1);
}

/* --- the operation --- */

static void free_cell(void *cell) {
    lines *batch = *(lines **)cell;
    if (batch)
        release(&batch->batch);
}

/* The batch belongs to the request until it is handed out, wherever a jump may lead. */
static lines **new_batch(dx_worker *worker) {
    lines **cell = DX_NEW(&worker->arena, lines *);
    dx_arena_on_done(&worker->arena, free_cell, cell);
    lines *batch = dx_malloc(sizeof *batch);
    if (!batch)
        dx_trap_raise(&worker->arena, DX_E_MEMORY);
    *batch = (lines){.fd = -1, .batch = {take_bytes, end, release}};
    dx_arena_init(&batch->arena, BATCH_BYTES_MAX);
    dx_arena_init(&batch->held, BATCH_BYTES_MAX);
    batch->is_one_too_many = atomic_fetch_add(&under_way, 1) >= BATCHES_MAX;
    *cell = batch;
    return cell;
}

void dx_op_batch(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    lines **cell = new_batch(worker), *batch = *cell;
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
        *reply = (dx_reply){.status = 200, .type = DX_NDJSON_TYPE, .batch = &batch->batch};
        return;
    }
    release(&batch->batch);
    dx_reply_problem(worker, request, reply, dx_err_status(why), why, bad_query ? &diags : NULL);
}
