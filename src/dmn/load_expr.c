/* Loading boxed expressions. The depth of the recursion is that of the document, which the XML
 * reader limits. */
#include "dmn/load.h"

bool dx_load_is_expr(const dx_xml_node *node) {
    switch (node->word) {
    case DX_W_literalExpression:
    case DX_W_decisionTable:
    case DX_W_context:
    case DX_W_list:
    case DX_W_relation:
    case DX_W_invocation:
    case DX_W_functionDefinition:
    case DX_W_conditional:
    case DX_W_filter:
    case DX_W_for:
    case DX_W_some:
    case DX_W_every: return true;
    default: return false;
    }
}

/* ---- texts ---- */

static void check_text_children(dx_loader *l, const dx_xml_node *node) {
    uint32_t texts = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        if (child->word == DX_W_importedValues)
            dx_load_fault(l, child, NULL, DX_E_DMN_IMPORTED_VALUES, DX_STR(""), DX_STR(""));
        else if (child->word != DX_W_text || texts++ > 0)
            dx_load_unexpected(l, node, child);
}

dx_text dx_load_feel(dx_loader *l, const dx_xml_node *node) {
    check_text_children(l, node);
    dx_str language = dx_load_language(l, node);
    if (language.n)
        dx_load_fault(l, node, "expressionLanguage", DX_E_DMN_LANGUAGE, language, DX_STR(""));
    return dx_load_child_text(node, DX_W_text);
}

static void load_literal(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    check_text_children(l, node);
    x->kind = DX_X_LITERAL;
    x->language = dx_load_language(l, node);
    x->text = dx_load_child_text(node, DX_W_text);
    if (x->language.n)
        dx_load_fault(l, node, "expressionLanguage", DX_E_DMN_LANGUAGE, x->language, DX_STR(""));
    else if (x->text.s.n == 0 && !dx_load_count(node, DX_W_importedValues))
        dx_load_doubt(l, node, NULL, DX_E_DMN_EMPTY, DX_STR(""));
}

/* ---- entries ---- */

static dx_entry *add_entry(dx_expr *x, const dx_xml_node *node) {
    dx_entry *entry = &x->entries[x->n_entries++];
    entry->name = DX_STR("");
    entry->type_ref = dx_load_no_text(node);
    entry->line = node->line;
    return entry;
}

/* The name and type of an informationItem. */
static void load_item_of(dx_loader *l, const dx_xml_node *node, dx_entry *entry, dx_names *names) {
    entry->name = dx_load_required(l, node, "name");
    entry->type_ref = dx_load_type(l, node);
    dx_load_name(l, names, node, entry->name);
}

/* contextEntry or binding: the item that names the value, then the value. */
static void load_entry(dx_loader *l, const dx_xml_node *node, dx_word item, dx_entry *entry,
                       dx_names *names) {
    dx_part part = item == DX_W_parameter                   ? DX_PART_BINDING
                   : dx_load_count(node, DX_W_variable) > 0 ? DX_PART_ENTRY
                                                            : DX_PART_RESULT;
    dx_where where = {l->where, part, 0, DX_STR("")};
    l->where = &where;
    bool named = false;
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == item && !named) {
            where.name = dx_load_attr(child, "name");
            load_item_of(l, child, entry, names);
            named = true;
        } else if (dx_load_is_expr(child)) {
            dx_load_expr(l, child, &entry->value);
        } else {
            dx_load_unexpected(l, node, child);
        }
    }
    if (item == DX_W_parameter && !named)
        dx_load_fault(l, node, NULL, DX_E_DMN_CHILD, node->name, DX_STR("parameter"));
    if (item == DX_W_variable && !entry->value)
        dx_load_fault(l, node, NULL, DX_E_DMN_NO_EXPRESSION, node->name, DX_STR(""));
    l->where = where.outer;
}

static void load_context(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    dx_names names = {0};
    const dx_xml_node *result = NULL;
    x->kind = DX_X_CONTEXT;
    x->entries = DX_NEW_ARRAY(l->arena, dx_entry, dx_load_count(node, DX_W_contextEntry));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != DX_W_contextEntry) {
            dx_load_unexpected(l, node, child);
            continue;
        }
        if (result) /* only the last entry may be without a name */
            dx_load_fault(l, result, NULL, DX_E_DMN_RESULT_LAST, DX_STR(""), DX_STR(""));
        load_entry(l, child, DX_W_variable, add_entry(x, child), &names);
        result = dx_load_count(child, DX_W_variable) ? NULL : child;
    }
}

static void load_invocation(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    dx_names names = {0};
    x->kind = DX_X_INVOCATION;
    x->entries = DX_NEW_ARRAY(l->arena, dx_entry, dx_load_count(node, DX_W_binding));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == DX_W_binding)
            load_entry(l, child, DX_W_parameter, add_entry(x, child), &names);
        else if (dx_load_is_expr(child))
            dx_load_expr(l, child, &x->child[0]);
        else
            dx_load_unexpected(l, node, child);
    }
    if (!x->child[0])
        dx_load_fault(l, node, NULL, DX_E_DMN_NO_EXPRESSION, node->name, DX_STR(""));
}

static void load_function(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    dx_names names = {0};
    x->kind = DX_X_FUNCTION;
    x->function_kind = dx_load_attr(node, "kind");
    if (x->function_kind.n == 0)
        x->function_kind = DX_STR("FEEL");
    else if (!dx_str_is(x->function_kind, "FEEL") && !dx_str_is(x->function_kind, "Java") &&
             !dx_str_is(x->function_kind, "PMML"))
        dx_load_fault(l, node, "kind", DX_E_DMN_FUNCTION_KIND, x->function_kind, DX_STR(""));
    x->entries = DX_NEW_ARRAY(l->arena, dx_entry, dx_load_count(node, DX_W_formalParameter));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == DX_W_formalParameter)
            load_item_of(l, child, add_entry(x, child), &names);
        else if (dx_load_is_expr(child))
            dx_load_expr(l, child, &x->child[0]);
        else
            dx_load_unexpected(l, node, child);
    }
    if (!x->child[0])
        dx_load_fault(l, node, NULL, DX_E_DMN_NO_LOGIC, DX_STR(""), DX_STR(""));
}

/* ---- lists and relations ---- */

static uint32_t count_exprs(const dx_xml_node *node) {
    uint32_t n = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        n += dx_load_is_expr(child);
    return n;
}

/* The expressions below `node` become entries of x. */
static void load_elements_of(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    dx_where where = {l->where, node->word == DX_W_row ? DX_PART_COLUMN : DX_PART_ITEM, 0,
                      DX_STR("")};
    l->where = &where;
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (!dx_load_is_expr(child)) {
            dx_load_unexpected(l, node, child);
            continue;
        }
        where.number++;
        dx_load_expr(l, child, &add_entry(x, child)->value);
    }
    l->where = where.outer;
}

static void load_list(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    x->kind = DX_X_LIST;
    x->entries = DX_NEW_ARRAY(l->arena, dx_entry, count_exprs(node));
    load_elements_of(l, node, x);
}

static void load_columns(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    dx_names names = {0};
    x->columns = DX_NEW_ARRAY(l->arena, dx_entry, dx_load_count(node, DX_W_column));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == DX_W_column) {
            dx_entry *column = &x->columns[x->n_columns++];
            column->line = child->line;
            load_item_of(l, child, column, &names);
        }
    }
}

static void load_relation(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    x->kind = DX_X_RELATION;
    load_columns(l, node, x);
    uint32_t cells = 0, row = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        cells += child->word == DX_W_row ? count_exprs(child) : 0;
    x->entries = DX_NEW_ARRAY(l->arena, dx_entry, cells);
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != DX_W_row) {
            if (child->word != DX_W_column)
                dx_load_unexpected(l, node, child);
            continue;
        }
        dx_where where = {l->where, DX_PART_ROW, ++row, DX_STR("")};
        uint32_t n = count_exprs(child);
        l->where = &where;
        if (n != x->n_columns) {
            /* Left out, so that entries[row * n_columns + column] holds for the others. */
            dx_load_fault(l, child, NULL, DX_E_DMN_ROW_CELLS, dx_str_fmt(l->scratch, "%u", n),
                          dx_str_fmt(l->scratch, "%u", x->n_columns));
        } else {
            load_elements_of(l, child, x);
            x->n_rows++;
        }
        l->where = where.outer;
    }
}

/* ---- conditional, filter, iterators ---- */

typedef struct part {
    dx_word word;
    int child;
    dx_part part;
    const char *name;
} part;

/* Reads the expression inside each of the wrapper elements that an expression consists of. */
static void load_parts(dx_loader *l, const dx_xml_node *node, dx_expr *x, const part *parts,
                       size_t n) {
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        size_t i = 0;
        while (i < n && child->word != parts[i].word)
            i++;
        if (i == n) {
            dx_load_unexpected(l, node, child);
            continue;
        }
        dx_where where = {l->where, parts[i].part, 0, DX_STR("")};
        l->where = &where;
        if (child->word == DX_W_in)
            x->iterator_type_ref = dx_load_type(l, child);
        for (const dx_xml_node *inner = child->first; inner; inner = inner->next) {
            if (dx_load_is_expr(inner))
                dx_load_expr(l, inner, &x->child[parts[i].child]);
            else
                dx_load_unexpected(l, child, inner);
        }
        l->where = where.outer;
    }
    for (size_t i = 0; i < n; i++)
        if (!x->child[parts[i].child])
            dx_load_fault(l, node, NULL, DX_E_DMN_CHILD, node->name, dx_str_of(parts[i].name));
}

static void load_iterator(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    static const part loop[] = {{DX_W_in, 0, DX_PART_IN, "in"},
                                {DX_W_return, 1, DX_PART_RETURN, "return"}};
    static const part quantified[] = {{DX_W_in, 0, DX_PART_IN, "in"},
                                      {DX_W_satisfies, 1, DX_PART_SATISFIES, "satisfies"}};
    x->kind = node->word == DX_W_for ? DX_X_FOR : node->word == DX_W_some ? DX_X_SOME : DX_X_EVERY;
    x->iterator_var = dx_load_required(l, node, "iteratorVariable");
    load_parts(l, node, x, x->kind == DX_X_FOR ? loop : quantified, 2);
}

/* ---- any expression ---- */

static void load_body(dx_loader *l, const dx_xml_node *node, dx_expr *x) {
    static const part conditional[] = {{DX_W_if, 0, DX_PART_IF, "if"},
                                       {DX_W_then, 1, DX_PART_THEN, "then"},
                                       {DX_W_else, 2, DX_PART_ELSE, "else"}};
    static const part filter[] = {{DX_W_in, 0, DX_PART_IN, "in"},
                                  {DX_W_match, 1, DX_PART_MATCH, "match"}};
    switch (node->word) {
    case DX_W_literalExpression: load_literal(l, node, x); return;
    case DX_W_decisionTable:
        x->kind = DX_X_TABLE;
        x->table = dx_load_table(l, node);
        return;
    case DX_W_context: load_context(l, node, x); return;
    case DX_W_list: load_list(l, node, x); return;
    case DX_W_relation: load_relation(l, node, x); return;
    case DX_W_invocation: load_invocation(l, node, x); return;
    case DX_W_conditional:
        x->kind = DX_X_CONDITIONAL;
        load_parts(l, node, x, conditional, 3);
        return;
    case DX_W_filter:
        x->kind = DX_X_FILTER;
        load_parts(l, node, x, filter, 2);
        return;
    case DX_W_for:
    case DX_W_some:
    case DX_W_every: load_iterator(l, node, x); return;
    default: load_function(l, node, x); return; /* functionDefinition, encapsulatedLogic */
    }
}

void dx_load_expr(dx_loader *l, const dx_xml_node *node, dx_expr **slot) {
    if (*slot) {
        dx_load_fault(l, node, NULL, DX_E_DMN_TWO_EXPRESSIONS, DX_STR(""), DX_STR(""));
        return;
    }
    dx_expr *x = *slot = DX_NEW(l->arena, dx_expr);
    x->id = dx_load_attr(node, "id");
    x->label = dx_load_attr(node, "label");
    x->description = dx_load_child_text(node, DX_W_description).s;
    x->type_ref = dx_load_type(l, node);
    x->text = x->iterator_type_ref = dx_load_no_text(node);
    x->language = x->iterator_var = x->function_kind = DX_STR("");
    x->line = node->line;
    load_body(l, node, x);
}
