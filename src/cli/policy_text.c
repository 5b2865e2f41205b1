/* duixian policy text import: the official text of a policy, for the pages to show beside the
 * pack's own words. Part of the program that has the database. */
#include "app/app.h"
#include "base/date.h"
#include "cli/cli.h"

enum { TEXT_BYTES_MAX = 4 << 20 };

static bool required(dx_cli *cli, dx_opt opt, dx_str *ret) {
    *ret = dx_cli_value(cli, opt);
    return ret->n > 0 ||
           dx_cli_refuse(cli, DX_E_USAGE_MISSING, dx_str_of(dx_cli_opt_name(opt)), (dx_str){0});
}

static bool read_import(dx_cli *cli, dx_str *ret_db, dx_official_import *ret) {
    dx_date date;
    dx_buf clock = {.arena = cli->arena};
    if (cli->n_operands == 0)
        return dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("FILE"), (dx_str){0});
    if (!required(cli, DX_OPT_DB, ret_db) || !required(cli, DX_OPT_SOURCE, &ret->source) ||
        !required(cli, DX_OPT_DATED, &ret->date))
        return false;
    if (ret->date.n != 10 || !dx_date_parse(ret->date, &date))
        return dx_cli_refuse(cli, DX_E_USAGE_CHOICE, DX_STR("date"), ret->date);
    dx_datetime_print(&clock, &cli->now);
    ret->now = dx_buf_str(&clock);
    ret->file = dx_file_name(cli->operands[0]);
    return dx_file_read(cli->arena, cli->operands[0], TEXT_BYTES_MAX, &ret->content, &cli->diags);
}

dx_exit dx_cli_policy_text(dx_cli *cli) {
    dx_official_import import = {0};
    dx_str db;
    if (!read_import(cli, &db, &import))
        return DX_EXIT_INPUT;
    dx_str dir = dx_cli_pack_today(cli);
    dx_pack *pack = dir.n ? dx_pack_load(cli->arena, dir, &cli->diags) : NULL;
    if (!pack || cli->diags.errors || !dx_official_keep(cli->arena, db, pack, &import, &cli->diags))
        return DX_EXIT_INPUT;
    dx_buf_add(&cli->out, pack->id);
    dx_buf_addz(&cli->out,
                dx_cli_say(cli, "：原文已导入，重新启动服务后显示\n",
                           ": the text is imported; a server shows it from its next start\n"));
    return DX_EXIT_DONE;
}
