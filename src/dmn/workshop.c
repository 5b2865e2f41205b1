/* More procedures for models that are compiled. */
#include "dmn/workshop.h"

#define SEED(vec, from, count) \
    for (uint32_t i = 0; i < (count); i++) \
    dx_vec_push(arena, vec, (from)[i])

void dx_workshop_open(dx_workshop *workshop, dx_arena *arena, const dx_dmn *dmn) {
    const dx_program *old = &dmn->program;
    *workshop = (dx_workshop){.dmn = dmn, .program = *old, .lower = *dmn->lower};
    dx_compiler *compiler = &workshop->compiler;
    dx_diags_init(&workshop->diags, arena);
    workshop->program.arena = arena;
    *compiler = (dx_compiler){.arena = arena,
                              .diags = &workshop->diags,
                              .program = &workshop->program,
                              .resolve = dx_lower_resolve,
                              .resolve_context = &workshop->lower};
    SEED(&compiler->procs, (dx_proc **)old->procs, old->n_procs);
    SEED(&compiler->types, old->types, old->n_types);
    SEED(&compiler->shapes, old->shapes, old->n_shapes);
    SEED(&compiler->tables, old->tables, old->n_tables);
    workshop->lower.arena = arena;
    workshop->lower.diags = &workshop->diags;
    workshop->lower.compiler = compiler;
}

const dx_proc *dx_workshop_proc(dx_workshop *workshop, const dx_node_info *element,
                                const dx_scope *scope, const dx_str *params,
                                const dx_type *const *types, uint32_t n, const dx_node *tree) {
    dx_compiler *compiler = &workshop->compiler;
    dx_arena *arena = compiler->arena;
    const dx_type **any = DX_NEW_ARRAY(arena, const dx_type *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        any[i] = &dx_type_any;
    workshop->lower.model = element->model;
    dx_proc *proc = dx_proc_declare(compiler, (dx_str){0}, params, any, n);
    dx_scope outer = *scope, inner = {0};
    dx_body body;
    dx_body_begin(&body, compiler, NULL);
    outer.outer = NULL;
    dx_scope_push(&body, &outer);
    dx_scope_push(&body, &inner);
    uint32_t first = dx_body_temps(&body, n);
    for (uint32_t i = 0; i < n; i++)
        dx_scope_add(&body, params[i], first + i, types[i]);
    dx_node function = {.kind = DX_N_FUNCTION, .a = (dx_node *)tree};
    dx_compile_function_body(&body, &function, first, NULL);
    dx_body_finish(&body, proc);
    return proc;
}

void dx_workshop_close(dx_workshop *workshop) {
    dx_compiler_finish(&workshop->compiler);
}
