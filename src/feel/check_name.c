/* Static checks of names and paths: what a name stands for in scope, what a path leads to, and what
 * to suggest where there is no such thing. */
#include "feel/builtin.h"
#include "feel/check.h"

/* --- names -------------------------------------------------------------------------------------
 */

static const dx_var *find_var(const dx_scope *scope, dx_str name) {
    for (uint32_t i = scope->vars.n; i-- > 0;)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

const dx_type *dx_check_find(const dx_checker *c, dx_str name, const dx_var **ret_var) {
    bool any_member = false; /* a filter whose items may have a member of any name */
    for (const dx_scope *scope = c->scope; scope; scope = scope->outer) {
        const dx_type *item = scope->is_item ? scope->vars.v[0].type : NULL;
        uint32_t at = item && item->kind == DX_T_CONTEXT && item->n
                          ? dx_shape_find(item->shape, name)
                          : UINT32_MAX;
        *ret_var = at == UINT32_MAX ? find_var(scope, name) : NULL;
        if (at != UINT32_MAX)
            return item->members[at];
        if (*ret_var)
            return any_member && !(*ret_var)->space ? &dx_type_any : (*ret_var)->type;
        any_member |= item && (!dx_check_known(item) || (item->kind == DX_T_CONTEXT && !item->n));
    }
    *ret_var = NULL;
    return any_member ? &dx_type_any : NULL;
}

static dx_str nearest(const dx_checker *c, dx_str name) {
    dx_near near = dx_near_start(name);
    for (const dx_scope *scope = c->scope; scope; scope = scope->outer) {
        const dx_type *item = scope->is_item ? scope->vars.v[0].type : NULL;
        for (uint32_t i = 0; item && item->kind == DX_T_CONTEXT && i < item->n; i++)
            dx_near_try(&near, item->shape->keys[i]);
        for (uint32_t i = 0; i < scope->vars.n; i++)
            dx_near_try(&near, scope->vars.v[i].name);
    }
    for (uint32_t i = 0; i < dx_builtin_count; i++)
        dx_near_try(&near, dx_str_of(dx_builtins[i].name));
    return near.best;
}

static bool in_known_filter(const dx_checker *c) {
    for (const dx_scope *scope = c->scope; scope; scope = scope->outer)
        if (scope->is_item && scope->vars.v[0].type->kind == DX_T_CONTEXT)
            return true;
    return false;
}

static void unknown_name(dx_checker *c, const dx_node *node) {
    const dx_check *in = c->in;
    size_t from = node->from, to = node->to;
    const char *half;
    dx_node part = *node;
    if (node->source && dx_full_width(node->source->place.text, &from, &to, &half)) {
        part.from = (uint32_t)from;
        part.to = (uint32_t)to;
        dx_check_error(c, &part, DX_E_FEEL_FULL_WIDTH,
                       (dx_str){node->source->place.text.p + from, to - from}, dx_str_of(half),
                       (dx_str){0});
        return;
    }
    dx_elsewhere where =
        in->elsewhere ? in->elsewhere(in->context, node->name) : DX_ELSEWHERE_NOWHERE;
    dx_str near = where ? (dx_str){0} : nearest(c, node->name);
    bool whole = node->source && node->from == 0 && node->to == node->source->place.text.n;
    dx_err code = where == DX_ELSEWHERE_VALUE      ? DX_E_FEEL_NOT_REQUIRED
                  : where == DX_ELSEWHERE_FUNCTION ? DX_E_FEEL_FUNCTION_NOT_REQUIRED
                  : near.n                         ? DX_E_FEEL_UNKNOWN_NAME_NEAR
                  : whole                          ? DX_E_FEEL_UNKNOWN_NAME_ALONE
                                                   : DX_E_FEEL_UNKNOWN_NAME;
    if (in_known_filter(c)) /* the filter still gives a list: of the items without the member */
        dx_check_warn(c, node, code, node->name, near, (dx_str){0});
    else
        dx_check_error(c, node, code, node->name, near, (dx_str){0});
}

const dx_type *dx_check_name(dx_checker *c, const dx_node *node) {
    const dx_var *var;
    const dx_type *type = dx_check_find(c, node->name, &var);
    if (type && !(var && var->space))
        return type;
    if (!type && dx_builtin_find(node->name) != UINT32_MAX)
        return &dx_type_any_function;
    unknown_name(c, node);
    return &dx_type_any;
}

const dx_var *dx_check_static_var(dx_checker *c, const dx_node *node) {
    const dx_var *var = NULL;
    if (node->kind == DX_N_NAME)
        return dx_check_find(c, node->name, &var) ? var : NULL;
    if (node->kind != DX_N_PATH)
        return NULL;
    var = dx_check_static_var(c, node->a);
    return var && var->space ? find_var(var->space, node->name) : NULL;
}

/* --- paths -------------------------------------------------------------------------------------
 */

/* Properties of values that are no contexts (DMN 1.5 tables 65 and 66). */
static const struct {
    dx_type_kind kind;
    const char *name;
    const dx_type *type; /* NULL: of the elements */
} properties[] = {
    {DX_T_DATE, "year", &dx_type_num},
    {DX_T_DATE, "month", &dx_type_num},
    {DX_T_DATE, "day", &dx_type_num},
    {DX_T_DATE, "weekday", &dx_type_num},
    {DX_T_TIME, "hour", &dx_type_num},
    {DX_T_TIME, "minute", &dx_type_num},
    {DX_T_TIME, "second", &dx_type_num},
    {DX_T_TIME, "time offset", &dx_type_dtdur},
    {DX_T_TIME, "timezone", &dx_type_string},
    {DX_T_DATETIME, "year", &dx_type_num},
    {DX_T_DATETIME, "month", &dx_type_num},
    {DX_T_DATETIME, "day", &dx_type_num},
    {DX_T_DATETIME, "weekday", &dx_type_num},
    {DX_T_DATETIME, "hour", &dx_type_num},
    {DX_T_DATETIME, "minute", &dx_type_num},
    {DX_T_DATETIME, "second", &dx_type_num},
    {DX_T_DATETIME, "time offset", &dx_type_dtdur},
    {DX_T_DATETIME, "timezone", &dx_type_string},
    {DX_T_YMDUR, "years", &dx_type_num},
    {DX_T_YMDUR, "months", &dx_type_num},
    {DX_T_DTDUR, "days", &dx_type_num},
    {DX_T_DTDUR, "hours", &dx_type_num},
    {DX_T_DTDUR, "minutes", &dx_type_num},
    {DX_T_DTDUR, "seconds", &dx_type_num},
    {DX_T_RANGE, "start", NULL},
    {DX_T_RANGE, "end", NULL},
    {DX_T_RANGE, "start included", &dx_type_bool},
    {DX_T_RANGE, "end included", &dx_type_bool},
};
enum { N_PROPERTIES = sizeof properties / sizeof *properties };

/* The place of the name that ends a path. */
static dx_node last_name(const dx_node *path) {
    dx_node name = *path;
    if (path->source && path->a && path->a->source == path->source && path->a->to > path->from &&
        path->a->to < path->to) {
        dx_str text = path->source->place.text;
        name.from = path->a->to;
        while (name.from < path->to && text.p[name.from] != '.')
            name.from++;
        name.from += name.from < path->to;
        while (name.from < path->to && (unsigned char)text.p[name.from] <= ' ')
            name.from++;
    }
    return name;
}

static const dx_type *no_member(dx_checker *c, const dx_node *path, const dx_type *type) {
    dx_near near = dx_near_start(path->name);
    dx_node name = last_name(path);
    bool members = type->kind == DX_T_CONTEXT;
    for (uint32_t i = 0; members && i < type->n; i++)
        dx_near_try(&near, type->shape->keys[i]);
    for (uint32_t i = 0; i < N_PROPERTIES; i++)
        if (properties[i].kind == type->kind)
            dx_near_try(&near, dx_str_of(properties[i].name));
    dx_err code = members       ? near.best.n ? DX_E_FEEL_NO_MEMBER_NEAR : DX_E_FEEL_NO_MEMBER
                  : near.best.n ? DX_E_FEEL_NO_PROPERTY_NEAR
                                : DX_E_FEEL_NO_PROPERTY;
    /* a value of a declared type may have members beyond those that the type names */
    if (members && !type->closed)
        dx_check_warn(c, &name, code, path->name, dx_check_type_text(c, type), near.best);
    else
        dx_check_error(c, &name, code, path->name, dx_check_type_text(c, type), near.best);
    return &dx_type_any;
}

static const dx_type *member_of(dx_checker *c, const dx_node *path, const dx_type *type) {
    if (!dx_check_known(type))
        return &dx_type_any;
    if (type->kind == DX_T_LIST)
        return dx_check_list_of(c, member_of(c, path, dx_check_elem(type)));
    if (type->kind == DX_T_CONTEXT) {
        uint32_t at = type->n ? dx_shape_find(type->shape, path->name) : UINT32_MAX;
        if (at != UINT32_MAX)
            return type->members[at];
        return type->n || type->closed ? no_member(c, path, type) : &dx_type_any;
    }
    for (uint32_t i = 0; i < N_PROPERTIES; i++)
        if (properties[i].kind == type->kind && dx_str_is(path->name, properties[i].name))
            return properties[i].type ? properties[i].type : dx_check_elem(type);
    return no_member(c, path, type);
}

const dx_type *dx_check_path(dx_checker *c, const dx_node *node) {
    const dx_var *space = dx_check_static_var(c, node->a);
    if (!space || !space->space)
        return member_of(c, node, dx_check_type(c, node->a));
    const dx_var *var = find_var(space->space, node->name);
    if (var)
        return var->type;
    dx_near near = dx_near_start(node->name);
    dx_node name = last_name(node);
    for (uint32_t i = 0; i < space->space->vars.n; i++)
        dx_near_try(&near, space->space->vars.v[i].name);
    dx_check_error(c, &name, near.best.n ? DX_E_FEEL_UNKNOWN_NAME_NEAR : DX_E_FEEL_UNKNOWN_NAME,
                   node->name, near.best, (dx_str){0});
    return &dx_type_any;
}
