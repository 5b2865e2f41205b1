/* The decision models of all packs: as they were drawn, with the values of an assessment, and
 * evaluated by themselves in the form that users of Kogito know: a model is a path, its inputs are
 * the body, its decisions the reply. */
#include "app/asked.h"
#include "dmn/input.h"

/* A model of a pack. */
typedef struct found {
    uint32_t pack;
    const dx_dmn *dmn;
    const dx_model *model;
} found;

/* --- the list --- */

static void put_variable(dx_json_writer *out, const dx_node_info *node) {
    dx_buf type = {.arena = out->out->arena};
    dx_buf_add(&type, node->type->name);
    if (type.n == 0)
        dx_type_print(&type, node->type);
    dx_json_open(out, '{');
    dx_json_text(out, "name", node->name);
    dx_json_text(out, "type", dx_buf_str(&type));
    dx_json_close(out, '}');
}

static void put_model(dx_json_writer *out, const dx_pack *pack, const dx_model *model) {
    const uint32_t *inputs;
    uint32_t n = dx_inputs_of(out->out->arena, pack->dmn, model, &inputs);
    dx_json_open(out, '{');
    dx_json_text(out, "name", model->name);
    dx_json_text(out, "namespace", model->ns);
    dx_json_text(out, "file", model->file);
    dx_json_text(out, "pack", pack->id);
    dx_json_array(out, "inputs");
    for (uint32_t i = 0; i < n; i++)
        put_variable(out, &pack->dmn->nodes[inputs[i]]);
    dx_json_close(out, ']');
    dx_json_array(out, "decisions");
    for (uint32_t i = 0; i < pack->dmn->n_nodes; i++)
        if (pack->dmn->nodes[i].model == model &&
            pack->dmn->nodes[i].element->kind == DX_EL_DECISION)
            put_variable(out, &pack->dmn->nodes[i]);
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

void dx_op_dmn(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    (void)request;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    dx_json_array(&out, "models");
    for (uint32_t i = 0; i < worker->app->n_packs; i++)
        for (uint32_t k = 0; k < worker->app->packs[i]->dmn->n_models; k++)
            put_model(&out, worker->app->packs[i], worker->app->packs[i]->dmn->models[k]);
    dx_json_close(&out, ']');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

/* --- evaluation --- */

static bool is_called(const dx_model *model, dx_str name) {
    static const char suffix[] = ".dmn";
    size_t stem = model->file.n > 4 ? model->file.n - 4 : 0;
    return dx_str_eq(model->name, name) || (dx_str_ends(model->file, dx_str_of(suffix)) &&
                                            dx_str_eq((dx_str){model->file.p, stem}, name));
}

static bool find_in_pack(const dx_worker *worker, uint32_t pack, dx_str name, found *ret) {
    const dx_dmn *dmn = worker->app->packs[pack]->dmn;
    for (uint32_t k = 0; k < dmn->n_models; k++)
        if (is_called(dmn->models[k], name)) {
            *ret = (found){pack, dmn, dmn->models[k]};
            return true;
        }
    return false;
}

static bool find_model(const dx_worker *worker, dx_str name, found *ret) {
    for (uint32_t i = 0; i < worker->app->n_packs; i++)
        if (find_in_pack(worker, i, name, ret))
            return true;
    return false;
}

/* The decisions of a model; returns their number. */
static uint32_t decisions_of(dx_arena *arena, const found *f, uint32_t **ret) {
    uint32_t *decisions = DX_NEW_ARRAY(arena, uint32_t, f->dmn->n_nodes + 1), n = 0;
    for (uint32_t i = 0; i < f->dmn->n_nodes; i++)
        if (f->dmn->nodes[i].model == f->model && f->dmn->nodes[i].element->kind == DX_EL_DECISION)
            decisions[n++] = i;
    *ret = decisions;
    return n;
}

/* Evaluates decisions of a model over the inputs of the body. False: the reply is a problem. */
static bool evaluate(dx_worker *worker, const dx_request *request, const found *f,
                     const uint32_t *decisions, uint32_t n, dx_run **ret_run, dx_reply *reply) {
    dx_diags diags;
    dx_plan plan;
    dx_diags_init(&diags, &worker->arena);
    const dx_json *root = dx_json_parse(&worker->arena, request->body, DX_STR("request"), &diags);
    if (!root) {
        dx_reply_problem(worker, request, reply, 400, DX_E_API_NOT_JSON, &diags);
        return false;
    }
    dx_run *run = dx_worker_run_of(worker, f->pack);
    dx_inputs_clear(run, f->dmn);
    if (!dx_inputs_read(run, f->dmn, f->model, root, &diags)) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &diags);
        return false;
    }
    dx_plan_make(&worker->arena, &plan, f->dmn, decisions, n);
    run->now = worker->app->now();
    run->has_now = true;
    dx_plan_run(run, &plan);
    *ret_run = run;
    return true;
}

void dx_op_dmn_model(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    found f;
    dx_run *run;
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    if (!find_model(worker, request->segments[0], &f)) {
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_MODEL, NULL);
        return;
    }
    uint32_t *decisions, n = decisions_of(&worker->arena, &f, &decisions);
    if (!evaluate(worker, request, &f, decisions, n, &run, reply))
        return;
    dx_json_open(&out, '{');
    for (uint32_t i = 0; i < n; i++) {
        dx_buf value = {.arena = &worker->arena};
        dx_val_json(&value, dx_run_value(run, f.dmn, decisions[i]));
        dx_json_key(&out, f.dmn->nodes[decisions[i]].name);
        dx_json_raw(&out, dx_buf_str(&value));
    }
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}

void dx_op_dmn_decision(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    found f;
    dx_run *run;
    dx_buf body = {.arena = &worker->arena};
    if (!find_model(worker, request->segments[0], &f)) {
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_MODEL, NULL);
        return;
    }
    dx_str ns = f.model->ns.n ? f.model->ns : f.model->name;
    uint32_t decision = dx_dmn_find(f.dmn, ns, request->segments[1], DX_EL_DECISION);
    if (decision == DX_NONE) {
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_DECISION, NULL);
        return;
    }
    if (!evaluate(worker, request, &f, &decision, 1, &run, reply))
        return;
    dx_val_json(&body, dx_run_value(run, f.dmn, decision));
    dx_reply_json(reply, &body);
}

/* --- models of a pack, for people --- */

void dx_op_model(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    uint32_t number = dx_worker_pack(worker, request, reply);
    found f;
    if (number == DX_NONE)
        return;
    if (!find_in_pack(worker, number, request->segments[1], &f)) {
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_MODEL, NULL);
        return;
    }
    const dx_pack *pack = worker->app->packs[number];
    for (uint32_t i = 0; i < pack->files.n; i++)
        if (dx_str_eq(pack->files.v[i].name, f.model->file))
            *reply = (dx_reply){.status = 200,
                                .type = DX_XML_TYPE,
                                .body = pack->files.v[i].bytes,
                                .etag = pack->digest};
}

static void put_causes(const dx_asked *a, dx_val value, dx_json_writer *out) {
    dx_val unknown = dx_val_unknown_gather(a->run->arena, value, value);
    const dx_causes *causes = unknown.u.causes;
    dx_json_array(out, "missing");
    for (uint32_t i = 0; i < a->pack->n_facts && i / 64 < causes->words; i++)
        if (causes->bits[i / 64] >> (i % 64) & 1)
            dx_json_string(out, a->pack->facts[i].path);
    dx_json_close(out, ']');
}

/* A decision or an input of a model, and its value in the last assessment of the run. */
static void put_value(const dx_asked *a, const found *f, uint32_t node, dx_json_writer *out) {
    const dx_element *element = f->dmn->nodes[node].element;
    dx_val value = dx_run_value(a->run, f->dmn, node);
    dx_buf json = {.arena = a->run->arena};
    dx_val_json(&json, value);
    dx_json_open(out, '{');
    dx_json_text(out, "id", element->id);
    dx_json_text(out, "name", f->dmn->nodes[node].name);
    dx_json_text(out, "kind", element->kind == DX_EL_INPUT ? DX_STR("input") : DX_STR("decision"));
    dx_json_key(out, DX_STR("value"));
    dx_json_raw(out, dx_buf_str(&json));
    put_causes(a, value, out);
    dx_json_close(out, '}');
}

/* Inputs hold the facts, the readings and the tariff of an assessment; decisions that no item rests
 * on are computed besides. */
void dx_op_values(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    found f;
    if (!dx_asked_read(worker, request, "model", &a, reply))
        return;
    dx_str name = a.extra && a.extra->kind == DX_JSON_STRING ? a.extra->text : (dx_str){0};
    if (!find_in_pack(worker, a.number, name, &f)) {
        dx_reply_problem(worker, request, reply, 404, DX_E_API_NO_MODEL, NULL);
        return;
    }
    dx_buf body = {.arena = &worker->arena};
    dx_json_writer out = {.out = &body};
    dx_plan plan;
    const uint32_t *inputs;
    uint32_t *decisions, n = decisions_of(&worker->arena, &f, &decisions);
    dx_assessment assessment = {.verdicts =
                                    DX_NEW_ARRAY(&worker->arena, dx_verdict, a.pack->n_items + 1)};
    dx_assess(a.pack, a.run, &a.facts, &a.options, &assessment);
    dx_plan_make(&worker->arena, &plan, f.dmn, decisions, n);
    dx_plan_run(a.run, &plan);
    dx_json_open(&out, '{');
    dx_json_text(&out, "model", f.model->name);
    dx_json_array(&out, "values");
    uint32_t n_inputs = dx_inputs_of(&worker->arena, f.dmn, f.model, &inputs);
    for (uint32_t i = 0; i < n_inputs; i++)
        put_value(&a, &f, inputs[i], &out);
    for (uint32_t i = 0; i < n; i++)
        put_value(&a, &f, decisions[i], &out);
    dx_json_close(&out, ']');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
