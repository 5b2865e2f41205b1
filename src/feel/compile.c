/* Expressions to code: names, operators, paths, calls, lists, contexts and functions. Control flow
 * is in compile_flow.c, decision tables in compile_table.c, bodies and types in compile_body.c. */
#include "feel/compile.h"

#include "feel/builtin_fn.h"
#include "feel/native.h"

typedef uint32_t (*compile_fn)(dx_body *, const dx_node *, uint32_t, const dx_type **);

static uint32_t target(dx_body *body, uint32_t want) {
    return want == DX_ANY_REG ? dx_body_temps(body, 1) : want;
}

/* Hands a value that lies in `reg` to a caller who wants it in `want`. */
static uint32_t deliver(dx_body *body, uint32_t reg, uint32_t want) {
    if (want == DX_ANY_REG || want == reg)
        return reg;
    dx_body_emit(body, DX_I_MOVE, want, reg, 0);
    return want;
}

static uint32_t compile_null(dx_body *body, uint32_t want, const dx_type **ret_type) {
    *ret_type = &dx_type_any;
    return deliver(body, dx_body_const(body, DX_VAL_NULL), want);
}

/* --- constants ------------------------------------------------------------------------------- */

static bool fold_list(dx_body *body, const dx_node *node, dx_val *ret) {
    dx_arena *arena = body->compiler->arena;
    dx_val *items = DX_NEW_ARRAY(arena, dx_val, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++)
        if (!dx_fold(body, node->list[i], &items[i]))
            return false;
    *ret = dx_val_list(items, node->n);
    return true;
}

static bool fold_range(dx_body *body, const dx_node *node, dx_val *ret) {
    dx_val low = DX_VAL_NULL, high = DX_VAL_NULL;
    int order;
    if ((node->a && !dx_fold(body, node->a, &low)) || (node->b && !dx_fold(body, node->b, &high)))
        return false;
    if ((node->a && low.tag == DX_NULL) || (node->b && high.tag == DX_NULL))
        return false;
    if (node->a && node->b && (!dx_val_order(low, high, &order) || order > 0))
        return false; /* what is wrong with it is said at run time */
    if (node->op) {
        *ret = dx_val_range_by(body->compiler->arena, node->op, node->a ? low : high);
        return true;
    }
    *ret = dx_val_range(body->compiler->arena, low, node->flags & DX_F_LOW_CLOSED, high,
                        node->flags & DX_F_HIGH_CLOSED);
    return true;
}

bool dx_fold(dx_body *body, const dx_node *node, dx_val *ret) {
    switch ((dx_node_kind)node->kind) {
    case DX_N_LITERAL: *ret = node->value; return true;
    case DX_N_LIST: return fold_list(body, node, ret);
    case DX_N_RANGE: return fold_range(body, node, ret);
    case DX_N_NEGATE: {
        dx_val v;
        if (!dx_fold(body, node->a, &v) || v.tag != DX_NUM)
            return false;
        *ret = dx_val_num(dx_num_neg(body->compiler->arena, v.u.num));
        return true;
    }
    case DX_N_NAME:
    case DX_N_PATH:
    case DX_N_FILTER:
    case DX_N_CALL:
    case DX_N_ARITH:
    case DX_N_COMPARE:
    case DX_N_AND:
    case DX_N_OR:
    case DX_N_BETWEEN:
    case DX_N_IN:
    case DX_N_TESTS:
    case DX_N_TEST_CMP:
    case DX_N_IF:
    case DX_N_FOR:
    case DX_N_SOME:
    case DX_N_EVERY:
    case DX_N_INSTANCE:
    case DX_N_CONTEXT:
    case DX_N_FUNCTION:
    case DX_N_TABLE:
    case DX_N_COERCE:
    case DX_N_ERROR: return false;
    }
    return false;
}

const dx_type *dx_compile_type_of(dx_val v) {
    static const dx_type *const by_tag[] = {
        [DX_NULL] = &dx_type_any,        [DX_UNKNOWN] = &dx_type_any,
        [DX_BOOL] = &dx_type_bool,       [DX_NUM] = &dx_type_num,
        [DX_STRING] = &dx_type_string,   [DX_DATE] = &dx_type_date,
        [DX_TIME] = &dx_type_time,       [DX_DATETIME] = &dx_type_datetime,
        [DX_YMDUR] = &dx_type_ymdur,     [DX_DTDUR] = &dx_type_dtdur,
        [DX_LIST] = &dx_type_any_list,   [DX_CONTEXT] = &dx_type_any_context,
        [DX_RANGE] = &dx_type_any_range, [DX_FUNCTION] = &dx_type_any_function,
    };
    return by_tag[v.tag];
}

static uint32_t compile_constant(dx_body *body, dx_val value, uint32_t want,
                                 const dx_type **ret_type) {
    *ret_type = dx_compile_type_of(value);
    return deliver(body, dx_body_const(body, value), want);
}

/* --- names ----------------------------------------------------------------------------------- */

static const dx_var *scope_find(const dx_scope *scope, dx_str name) {
    for (uint32_t i = scope->vars.n; i-- > 0;)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

/* The register of a variable of the outer body, as a capture of this one. */
static uint32_t capture(dx_body *body, const dx_var *outer_var, uint32_t outer_reg) {
    for (uint32_t i = 0; i < body->captures.n; i++)
        if (body->captures.v[i].reg == outer_reg)
            return DX_REG_CAPTURE + i;
    dx_var var = *outer_var;
    var.reg = outer_reg;
    dx_vec_push(body->compiler->arena, &body->captures, var);
    return DX_REG_CAPTURE + body->captures.n - 1;
}

static uint32_t lookup(dx_body *body, const dx_scope *scope, dx_str name, const dx_type **ret_type,
                       const dx_var **ret_var);

/* What a name in a filter means when it is no member of the item. */
static uint32_t lookup_beside(dx_body *body, const dx_scope *scope, dx_str name,
                              const dx_type **ret_type, const dx_var **ret_var) {
    const dx_var *item = &scope->vars.v[0];
    if (!dx_str_eq(name, item->name))
        return lookup(body, scope->outer, name, ret_type, ret_var);
    *ret_var = item;
    *ret_type = item->type;
    return item->reg;
}

/* A name inside a filter: a member of the item when it has one of that name (`item` too may be
 * one), else what the name means outside. Where the item's type is not known, that is decided at
 * run time. */
static uint32_t lookup_member(dx_body *body, const dx_scope *scope, dx_str name,
                              const dx_type **ret_type, const dx_var **ret_var) {
    const dx_var *item = &scope->vars.v[0];
    if (item->type->kind == DX_T_CONTEXT && item->type->n > 0) {
        uint32_t at = dx_shape_find(item->type->shape, name);
        if (at == UINT32_MAX)
            return lookup_beside(body, scope, name, ret_type, ret_var);
        uint32_t reg = dx_body_temps(body, 1);
        dx_body_emit(body, DX_I_SLOT, reg, item->reg,
                     dx_compile_shape(body->compiler, item->type->shape) << 16 | at);
        *ret_type = item->type->members[at];
        *ret_var = NULL;
        return reg;
    }
    uint32_t outer = lookup_beside(body, scope, name, ret_type, ret_var);
    if (item->type->kind != DX_T_ANY && item->type->kind != DX_T_CONTEXT)
        return outer;
    if (*ret_var && (*ret_var)->space)
        return outer;
    uint32_t reg = dx_body_temps(body, 1);
    dx_body_emit(body, DX_I_MOVE, reg,
                 outer == DX_ANY_REG ? dx_body_const(body, DX_VAL_NULL) : outer, 0);
    dx_body_emit(body, DX_I_ITEM, reg, item->reg, dx_body_const(body, dx_val_str(name)));
    *ret_type = &dx_type_any;
    *ret_var = NULL;
    return reg;
}

/* The register that holds a name's value, or DX_ANY_REG when nothing in scope has the name.
 * *ret_var is the variable, when it is one. */
static uint32_t lookup(dx_body *body, const dx_scope *scope, dx_str name, const dx_type **ret_type,
                       const dx_var **ret_var) {
    for (; scope; scope = scope->outer) {
        if (scope->is_item)
            return lookup_member(body, scope, name, ret_type, ret_var);
        const dx_var *var = scope_find(scope, name);
        if (var) {
            *ret_var = var;
            *ret_type = var->type;
            return var->constant ? dx_body_const(body, *var->constant) : var->reg;
        }
    }
    *ret_var = NULL;
    if (!body->outer)
        return DX_ANY_REG;
    uint32_t outer = lookup(body->outer, body->outer->scope, name, ret_type, ret_var);
    if (outer == DX_ANY_REG || (*ret_var && (*ret_var)->space))
        return outer;
    if (outer >= DX_REG_CONST) /* constants of the outer body are its own */
        return dx_body_const(body, body->outer->consts.v[outer - DX_REG_CONST]);
    dx_var unnamed = {.name = name, .type = *ret_type};
    return capture(body, *ret_var ? *ret_var : &unnamed, outer);
}

/* What a name stands for when that is known at load: a variable that is an import, or a constant.
 */
static const dx_var *static_var(dx_body *body, const dx_node *node) {
    if (node->kind == DX_N_NAME) {
        for (const dx_body *b = body; b; b = b->outer)
            for (const dx_scope *s = b->scope; s; s = s->outer) {
                const dx_var *var = scope_find(s, node->name);
                if (var)
                    return var;
            }
        return NULL;
    }
    if (node->kind == DX_N_PATH) {
        const dx_var *var = static_var(body, node->a);
        return var && var->space ? scope_find(var->space, node->name) : NULL;
    }
    return NULL;
}

static uint32_t compile_name(dx_body *body, const dx_node *node, uint32_t want,
                             const dx_type **ret_type) {
    const dx_var *var;
    uint32_t reg = lookup(body, body->scope, node->name, ret_type, &var);
    if (reg != DX_ANY_REG && !(var && var->space))
        return deliver(body, reg, want);
    uint32_t builtin = dx_builtin_find(node->name);
    if (reg == DX_ANY_REG && builtin != UINT32_MAX) {
        dx_function *fn = DX_NEW(body->compiler->arena, dx_function);
        fn->builtin = builtin;
        dx_val value = {.tag = DX_FUNCTION, .u.function = fn};
        return compile_constant(body, value, want, ret_type);
    }
    return compile_null(body, want, ret_type);
}

bool dx_compile_at_hand(dx_body *body, const dx_node *node) {
    dx_val constant;
    if (node->kind != DX_N_NAME)
        return dx_fold(body, node, &constant);
    for (const dx_scope *s = body->scope; s && !s->is_item; s = s->outer) {
        const dx_var *var = scope_find(s, node->name);
        if (var)
            return !var->space;
    }
    return false;
}

/* --- paths ----------------------------------------------------------------------------------- */

static uint32_t compile_path(dx_body *body, const dx_node *node, uint32_t want,
                             const dx_type **ret_type) {
    const dx_var *space = static_var(body, node->a);
    if (space && space->space) {
        const dx_var *var = scope_find(space->space, node->name);
        if (!var)
            return compile_null(body, want, ret_type);
        *ret_type = var->type;
        return deliver(body, var->constant ? dx_body_const(body, *var->constant) : var->reg, want);
    }
    const dx_type *type;
    bool in_main = body->once != DX_ANY_REG;
    if (in_main && space && space->placed.type && dx_compile_at_hand(body, node->a)) {
        type = space->placed.type;
        uint32_t entry = dx_shape_find(type->shape, node->name);
        if (entry != UINT32_MAX) {
            *ret_type = type->members[entry];
            return deliver(body, space->placed.first + entry, want);
        }
    }
    uint32_t object = dx_compile_expr(body, node->a, DX_ANY_REG, &type);
    uint32_t reg = target(body, want);
    if (type->kind == DX_T_CONTEXT && type->n > 0) {
        uint32_t at = dx_shape_find(type->shape, node->name);
        if (at != UINT32_MAX) {
            dx_body_emit(body, DX_I_SLOT, reg, object,
                         dx_compile_shape(body->compiler, type->shape) << 16 | at);
            *ret_type = type->members[at];
            return reg;
        }
    }
    dx_body_emit(body, DX_I_PATH, reg, object, dx_body_const(body, dx_val_str(node->name)));
    *ret_type = &dx_type_any;
    return reg;
}

/* --- operators ------------------------------------------------------------------------------- */

static uint32_t compile_binary(dx_body *body, const dx_node *node, uint32_t want,
                               const dx_type **ret_type) {
    static const dx_opcode opcode[] = {
        [DX_OP_ADD] = DX_I_ADD, [DX_OP_SUB] = DX_I_SUB, [DX_OP_MUL] = DX_I_MUL,
        [DX_OP_DIV] = DX_I_DIV, [DX_OP_POW] = DX_I_POW, [DX_OP_EQ] = DX_I_EQ,
        [DX_OP_NE] = DX_I_NE,   [DX_OP_LT] = DX_I_LT,   [DX_OP_LE] = DX_I_LE,
        [DX_OP_GT] = DX_I_GT,   [DX_OP_GE] = DX_I_GE,
    };
    const dx_type *ta, *tb;
    uint32_t a = dx_compile_expr(body, node->a, DX_ANY_REG, &ta);
    uint32_t b = dx_compile_expr(body, node->b, DX_ANY_REG, &tb);
    uint32_t reg = target(body, want);
    dx_body_emit(body, opcode[node->op], reg, a, b);
    if (node->kind == DX_N_COMPARE)
        *ret_type = &dx_type_bool;
    else
        *ret_type = ta->kind == DX_T_NUM && tb->kind == DX_T_NUM ? &dx_type_num : &dx_type_any;
    return reg;
}

static uint32_t compile_negate(dx_body *body, const dx_node *node, uint32_t want,
                               const dx_type **ret_type) {
    const dx_type *type;
    uint32_t a = dx_compile_expr(body, node->a, DX_ANY_REG, &type);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_NEG, reg, a, 0);
    *ret_type = type->kind == DX_T_NUM ? &dx_type_num : &dx_type_any;
    return reg;
}

/* and, or: what decides alone skips the other side. */
static uint32_t compile_logic(dx_body *body, const dx_node *node, uint32_t want,
                              const dx_type **ret_type) {
    bool is_and = node->kind == DX_N_AND;
    uint32_t reg = target(body, want);
    uint32_t a =
        dx_compile_expr(body, node->a, dx_compile_at_hand(body, node->a) ? DX_ANY_REG : reg, NULL);
    uint32_t skip = dx_body_emit(body, is_and ? DX_I_JFALSE : DX_I_JTRUE, reg, a, 0);
    uint32_t b = dx_compile_expr(body, node->b, DX_ANY_REG, NULL);
    dx_body_emit(body, is_and ? DX_I_AND : DX_I_OR, reg, reg, b);
    /* a side that is no boolean counts as null, also when it decided nothing */
    dx_body_land(body, skip);
    *ret_type = &dx_type_bool;
    return reg;
}

static uint32_t compile_between(dx_body *body, const dx_node *node, uint32_t want,
                                const dx_type **ret_type) {
    uint32_t a = dx_compile_expr(body, node->a, DX_ANY_REG, NULL);
    uint32_t bounds = dx_body_temps(body, 2);
    dx_compile_expr(body, node->b, bounds, NULL);
    dx_compile_expr(body, node->c, bounds + 1, NULL);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_BETWEEN, reg, a, bounds);
    *ret_type = &dx_type_bool;
    return reg;
}

/* --- lists, ranges, contexts ------------------------------------------------------------------ */

static uint32_t compile_list(dx_body *body, const dx_node *node, uint32_t want,
                             const dx_type **ret_type) {
    uint32_t base = dx_body_temps(body, node->n);
    for (uint32_t i = 0; i < node->n; i++)
        dx_compile_expr(body, node->list[i], base + i, NULL);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_LIST, reg, base, node->n);
    *ret_type = &dx_type_any_list;
    return reg;
}

static uint32_t compile_range(dx_body *body, const dx_node *node, uint32_t want,
                              const dx_type **ret_type) {
    uint32_t base = dx_body_temps(body, 2);
    uint32_t null = dx_body_const(body, DX_VAL_NULL);
    if (node->a)
        dx_compile_expr(body, node->a, base, NULL);
    else
        dx_body_emit(body, DX_I_MOVE, base, null, 0);
    if (node->b)
        dx_compile_expr(body, node->b, base + 1, NULL);
    else
        dx_body_emit(body, DX_I_MOVE, base + 1, null, 0);
    uint32_t flags = node->flags | (node->a ? 0 : DX_RANGE_NO_LOW) |
                     (node->b ? 0 : DX_RANGE_NO_HIGH) | (uint32_t)node->op << 8;
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_RANGE, reg, base, flags);
    *ret_type = &dx_type_any_range;
    return reg;
}

static bool has_key_twice(const dx_node *node, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (dx_str_eq(node->names[i], node->names[at]))
            return true;
    return false;
}

const dx_type *dx_compile_context_type(dx_compiler *compiler, const dx_shape *shape,
                                       const dx_type *const *members) {
    dx_type *type = DX_NEW(compiler->arena, dx_type);
    type->kind = DX_T_CONTEXT;
    type->n = shape->n;
    type->shape = shape;
    type->members = members;
    return type;
}

/* Entries see those before them. A last entry without a name is the result in boxed contexts
 * of DMN; in a context of FEEL "" is a key like any other. */
static uint32_t compile_context(dx_body *body, const dx_node *node, uint32_t want,
                                const dx_type **ret_type) {
    dx_arena *arena = body->compiler->arena;
    dx_scope scope = {0};
    bool has_result = node->flags & DX_F_BOXED && node->n > 0 && node->names[node->n - 1].n == 0;
    uint32_t n = has_result ? node->n - 1 : node->n;
    const dx_type **types = DX_NEW_ARRAY(arena, const dx_type *, n + 1);
    bool in_place = want != DX_ANY_REG && want == body->once && !has_result;
    uint32_t base = in_place ? dx_body_lasting(body, n + 1) + 1 : dx_body_temps(body, n);
    bool twice = false;
    dx_scope_push(body, &scope);
    for (uint32_t i = 0; i < n; i++) {
        if (has_key_twice(node, i)) {
            if (!(node->flags & DX_F_BOXED)) /* else the loader said so */
                dx_compile_error(body, node->list[i], DX_E_FEEL_DUPLICATE_KEY, node->names[i],
                                 (dx_str){0});
            twice = true;
        }
        bool is_function = node->list[i]->kind == DX_N_FUNCTION;
        if (is_function) /* may call itself */
            dx_scope_add(body, node->names[i], base + i, &dx_type_any_function);
        dx_compile_expr(body, node->list[i], base + i, &types[i]);
        if (!is_function)
            dx_scope_add(body, node->names[i], base + i, types[i]);
    }
    uint32_t reg;
    if (twice) {
        reg = compile_null(body, want, ret_type);
    } else if (has_result) {
        reg = dx_compile_expr(body, node->list[n], want, ret_type);
    } else {
        const dx_shape *shape =
            dx_compile_intern(body->compiler, dx_shape_new(arena, node->names, n));
        reg = target(body, want);
        dx_body_emit(body, in_place ? DX_I_INPLACE : DX_I_CONTEXT, reg, base,
                     dx_compile_shape(body->compiler, shape));
        *ret_type = dx_compile_context_type(body->compiler, shape, types);
        if (in_place)
            body->placed = (dx_placed){base, *ret_type};
    }
    dx_scope_pop(body);
    return reg;
}

/* --- borders --------------------------------------------------------------------------------- */

static bool conforms(const dx_type *known, const dx_type *type, int depth) {
    if (type->kind == DX_T_ANY || known == type || known->kind == DX_T_NULL)
        return true;
    if (!type->untested || known->kind != type->kind || depth == 0)
        return false;
    if (dx_type_is_simple(type))
        return true;
    if (type->kind == DX_T_LIST)
        return !type->elem || (known->elem && conforms(known->elem, type->elem, depth - 1));
    if (type->kind != DX_T_CONTEXT || (type->n > 0 && known->shape != type->shape))
        return false;
    for (uint32_t i = 0; i < type->n; i++)
        if (!conforms(known->members[i], type->members[i], depth - 1))
            return false;
    return true;
}

bool dx_compile_conforms(const dx_type *known, const dx_type *type) {
    enum { DEPTH = 20 };
    return conforms(known, type, DEPTH);
}

/* The value of a register made to conform to a type, where it may not do so already. */
static uint32_t coerced(dx_body *body, uint32_t reg, const dx_type *known, const dx_type *type,
                        uint32_t want) {
    if (dx_compile_conforms(known, type))
        return reg;
    uint32_t to = want == DX_ANY_REG ? dx_body_temps(body, 1) : want;
    dx_body_emit(body, DX_I_COERCE, to, reg, dx_compile_type(body->compiler, type));
    return to;
}

/* --- functions ------------------------------------------------------------------------------- */

static dx_str text_entry(const dx_node *context, const char *name) {
    for (uint32_t i = 0; i < context->n; i++) {
        const dx_node *entry = context->list[i];
        while (entry->kind == DX_N_COERCE)
            entry = entry->a;
        if (dx_str_is(context->names[i], name) && entry->kind == DX_N_LITERAL &&
            entry->value.tag == DX_STRING)
            return dx_val_to_str(entry->value);
    }
    return (dx_str){0};
}

/* The external function that a mapping {java: {class: ..., method signature: ...}} names; boxed
 * functions give the inner context alone. */
static uint32_t native_of(const dx_node *mapping) {
    while (mapping->kind == DX_N_COERCE)
        mapping = mapping->a;
    if (mapping->kind != DX_N_CONTEXT)
        return UINT32_MAX;
    for (uint32_t i = 0; i < mapping->n; i++)
        if (dx_str_is(mapping->names[i], "java") && mapping->list[i]->kind == DX_N_CONTEXT)
            mapping = mapping->list[i];
    return dx_native_find(text_entry(mapping, "class"), text_entry(mapping, "method signature"));
}

void dx_compile_return(dx_body *body, uint32_t reg, const dx_type *known, const dx_type *type) {
    dx_body_emit(body, DX_I_RETURN, 0, type ? coerced(body, reg, known, type, DX_ANY_REG) : reg, 0);
}

void dx_compile_function_body(dx_body *body, const dx_node *function, uint32_t params,
                              const dx_type *type) {
    const dx_type *known = &dx_type_any;
    uint32_t result;
    if (!(function->flags & DX_F_EXTERNAL)) {
        result = dx_compile_expr(body, function->a, DX_ANY_REG, &known);
    } else {
        uint32_t native = native_of(function->a);
        if (native != UINT32_MAX && dx_native_params(native) == function->n) {
            result = dx_body_temps(body, 1);
            dx_body_emit(body, DX_I_NATIVE, result, params, native);
        } else {
            dx_compile_error(body, function, DX_E_FEEL_EXTERNAL_FUNCTION, (dx_str){0}, (dx_str){0});
            result = dx_body_const(body, DX_VAL_NULL);
        }
    }
    dx_compile_return(body, result, known, type);
}

static uint32_t compile_function(dx_body *body, const dx_node *node, uint32_t want,
                                 const dx_type **ret_type) {
    dx_compiler *compiler = body->compiler;
    const dx_type **types = DX_NEW_ARRAY(compiler->arena, const dx_type *, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++)
        types[i] = node->types && node->types[i]
                       ? dx_compile_resolve(compiler, node->types[i], body->here)
                       : &dx_type_any;
    dx_proc *proc = dx_proc_declare(compiler, (dx_str){0}, node->names, types, node->n);
    dx_body inner;
    dx_scope scope = {0};
    dx_body_begin(&inner, compiler, body);
    dx_scope_push(&inner, &scope);
    uint32_t params = dx_body_temps(&inner, node->n);
    for (uint32_t i = 0; i < node->n; i++)
        dx_scope_add(&inner, node->names[i], params + i, types[i]);
    dx_compile_function_body(&inner, node, params, NULL);
    dx_scope_pop(&inner);
    dx_body_finish(&inner, proc);
    *ret_type = &dx_type_any_function;
    if (inner.captures.n == 0)
        return deliver(body, dx_body_const(body, dx_proc_value(compiler, proc)), want);
    uint32_t base = dx_body_temps(body, inner.captures.n);
    for (uint32_t i = 0; i < inner.captures.n; i++)
        dx_body_emit(body, DX_I_MOVE, base + i, inner.captures.v[i].reg, 0);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_FUNCTION, reg, base, proc->number);
    for (uint32_t i = 0; i < inner.captures.n; i++)
        if (inner.captures.v[i].reg == reg) /* it calls itself */
            dx_body_emit(body, DX_I_SELF, reg, i, 0);
    return reg;
}

/* --- calls ----------------------------------------------------------------------------------- */

/* min or max of two, which is how policies put caps and floors. */
static uint32_t compile_extreme(dx_body *body, const dx_node *node, dx_opcode op, uint32_t want,
                                const dx_type **ret_type) {
    const dx_type *ta, *tb;
    uint32_t a = dx_compile_expr(body, node->list[0], DX_ANY_REG, &ta);
    uint32_t b = dx_compile_expr(body, node->list[1], DX_ANY_REG, &tb);
    uint32_t reg = target(body, want);
    dx_body_emit(body, op, reg, a, b);
    *ret_type = ta->kind == DX_T_NUM && tb->kind == DX_T_NUM ? &dx_type_num : &dx_type_any;
    return reg;
}

static uint32_t compile_builtin_call(dx_body *body, const dx_node *node, uint32_t index,
                                     uint32_t want, const dx_type **ret_type) {
    const dx_builtin *builtin = &dx_builtins[index];
    uint32_t n = node->n;
    bool is_min = builtin->fn == dx_fn_min, is_max = builtin->fn == dx_fn_max;
    if (n == 2 && !node->names && (is_min || is_max))
        return compile_extreme(body, node, is_min ? DX_I_MIN : DX_I_MAX, want, ret_type);
    uint32_t *to = DX_NEW_ARRAY(body->compiler->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        to[i] = i;
    uint32_t form = node->names ? dx_builtin_name_args(builtin, node->names, node->n, to, &n) : 0;
    if (node->names ? form == 0 : !dx_builtin_takes(builtin, n))
        return compile_null(body, want, ret_type);
    uint32_t base = dx_body_temps(body, n);
    if (n > node->n)
        for (uint32_t i = 0; i < n; i++)
            dx_body_emit(body, DX_I_MOVE, base + i, dx_body_const(body, DX_VAL_NULL), 0);
    for (uint32_t i = 0; i < node->n; i++)
        dx_compile_expr(body, node->list[i], base + to[i], NULL);
    uint32_t reg = target(body, want);
    dx_body_emit(body, DX_I_BUILTIN, reg, base, index);
    dx_body_emit(body, DX_I_EXTRA, n, form, 0);
    const dx_type *type = dx_type_builtin(dx_str_of(builtin->result));
    *ret_type = type ? type : &dx_type_any;
    return reg;
}

/* The position of each argument of a call of a known procedure; false when they do not fit. */
static bool map_params(const dx_node *node, const dx_proc *proc, uint32_t *to) {
    if (node->n != proc->n_params)
        return false;
    for (uint32_t i = 0; i < node->n; i++) {
        to[i] = i;
        if (!node->names)
            continue;
        uint32_t at = 0;
        while (at < proc->n_params && !dx_str_eq(proc->params[at], node->names[i]))
            at++;
        if (at == proc->n_params)
            return false;
        to[i] = at;
    }
    return true;
}

static uint32_t compile_proc_call(dx_body *body, const dx_node *node, const dx_proc *proc,
                                  uint32_t want, const dx_type **ret_type) {
    uint32_t *to = DX_NEW_ARRAY(body->compiler->arena, uint32_t, node->n + 1);
    if (!map_params(node, proc, to))
        return compile_null(body, want, ret_type);
    uint32_t base = dx_body_temps(body, node->n);
    bool certain = true;
    for (uint32_t i = 0; i < node->n; i++) {
        const dx_type *known;
        dx_compile_expr(body, node->list[i], base + to[i], &known);
        certain = dx_compile_conforms(known, proc->types[to[i]]) && certain;
    }
    uint32_t reg = target(body, want);
    dx_body_emit(body, certain ? DX_I_CALLP : DX_I_CALLC, reg, base, proc->number);
    *ret_type = proc->result ? proc->result : &dx_type_any;
    return reg;
}

static uint32_t compile_value_call(dx_body *body, const dx_node *node, uint32_t want,
                                   const dx_type **ret_type) {
    uint32_t base = dx_body_temps(body, node->n + 1);
    dx_compile_expr(body, node->a, base, NULL);
    for (uint32_t i = 0; i < node->n; i++)
        dx_compile_expr(body, node->list[i], base + 1 + i, NULL);
    uint32_t reg = target(body, want);
    if (node->names) {
        const dx_shape *names = dx_shape_new(body->compiler->arena, node->names, node->n);
        dx_body_emit(body, DX_I_CALLN, reg, base, dx_compile_shape(body->compiler, names));
    } else {
        dx_body_emit(body, DX_I_CALL, reg, base, node->n);
    }
    *ret_type = &dx_type_any;
    return reg;
}

static uint32_t compile_call(dx_body *body, const dx_node *node, uint32_t want,
                             const dx_type **ret_type) {
    const dx_var *var = static_var(body, node->a);
    if (var && var->constant && var->constant->tag == DX_FUNCTION &&
        var->constant->u.function->proc)
        return compile_proc_call(body, node, var->constant->u.function->proc, want, ret_type);
    if (!var && node->a->kind == DX_N_NAME) {
        uint32_t builtin = dx_builtin_find(node->a->name);
        if (builtin != UINT32_MAX)
            return compile_builtin_call(body, node, builtin, want, ret_type);
    }
    return compile_value_call(body, node, want, ret_type);
}

/* --- types ----------------------------------------------------------------------------------- */

static uint32_t compile_instance(dx_body *body, const dx_node *node, uint32_t want,
                                 const dx_type **ret_type) {
    uint32_t a = dx_compile_expr(body, node->a, DX_ANY_REG, NULL);
    uint32_t reg = target(body, want);
    const dx_type *type = dx_compile_resolve(body->compiler, node->type, body->here);
    dx_body_emit(body, DX_I_INSTANCE, reg, a, dx_compile_type(body->compiler, type));
    *ret_type = &dx_type_bool;
    return reg;
}

static uint32_t compile_coerce(dx_body *body, const dx_node *node, uint32_t want,
                               const dx_type **ret_type) {
    const dx_type *type = dx_compile_resolve(body->compiler, node->type, body->here);
    const dx_type *known;
    if (type->kind == DX_T_ANY)
        return dx_compile_expr(body, node->a, want, ret_type);
    uint32_t reg = dx_compile_expr(body, node->a, want, &known);
    *ret_type = type;
    return coerced(body, reg, known, type, want);
}

static uint32_t compile_error_node(dx_body *body, const dx_node *node, uint32_t want,
                                   const dx_type **ret_type) {
    (void)node; /* was reported when it was read */
    return compile_null(body, want, ret_type);
}

static uint32_t compile_stray_test(dx_body *body, const dx_node *node, uint32_t want,
                                   const dx_type **ret_type) {
    dx_compile_error(body, node, DX_E_FEEL_TEST_OUT_OF_PLACE, (dx_str){0}, (dx_str){0});
    return compile_null(body, want, ret_type);
}

/* Unary tests where an expression stands: `?` is what is in scope under that name. */
static uint32_t compile_bare_tests(dx_body *body, const dx_node *node, uint32_t want,
                                   const dx_type **ret_type) {
    const dx_var *var;
    const dx_type *type;
    uint32_t subject = lookup(body, body->scope, DX_STR("?"), &type, &var);
    if (subject == DX_ANY_REG)
        return compile_stray_test(body, node, want, ret_type);
    uint32_t reg = target(body, want);
    dx_compile_one_test(body, node, subject, reg);
    *ret_type = &dx_type_bool;
    return reg;
}

static uint32_t compile_literal(dx_body *body, const dx_node *node, uint32_t want,
                                const dx_type **ret_type) {
    return compile_constant(body, node->value, want, ret_type);
}

uint32_t dx_compile_expr(dx_body *body, const dx_node *node, uint32_t want,
                         const dx_type **ret_type) {
    static const compile_fn by_kind[] = {
        [DX_N_LITERAL] = compile_literal,   [DX_N_NAME] = compile_name,
        [DX_N_PATH] = compile_path,         [DX_N_FILTER] = dx_compile_flow,
        [DX_N_CALL] = compile_call,         [DX_N_NEGATE] = compile_negate,
        [DX_N_ARITH] = compile_binary,      [DX_N_COMPARE] = compile_binary,
        [DX_N_AND] = compile_logic,         [DX_N_OR] = compile_logic,
        [DX_N_BETWEEN] = compile_between,   [DX_N_IN] = dx_compile_flow,
        [DX_N_TESTS] = compile_bare_tests,  [DX_N_TEST_CMP] = compile_bare_tests,
        [DX_N_IF] = dx_compile_flow,        [DX_N_FOR] = dx_compile_flow,
        [DX_N_SOME] = dx_compile_flow,      [DX_N_EVERY] = dx_compile_flow,
        [DX_N_INSTANCE] = compile_instance, [DX_N_RANGE] = compile_range,
        [DX_N_LIST] = compile_list,         [DX_N_CONTEXT] = compile_context,
        [DX_N_FUNCTION] = compile_function, [DX_N_TABLE] = dx_compile_table,
        [DX_N_COERCE] = compile_coerce,     [DX_N_ERROR] = compile_error_node,
    };
    enum { DEPTH_MAX = 400 };
    const dx_type *type;
    dx_span before = body->here;
    dx_val constant;
    uint32_t reg;
    if (node->source)
        body->here = (dx_span){node->source, node->from, node->to};
    if (++body->depth > DEPTH_MAX) {
        dx_compile_error(body, node, DX_E_LIMIT_DEPTH, DX_STR("400"), (dx_str){0});
        reg = compile_null(body, want, &type);
    } else if (dx_fold(body, node, &constant)) {
        reg = compile_constant(body, constant, want, &type);
    } else {
        reg = by_kind[node->kind](body, node, want, &type);
    }
    body->depth--;
    body->here = before;
    if (ret_type)
        *ret_type = type;
    return reg;
}
