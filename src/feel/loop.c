/* Loops at run time: domains of for, some, every and filters, and what becomes of their items. */
#include "feel/loop.h"

struct dx_loop_iter {
    const dx_val *items; /* NULL: counts from `next` to `last` */
    uint32_t i, n;
    dx_val next, last;
    bool down, done;
    bool short_of_last; /* the end of the range is open */
    dx_acc *maybe;      /* of an unknown domain: the accumulator that knows; else NULL */
};

static dx_val hold(void *state) {
    return (dx_val){.tag = DX_NULL, .u.s = state};
}
static dx_acc *acc_of(dx_val v) {
    return (dx_acc *)v.u.s;
}

/* --- accumulators ----------------------------------------------------------------------------- */

dx_val dx_acc_new(dx_run *run, uint32_t flags) {
    dx_acc *acc = DX_NEW(run->arena, dx_acc);
    acc->strict = flags & DX_ACC_STRICT;
    acc->is_bool = flags & DX_ACC_BOOL;
    return hold(acc);
}

/* A verdict that a boxed expression does not take (DMN 1.5 §10.2.2.4 to §10.2.2.6). */
static bool is_odd(dx_run *run, const dx_acc *acc, dx_val verdict) {
    if (!acc->strict || acc->maybe > 0 || verdict.tag == DX_BOOL || verdict.tag == DX_NULL ||
        verdict.tag == DX_UNKNOWN)
        return false;
    dx_run_null(run, DX_E_FEEL_EVAL_CONDITION, dx_str_of(dx_tag_name((dx_tag)verdict.tag)),
                (dx_str){0});
    return true;
}

void dx_acc_push(dx_run *run, dx_val v, dx_val item) {
    dx_acc *acc = acc_of(v);
    dx_vec_push(run->arena, acc, item);
}

static void add_cause(dx_run *run, dx_acc *acc, dx_val unknown) {
    acc->cause = dx_val_unknown_join(run->arena, acc->cause, unknown);
    acc->is_open |= acc->strict && !acc->is_bool;
}

/* Unknown by what made the loop uncertain and by all that it yielded. */
static dx_val acc_unknown(dx_run *run, const dx_acc *acc) {
    return dx_val_unknown_join(run->arena, acc->cause, dx_val_list(acc->v, acc->n));
}

static dx_val list_so_far(dx_run *run, const dx_acc *acc) {
    return acc->cause.tag == DX_UNKNOWN ? acc_unknown(run, acc) : dx_val_list(acc->v, acc->n);
}

dx_val dx_acc_list(dx_run *run, dx_val v) {
    return acc_of(v)->is_null ? DX_VAL_NULL : list_so_far(run, acc_of(v));
}

/* The items so far: they are never written again, so the list may share them. */
dx_val dx_acc_partial(dx_run *run, dx_val v) {
    return list_so_far(run, acc_of(v));
}

bool dx_acc_quantify(dx_run *run, dx_val v, dx_val verdict, bool some) {
    dx_acc *acc = acc_of(v);
    if (is_odd(run, acc, verdict))
        return acc->is_null = true;
    if (verdict.tag == DX_UNKNOWN)
        add_cause(run, acc, verdict);
    else if (acc->maybe > 0)
        return false;
    else if (verdict.tag != DX_BOOL)
        acc->odd = dx_tag_name((dx_tag)verdict.tag);
    else
        acc->decided = verdict.u.b == some;
    return acc->decided && !acc->is_open;
}

dx_val dx_acc_quantified(dx_run *run, dx_val v, bool some) {
    const dx_acc *acc = acc_of(v);
    if (acc->strict && (acc->is_null || acc->is_open))
        return acc->cause.tag == DX_UNKNOWN ? acc->cause : DX_VAL_NULL;
    if (acc->decided)
        return dx_val_bool(some);
    if (acc->cause.tag == DX_UNKNOWN)
        return acc->cause;
    if (acc->odd) /* of null it was said before why it is that */
        return acc->odd == dx_tag_name(DX_NULL)
                   ? DX_VAL_NULL
                   : dx_run_null(run, DX_E_FEEL_EVAL_CONDITION, dx_str_of(acc->odd), (dx_str){0});
    return acc->is_null ? DX_VAL_NULL : dx_val_bool(!some);
}

bool dx_acc_sift(dx_run *run, dx_val v, dx_val item, dx_val verdict) {
    dx_acc *acc = acc_of(v);
    if (verdict.tag == DX_NUM && acc->maybe == 0) {
        acc->is_index = true;
        acc->index = verdict;
        return true;
    }
    if (is_odd(run, acc, verdict))
        return acc->is_null = true;
    if (verdict.tag == DX_UNKNOWN && !(acc->empty && acc->is_bool)) {
        add_cause(run, acc, verdict);
        dx_acc_push(run, v, item);
    } else if (dx_val_is_true(verdict) && !acc->empty) {
        dx_acc_push(run, v, item);
    }
    return false;
}

dx_val dx_acc_sifted(dx_run *run, dx_val v, dx_val list) {
    const dx_acc *acc = acc_of(v);
    if (acc->cause.tag == DX_UNKNOWN && !acc->is_bool) /* it may still be an index, or odd */
        return dx_val_unknown_join(run->arena, acc_unknown(run, acc), list);
    return acc->is_index ? dx_list_index(run, list, acc->index) : dx_acc_list(run, v);
}

/* --- iterators -------------------------------------------------------------------------------- */

static dx_val iter_items(dx_run *run, const dx_val *items, uint32_t n) {
    dx_loop_iter *iter = DX_NEW(run->arena, dx_loop_iter);
    iter->items = items;
    iter->n = n;
    return hold(iter);
}

static const dx_val *one_item(dx_run *run, dx_val item) {
    dx_val *items = dx_alloc(run->arena, sizeof *items);
    items[0] = item;
    return items;
}

/* No domain at all makes the whole null, unless it is not certain that it is reached. */
static dx_val iter_null(dx_run *run, dx_acc *acc) {
    acc->is_null |= acc->maybe == 0;
    return iter_items(run, one_item(run, DX_VAL_NULL), 0);
}

/* An unknown domain: one item, as unknown as the domain. */
static dx_val iter_unknown(dx_run *run, dx_acc *acc, dx_val domain) {
    acc->cause = dx_val_unknown_join(run->arena, acc->cause, domain);
    acc->maybe++;
    dx_val held = iter_items(run, one_item(run, domain), 1);
    ((dx_loop_iter *)held.u.s)->maybe = acc;
    return held;
}

static bool step(dx_run *run, dx_loop_iter *iter) {
    if (iter->next.tag == DX_NUM) {
        dx_num next;
        if (!dx_num_add(run->arena, iter->next.u.num, dx_num_int(iter->down ? -1 : 1), &next))
            return false;
        iter->next.u.num = next;
        return true;
    }
    int64_t days = dx_date_to_days(iter->next.u.date) + (iter->down ? -1 : 1);
    return dx_date_from_days(days, &iter->next.u.date);
}

/* What an open end of a range leaves out. */
static dx_val within_ends(dx_run *run, dx_val held, const dx_range *range) {
    dx_loop_iter *iter = (dx_loop_iter *)held.u.s;
    if (!iter->items) {
        iter->done = !range->low_closed && !step(run, iter);
        iter->short_of_last = !range->high_closed;
    }
    return held;
}

dx_val dx_iter_over(dx_run *run, dx_val domain, dx_val acc) {
    if (domain.tag == DX_LIST)
        return iter_items(run, domain.u.items, domain.n);
    if (domain.tag == DX_NULL) {
        dx_run_null(run, DX_E_FEEL_EVAL_NO_LIST, (dx_str){0}, (dx_str){0});
        return iter_null(run, acc_of(acc));
    }
    if (domain.tag == DX_UNKNOWN)
        return iter_unknown(run, acc_of(acc), domain);
    if (domain.tag == DX_RANGE) {
        const dx_range *range = domain.u.range;
        return within_ends(run, dx_iter_between(run, range->low, range->high, acc), range);
    }
    return iter_items(run, one_item(run, domain), 1);
}

/* from..to counts by one, up or down; dates count by days (DMN 1.5 table 46 for). */
dx_val dx_iter_between(dx_run *run, dx_val from, dx_val to, dx_val acc) {
    int order;
    if (from.tag == DX_UNKNOWN || to.tag == DX_UNKNOWN)
        return iter_unknown(run, acc_of(acc), dx_val_unknown_join(run->arena, from, to));
    bool countable = from.tag == to.tag && (from.tag == DX_NUM || from.tag == DX_DATE);
    if (!countable || !dx_val_order(from, to, &order)) {
        dx_run_null(run, DX_E_FEEL_EVAL_RANGE_DOMAIN, dx_str_of(dx_tag_name((dx_tag)from.tag)),
                    dx_str_of(dx_tag_name((dx_tag)to.tag)));
        return iter_null(run, acc_of(acc));
    }
    dx_loop_iter *iter = DX_NEW(run->arena, dx_loop_iter);
    iter->next = from;
    iter->last = to;
    iter->down = order > 0;
    return hold(iter);
}

dx_val dx_iter_sift(dx_run *run, dx_val list, dx_val acc) {
    bool empty = list.tag == DX_LIST && list.n == 0;
    if (empty || list.tag == DX_NULL) {
        acc_of(acc)->empty = true;
        return iter_items(run, one_item(run, DX_VAL_NULL), 1);
    }
    if (list.tag == DX_LIST)
        return iter_items(run, list.u.items, list.n);
    if (list.tag == DX_UNKNOWN)
        return iter_unknown(run, acc_of(acc), list);
    return iter_items(run, one_item(run, list), 1);
}

bool dx_iter_next(dx_run *run, dx_val v, dx_val *ret) {
    dx_loop_iter *iter = (dx_loop_iter *)v.u.s;
    if (++run->steps > run->steps_max)
        dx_trap_raise(run->arena, DX_E_LIMIT_STEPS);
    if (iter->items) {
        if (iter->i == iter->n) {
            if (iter->maybe)
                iter->maybe->maybe--;
            return false;
        }
        *ret = iter->items[iter->i++];
        return true;
    }
    int order;
    if (iter->done || !dx_val_order(iter->next, iter->last, &order) ||
        (iter->down ? order < 0 : order > 0) || (order == 0 && iter->short_of_last))
        return false;
    *ret = iter->next;
    iter->done = order == 0 || !step(run, iter);
    return true;
}

/* --- index ------------------------------------------------------------------------------------ */

dx_val dx_list_index(dx_run *run, dx_val list, dx_val index) {
    int64_t i;
    if (list.tag == DX_UNKNOWN || index.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, list, index);
    if (list.tag == DX_NULL)
        return dx_run_null(run, DX_E_FEEL_EVAL_NO_LIST, (dx_str){0}, (dx_str){0});
    const dx_val *items = list.tag == DX_LIST ? list.u.items : &list;
    int64_t n = list.tag == DX_LIST ? list.n : 1;
    if (index.tag != DX_NUM || !dx_num_to_int64(index.u.num, &i) || i == 0 || i > n || i < -n) {
        dx_buf shown = {.arena = run->arena};
        dx_val_print(&shown, index, true);
        return dx_run_null(run, DX_E_FEEL_EVAL_INDEX, dx_buf_str(&shown),
                           dx_str_fmt(run->arena, "%lld", (long long)n));
    }
    return items[i > 0 ? i - 1 : n + i];
}
