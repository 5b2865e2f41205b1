/* Among the files of the builder, which turns trees into the steps of a column program (graph.h):
 * build.c has expressions and elements, build_context.c contexts and borders, build_call.c calls,
 * build_table.c decision tables, build_cut.c what is left to the row engine. */
#ifndef DX_BATCH_BUILD_H
#define DX_BATCH_BUILD_H

#include "batch/graph.h"

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

static inline dx_arena *arena_of(const builder *b) {
    return b->batch->arena;
}

static inline ref of_step(uint32_t step) {
    return (ref){.step = step};
}

/* --- build.c --- */

/* The value of an expression, given the names that it sees beside what its element requires. */
ref dx_build_expr(builder *b, const env *names, const dx_node *node);
/* The number of a step; that of an equal one when there is one. */
uint32_t dx_build_step(builder *b, dx_step step);
uint32_t dx_build_constant(builder *b, dx_val value);
/* A name in scope inside the expression, or NULL; a name in a scope of elements, or NULL. */
const binding *dx_build_binding(const env *names, dx_str name);
const dx_var *dx_build_var(const dx_scope *scope, dx_str name);
/* What a name, or a path through imports, stands for among what the element requires; or NULL. */
const dx_var *dx_build_required(const builder *b, const env *names, const dx_node *node);
/* A name or path as it stands; false when it is no such thing. */
bool dx_build_resolve(builder *b, const env *names, const dx_node *node, ref *ret);

/* --- build_cut.c --- */

/* What the compiler of the row engine knows of the type of an expression: it decides how a call and
 * a border treat what is not known. */
const dx_type *dx_build_type(builder *b, const env *names, const dx_node *node);
/* A name that no text can hold, for a step as a parameter of a type; or of one that does not
 * matter, for operators and what is made to conform. */
dx_node *dx_build_typed_param(cut *c, uint32_t step, const dx_type *type);
dx_node *dx_build_param(cut *c, uint32_t step);
const dx_proc *dx_build_proc(cut *c, const dx_node *tree);
/* A step that the row engine computes by `tree`. */
uint32_t dx_build_calc(cut *c, dx_step step, const dx_node *tree);
/* An expression left to the row engine whole, with the values that it takes as parameters. */
ref dx_build_cut(builder *b, const env *names, const dx_node *node);

/* --- build_context.c --- */

/* The step of a value, whole. */
uint32_t dx_build_whole(builder *b, ref r);
/* A context taken apart, its entries still to be filled in. */
ref dx_build_parts(builder *b, const dx_shape *shape);
/* A value of which a type is known, made to conform to another. */
ref dx_build_conform(builder *b, ref r, const dx_type *known, const dx_type *type);
ref dx_build_coerce(builder *b, const env *names, const dx_node *node);
ref dx_build_context(builder *b, const env *names, const dx_node *node);

/* --- build_call.c, build_table.c --- */

ref dx_build_call(builder *b, const env *names, const dx_node *node);
ref dx_build_table(builder *b, const env *names, const dx_node *node);

#endif
