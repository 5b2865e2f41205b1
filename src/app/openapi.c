/* The OpenAPI 3.1 description, made from the table of operations and the schemas of schemas.json,
 * which the build embeds. */
#include "app/app.h"

/* schemas.json, embedded by the build. */
extern const char dx_schemas_json[];

/* One schema in each of the media types, which spaces part. */
static void put_content(dx_json_writer *out, dx_arena *arena, const char *types,
                        const char *schema) {
    dx_json_object(out, "content");
    for (const char *at = types; *at;) {
        size_t n = strcspn(at, " ");
        dx_json_key(out, (dx_str){at, n});
        dx_json_open(out, '{');
        dx_json_object(out, "schema");
        dx_json_text(out, "$ref", dx_str_fmt(arena, "#/components/schemas/%s", schema));
        dx_json_close(out, '}');
        dx_json_close(out, '}');
        at += n + (at[n] == ' ');
    }
    dx_json_close(out, '}');
}

static void put_reply(dx_json_writer *out, dx_arena *arena, const char *text, const char *type,
                      const char *schema) {
    const char *space = strchr(type, ' ');
    dx_json_key(out, space ? (dx_str){type, (size_t)(space - type)} : DX_STR("200"));
    dx_json_open(out, '{');
    dx_json_text(out, "description", dx_str_of(text));
    put_content(out, arena, space ? space + 1 : type, schema);
    dx_json_close(out, '}');
}

static void put_parameter(dx_json_writer *out, dx_str name, const char *in) {
    char mark = name.n ? name.p[name.n - 1] : '\0';
    bool repeats = mark == '*', is_switch = mark == '?';
    if (repeats || is_switch)
        name.n--;
    dx_json_open(out, '{');
    dx_json_text(out, "name", name);
    dx_json_text(out, "in", dx_str_of(in));
    dx_json_key(out, DX_STR("required"));
    dx_json_bool(out, strcmp(in, "path") == 0);
    dx_json_object(out, "schema");
    dx_json_text(out, "type", dx_str_of(repeats ? "array" : is_switch ? "boolean" : "string"));
    if (repeats) {
        dx_json_object(out, "items");
        dx_json_text(out, "type", DX_STR("string"));
        dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
    dx_json_close(out, '}');
}

static void put_parameters(dx_json_writer *out, const dx_operation *op) {
    dx_json_array(out, "parameters");
    for (const char *open = strchr(op->path, '{'); open; open = strchr(open + 1, '{')) {
        const char *close = strchr(open, '}');
        put_parameter(out, (dx_str){open + 1, (size_t)(close - open - 1)}, "path");
    }
    for (const char *at = op->query; at && *at;) {
        size_t n = strcspn(at, " ");
        put_parameter(out, (dx_str){at, n}, "query");
        at += n + (at[n] == ' ');
    }
    dx_json_close(out, ']');
}

static void put_operation(dx_json_writer *out, dx_arena *arena, const dx_operation *op,
                          dx_lang lang) {
    dx_buf method = {.arena = arena};
    for (const char *c = op->method; *c; c++)
        dx_buf_char(&method, (char)(*c | 0x20)); /* OpenAPI writes methods in lower case */
    dx_buf_char(&method, '\0');
    dx_json_object(out, method.p);
    dx_json_text(out, "operationId", dx_str_of(op->name));
    dx_json_text(out, "summary", dx_str_of(lang == DX_ZH ? op->zh : op->en));
    put_parameters(out, op);
    if (op->request_type) {
        dx_json_object(out, "requestBody");
        dx_json_key(out, DX_STR("required"));
        dx_json_bool(out, true);
        put_content(out, arena, op->request_type, op->request_schema);
        dx_json_close(out, '}');
    }
    dx_json_object(out, "responses");
    put_reply(out, arena, "OK", op->reply_type, op->reply_schema);
    put_reply(out, arena, "RFC 9457", "default application/problem+json", "Problem");
    dx_json_close(out, '}');
    dx_json_close(out, '}');
}

void dx_op_openapi(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    dx_arena *arena = &worker->arena;
    dx_buf body = {.arena = arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    dx_json_text(&out, "openapi", DX_STR("3.1.0"));
    dx_json_object(&out, "info");
    dx_json_text(&out, "title", request->lang == DX_ZH ? DX_STR("兑现") : DX_STR("Duixian"));
    dx_json_text(&out, "version", DX_STR("1"));
    dx_json_close(&out, '}');
    dx_json_object(&out, "paths");
    for (uint32_t i = 0; i < dx_operation_count; i++) { /* the methods of a path stand together */
        const char *before = i > 0 ? dx_operations[i - 1].path : "";
        const char *after = i + 1 < dx_operation_count ? dx_operations[i + 1].path : "";
        if (strcmp(dx_operations[i].path, before) != 0)
            dx_json_object(&out, dx_operations[i].path);
        put_operation(&out, arena, &dx_operations[i], request->lang);
        if (strcmp(dx_operations[i].path, after) != 0)
            dx_json_close(&out, '}');
    }
    dx_json_close(&out, '}');
    dx_json_object(&out, "components");
    dx_json_key(&out, DX_STR("schemas"));
    dx_json_raw(&out, dx_str_trim(dx_str_of(dx_schemas_json)));
    dx_json_close(&out, '}');
    dx_json_close(&out, '}');
    dx_reply_json(reply, &body);
}
