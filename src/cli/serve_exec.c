/* duixian serve, in the program that people start: hands over to duixian-serve beside it, which is
 * the same program with the HTTP library. That library and what it draws in cannot be linked
 * statically, and loading it would cost every other command several times its own time. */
#include <errno.h>
#include <unistd.h>

#include "cli/cli.h"

dx_exit dx_cli_serve(dx_cli *cli) {
    dx_str program = dx_str_fmt(cli->arena, "%.*s/duixian-serve", DX_FMT(cli->exe_dir));
    execv(dx_str_z(cli->arena, program), (char *const *)(uintptr_t)cli->argv);
    dx_cli_refuse(cli, DX_E_SERVE_PROGRAM, program, dx_str_of(strerror(errno)));
    return DX_EXIT_FAILED;
}
