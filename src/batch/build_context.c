/* Contexts, which are taken apart into their entries as long as nobody asks for the whole; and
 * borders, where values are made to conform to a type. */
#include "batch/build.h"

static const dx_node *context_tree(cut *c, const dx_shape *shape, const ref *entries) {
    dx_arena *arena = arena_of(c->b);
    dx_node *tree = dx_node_new(arena, DX_N_CONTEXT, NULL);
    tree->n = shape->n;
    tree->names = DX_NEW_ARRAY(arena, dx_str, shape->n + 1);
    tree->list = DX_NEW_ARRAY(arena, dx_node *, shape->n + 1);
    for (uint32_t i = 0; i < shape->n; i++) {
        tree->names[i] = shape->keys[i];
        tree->list[i] = dx_build_param(c, dx_build_whole(c->b, entries[i]));
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
    dx_node *present = p->present == DX_NONE ? NULL : dx_build_param(&c, p->present);
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
    return dx_build_calc(&c, (dx_step){.kind = DX_S_CALC}, tree);
}

uint32_t dx_build_whole(builder *b, ref r) {
    if (r.step != DX_NONE || !r.parts)
        return r.step;
    if (r.parts->whole == DX_NONE)
        r.parts->whole = make_whole(b, r.parts);
    return r.parts->whole;
}

ref dx_build_parts(builder *b, const dx_shape *shape) {
    parts *p = DX_NEW(arena_of(b), parts);
    p->shape = shape;
    p->whole = p->present = DX_NONE;
    p->entries = DX_NEW_ARRAY(arena_of(b), ref, shape->n + 1);
    return (ref){.step = DX_NONE, .parts = p};
}

/* A context taken apart, made to conform to a type of the same shape: entry by entry, each of which
 * is null unless all conform. */
static ref conforming_parts(builder *b, ref r, const dx_type *type) {
    ref made = dx_build_parts(b, type->shape);
    made.parts->conform = type;
    made.parts->raw = r.parts->entries;
    made.parts->raw_shape = r.parts->shape;
    for (uint32_t i = 0; i < type->n; i++) {
        cut c = {.b = b};
        dx_node *path = dx_node_new(arena_of(b), DX_N_PATH, NULL);
        path->a = coerced(b, context_tree(&c, r.parts->shape, r.parts->entries), type);
        path->name = type->shape->keys[i];
        made.parts->entries[i] = of_step(
            dx_build_calc(&c, (dx_step){.kind = DX_S_MEMBER, .type = type, .number = i}, path));
    }
    return made;
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
        dx_build_param(c, dx_build_whole(b, dx_build_expr(b, &names, &in)));
    }
    return true;
}

/* A value of which a type is known, made to conform to another: by looking at it only where the row
 * engine does, since a context with something unknown in it passes unseen, but not when looked at.
 */
ref dx_build_conform(builder *b, ref r, const dx_type *known, const dx_type *type) {
    if (dx_compile_conforms(known, type))
        return r;
    bool apart = r.step == DX_NONE && !r.parts->conform && r.parts->present == DX_NONE;
    if (apart && type->kind == DX_T_CONTEXT && type->untested && type->n > 0 &&
        type->shape == r.parts->shape)
        return conforming_parts(b, r, type);
    cut c = {.b = b};
    const dx_node *tree = coerced(b, dx_build_param(&c, dx_build_whole(b, r)), type);
    bool tested = dx_type_is_simple(type) && add_verdicts(&c, r, type);
    dx_step step = {.kind = DX_S_COERCE, .type = type, .number = tested};
    return of_step(dx_build_calc(&c, step, tree));
}

ref dx_build_coerce(builder *b, const env *names, const dx_node *node) {
    dx_workshop *workshop = &b->batch->workshop;
    workshop->lower.model = b->element->model;
    const dx_type *type =
        dx_compile_resolve(&workshop->compiler, node->type, (dx_span){.source = node->source});
    return dx_build_conform(b, dx_build_expr(b, names, node->a), dx_build_type(b, names, node->a),
                            type);
}
ref dx_build_context(builder *b, const env *names, const dx_node *node) {
    bool has_result = node->flags & DX_F_BOXED && node->n > 0 && node->names[node->n - 1].n == 0;
    uint32_t n = has_result ? node->n - 1 : node->n;
    for (uint32_t i = 0; i < n; i++) {
        if (node->list[i]->kind == DX_N_FUNCTION)
            return dx_build_cut(b, names, node);
        for (uint32_t k = 0; k < i; k++)
            if (dx_str_eq(node->names[i], node->names[k]))
                return of_step(dx_build_constant(b, DX_VAL_NULL));
    }
    env inner = {.outer = names};
    dx_compiler *compiler = &b->batch->workshop.compiler;
    const dx_shape *shape = dx_compile_intern(compiler, dx_shape_new(arena_of(b), node->names, n));
    ref made = dx_build_parts(b, shape);
    for (uint32_t i = 0; i < n; i++) {
        made.parts->entries[i] = dx_build_expr(b, &inner, node->list[i]);
        const dx_type *type = dx_build_type(b, &inner, node->list[i]);
        dx_vec_push(arena_of(b), &inner.names,
                    ((binding){node->names[i], made.parts->entries[i], type}));
    }
    return has_result ? dx_build_expr(b, &inner, node->list[n]) : made;
}
