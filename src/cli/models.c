/* See models.h. */
#include "cli/models.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 100000 };

/* --- folders --- */

dx_str dx_cli_folder(dx_str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    if (n == 0)
        return DX_STR(".");
    return (dx_str){path.p, n > 1 ? n - 1 : 1};
}

dx_str dx_cli_base(dx_str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return (dx_str){path.p + n, path.n - n};
}

static bool walk(dx_cli *cli, dx_str folder, dx_str suffix, uint32_t depth, dx_paths *paths) {
    dx_names_list names;
    if (!dx_folder_names(cli->arena, folder, &names, &cli->diags))
        return false;
    for (uint32_t i = 0; i < names.n; i++) {
        struct stat about;
        dx_str path = dx_str_fmt(cli->arena, "%.*s/%.*s", DX_FMT(folder), DX_FMT(names.v[i]));
        if (lstat(dx_str_z(cli->arena, path), &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode)) { /* links are not followed: they may lead back */
            if (depth > 0 && !walk(cli, path, suffix, depth - 1, paths))
                return false;
        } else if (dx_str_ends(names.v[i], suffix)) {
            dx_vec_push(cli->arena, paths, path);
        }
    }
    return true;
}

bool dx_cli_files(dx_cli *cli, dx_str path, dx_str suffix, uint32_t depth, dx_paths *paths) {
    struct stat about;
    bool found = stat(dx_str_z(cli->arena, path), &about) == 0;
    if (found && S_ISDIR(about.st_mode))
        return walk(cli, path, suffix, depth, paths);
    if (!found) {
        dx_diag_add(&cli->diags, DX_E_FILE_MISSING, (dx_place){.file = path}, path, (dx_str){0},
                    (dx_str){0});
        return false;
    }
    dx_vec_push(cli->arena, paths, path);
    return true;
}

/* --- models and their imports --- */

typedef DX_VEC(dx_model *) model_set;

static dx_model *load(dx_arena *arena, dx_str path, dx_diags *diags) {
    dx_str xml;
    if (!dx_file_read(arena, path, DX_CLI_FILE_BYTES, &xml, diags))
        return NULL;
    return dx_model_load(arena, xml, path, diags);
}

static bool has_model(const model_set *models, dx_str ns) {
    for (uint32_t i = 0; i < models->n; i++)
        if (dx_str_eq(models->v[i]->ns, ns))
            return true;
    return false;
}

/* Whether some model imports a namespace. */
static bool is_wanted(const model_set *models, dx_str ns) {
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            if (dx_str_eq(models->v[i]->imports[k].ns, ns))
                return true;
    return false;
}

static bool wants_more(const model_set *models) {
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            if (!has_model(models, models->v[i]->imports[k].ns))
                return true;
    return false;
}

/* Notes in which files the models were looked for that are still missing. */
static void note_tried(dx_arena *arena, const dx_paths *paths, const model_set *models) {
    dx_buf tried = {.arena = arena};
    for (uint32_t i = 0; i < paths->n; i++) {
        dx_buf_addz(&tried, i ? ", " : "");
        dx_buf_add(&tried, paths->v[i]);
    }
    for (uint32_t i = 0; i < models->n; i++)
        for (uint32_t k = 0; k < models->v[i]->n_imports; k++)
            models->v[i]->imports[k].tried = dx_buf_str(&tried);
}

/* Adds what is imported. A model that nobody imports is none of our business, whatever its faults;
 * so faults count only for one that is taken, which is then loaded again. */
static void load_imports(dx_cli *cli, dx_arena *arena, dx_str path, model_set *models,
                         dx_diags *diags) {
    dx_paths paths = {0};
    bool more =
        wants_more(models) && dx_cli_files(cli, dx_cli_folder(path), DX_STR(".dmn"), 0, &paths);
    while (more) {
        more = false;
        for (uint32_t i = 0; i < paths.n; i++) {
            dx_diags quiet;
            dx_diags_init(&quiet, arena);
            dx_model *model = load(arena, paths.v[i], &quiet);
            if (!model || has_model(models, model->ns) || !is_wanted(models, model->ns))
                continue;
            model = load(arena, paths.v[i], diags);
            dx_vec_push(arena, models, model);
            more = wants_more(models);
        }
    }
    if (wants_more(models))
        note_tried(arena, &paths, models);
}

dx_dmn *dx_cli_models(dx_cli *cli, dx_arena *arena, dx_str path, dx_diags *diags) {
    model_set models = {0};
    dx_model *first = load(arena, path, diags);
    if (!first)
        return NULL;
    dx_vec_push(arena, &models, first);
    load_imports(cli, arena, path, &models, diags);
    return dx_dmn_compile(arena, models.v, models.n, diags);
}

uint32_t dx_cli_element(const dx_dmn *dmn, dx_str ns, dx_str name, dx_element_kind kind) {
    uint32_t at = dx_dmn_find(dmn, ns, name, kind);
    for (uint32_t i = 1; at == DX_NONE && !ns.n && i < dmn->n_models; i++)
        at = dx_dmn_find(dmn, dmn->models[i]->ns, name, kind);
    return at;
}

/* --- inputs --- */

typedef struct reader {
    dx_cli *cli;
    dx_run *run;
    const dx_json *root;
} reader;

/* A type by its name, and what it is made of where that is short. */
static dx_str type_text(const reader *r, const dx_type *type) {
    dx_buf text = {.arena = r->cli->arena};
    if (type->name.n && type->kind == DX_T_CONTEXT)
        return type->name;
    dx_buf_add(&text, type->name);
    dx_buf_addz(&text, type->name.n ? " (" : "");
    dx_type_print(&text, type);
    dx_buf_addz(&text, type->name.n ? ")" : "");
    return dx_buf_str(&text);
}

static dx_val refuse(const reader *r, dx_err code, const dx_json *node, const dx_type *type) {
    dx_diag_add(&r->cli->diags, code, dx_json_place(r->cli->arena, r->root, node),
                type_text(r, type), (dx_str){0}, (dx_str){0});
    return DX_VAL_NULL;
}

static void refuse_key(const reader *r, dx_err code, const dx_json *member, dx_str known) {
    dx_diag_add(&r->cli->diags, code, dx_json_key_place(r->cli->arena, r->root, member),
                member->key, known, (dx_str){0});
}

/* A string as the value that its type asks for. */
static dx_val from_string(const reader *r, const dx_json *node, const dx_type *type) {
    dx_arena *arena = r->run->arena;
    dx_num num;
    dx_date date;
    dx_time time;
    dx_datetime datetime;
    dx_dtdur duration;
    int64_t months;
    dx_str s = node->text;
    if (type->kind == DX_T_NUM && dx_num_parse(arena, s, &num))
        return dx_val_num(num);
    if (type->kind == DX_T_DATE && dx_date_parse(s, &date))
        return dx_val_date(date);
    if (type->kind == DX_T_TIME && dx_time_parse(s, &time))
        return dx_val_time(arena, time);
    if (type->kind == DX_T_DATETIME && dx_datetime_parse(s, &datetime))
        return dx_val_datetime(arena, datetime);
    if (type->kind == DX_T_YMDUR && dx_ymdur_parse(s, &months))
        return dx_val_months(months);
    if (type->kind == DX_T_DTDUR && dx_dtdur_parse(s, &duration))
        return dx_val_dtdur(duration);
    if (type->kind == DX_T_ANY || type->kind == DX_T_STRING)
        return dx_val_str(s);
    return refuse(r, DX_E_INPUT_TYPE, node, type);
}

static dx_val from_json(const reader *r, const dx_json *node, const dx_type *type);

static dx_val from_array(const reader *r, const dx_json *node, const dx_type *type) {
    const dx_type *elem = type->kind == DX_T_LIST && type->elem ? type->elem : &dx_type_any;
    dx_val *items = dx_alloc(r->run->arena, (node->n + 1) * sizeof *items);
    for (size_t i = 0; i < node->n; i++)
        items[i] = from_json(r, &node->items[i], elem);
    return dx_val_list(items, (uint32_t)node->n);
}

static dx_str key_list(const reader *r, const dx_shape *shape) {
    dx_buf list = {.arena = r->cli->arena};
    for (uint32_t i = 0; i < shape->n; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, shape->keys[i]);
    }
    return dx_buf_str(&list);
}

/* An object with the members that its type has; what is left out is null. */
static dx_val from_typed_object(const reader *r, const dx_json *node, const dx_type *type) {
    dx_val *values = DX_NEW_ARRAY(r->run->arena, dx_val, type->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        uint32_t at = dx_shape_find(type->shape, node->items[i].key);
        if (at == UINT32_MAX)
            refuse_key(r, DX_E_INPUT_KEY, &node->items[i], key_list(r, type->shape));
        else
            values[at] = from_json(r, &node->items[i], type->members[at]);
    }
    return dx_val_context(r->run->arena, type->shape, values);
}

static dx_val from_object(const reader *r, const dx_json *node, const dx_type *type) {
    if (type->kind == DX_T_CONTEXT && type->n)
        return from_typed_object(r, node, type);
    dx_arena *arena = r->run->arena;
    dx_val *values = DX_NEW_ARRAY(arena, dx_val, node->n + 1);
    dx_str *keys = DX_NEW_ARRAY(arena, dx_str, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        keys[i] = node->items[i].key;
        values[i] = from_json(r, &node->items[i], &dx_type_any);
    }
    return dx_val_context(arena, dx_shape_new(arena, keys, (uint32_t)node->n), values);
}

/* No deeper than the JSON reader allows. A single value stands for a list of one (DMN 1.5
 * §10.3.2.9.4), so a list's type looks at it as at its element. */
static dx_val from_json(const reader *r, const dx_json *node, const dx_type *type) {
    dx_num num;
    if (type->kind == DX_T_LIST && node->kind != DX_JSON_ARRAY && type->elem)
        type = type->elem;
    switch (node->kind) {
    case DX_JSON_NULL: return DX_VAL_NULL;
    case DX_JSON_TRUE: return dx_val_bool(true);
    case DX_JSON_FALSE: return dx_val_bool(false);
    case DX_JSON_NUMBER:
        return dx_num_parse(r->run->arena, node->text, &num)
                   ? dx_val_num(num)
                   : refuse(r, DX_E_INPUT_TYPE, node, &dx_type_num);
    case DX_JSON_STRING: return from_string(r, node, type);
    case DX_JSON_ARRAY: return from_array(r, node, type);
    case DX_JSON_OBJECT: return from_object(r, node, type);
    }
    return DX_VAL_NULL;
}

static dx_val read_input(const reader *r, const dx_json *node, const dx_type *type) {
    uint32_t errors = r->cli->diags.errors;
    dx_val v = from_json(r, node, type);
    if (r->cli->diags.errors > errors || v.tag == DX_NULL)
        return DX_VAL_NULL;
    dx_val conforming = dx_run_coerce(r->run, type, v);
    if (conforming.tag != DX_NULL)
        return conforming;
    return refuse(r, dx_type_has(type, v) ? DX_E_INPUT_VALUE : DX_E_INPUT_TYPE, node, type);
}

void dx_cli_clear_inputs(dx_run *run, const dx_dmn *dmn) {
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_INPUT)
            run->frame[dmn->nodes[i].slot] = DX_VAL_NULL;
}

static dx_str input_list(dx_cli *cli, const dx_dmn *dmn) {
    dx_buf list = {.arena = cli->arena};
    for (uint32_t i = 0; i < dmn->n_nodes; i++) {
        if (dmn->nodes[i].element->kind != DX_EL_INPUT)
            continue;
        dx_buf_addz(&list, list.n ? ", " : "");
        dx_buf_add(&list, dmn->nodes[i].name);
    }
    return dx_buf_str(&list);
}

bool dx_cli_set_inputs(dx_cli *cli, dx_run *run, const dx_dmn *dmn, const dx_json *json) {
    reader r = {cli, run, json};
    uint32_t errors = cli->diags.errors;
    if (json->kind != DX_JSON_OBJECT) {
        refuse(&r, DX_E_INPUT_OBJECT, json, &dx_type_any_context);
        return false;
    }
    for (size_t i = 0; i < json->n; i++) {
        const dx_json *member = &json->items[i];
        uint32_t at = dx_cli_element(dmn, (dx_str){0}, member->key, DX_EL_INPUT);
        if (at == DX_NONE)
            refuse_key(&r, DX_E_INPUT_UNKNOWN, member, input_list(cli, dmn));
        else
            run->frame[dmn->nodes[at].slot] = read_input(&r, member, dmn->nodes[at].type);
    }
    return cli->diags.errors == errors;
}

/* --- differences --- */

static void put_value(dx_buf *out, dx_val v) {
    enum { MOST = 300 };
    dx_buf text = {.arena = out->arena};
    dx_val_print(&text, v, true);
    size_t n = text.n > MOST ? MOST : text.n;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    dx_buf_add(out, (dx_str){text.p, n});
    dx_buf_addz(out, n < text.n ? "..." : "");
}

void dx_cli_put_difference(dx_cli *cli, dx_buf *out, dx_str name, dx_val expected, dx_val actual) {
    dx_buf_addz(out, out->n ? "; " : "");
    dx_buf_add(out, name);
    dx_buf_addz(out, dx_cli_say(cli, "：应为 ", ": expected "));
    put_value(out, expected);
    dx_buf_addz(out, dx_cli_say(cli, "，实为 ", " but got "));
    put_value(out, actual);
}
