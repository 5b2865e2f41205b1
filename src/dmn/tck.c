/* Reading test files of the DMN TCK and comparing results with them; see tck.h. */
#include "dmn/tck.h"

#include "dmn/xml.h"

/* The tree of a file of the largest size, generously. */
#define SCRATCH_BYTES ((size_t)512 << 20)

/* By length, then by bytes, as the XML reader wants them. */
/* clang-format off */
#define WORDS(X) \
    X(item) X(list) X(label) X(value) X(labels) X(expected) X(testCase) X(component) X(inputNode) \
    X(modelName) X(testCases) X(resultNode) X(description) X(testCasesName) X(extensionElements)
/* clang-format on */

typedef enum word {
#define X(name) W_##name,
    WORDS(X)
#undef X
        W_COUNT
} word;

static const dx_str words[] = {
#define X(name) {#name, sizeof #name - 1},
    WORDS(X)
#undef X
};

#define TCK_NS "http://www.omg.org/spec/DMN/20160719/testcase"
static const dx_str namespaces[] = {{TCK_NS, sizeof TCK_NS - 1}};
static const char *const kind_names[] = {"decision", "bkm", "decisionService"};

typedef struct reader {
    dx_arena *arena, *scratch;
    dx_diags *diags;
    const dx_xml *xml;
    dx_str file, case_id;
} reader;

/* ---- faults and attributes ---- */

static void fault_at(reader *r, uint32_t line, uint32_t column, dx_err code, dx_str a, dx_str b) {
    dx_place place = {.file = r->file, .line = line, .column = column};
    dx_where where = {.part = DX_PART_CASE, .name = r->case_id};
    if (r->case_id.n)
        place.where = &where;
    dx_diag_add(r->diags, code, place, a, b, DX_STR(""));
}

static void fault(reader *r, const dx_xml_node *node, dx_err code, dx_str a, dx_str b) {
    fault_at(r, node->line, node->column, code, a, b);
}

static void fault_attr(reader *r, const dx_xml_node *node, const char *attr, dx_err code, dx_str a,
                       dx_str b) {
    dx_text text = dx_xml_attr_text(r->xml, node, attr);
    fault_at(r, text.line, text.column, code, a, b);
}

static void unexpected(reader *r, const dx_xml_node *parent, const dx_xml_node *child) {
    if (child->word != W_extensionElements)
        fault(r, child, DX_E_DMN_UNEXPECTED, child->name, parent->name);
}

static dx_str attr(const dx_xml_node *node, const char *name) {
    return dx_str_trim(dx_xml_attr_get(node, name));
}

static dx_str required(reader *r, const dx_xml_node *node, const char *name) {
    dx_str value = attr(node, name);
    if (value.n == 0)
        fault_attr(r, node, name, DX_E_DMN_ATTRIBUTE, node->name, dx_str_of(name));
    return value;
}

static bool flag(reader *r, const dx_xml_node *node, const char *name) {
    dx_str value = attr(node, name);
    if (dx_str_is(value, "true") || dx_str_is(value, "1"))
        return true;
    if (value.n && !dx_str_is(value, "false") && !dx_str_is(value, "0"))
        fault_attr(r, node, name, DX_E_DMN_BOOLEAN, dx_str_of(name), value);
    return false;
}

static uint32_t count(const dx_xml_node *node, word which) {
    uint32_t n = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        n += child->word == which;
    return n;
}

/* ---- values ---- */

typedef enum simple { S_STRING, S_NUMBER, S_BOOL, S_DATE, S_TIME, S_DATETIME, S_DURATION } simple;

static bool find_simple(dx_str name, simple *ret) {
    static const struct {
        const char *name;
        simple kind;
    } types[] = {{"string", S_STRING}, {"decimal", S_NUMBER},    {"integer", S_NUMBER},
                 {"int", S_NUMBER},    {"long", S_NUMBER},       {"double", S_NUMBER},
                 {"float", S_NUMBER},  {"boolean", S_BOOL},      {"date", S_DATE},
                 {"time", S_TIME},     {"dateTime", S_DATETIME}, {"duration", S_DURATION}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (dx_str_is(name, types[i].name)) {
            *ret = types[i].kind;
            return true;
        }
    }
    return false;
}

static bool parse_bool(dx_str s, dx_val *ret) {
    bool yes = dx_str_is(s, "true") || dx_str_is(s, "1");
    if (!yes && !dx_str_is(s, "false") && !dx_str_is(s, "0"))
        return false;
    *ret = dx_val_bool(yes);
    return true;
}

static bool parse_duration(dx_str s, dx_val *ret) {
    int64_t months;
    dx_dtdur duration;
    if (dx_ymdur_parse(s, &months))
        *ret = dx_val_months(months);
    else if (dx_dtdur_parse(s, &duration))
        *ret = dx_val_dtdur(duration);
    else
        return false;
    return true;
}

static bool parse_temporal(reader *r, simple kind, dx_str s, dx_val *ret) {
    dx_date date;
    dx_time time;
    dx_datetime datetime;
    if (kind == S_DATE && dx_date_parse(s, &date))
        *ret = dx_val_date(date);
    else if (kind == S_TIME && dx_time_parse(s, &time))
        *ret = dx_val_time(r->arena, time);
    else if (kind == S_DATETIME && dx_datetime_parse(s, &datetime))
        *ret = dx_val_datetime(r->arena, datetime);
    else
        return false;
    return true;
}

static bool parse_simple(reader *r, simple kind, dx_str raw, dx_val *ret) {
    dx_str s = dx_str_trim(raw);
    dx_num num;
    switch (kind) {
    case S_STRING: *ret = dx_val_str(raw); return true;
    case S_BOOL: return parse_bool(s, ret);
    case S_DURATION: return parse_duration(s, ret);
    case S_NUMBER:
        if (!dx_num_parse(r->arena, s, &num))
            return false;
        *ret = dx_val_num(num);
        return true;
    case S_DATE:
    case S_TIME:
    case S_DATETIME: break;
    }
    return parse_temporal(r, kind, s, ret);
}

static void fault_value(reader *r, const dx_text *text, dx_str type) {
    dx_str shown = dx_str_trim(text->s);
    uint32_t line, column;
    dx_text_at(text, shown.n ? (size_t)(shown.p - text->s.p) : 0, &line, &column);
    fault_at(r, line, column, DX_E_TCK_VALUE, shown, type);
}

static dx_val read_simple(reader *r, const dx_xml_node *node) {
    dx_val value = DX_VAL_NULL;
    if (flag(r, node, "xsi:nil"))
        return value;
    dx_str type = attr(node, "xsi:type"), name = type;
    const char *colon = type.n ? memchr(type.p, ':', type.n) : NULL;
    if (colon)
        name = (dx_str){colon + 1, type.n - (size_t)(colon + 1 - type.p)};
    simple kind = S_STRING;
    if (type.n && !find_simple(name, &kind))
        fault_attr(r, node, "xsi:type", DX_E_TCK_TYPE, type, DX_STR(""));
    else if (!parse_simple(r, kind, node->text.s, &value))
        fault_value(r, &node->text, type);
    return value;
}

static dx_val read_value(reader *r, const dx_xml_node *node);

static dx_val read_list(reader *r, const dx_xml_node *node) {
    if (flag(r, node, "xsi:nil"))
        return DX_VAL_NULL;
    dx_val *items = DX_NEW_ARRAY(r->arena, dx_val, count(node, W_item));
    uint32_t n = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == W_item)
            items[n++] = read_value(r, child);
        else
            unexpected(r, node, child);
    }
    return dx_val_list(items, n);
}

static dx_val read_components(reader *r, const dx_xml_node *node) {
    uint32_t n = 0, most = count(node, W_component);
    dx_str *keys = DX_NEW_ARRAY(r->scratch, dx_str, most);
    dx_val *values = DX_NEW_ARRAY(r->scratch, dx_val, most);
    dx_map lines = {0};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != W_component) {
            unexpected(r, node, child);
            continue;
        }
        keys[n] = attr(child, "name"); /* may be empty: FEEL has such keys */
        if (!dx_xml_attr_has(child, "name"))
            fault(r, child, DX_E_DMN_ATTRIBUTE, child->name, DX_STR("name"));
        values[n] = read_value(r, child);
        uint32_t line = dx_map_get(&lines, keys[n]);
        if (line != DX_MAP_NONE) {
            fault_attr(r, child, "name", DX_E_DMN_DUPLICATE_NAME, keys[n],
                       dx_str_fmt(r->scratch, "%u", line));
            continue;
        }
        dx_map_put(r->scratch, &lines, keys[n], child->line);
        n++;
    }
    return dx_val_context(r->arena, dx_shape_new(r->arena, keys, n), values);
}

/* What stands inside an inputNode, expected, component or item. */
static dx_val read_value(reader *r, const dx_xml_node *node) {
    const dx_xml_node *child = node->first;
    while (child && child->word == W_extensionElements)
        child = child->next;
    if (!child || flag(r, node, "xsi:nil"))
        return DX_VAL_NULL;
    if (child->word == W_component)
        return read_components(r, node);
    for (const dx_xml_node *other = child->next; other; other = other->next)
        unexpected(r, node, other);
    if (child->word == W_value)
        return read_simple(r, child);
    if (child->word == W_list)
        return read_list(r, child);
    unexpected(r, node, child);
    return DX_VAL_NULL;
}

/* ---- cases ---- */

static void read_result(reader *r, const dx_xml_node *node, dx_tck_result *result) {
    *result = (dx_tck_result){.name = required(r, node, "name"),
                              .ns = attr(node, "namespace"),
                              .error = flag(r, node, "errorResult"),
                              .expected = DX_VAL_NULL,
                              .line = node->line};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != W_expected || result->has_expected) {
            unexpected(r, node, child);
            continue;
        }
        result->expected = read_value(r, child);
        result->has_expected = true;
    }
}

static void read_case_kind(reader *r, const dx_xml_node *node, dx_tck_case *c) {
    dx_str name = attr(node, "type");
    for (uint32_t i = 0; i < 3; i++) {
        if (name.n == 0 || dx_str_is(name, kind_names[i])) {
            c->kind = (dx_tck_kind)i;
            break;
        }
        if (i == 2)
            fault_attr(r, node, "type", DX_E_TCK_TYPE, name, DX_STR(""));
    }
    c->invocable = c->kind == DX_TCK_DECISION ? attr(node, "invocableName")
                                              : required(r, node, "invocableName");
}

static void read_case(reader *r, const dx_xml_node *node, dx_tck_case *c) {
    r->case_id = attr(node, "id");
    *c = (dx_tck_case){.id = r->case_id,
                       .name = attr(node, "name"),
                       .description = DX_STR(""),
                       .ns = attr(node, "namespace"),
                       .line = node->line};
    read_case_kind(r, node, c);
    c->inputs = DX_NEW_ARRAY(r->arena, dx_tck_input, count(node, W_inputNode));
    c->results = DX_NEW_ARRAY(r->arena, dx_tck_result, count(node, W_resultNode));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        switch (child->word) {
        case W_description: c->description = dx_str_trim(child->text.s); break;
        case W_inputNode:
            c->inputs[c->n_inputs++] = (dx_tck_input){.name = required(r, child, "name"),
                                                      .ns = attr(child, "namespace"),
                                                      .value = read_value(r, child),
                                                      .line = child->line};
            break;
        case W_resultNode: read_result(r, child, &c->results[c->n_results++]); break;
        default: unexpected(r, node, child); break;
        }
    }
    r->case_id = DX_STR("");
}

static void read_labels(reader *r, const dx_xml_node *node, dx_tck *tck) {
    tck->labels = DX_NEW_ARRAY(r->arena, dx_str, count(node, W_label));
    tck->n_labels = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == W_label)
            tck->labels[tck->n_labels++] = dx_str_trim(child->text.s);
        else
            unexpected(r, node, child);
    }
}

static dx_tck *read_file(reader *r) {
    const dx_xml_node *root = r->xml->root;
    if (root->word != W_testCases || r->xml->root_ns_index == UINT32_MAX) {
        fault(r, root, DX_E_TCK_ROOT, root->name, DX_STR(""));
        return NULL;
    }
    dx_tck *tck = DX_NEW(r->arena, dx_tck);
    tck->file = dx_str_copy(r->arena, r->file);
    tck->name = tck->model = DX_STR("");
    tck->ns = attr(root, "namespace");
    tck->cases = DX_NEW_ARRAY(r->arena, dx_tck_case, count(root, W_testCase));
    for (const dx_xml_node *child = root->first; child; child = child->next) {
        switch (child->word) {
        case W_testCasesName: tck->name = dx_str_trim(child->text.s); break;
        case W_modelName: tck->model = dx_str_trim(child->text.s); break;
        case W_labels: read_labels(r, child, tck); break;
        case W_testCase: read_case(r, child, &tck->cases[tck->n_cases++]); break;
        default: unexpected(r, root, child); break;
        }
    }
    return tck;
}

static void dispose_arena(void *arena) {
    dx_arena_done(arena);
}

dx_tck *dx_tck_load(dx_arena *arena, dx_str xml, dx_str file, dx_diags *diags) {
    static const dx_xml_vocabulary vocabulary = {namespaces, words, 1, W_COUNT, false};
    /* As in load.c: raises where `arena` does, and is given back with it at the latest. */
    dx_arena *scratch = DX_NEW(arena, dx_arena);
    dx_arena_init(scratch, SCRATCH_BYTES);
    scratch->trap = arena->trap;
    dx_arena_on_done(arena, dispose_arena, scratch);
    reader r = {.arena = arena, .scratch = scratch, .diags = diags, .file = file};
    r.xml = dx_xml_read(scratch, arena, xml, file, &vocabulary, diags);
    dx_tck *tck = r.xml ? read_file(&r) : NULL;
    dx_arena_done(scratch);
    return tck;
}

/* ---- comparing ---- */

static bool same_numbers(dx_arena *arena, dx_num a, dx_num b) {
    static const dx_num tolerance = {(uint64_t)1 << 8 | (uint8_t)-8}; /* 10^-8 */
    dx_num difference;
    if (dx_num_cmp(a, b) == 0)
        return true;
    return dx_num_sub(arena, a, b, &difference) &&
           dx_num_cmp(dx_num_abs(arena, difference), tolerance) < 0;
}

static bool same_times(const dx_time *a, const dx_time *b) {
    return a->hour == b->hour && a->minute == b->minute && a->second == b->second &&
           a->nanos == b->nanos;
}

static bool same_clocks(const dx_time *a, const dx_time *b) {
    int32_t x = 0, y = 0;
    return same_times(a, b) && dx_time_offset(a, &x) == dx_time_offset(b, &y) && x == y;
}

static bool same_datetimes(const dx_datetime *a, const dx_datetime *b) {
    int32_t x = 0, y = 0;
    return dx_date_cmp(a->date, b->date) == 0 && same_times(&a->time, &b->time) &&
           dx_datetime_offset(a, &x) == dx_datetime_offset(b, &y) && x == y;
}

static bool same_lists(dx_arena *arena, dx_val expected, dx_val actual) {
    if (expected.n != actual.n)
        return false;
    for (uint32_t i = 0; i < expected.n; i++)
        if (!dx_tck_same(arena, expected.u.items[i], actual.u.items[i]))
            return false;
    return true;
}

static bool same_contexts(dx_arena *arena, const dx_context *expected, dx_val actual) {
    if (expected->shape->n != actual.u.context->shape->n)
        return false;
    for (uint32_t i = 0; i < expected->shape->n; i++) {
        const dx_val *entry = dx_context_get(actual, expected->shape->keys[i]);
        if (!entry || !dx_tck_same(arena, expected->v[i], *entry))
            return false;
    }
    return true;
}

/* The depth is that of `expected`, which the XML reader limits. */
bool dx_tck_same(dx_arena *arena, dx_val expected, dx_val actual) {
    if (expected.tag != actual.tag)
        return false;
    switch ((dx_tag)expected.tag) {
    case DX_NUM: return same_numbers(arena, expected.u.num, actual.u.num);
    case DX_TIME: return same_clocks(expected.u.time, actual.u.time);
    case DX_DATETIME: return same_datetimes(expected.u.datetime, actual.u.datetime);
    case DX_LIST: return same_lists(arena, expected, actual);
    case DX_CONTEXT: return same_contexts(arena, expected.u.context, actual);
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_STRING:
    case DX_DATE:
    case DX_YMDUR:
    case DX_DTDUR:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return dx_val_same(expected, actual);
}
