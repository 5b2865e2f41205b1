/* Assessments, questions and batches over the API. */
#include "app/asked.h"

/* --- reading the request --- */

static void fault(dx_diags *diags, const dx_json *root, const dx_json *node, dx_err code,
                  dx_str a) {
    dx_place place = dx_json_place(diags->arena, root, node);
    dx_diag_add(diags, code, place, a, (dx_str){0}, (dx_str){0});
}

/* False when the day is faulty. */
static bool read_date(const dx_worker *worker, const dx_json *root, const dx_json *node,
                      dx_asked *ret, dx_diags *diags) {
    ret->options.as_of = worker->app->today();
    if (!node || (node->kind == DX_JSON_STRING && node->text.n == 10 &&
                  dx_date_parse(node->text, &ret->options.as_of)))
        return true;
    fault(diags, root, node, DX_E_API_DATE, (dx_str){0});
    return false;
}

/* The pack and the day. Where the pack is at fault, the rest is read as for the first one. */
static void read_pack(const dx_worker *worker, const dx_json *root, dx_asked *ret,
                      dx_diags *diags) {
    const dx_json *name = dx_json_get(root, DX_STR("pack")),
                  *day = dx_json_get(root, DX_STR("as_of"));
    uint32_t number = 0;
    bool dated = read_date(worker, root, day, ret, diags);
    if (name) {
        number = name->kind == DX_JSON_STRING ? dx_app_find_pack(worker->app, name->text) : DX_NONE;
        if (number == DX_NONE)
            fault(diags, root, name, DX_E_API_NO_PACK, (dx_str){0});
    } else if (dated) {
        dx_place place = dx_json_place(diags->arena, root, day ? day : root);
        number = dx_app_choose_pack(worker->app, ret->options.as_of, place, diags);
    }
    ret->number = number == DX_NONE ? 0 : number;
}

static void read_readings(dx_worker *worker, const dx_json *root, const dx_json *node,
                          dx_asked *ret, dx_diags *diags) {
    uint32_t *options = DX_NEW_ARRAY(&worker->arena, uint32_t, ret->pack->n_readings + 1);
    dx_options_default(ret->pack, options);
    ret->options.options = options;
    if (!node)
        return;
    if (node->kind != DX_JSON_OBJECT) {
        fault(diags, root, node, DX_E_API_READINGS, (dx_str){0});
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        const dx_json *choice = &node->items[i];
        dx_str option = choice->kind == DX_JSON_STRING ? choice->text : (dx_str){0};
        dx_str text = dx_str_fmt(&worker->arena, "%.*s=%.*s", DX_FMT(choice->key), DX_FMT(option));
        dx_diag *last = NULL;
        if (!dx_options_choose(ret->pack, text, options, diags))
            for (last = diags->first; last->next;)
                last = last->next;
        if (last)
            last->place.element = dx_json_pointer(diags->arena, root, choice);
    }
}

static bool is_known_key(dx_str key) {
    static const char *const keys[] = {"facts", "as_of", "readings", "pack"};
    for (uint32_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (dx_str_is(key, keys[i]))
            return true;
    return false;
}

/* Whether a key is one of the words of a text. */
static bool is_among(dx_str key, const char *words) {
    while (words && *words) {
        size_t n = strcspn(words, " ");
        if (dx_str_eq(key, (dx_str){words, n}))
            return true;
        words += n + (words[n] == ' ');
    }
    return false;
}

bool dx_asked_read(dx_worker *worker, const dx_request *request, const char *extra, dx_asked *ret,
                   dx_reply *reply) {
    static const dx_json nothing = {.kind = DX_JSON_OBJECT};
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    const dx_json *root = dx_json_parse(&worker->arena, request->body, DX_STR("request"), &diags);
    if (!root) {
        dx_reply_problem(worker, request, reply, 400, DX_E_API_NOT_JSON, &diags);
        return false;
    }
    if (root->kind != DX_JSON_OBJECT) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, NULL);
        return false;
    }
    for (size_t i = 0; i < root->n; i++)
        if (!is_known_key(root->items[i].key) && !is_among(root->items[i].key, extra))
            fault(&diags, root, &root->items[i], DX_E_API_UNKNOWN_KEY, root->items[i].key);
    read_pack(worker, root, ret, &diags);
    ret->pack = worker->app->packs[ret->number];
    ret->run = dx_worker_run_of(worker, ret->number);
    read_readings(worker, root, dx_json_get(root, DX_STR("readings")), ret, &diags);
    ret->given = dx_json_get(root, DX_STR("facts"));
    ret->root = root;
    ret->extra = extra ? dx_json_get(root, dx_str_of(extra)) : NULL;
    dx_facts_read(ret->pack, ret->run, root, ret->given ? ret->given : &nothing, &ret->facts,
                  &diags);
    if (diags.errors == 0)
        return true;
    dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &diags);
    return false;
}

/* --- operations --- */

void dx_op_assess(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    if (!dx_asked_read(worker, request, NULL, &a, reply))
        return;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_assessment assessment = {.verdicts =
                                    DX_NEW_ARRAY(&worker->arena, dx_verdict, a.pack->n_items + 1)};
    dx_assess(a.pack, a.run, &a.facts, &a.options, &assessment);
    dx_assessment_json(a.pack, a.run, &a.facts, &a.options, &assessment, false, &out);
    dx_reply_json(reply, &body);
}

void dx_op_questions(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    if (!dx_asked_read(worker, request, NULL, &a, reply))
        return;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_question *questions = DX_NEW_ARRAY(&worker->arena, dx_question, a.pack->n_facts + 1);
    uint32_t n = dx_questions(a.pack, a.run, &a.facts, &a.options, questions);
    dx_json_open(&out, '{');
    dx_json_array(&out, "questions");
    for (uint32_t i = 0; i < n; i++) {
        dx_json_open(&out, '{');
        dx_json_text(&out, "fact", a.pack->facts[questions[i].fact].path);
        dx_json_key(&out, DX_STR("items"));
        dx_json_int(&out, questions[i].items);
        dx_json_key(&out, DX_STR("settles"));
        dx_json_raw(&out, dx_str_fmt(&worker->arena, "%u.%03u", questions[i].settles / 1000,
                                     questions[i].settles % 1000));
        dx_json_close(&out, '}');
    }
    dx_json_close(&out, ']');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

static void put_alternative(const dx_asked *a, const dx_alternative *one, dx_json_writer *out) {
    const dx_reading *reading = &a->pack->readings[one->reading];
    dx_json_open(out, '{');
    dx_json_text(out, "reading", reading->id);
    dx_json_text(out, "option", reading->options[one->option].id);
    dx_json_text(out, "status", dx_str_of(dx_status_name(one->verdict.status)));
    dx_amount_json(out, "amount", one->verdict.has_amount, one->verdict.amount);
    dx_json_close(out, '}');
}

static uint32_t count_options(const dx_pack *pack) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < pack->n_readings; i++)
        n += pack->readings[i].n_options;
    return n;
}

void dx_op_alternatives(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    if (!dx_asked_read(worker, request, NULL, &a, reply))
        return;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_alternative *found = DX_NEW_ARRAY(&worker->arena, dx_alternative, count_options(a.pack) + 1);
    dx_json_open(&out, '{');
    dx_json_object(&out, "items");
    for (uint32_t i = 0; i < a.pack->n_items; i++) {
        uint32_t n = dx_other_readings(a.pack, a.run, &a.facts, &a.options, i, found);
        if (n == 0)
            continue;
        dx_json_key(&out, a.pack->items[i].id);
        dx_json_open(&out, '[');
        for (uint32_t k = 0; k < n; k++)
            put_alternative(&a, &found[k], &out);
        dx_json_close(&out, ']');
    }
    dx_json_close(&out, '}');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

void dx_op_prospects(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    if (!dx_asked_read(worker, request, NULL, &a, reply))
        return;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_prospect *found = DX_NEW_ARRAY(&worker->arena, dx_prospect, a.pack->n_items + 1);
    dx_prospects(a.pack, a.run, &a.facts, &a.options, found);
    dx_json_open(&out, '{');
    dx_json_object(&out, "items");
    for (uint32_t i = 0; i < a.pack->n_items; i++) {
        if (!found[i].open)
            continue;
        dx_json_key(&out, a.pack->items[i].id);
        dx_json_open(&out, '{');
        dx_amount_json(&out, "amount", found[i].bounded, found[i].amount);
        dx_json_close(&out, '}');
    }
    dx_json_close(&out, '}');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
