/* The survey of a pack over columns against its assessment row by row: random populations of every
 * degree of ignorance, under random readings and days.
 *
 *     test_survey PACK [seed [blocks]] */
#include <stdlib.h>

#include "batch/survey.h"
#include "tap.h"

enum { SHOWN = 5 };
#define LIMIT ((size_t)1 << 30)

static uint64_t chance_state = 7;

static uint32_t chance(uint32_t n) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(chance_state >> 33) % n;
}

typedef struct trial {
    dx_arena kept, row, block, column;
    dx_pack *pack;
    dx_val *values; /* by fact, then by row */
    bool *present;  /* by subject, then by row */
    dx_vector *fields;
    dx_slot *slots;
    dx_dict **dicts;
    unsigned compared, differ, eligible, undetermined;
} trial;

/* --- a random population --- */

/* The strings that a type allows, found in its tests. */
static dx_val allowed_string(const dx_type *type, bool *ret_found) {
    const dx_node *tests = type->allowed;
    *ret_found =
        tests && tests->kind == DX_N_TESTS && tests->n > 0 && tests->list[0]->kind == DX_N_LITERAL;
    if (*ret_found)
        return tests->list[chance(tests->n)]->value;
    return type->base ? allowed_string(type->base, ret_found) : DX_VAL_NULL;
}

static dx_val random_number(void) {
    static const int64_t round[] = {0,       1,       2,        3,        5,        100,
                                    1000000, 5000000, 10000000, 30000000, 50000000, 300000000};
    if (chance(2))
        return dx_val_num(dx_num_pack(round[chance(12)], 0));
    if (chance(2))
        return dx_val_num(dx_num_pack(chance(400000000), -2));
    return dx_val_num(dx_num_pack(chance(7), 0));
}

static dx_val random_value(dx_arena *arena, const dx_type *type) {
    bool found;
    switch (type->kind) {
    case DX_T_BOOL: return dx_val_bool(chance(3) > 0);
    case DX_T_NUM: {
        dx_val v = allowed_string(type, &found);
        return found && v.tag == DX_NUM ? v : random_number();
    }
    case DX_T_STRING: {
        dx_val v = allowed_string(type, &found);
        return found ? v : dx_val_str(chance(2) ? DX_STR("甲") : DX_STR("乙"));
    }
    case DX_T_DATE: return dx_val_date((dx_date){.year = 2024, .month = 5, .day = 6});
    case DX_T_LIST: {
        uint32_t n = chance(3);
        dx_val *items = DX_NEW_ARRAY(arena, dx_val, n + 1);
        for (uint32_t i = 0; i < n; i++)
            items[i] = random_value(arena, type->elem);
        return dx_val_list(items, n);
    }
    case DX_T_CONTEXT: {
        dx_val *values = DX_NEW_ARRAY(arena, dx_val, type->n + 1);
        for (uint32_t i = 0; i < type->n; i++)
            values[i] = random_value(arena, type->members[i]);
        return dx_val_context(arena, type->shape, values);
    }
    case DX_T_ANY:
    case DX_T_NULL:
    case DX_T_TIME:
    case DX_T_DATETIME:
    case DX_T_YMDUR:
    case DX_T_DTDUR:
    case DX_T_RANGE:
    case DX_T_FUNCTION:
    case DX_T_NAMED: break;
    }
    return DX_VAL_NULL;
}

/* A column: all known, all unknown, or some; in one of the forms that hold it. */
static void make_column(trial *t, uint32_t fact, uint32_t n, uint32_t ignorance) {
    const dx_fact *f = &t->pack->facts[fact];
    dx_val *values = t->values + (size_t)fact * DX_ROWS;
    uint32_t unknown = ignorance == 0 ? 0 : chance(ignorance + 1);
    bool codes = f->type->kind == DX_T_STRING && chance(4) > 0, open = false;
    for (uint32_t i = 0; i < n; i++) {
        values[i] = chance(10) < unknown ? f->unknown
                    : chance(40) == 0    ? DX_VAL_NULL
                                         : random_value(&t->column, f->type);
        if (!codes)
            continue;
        uint32_t code = values[i].tag == DX_NULL ? DX_CODE_NULL
                        : values[i].tag == DX_UNKNOWN
                            ? DX_CODE_UNKNOWN
                            : dx_dict_code(t->dicts[fact], dx_val_to_str(values[i]));
        open |= code < DX_CODE_FIRST;
        t->slots[fact].codes[i] = (uint16_t)code;
    }
    if (codes)
        t->fields[fact] = (dx_vector){.form = DX_FORM_CODES,
                                      .u.codes = t->slots[fact].codes,
                                      .dict = t->dicts[fact],
                                      .open = open,
                                      .cause = f->unknown.u.causes};
    else
        dx_vector_pack(&t->fields[fact], &t->slots[fact], values, n);
    if (unknown == 10)
        t->fields[fact] = dx_vector_one(f->unknown);
}

static void make_block(trial *t, uint32_t n) {
    const dx_pack *pack = t->pack;
    uint32_t ignorance = chance(12);
    dx_arena_reset(&t->column);
    for (uint32_t i = 0; i < pack->n_facts; i++)
        make_column(t, i, n, ignorance);
    for (uint32_t s = 0; s < pack->n_inputs; s++) {
        const dx_input *input = &pack->inputs[s];
        dx_val *flags = dx_alloc(&t->column, n * sizeof *flags);
        for (uint32_t i = 0; i < n; i++) {
            bool there = chance(30) > 0;
            t->present[(size_t)s * DX_ROWS + i] = there;
            flags[i] = dx_val_bool(there);
        }
        dx_vector_pack(&t->fields[pack->n_facts + s], &t->slots[pack->n_facts + s], flags, n);
        for (uint32_t k = 0; k < input->n; k++) /* of what does not exist, nothing exists */
            for (uint32_t i = 0; i < n; i++)
                if (!t->present[(size_t)s * DX_ROWS + i]) {
                    uint32_t fact = input->first + k;
                    dx_vector *field = &t->fields[fact];
                    t->values[(size_t)fact * DX_ROWS + i] = DX_VAL_NULL;
                    if (field->form == DX_FORM_CODES) {
                        t->slots[fact].codes[i] = DX_CODE_NULL;
                        field->open = true;
                    } else {
                        dx_vector_pack(field, &t->slots[fact], t->values + (size_t)fact * DX_ROWS,
                                       n);
                    }
                }
    }
}

/* --- comparing --- */

static bool same_missing(const dx_pack *pack, const dx_causes *a, const dx_causes *b) {
    if (!a || !b)
        return a == b;
    for (uint32_t i = 0; i < pack->n_facts; i++)
        if ((a->bits[i / 64] >> (i % 64) & 1) != (b->bits[i / 64] >> (i % 64) & 1))
            return false;
    return true;
}

/* The same number with the same exponent. */
static bool same_amount(dx_num a, dx_num b) {
    return dx_num_small(a) && dx_num_small(b) ? a.w == b.w : dx_num_cmp(a, b) == 0;
}

static bool same_verdict(const dx_pack *pack, const dx_verdict *a, const dx_verdict *b) {
    return a->status == b->status && a->kind == b->kind && a->has_amount == b->has_amount &&
           (!a->has_amount || same_amount(a->amount, b->amount)) &&
           same_missing(pack, a->missing, b->missing);
}

static void compare_row(trial *t, dx_run *run, dx_survey_run *columns, const dx_options *options,
                        uint32_t row) {
    const dx_pack *pack = t->pack;
    dx_arena_reset(&t->row);
    dx_run_reset(run);
    dx_val *inputs = DX_NEW_ARRAY(&t->row, dx_val, pack->n_inputs + 1);
    for (uint32_t s = 0; s < pack->n_inputs; s++) {
        const dx_input *input = &pack->inputs[s];
        dx_val *values = DX_NEW_ARRAY(&t->row, dx_val, input->n + 1);
        for (uint32_t k = 0; k < input->n; k++)
            values[k] = t->fields[input->first + k].form == DX_FORM_ONE
                            ? t->fields[input->first + k].one
                            : t->values[(size_t)(input->first + k) * DX_ROWS + row];
        inputs[s] = t->present[(size_t)s * DX_ROWS + row]
                        ? dx_val_context(&t->row, input->type->shape, values)
                        : DX_VAL_NULL;
    }
    dx_facts facts = {inputs};
    dx_assessment want = {.verdicts = DX_NEW_ARRAY(&t->row, dx_verdict, pack->n_items + 1)};
    dx_assess(pack, run, &facts, options, &want);
    for (uint32_t i = 0; i < pack->n_items; i++) {
        dx_verdict got = dx_survey_verdict(columns, i, row);
        t->compared++;
        t->eligible += got.status == DX_ELIGIBLE;
        t->undetermined += got.status == DX_UNDETERMINED;
        bool same = same_verdict(pack, &want.verdicts[i], &got);
        for (uint32_t k = 0; k < pack->items[i].n_conditions; k++)
            same &= dx_condition_result(run, &pack->items[i].conditions[k], options) ==
                    dx_survey_condition(columns, i, k, row);
        if (!same && t->differ++ < SHOWN)
            printf("# row %u, item %.*s: by rows %s, by columns %s\n", row,
                   DX_FMT(pack->items[i].id), dx_status_name(want.verdicts[i].status),
                   dx_status_name(got.status));
    }
    int64_t fen = 0;
    bool total = columns->wide
                     ? dx_num_cmp(want.total, dx_survey_total(columns, row)) == 0
                     : dx_num_to_scaled(want.total, 2, &fen) && fen == columns->total[row];
    if (!total && t->differ++ < SHOWN)
        printf("# row %u: the totals differ\n", row);
}

/* The missing facts of all rows at once are those of each row's verdict. */
static void check_missing(trial *t, dx_survey_run *columns, uint32_t n) {
    for (uint32_t i = 0; i < t->pack->n_items; i++) {
        const dx_causes *const *missing = dx_survey_missing(columns, i);
        for (uint32_t row = 0; row < n; row++) {
            dx_verdict verdict = dx_survey_verdict(columns, i, row);
            if (verdict.status == DX_UNDETERMINED &&
                !same_missing(t->pack, verdict.missing, missing[row]) && t->differ++ < SHOWN)
                printf("# row %u, item %u: the missing facts differ\n", row, i);
        }
    }
}

static void do_block(trial *t, dx_run *run, uint32_t n) {
    make_block(t, n);
    uint32_t *chosen = DX_NEW_ARRAY(&t->column, uint32_t, t->pack->n_readings + 1);
    dx_options options = {.as_of = {.year = 2024, .month = (uint8_t)(1 + chance(12)), .day = 28},
                          .options = chosen};
    for (uint32_t i = 0; i < t->pack->n_readings; i++)
        chosen[i] = chance(t->pack->readings[i].n_options);
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, LIMIT);
    if (DX_TRAP(&arena, &trap) == 0) {
        dx_survey *survey = dx_survey_new(&arena, t->pack, &options);
        dx_survey_run *columns = dx_survey_run_new(survey, &t->block, &arena);
        dx_survey_block(columns, t->fields, n);
        check_missing(t, columns, n);
        for (uint32_t i = 0; i < n; i++)
            compare_row(t, run, columns, &options, i);
        dx_survey_run_free(columns);
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

static void do_trial(trial *t, const char *path, uint32_t blocks) {
    dx_diags diags;
    dx_diags_init(&diags, &t->kept);
    t->pack = dx_pack_load(&t->kept, dx_str_of(path), &diags);
    if (!tap_ok(t->pack && !diags.errors, "the pack loads"))
        return;
    uint32_t n = t->pack->n_facts + t->pack->n_inputs;
    t->values = DX_NEW_ARRAY(&t->kept, dx_val, (size_t)n * DX_ROWS);
    t->present = DX_NEW_ARRAY(&t->kept, bool, (size_t)t->pack->n_inputs *DX_ROWS);
    t->fields = DX_NEW_ARRAY(&t->kept, dx_vector, n);
    t->slots = DX_NEW_ARRAY(&t->kept, dx_slot, n);
    t->dicts = DX_NEW_ARRAY(&t->kept, dx_dict *, n);
    for (uint32_t i = 0; i < n; i++) {
        dx_slot_init(&t->slots[i], &t->kept);
        t->dicts[i] = dx_dict_new(&t->kept);
    }
    dx_run *run = dx_run_new(&t->pack->dmn->program, &t->row);
    for (uint32_t i = 0; i < blocks; i++)
        do_block(t, run, i % 3 == 0 ? 1 + chance(DX_ROWS) : 1 + chance(90));
    dx_run_free(run);
}

int main(int argc, char **argv) {
    static trial t;
    dx_trap trap[4];
    dx_arena *arenas[4] = {&t.kept, &t.row, &t.block, &t.column};
    bool limited = false;
    uint32_t blocks = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 40;
    if (argc > 2)
        chance_state = strtoull(argv[2], NULL, 10);
    for (int i = 0; i < 4; i++)
        dx_arena_init(arenas[i], LIMIT);
    for (int i = 0; i < 4 && !limited; i++)
        limited = DX_TRAP(arenas[i], &trap[i]) != 0;
    if (!limited)
        do_trial(&t, argv[1], blocks);
    tap_ok(!limited && t.differ == 0, "%u verdicts are the same by columns and by rows",
           t.compared);
    tap_ok(t.eligible > 100 && t.undetermined > 100, "%u of them eligible, %u undetermined",
           t.eligible, t.undetermined);
    for (int i = 0; i < 4; i++)
        dx_trap_end(arenas[i], &trap[i]);
    for (int i = 0; i < 4; i++)
        dx_arena_done(arenas[i]);
    return tap_done();
}
