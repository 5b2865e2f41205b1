/* Boxed expressions as FEEL trees (DMN 1.5 §7.3, chapter 10.2): one compiler then serves both. */
#include "dmn/lower.h"

static const dx_source *source_of(dx_lower *lower, const dx_text *text, uint32_t line) {
    dx_source *source = DX_NEW(lower->arena, dx_source);
    source->place =
        text ? dx_text_place(text, lower->model->file, lower->where)
             : (dx_place){.file = lower->model->file, .line = line, .where = lower->where};
    return source;
}

const dx_where *dx_lower_enter(dx_lower *lower, dx_part part, uint32_t number, dx_str name) {
    const dx_where *outer = lower->where;
    dx_where *where = DX_NEW(lower->arena, dx_where);
    *where = (dx_where){outer, part, number, name};
    lower->where = where;
    return outer;
}

static dx_node *null_node(dx_lower *lower, uint32_t line) {
    dx_node *node = dx_node_new(lower->arena, DX_N_LITERAL, source_of(lower, NULL, line));
    node->value = DX_VAL_NULL;
    return node;
}

/* --- text ------------------------------------------------------------------------------------- */

static dx_node *parse(dx_lower *lower, const dx_text *text, bool tests) {
    dx_parse p = {lower->arena, lower->diags, lower->scope, lower->members, lower->hidden};
    dx_place place = dx_text_place(text, lower->model->file, lower->where);
    return tests ? dx_feel_parse_tests(&p, text->s, place) : dx_feel_parse(&p, text->s, place);
}

static dx_node *lower_text(dx_lower *lower, const dx_text *text) {
    if (dx_str_trim(text->s).n == 0)
        return null_node(lower, text->line);
    return parse(lower, text, false);
}

/* --- scopes ------------------------------------------------------------------------------------
 */

static dx_names *open_scope(dx_lower *lower) {
    dx_names *names = DX_NEW(lower->arena, dx_names);
    names->outer = lower->scope;
    lower->scope = names;
    return names;
}
static void close_scope(dx_lower *lower) {
    lower->scope = lower->scope->outer;
}

dx_node *dx_lower_coerced(dx_lower *lower, dx_node *tree, const dx_text *type_ref) {
    const dx_type *type = dx_lower_type(lower, type_ref);
    if (type->kind == DX_T_ANY)
        return tree;
    dx_node *node = dx_node_new(lower->arena, DX_N_COERCE, tree->source);
    node->from = tree->from;
    node->to = tree->to;
    node->a = tree;
    node->type = type;
    return node;
}

static dx_node *lower_entry(dx_lower *lower, const dx_entry *entry, dx_part part, uint32_t number) {
    const dx_where *outer = dx_lower_enter(lower, part, number, entry->name);
    dx_node *tree =
        entry->value ? dx_lower_expr(lower, entry->value) : null_node(lower, entry->line);
    tree = dx_lower_coerced(lower, tree, &entry->type_ref);
    lower->where = outer;
    return tree;
}

static dx_node *child(dx_lower *lower, const dx_expr *expr, uint32_t i, dx_part part) {
    const dx_where *outer = dx_lower_enter(lower, part, 0, (dx_str){0});
    dx_node *tree =
        expr->child[i] ? dx_lower_expr(lower, expr->child[i]) : null_node(lower, expr->line);
    lower->where = outer;
    return tree;
}

/* --- lists, contexts, invocations --- */

static dx_node *list_node(dx_lower *lower, dx_node_kind kind, uint32_t n, const dx_expr *expr) {
    dx_node *node = dx_node_new(lower->arena, kind, source_of(lower, &expr->text, 0));
    node->n = n;
    node->list = DX_NEW_ARRAY(lower->arena, dx_node *, n + 1);
    node->names = kind == DX_N_LIST ? NULL : DX_NEW_ARRAY(lower->arena, dx_str, n + 1);
    return node;
}

static dx_node *lower_context(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = list_node(lower, DX_N_CONTEXT, expr->n_entries, expr);
    node->flags = DX_F_BOXED;
    dx_names *scope = open_scope(lower);
    for (uint32_t i = 0; i < expr->n_entries; i++) {
        const dx_entry *entry = &expr->entries[i];
        if (entry->value && entry->value->kind == DX_X_FUNCTION)
            dx_names_add(lower->arena, scope, entry->name); /* a function may call itself */
        node->names[i] = dx_name_normal(lower->arena, entry->name);
        node->list[i] =
            lower_entry(lower, entry, entry->name.n ? DX_PART_ENTRY : DX_PART_RESULT, 0);
        dx_names_add(lower->arena, scope, entry->name);
    }
    close_scope(lower);
    return node;
}

static dx_node *lower_list(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = list_node(lower, DX_N_LIST, expr->n_entries, expr);
    for (uint32_t i = 0; i < expr->n_entries; i++)
        node->list[i] = lower_entry(lower, &expr->entries[i], DX_PART_ITEM, i + 1);
    return node;
}

static dx_node *lower_relation(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = list_node(lower, DX_N_LIST, expr->n_rows, expr);
    for (uint32_t r = 0; r < expr->n_rows; r++) {
        const dx_where *outer = dx_lower_enter(lower, DX_PART_ROW, r + 1, (dx_str){0});
        dx_node *row = list_node(lower, DX_N_CONTEXT, expr->n_columns, expr);
        for (uint32_t c = 0; c < expr->n_columns; c++) {
            row->names[c] = dx_name_normal(lower->arena, expr->columns[c].name);
            dx_entry cell = expr->entries[r * expr->n_columns + c];
            cell.name = expr->columns[c].name;
            row->list[c] = dx_lower_coerced(lower, lower_entry(lower, &cell, DX_PART_COLUMN, c + 1),
                                            &expr->columns[c].type_ref);
        }
        lower->where = outer;
        node->list[r] = row;
    }
    return node;
}

static dx_node *lower_invocation(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = list_node(lower, DX_N_CALL, expr->n_entries, expr);
    const dx_where *outer = dx_lower_enter(lower, DX_PART_CALLED, 0, (dx_str){0});
    node->a = dx_lower_expr(lower, expr->child[0]);
    lower->where = outer;
    if (node->a->source) {
        node->source = node->a->source;
        node->from = node->a->from;
        node->to = node->a->to;
    }
    for (uint32_t i = 0; i < expr->n_entries; i++) {
        node->names[i] = dx_name_normal(lower->arena, expr->entries[i].name);
        node->list[i] = lower_entry(lower, &expr->entries[i], DX_PART_BINDING, 0);
    }
    if (expr->n_entries == 0)
        node->names = NULL;
    return node;
}

static dx_node *lower_function(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = dx_node_new(lower->arena, DX_N_FUNCTION, source_of(lower, &expr->text, 0));
    dx_names *scope = open_scope(lower);
    node->n = expr->n_entries;
    node->names = DX_NEW_ARRAY(lower->arena, dx_str, node->n + 1);
    node->types = DX_NEW_ARRAY(lower->arena, const dx_type *, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++) {
        node->names[i] = dx_name_normal(lower->arena, expr->entries[i].name);
        node->types[i] = dx_lower_type(lower, &expr->entries[i].type_ref);
        dx_names_add(lower->arena, scope, expr->entries[i].name);
    }
    bool external = expr->function_kind.n > 0 && !dx_str_is(expr->function_kind, "FEEL");
    node->flags = external ? DX_F_EXTERNAL : 0;
    node->a = child(lower, expr, 0, DX_PART_BODY);
    close_scope(lower);
    return node;
}

/* --- conditionals and iterators --- */

static dx_node *lower_conditional(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = dx_node_new(lower->arena, DX_N_IF, source_of(lower, &expr->text, 0));
    node->flags = DX_F_BOXED;
    node->a = child(lower, expr, 0, DX_PART_IF);
    node->b = child(lower, expr, 1, DX_PART_THEN);
    node->c = child(lower, expr, 2, DX_PART_ELSE);
    return node;
}

static dx_node *lower_filter(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = dx_node_new(lower->arena, DX_N_FILTER, source_of(lower, &expr->text, 0));
    node->flags = DX_F_BOXED;
    node->a = child(lower, expr, 0, DX_PART_IN);
    dx_names *scope = open_scope(lower);
    dx_names_add(lower->arena, scope, DX_STR("item"));
    for (uint32_t i = 0; i < lower->members->known.cap; i++)
        if (lower->members->known.keys[i].p)
            dx_names_add(lower->arena, scope, lower->members->known.keys[i]);
    node->b = child(lower, expr, 1, DX_PART_MATCH);
    close_scope(lower);
    return node;
}

static dx_node *lower_iterator(dx_lower *lower, const dx_expr *expr) {
    dx_node_kind kind = expr->kind == DX_X_FOR    ? DX_N_FOR
                        : expr->kind == DX_X_SOME ? DX_N_SOME
                                                  : DX_N_EVERY;
    dx_node *node = dx_node_new(lower->arena, kind, source_of(lower, &expr->text, 0));
    node->n = 1;
    node->flags = DX_F_BOXED;
    node->iters = DX_NEW(lower->arena, dx_iter);
    node->iters[0].name = dx_name_normal(lower->arena, expr->iterator_var);
    node->iters[0].a = child(lower, expr, 0, DX_PART_IN);
    dx_names *scope = open_scope(lower);
    dx_names_add(lower->arena, scope, expr->iterator_var);
    if (kind == DX_N_FOR)
        dx_names_add(lower->arena, scope, DX_STR("partial"));
    node->a = child(lower, expr, 1, kind == DX_N_FOR ? DX_PART_RETURN : DX_PART_SATISFIES);
    close_scope(lower);
    return node;
}

/* --- decision tables --- */

/* What a person calls a column: its label, or what it tests when that is short. */
static dx_str column_name(const dx_clause *clause) {
    enum { SHORT = 40 };
    if (clause->label.n)
        return clause->label;
    if (clause->name.n)
        return clause->name;
    return clause->expression.s.n <= SHORT ? clause->expression.s : (dx_str){0};
}

/* The tree of one text of a column, as that part of it. */
static dx_node *lower_part(dx_lower *lower, const dx_text *text, bool tests, dx_part part) {
    const dx_where *outer = dx_lower_enter(lower, part, 0, (dx_str){0});
    dx_node *tree = tests ? parse(lower, text, true) : lower_text(lower, text);
    lower->where = outer;
    return tree;
}

static void lower_inputs(dx_lower *lower, const dx_dtable *from, dx_table *to) {
    dx_arena *arena = lower->arena;
    to->inputs = DX_NEW_ARRAY(arena, dx_node *, from->n_inputs + 1);
    to->input_values = DX_NEW_ARRAY(arena, dx_node *, from->n_inputs + 1);
    to->input_texts = DX_NEW_ARRAY(arena, dx_str, from->n_inputs + 1);
    for (uint32_t i = 0; i < from->n_inputs; i++) {
        const dx_clause *input = &from->inputs[i];
        const dx_where *outer = dx_lower_enter(lower, DX_PART_INPUT, i + 1, column_name(input));
        dx_node *tree = lower_part(lower, &input->expression, false, DX_PART_INPUT_EXPRESSION);
        to->inputs[i] = dx_lower_coerced(lower, tree, &input->type_ref);
        to->input_texts[i] = input->expression.s;
        if (input->allowed.s.n)
            to->input_values[i] = lower_part(lower, &input->allowed, true, DX_PART_INPUT_VALUES);
        lower->where = outer;
    }
}

static void lower_outputs(dx_lower *lower, const dx_dtable *from, dx_table *to) {
    dx_arena *arena = lower->arena;
    dx_str *names = DX_NEW_ARRAY(arena, dx_str, from->n_outputs + 1);
    to->output_values = DX_NEW_ARRAY(arena, dx_node *, from->n_outputs + 1);
    to->defaults = DX_NEW_ARRAY(arena, dx_node *, from->n_outputs + 1);
    to->output_types = DX_NEW_ARRAY(arena, const dx_type *, from->n_outputs + 1);
    for (uint32_t i = 0; i < from->n_outputs; i++) {
        const dx_clause *output = &from->outputs[i];
        const dx_where *outer = dx_lower_enter(lower, DX_PART_OUTPUT, i + 1, column_name(output));
        const dx_type *type = dx_lower_type(lower, &output->type_ref);
        names[i] = dx_name_normal(arena, output->name);
        to->output_types[i] = type->kind == DX_T_ANY || from->n_outputs == 1 ? NULL : type;
        if (output->allowed.s.n)
            to->output_values[i] = lower_part(lower, &output->allowed, true, DX_PART_OUTPUT_VALUES);
        if (output->default_entry.s.n)
            to->defaults[i] = lower_part(lower, &output->default_entry, false, DX_PART_DEFAULT);
        lower->where = outer;
    }
    to->shape = from->n_outputs > 1 ? dx_shape_new(arena, names, from->n_outputs) : NULL;
}

static void lower_rules(dx_lower *lower, const dx_dtable *from, dx_table *to) {
    dx_arena *arena = lower->arena;
    uint32_t n_in = from->n_inputs, n_out = from->n_outputs, n_notes = from->n_annotations;
    to->cells = DX_NEW_ARRAY(arena, dx_node *, (size_t)from->n_rules * n_in + 1);
    to->cell_texts = DX_NEW_ARRAY(arena, dx_str, (size_t)from->n_rules * n_in + 1);
    to->outputs = DX_NEW_ARRAY(arena, dx_node *, (size_t)from->n_rules * n_out + 1);
    to->rule_ids = DX_NEW_ARRAY(arena, dx_str, from->n_rules + 1);
    to->annotations = DX_NEW_ARRAY(arena, dx_str, (size_t)from->n_rules * n_notes + 1);
    dx_names *scope = open_scope(lower);
    dx_names_add(arena, scope, DX_STR("?"));
    for (uint32_t r = 0; r < from->n_rules; r++) {
        const dx_where *table = dx_lower_enter(lower, DX_PART_RULE, r + 1, (dx_str){0});
        for (uint32_t i = 0; i < n_in; i++) {
            const dx_text *cell = &from->rules[r].inputs[i];
            const dx_where *rule =
                dx_lower_enter(lower, DX_PART_INPUT, i + 1, column_name(&from->inputs[i]));
            to->cells[r * n_in + i] = parse(lower, cell, true);
            to->cell_texts[r * n_in + i] = cell->s;
            lower->where = rule;
        }
        lower->where = table;
    }
    close_scope(lower);
    for (uint32_t r = 0; r < from->n_rules; r++) {
        const dx_rule *rule = &from->rules[r];
        to->rule_ids[r] = rule->id;
        const dx_where *table = dx_lower_enter(lower, DX_PART_RULE, r + 1, (dx_str){0});
        for (uint32_t o = 0; o < n_out; o++) {
            const dx_where *here =
                dx_lower_enter(lower, DX_PART_OUTPUT, o + 1, column_name(&from->outputs[o]));
            to->outputs[r * n_out + o] = lower_text(lower, &rule->outputs[o]);
            lower->where = here;
        }
        lower->where = table;
        for (uint32_t a = 0; a < n_notes; a++)
            to->annotations[r * n_notes + a] = rule->annotations[a].s;
    }
}

static dx_node *lower_table(dx_lower *lower, const dx_expr *expr) {
    const dx_dtable *from = expr->table;
    dx_table *to = DX_NEW(lower->arena, dx_table);
    dx_node *node = dx_node_new(lower->arena, DX_N_TABLE, source_of(lower, &expr->text, 0));
    to->hit = from->hit;
    to->aggregation = from->aggregation;
    to->n_inputs = from->n_inputs;
    to->n_outputs = from->n_outputs;
    to->n_rules = from->n_rules;
    to->n_annotations = from->n_annotations;
    to->source = node->source;
    lower_inputs(lower, from, to);
    lower_outputs(lower, from, to);
    lower_rules(lower, from, to);
    if (from->n_outputs == 0) /* its cells are read for their faults alone */
        return dx_node_new(lower->arena, DX_N_ERROR, NULL);
    node->table = to;
    bool single =
        from->n_outputs == 1 && (from->hit == DX_HIT_UNIQUE || from->hit == DX_HIT_FIRST ||
                                 from->hit == DX_HIT_PRIORITY || from->hit == DX_HIT_ANY);
    return single ? dx_lower_coerced(lower, node, &from->outputs[0].type_ref) : node;
}

dx_node *dx_lower_expr(dx_lower *lower, const dx_expr *expr) {
    dx_node *node = NULL;
    if (!expr)
        return dx_node_new(lower->arena, DX_N_ERROR, NULL);
    switch (expr->kind) {
    case DX_X_NONE: return dx_node_new(lower->arena, DX_N_ERROR, NULL);
    case DX_X_LITERAL:
        node = expr->language.n ? dx_node_new(lower->arena, DX_N_ERROR, NULL)
                                : lower_text(lower, &expr->text);
        break;
    case DX_X_TABLE: node = lower_table(lower, expr); break;
    case DX_X_CONTEXT: node = lower_context(lower, expr); break;
    case DX_X_LIST: node = lower_list(lower, expr); break;
    case DX_X_RELATION: node = lower_relation(lower, expr); break;
    case DX_X_INVOCATION: node = lower_invocation(lower, expr); break;
    case DX_X_FUNCTION: node = lower_function(lower, expr); break;
    case DX_X_CONDITIONAL: node = lower_conditional(lower, expr); break;
    case DX_X_FILTER: node = lower_filter(lower, expr); break;
    case DX_X_FOR:
    case DX_X_SOME:
    case DX_X_EVERY: node = lower_iterator(lower, expr); break;
    }
    return dx_lower_coerced(lower, node, &expr->type_ref);
}

/* --- member names --- */

static void item_members(dx_lower *lower, const dx_item_def *item) {
    for (uint32_t i = 0; i < item->n_components; i++) {
        dx_names_add(lower->arena, lower->members, item->components[i].name);
        item_members(lower, &item->components[i]);
    }
}

static void expr_members(dx_lower *lower, const dx_expr *expr) {
    if (!expr)
        return;
    bool keyed = expr->kind == DX_X_CONTEXT;
    for (uint32_t i = 0; i < expr->n_entries; i++) {
        if (keyed && expr->entries[i].name.n)
            dx_names_add(lower->arena, lower->members, expr->entries[i].name);
        expr_members(lower, expr->entries[i].value);
    }
    for (uint32_t i = 0; i < expr->n_columns; i++)
        dx_names_add(lower->arena, lower->members, expr->columns[i].name);
    for (uint32_t i = 0; i < 3; i++)
        expr_members(lower, expr->child[i]);
    if (expr->table)
        for (uint32_t i = 0; i < expr->table->n_outputs; i++)
            if (expr->table->outputs[i].name.n)
                dx_names_add(lower->arena, lower->members, expr->table->outputs[i].name);
}

void dx_lower_members(dx_lower *lower, const dx_model *model) {
    for (uint32_t i = 0; i < model->n_items; i++)
        item_members(lower, &model->items[i]);
    for (uint32_t i = 0; i < model->n_elements; i++) {
        dx_names_add(lower->arena, lower->members, model->elements[i].variable);
        dx_names_add(lower->arena, lower->hidden, model->elements[i].variable);
        expr_members(lower, model->elements[i].expr);
    }
}
