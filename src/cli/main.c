/* The process: its environment, its clock, its streams, and the boundary where running out of
 * memory or into a limit ends. Everything else is in dx_cli_run and below. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* Most a command may hold in memory: a pack, the largest input, and its values several times over.
 */
#define ARENA_BYTES ((size_t)1 << 30)

/* The language of the locale; Chinese where there is none. */
static dx_lang lang_of_locale(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strncmp(value, "zh", 2) == 0 ? DX_ZH : DX_EN;
    }
    return DX_ZH;
}

static bool wants_colour(void) {
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && *no) && !(term && strcmp(term, "dumb") == 0) && isatty(STDOUT_FILENO);
}

dx_datetime dx_cli_now(void) {
    struct timespec ts = {0};
    dx_datetime now = {.time.zone_kind = DX_ZONE_OFFSET};
    clock_gettime(CLOCK_REALTIME, &ts);
    int64_t day = ts.tv_sec / 86400, second = ts.tv_sec % 86400;
    if (!dx_date_from_days(day, &now.date))
        return now;
    now.time.hour = (uint8_t)(second / 3600);
    now.time.minute = (uint8_t)(second / 60 % 60);
    now.time.second = (uint8_t)(second % 60);
    now.time.nanos = (uint32_t)ts.tv_nsec;
    return now;
}

static dx_str folder_of_program(dx_arena *arena) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    while (n > 0 && path[n - 1] != '/')
        n--;
    return n > 0 ? dx_str_copy(arena, (dx_str){path, (size_t)n}) : (dx_str){0};
}

static bool write_all(int fd, dx_str s) {
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            s = (dx_str){s.p + n, s.n - (size_t)n};
    }
    return true;
}

/* What the environment says, and the command with the text of its diagnostics. */
static dx_exit run(dx_cli *cli, int argc, const char *const *argv) {
    const char *policies = getenv("DUIXIAN_POLICIES");
    cli->policies = dx_str_of(policies ? policies : "");
    const char *tmp = getenv("TMPDIR");
    cli->tmp_dir = dx_str_of(tmp && *tmp ? tmp : P_tmpdir);
    cli->exe_dir = folder_of_program(cli->arena);
    cli->argv = argv - 1; /* the name of the program stands before the arguments */
    dx_exit status = dx_cli_run(cli, argc, argv);
    dx_diags_print(&cli->err, &cli->diags, cli->lang);
    return status;
}

/* Runs the command up to a limit or the end of memory. */
static dx_exit run_trapped(dx_cli *cli, int argc, const char *const *argv) {
    dx_trap trap;
    if (DX_TRAP(cli->arena, &trap) == 0) {
        dx_exit status = run(cli, argc, argv);
        dx_trap_end(cli->arena, &trap);
        return status;
    }
    dx_trap_end(cli->arena, &trap);
    cli->out.n = cli->err.n = 0;
    dprintf(STDERR_FILENO, "%s: %s%s\n", cli->command,
            cli->lang == DX_ZH ? "错误: " : "error: ", dx_err_text(trap.code, cli->lang));
    return dx_err_status(trap.code) >= 500 ? DX_EXIT_FAILED : DX_EXIT_INPUT;
}

int main(int argc, char **argv) {
    dx_arena arena;
    dx_arena_init(&arena, ARENA_BYTES);
    dx_cli cli = {.arena = &arena,
                  .lang = lang_of_locale(),
                  .colour = wants_colour(),
                  .now = dx_cli_now(),
                  .command = "duixian",
                  .out = {.arena = &arena},
                  .err = {.arena = &arena},
                  .out_fd = STDOUT_FILENO};
    dx_diags_init(&cli.diags, &arena);
    dx_exit status = run_trapped(&cli, argc > 0 ? argc - 1 : 0, (const char *const *)argv + 1);
    write_all(STDERR_FILENO, dx_buf_str(&cli.err));
    if (status != DX_EXIT_INPUT && !write_all(STDOUT_FILENO, dx_buf_str(&cli.out))) {
        dprintf(STDERR_FILENO, "%s: %s\n", cli.command, strerror(errno));
        status = DX_EXIT_FAILED;
    }
    dx_arena_done(&arena);
    return (int)status;
}
