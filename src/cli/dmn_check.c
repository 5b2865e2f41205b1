/* duixian dmn check: every fault of models, with its place, without evaluating anything. */
#include "cli/models.h"

/* How many faults of each kind, in a line for each model. */
static void put_count(dx_cli *cli, dx_str path, uint32_t errors, uint32_t warnings) {
    if (cli->lang == DX_ZH)
        dx_buf_fmt(&cli->out, "%.*s：%u 处错误，%u 处警告\n", DX_FMT(path), errors, warnings);
    else
        dx_buf_fmt(&cli->out, "%.*s: %u error%s, %u warning%s\n", DX_FMT(path), errors,
                   errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

/* What is printed per model is complete, however many faults there are. */
static bool check_model(dx_cli *cli, dx_str path) {
    dx_diags diags;
    dx_diags_init(&diags, cli->arena);
    dx_cli_models(cli, cli->arena, path, &diags);
    dx_diags_print(&cli->err, &diags, cli->lang);
    put_count(cli, path, diags.errors, diags.warnings);
    return diags.errors == 0;
}

dx_exit dx_cli_dmn_check(dx_cli *cli) {
    dx_paths paths = {0};
    bool ok = true;
    if (!cli->n_operands) {
        dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("PATH"), (dx_str){0});
        return DX_EXIT_INPUT;
    }
    for (uint32_t i = 0; i < cli->n_operands; i++)
        if (!dx_cli_files(cli, cli->operands[i], DX_STR(".dmn"), 20, &paths))
            return DX_EXIT_INPUT;
    for (uint32_t i = 0; i < paths.n; i++)
        ok &= check_model(cli, paths.v[i]);
    return ok ? DX_EXIT_DONE : DX_EXIT_FAILED;
}
