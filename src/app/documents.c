/* Results as files to print and keep, and forms to fill in. */
#include "app/asked.h"
#include "base/hash.h"
#include "doc/pdf.h"
#include "doc/xlsx_read.h"
#include "doc/xlsx_write.h"

enum { LINK_BYTES_MAX = 2000 };

/* --- the facts as they were given, in one form: keys in order, no spaces --- */

static void put_canonical(dx_arena *arena, const dx_json *node, dx_json_writer *out) {
    bool object = node->kind == DX_JSON_OBJECT;
    if (!object && node->kind != DX_JSON_ARRAY) {
        dx_json_value(out, node);
        return;
    }
    const dx_json **order = DX_NEW_ARRAY(arena, const dx_json *, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        size_t at = i;
        for (; object && at > 0 && dx_str_cmp(order[at - 1]->key, node->items[i].key) > 0; at--)
            order[at] = order[at - 1];
        order[at] = &node->items[i];
    }
    dx_json_open(out, object ? '{' : '[');
    for (size_t i = 0; i < node->n; i++) {
        if (object)
            dx_json_key(out, order[i]->key);
        put_canonical(arena, order[i], out);
    }
    dx_json_close(out, object ? '}' : ']');
}

static dx_str digest_of(dx_arena *arena, const dx_json *facts) {
    static const dx_json nothing = {.kind = DX_JSON_OBJECT};
    dx_buf text = {.arena = arena};
    dx_json_writer out = {.out = &text};
    put_canonical(arena, facts ? facts : &nothing, &out);
    return dx_str_fmt(arena, "sha256:%.*s", DX_FMT(dx_hash_of(arena, dx_buf_str(&text))));
}

/* --- documents of an assessment --- */

static bool is_link(const dx_json *node) {
    if (node->kind != DX_JSON_STRING || node->text.n > LINK_BYTES_MAX)
        return false;
    for (size_t i = 0; i < node->text.n; i++)
        if (node->text.p[i] <= ' ' || node->text.p[i] > '~')
            return false;
    return dx_str_starts(node->text, DX_STR("https://")) ||
           dx_str_starts(node->text, DX_STR("http://"));
}

static void refuse(dx_worker *worker, const dx_request *request, dx_reply *reply,
                   const dx_diags *diags) {
    dx_err code = diags->first->code;
    dx_reply_problem(worker, request, reply, dx_err_status(code), code, diags);
}

/* Reads the request and assesses. False: the reply is a problem. */
static bool assess(dx_worker *worker, const dx_request *request, dx_asked *a, dx_doc *ret,
                   dx_reply *reply) {
    if (!dx_asked_read(worker, request, "link", a, reply))
        return false;
    if (a->extra && !is_link(a->extra)) {
        dx_diags diags;
        dx_diags_init(&diags, &worker->arena);
        dx_diag_add(&diags, DX_E_API_LINK, (dx_place){.element = DX_STR("/link")}, (dx_str){0},
                    (dx_str){0}, (dx_str){0});
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &diags);
        return false;
    }
    dx_assessment *assessment = DX_NEW(&worker->arena, dx_assessment);
    assessment->verdicts = DX_NEW_ARRAY(&worker->arena, dx_verdict, a->pack->n_items + 1);
    dx_assess(a->pack, a->run, &a->facts, &a->options, assessment);
    *ret = (dx_doc){.pack = a->pack,
                    .run = a->run,
                    .facts = &a->facts,
                    .options = &a->options,
                    .assessment = assessment,
                    .lang = request->lang,
                    .facts_digest = digest_of(&worker->arena, a->given),
                    .link = a->extra ? a->extra->text : (dx_str){0},
                    .arena = &worker->arena};
    return true;
}

void dx_op_assess_pdf(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    dx_doc doc;
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    if (!assess(worker, request, &a, &doc, reply))
        return;
    *reply = (dx_reply){.status = 200, .type = DX_PDF_TYPE};
    if (!dx_pdf_assessment(&doc, &reply->body, &diags))
        refuse(worker, request, reply, &diags);
}

void dx_op_assess_xlsx(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_asked a = {0};
    dx_doc doc;
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    if (!assess(worker, request, &a, &doc, reply))
        return;
    *reply = (dx_reply){.status = 200, .type = DX_XLSX_TYPE};
    if (!dx_xlsx_assessment(&doc, &reply->body, &diags))
        refuse(worker, request, reply, &diags);
}

/* --- the form --- */

void dx_op_form(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    uint32_t number = dx_worker_pack(worker, request, reply);
    dx_diags diags;
    dx_diags_init(&diags, &worker->arena);
    if (number == DX_NONE)
        return;
    const dx_pack *pack = worker->app->packs[number];
    *reply = (dx_reply){.status = 200, .type = DX_XLSX_TYPE};
    if (dx_xlsx_form(pack, request->lang, &worker->arena, &reply->body, &diags))
        reply->etag = dx_str_fmt(&worker->arena, "%.*s-%s", DX_FMT(pack->digest),
                                 request->lang == DX_ZH ? "zh" : "en");
    else
        refuse(worker, request, reply, &diags);
}

/* The pack that a form was made for; the first one when it is not here. */
static uint32_t pack_of(const dx_worker *worker, const dx_form *form) {
    uint32_t number = dx_app_find_pack(worker->app, form->pack);
    return number == DX_NONE ? 0 : number;
}

void dx_op_facts_xlsx(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_form form;
    dx_facts facts;
    dx_str json;
    dx_diags diags;
    dx_diags_init(&diags, arena);
    if (!dx_form_read(arena, request->body, &form, &diags)) {
        refuse(worker, request, reply, &diags);
        return;
    }
    uint32_t number = pack_of(worker, &form);
    const dx_pack *pack = worker->app->packs[number];
    if (!dx_form_facts(pack, dx_worker_run_of(worker, number), &form, &json, &facts, &diags)) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_FORM, &diags);
        return;
    }
    dx_buf body = {.arena = arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    dx_json_text(&out, "pack", pack->id);
    dx_json_key(&out, DX_STR("facts"));
    dx_json_raw(&out, json);
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
