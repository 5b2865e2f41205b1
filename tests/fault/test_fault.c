/* Memory that runs out: each command is run with its first, second, third ... system allocation
 * failing until one run is not hit any more. A run that is hit must end at its boundary with
 * DX_E_MEMORY, or refuse, or have done without; it must never answer something else, crash or leak
 * (the sanitizers watch). The command line is called as main.c does. The argument is the folder of
 * the checkout. Of the DMN TCK, where it is at hand (DMN_TCK names its folder), a sample of the
 * test files is run like that; all of them with DUIXIAN_FAULT=all. */
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tap.h"

#define LIMIT ((size_t)1 << 30)

enum { TEXT_MAX = 1 << 20 };

/* How a run ended and what it said; `said` is a copy that outlives the run. */
typedef struct outcome {
    dx_err trapped;
    dx_exit status;
    size_t n;
    char *said;
} outcome;

static int nowhere;

/* One command in an arena of its own, the allocation number `fail_at` failing. True when it was. */
static bool run(const char *const *argv, int argc, uint64_t fail_at, outcome *ret) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, LIMIT);
    dx_cli cli = {.arena = &arena,
                  .lang = DX_EN,
                  .now = {.date = {2025, 6, 30}, .time = {.zone_kind = DX_ZONE_OFFSET}},
                  .command = "duixian",
                  .out = {.arena = &arena},
                  .err = {.arena = &arena},
                  .out_fd = nowhere};
    dx_diags_init(&cli.diags, &arena);
    ret->trapped = DX_OK;
    dx_fail_at = fail_at;
    if (DX_TRAP(&arena, &trap) == 0)
        ret->status = dx_cli_run(&cli, argc, argv);
    else
        ret->trapped = trap.code;
    bool hit = dx_fail_at == 0;
    dx_fail_at = 0;
    dx_trap_end(&arena, &trap);
    ret->n = ret->trapped == DX_OK && cli.out.n < TEXT_MAX ? cli.out.n : 0;
    if (ret->n)
        memcpy(ret->said, cli.out.p, ret->n);
    dx_arena_done(&arena);
    return hit;
}

static bool acceptable(const outcome *got, const outcome *whole) {
    if (got->trapped != DX_OK)
        return got->trapped == DX_E_MEMORY;
    if (got->status != whole->status)
        return got->status != DX_EXIT_DONE;
    return got->n == whole->n && memcmp(got->said, whole->said, got->n) == 0;
}

static void check_command(const char *name, const char *const *argv) {
    static char texts[2][TEXT_MAX];
    outcome whole = {.said = texts[0]}, got = {.said = texts[1]};
    int argc = 0;
    while (argv[argc])
        argc++;
    if (!CHECK(!run(argv, argc, UINT64_MAX, &whole)) || !CHECK_INT(whole.trapped, DX_OK) ||
        !CHECK_INT(whole.status, DX_EXIT_DONE))
        return;
    uint64_t at = 1, faults = 0;
    for (; run(argv, argc, at, &got); at++)
        if (!acceptable(&got, &whole) && faults++ < 5)
            printf("# %s: allocation %llu failed: trap %s, status %d\n", name,
                   (unsigned long long)at, dx_err_name(got.trapped), (int)got.status);
    tap_ok(faults == 0, "%s: each of %llu allocations failing", name, (unsigned long long)at - 1);
    CHECK(got.n == whole.n && memcmp(got.said, whole.said, got.n) == 0);
}

/* One test file of the kit. Most of its allocations are alike, so after the first hundreds only
 * some fail. True when all was well. */
static bool check_kit_file(const char *path) {
    static char texts[2][TEXT_MAX];
    enum { EACH = 200, STEP = 16 };
    const char *const argv[] = {"dmn", "test", path, NULL};
    outcome whole = {.said = texts[0]}, got = {.said = texts[1]};
    if (run(argv, 3, UINT64_MAX, &whole) || whole.trapped != DX_OK ||
        whole.status != DX_EXIT_DONE) {
        printf("# %s does not pass by itself\n", path);
        return false;
    }
    for (uint64_t at = 1; run(argv, 3, at, &got); at += at < EACH ? 1 : at / STEP)
        if (!acceptable(&got, &whole)) {
            printf("# %s: allocation %llu failed: trap %s, status %d\n", path,
                   (unsigned long long)at, dx_err_name(got.trapped), (int)got.status);
            return false;
        }
    return true;
}

static void check_kit(void) {
    enum { SAMPLE = 12 };
    const char *folder = getenv("DMN_TCK"), *which = getenv("DUIXIAN_FAULT");
    char pattern[4096];
    glob_t files = {0};
    (void)snprintf(pattern, sizeof pattern, "%s/compliance-level-*/*/*.xml",
                   folder ? folder : "../shared/dmn-tck");
    if (glob(pattern, 0, NULL, &files) != 0) {
        printf("# no folder with the kit\n");
        return;
    }
    size_t step = which && strcmp(which, "all") == 0 ? 1 : files.gl_pathc / SAMPLE + 1;
    for (size_t i = 0; i < files.gl_pathc; i += step)
        tap_ok(check_kit_file(files.gl_pathv[i]), "%s", strrchr(files.gl_pathv[i], '/') + 1);
    globfree(&files);
}

int main(int argc, char **argv) {
    nowhere = open("/dev/null", O_WRONLY);
    if (argc < 2 || chdir(argv[1]) != 0 || nowhere < 0) {
        printf("Bail out! name the folder of the checkout\n");
        return 1;
    }
    static const char facts[] = "tests/fault/facts.json";
    const char *const assess[] = {"assess", facts, "--pack", "policies/songjiang-2024", NULL};
    const char *const as_json[] = {
        "assess", facts, "--format", "json", "--pack", "policies/songjiang-2024", NULL};
    const char *const show[] = {"policy", "show", "policies/songjiang-2024", NULL};
    const char *const eval[] = {
        "dmn", "eval", "tests/fault/model.dmn", "--input", "tests/fault/input.json", NULL};
    check_command("assess", assess);
    check_command("assess --format json", as_json);
    check_command("policy show", show);
    check_command("dmn eval", eval);
    check_kit();
    close(nowhere);
    return tap_done();
}
