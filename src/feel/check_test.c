/* Static checks of unary tests and decision tables: tests that no value of the input meets, outputs
 * that can never be of their type. A test that cannot hold leaves its rule out and makes nothing
 * null, so it is a warning. */
#include "feel/check.h"

/* --- what constants show -----------------------------------------------------------------------
 */

typedef enum verdict { NO, YES, OPEN } verdict; /* OPEN: more than constants are needed */

static verdict of_bool(bool b) {
    return b ? YES : NO;
}

static verdict compared(uint8_t op, dx_val v, dx_val bound) {
    int order;
    if (op == DX_OP_EQ || op == DX_OP_NE)
        return OPEN;
    if (!dx_val_order(v, bound, &order))
        return NO;
    switch ((dx_op)op) {
    case DX_OP_LT: return of_bool(order < 0);
    case DX_OP_LE: return of_bool(order <= 0);
    case DX_OP_GT: return of_bool(order > 0);
    case DX_OP_GE: return of_bool(order >= 0);
    case DX_OP_NONE:
    case DX_OP_ADD:
    case DX_OP_SUB:
    case DX_OP_MUL:
    case DX_OP_DIV:
    case DX_OP_POW:
    case DX_OP_EQ:
    case DX_OP_NE: break;
    }
    return OPEN;
}

static verdict in_range(dx_val v, const dx_range *range) {
    if (range->op == DX_OP_NE)
        return OPEN;
    if (range->low.tag != DX_NULL &&
        compared(range->low_closed ? DX_OP_GE : DX_OP_GT, v, range->low) == NO)
        return NO;
    if (range->high.tag != DX_NULL &&
        compared(range->high_closed ? DX_OP_LE : DX_OP_LT, v, range->high) == NO)
        return NO;
    return YES;
}

/* Whether a constant meets a constant of a test. */
static verdict matches(dx_checker *c, dx_val v, dx_val test) {
    if (test.tag == DX_RANGE)
        return in_range(v, test.u.range);
    if (test.tag == DX_LIST) {
        for (uint32_t i = 0; i < test.n; i++)
            if (matches(c, v, test.u.items[i]) != NO)
                return matches(c, v, test.u.items[i]);
        return NO;
    }
    return of_bool(dx_val_is_true(dx_val_equal(c->arena, v, test)));
}

/* Whether a constant meets tests, as far as constants show it. */
static verdict meets(dx_checker *c, dx_val v, const dx_node *test) {
    dx_val constant;
    if (test->kind == DX_N_TESTS) {
        verdict any = test->n == 0 ? YES : NO;
        for (uint32_t i = 0; i < test->n && any != YES; i++) {
            verdict one = meets(c, v, test->list[i]);
            any = one == NO ? any : one;
        }
        if (!(test->flags & DX_F_NOT) || any == OPEN)
            return any;
        return any == YES ? NO : YES;
    }
    if (test->kind == DX_N_TEST_CMP)
        return dx_fold(&c->body, test->b, &constant) ? compared(test->op, v, constant) : OPEN;
    return dx_fold(&c->body, test, &constant) ? matches(c, v, constant) : OPEN;
}

static bool is_plain(dx_val v) {
    return v.tag != DX_NULL && v.tag != DX_RANGE && v.tag != DX_LIST;
}

/* The plain constants among which tests choose, when they are nothing else. */
static uint32_t choices(dx_checker *c, const dx_node *tests, dx_val **ret) {
    if (tests->kind != DX_N_TESTS || tests->flags & DX_F_NOT)
        return 0;
    *ret = DX_NEW_ARRAY(c->arena, dx_val, tests->n + 1);
    for (uint32_t i = 0; i < tests->n; i++) {
        const dx_node *test = tests->list[i];
        if (test->kind == DX_N_TEST_CMP || !dx_fold(&c->body, test, &(*ret)[i]) ||
            !is_plain((*ret)[i]))
            return 0;
    }
    return tests->n;
}

/* --- tests against the type of what is tested ----------------------------------------------------
 */

static bool is_simple(const dx_type *type) {
    return dx_check_known(type) && type->kind != DX_T_LIST && type->kind != DX_T_CONTEXT &&
           type->kind != DX_T_RANGE && type->kind != DX_T_FUNCTION;
}

/* Whether a value of one type may meet a test of the other. */
static bool may_meet(const dx_type *subject, const dx_type *test) {
    const dx_type *elem = test->elem ? test->elem : &dx_type_any;
    if (!is_simple(subject))
        return true;
    if (test->kind == DX_T_RANGE)
        return dx_check_ordered(subject, elem);
    if (test->kind == DX_T_LIST)
        return !is_simple(elem) || dx_check_equal(subject, elem);
    return dx_check_equal(subject, test);
}

static const dx_type *shown_type(const dx_type *test) {
    return test->kind == DX_T_RANGE || test->kind == DX_T_LIST ? test->elem : test;
}

void dx_check_test(dx_checker *c, const dx_node *test, const dx_type *subject) {
    if (test->kind == DX_N_TESTS) {
        for (uint32_t i = 0; i < test->n; i++)
            dx_check_test(c, test->list[i], subject);
        return;
    }
    bool compares = test->kind == DX_N_TEST_CMP, fits;
    const dx_type *type = dx_check_type(c, compares ? test->b : test);
    if (!compares)
        fits = dx_node_mentions(test, DX_STR("?")) || may_meet(subject, type);
    else if (test->op == DX_OP_EQ || test->op == DX_OP_NE)
        fits = !is_simple(subject) || dx_check_equal(subject, type);
    else
        fits = dx_check_ordered(subject, type);
    if (!fits)
        dx_check_warn(c, test, DX_E_FEEL_NEVER_HOLDS, dx_check_type_text(c, subject),
                      dx_check_type_text(c, shown_type(type)), (dx_str){0});
}

/* --- tests against allowed values ----------------------------------------------------------------
 */

/* An interval of constants, from a range or a comparison. */
static bool interval_of(dx_checker *c, const dx_node *test, dx_range *ret) {
    dx_val v;
    *ret = (dx_range){.low = DX_VAL_NULL, .high = DX_VAL_NULL};
    if (test->kind != DX_N_TEST_CMP) {
        if (!dx_fold(&c->body, test, &v) || v.tag != DX_RANGE || v.u.range->op == DX_OP_NE)
            return false;
        *ret = *v.u.range;
        return true;
    }
    if (!dx_fold(&c->body, test->b, &v) || test->op == DX_OP_EQ || test->op == DX_OP_NE)
        return false;
    bool below = test->op == DX_OP_LT || test->op == DX_OP_LE;
    *(below ? &ret->high : &ret->low) = v;
    ret->high_closed = test->op == DX_OP_LE;
    ret->low_closed = test->op == DX_OP_GE;
    return true;
}

static bool lies_below(const dx_range *a, const dx_range *b) {
    int order;
    if (a->high.tag == DX_NULL || b->low.tag == DX_NULL || !dx_val_order(a->high, b->low, &order))
        return false;
    return order < 0 || (order == 0 && !(a->high_closed && b->low_closed));
}

/* Whether no allowed value meets a test. */
static bool is_outside(dx_checker *c, const dx_node *test, const dx_node *allowed) {
    dx_val v, *values = NULL;
    dx_range wanted, whole;
    if (test->kind != DX_N_TEST_CMP && dx_fold(&c->body, test, &v) && v.tag == DX_NULL)
        return false; /* null is always allowed */
    if (test->kind != DX_N_TEST_CMP && dx_fold(&c->body, test, &v) && is_plain(v))
        return meets(c, v, allowed) == NO;
    uint32_t n = choices(c, allowed, &values);
    for (uint32_t i = 0; i < n; i++)
        if (meets(c, values[i], test) != NO)
            return false;
    if (n > 0)
        return true;
    return allowed->kind == DX_N_TESTS && allowed->n == 1 && !(allowed->flags & DX_F_NOT) &&
           interval_of(c, test, &wanted) && interval_of(c, allowed->list[0], &whole) &&
           (lies_below(&wanted, &whole) || lies_below(&whole, &wanted));
}

static dx_str text_of(const dx_node *node) {
    return node->source ? (dx_str){node->source->place.text.p + node->from, node->to - node->from}
                        : (dx_str){0};
}

/* Says of each test of a cell when nothing that is allowed meets it. */
static void check_allowed(dx_checker *c, const dx_node *cell, const dx_node *allowed) {
    if (!allowed || allowed->kind != DX_N_TESTS || cell->kind != DX_N_TESTS ||
        cell->flags & DX_F_NOT)
        return;
    for (uint32_t i = 0; i < cell->n; i++)
        if (is_outside(c, cell->list[i], allowed))
            dx_check_warn(c, cell->list[i], DX_E_FEEL_OUTSIDE_ALLOWED, text_of(cell->list[i]),
                          text_of(allowed), (dx_str){0});
}

/* --- tables ------------------------------------------------------------------------------------
 */

static void check_column(dx_checker *c, const dx_table *table, uint32_t col) {
    const dx_type *type = dx_check_type(c, table->inputs[col]);
    const dx_node *values = table->input_values[col];
    dx_scope scope = {.outer = c->scope};
    dx_var subject = {.name = DX_STR("?"), .type = type};
    dx_vec_push(c->arena, &scope.vars, subject);
    c->scope = &scope;
    if (values)
        dx_check_test(c, values, type);
    for (uint32_t r = 0; r < table->n_rules; r++) {
        const dx_node *cell = table->cells[r * table->n_inputs + col];
        uint32_t warnings = c->in->compiler->diags ? c->in->compiler->diags->warnings : 0;
        dx_check_test(c, cell, type);
        if (c->in->compiler->diags && c->in->compiler->diags->warnings > warnings)
            continue;
        check_allowed(c, cell, values);
        for (const dx_type *t = is_simple(type) ? type : NULL; t; t = t->base)
            check_allowed(c, cell, t->allowed);
    }
    c->scope = scope.outer;
}

void dx_check_constant(dx_checker *c, const dx_node *node, const dx_type *wanted,
                       const dx_node *values) {
    dx_val v;
    if (!dx_fold(&c->body, node, &v) || !is_plain(v))
        return;
    for (const dx_type *t = wanted && is_simple(wanted) ? wanted : NULL; t; t = t->base)
        if (t->allowed && meets(c, v, t->allowed) == NO) {
            dx_check_error(c, node, DX_E_FEEL_NEVER_ALLOWED, dx_check_value_text(c, v), t->name,
                           text_of(t->allowed));
            return;
        }
    if (values && values->kind == DX_N_TESTS && meets(c, v, values) == NO)
        dx_check_warn(c, node, DX_E_FEEL_OUTPUT_VALUE, dx_check_value_text(c, v), text_of(values),
                      (dx_str){0});
}

/* The outputs of a rule, or the defaults, in column `out`. */
static const dx_type *check_output(dx_checker *c, const dx_table *table, const dx_node *node,
                                   uint32_t out, const dx_type *wanted) {
    if (!node)
        return &dx_type_null;
    const dx_type *has = dx_check_type(c, node);
    if (wanted)
        dx_check_conforms(c, node, has, wanted);
    dx_check_constant(c, node, wanted, table->output_values[out]);
    return has;
}

static const dx_type *check_outputs(dx_checker *c, const dx_table *table, uint32_t out,
                                    const dx_type *wanted) {
    const dx_type *type = check_output(c, table, table->defaults[out], out, wanted);
    if (table->output_values[out])
        dx_check_test(c, table->output_values[out], wanted ? wanted : &dx_type_any);
    for (uint32_t r = 0; r < table->n_rules; r++)
        type = dx_check_common(
            type, check_output(c, table, table->outputs[r * table->n_outputs + out], out, wanted));
    return wanted ? wanted : type;
}

static bool is_list(const dx_table *table) {
    return table->hit == DX_HIT_COLLECT || table->hit == DX_HIT_RULE_ORDER ||
           table->hit == DX_HIT_OUTPUT_ORDER;
}

static const dx_type *result_type(dx_checker *c, const dx_table *table, const dx_type *one) {
    switch (table->aggregation) {
    case DX_AGG_SUM:
    case DX_AGG_COUNT: return &dx_type_num;
    case DX_AGG_MIN:
    case DX_AGG_MAX: return one;
    case DX_AGG_NONE: break;
    }
    return is_list(table) ? dx_check_list_of(c, one) : one;
}

const dx_type *dx_check_table(dx_checker *c, const dx_table *table, const dx_type *wanted) {
    const dx_type **types = DX_NEW_ARRAY(c->arena, const dx_type *, table->n_outputs + 1);
    bool single = table->n_outputs == 1 && !is_list(table);
    for (uint32_t col = 0; col < table->n_inputs; col++)
        check_column(c, table, col);
    for (uint32_t o = 0; o < table->n_outputs; o++)
        types[o] = check_outputs(c, table, o, single ? wanted : table->output_types[o]);
    if (table->n_outputs == 1)
        return result_type(c, table, types[0]);
    if (!table->shape)
        return &dx_type_any;
    dx_type *whole = DX_NEW(c->arena, dx_type);
    *whole = (dx_type){.kind = DX_T_CONTEXT,
                       .n = table->shape->n,
                       .shape = table->shape,
                       .members = types,
                       .closed = true};
    return result_type(c, table, whole);
}
