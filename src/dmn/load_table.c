/* Loading decision tables. Every rule ends up with one cell per column, whatever the document has,
 * so that later steps need not check. */
#include "dmn/load.h"

/* ORDER TAG: dx_hit, dx_aggregation. */
static const char *const hit_names[] = {"UNIQUE",  "FIRST",      "PRIORITY",    "ANY",
                                        "COLLECT", "RULE ORDER", "OUTPUT ORDER"};
static const char *const aggregation_names[] = {"SUM", "COUNT", "MIN", "MAX"};

static uint32_t find_name(const char *const *names, uint32_t n, dx_str name) {
    uint32_t i = 0;
    while (i < n && !dx_str_is(name, names[i]))
        i++;
    return i;
}

static void load_policy(dx_loader *l, const dx_xml_node *node, dx_dtable *t) {
    dx_str hit = dx_load_attr(node, "hitPolicy"), sum = dx_load_attr(node, "aggregation");
    uint32_t i = hit.n ? find_name(hit_names, 7, hit) : DX_HIT_UNIQUE;
    if (i == 7)
        dx_load_fault(l, node, "hitPolicy", DX_E_DMN_HIT_POLICY, hit, DX_STR(""));
    else
        t->hit = (dx_hit)i;
    if (sum.n == 0)
        return;
    uint32_t j = find_name(aggregation_names, 4, sum);
    if (j == 4)
        dx_load_fault(l, node, "aggregation", DX_E_DMN_AGGREGATION, sum, DX_STR(""));
    else if (i < 7 && t->hit != DX_HIT_COLLECT)
        dx_load_fault(l, node, "aggregation", DX_E_DMN_AGGREGATION_HIT, sum,
                      dx_str_of(hit_names[t->hit]));
    else
        t->aggregation = (dx_aggregation)(j + 1);
}

/* ---- columns ---- */

static void load_input(dx_loader *l, const dx_xml_node *node, dx_clause *clause, uint32_t number) {
    dx_where where = {l->where, DX_PART_INPUT, number, dx_load_attr(node, "label")};
    l->where = &where;
    *clause = (dx_clause){.name = DX_STR(""),
                          .label = dx_load_attr(node, "label"),
                          .id = dx_load_attr(node, "id"),
                          .expression = dx_load_no_text(node),
                          .type_ref = dx_load_no_text(node),
                          .allowed = dx_load_no_text(node),
                          .default_entry = dx_load_no_text(node),
                          .line = node->line};
    bool found = false;
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == DX_W_inputExpression && !found) {
            clause->expression = dx_load_feel(l, child);
            clause->type_ref = dx_load_type(l, child);
            found = true;
        } else if (child->word == DX_W_inputValues) {
            clause->allowed = dx_load_feel(l, child);
        } else {
            dx_load_unexpected(l, node, child);
        }
    }
    if (clause->expression.s.n == 0)
        dx_load_fault(l, node, NULL, DX_E_DMN_NO_EXPRESSION, node->name, DX_STR(""));
    l->where = where.outer;
}

static void load_output(dx_loader *l, const dx_xml_node *node, dx_clause *clause, uint32_t number) {
    dx_where where = {l->where, DX_PART_OUTPUT, number, dx_load_attr(node, "name")};
    l->where = &where;
    *clause = (dx_clause){.name = where.name,
                          .label = dx_load_attr(node, "label"),
                          .id = dx_load_attr(node, "id"),
                          .expression = dx_load_no_text(node),
                          .type_ref = dx_load_type(l, node),
                          .allowed = dx_load_no_text(node),
                          .default_entry = dx_load_no_text(node),
                          .line = node->line};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == DX_W_outputValues)
            clause->allowed = dx_load_feel(l, child);
        else if (child->word == DX_W_defaultOutputEntry)
            clause->default_entry = dx_load_feel(l, child);
        else
            dx_load_unexpected(l, node, child);
    }
    l->where = where.outer;
}

static void load_clauses(dx_loader *l, const dx_xml_node *node, dx_dtable *t) {
    dx_names names = {0};
    uint32_t n_outputs = dx_load_count(node, DX_W_output);
    t->inputs = DX_NEW_ARRAY(l->arena, dx_clause, dx_load_count(node, DX_W_input));
    t->outputs = DX_NEW_ARRAY(l->arena, dx_clause, n_outputs);
    t->annotations = DX_NEW_ARRAY(l->arena, dx_str, dx_load_count(node, DX_W_annotation));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        switch (child->word) {
        case DX_W_input:
            load_input(l, child, &t->inputs[t->n_inputs], t->n_inputs + 1);
            t->n_inputs++;
            break;
        case DX_W_output:
            load_output(l, child, &t->outputs[t->n_outputs], t->n_outputs + 1);
            if (n_outputs > 1) /* they become the keys of a context */
                dx_load_name(l, &names, child, dx_load_required(l, child, "name"));
            t->n_outputs++;
            break;
        case DX_W_annotation:
            t->annotations[t->n_annotations++] = dx_load_attr(child, "name");
            break;
        case DX_W_rule: break;
        default: dx_load_unexpected(l, node, child); break;
        }
    }
    if (n_outputs == 0)
        dx_load_fault(l, node, NULL, DX_E_DMN_CHILD, node->name, DX_STR("output"));
}

/* ---- rules ---- */

static void check_cells(dx_loader *l, const dx_xml_node *node, dx_word word, uint32_t wanted,
                        dx_err code) {
    uint32_t found = dx_load_count(node, word);
    /* Notes may be left out at the end; cells may not. */
    if (found > wanted || (found < wanted && word != DX_W_annotationEntry))
        dx_load_fault(l, node, NULL, code, dx_str_fmt(l->scratch, "%u", found),
                      dx_str_fmt(l->scratch, "%u", wanted));
}

/* n texts, each empty and at the place of the rule until its cell is read. */
static dx_text *new_cells(dx_loader *l, const dx_xml_node *node, uint32_t n) {
    dx_text *cells = DX_NEW_ARRAY(l->arena, dx_text, n);
    for (uint32_t i = 0; i < n; i++)
        cells[i] = dx_load_no_text(node);
    return cells;
}

static void load_rule(dx_loader *l, const dx_xml_node *node, const dx_dtable *t, dx_rule *rule) {
    uint32_t i = 0, o = 0, a = 0;
    rule->id = dx_load_attr(node, "id");
    rule->line = node->line;
    rule->description = dx_load_child_text(node, DX_W_description).s;
    rule->inputs = new_cells(l, node, t->n_inputs);
    rule->outputs = new_cells(l, node, t->n_outputs);
    rule->annotations = new_cells(l, node, t->n_annotations);
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        switch (child->word) {
        case DX_W_inputEntry:
            if (i < t->n_inputs)
                rule->inputs[i++] = dx_load_feel(l, child);
            break;
        case DX_W_outputEntry:
            if (o < t->n_outputs)
                rule->outputs[o++] = dx_load_feel(l, child);
            break;
        case DX_W_annotationEntry:
            if (a < t->n_annotations)
                rule->annotations[a++] = dx_load_child_text(child, DX_W_text);
            break;
        default: dx_load_unexpected(l, node, child); break;
        }
    }
    check_cells(l, node, DX_W_inputEntry, t->n_inputs, DX_E_DMN_RULE_INPUTS);
    check_cells(l, node, DX_W_outputEntry, t->n_outputs, DX_E_DMN_RULE_OUTPUTS);
    check_cells(l, node, DX_W_annotationEntry, t->n_annotations, DX_E_DMN_RULE_ANNOTATIONS);
}

/* The policies that sort go by the output values of the columns. */
static void check_priority(dx_loader *l, const dx_xml_node *node, const dx_dtable *t) {
    if (t->hit != DX_HIT_PRIORITY && t->hit != DX_HIT_OUTPUT_ORDER)
        return;
    for (uint32_t i = 0; i < t->n_outputs; i++)
        if (t->outputs[i].allowed.s.n)
            return;
    dx_load_doubt(l, node, "hitPolicy", DX_E_DMN_PRIORITY, dx_str_of(hit_names[t->hit]));
}

dx_dtable *dx_load_table(dx_loader *l, const dx_xml_node *node) {
    dx_dtable *t = DX_NEW(l->arena, dx_dtable);
    load_policy(l, node, t);
    load_clauses(l, node, t);
    check_priority(l, node, t);
    t->output_label = dx_load_attr(node, "outputLabel");
    t->rules = DX_NEW_ARRAY(l->arena, dx_rule, dx_load_count(node, DX_W_rule));
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word != DX_W_rule)
            continue;
        dx_where where = {l->where, DX_PART_RULE, t->n_rules + 1, DX_STR("")};
        l->where = &where;
        load_rule(l, child, t, &t->rules[t->n_rules++]);
        l->where = where.outer;
    }
    return t;
}
