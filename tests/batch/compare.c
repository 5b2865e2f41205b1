/* See compare.h. */
#include "compare.h"

#include <stdio.h>

enum { SHOWN = 8 };
#define LIMIT ((size_t)2 << 30)

void bench_init(bench *b) {
    dx_arena_init(&b->file, LIMIT);
    dx_arena_init(&b->row, LIMIT);
    dx_arena_init(&b->block, LIMIT);
    b->chance = 42;
}

void bench_done(bench *b) {
    dx_arena_done(&b->block);
    dx_arena_done(&b->row);
    dx_arena_done(&b->file);
}

uint32_t bench_chance(bench *b, uint32_t n) {
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

/* --- all --- */

void bench_begin(bench *b) {
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
}

void bench_compare(bench *b, dx_str name) {
    for (uint32_t i = 0; i < b->n_rows; i++)
        run_row(b, i);
    run_columns(b, name, DX_ROWS, false);
    run_columns(b, name, 61, true);
    run_columns(b, name, 1, true);
    dx_run_free(b->run);
    b->run = NULL;
}

void bench_print_kinds(const bench *b) {
    for (int tag = DX_NULL; tag <= DX_FUNCTION; tag++)
        printf("# %s: %u\n", dx_tag_name((dx_tag)tag), b->kinds[tag]);
}
