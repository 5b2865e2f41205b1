/* policy.json: validity, departments, articles, tariffs, and the items with their conditions and
 * amounts tied to decisions of the models. */
#include "policy/pack_load.h"

/* --- what a decision reads --- */

static void mark_path(const dx_pack *pack, const dx_node *node, bool *facts) {
    if (node->kind != DX_N_PATH || node->a->kind != DX_N_NAME)
        return;
    for (uint32_t i = 0; i < pack->n_facts; i++) {
        const dx_fact *fact = &pack->facts[i];
        if (dx_str_eq(pack->inputs[fact->input].name, node->a->name) &&
            dx_str_eq(fact->name, node->name))
            facts[i] = true;
    }
}

/* Every input.fact that an expression names. */
static void mark_reads(const dx_pack *pack, const dx_node *node, bool *facts) {
    if (!node)
        return;
    mark_path(pack, node, facts);
    mark_reads(pack, node->a, facts);
    mark_reads(pack, node->b, facts);
    mark_reads(pack, node->c, facts);
    for (uint32_t i = 0; node->list && i < node->n; i++)
        mark_reads(pack, node->list[i], facts);
    for (uint32_t i = 0; node->iters && i < node->n; i++) {
        mark_reads(pack, node->iters[i].a, facts);
        mark_reads(pack, node->iters[i].b, facts);
    }
    if (node->table) {
        const dx_table *table = node->table;
        for (uint32_t i = 0; i < table->n_inputs; i++)
            mark_reads(pack, table->inputs[i], facts);
        for (uint32_t i = 0; i < table->n_rules * table->n_inputs; i++)
            mark_reads(pack, table->cells[i], facts);
        for (uint32_t i = 0; i < table->n_rules * table->n_outputs; i++)
            mark_reads(pack, table->outputs[i], facts);
    }
}

/* The facts that a decision may read, itself or through those it requires; returns their number. */
static uint32_t decision_facts(dx_loader *l, uint32_t decision, const uint32_t **ret) {
    dx_pack *pack = l->pack;
    dx_mark before = dx_arena_mark(l->arena);
    dx_plan plan = {0};
    uint32_t count = 0, n = 0;
    memset(l->marked, 0, pack->n_facts * sizeof *l->marked);
    dx_plan_make(l->arena, &plan, pack->dmn, &decision, 1);
    for (uint32_t i = 0; i < plan.n; i++)
        mark_reads(pack, pack->dmn->nodes[plan.decisions[i]].tree, l->marked);
    dx_arena_rewind(l->arena, before);
    for (uint32_t i = 0; i < pack->n_facts; i++)
        count += l->marked[i];
    uint32_t *facts = DX_NEW_ARRAY(l->arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < pack->n_facts; i++)
        if (l->marked[i])
            facts[n++] = i;
    *ret = facts;
    return n;
}

/* --- conditions and amounts --- */

static uint32_t find_decision(dx_loader *l, const dx_json *at, dx_str model, dx_str name) {
    uint32_t decision = dx_dmn_find(l->pack->dmn, model, name, DX_EL_DECISION);
    if (decision == DX_NONE)
        dx_loader_fault(l, at, DX_E_PACK_DECISION, name, model);
    else
        dx_vec_push(l->arena, &l->decisions, decision);
    return decision;
}

/* {"when": {"R2": "floor"}}: the reading under which a condition applies. */
static void load_when(dx_loader *l, dx_condition *condition, const dx_json *when) {
    if (!when || when->kind != DX_JSON_OBJECT || when->n != 1)
        return;
    for (uint32_t i = 0; i < l->pack->n_readings; i++) {
        const dx_reading *reading = &l->pack->readings[i];
        if (!dx_str_eq(reading->id, when->items[0].key))
            continue;
        for (uint32_t k = 0; k < reading->n_options; k++)
            if (dx_str_eq(reading->options[k].id, when->items[0].text)) {
                condition->reading = i;
                condition->option = k;
                return;
            }
    }
    dx_loader_fault(l, when, DX_E_PACK_WHEN, when->items[0].key,
                    when->items[0].kind == DX_JSON_STRING ? when->items[0].text : (dx_str){0});
}

static void load_condition(dx_loader *l, dx_item *item, dx_str model, const dx_json *json) {
    dx_condition *condition = &item->conditions[item->n_conditions];
    bool plain = json->kind == DX_JSON_STRING;
    condition->name = plain ? json->text : dx_loader_string(l, json, "decision", true);
    condition->label = dx_loader_label(json, "label");
    if (condition->label.zh.n == 0)
        condition->label.zh = condition->name;
    condition->reading = DX_NONE;
    condition->article = item->article;
    condition->decision = find_decision(l, json, model, condition->name);
    if (condition->decision == DX_NONE)
        return;
    condition->slot = l->pack->dmn->nodes[condition->decision].slot;
    load_when(l, condition, dx_json_get(json, DX_STR("when")));
    condition->n_facts = decision_facts(l, condition->decision, &condition->facts);
    item->n_conditions++;
}

static dx_amount_kind load_kind(dx_loader *l, const dx_json *json) {
    for (int kind = DX_AMOUNT_NONE; json->kind == DX_JSON_STRING && kind <= DX_AMOUNT_EXTERNAL;
         kind++)
        if (dx_str_is(json->text, dx_amount_kind_name((dx_amount_kind)kind)))
            return (dx_amount_kind)kind;
    dx_loader_fault(l, json, DX_E_PACK_KIND, (dx_str){0}, (dx_str){0});
    return DX_AMOUNT_NONE;
}

static void load_amount(dx_loader *l, dx_item *item, dx_str model, const dx_json *json) {
    dx_str amount = dx_loader_string(l, json, "amount", false);
    const dx_json *kind = dx_json_get(json, DX_STR("amount_kind"));
    const dx_json *optional = dx_json_get(json, DX_STR("amount_optional"));
    const dx_json *counts = dx_json_get(json, DX_STR("counts_in_total"));
    const dx_json *deciding = dx_json_get(kind, DX_STR("decision"));
    item->amount = item->kind_decision = DX_NONE;
    item->amount_optional = optional && optional->kind == DX_JSON_TRUE;
    item->counts_in_total = !counts || counts->kind != DX_JSON_FALSE;
    if (amount.n && (item->amount = find_decision(l, json, model, amount)) != DX_NONE) {
        item->amount_slot = l->pack->dmn->nodes[item->amount].slot;
        item->n_amount_facts = decision_facts(l, item->amount, &item->amount_facts);
    }
    if (deciding && deciding->kind == DX_JSON_STRING) {
        item->kind = DX_AMOUNT_CEILING; /* until the facts decide */
        item->kind_decision = find_decision(l, deciding, model, deciding->text);
        if (item->kind_decision != DX_NONE)
            item->kind_slot = l->pack->dmn->nodes[item->kind_decision].slot;
    } else {
        item->kind = load_kind(l, kind ? kind : json);
    }
}

/* --- items
 * --------------------------------------------------------------------------------------------------
 */

static void load_item_departments(dx_loader *l, dx_item *item, const dx_json *json) {
    const dx_json *list = dx_loader_array(l, json, "departments");
    uint32_t *numbers = DX_NEW_ARRAY(l->arena, uint32_t, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        uint32_t d = 0;
        const dx_department *known = l->pack->departments;
        bool text = list->items[i].kind == DX_JSON_STRING;
        while (text && d < l->pack->n_departments && !dx_str_eq(known[d].id, list->items[i].text) &&
               !dx_str_eq(known[d].name.zh, list->items[i].text))
            d++;
        if (text && d < l->pack->n_departments)
            numbers[item->n_departments++] = d;
        else
            dx_loader_fault(l, &list->items[i], DX_E_PACK_DEPARTMENT,
                            text ? list->items[i].text : (dx_str){0}, (dx_str){0});
    }
    item->departments = numbers;
}

/* The readings that an item rests on: those whose `items` name it. */
static void find_item_readings(dx_loader *l, dx_item *item) {
    uint32_t *numbers = DX_NEW_ARRAY(l->arena, uint32_t, l->pack->n_readings + 1);
    for (uint32_t r = 0; r < l->pack->n_readings; r++) {
        const dx_json *items = l->pack->readings[r].items;
        for (size_t i = 0; i < items->n; i++)
            if (items->items[i].kind == DX_JSON_STRING && dx_str_eq(items->items[i].text, item->id))
                numbers[item->n_readings++] = r;
    }
    item->readings = numbers;
}

static void load_item(dx_loader *l, dx_item *item, const dx_json *json) {
    dx_str model = dx_loader_string(l, json, "model", true);
    const dx_json *conditions = dx_loader_array(l, json, "conditions");
    item->id = dx_loader_string(l, json, "id", true);
    item->title = dx_loader_label(json, "title");
    item->outcome = dx_loader_label(json, "outcome");
    item->next = dx_loader_label(json, "next");
    if (!dx_loader_number(json, "article", &item->article))
        dx_loader_fault(l, json, DX_E_PACK_ARTICLE, item->id, (dx_str){0});
    load_item_departments(l, item, json);
    find_item_readings(l, item);
    item->conditions = DX_NEW_ARRAY(l->arena, dx_condition, conditions->n + 1);
    for (size_t i = 0; i < conditions->n; i++)
        load_condition(l, item, model, &conditions->items[i]);
    load_amount(l, item, model, json);
}

/* --- tariffs
 * --------------------------------------------------------------------------------------------------
 */

static dx_val json_value(dx_loader *l, const dx_json *json);

static dx_val json_object(dx_loader *l, const dx_json *json) {
    dx_str *keys = DX_NEW_ARRAY(l->arena, dx_str, json->n + 1);
    dx_val *values = DX_NEW_ARRAY(l->arena, dx_val, json->n + 1);
    for (size_t i = 0; i < json->n; i++) {
        keys[i] = json->items[i].key;
        values[i] = json_value(l, &json->items[i]);
    }
    return dx_val_context(l->arena, dx_shape_new(l->arena, keys, (uint32_t)json->n), values);
}

static dx_val json_value(dx_loader *l, const dx_json *json) {
    dx_num num;
    dx_val *items;
    switch (json->kind) {
    case DX_JSON_NULL: break;
    case DX_JSON_TRUE: return dx_val_bool(true);
    case DX_JSON_FALSE: return dx_val_bool(false);
    case DX_JSON_STRING: return dx_val_str(json->text);
    case DX_JSON_OBJECT: return json_object(l, json);
    case DX_JSON_NUMBER:
        return dx_num_parse(l->arena, json->text, &num) ? dx_val_num(num) : DX_VAL_NULL;
    case DX_JSON_ARRAY:
        items = DX_NEW_ARRAY(l->arena, dx_val, json->n + 1);
        for (size_t i = 0; i < json->n; i++)
            items[i] = json_value(l, &json->items[i]);
        return dx_val_list(items, (uint32_t)json->n);
    }
    return DX_VAL_NULL;
}

static dx_date load_date(dx_loader *l, const dx_json *object, const char *key) {
    dx_date date = {0};
    dx_str text = dx_loader_string(l, object, key, true);
    if (text.n && !dx_date_parse(text, &date))
        dx_loader_fault(l, object, DX_E_PACK_DATE, dx_str_of(key), text);
    return date;
}

static void load_tariff_file(dx_loader *l, dx_tariff_input *input, dx_str name) {
    const dx_json *outer = l->doc;
    dx_str outer_name = l->doc_name;
    l->doc_name = name;
    l->doc = dx_loader_json(l, name);
    if (l->doc) {
        dx_tariff tariff = {load_date(l, l->doc, "valid_from"),
                            json_value(l, dx_loader_array(l, l->doc, "rows"))};
        uint32_t at = input->n_tariffs++;
        for (; at > 0 && dx_date_cmp(input->tariffs[at - 1].from, tariff.from) > 0; at--)
            input->tariffs[at] = input->tariffs[at - 1];
        input->tariffs[at] = tariff;
    }
    l->doc = outer;
    l->doc_name = outer_name;
}

static void load_tariff_input(dx_loader *l, dx_tariff_input *input, const dx_json *json) {
    const dx_json *files = dx_loader_array(l, json, "files");
    const dx_dmn *dmn = l->pack->dmn;
    uint32_t *slots = DX_NEW_ARRAY(l->arena, uint32_t, dmn->n_nodes + 1);
    input->input = dx_loader_string(l, json, "input", true);
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_INPUT &&
            dx_str_eq(dmn->nodes[i].name, input->input))
            slots[input->n_slots++] = dmn->nodes[i].slot;
    if (input->n_slots == 0)
        dx_loader_fault(l, json, DX_E_PACK_INPUT, input->input, (dx_str){0});
    input->slots = slots;
    input->tariffs = DX_NEW_ARRAY(l->arena, dx_tariff, files->n + 1);
    for (size_t i = 0; i < files->n; i++)
        if (files->items[i].kind == DX_JSON_STRING)
            load_tariff_file(l, input, files->items[i].text);
}

/* --- the whole
 * --------------------------------------------------------------------------------------------------
 */

static void load_departments(dx_loader *l, const dx_json *doc) {
    const dx_json *list = dx_loader_array(l, doc, "departments");
    l->pack->departments = DX_NEW_ARRAY(l->arena, dx_department, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        dx_department *department = &l->pack->departments[l->pack->n_departments++];
        department->id = dx_loader_string(l, &list->items[i], "id", true);
        department->name = dx_loader_label(&list->items[i], "name");
    }
}

static void load_articles(dx_loader *l, const dx_json *doc) {
    const dx_json *list = dx_loader_array(l, doc, "articles");
    l->pack->articles = DX_NEW_ARRAY(l->arena, dx_article, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        dx_article *article = &l->pack->articles[l->pack->n_articles++];
        if (!dx_loader_number(&list->items[i], "number", &article->number))
            dx_loader_fault(l, &list->items[i], DX_E_PACK_ARTICLE, (dx_str){0}, (dx_str){0});
        article->title = dx_loader_label(&list->items[i], "title");
        article->model = dx_loader_string(l, &list->items[i], "model", false);
        if (dx_str_ends(article->model, DX_STR(".dmn")))
            article->model.n -= strlen(".dmn");
    }
}

/* The wording of the articles in one language: a file that `text` names. */
static void load_wording(dx_loader *l, const dx_json *doc, const char *lang) {
    const dx_json *texts = dx_json_get(doc, DX_STR("text"));
    dx_str name = texts ? dx_loader_string(l, texts, lang, false) : (dx_str){0}, text;
    dx_passage *passages;
    if (name.n == 0 || !dx_loader_read(l, name, &text))
        return;
    uint32_t n = dx_passages(l->arena, text, &passages);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t a = 0; a < l->pack->n_articles; a++) {
            dx_article *article = &l->pack->articles[a];
            if (article->number == passages[i].article)
                *(lang[0] == 'z' ? &article->text.zh : &article->text.en) = passages[i].text;
        }
}

void dx_load_policy(dx_loader *l, const dx_json *doc) {
    dx_pack *pack = l->pack;
    const dx_json *validity = dx_json_get(doc, DX_STR("validity"));
    const dx_json *tariffs = dx_json_get(doc, DX_STR("tariffs"));
    const dx_json *items = dx_loader_array(l, doc, "items");
    pack->id = dx_loader_string(l, doc, "id", true);
    pack->title = dx_loader_label(doc, "title");
    pack->issuer = dx_loader_label(doc, "issuer");
    pack->interpreter = dx_loader_label(doc, "interpreter");
    pack->valid_from = load_date(l, validity ? validity : doc, "from");
    pack->valid_to = load_date(l, validity ? validity : doc, "to");
    pack->issued =
        dx_json_get(doc, DX_STR("issued")) ? load_date(l, doc, "issued") : pack->valid_from;
    load_departments(l, doc);
    load_articles(l, doc);
    load_wording(l, doc, "zh");
    load_wording(l, doc, "en");
    if (tariffs && tariffs->kind == DX_JSON_ARRAY) {
        pack->tariffs = DX_NEW_ARRAY(l->arena, dx_tariff_input, tariffs->n + 1);
        for (size_t i = 0; i < tariffs->n; i++)
            load_tariff_input(l, &pack->tariffs[pack->n_tariffs++], &tariffs->items[i]);
    }
    l->marked = DX_NEW_ARRAY(l->arena, bool, pack->n_facts + 1);
    pack->items = DX_NEW_ARRAY(l->arena, dx_item, items->n + 1);
    for (size_t i = 0; i < items->n; i++)
        load_item(l, &pack->items[pack->n_items++], &items->items[i]);
    dx_plan_make(l->arena, &pack->plan, pack->dmn, l->decisions.v, l->decisions.n);
}
