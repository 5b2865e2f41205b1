/* Decision tables of one hit with constant cells: a step for the rule that matches and one for each
 * output. Other tables are left to the row engine whole. */
#include "batch/build.h"

/* Whether the kernel knows the table: one hit, and cells that are constants. */
static bool table_is_plain(const dx_table *table) {
    enum { RULES_MOST = 250 };
    bool single = table->hit == DX_HIT_UNIQUE || table->hit == DX_HIT_FIRST ||
                  table->hit == DX_HIT_ANY || table->hit == DX_HIT_PRIORITY;
    if (!single || table->n_rules > RULES_MOST || table->n_inputs == 0)
        return false;
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        if (table->columns[col].allowed)
            return false;
        for (uint32_t i = 0; i < table->columns[col].n_cells; i++)
            if (table->columns[col].cells[i].coded)
                return false;
    }
    return true;
}

/* An output of a rule: a constant, or a step that becomes a parameter of the table. */
typedef struct table_cut {
    cut c;
    dx_node *tree;
    dx_val *values;     /* by rule and output, then the defaults */
    uint32_t *computed; /* likewise: its place among the arguments */
} table_cut;

static void cut_output(table_cut *t, dx_node **place, uint32_t at, uint32_t output,
                       const env *names) {
    builder *b = t->c.b;
    const dx_type *type = t->tree->table->output_types[output];
    dx_body body = {.compiler = &b->batch->workshop.compiler};
    if (!*place)
        return;
    bool folds = dx_fold(&body, *place, &t->values[at]);
    if (folds && (!type || t->values[at].tag == DX_NULL ||
                  (dx_type_has(type, t->values[at]) && !type->constraint_fn)))
        return;
    ref value = dx_build_expr(b, names, *place);
    if (type)
        value = dx_build_conform(b, value, dx_build_type(b, names, *place), type);
    t->computed[at] = t->c.args.n + 1; /* after the match, which comes first */
    *place = dx_build_param(&t->c, dx_build_whole(b, value));
}

static void cut_outputs(table_cut *t, const env *names) {
    dx_table *table = t->tree->table;
    uint32_t n = table->n_outputs, rules = table->n_rules * n;
    for (uint32_t i = 0; i < rules; i++)
        cut_output(t, &table->outputs[i], i, i % n, names);
    for (uint32_t o = 0; o < n; o++)
        cut_output(t, &table->defaults[o], rules + o, o, names);
}

/* The step of one output: its own column of what cut_outputs found, and the row engine's path. */
static ref table_step(table_cut *t, const dx_table *compiled, uint32_t match, uint32_t output) {
    dx_arena *arena = arena_of(t->c.b);
    uint32_t n = compiled->n_outputs, rules = compiled->n_rules;
    uint32_t *args = DX_NEW_ARRAY(arena, uint32_t, t->c.args.n + 1);
    dx_val *values = DX_NEW_ARRAY(arena, dx_val, rules + 1);
    uint32_t *computed = DX_NEW_ARRAY(arena, uint32_t, rules + 1);
    args[0] = match;
    for (uint32_t i = 0; i < t->c.args.n; i++)
        args[i + 1] = t->c.args.v[i];
    for (uint32_t r = 0; r <= rules; r++) {
        values[r] = t->values[r * n + output];
        computed[r] = t->computed[r * n + output];
    }
    dx_node *tree = t->tree;
    if (compiled->shape) {
        tree = dx_node_new(arena, DX_N_PATH, NULL);
        tree->a = t->tree;
        tree->name = compiled->shape->keys[output];
    }
    dx_step step = {.kind = DX_S_TABLE,
                    .args = args,
                    .n_args = t->c.args.n + 1,
                    .table = compiled,
                    .number = output,
                    .outputs = values,
                    .computed = computed,
                    .proc = dx_build_proc(&t->c, tree)};
    return of_step(dx_build_step(t->c.b, step));
}

ref dx_build_table(builder *b, const env *names, const dx_node *node) {
    dx_arena *arena = arena_of(b);
    dx_compiler *compiler = &b->batch->workshop.compiler;
    table_cut t = {.c = {.b = b, .names = names}};
    dx_table *table = DX_NEW(arena, dx_table);
    *table = *node->table;
    t.tree = dx_node_new(arena, DX_N_TABLE, NULL);
    t.tree->table = table;
    uint32_t places = (table->n_rules + 1) * table->n_outputs;
    t.values = DX_NEW_ARRAY(arena, dx_val, places + 1);
    t.computed = DX_NEW_ARRAY(arena, uint32_t, places + 1);
    table->inputs = DX_NEW_ARRAY(arena, dx_node *, table->n_inputs + 1);
    dx_node **outputs = table->outputs, **defaults = table->defaults;
    table->outputs = DX_NEW_ARRAY(arena, dx_node *, places + 1);
    table->defaults = DX_NEW_ARRAY(arena, dx_node *, table->n_outputs + 1);
    memcpy(table->outputs, outputs, table->n_rules * table->n_outputs * sizeof *outputs);
    memcpy(table->defaults, defaults, table->n_outputs * sizeof *defaults);
    for (uint32_t i = 0; i < table->n_inputs; i++)
        table->inputs[i] = dx_build_typed_param(
            &t.c, dx_build_whole(b, dx_build_expr(b, names, node->table->inputs[i])),
            dx_build_type(b, names, node->table->inputs[i]));
    cut_outputs(&t, names);
    uint32_t first = compiler->tables.n;
    const dx_proc *proc = dx_build_proc(&t.c, t.tree);
    const dx_table *compiled = compiler->tables.v[first];
    if (!table_is_plain(compiled)) {
        /* its cells may name values too */
        return dx_build_cut(b, names, node);
    }
    uint32_t match = dx_build_step(b, (dx_step){.kind = DX_S_MATCH,
                                                .args = t.c.args.v,
                                                .n_args = compiled->n_inputs,
                                                .table = compiled});
    if (!compiled->shape)
        return table_step(&t, compiled, match, 0);
    ref made = dx_build_parts(b, compiled->shape);
    for (uint32_t o = 0; o < compiled->n_outputs; o++)
        made.parts->entries[o] = table_step(&t, compiled, match, o);
    made.parts->whole = dx_build_step(
        b, (dx_step){.kind = DX_S_CALC, .args = t.c.args.v, .n_args = t.c.args.n, .proc = proc});
    return made;
}
