/* The row engine, through the C API (duixian.h), on the model that all engines of the comparison
 * share (16 measures, 34 facts):
 *
 *     engine MODEL.dmn DATA.csv N         JSON lines in the protocol of the peers (README.md)
 *     engine MODEL.dmn DATA.csv N cold    the total of record 1 in fen, and nothing else
 *
 * The CSV is parsed once into typed fields, as a caller would hold them: a number as an int64, a
 * boolean, a string as a slice of the text. What is measured for a record is the whole of the rest:
 * the run reset, 34 inputs set, all decisions evaluated, the 16 results read with their amounts in
 * fen. Records do not repeat within a pass. */
#include <duixian.h>
#include <pthread.h>
#include <sched.h>

#include "measure.h"

enum { FACTS = 34, MEASURES = 16, THREADS = 2, LATENCIES = 200000 };
#define FILE_BYTES ((size_t)4 << 30)
#define PASS_NS 400000000

/* In the order of the digest. */
static const char *const measure_names[MEASURES] = {"m2",   "m3",  "m4",  "m5a",  "m5b",  "m5c",
                                                    "m7",   "m8",  "m9",  "m10a", "m10b", "m10c",
                                                    "m10d", "m12", "m13", "m17"};

typedef struct field {
    union {
        int64_t number;
        const char *text;
        bool truth;
    } u;
    uint32_t n; /* bytes of the text */
} field;

typedef struct column {
    uint32_t input;
    duixian_kind kind;
} column;

typedef struct bench {
    dx_arena arena;
    duixian_model *model;
    column columns[FACTS]; /* by kind: numbers, booleans, strings, */
    uint32_t ends[3];      /* each up to here */
    uint32_t measures[MEASURES];
    field *records;
    size_t n;
} bench;

typedef struct digest {
    int64_t total, sum[MEASURES], count[MEASURES];
} digest;

/* A run: one a thread. */
typedef struct worker {
    const bench *b;
    duixian_run *run;
    size_t eligible, amount; /* places in a result */
    size_t from, to;
    int64_t began, ended;
    digest d;
    size_t cpu;
} worker;

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "engine: %s\n", what);
    exit(1);
}

/* --- loading --- */

static void load_model(bench *b, const char *path) {
    duixian_source source = {path, NULL, 0};
    duixian_status status = duixian_model_load(&source, 1, NULL, &b->model);
    const duixian_diags *faults = duixian_model_diags(b->model);
    for (size_t i = 0; i < duixian_diags_count(faults); i++)
        fprintf(stderr, "%s\n", duixian_diags_get(faults, i)->text[DUIXIAN_EN]);
    if (status != DUIXIAN_OK)
        fail(duixian_status_text(status, DUIXIAN_EN));
    for (uint32_t i = 0; i < MEASURES; i++) {
        b->measures[i] = duixian_model_find(b->model, DUIXIAN_DECISION, NULL, measure_names[i]);
        if (b->measures[i] == DUIXIAN_NONE)
            fail("a measure is missing in the model");
    }
}

static dx_str next_cell(const char **p) {
    const char *from = *p, *to = from;
    while (*to != ',' && *to != '\n' && *to)
        to++;
    *p = *to ? to + 1 : to;
    return (dx_str){from, (size_t)(to - from)};
}

static field parse_cell(dx_str cell, duixian_kind kind) {
    field f = {0};
    if (kind == DUIXIAN_KIND_STRING) {
        f.u.text = cell.p;
        f.n = (uint32_t)cell.n;
    } else if (kind == DUIXIAN_KIND_BOOLEAN) {
        f.u.truth = dx_str_is(cell, "true");
    } else {
        f.u.number = strtoll(cell.p, NULL, 10);
    }
    return f;
}

static column column_of(bench *b, dx_str name) {
    uint32_t input = duixian_model_find(b->model, DUIXIAN_INPUT, NULL, dx_str_z(&b->arena, name));
    if (input == DUIXIAN_NONE)
        fail("a column is no input of the model");
    dx_str type = dx_str_of(duixian_model_element(b->model, input)->type);
    return (column){input, dx_str_is(type, "string")    ? DUIXIAN_KIND_STRING
                           : dx_str_is(type, "boolean") ? DUIXIAN_KIND_BOOLEAN
                                                        : DUIXIAN_KIND_NUMBER};
}

/* Where the i-th column of the file goes: those of one kind stand together. */
static void place_columns(bench *b, const column *given, uint32_t *place) {
    static const duixian_kind kinds[] = {DUIXIAN_KIND_NUMBER, DUIXIAN_KIND_BOOLEAN,
                                         DUIXIAN_KIND_STRING};
    uint32_t n = 0;
    for (uint32_t k = 0; k < 3; k++) {
        for (uint32_t i = 0; i < FACTS; i++)
            if (given[i].kind == kinds[k]) {
                b->columns[n] = given[i];
                place[i] = n++;
            }
        b->ends[k] = n;
    }
}

/* The first column is the number of the record, the others are named like the inputs. */
static void load_records(bench *b, const char *path, size_t most) {
    dx_diags diags;
    dx_str csv;
    column given[FACTS];
    uint32_t place[FACTS];
    dx_diags_init(&diags, &b->arena);
    if (!dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &csv, &diags))
        fail("cannot read the data");
    const char *p = csv.p;
    next_cell(&p);
    for (uint32_t i = 0; i < FACTS; i++)
        given[i] = column_of(b, next_cell(&p));
    place_columns(b, given, place);
    b->records = dx_alloc(&b->arena, most * FACTS * sizeof *b->records);
    for (; *p && b->n < most; b->n++) {
        next_cell(&p);
        for (uint32_t i = 0; i < FACTS; i++)
            b->records[b->n * FACTS + place[i]] = parse_cell(next_cell(&p), given[i].kind);
    }
}

/* --- one record --- */

static inline bool set_facts(const bench *b, duixian_run *run, const field *record) {
    unsigned bad = 0;
    uint32_t i = 0;
    for (; i < b->ends[0]; i++)
        bad |= duixian_set_int64(run, b->columns[i].input, record[i].u.number, 0);
    for (; i < b->ends[1]; i++)
        bad |= duixian_set_boolean(run, b->columns[i].input, record[i].u.truth);
    for (; i < b->ends[2]; i++)
        bad |= duixian_set_string(run, b->columns[i].input, record[i].u.text, record[i].n);
    return bad == DUIXIAN_OK;
}

static inline int64_t evaluate(worker *w, const field *record, digest *d) {
    const bench *b = w->b;
    int64_t total = 0;
    duixian_run_reset(w->run);
    if (!set_facts(b, w->run, record))
        fail("a fact is refused");
    if (duixian_evaluate(w->run, NULL, 0) != DUIXIAN_OK)
        fail("the evaluation failed");
    for (uint32_t i = 0; i < MEASURES; i++) {
        const duixian_value *result = duixian_result(w->run, b->measures[i]);
        bool eligible;
        int64_t fen;
        if (!duixian_value_boolean(duixian_value_item(result, w->eligible), &eligible) ||
            !duixian_value_int64(duixian_value_item(result, w->amount), 2, &fen))
            fail("a measure has no result");
        d->sum[i] += fen;
        d->count[i] += eligible;
        total += fen;
    }
    d->total += total;
    return total;
}

/* Where results have an entry: all in the same place. */
static size_t place_of(const worker *w, const char *key) {
    size_t at = SIZE_MAX, n;
    for (uint32_t i = 0; i < MEASURES; i++) {
        const duixian_value *result = duixian_result(w->run, w->b->measures[i]);
        size_t k = 0;
        const char *name;
        while ((name = duixian_value_key(result, k, &n)) && !dx_str_is((dx_str){name, n}, key))
            k++;
        if (!name || (i > 0 && k != at))
            fail("a result has another form");
        at = k;
    }
    return at;
}

static void start_worker(worker *w, const bench *b) {
    memset(w, 0, sizeof *w);
    w->b = b;
    if (duixian_run_new(b->model, NULL, &w->run) != DUIXIAN_OK ||
        duixian_evaluate(w->run, NULL, 0) != DUIXIAN_OK)
        fail("there is no run");
    w->eligible = place_of(w, "eligible");
    w->amount = place_of(w, "amount");
}

static void stop_worker(worker *w) {
    duixian_run_free(w->run);
}

/* --- measuring --- */

static void *pass(void *arg) {
    worker *w = arg;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(w->cpu, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    w->began = now_ns();
    for (size_t i = w->from; i < w->to; i++)
        evaluate(w, w->b->records + i * FACTS, &w->d);
    w->ended = now_ns();
    return NULL;
}

/* Records a second with `threads` threads: whole passes until they are long enough; the fastest. */
static double rate(const bench *b, int threads, digest *ret) {
    int64_t best = INT64_MAX, spent = 0;
    worker w[THREADS];
    pthread_t ids[THREADS];
    for (int k = 0; k < threads; k++)
        start_worker(&w[k], b);
    while (spent < PASS_NS) {
        for (int k = 0; k < threads; k++) {
            memset(&w[k].d, 0, sizeof w[k].d);
            w[k].from = b->n * (size_t)k / (size_t)threads;
            w[k].to = b->n * ((size_t)k + 1) / (size_t)threads;
            w[k].cpu = (size_t)k;
            pthread_create(&ids[k], NULL, pass, &w[k]);
        }
        int64_t began = INT64_MAX, ended = 0;
        for (int k = 0; k < threads; k++) {
            pthread_join(ids[k], NULL);
            began = w[k].began < began ? w[k].began : began;
            ended = w[k].ended > ended ? w[k].ended : ended;
        }
        best = ended - began < best ? ended - began : best;
        spent += ended - began;
    }
    *ret = w[0].d;
    for (int k = 0; k < threads; k++)
        stop_worker(&w[k]);
    return (double)b->n * 1e9 / (double)best;
}

static void latencies(const bench *b, int64_t *ret_p50, int64_t *ret_p99) {
    size_t n = b->n < LATENCIES ? b->n : LATENCIES;
    int64_t *took = dx_alloc((dx_arena *)&b->arena, n * sizeof *took), clock = clock_cost();
    digest unused = {0};
    worker w;
    start_worker(&w, b);
    for (size_t i = 0; i < n; i++) {
        int64_t from = now_ns();
        evaluate(&w, b->records + i * FACTS, &unused);
        took[i] = now_ns() - from - clock;
    }
    stop_worker(&w);
    measure_sort(took, n);
    *ret_p50 = took[n / 2];
    *ret_p99 = took[n * 99 / 100];
}

static void print_line(const bench *b) {
    digest d, half;
    int64_t p50, p99;
    double one = rate(b, 1, &d), two = b->n >= THREADS ? rate(b, THREADS, &half) : 0;
    latencies(b, &p50, &p99);
    printf(
        "{\"engine\":\"duixian\",\"mode\":\"row, DMN 1.5, strings, duixian.h\",\"threads\":1,\"n\":%zu,"
        "\"rps\":%.6g,\"ns\":%.5g,\"rps2\":%.6g,\"p50\":%lld,\"p99\":%lld,"
        "\"bytes_per_rec\":%zu,\"rss_kb\":%ld,\"digest\":[%lld",
        b->n, one, 1e9 / one, two, (long long)p50, (long long)p99, FACTS * sizeof(field), peak_kb(),
        (long long)d.total);
    for (uint32_t i = 0; i < MEASURES; i++)
        printf(",%lld", (long long)d.sum[i]);
    for (uint32_t i = 0; i < MEASURES; i++)
        printf(",%lld", (long long)d.count[i]);
    printf("]}\n");
}

static void print_first(const bench *b) {
    worker w;
    digest d = {0};
    start_worker(&w, b);
    printf("%lld\n", (long long)evaluate(&w, b->records, &d));
    stop_worker(&w);
}

int main(int argc, char **argv) {
    static bench b;
    if (argc < 4)
        fail("engine MODEL.dmn DATA.csv N [cold]");
    dx_trap trap;
    dx_arena_init(&b.arena, SIZE_MAX / 2);
    if (DX_TRAP(&b.arena, &trap) != 0)
        fail("out of memory");
    load_model(&b, argv[1]);
    load_records(&b, argv[2], (size_t)strtoull(argv[3], NULL, 10));
    if (b.n == 0)
        fail("no records");
    if (argc > 4)
        print_first(&b);
    else
        print_line(&b);
    dx_trap_end(&b.arena, &trap);
    dx_arena_done(&b.arena);
    return 0;
}
