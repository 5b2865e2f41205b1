/* From the results of decisions to the verdict on each item: status, amount, what is missing. */
#include "policy/policy.h"

/* ORDER dx_amount_kind */
static const dx_str kind_names[] = {
    {"none", 4}, {"ceiling", 7}, {"fixed", 5}, {"tariff", 6}, {"external", 8}};

static void bind_slots(dx_run *run, const uint32_t *slots, uint32_t n, dx_val value) {
    for (uint32_t i = 0; i < n; i++)
        run->frame[slots[i]] = value;
}

dx_val dx_options_readings(const dx_pack *pack, dx_arena *arena, const dx_options *options) {
    const dx_type *type = pack->reading_type;
    dx_val *values = DX_NEW_ARRAY(arena, dx_val, type->n + 1);
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        uint32_t at = dx_shape_find(type->shape, pack->readings[i].id);
        if (at != UINT32_MAX)
            values[at] = dx_val_str(pack->readings[i].options[options->options[i]].id);
    }
    return dx_val_context(arena, type->shape, values);
}

dx_val dx_tariff_on(const dx_tariff_input *input, dx_date day) {
    dx_val value = DX_VAL_NULL;
    for (uint32_t i = 0; i < input->n_tariffs; i++)
        if (dx_date_cmp(input->tariffs[i].from, day) <= 0)
            value = input->tariffs[i].value;
    return value;
}

static void bind(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                 const dx_options *options) {
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        bind_slots(run, pack->inputs[i].slots, pack->inputs[i].n_slots, facts->inputs[i]);
    if (pack->reading_type)
        bind_slots(run, pack->reading_slots, pack->n_reading_slots,
                   dx_options_readings(pack, run->arena, options));
    for (uint32_t i = 0; i < pack->n_tariffs; i++)
        bind_slots(run, pack->tariffs[i].slots, pack->tariffs[i].n_slots,
                   dx_tariff_on(&pack->tariffs[i], options->as_of));
}

bool dx_condition_applies(const dx_condition *condition, const dx_options *options) {
    return condition->reading == DX_NONE ||
           options->options[condition->reading] == condition->option;
}

dx_truth dx_condition_result(const dx_run *run, const dx_condition *condition,
                             const dx_options *options) {
    if (!dx_condition_applies(condition, options))
        return DX_NOT_APPLICABLE;
    dx_val v = run->frame[condition->slot];
    if (v.tag == DX_UNKNOWN)
        return DX_NOT_KNOWN;
    return dx_val_is_true(v) ? DX_TRUE : DX_FALSE;
}

/* The conditions taken together; *ret_cause gets the unknown ones, joined. */
static dx_truth conditions_hold(dx_run *run, const dx_item *item, const dx_options *options,
                                dx_val *ret_cause) {
    dx_truth all = DX_TRUE;
    for (uint32_t i = 0; i < item->n_conditions; i++) {
        const dx_condition *condition = &item->conditions[i];
        if (!dx_condition_applies(condition, options))
            continue;
        dx_val v = run->frame[condition->slot];
        if (dx_val_is_true(v))
            continue;
        if (v.tag != DX_UNKNOWN)
            return DX_FALSE;
        all = DX_NOT_KNOWN;
        *ret_cause =
            ret_cause->tag == DX_UNKNOWN ? dx_val_unknown_join(run->arena, *ret_cause, v) : v;
    }
    return all;
}

dx_amount_kind dx_item_kind(const dx_item *item, dx_val decided) {
    for (int kind = DX_AMOUNT_NONE; decided.tag == DX_STRING && kind <= DX_AMOUNT_EXTERNAL; kind++)
        if (dx_str_eq(dx_val_to_str(decided), kind_names[kind]))
            return (dx_amount_kind)kind;
    return item->kind;
}

static dx_amount_kind kind_of(const dx_run *run, const dx_item *item) {
    return item->kind_decision == DX_NONE ? item->kind
                                          : dx_item_kind(item, run->frame[item->kind_slot]);
}

static dx_verdict decide(dx_run *run, const dx_item *item, const dx_options *options) {
    dx_val cause = DX_VAL_NULL, amount = DX_VAL_NULL;
    dx_verdict verdict = {.status = DX_INELIGIBLE, .kind = kind_of(run, item)};
    dx_truth holds = conditions_hold(run, item, options, &cause);
    if (item->amount != DX_NONE)
        amount = run->frame[item->amount_slot];
    bool payable = item->amount == DX_NONE || item->amount_optional || amount.tag == DX_NUM ||
                   amount.tag == DX_UNKNOWN;
    if (holds == DX_FALSE || !payable)
        return verdict;
    if (amount.tag == DX_UNKNOWN)
        cause = cause.tag == DX_UNKNOWN ? dx_val_unknown_join(run->arena, cause, amount) : amount;
    if (cause.tag == DX_UNKNOWN) {
        verdict.status = DX_UNDETERMINED;
        verdict.missing = cause.u.causes;
        return verdict;
    }
    verdict.status = DX_ELIGIBLE;
    if (amount.tag == DX_NUM) {
        verdict.has_amount = true;
        verdict.amount = amount.u.num;
    }
    return verdict;
}

void dx_assess(const dx_pack *pack, dx_run *run, const dx_facts *facts, const dx_options *options,
               dx_assessment *ret) {
    bool in_force = dx_date_cmp(options->as_of, pack->valid_from) >= 0 &&
                    dx_date_cmp(options->as_of, pack->valid_to) <= 0;
    ret->total = dx_num_int(0);
    bind(pack, run, facts, options);
    dx_plan_run(run, &pack->plan);
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item *item = &pack->items[i];
        if (!in_force) {
            ret->verdicts[i] = (dx_verdict){.status = DX_NOT_IN_FORCE, .kind = kind_of(run, item)};
            continue;
        }
        dx_verdict verdict = decide(run, item, options);
        if (verdict.status == DX_ELIGIBLE && verdict.has_amount && item->counts_in_total &&
            !dx_num_add(run->arena, ret->total, verdict.amount, &ret->total))
            dx_trap_raise(run->arena, DX_E_POLICY_TOTAL);
        ret->verdicts[i] = verdict;
    }
}

void dx_options_default(const dx_pack *pack, uint32_t *options) {
    for (uint32_t i = 0; i < pack->n_readings; i++)
        options[i] = pack->readings[i].chosen_by_default;
}

static dx_str reading_list(const dx_pack *pack, dx_arena *arena) {
    dx_buf list = {.arena = arena};
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, pack->readings[i].id);
    }
    return dx_buf_str(&list);
}

static dx_str option_list(const dx_reading *reading, dx_arena *arena) {
    dx_buf list = {.arena = arena};
    for (uint32_t i = 0; i < reading->n_options; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, reading->options[i].id);
    }
    return dx_buf_str(&list);
}

bool dx_options_choose(const dx_pack *pack, dx_str choice, uint32_t *options, dx_diags *diags) {
    size_t eq = 0;
    while (eq < choice.n && choice.p[eq] != '=')
        eq++;
    dx_str id = {choice.p, eq};
    dx_str option = eq < choice.n ? (dx_str){choice.p + eq + 1, choice.n - eq - 1} : (dx_str){0};
    dx_place nowhere = {0};
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        const dx_reading *reading = &pack->readings[i];
        if (!dx_str_eq(reading->id, id))
            continue;
        for (uint32_t k = 0; k < reading->n_options; k++)
            if (dx_str_eq(reading->options[k].id, option)) {
                options[i] = k;
                return true;
            }
        dx_diag_add(diags, DX_E_READING_OPTION, nowhere, option, id,
                    option_list(reading, diags->arena));
        return false;
    }
    dx_diag_add(diags, DX_E_READING_UNKNOWN, nowhere, id, reading_list(pack, diags->arena),
                (dx_str){0});
    return false;
}

const char *dx_status_name(dx_status status) {
    static const char *const names[] = {"eligible", "ineligible", "undetermined", "not_in_force"};
    return names[status];
}

const char *dx_amount_kind_name(dx_amount_kind kind) {
    return kind_names[kind].p;
}
