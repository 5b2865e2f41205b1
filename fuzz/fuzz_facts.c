/* Fuzz target: any bytes as the facts of an enterprise, for the Songjiang pack. Facts that are
 * refused have a diagnostic; those that are taken are assessed, and the assessment can be written.
 * It is run from the folder of the checkout. */
#include <stdlib.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACK_MEMORY ((size_t)256 << 20)
#define MEMORY ((size_t)64 << 20)

static const dx_pack *pack;

static void load_pack(void) {
    static dx_arena arena;
    dx_trap trap;
    dx_diags diags;
    dx_arena_init(&arena, PACK_MEMORY);
    if (!DX_TRAP(&arena, &trap)) {
        dx_diags_init(&diags, &arena);
        pack = dx_pack_load(&arena, DX_STR("policies/songjiang-2024"), &diags);
        if (!pack || diags.errors)
            abort();
    } else {
        abort();
    }
    dx_trap_end(&arena, &trap);
}

static void assess(dx_arena *arena, dx_run *run, const dx_facts *facts) {
    dx_assessment assessment;
    dx_buf out = {.arena = arena};
    dx_json_writer writer = {.out = &out};
    uint32_t *chosen = DX_NEW_ARRAY(arena, uint32_t, pack->n_readings + 1);
    dx_options options = {.as_of = {.year = 2025, .month = 6, .day = 30}, .options = chosen};
    dx_options_default(pack, chosen);
    assessment.verdicts = DX_NEW_ARRAY(arena, dx_verdict, pack->n_items + 1);
    dx_assess(pack, run, facts, &options, &assessment);
    dx_assessment_json(pack, run, facts, &options, &assessment, false, &writer);
}

static void check(dx_arena *arena, dx_str text, dx_run **run) {
    dx_diags diags;
    dx_facts facts;
    dx_buf shown = {.arena = arena};
    dx_diags_init(&diags, arena);
    *run = dx_run_new(&pack->dmn->program, arena);
    const dx_json *json = dx_json_parse(arena, text, DX_STR("fuzz"), &diags);
    bool taken = json && dx_facts_read(pack, *run, json, json, &facts, &diags);
    if (taken != (diags.errors == 0))
        abort();
    if (taken)
        assess(arena, *run, &facts);
    dx_diags_print(&shown, &diags, DX_ZH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static dx_run *run;
    dx_arena arena;
    dx_trap trap;
    if (!pack)
        load_pack();
    run = NULL;
    dx_arena_init(&arena, MEMORY);
    if (!DX_TRAP(&arena, &trap))
        check(&arena, (dx_str){(const char *)data, size}, &run);
    dx_trap_end(&arena, &trap);
    dx_run_free(run);
    dx_arena_done(&arena);
    return 0;
}
