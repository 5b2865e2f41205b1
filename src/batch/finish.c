/* The end of building a column program: constants are computed, what nobody needs is dropped, and
 * every step gets a slot, which it gives up after the last step that reads it. */
#include "batch/graph.h"
#include "feel/run.h"

static const bool hands_on[] = {
#define X(name, kernel, hands_on) hands_on,
#include "batch/steps.def"
#undef X
};

/* --- constants --- */

/* The arguments of a step that are values: all but the match of a table. */
static uint32_t first_value(const dx_step *step) {
    return step->kind == DX_S_TABLE ? 1 : 0;
}

/* Whether the result is the same for all data. What is cut out whole may ask for the time. */
static bool is_constant(const dx_batch *batch, const dx_step *step) {
    if (!step->proc || step->kind == DX_S_CALC)
        return false;
    for (uint32_t i = first_value(step); i < step->n_args; i++)
        if (batch->steps.v[step->args[i]].kind != DX_S_CONST)
            return false;
    return true;
}

static void fold_constants(dx_batch *batch) {
    dx_run *run = dx_run_new(&batch->workshop.program, batch->arena);
    for (uint32_t i = 0; i < batch->steps.n; i++) {
        dx_step *step = &batch->steps.v[i];
        if (!is_constant(batch, step))
            continue;
        uint32_t first = first_value(step), n = step->n_args - first;
        dx_val *args = DX_NEW_ARRAY(batch->arena, dx_val, n + 1);
        for (uint32_t k = 0; k < n; k++)
            args[k] = batch->steps.v[step->args[first + k]].value;
        *step = (dx_step){.kind = DX_S_CONST, .value = dx_run_call(run, step->proc, NULL, args, n)};
        dx_run_reset(run);
    }
    dx_run_free(run);
}

/* --- what is needed --- */

static void drop_unneeded(dx_batch *batch) {
    uint32_t n = batch->steps.n, kept = 0;
    bool *needed = DX_NEW_ARRAY(batch->arena, bool, n + 1);
    uint32_t *moved = DX_NEW_ARRAY(batch->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < batch->outputs.n; i++)
        needed[batch->outputs.v[i]] = true;
    for (uint32_t i = n; i-- > 0;)
        for (uint32_t k = 0; needed[i] && k < batch->steps.v[i].n_args; k++)
            needed[batch->steps.v[i].args[k]] = true;
    for (uint32_t i = 0; i < n; i++) {
        if (!needed[i])
            continue;
        dx_step *step = &batch->steps.v[kept];
        *step = batch->steps.v[i];
        uint32_t *args = DX_NEW_ARRAY(batch->arena, uint32_t, step->n_args + 1);
        for (uint32_t k = 0; k < step->n_args; k++)
            args[k] = moved[step->args[k]];
        step->args = args;
        moved[i] = kept++;
    }
    batch->steps.n = kept;
    for (uint32_t i = 0; i < batch->outputs.n; i++)
        batch->outputs.v[i] = moved[batch->outputs.v[i]];
}

/* --- guards --- */

enum { NOBODY, SEVERAL, FIRST_OWNER }; /* then the number of an output, counted from FIRST_OWNER */

static void add_owner(uint32_t *owner, uint32_t who) {
    *owner = *owner == NOBODY || *owner == who ? who : SEVERAL;
}

/* The one output that each step is needed for. */
static uint32_t *find_owners(const dx_batch *batch) {
    uint32_t *owners = DX_NEW_ARRAY(batch->arena, uint32_t, batch->steps.n + 1);
    for (uint32_t i = 0; i < batch->outputs.n; i++)
        add_owner(&owners[batch->outputs.v[i]], FIRST_OWNER + i);
    for (uint32_t i = batch->steps.n; i-- > 0;)
        for (uint32_t k = 0; k < batch->steps.v[i].n_args; k++)
            add_owner(&owners[batch->steps.v[i].args[k]], owners[i]);
    return owners;
}

/* The last step of a guard's conditions: what comes after it may be spared. */
static uint32_t guard_known(const dx_batch *batch, const dx_guard *guard) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < guard->n; i++) {
        uint32_t step = batch->outputs.v[guard->conditions[i]];
        last = step > last ? step : last;
    }
    return last;
}

static void assign_guards(dx_batch *batch) {
    const uint32_t *owners = find_owners(batch);
    for (uint32_t g = 0; g < batch->guards.n; g++) {
        const dx_guard *guard = &batch->guards.v[g];
        uint32_t known = guard_known(batch, guard);
        for (uint32_t i = known + 1; guard->n > 0 && i < batch->steps.n; i++)
            if (owners[i] == FIRST_OWNER + guard->output)
                batch->steps.v[i].guard = g + 1;
    }
}

/* --- slots --- */

/* The last step that may look at the arrays of each step. */
static uint32_t *last_uses(const dx_batch *batch) {
    uint32_t *last = DX_NEW_ARRAY(batch->arena, uint32_t, batch->steps.n + 1);
    for (uint32_t i = 0; i < batch->outputs.n; i++)
        last[batch->outputs.v[i]] = UINT32_MAX;
    for (uint32_t i = batch->steps.n; i-- > 0;) {
        const dx_step *step = &batch->steps.v[i];
        uint32_t until = hands_on[step->kind] && last[i] > i ? last[i] : i;
        for (uint32_t k = 0; k < step->n_args; k++)
            if (last[step->args[k]] < until)
                last[step->args[k]] = until;
    }
    return last;
}

static void assign_slots(dx_batch *batch) {
    const uint32_t *last = last_uses(batch);
    uint32_t *owner_last = DX_NEW_ARRAY(batch->arena, uint32_t, batch->steps.n + 1);
    for (uint32_t i = 0; i < batch->steps.n; i++) {
        dx_step *step = &batch->steps.v[i];
        uint32_t slot = 0;
        if (step->kind == DX_S_CONST || step->kind == DX_S_FIELD)
            continue;
        while (slot < batch->n_slots && owner_last[slot] >= i)
            slot++;
        if (slot == batch->n_slots)
            batch->n_slots++;
        owner_last[slot] = last[i] > i ? last[i] : i;
        step->slot = slot;
    }
}

void dx_batch_finish(dx_batch *batch) {
    dx_workshop_close(&batch->workshop);
    fold_constants(batch);
    drop_unneeded(batch);
    assign_guards(batch);
    assign_slots(batch);
    batch->builder = NULL;
}
