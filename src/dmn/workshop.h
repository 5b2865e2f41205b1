/* Procedures made after models were compiled, out of parts of their expressions. What is made goes
 * into a program of its own that holds everything of the models' program under the same numbers, so
 * that functions of the models can be called from it. For engines that run an expression in parts
 * (batch/), with the row engine at hand for each of them. */
#ifndef DX_DMN_WORKSHOP_H
#define DX_DMN_WORKSHOP_H

#include "dmn/lower.h"

typedef struct dx_workshop {
    const dx_dmn *dmn;
    dx_program program; /* complete once closed */
    dx_compiler compiler;
    dx_lower lower;
    dx_diags diags; /* nothing that was not said when the models were compiled */
} dx_workshop;

/* The names that an element sees: what it requires, with functions as constants, and imports with
 * what lies under them. The register of each is its place in `regs`, or without them its number in
 * the graph. */
void dx_dmn_scope(const dx_dmn *dmn, dx_arena *arena, const dx_node_info *node,
                  const uint32_t *regs, dx_scope *scope);

void dx_workshop_open(dx_workshop *workshop, dx_arena *arena, const dx_dmn *dmn);
/* A procedure with parameters of any type whose result is `tree`, an expression as it may stand in
 * `element`. `scope` (dx_dmn_scope of the element) is there for its functions; every value that the
 * tree names is a parameter, whose static type is in `types`. */
const dx_proc *dx_workshop_proc(dx_workshop *workshop, const dx_node_info *element,
                                const dx_scope *scope, const dx_str *params,
                                const dx_type *const *types, uint32_t n, const dx_node *tree);
void dx_workshop_close(dx_workshop *workshop);

#endif
