/* The instructions that make one value, in all their cases: those that the loop of vm.c does not do
 * on the spot. Operators beyond the tables of ops.c, unary tests, values that are put together. */
#include "feel/loop.h"
#include "feel/native.h"

/* --- logic ----------------------------------------------------------------------------------- */

/* Kleene: the deciding value wins over unknown, unknown over null. */
static dx_val logic(dx_run *run, dx_val a, dx_val b, bool deciding) {
    if ((a.tag == DX_BOOL && a.u.b == deciding) || (b.tag == DX_BOOL && b.u.b == deciding))
        return dx_val_bool(deciding);
    if (a.tag == DX_BOOL && b.tag == DX_BOOL)
        return dx_val_bool(!deciding);
    if (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, a.tag == DX_UNKNOWN ? a : DX_VAL_NULL,
                                   b.tag == DX_UNKNOWN ? b : DX_VAL_NULL);
    return DX_VAL_NULL;
}

/* A note of the operator and the types that it met. */
static dx_val refuse(dx_run *run, dx_err code, const char *op, dx_val a, dx_val b) {
    if (!run->tracing)
        return DX_VAL_NULL;
    return dx_run_null(
        run, code, dx_str_of(op),
        dx_str_fmt(run->arena, "%s, %s", dx_tag_name((dx_tag)a.tag), dx_tag_name((dx_tag)b.tag)));
}

static dx_val and_or(dx_run *run, dx_val a, dx_val b, bool deciding) {
    dx_val v = logic(run, a, b, deciding);
    return v.tag != DX_NULL ? v
                            : refuse(run, DX_E_FEEL_EVAL_OPERANDS, deciding ? "or" : "and", a, b);
}

static dx_val equals(dx_run *run, const char *op, dx_val a, dx_val b) {
    dx_val v = dx_val_equal(run->arena, a, b);
    return v.tag != DX_NULL ? v : refuse(run, DX_E_FEEL_EVAL_NOT_COMPARABLE, op, a, b);
}

static dx_val negated(dx_val v) {
    if (v.tag == DX_BOOL)
        return dx_val_bool(!v.u.b);
    return v.tag == DX_UNKNOWN ? v : DX_VAL_NULL;
}

static dx_val not_equal(dx_run *run, dx_val a, dx_val b) {
    return negated(equals(run, "!=", a, b));
}

static dx_val between(dx_run *run, dx_val v, const dx_val *bounds) {
    dx_val low = dx_op_compare(&run->call, DX_OP_GE, v, bounds[0]);
    dx_val high = dx_op_compare(&run->call, DX_OP_LE, v, bounds[1]);
    return logic(run, low, high, false);
}

/* A value of a unary test (DMN 1.5 table 54): v equals it, lies in it when it is a range, or meets
 * one of its elements when it is a list. */
dx_val dx_run_test(dx_run *run, dx_val v, dx_val test) {
    if (test.tag == DX_RANGE && v.tag != DX_RANGE)
        return dx_op_in_range(&run->call, v, test);
    if (test.tag != DX_LIST)
        return equals(run, "in", v, test);
    bool may_equal = v.tag == DX_LIST || v.tag == DX_UNKNOWN;
    dx_val verdict = may_equal ? dx_val_equal(run->arena, v, test) : dx_val_bool(false);
    for (uint32_t i = 0; i < test.n && !dx_val_is_true(verdict); i++) {
        dx_val item = test.u.items[i];
        dx_val one = item.tag == DX_RANGE && v.tag != DX_RANGE ? dx_op_in_range(&run->call, v, item)
                                                               : dx_val_equal(run->arena, v, item);
        if (one.tag != DX_NULL) /* another kind of value is simply not this one */
            verdict = logic(run, verdict, one, true);
    }
    if (verdict.tag == DX_NULL)
        return refuse(run, DX_E_FEEL_EVAL_NOT_COMPARABLE, "in", v, test);
    return verdict;
}

static dx_val test_by_range(dx_run *run, dx_val v, dx_val range) {
    if (range.tag == DX_RANGE)
        return dx_run_test(run, v, range);
    return range.tag == DX_UNKNOWN ? dx_val_unknown_join(run->arena, v, range) : DX_VAL_NULL;
}

static dx_val test_of_subject(dx_run *run, dx_val v, dx_val verdict) {
    if (verdict.tag == DX_BOOL || verdict.tag == DX_UNKNOWN || verdict.tag == DX_NULL)
        return verdict;
    return dx_run_test(run, v, verdict);
}

/* --- values put together ------------------------------------------------------------------------
 */

static dx_val slot(dx_run *run, dx_val object, uint32_t key) {
    const dx_shape *shape = run->program->shapes[key >> 16];
    return dx_op_path(&run->call, object, shape->keys[key & 0xffff]);
}

/* An item that is unknown may have such an entry. */
static dx_val item_entry(dx_run *run, dx_val otherwise, dx_val item, dx_str name) {
    const dx_val *entry = item.tag == DX_CONTEXT ? dx_context_get(item, name) : NULL;
    if (entry)
        return *entry;
    return item.tag == DX_UNKNOWN ? dx_val_unknown_join(run->arena, otherwise, item) : otherwise;
}

/* What is unknown inside a value counts as of the type, so that only false is certain where the
 * type looks inside. */
static dx_val instance_of(dx_run *run, dx_val v, const dx_type *type) {
    if (v.tag == DX_UNKNOWN)
        return v;
    bool has = dx_type_has(type, v);
    bool looks_inside = type->n > 0 || (type->elem && type->elem->kind != DX_T_ANY);
    return has && v.unknown && looks_inside ? dx_val_unknown_join(run->arena, v, DX_VAL_NULL)
                                            : dx_val_bool(has);
}

static dx_val make_range(dx_run *run, const dx_val *bounds, uint32_t flags) {
    int order;
    dx_val low = bounds[0], high = bounds[1];
    if (low.tag == DX_UNKNOWN || high.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, low, high);
    bool low_missing = low.tag == DX_NULL && !(flags & DX_RANGE_NO_LOW);
    bool high_missing = high.tag == DX_NULL && !(flags & DX_RANGE_NO_HIGH);
    bool both = low.tag != DX_NULL && high.tag != DX_NULL;
    if (low_missing || high_missing || (both && (!dx_val_order(low, high, &order) || order > 0)))
        return dx_run_null(run, DX_E_FEEL_EVAL_RANGE_BOUNDS,
                           dx_str_of(dx_tag_name((dx_tag)low.tag)),
                           dx_str_of(dx_tag_name((dx_tag)high.tag)));
    if (flags >> 8)
        return dx_val_range_by(run->arena, (uint8_t)(flags >> 8),
                               flags & DX_RANGE_NO_LOW ? high : low);
    return dx_val_range(run->arena, low, flags & DX_F_LOW_CLOSED, high, flags & DX_F_HIGH_CLOSED);
}

static dx_val make_list(dx_run *run, const dx_val *values, uint32_t n) {
    dx_val *items = dx_alloc(run->arena, (size_t)(n + 1) * sizeof *items);
    memcpy(items, values, (size_t)n * sizeof *items);
    return dx_val_list(items, n);
}

static dx_val make_function(dx_run *run, const dx_val *captured, uint32_t number) {
    const dx_proc *proc = run->program->procs[number];
    dx_function *fn = dx_alloc(run->arena, sizeof *fn + (size_t)proc->n_captures * sizeof(dx_val));
    fn->proc = proc;
    fn->builtin = 0;
    fn->n = proc->n_captures;
    memcpy(fn->captures, captured, (size_t)fn->n * sizeof(dx_val));
    return (dx_val){.tag = DX_FUNCTION, .u.function = fn};
}

/* --- unary tests that are constants --------------------------------------------------------------
 */

dx_val dx_run_test_any(dx_run *run, const dx_val *v, const dx_val *list) {
    dx_val verdict = dx_val_bool(false);
    const dx_val *item = list->u.items, *end = item + list->n;
    bool equal;
    if (v->tag == DX_UNKNOWN)
        return *v;
    for (; v->tag == DX_STRING && item < end && item->tag == DX_STRING; item++)
        if (v->n == item->n && dx_bytes_eq(v->u.s, item->u.s, v->n))
            return dx_val_bool(true);
    for (; item < end; item++)
        if (!dx_val_equal_at_sight(v, item, &equal))
            verdict = logic(run, verdict, dx_run_test(run, *v, *item), true);
        else if (equal)
            return dx_val_bool(true);
    return verdict;
}

/* --- one instruction
 * ------------------------------------------------------------------------------ */

void dx_run_step(dx_run *run, const dx_insn *I, dx_val *R) {
    dx_call *call = &run->call;
    dx_val *a = &R[I->a];
    const dx_val *b = &R[I->b], *c = &R[I->c]; /* what is no register is not looked at */
    switch (I->op) {
    case DX_I_LIST: *a = make_list(run, b, I->c); return;
    case DX_I_CONTEXT: *a = dx_val_context(run->arena, run->program->shapes[I->c], b); return;
    case DX_I_RANGE: *a = make_range(run, b, I->c); return;
    case DX_I_FUNCTION: *a = make_function(run, b, I->c); return;
    case DX_I_SELF: ((dx_function *)a->u.function)->captures[I->b] = *a; return;
    case DX_I_ADD: *a = dx_op_add(call, *b, *c); return;
    case DX_I_SUB: *a = dx_op_sub(call, *b, *c); return;
    case DX_I_MUL: *a = dx_op_mul(call, *b, *c); return;
    case DX_I_DIV: *a = dx_op_div(call, *b, *c); return;
    case DX_I_POW: *a = dx_op_pow(call, *b, *c); return;
    case DX_I_NEG: *a = dx_op_negate(call, *b); return;
    case DX_I_MIN: *a = dx_run_extreme(run, DX_STR("min"), *b, *c); return;
    case DX_I_MAX: *a = dx_run_extreme(run, DX_STR("max"), *b, *c); return;
    case DX_I_EQ: *a = equals(run, "=", *b, *c); return;
    case DX_I_NE: *a = not_equal(run, *b, *c); return;
    case DX_I_LT: *a = dx_op_compare(call, DX_OP_LT, *b, *c); return;
    case DX_I_LE: *a = dx_op_compare(call, DX_OP_LE, *b, *c); return;
    case DX_I_GT: *a = dx_op_compare(call, DX_OP_GT, *b, *c); return;
    case DX_I_GE: *a = dx_op_compare(call, DX_OP_GE, *b, *c); return;
    case DX_I_AND: *a = and_or(run, *b, *c, false); return;
    case DX_I_OR: *a = and_or(run, *b, *c, true); return;
    case DX_I_NOT: *a = negated(*b); return;
    case DX_I_BETWEEN: *a = between(run, *b, c); return;
    case DX_I_PATH: *a = dx_op_path(call, *b, dx_val_to_str(*c)); return;
    case DX_I_SLOT: *a = slot(run, *b, I->c); return;
    case DX_I_ITEM: *a = item_entry(run, *a, *b, dx_val_to_str(*c)); return;
    case DX_I_TEST: *a = dx_run_test(run, *b, *c); return;
    case DX_I_TESTR: *a = test_by_range(run, *b, *c); return;
    case DX_I_TESTQ: *a = test_of_subject(run, *b, *c); return;
    case DX_I_INSTANCE: *a = instance_of(run, *b, run->program->types[I->c]); return;
    case DX_I_COERCE: *a = dx_run_coerce(run, run->program->types[I->c], *b); return;
    case DX_I_INDEX: *a = dx_list_index(run, *b, *c); return;
    case DX_I_IFJOIN: *a = dx_run_join(run, *b, *a, *c); return;
    case DX_I_CHOOSE: *a = dx_run_join(run, *b, *c, R[I[1].a]); return;
    case DX_I_NATIVE: *a = dx_native_call(call, I->c, b); return;
    case DX_I_ACC: *a = dx_acc_new(run, I->b); return;
    case DX_I_ITER: *a = dx_iter_over(run, *b, *c); return;
    case DX_I_ITERR: *a = dx_iter_between(run, b[0], b[1], *c); return;
    case DX_I_PARTIAL: *a = dx_acc_partial(run, *b); return;
    case DX_I_PUSH: dx_acc_push(run, *a, *b); return;
    case DX_I_ACCLIST: *a = dx_acc_list(run, *b); return;
    case DX_I_SOMEEND: *a = dx_acc_quantified(run, *b, true); return;
    case DX_I_EVERYEND: *a = dx_acc_quantified(run, *b, false); return;
    case DX_I_SIFTER: *a = dx_iter_sift(run, *b, *c); return;
    case DX_I_SIFTEND: *a = dx_acc_sifted(run, *b, *c); return;
    default: return; /* the loop's own */
    }
}
