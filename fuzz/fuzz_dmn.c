/* Fuzz target: any bytes as a model. What can be read is compiled; all its decisions are evaluated
 * with nothing known of the input data, then with all of it null, within limits and with a trace;
 * and every diagnostic and every result can be shown. */
#include "dmn/dmn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 20000 };
#define MEMORY ((size_t)128 << 20)

static void show_diags(dx_arena *arena, const dx_diags *diags) {
    dx_buf shown = {.arena = arena};
    dx_diags_print(&shown, diags, DX_EN);
    dx_diags_print(&shown, diags, DX_ZH);
}

static void evaluate(dx_run *run, const dx_dmn *dmn, const dx_plan *plan, bool unknown) {
    dx_buf text = {.arena = run->arena}, json = {.arena = run->arena};
    dx_run_reset(run);
    run->tracing = true;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_INPUT)
            run->frame[dmn->nodes[i].slot] =
                unknown ? dx_val_unknown(run->arena, i, dmn->n_nodes) : DX_VAL_NULL;
    dx_plan_run(run, plan);
    for (uint32_t i = 0; i < plan->n; i++) {
        dx_val_print(&text, dx_run_value(run, dmn, plan->decisions[i]), true);
        dx_val_json(&json, dx_run_value(run, dmn, plan->decisions[i]));
    }
}

static void check(dx_arena *arena, dx_str xml, dx_run **run) {
    dx_diags diags;
    dx_diags_init(&diags, arena);
    dx_model *model = dx_model_load(arena, xml, DX_STR("fuzz"), &diags);
    const dx_dmn *dmn = model ? dx_dmn_compile(arena, &model, 1, &diags) : NULL;
    show_diags(arena, &diags);
    if (!dmn)
        return;
    uint32_t *decisions = DX_NEW_ARRAY(arena, uint32_t, dmn->n_nodes + 1), n = 0;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_DECISION)
            decisions[n++] = i;
    dx_plan plan;
    dx_plan_make(arena, &plan, dmn, decisions, n);
    *run = dx_run_new(&dmn->program, arena);
    (*run)->steps_max = STEPS;
    evaluate(*run, dmn, &plan, true);
    evaluate(*run, dmn, &plan, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static dx_run *run;
    dx_arena arena;
    dx_trap trap;
    run = NULL;
    dx_arena_init(&arena, MEMORY);
    if (!DX_TRAP(&arena, &trap))
        check(&arena, (dx_str){(const char *)data, size}, &run);
    dx_trap_end(&arena, &trap);
    dx_run_free(run);
    dx_arena_done(&arena);
    return 0;
}
