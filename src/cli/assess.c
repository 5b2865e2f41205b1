/* duixian assess: one enterprise, all items. */
#include "cli/report.h"

/* Largest facts file that is read. */
#define FACTS_BYTES ((size_t)16 << 20)

static bool read_facts(dx_cli *cli, const dx_pack *pack, dx_run *run, dx_str path, dx_facts *ret) {
    dx_str text;
    if (!dx_file_read(cli->arena, path, FACTS_BYTES, &text, &cli->diags))
        return false;
    const dx_json *json = dx_json_parse(cli->arena, text, dx_file_name(path), &cli->diags);
    return json && dx_facts_read(pack, run, json, json, ret, &cli->diags);
}

static void put_json(const dx_report *report) {
    dx_json_writer writer = {.out = &report->cli->out, .indent = 2};
    dx_assessment_json(report->pack, report->run, report->facts, report->options,
                       report->assessment, false, &writer);
    dx_buf_char(&report->cli->out, '\n');
}

dx_exit dx_cli_assess(dx_cli *cli) {
    dx_pack *pack;
    dx_options options;
    dx_facts facts;
    dx_assessment assessment;
    dx_str path;
    bool json;
    if (!dx_cli_facts_path(cli, &path) || !dx_cli_format(cli, &json) ||
        !dx_cli_options(cli, &pack, &options))
        return DX_EXIT_INPUT;
    dx_run *run = dx_cli_new_run(cli->arena, &pack->dmn->program, cli->arena);
    if (!read_facts(cli, pack, run, path, &facts))
        return DX_EXIT_INPUT;
    assessment.verdicts = DX_NEW_ARRAY(cli->arena, dx_verdict, pack->n_items + 1);
    dx_assess(pack, run, &facts, &options, &assessment);
    dx_report report = {cli, pack, run, &facts, &options, &assessment};
    if (json)
        put_json(&report);
    else
        dx_report_text(&report, dx_cli_has(cli, DX_OPT_ALL));
    return DX_EXIT_DONE;
}
