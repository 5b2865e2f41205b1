/* The conformance table of docs/dmn/conformance.md, compared with what `duixian dmn test --by-area`
 * prints, when the environment variable DMN_TCK names a folder with the kit. The page is the first
 * argument; with --write as the second, its table is made anew. The table stands between two lines
 * that say so. */
#include <stdlib.h>

#include "cli/cli.h"
#include "tap.h"

#define LIMIT ((size_t)1 << 30)
#define BEGIN "<!-- what the command printed -->\n"
#define END "<!-- end -->\n"

enum { PAGE_BYTES = 1 << 20 };

static const char *find(dx_str s, const char *what) {
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, what, n) == 0)
            return s.p + i;
    return NULL;
}

/* What the command prints about the kit in a folder. */
static dx_str print_table(dx_cli *cli, const char *kit) {
    const char *const argv[] = {"dmn", "test", "--by-area", "--lang", "en", kit};
    dx_exit status = dx_cli_run(cli, 6, argv);
    tap_ok(status == DX_EXIT_DONE || status == DX_EXIT_FAILED, "the kit runs to its end");
    return dx_buf_str(&cli->out);
}

static bool write_page(const char *path, dx_str before, dx_str table, dx_str after) {
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(before.p, 1, before.n, file) == before.n &&
              fwrite(table.p, 1, table.n, file) == table.n &&
              fwrite(after.p, 1, after.n, file) == after.n;
    return file && fclose(file) == 0 && ok;
}

static void compare(dx_cli *cli, const char *path, const char *kit, bool write) {
    dx_str page;
    if (!CHECK(dx_file_read(cli->arena, dx_str_of(path), PAGE_BYTES, &page, NULL)))
        return;
    const char *begin = find(page, BEGIN), *end = find(page, END);
    if (!CHECK(begin && end && begin < end))
        return;
    begin += sizeof BEGIN - 1;
    dx_str shown = {begin, (size_t)(end - begin)}, printed = print_table(cli, kit);
    if (write)
        CHECK(write_page(path, (dx_str){page.p, (size_t)(begin - page.p)}, printed,
                         (dx_str){end, page.n - (size_t)(end - page.p)}));
    else
        tap_ok(dx_str_eq(shown, printed), "the table is what the command prints");
}

int main(int argc, char **argv) {
    const char *kit = getenv("DMN_TCK");
    dx_arena arena;
    dx_trap trap;
    if (!kit || argc < 2) {
        printf("# skipped: DMN_TCK names no folder with the kit\n1..0 # SKIP\n");
        return 0;
    }
    dx_arena_init(&arena, LIMIT);
    if (DX_TRAP(&arena, &trap)) {
        printf("Bail out! %s\n", dx_err_name(trap.code));
        return 1;
    }
    dx_cli cli = {.arena = &arena,
                  .lang = DX_EN,
                  .now = {.date = {2025, 6, 30}, .time = {.zone_kind = DX_ZONE_OFFSET}},
                  .command = "duixian",
                  .out = {.arena = &arena},
                  .err = {.arena = &arena}};
    dx_diags_init(&cli.diags, &arena);
    compare(&cli, argv[1], kit, argc > 2 && strcmp(argv[2], "--write") == 0);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
