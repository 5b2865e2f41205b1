/* The commands of the server and its database, in the program that people start: hand over to
 * duixian-serve beside it, which is the same program with their libraries. Those and what they draw
 * in cannot be linked statically, and loading them would cost every other command several times its
 * own time. */
#include <errno.h>
#include <unistd.h>

#include "cli/cli.h"

static dx_exit hand_over(dx_cli *cli) {
    dx_str program = dx_str_fmt(cli->arena, "%.*s/duixian-serve", DX_FMT(cli->exe_dir));
    execv(dx_str_z(cli->arena, program), (char *const *)(uintptr_t)cli->argv);
    dx_cli_refuse(cli, DX_E_SERVE_PROGRAM, program, dx_str_of(strerror(errno)));
    return DX_EXIT_FAILED;
}

dx_exit dx_cli_serve(dx_cli *cli) {
    return hand_over(cli);
}

dx_exit dx_cli_policy_text(dx_cli *cli) {
    return hand_over(cli);
}
