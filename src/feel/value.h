/* The values of FEEL at run time: 16 bytes each, immutable, in the arena of the evaluation (or of
 * the model, for constants).
 *
 * `null` is FEEL's null: known to be nothing. UNKNOWN is a value of its own beside it: not known
 * yet, with the set of input facts that caused it. With no unknown input no unknown ever arises and
 * the engine is plain DMN. */
#ifndef DX_FEEL_VALUE_H
#define DX_FEEL_VALUE_H

#include "base/date.h"
#include "base/num.h"

/* ORDER TAG: value.c names them, builtin.def and types.h rely on them. */
typedef enum dx_tag {
    DX_NULL,
    DX_UNKNOWN,
    DX_BOOL,
    DX_NUM,
    DX_STRING,
    DX_DATE,
    DX_TIME,
    DX_DATETIME,
    DX_YMDUR, /* years and months duration */
    DX_DTDUR, /* days and time duration */
    DX_LIST,
    DX_CONTEXT,
    DX_RANGE,
    DX_FUNCTION
} dx_tag;

struct dx_list;
struct dx_context;
struct dx_range;
struct dx_function;

typedef struct dx_val {
    uint8_t tag;     /* dx_tag */
    uint8_t unknown; /* 1: it is an unknown, or one lies somewhere inside it */
    uint16_t pad;
    uint32_t n; /* string: bytes; list: elements; days and time duration: nanoseconds */
    union {
        bool b;
        dx_num num;
        const char *s;
        dx_date date;
        const dx_time *time;
        const dx_datetime *datetime;
        int64_t months;
        int64_t seconds;
        const struct dx_val *items; /* list: n elements */
        const struct dx_context *context;
        const struct dx_range *range;
        const struct dx_function *function;
        const struct dx_causes *causes; /* unknown */
    } u;
} dx_val;

/* The facts (by number, as the caller of the evaluation numbered its inputs) that made a value
 * unknown: a bit set of `words` words. */
typedef struct dx_causes {
    uint32_t words;
    uint64_t bits[];
} dx_causes;

/* The keys of a context in order; shared by all contexts made at one place, so that a path is an
 * index after one pointer compare. */
typedef struct dx_shape {
    uint32_t n;
    const dx_str *keys;
} dx_shape;

typedef struct dx_context {
    const dx_shape *shape;
    dx_val v[];
} dx_context;

typedef struct dx_range {
    dx_val low, high; /* null: unbounded on that side */
    bool low_closed, high_closed;
    uint8_t op; /* dx_op of a range written (< b), (= b), ..., which equals no interval; or 0 */
} dx_range;

/* --- making values ------------------------------------------------------------------------- */
#define DX_VAL_NULL ((dx_val){.tag = DX_NULL})
static inline dx_val dx_val_bool(bool b) {
    return (dx_val){.tag = DX_BOOL, .u.b = b};
}
static inline dx_val dx_val_num(dx_num num) {
    return (dx_val){.tag = DX_NUM, .u.num = num};
}
static inline dx_val dx_val_int(int32_t i) {
    return dx_val_num(dx_num_int(i));
}
/* The bytes are not copied. */
static inline dx_val dx_val_str(dx_str s) {
    return (dx_val){.tag = DX_STRING, .n = (uint32_t)s.n, .u.s = s.p};
}
static inline dx_str dx_val_to_str(dx_val v) {
    return (dx_str){v.u.s, v.n};
}
static inline dx_val dx_val_date(dx_date date) {
    return (dx_val){.tag = DX_DATE, .u.date = date};
}
dx_val dx_val_time(dx_arena *arena, dx_time time);
dx_val dx_val_datetime(dx_arena *arena, dx_datetime datetime);
static inline dx_val dx_val_months(int64_t months) {
    return (dx_val){.tag = DX_YMDUR, .u.months = months};
}
static inline dx_val dx_val_dtdur(dx_dtdur d) {
    return (dx_val){.tag = DX_DTDUR, .n = d.nanos, .u.seconds = d.seconds};
}
static inline dx_dtdur dx_val_to_dtdur(dx_val v) {
    return (dx_dtdur){v.u.seconds, v.n};
}
/* Takes the array as it is (it must live as long); sets `unknown` from the elements. */
dx_val dx_val_list(const dx_val *items, uint32_t n);
static inline uint8_t dx_val_any_unknown(const dx_val *items, uint32_t n) {
    uint8_t any = 0;
    for (uint32_t i = 0; i < n; i++)
        any |= items[i].unknown;
    return any;
}
static inline dx_val dx_val_of_context(const dx_context *context) {
    return (dx_val){.tag = DX_CONTEXT,
                    .unknown = dx_val_any_unknown(context->v, context->shape->n),
                    .u.context = context};
}
/* A new context of a shape; copies n values. */
dx_val dx_val_context(dx_arena *arena, const dx_shape *shape, const dx_val *values);
dx_val dx_val_range(dx_arena *arena, dx_val low, bool low_closed, dx_val high, bool high_closed);
/* (op b): unbounded on one side, or b alone (=), or everything else (!=). */
dx_val dx_val_range_by(dx_arena *arena, uint8_t op, dx_val b);
/* Unknown by one fact; by the union of two unknowns' causes (either may be any value that is or
 * contains an unknown; causes inside lists and contexts are gathered). */
dx_val dx_val_unknown(dx_arena *arena, uint32_t fact, uint32_t n_facts);
dx_val dx_val_unknown_gather(dx_arena *arena, dx_val a, dx_val b);
static inline dx_val dx_val_unknown_by(const dx_causes *causes) {
    return (dx_val){.tag = DX_UNKNOWN, .unknown = 1, .u.causes = causes};
}
/* Is or contains an unknown. */
static inline bool dx_val_uncertain(dx_val v) {
    return v.unknown != 0;
}
static inline dx_val dx_val_unknown_join(dx_arena *arena, dx_val a, dx_val b) {
    if (a.tag == DX_UNKNOWN &&
        (!dx_val_uncertain(b) || (b.tag == DX_UNKNOWN && a.u.causes == b.u.causes)))
        return a;
    if (b.tag == DX_UNKNOWN && !dx_val_uncertain(a))
        return b;
    return dx_val_unknown_gather(arena, a, b);
}
static inline bool dx_val_is_true(dx_val v) {
    return v.tag == DX_BOOL && v.u.b;
}
static inline bool dx_val_is_false(dx_val v) {
    return v.tag == DX_BOOL && !v.u.b;
}

/* --- contexts -------------------------------------------------------------------------------- */
const dx_shape *dx_shape_new(dx_arena *arena, const dx_str *keys, uint32_t n);
/* Index of a key, or UINT32_MAX. */
uint32_t dx_shape_find(const dx_shape *shape, dx_str key);
/* The entry, or NULL when there is no such key. */
const dx_val *dx_context_get(dx_val context, dx_str key);

/* --- comparing and showing -------------------------------------------------------------------- */
/* Three-valued results carry DX_BOOL, DX_NULL (not comparable) or DX_UNKNOWN.
 * Equality: DMN 1.5 §10.3.2.13 table 53: different kinds give null but null = null is true and
 * null = x is false; lists and contexts elementwise. */
dx_val dx_val_equal(dx_arena *arena, dx_val a, dx_val b);
/* Equality where it needs no more than a look: simple values of one kind, and null. False: it needs
 * more. */
static inline bool dx_val_equal_at_sight(const dx_val *a, const dx_val *b, bool *ret) {
    int64_t x, y;
    int e;
    if (a->tag == DX_STRING && b->tag == DX_STRING)
        *ret = a->n == b->n && dx_bytes_eq(a->u.s, b->u.s, a->n);
    else if (a->tag == DX_BOOL && b->tag == DX_BOOL)
        *ret = a->u.b == b->u.b;
    else if (a->tag == DX_NUM && b->tag == DX_NUM && dx_num_align(a->u.num, b->u.num, &x, &y, &e))
        *ret = x == y;
    else if ((a->tag == DX_NULL) != (b->tag == DX_NULL) && a->tag != DX_UNKNOWN &&
             b->tag != DX_UNKNOWN)
        *ret = false;
    else
        return false;
    return true;
}
/* Order of two values of one ordered kind: sets *ret to <0, 0, >0; false when they have none.
 * Neither is unknown. */
bool dx_val_order(dx_val a, dx_val b, int *ret);
/* True when two results are the same in every way (joins, tests, ANY tables): kind and value;
 * numbers by value. Unknowns: same causes. */
bool dx_val_same(dx_val a, dx_val b);
/* As FEEL's string() shows it inside lists and contexts (strings quoted when `quote`). */
void dx_val_print(dx_buf *out, dx_val v, bool quote);
/* As JSON: numbers plain, dates and durations as strings, null, unknown as {"unknown":true}. */
void dx_val_json(dx_buf *out, dx_val v);
/* A deep copy into another arena. */
dx_val dx_val_copy(dx_arena *arena, dx_val v);
/* "number", "string", "days and time duration", ... */
const char *dx_tag_name(dx_tag tag);

#endif
