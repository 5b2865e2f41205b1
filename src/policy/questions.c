/* What to ask next, what another reading of the text would give, and what missing facts could still
 * add. All are found by asking the engine itself: a fact is worth asking as far as knowing it
 * settles items, so each missing fact is tried with values that it could take. At a few
 * microseconds an assessment, trying beats estimating. */
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

/* --- what missing facts could still add --- */

/* Larger than any cap of a policy; where the amount follows it, there is no cap. */
static const int64_t large[] = {100000000000, 1000000000000};

/* The search for the most that one item could come to. */
typedef struct search {
    const dx_pack *pack;
    dx_run *run;
    const dx_options *options;
    dx_verdict *verdicts;
    uint32_t item;
    dx_num large; /* the largest number to try */
} search;

static dx_verdict verdict_of(const search *s, const dx_facts *facts) {
    dx_assessment assessment = {.verdicts = s->verdicts};
    dx_run_reset(s->run);
    dx_assess(s->pack, s->run, facts, s->options, &assessment);
    return s->verdicts[s->item];
}

/* Eligible with more is better than with less, anything than not eligible. */
static bool is_better(const dx_verdict *a, const dx_verdict *b) {
    if (a->status != b->status)
        return a->status == DX_ELIGIBLE ||
               (a->status == DX_UNDETERMINED && b->status != DX_ELIGIBLE);
    return a->has_amount && (!b->has_amount || dx_num_cmp(a->amount, b->amount) > 0);
}

/* Where a number cannot be large it counts something, such as stars. */
static trials prospects_of(const search *s, uint32_t fact) {
    const dx_type *type = s->pack->facts[fact].type;
    trials t = trials_of(s->run, type);
    dx_val most = dx_val_num(s->large);
    if (type->kind != DX_T_NUM)
        return t;
    if (!dx_val_is_false(dx_run_allowed(s->run, type, most)))
        add_trial(&t, most);
    else
        for (int32_t i = 4; i <= 9; i++)
            if (!dx_val_is_false(dx_run_allowed(s->run, type, dx_val_int(i))))
                add_trial(&t, dx_val_int(i));
    return t;
}

static uint32_t first_missing(const dx_verdict *verdict) {
    for (uint32_t w = 0; w < verdict->missing->words; w++)
        if (verdict->missing->bits[w])
            return w * 64 + (uint32_t)__builtin_ctzll(verdict->missing->bits[w]);
    return 0;
}

/* Gives the missing facts the best values one after the other until the item is decided. Of values
 * that look alike the last, which is the largest, is taken. */
static dx_verdict complete(const search *s, dx_facts facts) {
    dx_verdict best = verdict_of(s, &facts);
    while (best.status == DX_UNDETERMINED) {
        uint32_t fact = first_missing(&best);
        trials t = prospects_of(s, fact);
        dx_facts next = facts;
        best = (dx_verdict){.status = DX_INELIGIBLE};
        for (uint32_t i = 0; i < t.n; i++) {
            dx_facts trial = with_fact(s->pack, s->run, &facts, fact, t.v[i]);
            dx_verdict verdict = verdict_of(s, &trial);
            if (is_better(&best, &verdict))
                continue;
            best = verdict;
            next = trial;
        }
        facts = next;
    }
    return best;
}

/* The same, but each value of a fact is judged by what it leads to. */
static dx_verdict most(const search *s, dx_facts facts) {
    dx_verdict open = verdict_of(s, &facts), best = {0};
    while (open.status == DX_UNDETERMINED) {
        uint32_t fact = first_missing(&open);
        trials t = prospects_of(s, fact);
        dx_facts next = facts;
        bool chosen = false;
        for (uint32_t i = 0; i < t.n; i++) {
            dx_facts trial = with_fact(s->pack, s->run, &facts, fact, t.v[i]);
            dx_verdict verdict = complete(s, trial);
            if (chosen && is_better(&best, &verdict))
                continue;
            best = verdict;
            next = trial;
            chosen = true;
        }
        facts = next;
        open = verdict_of(s, &facts);
    }
    return open;
}

static dx_prospect prospect_of(search *s, const dx_facts *facts) {
    dx_verdict found[2];
    dx_mark mark = dx_arena_mark(s->run->arena);
    for (uint32_t i = 0; i < 2; i++) {
        s->large = dx_num_int64(s->run->arena, large[i]);
        found[i] = most(s, *facts);
    }
    dx_prospect prospect = {.open = found[0].status == DX_ELIGIBLE};
    prospect.bounded = prospect.open && found[0].has_amount && found[1].has_amount &&
                       dx_num_small(found[0].amount) && /* holds without the arena */
                       dx_num_cmp(found[0].amount, found[1].amount) == 0;
    prospect.amount = found[0].amount;
    dx_arena_rewind(s->run->arena, mark);
    return prospect;
}

void dx_prospects(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                  const dx_options *options, dx_prospect *ret) {
    dx_verdict *before = dx_alloc(run->arena, (pack->n_items + 1) * sizeof *before);
    dx_assessment assessment = {.verdicts = before};
    search s = {.pack = pack, .run = run, .options = options};
    s.verdicts = dx_alloc(run->arena, (pack->n_items + 1) * sizeof *s.verdicts);
    dx_assess(pack, run, facts, options, &assessment);
    for (s.item = 0; s.item < pack->n_items; s.item++)
        ret[s.item] =
            before[s.item].status == DX_UNDETERMINED ? prospect_of(&s, facts) : (dx_prospect){0};
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
