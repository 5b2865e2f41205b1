/* The column engine against the row engine: for every decision of every model of the test files
 * named as arguments (a file, or a folder of them), and every row, the same value to the last bit.
 *
 * The rows are the inputs of the file's cases, and the same with inputs left unknown, with strings
 * as codes and as values, in blocks of several lengths. */
#include <stdlib.h>

#include "batch/run.h"
#include "cli/models.h"
#include "dmn/input.h"
#include "dmn/tck.h"
#include "tap.h"

enum { ROWS_MOST = 3 * DX_ROWS, SHOWN = 8 };
#define LIMIT ((size_t)2 << 30)

typedef struct bench {
    dx_cli *cli;
    dx_arena file, row, block; /* a test file; one row of the row engine; a block of columns */
    dx_dmn *dmn;
    dx_run *run;
    uint32_t *inputs, *decisions, n_inputs, n_decisions;
    dx_val *values;   /* by input, then by row */
    dx_val *expected; /* by decision, then by row */
    dx_vector *fields;
    dx_slot *slots;
    uint32_t n_rows;
    unsigned compared, differ, kinds[DX_FUNCTION + 1];
    uint64_t chance;
} bench;

static uint32_t chance(bench *b, uint32_t n) {
    b->chance = b->chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(b->chance >> 33) % n;
}

/* --- comparing --- */

static bool same_causes(const dx_causes *a, const dx_causes *b) {
    for (uint32_t w = 0; w < a->words || w < b->words; w++)
        if ((w < a->words ? a->bits[w] : 0) != (w < b->words ? b->bits[w] : 0))
            return false;
    return true;
}

static bool same(dx_val a, dx_val b);

static bool same_all(const dx_val *a, const dx_val *b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (!same(a[i], b[i]))
            return false;
    return true;
}

/* Functions are the same when both are some. */
static bool same(dx_val a, dx_val b) {
    if (a.tag != b.tag)
        return false;
    switch ((dx_tag)a.tag) {
    case DX_NULL:
    case DX_FUNCTION: return true;
    case DX_UNKNOWN: return same_causes(a.u.causes, b.u.causes);
    case DX_BOOL: return a.u.b == b.u.b;
    case DX_NUM: /* with its exponent */
        return dx_num_small(a.u.num) ? a.u.num.w == b.u.num.w
                                     : !dx_num_small(b.u.num) && dx_val_same(a, b);
    case DX_LIST: return a.n == b.n && same_all(a.u.items, b.u.items, a.n);
    case DX_CONTEXT:
        for (uint32_t i = 0; i < a.u.context->shape->n; i++) {
            const dx_val *entry = dx_context_get(b, a.u.context->shape->keys[i]);
            if (!entry || !same(a.u.context->v[i], *entry))
                return false;
        }
        return a.u.context->shape->n == b.u.context->shape->n;
    case DX_RANGE:
        return same(a.u.range->low, b.u.range->low) && same(a.u.range->high, b.u.range->high);
    case DX_STRING:
    case DX_DATE:
    case DX_TIME:
    case DX_DATETIME:
    case DX_YMDUR:
    case DX_DTDUR: return dx_val_same(a, b);
    }
    return false;
}

static dx_str shown(bench *b, dx_val v) {
    dx_buf text = {.arena = &b->file};
    dx_val_print(&text, v, true);
    return dx_buf_str(&text);
}

static void report(bench *b, dx_str path, uint32_t decision, uint32_t row, dx_val want,
                   dx_val got) {
    if (b->differ++ >= SHOWN)
        return;
    dx_str name = b->dmn->nodes[decision].name, x = shown(b, want), y = shown(b, got);
    printf("# %.*s: %.*s, row %u\n#   by rows:    %.*s\n#   by columns: %.*s\n", DX_FMT(path),
           DX_FMT(name), row, DX_FMT(x), DX_FMT(y));
    for (uint32_t i = 0; i < b->n_inputs; i++) {
        x = shown(b, b->values[i * ROWS_MOST + row]);
        name = b->dmn->nodes[b->inputs[i]].name;
        printf("#     %.*s = %.*s\n", DX_FMT(name), DX_FMT(x));
    }
}

/* --- the rows --- */

static uint32_t elements(bench *b, dx_element_kind kind, uint32_t **ret) {
    uint32_t n = 0;
    *ret = DX_NEW_ARRAY(&b->file, uint32_t, b->dmn->n_nodes + 1);
    for (uint32_t i = 0; i < b->dmn->n_nodes; i++)
        if (b->dmn->nodes[i].element->kind == kind)
            (*ret)[n++] = i;
    return n;
}

static void case_row(bench *b, const dx_tck_case *c, uint32_t row) {
    for (uint32_t i = 0; i < b->n_inputs; i++) {
        dx_val *place = &b->values[i * ROWS_MOST + row];
        *place = DX_VAL_NULL;
        for (uint32_t k = 0; k < c->n_inputs; k++)
            if (dx_dmn_search(b->dmn, c->inputs[k].ns, c->inputs[k].name, DX_EL_INPUT) ==
                b->inputs[i])
                *place = c->inputs[k].value;
        *place =
            dx_val_copy(&b->file, dx_run_coerce(b->run, b->dmn->nodes[b->inputs[i]].type, *place));
    }
}

/* Copies of the cases' rows: inputs mixed among them, some unknown, some null. */
static void more_rows(bench *b, uint32_t from, uint32_t n) {
    for (uint32_t row = from; row < n; row++) {
        uint32_t unknown = chance(b, 4);
        for (uint32_t i = 0; i < b->n_inputs; i++) {
            dx_val *place = &b->values[i * ROWS_MOST + row];
            *place = b->values[i * ROWS_MOST + chance(b, from)];
            if (chance(b, 8) < unknown)
                *place = dx_val_unknown(&b->file, i, b->n_inputs);
            else if (chance(b, 20) == 0)
                *place = DX_VAL_NULL;
        }
    }
}

static void run_row(bench *b, uint32_t row) {
    dx_trap trap;
    dx_arena_reset(&b->row);
    dx_run_reset(b->run);
    if (DX_TRAP(&b->row, &trap) == 0) {
        dx_plan plan = {0};
        dx_plan_make(&b->row, &plan, b->dmn, b->decisions, b->n_decisions);
        for (uint32_t i = 0; i < b->n_inputs; i++)
            b->run->frame[b->dmn->nodes[b->inputs[i]].slot] = b->values[i * ROWS_MOST + row];
        dx_plan_run(b->run, &plan);
        for (uint32_t d = 0; d < b->n_decisions; d++)
            b->expected[d * ROWS_MOST + row] =
                dx_val_copy(&b->file, dx_run_value(b->run, b->dmn, b->decisions[d]));
    }
    dx_trap_end(&b->row, &trap);
}

/* --- the columns --- */

static bool as_codes(bench *b, dx_vector *field, dx_slot *slot, const dx_val *values, uint32_t n,
                     dx_dict *dict) {
    const dx_causes *cause = NULL;
    bool open = false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t code = values[i].tag == DX_NULL      ? DX_CODE_NULL
                        : values[i].tag == DX_UNKNOWN ? DX_CODE_UNKNOWN
                        : values[i].tag == DX_STRING  ? dx_dict_code(dict, dx_val_to_str(values[i]))
                                                      : DX_MAP_NONE;
        if (code == DX_MAP_NONE)
            return false;
        if (values[i].tag == DX_UNKNOWN)
            cause = values[i].u.causes;
        open |= code < DX_CODE_FIRST;
        slot->codes[i] = (uint16_t)code;
    }
    (void)b;
    *field = (dx_vector){
        .form = DX_FORM_CODES, .u.codes = slot->codes, .dict = dict, .open = open, .cause = cause};
    return true;
}

static bool all_same(const dx_val *values, uint32_t n) {
    for (uint32_t i = 1; i < n; i++)
        if (!same(values[0], values[i]))
            return false;
    return true;
}

static void make_field(bench *b, uint32_t input, uint32_t from, uint32_t n, bool codes,
                       dx_dict *dict) {
    const dx_val *values = b->values + (size_t)input * ROWS_MOST + from;
    if (all_same(values, n))
        b->fields[input] = dx_vector_one(values[0]);
    else if (!codes || !as_codes(b, &b->fields[input], &b->slots[input], values, n, dict))
        dx_vector_pack(&b->fields[input], &b->slots[input], values, n);
}

static void compare_block(bench *b, dx_batch_run *run, dx_str path, uint32_t from, uint32_t n) {
    for (uint32_t d = 0; d < b->n_decisions; d++)
        for (uint32_t i = 0; i < n; i++) {
            dx_val got = dx_vector_at(dx_batch_result(run, d), i, &b->block);
            dx_val want = b->expected[d * ROWS_MOST + from + i];
            b->compared++;
            b->kinds[want.tag]++;
            if (!same(want, got))
                report(b, path, b->decisions[d], from + i, want, got);
        }
}

static void run_columns(bench *b, dx_str path, uint32_t length, bool codes) {
    dx_batch *batch = dx_batch_new(&b->file, b->dmn);
    dx_dict **dicts = DX_NEW_ARRAY(&b->file, dx_dict *, b->n_inputs + 1);
    for (uint32_t i = 0; i < b->n_inputs; i++) {
        dx_batch_bind_field(batch, b->inputs[i], dx_batch_field(batch));
        dicts[i] = dx_dict_new(&b->file);
    }
    for (uint32_t d = 0; d < b->n_decisions; d++)
        dx_batch_output(batch, b->decisions[d]);
    dx_batch_finish(batch);
    dx_batch_run *run = dx_batch_run_new(batch, &b->block, &b->file);
    run->row->now = b->run->now;
    run->row->has_now = true;
    for (uint32_t from = 0; from < b->n_rows; from += length) {
        uint32_t n = b->n_rows - from < length ? b->n_rows - from : length;
        dx_trap trap;
        for (uint32_t i = 0; i < b->n_inputs; i++)
            make_field(b, i, from, n, codes, dicts[i]);
        if (DX_TRAP(&b->block, &trap) == 0) {
            dx_batch_block(run, b->fields, n);
            compare_block(b, run, path, from, n);
        }
        dx_trap_end(&b->block, &trap);
    }
    dx_batch_run_free(run);
}

/* --- a file --- */

static bool load(bench *b, dx_str path, const dx_tck **ret) {
    dx_diags diags;
    dx_str xml;
    dx_diags_init(&diags, &b->file);
    if (!dx_file_read(&b->file, path, DX_CLI_FILE_BYTES, &xml, &diags) ||
        !(*ret = dx_tck_load(&b->file, xml, path, &diags)))
        return false;
    dx_str model =
        dx_str_fmt(&b->file, "%.*s/%.*s", DX_FMT(dx_cli_folder(path)), DX_FMT((*ret)->model));
    b->dmn = dx_cli_models(b->cli, &b->file, model, &diags);
    return b->dmn && (*ret)->n_cases > 0;
}

static void do_file(bench *b, dx_str path) {
    const dx_tck *tck;
    if (!load(b, path, &tck))
        return;
    uint32_t n = tck->n_cases < DX_ROWS ? tck->n_cases : DX_ROWS;
    b->run = dx_run_new(&b->dmn->program, &b->row);
    b->run->has_now = dx_datetime_parse(DX_STR("2024-05-06T07:08:09Z"), &b->run->now);
    b->n_inputs = elements(b, DX_EL_INPUT, &b->inputs);
    b->n_decisions = elements(b, DX_EL_DECISION, &b->decisions);
    b->values = DX_NEW_ARRAY(&b->file, dx_val, (size_t)ROWS_MOST * (b->n_inputs + 1));
    b->expected = DX_NEW_ARRAY(&b->file, dx_val, (size_t)ROWS_MOST * (b->n_decisions + 1));
    b->fields = DX_NEW_ARRAY(&b->file, dx_vector, b->n_inputs + 1);
    b->slots = DX_NEW_ARRAY(&b->file, dx_slot, b->n_inputs + 1);
    for (uint32_t i = 0; i < b->n_inputs; i++)
        dx_slot_init(&b->slots[i], &b->file);
    for (uint32_t i = 0; i < n; i++)
        case_row(b, &tck->cases[i], i);
    b->n_rows = n + 200 < ROWS_MOST ? n + 200 : ROWS_MOST;
    more_rows(b, n, b->n_rows);
    for (uint32_t i = 0; i < b->n_rows; i++)
        run_row(b, i);
    run_columns(b, path, DX_ROWS, false);
    run_columns(b, path, 61, true);
    run_columns(b, path, 1, true);
    dx_run_free(b->run);
}

static void do_file_trapped(bench *b, dx_str path) {
    dx_trap trap;
    dx_arena_reset(&b->file);
    if (DX_TRAP(&b->file, &trap) == 0)
        do_file(b, path);
    dx_trap_end(&b->file, &trap);
    if (trap.code)
        printf("# %.*s: %s\n", DX_FMT(path), dx_err_text(trap.code, DX_EN));
}

int main(int argc, char **argv) {
    static bench b;
    dx_arena arena;
    dx_trap trap;
    dx_paths paths = {0};
    const char *kit = getenv("DMN_TCK");
    dx_arena_init(&arena, LIMIT);
    dx_arena_init(&b.file, LIMIT);
    dx_arena_init(&b.row, LIMIT);
    dx_arena_init(&b.block, LIMIT);
    b.chance = 42;
    if (DX_TRAP(&arena, &trap) == 0) {
        b.cli = DX_NEW(&arena, dx_cli);
        b.cli->arena = &arena;
        b.cli->out.arena = b.cli->err.arena = &arena;
        for (int i = 1; i < argc; i++)
            dx_cli_files(b.cli, dx_str_of(argv[i]), DX_STR(".xml"), 16, &paths);
        if (kit)
            dx_cli_files(b.cli, dx_str_of(kit), DX_STR(".xml"), 16, &paths);
        for (uint32_t i = 0; i < paths.n; i++)
            do_file_trapped(&b, paths.v[i]);
        tap_ok(b.differ == 0, "%u values of %u files are the same by columns and by rows",
               b.compared, paths.n);
        CHECK(b.compared > 1000);
        for (int tag = DX_NULL; tag <= DX_FUNCTION; tag++)
            printf("# %s: %u\n", dx_tag_name((dx_tag)tag), b.kinds[tag]);
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&b.block);
    dx_arena_done(&b.row);
    dx_arena_done(&b.file);
    dx_arena_done(&arena);
    return tap_done();
}
