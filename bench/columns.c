/* The column engine on the model that all engines of the comparison share, over columns in memory:
 *
 *     columns MODEL.dmn DATA.csv N [csv]  a JSON line in the protocol of the peers (README.md)
 *
 * With csv, what is measured is the way from the bytes of the file to the totals, with the reader
 * that `duixian batch` has (batch/records.h) and nothing stored but a block.
 *
 * The CSV is parsed once into columns, as a caller would hold them: int64, bytes, codes of strings.
 * What is measured is all decisions of all records, every result stored: 16 columns of truth and 16
 * of amounts in fen. */
#include <pthread.h>
#include <sched.h>

#include "batch/records.h"
#include "batch/run.h"
#include "measure.h"

enum { FACTS = 34, MEASURES = 16, THREADS = 2 };
#define FILE_BYTES ((size_t)8 << 30)
#define PASS_NS 1000000000

/* In the order of the digest. */
static const char *const measure_names[MEASURES] = {"m2",   "m3",  "m4",  "m5a",  "m5b",  "m5c",
                                                    "m7",   "m8",  "m9",  "m10a", "m10b", "m10c",
                                                    "m10d", "m12", "m13", "m17"};

typedef struct column {
    dx_type_kind kind;
    int64_t *nums;
    uint8_t *bools;
    uint16_t *codes;
    dx_dict *dict;
    int64_t *low, *high; /* by block */
} column;

typedef struct bench {
    dx_arena arena;
    dx_dmn *dmn;
    dx_batch *batch;
    column columns[FACTS];
    uint32_t eligible[MEASURES], amount[MEASURES]; /* outputs */
    uint8_t *truths[MEASURES];
    int64_t *fen[MEASURES];
    size_t n, n_blocks;
} bench;

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "columns: %s\n", what);
    exit(1);
}

static void load_model(bench *b, const char *path) {
    dx_diags diags;
    dx_str xml;
    dx_diags_init(&diags, &b->arena);
    dx_model *model = NULL;
    if (dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &xml, &diags))
        model = dx_model_load(&b->arena, xml, dx_str_of(path), &diags);
    if (model)
        b->dmn = dx_dmn_compile(&b->arena, &model, 1, &diags);
    if (diags.errors) {
        print_faults(&b->arena, &diags);
        exit(1);
    }
    b->batch = dx_batch_new(&b->arena, b->dmn);
}

static dx_str next_cell(const char **p) {
    const char *from = *p, *to = from;
    while (*to != ',' && *to != '\n' && *to)
        to++;
    *p = *to ? to + 1 : to;
    return (dx_str){from, (size_t)(to - from)};
}

static void read_cell(column *c, size_t row, dx_str cell) {
    if (c->kind == DX_T_STRING)
        c->codes[row] = (uint16_t)dx_dict_code(c->dict, cell);
    else if (c->kind == DX_T_BOOL)
        c->bools[row] = dx_str_is(cell, "true");
    else
        c->nums[row] = strtoll(cell.p, NULL, 10);
}

static void bind_columns(bench *b, const char **p) {
    next_cell(p); /* the number of the record */
    for (uint32_t i = 0; i < FACTS; i++) {
        uint32_t at = dx_dmn_find(b->dmn, (dx_str){0}, next_cell(p), DX_EL_INPUT);
        if (at == DX_NONE)
            fail("a column is no input of the model");
        b->columns[i].kind = b->dmn->nodes[at].type->kind;
        dx_batch_bind_field(b->batch, at, dx_batch_field(b->batch));
    }
    for (uint32_t i = 0; i < MEASURES; i++) {
        uint32_t at = dx_dmn_find(b->dmn, (dx_str){0}, dx_str_of(measure_names[i]), DX_EL_DECISION);
        b->eligible[i] = dx_batch_output_entry(b->batch, at, DX_STR("eligible"));
        b->amount[i] = dx_batch_output_entry(b->batch, at, DX_STR("amount"));
    }
    dx_batch_finish(b->batch);
}

static void find_bounds(bench *b, column *c) {
    for (size_t i = 0; i < b->n; i++) {
        int64_t *low = &c->low[i / DX_ROWS], *high = &c->high[i / DX_ROWS];
        *low = c->nums[i] < *low ? c->nums[i] : *low;
        *high = c->nums[i] > *high ? c->nums[i] : *high;
    }
}

static void load_records(bench *b, const char *path, size_t most) {
    dx_diags diags;
    dx_str csv;
    dx_diags_init(&diags, &b->arena);
    if (!dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &csv, &diags))
        fail("cannot read the data");
    const char *p = csv.p;
    bind_columns(b, &p);
    for (uint32_t i = 0; i < FACTS; i++) {
        column *c = &b->columns[i];
        if (c->kind == DX_T_STRING) {
            c->codes = dx_alloc(&b->arena, most * sizeof *c->codes);
            c->dict = dx_dict_new(&b->arena);
        } else if (c->kind == DX_T_BOOL) {
            c->bools = dx_alloc(&b->arena, most);
        } else {
            c->nums = dx_alloc(&b->arena, most * sizeof *c->nums);
            c->low = DX_NEW_ARRAY(&b->arena, int64_t, most / DX_ROWS + 1);
            c->high = DX_NEW_ARRAY(&b->arena, int64_t, most / DX_ROWS + 1);
        }
    }
    for (; *p && b->n < most; b->n++) {
        next_cell(&p);
        for (uint32_t i = 0; i < FACTS; i++)
            read_cell(&b->columns[i], b->n, next_cell(&p));
    }
    b->n_blocks = (b->n + DX_ROWS - 1) / DX_ROWS;
    for (uint32_t i = 0; i < FACTS; i++)
        if (b->columns[i].nums)
            find_bounds(b, &b->columns[i]);
    for (uint32_t i = 0; i < MEASURES; i++) {
        b->truths[i] = dx_alloc(&b->arena, b->n);
        b->fen[i] = dx_alloc(&b->arena, b->n * sizeof *b->fen[i]);
        memset(b->fen[i], 0, b->n * sizeof *b->fen[i]); /* so that its pages are there */
    }
}

/* --- blocks --- */

static void take_block(const bench *b, size_t block, dx_vector *fields) {
    size_t from = block * DX_ROWS;
    for (uint32_t i = 0; i < FACTS; i++) {
        const column *c = &b->columns[i];
        if (c->codes)
            fields[i] =
                (dx_vector){.form = DX_FORM_CODES, .u.codes = c->codes + from, .dict = c->dict};
        else if (c->bools)
            fields[i] = (dx_vector){.form = DX_FORM_BOOLS, .u.bools = c->bools + from};
        else
            fields[i] = (dx_vector){.form = DX_FORM_NUMS,
                                    .u.nums = c->nums + from,
                                    .low = c->low[block],
                                    .high = c->high[block]};
    }
}

static void store_truth(const dx_vector *v, uint8_t *to, uint32_t n) {
    if (v->form == DX_FORM_BOOLS && !v->state)
        memcpy(to, v->u.bools, n);
    else if (v->form == DX_FORM_ONE)
        memset(to, dx_val_is_true(v->one), n);
    else
        fail("a verdict is no boolean");
}

static void store_fen(const dx_kernels *k, const dx_vector *v, int64_t *to, uint32_t n) {
    int64_t one = 0;
    if (v->form == DX_FORM_NUMS && !v->state && v->scale == 2)
        memcpy(to, v->u.nums, n * sizeof *to);
    else if (v->form == DX_FORM_NUMS && !v->state && v->scale < 2)
        dx_kernels_mul(k, to, v->u.nums, dx_power_of_ten(2u - v->scale), v->low, v->high, n);
    else if (v->form == DX_FORM_ONE && dx_num_to_scaled(v->one.u.num, 2, &one))
        for (uint32_t i = 0; i < n; i++)
            to[i] = one;
    else
        fail("an amount is no number of fen");
}

typedef struct worker {
    const bench *b;
    dx_arena block, kept;
    dx_batch_run *run;
    size_t from, to, cpu; /* blocks */
    int64_t began, ended;
} worker;

static void do_block(worker *w, size_t block) {
    const bench *b = w->b;
    dx_vector fields[FACTS];
    size_t from = block * DX_ROWS;
    uint32_t n = (uint32_t)(b->n - from < DX_ROWS ? b->n - from : DX_ROWS);
    take_block(b, block, fields);
    dx_batch_block(w->run, fields, n);
    for (uint32_t i = 0; i < MEASURES; i++) {
        store_truth(dx_batch_result(w->run, b->eligible[i]), b->truths[i] + from, n);
        store_fen(w->run->k, dx_batch_result(w->run, b->amount[i]), b->fen[i] + from, n);
    }
}

static void *pass(void *arg) {
    worker *w = arg;
    cpu_set_t cpus;
    dx_trap trap;
    CPU_ZERO(&cpus);
    CPU_SET(w->cpu, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    if (DX_TRAP(&w->block, &trap) != 0)
        fail(dx_err_text(trap.code, DX_EN));
    w->began = now_ns();
    for (size_t i = w->from; i < w->to; i++)
        do_block(w, i);
    w->ended = now_ns();
    dx_trap_end(&w->block, &trap);
    return NULL;
}

static void start_worker(worker *w, const bench *b) {
    memset(w, 0, sizeof *w);
    w->b = b;
    dx_arena_init(&w->block, SIZE_MAX / 2);
    dx_arena_init(&w->kept, SIZE_MAX / 2);
    w->run = dx_batch_run_new(b->batch, &w->block, &w->kept);
}

static void stop_worker(worker *w) {
    dx_batch_run_free(w->run);
    dx_arena_done(&w->block);
    dx_arena_done(&w->kept);
}

/* Nanoseconds a record with `threads` threads: whole passes, the fastest. */
static double cost(const bench *b, int threads) {
    int64_t best = INT64_MAX, spent = 0;
    worker w[THREADS];
    pthread_t ids[THREADS];
    for (int k = 0; k < threads; k++)
        start_worker(&w[k], b);
    while (spent < PASS_NS) {
        for (int k = 0; k < threads; k++) {
            w[k].from = b->n_blocks * (size_t)k / (size_t)threads;
            w[k].to = b->n_blocks * ((size_t)k + 1) / (size_t)threads;
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
    for (int k = 0; k < threads; k++)
        stop_worker(&w[k]);
    return (double)best / (double)b->n;
}

/* --- from text to totals ---------------------------------------------------------------------- */

typedef struct passing {
    bench *b;
    dx_arena block, kept, rows; /* one trap */
    dx_records *records;
    dx_batch_run *run;
    int64_t sums[MEASURES], counts[MEASURES];
} passing;

static void refuse_cell(dx_records *records, uint32_t field, uint32_t row, dx_str text,
                        dx_diags *diags) {
    (void)records, (void)field, (void)row, (void)text, (void)diags;
    fail("a cell is not plain");
}

static void start_passing(passing *p, bench *b, const char **text) {
    dx_field fields[FACTS];
    static uint32_t columns[FACTS + 1];
    const char *at = *text;
    columns[0] = DX_NONE;
    next_cell(&at);
    for (uint32_t i = 0; i < FACTS; i++) {
        dx_str name = next_cell(&at);
        uint32_t node = dx_dmn_find(b->dmn, (dx_str){0}, name, DX_EL_INPUT);
        fields[i] = (dx_field){.name = name, .type = b->dmn->nodes[node].type};
        columns[i + 1] = i;
    }
    *text = at;
    dx_run *run = dx_run_new(&b->dmn->program, &p->rows);
    dx_columns *made = dx_columns_new(&p->kept, run, fields, FACTS);
    p->records = dx_records_new(&p->kept, made, columns, FACTS + 1, refuse_cell, p);
    p->run = dx_batch_run_new(b->batch, &p->block, &p->kept);
}

static void add_block(passing *p, uint32_t n) {
    static uint8_t truths[DX_ROWS];
    static int64_t fen[DX_ROWS];
    for (uint32_t i = 0; i < MEASURES; i++) {
        store_truth(dx_batch_result(p->run, p->b->eligible[i]), truths, n);
        store_fen(p->run->k, dx_batch_result(p->run, p->b->amount[i]), fen, n);
        p->counts[i] += p->run->k->count(truths, n);
        p->sums[i] += p->run->k->sum(fen, n);
    }
}

static size_t pass_text(passing *p, dx_str text, size_t most) {
    dx_csv csv;
    uint64_t lines;
    size_t done = 0;
    dx_csv_init(&csv, &p->kept);
    memset(p->sums, 0, sizeof p->sums);
    memset(p->counts, 0, sizeof p->counts);
    while (text.n > 0 && done < most) {
        uint32_t rows = most - done < DX_ROWS ? (uint32_t)(most - done) : DX_ROWS;
        size_t n = dx_records_cut(&csv, text, true, rows, &lines);
        const dx_vector *fields = dx_records_read(p->records, (dx_str){text.p, n}, done + 2);
        for (uint32_t i = 0; i < p->records->n; i++)
            if (p->records->rows[i].fault)
                fail("a record has a fault");
        dx_batch_block(p->run, fields, p->records->n);
        add_block(p, p->records->n);
        done += p->records->n;
        text = (dx_str){text.p + n, text.n - n};
    }
    return done;
}

static void print_numbers(const int64_t *sums, const int64_t *counts) {
    long long total = 0;
    for (uint32_t i = 0; i < MEASURES; i++)
        total += sums[i];
    printf(",\"digest\":[%lld", total);
    for (uint32_t i = 0; i < MEASURES; i++)
        printf(",%lld", (long long)sums[i]);
    for (uint32_t i = 0; i < MEASURES; i++)
        printf(",%lld", (long long)counts[i]);
    printf("]}\n");
}

static void measure_text(bench *b, const char *path, size_t most) {
    static passing p;
    dx_diags diags;
    dx_str csv;
    int64_t best = INT64_MAX, spent = 0;
    size_t n = 0;
    p.b = b;
    dx_diags_init(&diags, &b->arena);
    if (!dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &csv, &diags))
        fail("cannot read the data");
    char *text = dx_alloc(&b->arena, csv.n + DX_RECORDS_MARGIN);
    memcpy(text, csv.p, csv.n);
    memset(text + csv.n, 0, DX_RECORDS_MARGIN);
    const char *at = text, *model = text;
    bind_columns(b, &model);
    dx_arena_init(&p.block, SIZE_MAX / 2);
    dx_arena_init(&p.kept, SIZE_MAX / 2);
    dx_arena_init(&p.rows, SIZE_MAX / 2);
    p.block.trap = p.kept.trap = p.rows.trap = b->arena.trap;
    start_passing(&p, b, &at);
    dx_str rest = {at, csv.n - (size_t)(at - text)};
    while (spent < 3 * (int64_t)PASS_NS) {
        int64_t began = worked_ns();
        n = pass_text(&p, rest, most);
        int64_t took = worked_ns() - began;
        best = took < best ? took : best;
        spent += took;
    }
    double ns = (double)best / (double)n;
    printf("{\"engine\":\"duixian\",\"mode\":\"CSV text to totals\",\"threads\":1,\"n\":%zu,"
           "\"rps\":%.6g,\"ns\":%.5g,\"rps2\":0,\"p50\":-1,\"p99\":-1,\"rss_kb\":%ld",
           n, 1e9 / ns, ns, peak_kb());
    print_numbers(p.sums, p.counts);
}

static void print_line(const bench *b) {
    double one = cost(b, 1), two = cost(b, THREADS);
    int64_t sums[MEASURES] = {0}, counts[MEASURES] = {0};
    for (uint32_t m = 0; m < MEASURES; m++)
        for (size_t i = 0; i < b->n; i++) {
            sums[m] += b->fen[m][i];
            counts[m] += b->truths[m][i];
        }
    printf("{\"engine\":\"duixian\",\"mode\":\"columns, DMN 1.5, all outputs stored\","
           "\"threads\":1,\"n\":%zu,\"rps\":%.6g,\"ns\":%.5g,\"rps2\":%.6g,\"p50\":-1,\"p99\":-1,"
           "\"bytes_per_rec\":%zu,\"rss_kb\":%ld",
           b->n, 1e9 / one, one, 1e9 / two, sizeof(int64_t) * MEASURES + MEASURES, peak_kb());
    print_numbers(sums, counts);
}

int main(int argc, char **argv) {
    static bench b;
    if (argc < 4)
        fail("columns MODEL.dmn DATA.csv N");
    dx_trap trap;
    dx_arena_init(&b.arena, SIZE_MAX / 2);
    if (DX_TRAP(&b.arena, &trap) != 0)
        fail("out of memory");
    load_model(&b, argv[1]);
    if (argc > 4 && strcmp(argv[4], "csv") == 0) {
        measure_text(&b, argv[2], (size_t)strtoull(argv[3], NULL, 10));
        return 0;
    }
    load_records(&b, argv[2], (size_t)strtoull(argv[3], NULL, 10));
    if (b.n == 0)
        fail("no records");
    print_line(&b);
    dx_trap_end(&b.arena, &trap);
    dx_arena_done(&b.arena);
    return 0;
}
