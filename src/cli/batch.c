/* duixian batch: the enterprises of a file or a stream, assessed over columns (batch/survey.h) on
 * all processors, in memory that does not grow with it. Each thread takes the next block of text,
 * reads and surveys it, and hands out its results when its turn has come, so that they are in the
 * order of the lines. A block in which a row meets a limit is done again row by row. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch/results.h"
#include "batch/totals.h"
#include "cli/blocks.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "policy/ndjson.h"

#define WORK_BYTES ((size_t)512 << 20)
enum { THREADS_MAX = 16 };

typedef enum rows_as { NO_ROWS, ROWS_CSV, ROWS_BRIEF, ROWS_WHOLE } rows_as;

typedef struct batch {
    dx_cli *cli;
    dx_pack *pack;
    dx_options options;
    dx_survey *survey;
    dx_layout *layout;
    dx_totals *totals; /* or NULL */
    rows_as rows;
    dx_arena input; /* of what is read; in use under `reading` */
    dx_blocks blocks;
    dx_progress progress;
    pthread_mutex_t reading, writing;
    pthread_cond_t turn;
    uint64_t next; /* block to be handed out */
    uint64_t done; /* last line that was */
    dx_str out_name;
    int fd, read_why;      /* errno of what went wrong */
    _Atomic int write_why; /* the same */
    _Atomic dx_err why;    /* a limit that ends the run */
    bool any_bad, written;
} batch;

typedef struct worker {
    batch *b;
    pthread_t thread;
    dx_arena kept, text_arena, columns, block, row, out_arena; /* one trap */
    dx_intake *intake;
    dx_survey_run *run;
    dx_results *results;
    dx_totals *totals;
    dx_ndjson stream; /* whole assessments, row by row */
    dx_buf text, out;
    dx_block_text got, part;
    dx_err limit; /* that a row met */
    bool bad, adding;
} worker;

static volatile sig_atomic_t interrupted;

static void interrupt(int signal) {
    (void)signal;
    interrupted = 1;
}

/* --- what the command line asks for ----------------------------------------------------------- */

static bool same_file(dx_cli *cli, dx_str in, dx_str out) {
    struct stat a, b;
    int found = dx_str_is(in, "-") ? fstat(STDIN_FILENO, &a) : stat(dx_str_z(cli->arena, in), &a);
    return found == 0 && S_ISREG(a.st_mode) && stat(dx_str_z(cli->arena, out), &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void close_out(void *fd) {
    dx_file_close(*(int *)fd);
}

/* A file to write, which is not the one that is read. `how`: O_TRUNC or O_APPEND. */
static bool open_out(batch *b, dx_str in, dx_str path, int how, int *ret) {
    dx_cli *cli = b->cli;
    if (same_file(cli, in, path))
        return dx_cli_refuse(cli, DX_E_OUT_IS_INPUT, path, (dx_str){0});
    int *fd = DX_NEW(cli->arena, int);
    *fd = open(dx_str_z(cli->arena, path), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
    if (*fd < 0)
        return dx_cli_refuse(cli, DX_E_OUT_OPEN, path, dx_str_of(strerror(errno)));
    dx_arena_on_done(cli->arena, close_out, fd);
    *ret = *fd;
    return true;
}

/* One of csv and ndjson; `otherwise` where the option was not given. */
static bool read_form(dx_cli *cli, dx_opt opt, bool otherwise, bool *ret_csv) {
    dx_str form = dx_cli_value(cli, opt);
    *ret_csv = form.p ? dx_str_is(form, "csv") : otherwise;
    if (!form.p || *ret_csv || dx_str_is(form, "ndjson"))
        return true;
    dx_str name = dx_str_of(dx_cli_opt_name(opt) + 2);
    return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, name, form);
}

/* CSV, by the name of the file or else by its first byte: facts objects begin with a brace. */
static bool guess_csv(batch *b, dx_str path) {
    if (dx_str_ends(path, DX_STR(".csv")))
        return true;
    if (dx_str_ends(path, DX_STR(".ndjson")) || dx_str_ends(path, DX_STR(".jsonl")))
        return false;
    char first = dx_blocks_peek(&b->blocks);
    return first != '{' && first != '\0';
}

static bool from_line(dx_cli *cli, uint64_t *ret) {
    dx_str text = dx_cli_value(cli, DX_OPT_FROM_LINE);
    int64_t line = 1;
    dx_num num;
    *ret = 1;
    if (text.p &&
        (!dx_num_parse(cli->arena, text, &num) || !dx_num_to_int64(num, &line) || line < 1))
        return dx_cli_refuse(cli, DX_E_BATCH_FROM, text, (dx_str){0});
    *ret = (uint64_t)line;
    return true;
}

static bool make_totals(batch *b) {
    dx_cli *cli = b->cli;
    dx_str *by = DX_NEW_ARRAY(cli->arena, dx_str, cli->n_given + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < cli->n_given; i++)
        if (cli->given[i].opt == DX_OPT_BY)
            by[n++] = cli->given[i].value;
    if (!dx_cli_has(cli, DX_OPT_TOTALS))
        return n == 0 ||
               dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("--totals FILE"), (dx_str){0});
    b->totals = dx_totals_new(cli->arena, b->layout, by, n, &cli->diags);
    return b->totals != NULL;
}

/* The layout of the input, with the line to begin at. */
static bool open_layout(batch *b, uint64_t line) {
    dx_cli *cli = b->cli;
    b->survey = dx_survey_new(cli->arena, b->pack, &b->options);
    if (b->blocks.csv) {
        dx_str heading = dx_blocks_heading(&b->blocks, cli->arena);
        b->layout =
            dx_layout_of_csv(cli->arena, b->survey, heading, b->blocks.stretch.name, &cli->diags);
    } else {
        b->layout = dx_layout_of_lines(cli->arena, b->survey);
    }
    dx_blocks_skip_to(&b->blocks, line);
    b->done = b->blocks.line - 1;
    return b->layout != NULL;
}

static bool open_results(batch *b, dx_str in, bool csv, uint64_t line) {
    dx_cli *cli = b->cli;
    dx_str out = dx_cli_value(cli, DX_OPT_OUT);
    bool totals_out = dx_str_is(dx_cli_value(cli, DX_OPT_TOTALS), "-");
    b->fd = cli->out_fd;
    b->out_name = DX_STR("<stdout>");
    b->rows = csv ? ROWS_CSV : dx_cli_has(cli, DX_OPT_BRIEF) ? ROWS_BRIEF : ROWS_WHOLE;
    if (!out.p && totals_out)
        b->rows = NO_ROWS;
    if (!out.p || dx_str_is(out, "-"))
        return true;
    b->out_name = out;
    return open_out(b, in, out, line > 1 ? O_APPEND : O_TRUNC, &b->fd);
}

/* Opens what is read and what is written. */
static bool open_all(batch *b) {
    dx_cli *cli = b->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_FACTS);
    uint64_t line;
    bool csv_out;
    if (path.p && cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_OPERAND, cli->operands[0], (dx_str){0});
    if (!path.p)
        path = cli->n_operands ? cli->operands[0] : DX_STR("-");
    if (!from_line(cli, &line) || !dx_cli_options(cli, &b->pack, &b->options) ||
        !dx_blocks_open(&b->blocks, &b->input, path, &cli->diags))
        return false;
    bool guess = !dx_cli_has(cli, DX_OPT_FORM) && guess_csv(b, path);
    return read_form(cli, DX_OPT_FORM, guess, &b->blocks.csv) &&
           read_form(cli, DX_OPT_TO, b->blocks.csv, &csv_out) && open_layout(b, line) &&
           make_totals(b) && open_results(b, path, csv_out, line);
}

/* --- one block -------------------------------------------------------------------------------- */

/* An assessment with all conditions, of a row that was read into columns. */
static void put_whole(worker *w, uint32_t row) {
    dx_json_writer writer = {.out = &w->out};
    dx_assessment assessment = {.verdicts = w->stream.verdicts};
    if (w->intake->records->rows[row].fault) {
        dx_results_fault(w->results, w->intake, row, DX_OK, &w->out);
        return;
    }
    dx_arena_reset(&w->row);
    dx_run_reset(w->stream.run);
    dx_facts facts = dx_intake_facts(w->intake, row);
    dx_assess(w->b->pack, w->stream.run, &facts, &w->b->options, &assessment);
    dx_assessment_json(w->b->pack, w->stream.run, &facts, &w->b->options, &assessment, false,
                       &writer);
    dx_buf_char(&w->out, '\n');
}

static void do_rows(worker *w) {
    const dx_vector *fields = dx_intake_block(w->intake, w->part.text, w->part.line);
    uint32_t n = w->intake->records->n;
    if (n == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        w->bad |= w->intake->records->rows[i].fault != NULL;
    if (w->b->rows != ROWS_WHOLE || w->totals)
        dx_survey_block(w->run, fields, n);
    if (w->b->rows == ROWS_CSV || w->b->rows == ROWS_BRIEF)
        dx_results_block(w->results, w->intake, w->run, &w->out);
    for (uint32_t i = 0; i < n && w->b->rows == ROWS_WHOLE && w->b->blocks.csv; i++)
        put_whole(w, i);
    w->adding = true;
    if (w->totals)
        dx_totals_add(w->totals, w->run, w->intake);
    w->adding = false;
}

/* Facts objects of which whole assessments are wanted: what policy/ndjson.h makes of each line. */
static void do_lines(worker *w) {
    dx_str rest = w->got.text;
    for (uint64_t line = w->got.line; rest.n > 0; line++) {
        const char *newline = memchr(rest.p, '\n', rest.n);
        size_t n = newline ? (size_t)(newline - rest.p) : rest.n;
        dx_str text = {rest.p, n - (n > 0 && rest.p[n - 1] == '\r')};
        w->bad |= !dx_ndjson_line(&w->stream, text, line, &w->out);
        rest = (dx_str){rest.p + n + (newline != NULL), rest.n - n - (newline != NULL)};
    }
}

/* Runs a step of the worker; the limit that it met, or DX_OK. */
static dx_err trapped(worker *w, void (*step)(worker *)) {
    dx_arena *others[] = {&w->text_arena, &w->columns, &w->block, &w->row, &w->out_arena};
    dx_trap trap;
    if (DX_TRAP(&w->kept, &trap) == 0) {
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            others[i]->trap = w->kept.trap;
        step(w);
        trap.code = DX_OK;
    }
    dx_trap_end(&w->kept, &trap);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        others[i]->trap = NULL;
    return trap.code;
}

/* A row that met a limit. */
static void put_limit(worker *w) {
    dx_records *r = w->intake->records;
    dx_columns_begin(w->intake->columns);
    r->rows[0] = (dx_row){.record = w->part.text, .line = w->part.line};
    r->n = 1;
    if (w->b->rows != NO_ROWS)
        dx_results_fault(w->results, w->intake, 0, w->limit, &w->out);
}

/* The rows of a block one by one, where one of them cannot be done. */
static dx_err one_by_one(worker *w) {
    const dx_str text = w->got.text;
    dx_csv csv;
    dx_csv_init(&csv, &w->text_arena);
    w->part = w->got;
    for (size_t at = 0; at < text.n; at += w->part.text.n) {
        const char *newline = memchr(text.p + at, '\n', text.n - at);
        uint64_t lines = 1;
        size_t n = newline ? (size_t)(newline + 1 - (text.p + at)) : text.n - at;
        dx_str rest = {text.p + at, text.n - at};
        if (w->b->blocks.csv)
            n = dx_records_cut(&csv, rest, true, 1, &lines);
        w->part.text = (dx_str){rest.p, n};
        size_t before = w->out.n;
        dx_err why = trapped(w, do_rows);
        if (w->adding || why == DX_E_MEMORY)
            return why;
        if (why != DX_OK) {
            w->out.n = before;
            w->bad = true;
            w->limit = why;
            why = trapped(w, put_limit);
            if (why != DX_OK)
                return why;
            if (w->totals)
                w->totals->faults++;
        }
        w->part.line += lines;
    }
    return DX_OK;
}

static void put_too_long(worker *w) {
    dx_diags diags;
    const dx_ndjson stream = {.lang = w->b->cli->lang};
    dx_diags_init(&diags, &w->text_arena);
    dx_diag_add(&diags, DX_E_FILE_LINE, (dx_place){0},
                dx_str_fmt(&w->text_arena, "%zu", DX_NDJSON_LINE_BYTES), (dx_str){0}, (dx_str){0});
    w->bad = true;
    if (w->b->rows != NO_ROWS)
        dx_ndjson_fault(&stream, w->got.line, &diags, &w->out);
}

static dx_err do_block(worker *w) {
    w->out.n = 0;
    w->part = w->got;
    if (w->got.too_long)
        return trapped(w, put_too_long);
    if (w->b->rows == ROWS_WHOLE && !w->b->blocks.csv) {
        dx_err why = trapped(w, do_lines);
        if (why != DX_OK || !w->totals)
            return why;
    }
    size_t before = w->out.n;
    dx_err why = trapped(w, do_rows);
    if (why == DX_OK || why == DX_E_MEMORY || w->adding)
        return why;
    w->out.n = before;
    return one_by_one(w);
}

/* --- threads ---------------------------------------------------------------------------------- */

static void take_text(worker *w) {
    batch *b = w->b;
    b->input.trap = w->kept.trap;
    w->got.number = UINT64_MAX;
    if (!interrupted && b->why == DX_OK && b->read_why == 0 && b->write_why == 0)
        dx_blocks_next(&b->blocks, &w->text, &w->got, &b->read_why);
}

/* The next block; false when there is none, or the run is to end. */
static bool take(worker *w) {
    batch *b = w->b;
    pthread_mutex_lock(&b->reading);
    dx_err why = trapped(w, take_text);
    b->input.trap = NULL;
    if (why != DX_OK)
        b->why = why;
    if (b->read_why == EINTR)
        b->read_why = 0;
    pthread_mutex_unlock(&b->reading);
    return why == DX_OK && w->got.number != UINT64_MAX;
}

/* Waits for its turn and writes the results of the block. */
static void hand_out(worker *w, dx_err why) {
    batch *b = w->b;
    pthread_mutex_lock(&b->writing);
    while (b->next != w->got.number)
        pthread_cond_wait(&b->turn, &b->writing);
    if (why != DX_OK && b->why == DX_OK)
        b->why = why;
    if (b->why == DX_OK && b->write_why == 0) {
        b->write_why = dx_file_write(b->fd, dx_buf_str(&w->out));
        b->written |= w->out.n > 0;
        b->any_bad |= w->bad;
    }
    if (b->why == DX_OK && b->write_why == 0) {
        b->done = w->got.line + w->got.lines - 1;
        dx_progress_at(&b->progress, b->done, w->got.bytes, b->blocks.stretch.size);
    }
    b->next++;
    pthread_cond_broadcast(&b->turn);
    pthread_mutex_unlock(&b->writing);
}

static void start(worker *w) {
    batch *b = w->b;
    w->intake = dx_intake_new(&w->kept, &w->columns, b->layout);
    w->run = dx_survey_run_new(b->survey, &w->block, &w->kept);
    w->results = dx_results_new(&w->kept, b->layout, b->rows == ROWS_CSV, b->cli->lang);
    if (b->totals)
        w->totals = dx_totals_alike(&w->kept, b->totals);
    w->stream = (dx_ndjson){.pack = b->pack,
                            .options = b->options,
                            .run = dx_run_new(&b->pack->dmn->program, &w->row),
                            .verdicts = DX_NEW_ARRAY(&w->kept, dx_verdict, b->pack->n_items + 1),
                            .lang = b->cli->lang,
                            .name = b->blocks.stretch.name};
    w->text.arena = &w->text_arena;
    w->out.arena = &w->out_arena;
}

static void *work(void *arg) {
    worker *w = arg;
    dx_err why = trapped(w, start);
    if (why != DX_OK) {
        pthread_mutex_lock(&w->b->writing);
        w->b->why = why;
        pthread_mutex_unlock(&w->b->writing);
        return NULL;
    }
    while (take(w))
        hand_out(w, do_block(w));
    return NULL;
}

static void open_arenas(worker *w) {
    dx_arena *arenas[] = {&w->kept, &w->text_arena, &w->columns, &w->block, &w->row, &w->out_arena};
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++)
        dx_arena_init(arenas[i], WORK_BYTES);
}

static void close_worker(worker *w) {
    dx_arena *arenas[] = {&w->text_arena, &w->columns, &w->block, &w->row, &w->out_arena, &w->kept};
    if (w->stream.run)
        dx_run_free(w->stream.run);
    if (w->run)
        dx_survey_run_free(w->run);
    if (w->intake)
        dx_intake_free(w->intake);
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++)
        dx_arena_done(arenas[i]);
}

/* Does all blocks on all processors; totals of the threads are put together. */
static void run_all(batch *b) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = online < 1 ? 1 : online > THREADS_MAX ? THREADS_MAX : (uint32_t)online;
    worker *workers = DX_NEW_ARRAY(b->cli->arena, worker, n);
    uint32_t started = 1;
    for (uint32_t i = 0; i < n; i++) {
        workers[i].b = b;
        open_arenas(&workers[i]);
    }
    while (started < n &&
           pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
        started++;
    work(&workers[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    for (uint32_t i = 0; i < started && b->totals; i++)
        if (workers[i].totals)
            dx_totals_merge(b->totals, workers[i].totals);
    for (uint32_t i = 0; i < n; i++)
        close_worker(&workers[i]);
}

/* --- the command ------------------------------------------------------------------------------ */

static bool write_totals(batch *b) {
    dx_cli *cli = b->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_TOTALS);
    dx_buf text = {.arena = cli->arena};
    int fd = cli->out_fd, why;
    if (!b->totals)
        return true;
    dx_totals_csv(b->totals, cli->lang, &text);
    if (!dx_str_is(path, "-") && !open_out(b, b->blocks.stretch.name, path, O_TRUNC, &fd))
        return false;
    why = dx_file_write(fd, dx_buf_str(&text));
    return why == 0 || dx_cli_refuse(cli, DX_E_OUT_WRITE, path, dx_str_of(strerror(why)));
}

static dx_exit finish(batch *b) {
    dx_cli *cli = b->cli;
    if (b->why != DX_OK)
        dx_trap_raise(cli->arena, b->why);
    if (b->write_why != 0) {
        dx_cli_refuse(cli, DX_E_OUT_WRITE, b->out_name, dx_str_of(strerror(b->write_why)));
        return DX_EXIT_FAILED;
    }
    if (b->read_why != 0) {
        dx_diag_add(&cli->diags, DX_E_FILE_READ, (dx_place){.file = b->blocks.stretch.name},
                    b->blocks.stretch.name, dx_str_of(strerror(b->read_why)), (dx_str){0});
        return b->written ? DX_EXIT_FAILED : DX_EXIT_INPUT;
    }
    if (!write_totals(b))
        return DX_EXIT_FAILED;
    if (interrupted) {
        dx_diag_warn(&cli->diags, DX_E_BATCH_STOPPED, (dx_place){0},
                     dx_str_fmt(cli->arena, "%llu", (unsigned long long)b->done),
                     dx_str_fmt(cli->arena, "%llu", (unsigned long long)b->done + 1), (dx_str){0});
        return DX_EXIT_FAILED;
    }
    return b->any_bad ? DX_EXIT_PARTLY : DX_EXIT_DONE;
}

static void close_batch(void *arg) {
    batch *b = arg;
    dx_arena_done(&b->input);
    pthread_mutex_destroy(&b->reading);
    pthread_mutex_destroy(&b->writing);
    pthread_cond_destroy(&b->turn);
}

dx_exit dx_cli_batch(dx_cli *cli) {
    batch *b = DX_NEW(cli->arena, batch);
    struct sigaction on_interrupt = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    b->cli = cli;
    dx_arena_init(&b->input, WORK_BYTES);
    b->input.trap = cli->arena->trap;
    pthread_mutex_init(&b->reading, NULL);
    pthread_mutex_init(&b->writing, NULL);
    pthread_cond_init(&b->turn, NULL);
    dx_arena_on_done(cli->arena, close_batch, b);
    if (!open_all(b))
        return DX_EXIT_INPUT;
    b->input.trap = NULL;
    if (b->rows == ROWS_CSV && !dx_cli_has(cli, DX_OPT_FROM_LINE)) {
        dx_results headings = {.layout = b->layout};
        dx_buf text = {.arena = cli->arena};
        dx_results_headings(&headings, &text);
        b->write_why = dx_file_write(b->fd, dx_buf_str(&text));
    }
    sigaction(SIGINT, &on_interrupt, NULL);
    dx_progress_start(&b->progress, cli->lang);
    run_all(b);
    dx_progress_end(&b->progress);
    return finish(b);
}
