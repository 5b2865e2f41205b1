/* A simulation against the row engine: every enterprise of a synthetic population assessed one by
 * one before and after a change, and counted by hand.
 *
 *     test_simulate PACK [enterprises] */
#include <stdlib.h>

#include "base/file.h"
#include "batch/population.h"
#include "batch/simulate.h"
#include "tap.h"

#define LIMIT ((size_t)4 << 30)
#define CHANGE \
    "{\"readings\": {\"R2\": \"floor\"}, \"values\": [" \
    "{\"model\": \"article-02.dmn\", \"decision\": \"技改补贴金额\", \"from\": 30000000, \"to\": \"20000000\"}," \
    "{\"model\": \"article-03.dmn\", \"decision\": \"奖励标准\", \"entry\": \"市级\", \"from\": 1000000, \"to\": 1200000.5}," \
    "{\"model\": \"article-10.dmn\", \"decision\": \"示范企业奖励金额\", \"rule\": 3, \"from\": 100000, \"to\": 150000}," \
    "{\"model\": \"article-05.dmn\", \"decision\": \"DCMM等级达标\", \"from\": 2, \"to\": 3}]," \
    "\"tariffs\": [{\"file\": \"tariffs/skill-2021-05-01.json\", \"row\": {\"等级\": \"五级\"}," \
    " \"column\": \"金额\", \"from\": 1500, \"to\": 1800}]}"

typedef struct trial {
    dx_arena kept, row;
    dx_pack *pack;
    dx_options options;
    const dx_population *population;
    uint64_t n;
    unsigned faults; /* rows that the row engine refuses, or that are not what they must be */
} trial;

/* --- by hand
 * ----------------------------------------------------------------------------------------- */

typedef struct tally {
    dx_people people;
    dx_item_change *items;
} tally;

static int64_t fen_of(trial *t, dx_num num) {
    int64_t fen = 0;
    t->faults += !dx_num_to_scaled(num, 2, &fen);
    return fen;
}

static void count_item(trial *t, dx_item_change *c, const dx_verdict *a, const dx_verdict *b,
                       bool reached) {
    const dx_verdict *sides[2] = {a, b};
    int64_t fen[2] = {0};
    for (int side = 0; side < 2; side++) {
        c->eligible[side] += sides[side]->status == DX_ELIGIBLE;
        c->undetermined[side] += sides[side]->status == DX_UNDETERMINED;
        c->paid[side] += sides[side]->has_amount;
        fen[side] = sides[side]->has_amount ? fen_of(t, sides[side]->amount) : 0;
        c->sum[side] += fen[side];
    }
    bool open = a->status == DX_UNDETERMINED || b->status == DX_UNDETERMINED;
    bool was = a->status == DX_ELIGIBLE, is = b->status == DX_ELIGIBLE;
    c->open += reached && open;
    c->gained += !open && !was && is;
    c->lost += !open && was && !is;
    c->more += was && is && fen[1] > fen[0];
    c->less += was && is && fen[1] < fen[0];
    t->faults += !reached && (a->status != b->status || fen[0] != fen[1]);
}

static void count_person(dx_people *p, bool open, int64_t before, int64_t after) {
    p->n++;
    p->undetermined += open;
    p->winners += !open && after > before;
    p->losers += !open && after < before;
    p->unchanged += !open && after == before;
    p->gains += !open && after > before ? after - before : 0;
    p->losses += !open && after < before ? before - after : 0;
    p->sum[0] += before;
    p->sum[1] += after;
}

static void assess(trial *t, dx_run *run, const dx_pack *pack, const dx_options *options,
                   const dx_json *json, dx_assessment *ret) {
    dx_diags diags;
    dx_facts facts;
    dx_diags_init(&diags, &t->row);
    dx_run_reset(run);
    ret->verdicts = DX_NEW_ARRAY(&t->row, dx_verdict, pack->n_items + 1);
    bool good = dx_facts_read(pack, run, json, json, &facts, &diags);
    if (!good)
        printf("# %s\n", dx_err_text(diags.first->code, DX_EN));
    t->faults += !good;
    dx_assess(pack, run, &facts, options, ret);
}

static void count_row(trial *t, dx_run **runs, const dx_reform *reform, const dx_vector *fields,
                      uint32_t row, tally *ret) {
    dx_assessment before, after;
    dx_diags diags;
    dx_buf text = {.arena = &t->row};
    dx_json_writer out = {.out = &text};
    dx_arena_reset(&t->row);
    dx_diags_init(&diags, &t->row);
    dx_rows_facts(&t->row, t->pack, fields, row, &out);
    const dx_json *json = dx_json_parse(&t->row, dx_buf_str(&text), DX_STR("row"), &diags);
    assess(t, runs[0], t->pack, &t->options, json, &before);
    assess(t, runs[1], reform->pack, &reform->options, json, &after);
    bool open = false;
    for (uint32_t i = 0; i < t->pack->n_items; i++) {
        const dx_verdict *a = &before.verdicts[i], *b = &after.verdicts[i];
        bool unclear = a->status == DX_UNDETERMINED || b->status == DX_UNDETERMINED;
        open |= unclear && reform->touches[i];
        count_item(t, &ret->items[i], a, b, reform->touches[i]);
    }
    count_person(&ret->people, open, fen_of(t, before.total), fen_of(t, after.total));
}

static void count_all(trial *t, const dx_reform *reform, tally *ret) {
    dx_rows *rows = dx_population_rows(&t->kept, t->population, t->n, 7);
    dx_vector *fields = DX_NEW_ARRAY(&t->kept, dx_vector, t->pack->n_facts + t->pack->n_inputs + 1);
    void *reader = rows->open(rows->self, &t->kept);
    dx_run *runs[2] = {dx_run_new(&t->pack->dmn->program, &t->row),
                       dx_run_new(&reform->pack->dmn->program, &t->row)};
    uint64_t first;
    uint32_t n;
    *ret = (tally){.items = DX_NEW_ARRAY(&t->kept, dx_item_change, t->pack->n_items + 1)};
    while ((n = rows->next(reader, fields, &first)) > 0)
        for (uint32_t i = 0; i < n; i++)
            count_row(t, runs, reform, fields, i, ret);
    dx_run_free(runs[0]);
    dx_run_free(runs[1]);
}

/* --- the simulation
 * --------------------------------------------------------------------------------- */

static bool read_change(trial *t, const char *text, dx_reform *ret, dx_diags *diags) {
    dx_diags_init(diags, &t->kept);
    const dx_json *root = dx_json_parse(&t->kept, dx_str_of(text), DX_STR("change"), diags);
    return root && dx_reform_read(&t->kept, t->pack, &t->options, root, root, DX_STR("change"),
                                  (dx_str){0}, ret, diags);
}

static bool simulate(trial *t, const dx_reform *reform, uint32_t threads, const char *figure,
                     dx_simulation *ret) {
    static const dx_str by[] = {{"企业.规模类型", sizeof "企业.规模类型" - 1},
                                {"安全.等级保护级别", sizeof "安全.等级保护级别" - 1}};
    dx_diags diags;
    dx_diags_init(&diags, &t->kept);
    dx_simulation_order order = {.pack = t->pack,
                                 .options = &t->options,
                                 .reform = reform,
                                 .rows = dx_population_rows(&t->kept, t->population, t->n, 7),
                                 .by = by,
                                 .n_by = 2,
                                 .figure = dx_str_of(figure),
                                 .open_most = 5,
                                 .threads = threads};
    return dx_simulate(&t->kept, &order, ret, &diags);
}

static bool same_people(const dx_people *a, const dx_people *b) {
    return a->n == b->n && a->winners == b->winners && a->losers == b->losers &&
           a->unchanged == b->unchanged && a->undetermined == b->undetermined &&
           a->gains == b->gains && a->losses == b->losses && a->sum[0] == b->sum[0] &&
           a->sum[1] == b->sum[1];
}

static void add_groups(const dx_grouping *grouping, dx_people *ret) {
    *ret = (dx_people){0};
    for (uint32_t i = 0; i < grouping->groups.n; i++) {
        const dx_people *p = &grouping->groups.v[i].people;
        ret->n += p->n;
        ret->winners += p->winners;
        ret->losers += p->losers;
        ret->unchanged += p->unchanged;
        ret->undetermined += p->undetermined;
        ret->gains += p->gains;
        ret->losses += p->losses;
        ret->sum[0] += p->sum[0];
        ret->sum[1] += p->sum[1];
    }
}

static dx_str as_json(trial *t, const dx_simulation *s) {
    dx_buf text = {.arena = &t->kept};
    dx_json_writer out = {.out = &text};
    dx_json_open(&out, '{');
    dx_simulation_json(&t->kept, s, 100, &out);
    dx_json_close(&out, '}');
    return dx_buf_str(&text);
}

static void compare(trial *t) {
    dx_reform reform;
    dx_diags diags;
    dx_simulation one, two;
    dx_people sum;
    tally want;
    bool good = read_change(t, CHANGE, &reform, &diags);
    for (const dx_diag *d = diags.first; d; d = d->next)
        printf("# %.*s\n", DX_FMT(dx_diag_sentence(&t->kept, d, DX_EN)));
    if (!tap_ok(good, "the change is read"))
        return;
    count_all(t, &reform, &want);
    tap_ok(t->faults == 0, "all rows are good, and items out of reach stay as they are");
    tap_ok(simulate(t, &reform, 1, "losers", &one), "one thread simulates");
    tap_ok(simulate(t, &reform, 2, "losers", &two), "two threads simulate");
    tap_ok(dx_str_eq(as_json(t, &one), as_json(t, &two)), "both say the same");
    tap_ok(same_people(&want.people, &one.people),
           "%llu winners, %llu losers, %llu undetermined of %llu, as by rows",
           (unsigned long long)one.people.winners, (unsigned long long)one.people.losers,
           (unsigned long long)one.people.undetermined, (unsigned long long)one.people.n);
    tap_ok(want.people.winners > 0 && want.people.losers > 0 && want.people.undetermined > 0,
           "there are some of each");
    tap_ok(memcmp(want.items, one.items, t->pack->n_items * sizeof *want.items) == 0,
           "every item is counted as by rows");
    for (uint32_t i = 0; i < one.n_groupings; i++) {
        add_groups(&one.groupings[i], &sum);
        tap_ok(one.groupings[i].groups.n > 3 && same_people(&sum, &one.people),
               "the groups of grouping %u add up to all", i);
    }
    tap_ok(one.n_behind == one.people.losers && one.opened.n == 5, "the figure opens");
    for (uint32_t i = 0; i < one.opened.n; i++)
        CHECK(one.opened.v[i].sum[1] < one.opened.v[i].sum[0]);
    uint64_t cliffs = 0;
    for (uint32_t i = 0; i < one.n_brinks; i++)
        cliffs += one.brinks[i].cliff[DX_AFTER];
    tap_ok(cliffs > 0 && one.brinks[0].cliff[DX_BEFORE] == 0,
           "reading the 70%% as a floor makes cliffs: %llu", (unsigned long long)cliffs);
}

static void change_nothing(trial *t) {
    dx_reform reform;
    dx_diags diags;
    dx_simulation s;
    tap_ok(read_change(t, "{}", &reform, &diags), "an empty change is read");
    tap_ok(dx_str_eq(reform.pack->id, t->pack->id) && reform.pack->files.n == t->pack->files.n,
           "and gives the same pack");
    tap_ok(simulate(t, &reform, 2, "", &s) && s.people.unchanged == t->n && s.n_brinks == 0 &&
               s.people.sum[0] == s.people.sum[1] && s.people.sum[0] > 0,
           "and changes nothing");
}

/* --- refusals
 * ------------------------------------------------------------------------------------------- */

static void refuse(trial *t, const char *text, dx_err code) {
    dx_reform reform;
    dx_diags diags;
    bool read = read_change(t, text, &reform, &diags);
    tap_ok(!read && diags.first && diags.first->code == code, "refused: %s", text);
    if (diags.first && diags.first->code != code)
        printf("# %.*s\n", DX_FMT(dx_diag_sentence(&t->kept, diags.first, DX_EN)));
}

#define VALUE(more) "{\"values\": [{\"model\": \"article-10.dmn\", \"decision\": " more "}]}"

static void refuse_all(trial *t) {
    refuse(t, "[]", DX_E_REFORM_OBJECT);
    refuse(t, "{\"value\": []}", DX_E_FACT_UNKNOWN_KEY);
    refuse(t, "{\"values\": {}}", DX_E_REFORM_LIST);
    refuse(t, "{\"values\": [1]}", DX_E_REFORM_OBJECT);
    refuse(t, "{\"readings\": {\"R99\": \"x\"}}", DX_E_READING_UNKNOWN);
    refuse(t, "{\"readings\": {\"R2\": \"x\"}}", DX_E_READING_OPTION);
    refuse(t, "{\"as_of\": \"2025-02-30\"}", DX_E_API_DATE);
    refuse(t, VALUE("\"无\", \"from\": 1, \"to\": 2"), DX_E_REFORM_ELEMENT);
    refuse(t, VALUE("\"功能区奖励金额\", \"from\": 7, \"to\": 2"), DX_E_REFORM_VALUE);
    refuse(t, VALUE("\"功能区奖励金额\", \"from\": 1000000"), DX_E_REFORM_LITERAL);
    refuse(t, VALUE("\"功能区奖励金额\", \"from\": 1000000, \"to\": \"<\""), DX_E_REFORM_LITERAL);
    refuse(t, VALUE("\"功能区奖励金额\", \"from\": 1000000, \"to\": -1"), DX_E_REFORM_LITERAL);
    refuse(t, VALUE("\"功能区奖励金额\", \"from\": 1000000, \"to\": 5, \"rule\": 2"),
           DX_E_REFORM_VALUE);
    refuse(t,
           "{\"values\": [{\"model\": \"article-03.dmn\", \"decision\": \"应扣金额\", \"from\": 0, "
           "\"to\": 2}]}",
           DX_E_REFORM_TWICE);
    refuse(t, "{\"values\": [{\"model\": \"x.dmn\", \"decision\": \"a\", \"from\": 0, \"to\": 2}]}",
           DX_E_REFORM_MODEL);
    refuse(t, "{\"models\": {\"article-02.dmn\": \"other.dmn\"}}", DX_E_REFORM_REPLACEMENT);
    refuse(t, "{\"models\": {\"article-02.dmn\": {\"xml\": \"<a/>\"}}}", DX_E_DMN_NAMESPACE);
    refuse(t,
           "{\"tariffs\": [{\"file\": \"x\", \"row\": {}, \"column\": \"金额\", \"from\": 1, "
           "\"to\": 2}]}",
           DX_E_REFORM_TARIFF);
    refuse(t,
           "{\"tariffs\": [{\"file\": \"tariffs/skill-2021-05-01.json\", \"row\": {\"等级\": "
           "\"六级\"}, \"column\": \"金额\", \"from\": 1, \"to\": 2}]}",
           DX_E_REFORM_ROW);
}

static void do_trial(trial *t, const char *path) {
    dx_diags diags;
    dx_str text;
    dx_diags_init(&diags, &t->kept);
    t->pack = dx_pack_load(&t->kept, dx_str_of(path), &diags);
    if (!tap_ok(t->pack && !diags.errors, "the pack loads"))
        return;
    uint32_t *chosen = DX_NEW_ARRAY(&t->kept, uint32_t, t->pack->n_readings + 1);
    dx_options_default(t->pack, chosen);
    t->options = (dx_options){.as_of = {.year = 2025, .month = 6, .day = 30}, .options = chosen};
    dx_str name = dx_str_fmt(&t->kept, "%s/population.json", path);
    if (dx_file_read(&t->kept, name, 1 << 20, &text, &diags))
        t->population = dx_population_read(&t->kept, t->pack, text, name, &diags);
    for (const dx_diag *d = diags.first; d; d = d->next)
        printf("# %.*s\n", DX_FMT(dx_diag_sentence(&t->kept, d, DX_EN)));
    if (!tap_ok(t->population, "the population is read"))
        return;
    compare(t);
    change_nothing(t);
    refuse_all(t);
}

int main(int argc, char **argv) {
    static trial t;
    dx_trap trap;
    t.n = argc > 2 ? strtoull(argv[2], NULL, 10) : 5000;
    dx_arena_init(&t.kept, LIMIT);
    dx_arena_init(&t.row, LIMIT);
    if (argc > 1) {
        dx_trap_begin(&t.kept, &trap);
        t.row.trap = &trap;
        if (setjmp(trap.env) == 0)
            do_trial(&t, argv[1]);
        dx_trap_end(&t.kept, &trap);
        t.row.trap = NULL;
        CHECK(trap.code == DX_OK);
    }
    dx_arena_done(&t.row);
    dx_arena_done(&t.kept);
    return tap_done();
}
