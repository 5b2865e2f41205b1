/* See doc.h. */
#include "doc/doc.h"

#include "feel/ast.h"

dx_str dx_doc_status(const dx_doc *doc, dx_status status, dx_doc_tone *ret_tone) {
    static const dx_doc_tone tones[] = {DX_DOC_GOOD, DX_DOC_BAD, DX_DOC_OPEN, DX_DOC_PLAIN};
    static const char *const words[][2] = {{"✓ 可享受", "✓ eligible"},
                                           {"× 不可享受", "× not eligible"},
                                           {"? 待定", "? undetermined"},
                                           {"– 不在有效期", "– not in force"}};
    if (ret_tone)
        *ret_tone = tones[status];
    return dx_doc_say(doc, words[status][0], words[status][1]);
}

const char *dx_doc_sign(dx_truth truth) {
    static const char *const signs[] = {"×", "✓", "?", "–"};
    return signs[truth];
}

dx_str dx_doc_kind(const dx_doc *doc, dx_amount_kind kind) {
    static const char *const words[][2] = {{"", ""},
                                           {"最高", "up to"},
                                           {"定额", "fixed"},
                                           {"标准", "by tariff"},
                                           {"另定", "external"}};
    return dx_doc_say(doc, words[kind][0], words[kind][1]);
}

dx_str dx_doc_amount(dx_arena *arena, dx_num amount) {
    dx_buf plain = {.arena = arena}, text = {.arena = arena};
    dx_num_print_fixed(&plain, amount, 2);
    size_t whole = plain.n - 3; /* before the point */
    for (size_t i = 0; i < plain.n; i++) {
        bool after_digit = i > 0 && plain.p[i - 1] != '-';
        if (after_digit && i < whole && (whole - i) % 3 == 0)
            dx_buf_char(&text, ',');
        dx_buf_char(&text, plain.p[i]);
    }
    return dx_buf_str(&text);
}

dx_str dx_doc_gives(const dx_doc *doc, const dx_item *item, const dx_verdict *verdict) {
    if (verdict->has_amount)
        return dx_str_fmt(doc->arena, "%.*s %.*s", DX_FMT(dx_doc_kind(doc, verdict->kind)),
                          DX_FMT(dx_doc_amount(doc->arena, verdict->amount)));
    return verdict->status == DX_ELIGIBLE ? dx_doc_label(doc, &item->outcome) : (dx_str){0};
}

dx_str dx_doc_departments(const dx_doc *doc, const dx_item *item, bool brief) {
    dx_buf text = {.arena = doc->arena};
    for (uint32_t i = 0; i < item->n_departments; i++) {
        dx_buf_add(&text, i == 0 ? (dx_str){0} : dx_doc_say(doc, "、", ", "));
        const dx_department *department = &doc->pack->departments[item->departments[i]];
        bool named = doc->lang == DX_ZH || !brief;
        dx_buf_add(&text, named ? dx_doc_label(doc, &department->name) : department->id);
    }
    return dx_buf_str(&text);
}

dx_str dx_doc_date(const dx_doc *doc) {
    dx_buf text = {.arena = doc->arena};
    dx_date_print(&text, doc->options->as_of);
    return dx_buf_str(&text);
}

dx_str dx_doc_condition(const dx_doc *doc, const dx_condition *condition) {
    dx_str label = dx_doc_label(doc, &condition->label);
    return label.n ? label : condition->name;
}

static dx_val value_of(const dx_doc *doc, const dx_fact *fact) {
    dx_val input = doc->facts->inputs[fact->input];
    return input.tag == DX_CONTEXT ? input.u.context->v[fact->member] : input;
}

dx_str dx_doc_value(const dx_doc *doc, const dx_fact *fact) {
    dx_val value = value_of(doc, fact);
    dx_buf text = {.arena = doc->arena};
    if (value.tag == DX_NULL)
        return dx_doc_say(doc, "无", "none");
    if (value.tag == DX_UNKNOWN)
        return dx_doc_say(doc, "未知", "not known");
    if (value.tag == DX_BOOL)
        return value.u.b ? dx_doc_say(doc, "是", "yes") : dx_doc_say(doc, "否", "no");
    dx_val_print(&text, value, false);
    return dx_buf_str(&text);
}

static dx_str fact_label(const dx_doc *doc, const dx_fact *fact) {
    dx_str label = dx_doc_label(doc, &fact->label);
    return label.n ? label : fact->name;
}

dx_str dx_doc_reads(const dx_doc *doc, const dx_condition *condition) {
    dx_buf text = {.arena = doc->arena};
    for (uint32_t i = 0; i < condition->n_facts; i++) {
        const dx_fact *fact = &doc->pack->facts[condition->facts[i]];
        dx_buf_add(&text, i == 0 ? (dx_str){0} : dx_doc_say(doc, "；", "; "));
        dx_buf_add(&text, fact_label(doc, fact));
        dx_buf_addz(&text, " = ");
        dx_buf_add(&text, dx_doc_value(doc, fact));
    }
    return dx_buf_str(&text);
}

dx_str dx_doc_missing(const dx_doc *doc, const dx_verdict *verdict) {
    dx_buf text = {.arena = doc->arena};
    for (uint32_t i = 0; verdict->missing && i < doc->pack->n_facts; i++) {
        if (!(verdict->missing->bits[i / 64] >> (i % 64) & 1))
            continue;
        const dx_fact *fact = &doc->pack->facts[i];
        dx_buf_add(&text, text.n == 0 ? (dx_str){0} : dx_doc_say(doc, "；", "; "));
        dx_buf_add(&text, fact_label(doc, fact));
    }
    return dx_buf_str(&text);
}

dx_str dx_doc_reading(const dx_doc *doc, uint32_t number) {
    const dx_reading *reading = &doc->pack->readings[number];
    const dx_option *option = &reading->options[doc->options->options[number]];
    return dx_str_fmt(doc->arena, "%.*s%s%.*s", DX_FMT(dx_doc_label(doc, &reading->question)),
                      doc->lang == DX_ZH ? "——" : " — ", DX_FMT(dx_doc_label(doc, &option->label)));
}

dx_str dx_doc_applicant(const dx_doc *doc) {
    const dx_input *input = doc->pack->n_inputs ? &doc->pack->inputs[0] : NULL;
    for (uint32_t i = 0; input && i < input->n; i++) {
        const dx_fact *fact = &doc->pack->facts[input->first + i];
        if (dx_str_is(fact->name, "名称") && value_of(doc, fact).tag == DX_STRING)
            return dx_doc_value(doc, fact);
    }
    return (dx_str){0};
}

bool dx_doc_total_is_ceiling(const dx_doc *doc) {
    for (uint32_t i = 0; i < doc->pack->n_items; i++) {
        const dx_verdict *verdict = &doc->assessment->verdicts[i];
        if (verdict->has_amount && verdict->kind == DX_AMOUNT_CEILING &&
            doc->pack->items[i].counts_in_total)
            return true;
    }
    return false;
}

uint32_t dx_doc_count(const dx_doc *doc, dx_status status) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < doc->pack->n_items; i++)
        n += doc->assessment->verdicts[i].status == status;
    return n;
}

dx_str dx_doc_expected(const dx_pack *pack, const dx_type *type, dx_lang lang) {
    for (; type; type = type->base) {
        const dx_json *entry = dx_json_get(pack->types, type->name);
        const dx_json *text = dx_json_get(dx_json_get(entry, DX_STR("expected")),
                                          lang == DX_ZH ? DX_STR("zh") : DX_STR("en"));
        if (text && text->kind == DX_JSON_STRING)
            return text->text;
    }
    return (dx_str){0};
}

const struct dx_node *dx_doc_allowed(const dx_type *type) {
    while (type && !type->allowed)
        type = type->base;
    if (!type || type->allowed->n == 0 || type->allowed->list[0]->kind != DX_N_LITERAL)
        return NULL;
    return type->allowed;
}
