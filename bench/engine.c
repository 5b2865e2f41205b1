/* The row engine on the model that all engines of the comparison share (16 measures, 34 facts):
 *
 *     engine MODEL.dmn DATA.csv N         JSON lines in the protocol of the peers (README.md)
 *     engine MODEL.dmn DATA.csv N cold    the total of record 1 in fen, and nothing else
 *
 * The CSV is parsed once into typed fields, as a caller would hold them: a number as an int64, a
 * boolean, a string as a slice of the text. What is measured for a record is the whole of the rest:
 * making 34 values and putting them into the frame, all decisions, reading the 16 results with
 * their amounts in fen. Records do not repeat within a pass. */
#include <pthread.h>
#include <sched.h>

#include "dmn/dmn.h"
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
    uint32_t slot;
    dx_type_kind kind;
} column;

typedef struct bench {
    dx_arena arena;
    dx_dmn *dmn;
    dx_plan plan;
    column columns[FACTS];
    uint32_t slots[MEASURES];
    field *records;
    size_t n;
} bench;

typedef struct digest {
    int64_t total, sum[MEASURES], count[MEASURES];
} digest;

/* A run and the arena of its evaluations: one a thread. */
typedef struct worker {
    const bench *b;
    dx_arena arena;
    dx_run *run;
    uint32_t eligible, amount; /* places in the shape of a result */
    const dx_shape *shape;
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
    dx_diags diags;
    dx_str xml;
    dx_diags_init(&diags, &b->arena);
    dx_model **model = DX_NEW(&b->arena, dx_model *); /* lives as long as what is compiled */
    if (dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &xml, &diags))
        *model = dx_model_load(&b->arena, xml, dx_str_of(path), &diags);
    if (*model)
        b->dmn = dx_dmn_compile(&b->arena, model, 1, &diags);
    if (diags.errors) {
        print_faults(&b->arena, &diags);
        exit(1);
    }
    uint32_t *decisions = DX_NEW_ARRAY(&b->arena, uint32_t, b->dmn->n_nodes);
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->dmn->n_nodes; i++)
        if (b->dmn->nodes[i].element->kind == DX_EL_DECISION)
            decisions[n++] = i;
    dx_plan_make(&b->arena, &b->plan, b->dmn, decisions, n);
    for (uint32_t i = 0; i < MEASURES; i++) {
        dx_str name = dx_str_of(measure_names[i]);
        uint32_t at = dx_dmn_find(b->dmn, (dx_str){0}, name, DX_EL_DECISION);
        if (at == DX_NONE)
            fail("a measure is missing in the model");
        b->slots[i] = b->dmn->nodes[at].slot;
    }
}

static dx_str next_cell(const char **p) {
    const char *from = *p, *to = from;
    while (*to != ',' && *to != '\n' && *to)
        to++;
    *p = *to ? to + 1 : to;
    return (dx_str){from, (size_t)(to - from)};
}

static field parse_cell(dx_str cell, dx_type_kind kind) {
    field f = {0};
    if (kind == DX_T_STRING) {
        f.u.text = cell.p;
        f.n = (uint32_t)cell.n;
    } else if (kind == DX_T_BOOL) {
        f.u.truth = dx_str_is(cell, "true");
    } else {
        f.u.number = strtoll(cell.p, NULL, 10);
    }
    return f;
}

/* The first column is the number of the record, the others are named like the inputs. */
static void load_records(bench *b, const char *path, size_t most) {
    dx_diags diags;
    dx_str csv;
    dx_diags_init(&diags, &b->arena);
    if (!dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &csv, &diags))
        fail("cannot read the data");
    const char *p = csv.p;
    next_cell(&p);
    for (uint32_t i = 0; i < FACTS; i++) {
        uint32_t at = dx_dmn_find(b->dmn, (dx_str){0}, next_cell(&p), DX_EL_INPUT);
        if (at == DX_NONE)
            fail("a column is no input of the model");
        b->columns[i] = (column){b->dmn->nodes[at].slot, b->dmn->nodes[at].type->kind};
    }
    b->records = dx_alloc(&b->arena, most * FACTS * sizeof *b->records);
    for (; *p && b->n < most; b->n++) {
        next_cell(&p);
        for (uint32_t i = 0; i < FACTS; i++)
            b->records[b->n * FACTS + i] = parse_cell(next_cell(&p), b->columns[i].kind);
    }
}

/* --- one record --- */

static inline dx_val value_of(field f, dx_type_kind kind) {
    if (kind == DX_T_STRING)
        return dx_val_str((dx_str){f.u.text, f.n});
    if (kind == DX_T_BOOL)
        return dx_val_bool(f.u.truth);
    return dx_val_num(dx_num_pack(f.u.number, 0));
}

/* Amounts of this model have a small form and at most two decimals. */
static inline int64_t fen_of(dx_val v) {
    if (v.tag != DX_NUM)
        return 0;
    int64_t fen = dx_num_coef(v.u.num);
    int exp = dx_num_exp(v.u.num) + 2;
    for (; exp > 0; exp--)
        fen *= 10;
    for (; exp < 0; exp++)
        fen /= 10;
    return fen;
}

static inline const dx_val *member(const dx_val *result, const worker *w, uint32_t at,
                                   const char *name) {
    const dx_context *context = result->u.context;
    return context->shape == w->shape ? &context->v[at] : dx_context_get(*result, dx_str_of(name));
}

static inline int64_t evaluate(worker *w, const field *record, digest *d) {
    const bench *b = w->b;
    int64_t total = 0;
    dx_arena_reset(&w->arena);
    dx_run_reset(w->run);
    for (uint32_t i = 0; i < FACTS; i++)
        w->run->frame[b->columns[i].slot] = value_of(record[i], b->columns[i].kind);
    dx_plan_run(w->run, &b->plan);
    for (uint32_t i = 0; i < MEASURES; i++) {
        const dx_val *result = &w->run->frame[b->slots[i]];
        if (result->tag != DX_CONTEXT)
            fail("a measure has no result");
        int64_t fen = fen_of(*member(result, w, w->amount, "amount"));
        d->sum[i] += fen;
        d->count[i] += dx_val_is_true(*member(result, w, w->eligible, "eligible"));
        total += fen;
    }
    d->total += total;
    return total;
}

static void start_worker(worker *w, const bench *b) {
    memset(w, 0, sizeof *w);
    w->b = b;
    dx_arena_init(&w->arena, SIZE_MAX / 2);
    w->run = dx_run_new(&b->dmn->program, &w->arena);
    digest unused = {0};
    evaluate(w, b->records, &unused); /* to see the shape of results */
    w->shape = w->run->frame[b->slots[0]].u.context->shape;
    w->eligible = dx_shape_find(w->shape, DX_STR("eligible"));
    w->amount = dx_shape_find(w->shape, DX_STR("amount"));
}

static void stop_worker(worker *w) {
    dx_run_free(w->run);
    dx_arena_done(&w->arena);
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
    printf("{\"engine\":\"duixian\",\"mode\":\"row, DMN 1.5, strings\",\"threads\":1,\"n\":%zu,"
           "\"rps\":%.6g,\"ns\":%.5g,\"rps2\":%.6g,\"p50\":%lld,\"p99\":%lld,"
           "\"bytes_per_rec\":%zu,\"rss_kb\":%ld,\"digest\":[%lld",
           b->n, one, 1e9 / one, two, (long long)p50, (long long)p99, FACTS * sizeof(field),
           peak_kb(), (long long)d.total);
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
