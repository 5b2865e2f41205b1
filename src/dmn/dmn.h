/* Loaded models as one program, and its evaluation. Models that are loaded together may import each
 * other by namespace. What is compiled is immutable and shared by threads; a dx_run (feel/run.h)
 * belongs to one. */
#ifndef DX_DMN_DMN_H
#define DX_DMN_DMN_H

#include "dmn/model.h"
#include "feel/compile.h"
#include "feel/run.h"

/* An element of some model, in the graph of all. */
typedef struct dx_node_info {
    const dx_model *model;
    const dx_element *element;
    dx_str name;           /* normalised name of its variable */
    const dx_type *type;   /* declared, or Any */
    uint32_t slot;         /* register of the main frame; those of all elements are side by side */
    uint32_t start;        /* code of a decision */
    dx_placed placed;      /* a decision that is always a context: where its entries are */
    dx_val function;       /* business knowledge models and services */
    const dx_node *tree;   /* decision: its expression; BKM: its function */
    const uint32_t *needs; /* numbers of the elements that it requires directly */
    uint32_t n_needs;
    uint32_t order; /* position in a topological order */
} dx_node_info;

typedef struct dx_dmn {
    dx_arena *arena;
    dx_model **models;
    uint32_t n_models;
    dx_node_info *nodes;
    uint32_t n_nodes;
    const uint32_t *order; /* numbers of all elements, required ones first */
    dx_program program;
    const struct dx_lower *lower; /* how trees were made; for those who make more (workshop.h) */
} dx_dmn;

/* Compiles models that were loaded without fatal faults. Faults are added to diags; what is at
 * fault evaluates to null. The models must live as long as `arena`. */
dx_dmn *dx_dmn_compile(dx_arena *arena, dx_model **models, uint32_t n, dx_diags *diags);

#define DX_NONE UINT32_MAX
/* The number of an element by its variable's name, in the model of a namespace or file name (empty:
 * the first model), or DX_NONE. */
uint32_t dx_dmn_find(const dx_dmn *dmn, dx_str model, dx_str name, dx_element_kind kind);
/* The same, and with no model named the first of all models that has it. */
uint32_t dx_dmn_search(const dx_dmn *dmn, dx_str model, dx_str name, dx_element_kind kind);

/* The number of the element that lies in a register of the main frame. */
uint32_t dx_dmn_at_slot(const dx_dmn *dmn, uint32_t slot);

/* What has to run for some decisions, required ones first. */
typedef struct dx_plan {
    uint32_t *decisions; /* numbers of elements */
    uint32_t *starts;    /* and where their code begins */
    uint32_t n;
} dx_plan;
/* The plan for n decisions, whatever they require included. */
void dx_plan_make(dx_arena *arena, dx_plan *plan, const dx_dmn *dmn, const uint32_t *decisions,
                  uint32_t n);

/* Inputs go straight into the frame: run->frame[node.slot] = value, conforming to node.type (see
 * dx_run_coerce) or null or unknown; then dx_plan_run; then results are in run->frame too. A trap
 * must be set on run->arena. */
static inline void dx_plan_run(dx_run *run, const dx_plan *plan) {
    dx_run_code(run, plan->starts, plan->n);
}
static inline dx_val dx_run_value(const dx_run *run, const dx_dmn *dmn, uint32_t node) {
    return run->frame[dmn->nodes[node].slot];
}
/* The result of a service (or BKM) called with arguments in the order of its parameters. */
dx_val dx_dmn_call(dx_run *run, const dx_dmn *dmn, uint32_t node, const dx_val *args, uint32_t n);

#endif
