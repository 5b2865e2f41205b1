/* Decision tables to code and masks. The inputs are computed once; each distinct cell of a column
 * is tested once, whatever the number of rules that have it, and stands for those rules as a bit
 * set. Cells of constants are tested by table.c itself; the others are code that runs before.
 * Outputs that are all constants need no code. */
#include "feel/compile.h"

static bool fold_tests(dx_body *body, const dx_node *node, dx_cell *cell) {
    dx_arena *arena = body->compiler->arena;
    dx_cell_test *tests = DX_NEW_ARRAY(arena, dx_cell_test, node->n + 1);
    for (uint32_t i = 0; i < node->n; i++) {
        const dx_node *test = node->list[i];
        bool compare = test->kind == DX_N_TEST_CMP;
        tests[i].op = compare ? test->op : DX_OP_NONE;
        if (!dx_fold(body, compare ? test->b : test, &tests[i].value))
            return false;
    }
    cell->tests = tests;
    cell->n_tests = node->n;
    cell->negated = node->flags & DX_F_NOT;
    return true;
}

static void compile_cell(dx_body *body, const dx_node *node, uint32_t subject, const dx_type *type,
                         dx_cell *cell) {
    if (node->kind == DX_N_TESTS && node->n == 0 && !(node->flags & DX_F_NOT)) {
        cell->dash = true;
        return;
    }
    if (node->kind == DX_N_TESTS && fold_tests(body, node, cell))
        return;
    dx_scope scope = {0};
    cell->coded = true;
    cell->reg = dx_body_temps(body, 1);
    dx_scope_push(body, &scope);
    dx_scope_add(body, DX_STR("?"), subject, type);
    dx_compile_one_test(body, node, subject, cell->reg);
    dx_scope_pop(body);
}

/* The cells of a column as strings; NULL when one of them is something else. */
static const dx_val *strings_of(dx_body *body, const dx_column *column) {
    dx_val *strings = DX_NEW_ARRAY(body->compiler->arena, dx_val, column->n_cells + 1);
    for (uint32_t i = 0; i < column->n_cells; i++) {
        const dx_cell *cell = &column->cells[i];
        bool one = !cell->coded && !cell->negated && cell->n_tests == 1 &&
                   cell->tests->op == DX_OP_NONE && cell->tests->value.tag == DX_STRING;
        if (!one && !cell->dash)
            return NULL;
        if (one)
            strings[i] = cell->tests->value;
    }
    return strings;
}

static void compile_column(dx_body *body, dx_table *table, uint32_t col, uint32_t subject,
                           const dx_type *type) {
    dx_arena *arena = body->compiler->arena;
    dx_column *column = &table->columns[col];
    uint32_t *of_rule = DX_NEW_ARRAY(arena, uint32_t, table->n_rules + 1);
    dx_map known = {0};
    column->cells = DX_NEW_ARRAY(arena, dx_cell, table->n_rules + 1);
    column->expression = table->input_texts[col];
    for (uint32_t r = 0; r < table->n_rules; r++) {
        uint32_t at = r * table->n_inputs + col;
        dx_str text = table->cell_texts[at];
        uint32_t cell = dx_map_get(&known, text);
        if (cell == DX_MAP_NONE) {
            cell = column->n_cells++;
            dx_map_put(arena, &known, text, cell);
            column->cells[cell].text = text;
            compile_cell(body, table->cells[at], subject, type, &column->cells[cell]);
        }
        of_rule[r] = cell;
    }
    uint64_t *rules = DX_NEW_ARRAY(arena, uint64_t, (size_t)column->n_cells * table->n_words + 1);
    for (uint32_t r = 0; r < table->n_rules; r++)
        rules[(size_t)of_rule[r] * table->n_words + r / 64] |= UINT64_C(1) << (r % 64);
    column->of_rule = of_rule;
    column->rules = rules;
    column->strings = strings_of(body, column);
}

static bool fits_as_is(const dx_table *table, uint32_t out, dx_val v) {
    const dx_type *type = table->output_types[out];
    return !type || v.tag == DX_NULL || (dx_type_has(type, v) && !type->constraint_fn);
}

/* The outputs as constants, or NULL when one of them has to be computed. */
static const dx_val *constant_outputs(dx_body *body, const dx_table *table, dx_node **nodes,
                                      uint32_t n_rules) {
    dx_val *values =
        DX_NEW_ARRAY(body->compiler->arena, dx_val, (size_t)n_rules * table->n_outputs + 1);
    for (uint32_t r = 0; r < n_rules; r++)
        for (uint32_t o = 0; o < table->n_outputs; o++) {
            uint32_t at = r * table->n_outputs + o;
            if (!nodes[at])
                values[at] = DX_VAL_NULL;
            else if (!dx_fold(body, nodes[at], &values[at]) || !fits_as_is(table, o, values[at]))
                return NULL;
        }
    return values;
}

/* One more type that an output is known to have: of all its values, or Any. */
static void join_type(const dx_type **known, const dx_type *type) {
    *known = !*known || *known == type ? type : &dx_type_any;
}

static void compile_outputs(dx_body *body, const dx_table *table, dx_node **nodes, uint32_t base,
                            uint32_t result, const dx_type **known) {
    uint32_t top = body->top;
    for (uint32_t o = 0; o < table->n_outputs; o++) {
        const dx_type *type = &dx_type_any, *declared = table->output_types[o];
        if (nodes[o])
            dx_compile_expr(body, nodes[o], base + o, &type);
        else
            dx_body_emit(body, DX_I_MOVE, base + o, dx_body_const(body, DX_VAL_NULL), 0);
        if (declared && !dx_compile_conforms(type, declared))
            dx_body_emit(body, DX_I_COERCE, base + o, base + o,
                         dx_compile_type(body->compiler, declared));
        join_type(&known[o], declared ? declared : type);
    }
    dx_body_emit(body, DX_I_OUTPUT, result, base, table->number);
    body->top = top;
}

static bool has_defaults(const dx_table *table) {
    for (uint32_t o = 0; o < table->n_outputs; o++)
        if (table->defaults[o])
            return true;
    return false;
}

/* The output values of each column in their order, which PRIORITY and OUTPUT ORDER go by. */
static const dx_val *fold_priorities(dx_body *body, const dx_table *table) {
    dx_arena *arena = body->compiler->arena;
    dx_val *lists = DX_NEW_ARRAY(arena, dx_val, table->n_outputs + 1);
    for (uint32_t o = 0; o < table->n_outputs; o++) {
        const dx_node *tests = table->output_values[o];
        if (!tests || tests->kind != DX_N_TESTS)
            continue;
        dx_val *values = DX_NEW_ARRAY(arena, dx_val, tests->n + 1);
        uint32_t n = 0;
        for (uint32_t i = 0; i < tests->n; i++)
            if (tests->list[i]->kind != DX_N_TEST_CMP && dx_fold(body, tests->list[i], &values[n]))
                n++;
        lists[o] = dx_val_list(values, n);
    }
    return lists;
}

static void compile_coded_outputs(dx_body *body, dx_table *table, uint32_t result,
                                  const dx_type **known) {
    uint32_t base = dx_body_temps(body, table->n_outputs);
    table->targets = DX_NEW_ARRAY(body->compiler->arena, uint32_t, table->n_rules + 1);
    for (uint32_t r = 0; r < table->n_rules; r++) {
        table->targets[r] = body->code.n;
        compile_outputs(body, table, table->outputs + (size_t)r * table->n_outputs, base, result,
                        known);
    }
    if (has_defaults(table)) {
        table->targets[table->n_rules] = body->code.n;
        compile_outputs(body, table, table->defaults, base, result, known);
    }
    table->resume = body->code.n;
}

/* inputValues: an input outside them makes the whole table null. */
static void compile_input_check(dx_body *body, dx_table *table, uint32_t col, uint32_t subject) {
    const dx_node *tests = table->input_values[col];
    if (!tests || tests->kind != DX_N_TESTS || tests->n == 0)
        return;
    dx_cell *cell = DX_NEW(body->compiler->arena, dx_cell);
    compile_cell(body, tests, subject, &dx_type_any, cell);
    table->columns[col].allowed = cell;
}

static bool gives_many(const dx_table *table) {
    return table->hit == DX_HIT_COLLECT || table->hit == DX_HIT_RULE_ORDER ||
           table->hit == DX_HIT_OUTPUT_ORDER;
}

static dx_val one_result(dx_body *body, const dx_table *table, const dx_val *outputs) {
    return table->shape ? dx_val_context(body->compiler->arena, table->shape, outputs) : outputs[0];
}

/* The results of a table of constants that gives one hit. */
static const dx_val *constant_results(dx_body *body, const dx_table *table) {
    if (!table->constants || gives_many(table))
        return NULL;
    dx_val *results = DX_NEW_ARRAY(body->compiler->arena, dx_val, table->n_rules + 1);
    for (uint32_t r = 0; r < table->n_rules; r++)
        results[r] = one_result(body, table, table->constants + (size_t)r * table->n_outputs);
    if (table->defaults_value)
        results[table->n_rules] = one_result(body, table, table->defaults_value);
    return results;
}

static void constant_types(const dx_table *table, const dx_type **known) {
    for (uint32_t r = 0; r <= table->n_rules; r++)
        for (uint32_t o = 0; o < table->n_outputs; o++) {
            const dx_val *outputs = r < table->n_rules
                                        ? table->constants + (size_t)r * table->n_outputs
                                        : table->defaults_value;
            if (outputs && outputs[o].tag != DX_NULL)
                join_type(&known[o], dx_compile_type_of(outputs[o]));
        }
}

/* What is known of the result: null aside, of a table that gives one hit. */
static const dx_type *result_type(dx_compiler *compiler, const dx_table *table,
                                  const dx_type **known) {
    if (gives_many(table))
        return &dx_type_any;
    for (uint32_t o = 0; o < table->n_outputs; o++)
        if (!known[o])
            known[o] = &dx_type_any;
    return table->shape ? dx_compile_context_type(compiler, table->shape, known) : known[0];
}

static bool is_plain(const dx_table *table) {
    if (table->n_words != 1 || gives_many(table))
        return false;
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_column *column = &table->columns[col];
        if (column->allowed)
            return false;
        for (uint32_t i = 0; i < column->n_cells; i++)
            if (column->cells[i].coded)
                return false;
    }
    return true;
}

uint32_t dx_compile_table(dx_body *body, const dx_node *node, uint32_t want,
                          const dx_type **ret_type) {
    dx_compiler *compiler = body->compiler;
    dx_arena *arena = compiler->arena;
    dx_table *table = DX_NEW(arena, dx_table);
    *table = *node->table; /* one table of the model may be compiled in several procedures */
    table->number = compiler->tables.n;
    if (table->shape)
        table->shape = dx_compile_intern(compiler, table->shape);
    dx_vec_push(arena, &compiler->tables, table);
    table->n_words = (table->n_rules + 63) / 64;
    uint64_t *all = DX_NEW_ARRAY(arena, uint64_t, table->n_words + 1);
    for (uint32_t r = 0; r < table->n_rules; r++)
        all[r / 64] |= UINT64_C(1) << (r % 64);
    table->all_rules = all;
    table->columns = DX_NEW_ARRAY(arena, dx_column, table->n_inputs + 1);

    uint32_t reg = want == DX_ANY_REG ? dx_body_temps(body, 1) : want;
    table->state = dx_body_temps(body, 1);
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_type *type;
        uint32_t input = dx_compile_expr(body, table->inputs[col], DX_ANY_REG, &type);
        table->columns[col].reg = input;
        compile_input_check(body, table, col, input);
        compile_column(body, table, col, input, type);
    }
    table->priorities = fold_priorities(body, table);
    table->defaults_value =
        has_defaults(table) ? constant_outputs(body, table, table->defaults, 1) : NULL;
    table->constants = constant_outputs(body, table, table->outputs, table->n_rules);
    if (has_defaults(table) && !table->defaults_value)
        table->constants = NULL;
    table->results = constant_results(body, table);
    table->plain = is_plain(table);
    dx_body_emit(body, DX_I_TABLE, reg, 0, table->number);
    const dx_type **known = DX_NEW_ARRAY(arena, const dx_type *, table->n_outputs + 1);
    if (!table->constants)
        compile_coded_outputs(body, table, reg, known);
    else
        constant_types(table, known);
    *ret_type = result_type(compiler, table, known);
    return reg;
}
