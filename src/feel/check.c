/* Static checks: names, calls and types of expressions. The walk goes over the tree as the compiler
 * does, with the same scopes, and knows more of types than the code needs: of what elements a list
 * consists, and that a context written out has no members but those. Tables and unary tests are in
 * check_test.c, calls in check_call.c. */
#include "feel/check.h"

#include "feel/builtin.h"

enum { DEPTH_MAX = 400, TEXT_MAX = 80 };

/* --- saying it ---------------------------------------------------------------------------------
 */

static dx_place place_of(const dx_node *node) {
    return node->source ? dx_place_in(&node->source->place, node->from, node->to) : (dx_place){0};
}

void dx_check_error(dx_checker *c, const dx_node *node, dx_err code, dx_str a, dx_str b, dx_str s) {
    dx_diag_add(c->in->compiler->diags, code, place_of(node), a, b, s);
}

void dx_check_warn(dx_checker *c, const dx_node *node, dx_err code, dx_str a, dx_str b, dx_str s) {
    dx_diag_warn(c->in->compiler->diags, code, place_of(node), a, b, s);
}

static dx_str cut(dx_checker *c, dx_str text) {
    size_t n = TEXT_MAX;
    if (text.n <= n)
        return text;
    while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return dx_str_fmt(c->arena, "%.*s…", (int)n, text.p);
}

dx_str dx_check_type_text(dx_checker *c, const dx_type *type) {
    dx_buf out = {.arena = c->arena};
    if (type->kind == DX_T_CONTEXT && type->name.n)
        return type->name;
    dx_type_print(&out, type);
    return cut(c, dx_buf_str(&out));
}

dx_str dx_check_value_text(dx_checker *c, dx_val v) {
    dx_buf out = {.arena = c->arena};
    dx_val_print(&out, v, true);
    return cut(c, dx_buf_str(&out));
}

/* --- types -------------------------------------------------------------------------------------
 */

bool dx_check_known(const dx_type *type) {
    return type->kind != DX_T_ANY && type->kind != DX_T_NULL && type->kind != DX_T_NAMED;
}

static bool is_day(const dx_type *type) {
    return type->kind == DX_T_DATE || type->kind == DX_T_DATETIME;
}

bool dx_check_equal(const dx_type *a, const dx_type *b) {
    return !dx_check_known(a) || !dx_check_known(b) || a->kind == b->kind ||
           (is_day(a) && is_day(b));
}

static bool has_order(const dx_type *type) {
    switch (type->kind) {
    case DX_T_BOOL:
    case DX_T_LIST:
    case DX_T_CONTEXT:
    case DX_T_RANGE:
    case DX_T_FUNCTION: return false;
    case DX_T_ANY:
    case DX_T_NULL:
    case DX_T_NUM:
    case DX_T_STRING:
    case DX_T_DATE:
    case DX_T_TIME:
    case DX_T_DATETIME:
    case DX_T_YMDUR:
    case DX_T_DTDUR:
    case DX_T_NAMED: break;
    }
    return true;
}

bool dx_check_ordered(const dx_type *a, const dx_type *b) {
    return has_order(a) && has_order(b) && dx_check_equal(a, b);
}

const dx_type *dx_check_list_of(dx_checker *c, const dx_type *elem) {
    dx_type *type = DX_NEW(c->arena, dx_type);
    type->kind = DX_T_LIST;
    type->elem = elem;
    return type;
}

/* A simple type without the name and the allowed values of an item definition. */
static const dx_type *plain(const dx_type *type) {
    static const dx_type *const simple[] = {
        [DX_T_BOOL] = &dx_type_bool,
        [DX_T_NUM] = &dx_type_num,
        [DX_T_STRING] = &dx_type_string,
        [DX_T_DATE] = &dx_type_date,
        [DX_T_TIME] = &dx_type_time,
        [DX_T_DATETIME] = &dx_type_datetime,
        [DX_T_YMDUR] = &dx_type_ymdur,
        [DX_T_DTDUR] = &dx_type_dtdur,
        [DX_T_FUNCTION] = &dx_type_any_function,
    };
    return type->kind < sizeof simple / sizeof *simple && simple[type->kind] ? simple[type->kind]
                                                                             : &dx_type_any;
}

const dx_type *dx_check_common(const dx_type *a, const dx_type *b) {
    if (a == b || b->kind == DX_T_NULL)
        return a;
    if (a->kind == DX_T_NULL)
        return b;
    return a->kind == b->kind ? plain(a) : &dx_type_any;
}

static const dx_type *elem_of(const dx_type *type) {
    if (type->kind == DX_T_LIST || type->kind == DX_T_RANGE)
        return type->elem ? type->elem : &dx_type_any;
    return dx_check_known(type) ? type : &dx_type_any; /* a single value counts as a list of it */
}

static const dx_type *context_of(dx_checker *c, const dx_shape *shape,
                                 const dx_type *const *members) {
    dx_type *type = DX_NEW(c->arena, dx_type);
    type->kind = DX_T_CONTEXT;
    type->n = shape->n;
    type->shape = shape;
    type->members = members;
    type->closed = true;
    return type;
}

/* The first member of a type that a context written out does not have, or NULL. */
static const dx_str *lacks(const dx_type *has, const dx_type *wanted) {
    for (uint32_t i = 0; has->closed && i < wanted->n; i++)
        if (dx_shape_find(has->shape, wanted->shape->keys[i]) == UINT32_MAX)
            return &wanted->shape->keys[i];
    return NULL;
}

bool dx_check_may_conform(const dx_type *has, const dx_type *wanted) {
    if (!dx_check_known(has) || !dx_check_known(wanted))
        return true;
    if (wanted->kind == DX_T_LIST)
        return has->kind == DX_T_LIST || dx_check_may_conform(has, elem_of(wanted));
    if (has->kind == DX_T_LIST)
        return dx_check_may_conform(elem_of(has), wanted);
    if (has->kind == DX_T_DATE && wanted->kind == DX_T_DATETIME)
        return true;
    return has->kind == wanted->kind && !(has->kind == DX_T_CONTEXT && lacks(has, wanted));
}

void dx_check_conforms(dx_checker *c, const dx_node *node, const dx_type *has,
                       const dx_type *wanted) {
    if (dx_check_may_conform(has, wanted))
        return;
    const dx_str *key =
        has->kind == DX_T_CONTEXT && wanted->kind == DX_T_CONTEXT ? lacks(has, wanted) : NULL;
    if (key)
        dx_check_error(c, node, DX_E_FEEL_LACKS_MEMBER, *key, dx_check_type_text(c, wanted),
                       (dx_str){0});
    else
        dx_check_error(c, node, DX_E_FEEL_NEVER_TYPE, dx_check_type_text(c, has),
                       dx_check_type_text(c, wanted), (dx_str){0});
}

/* --- names -------------------------------------------------------------------------------------
 */

static const dx_var *find_var(const dx_scope *scope, dx_str name) {
    for (uint32_t i = scope->vars.n; i-- > 0;)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

/* The variable of a name, or its type alone when it is a member of what a filter looks at; both
 * NULL when nothing in scope has the name. */
static const dx_type *find_name(const dx_checker *c, dx_str name, const dx_var **ret_var) {
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

static const dx_type *type_of_name(dx_checker *c, const dx_node *node) {
    const dx_var *var;
    const dx_type *type = find_name(c, node->name, &var);
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
        return find_name(c, node->name, &var) ? var : NULL;
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
        return dx_check_list_of(c, member_of(c, path, elem_of(type)));
    if (type->kind == DX_T_CONTEXT) {
        uint32_t at = type->n ? dx_shape_find(type->shape, path->name) : UINT32_MAX;
        if (at != UINT32_MAX)
            return type->members[at];
        return type->n || type->closed ? no_member(c, path, type) : &dx_type_any;
    }
    for (uint32_t i = 0; i < N_PROPERTIES; i++)
        if (properties[i].kind == type->kind && dx_str_is(path->name, properties[i].name))
            return properties[i].type ? properties[i].type : elem_of(type);
    return no_member(c, path, type);
}

static const dx_type *type_of_path(dx_checker *c, const dx_node *node) {
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

/* --- operators ---------------------------------------------------------------------------------
 */

static const char *const op_texts[] = {
    [DX_OP_NONE] = "", [DX_OP_ADD] = "+",  [DX_OP_SUB] = "-", [DX_OP_MUL] = "*",
    [DX_OP_DIV] = "/", [DX_OP_POW] = "**", [DX_OP_EQ] = "=",  [DX_OP_NE] = "!=",
    [DX_OP_LT] = "<",  [DX_OP_LE] = "<=",  [DX_OP_GT] = ">",  [DX_OP_GE] = ">=",
};

/* Operands that arithmetic knows (DMN 1.5 tables 54 to 58; ops.c does it), in both orders for + and
 * *. */
static const struct {
    uint8_t op, a, b, result;
} sums[] = {
    {DX_OP_ADD, DX_T_NUM, DX_T_NUM, DX_T_NUM},
    {DX_OP_ADD, DX_T_STRING, DX_T_STRING, DX_T_STRING},
    {DX_OP_ADD, DX_T_YMDUR, DX_T_YMDUR, DX_T_YMDUR},
    {DX_OP_ADD, DX_T_DTDUR, DX_T_DTDUR, DX_T_DTDUR},
    {DX_OP_ADD, DX_T_DATE, DX_T_YMDUR, DX_T_DATE},
    {DX_OP_ADD, DX_T_DATE, DX_T_DTDUR, DX_T_DATE},
    {DX_OP_ADD, DX_T_DATETIME, DX_T_YMDUR, DX_T_DATETIME},
    {DX_OP_ADD, DX_T_DATETIME, DX_T_DTDUR, DX_T_DATETIME},
    {DX_OP_ADD, DX_T_TIME, DX_T_DTDUR, DX_T_TIME},
    {DX_OP_SUB, DX_T_NUM, DX_T_NUM, DX_T_NUM},
    {DX_OP_SUB, DX_T_YMDUR, DX_T_YMDUR, DX_T_YMDUR},
    {DX_OP_SUB, DX_T_DTDUR, DX_T_DTDUR, DX_T_DTDUR},
    {DX_OP_SUB, DX_T_DATE, DX_T_YMDUR, DX_T_DATE},
    {DX_OP_SUB, DX_T_DATE, DX_T_DTDUR, DX_T_DATE},
    {DX_OP_SUB, DX_T_DATETIME, DX_T_YMDUR, DX_T_DATETIME},
    {DX_OP_SUB, DX_T_DATETIME, DX_T_DTDUR, DX_T_DATETIME},
    {DX_OP_SUB, DX_T_TIME, DX_T_DTDUR, DX_T_TIME},
    {DX_OP_SUB, DX_T_TIME, DX_T_TIME, DX_T_DTDUR},
    {DX_OP_SUB, DX_T_DATE, DX_T_DATE, DX_T_DTDUR},
    {DX_OP_SUB, DX_T_DATE, DX_T_DATETIME, DX_T_DTDUR},
    {DX_OP_SUB, DX_T_DATETIME, DX_T_DATE, DX_T_DTDUR},
    {DX_OP_SUB, DX_T_DATETIME, DX_T_DATETIME, DX_T_DTDUR},
    {DX_OP_MUL, DX_T_NUM, DX_T_NUM, DX_T_NUM},
    {DX_OP_MUL, DX_T_YMDUR, DX_T_NUM, DX_T_YMDUR},
    {DX_OP_MUL, DX_T_DTDUR, DX_T_NUM, DX_T_DTDUR},
    {DX_OP_DIV, DX_T_NUM, DX_T_NUM, DX_T_NUM},
    {DX_OP_DIV, DX_T_YMDUR, DX_T_NUM, DX_T_YMDUR},
    {DX_OP_DIV, DX_T_DTDUR, DX_T_NUM, DX_T_DTDUR},
    {DX_OP_DIV, DX_T_YMDUR, DX_T_YMDUR, DX_T_NUM},
    {DX_OP_DIV, DX_T_DTDUR, DX_T_DTDUR, DX_T_NUM},
    {DX_OP_POW, DX_T_NUM, DX_T_NUM, DX_T_NUM},
};

static bool may_be(const dx_type *type, uint8_t kind) {
    return !dx_check_known(type) || type->kind == kind;
}

static const dx_type *of_kind(uint8_t kind) {
    dx_type type = {.kind = (dx_type_kind)kind};
    return plain(&type);
}

static const dx_type *type_of_sum(dx_checker *c, const dx_node *node) {
    const dx_type *a = dx_check_type(c, node->a), *b = dx_check_type(c, node->b), *result = NULL;
    bool both_orders = node->op == DX_OP_ADD || node->op == DX_OP_MUL;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        bool fits = (may_be(a, sums[i].a) && may_be(b, sums[i].b)) ||
                    (both_orders && may_be(a, sums[i].b) && may_be(b, sums[i].a));
        if (sums[i].op != node->op || !fits)
            continue;
        const dx_type *one = of_kind(sums[i].result);
        result = !result || result == one ? one : &dx_type_any;
    }
    if (result)
        return result;
    bool sum = node->op == DX_OP_ADD || node->op == DX_OP_SUB;
    bool text = node->op == DX_OP_ADD && (a->kind == DX_T_STRING || b->kind == DX_T_STRING);
    bool day = sum && (is_day(a) || a->kind == DX_T_TIME) && b->kind == DX_T_NUM;
    dx_check_error(c, node,
                   text  ? DX_E_FEEL_NEVER_TEXT
                   : day ? DX_E_FEEL_NEVER_DAYS
                         : DX_E_FEEL_NEVER_OPERANDS,
                   dx_str_of(op_texts[node->op]), dx_check_type_text(c, a),
                   dx_check_type_text(c, b));
    return &dx_type_any;
}

static const dx_type *type_of_negation(dx_checker *c, const dx_node *node) {
    const dx_type *type = dx_check_type(c, node->a);
    if (may_be(type, DX_T_NUM) || may_be(type, DX_T_YMDUR) || may_be(type, DX_T_DTDUR))
        return plain(type);
    dx_check_error(c, node, DX_E_FEEL_NEVER_OPERAND, DX_STR("-"), dx_check_type_text(c, type),
                   (dx_str){0});
    return &dx_type_any;
}

static void check_order(dx_checker *c, const dx_node *node, const char *op, const dx_type *a,
                        const dx_type *b) {
    if (!dx_check_ordered(a, b))
        dx_check_error(c, node, DX_E_FEEL_NEVER_ORDERED, dx_str_of(op), dx_check_type_text(c, a),
                       dx_check_type_text(c, b));
}

/* With = and != a null on one side gives a boolean whatever the other is: only what is written out
 * is certain. */
static const dx_type *type_of_comparison(dx_checker *c, const dx_node *node) {
    const dx_type *a = dx_check_type(c, node->a), *b = dx_check_type(c, node->b);
    dx_val v;
    if (node->op != DX_OP_EQ && node->op != DX_OP_NE) {
        check_order(c, node, op_texts[node->op], a, b);
    } else if (!dx_check_equal(a, b)) {
        dx_str op = dx_str_of(op_texts[node->op]);
        dx_str ta = dx_check_type_text(c, a), tb = dx_check_type_text(c, b);
        if (dx_fold(&c->body, node->a, &v) && dx_fold(&c->body, node->b, &v))
            dx_check_error(c, node, DX_E_FEEL_NEVER_ORDERED, op, ta, tb);
        else
            dx_check_warn(c, node, DX_E_FEEL_NEVER_EQUAL, op, ta, tb);
    }
    return &dx_type_bool;
}

static const dx_type *type_of_between(dx_checker *c, const dx_node *node) {
    const dx_type *v = dx_check_type(c, node->a);
    const dx_type *low = dx_check_type(c, node->b), *high = dx_check_type(c, node->c);
    bool above = dx_check_ordered(v, low), below = dx_check_ordered(v, high);
    if (!above && !below)
        check_order(c, node, "between", v, low);
    else if (!above || !below) /* the other comparison may still say false */
        dx_check_warn(c, node, DX_E_FEEL_NEVER_EQUAL, DX_STR("between"), dx_check_type_text(c, v),
                      dx_check_type_text(c, above ? high : low));
    return &dx_type_bool;
}

static void check_verdict(dx_checker *c, const dx_node *node, dx_err code, dx_str op) {
    const dx_type *type = dx_check_type(c, node);
    if (dx_check_known(type) && type->kind != DX_T_BOOL)
        dx_check_warn(c, node, code, dx_check_type_text(c, type), op, (dx_str){0});
}

static const dx_type *type_of_logic(dx_checker *c, const dx_node *node) {
    dx_str op = node->kind == DX_N_AND ? DX_STR("and") : DX_STR("or");
    check_verdict(c, node->a, DX_E_FEEL_LOGIC, op);
    check_verdict(c, node->b, DX_E_FEEL_LOGIC, op);
    return &dx_type_bool;
}

/* --- lists, ranges, contexts -------------------------------------------------------------------
 */

static const dx_type *type_of_list(dx_checker *c, const dx_node *node) {
    const dx_type *elem = &dx_type_null;
    for (uint32_t i = 0; i < node->n; i++)
        elem = dx_check_common(elem, dx_check_type(c, node->list[i]));
    return dx_check_list_of(c, elem->kind == DX_T_NULL ? &dx_type_any : elem);
}

static const dx_type *type_of_range(dx_checker *c, const dx_node *node) {
    const dx_type *low = node->a ? dx_check_type(c, node->a) : &dx_type_null;
    const dx_type *high = node->b ? dx_check_type(c, node->b) : &dx_type_null;
    dx_val from, to;
    int order;
    if (node->a && node->b && !dx_check_ordered(low, high))
        dx_check_error(c, node, DX_E_FEEL_NEVER_RANGE, dx_check_type_text(c, low),
                       dx_check_type_text(c, high), (dx_str){0});
    else if (node->a && node->b && dx_fold(&c->body, node->a, &from) &&
             dx_fold(&c->body, node->b, &to) && dx_val_order(from, to, &order) && order > 0)
        dx_check_error(c, node, DX_E_FEEL_EMPTY_RANGE, dx_check_value_text(c, from),
                       dx_check_value_text(c, to), (dx_str){0});
    dx_type *type = DX_NEW(c->arena, dx_type);
    type->kind = DX_T_RANGE;
    type->elem = dx_check_common(low, high);
    return type;
}

static void add_var(dx_checker *c, dx_scope *scope, dx_str name, const dx_type *type) {
    dx_var var = {.name = name, .type = type};
    dx_vec_push(c->arena, &scope->vars, var);
}

static const dx_type *type_of_context(dx_checker *c, const dx_node *node) {
    dx_scope scope = {.outer = c->scope};
    bool has_result = node->flags & DX_F_BOXED && node->n > 0 && node->names[node->n - 1].n == 0;
    uint32_t n = has_result ? node->n - 1 : node->n;
    const dx_type **types = DX_NEW_ARRAY(c->arena, const dx_type *, n + 1);
    const dx_type *result;
    c->scope = &scope;
    for (uint32_t i = 0; i < n; i++) {
        bool is_function = node->list[i]->kind == DX_N_FUNCTION;
        if (is_function) /* may call itself */
            add_var(c, &scope, node->names[i], &dx_type_any_function);
        types[i] = dx_check_type(c, node->list[i]);
        if (is_function)
            scope.vars.v[scope.vars.n - 1].type = types[i];
        else
            add_var(c, &scope, node->names[i], types[i]);
    }
    result = has_result ? dx_check_type(c, node->list[n])
                        : context_of(c, dx_shape_new(c->arena, node->names, n), types);
    c->scope = scope.outer;
    return result;
}

/* --- functions -----------------------------------------------------------------------
 */

static const dx_type *resolved(dx_checker *c, const dx_type *type, const dx_node *at) {
    return dx_compile_resolve(c->in->compiler, type, (dx_span){at->source, at->from, at->to});
}

static const dx_type *type_of_function(dx_checker *c, const dx_node *node) {
    dx_scope scope = {.outer = c->scope};
    dx_type *type = DX_NEW(c->arena, dx_type);
    const dx_type **params = DX_NEW_ARRAY(c->arena, const dx_type *, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++) {
        params[i] =
            node->types && node->types[i] ? resolved(c, node->types[i], node) : &dx_type_any;
        add_var(c, &scope, node->names[i], params[i]);
    }
    c->scope = &scope;
    *type =
        (dx_type){.kind = DX_T_FUNCTION,
                  .n = node->n,
                  .members = params,
                  .elem = node->flags & DX_F_EXTERNAL ? &dx_type_any : dx_check_type(c, node->a),
                  .closed = true};
    c->scope = scope.outer;
    return type;
}

/* --- control flow ------------------------------------------------------------------------------
 */

static const dx_type *type_of_if(dx_checker *c, const dx_node *node) {
    const dx_type *cond = dx_check_type(c, node->a);
    bool odd = dx_check_known(cond) && cond->kind != DX_T_BOOL;
    if (odd && node->flags & DX_F_BOXED) /* makes the whole null (DMN 1.5 §10.2.2.4) */
        dx_check_error(c, node->a, DX_E_FEEL_NEVER_TYPE, dx_check_type_text(c, cond),
                       DX_STR("boolean"), (dx_str){0});
    else if (odd)
        dx_check_warn(c, node->a, DX_E_FEEL_CONDITION, dx_check_type_text(c, cond), (dx_str){0},
                      (dx_str){0});
    const dx_type *then_type = dx_check_type(c, node->b);
    return dx_check_common(then_type, dx_check_type(c, node->c));
}

static const dx_type *type_of_iteration(dx_checker *c, const dx_node *node) {
    dx_scope scope = {.outer = c->scope};
    const dx_type *result = &dx_type_bool;
    c->scope = &scope;
    for (uint32_t i = 0; i < node->n; i++) {
        const dx_iter *iter = &node->iters[i];
        const dx_type *type = dx_check_type(c, iter->a);
        if (iter->b) {
            const dx_type *to = dx_check_type(c, iter->b);
            check_order(c, iter->a, "..", type, to);
        } else {
            type = elem_of(type);
        }
        add_var(c, &scope, iter->name, type);
    }
    if (node->kind == DX_N_FOR) {
        add_var(c, &scope, DX_STR("partial"), &dx_type_any_list);
        result = dx_check_list_of(c, dx_check_type(c, node->a));
    } else {
        check_verdict(c, node->a, DX_E_FEEL_VERDICT, (dx_str){0});
    }
    c->scope = scope.outer;
    return result;
}

/* A number in brackets is an index, anything else a condition on each item. */
static const dx_type *type_of_filter(dx_checker *c, const dx_node *node) {
    const dx_type *list = dx_check_type(c, node->a);
    dx_scope scope = {.outer = c->scope, .is_item = true};
    add_var(c, &scope, DX_STR("item"), elem_of(list));
    c->scope = &scope;
    const dx_type *cond = dx_check_type(c, node->b);
    c->scope = scope.outer;
    if (cond->kind == DX_T_NUM)
        return elem_of(list);
    if (cond->kind == DX_T_BOOL)
        return dx_check_list_of(c, elem_of(list));
    if (dx_check_known(cond))
        dx_check_warn(c, node->b, DX_E_FEEL_VERDICT, dx_check_type_text(c, cond), (dx_str){0},
                      (dx_str){0});
    return &dx_type_any;
}

static const dx_type *type_of_in(dx_checker *c, const dx_node *node) {
    const dx_type *type = dx_check_type(c, node->a);
    dx_scope scope = {.outer = c->scope};
    add_var(c, &scope, DX_STR("?"), type);
    c->scope = &scope;
    dx_check_test(c, node->b, type);
    c->scope = scope.outer;
    return &dx_type_bool;
}

static const dx_type *type_of_tests(dx_checker *c, const dx_node *node) {
    const dx_var *var;
    const dx_type *subject = find_name(c, DX_STR("?"), &var);
    if (subject)
        dx_check_test(c, node, subject);
    return &dx_type_bool;
}

static const dx_type *type_of_instance(dx_checker *c, const dx_node *node) {
    dx_check_type(c, node->a);
    return &dx_type_bool;
}

static const dx_type *type_of_coercion(dx_checker *c, const dx_node *node) {
    const dx_type *wanted = resolved(c, node->type, node);
    const dx_node *inner = node->a;
    const dx_table *table = inner->kind == DX_N_TABLE ? inner->table : NULL;
    const dx_type *has = table ? dx_check_table(c, table, wanted) : dx_check_type(c, inner);
    dx_check_conforms(c, inner, has, wanted); /* a single output was told at its cells */
    if (!table)
        dx_check_constant(c, inner, wanted, NULL);
    return wanted;
}

static const dx_type *type_of_table(dx_checker *c, const dx_node *node) {
    return dx_check_table(c, node->table, NULL);
}

static const dx_type *type_of_literal(dx_checker *c, const dx_node *node) {
    static const dx_type *const by_tag[] = {
        [DX_NULL] = &dx_type_null,         [DX_BOOL] = &dx_type_bool,   [DX_NUM] = &dx_type_num,
        [DX_STRING] = &dx_type_string,     [DX_DATE] = &dx_type_date,   [DX_TIME] = &dx_type_time,
        [DX_DATETIME] = &dx_type_datetime, [DX_YMDUR] = &dx_type_ymdur, [DX_DTDUR] = &dx_type_dtdur,
    };
    (void)c;
    uint8_t tag = node->value.tag;
    return tag < sizeof by_tag / sizeof *by_tag && by_tag[tag] ? by_tag[tag] : &dx_type_any;
}

static const dx_type *type_of_error(dx_checker *c, const dx_node *node) {
    (void)c;
    (void)node; /* was reported when it was read */
    return &dx_type_any;
}

const dx_type *dx_check_type(dx_checker *c, const dx_node *node) {
    typedef const dx_type *(*type_fn)(dx_checker *, const dx_node *);
    static const type_fn by_kind[] = {
        [DX_N_LITERAL] = type_of_literal,
        [DX_N_NAME] = type_of_name,
        [DX_N_PATH] = type_of_path,
        [DX_N_FILTER] = type_of_filter,
        [DX_N_CALL] = dx_check_call,
        [DX_N_NEGATE] = type_of_negation,
        [DX_N_ARITH] = type_of_sum,
        [DX_N_COMPARE] = type_of_comparison,
        [DX_N_AND] = type_of_logic,
        [DX_N_OR] = type_of_logic,
        [DX_N_BETWEEN] = type_of_between,
        [DX_N_IN] = type_of_in,
        [DX_N_TESTS] = type_of_tests,
        [DX_N_TEST_CMP] = type_of_tests,
        [DX_N_IF] = type_of_if,
        [DX_N_FOR] = type_of_iteration,
        [DX_N_SOME] = type_of_iteration,
        [DX_N_EVERY] = type_of_iteration,
        [DX_N_INSTANCE] = type_of_instance,
        [DX_N_RANGE] = type_of_range,
        [DX_N_LIST] = type_of_list,
        [DX_N_CONTEXT] = type_of_context,
        [DX_N_FUNCTION] = type_of_function,
        [DX_N_TABLE] = type_of_table,
        [DX_N_COERCE] = type_of_coercion,
        [DX_N_ERROR] = type_of_error,
    };
    if (c->depth >= DEPTH_MAX) /* the compiler says so */
        return &dx_type_any;
    c->depth++;
    const dx_type *type = by_kind[node->kind](c, node);
    c->depth--;
    return type;
}

/* --- entry points ------------------------------------------------------------------------------
 */

static dx_checker start(const dx_check *check, const dx_scope *scope) {
    return (dx_checker){.in = check,
                        .arena = check->compiler->arena,
                        .body = {.compiler = check->compiler},
                        .scope = scope};
}

void dx_check_expr(const dx_check *check, const dx_scope *scope, const dx_node *tree) {
    dx_checker c = start(check, scope);
    dx_check_type(&c, tree);
}

void dx_check_function(const dx_check *check, const dx_scope *scope, const dx_node *function) {
    dx_checker c = start(check, scope);
    if (!(function->flags & DX_F_EXTERNAL))
        dx_check_type(&c, function->a);
}

void dx_check_tests(const dx_check *check, const dx_node *tests, const dx_type *subject) {
    dx_scope scope = {0};
    dx_checker c = start(check, &scope);
    add_var(&c, &scope, DX_STR("?"), subject);
    dx_check_test(&c, tests, subject);
}
