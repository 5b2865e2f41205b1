/* Models from disk for the dmn commands: the files of a folder, and a model with what it imports.
 */
#ifndef DX_CLI_MODELS_H
#define DX_CLI_MODELS_H

#include "cli/cli.h"

typedef DX_VEC(dx_str) dx_paths;

/* Largest model, test or input file that is read. */
#define DX_CLI_FILE_BYTES ((size_t)16 << 20)

/* Adds `path` when it is a file; of a folder its files that end in `suffix`, in the order of their
 * names, and those of the folders in it down to `depth`. False with a diagnostic. */
bool dx_cli_files(dx_cli *cli, dx_str path, dx_str suffix, uint32_t depth, dx_paths *paths);
/* What stands before the last '/', or "."; and what stands after it. */
dx_str dx_cli_folder(dx_str path);
dx_str dx_cli_base(dx_str path);

/* Loads the model of a file, then all that it imports from the other models of its folder, and
 * compiles them. Faults are added to diags; NULL when the first cannot be read. Everything lives in
 * `arena`. */
dx_dmn *dx_cli_models(dx_cli *cli, dx_arena *arena, dx_str path, dx_diags *diags);

/* Adds how a result of a test case differs from what it should be, after a "; " when the text has
 * something already. Long values are cut. */
void dx_cli_put_difference(dx_cli *cli, dx_buf *out, dx_str name, dx_val expected, dx_val actual);

#endif
