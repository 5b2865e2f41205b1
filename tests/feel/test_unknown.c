/* The promise of unknown, put to the test: random expressions and decision tables are evaluated
 * with some facts unknown and then with those facts completed at random. What was certain must be
 * so under every completion; what was not must name only facts that were unknown, and all that can
 * still change it; and where nothing is unknown nothing becomes so.
 *
 *     test_unknown [seed [count]]
 *
 * Half of the time the facts have declared types, as those of a policy have, and are completed by
 * values of these; else by values of any kind.
 *
 * An expression that breaks a promise is made as small as it goes on breaking it, and printed. */
#include <stdlib.h>

#include "feel/run.h"
#include "random_expr.h"
#include "tap.h"

enum { MEMORY = 64 << 20, STEPS = 5000, DEPTH = 60, COMPLETIONS = 6, SHOWN = 5 };

/* --- chance ----------------------------------------------------------------------------------- */

static uint64_t chance_state;

uint32_t rx_chance(uint32_t n) {
    uint64_t z = chance_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

/* --- evaluating ------------------------------------------------------------------------------- */

/* Everything that one expression is tried with. Values live in `arena`. */
typedef struct trial {
    dx_arena *arena;
    const dx_program *program;
    dx_run *run;
    bool typed; /* the facts have declared types */
    dx_val base[FACTS];
    fact_set unknown;
    dx_val result; /* with the unknown facts unknown */
    fact_set causes;
    dx_val completed[FACTS]; /* what broke a promise, and what came of it */
    dx_val other;
} trial;

static dx_val run_with(trial *t, const dx_val *values, fact_set unknown) {
    dx_val args[PARTS];
    dx_run_reset(t->run);
    rx_args(t->arena, values, unknown, args);
    return dx_run_call(t->run, t->program->main, NULL, args, PARTS);
}

/* False when a limit was reached. */
static bool evaluate(trial *t, const dx_val *values, fact_set unknown, dx_val *ret) {
    dx_trap trap;
    bool limited = DX_TRAP(t->arena, &trap);
    if (!limited)
        *ret = run_with(t, values, unknown);
    dx_trap_end(t->arena, &trap);
    return !limited;
}

/* A fact with a declared type is of it; of any other nobody knows that. */
static void complete(trial *t, fact_set which, dx_val *values) {
    static const char any[] = "NBSDTXYZLMCKR";
    for (uint32_t i = 0; i < FACTS; i++) {
        if (!in_set(which, i))
            continue;
        bool other = !t->typed && rx_chance(4) == 0;
        values[i] = rx_value(t->arena, other ? any[rx_chance(sizeof any - 1)] : rx_facts[i].letter);
    }
}

static fact_set causes_of(dx_arena *arena, dx_val v) {
    if (!dx_val_uncertain(v))
        return 0;
    dx_val joined = dx_val_unknown_join(arena, v, DX_VAL_NULL);
    if (joined.tag != DX_UNKNOWN) /* b is null: the causes inside a list or context */
        joined = dx_val_unknown_join(arena, joined, joined);
    return (fact_set)joined.u.causes->bits[0];
}

/* Whether `other` is what `v` says as far as v says it. Functions are not looked into. */
static bool refines(dx_val v, dx_val other) {
    if (v.tag == DX_UNKNOWN)
        return true;
    if (v.tag != other.tag)
        return false;
    if (v.tag == DX_FUNCTION)
        return true;
    if (v.tag == DX_LIST) {
        bool all = v.n == other.n;
        for (uint32_t i = 0; all && i < v.n; i++)
            all = refines(v.u.items[i], other.u.items[i]);
        return all;
    }
    if (v.tag == DX_CONTEXT) {
        const dx_shape *shape = v.u.context->shape;
        bool all = shape->n == other.u.context->shape->n;
        for (uint32_t i = 0; all && i < shape->n; i++) {
            const dx_val *entry = dx_context_get(other, shape->keys[i]);
            all = entry && refines(v.u.context->v[i], *entry);
        }
        return all;
    }
    if (v.tag == DX_RANGE)
        return dx_val_same(v, other) || v.unknown;
    return dx_val_same(v, other);
}

/* --- promises --------------------------------------------------------------------------------- */

typedef enum promise { KEPT, SOUND, WITHIN, COMPLETE, PLAIN, PROMISES } promise;

static const char *const promise_names[PROMISES] = {
    [SOUND] = "what is certain holds under every completion",
    [WITHIN] = "only unknown facts are causes",
    [COMPLETE] = "no fact that is not a cause can change the result",
    [PLAIN] = "without unknown facts nothing is unknown"};

static promise check_completions(trial *t) {
    for (int i = 0; i < COMPLETIONS; i++) {
        memcpy(t->completed, t->base, sizeof t->base);
        complete(t, t->unknown, t->completed);
        if (!evaluate(t, t->completed, 0, &t->other))
            continue;
        if (dx_val_uncertain(t->other))
            return PLAIN;
        if (!refines(t->result, t->other))
            return SOUND;
    }
    return KEPT;
}

/* The causes fixed, all else varied: the result must not move. */
static promise check_causes(trial *t) {
    t->causes = causes_of(t->arena, t->result);
    if (t->causes & ~t->unknown)
        return WITHIN;
    fact_set others = t->unknown & ~t->causes;
    if (!t->causes || !others)
        return KEPT;
    for (int i = 0; i < COMPLETIONS / 2; i++) {
        dx_val fixed = DX_VAL_NULL;
        memcpy(t->completed, t->base, sizeof t->base);
        complete(t, t->causes, t->completed);
        for (int k = 0; k < 3; k++) {
            complete(t, others, t->completed);
            if (!evaluate(t, t->completed, 0, &t->other))
                break;
            if (k > 0 && !refines(fixed, t->other)) {
                t->result = fixed;
                return COMPLETE;
            }
            fixed = t->other;
        }
    }
    return KEPT;
}

static promise try_program(trial *t) {
    t->run = dx_run_new(t->program, t->arena);
    t->run->steps_max = STEPS;
    t->run->depth_max = DEPTH;
    t->run->has_now = dx_datetime_parse(DX_STR("2024-05-06T07:08:09Z"), &t->run->now);
    if (!evaluate(t, t->base, t->unknown, &t->result))
        return KEPT;
    promise broken = check_completions(t);
    return broken == KEPT ? check_causes(t) : broken;
}

static promise try_text(trial *t, const gen *x) {
    uint32_t some = 1 + rx_chance(4);
    t->typed = rx_chance(2);
    t->unknown = 0;
    for (uint32_t i = 0; i < FACTS; i++) {
        t->base[i] = rx_value(t->arena, rx_facts[i].letter);
        t->unknown |= (fact_set)(rx_chance(5) < some) << i;
    }
    if (in_set(t->unknown, P)) /* then its entries are no facts */
        t->unknown &= ~((fact_set)7 << PART_A);
    if (in_set(t->unknown, O))
        t->unknown &= ~((fact_set)1 << PART_O);
    t->program = rx_compile(t->arena, x, t->typed);
    return t->program ? try_program(t) : KEPT;
}

/* Tries an expression with a choice of unknown facts; everything random follows from `seed`. */
static promise try_expr(trial *t, const gen *x, uint64_t seed) {
    uint64_t before = chance_state;
    dx_trap trap;
    chance_state = seed;
    promise broken = DX_TRAP(t->arena, &trap) ? KEPT : try_text(t, x);
    dx_trap_end(t->arena, &trap);
    dx_run_free(t->run);
    t->run = NULL;
    chance_state = before;
    return broken;
}

/* --- shrinking -------------------------------------------------------------------------------- */

/* Whether the expression breaks the promise with one of a few choices of facts; *seed becomes the
 * one that does. */
static bool breaks(trial *t, const gen *x, promise broken, uint64_t *seed) {
    for (uint64_t i = 0; i < 12; i++) {
        if (try_expr(t, x, *seed + i) == broken) {
            *seed += i;
            return true;
        }
        dx_arena_reset(t->arena);
    }
    return false;
}

static bool shrink_at(trial *t, gen *root, gen *x, promise broken, uint64_t *seed);

/* Tries a stand-in for an expression; keeps it when the promise stays broken. */
static bool stands_in(trial *t, gen *root, gen *x, gen stand_in, promise broken, uint64_t *seed) {
    gen before = *x;
    *x = stand_in;
    if (breaks(t, root, broken, seed))
        return true;
    *x = before;
    return false;
}

static bool drop_rule(trial *t, gen *root, gen *x, uint32_t rule, promise broken, uint64_t *seed) {
    gen smaller = *x;
    static gen *kept[64][KIDS_MAX];
    static gen_table tables[64];
    static unsigned used;
    gen_table *table = &tables[used % 64];
    smaller.kids = kept[used++ % 64];
    smaller.table = table;
    smaller.n = 0;
    *table = *x->table;
    uint32_t cells = 2 * table->n_inputs, outputs = cells + table->n_rules * table->n_inputs;
    uint32_t end = outputs + table->n_rules * table->n_outputs;
    for (uint32_t i = 0; i < x->n; i++) {
        bool cell = i >= cells && i < outputs && (i - cells) / table->n_inputs == rule;
        bool output = i >= outputs && i < end && (i - outputs) / table->n_outputs == rule;
        if (!cell && !output)
            smaller.kids[smaller.n++] = x->kids[i];
    }
    table->n_rules--;
    return stands_in(t, root, x, smaller, broken, seed);
}

static bool shrink_table(trial *t, gen *root, gen *x, promise broken, uint64_t *seed) {
    for (uint32_t r = 0; x->table->n_rules > 1 && r < x->table->n_rules; r++)
        if (drop_rule(t, root, x, r, broken, seed))
            return true;
    for (uint32_t i = 0; i < x->n; i++) {
        bool optional = (i >= x->table->n_inputs && i < 2 * x->table->n_inputs) ||
                        i >= x->n - 2 * x->table->n_outputs;
        gen *kid = x->kids[i];
        x->kids[i] = NULL;
        if (kid && optional && breaks(t, root, broken, seed))
            return true;
        x->kids[i] = kid;
    }
    return false;
}

static bool shrink_at(trial *t, gen *root, gen *x, promise broken, uint64_t *seed) {
    static const char *const simple[] = {"null", "1", "true", "\"a\"", "[]"};
    for (uint32_t i = 0; x->n && i < sizeof simple / sizeof *simple; i++)
        if (stands_in(t, root, x, (gen){.form = dx_str_of(simple[i]), .letter = x->letter}, broken,
                      seed))
            return true;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->kids[i] && stands_in(t, root, x, *x->kids[i], broken, seed))
            return true;
    if (x->table && shrink_table(t, root, x, broken, seed))
        return true;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->kids[i] && shrink_at(t, root, x->kids[i], broken, seed))
            return true;
    return false;
}

static void print_value(trial *t, const char *what, dx_val v) {
    dx_buf out = {.arena = t->arena};
    dx_val_print(&out, v, true);
    printf("# %s: %.*s\n", what, DX_FMT(dx_buf_str(&out)));
}

static void report(trial *t, const gen *x, promise broken) {
    printf("# broken: %s\n", promise_names[broken]);
    rx_print(t->arena, x);
    print_value(t, broken == COMPLETE ? "one result" : "with unknown facts", t->result);
    print_value(t, broken == WITHIN ? "-" : "completed", t->other);
    dx_val args[PARTS];
    rx_args(t->arena, t->completed, 0, args);
    dx_buf used = {.arena = t->arena};
    for (uint32_t i = 0; i < FACTS; i++) {
        dx_buf out = {.arena = t->arena};
        dx_val_print(&out, i < PARTS ? args[i] : t->completed[i], true);
        dx_buf_fmt(&used, " %s%s=%.*s", rx_facts[i].name,
                   in_set(t->causes, i)    ? "!"
                   : in_set(t->unknown, i) ? "?"
                                           : "",
                   DX_FMT(dx_buf_str(&out)));
    }
    printf("# facts (? was unknown, ! a cause):%.*s\n", DX_FMT(dx_buf_str(&used)));
}

static promise try_one(dx_arena *gen_arena, trial *t, uint64_t seed, bool may_report) {
    chance_state = seed;
    gen *x = rx_expr(gen_arena, 1 + rx_chance(5));
    uint64_t choice = chance_state;
    promise broken = try_expr(t, x, choice);
    if (broken == KEPT || !may_report)
        return broken;
    while (shrink_at(t, x, x, broken, &choice))
        continue;
    dx_arena_reset(t->arena);
    (void)try_expr(t, x, choice);
    report(t, x, broken);
    return broken;
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
    static uint32_t failed[PROMISES];
    static dx_arena gen_arena, arena;
    dx_trap trap;
    dx_arena_init(&gen_arena, MEMORY);
    dx_arena_init(&arena, MEMORY);
    printf("# seed %llu, %u expressions\n", (unsigned long long)seed, count);
    for (uint32_t i = 0; i < count; i++) {
        trial t = {.arena = &arena};
        if (!DX_TRAP(&gen_arena, &trap)) {
            uint32_t all = failed[SOUND] + failed[WITHIN] + failed[COMPLETE] + failed[PLAIN];
            failed[try_one(&gen_arena, &t, seed + i * UINT64_C(0x2545F4914F6CDD1D), all < SHOWN)]++;
        }
        dx_trap_end(&gen_arena, &trap);
        dx_arena_reset(&arena);
        dx_arena_reset(&gen_arena);
    }
    for (promise p = SOUND; p < PROMISES; p++)
        tap_ok(failed[p] == 0, "%s: %u of %u failed", promise_names[p], failed[p], count);
    dx_arena_done(&arena);
    dx_arena_done(&gen_arena);
    return tap_done();
}
