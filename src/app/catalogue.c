/* What a pack says of itself: articles, items, facts and readings as JSON, the same for every
 * caller until the pack changes, whose digest is the entity tag. */
#include "app/app.h"

static void put_text(dx_json_writer *out, const char *key, dx_str value) {
    dx_json_key(out, dx_str_of(key));
    dx_json_string(out, value);
}

static void put_label(dx_json_writer *out, const char *key, const dx_label *label) {
    dx_json_key(out, dx_str_of(key));
    dx_json_open(out, '{');
    put_text(out, "zh", label->zh);
    put_text(out, "en", label->en);
    dx_json_close(out, '}');
}

static void put_date(dx_json_writer *out, dx_arena *arena, const char *key, dx_date date) {
    dx_buf text = {.arena = arena};
    dx_date_print(&text, date);
    put_text(out, key, dx_buf_str(&text));
}

/* --- articles, departments, readings --- */

/* The restated clause of an article: the description of the knowledge source that stands for it. */
static dx_str clause_of(const dx_pack *pack, uint32_t number, dx_arena *arena) {
    dx_str name = dx_str_fmt(arena, "第%u条", number);
    for (uint32_t i = 0; i < pack->dmn->n_nodes; i++) {
        const dx_element *element = pack->dmn->nodes[i].element;
        if (element->kind == DX_EL_SOURCE && dx_str_eq(element->name, name))
            return element->description;
    }
    return (dx_str){0};
}

static void put_articles(const dx_pack *pack, dx_arena *arena, dx_json_writer *out) {
    dx_json_key(out, DX_STR("articles"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_articles; i++) {
        const dx_article *article = &pack->articles[i];
        dx_json_open(out, '{');
        dx_json_key(out, DX_STR("number"));
        dx_json_int(out, article->number);
        put_label(out, "title", &article->title);
        put_text(out, "text", clause_of(pack, article->number, arena));
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_departments(const dx_pack *pack, dx_json_writer *out) {
    dx_json_key(out, DX_STR("departments"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_departments; i++) {
        dx_json_open(out, '{');
        put_text(out, "id", pack->departments[i].id);
        put_label(out, "name", &pack->departments[i].name);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_reading(const dx_reading *reading, dx_json_writer *out) {
    dx_json_open(out, '{');
    put_text(out, "id", reading->id);
    put_label(out, "question", &reading->question);
    put_label(out, "reason", &reading->why);
    put_label(out, "author", &reading->author);
    put_text(out, "date", reading->date);
    put_text(out, "default", reading->options[reading->chosen_by_default].id);
    dx_json_key(out, DX_STR("items"));
    dx_json_value(out, reading->items);
    dx_json_key(out, DX_STR("options"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < reading->n_options; i++) {
        dx_json_open(out, '{');
        put_text(out, "id", reading->options[i].id);
        put_label(out, "label", &reading->options[i].label);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

static void put_readings(const dx_pack *pack, dx_json_writer *out) {
    dx_json_key(out, DX_STR("readings"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_readings; i++)
        put_reading(&pack->readings[i], out);
    dx_json_close(out, ']');
}

/* --- items
 * ---------------------------------------------------------------------------------------------------
 */

static void put_condition(const dx_pack *pack, const dx_condition *condition, dx_json_writer *out) {
    dx_json_open(out, '{');
    put_text(out, "name", condition->name);
    put_label(out, "label", &condition->label);
    dx_json_key(out, DX_STR("facts"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < condition->n_facts; i++)
        dx_json_string(out, pack->facts[condition->facts[i]].path);
    dx_json_close(out, ']');
    if (condition->reading != DX_NONE) {
        const dx_reading *reading = &pack->readings[condition->reading];
        dx_json_key(out, DX_STR("when"));
        dx_json_open(out, '{');
        dx_json_key(out, reading->id);
        dx_json_string(out, reading->options[condition->option].id);
        dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
}

static void put_item(const dx_pack *pack, const dx_item *item, dx_json_writer *out) {
    dx_json_open(out, '{');
    put_text(out, "id", item->id);
    dx_json_key(out, DX_STR("article"));
    dx_json_int(out, item->article);
    put_label(out, "title", &item->title);
    dx_json_key(out, DX_STR("departments"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < item->n_departments; i++)
        dx_json_string(out, pack->departments[item->departments[i]].id);
    dx_json_close(out, ']');
    put_text(out, "amount_kind", dx_str_of(dx_amount_kind_name(item->kind)));
    dx_json_key(out, DX_STR("counts_in_total"));
    dx_json_bool(out, item->counts_in_total);
    put_label(out, "outcome", &item->outcome);
    put_label(out, "next", &item->next);
    dx_json_key(out, DX_STR("readings"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < item->n_readings; i++)
        dx_json_string(out, pack->readings[item->readings[i]].id);
    dx_json_close(out, ']');
    dx_json_key(out, DX_STR("conditions"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < item->n_conditions; i++)
        put_condition(pack, &item->conditions[i], out);
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

static void put_items(const dx_pack *pack, dx_json_writer *out) {
    dx_json_key(out, DX_STR("items"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_items; i++)
        put_item(pack, &pack->items[i], out);
    dx_json_close(out, ']');
}

/* --- facts
 * ---------------------------------------------------------------------------------------------------
 */

static const char *kind_name(dx_type_kind kind) {
    return kind == DX_T_BOOL      ? "boolean"
           : kind == DX_T_NUM     ? "number"
           : kind == DX_T_STRING  ? "string"
           : kind == DX_T_DATE    ? "date"
           : kind == DX_T_LIST    ? "list"
           : kind == DX_T_CONTEXT ? "object"
                                  : "any";
}

static void put_allowed(const dx_type *type, dx_arena *arena, dx_json_writer *out) {
    while (type && !type->allowed)
        type = type->base;
    if (!type || type->allowed->n == 0 || type->allowed->list[0]->kind != DX_N_LITERAL)
        return;
    dx_json_key(out, DX_STR("allowed"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < type->allowed->n; i++) {
        dx_buf value = {.arena = arena};
        dx_val_json(&value, type->allowed->list[i]->value);
        dx_json_raw(out, dx_buf_str(&value));
    }
    dx_json_close(out, ']');
}

/* The kind of a value, what is allowed, and the members of a list's elements. */
static void put_type(const dx_type *type, dx_arena *arena, dx_json_writer *out) {
    put_text(out, "kind", dx_str_of(kind_name(type->kind)));
    put_text(out, "type", type->base ? type->base->name : type->name);
    put_allowed(type, arena, out);
    const dx_type *element = type->kind == DX_T_LIST ? type->elem : NULL;
    if (!element || element->kind != DX_T_CONTEXT)
        return;
    dx_json_key(out, DX_STR("members"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < element->n; i++) {
        dx_json_open(out, '{');
        put_text(out, "name", element->shape->keys[i]);
        put_text(out, "kind", dx_str_of(kind_name(element->members[i]->kind)));
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_fact(const dx_fact *fact, dx_arena *arena, dx_json_writer *out) {
    dx_json_open(out, '{');
    put_text(out, "path", fact->path);
    put_text(out, "name", fact->name);
    put_label(out, "label", &fact->label);
    put_label(out, "question", &fact->question);
    put_label(out, "help", &fact->help);
    put_type(fact->type, arena, out);
    dx_json_close(out, '}');
}

static void put_inputs(const dx_pack *pack, dx_arena *arena, dx_json_writer *out) {
    dx_json_key(out, DX_STR("inputs"));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        dx_json_open(out, '{');
        put_text(out, "name", input->name);
        put_label(out, "label", &input->label);
        dx_json_key(out, DX_STR("facts"));
        dx_json_open(out, '[');
        for (uint32_t k = 0; k < input->n; k++)
            put_fact(&pack->facts[input->first + k], arena, out);
        dx_json_close(out, ']');
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_head(const dx_pack *pack, dx_arena *arena, dx_json_writer *out) {
    put_text(out, "id", pack->id);
    put_text(out, "digest", pack->digest);
    put_label(out, "title", &pack->title);
    put_label(out, "issuer", &pack->issuer);
    put_label(out, "interpreter", &pack->interpreter);
    dx_json_key(out, DX_STR("validity"));
    dx_json_open(out, '{');
    put_date(out, arena, "from", pack->valid_from);
    put_date(out, arena, "to", pack->valid_to);
    dx_json_close(out, '}');
}

/* --- operations
 * ------------------------------------------------------------------------------------------------
 */

enum part { PART_ITEMS = 1, PART_ARTICLES = 2, PART_FACTS = 4, PART_READINGS = 8, PART_ALL = 15 };

static void reply_parts(dx_worker *worker, const dx_request *request, dx_reply *reply,
                        unsigned parts) {
    uint32_t number = dx_worker_pack(worker, request, reply);
    if (number == DX_NONE)
        return;
    const dx_pack *pack = worker->app->packs[number];
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    if (parts == PART_ALL) {
        put_head(pack, &worker->arena, &out);
        put_departments(pack, &out);
    }
    if (parts & PART_ARTICLES)
        put_articles(pack, &worker->arena, &out);
    if (parts & PART_ITEMS)
        put_items(pack, &out);
    if (parts & PART_FACTS)
        put_inputs(pack, &worker->arena, &out);
    if (parts & PART_READINGS)
        put_readings(pack, &out);
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
    reply->etag = pack->digest;
}

void dx_op_pack(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    reply_parts(worker, request, reply, PART_ALL);
}
void dx_op_items(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    reply_parts(worker, request, reply, PART_ITEMS);
}
void dx_op_articles(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    reply_parts(worker, request, reply, PART_ARTICLES);
}
void dx_op_facts(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    reply_parts(worker, request, reply, PART_FACTS);
}
void dx_op_readings(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    reply_parts(worker, request, reply, PART_READINGS);
}

void dx_op_packs(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    (void)request;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    dx_json_key(&out, DX_STR("packs"));
    dx_json_open(&out, '[');
    for (uint32_t i = 0; i < worker->app->n_packs; i++) {
        dx_json_open(&out, '{');
        put_head(worker->app->packs[i], &worker->arena, &out);
        dx_json_close(&out, '}');
    }
    dx_json_close(&out, ']');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
