/* Loading models and test files: the faults of every file of models/ as load.txt (given as the
 * argument) has them; what a model of all kinds becomes; places behind entities and CDATA; memory
 * that runs out anywhere; and, when DMN_TCK names a copy of the DMN TCK, that all of it loads. */
#include <dirent.h>
#include <stdlib.h>

#include "base/file.h"
#include "dmn/model.h"
#include "dmn/tck.h"
#include "tap.h"

#define LIMIT ((size_t)1 << 30)

static dx_arena arena;
static dx_str folder; /* of the models, with a slash */

static dx_str read_file(dx_str path) {
    dx_str text = DX_STR("");
    if (!dx_file_read(&arena, path, LIMIT, &text, NULL))
        tap_ok(false, "cannot read %.*s", DX_FMT(path));
    return text;
}

static dx_str model_path(const char *name) {
    return dx_str_fmt(&arena, "%.*s%s", DX_FMT(folder), name);
}

static bool load(dx_arena *into, dx_str path, dx_str text, dx_diags *diags) {
    if (dx_str_ends(path, DX_STR(".xml")))
        return dx_tck_load(into, text, path, diags) != NULL;
    return dx_model_load(into, text, path, diags) != NULL;
}

/* ---- faults ---- */

static dx_str faults_of(dx_str path) {
    dx_diags diags;
    dx_diags_init(&diags, &arena);
    dx_buf out = {.arena = &arena};
    if (!load(&arena, path, read_file(path), &diags))
        dx_buf_addz(&out, "none ");
    for (const dx_diag *d = diags.first; d; d = d->next)
        dx_buf_fmt(&out, "%s %u:%u ", dx_err_name(d->code), d->place.line, d->place.column);
    return out.n ? dx_str_trim(dx_buf_str(&out)) : DX_STR("ok");
}

static void test_faults(dx_str cases) {
    while (cases.n) {
        const char *newline = memchr(cases.p, '\n', cases.n);
        dx_str line = {cases.p, newline ? (size_t)(newline - cases.p) : cases.n};
        cases.p += line.n + (newline != NULL);
        cases.n -= line.n + (newline != NULL);
        const char *colon = memchr(line.p, ':', line.n);
        if (line.n == 0 || line.p[0] == '#' || !colon)
            continue;
        const char *name = dx_str_z(&arena, (dx_str){line.p, (size_t)(colon - line.p)});
        dx_str want = {colon + 2, line.n - (size_t)(colon + 2 - line.p)};
        tap_str(faults_of(model_path(name)), want, "load.txt", 0, name);
    }
}

/* A fault names file and element, and is shown in both languages. */
static void test_sentence(void) {
    dx_diags diags;
    dx_diags_init(&diags, &arena);
    dx_str text = read_file(model_path("rule-cells.dmn"));
    dx_model_load(&arena, text, DX_STR("m.dmn"), &diags);
    dx_buf out = {.arena = &arena};
    dx_diag_print(&out, diags.first, DX_EN);
    dx_diag_print(&out, diags.first, DX_ZH);
    CHECK_STR(
        dx_buf_str(&out),
        "m.dmn:7:7: error: decision 'd', rule 1: the number of input entries of the rule is 2; it "
        "must be that of the table's inputs, 1\n"
        "m.dmn:7:7: 错误: 决策“d”，第 1 条规则: 规则有 2 个输入单元格，应为 1 个\n");
}

static void test_size(void) {
    dx_diags diags;
    dx_diags_init(&diags, &arena);
    size_t n = ((size_t)16 << 20) + 1;
    char *p = dx_alloc(&arena, n);
    memset(p, ' ', n);
    CHECK(!dx_model_load(&arena, (dx_str){p, n}, DX_STR("m.dmn"), &diags));
    CHECK_INT(diags.first->code, DX_E_FILE_TOO_LARGE);
    dx_diags_init(&diags, &arena);
    CHECK(!dx_model_load(&arena, (dx_str){NULL, 0}, DX_STR("m.dmn"), &diags));
    CHECK_INT(diags.first->code, DX_E_XML_EMPTY);
}

/* ---- what becomes of a model ---- */

static dx_model *load_good(const char *name) {
    dx_diags diags;
    dx_diags_init(&diags, &arena);
    dx_str path = model_path(name);
    return dx_model_load(&arena, read_file(path), path, &diags);
}

static const dx_element *find(const dx_model *m, const char *name) {
    for (uint32_t i = 0; i < m->n_elements; i++)
        if (dx_str_is(m->elements[i].name, name))
            return &m->elements[i];
    abort();
}

static void test_versions(void) {
    static const char *const files[] = {"version-12.dmn", "version-13.dmn", "version-14.dmn",
                                        "version-15.dmn"};
    for (uint32_t i = 0; i < 4; i++) {
        const dx_model *m = load_good(files[i]);
        CHECK_INT(m->version, 12 + i);
        CHECK_STR(m->elements[0].expr->text.s, "1");
    }
    const dx_model *m = load_good("prefix.dmn");
    CHECK_STR(m->name, "m");
    CHECK_INT(m->n_elements, 1);
    CHECK_STR(m->elements[0].variable, "税额");
}

static void test_items(const dx_model *m) {
    CHECK_INT(m->n_items, 3);
    const dx_item_def *t = &m->items[0];
    CHECK_STR(t->name, "t金额");
    CHECK_STR(t->label, "金额");
    CHECK_STR(t->description, "以元计");
    CHECK_STR(t->type_ref.s, "feel:number");
    CHECK_STR(t->allowed.s, "[0..100]");
    CHECK_STR(t->constraint.s, "count(?) > 0");
    CHECK(t->is_collection);
    CHECK_INT(m->items[1].n_components, 2);
    CHECK_STR(m->items[1].components[1].components[0].name, "区");
    CHECK(m->items[2].is_function);
    CHECK_STR(m->items[2].type_ref.s, "number");
    CHECK_STR(m->items[2].function_params[0].name, "a");
    CHECK_STR(m->items[2].function_params[0].type_ref.s, "number");
}

static void test_graph(const dx_model *m) {
    CHECK_STR(m->imports[0].name, "公共");
    CHECK_STR(m->imports[0].location, "o.dmn");
    CHECK_STR(m->description, "全部种类");
    CHECK_INT(m->n_elements, 6);
    CHECK_STR(find(m, "企业")->type_ref.s, "t企业");
    CHECK_STR(find(m, "企业")->description, "问？");
    CHECK_STR(find(m, "第一条")->location, "urn:k");
    const dx_element *d = find(m, "税额");
    CHECK_STR(d->variable, "税");
    CHECK_STR(d->question, "多少？");
    CHECK_STR(d->answers, "金额");
    CHECK_INT(d->n_required_inputs, 1);
    CHECK_STR(d->required_decisions[0].ns, "urn:o");
    CHECK_STR(d->required_knowledge[0].ns, "");
    CHECK_STR(d->required_knowledge[0].id, "b");
    CHECK_STR(d->authorities[0].id, "k");
    const dx_element *f = find(m, "f");
    CHECK_INT(f->expr->kind, DX_X_FUNCTION);
    CHECK_STR(f->expr->function_kind, "FEEL");
    CHECK_STR(f->expr->entries[0].name, "a");
    CHECK_STR(f->expr->child[0]->text.s, "a + 1");
    const dx_element *s = find(m, "s");
    CHECK_STR(s->outputs[0].id, "d");
    CHECK_STR(s->encapsulated[0].id, "e");
    CHECK_STR(s->input_data[0].id, "i");
    CHECK_INT(s->n_input_decisions, 0);
}

static void test_table(const dx_dtable *t) {
    CHECK_INT(t->hit, DX_HIT_COLLECT);
    CHECK_INT(t->aggregation, DX_AGG_MAX);
    CHECK_STR(t->output_label, "税");
    CHECK_STR(t->inputs[0].expression.s, "企业.地址.区");
    CHECK_STR(t->inputs[0].allowed.s, "\"a\",\"b\"");
    CHECK_STR(t->inputs[0].type_ref.s, "string");
    CHECK_STR(t->outputs[0].allowed.s, "1,2");
    CHECK_STR(t->outputs[0].default_entry.s, "0");
    CHECK_STR(t->annotations[1], "说明");
    CHECK_INT(t->n_rules, 2);
    CHECK_STR(t->rules[0].id, "r1");
    CHECK_STR(t->rules[0].description, "一");
    CHECK_STR(t->rules[0].inputs[1].s, "< 5");
    CHECK_INT(t->rules[0].inputs[1].line, t->rules[0].line + 4);
    CHECK_INT(t->rules[0].inputs[1].column, 11);
    CHECK_STR(t->rules[0].annotations[0].s, "第一条");
    CHECK_STR(t->rules[0].annotations[1].s, "");
    CHECK_STR(t->rules[1].inputs[1].s, "");
    CHECK_INT(t->rules[1].inputs[1].column, 21);
}

static void test_boxed(const dx_expr *x) {
    static const dx_expr_kind kinds[] = {DX_X_LIST,        DX_X_RELATION, DX_X_INVOCATION,
                                         DX_X_CONDITIONAL, DX_X_FILTER,   DX_X_FOR,
                                         DX_X_SOME,        DX_X_EVERY,    DX_X_FUNCTION};
    CHECK_INT(x->kind, DX_X_CONTEXT);
    CHECK_INT(x->n_entries, 9);
    for (uint32_t i = 0; i < 9; i++)
        CHECK_INT(x->entries[i].value->kind, kinds[i]);
    CHECK_STR(x->entries[0].type_ref.s, "number");
    CHECK_STR(x->entries[0].value->entries[1].value->text.s, "2");
    const dx_expr *relation = x->entries[1].value;
    CHECK_INT(relation->n_columns, 2);
    CHECK_INT(relation->n_rows, 1);
    CHECK_STR(relation->columns[0].type_ref.s, "number");
    CHECK_STR(relation->entries[1].value->text.s, "2");
    CHECK_STR(x->entries[2].value->child[0]->text.s, "f");
    CHECK_STR(x->entries[2].value->entries[0].name, "a");
    CHECK_STR(x->entries[3].value->child[2]->text.s, "2");
    CHECK_STR(x->entries[4].value->child[1]->text.s, "item = 1");
    CHECK_STR(x->entries[5].value->iterator_var, "i");
    CHECK_STR(x->entries[5].value->iterator_type_ref.s, "number");
    CHECK_STR(x->entries[6].value->child[1]->text.s, "i = 1");
    CHECK_STR(x->entries[7].value->child[1]->language, "urn:js");
    CHECK_STR(x->entries[8].name, "");
}

/* ---- places ---- */

static void check_at(const dx_text *text, const char *what, uint32_t line, uint32_t column) {
    const char *all = dx_str_z(&arena, text->s), *p = strstr(all, what);
    uint32_t l = 0, c = 0;
    if (p)
        dx_text_at(text, (size_t)(p - all), &l, &c);
    tap_ok(l == line && c == column, "%s is at %u:%u, wanted %u:%u", what, l, c, line, column);
}

static void test_places(void) {
    const dx_model *m = load_good("places.dmn");
    const dx_element *e = &m->elements[0];
    const dx_text *text = &e->expr->text;
    CHECK_STR(e->type_ref.s, "number");
    CHECK_INT(e->type_ref.line, 4);
    CHECK_INT(e->type_ref.column, 51);
    CHECK_STR(text->s, "若 < 1 and\n  b <= 2 < 3 or x");
    CHECK_INT(text->line, 5);
    CHECK_INT(text->column, 7);
    check_at(text, "<", 5, 9);
    check_at(text, "1 and", 5, 14);
    check_at(text, "b <", 6, 3);
    check_at(text, "= 2", 6, 9);
    check_at(text, "2 <", 6, 11);
    check_at(text, "< 3", 6, 27);
    check_at(text, "or x", 6, 44);
    dx_place whole = dx_text_place(text, m->file, NULL);
    dx_place place = dx_place_in(&whole, text->s.n, text->s.n);
    CHECK_INT(place.line, 6);
    CHECK_INT(place.column, 48);
}

/* ---- memory ---- */

/* With the n-th allocation failing for every n, loading ends in the trap and gives all back (which
 * the sanitizers of the test build check). */
static void test_memory(const char *name) {
    dx_str path = model_path(name), text = read_file(path);
    bool done = false;
    uint64_t n = 0;
    while (!done) {
        dx_arena own;
        dx_trap trap;
        dx_arena_init(&own, LIMIT);
        dx_fail_at = ++n;
        if (DX_TRAP(&own, &trap)) {
            if (trap.code != DX_E_MEMORY)
                tap_ok(false, "%s: code %d", name, (int)trap.code);
        } else {
            dx_diags diags;
            dx_diags_init(&diags, &own);
            load(&own, path, text, &diags);
            done = dx_fail_at != 0;
        }
        dx_fail_at = 0;
        dx_trap_end(&own, &trap);
        dx_arena_done(&own);
    }
    tap_ok(n > 3, "%s: memory may run out at any of %u allocations", name, (unsigned)n - 1);
}

/* The limit of the caller's arena holds too. */
static void test_limit(void) {
    dx_str path = model_path("boxed.dmn"), text = read_file(path);
    dx_arena own;
    dx_trap trap;
    dx_arena_init(&own, 12 << 10);
    if (!DX_TRAP(&own, &trap))
        load(&own, path, text, NULL);
    dx_trap_end(&own, &trap);
    dx_arena_done(&own);
    CHECK_INT(trap.code, DX_E_LIMIT_BYTES);
}

/* ---- the TCK ---- */

static uint32_t loaded;

static void load_clean(dx_str path) {
    dx_diags diags;
    dx_mark mark = dx_arena_mark(&arena);
    dx_diags_init(&diags, &arena);
    bool ok = load(&arena, path, read_file(path), &diags) && diags.errors == 0;
    loaded++;
    if (!ok) {
        dx_buf out = {.arena = &arena};
        dx_diags_print(&out, &diags, DX_EN);
        tap_ok(false, "%.*s", DX_FMT(path));
        printf("# %.*s", DX_FMT(dx_buf_str(&out)));
    }
    dx_arena_rewind(&arena, mark);
}

static void load_folder(dx_str path, int depth) {
    DIR *dir = opendir(dx_str_z(&arena, path));
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        dx_str child = dx_str_fmt(&arena, "%.*s/%s", DX_FMT(path), entry->d_name);
        if (dx_str_ends(child, DX_STR(".dmn")) || dx_str_ends(child, DX_STR(".xml")))
            load_clean(child);
        else if (depth > 0)
            load_folder(child, depth - 1);
    }
    closedir(dir);
}

static void test_tck(void) {
    const char *path = getenv("DMN_TCK");
    if (!path) {
        tap_ok(true, "SKIP no DMN TCK: set DMN_TCK to its folder to load all of it");
        return;
    }
    load_folder(dx_str_of(path), 3);
    tap_ok(loaded > 0, "%u files of the TCK were loaded", loaded);
}

static void test_all(dx_str cases) {
    size_t n = cases.n;
    while (n > 0 && cases.p[n - 1] != '/')
        n--;
    folder = dx_str_fmt(&arena, "%.*smodels/", (int)n, cases.p);
    test_faults(read_file(cases));
    test_sentence();
    test_size();
    test_versions();
    const dx_model *m = load_good("boxed.dmn");
    test_items(m);
    test_graph(m);
    test_table(find(m, "税额")->expr->table);
    test_boxed(find(m, "e")->expr);
    test_places();
    test_memory("boxed.dmn");
    test_memory("places.dmn");
    test_memory("missing.dmn");
    test_memory("xml-doctype.dmn");
    test_memory("xml-depth.dmn");
    test_memory("tck-good.xml");
    test_memory("tck-broken.xml");
    test_limit();
    test_tck();
}

int main(int argc, char **argv) {
    dx_trap trap;
    dx_arena_init(&arena, LIMIT);
    if (DX_TRAP(&arena, &trap))
        tap_ok(false, "raised %s", dx_err_name(trap.code));
    else
        test_all(dx_str_of(argc > 1 ? argv[1] : "tests/dmn/load.txt"));
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
