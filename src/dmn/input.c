/* See input.h. The walk is no deeper than the JSON reader allows. */
#include "dmn/input.h"

/* --- faults ------------------------------------------------------------------------------------
 */

/* A type by its name, and what it is made of where that is short. */
static dx_str type_text(const dx_input_reader *r, const dx_type *type) {
    dx_buf text = {.arena = r->run->arena};
    if (type->name.n && type->kind == DX_T_CONTEXT)
        return type->name;
    dx_buf_add(&text, type->name);
    dx_buf_addz(&text, type->name.n ? " (" : "");
    dx_type_print(&text, type);
    dx_buf_addz(&text, type->name.n ? ")" : "");
    return dx_buf_str(&text);
}

static dx_val refuse(const dx_input_reader *r, dx_err code, const dx_json *node,
                     const dx_type *type) {
    dx_diag_add(r->diags, code, dx_json_place(r->run->arena, r->root, node), type_text(r, type),
                (dx_str){0}, (dx_str){0});
    return DX_VAL_NULL;
}

void dx_input_refuse_key(const dx_input_reader *reader, dx_err code, const dx_json *member,
                         dx_str known) {
    dx_diag_add(reader->diags, code, dx_json_key_place(reader->run->arena, reader->root, member),
                member->key, known, (dx_str){0});
}

static dx_str key_list(const dx_input_reader *r, const dx_shape *shape) {
    dx_buf list = {.arena = r->run->arena};
    for (uint32_t i = 0; i < shape->n; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, shape->keys[i]);
    }
    return dx_buf_str(&list);
}

/* --- values ------------------------------------------------------------------------------------
 */

static dx_val from_string(const dx_input_reader *r, const dx_json *node, const dx_type *type) {
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

static dx_val from_json(const dx_input_reader *r, const dx_json *node, const dx_type *type,
                        dx_str name);

static dx_val from_array(const dx_input_reader *r, const dx_json *node, const dx_type *type,
                         dx_str name) {
    const dx_type *elem = type->kind == DX_T_LIST && type->elem ? type->elem : &dx_type_any;
    dx_val *items = dx_alloc(r->run->arena, (node->n + 1) * sizeof *items);
    for (size_t i = 0; i < node->n; i++)
        items[i] = from_json(r, &node->items[i], elem, name);
    return dx_val_list(items, (uint32_t)node->n);
}

/* Names are needed for unknown facts alone. */
static dx_str member_name(const dx_input_reader *r, dx_str name, dx_str key) {
    return r->unknown ? dx_str_fmt(r->run->arena, "%.*s.%.*s", DX_FMT(name), DX_FMT(key)) : name;
}

static dx_val from_typed_object(const dx_input_reader *r, const dx_json *node, const dx_type *type,
                                dx_str name) {
    dx_val *values = DX_NEW_ARRAY(r->run->arena, dx_val, type->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        const dx_json *member = &node->items[i];
        uint32_t at = dx_shape_find(type->shape, member->key);
        if (at == UINT32_MAX)
            dx_input_refuse_key(r, DX_E_INPUT_KEY, member, key_list(r, type->shape));
        else
            values[at] = from_json(r, member, type->members[at], member_name(r, name, member->key));
    }
    return dx_val_context(r->run->arena, type->shape, values);
}

static dx_val from_any_object(const dx_input_reader *r, const dx_json *node, dx_str name) {
    dx_arena *arena = r->run->arena;
    dx_val *values = DX_NEW_ARRAY(arena, dx_val, node->n + 1);
    dx_str *keys = DX_NEW_ARRAY(arena, dx_str, node->n + 1);
    for (size_t i = 0; i < node->n; i++) {
        keys[i] = node->items[i].key;
        values[i] = from_json(r, &node->items[i], &dx_type_any, member_name(r, name, keys[i]));
    }
    return dx_val_context(arena, dx_shape_new(arena, keys, (uint32_t)node->n), values);
}

/* {"unknown": true} or {"unknown": "fact"}, where the type has no such member. */
static bool is_unknown(const dx_input_reader *r, const dx_json *node, const dx_type *type) {
    if (!r->unknown || node->n != 1 || !dx_str_is(node->items[0].key, "unknown"))
        return false;
    if (node->items[0].kind != DX_JSON_TRUE && node->items[0].kind != DX_JSON_STRING)
        return false;
    return type->kind != DX_T_CONTEXT || !type->n ||
           dx_shape_find(type->shape, node->items[0].key) == UINT32_MAX;
}

static dx_val from_object(const dx_input_reader *r, const dx_json *node, const dx_type *type,
                          dx_str name) {
    if (is_unknown(r, node, type))
        return r->unknown(r->context,
                          node->items[0].kind == DX_JSON_STRING ? node->items[0].text : name);
    return type->kind == DX_T_CONTEXT && type->n ? from_typed_object(r, node, type, name)
                                                 : from_any_object(r, node, name);
}

/* A single value stands for a list of one (DMN 1.5 §10.3.2.9.4), so a list's type looks at it as at
 * its element. */
static dx_val from_json(const dx_input_reader *r, const dx_json *node, const dx_type *type,
                        dx_str name) {
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
    case DX_JSON_ARRAY: return from_array(r, node, type, name);
    case DX_JSON_OBJECT: return from_object(r, node, type, name);
    }
    return DX_VAL_NULL;
}

dx_val dx_input_read(const dx_input_reader *reader, const dx_json *node, const dx_type *type,
                     dx_str name) {
    uint32_t errors = reader->diags->errors;
    dx_val v = from_json(reader, node, type, name);
    if (reader->diags->errors > errors || v.tag == DX_NULL)
        return DX_VAL_NULL;
    dx_val conforming = dx_run_coerce(reader->run, type, v);
    if (conforming.tag != DX_NULL)
        return conforming;
    return refuse(reader, dx_type_has(type, v) ? DX_E_INPUT_VALUE : DX_E_INPUT_TYPE, node, type);
}

/* --- all inputs of a model --- */

void dx_inputs_clear(dx_run *run, const dx_dmn *dmn) {
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_INPUT)
            run->frame[dmn->nodes[i].slot] = DX_VAL_NULL;
}

uint32_t dx_inputs_of(dx_arena *arena, const dx_dmn *dmn, const dx_model *model,
                      const uint32_t **ret) {
    bool *read = DX_NEW_ARRAY(arena, bool, dmn->n_nodes + 1);
    uint32_t *inputs = DX_NEW_ARRAY(arena, uint32_t, dmn->n_nodes + 1), n = 0;
    /* what is required stands before what requires it: one pass from the end marks everything */
    for (uint32_t i = dmn->n_nodes; i-- > 0;) {
        const dx_node_info *node = &dmn->nodes[dmn->order[i]];
        read[dmn->order[i]] |= !model || node->model == model;
        for (uint32_t k = 0; k < node->n_needs && read[dmn->order[i]]; k++)
            read[node->needs[k]] = true;
    }
    for (int own = 1; own >= 0; own--)
        for (uint32_t i = 0; i < dmn->n_nodes; i++)
            if (read[i] && dmn->nodes[i].element->kind == DX_EL_INPUT &&
                (dmn->nodes[i].model == (model ? model : dmn->models[0])) == own)
                inputs[n++] = i;
    *ret = inputs;
    return n;
}

static uint32_t named(const dx_dmn *dmn, const uint32_t *inputs, uint32_t n, dx_str name) {
    for (uint32_t i = 0; i < n; i++)
        if (dx_str_eq(dmn->nodes[inputs[i]].name, name) ||
            dx_str_eq(dmn->nodes[inputs[i]].element->name, name))
            return inputs[i];
    return DX_NONE;
}

static dx_str input_list(dx_arena *arena, const dx_dmn *dmn, const uint32_t *inputs, uint32_t n) {
    dx_buf list = {.arena = arena};
    for (uint32_t i = 0; i < n; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, dmn->nodes[inputs[i]].name);
    }
    return dx_buf_str(&list);
}

bool dx_inputs_read(dx_run *run, const dx_dmn *dmn, const dx_model *model, const dx_json *root,
                    dx_diags *diags) {
    dx_input_reader reader = {.run = run, .diags = diags, .root = root};
    uint32_t errors = diags->errors;
    const uint32_t *inputs;
    uint32_t n = dx_inputs_of(run->arena, dmn, model, &inputs);
    if (root->kind != DX_JSON_OBJECT) {
        refuse(&reader, DX_E_INPUT_OBJECT, root, &dx_type_any_context);
        return false;
    }
    for (size_t i = 0; i < root->n; i++) {
        const dx_json *member = &root->items[i];
        uint32_t at = named(dmn, inputs, n, member->key);
        if (at == DX_NONE) {
            dx_input_refuse_key(&reader, DX_E_INPUT_UNKNOWN, member,
                                input_list(run->arena, dmn, inputs, n));
            continue;
        }
        const dx_node_info *node = &dmn->nodes[at];
        run->frame[node->slot] = dx_input_read(&reader, member, node->type, node->name);
    }
    return diags->errors == errors;
}
