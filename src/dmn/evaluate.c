/* Running decisions of a compiled set of models. */
#include "dmn/dmn.h"

void dx_plan_make(dx_arena *arena, dx_plan *plan, const dx_dmn *dmn, const uint32_t *decisions,
                  uint32_t n) {
    bool *wanted = DX_NEW_ARRAY(arena, bool, dmn->n_nodes + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        wanted[decisions[i]] = true;
    /* what is required stands before what requires it: one pass from the end marks everything */
    for (uint32_t i = dmn->n_nodes; i-- > 0;) {
        const dx_node_info *node = &dmn->nodes[dmn->order[i]];
        if (!wanted[dmn->order[i]] || node->element->kind != DX_EL_DECISION)
            continue;
        count++;
        for (uint32_t k = 0; k < node->n_needs; k++)
            wanted[node->needs[k]] = true;
    }
    plan->decisions = DX_NEW_ARRAY(arena, uint32_t, count + 1);
    plan->starts = DX_NEW_ARRAY(arena, uint32_t, count + 1);
    plan->n = 0;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (wanted[dmn->order[i]] && dmn->nodes[dmn->order[i]].element->kind == DX_EL_DECISION) {
            plan->starts[plan->n] = dmn->nodes[dmn->order[i]].start;
            plan->decisions[plan->n++] = dmn->order[i];
        }
}

dx_val dx_dmn_call(dx_run *run, const dx_dmn *dmn, uint32_t node, const dx_val *args, uint32_t n) {
    return dx_call_function(&run->call, dmn->nodes[node].function, args, n);
}

uint32_t dx_dmn_at_slot(const dx_dmn *dmn, uint32_t slot) {
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].slot == slot)
            return i;
    return DX_NONE;
}
