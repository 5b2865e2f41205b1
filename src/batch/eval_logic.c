/* Kernels on truth values, choices and borders: and, or, not; if; unary tests; what conforms to a
 * type. */
#include "batch/run.h"
#include "feel/run.h"

/* --- and, or, not --- */

/* Truth values a row: an array, or in `room` that of a value that is the same for all; NULL when
 * they are something else. */
static const uint8_t *truth(const dx_vector *v, uint8_t *room, uint32_t n) {
    if (v->form == DX_FORM_BOOLS)
        return v->u.bools;
    if (v->form != DX_FORM_ONE || v->one.tag > DX_BOOL)
        return NULL;
    memset(room,
           v->one.tag == DX_BOOL      ? v->one.u.b
           : v->one.tag == DX_UNKNOWN ? DX_STATE_UNKNOWN
                                      : DX_STATE_NULL,
           n);
    return room;
}

bool dx_step_logic(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    bool deciding = step->kind == DX_S_OR;
    const dx_vector *one = x->form == DX_FORM_ONE ? x : y, *other = one == x ? y : x;
    const uint8_t *a = truth(x, run->scratch[0].bools, run->n);
    const uint8_t *b = truth(y, run->scratch[1].bools, run->n);
    if (one->form == DX_FORM_ONE && one->one.tag == DX_BOOL && one->one.u.b == deciding) {
        *ret = *one;
        return true;
    }
    if (!a || !b)
        return false;
    if (one->form == DX_FORM_ONE && one->one.tag == DX_BOOL) {
        *ret = *other;
        return true;
    }
    ret->form = DX_FORM_BOOLS;
    ret->u.bools = slot->bools;
    bool known = !x->state && !y->state && one->form != DX_FORM_ONE;
    if (known) {
        (deciding ? run->k->either : run->k->both)(slot->bools, a, b, run->n);
        return true;
    }
    (deciding ? run->k->kleene_or : run->k->kleene_and)(slot->bools, a, b, run->n);
    ret->state = slot->bools;
    dx_step_causes(run, ret, slot, slot->bools, x, y);
    return true;
}

bool dx_step_not(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0);
    if (x->form != DX_FORM_BOOLS)
        return false;
    ret->form = DX_FORM_BOOLS;
    ret->u.bools = slot->bools;
    run->k->kleene_not(slot->bools, x->u.bools, run->n);
    if (x->state) {
        ret->state = slot->bools;
        dx_step_causes(run, ret, slot, slot->bools, x, x);
    }
    return true;
}

/* --- if --- */

/* The states of a branch a row, in `room` when it is one value for all. */
static const uint8_t *branch_state(const dx_vector *v, uint8_t *room, uint32_t n) {
    if (v->state)
        return v->state;
    bool null = v->form == DX_FORM_ONE && v->one.tag == DX_NULL;
    memset(room, null ? DX_STATE_NULL : DX_STATE_KNOWN, n);
    return room;
}

/* The unknown rows of the branch that was taken keep their causes. */
static void chosen_causes(dx_batch_run *run, const uint8_t *c, const dx_vector *a,
                          const dx_vector *b, dx_vector *ret, dx_slot *slot) {
    if (a->cause == b->cause && !a->causes && !b->causes) {
        ret->cause = a->cause;
        return;
    }
    for (uint32_t i = 0; i < run->n; i++) {
        const dx_vector *taken = c[i] == 1 ? a : b;
        slot->causes[i] = taken->causes ? taken->causes[i] : taken->cause;
    }
    ret->causes = slot->causes;
}

static bool is_state_or(const dx_vector *v, dx_form form, dx_tag tag) {
    return v->form == form ||
           (v->form == DX_FORM_ONE && (v->one.tag == tag || v->one.tag == DX_NULL));
}

static bool null_as_number(const dx_vector *v, dx_operand *ret) {
    if (v->form != DX_FORM_ONE || v->one.tag != DX_NULL)
        return dx_operand_of(v, ret);
    *ret = (dx_operand){0};
    return true;
}

static void choose_exps(dx_batch_run *run, const uint8_t *c, const dx_operand *a,
                        const dx_operand *b, dx_vector *ret, dx_slot *slot) {
    int8_t *x = run->scratch[0].exps, *y = run->scratch[1].exps;
    ret->exp = a->exp;
    if (!a->exps && !b->exps && a->exp == b->exp)
        return;
    memset(x, a->exp, run->n);
    memset(y, b->exp, run->n);
    run->k->choose_bytes((uint8_t *)slot->exps, c, (const uint8_t *)(a->exps ? a->exps : x),
                         (const uint8_t *)(b->exps ? b->exps : y), run->n);
    ret->exps = slot->exps;
}

static bool choose_numbers(dx_batch_run *run, const uint8_t *c, const dx_vector *x,
                           const dx_vector *y, dx_vector *ret, dx_slot *slot) {
    const dx_kernels *k = run->k;
    dx_operand a, b;
    if (!null_as_number(x, &a) || !null_as_number(y, &b))
        return false;
    uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
    if (!dx_operand_scale(run, &a, scale, &run->scratch[0]) ||
        !dx_operand_scale(run, &b, scale, &run->scratch[1]))
        return false;
    if (a.nums && b.nums)
        k->choose_vv(slot->nums, c, a.nums, b.nums, run->n);
    else if (a.nums)
        k->choose_vs(slot->nums, c, a.nums, b.one, run->n);
    else if (b.nums)
        k->choose_sv(slot->nums, c, a.one, b.nums, run->n);
    else
        k->choose_ss(slot->nums, c, a.one, b.one, run->n);
    choose_exps(run, c, &a, &b, ret, slot);
    ret->form = DX_FORM_NUMS;
    ret->u.nums = slot->nums;
    ret->scale = scale;
    ret->low = a.low < b.low ? a.low : b.low;
    ret->high = a.high > b.high ? a.high : b.high;
    ret->low = ret->low < 0 ? ret->low : 0;
    ret->high = ret->high > 0 ? ret->high : 0;
    return true;
}

static bool is_null(const dx_vector *v) {
    return v->form == DX_FORM_ONE && v->one.tag == DX_NULL;
}

static bool choose_typed(dx_batch_run *run, const uint8_t *c, const dx_vector *x,
                         const dx_vector *y, dx_vector *ret, dx_slot *slot) {
    uint32_t n = run->n;
    if (is_state_or(x, DX_FORM_BOOLS, DX_BOOL) && is_state_or(y, DX_FORM_BOOLS, DX_BOOL)) {
        const uint8_t *a = truth(x, run->scratch[0].bools, n);
        const uint8_t *b = truth(y, run->scratch[1].bools, n);
        run->k->choose_bytes(slot->bools, c, a, b, n);
        ret->form = DX_FORM_BOOLS;
        ret->u.bools = slot->bools;
        ret->state = x->state || y->state || is_null(x) || is_null(y) ? slot->bools : NULL;
    } else if (is_state_or(x, DX_FORM_NUMS, DX_NUM) && is_state_or(y, DX_FORM_NUMS, DX_NUM)) {
        if (!choose_numbers(run, c, x, y, ret, slot))
            return false;
        if (x->state || y->state || is_null(x) || is_null(y)) {
            const uint8_t *a = branch_state(x, run->scratch[0].state, n);
            const uint8_t *b = branch_state(y, run->scratch[1].state, n);
            run->k->choose_bytes(slot->state, c, a, b, n);
            ret->state = slot->state;
        }
    } else {
        return false;
    }
    if (ret->state)
        chosen_causes(run, c, x, y, ret, slot);
    return true;
}

/* Whatever the branches hold: the value of the one that is taken. */
static void choose_values(dx_batch_run *run, const uint8_t *c, const dx_vector *x,
                          const dx_vector *y, dx_vector *ret, dx_slot *slot) {
    for (uint32_t i = 0; i < run->n; i++)
        slot->values[i] = dx_vector_at(c[i] == 1 ? x : y, i, run->arena);
    *ret = (dx_vector){.form = DX_FORM_VALUES, .u.values = slot->values};
}

/* true takes the first branch, false and null the other; an unknown condition joins the two. */
bool dx_step_if(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *c = dx_step_arg(run, step, 0), *x = dx_step_arg(run, step, 1);
    const dx_vector *y = dx_step_arg(run, step, 2);
    if (c->form == DX_FORM_ONE && c->one.tag != DX_UNKNOWN) {
        *ret = dx_val_is_true(c->one) ? *x : *y;
        return true;
    }
    if (c->form != DX_FORM_BOOLS)
        return false;
    if (!choose_typed(run, c->u.bools, x, y, ret, slot))
        choose_values(run, c->u.bools, x, y, ret, slot);
    bool open = c->cause || c->causes;
    for (uint32_t i = 0; open && i < run->n; i++)
        if (c->u.bools[i] == DX_STATE_UNKNOWN && dx_batch_wants(run, i))
            dx_vector_put(ret, slot, i,
                          dx_run_join(run->row, dx_vector_at(c, i, run->arena),
                                      dx_vector_at(x, i, run->arena),
                                      dx_vector_at(y, i, run->arena)),
                          run->n, run->arena);
    return true;
}

/* --- tests --- */

/* r = v <relation> bound. */
static bool against(dx_batch_run *run, dx_op op, const dx_vector *v, dx_val bound, uint8_t *r) {
    const dx_kernels *k = run->k;
    const dx_vector one = dx_vector_one(bound);
    dx_operand a, b;
    if (!dx_operand_of(v, &a) || !dx_operand_of(&one, &b))
        return false;
    uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
    if (!dx_operand_scale(run, &a, scale, &run->scratch[0]) ||
        !dx_operand_scale(run, &b, scale, &run->scratch[1]))
        return false;
    switch (op) {
    case DX_OP_LT: k->lt_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_LE: k->le_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_GT: k->gt_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_GE: k->ge_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_NE: k->ne_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_NONE:
    case DX_OP_EQ: k->eq_vs(r, a.nums, b.one, run->n); break;
    case DX_OP_ADD:
    case DX_OP_SUB:
    case DX_OP_MUL:
    case DX_OP_DIV:
    case DX_OP_POW: return false;
    }
    return true;
}

static bool within(dx_batch_run *run, const dx_vector *v, const dx_range *range, uint8_t *r) {
    uint8_t *low = run->scratch[0].bools, *high = run->scratch[1].bools;
    bool has_low = range->low.tag == DX_NUM, has_high = range->high.tag == DX_NUM;
    bool other_low = !has_low && range->low.tag != DX_NULL;
    bool other_high = !has_high && range->high.tag != DX_NULL;
    if (range->op == DX_OP_NE || other_low || other_high)
        return false;
    memset(low, 1, run->n);
    memset(high, 1, run->n);
    if ((has_low && !against(run, range->low_closed ? DX_OP_GE : DX_OP_GT, v, range->low, low)) ||
        (has_high && !against(run, range->high_closed ? DX_OP_LE : DX_OP_LT, v, range->high, high)))
        return false;
    run->k->both(r, low, high, run->n);
    return true;
}

bool dx_cell_numbers(dx_batch_run *run, const dx_cell *cell, const dx_vector *v, uint8_t *r) {
    uint8_t *one = run->scratch[0].state, *before = run->scratch[1].state;
    uint32_t n = run->n;
    if (v->form != DX_FORM_NUMS)
        return false;
    memset(r, 0, n);
    for (uint32_t i = 0; i < cell->n_tests; i++) {
        const dx_cell_test *test = &cell->tests[i];
        bool is_range = test->op == DX_OP_NONE && test->value.tag == DX_RANGE;
        if (!is_range && test->value.tag != DX_NUM)
            return false;
        if (is_range ? !within(run, v, test->value.u.range, one)
                     : !against(run, (dx_op)test->op, v, test->value, one))
            return false;
        memcpy(before, r, n);
        run->k->either(r, before, one, n);
    }
    if (cell->negated) {
        memcpy(before, r, n);
        run->k->kleene_not(r, before, n);
    }
    return true;
}

/* An unknown is so to every test; what a test makes of null the row engine knows. */
bool dx_step_tests(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0);
    if (!dx_cell_numbers(run, step->cell, x, slot->bools))
        return false;
    ret->form = DX_FORM_BOOLS;
    ret->u.bools = slot->bools;
    if (x->state) {
        memcpy(run->scratch[0].bools, slot->bools, run->n);
        run->k->or_state(slot->bools, run->scratch[0].bools, x->state, run->n);
        ret->state = slot->bools;
        dx_step_causes(run, ret, slot, slot->bools, x, x);
        dx_step_leave(run, x->state, DX_STATE_NULL);
    }
    return true;
}

/* --- borders --- */

/* Whether all values of a vector are plain to see to be of a type, its tests left out. */
static bool fits(const dx_batch_run *run, const dx_type *type, const dx_vector *v) {
    bool simple = dx_type_is_simple(type);
    switch (v->form) {
    case DX_FORM_ONE:
        return v->one.tag <= DX_UNKNOWN || (simple && v->one.tag == (dx_tag)type->kind);
    case DX_FORM_BOOLS: return simple && type->kind == DX_T_BOOL;
    case DX_FORM_NUMS: return simple && type->kind == DX_T_NUM;
    case DX_FORM_CODES: return simple && type->kind == DX_T_STRING;
    case DX_FORM_RULES: return false;
    case DX_FORM_VALUES: break;
    }
    for (uint32_t i = 0; i < run->n; i++) {
        uint8_t tag = v->u.values[i].tag;
        if (tag > DX_UNKNOWN && (!simple || tag != (uint8_t)type->kind))
            return false;
    }
    return true;
}

/* A copy of a vector in the slot, so that rows can be written over. */
static bool copy_vector(dx_batch_run *run, const dx_vector *x, dx_vector *ret, dx_slot *slot) {
    uint32_t n = run->n;
    *ret = *x;
    if (x->form == DX_FORM_NUMS)
        ret->u.nums = memcpy(slot->nums, x->u.nums, n * sizeof *slot->nums);
    else if (x->form == DX_FORM_BOOLS)
        ret->u.bools = memcpy(slot->bools, x->u.bools, n);
    else
        return false;
    if (x->state && x->form == DX_FORM_NUMS)
        ret->state = memcpy(slot->state, x->state, n);
    if (x->state && x->form == DX_FORM_BOOLS)
        ret->state = slot->bools;
    if (x->exps)
        ret->exps = memcpy(slot->exps, x->exps, n);
    if (x->causes)
        ret->causes = memcpy(slot->causes, x->causes, n * sizeof *slot->causes);
    return true;
}

/* Marks the rows in which a verdict is false; true when it says nothing but true, false, null or
 * unknown. */
static bool mark_false(dx_batch_run *run, const dx_vector *verdict, uint8_t *refused) {
    if (verdict->form != DX_FORM_BOOLS && verdict->form != DX_FORM_ONE)
        return false;
    for (uint32_t i = 0; i < run->n; i++)
        refused[i] |=
            verdict->form == DX_FORM_ONE ? dx_val_is_false(verdict->one) : verdict->u.bools[i] == 0;
    return true;
}

/* What is of the type stays as it is, but for rows that its tests refuse. */
bool dx_step_coerce(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0);
    uint8_t *refused = run->scratch[0].bools;
    if (!fits(run, step->type, x) || (!step->type->untested && step->number == 0))
        return false;
    memset(refused, 0, run->n);
    for (uint32_t i = 1; i < step->n_args; i++)
        if (!mark_false(run, dx_step_arg(run, step, i), refused))
            return false;
    *ret = *x;
    dx_step_leave(run, refused, 1);
    return !run->has_hard || copy_vector(run, x, ret, slot);
}

/* Whether some value may be unknown. */
static bool may_be_open(const dx_vector *v) {
    return v->form == DX_FORM_VALUES || v->cause || v->causes ||
           (v->form == DX_FORM_ONE && v->one.tag == DX_UNKNOWN);
}

/* An unknown entry leaves the whole context open: that is left to the row engine. */
bool dx_step_member(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    (void)slot;
    for (uint32_t i = 0; i < step->n_args; i++)
        if (may_be_open(dx_step_arg(run, step, i)) || !step->type->members[i]->untested ||
            !fits(run, step->type->members[i], dx_step_arg(run, step, i)))
            return false;
    *ret = *dx_step_arg(run, step, step->number);
    return true;
}

/* The result of a call in one row, given what its body gives. */
static dx_val called_row(dx_batch_run *run, const dx_step *step, uint32_t row) {
    dx_val result = dx_vector_at(dx_step_arg(run, step, 0), row, run->arena), cause = DX_VAL_NULL;
    for (uint32_t i = 1; i < step->n_args; i += 2) {
        dx_val arg = dx_vector_at(dx_step_arg(run, step, i), row, run->arena);
        dx_val param = dx_vector_at(dx_step_arg(run, step, i + 1), row, run->arena);
        if (param.tag == DX_NULL && arg.tag != DX_NULL)
            return DX_VAL_NULL;
        if (param.tag == DX_UNKNOWN)
            cause = dx_val_unknown_join(run->arena, cause, param);
    }
    return cause.tag == DX_UNKNOWN ? dx_run_join(run->row, cause, result, DX_VAL_NULL) : result;
}

/* Conforming handed an argument on as it was, and nothing in it is open. */
static bool handed_on(const dx_vector *arg, const dx_vector *param) {
    if (arg->form != param->form || may_be_open(param))
        return false;
    if (arg->form == DX_FORM_ONE)
        return (arg->one.tag == DX_NULL) == (param->one.tag == DX_NULL);
    return arg->u.values == param->u.values;
}

bool dx_step_called(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    bool all = true;
    for (uint32_t i = 1; i < step->n_args; i += 2)
        all &= handed_on(dx_step_arg(run, step, i), dx_step_arg(run, step, i + 1));
    if (all) {
        *ret = *dx_step_arg(run, step, 0);
        return true;
    }
    for (uint32_t i = 0; i < run->n; i++)
        slot->values[i] = called_row(run, step, i);
    dx_vector_pack(ret, slot, slot->values, run->n);
    return true;
}
