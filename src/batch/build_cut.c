/* What is left to the row engine: trees with parameters, compiled to procedures, and the static
 * types that their compiler would see. */
#include "batch/build.h"

/* --- static types --- */

static const dx_scope *scope_of(builder *b, dx_scope *elements, const env *names) {
    if (!names) {
        *elements = *b->scope;
        elements->outer = NULL;
        return elements;
    }
    dx_scope *scope = DX_NEW(arena_of(b), dx_scope);
    scope->outer = scope_of(b, elements, names->outer);
    for (uint32_t i = 0; i < names->names.n; i++) {
        dx_var var = {.name = names->names.v[i].name, .type = names->names.v[i].type};
        dx_vec_push(arena_of(b), &scope->vars, var);
    }
    return scope;
}

const dx_type *dx_build_type(builder *b, const env *names, const dx_node *node) {
    dx_body body;
    dx_scope elements;
    const dx_type *type;
    b->batch->workshop.lower.model = b->element->model;
    dx_body_begin(&body, &b->batch->workshop.compiler, NULL);
    body.scope = (dx_scope *)scope_of(b, &elements, names);
    if (b->depth == 0) /* as in the main procedure, where more is known of contexts (dx_placed) */
        body.once = DX_ANY_REG - 1;
    dx_compile_expr(&body, node, DX_ANY_REG, &type);
    return type;
}
/* --- parameters of what the row engine computes --- */

static void add_param(cut *c, dx_str name, const dx_type *type, uint32_t step) {
    dx_arena *arena = arena_of(c->b);
    dx_vec_push(arena, &c->params, name);
    dx_vec_push(arena, &c->types, type);
    dx_vec_push(arena, &c->args, step);
}

/* A name that no text can hold, for a parameter. */
dx_node *dx_build_typed_param(cut *c, uint32_t step, const dx_type *type) {
    dx_node *node = dx_node_new(arena_of(c->b), DX_N_NAME, NULL);
    node->name = dx_str_fmt(arena_of(c->b), "\x01%u", c->params.n);
    add_param(c, node->name, type, step);
    return node;
}

/* The same where the type does not matter: for operators, and what is made to conform. */
dx_node *dx_build_param(cut *c, uint32_t step) {
    return dx_build_typed_param(c, step, &dx_type_any);
}

const dx_proc *dx_build_proc(cut *c, const dx_node *tree) {
    builder *b = c->b;
    return dx_workshop_proc(&b->batch->workshop, b->element, b->scope, c->params.v, c->types.v,
                            c->params.n, tree);
}

/* A step that the row engine computes by `tree`. */
uint32_t dx_build_calc(cut *c, dx_step step, const dx_node *tree) {
    step.args = c->args.v;
    step.n_args = c->args.n;
    if (step.kind != DX_S_CALC) {
        uint32_t before = c->b->batch->steps.n, at = dx_build_step(c->b, step);
        if (at == before)
            c->b->batch->steps.v[at].proc = dx_build_proc(c, tree);
        return at;
    }
    step.proc = dx_build_proc(c, tree);
    return dx_build_step(c->b, step);
}

/* --- what is cut out of a tree for the row engine --- */

static dx_node *cut_tree(cut *c, const dx_node *node);

static bool is_bound(const cut *c, dx_str name) {
    for (uint32_t i = 0; i < c->bound.n; i++)
        if (dx_str_eq(c->bound.v[i], name))
            return true;
    return false;
}

static dx_str root_name(const dx_node *node) {
    while (node->kind == DX_N_PATH)
        node = node->a;
    return node->kind == DX_N_NAME ? node->name : (dx_str){0};
}

static const dx_type *type_of_name(const cut *c, dx_str name) {
    const binding *bound = dx_build_binding(c->names, name);
    const dx_var *var = bound ? NULL : dx_build_var(c->b->scope, name);
    return bound ? bound->type : var ? var->type : &dx_type_any;
}

static void take_name(cut *c, dx_str name) {
    dx_node node = {.kind = DX_N_NAME, .name = name};
    const dx_var *var = dx_build_required(c->b, c->names, &node);
    ref value;
    for (uint32_t i = 0; i < c->params.n; i++)
        if (dx_str_eq(c->params.v[i], name))
            return;
    if ((var && (var->space || var->constant)) || !dx_build_resolve(c->b, c->names, &node, &value))
        return;
    add_param(c, name, type_of_name(c, name), dx_build_whole(c->b, value));
}

static dx_node **cut_list(cut *c, dx_node **list, uint32_t n) {
    if (!list)
        return NULL;
    dx_node **copy = DX_NEW_ARRAY(arena_of(c->b), dx_node *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        copy[i] = list[i] ? cut_tree(c, list[i]) : NULL;
    return copy;
}

static void bind(cut *c, dx_str name) {
    dx_vec_push(arena_of(c->b), &c->bound, name);
}

static void cut_table(cut *c, dx_node *node) {
    dx_table *table = DX_NEW(arena_of(c->b), dx_table);
    size_t n = (size_t)node->table->n_rules;
    *table = *node->table;
    table->inputs = cut_list(c, table->inputs, table->n_inputs);
    bind(c, DX_STR("?"));
    table->cells = cut_list(c, table->cells, (uint32_t)n * table->n_inputs);
    c->bound.n--;
    table->outputs = cut_list(c, table->outputs, (uint32_t)n * table->n_outputs);
    table->defaults = cut_list(c, table->defaults, table->n_outputs);
    node->table = table;
}

/* for, some, every: each iterator sees those before it, the body all and `partial`. */
static void cut_loop(cut *c, const dx_node *node, dx_node *copy) {
    uint32_t before = c->bound.n;
    copy->iters = DX_NEW_ARRAY(arena_of(c->b), dx_iter, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++) {
        copy->iters[i] = node->iters[i];
        copy->iters[i].a = cut_tree(c, node->iters[i].a);
        copy->iters[i].b = node->iters[i].b ? cut_tree(c, node->iters[i].b) : NULL;
        bind(c, node->iters[i].name);
    }
    bind(c, DX_STR("partial"));
    copy->a = cut_tree(c, node->a);
    c->bound.n = before;
}

/* In a filter a name may be a member of the item, unless its type says that it has none such. */
static void cut_filter(cut *c, const dx_node *node, dx_node *copy) {
    uint32_t before = c->bound.n;
    bool careful = c->careful;
    const dx_type *type = node->a->kind == DX_N_NAME && !is_bound(c, node->a->name)
                              ? type_of_name(c, node->a->name)
                              : &dx_type_any;
    const dx_type *item = type->kind == DX_T_LIST && type->elem ? type->elem : &dx_type_any;
    if (item->kind == DX_T_CONTEXT && item->n > 0) {
        copy->a = dx_node_new(arena_of(c->b), DX_N_NAME, NULL);
        copy->a->name = node->a->name; /* with its type, which tells what its members are */
        take_name(c, node->a->name);
        for (uint32_t i = 0; i < item->n; i++)
            bind(c, item->shape->keys[i]);
    } else {
        copy->a = cut_tree(c, node->a);
        c->careful = true;
    }
    bind(c, DX_STR("item"));
    copy->b = cut_tree(c, node->b);
    c->careful = careful;
    c->bound.n = before;
}

/* A name or path whose value is a step: that becomes a parameter. NULL when it is none. */
static dx_node *cut_value(cut *c, const dx_node *node) {
    dx_str root = root_name(node);
    ref value;
    if (root.n == 0 || is_bound(c, root))
        return NULL;
    const dx_var *var = dx_build_required(c->b, c->names, node);
    if (var && (var->space || var->constant))
        return NULL;
    if (c->careful) { /* under its own name, in case that is what it means */
        take_name(c, root);
        return NULL;
    }
    return dx_build_resolve(c->b, c->names, node, &value)
               ? dx_build_typed_param(c, dx_build_whole(c->b, value),
                                      dx_build_type(c->b, c->names, node))
               : NULL;
}

/* A copy of a tree in which the values that it takes from outside are parameters. */
static dx_node *cut_tree(cut *c, const dx_node *node) {
    if (node->kind == DX_N_NAME || node->kind == DX_N_PATH) {
        dx_node *param = cut_value(c, node);
        if (param)
            return param;
    }
    dx_node *copy = DX_NEW(arena_of(c->b), dx_node);
    *copy = *node;
    uint32_t before = c->bound.n;
    if (node->kind == DX_N_FOR || node->kind == DX_N_SOME || node->kind == DX_N_EVERY) {
        cut_loop(c, node, copy);
        return copy;
    }
    if (node->kind == DX_N_FILTER) {
        cut_filter(c, node, copy);
        return copy;
    }
    if (node->kind == DX_N_FUNCTION)
        for (uint32_t i = 0; i < node->n; i++)
            bind(c, node->names[i]);
    if (node->kind == DX_N_CONTEXT) { /* an entry sees those before it, a function itself too */
        copy->list = DX_NEW_ARRAY(arena_of(c->b), dx_node *, node->n + 1);
        for (uint32_t i = 0; i < node->n; i++) {
            bind(c, node->names[i]);
            if (node->list[i]->kind != DX_N_FUNCTION)
                c->bound.n--;
            copy->list[i] = cut_tree(c, node->list[i]);
            if (node->list[i]->kind != DX_N_FUNCTION)
                bind(c, node->names[i]);
        }
    } else if (node->kind == DX_N_TABLE) {
        cut_table(c, copy);
    } else {
        copy->a = node->a ? cut_tree(c, node->a) : NULL;
        if (node->kind == DX_N_IN)
            bind(c, DX_STR("?"));
        copy->b = node->b ? cut_tree(c, node->b) : NULL;
        copy->c = node->c ? cut_tree(c, node->c) : NULL;
        copy->list = cut_list(c, node->list, node->n);
    }
    c->bound.n = before;
    return copy;
}

ref dx_build_cut(builder *b, const env *names, const dx_node *node) {
    cut c = {.b = b, .names = names};
    dx_node *tree = cut_tree(&c, node);
    return of_step(dx_build_calc(&c, (dx_step){.kind = DX_S_CALC}, tree));
}
