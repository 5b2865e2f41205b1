/* Borders: a value made to conform to a declared type (DMN 1.5 §10.3.2.9.4), and the allowed values
 * of item definitions (§7.3.3). A value that does not conform becomes null, with a note. */
#include "feel/run.h"

/* Tries; false when v does not conform and no implicit conversion helps. */
static bool conform(dx_run *run, const dx_type *type, dx_val v, dx_val *ret);

static bool conform_list(dx_run *run, const dx_type *type, dx_val v, dx_val *ret) {
    if (!type->elem || type->elem->kind == DX_T_ANY) {
        *ret = v;
        return true;
    }
    dx_val *items = dx_alloc(run->arena, (size_t)(v.n + 1) * sizeof *items);
    for (uint32_t i = 0; i < v.n; i++)
        if (!conform(run, type->elem, v.u.items[i], &items[i]))
            return false;
    *ret = dx_val_list(items, v.n);
    return true;
}

/* A context of the very shape whose members are plain to see. */
static bool fits_as_is(const dx_type *type, dx_val v) {
    const dx_context *context = v.u.context;
    uint32_t i = 0;
    while (context->shape == type->shape && i < type->n &&
           dx_type_fits(type->members[i], context->v[i]))
        i++;
    return type->n > 0 && i == type->n;
}

/* A context has every declared member, each conforming; what it has beyond them is kept. */
static bool conform_context(dx_run *run, const dx_type *type, dx_val v, dx_val *ret) {
    const dx_context *context = v.u.context;
    if (fits_as_is(type, v)) /* *ret is v */
        return true;
    bool exact = context->shape->n == type->n;
    dx_val *values = dx_alloc(run->arena, (size_t)(context->shape->n + 1) * sizeof *values);
    dx_val *declared = dx_alloc(run->arena, (size_t)(type->n + 1) * sizeof *declared);
    memcpy(values, context->v, context->shape->n * sizeof *values);
    for (uint32_t i = 0; i < type->n; i++) {
        uint32_t at =
            context->shape == type->shape ? i : dx_shape_find(context->shape, type->shape->keys[i]);
        if (at == UINT32_MAX)
            return false;
        if (!conform(run, type->members[i], values[at], &declared[i]))
            return false;
        values[at] = declared[i];
    }
    *ret = exact ? dx_val_context(run->arena, type->shape, declared)
                 : dx_val_context(run->arena, context->shape, values);
    return true;
}

static dx_tag tag_of_kind(dx_type_kind kind) {
    switch (kind) {
    case DX_T_BOOL: return DX_BOOL;
    case DX_T_NUM: return DX_NUM;
    case DX_T_STRING: return DX_STRING;
    case DX_T_DATE: return DX_DATE;
    case DX_T_TIME: return DX_TIME;
    case DX_T_DATETIME: return DX_DATETIME;
    case DX_T_YMDUR: return DX_YMDUR;
    case DX_T_DTDUR: return DX_DTDUR;
    case DX_T_ANY:
    case DX_T_NULL:
    case DX_T_LIST:
    case DX_T_CONTEXT:
    case DX_T_RANGE:
    case DX_T_FUNCTION:
    case DX_T_NAMED: break;
    }
    return DX_NULL;
}

/* A date where a date and time is declared is that day at 00:00:00Z. */
static dx_val midnight(dx_run *run, dx_val date) {
    dx_datetime datetime = {.date = date.u.date};
    datetime.time.zone_kind = DX_ZONE_OFFSET;
    return dx_val_datetime(run->arena, datetime);
}

static bool conform(dx_run *run, const dx_type *type, dx_val v, dx_val *ret) {
    *ret = v;
    if (type->kind == DX_T_ANY || v.tag == DX_NULL || v.tag == DX_UNKNOWN)
        return true;
    if (type->kind == DX_T_LIST) {
        if (v.tag == DX_LIST)
            return conform_list(run, type, v, ret);
        dx_val *items = dx_alloc(run->arena, sizeof *items);
        if (type->elem && !conform(run, type->elem, v, &items[0]))
            return false;
        if (!type->elem)
            items[0] = v;
        *ret = dx_val_list(items, 1);
        return true;
    }
    if (v.tag == DX_LIST)
        return v.n == 1 && conform(run, type, v.u.items[0], ret);
    if (type->kind == DX_T_DATETIME && v.tag == DX_DATE) {
        *ret = midnight(run, v);
        return true;
    }
    if (type->kind == DX_T_CONTEXT)
        return v.tag == DX_CONTEXT && (type->n == 0 || conform_context(run, type, v, ret));
    dx_tag tag = tag_of_kind(type->kind);
    return tag != DX_NULL ? v.tag == tag : dx_type_has(type, v);
}

static dx_val both(dx_run *run, dx_val a, dx_val b) {
    if (dx_val_is_false(a) || dx_val_is_false(b))
        return dx_val_bool(false);
    if (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, a.tag == DX_UNKNOWN ? a : DX_VAL_NULL,
                                   b.tag == DX_UNKNOWN ? b : DX_VAL_NULL);
    return dx_val_is_true(a) ? b : a;
}

static dx_val test_by(dx_run *run, uint32_t fn, dx_val v) {
    if (v.tag == DX_UNKNOWN)
        return v;
    if (fn == 0)
        return dx_val_bool(true);
    return dx_run_call(run, run->program->procs[fn - 1], NULL, &v, 1);
}

dx_val dx_run_allowed(dx_run *run, const dx_type *type, dx_val v) {
    dx_val verdict = dx_val_bool(true);
    if (v.tag == DX_NULL)
        return verdict;
    if (type->kind == DX_T_LIST && v.tag == DX_LIST) {
        for (uint32_t i = 0; i < v.n; i++) {
            verdict = both(run, verdict, test_by(run, type->allowed_fn, v.u.items[i]));
            if (type->elem)
                verdict = both(run, verdict, dx_run_allowed(run, type->elem, v.u.items[i]));
        }
    } else {
        verdict = test_by(run, type->allowed_fn, v);
    }
    if (type->constraint_fn)
        verdict = both(run, verdict, test_by(run, type->constraint_fn, v));
    if (type->base)
        verdict = both(run, verdict, dx_run_allowed(run, type->base, v));
    if (type->kind == DX_T_CONTEXT && v.tag == DX_CONTEXT)
        for (uint32_t i = 0; i < type->n; i++) {
            const dx_val *member = dx_context_get(v, type->shape->keys[i]);
            if (member)
                verdict = both(run, verdict, dx_run_allowed(run, type->members[i], *member));
        }
    return verdict;
}

/* Any list is a list of anything, whatever it holds. */
static bool conforms_as_it_is(const dx_type *type, dx_val v) {
    if (type->kind == DX_T_LIST)
        return v.tag == DX_LIST && (!type->elem || type->elem->kind == DX_T_ANY);
    return type->kind == DX_T_CONTEXT && v.tag == DX_CONTEXT && type->n == 0;
}

dx_val dx_run_coerce(dx_run *run, const dx_type *type, dx_val v) {
    dx_val conformed;
    if (type->kind == DX_T_ANY || dx_type_fits(type, v))
        return v;
    /* with an unknown inside nobody can say yet whether it conforms: the value or null */
    if (v.unknown && !conforms_as_it_is(type, v))
        return dx_val_unknown_join(run->arena, v, DX_VAL_NULL);
    if (v.tag == DX_CONTEXT && type->kind == DX_T_CONTEXT && type->untested && fits_as_is(type, v))
        return v;
    if (!conform(run, type, v, &conformed)) {
        dx_buf shown = {.arena = run->arena}, wanted = {.arena = run->arena};
        if (run->tracing) {
            dx_val_print(&shown, v, true);
            dx_type_print(&wanted, type);
        }
        return dx_run_null(run, DX_E_FEEL_EVAL_TYPE, dx_buf_str(&shown), dx_buf_str(&wanted));
    }
    if (!type->untested && dx_val_is_false(dx_run_allowed(run, type, conformed))) {
        dx_buf shown = {.arena = run->arena};
        if (run->tracing)
            dx_val_print(&shown, v, true);
        return dx_run_null(run, DX_E_FEEL_EVAL_NOT_ALLOWED, dx_buf_str(&shown), type->name);
    }
    return conformed;
}
