/* Static checks of calls: whether a function takes these arguments, by number, name and type. */
#include "feel/builtin.h"
#include "feel/check.h"

static void wrong_count(dx_checker *c, const dx_node *call, dx_str name, dx_str signature) {
    dx_check_error(c, call, DX_E_FEEL_ARGUMENTS, name, signature,
                   dx_str_fmt(c->arena, "%u", call->n));
}

/* a, b | c: the alternatives of a built-in function, as a person reads them. */
static dx_str builtin_signature(dx_checker *c, const dx_builtin *builtin) {
    dx_buf out = {.arena = c->arena};
    for (const char *p = builtin->params; *p; p++) {
        if (*p == '|')
            dx_buf_addz(&out, " | ");
        else
            dx_buf_char(&out, *p);
    }
    return dx_buf_str(&out);
}

/* Whether a signature has a parameter of that name. */
static bool has_param(const char *params, dx_str name) {
    for (const char *p = params; *p; p += strspn(p, ",|?. ")) {
        size_t n = strcspn(p, ",|?.");
        if (n == name.n && memcmp(p, name.p, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static const dx_type *call_builtin(dx_checker *c, const dx_node *node, const dx_builtin *builtin) {
    uint32_t *to = DX_NEW_ARRAY(c->arena, uint32_t, node->n + 1);
    uint32_t n = node->n;
    bool fits = node->names ? dx_builtin_name_args(builtin, node->names, node->n, to, &n) != 0
                            : dx_builtin_takes(builtin, node->n);
    dx_str name = dx_str_of(builtin->name);
    bool named = false;
    for (uint32_t i = 0; !fits && node->names && i < node->n; i++)
        if (!has_param(builtin->params, node->names[i])) {
            dx_check_error(c, node->list[i], DX_E_FEEL_PARAMETER, name,
                           builtin_signature(c, builtin), node->names[i]);
            named = true;
        }
    if (!fits && !named)
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
            return call_builtin(c, node, &dx_builtins[builtin]);
    }
    return call_value(c, node);
}
