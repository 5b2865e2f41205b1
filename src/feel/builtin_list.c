/* The built-in functions on lists (DMN 1.5 §10.3.4.4) but the folds, which stand in builtin_fold.c.
 * Most of them only move elements, and so carry unknown elements along; where the answer depends on
 * an unknown it is unknown. */
#include "feel/ast.h"
#include "feel/builtin_fn.h"

/* Lists inside lists that flatten follows. */
enum { FLATTEN_DEPTH = 1000 };

/* A list that is read, and a list under construction. */
typedef struct view {
    const dx_val *v;
    uint32_t n;
} view;
typedef DX_VEC(dx_val) items;

static dx_val items_done(const items *list) {
    return dx_val_list(list->v, list->n);
}

static void items_add(dx_call *call, items *list, const dx_val *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        dx_vec_push(call->arena, list, v[i]);
    }
}

/* What the functions below begin with: the elements of args[0]. False when the result is settled
 * without them: null for null, unknown when the list or one of the `deciding` first arguments is.
 */
static bool take_list(dx_call *call, const char *name, const dx_val *args, uint32_t n,
                      uint32_t deciding, view *ret, dx_val *ret_settled) {
    if (args[0].tag == DX_NULL) {
        *ret_settled = dx_args_refuse(call, name, args, n);
        return false;
    }
    for (uint32_t i = 0; i < deciding && i < n; i++) {
        if (args[i].tag == DX_UNKNOWN) {
            *ret_settled = dx_args_unknown(call, args, n);
            return false;
        }
    }
    ret->v = dx_args_elements(args, 1, &ret->n);
    return true;
}

/* The index, from 0, of a FEEL position: from 1, or from -1 at the end. */
static bool find_position(dx_call *call, dx_val position, uint32_t n, uint32_t *ret) {
    int64_t at;
    if (!dx_arg_int(call, position, &at) || at == 0 || at > n || at < -(int64_t)n) {
        return false;
    }
    *ret = (uint32_t)(at > 0 ? at - 1 : at + n);
    return true;
}

/* What functions of a list and a position begin with. */
static bool take_place(dx_call *call, const char *name, const dx_val *args, uint32_t n, view *ret,
                       uint32_t *ret_at, dx_val *ret_settled) {
    if (!take_list(call, name, args, n, 2, ret, ret_settled)) {
        return false;
    }
    if (args[1].tag != DX_NUM) {
        *ret_settled = dx_args_refuse(call, name, args, n);
        return false;
    }
    if (!find_position(call, args[1], ret->n, ret_at)) {
        *ret_settled = dx_args_bad(call, name, args[1]);
        return false;
    }
    return true;
}

/* --- moving elements -------------------------------------------------------------------------- */

dx_val dx_fn_count(dx_call *call, const dx_val *args, uint32_t n) {
    if (n == 1 && args[0].tag == DX_NULL) {
        return dx_args_refuse(call, "count", args, n);
    }
    if (n == 1 && args[0].tag == DX_UNKNOWN) {
        return args[0];
    }
    uint32_t count;
    dx_args_elements(args, n, &count);
    return dx_val_num(dx_num_int64(call->arena, count));
}

dx_val dx_fn_append(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    if (!take_list(call, "append", args, n, 1, &from, &settled)) {
        return settled;
    }
    items_add(call, &to, from.v, from.n);
    items_add(call, &to, args + 1, n - 1);
    return items_done(&to);
}

dx_val dx_fn_concatenate(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].tag == DX_UNKNOWN) {
            return dx_args_unknown(call, args, n);
        }
        if (!take_list(call, "concatenate", args + i, 1, 1, &from, &settled)) {
            return settled;
        }
        items_add(call, &to, from.v, from.n);
    }
    return items_done(&to);
}

dx_val dx_fn_reverse(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    dx_val settled;
    if (!take_list(call, "reverse", args, n, 1, &from, &settled)) {
        return settled;
    }
    dx_val *to = DX_NEW_ARRAY(call->arena, dx_val, from.n);
    for (uint32_t i = 0; i < from.n; i++) {
        to[i] = from.v[from.n - 1 - i];
    }
    return dx_val_list(to, from.n);
}

dx_val dx_fn_sublist(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    dx_val settled;
    uint32_t start;
    int64_t length;
    if (!take_list(call, "sublist", args, n, n, &from, &settled)) {
        return settled;
    }
    if (!dx_args_all(args + 1, n - 1, DX_NUM)) {
        return dx_args_refuse(call, "sublist", args, n);
    }
    if (!find_position(call, args[1], from.n, &start)) {
        return dx_args_bad(call, "sublist", args[1]);
    }
    length = from.n - start;
    if (n > 2 && (!dx_arg_int(call, args[2], &length) || length < 0 || length > from.n - start)) {
        return dx_args_bad(call, "sublist", args[2]);
    }
    items to = {0}; /* a copy: what is no list stands in a register */
    items_add(call, &to, from.v + start, (uint32_t)length);
    return items_done(&to);
}

dx_val dx_fn_insert_before(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    uint32_t at;
    if (!take_place(call, "insert before", args, n, &from, &at, &settled)) {
        return settled;
    }
    items_add(call, &to, from.v, at);
    items_add(call, &to, &args[2], 1);
    items_add(call, &to, from.v + at, from.n - at);
    return items_done(&to);
}

dx_val dx_fn_remove(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    uint32_t at;
    if (!take_place(call, "remove", args, n, &from, &at, &settled)) {
        return settled;
    }
    items_add(call, &to, from.v, at);
    items_add(call, &to, from.v + at + 1, from.n - at - 1);
    return items_done(&to);
}

/* Unknown by the causes at hand and by those that a function brings in which is asked about
 * elements: it is asked once about elements as unknown as that. */
static dx_val unknown_through(dx_call *call, dx_val fn, dx_val unknown) {
    const dx_val pair[2] = {unknown, unknown};
    return dx_val_unknown_join(call->arena, unknown, dx_call_function(call, fn, pair, 2));
}

/* Every element that `match` says yes to gives way to the new one. With an unknown verdict all is
 * open: it may be no boolean. */
static dx_val replace_matching(dx_call *call, const view *from, dx_val match, dx_val item) {
    dx_val *to = DX_NEW_ARRAY(call->arena, dx_val, from->n), unknown = DX_VAL_NULL;
    for (uint32_t i = 0; i < from->n; i++) {
        const dx_val pair[2] = {from->v[i], item};
        dx_val verdict = dx_call_function(call, match, pair, 2);
        to[i] = pair[0];
        if (verdict.tag == DX_UNKNOWN) {
            unknown = dx_val_unknown_join(call->arena, unknown, verdict);
            unknown = dx_val_unknown_join(call->arena, unknown, item);
        } else if (verdict.tag == DX_BOOL) {
            to[i] = verdict.u.b ? item : pair[0];
        } else {
            return dx_args_bad(call, "list replace", verdict);
        }
    }
    dx_val list = dx_val_list(to, from->n);
    return unknown.tag == DX_UNKNOWN ? dx_val_unknown_join(call->arena, unknown, list) : list;
}

dx_val dx_fn_list_replace(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    uint32_t at;
    if (!take_list(call, "list replace", args, n, 2, &from, &settled)) {
        bool asks = settled.tag == DX_UNKNOWN && args[1].tag == DX_FUNCTION;
        return asks ? unknown_through(call, args[1], settled) : settled;
    }
    if (args[1].tag == DX_FUNCTION) {
        return replace_matching(call, &from, args[1], args[2]);
    }
    if (args[1].tag != DX_NUM) {
        return dx_args_refuse(call, "list replace", args, n);
    }
    if (!find_position(call, args[1], from.n, &at)) {
        return dx_args_bad(call, "list replace", args[1]);
    }
    items_add(call, &to, from.v, from.n);
    to.v[at] = args[2];
    return items_done(&to);
}

static void flatten_into(dx_call *call, items *to, dx_val list, int depth) {
    if (depth > FLATTEN_DEPTH) {
        dx_trap_raise(call->arena, DX_E_LIMIT_DEPTH);
    }
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.u.items[i].tag == DX_LIST) {
            flatten_into(call, to, list.u.items[i], depth + 1);
        } else {
            dx_vec_push(call->arena, to, list.u.items[i]);
        }
    }
}

dx_val dx_fn_flatten(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled;
    if (!take_list(call, "flatten", args, n, 1, &from, &settled)) {
        return settled;
    }
    flatten_into(call, &to, dx_val_list(from.v, from.n), 0);
    return items_done(&to);
}

/* --- looking for elements --------------------------------------------------------------------- */

dx_val dx_fn_list_contains(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    dx_val settled, sum = dx_val_bool(false);
    if (!take_list(call, "list contains", args, n, 1, &from, &settled)) {
        return settled;
    }
    for (uint32_t i = 0; i < from.n; i++) {
        dx_val same = dx_val_equal(call->arena, from.v[i], args[1]);
        if (dx_val_is_true(same)) {
            return same;
        }
        if (same.tag == DX_UNKNOWN) {
            sum = dx_val_unknown_join(call->arena, same, sum);
        }
    }
    return sum;
}

dx_val dx_fn_index_of(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    items to = {0};
    dx_val settled, unknown = DX_VAL_NULL;
    if (!take_list(call, "index of", args, n, 1, &from, &settled)) {
        return settled;
    }
    for (uint32_t i = 0; i < from.n; i++) {
        dx_val same = dx_val_equal(call->arena, from.v[i], args[1]);
        if (dx_val_is_true(same)) {
            dx_val at = dx_val_num(dx_num_int64(call->arena, (int64_t)i + 1));
            dx_vec_push(call->arena, &to, at);
        } else if (same.tag == DX_UNKNOWN) {
            unknown = dx_val_unknown_join(call->arena, same, unknown);
        }
    }
    return unknown.tag == DX_UNKNOWN ? unknown : items_done(&to);
}

/* --- sets ------------------------------------------------------------------------------------- */

/* Equal values have equal hashes. Kinds that are rare in sets share one. */
static uint64_t hash_of(dx_val v) {
    switch ((dx_tag)v.tag) {
    case DX_NUM: return dx_num_hash(v.u.num);
    case DX_STRING: return dx_str_hash(dx_val_to_str(v));
    case DX_DATE: return (uint64_t)dx_date_to_days(v.u.date) * UINT64_C(0x9E3779B97F4A7C15);
    case DX_YMDUR:
    case DX_DTDUR: return (uint64_t)v.u.months * UINT64_C(0x9E3779B97F4A7C15);
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_TIME:
    case DX_DATETIME:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return v.tag;
}

/* Appends to `to` those of v that are equal to nothing before them there. `slots` is a table of
 * indices into `to`, plus 1, of a size that is a power of two. */
static void add_distinct(dx_call *call, items *to, uint32_t *slots, uint32_t mask, const dx_val *v,
                         uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint64_t hash = hash_of(v[i]);
        uint32_t at = (uint32_t)(hash ^ hash >> 32) & mask;
        while (slots[at] != 0 &&
               !dx_val_is_true(dx_val_equal(call->arena, to->v[slots[at] - 1], v[i]))) {
            at = (at + 1) & mask;
        }
        if (slots[at] == 0) {
            dx_vec_push(call->arena, to, v[i]);
            slots[at] = to->n;
        }
    }
}

static dx_val distinct(dx_call *call, const dx_val *lists, uint32_t n) {
    items to = {0};
    uint64_t total = 0;
    uint32_t size = 8, count;
    for (uint32_t i = 0; i < n; i++) {
        dx_args_elements(&lists[i], 1, &count);
        total += count;
    }
    while (size < 2 * total && size < UINT32_C(1) << 31) {
        size *= 2;
    }
    uint32_t *slots = DX_NEW_ARRAY(call->arena, uint32_t, size);
    for (uint32_t i = 0; i < n; i++) {
        const dx_val *v = dx_args_elements(&lists[i], 1, &count);
        add_distinct(call, &to, slots, size - 1, v, count);
    }
    return items_done(&to);
}

dx_val dx_fn_distinct_values(dx_call *call, const dx_val *args, uint32_t n) {
    return args[0].tag == DX_NULL ? dx_args_refuse(call, "distinct values", args, n)
                                  : distinct(call, args, 1);
}

dx_val dx_fn_union(dx_call *call, const dx_val *args, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].tag == DX_NULL) {
            return dx_args_refuse(call, "union", args, n);
        }
    }
    return distinct(call, args, n);
}

/* --- sort ------------------------------------------------------------------------------------- */

/* Merges the sorted runs a[0..m) and a[m..n) into `to`. An element of the second run goes first
 * only when it precedes, so that equal ones keep their order. False when a verdict is no boolean,
 * which is then in *ret. */
static bool merge(dx_call *call, dx_val precedes, const dx_val *a, uint32_t m, uint32_t n,
                  dx_val *to, dx_val *ret) {
    uint32_t i = 0, j = m, k = 0;
    while (i < m && j < n) {
        const dx_val pair[2] = {a[j], a[i]};
        dx_val verdict = dx_call_function(call, precedes, pair, 2);
        if (verdict.tag != DX_BOOL) {
            *ret = verdict;
            return false;
        }
        to[k++] = verdict.u.b ? a[j++] : a[i++];
    }
    while (i < m) {
        to[k++] = a[i++];
    }
    while (j < n) {
        to[k++] = a[j++];
    }
    return true;
}

dx_val dx_fn_sort(dx_call *call, const dx_val *args, uint32_t n) {
    view from;
    dx_val settled, verdict;
    if (!take_list(call, "sort", args, n, 2, &from, &settled)) {
        bool asks = settled.tag == DX_UNKNOWN && args[1].tag == DX_FUNCTION;
        return asks ? unknown_through(call, args[1], settled) : settled;
    }
    if (args[1].tag != DX_FUNCTION) {
        return dx_args_refuse(call, "sort", args, n);
    }
    dx_val *a = DX_NEW_ARRAY(call->arena, dx_val, from.n);
    dx_val *b = DX_NEW_ARRAY(call->arena, dx_val, from.n);
    for (uint32_t i = 0; i < from.n; i++) {
        a[i] = from.v[i];
    }
    for (uint64_t width = 1; width < from.n; width *= 2) {
        for (uint64_t at = 0; at < from.n; at += 2 * width) {
            uint64_t left = from.n - at;
            uint32_t size = (uint32_t)(left < 2 * width ? left : 2 * width);
            uint32_t half = (uint32_t)(left < width ? left : width);
            if (!merge(call, args[1], a + at, half, size, b + at, &verdict)) {
                if (verdict.tag != DX_UNKNOWN) {
                    return dx_args_bad(call, "sort", verdict);
                }
                verdict = dx_val_unknown_join(call->arena, verdict, args[0]);
                return unknown_through(call, args[1], verdict);
            }
        }
        dx_val *swap = a;
        a = b;
        b = swap;
    }
    return dx_val_list(a, from.n);
}
