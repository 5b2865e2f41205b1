/* Static checks: names, calls and types of expressions. The walk goes over the tree as the compiler
 * does, with the same scopes, and knows more of types than the code needs: of what elements a list
 * consists, and that a context written out has no members but those. Names and paths are in
 * check_name.c, tables and unary tests in check_test.c, calls in check_call.c. */
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

const dx_type *dx_check_elem(const dx_type *type) {
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
        return has->kind == DX_T_LIST || dx_check_may_conform(has, dx_check_elem(wanted));
    if (has->kind == DX_T_LIST)
        return dx_check_may_conform(dx_check_elem(has), wanted);
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
            type = dx_check_elem(type);
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
    add_var(c, &scope, DX_STR("item"), dx_check_elem(list));
    c->scope = &scope;
    const dx_type *cond = dx_check_type(c, node->b);
    c->scope = scope.outer;
    if (cond->kind == DX_T_NUM)
        return dx_check_elem(list);
    if (cond->kind == DX_T_BOOL)
        return dx_check_list_of(c, dx_check_elem(list));
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
    const dx_type *subject = dx_check_find(c, DX_STR("?"), &var);
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
        [DX_N_NAME] = dx_check_name,
        [DX_N_PATH] = dx_check_path,
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
