/* What loops keep in registers while they run: iterators and accumulators. Over an unknown domain
 * the body runs once, on an unknown item, for the sake of the causes that it brings; what it yields
 * then decides nothing. */
#ifndef DX_FEEL_LOOP_H
#define DX_FEEL_LOOP_H

#include "feel/run.h"

/* Collects what a loop yields, and whether the whole is null or unknown. */
typedef struct dx_acc {
    dx_val *v;
    uint32_t n, cap;
    dx_val cause;    /* unknown: some domain or verdict is; else null */
    bool strict;     /* verdicts have to be boolean: boxed filters and quantifiers */
    bool is_bool;    /* and are known to be (or null, or unknown) */
    bool is_null;    /* a domain was no list, or a strict verdict no boolean */
    bool decided;    /* some: a true, every: a false was seen */
    const char *odd; /* some, every: the kind of a verdict neither boolean nor unknown, or NULL */
    bool empty;      /* filter: the list has no items; the condition runs once, on null */
    bool is_index;   /* filter: the condition is a number, `index` */
    bool is_open;    /* strict: an unknown verdict may turn out to be no boolean */
    uint32_t maybe;  /* iterators under way over an unknown domain */
    dx_val index;
} dx_acc;

typedef struct dx_loop_iter dx_loop_iter;

/* flags: DX_ACC_STRICT, DX_ACC_BOOL of program.h. */
dx_val dx_acc_new(dx_run *run, uint32_t flags);
void dx_acc_push(dx_run *run, dx_val acc, dx_val item);
dx_val dx_acc_list(dx_run *run, dx_val acc);
dx_val dx_acc_partial(dx_run *run, dx_val acc);
/* some, every: true when the verdict decides. */
bool dx_acc_quantify(dx_run *run, dx_val acc, dx_val verdict, bool some);
dx_val dx_acc_quantified(dx_run *run, dx_val acc, bool some);
/* A filter takes an item by its verdict; true when the verdict is an index. */
bool dx_acc_sift(dx_run *run, dx_val acc, dx_val item, dx_val verdict);
dx_val dx_acc_sifted(dx_run *run, dx_val acc, dx_val list);

dx_val dx_iter_over(dx_run *run, dx_val domain, dx_val acc);
dx_val dx_iter_between(dx_run *run, dx_val from, dx_val to, dx_val acc);
dx_val dx_iter_sift(dx_run *run, dx_val list, dx_val acc);
bool dx_iter_next(dx_run *run, dx_val iter, dx_val *ret);

/* list[number]: from 1, or from the end when negative; null outside. */
dx_val dx_list_index(dx_run *run, dx_val list, dx_val index);

#endif
