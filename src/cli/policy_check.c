#include "cli/cli.h"
dx_exit dx_cli_policy_check(dx_cli *cli) { (void)cli; return DX_EXIT_FAILED; }
dx_exit dx_cli_policy_show(dx_cli *cli) { (void)cli; return DX_EXIT_FAILED; }
