/* The embedding API: values, and the explanation of how they came about. */
#include "api/api.h"

/* --- reading without memory --- */

static dx_val of(const duixian_value *value) {
    return value ? value->v : DX_VAL_NULL;
}

duixian_kind duixian_value_kind(const duixian_value *value) {
    static const duixian_kind kinds[] = {
        [DX_NULL] = DUIXIAN_KIND_NULL,          [DX_UNKNOWN] = DUIXIAN_KIND_UNKNOWN,
        [DX_BOOL] = DUIXIAN_KIND_BOOLEAN,       [DX_NUM] = DUIXIAN_KIND_NUMBER,
        [DX_STRING] = DUIXIAN_KIND_STRING,      [DX_DATE] = DUIXIAN_KIND_DATE,
        [DX_TIME] = DUIXIAN_KIND_TIME,          [DX_DATETIME] = DUIXIAN_KIND_DATE_TIME,
        [DX_YMDUR] = DUIXIAN_KIND_YEARS_MONTHS, [DX_DTDUR] = DUIXIAN_KIND_DAYS_TIME,
        [DX_LIST] = DUIXIAN_KIND_LIST,          [DX_CONTEXT] = DUIXIAN_KIND_CONTEXT,
        [DX_RANGE] = DUIXIAN_KIND_RANGE,        [DX_FUNCTION] = DUIXIAN_KIND_FUNCTION,
    };
    return kinds[of(value).tag];
}

bool duixian_value_boolean(const duixian_value *value, bool *ret) {
    if (!value || value->v.tag != DX_BOOL || !ret)
        return false;
    *ret = value->v.u.b;
    return true;
}

bool duixian_value_int64(const duixian_value *value, uint32_t decimals, int64_t *ret) {
    if (!value || value->v.tag != DX_NUM || decimals > 100 || !ret)
        return false;
    return dx_num_to_scaled(value->v.u.num, decimals, ret);
}

const char *duixian_value_string(const duixian_value *value, size_t *ret_n) {
    dx_val v = of(value);
    if (v.tag != DX_STRING || !ret_n)
        return NULL;
    *ret_n = v.n;
    return v.u.s ? v.u.s : "";
}

/* The parts of a list or context; none for all else. */
static size_t parts(const duixian_value *value, const dx_val **ret) {
    if (value && value->v.tag == DX_CONTEXT) {
        *ret = value->v.u.context->v;
        return value->v.u.context->shape->n;
    }
    if (!value || value->v.tag != DX_LIST)
        return 0;
    *ret = value->v.u.items;
    return value->v.n;
}

size_t duixian_value_count(const duixian_value *value) {
    const dx_val *v;
    return parts(value, &v);
}

const duixian_value *duixian_value_item(const duixian_value *value, size_t i) {
    const dx_val *v;
    return i < parts(value, &v) ? (const duixian_value *)&v[i] : NULL;
}

const char *duixian_value_key(const duixian_value *value, size_t i, size_t *ret_n) {
    dx_val v = of(value);
    if (v.tag != DX_CONTEXT || i >= v.u.context->shape->n || !ret_n)
        return NULL;
    dx_str key = v.u.context->shape->keys[i];
    *ret_n = key.n;
    return key.p ? key.p : "";
}

const duixian_value *duixian_value_member(const duixian_value *value, const char *key) {
    dx_val v = of(value);
    if (v.tag != DX_CONTEXT || !key)
        return NULL;
    uint32_t at = dx_shape_find(v.u.context->shape, dx_str_of(key));
    return at == UINT32_MAX ? NULL : (const duixian_value *)&v.u.context->v[at];
}

/* --- texts --- */

/* What a buffer holds, given out with a NUL after it. */
static void give(dx_buf *buf, const char **ret, size_t *ret_n) {
    dx_buf_char(buf, 0);
    *ret = buf->p;
    if (ret_n)
        *ret_n = buf->n - 1;
}

static duixian_status write_value(duixian_run *run, const duixian_value *value, const char **ret,
                                  size_t *ret_n, bool json) {
    dx_trap trap;
    if (!run || !ret)
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_buf buf = {.arena = &run->arena};
    if (json)
        dx_val_json(&buf, of(value));
    else
        dx_val_print(&buf, of(value), false);
    give(&buf, ret, ret_n);
    dx_trap_end(&run->arena, &trap);
    return DUIXIAN_OK;
}

duixian_status duixian_text(duixian_run *run, const duixian_value *value, const char **ret,
                            size_t *ret_n) {
    return write_value(run, value, ret, ret_n, false);
}

duixian_status duixian_json(duixian_run *run, const duixian_value *value, const char **ret,
                            size_t *ret_n) {
    return write_value(run, value, ret, ret_n, true);
}

static size_t name_causes(duixian_run *run, dx_val v, const char *const **ret) {
    dx_val unknown = dx_val_unknown_join(&run->arena, v, DX_VAL_NULL);
    const dx_causes *causes = unknown.tag == DX_UNKNOWN ? unknown.u.causes : NULL;
    uint32_t bits = causes ? causes->words * 64 : 0;
    size_t n = 0;
    for (uint32_t i = 0; i < bits; i++)
        n += causes->bits[i / 64] >> (i % 64) & 1;
    const char **names = DX_NEW_ARRAY(&run->arena, const char *, n + 1);
    n = 0;
    for (uint32_t i = 0; i < bits; i++)
        if (causes->bits[i / 64] >> (i % 64) & 1)
            names[n++] = dx_str_z(&run->arena, dx_api_fact(run, i));
    *ret = names;
    return n;
}

duixian_status duixian_causes(duixian_run *run, const duixian_value *value, const char *const **ret,
                              size_t *ret_n) {
    dx_trap trap;
    if (!run || !ret || !ret_n)
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    *ret_n = name_causes(run, of(value), ret);
    dx_trap_end(&run->arena, &trap);
    return DUIXIAN_OK;
}

/* --- notes and trace --- */

static dx_diag diag_of(const dx_note *note) {
    dx_diag diag = {.code = note->code, .warning = true, .args = {note->args[0], note->args[1]}};
    if (note->span.source)
        diag.place = dx_place_in(&note->span.source->place, note->span.from, note->span.to);
    return diag;
}

static const duixian_diags *list_notes(duixian_run *run) {
    dx_arena *arena = &run->arena;
    size_t n = 0;
    for (const dx_note *note = run->run->notes; note; note = note->next)
        n++;
    duixian_diags *list = DX_NEW(arena, duixian_diags);
    duixian_diag *v = DX_NEW_ARRAY(arena, duixian_diag, n + 1);
    for (const dx_note *note = run->run->notes; note; note = note->next) {
        dx_diag diag = diag_of(note);
        v[list->n++] = dx_api_diag(arena, &diag, DUIXIAN_NOTE);
    }
    list->v = v;
    return list;
}

duixian_status duixian_notes(duixian_run *run, const duixian_diags **ret) {
    dx_trap trap;
    if (!run || !ret)
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    *ret = list_notes(run);
    dx_trap_end(&run->arena, &trap);
    return DUIXIAN_OK;
}

static void put_int(dx_json_writer *out, const char *key, int64_t i) {
    dx_json_key(out, dx_str_of(key));
    dx_json_int(out, i);
}

static void put_both(dx_json_writer *out, const char *key, dx_str zh, dx_str en) {
    dx_json_key(out, dx_str_of(key));
    dx_json_open(out, '{');
    dx_json_text(out, "zh", zh);
    dx_json_text(out, "en", en);
    dx_json_close(out, '}');
}

static void put_value(dx_json_writer *out, dx_val v) {
    dx_buf json = {.arena = out->out->arena};
    dx_val_json(&json, v);
    dx_json_key(out, DX_STR("value"));
    dx_json_raw(out, dx_buf_str(&json));
}

static void put_decisions(const duixian_run *run, dx_json_writer *out) {
    dx_json_array(out, "decisions");
    for (uint32_t i = 0; run->last && i < run->last->n; i++) {
        uint32_t number = run->last->decisions[i];
        const dx_node_info *node = &run->model->dmn->nodes[number];
        dx_json_open(out, '{');
        dx_json_text(out, "name", node->name);
        dx_json_text(out, "namespace", node->model->ns);
        put_value(out, dx_run_value(run->run, run->model->dmn, number));
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

static void put_rule(const dx_table_trace *trace, uint32_t rule, dx_json_writer *out) {
    static const char *const results[] = {"failed", "matched", "may_match"};
    const dx_table *table = trace->table;
    uint32_t column = trace->failed[rule];
    dx_json_open(out, '{');
    put_int(out, "rule", (int64_t)rule + 1);
    dx_json_text(out, "id", table->rule_ids ? table->rule_ids[rule] : (dx_str){0});
    dx_json_text(out, "result", dx_str_of(results[trace->verdicts[rule]]));
    if (trace->verdicts[rule] == 0 && column < table->n_inputs) {
        put_int(out, "column", (int64_t)column + 1);
        dx_json_text(out, "cell", table->cell_texts[(size_t)rule * table->n_inputs + column]);
    }
    dx_json_close(out, '}');
}

static void put_table(const dx_table_trace *trace, dx_json_writer *out) {
    const dx_table *table = trace->table;
    dx_place place = table->source ? table->source->place : (dx_place){0};
    dx_json_open(out, '{');
    put_both(out, "element", dx_place_element(out->out->arena, &place, DX_ZH),
             dx_place_element(out->out->arena, &place, DX_EN));
    dx_json_text(out, "file", place.file);
    put_int(out, "line", place.line);
    dx_json_array(out, "inputs");
    for (uint32_t i = 0; i < table->n_inputs; i++) {
        dx_json_open(out, '{');
        dx_json_text(out, "expression", table->input_texts[i]);
        put_value(out, trace->inputs[i]);
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
    dx_json_array(out, "rules");
    for (uint32_t rule = 0; rule < table->n_rules; rule++)
        put_rule(trace, rule, out);
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

static void put_note(const duixian_diag *note, dx_json_writer *out) {
    dx_json_open(out, '{');
    dx_json_text(out, "code", dx_str_of(note->code));
    dx_json_text(out, "file", dx_str_of(note->file));
    put_int(out, "line", note->line);
    put_int(out, "column", note->column);
    put_both(out, "element", dx_str_of(note->element[DUIXIAN_ZH]),
             dx_str_of(note->element[DUIXIAN_EN]));
    put_both(out, "message", dx_str_of(note->message[DUIXIAN_ZH]),
             dx_str_of(note->message[DUIXIAN_EN]));
    dx_json_close(out, '}');
}

static void put_trace(duixian_run *run, dx_json_writer *out) {
    const duixian_diags *notes = list_notes(run);
    dx_json_open(out, '{');
    put_decisions(run, out);
    dx_json_array(out, "tables");
    for (const dx_table_trace *table = run->run->tables; table; table = table->next)
        put_table(table, out);
    dx_json_close(out, ']');
    dx_json_array(out, "notes");
    for (size_t i = 0; i < notes->n; i++)
        put_note(&notes->v[i], out);
    dx_json_close(out, ']');
    dx_json_close(out, '}');
}

duixian_status duixian_trace(duixian_run *run, const char **ret, size_t *ret_n) {
    dx_trap trap;
    if (!run || !ret)
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_buf buf = {.arena = &run->arena};
    dx_json_writer writer = {.out = &buf};
    put_trace(run, &writer);
    give(&buf, ret, ret_n);
    dx_trap_end(&run->arena, &trap);
    return DUIXIAN_OK;
}
