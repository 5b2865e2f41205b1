/* An assessment as the JSON of the contract. */
#include "policy/policy.h"

void dx_label_json(dx_json_writer *out, const char *key, const dx_label *label) {
    dx_json_object(out, key);
    dx_json_text(out, "zh", label->zh);
    dx_json_text(out, "en", label->en);
    dx_json_close(out, '}');
}

void dx_amount_json(dx_json_writer *out, const char *key, bool has, dx_num amount) {
    if (has) {
        dx_json_fixed(out, key, amount, 2);
        return;
    }
    dx_json_key(out, dx_str_of(key));
    dx_json_null(out);
}

/* Paths of the missing facts, sorted by code point. */
static void put_missing(const dx_pack *pack, dx_arena *arena, const dx_causes *missing,
                        dx_json_writer *out) {
    dx_str *paths = dx_alloc(arena, (pack->n_facts + 1) * sizeof *paths);
    uint32_t n = 0;
    for (uint32_t i = 0; missing && i < pack->n_facts; i++) {
        if (!(missing->bits[i / 64] >> (i % 64) & 1))
            continue;
        uint32_t at = n++;
        for (; at > 0 && dx_str_cmp(paths[at - 1], pack->facts[i].path) > 0; at--)
            paths[at] = paths[at - 1];
        paths[at] = pack->facts[i].path;
    }
    dx_json_array(out, "missing");
    for (uint32_t i = 0; i < n; i++)
        dx_json_string(out, paths[i]);
    dx_json_close(out, ']');
}

/* The known facts among those that a condition reads. */
static void put_reads(const dx_pack *pack, dx_arena *arena, const dx_facts *facts,
                      const dx_condition *condition, dx_json_writer *out) {
    dx_json_object(out, "reads");
    for (uint32_t i = 0; i < condition->n_facts; i++) {
        const dx_fact *fact = &pack->facts[condition->facts[i]];
        dx_val input = facts->inputs[fact->input];
        dx_val value = input.tag == DX_CONTEXT ? input.u.context->v[fact->member] : DX_VAL_NULL;
        if (dx_val_uncertain(value))
            continue;
        dx_buf json = {.arena = arena};
        dx_val_json(&json, value);
        dx_json_key(out, fact->path);
        dx_json_raw(out, dx_buf_str(&json));
    }
    dx_json_close(out, '}');
}

static void put_conditions(const dx_pack *pack, const dx_run *run, const dx_facts *facts,
                           const dx_options *options, const dx_item *item, dx_json_writer *out) {
    dx_json_array(out, "conditions");
    for (uint32_t i = 0; i < item->n_conditions; i++) {
        const dx_condition *condition = &item->conditions[i];
        dx_truth truth = dx_condition_result(run, condition, options);
        if (truth == DX_NOT_APPLICABLE)
            continue;
        dx_json_open(out, '{');
        dx_json_text(out, "name", condition->name);
        dx_label_json(out, "label", &condition->label);
        dx_json_key(out, DX_STR("result"));
        if (truth == DX_NOT_KNOWN)
            dx_json_null(out);
        else
            dx_json_bool(out, truth == DX_TRUE);
        put_reads(pack, run->arena, facts, condition, out);
        dx_json_key(out, DX_STR("article"));
        dx_json_int(out, condition->article);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_names(const dx_pack *pack, const dx_item *item, dx_json_writer *out) {
    dx_json_array(out, "departments");
    for (uint32_t i = 0; i < item->n_departments; i++)
        dx_json_string(out, pack->departments[item->departments[i]].name.zh);
    dx_json_close(out, ']');
}

static void put_item_readings(const dx_pack *pack, const dx_item *item, dx_json_writer *out) {
    dx_json_array(out, "readings");
    for (uint32_t i = 0; i < item->n_readings; i++)
        dx_json_string(out, pack->readings[item->readings[i]].id);
    dx_json_close(out, ']');
}

static void put_item(const dx_pack *pack, const dx_run *run, const dx_facts *facts,
                     const dx_options *options, const dx_item *item, const dx_verdict *verdict,
                     dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "id", item->id);
    dx_json_key(out, DX_STR("article"));
    dx_json_int(out, item->article);
    dx_label_json(out, "title", &item->title);
    put_names(pack, item, out);
    dx_json_text(out, "status", dx_str_of(dx_status_name(verdict->status)));
    dx_amount_json(out, "amount", verdict->has_amount, verdict->amount);
    dx_json_text(out, "amount_kind", dx_str_of(dx_amount_kind_name(verdict->kind)));
    put_missing(pack, run->arena, verdict->missing, out);
    put_conditions(pack, run, facts, options, item, out);
    put_item_readings(pack, item, out);
    dx_json_close(out, '}');
}

static void put_brief(const dx_pack *pack, const dx_run *run, const dx_assessment *assessment,
                      dx_json_writer *out) {
    dx_json_object(out, "items");
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_verdict *verdict = &assessment->verdicts[i];
        dx_json_key(out, pack->items[i].id);
        dx_json_open(out, '{');
        dx_json_text(out, "status", dx_str_of(dx_status_name(verdict->status)));
        dx_amount_json(out, "amount", verdict->has_amount, verdict->amount);
        put_missing(pack, run->arena, verdict->missing, out);
        dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
}

static void put_head(const dx_pack *pack, const dx_run *run, const dx_options *options,
                     dx_json_writer *out) {
    dx_buf day = {.arena = run->arena};
    dx_date_print(&day, options->as_of);
    dx_json_text(out, "pack", pack->id);
    dx_json_text(out, "pack_digest", pack->digest);
    dx_json_text(out, "as_of", dx_buf_str(&day));
    dx_json_object(out, "readings");
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        const dx_reading *reading = &pack->readings[i];
        dx_json_key(out, reading->id);
        dx_json_string(out, reading->options[options->options[i]].id);
    }
    dx_json_close(out, '}');
}

void dx_assessment_json(const dx_pack *pack, const dx_run *run, const dx_facts *facts,
                        const dx_options *options, const dx_assessment *assessment, bool brief,
                        dx_json_writer *out) {
    dx_json_open(out, '{');
    if (brief) {
        put_brief(pack, run, assessment, out);
    } else {
        put_head(pack, run, options, out);
        dx_json_array(out, "items");
        for (uint32_t i = 0; i < pack->n_items; i++)
            put_item(pack, run, facts, options, &pack->items[i], &assessment->verdicts[i], out);
        dx_json_close(out, ']');
    }
    dx_amount_json(out, "total", true, assessment->total);
    dx_json_close(out, '}');
}
