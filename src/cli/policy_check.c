/* duixian policy check: loads a pack, which reports the faults of all its files, and runs its
 * cases. A case is read as a TCK case: the inputs are facts objects, each result is an item's id
 * with the status, amount and missing facts that it should have. Two inputs are not facts: one that
 * is a date is the day of the assessment, and one whose members are readings chooses options. */
#include <sys/stat.h>

#include "cli/models.h"
#include "dmn/tck.h"

#define FILE_ARENA_BYTES ((size_t)512 << 20)
#define CASE_ARENA_BYTES ((size_t)64 << 20)
#define DAY_WHEN_NONE_IS_GIVEN ((dx_date){2025, 6, 30})

typedef struct checker {
    dx_cli *cli;
    dx_pack *pack;
    dx_run *run;
    dx_arena file_arena; /* a file of cases */
    dx_arena case_arena; /* one case */
    dx_assessment assessment;
    uint32_t *options;
    uint32_t passed, failed;
} checker;

/* --- the inputs of a case --- */

static bool is_fact_input(const checker *k, dx_str name) {
    for (uint32_t i = 0; i < k->pack->n_inputs; i++)
        if (dx_str_eq(k->pack->inputs[i].name, name))
            return true;
    return false;
}

static bool choose_readings(checker *k, dx_val readings, dx_diags *diags) {
    const dx_shape *shape = readings.u.context->shape;
    bool ok = true;
    for (uint32_t i = 0; i < shape->n; i++) {
        dx_buf choice = {.arena = &k->case_arena};
        dx_buf_add(&choice, shape->keys[i]);
        dx_buf_char(&choice, '=');
        dx_val_print(&choice, readings.u.context->v[i], false);
        ok &= dx_options_choose(k->pack, dx_buf_str(&choice), k->options, diags);
    }
    return ok;
}

/* The facts as JSON, so that a case goes the way of any facts file; day and readings aside. */
static bool read_case(checker *k, const dx_tck_case *c, dx_options *options, dx_facts *facts,
                      dx_diags *diags) {
    dx_buf *text = DX_NEW(&k->case_arena, dx_buf);
    text->arena = &k->case_arena;
    dx_json_writer writer = {.out = text};
    dx_options_default(k->pack, k->options);
    *options = (dx_options){.as_of = DAY_WHEN_NONE_IS_GIVEN, .options = k->options};
    dx_json_open(&writer, '{');
    for (uint32_t i = 0; i < c->n_inputs; i++) {
        const dx_tck_input *input = &c->inputs[i];
        if (is_fact_input(k, input->name) ||
            (input->value.tag != DX_DATE && input->value.tag != DX_CONTEXT)) {
            dx_buf json = {.arena = &k->case_arena};
            dx_val_json(&json, input->value);
            dx_json_key(&writer, input->name);
            dx_json_raw(&writer, dx_buf_str(&json));
        } else if (input->value.tag == DX_DATE) {
            options->as_of = input->value.u.date;
        } else if (!choose_readings(k, input->value, diags)) {
            return false;
        }
    }
    dx_json_close(&writer, '}');
    const dx_json *json = dx_json_parse(&k->case_arena, dx_buf_str(text), (dx_str){0}, diags);
    return json && dx_facts_read(k->pack, k->run, json, json, facts, diags);
}

/* --- the result of a case --- */

static dx_val missing_paths(checker *k, const dx_causes *missing) {
    const dx_pack *pack = k->pack;
    dx_val *paths = DX_NEW_ARRAY(&k->case_arena, dx_val, pack->n_facts + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; missing && i < pack->n_facts; i++) {
        if (!(missing->bits[i / 64] >> (i % 64) & 1))
            continue;
        uint32_t at = n++;
        for (; at > 0 && dx_str_cmp(dx_val_to_str(paths[at - 1]), pack->facts[i].path) > 0; at--)
            paths[at] = paths[at - 1];
        paths[at] = dx_val_str(pack->facts[i].path);
    }
    return dx_val_list(paths, n);
}

/* A verdict as the contract names its parts; false when there is no part of that name. */
static bool part_of_verdict(checker *k, const dx_verdict *verdict, dx_str name, dx_val *ret) {
    if (dx_str_is(name, "status"))
        *ret = dx_val_str(dx_str_of(dx_status_name(verdict->status)));
    else if (dx_str_is(name, "amount"))
        *ret = verdict->has_amount ? dx_val_num(verdict->amount) : DX_VAL_NULL;
    else if (dx_str_is(name, "amount_kind"))
        *ret = dx_val_str(dx_str_of(dx_amount_kind_name(verdict->kind)));
    else if (dx_str_is(name, "missing"))
        *ret = missing_paths(k, verdict->missing);
    else
        return false;
    return true;
}

static const dx_verdict *verdict_of(const checker *k, dx_str item) {
    for (uint32_t i = 0; i < k->pack->n_items; i++)
        if (dx_str_eq(k->pack->items[i].id, item))
            return &k->assessment.verdicts[i];
    return NULL;
}

static bool check_part(checker *k, const dx_tck_result *result, uint32_t at, dx_buf *why) {
    dx_str part = result->expected.u.context->shape->keys[at];
    dx_val expected = result->expected.u.context->v[at], actual;
    dx_str name = dx_str_fmt(&k->case_arena, "%.*s.%.*s", DX_FMT(result->name), DX_FMT(part));
    const dx_verdict *verdict = verdict_of(k, result->name);
    if (!verdict || !part_of_verdict(k, verdict, part, &actual)) {
        dx_diag none = {.code = DX_E_CASE_RESULT, .args = {verdict ? name : result->name}};
        dx_buf_addz(why, why->n ? "; " : "");
        dx_buf_add(why, dx_diag_sentence(&k->case_arena, &none, k->cli->lang));
        return false;
    }
    if (dx_tck_same(&k->case_arena, expected, actual))
        return true;
    dx_cli_put_difference(k->cli, why, name, expected, actual);
    return false;
}

static bool check_case(checker *k, const dx_tck_case *c, dx_buf *why) {
    dx_options options;
    dx_facts facts;
    dx_diags diags;
    bool ok = true;
    dx_diags_init(&diags, &k->case_arena);
    if (!read_case(k, c, &options, &facts, &diags)) {
        dx_buf_add(why, diags.first->place.element);
        dx_buf_addz(why, diags.first->place.element.n ? ": " : "");
        dx_buf_add(why, dx_diag_sentence(&k->case_arena, diags.first, k->cli->lang));
        return false;
    }
    dx_assess(k->pack, k->run, &facts, &options, &k->assessment);
    for (uint32_t i = 0; i < c->n_results; i++) {
        dx_val expected = c->results[i].expected;
        for (uint32_t at = 0; expected.tag == DX_CONTEXT && at < expected.u.context->shape->n; at++)
            ok &= check_part(k, &c->results[i], at, why);
    }
    return ok;
}

/* The same within limits; what runs into one has failed. */
static bool check_case_trapped(checker *k, const dx_tck_case *c, dx_buf *why) {
    dx_trap trap;
    dx_arena_reset(&k->case_arena);
    dx_run_reset(k->run);
    if (DX_TRAP(&k->case_arena, &trap) == 0) {
        bool ok = check_case(k, c, why);
        dx_trap_end(&k->case_arena, &trap);
        return ok;
    }
    dx_trap_end(&k->case_arena, &trap);
    dx_buf_addz(why, dx_err_text(trap.code, k->cli->lang));
    return false;
}

/* --- files --- */

static void check_file(checker *k, dx_str path) {
    dx_cli *cli = k->cli;
    dx_str xml;
    dx_arena_reset(&k->file_arena);
    if (!dx_file_read(&k->file_arena, path, DX_CLI_FILE_BYTES, &xml, &cli->diags))
        return;
    const dx_tck *tck = dx_tck_load(&k->file_arena, xml, path, &cli->diags);
    if (tck && !dx_str_eq(tck->model, k->pack->id))
        dx_diag_add(&cli->diags, DX_E_CASE_PACK, (dx_place){.file = path}, tck->model, k->pack->id,
                    (dx_str){0});
    for (uint32_t i = 0; tck && i < tck->n_cases; i++) {
        const dx_tck_case *c = &tck->cases[i];
        dx_buf why = {.arena = &k->file_arena};
        if (check_case_trapped(k, c, &why)) {
            k->passed++;
            continue;
        }
        k->failed++;
        dx_buf_fmt(&cli->out, "%.*s:%u: %.*s: %.*s\n", DX_FMT(path), c->line, DX_FMT(c->id),
                   DX_FMT(dx_buf_str(&why)));
    }
}

static void free_checker(void *arg) {
    checker *k = arg;
    dx_arena_done(&k->case_arena);
    dx_arena_done(&k->file_arena);
}

static checker *new_checker(dx_cli *cli, dx_pack *pack) {
    checker *k = DX_NEW(cli->arena, checker);
    k->cli = cli;
    k->pack = pack;
    dx_arena_init(&k->file_arena, FILE_ARENA_BYTES);
    dx_arena_init(&k->case_arena, CASE_ARENA_BYTES);
    dx_arena_on_done(cli->arena, free_checker, k);
    k->run = dx_cli_new_run(cli->arena, &pack->dmn->program, &k->case_arena);
    k->assessment.verdicts = DX_NEW_ARRAY(cli->arena, dx_verdict, pack->n_items + 1);
    k->options = DX_NEW_ARRAY(cli->arena, uint32_t, pack->n_readings + 1);
    return k;
}

static bool is_folder(dx_cli *cli, dx_str path) {
    struct stat about;
    return stat(dx_str_z(cli->arena, path), &about) == 0 && S_ISDIR(about.st_mode);
}

static void check_cases(checker *k) {
    dx_cli *cli = k->cli;
    dx_paths paths = {0};
    dx_trap trap;
    dx_str folder = dx_str_fmt(cli->arena, "%.*s/cases", DX_FMT(k->pack->dir));
    if (!is_folder(cli, folder) || !dx_cli_files(cli, folder, DX_STR(".xml"), 0, &paths))
        return;
    if (DX_TRAP(&k->file_arena, &trap) == 0)
        for (uint32_t i = 0; i < paths.n; i++)
            check_file(k, paths.v[i]);
    else
        dx_cli_refuse(cli, trap.code, (dx_str){0}, (dx_str){0});
    dx_trap_end(&k->file_arena, &trap);
}

dx_exit dx_cli_policy_check(dx_cli *cli) {
    if (!cli->n_operands) {
        dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("DIR-OR-ID"), (dx_str){0});
        return DX_EXIT_INPUT;
    }
    dx_str dir = dx_cli_find_pack(cli, cli->operands[0]);
    dx_pack *pack = dir.n ? dx_pack_load(cli->arena, dir, &cli->diags) : NULL;
    if (!pack || cli->diags.errors)
        return dir.n ? DX_EXIT_FAILED : DX_EXIT_INPUT;
    checker *k = new_checker(cli, pack);
    check_cases(k);
    dx_buf_fmt(&cli->out,
               cli->lang == DX_ZH ? "%.*s：%u 个用例通过，%u 个未通过\n"
                                  : "%.*s: %u passed, %u failed\n",
               DX_FMT(pack->id), k->passed, k->failed);
    return k->failed || cli->diags.errors ? DX_EXIT_FAILED : DX_EXIT_DONE;
}
