/* The program of a set of models. Every input and decision gets a register of the main procedure
 * and every decision a stretch of its code; business knowledge models and decision services become
 * procedures. An expression sees what its element requires, and nothing else (DMN 1.5 §10.4). */
#include "dmn/graph.h"
#include "dmn/lower.h"
#include "dmn/workshop.h"
#include "feel/check.h"

typedef struct builder {
    dx_dmn *dmn;
    dx_compiler *compiler;
    dx_lower lower;
    dx_check check;
    dx_diags *diags;
    const dx_node_info *current; /* the element under way */
} builder;

/* --- what an element sees -----------------------------------------------------------------------
 */

/* The name under which a model imports another, or NULL. Empty: without a prefix (DMN 1.5). */
static const dx_import *import_of(const dx_model *model, const dx_model *other) {
    for (uint32_t i = 0; i < model->n_imports; i++)
        if (dx_str_eq(model->imports[i].ns, other->ns))
            return &model->imports[i];
    return NULL;
}

static dx_var *find_var(dx_scope *scope, dx_str name) {
    for (uint32_t i = 0; i < scope->vars.n; i++)
        if (dx_str_eq(scope->vars.v[i].name, name))
            return &scope->vars.v[i];
    return NULL;
}

static void add_var(dx_arena *arena, dx_scope *scope, const dx_node_info *need, uint32_t reg) {
    dx_var var = {.name = need->name, .reg = reg, .type = need->type, .placed = need->placed};
    if (need->function.tag == DX_FUNCTION)
        var.constant = &need->function;
    dx_vec_push(arena, &scope->vars, var);
}

/* Elements of an imported model stand under the import's name. */
static dx_scope *import_scope(dx_arena *arena, dx_scope *scope, dx_str name) {
    dx_var *var = find_var(scope, name);
    if (var)
        return (dx_scope *)var->space;
    dx_scope *space = DX_NEW(arena, dx_scope);
    dx_var new_var = {.name = name, .type = &dx_type_any, .space = space};
    dx_vec_push(arena, &scope->vars, new_var);
    return space;
}

void dx_dmn_scope(const dx_dmn *dmn, dx_arena *arena, const dx_node_info *node,
                  const uint32_t *regs, dx_scope *scope) {
    for (uint32_t i = 0; i < node->n_needs; i++) {
        const dx_node_info *need = &dmn->nodes[node->needs[i]];
        dx_scope *to = scope;
        if (need->model != node->model) {
            const dx_import *import = import_of(node->model, need->model);
            if (import && import->name.n)
                to = import_scope(arena, scope, dx_name_normal(arena, import->name));
        }
        add_var(arena, to, need, regs ? regs[node->needs[i]] : node->needs[i]);
    }
}

/* Puts what `node` requires into scope. `regs` says in which register of the body under
 * construction each element lies. */
static void see_needs(builder *b, dx_scope *scope, const dx_node_info *node, const uint32_t *regs) {
    dx_dmn_scope(b->dmn, b->dmn->arena, node, regs, scope);
}

static void see_names(builder *b, const dx_node_info *node, dx_names *names) {
    for (uint32_t i = 0; i < node->n_needs; i++) {
        const dx_node_info *need = &b->dmn->nodes[node->needs[i]];
        const dx_import *import =
            need->model == node->model ? NULL : import_of(node->model, need->model);
        dx_names_add(b->dmn->arena, names, import && import->name.n ? import->name : need->name);
    }
}

/* Whether the model under way has an element of a name that the current one does not require. */
static dx_elsewhere elsewhere(void *context, dx_str name) {
    const builder *b = context;
    for (uint32_t i = 0; i < b->dmn->n_nodes; i++) {
        const dx_node_info *node = &b->dmn->nodes[i];
        dx_element_kind kind = node->element->kind;
        if (node == b->current || node->model != b->current->model || kind == DX_EL_SOURCE ||
            !dx_str_eq(node->name, name))
            continue;
        return kind == DX_EL_BKM || kind == DX_EL_SERVICE ? DX_ELSEWHERE_FUNCTION
                                                          : DX_ELSEWHERE_VALUE;
    }
    return DX_ELSEWHERE_NOWHERE;
}

/* --- trees --- */

static void enter(builder *b, const dx_node_info *node) {
    b->current = node;
    b->lower.model = node->model;
    dx_where *where = DX_NEW(b->dmn->arena, dx_where);
    *where = dx_element_where(node->element);
    b->lower.where = where;
}

static void lower_node(builder *b, dx_node_info *node) {
    const dx_element *e = node->element;
    dx_names names = {0};
    enter(b, node);
    if (!e->expr)
        return;
    see_names(b, node, &names);
    b->lower.scope = &names;
    node->tree = dx_lower_expr(&b->lower, e->expr);
    if (e->kind == DX_EL_DECISION)
        node->tree = dx_lower_coerced(&b->lower, (dx_node *)node->tree, &e->type_ref);
    b->lower.scope = NULL;
}

/* --- procedures --- */

/* Declares the procedure of a business knowledge model: its parameters are known before any call of
 * it is compiled. */
static void declare_bkm(builder *b, dx_node_info *node) {
    const dx_node *function = node->tree;
    enter(b, node);
    while (function && function->kind == DX_N_COERCE)
        function = function->a;
    if (!function || function->kind != DX_N_FUNCTION)
        return;
    dx_proc *proc =
        dx_proc_declare(b->compiler, node->name, function->names, function->types, function->n);
    const dx_type *result = dx_lower_type(&b->lower, &node->element->type_ref);
    if (result->kind == DX_T_FUNCTION)
        result = result->elem ? result->elem : &dx_type_any;
    proc->result = result->kind == DX_T_ANY ? NULL : result;
    node->function = dx_proc_value(b->compiler, proc);
}

static void compile_bkm(builder *b, dx_node_info *node, const uint32_t *regs) {
    const dx_node *function = node->tree;
    if (node->element->kind != DX_EL_BKM || node->function.tag != DX_FUNCTION)
        return;
    enter(b, node);
    while (function->kind == DX_N_COERCE)
        function = function->a;
    dx_body body;
    dx_scope needs = {0}, params = {0};
    dx_proc *proc = (dx_proc *)node->function.u.function->proc;
    dx_body_begin(&body, b->compiler, NULL);
    dx_scope_push(&body, &needs);
    see_needs(b, &needs, node, regs);
    dx_vec_push(b->dmn->arena, &needs.vars,
                ((dx_var){.name = node->name, .type = &dx_type_any, .constant = &node->function}));
    dx_scope_push(&body, &params);
    uint32_t first = dx_body_temps(&body, function->n);
    for (uint32_t i = 0; i < function->n; i++)
        dx_scope_add(&body, function->names[i], first + i, function->types[i]);
    dx_check_function(&b->check, &params, function);
    dx_compile_function_body(&body, function, first, proc->result);
    dx_body_finish(&body, proc);
}

/* --- decision services --- */

/* The parameters of a service: its input data, then its input decisions (DMN 1.5 §10.4). */
static uint32_t service_params(builder *b, const dx_node_info *node, uint32_t *ret) {
    const dx_element *e = node->element;
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n_input_data; i++) {
        uint32_t at = dx_graph_find(b->dmn, node->model, e->input_data[i]);
        if (at != DX_NONE)
            ret[n++] = at;
    }
    for (uint32_t i = 0; i < e->n_input_decisions; i++) {
        uint32_t at = dx_graph_find(b->dmn, node->model, e->input_decisions[i]);
        if (at != DX_NONE)
            ret[n++] = at;
    }
    return n;
}

static void declare_service(builder *b, dx_node_info *node) {
    const dx_element *e = node->element;
    dx_arena *arena = b->dmn->arena;
    uint32_t most = e->n_input_data + e->n_input_decisions;
    uint32_t *params = DX_NEW_ARRAY(arena, uint32_t, most + 1);
    uint32_t n = service_params(b, node, params);
    dx_str *names = DX_NEW_ARRAY(arena, dx_str, n + 1);
    const dx_type **types = DX_NEW_ARRAY(arena, const dx_type *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = b->dmn->nodes[params[i]].name;
        types[i] = b->dmn->nodes[params[i]].type;
    }
    dx_proc *proc = dx_proc_declare(b->compiler, node->name, names, types, n);
    proc->takes_null = true; /* as inputs and decisions are that do not conform */
    proc->result = node->type->kind == DX_T_ANY ? NULL : node->type;
    node->function = dx_proc_value(b->compiler, proc);
}

/* Compiles a decision and what it requires into the body of a service. */
static void compile_inside(builder *b, dx_body *body, uint32_t number, uint32_t *regs) {
    dx_node_info *node = &b->dmn->nodes[number];
    if (regs[number] != DX_NONE || node->element->kind != DX_EL_DECISION)
        return;
    regs[number] = dx_body_temps(body, 1);
    for (uint32_t i = 0; i < node->n_needs; i++)
        compile_inside(b, body, node->needs[i], regs);
    dx_scope scope = {0};
    uint32_t null = dx_body_const(body, DX_VAL_NULL);
    for (uint32_t i = 0; i < node->n_needs; i++)
        if (regs[node->needs[i]] == DX_NONE) /* an input that is no parameter */
            regs[node->needs[i]] = null;
    enter(b, node);
    dx_scope_push(body, &scope);
    see_needs(b, &scope, node, regs);
    if (node->tree)
        dx_compile_expr(body, node->tree, regs[number], NULL);
    else
        dx_body_emit(body, DX_I_MOVE, regs[number], null, 0);
    dx_scope_pop(body);
}

static void compile_service(builder *b, dx_node_info *node) {
    const dx_element *e = node->element;
    dx_arena *arena = b->dmn->arena;
    dx_proc *proc = (dx_proc *)node->function.u.function->proc;
    uint32_t *regs = DX_NEW_ARRAY(arena, uint32_t, b->dmn->n_nodes + 1);
    uint32_t *params = DX_NEW_ARRAY(arena, uint32_t, proc->n_params + 1);
    dx_str *names = DX_NEW_ARRAY(arena, dx_str, e->n_outputs + 1);
    dx_body body;
    memset(regs, 0xff, b->dmn->n_nodes * sizeof *regs);
    dx_body_begin(&body, b->compiler, NULL);
    uint32_t first = dx_body_temps(&body, proc->n_params);
    service_params(b, node, params);
    for (uint32_t i = 0; i < proc->n_params; i++)
        regs[params[i]] = first + i;
    uint32_t outputs = dx_body_temps(&body, e->n_outputs), n = 0;
    for (uint32_t i = 0; i < e->n_outputs; i++) {
        uint32_t at = dx_graph_find(b->dmn, node->model, e->outputs[i]);
        if (at == DX_NONE)
            continue;
        compile_inside(b, &body, at, regs);
        dx_body_emit(&body, DX_I_MOVE, outputs + n, regs[at], 0);
        names[n++] = b->dmn->nodes[at].name;
    }
    const dx_type *known = &dx_type_any;
    uint32_t result = outputs;
    if (n == 0) {
        result = dx_body_const(&body, DX_VAL_NULL);
    } else if (n > 1) {
        result = dx_body_temps(&body, 1);
        dx_body_emit(&body, DX_I_CONTEXT, result, outputs,
                     dx_compile_shape(b->compiler, dx_shape_new(arena, names, n)));
    }
    dx_compile_return(&body, result, known, proc->result);
    dx_body_finish(&body, proc);
}

/* --- the whole --- */

static void declare(builder *b, dx_element_kind kind) {
    for (uint32_t i = 0; i < b->dmn->n_nodes; i++) {
        dx_node_info *node = &b->dmn->nodes[i];
        if (node->element->kind != kind)
            continue;
        enter(b, node);
        if (kind == DX_EL_BKM) {
            lower_node(b, node);
            declare_bkm(b, node);
        } else if (kind == DX_EL_SERVICE) {
            node->type = dx_lower_type(&b->lower, &node->element->type_ref);
            if (node->type->kind == DX_T_FUNCTION)
                node->type = node->type->elem ? node->type->elem : &dx_type_any;
            declare_service(b, node);
        } else {
            node->type = dx_lower_type(&b->lower, &node->element->type_ref);
        }
    }
}

/* Compiles a decision. A boxed context is built in place, and when nothing comes after it, the
 * decision is always that one: those who require it read its entries where they are. */
static dx_placed compile_decision(dx_body *main, const dx_node *tree, uint32_t reg) {
    main->once = reg;
    dx_compile_expr(main, tree, reg, NULL);
    main->once = DX_ANY_REG;
    while (tree->kind == DX_N_COERCE)
        tree = tree->a;
    bool always = tree->kind == DX_N_CONTEXT && main->code.n > 0 &&
                  main->code.v[main->code.n - 1].op == DX_I_INPLACE &&
                  main->code.v[main->code.n - 1].a == reg;
    return always ? main->placed : (dx_placed){0};
}

static void compile_main(builder *b, dx_body *main) {
    dx_dmn *dmn = b->dmn;
    uint32_t *regs = DX_NEW_ARRAY(dmn->arena, uint32_t, dmn->n_nodes + 1);
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        regs[i] = dx_body_temps(main, 1);
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        compile_bkm(b, &dmn->nodes[i], regs);
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_SERVICE)
            compile_service(b, &dmn->nodes[i]);
    for (uint32_t i = 0; i < dmn->n_nodes; i++) {
        dx_node_info *node = &dmn->nodes[dmn->order[i]];
        dx_scope scope = {0};
        if (node->element->kind != DX_EL_DECISION)
            continue;
        enter(b, node);
        node->start = main->code.n;
        uint32_t top = main->top;
        dx_scope_push(main, &scope);
        see_needs(b, &scope, node, regs);
        if (node->tree) {
            dx_check_expr(&b->check, &scope, node->tree);
            node->placed = compile_decision(main, node->tree, regs[dmn->order[i]]);
        }
        dx_body_emit(main, DX_I_END, 0, 0, 0);
        dx_scope_pop(main);
        main->top = top;
    }
    dx_proc *proc = dx_proc_declare(b->compiler, DX_STR("main"), NULL, NULL, 0);
    dx_body_finish(main, proc);
    dmn->program.main = proc;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        dmn->nodes[i].slot = proc->n_consts + regs[i];
}

dx_dmn *dx_dmn_compile(dx_arena *arena, dx_model **models, uint32_t n, dx_diags *diags) {
    dx_dmn *dmn = DX_NEW(arena, dx_dmn);
    dx_names *members = DX_NEW(arena, dx_names);
    dx_known_types *types = DX_NEW(arena, dx_known_types);
    dmn->arena = arena;
    dmn->models = models;
    dmn->n_models = n;
    dmn->program.arena = arena;
    dx_compiler *compiler = DX_NEW(arena, dx_compiler);
    *compiler = (dx_compiler){.arena = arena, .diags = diags, .program = &dmn->program};
    builder b = {.dmn = dmn, .compiler = compiler, .diags = diags};
    b.lower = (dx_lower){.arena = arena,
                         .diags = diags,
                         .dmn = dmn,
                         .compiler = compiler,
                         .members = members,
                         .hidden = DX_NEW(arena, dx_names),
                         .types = types};
    b.check = (dx_check){.compiler = compiler, .elsewhere = elsewhere, .context = &b};
    compiler->resolve = dx_lower_resolve;
    compiler->resolve_context = &b.lower;
    dx_graph_build(dmn, diags);
    for (uint32_t i = 0; i < n; i++)
        dx_lower_members(&b.lower, models[i]);
    for (uint32_t i = 0; i < n; i++)
        dx_lower_types(&b.lower, models[i]);
    declare(&b, DX_EL_INPUT);
    declare(&b, DX_EL_DECISION);
    declare(&b, DX_EL_BKM);
    declare(&b, DX_EL_SERVICE);
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_DECISION)
            lower_node(&b, &dmn->nodes[i]);
    dx_body main;
    dx_body_begin(&main, compiler, NULL);
    compile_main(&b, &main);
    dx_compiler_finish(compiler);
    dx_lower *lower = DX_NEW(arena, dx_lower);
    *lower = b.lower;
    dmn->lower = lower;
    if (diags)
        dx_diags_sort(diags);
    return dmn;
}
