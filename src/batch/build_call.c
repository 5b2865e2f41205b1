/* Calls: built-in functions that have kernels, and business knowledge models, which are written out
 * in place of their calls. */
#include "batch/build.h"
#include "feel/builtin.h"

enum { INLINE_MOST = 24 };

/* A call in which each argument is a parameter. */
static ref call_step(builder *b, const dx_node *node, dx_step step, const ref *args, uint32_t n) {
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_CALL, NULL);
    tree->a = node->a;
    tree->n = n;
    tree->list = DX_NEW_ARRAY(arena_of(b), dx_node *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        tree->list[i] = dx_build_param(&c, dx_build_whole(b, args[i]));
    return of_step(dx_build_calc(&c, step, tree));
}

typedef struct rounding_function {
    const char *name;
    dx_round rounding;
    bool scale_optional;
} rounding_function;

static bool rounding_of(dx_str name, uint32_t n, dx_round *ret) {
    static const rounding_function functions[] = {
        {"decimal", DX_ROUND_HALF_EVEN, false},        {"floor", DX_ROUND_FLOOR, true},
        {"ceiling", DX_ROUND_CEILING, true},           {"round up", DX_ROUND_UP, false},
        {"round down", DX_ROUND_DOWN, false},          {"round half up", DX_ROUND_HALF_UP, false},
        {"round half down", DX_ROUND_HALF_DOWN, false}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (dx_str_is(name, functions[i].name)) {
            *ret = functions[i].rounding;
            return n == 2 || (n == 1 && functions[i].scale_optional);
        }
    return false;
}

/* The decimals that a rounding asks for, when they are written out. */
static bool written_scale(builder *b, const dx_node *node, int16_t *ret) {
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    dx_val v;
    int64_t scale = 0;
    if (node->n == 2 && (!dx_fold(&body, node->list[1], &v) || v.tag != DX_NUM ||
                         !dx_num_to_int64(v.u.num, &scale)))
        return false;
    *ret = (int16_t)scale;
    return scale >= 0 && scale <= 9;
}

/* A built-in function that has a kernel: its step. False: none. */
static bool kernel_of_builtin(builder *b, const dx_node *node, dx_step *ret) {
    dx_str name = node->a->name;
    *ret = (dx_step){.kind = DX_S_CALC};
    if (node->names)
        return false;
    if (node->n >= 2 && (dx_str_is(name, "min") || dx_str_is(name, "max")))
        ret->kind = dx_str_is(name, "min") ? DX_S_MIN : DX_S_MAX;
    else if (node->n == 1 && dx_str_is(name, "not"))
        ret->kind = DX_S_NOT;
    else if (rounding_of(name, node->n, &ret->rounding) && written_scale(b, node, &ret->scale))
        ret->kind = DX_S_ROUND;
    return ret->kind != DX_S_CALC;
}

static bool all_numbers(builder *b, const env *names, const dx_node *call) {
    for (uint32_t i = 0; i < call->n; i++)
        if (dx_build_type(b, names, call->list[i])->kind != DX_T_NUM)
            return false;
    return true;
}

static ref build_builtin(builder *b, const env *names, const dx_node *node) {
    dx_step step;
    if (!kernel_of_builtin(b, node, &step) || (node->n > 2 && !all_numbers(b, names, node)))
        return dx_build_cut(b, names, node);
    bool is_extreme = step.kind == DX_S_MIN || step.kind == DX_S_MAX;
    ref args[2] = {dx_build_expr(b, names, node->list[0])};
    for (uint32_t i = 1; i < node->n; i++) { /* the least of three numbers is that of two and one */
        args[1] = dx_build_expr(b, names, node->list[i]);
        if (is_extreme)
            args[0] = call_step(b, node, step, args, 2);
    }
    return is_extreme ? args[0] : call_step(b, node, step, args, node->n);
}

/* The business knowledge model that a function value belongs to, or DX_NONE. */
static uint32_t function_element(const builder *b, const dx_val *function) {
    const dx_dmn *dmn = b->batch->dmn;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_BKM && dmn->nodes[i].function.tag == DX_FUNCTION &&
            dmn->nodes[i].function.u.function == function->u.function)
            return i;
    return DX_NONE;
}

/* The argument of each parameter; false when they do not fit. */
static bool place_args(const dx_node *call, const dx_proc *proc, const dx_node **ret) {
    if (call->n != proc->n_params)
        return false;
    for (uint32_t i = 0; i < call->n; i++)
        ret[i] = NULL;
    for (uint32_t i = 0; i < call->n; i++) {
        uint32_t at = i;
        for (at = call->names ? 0 : i; call->names && at < proc->n_params; at++)
            if (dx_str_eq(proc->params[at], call->names[i]))
                break;
        if (at == proc->n_params || ret[at])
            return false;
        ret[at] = call->list[i];
    }
    return true;
}

static const dx_node *function_tree(const dx_node_info *info) {
    const dx_node *function = info->tree;
    while (function->kind == DX_N_COERCE)
        function = function->a;
    return function;
}

/* The scope of a function's body: what its model requires, and itself. */
static const dx_scope *function_scope(builder *b, uint32_t number) {
    const dx_node_info *info = &b->batch->dmn->nodes[number];
    dx_scope *scope = DX_NEW(arena_of(b), dx_scope);
    dx_dmn_scope(b->batch->dmn, arena_of(b), info, NULL, scope);
    dx_var self = {.name = info->name, .type = &dx_type_any, .constant = &info->function};
    dx_vec_push(arena_of(b), &scope->vars, self);
    return scope;
}

/* The arguments of a call as parameters: as they are when their static types show that they
 * conform, else made to conform. `guards` gets both, for those that may not. */
static bool place_params(builder *b, const env *names, const dx_proc *proc, const dx_node **args,
                         ref *ret, step_list *guards) {
    bool certain = true;
    for (uint32_t i = 0; i < proc->n_params; i++)
        certain &= dx_compile_conforms(dx_build_type(b, names, args[i]), proc->types[i]);
    for (uint32_t i = 0; i < proc->n_params; i++) {
        ret[i] = dx_build_expr(b, names, args[i]);
        if (certain || proc->types[i]->kind == DX_T_ANY)
            continue;
        dx_vec_push(arena_of(b), guards, dx_build_whole(b, ret[i]));
        ret[i] = dx_build_conform(b, ret[i], &dx_type_any, proc->types[i]);
        dx_vec_push(arena_of(b), guards, dx_build_whole(b, ret[i]));
    }
    return certain;
}

/* A business knowledge model written out in place of its call. Where an argument does not conform
 * to its parameter there is no call, and the result is null (DMN 1.5 table 61). */
static ref write_out(builder *b, const env *names, uint32_t number, const dx_node **args) {
    const dx_node_info *info = &b->batch->dmn->nodes[number];
    const dx_proc *proc = info->function.u.function->proc;
    const dx_node *function = function_tree(info);
    dx_arena *arena = arena_of(b);
    env params = {0};
    step_list guards = {0};
    ref *values = DX_NEW_ARRAY(arena, ref, proc->n_params + 1);
    dx_vec_push(arena, &guards, 0);
    bool certain = place_params(b, names, proc, args, values, &guards);
    for (uint32_t i = 0; i < proc->n_params; i++) {
        const dx_type *type = function->types[i] ? function->types[i] : &dx_type_any;
        dx_vec_push(arena, &params.names, ((binding){proc->params[i], values[i], type}));
    }
    builder outer = *b;
    b->element = info;
    b->scope = function_scope(b, number);
    b->depth++;
    ref result = dx_build_expr(b, &params, function->a);
    if (proc->result)
        result = dx_build_conform(b, result, dx_build_type(b, &params, function->a), proc->result);
    b->element = outer.element;
    b->scope = outer.scope;
    b->depth--;
    if (certain || guards.n == 1)
        return result;
    guards.v[0] = dx_build_whole(b, result);
    return of_step(
        dx_build_step(b, (dx_step){.kind = DX_S_CALLED, .args = guards.v, .n_args = guards.n}));
}

ref dx_build_call(builder *b, const env *names, const dx_node *node) {
    const dx_var *var = dx_build_required(b, names, node->a);
    bool named = node->a->kind == DX_N_NAME && !dx_build_binding(names, node->a->name);
    if (!var && named && dx_builtin_find(node->a->name) != UINT32_MAX)
        return build_builtin(b, names, node);
    if (!var || !var->constant || var->constant->tag != DX_FUNCTION ||
        !var->constant->u.function->proc || b->depth >= INLINE_MOST)
        return dx_build_cut(b, names, node);
    uint32_t number = function_element(b, var->constant);
    const dx_node **args = DX_NEW_ARRAY(arena_of(b), const dx_node *, node->n + 1);
    if (number == DX_NONE || !place_args(node, var->constant->u.function->proc, args))
        return dx_build_cut(b, names, node);
    const dx_node *function = function_tree(&b->batch->dmn->nodes[number]);
    return function->flags & DX_F_EXTERNAL ? dx_build_cut(b, names, node)
                                           : write_out(b, names, number, args);
}
