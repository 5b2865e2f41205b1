/* Decision tables of one hit with constant cells (DMN 1.5 §8.2.11): the rule that each row meets,
 * as an array of bytes that all outputs of the table share, and the outputs chosen by it. Rows in
 * which an input is not known, or several rules match, are left to the row engine. */
#include "batch/run.h"
#include "feel/run.h"

enum { RULE_HARD = 255 };

/* --- cells --- */

/* Verdicts of a cell on booleans or codes: by the row engine, once for each distinct value. */
static bool cell_by_code(dx_batch_run *run, const dx_cell *cell, const dx_vector *v, uint8_t *r) {
    uint8_t answers[DX_ROWS];
    uint32_t n = v->form == DX_FORM_BOOLS ? 2 : v->dict->strings.n;
    uint32_t first = v->form == DX_FORM_BOOLS ? 0 : DX_CODE_FIRST;
    memset(answers, 0, sizeof answers);
    for (uint32_t code = first; code < n; code++) {
        dx_val value = v->form == DX_FORM_BOOLS ? dx_val_bool(code == 1)
                                                : dx_val_str(v->dict->strings.v[code]);
        answers[code] = dx_table_cell(run->row, cell, value);
    }
    if (v->form == DX_FORM_CODES)
        run->k->look_up_bytes(r, v->u.codes, answers, run->n);
    for (uint32_t i = 0; v->form == DX_FORM_BOOLS && i < run->n; i++)
        r[i] = answers[v->u.bools[i]];
    return true;
}

static bool cell_verdicts(dx_batch_run *run, const dx_cell *cell, const dx_vector *v, uint8_t *r) {
    if (v->form == DX_FORM_ONE) {
        memset(r, dx_table_cell(run->row, cell, v->one), run->n);
        return true;
    }
    return v->form == DX_FORM_NUMS ? dx_cell_numbers(run, cell, v, r)
                                   : cell_by_code(run, cell, v, r);
}

/* --- the rule that matches --- */

static bool input_is_typed(const dx_vector *v) {
    return v->form == DX_FORM_BOOLS || v->form == DX_FORM_NUMS || v->form == DX_FORM_CODES ||
           (v->form == DX_FORM_ONE && v->one.tag > DX_UNKNOWN && v->one.tag <= DX_STRING);
}

/* The verdicts of all cells of a column, one array after another; NULL when a cell is beyond the
 * kernels. */
static uint8_t *column_verdicts(dx_batch_run *run, const dx_column *column, const dx_vector *v) {
    uint8_t *verdicts = dx_alloc(run->arena, (size_t)column->n_cells * DX_ROWS);
    for (uint32_t i = 0; i < column->n_cells; i++)
        if (!column->cells[i].dash &&
            !cell_verdicts(run, &column->cells[i], v, verdicts + (size_t)i * DX_ROWS))
            return NULL;
    return verdicts;
}

/* matches = whether a rule matches, all its cells taken together. */
static void rule_matches(dx_batch_run *run, const dx_table *table, uint8_t *const *verdicts,
                         uint32_t rule, uint8_t *matches) {
    memset(matches, 1, run->n);
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        uint32_t cell = table->columns[col].of_rule[rule];
        if (table->columns[col].cells[cell].dash)
            continue;
        run->k->and_bytes(matches, verdicts[col] + (size_t)cell * DX_ROWS, run->n);
    }
}

/* Rows in which more than one rule matches, unless the first is what counts. */
static void find_rules(dx_batch_run *run, const dx_table *table, uint8_t *const *verdicts,
                       uint8_t *rules) {
    uint8_t *matches = run->scratch[0].bools, *several = run->scratch[0].state;
    uint8_t *seen = run->scratch[1].state;
    uint32_t n = run->n;
    memset(rules, (int)table->n_rules, n);
    memset(several, 0, n);
    memset(seen, 0, n);
    for (uint32_t r = table->n_rules; r-- > 0;) {
        rule_matches(run, table, verdicts, r, matches);
        run->k->tally(seen, several, matches, n);
        run->k->put_byte(rules, matches, (uint8_t)r, n);
    }
    if (table->hit != DX_HIT_FIRST)
        run->k->put_byte(rules, several, RULE_HARD, n);
}

bool dx_step_match(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_table *table = step->table;
    uint8_t **verdicts = DX_NEW_ARRAY(run->arena, uint8_t *, table->n_inputs + 1);
    ret->form = DX_FORM_RULES;
    ret->u.bools = slot->bools;
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_vector *v = dx_step_arg(run, step, col);
        if (!input_is_typed(v) ||
            !(verdicts[col] = column_verdicts(run, &table->columns[col], v))) {
            memset(slot->bools, RULE_HARD, run->n);
            return true;
        }
    }
    find_rules(run, table, verdicts, slot->bools);
    for (uint32_t col = 0; col < table->n_inputs; col++) {
        const dx_vector *v = dx_step_arg(run, step, col);
        for (uint32_t i = 0; v->state && i < run->n; i++)
            slot->bools[i] = v->state[i] ? RULE_HARD : slot->bools[i];
        for (uint32_t i = 0; v->open && i < run->n; i++)
            slot->bools[i] = v->u.codes[i] < DX_CODE_FIRST ? RULE_HARD : slot->bools[i];
    }
    return true;
}

/* --- outputs --- */

/* The output of a rule (n_rules: of none) as a vector. */
static dx_vector output_of(const dx_batch_run *run, const dx_step *step, uint32_t rule) {
    if (step->computed[rule])
        return *dx_step_arg(run, step, step->computed[rule]);
    return dx_vector_one(step->outputs[rule]);
}

/* All outputs are constants, booleans or null: by one byte a rule. */
static bool take_bools(dx_batch_run *run, const dx_step *step, const uint8_t *rules, dx_vector *ret,
                       dx_slot *slot) {
    uint8_t by_rule[RULE_HARD + 1] = {0};
    bool open = false;
    for (uint32_t r = 0; r <= step->table->n_rules; r++) {
        dx_val v = step->outputs[r];
        if (step->computed[r] || (v.tag != DX_BOOL && v.tag != DX_NULL))
            return false;
        by_rule[r] = v.tag == DX_BOOL ? v.u.b : DX_STATE_NULL;
        open |= v.tag == DX_NULL;
    }
    for (uint32_t i = 0; i < run->n; i++)
        slot->bools[i] = by_rule[rules[i]];
    *ret = (dx_vector){
        .form = DX_FORM_BOOLS, .u.bools = slot->bools, .state = open ? slot->bools : NULL};
    return true;
}

/* Whatever the outputs are. */
static void take_values(dx_batch_run *run, const dx_step *step, const uint8_t *rules,
                        dx_vector *ret, dx_slot *slot) {
    for (uint32_t r = 0; r <= step->table->n_rules; r++) {
        dx_vector v = output_of(run, step, r);
        for (uint32_t i = 0; i < run->n; i++)
            if (rules[i] == r)
                slot->values[i] = dx_vector_at(&v, i, run->arena);
    }
    for (uint32_t i = 0; i < run->n; i++)
        if (rules[i] == RULE_HARD)
            slot->values[i] = DX_VAL_NULL; /* until the row engine has its say */
    dx_vector_pack(ret, slot, slot->values, run->n);
}

static bool is_number(const dx_vector *v) {
    return v->form == DX_FORM_NUMS || (v->form == DX_FORM_ONE && v->one.tag == DX_NUM);
}

/* All outputs are numbers that are known: chosen one rule after another. */
static bool take_numbers(dx_batch_run *run, const dx_step *step, const uint8_t *rules,
                         dx_vector *ret, dx_slot *slot) {
    uint32_t n = run->n;
    uint8_t scale = 0, *chosen = run->scratch[0].bools;
    dx_operand o;
    for (uint32_t r = 0; r <= step->table->n_rules; r++) {
        dx_vector v = output_of(run, step, r);
        if (!is_number(&v) || v.state || !dx_operand_of(&v, &o))
            return false;
        scale = o.scale > scale ? o.scale : scale;
    }
    memset(slot->nums, 0, n * sizeof *slot->nums);
    memset(slot->exps, 0, n);
    *ret =
        (dx_vector){.form = DX_FORM_NUMS, .u.nums = slot->nums, .scale = scale, .exps = slot->exps};
    for (uint32_t r = 0; r <= step->table->n_rules; r++) {
        dx_vector v = output_of(run, step, r);
        dx_operand_of(&v, &o);
        if (!dx_operand_scale(run, &o, scale, &run->scratch[0]))
            return false;
        run->k->same_byte(chosen, rules, (uint8_t)r, n);
        if (o.nums)
            run->k->put_v(slot->nums, chosen, o.nums, n);
        else
            run->k->put_s(slot->nums, chosen, o.one, n);
        if (o.exps)
            run->k->put_bytes((uint8_t *)slot->exps, chosen, (const uint8_t *)o.exps, n);
        else
            run->k->put_byte((uint8_t *)slot->exps, chosen, (uint8_t)o.exp, n);
        ret->low = o.low < ret->low ? o.low : ret->low;
        ret->high = o.high > ret->high ? o.high : ret->high;
    }
    return true;
}

bool dx_step_table(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *match = dx_step_vector(run, step->args[0]);
    const uint8_t *rules = match->u.bools;
    run->has_hard = false;
    run->k->same_byte(run->hard, rules, RULE_HARD, run->n);
    uint32_t n_hard = run->k->count(run->hard, run->n);
    if (n_hard == run->n)
        return false;
    if (!take_numbers(run, step, rules, ret, slot) && !take_bools(run, step, rules, ret, slot))
        take_values(run, step, rules, ret, slot);
    run->has_hard = n_hard > 0;
    return true;
}
