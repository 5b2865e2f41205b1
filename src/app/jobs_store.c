/* See jobs.h: the tables of jobs. */
#include "app/jobs.h"
#include "base/file.h"

enum { PIECE_BYTES = 256 * 1024 };

/* Runs a statement that gives no rows. */
static bool finish(dx_stmt *stmt, dx_diags *diags) {
    bool done = stmt && dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    dx_stmt_finish(stmt);
    return done;
}

/* The number that a statement of one row and column gives. */
static bool finish_number(dx_stmt *stmt, int64_t *ret, dx_diags *diags) {
    bool done = stmt && dx_stmt_step(stmt, diags) == DX_STEP_ROW;
    if (done)
        *ret = dx_stmt_column_int(stmt, 0);
    dx_stmt_finish(stmt);
    return done;
}

static bool fail(dx_diags *diags, dx_err code) {
    dx_diag_add(diags, code, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
    return false;
}

/* --- making and removing --- */

static bool insert_head(dx_db *db, const dx_job *job, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db,
        "INSERT INTO job (id, pack, as_of, readings, kind, state, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, job->id);
    dx_stmt_text(stmt, 2, job->pack);
    dx_stmt_text(stmt, 3, job->as_of);
    dx_stmt_text(stmt, 4, job->readings);
    dx_stmt_int(stmt, 5, job->kind);
    dx_stmt_int(stmt, 6, job->state);
    dx_stmt_int(stmt, 7, job->created_at);
    dx_stmt_int(stmt, 8, job->expires_at);
    return finish(stmt, diags);
}

static bool insert_pieces(dx_db *db, dx_str id, int fd, uint64_t bytes, dx_diags *diags) {
    dx_stmt *stmt =
        dx_db_prepare(db, "INSERT INTO job_input (job, number, bytes) VALUES ($1, $2, $3)", diags);
    char *piece = dx_alloc(diags->arena, PIECE_BYTES);
    bool done = stmt != NULL;
    for (uint64_t at = 0; done && at < bytes; at += PIECE_BYTES) {
        size_t n = bytes - at < PIECE_BYTES ? (size_t)(bytes - at) : PIECE_BYTES;
        if (!dx_file_read_at(fd, at, piece, n)) {
            done = fail(diags, DX_E_API_SPOOL);
            break;
        }
        dx_stmt_text(stmt, 1, id);
        dx_stmt_int(stmt, 2, (int64_t)(at / PIECE_BYTES));
        dx_stmt_bytes(stmt, 3, (dx_str){piece, n});
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

/* Inside of the transaction, so that two requests do not both find the last place. */
static bool there_is_room(dx_db *db, dx_diags *diags) {
    int64_t kept, waiting;
    dx_stmt *all = dx_db_prepare(db, "SELECT count(*) FROM job", diags);
    if (!finish_number(all, &kept, diags))
        return false;
    dx_stmt *open = dx_db_prepare(db, "SELECT count(*) FROM job WHERE state < $1", diags);
    if (open)
        dx_stmt_int(open, 1, DX_JOB_DONE);
    if (!finish_number(open, &waiting, diags))
        return false;
    if (kept >= DX_JOBS_MAX || waiting >= DX_JOBS_WAITING_MAX)
        return fail(diags, DX_E_JOBS_FULL);
    return true;
}

bool dx_job_insert(dx_db *db, const dx_job *job, int fd, uint64_t bytes, dx_diags *diags) {
    bool done = dx_db_begin(db, diags) && there_is_room(db, diags) && insert_head(db, job, diags) &&
                insert_pieces(db, job->id, fd, bytes, diags) && dx_db_commit(db, diags);
    if (!done)
        dx_db_rollback(db);
    return done;
}

bool dx_job_delete(dx_db *db, dx_str id, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db, "DELETE FROM job WHERE id = $1", diags);
    if (stmt)
        dx_stmt_text(stmt, 1, id);
    return finish(stmt, diags);
}

bool dx_job_expire(dx_db *db, int64_t now, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db, "DELETE FROM job WHERE expires_at <= $1", diags);
    if (stmt)
        dx_stmt_int(stmt, 1, now);
    return finish(stmt, diags);
}

bool dx_job_requeue(dx_db *db, dx_diags *diags) {
    /* 0 waits, 1 and 2 are under way: the enumeration of jobs.h */
    bool done = dx_db_begin(db, diags) &&
                dx_db_script(
                    db,
                    "DELETE FROM job_row WHERE job IN (SELECT id FROM job WHERE state IN (1, 2));"
                    "DELETE FROM job_fault WHERE job IN (SELECT id FROM job WHERE state IN (1, 2));"
                    "UPDATE job SET state = 0, done = 0, total = NULL, begun_at = NULL, faults = 0 "
                    "WHERE state IN (1, 2);",
                    diags) &&
                dx_db_commit(db, diags);
    if (!done)
        dx_db_rollback(db);
    return done;
}

/* --- finding --- */

#define JOB_COLUMNS \
    "id, pack, as_of, readings, kind, state, created_at, expires_at, begun_at, ended_at, done, " \
    "total, faults, amount FROM job "

static bool read_job(dx_stmt *stmt, dx_arena *arena, dx_job *ret, bool *ret_found,
                     dx_diags *diags) {
    dx_step step = stmt ? dx_stmt_step(stmt, diags) : DX_STEP_FAILED;
    *ret_found = step == DX_STEP_ROW;
    if (step == DX_STEP_ROW)
        *ret = (dx_job){.id = dx_str_copy(arena, dx_stmt_column(stmt, 0)),
                        .pack = dx_str_copy(arena, dx_stmt_column(stmt, 1)),
                        .as_of = dx_str_copy(arena, dx_stmt_column(stmt, 2)),
                        .readings = dx_str_copy(arena, dx_stmt_column(stmt, 3)),
                        .kind = (dx_population_kind)dx_stmt_column_int(stmt, 4),
                        .state = (dx_job_state)dx_stmt_column_int(stmt, 5),
                        .created_at = dx_stmt_column_int(stmt, 6),
                        .expires_at = dx_stmt_column_int(stmt, 7),
                        .begun_at = dx_stmt_column_int(stmt, 8),
                        .ended_at = dx_stmt_column_int(stmt, 9),
                        .done = dx_stmt_column_int(stmt, 10),
                        .total = dx_stmt_column_null(stmt, 11) ? -1 : dx_stmt_column_int(stmt, 11),
                        .faults = dx_stmt_column_int(stmt, 12),
                        .amount = dx_str_copy(arena, dx_stmt_column(stmt, 13))};
    dx_stmt_finish(stmt);
    return step != DX_STEP_FAILED;
}

bool dx_job_find(dx_db *db, dx_arena *arena, dx_str id, int64_t now, dx_job *ret, bool *ret_found,
                 dx_diags *diags) {
    dx_stmt *stmt =
        dx_db_prepare(db, "SELECT " JOB_COLUMNS "WHERE id = $1 AND expires_at > $2", diags);
    if (stmt) {
        dx_stmt_text(stmt, 1, id);
        dx_stmt_int(stmt, 2, now);
    }
    return read_job(stmt, arena, ret, ret_found, diags);
}

bool dx_job_next(dx_db *db, dx_arena *arena, int64_t now, dx_job *ret, bool *ret_found,
                 dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db,
                                  "SELECT " JOB_COLUMNS "WHERE state = $1 AND expires_at > $2 "
                                  "ORDER BY created_at, id LIMIT 1",
                                  diags);
    if (stmt) {
        dx_stmt_int(stmt, 1, DX_JOB_QUEUED);
        dx_stmt_int(stmt, 2, now);
    }
    return read_job(stmt, arena, ret, ret_found, diags);
}

bool dx_job_input(dx_db *db, dx_arena *arena, dx_str id, dx_str *ret, dx_diags *diags) {
    dx_buf bytes = {.arena = arena};
    dx_step step = DX_STEP_FAILED;
    dx_stmt *stmt =
        dx_db_prepare(db,
                      "SELECT bytes, (SELECT sum(length(bytes)) FROM job_input WHERE job = $1) "
                      "FROM job_input WHERE job = $1 ORDER BY number",
                      diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, id);
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW) {
        if (!bytes.p) { /* all of it at once, not twice while it grows */
            bytes.cap = (size_t)dx_stmt_column_int(stmt, 1);
            bytes.p = dx_alloc(arena, bytes.cap);
        }
        dx_buf_add(&bytes, dx_stmt_column(stmt, 0));
    }
    dx_stmt_finish(stmt);
    *ret = dx_buf_str(&bytes);
    return step == DX_STEP_DONE;
}

/* --- writing what is done --- */

static bool update_head(dx_db *db, const dx_job *job, bool *ret_gone, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db,
        "UPDATE job SET state = $2, begun_at = $3, ended_at = $4, done = $5, total = $6, "
        "faults = $7, amount = $8 WHERE id = $1 RETURNING 1",
        diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, job->id);
    dx_stmt_int(stmt, 2, job->state);
    dx_stmt_int(stmt, 3, job->begun_at);
    dx_stmt_int(stmt, 4, job->ended_at);
    dx_stmt_int(stmt, 5, job->done);
    if (job->total < 0)
        dx_stmt_null(stmt, 6);
    else
        dx_stmt_int(stmt, 6, job->total);
    dx_stmt_int(stmt, 7, job->faults);
    dx_stmt_text(stmt, 8, job->amount);
    dx_step step = dx_stmt_step(stmt, diags);
    *ret_gone = step == DX_STEP_DONE;
    if (step == DX_STEP_ROW)
        step = dx_stmt_step(stmt, diags);
    dx_stmt_finish(stmt);
    return step == DX_STEP_DONE && !*ret_gone;
}

static bool insert_rows(dx_db *db, const dx_job_news *news, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db,
        "INSERT INTO job_row (job, number, place, code, name, states, amounts, missing, total) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        diags);
    bool done = stmt != NULL;
    for (uint32_t i = 0; done && i < news->n_rows; i++) {
        const dx_job_row *row = &news->rows[i];
        dx_stmt_text(stmt, 1, news->job->id);
        dx_stmt_int(stmt, 2, row->number);
        dx_stmt_int(stmt, 3, row->place);
        dx_stmt_text(stmt, 4, row->code);
        dx_stmt_text(stmt, 5, row->name);
        dx_stmt_text(stmt, 6, row->states);
        dx_stmt_text(stmt, 7, row->amounts);
        dx_stmt_text(stmt, 8, row->missing);
        dx_stmt_text(stmt, 9, row->total);
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

static bool insert_faults(dx_db *db, const dx_job_news *news, dx_diags *diags) {
    dx_stmt *stmt =
        dx_db_prepare(db,
                      "INSERT INTO job_fault (job, number, sheet, row, col, element, code, zh, en) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                      diags);
    bool done = stmt != NULL;
    for (uint32_t i = 0; done && i < news->n_faults; i++) {
        const dx_job_fault *fault = &news->faults[i];
        dx_stmt_text(stmt, 1, news->job->id);
        dx_stmt_int(stmt, 2, news->first_fault + i);
        dx_stmt_text(stmt, 3, fault->sheet);
        dx_stmt_int(stmt, 4, fault->row);
        dx_stmt_int(stmt, 5, fault->column);
        dx_stmt_text(stmt, 6, fault->element);
        dx_stmt_text(stmt, 7, fault->code);
        dx_stmt_text(stmt, 8, fault->text.zh);
        dx_stmt_text(stmt, 9, fault->text.en);
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

static dx_str amount_text(dx_arena *arena, dx_num amount) {
    dx_buf text = {.arena = arena};
    dx_num_print_fixed(&text, amount, 2);
    return dx_buf_str(&text);
}

static bool insert_tallies(dx_db *db, const dx_job_news *news, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db,
        "INSERT INTO job_item (job, number, eligible, ineligible, undetermined, not_in_force, "
        "ceiling, fixed, tariff, external) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        diags);
    bool done = stmt != NULL;
    for (uint32_t i = 0; done && i < news->n_tallies; i++) {
        const dx_tally *tally = &news->tallies[i];
        dx_stmt_text(stmt, 1, news->job->id);
        dx_stmt_int(stmt, 2, i);
        for (int k = 0; k < DX_STATUSES; k++)
            dx_stmt_int(stmt, 3 + k, tally->by_status[k]);
        for (int k = DX_AMOUNT_CEILING; k < DX_AMOUNT_KINDS; k++)
            dx_stmt_text(stmt, 6 + k, amount_text(diags->arena, tally->by_kind[k]));
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

/* When nothing is left to do, nor is the file needed. */
static bool drop_input(dx_db *db, const dx_job *job, dx_diags *diags) {
    if (job->state < DX_JOB_DONE)
        return true;
    dx_stmt *stmt = dx_db_prepare(db, "DELETE FROM job_input WHERE job = $1", diags);
    if (stmt)
        dx_stmt_text(stmt, 1, job->id);
    return finish(stmt, diags);
}

bool dx_job_write(dx_db *db, const dx_job_news *news, bool *ret_gone, dx_diags *diags) {
    *ret_gone = false;
    bool done = dx_db_begin(db, diags) && update_head(db, news->job, ret_gone, diags) &&
                insert_rows(db, news, diags) && insert_faults(db, news, diags) &&
                insert_tallies(db, news, diags) && drop_input(db, news->job, diags) &&
                dx_db_commit(db, diags);
    if (!done)
        dx_db_rollback(db);
    return done;
}

/* --- reading what is done --- */

bool dx_job_tallies(dx_db *db, dx_arena *arena, dx_str id, dx_tally *ret, uint32_t n,
                    dx_diags *diags) {
    dx_step step = DX_STEP_FAILED;
    dx_stmt *stmt = dx_db_prepare(
        db,
        "SELECT number, eligible, ineligible, undetermined, not_in_force, ceiling, fixed, tariff, "
        "external FROM job_item WHERE job = $1 AND number < $2 ORDER BY number",
        diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, id);
    dx_stmt_int(stmt, 2, n);
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW) {
        dx_tally *tally = &ret[dx_stmt_column_int(stmt, 0)];
        for (int k = 0; k < DX_STATUSES; k++)
            tally->by_status[k] = (uint32_t)dx_stmt_column_int(stmt, 1 + k);
        for (int k = DX_AMOUNT_CEILING; k < DX_AMOUNT_KINDS; k++) {
            dx_str text = dx_str_copy(arena, dx_stmt_column(stmt, 4 + k));
            dx_num_parse(arena, text, &tally->by_kind[k]);
        }
    }
    dx_stmt_finish(stmt);
    return step == DX_STEP_DONE;
}

bool dx_job_faults(dx_db *db, dx_arena *arena, dx_str id, dx_job_fault *ret, uint32_t most,
                   uint32_t *ret_n, dx_diags *diags) {
    dx_step step = DX_STEP_FAILED;
    dx_stmt *stmt = dx_db_prepare(db,
                                  "SELECT sheet, row, col, element, code, zh, en FROM job_fault "
                                  "WHERE job = $1 ORDER BY number LIMIT $2",
                                  diags);
    *ret_n = 0;
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, id);
    dx_stmt_int(stmt, 2, most);
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW)
        ret[(*ret_n)++] = (dx_job_fault){.sheet = dx_str_copy(arena, dx_stmt_column(stmt, 0)),
                                         .row = dx_stmt_column_int(stmt, 1),
                                         .column = dx_stmt_column_int(stmt, 2),
                                         .element = dx_str_copy(arena, dx_stmt_column(stmt, 3)),
                                         .code = dx_str_copy(arena, dx_stmt_column(stmt, 4)),
                                         .text = {dx_str_copy(arena, dx_stmt_column(stmt, 5)),
                                                  dx_str_copy(arena, dx_stmt_column(stmt, 6))}};
    dx_stmt_finish(stmt);
    return step == DX_STEP_DONE;
}

#define WANTED \
    "FROM job_row WHERE job = $1 AND number > $2 AND ($3 = '' OR CASE WHEN $4 > 0 " \
    "THEN substr(states, $4, 1) = $3 ELSE instr(states, $3) > 0 END) "

static void bind_wanted(dx_stmt *stmt, dx_str id, const dx_job_filter *filter, int64_t after) {
    dx_stmt_text(stmt, 1, id);
    dx_stmt_int(stmt, 2, after);
    dx_stmt_text(stmt, 3, (dx_str){&filter->state, filter->state ? 1 : 0});
    dx_stmt_int(stmt, 4, filter->item == DX_NONE ? 0 : (int64_t)filter->item + 1);
}

bool dx_job_count(dx_db *db, dx_str id, const dx_job_filter *filter, int64_t *ret,
                  dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db, "SELECT count(*) " WANTED, diags);
    if (stmt)
        bind_wanted(stmt, id, filter, 0);
    return finish_number(stmt, ret, diags);
}

static void close_rows(void *rows) {
    dx_job_rows_close(rows);
}

void dx_job_rows_close(dx_job_rows *rows) {
    if (rows)
        dx_stmt_finish(rows->stmt);
    if (rows)
        rows->stmt = NULL;
}

dx_job_rows *dx_job_rows_open(dx_db *db, dx_arena *arena, dx_str id, const dx_job_filter *filter,
                              int64_t after, int64_t most, dx_diags *diags) {
    dx_job_rows *rows = DX_NEW(arena, dx_job_rows);
    dx_arena_on_done(arena, close_rows, rows);
    rows->stmt =
        dx_db_prepare(db,
                      "SELECT number, place, code, name, states, amounts, missing, total " WANTED
                      "ORDER BY number LIMIT $5",
                      diags);
    if (!rows->stmt)
        return NULL;
    bind_wanted(rows->stmt, id, filter, after);
    dx_stmt_int(rows->stmt, 5, most);
    return rows;
}

dx_step dx_job_rows_next(dx_job_rows *rows, dx_job_row *ret, dx_diags *diags) {
    dx_stmt *stmt = rows->stmt;
    dx_step step = dx_stmt_step(stmt, diags);
    if (step == DX_STEP_ROW)
        *ret = (dx_job_row){.number = dx_stmt_column_int(stmt, 0),
                            .place = dx_stmt_column_int(stmt, 1),
                            .code = dx_stmt_column(stmt, 2),
                            .name = dx_stmt_column(stmt, 3),
                            .states = dx_stmt_column(stmt, 4),
                            .amounts = dx_stmt_column(stmt, 5),
                            .missing = dx_stmt_column(stmt, 6),
                            .total = dx_stmt_column(stmt, 7)};
    return step;
}
