/* Among the files of app/: jobs, each a population that is assessed while its sender waits or comes
 * back later. jobs.c has the operations, jobs_run.c the thread that does the work, jobs_store.c the
 * tables. Amounts are kept as decimal text, verdicts in the order of the pack's items. */
#ifndef DX_APP_JOBS_H
#define DX_APP_JOBS_H

#include "app/app.h"
#include "doc/population.h"
#include "doc/xlsx_population.h"
#include "store/db.h"

enum {
    DX_JOB_ID = 32,              /* hexadecimal digits: 128 bits */
    DX_JOB_BYTES_MAX = 32 << 20, /* of a file */
    DX_JOBS_MAX = 100,           /* kept at a time */
    DX_JOBS_WAITING_MAX = 10,    /* of those, not yet done */
    DX_JOB_FAULTS_MAX = 500,     /* told; further ones are counted */
};
#define DX_JOB_KEPT_MS ((int64_t)24 * 3600 * 1000)

typedef enum dx_job_state {
    DX_JOB_QUEUED,
    DX_JOB_CHECKING,
    DX_JOB_ASSESSING,
    DX_JOB_DONE,
    DX_JOB_FAULTY /* the file has faults: nothing was assessed */
} dx_job_state;

typedef struct dx_job {
    dx_str id, pack, as_of, readings; /* pack: its digest */
    dx_population_kind kind;
    dx_job_state state;
    int64_t created_at, expires_at, begun_at, ended_at; /* 0: not yet */
    int64_t done, total;                                /* rows; -1: not known */
    int64_t faults;
    dx_str amount;
} dx_job;

typedef struct dx_job_fault {
    dx_str sheet, element, code;
    int64_t row, column;
    dx_label text;
} dx_job_fault;

/* A row as it is kept. */
typedef struct dx_job_row {
    int64_t number, place;
    dx_str code, name, states, amounts, missing, total;
} dx_job_row;

/* --- jobs_store.c: false with a diagnostic where the database fails --- */

/* Keeps a new job with the file of `bytes` bytes. A job too many is a diagnostic too. */
bool dx_job_insert(dx_db *db, const dx_job *job, int fd, uint64_t bytes, dx_diags *diags);
/* The job of an id; *ret_found false when there is none, or no longer. Texts are copied. */
bool dx_job_find(dx_db *db, dx_arena *arena, dx_str id, int64_t now, dx_job *ret, bool *ret_found,
                 dx_diags *diags);
/* The oldest job that waits; *ret_found false when none does. */
bool dx_job_next(dx_db *db, dx_arena *arena, int64_t now, dx_job *ret, bool *ret_found,
                 dx_diags *diags);
/* Removes a job with all that belongs to it. */
bool dx_job_delete(dx_db *db, dx_str id, dx_diags *diags);
/* Removes what has expired, and lets those that were cut off wait again. */
bool dx_job_expire(dx_db *db, int64_t now, dx_diags *diags);
bool dx_job_requeue(dx_db *db, dx_diags *diags);

/* The file that was sent, in the arena. */
bool dx_job_input(dx_db *db, dx_arena *arena, dx_str id, dx_str *ret, dx_diags *diags);
/* Writes what `job` says of its stage, rows and faults that are new, and on DX_JOB_DONE the tallies
 * (n of them), in one transaction. *ret_gone: the job was removed meanwhile; nothing is written. */
typedef struct dx_job_news {
    const dx_job *job;
    const dx_job_row *rows;
    const dx_job_fault *faults;
    const dx_tally *tallies;
    uint32_t n_rows, n_faults, n_tallies;
    int64_t first_fault; /* number of the first of them */
} dx_job_news;
bool dx_job_write(dx_db *db, const dx_job_news *news, bool *ret_gone, dx_diags *diags);

bool dx_job_tallies(dx_db *db, dx_arena *arena, dx_str id, dx_tally *ret, uint32_t n,
                    dx_diags *diags);
/* Faults, at most `most` from number `from` on; returns their number in *ret_n. */
bool dx_job_faults(dx_db *db, dx_arena *arena, dx_str id, dx_job_fault *ret, uint32_t most,
                   uint32_t *ret_n, dx_diags *diags);

/* Which rows are wanted: with a status (a letter, or 0) of an item (from 0, or DX_NONE: of any). */
typedef struct dx_job_filter {
    char state;
    uint32_t item;
} dx_job_filter;
bool dx_job_count(dx_db *db, dx_str id, const dx_job_filter *filter, int64_t *ret, dx_diags *diags);
/* Rows after a number, one after the other; the texts of a row are valid until the next. Ends with
 * the arena at the latest. NULL with a diagnostic. */
typedef struct dx_job_rows {
    dx_stmt *stmt;
} dx_job_rows;
dx_job_rows *dx_job_rows_open(dx_db *db, dx_arena *arena, dx_str id, const dx_job_filter *filter,
                              int64_t after, int64_t most, dx_diags *diags);
dx_step dx_job_rows_next(dx_job_rows *rows, dx_job_row *ret, dx_diags *diags);
void dx_job_rows_close(dx_job_rows *rows);

/* --- jobs_text.c: what is kept as text --- */

char dx_job_letter(dx_status status);
/* The verdicts of a row; false when the text is not one of the pack's. */
bool dx_job_verdicts(dx_arena *arena, const dx_pack *pack, const dx_job_row *row, dx_verdict *ret);
/* Writes them: states, amounts, and the facts missing in any. */
void dx_job_encode(dx_arena *arena, const dx_pack *pack, const dx_verdict *verdicts,
                   dx_job_row *ret);
/* The missing facts of a row as bits, or NULL. */
const dx_causes *dx_job_missing(dx_arena *arena, const dx_pack *pack, dx_str missing);

/* The number of the pack with a digest, or DX_NONE. */
uint32_t dx_job_pack(const dx_app *app, dx_str digest);
/* The day and the options that a job was made with, in the arena. */
bool dx_job_options(dx_arena *arena, const dx_pack *pack, const dx_job *job, dx_options *ret);
/* Milliseconds since 1970. */
int64_t dx_job_now(const dx_app *app);

/* --- jobs_run.c --- */

/* Says that there may be something to do, or that a job was removed. */
void dx_jobs_wake(struct dx_jobs *jobs);

#endif
