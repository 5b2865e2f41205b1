/* duixian dmn eval: the decisions of one model over one input. */
#include "cli/grid.h"
#include "cli/models.h"
#include "dmn/input.h"

typedef struct eval {
    dx_cli *cli;
    dx_dmn *dmn;
    dx_run *run;
    dx_plan plan;
    uint32_t *wanted; /* decisions to show */
    uint32_t n_wanted;
} eval;

static dx_str decision_list(const eval *e) {
    dx_buf list = {.arena = e->cli->arena};
    for (uint32_t i = 0; i < e->dmn->n_nodes; i++) {
        const dx_node_info *node = &e->dmn->nodes[i];
        if (node->element->kind != DX_EL_DECISION || node->model != e->dmn->models[0])
            continue;
        dx_buf_addz(&list, list.n ? ", " : "");
        dx_buf_add(&list, node->name);
    }
    return dx_buf_str(&list);
}

/* The decisions that --decision names; without it all of the model itself. */
static bool choose_decisions(eval *e) {
    dx_cli *cli = e->cli;
    e->wanted = DX_NEW_ARRAY(cli->arena, uint32_t, e->dmn->n_nodes + cli->n_given + 1);
    for (uint32_t i = 0; i < cli->n_given; i++) {
        if (cli->given[i].opt != DX_OPT_DECISION)
            continue;
        dx_str name = cli->given[i].value;
        uint32_t at = dx_dmn_search(e->dmn, (dx_str){0}, name, DX_EL_DECISION);
        if (at == DX_NONE)
            return dx_cli_refuse(cli, DX_E_DECISION_UNKNOWN, name, decision_list(e));
        e->wanted[e->n_wanted++] = at;
    }
    for (uint32_t i = 0; i < e->dmn->n_nodes && !dx_cli_has(cli, DX_OPT_DECISION); i++) {
        const dx_node_info *node = &e->dmn->nodes[i];
        if (node->element->kind == DX_EL_DECISION && node->model == e->dmn->models[0])
            e->wanted[e->n_wanted++] = i;
    }
    dx_plan_make(cli->arena, &e->plan, e->dmn, e->wanted, e->n_wanted);
    return true;
}

static bool read_inputs(eval *e) {
    dx_cli *cli = e->cli;
    dx_str path = dx_cli_value(cli, DX_OPT_INPUT), text;
    dx_inputs_clear(e->run, e->dmn);
    if (!path.p)
        return true;
    if (!dx_file_read(cli->arena, path, DX_CLI_FILE_BYTES, &text, &cli->diags))
        return false;
    const dx_json *json = dx_json_parse(cli->arena, text, dx_file_name(path), &cli->diags);
    return json && dx_inputs_read(e->run, e->dmn, NULL, json, &cli->diags);
}

static void put_results(const eval *e) {
    dx_json_writer writer = {.out = &e->cli->out, .indent = 2};
    dx_json_open(&writer, '{');
    for (uint32_t i = 0; i < e->n_wanted; i++) {
        dx_buf json = {.arena = e->cli->arena};
        dx_val_json(&json, dx_run_value(e->run, e->dmn, e->wanted[i]));
        dx_json_key(&writer, e->dmn->nodes[e->wanted[i]].name);
        dx_json_raw(&writer, dx_buf_str(&json));
    }
    dx_json_close(&writer, '}');
    dx_buf_char(&e->cli->out, '\n');
}

/* --- trace --- */

static void put_note(dx_cli *cli, const dx_note *note) {
    dx_diag diag = {.code = note->code, .warning = true, .args = {note->args[0], note->args[1]}};
    if (note->span.source)
        diag.place = dx_place_in(&note->span.source->place, note->span.from, note->span.to);
    dx_diag_print(&cli->err, &diag, cli->lang);
}

static dx_str value_text(dx_cli *cli, dx_val v) {
    dx_buf text = {.arena = cli->arena};
    dx_val_print(&text, v, true);
    return dx_buf_str(&text);
}

/* Why a rule did not match: the column that failed first, and its cell. */
static dx_str failure_text(dx_cli *cli, const dx_table_trace *trace, uint32_t rule) {
    const dx_table *table = trace->table;
    uint32_t column = trace->failed[rule];
    if (trace->verdicts[rule] != 0 || column >= table->n_inputs)
        return (dx_str){0};
    return dx_str_fmt(cli->arena, "%.*s: %.*s", DX_FMT(table->input_texts[column]),
                      DX_FMT(table->cell_texts[rule * table->n_inputs + column]));
}

static void put_table(dx_cli *cli, const dx_table_trace *trace) {
    static const char *const signs[] = {"✗", "✓", "?"};
    const dx_table *table = trace->table;
    dx_grid grid = {.arena = cli->arena, .columns = 3, .indent = 2};
    if (table->source)
        dx_buf_add(&cli->err, dx_place_element(cli->arena, &table->source->place, cli->lang));
    dx_buf_char(&cli->err, '\n');
    for (uint32_t i = 0; i < table->n_inputs; i++) {
        dx_buf_addz(&cli->err, "  ");
        dx_put_plain(&cli->err, table->input_texts[i]);
        dx_buf_addz(&cli->err, " = ");
        dx_put_plain(&cli->err, value_text(cli, trace->inputs[i]));
        dx_buf_char(&cli->err, '\n');
    }
    for (uint32_t rule = 0; rule < table->n_rules; rule++) {
        dx_grid_add(&grid, dx_str_of(signs[trace->verdicts[rule]]), DX_TONE_PLAIN);
        dx_grid_add(&grid,
                    dx_str_fmt(cli->arena, "%s %u", dx_cli_say(cli, "规则", "rule"), rule + 1),
                    DX_TONE_PLAIN);
        dx_grid_add(&grid, failure_text(cli, trace, rule), DX_TONE_PLAIN);
    }
    dx_grid_print(&grid, &cli->err, false);
}

static void put_trace(const eval *e) {
    for (const dx_table_trace *table = e->run->tables; table; table = table->next)
        put_table(e->cli, table);
    for (const dx_note *note = e->run->notes; note; note = note->next)
        put_note(e->cli, note);
}

dx_exit dx_cli_dmn_eval(dx_cli *cli) {
    eval e = {.cli = cli};
    if (!cli->n_operands) {
        dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("MODEL.dmn"), (dx_str){0});
        return DX_EXIT_INPUT;
    }
    e.dmn = dx_cli_models(cli, cli->arena, cli->operands[0], &cli->diags);
    if (!e.dmn || cli->diags.errors || !choose_decisions(&e))
        return DX_EXIT_INPUT;
    e.run = dx_cli_new_run(cli->arena, &e.dmn->program, cli->arena);
    e.run->now = cli->now;
    e.run->has_now = true;
    if (!read_inputs(&e))
        return DX_EXIT_INPUT;
    e.run->tracing = dx_cli_has(cli, DX_OPT_TRACE);
    dx_plan_run(e.run, &e.plan);
    put_results(&e);
    put_trace(&e);
    return DX_EXIT_DONE;
}
