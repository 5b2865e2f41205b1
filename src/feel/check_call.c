/* Static checks of calls: whether a function takes these arguments, by number, name and type. */
#include "feel/builtin.h"
#include "feel/check.h"

static void wrong_count(dx_checker *c, const dx_node *call, dx_str name, dx_str signature) {
    dx_check_error(c, call, DX_E_FEEL_ARGUMENTS, name, signature,
                   dx_str_fmt(c->arena, "%u", call->n));
}

/* Types of a signature as people of all languages read them: with a stroke for " or ". */
static dx_str types_text(dx_checker *c, dx_str text) {
    static const dx_str or = DX_STR(" or ");
    dx_buf out = {.arena = c->arena};
    for (size_t i = 0; i < text.n; i++)
        if (i + or.n <= text.n && memcmp(text.p + i, or.p, or.n) == 0) {
            dx_buf_addz(&out, " / ");
            i += or.n - 1;
        } else {
            dx_buf_char(&out, text.p[i]);
        }
    return dx_buf_str(&out);
}

/* a: A, b: B | c: C: the alternatives of a built-in function, as a person reads them. */
static dx_str builtin_signature(dx_checker *c, const dx_builtin *builtin) {
    dx_buf out = {.arena = c->arena};
    for (const char *p = builtin->params; *p; p++) {
        if (*p == '|')
            dx_buf_addz(&out, " | ");
        else
            dx_buf_char(&out, *p);
    }
    return types_text(c, dx_buf_str(&out));
}

/* Whether an alternative has a parameter of that name. */
static bool has_param(const dx_builtin *builtin, dx_str name) {
    dx_signature s;
    for (uint32_t form = 1; dx_builtin_signature(builtin, form, &s); form++)
        for (uint32_t i = 0; i < s.n; i++)
            if (dx_str_eq(s.params[i].name, name))
                return true;
    return false;
}

/* Whether a value may be of a type that a signature names by one word of its own or of FEEL. A list
 * of one is its element where no list is taken (DMN 1.5 §10.3.2.9.4). */
static bool is_of_type(const dx_type *has, dx_str wanted) {
    if (!dx_check_known(has) || dx_str_is(wanted, "Any"))
        return true;
    if (dx_str_starts(wanted, DX_STR("list")))
        return true; /* what is no list is the list of it */
    if (has->kind == DX_T_LIST)
        return !has->elem || is_of_type(has->elem, wanted);
    if (dx_str_is(wanted, "comparable"))
        return dx_check_ordered(has, has);
    if (dx_str_is(wanted, "duration"))
        return has->kind == DX_T_YMDUR || has->kind == DX_T_DTDUR;
    return has->kind == dx_type_builtin(wanted)->kind;
}

/* The same for several types, with " or " between them. */
static bool is_of_types(const dx_type *has, dx_str wanted) {
    static const dx_str or = DX_STR(" or ");
    for (size_t i = 0; i + or.n <= wanted.n; i++)
        if (memcmp(wanted.p + i, or.p, or.n) == 0)
            return is_of_type(has, (dx_str){wanted.p, i}) ||
                   is_of_types(has, (dx_str){wanted.p + i + or.n, wanted.n - i - or.n});
    return is_of_type(has, wanted);
}

/* The T of list<T>; empty for a type that is none, and for any list. */
static dx_str element_type(dx_str type) {
    dx_str prefix = DX_STR("list<");
    return dx_str_starts(type, prefix) ? (dx_str){type.p + prefix.n, type.n - prefix.n - 1}
                                       : (dx_str){0};
}

/* An argument that a parameter may take. What is no list must do as an element. */
static bool takes(const dx_param *param, const dx_type *has) {
    dx_str element = element_type(param->type);
    return is_of_types(has, element.n && has->kind != DX_T_LIST ? element : param->type);
}

/* How many of the arguments, from the first on, an alternative takes; `to` are their positions. */
static uint32_t taken(const dx_signature *s, const dx_type *const *types, const uint32_t *to,
                      uint32_t n) {
    uint32_t i = 0;
    while (i < n && takes(&s->params[to[i] < s->n ? to[i] : s->n - 1], types[i]))
        i++;
    return i;
}

/* Says so when the elements of a list are none that a parameter takes: only for the empty list may
 * there be a result. */
static void check_elements(dx_checker *c, const dx_node *node, const dx_param *param,
                           const dx_type *has) {
    dx_str element = element_type(param->type);
    if (element.n && has->kind == DX_T_LIST && has->elem && !is_of_types(has->elem, element))
        dx_check_warn(c, node, DX_E_FEEL_NEVER_ELEMENTS, param->name,
                      dx_check_type_text(c, has->elem), element);
}

/* The arguments of a built-in function, whose number or names fit: some alternative must take all
 * of them. Else the one that takes most tells what is wrong. */
static void check_types(dx_checker *c, const dx_node *node, const dx_builtin *builtin,
                        const dx_type *const *types, const uint32_t *to, uint32_t named) {
    dx_signature s, best = {.n = 0};
    uint32_t most = 0;
    for (uint32_t form = 1; dx_builtin_signature(builtin, form, &s); form++) {
        if (named ? form != named : !dx_signature_takes(&s, node->n))
            continue;
        uint32_t n = taken(&s, types, to, node->n);
        if (n > most || !best.n) {
            best = s;
            most = n;
        }
    }
    for (uint32_t i = 0; i < most; i++)
        check_elements(c, node->list[i], &best.params[to[i] < best.n ? to[i] : best.n - 1],
                       types[i]);
    if (most == node->n)
        return;
    const dx_param *param = &best.params[to[most] < best.n ? to[most] : best.n - 1];
    dx_str element = element_type(param->type);
    dx_str has = dx_check_type_text(c, types[most]);
    dx_str wanted = types_text(c, element.n && best.open ? element : param->type);
    dx_val constant;
    if (builtin->nulls && best.open) /* of all() and any(): another may decide */
        dx_check_warn(c, node->list[most], DX_E_FEEL_VERDICT, has, (dx_str){0}, (dx_str){0});
    else if (dx_builtin_takes_null(builtin, to[most]) &&
             !dx_fold(&c->body, node->list[most],
                      &constant)) /* it may be null, and that is taken */
        dx_check_warn(c, node->list[most], DX_E_FEEL_NEVER_ARGUMENT, param->name, has, wanted);
    else
        dx_check_error(c, node->list[most], DX_E_FEEL_NEVER_ARGUMENT, param->name, has, wanted);
}

static const dx_type *call_builtin(dx_checker *c, const dx_node *node, const dx_builtin *builtin,
                                   const dx_type *const *types) {
    uint32_t *to = DX_NEW_ARRAY(c->arena, uint32_t, node->n + 1);
    uint32_t n = node->n, form = 0;
    for (uint32_t i = 0; i < n; i++)
        to[i] = i;
    if (node->names)
        form = dx_builtin_name_args(builtin, node->names, node->n, to, &n);
    bool fits = node->names ? form != 0 : dx_builtin_takes(builtin, node->n);
    dx_str name = dx_str_of(builtin->name);
    bool misnamed = false;
    for (uint32_t i = 0; !fits && node->names && i < node->n; i++)
        if (!has_param(builtin, node->names[i])) {
            dx_check_error(c, node->list[i], DX_E_FEEL_PARAMETER, name,
                           builtin_signature(c, builtin), node->names[i]);
            misnamed = true;
        }
    if (fits)
        check_types(c, node, builtin, types, to, form);
    else if (!misnamed)
        wrong_count(c, node, name, builtin_signature(c, builtin));
    const dx_type *type = dx_type_builtin(dx_str_of(builtin->result));
    return fits && type ? type : &dx_type_any;
}

static dx_str proc_signature(dx_checker *c, const dx_proc *proc) {
    dx_buf out = {.arena = c->arena};
    for (uint32_t i = 0; i < proc->n_params; i++) {
        dx_buf_addz(&out, i ? ", " : "");
        dx_buf_add(&out, proc->params[i]);
        if (dx_check_known(proc->types[i])) {
            dx_buf_addz(&out, ": ");
            dx_buf_add(&out, dx_check_type_text(c, proc->types[i]));
        }
    }
    return dx_buf_str(&out);
}

static uint32_t find_param(const dx_proc *proc, const dx_node *call, uint32_t arg) {
    uint32_t at = 0;
    if (!call->names)
        return arg;
    while (at < proc->n_params && !dx_str_eq(proc->params[at], call->names[arg]))
        at++;
    return at;
}

static void check_argument(dx_checker *c, const dx_node *node, dx_str name, const dx_type *has,
                           const dx_type *wanted) {
    if (has->kind == DX_T_CONTEXT && wanted->kind == DX_T_CONTEXT)
        dx_check_conforms(c, node, has, wanted);
    else if (!dx_check_may_conform(has, wanted))
        dx_check_error(c, node, DX_E_FEEL_NEVER_ARGUMENT, name, dx_check_type_text(c, has),
                       dx_check_type_text(c, wanted));
}

/* A function of the model: arguments whose names it has, as many as it has, of types that may do.
 */
static const dx_type *call_proc(dx_checker *c, const dx_node *node, const dx_proc *proc,
                                const dx_type *const *types) {
    bool named = false;
    for (uint32_t i = 0; i < node->n; i++) {
        uint32_t at = find_param(proc, node, i);
        if (at < proc->n_params && !proc->takes_null)
            check_argument(c, node->list[i], proc->params[at], types[i], proc->types[at]);
        if (at < proc->n_params || !node->names)
            continue;
        dx_check_error(c, node->list[i], DX_E_FEEL_PARAMETER, proc->name, proc_signature(c, proc),
                       node->names[i]);
        named = true;
    }
    if (node->n != proc->n_params && !named)
        wrong_count(c, node, proc->name, proc_signature(c, proc));
    return proc->result ? proc->result : &dx_type_any;
}

static const dx_type *call_value(dx_checker *c, const dx_node *node) {
    const dx_type *fn = dx_check_type(c, node->a);
    if (!dx_check_known(fn))
        return &dx_type_any;
    if (fn->kind != DX_T_FUNCTION) {
        dx_check_error(c, node->a, DX_E_FEEL_EVAL_NOT_FUNCTION, dx_check_type_text(c, fn),
                       (dx_str){0}, (dx_str){0});
        return &dx_type_any;
    }
    if (!fn->closed)
        return &dx_type_any;
    dx_buf signature = {.arena = c->arena};
    for (uint32_t i = 0; i < fn->n; i++) {
        dx_buf_addz(&signature, i ? ", " : "");
        dx_buf_add(&signature, dx_check_type_text(c, fn->members[i]));
    }
    if (fn->n != node->n)
        wrong_count(c, node, node->a->kind == DX_N_NAME ? node->a->name : DX_STR("function"),
                    dx_buf_str(&signature));
    return fn->elem;
}

const dx_type *dx_check_call(dx_checker *c, const dx_node *node) {
    const dx_var *var = dx_check_static_var(c, node->a);
    const dx_type **types = DX_NEW_ARRAY(c->arena, const dx_type *, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++)
        types[i] = dx_check_type(c, node->list[i]);
    if (var && var->constant && var->constant->tag == DX_FUNCTION &&
        var->constant->u.function->proc)
        return call_proc(c, node, var->constant->u.function->proc, types);
    if (!var && node->a->kind == DX_N_NAME) {
        uint32_t builtin = dx_builtin_find(node->a->name);
        if (builtin != UINT32_MAX)
            return call_builtin(c, node, &dx_builtins[builtin], types);
    }
    return call_value(c, node);
}
