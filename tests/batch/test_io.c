/* Facts read into columns against facts read one enterprise at a time: random tables written as CSV
 * and as facts objects, with what is missing, null, out of range, quoted, oddly written or plainly
 * wrong in them. Values must be the same to the last bit, and so must the verdicts and faults.
 *
 *     test_io PACK [seed [blocks]] */
#include <stdlib.h>

#include "batch/results.h"
#include "feel/ast.h"
#include "tap.h"

enum { SHOWN = 5 };
#define LIMIT ((size_t)1 << 30)

static uint64_t chance_state = 11;

static uint32_t chance(uint32_t n) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(chance_state >> 33) % n;
}

/* What a cell says, as CSV and as JSON; json is empty where nothing is known. */
typedef struct cell {
    dx_str csv, json;
} cell;

typedef struct trial {
    dx_arena kept, text, row, block, columns;
    dx_pack *pack;
    dx_survey *survey;
    dx_run *run;
    dx_options options;
    bool in_order, crlf, quoted, tame; /* tame: nothing is wrong */
    unsigned compared, faults, differ, eligible;
} trial;

/* --- random cells -------------------------------------------------------------------------------
 */

static cell same_in_both(dx_str text) {
    return (cell){text, text};
}

static cell number_cell(trial *t) {
    static const char *const odd[] = {"0.00",
                                      "-0",
                                      "007",
                                      "1e3",
                                      "2.5E+1",
                                      "+5",
                                      ".5",
                                      "1.",
                                      "1e-400",
                                      "1e400",
                                      "12a",
                                      "--1",
                                      "1,000",
                                      "nan",
                                      "0x10",
                                      "99999999999999999",
                                      "123456789012345678901234567890.12",
                                      "1234567890123456789012345678901234567",
                                      "0.000000000000000001"};
    if (!t->tame && chance(60) == 0) {
        dx_str text = dx_str_of(odd[chance(sizeof odd / sizeof *odd)]);
        dx_diags diags;
        dx_diags_init(&diags, &t->text);
        if (dx_json_parse(&t->text, text, (dx_str){0}, &diags))
            return same_in_both(text);
        return (cell){text, dx_str_fmt(&t->text, "\"%.*s\"", DX_FMT(text))};
    }
    switch (chance(t->tame ? 12 : 14)) {
    case 0: return same_in_both(dx_str_fmt(&t->text, "%u", chance(6)));
    case 1: return same_in_both(dx_str_fmt(&t->text, "%u0000", 1 + chance(40000)));
    case 12: return same_in_both(dx_str_fmt(&t->text, "%u.%02u", chance(100000000), chance(100)));
    case 13:
        return same_in_both(
            dx_str_fmt(&t->text, "%s%u.%03u", chance(4) ? "" : "-", chance(1000000), chance(1000)));
    default: return same_in_both(dx_str_fmt(&t->text, "%u", chance(2)));
    }
}

static cell truth_cell(trial *t) {
    bool yes = chance(3) > 0;
    dx_str json = dx_str_of(yes ? "true" : "false");
    if (!t->tame && chance(200) == 0)
        return (cell){DX_STR("maybe"), DX_STR("\"maybe\"")};
    switch (chance(4)) {
    case 0: return (cell){dx_str_of(yes ? "TRUE" : "FALSE"), json};
    case 1: return (cell){dx_str_of(yes ? "是" : "否"), json};
    default: return same_in_both(json);
    }
}

/* The strings that a type allows, found in its tests. */
static dx_str allowed_string(const dx_type *type) {
    for (; type; type = type->base)
        if (type->allowed && type->allowed->list[0]->value.tag == DX_STRING)
            return dx_val_to_str(type->allowed->list[chance(type->allowed->n)]->value);
    return DX_STR("");
}

static cell string_cell(trial *t, const dx_type *type) {
    static const char *const free_texts[] = {"甲",
                                             "乙公司",
                                             "a, b",
                                             "说\"好\"的",
                                             "两\n行",
                                             "x",
                                             "一家名字长得放不进一个字的企业有限公司"};
    dx_str text = allowed_string(type);
    if (text.n == 0 || (!t->tame && chance(200) == 0))
        text = chance(3) ? dx_str_of(free_texts[chance(7)])
                         : dx_str_fmt(&t->text, "第%u号", chance(4000));
    dx_buf json = {.arena = &t->text};
    dx_json_put_string(&json, text);
    return (cell){text, dx_buf_str(&json)};
}

static cell list_cell(trial *t) {
    static const char *const lists[] = {"[]",
                                        "[{\"余额\":1000000.00,\"天数\":90}]",
                                        "[{\"天数\":-1}]",
                                        "[1]",
                                        "{}",
                                        "[{\"没有的\":1}]"};
    return same_in_both(dx_str_of(lists[chance(t->tame ? 2 : 6)]));
}

static cell random_cell(trial *t, const dx_fact *fact) {
    if (chance(8) == 0)
        return (cell){DX_STR("null"), DX_STR("null")};
    switch (fact->type->kind) {
    case DX_T_NUM: return number_cell(t);
    case DX_T_BOOL: return truth_cell(t);
    case DX_T_STRING: return string_cell(t, fact->type);
    case DX_T_LIST: return list_cell(t);
    case DX_T_ANY:
    case DX_T_NULL:
    case DX_T_DATE:
    case DX_T_TIME:
    case DX_T_DATETIME:
    case DX_T_YMDUR:
    case DX_T_DTDUR:
    case DX_T_CONTEXT:
    case DX_T_RANGE:
    case DX_T_FUNCTION:
    case DX_T_NAMED: break;
    }
    return (cell){0};
}

/* --- random tables ------------------------------------------------------------------------------
 */

static void put_csv(trial *t, dx_buf *out, dx_str text) {
    bool must = false;
    for (size_t i = 0; i < text.n; i++)
        must |= text.p[i] == ',' || text.p[i] == '"' || text.p[i] == '\n';
    bool quote = must || t->quoted || chance(30) == 0;
    const char *around = quote || chance(30) || text.n == 0 ? "" : " ";
    dx_buf_addz(out, quote ? "\"" : around);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            dx_buf_char(out, '"');
        dx_buf_char(out, text.p[i]);
    }
    dx_buf_addz(out, quote ? "\"" : around);
}

/* A row of the table and the same as a facts object. Facts come in the order of the pack. */
static void put_row(trial *t, dx_buf *csv, dx_buf *json, uint32_t known) {
    dx_json_writer out = {.out = json};
    bool first = true;
    dx_json_open(&out, '{');
    for (uint32_t i = 0; i < t->pack->n_inputs; i++) {
        const dx_input *input = &t->pack->inputs[i];
        bool none = chance(15) == 0, opened = false;
        dx_buf_addz(csv, first ? "" : ",");
        first = false;
        if (none) {
            dx_buf_addz(csv, "null");
            dx_json_key(&out, input->name);
            dx_json_null(&out);
        }
        for (uint32_t k = 0; k < input->n; k++) {
            const dx_fact *fact = &t->pack->facts[input->first + k];
            cell c = none || chance(100) >= known ? (cell){0} : random_cell(t, fact);
            dx_buf_char(csv, ',');
            put_csv(t, csv, c.csv);
            if (c.json.n == 0)
                continue;
            if (!opened) {
                dx_json_key(&out, input->name);
                dx_json_open(&out, '{');
            }
            opened = true;
            dx_json_key(&out, fact->name);
            dx_json_raw(&out, c.json);
        }
        if (opened)
            dx_json_close(&out, '}');
    }
    dx_json_close(&out, '}');
    dx_buf_addz(csv, t->crlf ? "\r\n" : "\n");
}

static dx_str heading_of(trial *t) {
    dx_buf out = {.arena = &t->kept};
    dx_buf_addz(&out, chance(2) ? "\xef\xbb\xbf" : "");
    for (uint32_t i = 0; i < t->pack->n_inputs; i++) {
        const dx_input *input = &t->pack->inputs[i];
        dx_buf_addz(&out, i ? "," : "");
        dx_buf_add(&out, input->name);
        for (uint32_t k = 0; k < input->n; k++)
            dx_buf_fmt(&out, ",%.*s", DX_FMT(t->pack->facts[input->first + k].path));
    }
    dx_buf_addz(&out, "\n");
    return dx_buf_str(&out);
}

/* --- comparing ---------------------------------------------------------------------------------
 */

static dx_str shown(dx_arena *arena, const dx_facts *facts, const dx_pack *pack) {
    dx_buf out = {.arena = arena};
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        dx_val_print(&out, facts->inputs[i], true);
        dx_buf_char(&out, ' ');
    }
    return dx_buf_str(&out);
}

static dx_str verdicts(trial *t, dx_arena *arena, const dx_run *run, const dx_assessment *a) {
    dx_buf out = {.arena = arena};
    dx_json_writer writer = {.out = &out};
    dx_assessment_json(t->pack, run, NULL, &t->options, a, true, &writer);
    return dx_buf_str(&out);
}

static void differ(trial *t, const char *what, dx_str record, dx_str want, dx_str got) {
    if (t->differ++ < SHOWN)
        printf("# %s: %.*s\n#   one at a time: %.*s\n#   in columns:    %.*s\n", what,
               DX_FMT(record), DX_FMT(want), DX_FMT(got));
}

static dx_str sentence(dx_arena *arena, const dx_diag *d) {
    if (!d)
        return DX_STR("(none)");
    dx_str zh = dx_diag_sentence(arena, d, DX_ZH), en = dx_diag_sentence(arena, d, DX_EN);
    return dx_str_fmt(arena, "%.*s %.*s %.*s", DX_FMT(d->place.element), DX_FMT(zh), DX_FMT(en));
}

/* One row both ways. Truth as a word that is none, and a number that JSON would write as such, are
 * written as JSON strings, so that the faults say the same. */
static void compare_row(trial *t, dx_intake *intake, dx_survey_run *survey, uint32_t row,
                        dx_str json, dx_str line) {
    dx_facts facts;
    dx_diags diags;
    const dx_row *got = &intake->records->rows[row];
    dx_arena_reset(&t->row);
    dx_run_reset(t->run);
    dx_diags_init(&diags, &t->row);
    t->compared++;
    const dx_json *root = dx_json_parse(&t->row, json, (dx_str){0}, &diags);
    bool good = root && dx_facts_read(t->pack, t->run, root, root, &facts, &diags);
    if (!good || got->fault) {
        dx_str want = sentence(&t->row, diags.first), have = sentence(&t->row, got->fault);
        t->faults++;
        if (!dx_str_eq(want, have))
            differ(t, "fault", got->record, want, have);
        return;
    }
    dx_facts read = dx_intake_facts(intake, row);
    dx_str want = shown(&t->row, &facts, t->pack), have = shown(&t->row, &read, t->pack);
    if (!dx_str_eq(want, have))
        differ(t, "facts", got->record, want, have);
    dx_verdict *one = DX_NEW_ARRAY(&t->row, dx_verdict, t->pack->n_items + 1);
    dx_verdict *many = DX_NEW_ARRAY(&t->row, dx_verdict, t->pack->n_items + 1);
    dx_assessment a = {.verdicts = one};
    dx_assess(t->pack, t->run, &facts, &t->options, &a);
    dx_assessment b = {.verdicts = many, .total = dx_survey_total(survey, row)};
    for (uint32_t i = 0; i < t->pack->n_items; i++) {
        many[i] = dx_survey_verdict(survey, i, row);
        t->eligible += many[i].status == DX_ELIGIBLE;
    }
    want = verdicts(t, &t->row, t->run, &a);
    if (!dx_str_eq(want, line))
        differ(t, "line", got->record, want, line);
    have = verdicts(t, &t->row, t->run, &b);
    if (!dx_str_eq(want, have))
        differ(t, "verdicts", got->record, want, have);
}

static void try_text(trial *t, dx_intake *intake, dx_survey_run *survey, dx_str text,
                     const dx_str *json, uint32_t n) {
    dx_csv csv;
    uint64_t lines;
    size_t cut = text.n;
    dx_csv_init(&csv, &t->row);
    if (intake->layout->n_columns)
        cut = dx_records_cut(&csv, text, true, DX_ROWS, &lines);
    if (cut != text.n)
        differ(t, "cut", DX_STR(""), text, (dx_str){text.p, cut});
    const dx_vector *fields = dx_intake_block(intake, text, 2);
    if (intake->records->n != n) {
        differ(t, "rows", DX_STR(""), DX_STR("?"), DX_STR("?"));
        return;
    }
    dx_survey_block(survey, fields, n);
    dx_buf out = {.arena = &t->text};
    dx_results_block(dx_results_new(&t->text, intake->layout, false, DX_EN), intake, survey, &out);
    dx_str rest = dx_buf_str(&out);
    for (uint32_t i = 0; i < n; i++) {
        const char *end = memchr(rest.p, '\n', rest.n);
        dx_str line = {rest.p, end ? (size_t)(end - rest.p) : 0};
        rest = (dx_str){rest.p + line.n + 1, rest.n - line.n - 1};
        compare_row(t, intake, survey, i, json[i], line);
    }
}

static dx_str with_margin(dx_buf *text) {
    size_t n = text->n;
    for (uint32_t i = 0; i < DX_RECORDS_MARGIN; i++)
        dx_buf_char(text, '\0');
    return (dx_str){text->p, n};
}

static void try_block(trial *t, dx_intake *csv_intake, dx_intake *line_intake,
                      dx_survey_run *survey) {
    static dx_str json[DX_ROWS];
    uint32_t n = chance(3) ? 1 + chance(DX_ROWS) : 1 + chance(5), known = chance(101);
    dx_buf csv = {.arena = &t->text}, lines = {.arena = &t->text};
    t->crlf = chance(2);
    t->quoted = chance(4) == 0;
    t->tame = chance(2);
    for (uint32_t i = 0; i < n; i++) {
        dx_buf object = {.arena = &t->text};
        put_row(t, &csv, &object, known);
        json[i] = dx_buf_str(&object);
        dx_buf_add(&lines, json[i]);
        dx_buf_addz(&lines, t->crlf ? "\r\n" : "\n");
    }
    try_text(t, csv_intake, survey, with_margin(&csv), json, n);
    try_text(t, line_intake, survey, with_margin(&lines), json, n);
    dx_arena_reset(&t->text);
}

static void run_trial(trial *t, uint32_t blocks) {
    uint32_t *options = DX_NEW_ARRAY(&t->kept, uint32_t, t->pack->n_readings + 1);
    dx_diags diags;
    dx_diags_init(&diags, &t->kept);
    dx_options_default(t->pack, options);
    t->options = (dx_options){.as_of = t->pack->valid_from, .options = options};
    t->survey = dx_survey_new(&t->kept, t->pack, &t->options);
    t->run = dx_run_new(&t->pack->dmn->program, &t->row);
    dx_layout *table = dx_layout_of_csv(&t->kept, t->survey, heading_of(t), (dx_str){0}, &diags);
    dx_layout *lines = dx_layout_of_lines(&t->kept, t->survey);
    for (uint32_t i = 0; i < t->pack->n_facts; i++) /* so that every value is there to compare */
        dx_layout_field(table, t->pack->facts[i].path);
    for (uint32_t i = 0; i < t->pack->n_facts; i++)
        dx_layout_field(lines, t->pack->facts[i].path);
    dx_intake *csv_intake = dx_intake_new(&t->kept, &t->columns, table);
    dx_intake *line_intake = dx_intake_new(&t->kept, &t->columns, lines);
    dx_survey_run *survey = dx_survey_run_new(t->survey, &t->block, &t->kept);
    for (uint32_t i = 0; i < blocks; i++)
        try_block(t, csv_intake, line_intake, survey);
    dx_survey_run_free(survey);
    dx_intake_free(csv_intake);
    dx_intake_free(line_intake);
    dx_run_free(t->run);
}

int main(int argc, char **argv) {
    static trial t;
    dx_trap traps[5];
    dx_diags diags;
    dx_arena *arenas[] = {&t.kept, &t.text, &t.row, &t.block, &t.columns};
    static int i; /* a jump may not clobber it */
    if (argc > 2)
        chance_state = strtoull(argv[2], NULL, 10);
    for (i = 0; i < 5; i++) {
        dx_arena_init(arenas[i], LIMIT);
        if (DX_TRAP(arenas[i], &traps[i]) != 0)
            return 1;
    }
    dx_diags_init(&diags, &t.kept);
    t.pack = dx_pack_load(&t.kept, dx_str_of(argv[1]), &diags);
    CHECK(t.pack && diags.errors == 0);
    run_trial(&t, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 25);
    printf("# %u rows, %u with faults, %u eligible items\n", t.compared, t.faults, t.eligible);
    CHECK(t.differ == 0);
    CHECK(t.compared > 1000 && t.faults > 100 && t.eligible > 1000);
    for (i = 0; i < 5; i++) {
        dx_trap_end(arenas[i], &traps[i]);
        dx_arena_done(arenas[i]);
    }
    return tap_done();
}
