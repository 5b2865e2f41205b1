/* The column engine against the row engine: for every decision of every model of the conformance
 * kit, where the environment variable DMN_TCK names its folder (else it is left out), or of the
 * test files named as arguments, the same value to the last bit. The rows are the inputs of the
 * cases, mixed among each other, and the same with inputs left unknown. */
#include <stdlib.h>

#include "cli/models.h"
#include "compare.h"
#include "dmn/input.h"
#include "dmn/tck.h"
#include "tap.h"

static dx_cli *cli;

/* --- the rows --- */

static void case_row(bench *b, const dx_tck_case *c, uint32_t row) {
    for (uint32_t i = 0; i < b->n_inputs; i++) {
        dx_val *place = &b->values[i * ROWS_MOST + row];
        *place = DX_VAL_NULL;
        for (uint32_t k = 0; k < c->n_inputs; k++)
            if (dx_dmn_search(b->dmn, c->inputs[k].ns, c->inputs[k].name, DX_EL_INPUT) ==
                b->inputs[i])
                *place = c->inputs[k].value;
        *place =
            dx_val_copy(&b->file, dx_run_coerce(b->run, b->dmn->nodes[b->inputs[i]].type, *place));
    }
}

/* Copies of the cases' rows: inputs mixed among them, some unknown, some null. */
static void more_rows(bench *b, uint32_t from, uint32_t n) {
    for (uint32_t row = from; row < n; row++) {
        uint32_t unknown = bench_chance(b, 4);
        for (uint32_t i = 0; i < b->n_inputs; i++) {
            dx_val *place = &b->values[i * ROWS_MOST + row];
            *place = b->values[i * ROWS_MOST + bench_chance(b, from)];
            if (bench_chance(b, 8) < unknown)
                *place = dx_val_unknown(&b->file, i, b->n_inputs);
            else if (bench_chance(b, 20) == 0)
                *place = DX_VAL_NULL;
        }
    }
}

/* --- a file --- */

static bool load(bench *b, dx_str path, const dx_tck **ret) {
    dx_diags diags;
    dx_str xml;
    dx_diags_init(&diags, &b->file);
    if (!dx_file_read(&b->file, path, DX_CLI_FILE_BYTES, &xml, &diags) ||
        !(*ret = dx_tck_load(&b->file, xml, path, &diags)))
        return false;
    dx_str model =
        dx_str_fmt(&b->file, "%.*s/%.*s", DX_FMT(dx_cli_folder(path)), DX_FMT((*ret)->model));
    b->dmn = dx_cli_models(cli, &b->file, model, &diags);
    return b->dmn && (*ret)->n_cases > 0;
}

static void do_file(bench *b, dx_str path) {
    const dx_tck *tck;
    if (!load(b, path, &tck))
        return;
    uint32_t n = tck->n_cases < DX_ROWS ? tck->n_cases : DX_ROWS;
    bench_begin(b);
    for (uint32_t i = 0; i < n; i++)
        case_row(b, &tck->cases[i], i);
    b->n_rows = n + 200;
    more_rows(b, n, b->n_rows);
    bench_compare(b, path);
}

static void do_file_trapped(bench *b, dx_str path) {
    dx_trap trap;
    dx_arena_reset(&b->file);
    if (DX_TRAP(&b->file, &trap) == 0)
        do_file(b, path);
    dx_trap_end(&b->file, &trap);
    if (trap.code)
        printf("# %.*s: %s\n", DX_FMT(path), dx_err_text(trap.code, DX_EN));
}

int main(int argc, char **argv) {
    static bench b;
    dx_arena arena;
    dx_trap trap;
    dx_paths paths = {0};
    const char *kit = getenv("DMN_TCK");
    if (!kit && argc < 2) {
        printf("1..0 # SKIP DMN_TCK names no folder\n");
        return 0;
    }
    dx_arena_init(&arena, (size_t)1 << 30);
    bench_init(&b);
    if (DX_TRAP(&arena, &trap) == 0) {
        cli = DX_NEW(&arena, dx_cli);
        cli->arena = &arena;
        cli->out.arena = cli->err.arena = &arena;
        for (int i = 1; i < argc; i++)
            dx_cli_files(cli, dx_str_of(argv[i]), DX_STR(".xml"), 16, &paths);
        if (kit)
            dx_cli_files(cli, dx_str_of(kit), DX_STR(".xml"), 16, &paths);
        for (uint32_t i = 0; i < paths.n; i++)
            do_file_trapped(&b, paths.v[i]);
        tap_ok(b.differ == 0, "%u values of %u files are the same by columns and by rows",
               b.compared, paths.n);
        CHECK(b.compared > 1000);
        bench_print_kinds(&b);
    }
    dx_trap_end(&arena, &trap);
    bench_done(&b);
    dx_arena_done(&arena);
    return tap_done();
}
