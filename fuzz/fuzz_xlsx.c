/* Fuzz target: any bytes as a filled form, and as a table of many in each of its kinds. What is no
 * form has a diagnostic; what is one gives facts that are JSON, or a diagnostic for each cell at
 * fault. It is run from the folder of the checkout. */
#include <stdlib.h>

#include "doc/population.h"
#include "doc/xlsx_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACK_MEMORY ((size_t)256 << 20)
#define MEMORY ((size_t)64 << 20)

static const dx_pack *pack;
static dx_arena rows; /* of the run */
static dx_run *run;

static void load_pack(void) {
    static dx_arena arena;
    dx_trap trap;
    dx_diags diags;
    dx_arena_init(&arena, PACK_MEMORY);
    if (DX_TRAP(&arena, &trap))
        abort();
    dx_diags_init(&diags, &arena);
    pack = dx_pack_load(&arena, DX_STR("policies/songjiang-2024"), &diags);
    if (!pack || diags.errors)
        abort();
    dx_trap_end(&arena, &trap);
    dx_arena_init(&rows, MEMORY);
    run = dx_run_new(&pack->dmn->program, &rows);
}

/* As the form of one enterprise, and as a table of many. */
static void check_form(dx_arena *arena, dx_str bytes) {
    dx_diags diags;
    dx_form form;
    dx_facts facts;
    dx_str json;
    dx_buf shown = {.arena = arena};
    dx_diags_init(&diags, arena);
    bool read = dx_form_read(arena, bytes, &form, &diags);
    if (read != (diags.errors == 0))
        abort();
    if (read && !dx_form_facts(pack, run, &form, &json, &facts, &diags) && diags.errors == 0)
        abort();
    dx_diags_print(&shown, &diags, DX_ZH);
}

static void check_table(dx_arena *arena, dx_population_kind kind, dx_str bytes) {
    dx_diags diags;
    dx_facts facts;
    dx_diags_init(&diags, arena);
    dx_population *table = dx_population_open(arena, pack, kind, bytes, &diags);
    dx_population_got got = DX_POPULATION_GIVEN;
    if (!table && diags.errors == 0)
        abort();
    while (table && got != DX_POPULATION_END && got != DX_POPULATION_FAILED) {
        dx_diags_init(&diags, arena);
        got = dx_population_next(table, run, &facts, &diags);
        bool good = got == DX_POPULATION_GIVEN || got == DX_POPULATION_END;
        if (good != (diags.errors == 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    dx_str bytes = {(const char *)data, size};
    if (!pack)
        load_pack();
    dx_arena_init(&arena, MEMORY);
    dx_arena_reset(&rows);
    if (!DX_TRAP(&arena, &trap)) {
        rows.trap = arena.trap;
        check_form(&arena, bytes);
        for (int kind = DX_POPULATION_XLSX; kind <= DX_POPULATION_NDJSON; kind++)
            check_table(&arena, (dx_population_kind)kind, bytes);
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
