/* Loading a model: namespaces, imports and item definitions, and what every element has (names,
 * ids, places of faults). load_drg.c reads the decisions and their requirements, load_expr.c the
 * boxed expressions, load_table.c the decision tables. */
#include "dmn/load.h"

/* The tree of a document of the largest size, generously. */
#define SCRATCH_BYTES ((size_t)512 << 20)

static const dx_str words[] = {
#define X(name) {#name, sizeof #name - 1},
#include "dmn/load_words.def"
#undef X
};

#define NS(date, scheme) \
    { \
        scheme "://www.omg.org/spec/DMN/" date "/MODEL/", \
            sizeof scheme "://www.omg.org/spec/DMN/" date "/MODEL/" - 1 \
    }
static const dx_str namespaces[] = {NS("20180521", "http"), NS("20191111", "https"),
                                    NS("20211108", "https"), NS("20230324", "https")};
static const uint32_t versions[] = {12, 13, 14, 15};

/* ---- faults ---- */

static dx_place place_of(const dx_loader *l, const dx_xml_node *node, const char *attr) {
    dx_place place = {
        .file = l->model->file, .line = node->line, .column = node->column, .where = l->where};
    if (attr) {
        dx_text text = dx_xml_attr_text(l->xml, node, attr);
        place.line = text.line;
        place.column = text.column;
    }
    return place;
}

void dx_load_fault(dx_loader *l, const dx_xml_node *node, const char *attr, dx_err code, dx_str a,
                   dx_str b) {
    dx_diag_add(l->diags, code, place_of(l, node, attr), a, b, DX_STR(""));
}

void dx_load_doubt(dx_loader *l, const dx_xml_node *node, const char *attr, dx_err code, dx_str a) {
    dx_diag_warn(l->diags, code, place_of(l, node, attr), a, DX_STR(""), DX_STR(""));
}

void dx_load_unexpected(dx_loader *l, const dx_xml_node *parent, const dx_xml_node *child) {
    if (child->word != DX_W_description && child->word != DX_W_extensionElements)
        dx_load_fault(l, child, NULL, DX_E_DMN_UNEXPECTED, child->name, parent->name);
}

/* ---- what every element has ---- */

dx_str dx_load_attr(const dx_xml_node *node, const char *attr) {
    return dx_str_trim(dx_xml_attr_get(node, attr));
}

dx_str dx_load_required(dx_loader *l, const dx_xml_node *node, const char *attr) {
    dx_str value = dx_load_attr(node, attr);
    if (value.n == 0)
        dx_load_fault(l, node, attr, DX_E_DMN_ATTRIBUTE, node->name, dx_str_of(attr));
    return value;
}

static const dx_xml_node *find_child(const dx_xml_node *node, dx_word word) {
    const dx_xml_node *child = node->first;
    while (child && child->word != word)
        child = child->next;
    return child;
}

dx_text dx_load_no_text(const dx_xml_node *node) {
    return (dx_text){.s = DX_STR(""), .line = node->line, .column = node->column};
}

dx_text dx_load_child_text(const dx_xml_node *node, dx_word word) {
    const dx_xml_node *child = find_child(node, word);
    return child ? child->text : dx_load_no_text(node);
}

dx_text dx_load_type(const dx_loader *l, const dx_xml_node *node) {
    return dx_xml_attr_text(l->xml, node, "typeRef");
}

uint32_t dx_load_count(const dx_xml_node *node, dx_word word) {
    uint32_t n = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        n += child->word == word;
    return n;
}

void dx_load_name(dx_loader *l, dx_names *names, const dx_xml_node *node, dx_str name) {
    if (name.n == 0)
        return;
    uint32_t line = dx_map_get(names, name);
    if (line == DX_MAP_NONE)
        dx_map_put(l->scratch, names, name, node->line);
    else
        dx_load_fault(l, node, "name", DX_E_DMN_DUPLICATE_NAME, name,
                      dx_str_fmt(l->scratch, "%u", line));
}

static bool is_feel(dx_str language) {
    return dx_str_is(language, "FEEL") || dx_str_is(language, "feel") ||
           ((dx_str_starts(language, DX_STR("http://www.omg.org/spec/DMN/")) ||
             dx_str_starts(language, DX_STR("https://www.omg.org/spec/DMN/"))) &&
            (dx_str_ends(language, DX_STR("/FEEL/")) || dx_str_ends(language, DX_STR("/FEEL"))));
}

dx_str dx_load_language(const dx_loader *l, const dx_xml_node *node) {
    dx_str language = dx_load_attr(node, "expressionLanguage");
    if (language.n == 0)
        return l->language;
    return is_feel(language) ? DX_STR("") : language;
}

/* ---- imports ---- */

static void load_imports(dx_loader *l, const dx_xml_node *definitions) {
    dx_names names = {0};
    dx_model *m = l->model;
    m->imports = DX_NEW_ARRAY(l->arena, dx_import, dx_load_count(definitions, DX_W_import));
    for (const dx_xml_node *node = definitions->first; node; node = node->next) {
        if (node->word != DX_W_import)
            continue;
        dx_where where = {l->where, DX_PART_IMPORT, 0, dx_load_attr(node, "name")};
        l->where = &where;
        m->imports[m->n_imports++] = (dx_import){.name = where.name,
                                                 .ns = dx_load_required(l, node, "namespace"),
                                                 .location = dx_load_attr(node, "locationURI"),
                                                 .type = dx_load_required(l, node, "importType"),
                                                 .line = node->line,
                                                 .column = node->column};
        dx_load_name(l, &names, node, where.name);
        l->where = where.outer;
    }
}

/* ---- item definitions ---- */

static bool load_boolean(dx_loader *l, const dx_xml_node *node, const char *attr) {
    dx_str value = dx_load_attr(node, attr);
    if (dx_str_is(value, "true") || dx_str_is(value, "1"))
        return true;
    if (value.n && !dx_str_is(value, "false") && !dx_str_is(value, "0"))
        dx_load_fault(l, node, attr, DX_E_DMN_BOOLEAN, dx_str_of(attr), value);
    return false;
}

static void load_function_item(dx_loader *l, const dx_xml_node *node, dx_item_def *item) {
    dx_names names = {0};
    item->is_function = true;
    item->type_ref = dx_xml_attr_text(l->xml, node, "outputTypeRef");
    item->function_params =
        DX_NEW_ARRAY(l->arena, dx_item_def, dx_load_count(node, DX_W_parameters));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != DX_W_parameters) {
            dx_load_unexpected(l, node, child);
            continue;
        }
        dx_item_def *param = &item->function_params[item->n_function_params++];
        *param = (dx_item_def){.name = dx_load_required(l, child, "name"),
                               .id = dx_load_attr(child, "id"),
                               .label = dx_load_attr(child, "label"),
                               .description = dx_load_child_text(child, DX_W_description).s,
                               .type_ref = dx_load_type(l, child),
                               .line = child->line};
        dx_load_name(l, &names, child, param->name);
    }
}

static void load_item(dx_loader *l, const dx_xml_node *node, dx_item_def *item, dx_names *siblings);

static void load_item_child(dx_loader *l, const dx_xml_node *node, const dx_xml_node *child,
                            dx_item_def *item, dx_names *components) {
    switch (child->word) {
    case DX_W_typeRef: item->type_ref = child->text; return;
    case DX_W_allowedValues: item->allowed = dx_load_feel(l, child); return;
    case DX_W_typeConstraint: item->constraint = dx_load_feel(l, child); return;
    case DX_W_functionItem: load_function_item(l, child, item); return;
    case DX_W_itemComponent:
        load_item(l, child, &item->components[item->n_components++], components);
        return;
    default: dx_load_unexpected(l, node, child); return;
    }
}

static void load_item(dx_loader *l, const dx_xml_node *node, dx_item_def *item,
                      dx_names *siblings) {
    dx_where where = {l->where,
                      node->word == DX_W_itemDefinition ? DX_PART_TYPE : DX_PART_COMPONENT, 0,
                      dx_load_attr(node, "name")};
    l->where = &where;
    dx_names components = {0};
    *item = (dx_item_def){.name = dx_load_required(l, node, "name"),
                          .id = dx_load_attr(node, "id"),
                          .label = dx_load_attr(node, "label"),
                          .description = dx_load_child_text(node, DX_W_description).s,
                          .type_ref = dx_load_no_text(node),
                          .is_collection = load_boolean(l, node, "isCollection"),
                          .allowed = dx_load_no_text(node),
                          .constraint = dx_load_no_text(node),
                          .line = node->line};
    item->components = DX_NEW_ARRAY(l->arena, dx_item_def, dx_load_count(node, DX_W_itemComponent));
    dx_load_name(l, siblings, node, item->name);
    for (const dx_xml_node *child = node->first; child; child = child->next)
        load_item_child(l, node, child, item, &components);
    l->where = where.outer;
}

static void load_items(dx_loader *l, const dx_xml_node *definitions) {
    dx_names names = {0};
    dx_model *m = l->model;
    m->items = DX_NEW_ARRAY(l->arena, dx_item_def, dx_load_count(definitions, DX_W_itemDefinition));
    for (const dx_xml_node *node = definitions->first; node; node = node->next)
        if (node->word == DX_W_itemDefinition)
            load_item(l, node, &m->items[m->n_items++], &names);
}

/* ---- the model ---- */

/* Ids are unique in a document whatever they stand on. */
static void check_ids(dx_loader *l, const dx_xml_node *node, dx_map *lines) {
    for (; node; node = node->next) {
        dx_str id = dx_load_attr(node, "id");
        uint32_t line = id.n ? dx_map_get(lines, id) : DX_MAP_NONE;
        if (line != DX_MAP_NONE)
            dx_load_fault(l, node, "id", DX_E_DMN_DUPLICATE_ID, id,
                          dx_str_fmt(l->scratch, "%u", line));
        else if (id.n)
            dx_map_put(l->scratch, lines, id, node->line);
        if (node->first)
            check_ids(l, node->first, lines);
    }
}

static bool check_root(dx_loader *l) {
    const dx_xml_node *root = l->xml->root;
    if (l->xml->root_ns_index == UINT32_MAX) {
        dx_load_fault(l, root, NULL, DX_E_DMN_NAMESPACE, l->xml->root_ns, DX_STR(""));
        return false;
    }
    if (root->word != DX_W_definitions) {
        dx_load_fault(l, root, NULL, DX_E_DMN_ROOT, root->name, DX_STR(""));
        return false;
    }
    return true;
}

static void load_definitions(dx_loader *l) {
    const dx_xml_node *root = l->xml->root;
    dx_model *m = l->model;
    m->version = versions[l->xml->root_ns_index];
    m->name = dx_load_required(l, root, "name");
    m->ns = dx_load_required(l, root, "namespace");
    m->id = dx_load_attr(root, "id");
    m->description = dx_load_child_text(root, DX_W_description).s;
    l->language = dx_load_language(l, root);
    load_imports(l, root);
    load_items(l, root);
    dx_load_elements(l, root);
    dx_load_check_hrefs(l);
    check_ids(l, root, &(dx_map){0});
}

static void dispose_arena(void *arena) {
    dx_arena_done(arena);
}

dx_model *dx_model_load(dx_arena *arena, dx_str xml, dx_str file, dx_diags *diags) {
    static const dx_xml_vocabulary vocabulary = {namespaces, words, 4, DX_W_COUNT, true};
    /* The scratch arena raises where the model's does, and is given back with it at the latest. */
    dx_arena *scratch = DX_NEW(arena, dx_arena);
    dx_arena_init(scratch, SCRATCH_BYTES);
    scratch->trap = arena->trap;
    dx_arena_on_done(arena, dispose_arena, scratch);
    dx_loader l = {.arena = arena, .scratch = scratch, .diags = diags, .language = DX_STR("")};
    dx_model *model = NULL;
    l.xml = dx_xml_read(scratch, arena, xml, file, &vocabulary, diags);
    if (l.xml) {
        l.model = DX_NEW(arena, dx_model);
        l.model->file = dx_str_copy(arena, file);
        if (check_root(&l)) {
            load_definitions(&l);
            model = l.model;
        }
    }
    dx_arena_done(scratch);
    return model;
}
