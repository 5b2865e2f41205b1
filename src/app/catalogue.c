/* What a pack says of itself: articles, items, facts and readings as JSON, the same for every
 * caller until the pack changes, whose digest is the entity tag. */
#include "app/app.h"

/* --- articles, departments, readings --- */

static void put_official(const dx_official *official, uint32_t article, dx_json_writer *out) {
    for (uint32_t i = 0; official && i < official->n; i++) {
        if (official->passages[i].article != article)
            continue;
        dx_json_object(out, "official");
        dx_json_text(out, "title", official->passages[i].title);
        dx_json_text(out, "text", official->passages[i].text);
        dx_json_text(out, "source", official->source);
        dx_json_text(out, "date", official->date);
        dx_json_close(out, '}');
        return;
    }
}

static void put_articles(const dx_pack *pack, const dx_official *official, dx_json_writer *out) {
    dx_json_array(out, "articles");
    for (uint32_t i = 0; i < pack->n_articles; i++) {
        const dx_article *article = &pack->articles[i];
        dx_json_open(out, '{');
        dx_json_key(out, DX_STR("number"));
        dx_json_int(out, article->number);
        dx_label_json(out, "title", &article->title);
        dx_label_json(out, "text", &article->text);
        dx_json_text(out, "model", article->model);
        put_official(official, article->number, out);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_departments(const dx_pack *pack, dx_json_writer *out) {
    dx_json_array(out, "departments");
    for (uint32_t i = 0; i < pack->n_departments; i++) {
        dx_json_open(out, '{');
        dx_json_text(out, "id", pack->departments[i].id);
        dx_label_json(out, "name", &pack->departments[i].name);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_reading(const dx_reading *reading, dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "id", reading->id);
    dx_label_json(out, "question", &reading->question);
    dx_label_json(out, "reason", &reading->why);
    dx_label_json(out, "author", &reading->author);
    dx_json_text(out, "date", reading->date);
    dx_json_text(out, "default", reading->options[reading->chosen_by_default].id);
    dx_json_key(out, DX_STR("items"));
    dx_json_value(out, reading->items);
    dx_json_array(out, "options");
    for (uint32_t i = 0; i < reading->n_options; i++) {
        dx_json_open(out, '{');
        dx_json_text(out, "id", reading->options[i].id);
        dx_label_json(out, "label", &reading->options[i].label);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

static void put_readings(const dx_pack *pack, dx_json_writer *out) {
    dx_json_array(out, "readings");
    for (uint32_t i = 0; i < pack->n_readings; i++)
        put_reading(&pack->readings[i], out);
    dx_json_close(out, ']');
}

/* --- items
 * ---------------------------------------------------------------------------------------------------
 */

static void put_paths(const dx_pack *pack, const char *key, const uint32_t *facts, uint32_t n,
                      dx_json_writer *out) {
    dx_json_key(out, dx_str_of(key));
    dx_json_open(out, '[');
    for (uint32_t i = 0; i < n; i++)
        dx_json_string(out, pack->facts[facts[i]].path);
    dx_json_close(out, ']');
}

static void put_condition(const dx_pack *pack, const dx_condition *condition, dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "name", condition->name);
    dx_label_json(out, "label", &condition->label);
    put_paths(pack, "facts", condition->facts, condition->n_facts, out);
    if (condition->reading != DX_NONE) {
        const dx_reading *reading = &pack->readings[condition->reading];
        dx_json_object(out, "when");
        dx_json_key(out, reading->id);
        dx_json_string(out, reading->options[condition->option].id);
        dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
}

static void put_item(const dx_pack *pack, const dx_item *item, dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "id", item->id);
    dx_json_key(out, DX_STR("article"));
    dx_json_int(out, item->article);
    dx_label_json(out, "title", &item->title);
    dx_json_array(out, "departments");
    for (uint32_t i = 0; i < item->n_departments; i++)
        dx_json_string(out, pack->departments[item->departments[i]].id);
    dx_json_close(out, ']');
    dx_json_text(out, "amount_kind", dx_str_of(dx_amount_kind_name(item->kind)));
    dx_json_key(out, DX_STR("counts_in_total"));
    dx_json_bool(out, item->counts_in_total);
    dx_label_json(out, "outcome", &item->outcome);
    dx_label_json(out, "next", &item->next);
    dx_json_array(out, "readings");
    for (uint32_t i = 0; i < item->n_readings; i++)
        dx_json_string(out, pack->readings[item->readings[i]].id);
    dx_json_close(out, ']');
    dx_json_array(out, "conditions");
    for (uint32_t i = 0; i < item->n_conditions; i++)
        put_condition(pack, &item->conditions[i], out);
    dx_json_close(out, ']');
    put_paths(pack, "amount_facts", item->amount_facts, item->n_amount_facts, out);
    dx_json_close(out, '}');
}

static void put_items(const dx_pack *pack, dx_json_writer *out) {
    dx_json_array(out, "items");
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

static dx_label label_of(const dx_json *json) {
    const dx_json *zh = dx_json_get(json, DX_STR("zh")), *en = dx_json_get(json, DX_STR("en"));
    return (dx_label){zh ? zh->text : (dx_str){0}, en ? en->text : (dx_str){0}};
}

/* What facts.json says of a type. */
static const dx_json *about_type(const dx_pack *pack, const dx_type *type) {
    return dx_json_get(pack->types, type->base ? type->base->name : type->name);
}

static void put_unit(const dx_json *about, dx_json_writer *out) {
    const dx_json *unit = dx_json_get(about, DX_STR("unit"));
    dx_label label = label_of(unit);
    if (unit)
        dx_label_json(out, "unit", &label);
}

/* The label of an allowed value; the value itself where facts.json has none. */
static void put_value_label(const dx_json *about, dx_val value, dx_arena *arena,
                            dx_json_writer *out) {
    dx_buf text = {.arena = arena};
    dx_val_print(&text, value, false);
    dx_str name = value.tag == DX_STRING ? dx_val_to_str(value) : dx_buf_str(&text);
    dx_label label = label_of(dx_json_get(dx_json_get(about, DX_STR("labels")), name));
    dx_json_open(out, '{');
    dx_json_text(out, "zh", label.zh.n ? label.zh : name);
    dx_json_text(out, "en", label.en.n ? label.en : name);
    dx_json_close(out, '}');
}

static void put_allowed(const dx_type *type, const dx_json *about, dx_arena *arena,
                        dx_json_writer *out) {
    while (type && !type->allowed)
        type = type->base;
    if (!type || type->allowed->n == 0 || type->allowed->list[0]->kind != DX_N_LITERAL)
        return;
    dx_json_array(out, "allowed");
    for (uint32_t i = 0; i < type->allowed->n; i++) {
        dx_buf value = {.arena = arena};
        dx_val_json(&value, type->allowed->list[i]->value);
        dx_json_raw(out, dx_buf_str(&value));
    }
    dx_json_close(out, ']');
    dx_json_array(out, "labels");
    for (uint32_t i = 0; i < type->allowed->n; i++)
        put_value_label(about, type->allowed->list[i]->value, arena, out);
    dx_json_close(out, ']');
}

/* A member of a list's elements; `components` is what facts.json says of them all. */
static void put_member(const dx_pack *pack, dx_str name, const dx_type *type,
                       const dx_json *components, dx_json_writer *out) {
    dx_label label = {name, name};
    for (size_t i = 0; components && i < components->n; i++) {
        const dx_json *about = dx_json_get(&components->items[i], DX_STR("name"));
        if (about && dx_str_eq(about->text, name))
            label = label_of(dx_json_get(&components->items[i], DX_STR("label")));
    }
    dx_json_open(out, '{');
    dx_json_text(out, "name", name);
    dx_json_text(out, "kind", dx_str_of(kind_name(type->kind)));
    dx_label_json(out, "label", &label);
    put_unit(about_type(pack, type), out);
    dx_json_close(out, '}');
}

/* The kind of a value, what is allowed, and the members of a list's elements. */
static void put_type(const dx_pack *pack, const dx_type *type, dx_arena *arena,
                     dx_json_writer *out) {
    const dx_json *about = about_type(pack, type);
    dx_json_text(out, "kind", dx_str_of(kind_name(type->kind)));
    dx_json_text(out, "type", type->base ? type->base->name : type->name);
    put_unit(about, out);
    put_allowed(type, about, arena, out);
    const dx_type *element = type->kind == DX_T_LIST ? type->elem : NULL;
    if (!element || element->kind != DX_T_CONTEXT)
        return;
    dx_json_array(out, "members");
    for (uint32_t i = 0; i < element->n; i++)
        put_member(pack, element->shape->keys[i], element->members[i],
                   dx_json_get(about_type(pack, element), DX_STR("components")), out);
    dx_json_close(out, ']');
}

static void put_fact(const dx_pack *pack, const dx_fact *fact, dx_arena *arena,
                     dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "path", fact->path);
    dx_json_text(out, "name", fact->name);
    dx_label_json(out, "label", &fact->label);
    dx_label_json(out, "question", &fact->question);
    dx_label_json(out, "help", &fact->help);
    put_type(pack, fact->type, arena, out);
    dx_json_close(out, '}');
}

static void put_inputs(const dx_pack *pack, dx_arena *arena, dx_json_writer *out) {
    dx_json_array(out, "inputs");
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        dx_json_open(out, '{');
        dx_json_text(out, "name", input->name);
        dx_label_json(out, "label", &input->label);
        dx_json_array(out, "facts");
        for (uint32_t k = 0; k < input->n; k++)
            put_fact(pack, &pack->facts[input->first + k], arena, out);
        dx_json_close(out, ']');
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_head(const dx_pack *pack, dx_json_writer *out) {
    dx_json_text(out, "id", pack->id);
    dx_json_text(out, "digest", pack->digest);
    dx_label_json(out, "title", &pack->title);
    dx_label_json(out, "issuer", &pack->issuer);
    dx_label_json(out, "interpreter", &pack->interpreter);
    dx_json_object(out, "validity");
    dx_json_date(out, "from", pack->valid_from);
    dx_json_date(out, "to", pack->valid_to);
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
    const dx_official *official = dx_official_of(worker->app, pack);
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    if (parts == PART_ALL) {
        put_head(pack, &out);
        put_departments(pack, &out);
    }
    if (parts & PART_ARTICLES)
        put_articles(pack, official, &out);
    if (parts & PART_ITEMS)
        put_items(pack, &out);
    if (parts & PART_FACTS)
        put_inputs(pack, &worker->arena, &out);
    if (parts & PART_READINGS)
        put_readings(pack, &out);
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
    reply->etag = pack->digest;
    if (official)
        reply->etag =
            dx_str_fmt(&worker->arena, "%.*s-%.16s", DX_FMT(pack->digest), official->digest.p);
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
    dx_json_array(&out, "packs");
    for (uint32_t i = 0; i < worker->app->n_packs; i++) {
        dx_json_open(&out, '{');
        put_head(worker->app->packs[i], &out);
        dx_json_close(&out, '}');
    }
    dx_json_close(&out, ']');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
