/* From the trees of decisions to the steps of a column program (graph.h): elements, names,
 * operators and unary tests. What has no kernel of its own is cut out of its tree whole
 * (build_cut.c) and left to the row engine. */
#include "batch/build.h"

/* --- steps --- */

static bool same_constant(dx_val a, dx_val b) {
    if (a.tag != b.tag || a.n != b.n)
        return false;
    return a.tag == DX_STRING ? dx_bytes_eq(a.u.s, b.u.s, a.n) : a.tag == DX_NULL || a.u.s == b.u.s;
}

static bool same_step(const dx_step *a, const dx_step *b) {
    return a->kind == b->kind && a->n_args == b->n_args && a->type == b->type &&
           a->table == b->table && a->cell == b->cell && a->number == b->number &&
           a->scale == b->scale && a->rounding == b->rounding &&
           (a->kind != DX_S_CALC || a->proc == b->proc) &&
           (a->n_args == 0 || memcmp(a->args, b->args, a->n_args * sizeof *a->args) == 0) &&
           (a->kind != DX_S_CONST || same_constant(a->value, b->value));
}

uint32_t dx_build_step(builder *b, dx_step step) {
    dx_batch *batch = b->batch;
    for (uint32_t i = 0; i < batch->steps.n; i++)
        if (same_step(&batch->steps.v[i], &step))
            return i;
    dx_vec_push(arena_of(b), &batch->steps, step);
    return batch->steps.n - 1;
}

uint32_t dx_build_constant(builder *b, dx_val value) {
    return dx_build_step(b, (dx_step){.kind = DX_S_CONST, .value = value});
}

/* --- names --- */

const binding *dx_build_binding(const env *names, dx_str name) {
    for (; names; names = names->outer)
        for (uint32_t i = names->names.n; i-- > 0;)
            if (dx_str_eq(names->names.v[i].name, name))
                return &names->names.v[i];
    return NULL;
}

const dx_var *dx_build_var(const dx_scope *scope, dx_str name) {
    for (uint32_t i = scope->vars.n; i-- > 0;)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

const dx_var *dx_build_required(const builder *b, const env *names, const dx_node *node) {
    if (node->kind == DX_N_NAME)
        return dx_build_binding(names, node->name) ? NULL : dx_build_var(b->scope, node->name);
    if (node->kind != DX_N_PATH)
        return NULL;
    const dx_var *var = dx_build_required(b, names, node->a);
    return var && var->space ? dx_build_var(var->space, node->name) : NULL;
}

static ref element_ref(builder *b, uint32_t number);

bool dx_build_resolve(builder *b, const env *names, const dx_node *node, ref *ret) {
    const binding *bound = node->kind == DX_N_NAME ? dx_build_binding(names, node->name) : NULL;
    if (bound) {
        *ret = bound->value;
        return true;
    }
    const dx_var *var = dx_build_required(b, names, node);
    if (var && !var->space) {
        *ret = var->constant ? of_step(dx_build_constant(b, *var->constant))
                             : element_ref(b, var->reg);
        return true;
    }
    if (node->kind != DX_N_PATH || !dx_build_resolve(b, names, node->a, ret) || !ret->parts)
        return false;
    uint32_t at = dx_shape_find(ret->parts->shape, node->name);
    if (at == UINT32_MAX)
        return false;
    *ret = ret->parts->entries[at];
    return true;
}
/* --- operators --- */

/* A node of a kind whose operands are parameters, for the kinds with kernels. */
static uint32_t add_op(builder *b, dx_step step, const dx_node *like, const ref *args, uint32_t n) {
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), (dx_node_kind)like->kind, NULL);
    dx_node *operands[3] = {NULL};
    for (uint32_t i = 0; i < n; i++)
        operands[i] = dx_build_param(&c, dx_build_whole(b, args[i]));
    tree->op = like->op;
    tree->flags = like->flags;
    tree->a = operands[0];
    tree->b = operands[1];
    tree->c = operands[2];
    return dx_build_calc(&c, step, tree);
}

static ref build_path(builder *b, const env *names, const dx_node *node) {
    ref value;
    if (dx_build_resolve(b, names, node, &value))
        return value;
    bool is_cut = node->a->kind == DX_N_FILTER || node->a->kind == DX_N_LIST;
    if (is_cut || dx_build_required(b, names, node->a)) /* or an import that has no such name */
        return dx_build_cut(b, names, node);
    ref object = dx_build_expr(b, names, node->a);
    uint32_t at = object.parts ? dx_shape_find(object.parts->shape, node->name) : UINT32_MAX;
    if (at != UINT32_MAX)
        return object.parts->entries[at];
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_PATH, NULL);
    tree->a = dx_build_param(&c, dx_build_whole(b, object));
    tree->name = node->name;
    return of_step(dx_build_calc(&c, (dx_step){.kind = DX_S_CALC}, tree));
}

/* a / b >= c, with a constant c, can be told without the quotient. False when it is no such thing.
 */
static bool build_share(builder *b, const env *names, const dx_node *node, ref *ret) {
    bool ordered = node->kind == DX_N_COMPARE && node->op >= DX_OP_LT;
    if (!ordered || node->a->kind != DX_N_ARITH || node->a->op != DX_OP_DIV)
        return false;
    uint32_t bound = dx_build_whole(b, dx_build_expr(b, names, node->b));
    const dx_step *step = &b->batch->steps.v[bound];
    if (step->kind != DX_S_CONST || step->value.tag != DX_NUM)
        return false;
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_COMPARE, NULL);
    dx_node *quotient = dx_node_new(arena_of(b), DX_N_ARITH, NULL);
    quotient->op = DX_OP_DIV;
    quotient->a = dx_build_param(&c, dx_build_whole(b, dx_build_expr(b, names, node->a->a)));
    quotient->b = dx_build_param(&c, dx_build_whole(b, dx_build_expr(b, names, node->a->b)));
    tree->op = node->op;
    tree->a = quotient;
    tree->b = dx_build_param(&c, bound);
    *ret = of_step(dx_build_calc(&c, (dx_step){.kind = DX_S_SHARE, .number = node->op}, tree));
    return true;
}

static ref build_binary(builder *b, const env *names, const dx_node *node) {
    ref share;
    if (build_share(b, names, node, &share))
        return share;
    static const dx_step_kind kinds[] = {
        [DX_OP_ADD] = DX_S_ADD, [DX_OP_SUB] = DX_S_SUB,  [DX_OP_MUL] = DX_S_MUL,
        [DX_OP_DIV] = DX_S_DIV, [DX_OP_POW] = DX_S_CALC, [DX_OP_EQ] = DX_S_EQ,
        [DX_OP_NE] = DX_S_NE,   [DX_OP_LT] = DX_S_LT,    [DX_OP_LE] = DX_S_LE,
        [DX_OP_GT] = DX_S_GT,   [DX_OP_GE] = DX_S_GE,
    };
    dx_step_kind kind = node->kind == DX_N_AND  ? DX_S_AND
                        : node->kind == DX_N_OR ? DX_S_OR
                                                : kinds[node->op];
    ref args[2] = {dx_build_expr(b, names, node->a)};
    args[1] = dx_build_expr(b, names, node->b);
    return of_step(add_op(b, (dx_step){.kind = kind}, node, args, 2));
}

static ref build_negate(builder *b, const env *names, const dx_node *node) {
    ref arg = dx_build_expr(b, names, node->a);
    return of_step(add_op(b, (dx_step){.kind = DX_S_CALC}, node, &arg, 1));
}

/* a between b and c: a >= b and a <= c (DMN 1.5 table 55). */
static ref build_between(builder *b, const env *names, const dx_node *node) {
    dx_node least = {.kind = DX_N_COMPARE, .op = DX_OP_GE};
    dx_node most = {.kind = DX_N_COMPARE, .op = DX_OP_LE};
    dx_node both = {.kind = DX_N_AND};
    ref subject = dx_build_expr(b, names, node->a);
    ref low[2] = {subject, dx_build_expr(b, names, node->b)},
        high[2] = {subject, dx_build_expr(b, names, node->c)};
    ref verdicts[2] = {of_step(add_op(b, (dx_step){.kind = DX_S_GE}, &least, low, 2)),
                       of_step(add_op(b, (dx_step){.kind = DX_S_LE}, &most, high, 2))};
    return of_step(add_op(b, (dx_step){.kind = DX_S_AND}, &both, verdicts, 2));
}

/* Boxed conditionals take other conditions than booleans for null: those are left whole. */
static ref build_if(builder *b, const env *names, const dx_node *node) {
    if (node->flags & DX_F_BOXED)
        return dx_build_cut(b, names, node);
    ref args[3] = {dx_build_expr(b, names, node->a)};
    args[1] = dx_build_expr(b, names, node->b);
    args[2] = dx_build_expr(b, names, node->c);
    return of_step(add_op(b, (dx_step){.kind = DX_S_IF}, node, args, 3));
}

/* --- unary tests --- */

/* Tests that are all constants, as a cell; NULL when one is not. */
static const dx_cell *constant_tests(builder *b, const dx_node *tests) {
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    dx_cell *cell = DX_NEW(arena_of(b), dx_cell);
    if (tests->kind != DX_N_TESTS || tests->n == 0)
        return NULL;
    cell->negated = tests->flags & DX_F_NOT;
    cell->tests = DX_NEW_ARRAY(arena_of(b), dx_cell_test, tests->n);
    for (; cell->n_tests < tests->n; cell->n_tests++) {
        const dx_node *test = tests->list[cell->n_tests];
        dx_cell_test *made = &cell->tests[cell->n_tests];
        bool compares = test->kind == DX_N_TEST_CMP;
        made->op = compares ? test->op : DX_OP_NONE;
        if (!dx_fold(&body, compares ? test->b : test, &made->value))
            return NULL;
    }
    return cell;
}

/* One test that is a verdict on ? by itself: that is the result. False when it is no such test. */
static bool build_verdict(builder *b, const env *names, const dx_node *node, ref *ret) {
    const dx_node *tests = node->b;
    if (tests->kind != DX_N_TESTS || tests->n != 1 || tests->flags & DX_F_NOT)
        return false;
    const dx_node *test = tests->list[0];
    if (test->kind != DX_N_AND && test->kind != DX_N_OR && test->kind != DX_N_COMPARE &&
        test->kind != DX_N_IN && test->kind != DX_N_BETWEEN)
        return false;
    env inner = {.outer = names};
    binding subject = {DX_STR("?"), dx_build_expr(b, names, node->a),
                       dx_build_type(b, names, node->a)};
    dx_vec_push(arena_of(b), &inner.names, subject);
    *ret = dx_build_expr(b, &inner, test);
    return true;
}

static ref build_in(builder *b, const env *names, const dx_node *node) {
    ref verdict;
    if (build_verdict(b, names, node, &verdict))
        return verdict;
    const dx_cell *cell = constant_tests(b, node->b);
    if (!cell)
        return dx_build_cut(b, names, node);
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_IN, NULL);
    tree->a = dx_build_param(&c, dx_build_whole(b, dx_build_expr(b, names, node->a)));
    tree->b = node->b;
    return of_step(dx_build_calc(&c, (dx_step){.kind = DX_S_TESTS, .cell = cell}, tree));
}
/* --- expressions --- */

static ref build_name(builder *b, const env *names, const dx_node *node) {
    ref value;
    return dx_build_resolve(b, names, node, &value) ? value : dx_build_cut(b, names, node);
}

static ref build_literal(builder *b, const env *names, const dx_node *node) {
    (void)names;
    return of_step(dx_build_constant(b, node->value));
}

ref dx_build_expr(builder *b, const env *names, const dx_node *node) {
    typedef ref (*build_fn)(builder *, const env *, const dx_node *);
    static const build_fn by_kind[] = {
        [DX_N_LITERAL] = build_literal,
        [DX_N_NAME] = build_name,
        [DX_N_PATH] = build_path,
        [DX_N_CALL] = dx_build_call,
        [DX_N_NEGATE] = build_negate,
        [DX_N_ARITH] = build_binary,
        [DX_N_COMPARE] = build_binary,
        [DX_N_AND] = build_binary,
        [DX_N_OR] = build_binary,
        [DX_N_BETWEEN] = build_between,
        [DX_N_IN] = build_in,
        [DX_N_IF] = build_if,
        [DX_N_CONTEXT] = dx_build_context,
        [DX_N_TABLE] = dx_build_table,
        [DX_N_COERCE] = dx_build_coerce,
        [DX_N_ERROR] = NULL,
    };
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    dx_val value;
    if (dx_fold(&body, node, &value))
        return of_step(dx_build_constant(b, value));
    build_fn fn = by_kind[node->kind];
    return fn ? fn(b, names, node) : dx_build_cut(b, names, node);
}

static ref build_decision(builder *b, uint32_t number) {
    const dx_node_info *info = &b->batch->dmn->nodes[number];
    builder outer = *b;
    dx_scope *scope = DX_NEW(arena_of(b), dx_scope);
    dx_dmn_scope(b->batch->dmn, arena_of(b), info, NULL, scope);
    b->element = info;
    b->scope = scope;
    b->depth = 0;
    ref made = info->tree ? dx_build_expr(b, NULL, info->tree)
                          : of_step(dx_build_constant(b, DX_VAL_NULL));
    b->element = outer.element;
    b->scope = outer.scope;
    b->depth = outer.depth;
    return made;
}

/* Elements are in no circle: the loader refuses those. */
static ref element_ref(builder *b, uint32_t number) {
    if (!b->built[number]) {
        b->elements[number] = b->batch->dmn->nodes[number].element->kind == DX_EL_DECISION
                                  ? build_decision(b, number)
                                  : of_step(dx_build_constant(b, DX_VAL_NULL));
        b->built[number] = true;
    }
    return b->elements[number];
}
/* --- the program --- */

dx_batch *dx_batch_new(dx_arena *arena, const dx_dmn *dmn) {
    dx_batch *batch = DX_NEW(arena, dx_batch);
    builder *b = DX_NEW(arena, builder);
    batch->arena = arena;
    batch->dmn = dmn;
    batch->builder = b;
    b->batch = batch;
    b->elements = DX_NEW_ARRAY(arena, ref, dmn->n_nodes + 1);
    b->built = DX_NEW_ARRAY(arena, bool, dmn->n_nodes + 1);
    dx_workshop_open(&batch->workshop, arena, dmn);
    return batch;
}

uint32_t dx_batch_field(dx_batch *batch) {
    return batch->n_fields++;
}

static uint32_t field_step(dx_batch *batch, uint32_t field) {
    return dx_build_step(batch->builder, (dx_step){.kind = DX_S_FIELD, .number = field});
}

static void bind_element(dx_batch *batch, uint32_t input, ref value) {
    batch->builder->elements[input] = value;
    batch->builder->built[input] = true;
}

void dx_batch_bind_field(dx_batch *batch, uint32_t input, uint32_t field) {
    bind_element(batch, input, of_step(field_step(batch, field)));
}

void dx_batch_bind_entries(dx_batch *batch, uint32_t input, const dx_shape *shape, uint32_t first,
                           uint32_t present) {
    builder *b = batch->builder;
    b->element = &batch->dmn->nodes[input];
    ref made = dx_build_parts(b, dx_compile_intern(&batch->workshop.compiler, shape));
    made.parts->present = field_step(batch, present);
    for (uint32_t i = 0; i < shape->n; i++)
        made.parts->entries[i] = of_step(field_step(batch, first + i));
    bind_element(batch, input, made);
}

void dx_batch_bind_value(dx_batch *batch, uint32_t input, dx_val value) {
    builder *b = batch->builder;
    ref made = of_step(dx_build_constant(b, value));
    if (value.tag == DX_CONTEXT) { /* its entries by themselves as well */
        made = dx_build_parts(b, value.u.context->shape);
        made.parts->whole = dx_build_constant(b, value);
        for (uint32_t i = 0; i < value.u.context->shape->n; i++)
            made.parts->entries[i] = of_step(dx_build_constant(b, value.u.context->v[i]));
    }
    bind_element(batch, input, made);
}

static uint32_t add_output(dx_batch *batch, uint32_t step) {
    dx_vec_push(batch->arena, &batch->outputs, step);
    return batch->outputs.n - 1;
}

uint32_t dx_batch_output(dx_batch *batch, uint32_t decision) {
    builder *b = batch->builder;
    b->element = &batch->dmn->nodes[decision];
    b->scope = DX_NEW(batch->arena, dx_scope);
    return add_output(batch, dx_build_whole(b, element_ref(b, decision)));
}

void dx_batch_guard(dx_batch *batch, uint32_t output, const uint32_t *conditions, uint32_t n) {
    dx_guard guard = {.output = output, .conditions = conditions, .n = n};
    dx_vec_push(batch->arena, &batch->guards, guard);
}

uint32_t dx_batch_output_entry(dx_batch *batch, uint32_t decision, dx_str entry) {
    builder *b = batch->builder;
    dx_node object = {.kind = DX_N_NAME, .name = DX_STR("\x01")};
    dx_node path = {.kind = DX_N_PATH, .a = &object, .name = entry};
    env names = {0};
    b->element = &batch->dmn->nodes[decision];
    b->scope = DX_NEW(batch->arena, dx_scope);
    dx_vec_push(batch->arena, &names.names,
                ((binding){object.name, element_ref(b, decision), &dx_type_any}));
    return add_output(batch, dx_build_whole(b, build_path(b, &names, &path)));
}
