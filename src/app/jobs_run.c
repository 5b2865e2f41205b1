/* See jobs.h: the thread that does the jobs, one at a time, the oldest first. It works in slices of
 * some milliseconds and rests as long after each, at a low priority, so that requests are answered
 * as if it was not there. What it has done is written a few times a second; that is also when it
 * sees that a job was removed. */
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include "app/jobs.h"

enum {
    SLICE_NS = 5000000,   /* of work, and then of rest */
    WRITE_NS = 250000000, /* between two writings */
    ROWS_HELD_MAX = 1000, /* before they are written */
    SWEEP_SECONDS = 60,   /* between two looks for what has expired */
    NICENESS = 10,
};
#define HELD_BYTES_MAX ((size_t)192 << 20) /* the file, and the texts that its sheets share */
#define NEWS_BYTES_MAX ((size_t)32 << 20)

struct dx_jobs {
    dx_app *app;
    dx_worker *worker;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping, woken;
};

/* The job under way. */
typedef struct work {
    struct dx_jobs *jobs;
    dx_db *db;
    dx_arena *held; /* as long as the job; all arenas lead to one trap */
    dx_arena news;  /* what is not written yet */
    dx_job job;
    const dx_pack *pack;
    uint32_t number; /* of the pack */
    dx_options options;
    dx_verdict *verdicts;
    dx_tally *tallies;
    dx_num amount;
    DX_VEC(dx_job_row) rows;
    DX_VEC(dx_job_fault) faults;
    uint32_t faults_written;
    uint64_t slice_ends, write_at;
    bool over;   /* stopped or removed: leave it */
    bool failed; /* the database did: leave it for later */
} work;

/* --- time --- */

static uint64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_stopping(struct dx_jobs *jobs) {
    pthread_mutex_lock(&jobs->lock);
    bool stopping = jobs->stopping;
    pthread_mutex_unlock(&jobs->lock);
    return stopping;
}

/* --- writing --- */

static void forget_news(work *w) {
    dx_arena_reset(&w->news);
    w->rows.v = NULL;
    w->faults.v = NULL;
    w->rows.n = w->rows.cap = w->faults.n = w->faults.cap = 0;
}

/* Writes what is new. A database that fails leaves the job as it was written last. */
static void write_news(work *w) {
    dx_diags diags;
    bool gone;
    bool done = w->job.state == DX_JOB_DONE;
    dx_diags_init(&diags, &w->news);
    const dx_job_news news = {.job = &w->job,
                              .rows = w->rows.v,
                              .n_rows = w->rows.n,
                              .faults = w->faults.v,
                              .n_faults = w->faults.n,
                              .first_fault = w->faults_written,
                              .tallies = w->tallies,
                              .n_tallies = done ? w->pack->n_items : 0};
    if (!dx_job_write(w->db, &news, &gone, &diags)) {
        w->over = true;
        w->failed = !gone;
    }
    w->faults_written += w->faults.n;
    forget_news(w);
    w->write_at = clock_ns() + WRITE_NS;
}

/* After each row: writes and rests when it is time. */
static void breathe(work *w) {
    uint64_t now = clock_ns();
    if (now >= w->write_at || w->rows.n >= ROWS_HELD_MAX)
        write_news(w);
    if (now < w->slice_ends)
        return;
    w->over |= is_stopping(w->jobs);
    nanosleep(&(struct timespec){.tv_nsec = SLICE_NS}, NULL);
    w->slice_ends = clock_ns() + SLICE_NS;
}

static void begin_stage(work *w, dx_job_state state) {
    w->job.state = state;
    w->job.begun_at = dx_job_now(w->jobs->app);
    w->job.done = 0;
    write_news(w);
}

static void end(work *w, dx_job_state state) {
    w->job.state = state;
    w->job.ended_at = dx_job_now(w->jobs->app);
    write_news(w);
}

/* --- faults --- */

static void add_fault(work *w, const dx_diag *diag) {
    w->job.faults++;
    if (w->job.faults > DX_JOB_FAULTS_MAX)
        return;
    dx_arena *arena = &w->news;
    dx_job_fault fault = {
        .sheet = dx_str_copy(arena, diag->place.file),
        .element = dx_str_copy(arena, diag->place.element),
        .code = dx_str_of(dx_err_name(diag->code)),
        .row = diag->place.line,
        .column = diag->place.column,
        .text = {dx_diag_sentence(arena, diag, DX_ZH), dx_diag_sentence(arena, diag, DX_EN)}};
    dx_vec_push(arena, &w->faults, fault);
}

static void add_faults(work *w, const dx_diags *diags) {
    for (const dx_diag *d = diags->first; d; d = d->next)
        add_fault(w, d);
}

/* --- the two stages --- */

static dx_population *open_file(work *w, dx_str bytes, dx_diags *diags) {
    dx_diags_init(diags, w->held);
    return dx_population_open(w->held, w->pack, w->job.kind, bytes, diags);
}

/* Reads all rows and gathers their faults; false when there is one, or nothing more is to be done.
 * What the file leaves behind is given up, for it is opened again. */
static bool check_all(work *w, dx_str bytes) {
    dx_diags diags;
    dx_facts facts;
    dx_population_got got = DX_POPULATION_GIVEN;
    dx_mark mark = dx_arena_mark(w->held);
    begin_stage(w, DX_JOB_CHECKING);
    dx_population *file = open_file(w, bytes, &diags);
    add_faults(w, &diags);
    while (file && !w->over && got != DX_POPULATION_END && got != DX_POPULATION_FAILED) {
        dx_diags_init(&diags, &w->news);
        got =
            dx_population_next(file, dx_worker_run_of(w->jobs->worker, w->number), &facts, &diags);
        add_faults(w, &diags);
        w->job.done += got == DX_POPULATION_GIVEN || got == DX_POPULATION_BAD;
        breathe(w);
    }
    dx_arena_rewind(w->held, mark);
    w->job.total = w->job.done;
    return !w->over && w->job.faults == 0;
}

/* Text that a fact holds; empty when it holds none. */
static dx_str text_of(const work *w, const dx_facts *facts, const dx_fact *fact) {
    dx_val input = fact ? facts->inputs[fact->input] : DX_VAL_NULL;
    dx_val value = input.tag == DX_CONTEXT ? input.u.context->v[fact->member] : DX_VAL_NULL;
    dx_buf text = {.arena = w->jobs->worker->runs[w->number]->arena};
    if (value.tag != DX_STRING)
        return (dx_str){0};
    dx_val_print(&text, value, false);
    return dx_buf_str(&text);
}

/* A sum that lasts as long as the job, whatever it is made of. */
static void add_amount(work *w, dx_num *sum, dx_num amount) {
    dx_num total;
    if (!dx_num_add(&w->jobs->worker->arena, *sum, amount, &total))
        dx_trap_raise(w->held, DX_E_POLICY_TOTAL);
    *sum = dx_num_copy(w->held, total);
}

static void add_to_tallies(work *w, const dx_verdict *verdicts) {
    for (uint32_t i = 0; i < w->pack->n_items; i++) {
        const dx_verdict *v = &verdicts[i];
        w->tallies[i].by_status[v->status]++;
        if (v->status == DX_ELIGIBLE && v->has_amount)
            add_amount(w, &w->tallies[i].by_kind[v->kind], v->amount);
    }
}

static void assess_one(work *w, dx_run *run, const dx_facts *facts, uint64_t place) {
    dx_assessment assessment = {.verdicts = w->verdicts};
    dx_buf total = {.arena = &w->news};
    dx_doc doc = {.pack = w->pack, .facts = facts, .arena = run->arena};
    dx_assess(w->pack, run, facts, &w->options, &assessment);
    dx_job_row row = {.number = ++w->job.done, .place = (int64_t)place};
    row.code = dx_str_copy(&w->news, text_of(w, facts, dx_population_code(w->pack)));
    row.name = dx_str_copy(&w->news, dx_doc_applicant(&doc));
    dx_job_encode(&w->news, w->pack, w->verdicts, &row);
    dx_num_print_fixed(&total, assessment.total, 2);
    row.total = dx_buf_str(&total);
    dx_vec_push(&w->news, &w->rows, row);
    add_to_tallies(w, w->verdicts);
    add_amount(w, &w->amount, assessment.total);
}

/* Every row was good when it was checked. */
static void assess_all(work *w, dx_str bytes) {
    dx_diags diags;
    dx_facts facts;
    dx_buf amount = {.arena = w->held};
    begin_stage(w, DX_JOB_ASSESSING);
    dx_population *file = open_file(w, bytes, &diags);
    while (file && !w->over) {
        dx_run *run = dx_worker_run_of(w->jobs->worker, w->number);
        dx_diags_init(&diags, &w->news);
        if (dx_population_next(file, run, &facts, &diags) != DX_POPULATION_GIVEN)
            break;
        assess_one(w, run, &facts, dx_population_row(file));
        breathe(w);
    }
    if (w->over)
        return;
    dx_num_print_fixed(&amount, w->amount, 2);
    w->job.amount = dx_buf_str(&amount);
    end(w, DX_JOB_DONE);
}

static void prepare(work *w) {
    w->verdicts = DX_NEW_ARRAY(w->held, dx_verdict, w->pack->n_items + 1);
    w->tallies = DX_NEW_ARRAY(w->held, dx_tally, w->pack->n_items + 1);
    w->amount = dx_num_pack(0, 0);
    for (uint32_t i = 0; i < w->pack->n_items; i++)
        for (int k = 0; k < DX_AMOUNT_KINDS; k++)
            w->tallies[i].by_kind[k] = dx_num_pack(0, 0);
}

static void fail(work *w, dx_err code) {
    const dx_diag diag = {.code = code};
    add_fault(w, &diag);
    end(w, DX_JOB_FAULTY);
}

static void do_job(work *w) {
    dx_diags diags;
    dx_str bytes;
    dx_diags_init(&diags, w->held);
    w->number = dx_job_pack(w->jobs->app, w->job.pack);
    w->pack = w->number == DX_NONE ? NULL : w->jobs->app->packs[w->number];
    if (!w->pack || !dx_job_options(w->held, w->pack, &w->job, &w->options)) {
        fail(w, DX_E_JOB_PACK);
        return;
    }
    if (!dx_job_input(w->db, w->held, w->job.id, &bytes, &diags))
        return;
    prepare(w);
    if (check_all(w, bytes))
        assess_all(w, bytes);
    else if (!w->over)
        end(w, DX_JOB_FAULTY);
}

/* --- the thread --- */

/* A job that meets a limit has a fault that says so. */
static void do_trapped(work *w) {
    dx_trap trap;
    dx_arena *rows = &w->jobs->worker->arena;
    dx_arena_init(&w->news, NEWS_BYTES_MAX);
    if (DX_TRAP(w->held, &trap) == 0) {
        rows->trap = w->news.trap = w->held->trap;
        do_job(w);
        trap.code = DX_OK;
    }
    dx_trap_end(w->held, &trap);
    if (trap.code != DX_OK && DX_TRAP(w->held, &trap) == 0) {
        w->news.trap = w->held->trap;
        forget_news(w);
        fail(w, trap.code);
    }
    w->held->trap = w->news.trap = rows->trap = NULL;
    dx_arena_done(&w->news);
}

/* Finds the oldest job that waits. */
static bool find_next(work *w) {
    dx_diags diags;
    bool found = false;
    int64_t now = dx_job_now(w->jobs->app);
    dx_diags_init(&diags, w->held);
    w->db = dx_worker_db(w->jobs->worker, &diags);
    return w->db && dx_job_expire(w->db, now, &diags) &&
           dx_job_next(w->db, w->held, now, &w->job, &found, &diags) && found;
}

/* Does the next job; false when there is none, or it has to wait. */
static bool do_next(work *w) {
    dx_trap trap;
    if (DX_TRAP(w->held, &trap) == 0)
        w->over = !find_next(w);
    else
        w->over = true;
    dx_trap_end(w->held, &trap);
    if (w->over)
        return false;
    do_trapped(w);
    return !w->failed;
}

static void wait_for_work(struct dx_jobs *jobs) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SWEEP_SECONDS;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->stopping && !jobs->woken)
        if (pthread_cond_timedwait(&jobs->changed, &jobs->lock, &until) != 0)
            break;
    jobs->woken = false;
    pthread_mutex_unlock(&jobs->lock);
}

static void *work_on(void *context) {
    struct dx_jobs *jobs = context;
    setpriority(PRIO_PROCESS, 0, NICENESS); /* on Linux of this thread alone */
    while (!is_stopping(jobs)) {
        dx_arena held;
        dx_arena_init(&held, HELD_BYTES_MAX);
        work w = {.jobs = jobs, .held = &held};
        bool worked = do_next(&w);
        dx_arena_done(&held);
        if (!worked)
            wait_for_work(jobs);
    }
    return NULL;
}

/* --- from outside --- */

static void set(struct dx_jobs *jobs, bool *what) {
    pthread_mutex_lock(&jobs->lock);
    *what = true;
    pthread_cond_signal(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

void dx_jobs_wake(struct dx_jobs *jobs) {
    set(jobs, &jobs->woken);
}

bool dx_jobs_start(dx_app *app, dx_diags *diags) {
    struct dx_jobs *jobs = DX_NEW(&app->arena, struct dx_jobs);
    *jobs = (struct dx_jobs){.app = app, .worker = dx_worker_new(app)};
    if (!jobs->worker)
        dx_trap_raise(&app->arena, DX_E_MEMORY);
    jobs->worker->arena.trap = app->arena.trap;
    dx_db *db =
        dx_worker_db(jobs->worker, diags); /* a database in memory goes with its last handle */
    bool ready = db && dx_db_migrate(db, diags) && dx_job_requeue(db, diags);
    jobs->worker->arena.trap = NULL;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    if (ready && pthread_create(&jobs->thread, NULL, work_on, jobs) == 0) {
        app->jobs = jobs;
        return true;
    }
    if (ready)
        dx_diag_add(diags, DX_E_MEMORY, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
    dx_worker_free(jobs->worker);
    return false;
}

void dx_jobs_stop(dx_app *app) {
    struct dx_jobs *jobs = app->jobs;
    if (!jobs)
        return;
    set(jobs, &jobs->stopping);
    pthread_join(jobs->thread, NULL);
    dx_worker_free(jobs->worker);
    pthread_cond_destroy(&jobs->changed);
    pthread_mutex_destroy(&jobs->lock);
    app->jobs = NULL;
}
