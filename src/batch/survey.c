/* See survey.h. What dx_assess (policy/assess.c) decides for one enterprise is decided here for a
 * block, by the same rules in the same order. */
#include "batch/survey.h"

/* --- the program --- */

static void bind_subjects(dx_survey *survey) {
    const dx_pack *pack = survey->pack;
    for (uint32_t i = 0; i < pack->n_facts + pack->n_inputs; i++)
        dx_batch_field(survey->batch);
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        for (uint32_t k = 0; k < input->n_slots; k++)
            dx_batch_bind_entries(survey->batch, dx_dmn_at_slot(pack->dmn, input->slots[k]),
                                  input->type->shape, input->first, pack->n_facts + i);
    }
}

static void bind_value(dx_survey *survey, const uint32_t *slots, uint32_t n, dx_val value) {
    for (uint32_t i = 0; i < n; i++)
        dx_batch_bind_value(survey->batch, dx_dmn_at_slot(survey->pack->dmn, slots[i]), value);
}

static void bind_constants(dx_survey *survey) {
    const dx_pack *pack = survey->pack;
    if (pack->reading_type)
        bind_value(survey, pack->reading_slots, pack->n_reading_slots,
                   dx_options_readings(pack, survey->batch->arena, &survey->options));
    for (uint32_t i = 0; i < pack->n_tariffs; i++)
        bind_value(survey, pack->tariffs[i].slots, pack->tariffs[i].n_slots,
                   dx_tariff_on(&pack->tariffs[i], survey->options.as_of));
}

/* Where an item's conditions fail nobody asks for its amount. */
static void guard_amount(dx_survey *survey, uint32_t item) {
    uint32_t *guards =
        DX_NEW_ARRAY(survey->batch->arena, uint32_t, survey->pack->items[item].n_conditions + 1);
    uint32_t n = 0;
    for (uint32_t k = 0; k < survey->pack->items[item].n_conditions; k++)
        if (survey->conditions[survey->first[item] + k] != DX_NONE)
            guards[n++] = survey->conditions[survey->first[item] + k];
    dx_batch_guard(survey->batch, survey->amounts[item], guards, n);
}

static void add_outputs(dx_survey *survey) {
    const dx_pack *pack = survey->pack;
    dx_arena *arena = survey->batch->arena;
    uint32_t n = 0;
    for (uint32_t i = 0; i < pack->n_items; i++)
        n += pack->items[i].n_conditions;
    survey->conditions = DX_NEW_ARRAY(arena, uint32_t, n + 1);
    survey->first = DX_NEW_ARRAY(arena, uint32_t, pack->n_items + 1);
    survey->amounts = DX_NEW_ARRAY(arena, uint32_t, pack->n_items + 1);
    survey->kinds = DX_NEW_ARRAY(arena, uint32_t, pack->n_items + 1);
    n = 0;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item *item = &pack->items[i];
        survey->first[i] = n;
        for (uint32_t k = 0; k < item->n_conditions; k++)
            survey->conditions[n++] =
                dx_condition_applies(&item->conditions[k], &survey->options)
                    ? dx_batch_output(survey->batch, item->conditions[k].decision)
                    : DX_NONE;
        survey->amounts[i] =
            item->amount == DX_NONE ? DX_NONE : dx_batch_output(survey->batch, item->amount);
        if (survey->amounts[i] != DX_NONE)
            guard_amount(survey, i);
        survey->kinds[i] = item->kind_decision == DX_NONE
                               ? DX_NONE
                               : dx_batch_output(survey->batch, item->kind_decision);
    }
}

dx_survey *dx_survey_new(dx_arena *arena, const dx_pack *pack, const dx_options *options) {
    dx_survey *survey = DX_NEW(arena, dx_survey);
    uint32_t *chosen = DX_NEW_ARRAY(arena, uint32_t, pack->n_readings + 1);
    memcpy(chosen, options->options, pack->n_readings * sizeof *chosen);
    survey->pack = pack;
    survey->options = (dx_options){.as_of = options->as_of, .options = chosen};
    survey->in_force = dx_date_cmp(options->as_of, pack->valid_from) >= 0 &&
                       dx_date_cmp(options->as_of, pack->valid_to) <= 0;
    survey->n_fields = pack->n_facts + pack->n_inputs;
    survey->batch = dx_batch_new(arena, pack->dmn);
    bind_subjects(survey);
    bind_constants(survey);
    add_outputs(survey);
    dx_batch_finish(survey->batch);
    return survey;
}

dx_vector dx_survey_absent(const dx_survey *survey, uint32_t field) {
    const dx_pack *pack = survey->pack;
    if (field >= pack->n_facts)
        return dx_vector_one(dx_val_bool(true));
    const dx_fact *fact = &pack->facts[field];
    return dx_vector_one(pack->inputs[fact->input].absent.u.context->v[fact->member]);
}

/* --- a run --- */

/* An output whose unknown rows have one cause: a bit in the mask of those rows. Up to eight of them
 * make a table of what can be missing. */
typedef struct dx_open_outputs {
    const dx_causes *cause[8];
    const dx_causes *table[256];
    bool made[256];
    uint32_t n;
} open_outputs;

dx_survey_run *dx_survey_run_new(const dx_survey *survey, dx_arena *arena, dx_arena *kept) {
    dx_survey_run *run = DX_NEW(kept, dx_survey_run);
    run->survey = survey;
    run->run = dx_batch_run_new(survey->batch, arena, kept);
    run->items = DX_NEW_ARRAY(kept, dx_item_rows, survey->pack->n_items + 1);
    uint32_t most = 0;
    for (uint32_t i = 0; i < survey->pack->n_items; i++)
        if (survey->pack->items[i].n_conditions > most)
            most = survey->pack->items[i].n_conditions;
    run->vectors = DX_NEW_ARRAY(kept, const dx_vector *, most + 2);
    run->open = DX_NEW(kept, open_outputs);
    run->missing = DX_NEW_ARRAY(kept, const dx_causes *, DX_ROWS);
    run->total = DX_NEW_ARRAY(kept, int64_t, DX_ROWS);
    return run;
}

void dx_survey_run_free(dx_survey_run *run) {
    dx_batch_run_free(run->run);
}

/* How a value stands as a condition: 0 does not hold, 1 not known, 2 holds. */
enum { FAILS, OPEN, HOLDS };

static uint8_t rank_of(dx_val v) {
    return dx_val_is_true(v) ? HOLDS : v.tag == DX_UNKNOWN ? OPEN : FAILS;
}

static void rank_condition(dx_survey_run *run, const dx_vector *v, uint8_t *ranks) {
    uint32_t n = run->run->n;
    if (v->form == DX_FORM_BOOLS)
        run->run->k->rank(ranks, v->u.bools, n);
    else if (v->form == DX_FORM_ONE)
        memset(ranks, rank_of(v->one), n);
    else
        for (uint32_t i = 0; i < n; i++)
            ranks[i] = rank_of(dx_vector_at(v, i, run->run->arena));
}

/* The conditions of an item taken together, into `ranks`. */
static void rank_conditions(dx_survey_run *run, uint32_t item, uint8_t *ranks) {
    const dx_survey *survey = run->survey;
    uint8_t *one = run->run->scratch[1].bools;
    memset(ranks, HOLDS, run->run->n);
    for (uint32_t k = 0; k < survey->pack->items[item].n_conditions; k++) {
        uint32_t output = survey->conditions[survey->first[item] + k];
        if (output == DX_NONE)
            continue;
        rank_condition(run, dx_batch_result(run->run, output), one);
        run->run->k->min_in(ranks, one, run->run->n);
    }
}

static uint8_t amount_rank(dx_val v) {
    return v.tag == DX_NUM ? HOLDS : v.tag == DX_UNKNOWN ? OPEN : FAILS;
}

/* Whether there is an amount, a row: HOLDS a number, OPEN not known, FAILS none. */
static void rank_amount(dx_survey_run *run, const dx_vector *v, uint8_t *ranks) {
    uint32_t n = run->run->n;
    if (v->form == DX_FORM_ONE)
        memset(ranks, amount_rank(v->one), n);
    else if (v->form == DX_FORM_NUMS && !v->state)
        memset(ranks, HOLDS, n);
    else if (v->form == DX_FORM_NUMS)
        run->run->k->rank_state(ranks, v->state, n);
    else
        for (uint32_t i = 0; i < n; i++)
            ranks[i] = amount_rank(dx_vector_at(v, i, run->run->arena));
}

/* The amounts where they are paid, in fen. */
static void take_fen(dx_survey_run *run, dx_item_rows *rows) {
    const dx_batch_run *r = run->run;
    const int64_t most = (int64_t)1 << 53; /* so that a thousand of them add up */
    int64_t fen;
    rows->wide = false;
    rows->sum = 0;
    if (rows->n_paid == 0) {
        memset(rows->fen, 0, r->n * sizeof *rows->fen);
        return;
    }
    dx_operand a;
    if (rows->amount->form == DX_FORM_ONE) {
        rows->wide = !dx_num_to_scaled(rows->amount->one.u.num, 2, &fen) || fen > most;
        r->k->choose_ss(rows->fen, rows->paid, rows->wide ? 0 : fen, 0, r->n);
    } else if (rows->amount->form == DX_FORM_NUMS && rows->amount->scale <= 2 &&
               dx_operand_of(rows->amount, &a) &&
               dx_operand_scale(run->run, &a, 2, &run->run->scratch[0])) {
        r->k->choose_vs(rows->fen, rows->paid, a.nums, 0, r->n);
        for (uint32_t i = 0; (a.low < -most || a.high > most) && i < r->n; i++)
            rows->wide |= rows->fen[i] < -most || rows->fen[i] > most;
    } else {
        rows->wide = true;
    }
    rows->sum = rows->wide ? 0 : r->k->sum(rows->fen, r->n);
}

static void decide_item(dx_survey_run *run, uint32_t number) {
    const dx_survey *survey = run->survey;
    const dx_item *item = &survey->pack->items[number];
    const dx_kernels *k = run->run->k;
    dx_item_rows *rows = &run->items[number];
    uint32_t n = run->run->n;
    uint8_t *holds = run->run->scratch[0].bools, *amount = run->run->scratch[0].state;
    rank_conditions(run, number, holds);
    rows->amount = rows->kind = NULL;
    memset(amount, FAILS, n);
    if (survey->kinds[number] != DX_NONE)
        rows->kind = dx_batch_result(run->run, survey->kinds[number]);
    if (survey->amounts[number] != DX_NONE) {
        rows->amount = dx_batch_result(run->run, survey->amounts[number]);
        rank_amount(run, rows->amount, amount);
    }
    bool needs_amount = rows->amount && !item->amount_optional;
    (needs_amount ? k->status_paid : k->status)(rows->status, holds, amount, n);
    k->is_paid(rows->paid, rows->status, amount, n);
    rows->n_paid = k->count(rows->paid, n);
    rows->n_undetermined = k->count_byte(rows->status, DX_UNDETERMINED, n);
    rows->n_eligible = k->count_byte(rows->status, DX_ELIGIBLE, n);
    take_fen(run, rows);
}

static void add_totals(dx_survey_run *run) {
    const dx_pack *pack = run->survey->pack;
    memset(run->total, 0, run->run->n * sizeof *run->total);
    run->wide = false;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        if (!pack->items[i].counts_in_total || run->items[i].n_paid == 0)
            continue;
        run->wide |= run->items[i].wide;
        if (!run->items[i].wide)
            run->run->k->add_in(run->total, run->items[i].fen, run->run->n);
    }
}

static void nothing_in_force(dx_survey_run *run) {
    for (uint32_t i = 0; i < run->survey->pack->n_items; i++) {
        dx_item_rows *rows = &run->items[i];
        *rows = (dx_item_rows){0};
        memset(rows->status, DX_NOT_IN_FORCE, sizeof rows->status);
        if (run->survey->kinds[i] != DX_NONE)
            rows->kind = dx_batch_result(run->run, run->survey->kinds[i]);
    }
}

void dx_survey_block(dx_survey_run *run, const dx_vector *fields, uint32_t n) {
    dx_batch_block(run->run, fields, n);
    if (run->survey->in_force)
        for (uint32_t i = 0; i < run->survey->pack->n_items; i++)
            decide_item(run, i);
    else
        nothing_in_force(run);
    add_totals(run);
}

/* --- one row --- */

static void join_cause(dx_survey_run *run, dx_val *cause, dx_val v) {
    if (v.tag == DX_UNKNOWN)
        *cause = cause->tag == DX_UNKNOWN ? dx_val_unknown_join(run->run->arena, *cause, v) : v;
}

static const dx_causes *missing_of(dx_survey_run *run, uint32_t item, uint32_t row) {
    const dx_survey *survey = run->survey;
    dx_arena *arena = run->run->arena;
    dx_val cause = DX_VAL_NULL;
    for (uint32_t k = 0; k < survey->pack->items[item].n_conditions; k++) {
        uint32_t output = survey->conditions[survey->first[item] + k];
        if (output != DX_NONE)
            join_cause(run, &cause, dx_vector_at(dx_batch_result(run->run, output), row, arena));
    }
    if (run->items[item].amount)
        join_cause(run, &cause, dx_vector_at(run->items[item].amount, row, arena));
    return cause.u.causes;
}

/* Two sets of causes as one; either may be NULL. */
static const dx_causes *both_causes(dx_survey_run *run, const dx_causes *a, const dx_causes *b) {
    if (!a || !b || a == b)
        return a ? a : b;
    return dx_val_unknown_join(run->run->arena, dx_val_unknown_by(a), dx_val_unknown_by(b))
        .u.causes;
}

static bool one_cause(const dx_vector *v) {
    if (v->form == DX_FORM_ONE)
        return true;
    bool typed = v->form == DX_FORM_BOOLS || v->form == DX_FORM_NUMS;
    return typed && v->state && v->cause && !v->causes;
}

static const dx_causes *missing_by_mask(dx_survey_run *run, open_outputs *open, uint8_t mask) {
    if (!open->made[mask]) {
        open->made[mask] = true;
        open->table[mask] = NULL;
        for (uint32_t k = 0; k < open->n; k++)
            if (mask >> k & 1)
                open->table[mask] = both_causes(run, open->table[mask], open->cause[k]);
    }
    return open->table[mask];
}

/* The causes of an output, where its unknown rows have several. */
static void add_missing(dx_survey_run *run, const uint8_t *status, const dx_vector *v) {
    const dx_causes *last[3] = {NULL}; /* most rows are like the one before */
    for (uint32_t i = 0; i < run->run->n; i++) {
        const dx_causes *cause = status[i] == DX_UNDETERMINED ? dx_vector_cause(v, i) : NULL;
        if (!cause)
            continue;
        if (run->missing[i] != last[0] || cause != last[1]) {
            last[0] = run->missing[i];
            last[1] = cause;
            last[2] = both_causes(run, last[0], cause);
        }
        run->missing[i] = last[2];
    }
}

/* The outputs of an item that may be unknown: its conditions and its amount. */
static uint32_t open_vectors(dx_survey_run *run, uint32_t item, const dx_vector **ret) {
    const dx_survey *survey = run->survey;
    uint32_t n = 0;
    for (uint32_t k = 0; k <= survey->pack->items[item].n_conditions; k++) {
        bool is_amount = k == survey->pack->items[item].n_conditions;
        uint32_t output =
            is_amount ? survey->amounts[item] : survey->conditions[survey->first[item] + k];
        const dx_vector *v = output == DX_NONE ? NULL : dx_batch_result(run->run, output);
        if (v && (v->form == DX_FORM_VALUES || v->cause || v->causes ||
                  (v->form == DX_FORM_ONE && v->one.tag == DX_UNKNOWN)))
            ret[n++] = v;
    }
    return n;
}

/* The states of an output that is unknown in every row. */
static const uint8_t *all_open(dx_survey_run *run) {
    return memset(run->run->scratch[1].bools, DX_STATE_UNKNOWN, run->run->n);
}

const dx_causes *const *dx_survey_missing(dx_survey_run *run, uint32_t item) {
    const dx_item_rows *rows = &run->items[item];
    uint32_t n_rows = run->run->n;
    uint8_t *mask = run->run->scratch[0].bools;
    open_outputs *open = run->open;
    if (rows->n_undetermined == 0)
        return NULL;
    uint32_t n = open_vectors(run, item, run->vectors);
    memset(mask, 0, n_rows);
    memset(open->made, 0, sizeof open->made);
    open->n = 0;
    for (uint32_t k = 0; k < n; k++) {
        const dx_vector *v = run->vectors[k];
        if (!one_cause(v) || open->n == 8)
            continue;
        uint8_t bit = (uint8_t)(1u << open->n);
        open->cause[open->n++] = dx_vector_cause(v, 0) ? dx_vector_cause(v, 0) : v->cause;
        if (v->form == DX_FORM_ONE)
            run->run->k->mark_open(mask, all_open(run), bit, n_rows);
        else
            run->run->k->mark_open(mask, v->state, bit, n_rows);
        run->vectors[k] = NULL;
    }
    for (uint32_t i = 0; i < n_rows; i++)
        run->missing[i] = missing_by_mask(run, open, mask[i]);
    for (uint32_t k = 0; k < n; k++)
        if (run->vectors[k])
            add_missing(run, rows->status, run->vectors[k]);
    return run->missing;
}

dx_verdict dx_survey_verdict(dx_survey_run *run, uint32_t item, uint32_t row) {
    const dx_item_rows *rows = &run->items[item];
    dx_verdict verdict = {.status = (dx_status)rows->status[row]};
    dx_val kind = rows->kind ? dx_vector_at(rows->kind, row, run->run->arena) : DX_VAL_NULL;
    verdict.kind = dx_item_kind(&run->survey->pack->items[item], kind);
    if (verdict.status == DX_UNDETERMINED)
        verdict.missing = missing_of(run, item, row);
    if (rows->paid[row]) {
        verdict.has_amount = true;
        verdict.amount = dx_vector_at(rows->amount, row, run->run->arena).u.num;
    }
    return verdict;
}

dx_truth dx_survey_condition(const dx_survey_run *run, uint32_t item, uint32_t number,
                             uint32_t row) {
    uint32_t output = run->survey->conditions[run->survey->first[item] + number];
    if (output == DX_NONE)
        return DX_NOT_APPLICABLE;
    uint8_t rank = rank_of(dx_vector_at(dx_batch_result(run->run, output), row, run->run->arena));
    return rank == HOLDS ? DX_TRUE : rank == OPEN ? DX_NOT_KNOWN : DX_FALSE;
}

dx_num dx_survey_total(dx_survey_run *run, uint32_t row) {
    const dx_pack *pack = run->survey->pack;
    dx_arena *arena = run->run->arena;
    dx_num total = dx_num_int(0);
    for (uint32_t i = 0; i < pack->n_items; i++) {
        if (!run->items[i].paid[row] || !pack->items[i].counts_in_total)
            continue;
        dx_num amount = dx_vector_at(run->items[i].amount, row, arena).u.num;
        if (!dx_num_add(arena, total, amount, &total))
            dx_trap_raise(arena, DX_E_POLICY_TOTAL);
    }
    return total;
}
