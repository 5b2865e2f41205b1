/* The column engine on a policy pack: every item, with its conditions and the facts that are
 * missing, for a random population of which a share of the facts is not known.
 *
 *     survey PACK ROWS [unknown facts in a hundred]
 *
 * Prints nanoseconds an enterprise on one core, beside the row engine on the same facts. */
#include "batch/survey.h"
#include "measure.h"

enum { PASSES = 15 };
#define BYTES ((size_t)4 << 30)

static uint64_t chance_state = 11;

static uint32_t chance(uint32_t n) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(chance_state >> 33) % n;
}

typedef struct bench {
    dx_arena kept, block, row;
    dx_pack *pack;
    dx_survey *survey;
    uint32_t n_blocks, n_fields;
    dx_vector *fields; /* by block, then by field */
    dx_val **inputs;   /* by row: the same for the row engine */
    uint64_t missing, eligible;
    int64_t total;
    dx_run *checker;
} bench;

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "survey: %s\n", what);
    exit(1);
}

/* One of the strings or numbers that a type allows. */
static bool allowed_value(const dx_type *type, dx_val *ret) {
    for (; type; type = type->base) {
        const dx_node *tests = type->allowed;
        if (!tests || tests->kind != DX_N_TESTS || tests->n == 0 ||
            tests->list[0]->kind != DX_N_LITERAL)
            continue;
        *ret = tests->list[chance(tests->n)]->value;
        return true;
    }
    return false;
}

static dx_val random_value(bench *b, const dx_type *type) {
    dx_val v;
    if (allowed_value(type, &v))
        return v;
    if (type->kind == DX_T_BOOL)
        return dx_val_bool(chance(4) > 0);
    if (type->kind == DX_T_NUM) { /* an amount where that is allowed, else a level */
        v = dx_val_num(dx_num_pack(chance(90000000), 0));
        return dx_val_is_true(dx_run_allowed(b->checker, type, v))
                   ? v
                   : dx_val_num(dx_num_pack(chance(6), 0));
    }
    if (type->kind == DX_T_STRING)
        return dx_val_str(DX_STR("甲"));
    if (type->kind == DX_T_LIST)
        return dx_val_list(dx_alloc(&b->kept, sizeof(dx_val)), 0);
    return DX_VAL_NULL;
}

static void make_field(bench *b, uint32_t fact, dx_val *values, dx_vector *field, dx_dict *dict) {
    const dx_fact *f = &b->pack->facts[fact];
    dx_slot *slot = DX_NEW(&b->kept, dx_slot);
    dx_slot_init(slot, &b->kept);
    if (f->type->kind != DX_T_STRING) {
        dx_vector_pack(field, slot, values, DX_ROWS);
        return;
    }
    bool open = false;
    for (uint32_t i = 0; i < DX_ROWS; i++) {
        bool unknown = values[i].tag == DX_UNKNOWN;
        slot->codes[i] =
            unknown ? DX_CODE_UNKNOWN : (uint16_t)dx_dict_code(dict, dx_val_to_str(values[i]));
        open |= unknown;
    }
    *field = (dx_vector){.form = DX_FORM_CODES,
                         .u.codes = slot->codes,
                         .dict = dict,
                         .open = open,
                         .cause = f->unknown.u.causes};
}

static void make_rows(bench *b, uint32_t unknown) {
    const dx_pack *pack = b->pack;
    dx_dict **dicts = DX_NEW_ARRAY(&b->kept, dx_dict *, pack->n_facts);
    dx_val *values = DX_NEW_ARRAY(&b->kept, dx_val, (size_t)pack->n_facts * DX_ROWS);
    for (uint32_t i = 0; i < pack->n_facts; i++)
        dicts[i] = dx_dict_new(&b->kept);
    b->fields = DX_NEW_ARRAY(&b->kept, dx_vector, (size_t)b->n_blocks * b->n_fields);
    b->inputs = DX_NEW_ARRAY(&b->kept, dx_val *, (size_t)b->n_blocks * DX_ROWS);
    for (uint32_t k = 0; k < b->n_blocks; k++) {
        dx_vector *fields = b->fields + (size_t)k * b->n_fields;
        for (uint32_t i = 0; i < pack->n_facts; i++)
            for (uint32_t r = 0; r < DX_ROWS; r++)
                values[i * DX_ROWS + r] = chance(100) < unknown
                                              ? pack->facts[i].unknown
                                              : random_value(b, pack->facts[i].type);
        for (uint32_t i = 0; i < pack->n_facts; i++)
            make_field(b, i, values + (size_t)i * DX_ROWS, &fields[i], dicts[i]);
        for (uint32_t i = pack->n_facts; i < b->n_fields; i++)
            fields[i] = dx_survey_absent(b->survey, i);
        for (uint32_t r = 0; r < DX_ROWS; r++) {
            dx_val *inputs = DX_NEW_ARRAY(&b->kept, dx_val, pack->n_inputs);
            for (uint32_t s = 0; s < pack->n_inputs; s++) {
                const dx_input *input = &pack->inputs[s];
                dx_val *entries = DX_NEW_ARRAY(&b->kept, dx_val, input->n + 1);
                for (uint32_t m = 0; m < input->n; m++)
                    entries[m] = values[(input->first + m) * DX_ROWS + r];
                inputs[s] = dx_val_context(&b->kept, input->type->shape, entries);
            }
            b->inputs[k * DX_ROWS + r] = inputs;
        }
    }
}

static uint64_t count_causes(const dx_causes *causes) {
    uint64_t n = 0;
    for (uint32_t w = 0; causes && w < causes->words; w++)
        n += (uint64_t)__builtin_popcountll(causes->bits[w]);
    return n;
}

/* With the missing facts of every verdict that is open. */
static int64_t by_columns(bench *b, dx_survey_run *run) {
    int64_t from = worked_ns();
    b->missing = b->eligible = 0;
    b->total = 0;
    for (uint32_t k = 0; k < b->n_blocks; k++) {
        dx_survey_block(run, b->fields + (size_t)k * b->n_fields, DX_ROWS);
        for (uint32_t i = 0; i < b->pack->n_items; i++) {
            dx_item_rows *rows = &run->items[i];
            b->eligible += rows->n_eligible;
            const dx_causes *const *missing = dx_survey_missing(run, i);
            for (uint32_t r = 0; missing && r < DX_ROWS; r++)
                if (rows->status[r] == DX_UNDETERMINED)
                    b->missing += count_causes(missing[r]);
        }
        for (uint32_t r = 0; r < DX_ROWS; r++)
            b->total += run->total[r];
    }
    return worked_ns() - from;
}

static int64_t by_rows(bench *b, dx_run *run, dx_assessment *assessment) {
    int64_t from = worked_ns();
    b->missing = b->eligible = 0;
    b->total = 0;
    for (uint32_t r = 0; r < b->n_blocks * DX_ROWS; r++) {
        dx_facts facts = {b->inputs[r]};
        int64_t fen;
        dx_arena_reset(&b->row);
        dx_run_reset(run);
        dx_assess(b->pack, run, &facts, &b->survey->options, assessment);
        for (uint32_t i = 0; i < b->pack->n_items; i++) {
            b->missing += count_causes(assessment->verdicts[i].missing);
            b->eligible += assessment->verdicts[i].status == DX_ELIGIBLE;
        }
        if (dx_num_to_scaled(assessment->total, 2, &fen))
            b->total += fen;
    }
    return worked_ns() - from;
}

static void print(const bench *b, const char *what, int64_t best) {
    double rows = (double)b->n_blocks * DX_ROWS;
    printf("%-8s %8.1f ns an enterprise   eligible %llu, missing facts %llu, fen %lld\n", what,
           (double)best / rows, (unsigned long long)b->eligible, (unsigned long long)b->missing,
           (long long)b->total);
}

static void measure(bench *b, uint32_t unknown) {
    b->checker = dx_run_new(&b->pack->dmn->program, &b->row);
    make_rows(b, unknown);
    dx_run_free(b->checker);
    dx_survey_run *columns = dx_survey_run_new(b->survey, &b->block, &b->kept);
    dx_run *rows = dx_run_new(&b->pack->dmn->program, &b->row);
    dx_assessment assessment = {.verdicts = DX_NEW_ARRAY(&b->kept, dx_verdict, b->pack->n_items)};
    int64_t best = INT64_MAX;
    for (int i = 0; i < PASSES; i++) {
        int64_t took = by_columns(b, columns);
        best = took < best ? took : best;
    }
    print(b, "columns", best);
    best = INT64_MAX;
    for (int i = 0; i < PASSES; i++) {
        int64_t took = by_rows(b, rows, &assessment);
        best = took < best ? took : best;
    }
    print(b, "rows", best);
    dx_survey_run_free(columns);
    dx_run_free(rows);
}

int main(int argc, char **argv) {
    static bench b;
    dx_arena *arenas[3] = {&b.kept, &b.block, &b.row};
    dx_trap traps[3];
    if (argc < 3)
        fail("survey PACK ROWS [unknown facts in a hundred]");
    for (int i = 0; i < 3; i++) {
        dx_arena_init(arenas[i], BYTES);
        if (DX_TRAP(arenas[i], &traps[i]) != 0)
            fail("out of memory");
    }
    dx_diags diags;
    dx_diags_init(&diags, &b.kept);
    b.pack = dx_pack_load(&b.kept, dx_str_of(argv[1]), &diags);
    if (!b.pack || diags.errors)
        fail("the pack has faults");
    uint32_t *chosen = DX_NEW_ARRAY(&b.kept, uint32_t, b.pack->n_readings + 1);
    dx_options_default(b.pack, chosen);
    dx_options options = {.as_of = b.pack->valid_from, .options = chosen};
    int64_t from = now_ns();
    b.survey = dx_survey_new(&b.kept, b.pack, &options);
    printf("made ready in %.1f ms: %u steps, %u slots\n", (double)(now_ns() - from) / 1e6,
           b.survey->batch->steps.n, b.survey->batch->n_slots);
    b.n_blocks = (uint32_t)strtoul(argv[2], NULL, 10) / DX_ROWS + 1;
    b.n_fields = b.survey->n_fields;
    measure(&b, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0);
    for (int i = 2; i >= 0; i--) {
        dx_trap_end(arenas[i], &traps[i]);
        dx_arena_done(arenas[i]);
    }
    return 0;
}
