/* The types of FEEL (DMN 1.5 §10.3.2.9): their names, whether a value belongs to one, and whether
 * one conforms to another. */
#include "feel/builtin.h"
#include "feel/program.h"

enum { DEPTH_MAX = 200 };

const dx_type dx_type_any = {.kind = DX_T_ANY, .untested = true},
              dx_type_null = {.kind = DX_T_NULL, .untested = true},
              dx_type_bool = {.kind = DX_T_BOOL, .untested = true},
              dx_type_num = {.kind = DX_T_NUM, .untested = true},
              dx_type_string = {.kind = DX_T_STRING, .untested = true},
              dx_type_date = {.kind = DX_T_DATE, .untested = true},
              dx_type_time = {.kind = DX_T_TIME, .untested = true},
              dx_type_datetime = {.kind = DX_T_DATETIME, .untested = true},
              dx_type_ymdur = {.kind = DX_T_YMDUR, .untested = true},
              dx_type_dtdur = {.kind = DX_T_DTDUR, .untested = true},
              dx_type_any_list = {.kind = DX_T_LIST, .elem = &dx_type_any, .untested = true},
              dx_type_any_context = {.kind = DX_T_CONTEXT, .untested = true},
              dx_type_any_range = {.kind = DX_T_RANGE, .elem = &dx_type_any},
              dx_type_any_function = {.kind = DX_T_FUNCTION, .elem = &dx_type_any, .n = UINT32_MAX};

/* The first name of a type is how FEEL writes it; the others are those of DMN's XML. */
static const struct {
    const char *name;
    const dx_type *type;
} builtin[] = {
    {"Any", &dx_type_any},
    {"Null", &dx_type_null},
    {"null", &dx_type_null},
    {"boolean", &dx_type_bool},
    {"number", &dx_type_num},
    {"string", &dx_type_string},
    {"date", &dx_type_date},
    {"time", &dx_type_time},
    {"date and time", &dx_type_datetime},
    {"dateTime", &dx_type_datetime},
    {"years and months duration", &dx_type_ymdur},
    {"yearMonthDuration", &dx_type_ymdur},
    {"days and time duration", &dx_type_dtdur},
    {"dayTimeDuration", &dx_type_dtdur},
    {"list", &dx_type_any_list},
    {"context", &dx_type_any_context},
    {"range", &dx_type_any_range},
    {"function", &dx_type_any_function},
};

const dx_type *dx_type_builtin(dx_str name) {
    dx_str prefix = DX_STR("feel:"); /* as files before DMN 1.2 write it */
    if (dx_str_starts(name, prefix))
        name = dx_str_trim((dx_str){name.p + prefix.n, name.n - prefix.n});
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++)
        if (dx_str_is(name, builtin[i].name))
            return builtin[i].type;
    return NULL;
}

/* --- as text ---------------------------------------------------------------------------------- */

static void print(dx_buf *out, const dx_type *type, int depth);

static void print_members(dx_buf *out, const dx_type *type, int depth) {
    for (uint32_t i = 0; i < type->n; i++) {
        dx_buf_addz(out, i ? ", " : "");
        if (type->kind == DX_T_CONTEXT) {
            dx_buf_add(out, type->shape->keys[i]);
            dx_buf_addz(out, ": ");
        }
        print(out, type->members[i], depth);
    }
}

static bool any_function(const dx_type *type) {
    return type->kind == DX_T_FUNCTION && type->n == UINT32_MAX;
}

static void print(dx_buf *out, const dx_type *type, int depth) {
    bool whole = type->kind == DX_T_CONTEXT && type->n == 0;
    if (type->kind == DX_T_NAMED || depth == 0) {
        dx_buf_add(out, type->name);
        return;
    }
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++) {
        if (builtin[i].type->kind == type->kind) {
            dx_buf_addz(out, builtin[i].name);
            break;
        }
    }
    if (type->kind == DX_T_LIST || type->kind == DX_T_RANGE) {
        dx_buf_char(out, '<');
        print(out, type->elem ? type->elem : &dx_type_any, depth - 1);
        dx_buf_char(out, '>');
    } else if ((type->kind == DX_T_CONTEXT && !whole) ||
               (type->kind == DX_T_FUNCTION && !any_function(type))) {
        dx_buf_char(out, '<');
        print_members(out, type, depth - 1);
        dx_buf_char(out, '>');
    }
    if (type->kind == DX_T_FUNCTION && !any_function(type)) {
        dx_buf_addz(out, "->");
        print(out, type->elem ? type->elem : &dx_type_any, depth - 1);
    }
}

void dx_type_print(dx_buf *out, const dx_type *type) {
    print(out, type, DEPTH_MAX);
}

/* --- values ----------------------------------------------------------------------------------- */

static bool has(const dx_type *type, dx_val v, int depth);

/* A member that is null leaves its container of the type: Null conforms to every type. What is
 * unknown may still turn out to belong. */
static bool has_inside(const dx_type *type, dx_val v, int depth) {
    return !type || v.tag == DX_NULL || v.tag == DX_UNKNOWN || has(type, v, depth);
}

static bool has_items(const dx_type *type, dx_val list, int depth) {
    if (!type->elem || type->elem->kind == DX_T_ANY)
        return true;
    for (uint32_t i = 0; i < list.n; i++)
        if (!has_inside(type->elem, list.u.items[i], depth))
            return false;
    return true;
}

static bool has_entries(const dx_type *type, dx_val context, int depth) {
    for (uint32_t i = 0; i < type->n; i++) {
        const dx_val *entry = dx_context_get(context, type->shape->keys[i]);
        if (!entry || !has_inside(type->members[i], *entry, depth))
            return false;
    }
    return true;
}

/* A function of as many parameters, each of which takes what the type gives it. What it results in
 * only a declared result tells. */
static bool has_signature(const dx_type *type, const dx_function *function) {
    const dx_proc *proc = function->proc;
    if (any_function(type))
        return true;
    if (!proc)
        return dx_builtin_takes(&dx_builtins[function->builtin], type->n);
    for (uint32_t i = 0; proc->n_params == type->n && i < type->n; i++)
        if (!dx_type_conforms(type->members[i], proc->types[i]))
            return false;
    return proc->n_params == type->n &&
           (!proc->result || !type->elem || dx_type_conforms(proc->result, type->elem));
}

static bool has(const dx_type *type, dx_val v, int depth) {
    if (depth == 0)
        return false;
    switch (type->kind) {
    case DX_T_ANY: return v.tag != DX_NULL;
    case DX_T_NULL: return v.tag == DX_NULL;
    case DX_T_BOOL: return v.tag == DX_BOOL;
    case DX_T_NUM: return v.tag == DX_NUM;
    case DX_T_STRING: return v.tag == DX_STRING;
    case DX_T_DATE: return v.tag == DX_DATE;
    case DX_T_TIME: return v.tag == DX_TIME;
    case DX_T_DATETIME: return v.tag == DX_DATETIME;
    case DX_T_YMDUR: return v.tag == DX_YMDUR;
    case DX_T_DTDUR: return v.tag == DX_DTDUR;
    case DX_T_LIST: return v.tag == DX_LIST && has_items(type, v, depth - 1);
    case DX_T_CONTEXT: return v.tag == DX_CONTEXT && has_entries(type, v, depth - 1);
    case DX_T_RANGE:
        return v.tag == DX_RANGE && has_inside(type->elem, v.u.range->low, depth - 1) &&
               has_inside(type->elem, v.u.range->high, depth - 1);
    case DX_T_FUNCTION: return v.tag == DX_FUNCTION && has_signature(type, v.u.function);
    case DX_T_NAMED: return false;
    }
    return false;
}

bool dx_type_has(const dx_type *type, dx_val v) {
    return has(type, v, DEPTH_MAX);
}

/* --- conformance ------------------------------------------------------------------------------ */

static bool conforms(const dx_type *a, const dx_type *b, int depth);

static bool elements_conform(const dx_type *a, const dx_type *b, int depth) {
    return conforms(a->elem ? a->elem : &dx_type_any, b->elem ? b->elem : &dx_type_any, depth);
}

/* Every key of b is one of a, of a type that conforms. */
static bool contexts_conform(const dx_type *a, const dx_type *b, int depth) {
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t at = a->n ? dx_shape_find(a->shape, b->shape->keys[i]) : UINT32_MAX;
        if (at == UINT32_MAX || !conforms(a->members[at], b->members[i], depth))
            return false;
    }
    return true;
}

/* Parameters the other way round: a function that takes more will do. */
static bool functions_conform(const dx_type *a, const dx_type *b, int depth) {
    if (any_function(b))
        return true;
    if (a->n != b->n || !elements_conform(a, b, depth))
        return false;
    for (uint32_t i = 0; i < b->n; i++)
        if (!conforms(b->members[i], a->members[i], depth))
            return false;
    return true;
}

static bool conforms(const dx_type *a, const dx_type *b, int depth) {
    if (a == b || b->kind == DX_T_ANY || a->kind == DX_T_NULL)
        return true;
    if (a->kind != b->kind || depth == 0)
        return false;
    switch (a->kind) {
    case DX_T_LIST:
    case DX_T_RANGE: return elements_conform(a, b, depth - 1);
    case DX_T_CONTEXT: return contexts_conform(a, b, depth - 1);
    case DX_T_FUNCTION: return functions_conform(a, b, depth - 1);
    case DX_T_NAMED: return dx_str_eq(a->name, b->name);
    case DX_T_ANY:
    case DX_T_NULL:
    case DX_T_BOOL:
    case DX_T_NUM:
    case DX_T_STRING:
    case DX_T_DATE:
    case DX_T_TIME:
    case DX_T_DATETIME:
    case DX_T_YMDUR:
    case DX_T_DTDUR: return true;
    }
    return false;
}

bool dx_type_conforms(const dx_type *a, const dx_type *b) {
    return conforms(a, b, DEPTH_MAX);
}
