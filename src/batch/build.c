/* From the trees of decisions to the steps of a column program (graph.h). What has no kernel of its
 * own is cut out of its tree whole, with the columns that it reads as parameters, and left to the
 * row engine. */
#include "batch/graph.h"
#include "feel/builtin.h"

/* The value of an expression while the program is built: a step; or a context that is taken apart,
 * whose whole is made when somebody asks for it. */
typedef struct ref {
    uint32_t step; /* DX_NONE: `parts`; parts too when the step is its whole */
    struct parts *parts;
} ref;

typedef DX_VEC(uint32_t) step_list;

typedef struct parts {
    const dx_shape *shape;
    ref *entries;
    uint32_t whole;         /* the step of the whole context, or DX_NONE */
    uint32_t present;       /* the step that says that there is one at all, or DX_NONE */
    const dx_type *conform; /* made to conform to it as a whole; or NULL */
    ref *raw;               /* then, the entries before that */
    const dx_shape *raw_shape;
} parts;

typedef struct binding {
    dx_str name;
    ref value;
    const dx_type *type; /* static, as the row engine's compiler knows it */
} binding;

/* Names in scope inside an expression: entries of a context, parameters of a function. */
typedef struct env {
    const struct env *outer;
    DX_VEC(binding) names;
} env;

typedef struct dx_batch_builder {
    dx_batch *batch;
    ref *elements; /* by number: inputs as bound, decisions once built */
    bool *built;
    const dx_node_info
        *element;          /* whose expression is built: itself, or the function written out */
    const dx_scope *scope; /* what it sees */
    uint32_t depth;        /* of functions written out */
} builder;

enum { INLINE_MOST = 24 };

static ref build(builder *b, const env *names, const dx_node *node);
static uint32_t whole(builder *b, ref r);

static dx_arena *arena_of(const builder *b) {
    return b->batch->arena;
}

static ref of_step(uint32_t step) {
    return (ref){.step = step};
}

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

/* The number of a step; that of an equal one when there is one. */
static uint32_t add_step(builder *b, dx_step step) {
    dx_batch *batch = b->batch;
    for (uint32_t i = 0; i < batch->steps.n; i++)
        if (same_step(&batch->steps.v[i], &step))
            return i;
    dx_vec_push(arena_of(b), &batch->steps, step);
    return batch->steps.n - 1;
}

static uint32_t constant(builder *b, dx_val value) {
    return add_step(b, (dx_step){.kind = DX_S_CONST, .value = value});
}

static ref null_ref(builder *b) {
    return of_step(constant(b, DX_VAL_NULL));
}

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

/* What the compiler of the row engine knows of the type of an expression: it decides how a call
 * treats an argument that is not known. */
static const dx_type *static_type(builder *b, const env *names, const dx_node *node) {
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

/* A tree under construction: the steps that it takes as parameters. */
typedef struct cut {
    builder *b;
    const env *names;
    DX_VEC(dx_str) params;
    DX_VEC(const dx_type *) types;
    DX_VEC(uint32_t) args;
    DX_VEC(dx_str) bound; /* names that the tree binds itself, at the place that is looked at */
    bool careful;         /* inside a filter, where any name may be a member of the item */
} cut;

static void add_param(cut *c, dx_str name, const dx_type *type, uint32_t step) {
    dx_arena *arena = arena_of(c->b);
    dx_vec_push(arena, &c->params, name);
    dx_vec_push(arena, &c->types, type);
    dx_vec_push(arena, &c->args, step);
}

/* A name that no text can hold, for a parameter. */
static dx_node *typed_param(cut *c, uint32_t step, const dx_type *type) {
    dx_node *node = dx_node_new(arena_of(c->b), DX_N_NAME, NULL);
    node->name = dx_str_fmt(arena_of(c->b), "\x01%u", c->params.n);
    add_param(c, node->name, type, step);
    return node;
}

/* The same where the type does not matter: for operators, and what is made to conform. */
static dx_node *param_node(cut *c, uint32_t step) {
    return typed_param(c, step, &dx_type_any);
}

static const dx_proc *make_proc(cut *c, const dx_node *tree) {
    builder *b = c->b;
    return dx_workshop_proc(&b->batch->workshop, b->element, b->scope, c->params.v, c->types.v,
                            c->params.n, tree);
}

/* A step that the row engine computes by `tree`. */
static uint32_t add_calc(cut *c, dx_step step, const dx_node *tree) {
    step.args = c->args.v;
    step.n_args = c->args.n;
    if (step.kind != DX_S_CALC) {
        uint32_t before = c->b->batch->steps.n, at = add_step(c->b, step);
        if (at == before)
            c->b->batch->steps.v[at].proc = make_proc(c, tree);
        return at;
    }
    step.proc = make_proc(c, tree);
    return add_step(c->b, step);
}

/* A node of a kind whose operands are parameters, for the kinds with kernels. */
static uint32_t add_op(builder *b, dx_step step, const dx_node *like, const ref *args, uint32_t n) {
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), (dx_node_kind)like->kind, NULL);
    dx_node *operands[3] = {NULL};
    for (uint32_t i = 0; i < n; i++)
        operands[i] = param_node(&c, whole(b, args[i]));
    tree->op = like->op;
    tree->flags = like->flags;
    tree->a = operands[0];
    tree->b = operands[1];
    tree->c = operands[2];
    return add_calc(&c, step, tree);
}

/* --- names --- */

static const binding *find_binding(const env *names, dx_str name) {
    for (; names; names = names->outer)
        for (uint32_t i = names->names.n; i-- > 0;)
            if (dx_str_eq(names->names.v[i].name, name))
                return &names->names.v[i];
    return NULL;
}

static const dx_var *find_var(const dx_scope *scope, dx_str name) {
    for (uint32_t i = scope->vars.n; i-- > 0;)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

/* What a name, or a path through imports, stands for among what the element requires; or NULL. */
static const dx_var *required(const builder *b, const env *names, const dx_node *node) {
    if (node->kind == DX_N_NAME)
        return find_binding(names, node->name) ? NULL : find_var(b->scope, node->name);
    if (node->kind != DX_N_PATH)
        return NULL;
    const dx_var *var = required(b, names, node->a);
    return var && var->space ? find_var(var->space, node->name) : NULL;
}

static ref element_ref(builder *b, uint32_t number);

/* A name or path as it stands; false when it is no such thing. */
static bool resolve(builder *b, const env *names, const dx_node *node, ref *ret) {
    const binding *bound = node->kind == DX_N_NAME ? find_binding(names, node->name) : NULL;
    if (bound) {
        *ret = bound->value;
        return true;
    }
    const dx_var *var = required(b, names, node);
    if (var && !var->space) {
        *ret = var->constant ? of_step(constant(b, *var->constant)) : element_ref(b, var->reg);
        return true;
    }
    if (node->kind != DX_N_PATH || !resolve(b, names, node->a, ret) || !ret->parts)
        return false;
    uint32_t at = dx_shape_find(ret->parts->shape, node->name);
    if (at == UINT32_MAX)
        return false;
    *ret = ret->parts->entries[at];
    return true;
}

/* --- contexts taken apart --- */

static const dx_node *context_tree(cut *c, const dx_shape *shape, const ref *entries) {
    dx_arena *arena = arena_of(c->b);
    dx_node *tree = dx_node_new(arena, DX_N_CONTEXT, NULL);
    tree->n = shape->n;
    tree->names = DX_NEW_ARRAY(arena, dx_str, shape->n + 1);
    tree->list = DX_NEW_ARRAY(arena, dx_node *, shape->n + 1);
    for (uint32_t i = 0; i < shape->n; i++) {
        tree->names[i] = shape->keys[i];
        tree->list[i] = param_node(c, whole(c->b, entries[i]));
    }
    return tree;
}

static dx_node *coerced(builder *b, const dx_node *tree, const dx_type *type) {
    dx_node *node = dx_node_new(arena_of(b), DX_N_COERCE, NULL);
    node->a = (dx_node *)tree;
    node->type = type;
    return node;
}

static uint32_t make_whole(builder *b, const parts *p) {
    cut c = {.b = b};
    dx_node *present = p->present == DX_NONE ? NULL : param_node(&c, p->present);
    const dx_node *tree = p->conform ? context_tree(&c, p->raw_shape, p->raw)
                                     : context_tree(&c, p->shape, p->entries);
    if (p->conform)
        tree = coerced(b, tree, p->conform);
    if (present) {
        dx_node *choice = dx_node_new(arena_of(b), DX_N_IF, NULL);
        choice->a = present;
        choice->b = (dx_node *)tree;
        choice->c = dx_node_new(arena_of(b), DX_N_LITERAL, NULL);
        tree = choice;
    }
    return add_calc(&c, (dx_step){.kind = DX_S_CALC}, tree);
}

static uint32_t whole(builder *b, ref r) {
    if (r.step != DX_NONE || !r.parts)
        return r.step;
    if (r.parts->whole == DX_NONE)
        r.parts->whole = make_whole(b, r.parts);
    return r.parts->whole;
}

static ref new_parts(builder *b, const dx_shape *shape) {
    parts *p = DX_NEW(arena_of(b), parts);
    p->shape = shape;
    p->whole = p->present = DX_NONE;
    p->entries = DX_NEW_ARRAY(arena_of(b), ref, shape->n + 1);
    return (ref){.step = DX_NONE, .parts = p};
}

/* A context taken apart, made to conform to a type of the same shape: entry by entry, each of which
 * is null unless all conform. */
static ref conforming_parts(builder *b, ref r, const dx_type *type) {
    ref made = new_parts(b, type->shape);
    made.parts->conform = type;
    made.parts->raw = r.parts->entries;
    made.parts->raw_shape = r.parts->shape;
    for (uint32_t i = 0; i < type->n; i++) {
        cut c = {.b = b};
        dx_node *path = dx_node_new(arena_of(b), DX_N_PATH, NULL);
        path->a = coerced(b, context_tree(&c, r.parts->shape, r.parts->entries), type);
        path->name = type->shape->keys[i];
        made.parts->entries[i] =
            of_step(add_calc(&c, (dx_step){.kind = DX_S_MEMBER, .type = type, .number = i}, path));
    }
    return made;
}

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

/* Adds the verdicts of the tests of a simple type, and of those that it narrows, on a value, as
 * arguments of the step that makes it conform; false when there are tests of another kind. */
static bool add_verdicts(cut *c, ref value, const dx_type *type) {
    builder *b = c->b;
    if (type->untested)
        return true;
    for (; type; type = type->base) {
        if (type->constraint)
            return false;
        if (!type->allowed)
            continue;
        env names = {0};
        dx_node subject = {.kind = DX_N_NAME, .name = DX_STR("?")};
        dx_node in = {.kind = DX_N_IN, .a = &subject, .b = (dx_node *)type->allowed};
        dx_vec_push(arena_of(b), &names.names, ((binding){subject.name, value, &dx_type_any}));
        param_node(c, whole(b, build(b, &names, &in)));
    }
    return true;
}

/* A value of which a type is known, made to conform to another: by looking at it only where the row
 * engine does, since a context with something unknown in it passes unseen, but not when looked at.
 */
static ref make_conform(builder *b, ref r, const dx_type *known, const dx_type *type) {
    if (dx_compile_conforms(known, type))
        return r;
    bool apart = r.step == DX_NONE && !r.parts->conform && r.parts->present == DX_NONE;
    if (apart && type->kind == DX_T_CONTEXT && type->untested && type->n > 0 &&
        type->shape == r.parts->shape)
        return conforming_parts(b, r, type);
    cut c = {.b = b};
    const dx_node *tree = coerced(b, param_node(&c, whole(b, r)), type);
    bool tested = dx_type_is_simple(type) && add_verdicts(&c, r, type);
    dx_step step = {.kind = DX_S_COERCE, .type = type, .number = tested};
    return of_step(add_calc(&c, step, tree));
}

static ref build_coerce(builder *b, const env *names, const dx_node *node) {
    dx_workshop *workshop = &b->batch->workshop;
    workshop->lower.model = b->element->model;
    const dx_type *type =
        dx_compile_resolve(&workshop->compiler, node->type, (dx_span){.source = node->source});
    return make_conform(b, build(b, names, node->a), static_type(b, names, node->a), type);
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
    const binding *bound = find_binding(c->names, name);
    const dx_var *var = bound ? NULL : find_var(c->b->scope, name);
    return bound ? bound->type : var ? var->type : &dx_type_any;
}

static void take_name(cut *c, dx_str name) {
    dx_node node = {.kind = DX_N_NAME, .name = name};
    const dx_var *var = required(c->b, c->names, &node);
    ref value;
    for (uint32_t i = 0; i < c->params.n; i++)
        if (dx_str_eq(c->params.v[i], name))
            return;
    if ((var && (var->space || var->constant)) || !resolve(c->b, c->names, &node, &value))
        return;
    add_param(c, name, type_of_name(c, name), whole(c->b, value));
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
    const dx_var *var = required(c->b, c->names, node);
    if (var && (var->space || var->constant))
        return NULL;
    if (c->careful) { /* under its own name, in case that is what it means */
        take_name(c, root);
        return NULL;
    }
    return resolve(c->b, c->names, node, &value)
               ? typed_param(c, whole(c->b, value), static_type(c->b, c->names, node))
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

static ref build_calc(builder *b, const env *names, const dx_node *node) {
    cut c = {.b = b, .names = names};
    dx_node *tree = cut_tree(&c, node);
    return of_step(add_calc(&c, (dx_step){.kind = DX_S_CALC}, tree));
}

/* --- operators --- */

static ref build_path(builder *b, const env *names, const dx_node *node) {
    ref value;
    if (resolve(b, names, node, &value))
        return value;
    bool is_cut = node->a->kind == DX_N_FILTER || node->a->kind == DX_N_LIST;
    if (is_cut || required(b, names, node->a)) /* or an import that has no such name */
        return build_calc(b, names, node);
    ref object = build(b, names, node->a);
    uint32_t at = object.parts ? dx_shape_find(object.parts->shape, node->name) : UINT32_MAX;
    if (at != UINT32_MAX)
        return object.parts->entries[at];
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_PATH, NULL);
    tree->a = param_node(&c, whole(b, object));
    tree->name = node->name;
    return of_step(add_calc(&c, (dx_step){.kind = DX_S_CALC}, tree));
}

/* a / b >= c, with a constant c, can be told without the quotient. False when it is no such thing.
 */
static bool build_share(builder *b, const env *names, const dx_node *node, ref *ret) {
    bool ordered = node->kind == DX_N_COMPARE && node->op >= DX_OP_LT;
    if (!ordered || node->a->kind != DX_N_ARITH || node->a->op != DX_OP_DIV)
        return false;
    uint32_t bound = whole(b, build(b, names, node->b));
    const dx_step *step = &b->batch->steps.v[bound];
    if (step->kind != DX_S_CONST || step->value.tag != DX_NUM)
        return false;
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_COMPARE, NULL);
    dx_node *quotient = dx_node_new(arena_of(b), DX_N_ARITH, NULL);
    quotient->op = DX_OP_DIV;
    quotient->a = param_node(&c, whole(b, build(b, names, node->a->a)));
    quotient->b = param_node(&c, whole(b, build(b, names, node->a->b)));
    tree->op = node->op;
    tree->a = quotient;
    tree->b = param_node(&c, bound);
    *ret = of_step(add_calc(&c, (dx_step){.kind = DX_S_SHARE, .number = node->op}, tree));
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
    ref args[2] = {build(b, names, node->a)};
    args[1] = build(b, names, node->b);
    return of_step(add_op(b, (dx_step){.kind = kind}, node, args, 2));
}

static ref build_negate(builder *b, const env *names, const dx_node *node) {
    ref arg = build(b, names, node->a);
    return of_step(add_op(b, (dx_step){.kind = DX_S_CALC}, node, &arg, 1));
}

/* a between b and c: a >= b and a <= c (DMN 1.5 table 55). */
static ref build_between(builder *b, const env *names, const dx_node *node) {
    dx_node least = {.kind = DX_N_COMPARE, .op = DX_OP_GE};
    dx_node most = {.kind = DX_N_COMPARE, .op = DX_OP_LE};
    dx_node both = {.kind = DX_N_AND};
    ref subject = build(b, names, node->a);
    ref low[2] = {subject, build(b, names, node->b)}, high[2] = {subject, build(b, names, node->c)};
    ref verdicts[2] = {of_step(add_op(b, (dx_step){.kind = DX_S_GE}, &least, low, 2)),
                       of_step(add_op(b, (dx_step){.kind = DX_S_LE}, &most, high, 2))};
    return of_step(add_op(b, (dx_step){.kind = DX_S_AND}, &both, verdicts, 2));
}

/* Boxed conditionals take other conditions than booleans for null: those are left whole. */
static ref build_if(builder *b, const env *names, const dx_node *node) {
    if (node->flags & DX_F_BOXED)
        return build_calc(b, names, node);
    ref args[3] = {build(b, names, node->a)};
    args[1] = build(b, names, node->b);
    args[2] = build(b, names, node->c);
    return of_step(add_op(b, (dx_step){.kind = DX_S_IF}, node, args, 3));
}

static ref build_context(builder *b, const env *names, const dx_node *node) {
    bool has_result = node->flags & DX_F_BOXED && node->n > 0 && node->names[node->n - 1].n == 0;
    uint32_t n = has_result ? node->n - 1 : node->n;
    for (uint32_t i = 0; i < n; i++) {
        if (node->list[i]->kind == DX_N_FUNCTION)
            return build_calc(b, names, node);
        for (uint32_t k = 0; k < i; k++)
            if (dx_str_eq(node->names[i], node->names[k]))
                return null_ref(b);
    }
    env inner = {.outer = names};
    dx_compiler *compiler = &b->batch->workshop.compiler;
    const dx_shape *shape = dx_compile_intern(compiler, dx_shape_new(arena_of(b), node->names, n));
    ref made = new_parts(b, shape);
    for (uint32_t i = 0; i < n; i++) {
        made.parts->entries[i] = build(b, &inner, node->list[i]);
        const dx_type *type = static_type(b, &inner, node->list[i]);
        dx_vec_push(arena_of(b), &inner.names,
                    ((binding){node->names[i], made.parts->entries[i], type}));
    }
    return has_result ? build(b, &inner, node->list[n]) : made;
}

/* --- unary tests --- */

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
    binding subject = {DX_STR("?"), build(b, names, node->a), static_type(b, names, node->a)};
    dx_vec_push(arena_of(b), &inner.names, subject);
    *ret = build(b, &inner, test);
    return true;
}

static ref build_in(builder *b, const env *names, const dx_node *node) {
    ref verdict;
    if (build_verdict(b, names, node, &verdict))
        return verdict;
    const dx_cell *cell = constant_tests(b, node->b);
    if (!cell)
        return build_calc(b, names, node);
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_IN, NULL);
    tree->a = param_node(&c, whole(b, build(b, names, node->a)));
    tree->b = node->b;
    return of_step(add_calc(&c, (dx_step){.kind = DX_S_TESTS, .cell = cell}, tree));
}

/* --- calls --- */

/* A call in which each argument is a parameter. */
static ref call_step(builder *b, const dx_node *node, dx_step step, const ref *args, uint32_t n) {
    cut c = {.b = b};
    dx_node *tree = dx_node_new(arena_of(b), DX_N_CALL, NULL);
    tree->a = node->a;
    tree->n = n;
    tree->list = DX_NEW_ARRAY(arena_of(b), dx_node *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        tree->list[i] = param_node(&c, whole(b, args[i]));
    return of_step(add_calc(&c, step, tree));
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
        if (static_type(b, names, call->list[i])->kind != DX_T_NUM)
            return false;
    return true;
}

static ref build_builtin(builder *b, const env *names, const dx_node *node) {
    dx_step step;
    if (!kernel_of_builtin(b, node, &step) || (node->n > 2 && !all_numbers(b, names, node)))
        return build_calc(b, names, node);
    bool is_extreme = step.kind == DX_S_MIN || step.kind == DX_S_MAX;
    ref args[2] = {build(b, names, node->list[0])};
    for (uint32_t i = 1; i < node->n; i++) { /* the least of three numbers is that of two and one */
        args[1] = build(b, names, node->list[i]);
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
        certain &= dx_compile_conforms(static_type(b, names, args[i]), proc->types[i]);
    for (uint32_t i = 0; i < proc->n_params; i++) {
        ret[i] = build(b, names, args[i]);
        if (certain || proc->types[i]->kind == DX_T_ANY)
            continue;
        dx_vec_push(arena_of(b), guards, whole(b, ret[i]));
        ret[i] = make_conform(b, ret[i], &dx_type_any, proc->types[i]);
        dx_vec_push(arena_of(b), guards, whole(b, ret[i]));
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
    ref result = build(b, &params, function->a);
    if (proc->result)
        result = make_conform(b, result, static_type(b, &params, function->a), proc->result);
    b->element = outer.element;
    b->scope = outer.scope;
    b->depth--;
    if (certain || guards.n == 1)
        return result;
    guards.v[0] = whole(b, result);
    return of_step(
        add_step(b, (dx_step){.kind = DX_S_CALLED, .args = guards.v, .n_args = guards.n}));
}

static ref build_call(builder *b, const env *names, const dx_node *node) {
    const dx_var *var = required(b, names, node->a);
    bool named = node->a->kind == DX_N_NAME && !find_binding(names, node->a->name);
    if (!var && named && dx_builtin_find(node->a->name) != UINT32_MAX)
        return build_builtin(b, names, node);
    if (!var || !var->constant || var->constant->tag != DX_FUNCTION ||
        !var->constant->u.function->proc || b->depth >= INLINE_MOST)
        return build_calc(b, names, node);
    uint32_t number = function_element(b, var->constant);
    const dx_node **args = DX_NEW_ARRAY(arena_of(b), const dx_node *, node->n + 1);
    if (number == DX_NONE || !place_args(node, var->constant->u.function->proc, args))
        return build_calc(b, names, node);
    const dx_node *function = function_tree(&b->batch->dmn->nodes[number]);
    return function->flags & DX_F_EXTERNAL ? build_calc(b, names, node)
                                           : write_out(b, names, number, args);
}

/* --- decision tables --- */

/* Whether the kernel knows the table: one hit, and cells that are constants. */
static bool table_is_plain(const dx_table *table) {
    enum { RULES_MOST = 250 };
    bool single = table->hit == DX_HIT_UNIQUE || table->hit == DX_HIT_FIRST ||
                  table->hit == DX_HIT_ANY || table->hit == DX_HIT_PRIORITY;
    if (!single || table->n_rules > RULES_MOST || table->n_inputs == 0)
        return false;
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        if (table->columns[col].allowed)
            return false;
        for (uint32_t i = 0; i < table->columns[col].n_cells; i++)
            if (table->columns[col].cells[i].coded)
                return false;
    }
    return true;
}

/* An output of a rule: a constant, or a step that becomes a parameter of the table. */
typedef struct table_cut {
    cut c;
    dx_node *tree;
    dx_val *values;     /* by rule and output, then the defaults */
    uint32_t *computed; /* likewise: its place among the arguments */
} table_cut;

static void cut_output(table_cut *t, dx_node **place, uint32_t at, uint32_t output,
                       const env *names) {
    builder *b = t->c.b;
    const dx_type *type = t->tree->table->output_types[output];
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    if (!*place)
        return;
    bool folds = dx_fold(&body, *place, &t->values[at]);
    if (folds && (!type || t->values[at].tag == DX_NULL ||
                  (dx_type_has(type, t->values[at]) && !type->constraint_fn)))
        return;
    ref value = build(b, names, *place);
    if (type)
        value = make_conform(b, value, static_type(b, names, *place), type);
    t->computed[at] = t->c.args.n + 1; /* after the match, which comes first */
    *place = param_node(&t->c, whole(b, value));
}

static void cut_outputs(table_cut *t, const env *names) {
    dx_table *table = t->tree->table;
    uint32_t n = table->n_outputs, rules = table->n_rules * n;
    for (uint32_t i = 0; i < rules; i++)
        cut_output(t, &table->outputs[i], i, i % n, names);
    for (uint32_t o = 0; o < n; o++)
        cut_output(t, &table->defaults[o], rules + o, o, names);
}

/* The step of one output: its own column of what cut_outputs found, and the row engine's path. */
static ref table_step(table_cut *t, const dx_table *compiled, uint32_t match, uint32_t output) {
    dx_arena *arena = arena_of(t->c.b);
    uint32_t n = compiled->n_outputs, rules = compiled->n_rules;
    uint32_t *args = DX_NEW_ARRAY(arena, uint32_t, t->c.args.n + 1);
    dx_val *values = DX_NEW_ARRAY(arena, dx_val, rules + 1);
    uint32_t *computed = DX_NEW_ARRAY(arena, uint32_t, rules + 1);
    args[0] = match;
    for (uint32_t i = 0; i < t->c.args.n; i++)
        args[i + 1] = t->c.args.v[i];
    for (uint32_t r = 0; r <= rules; r++) {
        values[r] = t->values[r * n + output];
        computed[r] = t->computed[r * n + output];
    }
    dx_node *tree = t->tree;
    if (compiled->shape) {
        tree = dx_node_new(arena, DX_N_PATH, NULL);
        tree->a = t->tree;
        tree->name = compiled->shape->keys[output];
    }
    dx_step step = {.kind = DX_S_TABLE,
                    .args = args,
                    .n_args = t->c.args.n + 1,
                    .table = compiled,
                    .number = output,
                    .outputs = values,
                    .computed = computed,
                    .proc = make_proc(&t->c, tree)};
    return of_step(add_step(t->c.b, step));
}

static ref build_table(builder *b, const env *names, const dx_node *node) {
    dx_arena *arena = arena_of(b);
    dx_compiler *compiler = &b->batch->workshop.compiler;
    table_cut t = {.c = {.b = b, .names = names}};
    dx_table *table = DX_NEW(arena, dx_table);
    *table = *node->table;
    t.tree = dx_node_new(arena, DX_N_TABLE, NULL);
    t.tree->table = table;
    uint32_t places = (table->n_rules + 1) * table->n_outputs;
    t.values = DX_NEW_ARRAY(arena, dx_val, places + 1);
    t.computed = DX_NEW_ARRAY(arena, uint32_t, places + 1);
    table->inputs = DX_NEW_ARRAY(arena, dx_node *, table->n_inputs + 1);
    dx_node **outputs = table->outputs, **defaults = table->defaults;
    table->outputs = DX_NEW_ARRAY(arena, dx_node *, places + 1);
    table->defaults = DX_NEW_ARRAY(arena, dx_node *, table->n_outputs + 1);
    memcpy(table->outputs, outputs, table->n_rules * table->n_outputs * sizeof *outputs);
    memcpy(table->defaults, defaults, table->n_outputs * sizeof *defaults);
    for (uint32_t i = 0; i < table->n_inputs; i++)
        table->inputs[i] = typed_param(&t.c, whole(b, build(b, names, node->table->inputs[i])),
                                       static_type(b, names, node->table->inputs[i]));
    cut_outputs(&t, names);
    uint32_t first = compiler->tables.n;
    const dx_proc *proc = make_proc(&t.c, t.tree);
    const dx_table *compiled = compiler->tables.v[first];
    if (!table_is_plain(compiled)) {
        /* its cells may name values too */
        return build_calc(b, names, node);
    }
    uint32_t match = add_step(b, (dx_step){.kind = DX_S_MATCH,
                                           .args = t.c.args.v,
                                           .n_args = compiled->n_inputs,
                                           .table = compiled});
    if (!compiled->shape)
        return table_step(&t, compiled, match, 0);
    ref made = new_parts(b, compiled->shape);
    for (uint32_t o = 0; o < compiled->n_outputs; o++)
        made.parts->entries[o] = table_step(&t, compiled, match, o);
    made.parts->whole = add_step(
        b, (dx_step){.kind = DX_S_CALC, .args = t.c.args.v, .n_args = t.c.args.n, .proc = proc});
    return made;
}

/* --- expressions --- */

static ref build_name(builder *b, const env *names, const dx_node *node) {
    ref value;
    return resolve(b, names, node, &value) ? value : build_calc(b, names, node);
}

static ref build_literal(builder *b, const env *names, const dx_node *node) {
    (void)names;
    return of_step(constant(b, node->value));
}

static ref build(builder *b, const env *names, const dx_node *node) {
    typedef ref (*build_fn)(builder *, const env *, const dx_node *);
    static const build_fn by_kind[] = {
        [DX_N_LITERAL] = build_literal, [DX_N_NAME] = build_name,
        [DX_N_PATH] = build_path,       [DX_N_CALL] = build_call,
        [DX_N_NEGATE] = build_negate,   [DX_N_ARITH] = build_binary,
        [DX_N_COMPARE] = build_binary,  [DX_N_AND] = build_binary,
        [DX_N_OR] = build_binary,       [DX_N_BETWEEN] = build_between,
        [DX_N_IN] = build_in,           [DX_N_IF] = build_if,
        [DX_N_CONTEXT] = build_context, [DX_N_TABLE] = build_table,
        [DX_N_COERCE] = build_coerce,   [DX_N_ERROR] = NULL,
    };
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    dx_val value;
    if (dx_fold(&body, node, &value))
        return of_step(constant(b, value));
    build_fn fn = by_kind[node->kind];
    return fn ? fn(b, names, node) : build_calc(b, names, node);
}

static ref build_decision(builder *b, uint32_t number) {
    const dx_node_info *info = &b->batch->dmn->nodes[number];
    builder outer = *b;
    dx_scope *scope = DX_NEW(arena_of(b), dx_scope);
    dx_dmn_scope(b->batch->dmn, arena_of(b), info, NULL, scope);
    b->element = info;
    b->scope = scope;
    b->depth = 0;
    ref made = info->tree ? build(b, NULL, info->tree) : null_ref(b);
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
                                  : null_ref(b);
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
    return add_step(batch->builder, (dx_step){.kind = DX_S_FIELD, .number = field});
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
    ref made = new_parts(b, dx_compile_intern(&batch->workshop.compiler, shape));
    made.parts->present = field_step(batch, present);
    for (uint32_t i = 0; i < shape->n; i++)
        made.parts->entries[i] = of_step(field_step(batch, first + i));
    bind_element(batch, input, made);
}

void dx_batch_bind_value(dx_batch *batch, uint32_t input, dx_val value) {
    builder *b = batch->builder;
    ref made = of_step(constant(b, value));
    if (value.tag == DX_CONTEXT) { /* its entries by themselves as well */
        made = new_parts(b, value.u.context->shape);
        made.parts->whole = constant(b, value);
        for (uint32_t i = 0; i < value.u.context->shape->n; i++)
            made.parts->entries[i] = of_step(constant(b, value.u.context->v[i]));
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
    return add_output(batch, whole(b, element_ref(b, decision)));
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
    return add_output(batch, whole(b, build_path(b, &names, &path)));
}
