/* The operators of FEEL on values: arithmetic over numbers, strings, dates, times and durations
 * (DMN 1.5 §10.3.2.13, tables 50 to 58), order, and membership in a range. A null operand makes the
 * result null, an unknown one makes it unknown, and null comes first. What the tables leave out is
 * null with a note of the operator and the types it met. */
#include "feel/ast.h"
#include "feel/builtin.h"

static dx_val refuse(dx_call *call, dx_err code, dx_str op, dx_val a, dx_val b) {
    dx_buf out = {.arena = call->arena};
    if (!dx_call_notes(call))
        return DX_VAL_NULL;
    dx_buf_addz(&out, dx_tag_name((dx_tag)a.tag));
    dx_buf_addz(&out, ", ");
    dx_buf_addz(&out, dx_tag_name((dx_tag)b.tag));
    return dx_call_null(call, code, op, dx_buf_str(&out));
}

/* What becomes of operands for which the operator has no row: null, unless one is unknown and none
 * is null. */
static dx_val no_row(dx_call *call, dx_str op, dx_val a, dx_val b) {
    if (a.tag != DX_NULL && b.tag != DX_NULL && (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN)) {
        return dx_val_unknown_join(call->arena, a.tag == DX_UNKNOWN ? a : DX_VAL_NULL,
                                   b.tag == DX_UNKNOWN ? b : DX_VAL_NULL);
    }
    return refuse(call, DX_E_FEEL_EVAL_OPERANDS, op, a, b);
}

static dx_val overflow(dx_call *call, dx_str op) {
    return dx_call_null(call, DX_E_FEEL_EVAL_RANGE, op, DX_STR(""));
}

/* The row of a table that a pair of operands stands in. */
#define PAIR(x, y) ((unsigned)(x) << 8 | (unsigned)(y))
static unsigned pair_of(dx_val a, dx_val b) {
    return PAIR(a.tag, b.tag);
}

/* --- durations and dates ---------------------------------------------------------------------- */

/* Where a date meets a date and time it stands for midnight UTC of its day (DMN 1.5 §10.3.2.3.7).
 */
static dx_datetime as_datetime(dx_val v) {
    if (v.tag == DX_DATETIME) {
        return *v.u.datetime;
    }
    return (dx_datetime){v.u.date, {.zone_kind = DX_ZONE_OFFSET}};
}

static dx_val add_months(dx_call *call, dx_str op, dx_val v, int64_t months) {
    if (v.tag == DX_DATE) {
        dx_date date;
        return dx_date_add_months(v.u.date, months, &date) ? dx_val_date(date) : overflow(call, op);
    }
    dx_datetime at;
    return dx_datetime_add_months(v.u.datetime, months, &at) ? dx_val_datetime(call->arena, at)
                                                             : overflow(call, op);
}

static dx_val add_dtdur(dx_call *call, dx_str op, dx_val v, dx_dtdur d) {
    if (v.tag == DX_TIME) {
        dx_time time;
        dx_time_add(v.u.time, d, &time);
        return dx_val_time(call->arena, time);
    }
    dx_datetime from = as_datetime(v), to;
    if (!dx_datetime_add(&from, d, &to)) {
        return overflow(call, op);
    }
    return v.tag == DX_DATE ? dx_val_date(to.date) : dx_val_datetime(call->arena, to);
}

static dx_val sub_dtdur(dx_call *call, dx_val v, dx_dtdur d) {
    dx_dtdur minus;
    return dx_dtdur_neg(d, &minus) ? add_dtdur(call, DX_STR("-"), v, minus)
                                   : overflow(call, DX_STR("-"));
}

static dx_val sub_datetimes(dx_call *call, dx_val a, dx_val b) {
    dx_datetime x = as_datetime(a), y = as_datetime(b);
    dx_dtdur d;
    return dx_datetime_sub(&x, &y, &d)
               ? dx_val_dtdur(d)
               : refuse(call, DX_E_FEEL_EVAL_NOT_COMPARABLE, DX_STR("-"), a, b);
}

/* Seconds with their fraction. */
static dx_num dtdur_num(dx_call *call, dx_dtdur d) {
    dx_num seconds = dx_num_int64(call->arena, d.seconds), sum;
    /* Nineteen digits and nine decimals always fit thirty-four. */
    (void)dx_num_add(call->arena, seconds, dx_num_pack((int64_t)d.nanos, -9), &sum);
    return d.nanos == 0 ? seconds : sum;
}

static bool num_dtdur(dx_call *call, dx_num n, dx_dtdur *ret) {
    dx_num nanos, whole, rest;
    int64_t seconds, fraction;
    if (!dx_num_round(call->arena, n, 9, DX_ROUND_HALF_EVEN, &nanos) ||
        !dx_num_round(call->arena, nanos, 0, DX_ROUND_FLOOR, &whole) ||
        !dx_num_to_int64(whole, &seconds) || !dx_num_sub(call->arena, nanos, whole, &rest) ||
        !dx_num_mul(call->arena, rest, dx_num_int(1000000000), &rest) ||
        !dx_num_to_int64(rest, &fraction)) {
        return false;
    }
    *ret = dx_dtdur_of(seconds, fraction);
    return true;
}

typedef bool num_op(dx_arena *arena, dx_num a, dx_num b, dx_num *ret);

/* A duration times or by a number. Months are whole: what is left of one is dropped. */
static dx_val scale_duration(dx_call *call, dx_str op, num_op *f, dx_val duration, dx_num by) {
    dx_num n;
    if (duration.tag == DX_DTDUR) {
        dx_dtdur d;
        if (f(call->arena, dtdur_num(call, dx_val_to_dtdur(duration)), by, &n) &&
            num_dtdur(call, n, &d)) {
            return dx_val_dtdur(d);
        }
        return overflow(call, op);
    }
    int64_t months;
    if (f(call->arena, dx_num_int64(call->arena, duration.u.months), by, &n) &&
        dx_num_round(call->arena, n, 0, DX_ROUND_DOWN, &n) && dx_num_to_int64(n, &months)) {
        return dx_val_months(months);
    }
    return overflow(call, op);
}

static dx_val number(dx_call *call, dx_str op, num_op *f, dx_num a, dx_num b) {
    dx_num n;
    return f(call->arena, a, b, &n) ? dx_val_num(n) : overflow(call, op);
}

/* --- arithmetic ------------------------------------------------------------------------------- */

static dx_val concatenate(dx_call *call, dx_val a, dx_val b) {
    if ((uint64_t)a.n + b.n > UINT32_MAX) {
        return overflow(call, DX_STR("+"));
    }
    char *p = dx_alloc(call->arena, (size_t)a.n + b.n);
    if (a.n > 0) {
        memcpy(p, a.u.s, a.n);
    }
    if (b.n > 0) {
        memcpy(p + a.n, b.u.s, b.n);
    }
    return dx_val_str((dx_str){p, (size_t)a.n + b.n});
}

static bool num_add(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_add(arena, a, b, ret);
}

static bool num_sub(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_sub(arena, a, b, ret);
}

static bool num_mul(dx_arena *arena, dx_num a, dx_num b, dx_num *ret) {
    return dx_num_mul(arena, a, b, ret);
}

dx_val dx_op_add(dx_call *call, dx_val a, dx_val b) {
    const dx_str op = DX_STR("+");
    int64_t months;
    dx_dtdur d;
    switch (pair_of(a, b)) {
    case PAIR(DX_NUM, DX_NUM): return number(call, op, num_add, a.u.num, b.u.num);
    case PAIR(DX_STRING, DX_STRING): return concatenate(call, a, b);
    case PAIR(DX_YMDUR, DX_YMDUR):
        return __builtin_add_overflow(a.u.months, b.u.months, &months) ? overflow(call, op)
                                                                       : dx_val_months(months);
    case PAIR(DX_DTDUR, DX_DTDUR):
        return dx_dtdur_add(dx_val_to_dtdur(a), dx_val_to_dtdur(b), &d) ? dx_val_dtdur(d)
                                                                        : overflow(call, op);
    case PAIR(DX_DATE, DX_YMDUR):
    case PAIR(DX_DATETIME, DX_YMDUR): return add_months(call, op, a, b.u.months);
    case PAIR(DX_YMDUR, DX_DATE):
    case PAIR(DX_YMDUR, DX_DATETIME): return add_months(call, op, b, a.u.months);
    case PAIR(DX_DATE, DX_DTDUR):
    case PAIR(DX_TIME, DX_DTDUR):
    case PAIR(DX_DATETIME, DX_DTDUR): return add_dtdur(call, op, a, dx_val_to_dtdur(b));
    case PAIR(DX_DTDUR, DX_DATE):
    case PAIR(DX_DTDUR, DX_TIME):
    case PAIR(DX_DTDUR, DX_DATETIME): return add_dtdur(call, op, b, dx_val_to_dtdur(a));
    default: return no_row(call, op, a, b);
    }
}

dx_val dx_op_sub(dx_call *call, dx_val a, dx_val b) {
    const dx_str op = DX_STR("-");
    int64_t months;
    dx_dtdur d;
    switch (pair_of(a, b)) {
    case PAIR(DX_NUM, DX_NUM): return number(call, op, num_sub, a.u.num, b.u.num);
    case PAIR(DX_YMDUR, DX_YMDUR):
        return __builtin_sub_overflow(a.u.months, b.u.months, &months) ? overflow(call, op)
                                                                       : dx_val_months(months);
    case PAIR(DX_DTDUR, DX_DTDUR):
        return dx_dtdur_neg(dx_val_to_dtdur(b), &d) && dx_dtdur_add(dx_val_to_dtdur(a), d, &d)
                   ? dx_val_dtdur(d)
                   : overflow(call, op);
    case PAIR(DX_DATE, DX_YMDUR):
    case PAIR(DX_DATETIME, DX_YMDUR):
        return b.u.months == INT64_MIN ? overflow(call, op) : add_months(call, op, a, -b.u.months);
    case PAIR(DX_DATE, DX_DTDUR):
    case PAIR(DX_TIME, DX_DTDUR):
    case PAIR(DX_DATETIME, DX_DTDUR): return sub_dtdur(call, a, dx_val_to_dtdur(b));
    case PAIR(DX_TIME, DX_TIME):
        return dx_time_sub(a.u.time, b.u.time, &d)
                   ? dx_val_dtdur(d)
                   : refuse(call, DX_E_FEEL_EVAL_NOT_COMPARABLE, op, a, b);
    case PAIR(DX_DATE, DX_DATE):
    case PAIR(DX_DATE, DX_DATETIME):
    case PAIR(DX_DATETIME, DX_DATE):
    case PAIR(DX_DATETIME, DX_DATETIME): return sub_datetimes(call, a, b);
    default: return no_row(call, op, a, b);
    }
}

dx_val dx_op_mul(dx_call *call, dx_val a, dx_val b) {
    const dx_str op = DX_STR("*");
    switch (pair_of(a, b)) {
    case PAIR(DX_NUM, DX_NUM): return number(call, op, num_mul, a.u.num, b.u.num);
    case PAIR(DX_YMDUR, DX_NUM):
    case PAIR(DX_DTDUR, DX_NUM): return scale_duration(call, op, num_mul, a, b.u.num);
    case PAIR(DX_NUM, DX_YMDUR):
    case PAIR(DX_NUM, DX_DTDUR): return scale_duration(call, op, num_mul, b, a.u.num);
    default: return no_row(call, op, a, b);
    }
}

/* The number that b divides by, for the pairs that division knows. */
static bool divisor(dx_call *call, dx_val a, dx_val b, dx_num *ret) {
    switch (pair_of(a, b)) {
    case PAIR(DX_NUM, DX_NUM):
    case PAIR(DX_YMDUR, DX_NUM):
    case PAIR(DX_DTDUR, DX_NUM): *ret = b.u.num; return true;
    case PAIR(DX_YMDUR, DX_YMDUR): *ret = dx_num_int64(call->arena, b.u.months); return true;
    case PAIR(DX_DTDUR, DX_DTDUR): *ret = dtdur_num(call, dx_val_to_dtdur(b)); return true;
    default: return false;
    }
}

dx_val dx_op_div(dx_call *call, dx_val a, dx_val b) {
    const dx_str op = DX_STR("/");
    dx_num by;
    if (!divisor(call, a, b, &by)) {
        return no_row(call, op, a, b);
    }
    if (dx_num_sign(by) == 0) {
        return dx_call_null(call, DX_E_FEEL_EVAL_DIVISION_BY_ZERO, DX_STR(""), DX_STR(""));
    }
    if (a.tag == DX_NUM) {
        return number(call, op, dx_num_div, a.u.num, by);
    }
    if (b.tag == DX_NUM) {
        return scale_duration(call, op, dx_num_div, a, by);
    }
    dx_num all = a.tag == DX_YMDUR ? dx_num_int64(call->arena, a.u.months)
                                   : dtdur_num(call, dx_val_to_dtdur(a));
    return number(call, op, dx_num_div, all, by);
}

dx_val dx_op_pow(dx_call *call, dx_val a, dx_val b) {
    const dx_str op = DX_STR("**");
    if (a.tag != DX_NUM || b.tag != DX_NUM) {
        return no_row(call, op, a, b);
    }
    return number(call, op, dx_num_pow, a.u.num, b.u.num);
}

dx_val dx_op_negate(dx_call *call, dx_val a) {
    const dx_str op = DX_STR("-");
    dx_dtdur d;
    switch ((dx_tag)a.tag) {
    case DX_NUM: return dx_val_num(dx_num_neg(call->arena, a.u.num));
    case DX_UNKNOWN: return a;
    case DX_YMDUR: return a.u.months == INT64_MIN ? overflow(call, op) : dx_val_months(-a.u.months);
    case DX_DTDUR:
        return dx_dtdur_neg(dx_val_to_dtdur(a), &d) ? dx_val_dtdur(d) : overflow(call, op);
    case DX_NULL:
    case DX_BOOL:
    case DX_STRING:
    case DX_DATE:
    case DX_TIME:
    case DX_DATETIME:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return dx_call_null(call, DX_E_FEEL_EVAL_OPERANDS, op, dx_str_of(dx_tag_name((dx_tag)a.tag)));
}

/* --- order ------------------------------------------------------------------------------------ */

static const char *op_text(int op) {
    switch (op) {
    case DX_OP_LT: return "<";
    case DX_OP_LE: return "<=";
    case DX_OP_GT: return ">";
    default: return ">=";
    }
}

static bool holds(int op, int order) {
    switch (op) {
    case DX_OP_LT: return order < 0;
    case DX_OP_LE: return order <= 0;
    case DX_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

dx_val dx_op_compare(dx_call *call, int op, dx_val a, dx_val b) {
    int order;
    if (dx_val_order(a, b, &order)) {
        return dx_val_bool(holds(op, order));
    }
    if (a.tag != DX_NULL && b.tag != DX_NULL && (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN)) {
        return no_row(call, DX_STR(""), a, b);
    }
    return refuse(call, DX_E_FEEL_EVAL_NOT_COMPARABLE, dx_str_of(op_text(op)), a, b);
}

static dx_val within_end(dx_call *call, int op, dx_val v, dx_val end) {
    return end.tag == DX_NULL ? dx_val_bool(true) : dx_op_compare(call, op, v, end);
}

dx_val dx_op_in_range(dx_call *call, dx_val v, dx_val range) {
    if (v.tag == DX_NULL || range.tag != DX_RANGE) {
        return no_row(call, DX_STR("in"), v, range);
    }
    const dx_range *r = range.u.range;
    if (r->op == DX_OP_NE) {
        dx_val equal = dx_val_equal(call->arena, v, r->low);
        return equal.tag == DX_BOOL ? dx_val_bool(!equal.u.b) : equal;
    }
    dx_val low = within_end(call, r->low_closed ? DX_OP_GE : DX_OP_GT, v, r->low);
    if (dx_val_is_false(low)) {
        return low;
    }
    dx_val high = within_end(call, r->high_closed ? DX_OP_LE : DX_OP_LT, v, r->high);
    if (dx_val_is_false(high) || dx_val_is_true(low)) {
        return high;
    }
    /* Neither end has said false: an unknown one still may, so it comes before null. */
    if (low.tag == DX_UNKNOWN && high.tag == DX_UNKNOWN) {
        return dx_val_unknown_join(call->arena, low, high);
    }
    return high.tag == DX_UNKNOWN ? high : low;
}
