/* A facts object of the contract, checked against the item definitions of the pack's models and
 * turned into values. Nothing is guessed and nothing is dropped: every fault is reported with its
 * JSON pointer and with what is expected. */
#include "policy/policy.h"

typedef struct reader {
    const dx_pack *pack;
    dx_run *run;
    const dx_json *root;
    const dx_fact *fact; /* being read */
    dx_diags *diags;
} reader;

/* --- faults --- */

/* What facts.json expects of a type: under its name or that of a definition it narrows. */
static dx_str type_text(const reader *r, const dx_type *type, const char *lang) {
    for (; type; type = type->base) {
        const dx_json *entry = dx_json_get(r->pack->types, type->name);
        const dx_json *text = dx_json_get(dx_json_get(entry, DX_STR("expected")), dx_str_of(lang));
        if (text && text->kind == DX_JSON_STRING)
            return text->text;
    }
    return (dx_str){0};
}

static dx_str expected(const reader *r, const dx_type *type, dx_lang lang) {
    static const char *const plain[][2] = {
        [DX_T_BOOL] = {"应为 true 或 false", "expected true or false"},
        [DX_T_NUM] = {"应为数字", "expected a number"},
        [DX_T_STRING] = {"应为文字", "expected a text"},
        [DX_T_LIST] = {"应为列表", "expected a list"},
        [DX_T_CONTEXT] = {"应为对象", "expected an object"},
        [DX_T_DATE] = {"应为日期（YYYY-MM-DD）", "expected a date (YYYY-MM-DD)"},
    };
    dx_str own = type_text(r, type, lang == DX_ZH ? "zh" : "en");
    if (own.n)
        return own;
    bool known = type->kind < sizeof plain / sizeof *plain && plain[type->kind][0];
    return dx_str_of(known ? plain[type->kind][lang] : "");
}

static dx_str shown(const reader *r, const dx_json *node) {
    enum { MOST = 60 };
    dx_buf buf = {.arena = r->run->arena};
    dx_json_writer writer = {.out = &buf};
    if (node->kind == DX_JSON_NUMBER && node->text.n <= MOST)
        return node->text;
    if (node->kind == DX_JSON_ARRAY)
        return DX_STR("[…]");
    if (node->kind == DX_JSON_OBJECT)
        return DX_STR("{…}");
    dx_json_value(&writer, node);
    if (buf.n <= MOST)
        return dx_buf_str(&buf);
    size_t cut = MOST;
    while (cut > 0 && ((unsigned char)buf.p[cut] & 0xc0) == 0x80)
        cut--;
    return dx_str_fmt(r->run->arena, "%.*s…", (int)cut, buf.p);
}

static dx_val refuse(const reader *r, dx_err code, const dx_json *node, const dx_type *type) {
    dx_place place = dx_json_place(r->diags->arena, r->root, node);
    dx_diag_add(r->diags, code, place, shown(r, node), expected(r, type, DX_ZH),
                expected(r, type, DX_EN));
    return DX_VAL_NULL;
}

static dx_str key_list(const reader *r, const dx_shape *shape) {
    dx_buf list = {.arena = r->run->arena};
    for (uint32_t i = 0; i < shape->n; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, shape->keys[i]);
    }
    return dx_buf_str(&list);
}

static void refuse_key(const reader *r, const dx_json *member, dx_str known) {
    dx_place place = dx_json_key_place(r->diags->arena, r->root, member);
    dx_diag_add(r->diags, DX_E_FACT_UNKNOWN_KEY, place, member->key, known, (dx_str){0});
}

/* --- values --- */

static dx_val read_number(const reader *r, const dx_json *node, const dx_type *type) {
    dx_num num;
    if (node->kind != DX_JSON_NUMBER && node->kind != DX_JSON_STRING)
        return refuse(r, DX_E_FACT_TYPE, node, type);
    if (dx_num_text_digits(node->text) > DX_NUM_DIGITS)
        return refuse(r, DX_E_FACT_DIGITS, node, type);
    if (!dx_num_parse(r->run->arena, node->text, &num))
        return refuse(r, DX_E_FACT_TYPE, node, type);
    return dx_val_num(num);
}

static dx_val read_value(const reader *r, const dx_json *node, const dx_type *type);

static dx_val read_list(const reader *r, const dx_json *node, const dx_type *type) {
    if (node->kind != DX_JSON_ARRAY)
        return refuse(r, DX_E_FACT_TYPE, node, type);
    dx_val *items = dx_alloc(r->run->arena, (node->n + 1) * sizeof *items);
    for (size_t i = 0; i < node->n; i++)
        items[i] = read_value(r, &node->items[i], type->elem ? type->elem : &dx_type_any);
    return dx_val_list(items, (uint32_t)node->n);
}

/* An object inside a fact (a period of a list): what it leaves out is not known, by that fact. */
static dx_val read_object(const reader *r, const dx_json *node, const dx_type *type) {
    if (node->kind != DX_JSON_OBJECT)
        return refuse(r, DX_E_FACT_TYPE, node, type);
    dx_val *values = dx_alloc(r->run->arena, (type->n + 1) * sizeof *values);
    for (uint32_t i = 0; i < type->n; i++)
        values[i] = r->fact->unknown;
    for (size_t i = 0; i < node->n; i++) {
        uint32_t at = dx_shape_find(type->shape, node->items[i].key);
        if (at == UINT32_MAX)
            refuse_key(r, &node->items[i], key_list(r, type->shape));
        else
            values[at] = read_value(r, &node->items[i], type->members[at]);
    }
    return dx_val_context(r->run->arena, type->shape, values);
}

static dx_val read_date(const reader *r, const dx_json *node, const dx_type *type) {
    dx_date date;
    if (node->kind != DX_JSON_STRING || !dx_date_parse(node->text, &date))
        return refuse(r, DX_E_FACT_TYPE, node, type);
    return dx_val_date(date);
}

static dx_val read_plain(const reader *r, const dx_json *node, const dx_type *type) {
    bool is_bool = node->kind == DX_JSON_TRUE || node->kind == DX_JSON_FALSE;
    if (type->kind == DX_T_BOOL)
        return is_bool ? dx_val_bool(node->kind == DX_JSON_TRUE)
                       : refuse(r, DX_E_FACT_TYPE, node, type);
    if (type->kind == DX_T_NUM)
        return read_number(r, node, type);
    if (type->kind == DX_T_DATE)
        return read_date(r, node, type);
    if (type->kind == DX_T_LIST)
        return read_list(r, node, type);
    if (type->kind == DX_T_CONTEXT)
        return read_object(r, node, type);
    return node->kind == DX_JSON_STRING ? dx_val_str(node->text)
                                        : refuse(r, DX_E_FACT_TYPE, node, type);
}

static dx_val read_value(const reader *r, const dx_json *node, const dx_type *type) {
    if (node->kind == DX_JSON_NULL)
        return DX_VAL_NULL;
    uint32_t errors = r->diags->errors;
    dx_val v = read_plain(r, node, type);
    /* what lies inside a list or object was checked there */
    bool whole = type->kind != DX_T_LIST && type->kind != DX_T_CONTEXT;
    if (whole && r->diags->errors == errors && dx_val_is_false(dx_run_allowed(r->run, type, v)))
        return refuse(r, DX_E_FACT_VALUE, node, type);
    return v;
}

static dx_val read_input(reader *r, const dx_input *input, const dx_json *node) {
    const dx_pack *pack = r->pack;
    dx_arena *arena = r->run->arena;
    if (node->kind == DX_JSON_NULL)
        return DX_VAL_NULL;
    if (node->kind != DX_JSON_OBJECT)
        return refuse(r, DX_E_FACT_TYPE, node, input->type);
    dx_val *values = dx_alloc(arena, (input->n + 1) * sizeof *values);
    memcpy(values, input->absent.u.context->v, input->n * sizeof *values);
    for (size_t i = 0; i < node->n; i++) {
        const dx_json *member = &node->items[i];
        uint32_t at = dx_shape_find(input->type->shape, member->key);
        if (at == UINT32_MAX) {
            refuse_key(r, member, key_list(r, input->type->shape));
            continue;
        }
        r->fact = &pack->facts[input->first + at];
        values[at] = read_value(r, member, r->fact->type);
    }
    return dx_val_context(arena, input->type->shape, values);
}

static dx_str input_list(const reader *r) {
    dx_buf list = {.arena = r->run->arena};
    for (uint32_t i = 0; i < r->pack->n_inputs; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, r->pack->inputs[i].name);
    }
    return dx_buf_str(&list);
}

bool dx_fact_read(const dx_pack *pack, dx_run *run, uint32_t fact, const dx_json *root, dx_val *ret,
                  dx_diags *diags) {
    const reader r = {
        .pack = pack, .run = run, .root = root, .fact = &pack->facts[fact], .diags = diags};
    uint32_t before = diags->errors;
    *ret = read_value(&r, root, r.fact->type);
    return diags->errors == before;
}

bool dx_facts_read(const dx_pack *pack, dx_run *run, const dx_json *root, const dx_json *json,
                   dx_facts *ret, dx_diags *diags) {
    reader r = {.pack = pack, .run = run, .root = root, .diags = diags};
    uint32_t before = diags->errors;
    dx_val *inputs = dx_alloc(run->arena, (pack->n_inputs + 1) * sizeof *inputs);
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        inputs[i] = pack->inputs[i].absent;
    if (json->kind != DX_JSON_OBJECT) {
        refuse(&r, DX_E_FACT_TYPE, json, &dx_type_any_context);
        return false;
    }
    for (size_t i = 0; i < json->n; i++) {
        uint32_t at = 0;
        while (at < pack->n_inputs && !dx_str_eq(pack->inputs[at].name, json->items[i].key))
            at++;
        if (at == pack->n_inputs)
            refuse_key(&r, &json->items[i], input_list(&r));
        else
            inputs[at] = read_input(&r, &pack->inputs[at], &json->items[i]);
    }
    ret->inputs = inputs;
    return diags->errors == before;
}
