/* DMN's boxed expressions and item definitions as FEEL trees and types. */
#ifndef DX_DMN_LOWER_H
#define DX_DMN_LOWER_H

#include "dmn/dmn.h"

/* A type that was made from an item definition. */
typedef struct dx_known_type {
    const dx_item_def *item;
    dx_type *type;
} dx_known_type;
typedef DX_VEC(dx_known_type) dx_known_types;

/* Item definitions under way, each of which names the next. */
typedef struct dx_alias {
    const struct dx_alias *outer;
    const dx_item_def *item;
} dx_alias;

/* What lowering the expressions of one model needs. */
typedef struct dx_lower {
    dx_arena *arena;
    dx_diags *diags;
    dx_dmn *dmn;
    dx_compiler *compiler;
    const dx_model *model;
    dx_names *members;     /* of all models: see dx_parse */
    dx_names *hidden;      /* of all elements that have a name in expressions: see dx_parse */
    const dx_names *scope; /* names visible where we are */
    dx_known_types *types; /* of all models */
    const dx_where *where; /* the part of the model under way */
    const dx_alias *aliases;
} dx_lower;

/* Goes into a part of the model; give the old lower->where, which it returns, back afterwards. */
const dx_where *dx_lower_enter(dx_lower *lower, dx_part part, uint32_t number, dx_str name);
/* The tree of an expression; DX_N_ERROR when there is none. */
dx_node *dx_lower_expr(dx_lower *lower, const dx_expr *expr);
/* `tree` made to conform to a declared type; `tree` itself when none is declared. */
dx_node *dx_lower_coerced(dx_lower *lower, dx_node *tree, const dx_text *type_ref);
/* The type a typeRef means in a model: built in, an item definition, or one of an import. Any, with
 * a diagnostic, when there is no such type; Any for an empty text. */
const dx_type *dx_lower_type(dx_lower *lower, const dx_text *type_ref);
/* Makes all types of a model, so that their faults are found though nobody uses them. */
void dx_lower_types(dx_lower *lower, const dx_model *model);
/* Types by name while expressions of lower->model are compiled; for dx_compiler.resolve. */
const dx_type *dx_lower_resolve(void *lower, dx_str name);
/* Adds the names of all members (components, context entries, elements) to lower->members. */
void dx_lower_members(dx_lower *lower, const dx_model *model);

#endif
