/* See reform.h. Values are found among the tokens of the expressions of the element that is named,
 * and replaced where those tokens stand in the file; then the loader of packs reads the files. */
#include "batch/reform.h"

#include "base/file.h"
#include "feel/lexer.h"
#include "policy/pack_load.h"

enum { MODEL_BYTES_MAX = 8 * 1024 * 1024 };

/* One stretch of a file that becomes another text. */
typedef struct edit {
    uint32_t file, from, to;
    dx_str text;
} edit;

typedef struct reformer {
    dx_arena *arena;
    const dx_pack *base;
    const dx_json *root, *change;
    dx_str name, folder;
    dx_reform *ret;
    dx_diags *diags;
    dx_pack_file *files;     /* of the new pack, in the order of names */
    const dx_model **models; /* of the new pack, before values are changed; by file, or NULL */
    uint32_t n_files;
    DX_VEC(edit) edits;
    bool *changed; /* by node of the base pack's graph */
} reformer;

/* --- faults and members
 * ----------------------------------------------------------------------------- */

static void fault(reformer *r, const dx_json *node, dx_err code, dx_str a, dx_str b, dx_str c) {
    dx_place place = dx_json_place(r->arena, r->root, node);
    place.file = r->name;
    dx_diag_add(r->diags, code, place, a, b, c);
}

/* Every key of an object must be one of those in `known`, which are parted by ", ". */
static void check_keys(reformer *r, const dx_json *object, const char *known) {
    for (size_t i = 0; i < object->n; i++) {
        dx_str key = object->items[i].key;
        bool found = false;
        for (const char *p = known; p && !found; p = strchr(p, ' '), p = p ? p + 1 : NULL)
            found = strncmp(p, key.p, key.n) == 0 && (p[key.n] == ',' || p[key.n] == '\0');
        if (found)
            continue;
        dx_place place = dx_json_key_place(r->arena, r->root, &object->items[i]);
        place.file = r->name;
        dx_diag_add(r->diags, DX_E_FACT_UNKNOWN_KEY, place, key, dx_str_of(known), (dx_str){0});
    }
}

/* A member that must be a text; empty with a fault when it is none. */
static dx_str text_of(reformer *r, const dx_json *object, const char *key) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    if (node && node->kind == DX_JSON_STRING && node->text.n)
        return node->text;
    fault(r, node ? node : object, DX_E_REFORM_FIELD, dx_str_of(key), (dx_str){0}, (dx_str){0});
    return (dx_str){0};
}

/* The entries of a list of objects; those that are no objects are faults and left out. */
static const dx_json *next_entry(reformer *r, const dx_json *list, size_t *at) {
    while (list && *at < list->n) {
        const dx_json *entry = &list->items[(*at)++];
        if (entry->kind == DX_JSON_OBJECT)
            return entry;
        fault(r, entry, DX_E_REFORM_OBJECT, (dx_str){0}, (dx_str){0}, (dx_str){0});
    }
    return NULL;
}

static const dx_json *part(reformer *r, const char *key, dx_json_kind kind) {
    const dx_json *node = dx_json_get(r->change, dx_str_of(key));
    if (!node || node->kind == kind)
        return node;
    fault(r, node, kind == DX_JSON_ARRAY ? DX_E_REFORM_LIST : DX_E_REFORM_OBJECT, (dx_str){0},
          (dx_str){0}, (dx_str){0});
    return NULL;
}

static dx_str join_names(dx_arena *arena, dx_str list, dx_str name) {
    return list.n ? dx_str_fmt(arena, "%.*s, %.*s", DX_FMT(list), DX_FMT(name)) : name;
}

/* --- literals
 * --------------------------------------------------------------------------------------- */

/* A number or a text as a change writes it: 0.1, "0.1" (the same number), "AA" (a text). */
typedef struct literal {
    bool is_number;
    dx_num num;
    dx_str text;
} literal;

static bool literal_of(reformer *r, const dx_json *object, const char *key, literal *ret) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    bool scalar = node && (node->kind == DX_JSON_STRING || node->kind == DX_JSON_NUMBER);
    *ret = (literal){0};
    if (scalar) {
        ret->text = node->text;
        ret->is_number = dx_num_parse(r->arena, node->text, &ret->num) &&
                         dx_num_text_digits(node->text) <= DX_NUM_DIGITS;
        bool plain = node->text.n > 0;
        for (size_t i = 0; i < node->text.n && !ret->is_number; i++)
            plain = plain && (uint8_t)node->text.p[i] >= ' ' && !strchr("\"\\<>&", node->text.p[i]);
        if (plain && (!ret->is_number || dx_num_sign(ret->num) >= 0))
            return true;
    }
    fault(r, node ? node : object, DX_E_REFORM_LITERAL, dx_str_of(key), (dx_str){0}, (dx_str){0});
    return false;
}

/* As FEEL writes it. */
static dx_str literal_source(dx_arena *arena, const literal *l) {
    dx_buf text = {.arena = arena};
    if (l->is_number)
        dx_num_print(&text, l->num);
    else
        dx_buf_fmt(&text, "\"%.*s\"", DX_FMT(l->text));
    return dx_buf_str(&text);
}

static bool is_literal(dx_arena *arena, dx_str text, const dx_token *token, const literal *wanted) {
    dx_num num;
    dx_str value;
    dx_token bad;
    dx_str source = {text.p + token->from, token->to - token->from};
    if (token->kind == DX_TOK_NUMBER)
        return wanted->is_number && dx_num_parse(arena, source, &num) &&
               dx_num_cmp(num, wanted->num) == 0;
    return token->kind == DX_TOK_STRING && !wanted->is_number &&
           dx_lex_string(arena, text, token, &value, &bad) && dx_str_eq(value, wanted->text);
}

/* --- values in elements
 * ------------------------------------------------------------------------------ */

/* A search for a literal in the expressions of an element. */
typedef struct search {
    reformer *r;
    literal from;
    uint32_t rule; /* only in this rule of a table; 0: anywhere */
    dx_str entry;  /* only in this entry of a context; empty: anywhere */
    uint32_t in_rule;
    dx_str in_entry;
    uint32_t n; /* found */
    dx_text text;
    dx_token token; /* of the last found */
    dx_str others;  /* the literals that were met */
} search;

static bool is_met(const search *s) {
    return (s->rule == 0 || s->rule == s->in_rule) &&
           (s->entry.n == 0 || dx_str_eq(s->entry, s->in_entry));
}

static void meet(search *s, const dx_text *text, const dx_token *token) {
    dx_str source = {text->s.p + token->from, token->to - token->from};
    if (!is_met(s))
        return;
    if (is_literal(s->r->arena, text->s, token, &s->from)) {
        s->n++;
        s->text = *text;
        s->token = *token;
    }
    s->others = join_names(s->r->arena, s->others, source);
}

/* In {a: 1, b: 2}, 2 stands in the entry b. */
static void search_text(search *s, const dx_text *text) {
    dx_str outer = s->in_entry;
    uint32_t key = 0;
    for (dx_token token = dx_lex(text->s, 0); token.kind != DX_TOK_END && token.kind != DX_TOK_BAD;
         token = dx_lex(text->s, token.to)) {
        if (token.kind == DX_TOK_LBRACE || token.kind == DX_TOK_COMMA)
            key = token.to;
        else if (token.kind == DX_TOK_COLON)
            s->in_entry = dx_str_trim((dx_str){text->s.p + key, token.from - key});
        else if (token.kind == DX_TOK_NUMBER || token.kind == DX_TOK_STRING)
            meet(s, text, &token);
    }
    s->in_entry = outer;
}

static void search_table(search *s, const dx_dtable *table) {
    for (uint32_t i = 0; i < table->n_inputs; i++)
        search_text(s, &table->inputs[i].expression);
    for (uint32_t i = 0; i < table->n_rules; i++) {
        s->in_rule = i + 1;
        for (uint32_t k = 0; k < table->n_inputs; k++)
            search_text(s, &table->rules[i].inputs[k]);
        for (uint32_t k = 0; k < table->n_outputs; k++)
            search_text(s, &table->rules[i].outputs[k]);
    }
    s->in_rule = 0;
    for (uint32_t i = 0; i < table->n_outputs; i++)
        search_text(s, &table->outputs[i].default_entry);
}

/* Expressions are no deeper than the XML reader allows. */
static void search_expr(search *s, const dx_expr *expr) {
    dx_str outer = s->in_entry;
    if (!expr)
        return;
    if (expr->kind == DX_X_LITERAL)
        search_text(s, &expr->text);
    if (expr->table)
        search_table(s, expr->table);
    for (uint32_t i = 0; i < expr->n_entries; i++) {
        s->in_entry = expr->entries[i].name.n ? expr->entries[i].name : outer;
        search_expr(s, expr->entries[i].value);
    }
    s->in_entry = outer;
    for (uint32_t i = 0; i < 3; i++)
        search_expr(s, expr->child[i]);
}

/* --- places in files
 * --------------------------------------------------------------------------------- */

static uint32_t find_file(const reformer *r, dx_str name) {
    for (uint32_t i = 0; i < r->n_files; i++)
        if (dx_str_eq(r->files[i].name, name))
            return i;
    return DX_NONE;
}

/* The byte at a line and column, both counted from 1, columns in characters. */
static uint32_t byte_at(dx_str source, uint32_t line, uint32_t column) {
    size_t at = 0;
    for (; line > 1 && at < source.n; at++)
        line -= source.p[at] == '\n';
    while (column > 1 && at < source.n) {
        do
            at++;
        while (at < source.n && ((uint8_t)source.p[at] & 0xc0) == 0x80);
        column--;
    }
    return (uint32_t)at;
}

static uint32_t byte_in(dx_str source, const dx_text *text, uint32_t at) {
    uint32_t line, column;
    dx_text_at(text, at, &line, &column);
    return byte_at(source, line, column);
}

static void add_edit(reformer *r, const dx_json *node, edit e) {
    for (uint32_t i = 0; i < r->edits.n; i++)
        if (r->edits.v[i].file == e.file && e.from < r->edits.v[i].to &&
            r->edits.v[i].from < e.to) {
            fault(r, node, DX_E_REFORM_AGAIN, (dx_str){0}, (dx_str){0}, (dx_str){0});
            return;
        }
    dx_vec_push(r->arena, &r->edits, e);
}

/* --- a value of a decision
 * --------------------------------------------------------------------------- */

static dx_str model_names(const reformer *r) {
    dx_str names = {0};
    for (uint32_t i = 0; i < r->n_files; i++)
        if (r->models[i])
            names = join_names(r->arena, names, r->files[i].name);
    return names;
}

static const dx_model *find_model(reformer *r, const dx_json *change, uint32_t *ret_file) {
    dx_str name = text_of(r, change, "model");
    *ret_file = find_file(r, name);
    if (name.n == 0 || (*ret_file != DX_NONE && r->models[*ret_file]))
        return name.n ? r->models[*ret_file] : NULL;
    fault(r, dx_json_get(change, DX_STR("model")), DX_E_REFORM_MODEL, name, model_names(r),
          (dx_str){0});
    return NULL;
}

static bool has_logic(const dx_element *element) {
    return element->kind == DX_EL_DECISION || element->kind == DX_EL_BKM;
}

static const dx_element *find_element(reformer *r, const dx_json *change, const dx_model *model) {
    dx_str name = text_of(r, change, "decision"), names = {0};
    for (uint32_t i = 0; i < model->n_elements; i++) {
        const dx_element *element = &model->elements[i];
        if (!has_logic(element))
            continue;
        if (dx_str_eq(element->name, name))
            return element;
        names = join_names(r->arena, names, element->name);
    }
    if (name.n)
        fault(r, dx_json_get(change, DX_STR("decision")), DX_E_REFORM_ELEMENT, model->file, name,
              names);
    return NULL;
}

static bool rule_of(reformer *r, const dx_json *change, uint32_t *ret) {
    const dx_json *node = dx_json_get(change, DX_STR("rule"));
    dx_num number;
    int64_t rule = 0;
    *ret = 0;
    if (!node)
        return true;
    if (node->kind == DX_JSON_NUMBER && dx_num_parse(r->arena, node->text, &number) &&
        dx_num_to_int64(number, &rule) && rule > 0 && rule < 1000000) {
        *ret = (uint32_t)rule;
        return true;
    }
    fault(r, node, DX_E_REFORM_FIELD, DX_STR("rule"), (dx_str){0}, (dx_str){0});
    return false;
}

static void mark_element(reformer *r, const dx_model *model, const dx_element *element) {
    const dx_dmn *dmn = r->base->dmn;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dx_str_eq(dmn->nodes[i].model->file, model->file) &&
            dx_str_eq(dmn->nodes[i].element->id, element->id) &&
            dx_str_eq(dmn->nodes[i].element->name, element->name))
            r->changed[i] = true;
}

static void change_value(reformer *r, const dx_json *change) {
    search s = {.r = r};
    literal to;
    uint32_t file;
    check_keys(r, change, "model, decision, rule, entry, from, to, note");
    const dx_model *model = find_model(r, change, &file);
    const dx_element *element = model ? find_element(r, change, model) : NULL;
    const dx_json *entry = dx_json_get(change, DX_STR("entry"));
    bool given = literal_of(r, change, "from", &s.from);
    given &= literal_of(r, change, "to", &to);
    given &= rule_of(r, change, &s.rule);
    if (entry)
        given &= (s.entry = text_of(r, change, "entry")).n > 0;
    if (!element || !given)
        return;
    search_expr(&s, element->expr);
    const dx_json *at = dx_json_get(change, DX_STR("from"));
    dx_str wanted = literal_source(r->arena, &s.from);
    if (s.n == 0) {
        fault(r, at, DX_E_REFORM_VALUE, element->name, wanted, s.others.n ? s.others : DX_STR("-"));
        return;
    }
    if (s.n > 1) {
        fault(r, at, DX_E_REFORM_TWICE, element->name, wanted, dx_str_fmt(r->arena, "%u", s.n));
        return;
    }
    dx_str source = r->files[file].bytes;
    add_edit(r, at,
             (edit){.file = file,
                    .from = byte_in(source, &s.text, s.token.from),
                    .to = byte_in(source, &s.text, s.token.to),
                    .text = literal_source(r->arena, &to)});
    mark_element(r, model, element);
}

/* --- a row of a tariff
 * --------------------------------------------------------------------------------- */

static bool same_scalar(dx_arena *arena, const dx_json *a, const dx_json *b) {
    dx_num x, y;
    if (!a || !b || a->kind != b->kind)
        return false;
    if (a->kind == DX_JSON_NUMBER)
        return dx_num_parse(arena, a->text, &x) && dx_num_parse(arena, b->text, &y) &&
               dx_num_cmp(x, y) == 0;
    return a->kind != DX_JSON_STRING || dx_str_eq(a->text, b->text);
}

static bool is_row(dx_arena *arena, const dx_json *row, const dx_json *wanted) {
    for (size_t i = 0; i < wanted->n; i++)
        if (!same_scalar(arena, dx_json_get(row, wanted->items[i].key), &wanted->items[i]))
            return false;
    return wanted->n > 0;
}

static bool is_tariff(const dx_json *tariffs, dx_str name, dx_str *ret_input) {
    for (size_t i = 0; tariffs && i < tariffs->n; i++) {
        const dx_json *files = dx_json_get(&tariffs->items[i], DX_STR("files"));
        for (size_t k = 0; files && k < files->n; k++)
            if (dx_str_eq(files->items[k].text, name)) {
                *ret_input = dx_json_get(&tariffs->items[i], DX_STR("input"))->text;
                return true;
            }
    }
    return false;
}

/* The tariff file that a change names, and the input of the models that it fills. */
static uint32_t find_tariff(reformer *r, const dx_json *change, dx_str *ret_input) {
    dx_str name = text_of(r, change, "file");
    uint32_t policy = find_file(r, DX_STR("policy.json")), file = find_file(r, name);
    const dx_json *json =
        dx_json_parse(r->arena, r->files[policy].bytes, DX_STR("policy.json"), r->diags);
    if (name.n == 0)
        return DX_NONE;
    if (file != DX_NONE && is_tariff(dx_json_get(json, DX_STR("tariffs")), name, ret_input))
        return file;
    fault(r, dx_json_get(change, DX_STR("file")), DX_E_REFORM_TARIFF, name, (dx_str){0},
          (dx_str){0});
    return DX_NONE;
}

static const dx_json *find_row(reformer *r, const dx_json *change, const dx_json *tariff) {
    const dx_json *wanted = dx_json_get(change, DX_STR("row")), *found = NULL;
    const dx_json *rows = dx_json_get(tariff, DX_STR("rows"));
    uint32_t n = 0;
    if (!wanted || wanted->kind != DX_JSON_OBJECT) {
        fault(r, wanted ? wanted : change, DX_E_REFORM_FIELD, DX_STR("row"), (dx_str){0},
              (dx_str){0});
        return NULL;
    }
    for (size_t i = 0; rows && i < rows->n; i++)
        if (is_row(r->arena, &rows->items[i], wanted)) {
            found = &rows->items[i];
            n++;
        }
    if (n != 1)
        fault(r, wanted, DX_E_REFORM_ROW, dx_str_fmt(r->arena, "%u", n), (dx_str){0}, (dx_str){0});
    return n == 1 ? found : NULL;
}

static void change_tariff(reformer *r, const dx_json *change) {
    literal from, to;
    dx_str input = {0};
    check_keys(r, change, "file, row, column, from, to, note");
    uint32_t file = find_tariff(r, change, &input);
    dx_str column = text_of(r, change, "column");
    bool given = literal_of(r, change, "from", &from);
    given &= literal_of(r, change, "to", &to);
    if (file == DX_NONE || !column.n || !given)
        return;
    const dx_json *tariff =
        dx_json_parse(r->arena, r->files[file].bytes, r->files[file].name, r->diags);
    const dx_json *row = tariff ? find_row(r, change, tariff) : NULL;
    if (!row)
        return;
    const dx_json *cell = dx_json_get(row, column);
    dx_num num;
    bool is_number = cell && cell->kind == DX_JSON_NUMBER && from.is_number && to.is_number &&
                     dx_num_parse(r->arena, cell->text, &num);
    if (!is_number || dx_num_cmp(num, from.num) != 0) {
        fault(r, dx_json_get(change, DX_STR("from")), DX_E_REFORM_VALUE, column,
              literal_source(r->arena, &from), is_number ? cell->text : DX_STR("-"));
        return;
    }
    add_edit(r, dx_json_get(change, DX_STR("from")),
             (edit){.file = file,
                    .from = cell->at,
                    .to = cell->at + (uint32_t)cell->text.n,
                    .text = literal_source(r->arena, &to)});
    for (uint32_t i = 0; i < r->base->dmn->n_nodes; i++)
        r->changed[i] |= dx_str_eq(r->base->dmn->nodes[i].name, input);
}

/* --- whole models
 * -------------------------------------------------------------------------------------- */

static bool replacement(reformer *r, const dx_json *node, dx_str *ret) {
    const dx_json *xml = dx_json_get(node, DX_STR("xml"));
    if (xml && xml->kind == DX_JSON_STRING) {
        *ret = xml->text;
        return true;
    }
    if (node->kind != DX_JSON_STRING || !r->folder.p) {
        fault(r, node, DX_E_REFORM_REPLACEMENT, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return false;
    }
    bool whole = node->text.n && node->text.p[0] == '/';
    dx_str path = whole ? node->text
                        : dx_str_fmt(r->arena, "%.*s/%.*s", DX_FMT(r->folder), DX_FMT(node->text));
    return dx_file_read(r->arena, path, MODEL_BYTES_MAX, ret, r->diags);
}

static void replace_model(reformer *r, const dx_json *node) {
    uint32_t file = find_file(r, node->key);
    dx_str xml;
    if (file == DX_NONE || !r->models[file]) {
        fault(r, node, DX_E_REFORM_MODEL, node->key, model_names(r), (dx_str){0});
        return;
    }
    if (!replacement(r, node, &xml))
        return;
    r->files[file].bytes = xml;
    const dx_model *model = dx_model_load(r->arena, xml, node->key, r->diags);
    r->models[file] = model ? model : r->models[file];
    for (uint32_t i = 0; i < r->base->dmn->n_nodes; i++)
        r->changed[i] |= dx_str_eq(r->base->dmn->nodes[i].model->file, node->key);
}

/* --- the day and the readings
 * -------------------------------------------------------------------------- */

static void choose_reading(reformer *r, const dx_json *node, uint32_t *chosen) {
    dx_diags diags;
    dx_diags_init(&diags, r->arena);
    dx_str option = node->kind == DX_JSON_STRING ? node->text : (dx_str){0};
    dx_str choice = dx_str_fmt(r->arena, "%.*s=%.*s", DX_FMT(node->key), DX_FMT(option));
    if (!dx_options_choose(r->base, choice, chosen, &diags) && diags.first)
        fault(r, node, diags.first->code, diags.first->args[0], diags.first->args[1],
              diags.first->args[2]);
}

static void choose_options(reformer *r, const dx_options *options) {
    const dx_json *day = dx_json_get(r->change, DX_STR("as_of"));
    const dx_json *readings = part(r, "readings", DX_JSON_OBJECT);
    uint32_t *chosen = DX_NEW_ARRAY(r->arena, uint32_t, r->base->n_readings + 1);
    dx_date as_of = options->as_of;
    memcpy(chosen, options->options, r->base->n_readings * sizeof *chosen);
    for (size_t i = 0; readings && i < readings->n; i++)
        choose_reading(r, &readings->items[i], chosen);
    if (day &&
        (day->kind != DX_JSON_STRING || day->text.n != 10 || !dx_date_parse(day->text, &as_of)))
        fault(r, day, DX_E_API_DATE, (dx_str){0}, (dx_str){0}, (dx_str){0});
    r->ret->options = (dx_options){.as_of = as_of, .options = chosen};
}

/* --- the new pack
 * -------------------------------------------------------------------------------------- */

static const dx_model *model_of(const dx_pack *pack, dx_str file) {
    for (uint32_t i = 0; i < pack->dmn->n_models; i++)
        if (dx_str_eq(pack->dmn->models[i]->file, file))
            return pack->dmn->models[i];
    return NULL;
}

/* The files in the order of their names, by insertion: they are few. */
static void take_files(reformer *r) {
    r->n_files = r->base->files.n;
    r->files = DX_NEW_ARRAY(r->arena, dx_pack_file, r->n_files + 1);
    r->models = DX_NEW_ARRAY(r->arena, const dx_model *, r->n_files + 1);
    for (uint32_t i = 0; i < r->n_files; i++) {
        uint32_t at = i;
        for (; at > 0 && dx_str_cmp(r->base->files.v[i].name, r->files[at - 1].name) < 0; at--)
            r->files[at] = r->files[at - 1];
        r->files[at] = r->base->files.v[i];
    }
    for (uint32_t i = 0; i < r->n_files; i++)
        r->models[i] = model_of(r->base, r->files[i].name);
}

/* From the last of a file to its first, so that places stay true. */
static void make_edits(reformer *r) {
    for (uint32_t done = 0; done < r->edits.n; done++) {
        edit *last = &r->edits.v[done];
        for (uint32_t i = done + 1; i < r->edits.n; i++)
            if (r->edits.v[i].from > last->from) {
                edit other = r->edits.v[i];
                r->edits.v[i] = *last;
                *last = other;
            }
        dx_str *bytes = &r->files[last->file].bytes;
        *bytes = dx_str_fmt(r->arena, "%.*s%.*s%.*s", (int)last->from, bytes->p, DX_FMT(last->text),
                            (int)(bytes->n - last->to), bytes->p + last->to);
    }
}

/* The columns of a population are those of the base pack, so facts must stay what they are. */
static bool same_facts(reformer *r) {
    const dx_pack *a = r->base, *b = r->ret->pack;
    bool same = a->n_facts == b->n_facts && a->n_inputs == b->n_inputs && a->n_items == b->n_items;
    for (uint32_t i = 0; same && i < a->n_facts; i++)
        same = dx_str_eq(a->facts[i].path, b->facts[i].path) &&
               a->facts[i].type->kind == b->facts[i].type->kind;
    if (!same)
        fault(r, r->change, DX_E_REFORM_FACTS, (dx_str){0}, (dx_str){0}, (dx_str){0});
    return same;
}

static bool load(reformer *r) {
    make_edits(r);
    r->ret->pack = dx_pack_load_files(r->arena, r->base->dir, r->files, r->n_files, r->diags);
    return r->ret->pack && !r->diags->errors && same_facts(r);
}

/* --- what the change reaches
 * --------------------------------------------------------------------------- */

static bool rests_on_reading(const reformer *r, const dx_item *item, const dx_options *options) {
    for (uint32_t i = 0; i < item->n_readings; i++)
        if (options->options[item->readings[i]] != r->ret->options.options[item->readings[i]])
            return true;
    return false;
}

static void find_touched(reformer *r, const dx_options *options) {
    const dx_dmn *dmn = r->base->dmn;
    bool other_day = dx_date_cmp(options->as_of, r->ret->options.as_of) != 0;
    r->ret->touches = DX_NEW_ARRAY(r->arena, bool, r->base->n_items + 1);
    for (uint32_t i = 0; i < dmn->n_nodes; i++) { /* what is required comes first */
        const dx_node_info *node = &dmn->nodes[dmn->order[i]];
        for (uint32_t k = 0; k < node->n_needs; k++)
            r->changed[dmn->order[i]] |= r->changed[node->needs[k]];
    }
    for (uint32_t i = 0; i < r->base->n_items; i++) {
        const dx_item *item = &r->base->items[i];
        bool reached = other_day || rests_on_reading(r, item, options);
        for (uint32_t k = 0; k < item->n_conditions; k++)
            reached |= r->changed[item->conditions[k].decision];
        reached |= item->amount != DX_NONE && r->changed[item->amount];
        reached |= item->kind_decision != DX_NONE && r->changed[item->kind_decision];
        r->ret->touches[i] = reached;
    }
}

bool dx_reform_read(dx_arena *arena, const dx_pack *base, const dx_options *options,
                    const dx_json *root, const dx_json *change, dx_str name, dx_str folder,
                    dx_reform *ret, dx_diags *diags) {
    reformer r = {.arena = arena,
                  .base = base,
                  .root = root,
                  .change = change,
                  .name = name,
                  .folder = folder,
                  .ret = ret,
                  .diags = diags};
    const dx_json *one;
    *ret = (dx_reform){.document = change};
    if (change->kind != DX_JSON_OBJECT) {
        fault(&r, change, DX_E_REFORM_OBJECT, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return false;
    }
    check_keys(&r, change, "title, as_of, readings, values, tariffs, models, note");
    r.changed = DX_NEW_ARRAY(arena, bool, base->dmn->n_nodes + 1);
    ret->title = dx_loader_label(change, "title");
    take_files(&r);
    choose_options(&r, options);
    const dx_json *models = part(&r, "models", DX_JSON_OBJECT);
    for (size_t i = 0; models && i < models->n; i++)
        replace_model(&r, &models->items[i]);
    const dx_json *values = part(&r, "values", DX_JSON_ARRAY);
    for (size_t i = 0; (one = next_entry(&r, values, &i)) != NULL;)
        change_value(&r, one);
    const dx_json *tariffs = part(&r, "tariffs", DX_JSON_ARRAY);
    for (size_t i = 0; (one = next_entry(&r, tariffs, &i)) != NULL;)
        change_tariff(&r, one);
    if (diags->errors || !load(&r))
        return false;
    find_touched(&r, options);
    return true;
}
