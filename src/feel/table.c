/* Evaluation of decision tables (DMN 1.5 §8.2.8, §8.2.11). Which rules match is found column by
 * column with bit sets: `match` holds the rules that certainly match, `may` those that are not
 * ruled out. Without unknown inputs the two are one. With them, the result joins what every rule
 * that may match would give; if that is one value it is the result. */
#include "feel/run.h"

/* NOTHING: null, which neither holds nor, under not(...), its contrary. */
typedef enum verdict { FAILS, HOLDS, MAYBE, NOTHING } verdict;

/* What is kept while the outputs of matched rules are computed one after another. */
typedef struct table_state {
    const uint64_t *match, *may;
    dx_val cause;     /* unknown: why rules may match; else null */
    dx_val gate;      /* unknown: why inputs may lie outside their declared values; else null */
    uint32_t current; /* rule whose outputs are being computed; n_rules: the defaults */
    dx_val *outputs;  /* n_outputs for each hit */
    uint32_t *hits;   /* rules, in order */
    uint32_t n_hits;
    bool wants_default;
} table_state;

static dx_val input_of(const dx_table *table, const dx_val *frame, uint32_t col) {
    return frame[table->columns[col].reg];
}

/* --- cells ----------------------------------------------------------------------------------- */

static verdict of_value(dx_val v) {
    if (v.tag == DX_UNKNOWN)
        return MAYBE;
    if (v.tag != DX_BOOL)
        return NOTHING;
    return v.u.b ? HOLDS : FAILS;
}

static verdict test_value(dx_run *run, const dx_cell_test *test, dx_val v) {
    if (test->op == DX_OP_NONE) {
        const dx_val *t = &test->value;
        if (v.tag == DX_STRING && t->tag == DX_STRING)
            return dx_str_eq(dx_val_to_str(v), dx_val_to_str(*t)) ? HOLDS : FAILS;
        if (v.tag == DX_NUM && t->tag == DX_NUM)
            return dx_num_cmp(v.u.num, t->u.num) == 0 ? HOLDS : FAILS;
        return of_value(dx_run_test(run, v, *t));
    }
    if (test->op == DX_OP_EQ || test->op == DX_OP_NE) {
        dx_val equal = dx_val_equal(run->arena, v, test->value);
        if (test->op == DX_OP_NE && equal.tag == DX_BOOL)
            equal.u.b = !equal.u.b;
        return of_value(equal);
    }
    return of_value(dx_op_compare(&run->call, test->op, v, test->value));
}

/* Any of the tests: one that holds decides, then one that may, then one that is null. */
static verdict any_test(dx_run *run, const dx_cell *cell, dx_val v) {
    verdict any = FAILS;
    for (uint32_t i = 0; i < cell->n_tests && any != HOLDS; i++) {
        verdict one = test_value(run, &cell->tests[i], v);
        if (one == HOLDS || any == FAILS || (any == NOTHING && one == MAYBE))
            any = one;
    }
    return any;
}

/* HOLDS, FAILS or MAYBE. */
static verdict cell_verdict(dx_run *run, const dx_cell *cell, const dx_val *frame, dx_val v) {
    if (cell->dash)
        return HOLDS;
    if (v.tag == DX_UNKNOWN && !cell->coded)
        return MAYBE;
    verdict any = cell->coded ? of_value(frame[cell->reg]) : any_test(run, cell, v);
    if (any == NOTHING)
        return FAILS;
    if (!cell->negated || cell->coded || any == MAYBE)
        return any;
    return any == HOLDS ? FAILS : HOLDS;
}

bool dx_table_cell(dx_run *run, const dx_cell *cell, dx_val v) {
    return cell_verdict(run, cell, NULL, v) == HOLDS;
}

/* --- matching -------------------------------------------------------------------------------- */

static void or_into(uint64_t *to, const uint64_t *from, uint32_t words) {
    for (uint32_t w = 0; w < words; w++)
        to[w] |= from[w];
}

static bool and_into(uint64_t *to, const uint64_t *from, uint32_t words) {
    uint64_t any = 0;
    for (uint32_t w = 0; w < words; w++)
        any |= to[w] &= from[w];
    return any != 0;
}

static void match_column(dx_run *run, const dx_table *table, const dx_column *column,
                         const dx_val *frame, dx_val v, uint64_t *match, uint64_t *may,
                         dx_val *cause) {
    uint32_t words = table->n_words;
    memset(match, 0, words * sizeof *match);
    memset(may, 0, words * sizeof *may);
    for (uint32_t i = 0; i < column->n_cells; i++) {
        const dx_cell *cell = &column->cells[i];
        verdict holds = cell_verdict(run, cell, frame, v);
        const uint64_t *rules = column->rules + (size_t)i * words;
        if (holds == FAILS)
            continue;
        or_into(may, rules, words);
        if (holds == HOLDS)
            or_into(match, rules, words);
        else
            *cause = dx_val_unknown_join(run->arena, *cause, cell->coded ? frame[cell->reg] : v);
    }
}

/* Most cells are a single constant. */
static bool holds_plainly(dx_run *run, const dx_cell *cell, const dx_val *v) {
    bool equal;
    if (cell->dash)
        return true;
    if (cell->n_tests == 1 && !cell->negated && cell->tests->op == DX_OP_NONE &&
        cell->tests->value.tag < DX_LIST && dx_val_equal_at_sight(v, &cell->tests->value, &equal))
        return equal;
    return cell_verdict(run, cell, NULL, *v) == HOLDS;
}

/* The rules of a column of strings that hold for one: one word. */
static uint64_t match_strings(const dx_column *column, const dx_val *v) {
    uint64_t holding = 0;
    for (uint32_t i = 0; i < column->n_cells; i++) {
        const dx_val *s = &column->strings[i];
        if (s->tag != DX_STRING || (s->n == v->n && dx_bytes_eq(s->u.s, v->u.s, v->n)))
            holding |= column->rules[i];
    }
    return holding;
}

/* The rules of a plain table that match, when nothing is uncertain: one word. */
static bool match_plain(dx_run *run, const dx_table *table, const dx_val *frame, uint64_t *ret) {
    uint64_t match = table->all_rules[0];
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_column *column = &table->columns[col];
        const dx_val *input = &frame[column->reg];
        uint64_t holding = 0;
        if (dx_val_uncertain(*input))
            return false;
        if (column->strings && input->tag == DX_STRING) {
            match &= match_strings(column, input);
            continue;
        }
        for (uint32_t i = 0; i < column->n_cells; i++)
            if ((column->rules[i] & match) != 0 && holds_plainly(run, &column->cells[i], input))
                holding |= column->rules[i];
        match &= holding;
    }
    *ret = match;
    return true;
}

/* False when an input lies outside its declared values. Where it may, *gate is joined. */
static bool inputs_allowed(dx_run *run, const dx_table *table, const dx_val *frame, dx_val *gate) {
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_cell *allowed = table->columns[col].allowed;
        dx_val input = input_of(table, frame, col);
        if (!allowed || input.tag == DX_NULL)
            continue;
        verdict holds = cell_verdict(run, allowed, frame, input);
        if (holds == MAYBE)
            *gate = dx_val_unknown_join(run->arena, *gate, input);
        if (holds == MAYBE && allowed->coded)
            *gate = dx_val_unknown_join(run->arena, *gate, frame[allowed->reg]);
        if (holds == FAILS) {
            dx_buf shown = {.arena = run->arena};
            dx_val_print(&shown, input, true);
            dx_run_null(run, DX_E_FEEL_EVAL_INPUT_VALUE, dx_buf_str(&shown),
                        table->columns[col].expression);
            return false;
        }
    }
    return true;
}

/* Causes count only where a rule that may still match has the uncertain cell: a column that leaves
 * no rule uncertain which the other columns have not ruled out says nothing. */
static dx_val causes_that_matter(dx_run *run, const dx_table *table, const dx_val *frame,
                                 const uint64_t *may) {
    dx_val cause = DX_VAL_NULL;
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        dx_val input = input_of(table, frame, col);
        for (uint32_t i = 0; i < table->columns[col].n_cells; i++) {
            const dx_cell *cell = &table->columns[col].cells[i];
            const uint64_t *rules = table->columns[col].rules + (size_t)i * table->n_words;
            uint64_t any = 0;
            for (uint32_t w = 0; w < table->n_words; w++)
                any |= rules[w] & may[w];
            if (any && cell_verdict(run, cell, frame, input) == MAYBE)
                cause =
                    dx_val_unknown_join(run->arena, cause, cell->coded ? frame[cell->reg] : input);
        }
    }
    return cause;
}

static void trace_table(dx_run *run, const dx_table *table, const dx_val *frame) {
    run->tracing = false; /* why a cell is null is noted when the table itself asks */
    dx_arena *arena = run->arena;
    dx_table_trace *trace = DX_NEW(arena, dx_table_trace);
    uint8_t *verdicts = DX_NEW_ARRAY(arena, uint8_t, table->n_rules + 1);
    uint32_t *failed = DX_NEW_ARRAY(arena, uint32_t, table->n_rules + 1);
    dx_val *kept = DX_NEW_ARRAY(arena, dx_val, table->n_inputs + 1);
    for (uint32_t col = 0; col < table->n_inputs; col++)
        kept[col] = input_of(table, frame, col);
    for (uint32_t r = 0; r < table->n_rules; r++) {
        verdicts[r] = HOLDS;
        for (uint32_t col = 0; col < table->n_inputs && verdicts[r] != FAILS; col++) {
            const dx_column *column = &table->columns[col];
            verdict one = cell_verdict(run, &column->cells[column->of_rule[r]], frame, kept[col]);
            if (one != HOLDS)
                verdicts[r] = (uint8_t)one;
            if (one == FAILS)
                failed[r] = col;
        }
    }
    *trace =
        (dx_table_trace){.table = table, .inputs = kept, .verdicts = verdicts, .failed = failed};
    *run->last_table = trace;
    run->last_table = &trace->next;
    run->tracing = true;
}

/* --- results --------------------------------------------------------------------------------- */

static dx_val hit_value(dx_run *run, const dx_table *table, const dx_val *outputs) {
    return table->shape ? dx_val_context(run->arena, table->shape, outputs) : outputs[0];
}

/* Position of a value among the declared output values; undeclared ones come last. */
static uint32_t rank(dx_run *run, dx_val list, dx_val v) {
    if (list.tag != DX_LIST)
        return 0;
    for (uint32_t i = 0; i < list.n; i++)
        if (dx_val_is_true(dx_val_equal(run->arena, list.u.items[i], v)))
            return i;
    return list.n;
}

static int cmp_priority(dx_run *run, const dx_table *table, const dx_val *a, const dx_val *b) {
    for (uint32_t o = 0; o < table->n_outputs; o++) {
        uint32_t ra = rank(run, table->priorities[o], a[o]);
        uint32_t rb = rank(run, table->priorities[o], b[o]);
        if (ra != rb)
            return ra < rb ? -1 : 1;
    }
    return 0;
}

static void sort_by_priority(dx_run *run, const dx_table *table, table_state *state) {
    uint32_t n = table->n_outputs;
    dx_val *moved = dx_alloc(run->arena, n * sizeof *moved);
    for (uint32_t i = 1; i < state->n_hits; i++) /* insertion: stable, and hits are few */
        for (uint32_t j = i; j > 0; j--) {
            dx_val *x = state->outputs + (size_t)(j - 1) * n, *y = state->outputs + (size_t)j * n;
            if (cmp_priority(run, table, x, y) <= 0)
                break;
            memcpy(moved, x, n * sizeof *moved);
            memcpy(x, y, n * sizeof *moved);
            memcpy(y, moved, n * sizeof *moved);
        }
}

static dx_val aggregate(dx_run *run, const dx_table *table, dx_val list) {
    static const char *const functions[] = {
        [DX_AGG_SUM] = "sum", [DX_AGG_COUNT] = "count", [DX_AGG_MIN] = "min", [DX_AGG_MAX] = "max"};
    const dx_builtin *fn = &dx_builtins[dx_builtin_find(dx_str_of(functions[table->aggregation]))];
    return fn->fn(&run->call, &list, 1);
}

static dx_val list_of_outputs(const dx_table *table, const table_state *state) {
    return dx_val_list(state->outputs, state->n_hits * table->n_outputs);
}

/* Which hit comes first, or whether all agree, is open when one of several is unknown. */
static bool order_is_open(const dx_table *table, const table_state *state) {
    bool compares = table->hit == DX_HIT_ANY || table->hit == DX_HIT_PRIORITY ||
                    table->hit == DX_HIT_OUTPUT_ORDER;
    return compares && state->n_hits > 1 && list_of_outputs(table, state).unknown;
}

static dx_val collected(dx_run *run, const dx_table *table, table_state *state) {
    if (table->hit == DX_HIT_OUTPUT_ORDER)
        sort_by_priority(run, table, state);
    dx_val *items = dx_alloc(run->arena, (state->n_hits + 1) * sizeof *items);
    for (uint32_t i = 0; i < state->n_hits; i++)
        items[i] = hit_value(run, table, state->outputs + (size_t)i * table->n_outputs);
    dx_val list = dx_val_list(items, state->n_hits);
    return table->aggregation == DX_AGG_NONE ? list : aggregate(run, table, list);
}

static dx_val default_result(dx_run *run, const dx_table *table) {
    if (table->defaults_value)
        return hit_value(run, table, table->defaults_value);
    if (table->hit == DX_HIT_COLLECT && table->aggregation == DX_AGG_COUNT)
        return dx_val_int(0);
    return dx_run_null(run, DX_E_FEEL_EVAL_NO_RULE, (dx_str){0}, (dx_str){0});
}

/* The numbers of the rules that matched, for a note. */
static dx_str hits_text(dx_run *run, const table_state *state) {
    dx_buf text = {.arena = run->arena};
    for (uint32_t i = 0; run->tracing && i < state->n_hits; i++)
        dx_buf_fmt(&text, "%s%u", i ? ", " : "", state->hits[i] + 1);
    return dx_buf_str(&text);
}

static dx_val single_result(dx_run *run, const dx_table *table, table_state *state) {
    uint32_t n = table->n_outputs;
    dx_val first = hit_value(run, table, state->outputs);
    if (table->hit == DX_HIT_PRIORITY) {
        sort_by_priority(run, table, state);
        return hit_value(run, table, state->outputs);
    }
    if (table->hit == DX_HIT_UNIQUE && state->n_hits > 1)
        return dx_run_null(run, DX_E_FEEL_EVAL_NOT_UNIQUE, hits_text(run, state), (dx_str){0});
    for (uint32_t i = 1; table->hit == DX_HIT_ANY && i < state->n_hits; i++)
        if (!dx_val_same(first, hit_value(run, table, state->outputs + (size_t)i * n)))
            return dx_run_null(run, DX_E_FEEL_EVAL_NOT_ANY, hits_text(run, state), (dx_str){0});
    return first;
}

static bool is_multiple(const dx_table *table) {
    return table->hit == DX_HIT_COLLECT || table->hit == DX_HIT_RULE_ORDER ||
           table->hit == DX_HIT_OUTPUT_ORDER;
}

static bool bit(const uint64_t *set, uint32_t i) {
    return set[i / 64] >> (i % 64) & 1;
}

/* Of the hits of a PRIORITY table keeps those that may come first: the best that surely matches,
 * and those before it that only may. With an unknown output nobody knows what comes first. */
static void keep_first(dx_run *run, const dx_table *table, table_state *state) {
    uint32_t n = table->n_outputs, best = UINT32_MAX, kept = 0;
    if (list_of_outputs(table, state).unknown)
        return;
    for (uint32_t i = 0; i < state->n_hits; i++)
        if (bit(state->match, state->hits[i]) &&
            (best == UINT32_MAX || cmp_priority(run, table, state->outputs + (size_t)i * n,
                                                state->outputs + (size_t)best * n) < 0))
            best = i;
    if (best == UINT32_MAX)
        return;
    dx_val *first = dx_alloc(run->arena, n * sizeof *first); /* it is moved */
    memcpy(first, state->outputs + (size_t)best * n, n * sizeof *first);
    for (uint32_t i = 0; i < state->n_hits; i++) {
        dx_val *one = state->outputs + (size_t)i * n;
        int order = cmp_priority(run, table, one, first);
        if (i != best && (order > 0 || (order == 0 && i > best)))
            continue;
        memmove(state->outputs + (size_t)kept * n, one, n * sizeof *one);
        state->hits[kept++] = state->hits[i];
    }
    state->n_hits = kept;
}

/* Some rules only may match. A list of hits is then unknown; a single hit is the join of all that
 * it could be: a rule that may match, no rule at all, or (UNIQUE) too many. */
static dx_val joined_result(dx_run *run, const dx_table *table, table_state *state) {
    uint32_t certain = 0;
    dx_val result = DX_VAL_NULL;
    if (is_multiple(table))
        return dx_val_unknown_join(run->arena, state->cause, list_of_outputs(table, state));
    if (table->hit == DX_HIT_PRIORITY)
        keep_first(run, table, state);
    for (uint32_t i = 0; i < state->n_hits; i++) {
        dx_val one = hit_value(run, table, state->outputs + (size_t)i * table->n_outputs);
        result = i == 0 ? one : dx_run_join(run, state->cause, result, one);
        certain += bit(state->match, state->hits[i]);
    }
    if (certain == 0 && !state->wants_default) /* computed defaults are joined by the caller */
        result = dx_run_join(run, state->cause, result, default_result(run, table));
    if ((certain > 0 || state->n_hits > 1) && table->hit == DX_HIT_UNIQUE)
        result = certain > 1 ? DX_VAL_NULL : dx_run_join(run, state->cause, result, DX_VAL_NULL);
    return result;
}

/* An input that may lie outside its declared values may make the result null. */
static dx_val gated(dx_run *run, const table_state *state, dx_val result) {
    return state->gate.tag == DX_UNKNOWN ? dx_run_join(run, state->gate, result, DX_VAL_NULL)
                                         : result;
}

static dx_val finish(dx_run *run, const dx_table *table, table_state *state) {
    if (state->cause.tag == DX_UNKNOWN)
        return gated(run, state, joined_result(run, table, state));
    if (state->n_hits == 0)
        return gated(run, state, default_result(run, table));
    if (order_is_open(table, state))
        return dx_val_unknown_join(run->arena, state->gate, list_of_outputs(table, state));
    return gated(run, state,
                 is_multiple(table) ? collected(run, table, state)
                                    : single_result(run, table, state));
}

/* --- hits in order ---------------------------------------------------------------------------- */

/* The next rule from `from` on whose outputs are needed, or n_rules. */
static uint32_t next_hit(const dx_table *table, const table_state *state, uint32_t from) {
    if (table->hit == DX_HIT_FIRST && state->n_hits > 0 &&
        bit(state->match, state->hits[state->n_hits - 1]))
        return table->n_rules;
    for (uint32_t w = from / 64; w < table->n_words; w++) {
        uint64_t rest = state->may[w];
        if (w == from / 64)
            rest &= ~UINT64_C(0) << (from % 64);
        if (rest)
            return w * 64 + (uint32_t)__builtin_ctzll(rest);
    }
    return table->n_rules;
}

static uint32_t count_bits(const uint64_t *set, uint32_t words) {
    uint32_t n = 0;
    for (uint32_t w = 0; w < words; w++)
        n += (uint32_t)__builtin_popcountll(set[w]);
    return n;
}

static void take(const dx_table *table, table_state *state, uint32_t rule, const dx_val *outputs) {
    memcpy(state->outputs + (size_t)state->n_hits * table->n_outputs, outputs,
           table->n_outputs * sizeof *outputs);
    state->hits[state->n_hits++] = rule;
}

/* Where the code of the next outputs begins; 0 when all are there. */
static uint32_t advance(const dx_table *table, table_state *state, uint32_t from) {
    state->current = next_hit(table, state, from);
    if (state->current < table->n_rules)
        return table->targets[state->current];
    bool none = true;
    for (uint32_t i = 0; i < state->n_hits; i++)
        none = none && !bit(state->match, state->hits[i]);
    if (none && !state->wants_default && table->targets[table->n_rules]) {
        state->wants_default = true;
        return table->targets[table->n_rules];
    }
    return 0;
}

static uint32_t run_constants(dx_run *run, const dx_table *table, table_state *state, dx_val *ret) {
    for (uint32_t r = next_hit(table, state, 0); r < table->n_rules;
         r = next_hit(table, state, r + 1))
        take(table, state, r, table->constants + (size_t)r * table->n_outputs);
    *ret = finish(run, table, state);
    return 0;
}

static void put_state(dx_val *frame, const dx_table *table, table_state *state) {
    frame[table->state] = (dx_val){.tag = DX_NULL, .u.s = (const char *)state};
}

static DX_APART uint32_t begin(dx_run *run, const dx_table *table, dx_val *frame, dx_val *ret) {
    enum { WORDS_ON_STACK = 8 };
    uint32_t words = table->n_words;
    uint64_t small[4 * WORDS_ON_STACK];
    bool on_stack = table->constants && words <= WORDS_ON_STACK;
    uint64_t *match = on_stack ? small : dx_alloc(run->arena, (4 * words + 1) * sizeof *match);
    uint64_t *may = match + words, *column_match = may + words, *column_may = column_match + words;
    dx_val cause = DX_VAL_NULL;
    bool left = words > 0;
    memcpy(match, table->all_rules, words * sizeof *match);
    memcpy(may, table->all_rules, words * sizeof *may);
    if (run->tracing)
        trace_table(run, table, frame);
    table_state state = {.match = match, .may = may};
    if (!inputs_allowed(run, table, frame, &state.gate)) {
        *ret = DX_VAL_NULL;
        return table->constants ? 0 : table->resume;
    }
    for (uint32_t col = 0; left && col < table->n_inputs; col++) {
        match_column(run, table, &table->columns[col], frame, input_of(table, frame, col),
                     column_match, column_may, &cause);
        and_into(match, column_match, words);
        left = and_into(may, column_may, words);
    }
    bool uncertain = cause.tag == DX_UNKNOWN && memcmp(match, may, words * sizeof *match) != 0;
    if (uncertain)
        state.cause = causes_that_matter(run, table, frame, may);
    uint32_t most = left ? count_bits(may, words) : 0;
    if (table->constants && most == 1 && !uncertain && !is_multiple(table) &&
        state.gate.tag == DX_NULL) {
        uint32_t r = next_hit(table, &state, 0);
        *ret = hit_value(run, table, table->constants + (size_t)r * table->n_outputs);
        return 0;
    }
    state.outputs = dx_alloc(run->arena, (size_t)(most + 1) * table->n_outputs * sizeof(dx_val));
    state.hits = dx_alloc(run->arena, (most + 1) * sizeof *state.hits);
    if (table->constants)
        return run_constants(run, table, &state, ret);
    table_state *kept = dx_alloc(run->arena, sizeof *kept);
    *kept = state;
    put_state(frame, table, kept);
    uint32_t next = advance(table, kept, 0);
    if (next)
        return next;
    *ret = finish(run, table, kept);
    return table->resume;
}

/* A table of few rules whose cells are constants, when at most one rule matches for certain. */
static bool begin_plain(dx_run *run, const dx_table *table, dx_val *frame, dx_val *ret,
                        uint32_t *ret_next) {
    uint64_t match;
    if (!match_plain(run, table, frame, &match) || (match & (match - 1)) != 0)
        return false;
    uint32_t hit = match ? (uint32_t)__builtin_ctzll(match) : table->n_rules;
    if (table->results) {
        *ret = table->results[hit];
        *ret_next = 0;
    } else if (table->targets[hit]) {
        put_state(frame, table, NULL); /* the outputs are the result */
        *ret_next = table->targets[hit];
    } else {
        *ret = DX_VAL_NULL;
        *ret_next = table->resume;
    }
    return true;
}

uint32_t dx_table_begin(dx_run *run, const dx_table *table, dx_val *frame, dx_val *ret) {
    uint32_t next;
    if (table->plain && !run->tracing && begin_plain(run, table, frame, ret, &next))
        return next;
    return begin(run, table, frame, ret);
}

uint32_t dx_table_output(dx_run *run, const dx_table *table, dx_val *frame, const dx_val *outputs,
                         dx_val *ret) {
    table_state *state = (table_state *)frame[table->state].u.s;
    if (!state) {
        *ret = hit_value(run, table, outputs);
        return table->resume;
    }
    if (state->wants_default) {
        dx_val fallback = hit_value(run, table, outputs);
        if (state->n_hits > 0 || state->cause.tag == DX_UNKNOWN)
            fallback = dx_run_join(run, state->cause, finish(run, table, state), fallback);
        *ret = gated(run, state, fallback);
        return table->resume;
    }
    take(table, state, state->current, outputs);
    uint32_t next = advance(table, state, state->current + 1);
    if (next)
        return next;
    *ret = finish(run, table, state);
    return table->resume;
}
