/* Blocks of a column program: every step in turn, by its kernel where that has a say, by a table of
 * answers where an argument has few distinct values, else row by row in the row engine. */
#include "batch/run.h"

#include "feel/run.h"

static dx_step_kernel *const kernels[] = {
#define X(name, kernel, hands_on) kernel,
#include "batch/steps.def"
#undef X
};

static const bool hands_on[] = {
#define X(name, kernel, hands_on) hands_on,
#include "batch/steps.def"
#undef X
};

dx_batch_run *dx_batch_run_new(const dx_batch *batch, dx_arena *arena, dx_arena *kept) {
    dx_batch_run *run = DX_NEW(kept, dx_batch_run);
    uint32_t n = batch->steps.n, most = 1;
    *run = (dx_batch_run){.batch = batch, .k = dx_kernels_best(), .arena = arena, .kept = kept};
    run->vectors = DX_NEW_ARRAY(kept, dx_vector, n + 1);
    run->done = DX_NEW_ARRAY(kept, bool, n + 1);
    run->answers = DX_NEW_ARRAY(kept, dx_answers *, n + 1);
    run->dicts = DX_NEW_ARRAY(kept, dx_dict *, n + 1);
    run->slots = DX_NEW_ARRAY(kept, dx_slot, batch->n_slots + 1);
    run->hard = dx_alloc(kept, DX_ROWS);
    run->bits = dx_alloc(kept, DX_ROWS);
    for (uint32_t i = 0; i < batch->n_slots; i++)
        dx_slot_init(&run->slots[i], kept);
    for (uint32_t i = 0; i < 2; i++)
        dx_slot_init(&run->scratch[i], kept);
    for (uint32_t i = 0; i < n; i++)
        most = batch->steps.v[i].n_args > most ? batch->steps.v[i].n_args : most;
    run->args = DX_NEW_ARRAY(kept, dx_val, most);
    run->wanted = DX_NEW_ARRAY(kept, uint8_t *, batch->guards.n + 1);
    run->n_wanted = DX_NEW_ARRAY(kept, uint32_t, batch->guards.n + 1);
    for (uint32_t i = 0; i < batch->guards.n; i++)
        run->wanted[i] = dx_alloc(kept, DX_ROWS);
    run->row = dx_run_new(&batch->workshop.program, arena);
    return run;
}

void dx_batch_run_free(dx_batch_run *run) {
    dx_run_free(run->row);
}

/* --- the row engine --- */

/* The match of a table is no argument of its expression. */
static uint32_t first_value(const dx_step *step) {
    return step->kind == DX_S_TABLE ? 1 : 0;
}

static dx_val call_row(dx_batch_run *run, const dx_step *step) {
    uint32_t first = first_value(step);
    run->row->steps = 0;
    return dx_run_call(run->row, step->proc, NULL, run->args, step->n_args - first);
}

static void gather_row(dx_batch_run *run, const dx_step *step, uint32_t row) {
    uint32_t first = first_value(step);
    for (uint32_t i = first; i < step->n_args; i++)
        run->args[i - first] = dx_vector_at(dx_step_arg(run, step, i), row, run->arena);
}

dx_val dx_step_row(dx_batch_run *run, const dx_step *step, uint32_t row) {
    gather_row(run, step, row);
    return call_row(run, step);
}

void dx_step_leave(dx_batch_run *run, const uint8_t *rows, uint8_t mark) {
    run->k->same_byte(run->hard, rows, mark, run->n);
    run->has_hard = run->k->count(run->hard, run->n) > 0;
}

/* Results by arguments, so that rows with the same arguments are computed once. */
typedef struct memo {
    uint32_t n_args;
    dx_val *args, *results;
    bool *used;
} memo;
enum { MEMO_SIZE = 64 };

static memo memo_new(dx_batch_run *run, uint32_t n_args) {
    memo m = {.n_args = n_args};
    m.args = dx_alloc(run->arena, MEMO_SIZE * (n_args + 1) * sizeof *m.args);
    m.results = dx_alloc(run->arena, MEMO_SIZE * sizeof *m.results);
    m.used = DX_NEW_ARRAY(run->arena, bool, MEMO_SIZE);
    return m;
}

static uint64_t word_of(const dx_val *v) {
    uint64_t word;
    bool empty = v->tag == DX_NULL || (v->tag == DX_LIST && v->n == 0);
    memcpy(&word, &v->u, sizeof word);
    return v->tag == DX_BOOL ? v->u.b : empty ? 0 : word;
}

static bool same_args(const dx_val *a, const dx_val *b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (a[i].tag != b[i].tag || a[i].n != b[i].n || word_of(&a[i]) != word_of(&b[i]))
            return false;
    return true;
}

static dx_val remembered(dx_batch_run *run, const dx_step *step, memo *m) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < m->n_args; i++)
        hash = (hash ^ run->args[i].tag ^ word_of(&run->args[i])) * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(hash >> 58);
    dx_val *args = m->args + (size_t)at * m->n_args;
    if (!m->used[at] || !same_args(args, run->args, m->n_args)) {
        memcpy(args, run->args, m->n_args * sizeof *args);
        m->results[at] = call_row(run, step);
        m->used[at] = true;
    }
    return m->results[at];
}

/* Strings that a step computes, as codes, so that steps after it have few values to look at. */
static void encode(dx_batch_run *run, dx_vector *v, dx_slot *slot, dx_dict **dict, uint32_t n) {
    bool strings = false;
    if (v->form != DX_FORM_VALUES)
        return;
    for (uint32_t i = 0; i < n && !strings; i++)
        strings = v->u.values[i].tag == DX_STRING;
    if (!strings)
        return;
    if (!*dict)
        *dict = dx_dict_new(run->kept);
    dx_vector_encode(v, slot, *dict, n);
}

static void all_rows(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    memo m = memo_new(run, step->n_args - first_value(step));
    dx_val *values = slot->values;
    for (uint32_t i = 0; i < run->n; i++) {
        values[i] = DX_VAL_NULL;
        if (!dx_batch_wants(run, i))
            continue;
        gather_row(run, step, i);
        values[i] = remembered(run, step, &m);
    }
    dx_vector_pack(ret, slot, values, run->n);
}

static void hard_rows(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    memo m = memo_new(run, step->n_args - first_value(step));
    for (uint32_t i = 0; i < run->n; i++) {
        if (!run->hard[i] || !dx_batch_wants(run, i))
            continue;
        gather_row(run, step, i);
        dx_vector_put(ret, slot, i, remembered(run, step, &m), run->n, run->arena);
    }
}

/* --- answers by code --- */

/* The one argument that is not the same for all rows, when it is codes or booleans; else DX_NONE.
 */
static uint32_t varying_code(const dx_batch_run *run, const dx_step *step) {
    uint32_t varying = DX_NONE;
    for (uint32_t i = first_value(step); i < step->n_args; i++) {
        const dx_vector *v = dx_step_arg(run, step, i);
        if (v->form == DX_FORM_ONE)
            continue;
        bool coded = v->form == DX_FORM_CODES || v->form == DX_FORM_BOOLS;
        if (varying != DX_NONE || !coded || v->causes)
            return DX_NONE;
        varying = i;
    }
    return varying;
}

/* The value that a code stands for; of a boolean the code is the byte. */
static dx_val value_of_code(const dx_vector *v, uint32_t code) {
    dx_val unknown = dx_val_unknown_by(v->cause);
    if (v->form == DX_FORM_BOOLS)
        return code < 2 ? dx_val_bool(code == 1) : code == DX_STATE_UNKNOWN ? unknown : DX_VAL_NULL;
    return code == DX_CODE_NULL      ? DX_VAL_NULL
           : code == DX_CODE_UNKNOWN ? unknown
                                     : dx_val_str(v->dict->strings.v[code]);
}

static bool is_open(const dx_vector *v) {
    return v->form == DX_FORM_BOOLS ? v->state != NULL : v->open;
}

static bool answers_hold(dx_batch_run *run, const dx_step *step, const dx_answers *answers,
                         const dx_vector *v) {
    uint32_t n = step->n_args - first_value(step);
    return answers->dict == v->dict && answers->open == is_open(v) && answers->cause == v->cause &&
           same_args(answers->others, run->args, n);
}

static void start_answers(dx_batch_run *run, const dx_step *step, dx_answers *answers,
                          const dx_vector *v) {
    uint32_t n = step->n_args - first_value(step);
    answers->dict = v->dict;
    answers->open = is_open(v);
    answers->cause = v->cause;
    answers->n = 0;
    answers->composite = false;
    for (uint32_t i = 0; i < n; i++)
        answers->others[i] = dx_val_copy(run->kept, run->args[i]);
}

static bool is_value_code(const dx_vector *v, uint32_t code) {
    return v->form == DX_FORM_BOOLS ? code < 2 : code >= DX_CODE_FIRST;
}

/* The answers of a step for all codes of v, which is its argument `at`. NULL when one of them has
 * parts: those are made of a block's values and do not outlive it. */
static dx_answers *answers_of(dx_batch_run *run, const dx_step *step, uint32_t at,
                              const dx_vector *v) {
    dx_answers **place = &run->answers[step - run->batch->steps.v];
    uint32_t first = first_value(step), n = v->dict ? v->dict->strings.n : 4;
    if (!*place) {
        *place = DX_NEW(run->kept, dx_answers);
        (*place)->others = DX_NEW_ARRAY(run->kept, dx_val, step->n_args + 1);
        dx_slot_init(&(*place)->slot, run->kept);
        (*place)->n = UINT32_MAX;
    }
    dx_answers *answers = *place;
    for (uint32_t i = first; i < step->n_args; i++)
        run->args[i - first] = i == at ? DX_VAL_NULL : dx_step_arg(run, step, i)->one;
    if (answers->n == UINT32_MAX || !answers_hold(run, step, answers, v))
        start_answers(run, step, answers, v);
    if (answers->n == n)
        return answers->composite ? NULL : answers;
    for (; answers->n < n && !answers->composite; answers->n++) {
        run->args[at - first] = value_of_code(v, answers->n);
        bool none = run->args[at - first].tag == DX_UNKNOWN && !v->cause;
        dx_val answer = none ? DX_VAL_NULL : call_row(run, step);
        answers->composite = answer.tag >= DX_LIST;
        if (!answers->composite)
            answers->values[answers->n] = dx_val_copy(run->kept, answer);
    }
    if (answers->composite)
        return NULL;
    if (!answers->open) /* codes that do not come up shall not make the form wider */
        for (uint32_t i = 0; i < n; i++)
            if (!is_value_code(v, i))
                answers->values[i] = answers->values[is_value_code(v, 0) ? 0 : n - 1];
    dx_vector_pack(&answers->packed, &answers->slot, answers->values, n);
    encode(run, &answers->packed, &answers->slot, &answers->strings, n);
    return answers;
}

static const uint16_t *codes_of(const dx_vector *v, dx_slot *slot, uint32_t n) {
    if (v->form == DX_FORM_CODES)
        return v->u.codes;
    for (uint32_t i = 0; i < n; i++)
        slot->codes[i] = v->u.bools[i]; /* which spread may write over, row by row */
    return slot->codes;
}

/* Truth that few codes have, or few have not, by comparing with those. */
static bool by_few_codes(dx_batch_run *run, const dx_answers *answers, const uint16_t *codes,
                         uint8_t *r) {
    uint16_t few[2][DX_FEW_CODES];
    uint32_t n[2] = {0};
    for (uint32_t i = 0; i < answers->n; i++) {
        uint8_t answer = answers->packed.u.bools[i];
        if (answer > 1)
            return false;
        if (n[answer] < DX_FEW_CODES)
            few[answer][n[answer]] = (uint16_t)i;
        n[answer]++;
    }
    uint8_t found = n[1] <= DX_FEW_CODES ? 1 : 0;
    if (n[found] > DX_FEW_CODES || n[found] == 0)
        return false;
    for (uint32_t i = n[found]; i < DX_FEW_CODES; i++)
        few[found][i] = few[found][0];
    run->k->few_codes(r, codes, few[found], found, run->n);
    return true;
}

static void spread(dx_batch_run *run, const dx_answers *answers, const uint16_t *codes,
                   dx_vector *ret, dx_slot *slot) {
    const dx_vector *table = &answers->packed;
    uint32_t n = run->n;
    *ret = *table;
    if (table->form == DX_FORM_BOOLS) {
        if (!by_few_codes(run, answers, codes, slot->bools))
            run->k->look_up_bytes(slot->bools, codes, table->u.bools, n);
        ret->u.bools = slot->bools;
        ret->state = table->state ? slot->bools : NULL;
    } else if (table->form == DX_FORM_NUMS) {
        run->k->look_up(slot->nums, codes, table->u.nums, n);
        ret->u.nums = slot->nums;
        if (table->state)
            run->k->look_up_bytes(slot->state, codes, table->state, n);
        ret->state = table->state ? slot->state : NULL;
        if (table->exps)
            run->k->look_up_bytes((uint8_t *)slot->exps, codes, (const uint8_t *)table->exps, n);
        ret->exps = table->exps ? slot->exps : NULL;
    } else if (table->form == DX_FORM_CODES) {
        for (uint32_t i = 0; i < n; i++)
            slot->codes[i] = table->u.codes[codes[i]];
        ret->u.codes = slot->codes;
    } else if (table->form == DX_FORM_VALUES) {
        for (uint32_t i = 0; i < n; i++)
            slot->values[i] = table->u.values[codes[i]];
        ret->u.values = slot->values;
    }
    for (uint32_t i = 0; table->causes && i < n; i++)
        slot->causes[i] = table->causes[codes[i]];
    ret->causes = table->causes ? slot->causes : NULL;
}

/* True when the step depends on one argument of few distinct values. */
static bool by_answers(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    if (!step->proc)
        return false;
    uint32_t at = varying_code(run, step);
    if (at == DX_NONE)
        return false;
    const dx_vector *v = dx_step_arg(run, step, at);
    const dx_answers *answers = answers_of(run, step, at, v);
    if (!answers)
        return false;
    spread(run, answers, codes_of(v, slot, run->n), ret, slot);
    return true;
}

/* --- guards --- */

/* Rows in which none of a guard's conditions fails. */
static void make_wanted(dx_batch_run *run, uint32_t number) {
    const dx_guard *guard = &run->batch->guards.v[number];
    uint8_t *wanted = run->wanted[number], *one = run->hard;
    memset(wanted, 1, run->n);
    for (uint32_t i = 0; i < guard->n; i++) {
        const dx_vector *v = dx_batch_result(run, guard->conditions[i]);
        if (v->form == DX_FORM_BOOLS)
            run->k->may_hold(one, v->u.bools, run->n);
        for (uint32_t row = 0; v->form != DX_FORM_BOOLS && row < run->n; row++) {
            dx_val value = dx_vector_at(v, row, run->arena);
            one[row] = dx_val_is_true(value) || value.tag == DX_UNKNOWN;
        }
        run->k->and_bytes(wanted, one, run->n);
    }
    run->n_wanted[number] = run->k->count(wanted, run->n);
}

/* Sets the rows in which a step is wanted; false when there are none. */
static bool is_wanted(dx_batch_run *run, const dx_step *step) {
    run->wants = NULL;
    if (step->guard == 0)
        return true;
    if (run->n_wanted[step->guard - 1] == UINT32_MAX)
        make_wanted(run, step->guard - 1);
    run->wants = run->wanted[step->guard - 1];
    return run->n_wanted[step->guard - 1] > 0;
}

/* --- steps --- */

static bool same_for_all(const dx_batch_run *run, const dx_step *step) {
    for (uint32_t i = first_value(step); i < step->n_args; i++)
        if (dx_step_arg(run, step, i)->form != DX_FORM_ONE)
            return false;
    return true;
}

/* Strings go by their answers before any kernel, but for those that would hand them on as they are.
 */
static bool has_codes(const dx_batch_run *run, const dx_step *step) {
    if (hands_on[step->kind])
        return false;
    for (uint32_t i = first_value(step); i < step->n_args; i++)
        if (dx_step_arg(run, step, i)->form == DX_FORM_CODES)
            return true;
    return false;
}

static void do_step(dx_batch_run *run, uint32_t number) {
    const dx_step *step = &run->batch->steps.v[number];
    dx_vector *ret = &run->vectors[number];
    dx_slot *slot = &run->slots[step->slot];
    dx_step_kernel *kernel = kernels[step->kind];
    run->has_hard = false;
    if (!is_wanted(run, step)) {
        *ret = dx_vector_one(DX_VAL_NULL);
        return;
    }
    if (step->proc && same_for_all(run, step)) {
        *ret = dx_vector_one(dx_step_row(run, step, 0));
        return;
    }
    if (has_codes(run, step) && by_answers(run, step, ret, slot))
        return;
    *ret = (dx_vector){0};
    if (kernel && kernel(run, step, ret, slot)) {
        if (run->has_hard)
            hard_rows(run, step, ret, slot);
    } else {
        run->has_hard = false;
        if (by_answers(run, step, ret, slot))
            return;
        all_rows(run, step, ret, slot);
    }
    if (!hands_on[step->kind] || ret->u.values == slot->values)
        encode(run, ret, slot, &run->dicts[number], run->n);
}

const dx_vector *dx_step_vector(dx_batch_run *run, uint32_t step) {
    if (!run->done[step]) {
        do_step(run, step);
        run->done[step] = true;
    }
    return &run->vectors[step];
}

void dx_batch_block(dx_batch_run *run, const dx_vector *fields, uint32_t n) {
    const dx_batch *batch = run->batch;
    dx_arena_reset(run->arena);
    dx_run_reset(run->row);
    run->fields = fields;
    run->n = n;
    memset(run->done, 0, batch->steps.n * sizeof *run->done);
    memset(run->n_wanted, 0xff, batch->guards.n * sizeof *run->n_wanted);
    for (uint32_t i = 0; i < batch->steps.n; i++) {
        const dx_step *step = &batch->steps.v[i];
        if (step->kind == DX_S_CONST)
            run->vectors[i] = dx_vector_one(step->value);
        else if (step->kind == DX_S_FIELD)
            run->vectors[i] = fields[step->number];
        else if (step->kind != DX_S_MATCH)
            do_step(run, i);
    }
}
