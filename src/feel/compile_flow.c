/* Control flow to code: if, in, unary tests, for, some, every and filters. */
#include "feel/compile.h"

static uint32_t target(dx_body *body, uint32_t want) {
    return want == DX_ANY_REG ? dx_body_temps(body, 1) : want;
}

static const dx_type *either(const dx_type *a, const dx_type *b) {
    return a == b ? a : &dx_type_any;
}

/* Both values are there already: what is chosen is one instruction. */
static uint32_t compile_choice(dx_body *body, const dx_node *node, uint32_t cond, uint32_t want,
                               const dx_type **ret_type) {
    const dx_type *then_type, *else_type;
    uint32_t reg = target(body, want);
    uint32_t a = dx_compile_expr(body, node->b, DX_ANY_REG, &then_type);
    uint32_t b = dx_compile_expr(body, node->c, DX_ANY_REG, &else_type);
    dx_body_emit(body, DX_I_CHOOSE, reg, cond, a);
    dx_body_emit(body, DX_I_OTHER, b, 0, 0);
    *ret_type = either(then_type, else_type);
    return reg;
}

/* With an unknown condition both branches run and their values are joined. The condition of a boxed
 * `if` that may be no boolean is asked for that first. */
static uint32_t compile_if(dx_body *body, const dx_node *node, uint32_t want,
                           const dx_type **ret_type) {
    const dx_type *cond_type, *then_type, *else_type;
    uint32_t reg = target(body, want);
    uint32_t cond = dx_compile_expr(body, node->a, DX_ANY_REG, &cond_type);
    bool may_be_odd = node->flags & DX_F_BOXED && cond_type->kind != DX_T_BOOL;
    if (!may_be_odd && dx_compile_at_hand(body, node->b) && dx_compile_at_hand(body, node->c))
        return compile_choice(body, node, cond, reg, ret_type);
    uint32_t odd = may_be_odd ? dx_body_emit(body, DX_I_JODD, 0, cond, 0) : 0;
    uint32_t to_else = dx_body_emit(body, DX_I_JELSE, 0, cond, 0);
    dx_compile_expr(body, node->b, reg, &then_type);
    uint32_t to_end = dx_body_emit(body, DX_I_JKNOWN, 0, cond, 0);
    dx_body_land(body, to_else);
    uint32_t other = dx_compile_expr(body, node->c, DX_ANY_REG, &else_type);
    dx_body_emit(body, DX_I_IFJOIN, reg, cond, other);
    if (may_be_odd) {
        uint32_t null = dx_body_const(body, DX_VAL_NULL);
        uint32_t over = dx_body_emit(body, DX_I_JKNOWN, 0, cond, 0);
        dx_body_emit(body, DX_I_IFJOIN, reg, cond, null); /* unknown, it may be odd as well */
        dx_body_land(body, over);
        over = dx_body_emit(body, DX_I_JUMP, 0, 0, 0);
        dx_body_land(body, odd);
        dx_body_emit(body, DX_I_MOVE, reg, null, 0);
        dx_body_land(body, over);
    }
    dx_body_land(body, to_end);
    *ret_type = either(then_type, else_type);
    return reg;
}

/* --- unary tests ----------------------------------------------------------------------------- */

static void compile_simple_test(dx_body *body, const dx_node *test, uint32_t subject,
                                uint32_t reg) {
    if (test->kind == DX_N_TEST_CMP) {
        static const dx_opcode opcode[] = {
            [DX_OP_EQ] = DX_I_EQ, [DX_OP_NE] = DX_I_NE, [DX_OP_LT] = DX_I_LT,
            [DX_OP_LE] = DX_I_LE, [DX_OP_GT] = DX_I_GT, [DX_OP_GE] = DX_I_GE,
        };
        uint32_t bound = dx_compile_expr(body, test->b, DX_ANY_REG, NULL);
        dx_body_emit(body, opcode[test->op], reg, subject, bound);
        return;
    }
    uint32_t value = dx_compile_expr(body, test, DX_ANY_REG, NULL);
    dx_opcode op = test->kind == DX_N_RANGE ? DX_I_TESTR : DX_I_TEST;
    dx_body_emit(body, dx_node_mentions(test, DX_STR("?")) ? DX_I_TESTQ : op, reg, subject, value);
}

/* Several tests that are all strings, numbers or booleans, as a list; false when they are not. */
static bool fold_alternatives(dx_body *body, const dx_node *tests, dx_val *ret) {
    dx_val *items = DX_NEW_ARRAY(body->compiler->arena, dx_val, tests->n);
    for (uint32_t i = 0; i < tests->n; i++) {
        if (tests->list[i]->kind != DX_N_LITERAL && tests->list[i]->kind != DX_N_NEGATE)
            return false;
        if (!dx_fold(body, tests->list[i], &items[i]) ||
            (items[i].tag != DX_STRING && items[i].tag != DX_NUM && items[i].tag != DX_BOOL))
            return false;
    }
    *ret = dx_val_list(items, tests->n);
    return true;
}

/* The verdict of DX_N_TESTS or of one test on the value in `subject`, into `want`. */
uint32_t dx_compile_one_test(dx_body *body, const dx_node *test, uint32_t subject, uint32_t want) {
    if (test->kind != DX_N_TESTS) {
        compile_simple_test(body, test, subject, want);
        return want;
    }
    if (test->n == 0) {
        dx_body_emit(body, DX_I_MOVE, want, dx_body_const(body, dx_val_bool(true)), 0);
        return want;
    }
    dx_val alternatives;
    if (test->n > 1 && !(test->flags & DX_F_NOT) && fold_alternatives(body, test, &alternatives)) {
        dx_body_emit(body, DX_I_TESTANY, want, subject, dx_body_const(body, alternatives));
        return want;
    }
    DX_VEC(uint32_t) skips = {0};
    for (uint32_t i = 0; i < test->n; i++) {
        uint32_t reg = i == 0 ? want : dx_body_temps(body, 1);
        dx_compile_one_test(body, test->list[i], subject, reg);
        if (i > 0)
            dx_body_emit(body, DX_I_OR, want, want, reg);
        if (i + 1 < test->n)
            dx_vec_push(body->compiler->arena, &skips,
                        dx_body_emit(body, DX_I_JTRUE, want, want, 0));
    }
    for (uint32_t i = 0; i < skips.n; i++)
        dx_body_land(body, skips.v[i]);
    if (test->flags & DX_F_NOT)
        dx_body_emit(body, DX_I_NOT, want, want, 0);
    return want;
}

static uint32_t compile_in(dx_body *body, const dx_node *node, uint32_t want,
                           const dx_type **ret_type) {
    const dx_type *type;
    dx_scope scope = {0};
    uint32_t subject = dx_compile_expr(body, node->a, DX_ANY_REG, &type);
    uint32_t reg = target(body, want);
    dx_scope_push(body, &scope);
    dx_scope_add(body, DX_STR("?"), subject, type);
    dx_compile_one_test(body, node->b, subject, reg);
    dx_scope_pop(body);
    *ret_type = &dx_type_bool;
    return reg;
}

dx_proc *dx_compile_tests(dx_compiler *compiler, const dx_node *tests) {
    static const dx_str param[] = {{"?", 1}};
    const dx_type **types = DX_NEW_ARRAY(compiler->arena, const dx_type *, 1);
    types[0] = &dx_type_any;
    dx_proc *proc = dx_proc_declare(compiler, (dx_str){0}, param, types, 1);
    dx_body body;
    dx_scope scope = {0};
    dx_body_begin(&body, compiler, NULL);
    dx_scope_push(&body, &scope);
    uint32_t subject = dx_body_temps(&body, 1);
    dx_scope_add(&body, param[0], subject, NULL);
    uint32_t reg = dx_body_temps(&body, 1);
    dx_compile_one_test(&body, tests, subject, reg);
    dx_body_emit(&body, DX_I_RETURN, 0, reg, 0);
    dx_body_finish(&body, proc);
    return proc;
}

/* --- loops ----------------------------------------------------------------------------------- */

static const dx_type *element_type(const dx_type *list) {
    return list->kind == DX_T_LIST && list->elem ? list->elem : &dx_type_any;
}

/* Opens the iterators of a for, some or every, each in the scope of those before it. heads[i] is
 * the address of the i-th NEXT, whose exit goes one level up. */
static void open_iterators(dx_body *body, const dx_node *node, uint32_t acc, uint32_t *heads) {
    for (uint32_t i = 0; i < node->n; i++) {
        const dx_iter *iter = &node->iters[i];
        const dx_type *type = &dx_type_any;
        uint32_t var = dx_body_temps(body, 1), state = dx_body_temps(body, 1);
        if (iter->b) {
            uint32_t bounds = dx_body_temps(body, 2);
            dx_compile_expr(body, iter->a, bounds, NULL);
            dx_compile_expr(body, iter->b, bounds + 1, NULL);
            dx_body_emit(body, DX_I_ITERR, state, bounds, acc);
        } else {
            uint32_t domain = dx_compile_expr(body, iter->a, DX_ANY_REG, &type);
            type = element_type(type);
            dx_body_emit(body, DX_I_ITER, state, domain, acc);
        }
        heads[i] = dx_body_emit(body, DX_I_NEXT, state, var, 0);
        dx_scope_add(body, iter->name, var, type);
    }
}

/* Jumps back to the innermost NEXT and lets every NEXT leave to the one outside it. */
static void close_iterators(dx_body *body, const dx_node *node, const uint32_t *heads) {
    dx_body_emit(body, DX_I_JUMP, 0, 0, heads[node->n - 1]);
    for (uint32_t i = node->n; i-- > 1;)
        body->code.v[heads[i]].c = heads[i - 1];
    dx_body_land(body, heads[0]);
}

static uint32_t compile_for(dx_body *body, const dx_node *node, uint32_t want,
                            const dx_type **ret_type) {
    dx_scope scope = {0};
    uint32_t *heads = DX_NEW_ARRAY(body->compiler->arena, uint32_t, node->n);
    uint32_t acc = dx_body_temps(body, 1), partial = dx_body_temps(body, 1);
    dx_body_emit(body, DX_I_ACC, acc, 0, 0);
    dx_scope_push(body, &scope);
    open_iterators(body, node, acc, heads);
    dx_scope_add(body, DX_STR("partial"), partial, &dx_type_any_list);
    dx_body_emit(body, DX_I_PARTIAL, partial, acc, 0);
    uint32_t value = dx_compile_expr(body, node->a, DX_ANY_REG, NULL);
    dx_body_emit(body, DX_I_PUSH, acc, value, 0);
    close_iterators(body, node, heads);
    dx_scope_pop(body);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_ACCLIST, reg, acc, 0);
    *ret_type = &dx_type_any_list;
    return reg;
}

static uint32_t verdict_flags(const dx_node *node, const dx_type *type) {
    return (node->flags & DX_F_BOXED ? DX_ACC_STRICT : 0u) |
           (type->kind == DX_T_BOOL ? DX_ACC_BOOL : 0u);
}

static uint32_t compile_quantified(dx_body *body, const dx_node *node, uint32_t want,
                                   const dx_type **ret_type) {
    bool some = node->kind == DX_N_SOME;
    dx_scope scope = {0};
    uint32_t *heads = DX_NEW_ARRAY(body->compiler->arena, uint32_t, node->n);
    uint32_t acc = dx_body_temps(body, 1);
    const dx_type *type;
    uint32_t start = dx_body_emit(body, DX_I_ACC, acc, 0, 0);
    dx_scope_push(body, &scope);
    open_iterators(body, node, acc, heads);
    uint32_t verdict = dx_compile_expr(body, node->a, DX_ANY_REG, &type);
    body->code.v[start].b = verdict_flags(node, type);
    uint32_t decided = dx_body_emit(body, some ? DX_I_SOME : DX_I_EVERY, acc, verdict, 0);
    close_iterators(body, node, heads);
    dx_body_land(body, decided);
    dx_scope_pop(body);
    uint32_t reg = target(body, want);
    dx_body_emit(body, some ? DX_I_SOMEEND : DX_I_EVERYEND, reg, acc, 0);
    *ret_type = &dx_type_bool;
    return reg;
}

/* --- filters --------------------------------------------------------------------------------- */

/* list[condition]: the condition runs for each item, with `item` and the item's members in scope. A
 * number instead of a verdict makes it an index. */
static uint32_t compile_condition_filter(dx_body *body, const dx_node *node, uint32_t list,
                                         const dx_type *type, uint32_t want) {
    dx_scope scope = {.is_item = true};
    uint32_t acc = dx_body_temps(body, 1), state = dx_body_temps(body, 1);
    uint32_t item = dx_body_temps(body, 2); /* the item and the verdict on it */
    const dx_type *verdict;
    uint32_t start = dx_body_emit(body, DX_I_ACC, acc, 0, 0);
    dx_body_emit(body, DX_I_SIFTER, state, list, acc);
    uint32_t head = dx_body_emit(body, DX_I_NEXT, state, item, 0);
    dx_scope_push(body, &scope);
    dx_scope_add(body, DX_STR("item"), item, element_type(type));
    dx_compile_expr(body, node->b, item + 1, &verdict);
    body->code.v[start].b = verdict_flags(node, verdict);
    dx_scope_pop(body);
    uint32_t sift = dx_body_emit(body, DX_I_SIFT, acc, item, 0);
    dx_body_emit(body, DX_I_JUMP, 0, 0, head);
    dx_body_land(body, head);
    dx_body_land(body, sift);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_SIFTEND, reg, acc, list);
    return reg;
}

static uint32_t compile_filter(dx_body *body, const dx_node *node, uint32_t want,
                               const dx_type **ret_type) {
    const dx_type *type;
    dx_val index;
    uint32_t list = dx_compile_expr(body, node->a, DX_ANY_REG, &type);
    if (dx_fold(body, node->b, &index) && index.tag == DX_NUM) {
        uint32_t reg = target(body, want);
        dx_body_emit(body, DX_I_INDEX, reg, list, dx_body_const(body, index));
        *ret_type = element_type(type);
        return reg;
    }
    *ret_type = &dx_type_any; /* a list, or an element when the condition is a number */
    return compile_condition_filter(body, node, list, type, want);
}

uint32_t dx_compile_flow(dx_body *body, const dx_node *node, uint32_t want,
                         const dx_type **ret_type) {
    if (node->kind == DX_N_IF)
        return compile_if(body, node, want, ret_type);
    if (node->kind == DX_N_IN)
        return compile_in(body, node, want, ret_type);
    if (node->kind == DX_N_FOR)
        return compile_for(body, node, want, ret_type);
    if (node->kind == DX_N_FILTER)
        return compile_filter(body, node, want, ret_type);
    return compile_quantified(body, node, want, ret_type);
}
