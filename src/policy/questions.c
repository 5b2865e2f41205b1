/* What to ask next, and what another reading of the text would give. Both are found by asking the
 * engine itself: a fact is worth asking as far as knowing it settles items, so each missing fact is
 * tried with values that it could take. At a few microseconds an assessment, trying beats
 * estimating. */
#include "policy/policy.h"

/* --- values to try --- */

enum { TRIALS_MAX = 16 };

typedef struct trials {
    dx_val v[TRIALS_MAX];
    uint32_t n;
} trials;

static void add_trial(trials *t, dx_val v) {
    if (t->n < TRIALS_MAX)
        t->v[t->n++] = v;
}

static void add_allowed(trials *t, const dx_type *type) {
    for (; type && t->n == 0; type = type->base)
        for (uint32_t i = 0; type->allowed && i < type->allowed->n; i++)
            if (type->allowed->list[i]->kind == DX_N_LITERAL)
                add_trial(t, type->allowed->list[i]->value);
}

/* Amounts from nothing to large: enough to fall on both sides of what a policy asks. */
static void add_numbers(trials *t, const dx_run *run, const dx_type *type) {
    static const int32_t values[] = {0, 1, 3, 1000, 1000000, 100000000};
    for (uint32_t i = 0; i < sizeof values / sizeof *values; i++) {
        dx_val v = dx_val_int(values[i]);
        if (!dx_val_is_false(dx_run_allowed((dx_run *)run, type, v)))
            add_trial(t, v);
    }
}

static trials trials_of(dx_run *run, const dx_type *type) {
    trials t = {.n = 0};
    add_allowed(&t, type);
    if (t.n > 0)
        return t;
    if (type->kind == DX_T_BOOL) {
        add_trial(&t, dx_val_bool(true));
        add_trial(&t, dx_val_bool(false));
    } else if (type->kind == DX_T_NUM) {
        add_numbers(&t, run, type);
    } else {
        add_trial(&t, DX_VAL_NULL);
    }
    return t;
}

/* --- what an answer settles --- */

typedef struct tally {
    uint32_t open;    /* items that are undetermined */
    uint32_t missing; /* facts missing, over all items */
} tally;

static tally count_open(const dx_pack *pack, const dx_assessment *assessment) {
    tally t = {0};
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_causes *missing = assessment->verdicts[i].missing;
        t.open += assessment->verdicts[i].status == DX_UNDETERMINED;
        for (uint32_t w = 0; missing && w < missing->words; w++)
            t.missing += (uint32_t)__builtin_popcountll(missing->bits[w]);
    }
    return t;
}

static void mark_missing(const dx_pack *pack, const dx_assessment *assessment, uint32_t *items_of) {
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_causes *missing = assessment->verdicts[i].missing;
        for (uint32_t f = 0; missing && f < pack->n_facts; f++)
            items_of[f] += (uint32_t)(missing->bits[f / 64] >> (f % 64) & 1);
    }
}

/* The facts with one of them set. */
static dx_facts with_fact(const dx_pack *pack, dx_run *run, const dx_facts *facts, uint32_t fact,
                          dx_val value) {
    const dx_input *input = &pack->inputs[pack->facts[fact].input];
    dx_val *inputs = dx_alloc(run->arena, (pack->n_inputs + 1) * sizeof *inputs);
    dx_val *members = dx_alloc(run->arena, (input->n + 1) * sizeof *members);
    memcpy(inputs, facts->inputs, pack->n_inputs * sizeof *inputs);
    memcpy(members, inputs[pack->facts[fact].input].u.context->v, input->n * sizeof *members);
    members[pack->facts[fact].member] = value;
    inputs[pack->facts[fact].input] = dx_val_context(run->arena, input->type->shape, members);
    return (dx_facts){inputs};
}

/* The mean over the values a fact could take, in thousandths: first by items settled, then by facts
 * that no longer matter. */
static void weigh(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                  const dx_options *options, tally before, dx_question *question) {
    trials t = trials_of(run, pack->facts[question->fact].type);
    dx_verdict *verdicts = dx_alloc(run->arena, (pack->n_items + 1) * sizeof *verdicts);
    uint32_t settled = 0, spared = 0;
    for (uint32_t i = 0; i < t.n; i++) {
        dx_mark mark = dx_arena_mark(run->arena);
        dx_assessment assessment = {.verdicts = verdicts};
        dx_facts trial = with_fact(pack, run, facts, question->fact, t.v[i]);
        dx_run_reset(run);
        dx_assess(pack, run, &trial, options, &assessment);
        tally after = count_open(pack, &assessment);
        settled += before.open > after.open ? before.open - after.open : 0;
        spared += before.missing > after.missing ? before.missing - after.missing : 0;
        dx_arena_rewind(run->arena, mark);
    }
    question->settles = settled * 1000 / t.n;
    question->spares = spared * 1000 / t.n;
}

static bool worth_more(const dx_question *a, const dx_question *b) {
    if (a->settles != b->settles)
        return a->settles > b->settles;
    if (a->spares != b->spares)
        return a->spares > b->spares;
    return a->items != b->items ? a->items > b->items : a->fact < b->fact;
}

uint32_t dx_questions(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                      const dx_options *options, dx_question *ret) {
    dx_verdict *verdicts = dx_alloc(run->arena, (pack->n_items + 1) * sizeof *verdicts);
    uint32_t *items_of = DX_NEW_ARRAY(run->arena, uint32_t, pack->n_facts + 1);
    dx_assessment assessment = {.verdicts = verdicts};
    uint32_t n = 0;
    dx_assess(pack, run, facts, options, &assessment);
    tally before = count_open(pack, &assessment);
    mark_missing(pack, &assessment, items_of);
    for (uint32_t f = 0; f < pack->n_facts; f++) {
        if (items_of[f] == 0)
            continue;
        dx_question question = {.fact = f, .items = items_of[f]};
        weigh(pack, run, facts, options, before, &question);
        uint32_t at = n++;
        for (; at > 0 && worth_more(&question, &ret[at - 1]); at--)
            ret[at] = ret[at - 1];
        ret[at] = question;
    }
    return n;
}

/* --- other readings --- */

uint32_t dx_other_readings(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                           const dx_options *options, uint32_t item, dx_alternative *ret) {
    const dx_item *about = &pack->items[item];
    uint32_t *chosen = dx_alloc(run->arena, (pack->n_readings + 1) * sizeof *chosen);
    dx_verdict *verdicts = dx_alloc(run->arena, (pack->n_items + 1) * sizeof *verdicts);
    dx_options other = {options->as_of, chosen};
    dx_assessment assessment = {.verdicts = verdicts};
    uint32_t n = 0;
    memcpy(chosen, options->options, pack->n_readings * sizeof *chosen);
    for (uint32_t i = 0; i < about->n_readings; i++) {
        uint32_t reading = about->readings[i];
        for (uint32_t k = 0; k < pack->readings[reading].n_options; k++) {
            if (k == options->options[reading])
                continue;
            chosen[reading] = k;
            dx_run_reset(run);
            dx_assess(pack, run, facts, &other, &assessment);
            ret[n++] = (dx_alternative){reading, k, verdicts[item]};
        }
        chosen[reading] = options->options[reading];
    }
    return n;
}
