/* The built-in functions that relate points and ranges (DMN 1.5 §10.3.4.9, Allen's intervals), and
 * range().
 *
 * A point is the range from itself to itself. An open end lies just beside its value: above it at
 * the low end, below it at the high end. So an end is a pair (value, side) with side -1, 0 or 1,
 * and each relation is two or three comparisons of such pairs. */
#include "feel/ast.h"
#include "feel/builtin_fn.h"

typedef struct end {
    dx_val v;
    int side;     /* -1 just below the value, 0 at it, 1 just above it */
    int infinite; /* -1, 1: no bound on that side */
} end;

typedef struct span {
    end low, high;
} span;

static span span_of(dx_val v) {
    if (v.tag != DX_RANGE) {
        return (span){{v, 0, 0}, {v, 0, 0}};
    }
    const dx_range *r = v.u.range;
    span s = {{r->low, r->low_closed ? 0 : 1, 0}, {r->high, r->high_closed ? 0 : -1, 0}};
    s.low.infinite = r->low.tag == DX_NULL ? -1 : 0;
    s.high.infinite = r->high.tag == DX_NULL ? 1 : 0;
    return s;
}

/* Orders two ends whose values have an order. */
static int compare(end a, end b) {
    int order = 0;
    if (a.infinite || b.infinite) {
        return a.infinite - b.infinite;
    }
    (void)dx_val_order(a.v, b.v, &order);
    return order != 0 ? order : a.side - b.side;
}

/* --- relations -------------------------------------------------------------------------------- */

typedef bool relation(const span *a, const span *b);

static bool before(const span *a, const span *b) {
    return compare(a->high, b->low) < 0;
}

static bool meets(const span *a, const span *b) {
    return compare(a->high, b->low) == 0;
}

static bool overlaps(const span *a, const span *b) {
    return !before(a, b) && !before(b, a);
}

static bool overlaps_before(const span *a, const span *b) {
    return compare(a->low, b->low) < 0 && compare(a->high, b->low) >= 0 &&
           compare(a->high, b->high) <= 0;
}

static bool finishes(const span *a, const span *b) {
    return compare(a->high, b->high) == 0 && compare(a->low, b->low) >= 0;
}

static bool starts(const span *a, const span *b) {
    return compare(a->low, b->low) == 0 && compare(a->high, b->high) <= 0;
}

static bool includes(const span *a, const span *b) {
    return compare(a->low, b->low) <= 0 && compare(a->high, b->high) >= 0;
}

static bool coincides(const span *a, const span *b) {
    return compare(a->low, b->low) == 0 && compare(a->high, b->high) == 0;
}

/* --- functions -------------------------------------------------------------------------------- */

/* Which arguments a relation takes: a point or a range, first and second. */
enum { PP = 1, PR = 2, RP = 4, RR = 8 };

static unsigned kinds(dx_val a, dx_val b) {
    if (a.tag == DX_RANGE) {
        return b.tag == DX_RANGE ? RR : RP;
    }
    return b.tag == DX_RANGE ? PR : PP;
}

/* Whether the values of two spans have an order, infinite ends or not. */
static bool comparable(const span *a, const span *b) {
    int order;
    return dx_val_order(a->low.infinite ? a->high.v : a->low.v,
                        b->low.infinite ? b->high.v : b->low.v, &order);
}

/* f of the arguments, or `back`: with the two exchanged, since `after` is `before` seen from the
 * other side. */
static dx_val relate(dx_call *call, const char *name, const dx_val *args, uint32_t n,
                     unsigned takes, relation *f, bool back) {
    span a = span_of(args[back ? 1 : 0]), b = span_of(args[back ? 0 : 1]);
    if (!(kinds(args[0], args[1]) & takes) || !comparable(&a, &b)) {
        return dx_args_refuse(call, name, args, n);
    }
    return dx_val_bool(f(&a, &b));
}

dx_val dx_fn_before(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "before", args, n, PP | PR | RP | RR, before, false);
}

dx_val dx_fn_after(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "after", args, n, PP | PR | RP | RR, before, true);
}

dx_val dx_fn_meets(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "meets", args, n, RR, meets, false);
}

dx_val dx_fn_met_by(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "met by", args, n, RR, meets, true);
}

dx_val dx_fn_overlaps(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "overlaps", args, n, RR, overlaps, false);
}

dx_val dx_fn_overlaps_before(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "overlaps before", args, n, RR, overlaps_before, false);
}

dx_val dx_fn_overlaps_after(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "overlaps after", args, n, RR, overlaps_before, true);
}

dx_val dx_fn_finishes(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "finishes", args, n, PR | RR, finishes, false);
}

dx_val dx_fn_finished_by(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "finished by", args, n, RP | RR, finishes, true);
}

dx_val dx_fn_includes(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "includes", args, n, RP | RR, includes, false);
}

dx_val dx_fn_during(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "during", args, n, PR | RR, includes, true);
}

dx_val dx_fn_starts(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "starts", args, n, PR | RR, starts, false);
}

dx_val dx_fn_started_by(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "started by", args, n, RP | RR, starts, true);
}

dx_val dx_fn_coincides(dx_call *call, const dx_val *args, uint32_t n) {
    return relate(call, "coincides", args, n, PP | RR, coincides, false);
}

/* --- range() ---------------------------------------------------------------------------------- */

/* The value of an end as range() allows it: a literal, its negative, or date("..."), time("...")
 * and the like of a string literal. */
static bool constant_end(dx_call *call, const dx_node *node, dx_val *ret) {
    static const struct {
        const char *name;
        dx_val (*fn)(dx_call *call, const dx_val *args, uint32_t n);
    } makers[] = {
        {"date", dx_fn_date},
        {"time", dx_fn_time},
        {"date and time", dx_fn_date_and_time},
        {"duration", dx_fn_duration},
    };
    if (node->kind == DX_N_LITERAL) {
        *ret = node->value;
        return true;
    }
    if (node->kind == DX_N_NEGATE && node->a->kind == DX_N_LITERAL) {
        *ret = dx_op_negate(call, node->a->value);
        return true;
    }
    if (node->kind != DX_N_CALL || node->a->kind != DX_N_NAME || node->n != 1 || node->names ||
        node->list[0]->kind != DX_N_LITERAL || node->list[0]->value.tag != DX_STRING) {
        return false;
    }
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (dx_str_is(node->a->name, makers[i].name)) {
            *ret = makers[i].fn(call, &node->list[0]->value, 1);
            return true;
        }
    }
    return false;
}

static const dx_node *parse_text(dx_call *call, dx_str text) {
    dx_names none = {0}, members = {0};
    dx_parse parse = {.arena = call->arena, .scope = &none, .members = &members};
    return dx_feel_parse(&parse, text, (dx_place){0});
}

/* [2..) and (..2]: without an end the range is open there. The grammar of expressions has no such
 * literal. */
static bool half_range(dx_call *call, dx_str text, dx_val *ret) {
    text = dx_str_trim(text);
    if (text.n < 2) {
        return false;
    }
    char first = text.p[0], last = text.p[text.n - 1];
    bool low_closed = first == '[', high_closed = last == ']';
    dx_str inside = dx_str_trim((dx_str){text.p + 1, text.n - 2}), dots = DX_STR("..");
    bool below = dx_str_starts(inside, dots), above = dx_str_ends(inside, dots);
    if (below == above || !memchr("[(]", first, 3) || !memchr("])[", last, 3) ||
        (below ? low_closed : high_closed)) {
        return false;
    }
    dx_str bound = {inside.p + (below ? dots.n : 0), inside.n - dots.n};
    dx_val v;
    int order;
    if (!constant_end(call, parse_text(call, bound), &v) || !dx_val_order(v, v, &order)) {
        return false;
    }
    dx_op op = below ? (high_closed ? DX_OP_LE : DX_OP_LT) : (low_closed ? DX_OP_GE : DX_OP_GT);
    *ret = dx_val_range_by(call->arena, (uint8_t)op, v);
    return true;
}

dx_val dx_fn_range(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val low, high;
    int order;
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "range", args, n);
    }
    if (half_range(call, dx_arg_text(args[0]), &low)) {
        return low;
    }
    const dx_node *node = parse_text(call, dx_arg_text(args[0]));
    /* The ends must have an order, which nothing has with null. */
    if (node->kind != DX_N_RANGE || !node->a || !node->b || !constant_end(call, node->a, &low) ||
        !constant_end(call, node->b, &high) || !dx_val_order(low, high, &order) || order > 0) {
        return dx_args_bad(call, "range", args[0]);
    }
    return dx_val_range(call->arena, low, (node->flags & DX_F_LOW_CLOSED) != 0, high,
                        (node->flags & DX_F_HIGH_CLOSED) != 0);
}
