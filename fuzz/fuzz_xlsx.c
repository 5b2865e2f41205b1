/* Fuzz target: any bytes as a filled form. What is no form has a diagnostic; what is one gives
 * facts that are JSON, or a diagnostic for each cell at fault. It is run from the folder of the
 * checkout. */
#include <stdlib.h>

#include "doc/xlsx_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACK_MEMORY ((size_t)256 << 20)
#define MEMORY ((size_t)64 << 20)

static const dx_pack *pack;

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
}

static void check(dx_arena *arena, dx_str bytes) {
    dx_diags diags;
    dx_form form;
    dx_str facts;
    dx_buf shown = {.arena = arena};
    dx_diags_init(&diags, arena);
    bool read = dx_form_read(arena, bytes, &form, &diags);
    if (read != (diags.errors == 0))
        abort();
    if (read && dx_form_facts(arena, pack, &form, &facts, &diags) &&
        !dx_json_parse(arena, facts, DX_STR("form"), &diags))
        abort();
    dx_diags_print(&shown, &diags, DX_ZH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    if (!pack)
        load_pack();
    dx_arena_init(&arena, MEMORY);
    if (!DX_TRAP(&arena, &trap))
        check(&arena, (dx_str){(const char *)data, size});
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
