/* Loops at run time: domains of for, some, every and filters, and what becomes of their items. */
#include "feel/loop.h"

struct dx_loop_iter {
    const dx_val *items; /* NULL: counts from `next` to `last` */
    uint32_t i, n;
    dx_val next, last;
    bool down, done;
};

static dx_val hold(void *state) {
    return (dx_val){.tag = DX_NULL, .u.s = state};
}
static dx_acc *acc_of(dx_val v) {
    return (dx_acc *)v.u.s;
}

/* --- accumulators ----------------------------------------------------------------------------- */

dx_val dx_acc_new(dx_run *run, bool strict) {
    dx_acc *acc = DX_NEW(run->arena, dx_acc);
    acc->strict = strict;
    return hold(acc);
}

/* A verdict that a boxed expression does not take (DMN 1.5 §10.2.2.4 to §10.2.2.6). */
static bool is_odd(const dx_acc *acc, dx_val verdict) {
    return acc->strict && verdict.tag != DX_BOOL && verdict.tag != DX_NULL &&
           verdict.tag != DX_UNKNOWN;
}

void dx_acc_push(dx_run *run, dx_val v, dx_val item) {
    dx_acc *acc = acc_of(v);
    dx_vec_push(run->arena, acc, item);
}

static dx_val whole(dx_run *run, const dx_acc *acc) {
    if (acc->is_null)
        return DX_VAL_NULL;
    return dx_val_unknown_join(run->arena, acc->cause, DX_VAL_NULL);
}

dx_val dx_acc_list(dx_run *run, dx_val v) {
    const dx_acc *acc = acc_of(v);
    if (acc->is_null || acc->cause.tag == DX_UNKNOWN)
        return whole(run, acc);
    return dx_val_list(acc->v, acc->n);
}

/* The items so far: they are never written again, so the list may share them. */
dx_val dx_acc_partial(dx_val v) {
    return dx_val_list(acc_of(v)->v, acc_of(v)->n);
}

bool dx_acc_quantify(dx_run *run, dx_val v, dx_val verdict, bool some) {
    dx_acc *acc = acc_of(v);
    if (is_odd(acc, verdict))
        return acc->is_null = true;
    if (verdict.tag == DX_UNKNOWN)
        acc->cause = dx_val_unknown_join(run->arena, acc->cause, verdict);
    else if (verdict.tag != DX_BOOL)
        acc->null_seen = true;
    else
        acc->decided = verdict.u.b == some;
    return acc->decided;
}

dx_val dx_acc_quantified(dx_val v, bool some) {
    const dx_acc *acc = acc_of(v);
    if (acc->is_null && acc->strict)
        return DX_VAL_NULL;
    if (acc->decided)
        return dx_val_bool(some);
    if (acc->is_null)
        return DX_VAL_NULL;
    if (acc->cause.tag == DX_UNKNOWN)
        return acc->cause;
    return acc->null_seen ? DX_VAL_NULL : dx_val_bool(!some);
}

bool dx_acc_sift(dx_run *run, dx_val v, dx_val item, dx_val verdict) {
    dx_acc *acc = acc_of(v);
    if (verdict.tag == DX_NUM) {
        acc->is_index = true;
        acc->index = verdict;
        return true;
    }
    if (is_odd(acc, verdict))
        return acc->is_null = true;
    if (verdict.tag == DX_UNKNOWN && !acc->empty)
        acc->cause = dx_val_unknown_join(run->arena, acc->cause, verdict);
    else if (dx_val_is_true(verdict) && !acc->empty)
        dx_acc_push(run, v, item);
    return false;
}

dx_val dx_acc_sifted(dx_run *run, dx_val v, dx_val list) {
    const dx_acc *acc = acc_of(v);
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

static dx_val iter_nothing(dx_run *run, dx_acc *acc, dx_val domain) {
    if (domain.tag == DX_UNKNOWN)
        acc->cause = dx_val_unknown_join(run->arena, acc->cause, domain);
    else
        acc->is_null = true;
    return iter_items(run, one_item(run, DX_VAL_NULL), 0);
}

dx_val dx_iter_over(dx_run *run, dx_val domain, dx_val acc) {
    if (domain.tag == DX_LIST)
        return iter_items(run, domain.u.items, domain.n);
    if (domain.tag == DX_NULL || domain.tag == DX_UNKNOWN)
        return iter_nothing(run, acc_of(acc), domain);
    if (domain.tag == DX_RANGE) {
        const dx_range *range = domain.u.range;
        return dx_iter_between(run, range->low, range->high, acc);
    }
    return iter_items(run, one_item(run, domain), 1);
}

/* from..to counts by one, up or down; dates count by days (DMN 1.5 table 46 for). */
dx_val dx_iter_between(dx_run *run, dx_val from, dx_val to, dx_val acc) {
    int order;
    if (from.tag == DX_UNKNOWN || to.tag == DX_UNKNOWN)
        return iter_nothing(run, acc_of(acc), from.tag == DX_UNKNOWN ? from : to);
    bool countable = from.tag == to.tag && (from.tag == DX_NUM || from.tag == DX_DATE);
    if (!countable || !dx_val_order(from, to, &order)) {
        dx_run_null(run, DX_E_FEEL_EVAL_RANGE_DOMAIN, dx_str_of(dx_tag_name((dx_tag)from.tag)),
                    dx_str_of(dx_tag_name((dx_tag)to.tag)));
        return iter_nothing(run, acc_of(acc), DX_VAL_NULL);
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
        return iter_nothing(run, acc_of(acc), list);
    return iter_items(run, one_item(run, list), 1);
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

bool dx_iter_next(dx_run *run, dx_val v, dx_val *ret) {
    dx_loop_iter *iter = (dx_loop_iter *)v.u.s;
    if (++run->steps > run->steps_max)
        dx_trap_raise(run->arena, DX_E_LIMIT_STEPS);
    if (iter->items) {
        if (iter->i == iter->n)
            return false;
        *ret = iter->items[iter->i++];
        return true;
    }
    int order;
    if (iter->done || !dx_val_order(iter->next, iter->last, &order) ||
        (iter->down ? order < 0 : order > 0))
        return false;
    *ret = iter->next;
    iter->done = order == 0 || !step(run, iter);
    return true;
}

/* --- index ------------------------------------------------------------------------------------ */

dx_val dx_list_index(dx_run *run, dx_val list, dx_val index) {
    int64_t i;
    if (list.tag == DX_UNKNOWN || index.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, list.tag == DX_UNKNOWN ? list : DX_VAL_NULL, index);
    if (list.tag == DX_NULL)
        return DX_VAL_NULL;
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
