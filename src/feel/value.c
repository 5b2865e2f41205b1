/* Values: making them, comparing them, copying them. Everything here walks values that a document
 * made, so every walk counts its depth: a value nested deeper than VAL_DEPTH raises the arena's
 * trap where there is an arena, and compares as different where there is none. */
#include "feel/ast.h"

/* Deep enough for any real data, shallow enough for a small thread stack. */
enum { VAL_DEPTH = 2000 };

const char *dx_tag_name(dx_tag tag) {
    static const char *const names[] = {
        "null",
        "unknown",
        "boolean",
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "years and months duration",
        "days and time duration",
        "list",
        "context",
        "range",
        "function",
    };
    return names[tag];
}

/* --- making ---------------------------------------------------------------------------------- */

dx_val dx_val_time(dx_arena *arena, dx_time time) {
    dx_time *p = dx_alloc(arena, sizeof *p);
    *p = time;
    return (dx_val){.tag = DX_TIME, .u.time = p};
}

dx_val dx_val_datetime(dx_arena *arena, dx_datetime datetime) {
    dx_datetime *p = dx_alloc(arena, sizeof *p);
    *p = datetime;
    return (dx_val){.tag = DX_DATETIME, .u.datetime = p};
}

dx_val dx_val_list(const dx_val *items, uint32_t n) {
    return (dx_val){
        .tag = DX_LIST, .unknown = dx_val_any_unknown(items, n), .n = n, .u.items = items};
}

dx_val dx_val_context(dx_arena *arena, const dx_shape *shape, const dx_val *values) {
    dx_context *context = dx_alloc(arena, sizeof *context + (size_t)shape->n * sizeof(dx_val));
    context->shape = shape;
    for (uint32_t i = 0; i < shape->n; i++)
        context->v[i] = values[i];
    return dx_val_of_context(context);
}

dx_val dx_val_range(dx_arena *arena, dx_val low, bool low_closed, dx_val high, bool high_closed) {
    dx_range *range = dx_alloc(arena, sizeof *range);
    *range = (dx_range){low, high, low_closed, high_closed, 0};
    return (dx_val){.tag = DX_RANGE,
                    .unknown = dx_val_uncertain(low) || dx_val_uncertain(high),
                    .u.range = range};
}

dx_val dx_val_range_by(dx_arena *arena, uint8_t op, dx_val b) {
    bool below = op == DX_OP_LT || op == DX_OP_LE, above = op == DX_OP_GT || op == DX_OP_GE;
    dx_range *range = dx_alloc(arena, sizeof *range);
    *range = (dx_range){below ? DX_VAL_NULL : b, above ? DX_VAL_NULL : b,
                        op == DX_OP_GE || op == DX_OP_EQ, op == DX_OP_LE || op == DX_OP_EQ, op};
    return (dx_val){.tag = DX_RANGE, .unknown = dx_val_uncertain(b), .u.range = range};
}

/* --- unknown ---------------------------------------------------------------------------------- */

static dx_causes *causes_new(dx_arena *arena, uint32_t words) {
    dx_causes *causes = dx_alloc_zero(arena, 1, sizeof *causes + (size_t)words * sizeof(uint64_t));
    causes->words = words;
    return causes;
}

dx_val dx_val_unknown(dx_arena *arena, uint32_t fact, uint32_t n_facts) {
    dx_causes *causes = causes_new(arena, (n_facts + 63) / 64);
    causes->bits[fact / 64] |= UINT64_C(1) << (fact % 64);
    return dx_val_unknown_by(causes);
}

/* Visits the causes inside a value. With `into` NULL it only finds how many words they need. */
static uint32_t gather(dx_arena *arena, dx_val v, dx_causes *into, int depth) {
    uint32_t words = 0;
    if (depth > VAL_DEPTH) {
        dx_trap_raise(arena, DX_E_LIMIT_DEPTH);
    }
    if (v.tag == DX_UNKNOWN) {
        for (uint32_t i = 0; into && i < v.u.causes->words; i++) {
            into->bits[i] |= v.u.causes->bits[i];
        }
        return v.u.causes->words;
    }
    if (!v.unknown) {
        return 0;
    }
    const dx_val *items = NULL;
    uint32_t n = 0;
    dx_val ends[2];
    if (v.tag == DX_LIST) {
        items = v.u.items;
        n = v.n;
    } else if (v.tag == DX_CONTEXT) {
        items = v.u.context->v;
        n = v.u.context->shape->n;
    } else if (v.tag == DX_RANGE) {
        ends[0] = v.u.range->low;
        ends[1] = v.u.range->high;
        items = ends;
        n = 2;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t w = gather(arena, items[i], into, depth + 1);
        words = w > words ? w : words;
    }
    return words;
}

/* Two unknowns of one evaluation: causes of equal length. Most often one has those of the other. */
static dx_val join_plain(dx_arena *arena, dx_val a, dx_val b) {
    const dx_causes *x = a.u.causes, *y = b.u.causes;
    uint64_t only_x = 0, only_y = 0;
    if (x == y)
        return a;
    for (uint32_t i = 0; i < x->words; i++) {
        only_x |= x->bits[i] & ~y->bits[i];
        only_y |= y->bits[i] & ~x->bits[i];
    }
    if (only_y == 0)
        return a;
    if (only_x == 0)
        return b;
    dx_causes *causes = dx_alloc(arena, sizeof *causes + x->words * sizeof causes->bits[0]);
    causes->words = x->words;
    for (uint32_t i = 0; i < x->words; i++)
        causes->bits[i] = x->bits[i] | y->bits[i];
    return dx_val_unknown_by(causes);
}

dx_val dx_val_unknown_gather(dx_arena *arena, dx_val a, dx_val b) {
    if (a.tag == DX_UNKNOWN && b.tag == DX_UNKNOWN && a.u.causes->words == b.u.causes->words)
        return join_plain(arena, a, b);
    uint32_t wa = gather(arena, a, NULL, 0), wb = gather(arena, b, NULL, 0);
    dx_causes *causes = causes_new(arena, wa > wb ? wa : wb);
    gather(arena, a, causes, 0);
    gather(arena, b, causes, 0);
    return dx_val_unknown_by(causes);
}

static bool causes_same(const dx_causes *a, const dx_causes *b) {
    uint32_t words = a->words > b->words ? a->words : b->words;
    for (uint32_t i = 0; i < words; i++) {
        uint64_t x = i < a->words ? a->bits[i] : 0, y = i < b->words ? b->bits[i] : 0;
        if (x != y) {
            return false;
        }
    }
    return true;
}

/* --- contexts -------------------------------------------------------------------------------- */

const dx_shape *dx_shape_new(dx_arena *arena, const dx_str *keys, uint32_t n) {
    dx_shape *shape = dx_alloc(arena, sizeof *shape);
    dx_str *copy = DX_NEW_ARRAY(arena, dx_str, n);
    for (uint32_t i = 0; i < n; i++) {
        copy[i] = keys[i];
    }
    *shape = (dx_shape){n, copy};
    return shape;
}

uint32_t dx_shape_find(const dx_shape *shape, dx_str key) {
    for (uint32_t i = 0; i < shape->n; i++) {
        if (dx_str_eq(shape->keys[i], key)) {
            return i;
        }
    }
    return UINT32_MAX;
}

const dx_val *dx_context_get(dx_val context, dx_str key) {
    if (context.tag != DX_CONTEXT) {
        return NULL;
    }
    uint32_t i = dx_shape_find(context.u.context->shape, key);
    return i == UINT32_MAX ? NULL : &context.u.context->v[i];
}

/* --- order ------------------------------------------------------------------------------------ */

/* FEEL compares times by whole seconds (the conformance cases say so: 10:30:00.0001 equals
 * 10:30:00.0002), so the fraction is left out of equality and, to agree with it, of order. */
static dx_time whole_seconds(dx_time time) {
    time.nanos = 0;
    return time;
}

static bool order_times(const dx_time *a, const dx_time *b, int *ret) {
    dx_time x = whole_seconds(*a), y = whole_seconds(*b);
    bool comparable = false;
    int order = dx_time_cmp(&x, &y, &comparable);
    if (comparable) {
        *ret = order;
    }
    return comparable;
}

static bool order_datetimes(const dx_datetime *a, const dx_datetime *b, int *ret) {
    dx_datetime x = {a->date, whole_seconds(a->time)}, y = {b->date, whole_seconds(b->time)};
    bool comparable = false;
    int order = dx_datetime_cmp(&x, &y, &comparable);
    if (comparable) {
        *ret = order;
    }
    return comparable;
}

bool dx_val_order(dx_val a, dx_val b, int *ret) {
    if (a.tag != b.tag) {
        return false;
    }
    switch ((dx_tag)a.tag) {
    case DX_NUM: *ret = dx_num_cmp(a.u.num, b.u.num); return true;
    case DX_STRING: *ret = dx_str_cmp(dx_val_to_str(a), dx_val_to_str(b)); return true;
    case DX_DATE: *ret = dx_date_cmp(a.u.date, b.u.date); return true;
    case DX_TIME: return order_times(a.u.time, b.u.time, ret);
    case DX_DATETIME: return order_datetimes(a.u.datetime, b.u.datetime, ret);
    case DX_YMDUR: *ret = (a.u.months > b.u.months) - (a.u.months < b.u.months); return true;
    case DX_DTDUR: *ret = dx_dtdur_cmp(dx_val_to_dtdur(a), dx_val_to_dtdur(b)); return true;
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return false;
}

/* --- equality --------------------------------------------------------------------------------- */

static dx_val equal_at(dx_arena *arena, dx_val a, dx_val b, int depth);

/* The conjunction of two verdicts: false decides, an unknown might still become false and so comes
 * before null. */
static dx_val both(dx_arena *arena, dx_val x, dx_val y) {
    if (dx_val_is_false(x) || dx_val_is_false(y)) {
        return dx_val_bool(false);
    }
    if (x.tag == DX_UNKNOWN || y.tag == DX_UNKNOWN) {
        return dx_val_unknown_join(arena, x, y);
    }
    return x.tag == DX_NULL ? x : y;
}

static dx_val equal_lists(dx_arena *arena, dx_val a, dx_val b, int depth) {
    if (a.n != b.n) {
        return dx_val_bool(false);
    }
    if (a.u.items == b.u.items && !a.unknown) {
        return dx_val_bool(true);
    }
    dx_val sum = dx_val_bool(true);
    for (uint32_t i = 0; i < a.n && !dx_val_is_false(sum); i++) {
        sum = both(arena, sum, equal_at(arena, a.u.items[i], b.u.items[i], depth));
    }
    return sum;
}

static dx_val equal_contexts(dx_arena *arena, dx_val a, dx_val b, int depth) {
    const dx_context *x = a.u.context, *y = b.u.context;
    if (x->shape->n != y->shape->n) {
        return dx_val_bool(false);
    }
    dx_val sum = dx_val_bool(true);
    for (uint32_t i = 0; i < x->shape->n && !dx_val_is_false(sum); i++) {
        uint32_t j = x->shape == y->shape ? i : dx_shape_find(y->shape, x->shape->keys[i]);
        if (j == UINT32_MAX) {
            return dx_val_bool(false);
        }
        sum = both(arena, sum, equal_at(arena, x->v[i], y->v[j], depth));
    }
    return sum;
}

static dx_val equal_ranges(dx_arena *arena, const dx_range *x, const dx_range *y, int depth) {
    if (x->op != y->op || x->low_closed != y->low_closed || x->high_closed != y->high_closed) {
        return dx_val_bool(false);
    }
    return both(arena, equal_at(arena, x->low, y->low, depth),
                equal_at(arena, x->high, y->high, depth));
}

static dx_val equal_at(dx_arena *arena, dx_val a, dx_val b, int depth) {
    if (depth > VAL_DEPTH) {
        dx_trap_raise(arena, DX_E_LIMIT_DEPTH);
    }
    if (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN) {
        return dx_val_unknown_join(arena, a, b);
    }
    if (a.tag == DX_NULL || b.tag == DX_NULL) {
        return dx_val_bool(a.tag == b.tag);
    }
    if (a.tag != b.tag) {
        return DX_VAL_NULL;
    }
    int order;
    switch ((dx_tag)a.tag) {
    case DX_BOOL: return dx_val_bool(a.u.b == b.u.b);
    case DX_STRING: return dx_val_bool(dx_str_eq(dx_val_to_str(a), dx_val_to_str(b)));
    case DX_LIST: return equal_lists(arena, a, b, depth + 1);
    case DX_CONTEXT: return equal_contexts(arena, a, b, depth + 1);
    case DX_RANGE: return equal_ranges(arena, a.u.range, b.u.range, depth + 1);
    case DX_FUNCTION: return dx_val_bool(a.u.function == b.u.function);
    case DX_NULL:
    case DX_UNKNOWN: break;
    case DX_NUM:
    case DX_DATE:
    case DX_TIME:
    case DX_DATETIME:
    case DX_YMDUR:
    case DX_DTDUR:
        if (dx_val_order(a, b, &order)) {
            return dx_val_bool(order == 0);
        }
        break;
    }
    return DX_VAL_NULL;
}

dx_val dx_val_equal(dx_arena *arena, dx_val a, dx_val b) {
    return equal_at(arena, a, b, 0);
}

/* --- sameness --------------------------------------------------------------------------------- */

static bool same_times(const dx_time *a, const dx_time *b) {
    if (a->hour != b->hour || a->minute != b->minute || a->second != b->second ||
        a->nanos != b->nanos || a->zone_kind != b->zone_kind) {
        return false;
    }
    switch ((dx_zone_kind)a->zone_kind) {
    case DX_ZONE_OFFSET: return a->offset_s == b->offset_s;
    case DX_ZONE_NAMED: return a->zone == b->zone;
    case DX_ZONE_NONE: break;
    }
    return true;
}

static bool same_at(dx_val a, dx_val b, int depth);

static bool same_contexts(const dx_context *x, const dx_context *y, int depth) {
    if (x->shape->n != y->shape->n) {
        return false;
    }
    for (uint32_t i = 0; i < x->shape->n; i++) {
        uint32_t j = x->shape == y->shape ? i : dx_shape_find(y->shape, x->shape->keys[i]);
        if (j == UINT32_MAX || !same_at(x->v[i], y->v[j], depth)) {
            return false;
        }
    }
    return true;
}

static bool same_lists(dx_val a, dx_val b, int depth) {
    if (a.n != b.n) {
        return false;
    }
    for (uint32_t i = 0; a.u.items != b.u.items && i < a.n; i++) {
        if (!same_at(a.u.items[i], b.u.items[i], depth)) {
            return false;
        }
    }
    return true;
}

static bool same_at(dx_val a, dx_val b, int depth) {
    if (a.tag != b.tag || depth > VAL_DEPTH) {
        return false;
    }
    switch ((dx_tag)a.tag) {
    case DX_NULL: return true;
    case DX_UNKNOWN: return causes_same(a.u.causes, b.u.causes);
    case DX_BOOL: return a.u.b == b.u.b;
    case DX_NUM: return dx_num_cmp(a.u.num, b.u.num) == 0;
    case DX_STRING: return dx_str_eq(dx_val_to_str(a), dx_val_to_str(b));
    case DX_DATE: return dx_date_cmp(a.u.date, b.u.date) == 0;
    case DX_TIME: return same_times(a.u.time, b.u.time);
    case DX_DATETIME:
        return dx_date_cmp(a.u.datetime->date, b.u.datetime->date) == 0 &&
               same_times(&a.u.datetime->time, &b.u.datetime->time);
    case DX_YMDUR: return a.u.months == b.u.months;
    case DX_DTDUR: return a.u.seconds == b.u.seconds && a.n == b.n;
    case DX_LIST: return same_lists(a, b, depth + 1);
    case DX_CONTEXT: return same_contexts(a.u.context, b.u.context, depth + 1);
    case DX_RANGE:
        return a.u.range->low_closed == b.u.range->low_closed &&
               a.u.range->high_closed == b.u.range->high_closed &&
               same_at(a.u.range->low, b.u.range->low, depth + 1) &&
               same_at(a.u.range->high, b.u.range->high, depth + 1);
    case DX_FUNCTION: return a.u.function == b.u.function;
    }
    return false;
}

bool dx_val_same(dx_val a, dx_val b) {
    return same_at(a, b, 0);
}

/* --- copying ---------------------------------------------------------------------------------- */

/* A copy remembers the last shape it made, so that a list of alike contexts keeps one shape. */
typedef struct copier {
    dx_arena *arena;
    const dx_shape *from, *to;
} copier;

static dx_val copy_at(copier *c, dx_val v, int depth);

static const dx_shape *copy_shape(copier *c, const dx_shape *shape) {
    if (c->from != shape) {
        dx_str *keys = DX_NEW_ARRAY(c->arena, dx_str, shape->n);
        for (uint32_t i = 0; i < shape->n; i++) {
            keys[i] = dx_str_copy(c->arena, shape->keys[i]);
        }
        c->to = dx_shape_new(c->arena, keys, shape->n);
        c->from = shape;
    }
    return c->to;
}

static const dx_val *copy_items(copier *c, const dx_val *items, uint32_t n, int depth) {
    dx_val *copy = DX_NEW_ARRAY(c->arena, dx_val, n);
    for (uint32_t i = 0; i < n; i++) {
        copy[i] = copy_at(c, items[i], depth);
    }
    return copy;
}

static const dx_causes *copy_causes(copier *c, const dx_causes *from) {
    dx_causes *causes = causes_new(c->arena, from->words);
    memcpy(causes->bits, from->bits, from->words * sizeof(uint64_t));
    return causes;
}

static dx_val copy_at(copier *c, dx_val v, int depth) {
    if (depth > VAL_DEPTH) {
        dx_trap_raise(c->arena, DX_E_LIMIT_DEPTH);
    }
    switch ((dx_tag)v.tag) {
    case DX_UNKNOWN: v.u.causes = copy_causes(c, v.u.causes); break;
    case DX_NUM: v.u.num = dx_num_copy(c->arena, v.u.num); break;
    case DX_STRING: v.u.s = dx_str_copy(c->arena, dx_val_to_str(v)).p; break;
    case DX_TIME: return dx_val_time(c->arena, *v.u.time);
    case DX_DATETIME: return dx_val_datetime(c->arena, *v.u.datetime);
    case DX_LIST: v.u.items = copy_items(c, v.u.items, v.n, depth + 1); break;
    case DX_CONTEXT: {
        const dx_context *from = v.u.context;
        const dx_val *items = copy_items(c, from->v, from->shape->n, depth + 1);
        return dx_val_context(c->arena, copy_shape(c, from->shape), items);
    }
    case DX_RANGE: {
        const dx_range *r = v.u.range;
        dx_val low = copy_at(c, r->low, depth + 1), high = copy_at(c, r->high, depth + 1);
        return dx_val_range(c->arena, low, r->low_closed, high, r->high_closed);
    }
    case DX_NULL:
    case DX_BOOL:
    case DX_DATE:
    case DX_YMDUR:
    case DX_DTDUR:
    case DX_FUNCTION: break; /* a function is code: it stays where its model is */
    }
    return v;
}

dx_val dx_val_copy(dx_arena *arena, dx_val v) {
    copier c = {.arena = arena};
    return copy_at(&c, v, 0);
}
