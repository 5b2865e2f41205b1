/* Kernels on numbers: arithmetic, order, least and greatest, rounding. Their bounds are known
 * beforehand, so that nothing overflows; a block whose bounds do not allow it is left to decimals.
 */
#include "batch/run.h"
#include "feel/run.h"

/* --- operands --- */

bool dx_operand_of(const dx_vector *v, dx_operand *ret) {
    if (v->form == DX_FORM_NUMS) {
        *ret = (dx_operand){.nums = v->u.nums,
                            .low = v->low,
                            .high = v->high,
                            .scale = v->scale,
                            .exp = v->exp,
                            .exps = v->exps};
        return true;
    }
    if (v->form != DX_FORM_ONE || v->one.tag != DX_NUM || !dx_num_small(v->one.u.num))
        return false;
    int exp = dx_num_exp(v->one.u.num);
    int64_t one;
    if (exp < -DX_POWER_MOST || exp > DX_POWER_MOST ||
        __builtin_mul_overflow(dx_num_coef(v->one.u.num),
                               exp > 0 ? dx_power_of_ten((uint32_t)exp) : 1, &one))
        return false;
    *ret = (dx_operand){.one = one,
                        .low = one,
                        .high = one,
                        .scale = (uint8_t)(exp < 0 ? -exp : 0),
                        .exp = (int8_t)exp};
    return true;
}

bool dx_operand_scale(dx_batch_run *run, dx_operand *operand, uint8_t scale, dx_slot *slot) {
    if (operand->scale >= scale)
        return true;
    if (scale - operand->scale > DX_POWER_MOST)
        return false;
    int64_t by = dx_power_of_ten((uint32_t)(scale - operand->scale));
    int64_t low = operand->low, high = operand->high;
    if (__builtin_mul_overflow(operand->low, by, &operand->low) ||
        __builtin_mul_overflow(operand->high, by, &operand->high) || operand->low == INT64_MIN)
        return false;
    operand->one *= by;
    operand->scale = scale;
    if (operand->nums) {
        dx_kernels_mul(run->k, slot->nums, operand->nums, by, low, high, run->n);
        operand->nums = slot->nums;
    }
    return true;
}

/* Both arguments as numbers of one scale. */
static bool aligned(dx_batch_run *run, const dx_step *step, dx_operand *a, dx_operand *b) {
    if (!dx_operand_of(dx_step_arg(run, step, 0), a) ||
        !dx_operand_of(dx_step_arg(run, step, 1), b))
        return false;
    uint8_t scale = a->scale > b->scale ? a->scale : b->scale;
    return dx_operand_scale(run, a, scale, &run->scratch[0]) &&
           dx_operand_scale(run, b, scale, &run->scratch[1]);
}

/* --- states --- */

static bool unknown_in(const dx_vector *v, uint32_t row) {
    if (v->form == DX_FORM_ONE)
        return v->one.tag == DX_UNKNOWN;
    return v->state && v->state[row] == DX_STATE_UNKNOWN;
}

static bool has_causes(const dx_vector *v) {
    if (v->form == DX_FORM_ONE)
        return v->one.tag == DX_UNKNOWN;
    return v->state && (v->cause || v->causes); /* a column tells its cause though no row has it */
}

static const dx_causes *cause_in(const dx_vector *v, uint32_t row) {
    if (v->form == DX_FORM_ONE)
        return v->one.u.causes;
    return v->causes ? v->causes[row] : v->cause;
}

static void causes_of_one(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const dx_vector *v) {
    ret->cause = v->form == DX_FORM_ONE ? v->one.u.causes : v->cause;
    ret->causes = NULL;
    if (v->causes) {
        memcpy(slot->causes, v->causes, run->n * sizeof *slot->causes);
        ret->causes = slot->causes;
    }
}

/* Where a vector is unknown, a bit a row: 2 (unknown as a state) shifted to it. */
static void add_bit(const dx_vector *v, uint8_t bit, uint8_t *bits, uint32_t n) {
    bool all = v->form == DX_FORM_ONE; /* has causes, so it is unknown */
    for (uint32_t i = 0; i < n; i++)
        bits[i] |= all || v->state[i] == DX_STATE_UNKNOWN ? bit : 0;
}

/* Each side has one cause: four cases. */
static void causes_of_two(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const dx_vector *a,
                          const dx_vector *b) {
    uint8_t *bits = run->bits;
    const dx_causes *x = cause_in(a, 0), *y = cause_in(b, 0);
    if (x == y) {
        ret->cause = x;
        return;
    }
    const dx_causes *by_bits[4] = {
        NULL, x, y,
        dx_val_unknown_join(run->arena, dx_val_unknown_by(x), dx_val_unknown_by(y)).u.causes};
    memset(bits, 0, run->n);
    add_bit(a, 1, bits, run->n);
    add_bit(b, 2, bits, run->n);
    for (uint32_t i = 0; i < run->n; i++)
        slot->causes[i] = by_bits[bits[i]];
    ret->causes = slot->causes;
}

void dx_step_causes(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const uint8_t *state,
                    const dx_vector *a, const dx_vector *b) {
    const dx_causes *last[3] = {NULL}; /* rows of a kind come in numbers: join them once */
    bool in_a = has_causes(a), in_b = has_causes(b);
    if (!in_a && !in_b)
        return;
    if (!in_a || !in_b) {
        causes_of_one(run, ret, slot, in_a ? a : b);
        return;
    }
    if (!a->causes && !b->causes) {
        causes_of_two(run, ret, slot, a, b);
        return;
    }
    ret->causes = slot->causes;
    for (uint32_t i = 0; i < run->n; i++) {
        if (state[i] != DX_STATE_UNKNOWN)
            continue;
        bool of_a = unknown_in(a, i), of_b = unknown_in(b, i);
        const dx_causes *x = of_a ? cause_in(a, i) : cause_in(b, i);
        const dx_causes *y = of_b ? cause_in(b, i) : x;
        if (x == y) {
            slot->causes[i] = x;
            continue;
        }
        if (last[0] != x || last[1] != y) {
            dx_val joined =
                dx_val_unknown_join(run->arena, dx_val_unknown_by(x), dx_val_unknown_by(y));
            last[0] = x;
            last[1] = y;
            last[2] = joined.u.causes;
        }
        slot->causes[i] = last[2];
    }
}

/* The states of two arguments taken together into slot->state, or NULL: both known in every row. */
static const uint8_t *joint_state(dx_batch_run *run, const dx_vector *a, const dx_vector *b,
                                  dx_slot *slot) {
    if (a->state && b->state)
        run->k->max_bytes(slot->state, a->state, b->state, run->n);
    else if (a->state || b->state)
        memcpy(slot->state, a->state ? a->state : b->state, run->n);
    else
        return NULL;
    return slot->state;
}

/* An operand that is null or unknown in all rows decides the result, but for rows in which the
 * other one does: null before unknown where `null_wins`, as in arithmetic and order; in equality
 * unknown before all. False when there is no such operand. */
static bool open_operand(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot,
                         bool null_wins) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    const dx_vector *open = x->form == DX_FORM_ONE && x->one.tag <= DX_UNKNOWN ? x : y;
    const dx_vector *other = open == x ? y : x;
    bool typed = other->form == DX_FORM_NUMS || other->form == DX_FORM_BOOLS;
    if (open->form != DX_FORM_ONE || open->one.tag > DX_UNKNOWN || !typed)
        return false;
    if (open->one.tag == DX_NULL && !null_wins)
        return false;
    if (open->one.tag == DX_NULL || !other->state) {
        *ret = *open;
        return true;
    }
    memset(slot->bools, DX_STATE_UNKNOWN, run->n);
    if (null_wins)
        for (uint32_t i = 0; i < run->n; i++)
            slot->bools[i] = other->state[i] == DX_STATE_NULL ? DX_STATE_NULL : DX_STATE_UNKNOWN;
    *ret = (dx_vector){.form = DX_FORM_BOOLS, .u.bools = slot->bools, .state = slot->bools};
    dx_step_causes(run, ret, slot, slot->bools, x, y);
    return true;
}

/* --- exponents --- */

/* The exponents of a result from those of its operands, by `vv` and `vs`, which commute. */
static void join_exps(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const dx_operand *a,
                      const dx_operand *b, int8_t of_two,
                      void (*vv)(int8_t *restrict, const int8_t *restrict, const int8_t *restrict,
                                 uint32_t),
                      void (*vs)(int8_t *restrict, const int8_t *restrict, int8_t, uint32_t)) {
    ret->exp = of_two;
    if (!a->exps && !b->exps)
        return;
    ret->exps = slot->exps;
    if (a->exps && b->exps)
        vv(slot->exps, a->exps, b->exps, run->n);
    else
        vs(slot->exps, a->exps ? a->exps : b->exps, a->exps ? b->exp : a->exp, run->n);
}

static int8_t lesser(int8_t a, int8_t b) {
    return a < b ? a : b;
}

/* --- arithmetic --- */

static bool in_bounds(dx_vector *ret, int64_t low, int64_t high) {
    ret->low = low < 0 ? low : 0; /* rows that are not known hold anything within the bounds */
    ret->high = high > 0 ? high : 0;
    return low != INT64_MIN;
}

static void finish_sum(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot,
                       const dx_operand *a, const dx_operand *b) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    ret->form = DX_FORM_NUMS;
    ret->u.nums = slot->nums;
    ret->scale = a->scale;
    ret->state = joint_state(run, x, y, slot);
    if (ret->state)
        dx_step_causes(run, ret, slot, ret->state, x, y);
    join_exps(run, ret, slot, a, b, lesser(a->exp, b->exp), run->k->min_exps, run->k->min_exps_s);
}

bool dx_step_add(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    dx_operand a, b;
    int64_t low, high;
    if (open_operand(run, step, ret, slot, true))
        return true;
    if (!aligned(run, step, &a, &b) || __builtin_add_overflow(a.low, b.low, &low) ||
        __builtin_add_overflow(a.high, b.high, &high) || !in_bounds(ret, low, high))
        return false;
    if (a.nums && b.nums)
        run->k->add_vv(slot->nums, a.nums, b.nums, run->n);
    else
        run->k->add_vs(slot->nums, a.nums ? a.nums : b.nums, a.nums ? b.one : a.one, run->n);
    finish_sum(run, step, ret, slot, &a, &b);
    return true;
}

bool dx_step_sub(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    dx_operand a, b;
    int64_t low, high;
    if (open_operand(run, step, ret, slot, true))
        return true;
    if (!aligned(run, step, &a, &b) || __builtin_sub_overflow(a.low, b.high, &low) ||
        __builtin_sub_overflow(a.high, b.low, &high) || !in_bounds(ret, low, high))
        return false;
    if (a.nums && b.nums)
        run->k->sub_vv(slot->nums, a.nums, b.nums, run->n);
    else if (a.nums)
        run->k->add_vs(slot->nums, a.nums, -b.one, run->n);
    else
        run->k->sub_sv(slot->nums, b.nums, a.one, run->n);
    finish_sum(run, step, ret, slot, &a, &b);
    return true;
}

/* The bounds of a product, from those of its factors; false when it might overflow. */
static bool product_bounds(const dx_operand *a, const dx_operand *b, dx_vector *ret) {
    int64_t corners[4], low, high;
    if (__builtin_mul_overflow(a->low, b->low, &corners[0]) ||
        __builtin_mul_overflow(a->low, b->high, &corners[1]) ||
        __builtin_mul_overflow(a->high, b->low, &corners[2]) ||
        __builtin_mul_overflow(a->high, b->high, &corners[3]))
        return false;
    low = high = corners[0];
    for (int i = 1; i < 4; i++) {
        low = corners[i] < low ? corners[i] : low;
        high = corners[i] > high ? corners[i] : high;
    }
    return in_bounds(ret, low, high);
}

static int8_t highest_exp(const dx_operand *a, uint32_t n) {
    int8_t high = a->exp;
    for (uint32_t i = 0; a->exps && i < n; i++)
        high = a->exps[i] > high ? a->exps[i] : high;
    return high;
}

bool dx_step_mul(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    enum { SCALE_MOST = 60 }; /* so that exponents stay within their byte */
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    dx_operand a, b;
    if (open_operand(run, step, ret, slot, true))
        return true;
    if (!dx_operand_of(x, &a) || !dx_operand_of(y, &b) || a.scale + b.scale > SCALE_MOST ||
        highest_exp(&a, run->n) > DX_POWER_MOST || highest_exp(&b, run->n) > DX_POWER_MOST ||
        !product_bounds(&a, &b, ret))
        return false;
    const int64_t *nums = a.nums ? a.nums : b.nums;
    int64_t by = a.nums ? b.one : a.one;
    ret->u.nums = slot->nums;
    if (a.nums && b.nums)
        run->k->mul_vv(slot->nums, a.nums, b.nums, run->n);
    else if (by == 1) /* as of 0.1: only the point moves */
        ret->u.nums = nums;
    else
        dx_kernels_mul(run->k, slot->nums, nums, by, a.nums ? a.low : b.low,
                       a.nums ? a.high : b.high, run->n);
    ret->form = DX_FORM_NUMS;
    ret->scale = (uint8_t)(a.scale + b.scale);
    ret->state = joint_state(run, x, y, slot);
    if (ret->state)
        dx_step_causes(run, ret, slot, ret->state, x, y);
    join_exps(run, ret, slot, &a, &b, (int8_t)(a.exp + b.exp), run->k->add_exps,
              run->k->add_exps_s);
    return true;
}

/* --- division --- */

static bool is_numbers(const dx_vector *v) {
    return v->form == DX_FORM_NUMS || (v->form == DX_FORM_ONE && v->one.tag == DX_NUM);
}

/* A quotient has as many digits as it needs: decimals, row by row. */
bool dx_step_div(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    if (!is_numbers(x) || !is_numbers(y))
        return open_operand(run, step, ret, slot, true);
    for (uint32_t i = 0; i < run->n; i++)
        slot->values[i] = !dx_batch_wants(run, i)
                              ? DX_VAL_NULL
                              : dx_op_div(&run->row->call, dx_vector_at(x, i, run->arena),
                                          dx_vector_at(y, i, run->arena));
    dx_vector_pack(ret, slot, slot->values, run->n);
    return true;
}

/* --- order --- */

/* r = a < b (or <=, >, >=): the relation turned round where the first operand is the same for all.
 */
static void order(dx_batch_run *run, dx_step_kind kind, const dx_operand *a, const dx_operand *b,
                  uint8_t *r) {
    const dx_kernels *k = run->k;
    uint32_t n = run->n;
    bool less = kind == DX_S_LT || kind == DX_S_GT, turned = kind == DX_S_GT || kind == DX_S_GE;
    if (a->nums && b->nums) {
        const int64_t *x = turned ? b->nums : a->nums, *y = turned ? a->nums : b->nums;
        (less ? k->lt_vv : k->le_vv)(r, x, y, n);
        return;
    }
    const int64_t *nums = a->nums ? a->nums : b->nums;
    int64_t one = a->nums ? b->one : a->one;
    if (turned == (a->nums != NULL))
        (less ? k->gt_vs : k->ge_vs)(r, nums, one, n);
    else
        (less ? k->lt_vs : k->le_vs)(r, nums, one, n);
}

/* Truth values in run->scratch[0].bools with the rows that are not known marked over them. */
static void finish_order(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const dx_vector *x,
                         const dx_vector *y) {
    const uint8_t *state = joint_state(run, x, y, slot);
    ret->form = DX_FORM_BOOLS;
    ret->u.bools = slot->bools;
    if (!state)
        return;
    memcpy(run->scratch[0].bools, slot->bools, run->n);
    run->k->or_state(slot->bools, run->scratch[0].bools, state, run->n);
    ret->state = slot->bools;
    dx_step_causes(run, ret, slot, ret->state, x, y);
}

bool dx_step_compare(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    dx_operand a, b;
    if (open_operand(run, step, ret, slot, true))
        return true;
    if (!aligned(run, step, &a, &b))
        return false;
    order(run, step->kind, &a, &b, slot->bools);
    finish_order(run, ret, slot, dx_step_arg(run, step, 0), dx_step_arg(run, step, 1));
    return true;
}

/* a / b against c, as a against b * c. The quotient is rounded to 34 digits, which could only make
 * a difference where it comes closer to c than 10^-33 of it without being c; but a and b * c differ
 * by one at least where they differ, and all products here are below 2^63. */
bool dx_step_share(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    static const dx_step_kind kinds[] = {
        [DX_OP_LT] = DX_S_LT, [DX_OP_LE] = DX_S_LE, [DX_OP_GT] = DX_S_GT, [DX_OP_GE] = DX_S_GE};
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    uint8_t *by_zero = run->scratch[0].state, *known = run->scratch[1].state;
    dx_operand a, b, c;
    dx_vector bounds = {0};
    if (!dx_operand_of(x, &a) || !dx_operand_of(y, &b) || !b.nums || b.low < 0 ||
        !dx_operand_of(dx_step_arg(run, step, 2), &c) || !product_bounds(&b, &c, &bounds))
        return false;
    dx_kernels_mul(run->k, run->scratch[0].nums, b.nums, c.one, b.low, b.high, run->n);
    dx_operand product = {.nums = run->scratch[0].nums,
                          .low = bounds.low,
                          .high = bounds.high,
                          .scale = (uint8_t)(b.scale + c.scale)};
    uint8_t scale = a.scale > product.scale ? a.scale : product.scale;
    if (!dx_operand_scale(run, &a, scale, &run->scratch[1]) ||
        !dx_operand_scale(run, &product, scale, slot))
        return false;
    order(run, kinds[step->number], &a, &product, slot->bools);
    finish_order(run, ret, slot, x, y);
    run->k->eq_vs(by_zero, b.nums, 0, run->n);
    if (y->state) {
        run->k->same_byte(known, y->state, DX_STATE_KNOWN, run->n);
        run->k->and_bytes(by_zero, known, run->n);
    }
    dx_step_leave(run, by_zero, 1);
    return true;
}

/* --- equality --- */

/* null = null is true, null = anything else false; an unknown makes it unknown. */
static void equal_states(dx_batch_run *run, dx_vector *ret, dx_slot *slot, const dx_vector *x,
                         const dx_vector *y) {
    const dx_kernels *k = run->k;
    uint32_t n = run->n;
    uint8_t *a = run->scratch[0].state, *b = run->scratch[1].state, *known = slot->state;
    if (!x->state && !y->state)
        return;
    memset(a, DX_STATE_KNOWN, n);
    memset(b, DX_STATE_KNOWN, n);
    if (x->state)
        memcpy(a, x->state, n);
    if (y->state)
        memcpy(b, y->state, n);
    k->max_bytes(run->scratch[0].bools, a, b, n);
    k->same_byte(known, run->scratch[0].bools, DX_STATE_KNOWN, n);
    k->equal_bools(run->scratch[0].bools, a, b, n);
    memcpy(run->scratch[1].bools, slot->bools, n);
    k->choose_bytes(slot->bools, known, run->scratch[1].bools, run->scratch[0].bools, n);
    ret->state = slot->bools;
    dx_step_causes(run, ret, slot, slot->bools, x, y);
}

static bool equal_numbers(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    dx_operand a, b;
    if (!aligned(run, step, &a, &b))
        return false;
    if (a.nums && b.nums)
        run->k->eq_vv(slot->bools, a.nums, b.nums, run->n);
    else
        run->k->eq_vs(slot->bools, a.nums ? a.nums : b.nums, a.nums ? b.one : a.one, run->n);
    equal_states(run, ret, slot, dx_step_arg(run, step, 0), dx_step_arg(run, step, 1));
    return true;
}

/* A constant as the byte of a boolean; false when it is none. */
static bool byte_of(dx_val v, uint8_t *ret) {
    *ret = v.tag == DX_BOOL ? v.u.b : DX_STATE_NULL;
    return v.tag == DX_BOOL || v.tag == DX_NULL;
}

static bool equal_bools(dx_batch_run *run, const dx_vector *x, const dx_vector *y, dx_vector *ret,
                        dx_slot *slot) {
    const dx_vector *bools = x->form == DX_FORM_BOOLS ? x : y, *other = bools == x ? y : x;
    uint8_t one;
    if (bools->form != DX_FORM_BOOLS)
        return false;
    if (other->form == DX_FORM_BOOLS)
        run->k->equal_bools(slot->bools, bools->u.bools, other->u.bools, run->n);
    else if (other->form == DX_FORM_ONE && byte_of(other->one, &one))
        run->k->equal_bool(slot->bools, bools->u.bools, one, run->n);
    else
        return false;
    if (bools->state || other->state) {
        ret->state = slot->bools;
        dx_step_causes(run, ret, slot, slot->bools, x, y);
    }
    return true;
}

/* A number compared with null. */
static bool equal_null(dx_batch_run *run, const dx_vector *x, const dx_vector *y, dx_vector *ret,
                       dx_slot *slot) {
    const dx_vector *nums = x->form == DX_FORM_NUMS ? x : y, *other = nums == x ? y : x;
    if (nums->form != DX_FORM_NUMS || other->form != DX_FORM_ONE || other->one.tag != DX_NULL)
        return false;
    if (!nums->state) {
        *ret = dx_vector_one(dx_val_bool(false));
        return true;
    }
    run->k->equal_bool(slot->bools, nums->state, DX_STATE_NULL, run->n);
    ret->state = slot->bools;
    dx_step_causes(run, ret, slot, slot->bools, x, y);
    return true;
}

bool dx_step_equal(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    ret->form = DX_FORM_BOOLS;
    ret->u.bools = slot->bools;
    if (!open_operand(run, step, ret, slot, false) && !equal_null(run, x, y, ret, slot) &&
        !equal_numbers(run, step, ret, slot) && !equal_bools(run, x, y, ret, slot))
        return false;
    if (step->kind == DX_S_EQ)
        return true;
    if (ret->form == DX_FORM_ONE) {
        if (ret->one.tag == DX_BOOL)
            ret->one = dx_val_bool(!ret->one.u.b);
        return true;
    }
    memcpy(run->scratch[0].bools, slot->bools, run->n);
    run->k->kleene_not(slot->bools, run->scratch[0].bools, run->n);
    return true;
}

/* --- least and greatest --- */

/* Where exponents differ, it matters which of two equal numbers is taken: the first. */
static void extreme_exps(dx_batch_run *run, const dx_step *step, const dx_operand *a,
                         const dx_operand *b, dx_vector *ret, dx_slot *slot) {
    uint8_t *second = run->scratch[0].bools;
    int8_t *x = run->scratch[0].exps, *y = run->scratch[1].exps;
    bool least = step->kind == DX_S_MIN;
    ret->exp = a->exp;
    if (!a->exps && !b->exps && a->exp == b->exp)
        return;
    order(run, least ? DX_S_LT : DX_S_GT, b, a, second);
    memset(x, a->exp, run->n);
    memset(y, b->exp, run->n);
    run->k->choose_bytes((uint8_t *)slot->exps, second, (const uint8_t *)(b->exps ? b->exps : y),
                         (const uint8_t *)(a->exps ? a->exps : x), run->n);
    ret->exps = slot->exps;
}

bool dx_step_extreme(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0), *y = dx_step_arg(run, step, 1);
    const dx_kernels *k = run->k;
    bool least = step->kind == DX_S_MIN;
    dx_operand a, b;
    if (open_operand(run, step, ret, slot, true))
        return true;
    if (!aligned(run, step, &a, &b))
        return false;
    if (a.nums && b.nums)
        (least ? k->min_vv : k->max_vv)(slot->nums, a.nums, b.nums, run->n);
    else
        (least ? k->min_vs : k->max_vs)(slot->nums, a.nums ? a.nums : b.nums,
                                        a.nums ? b.one : a.one, run->n);
    extreme_exps(run, step, &a, &b, ret, slot);
    ret->form = DX_FORM_NUMS;
    ret->u.nums = slot->nums;
    ret->scale = a.scale;
    int64_t low = a.low < b.low ? a.low : b.low, high = a.high > b.high ? a.high : b.high;
    if (least) /* no more than either */
        high = a.high < b.high ? a.high : b.high;
    else
        low = a.low > b.low ? a.low : b.low;
    in_bounds(ret, low, high);
    ret->state = joint_state(run, x, y, slot);
    if (ret->state)
        dx_step_causes(run, ret, slot, ret->state, x, y);
    return true;
}

/* --- rounding --- */

/* How far a quotient that was cut off goes away from zero: twice the rest beside the divisor. */
static int64_t step_away(dx_round rounding, int64_t quotient, int64_t rest, int64_t divisor) {
    int64_t away = rest < 0 ? -1 : 1;
    int64_t twice = rest < 0 ? -(rest * 2) : rest * 2;
    switch (rounding) {
    case DX_ROUND_DOWN: return 0;
    case DX_ROUND_UP: return rest == 0 ? 0 : away;
    case DX_ROUND_FLOOR: return rest < 0 ? -1 : 0;
    case DX_ROUND_CEILING: return rest > 0 ? 1 : 0;
    case DX_ROUND_HALF_UP: return twice >= divisor ? away : 0;
    case DX_ROUND_HALF_DOWN: return twice > divisor ? away : 0;
    case DX_ROUND_HALF_EVEN:
        return twice > divisor || (twice == divisor && quotient % 2 != 0) ? away : 0;
    }
    return 0;
}

static void round_off(dx_batch_run *run, const dx_step *step, const dx_operand *a, int64_t divisor,
                      int64_t *r) {
    run->k->divide(r, a->nums, divisor, run->n);
    for (uint32_t i = 0; step->rounding != DX_ROUND_DOWN && i < run->n; i++)
        r[i] += step_away(step->rounding, r[i], a->nums[i] - r[i] * divisor, divisor);
}

bool dx_step_round(dx_batch_run *run, const dx_step *step, dx_vector *ret, dx_slot *slot) {
    const dx_vector *x = dx_step_arg(run, step, 0);
    uint8_t scale = (uint8_t)step->scale;
    dx_operand a;
    if (x->form != DX_FORM_NUMS || !dx_operand_of(x, &a) ||
        !dx_operand_scale(run, &a, scale, slot) || a.scale - scale >= DX_POWER_MOST)
        return false;
    *ret = *x;
    ret->scale = scale;
    ret->exp = (int8_t)-scale;
    ret->exps = NULL;
    ret->u.nums = a.nums;
    ret->low = a.low;
    ret->high = a.high;
    if (a.scale > scale) {
        int64_t divisor = dx_power_of_ten((uint32_t)(a.scale - scale));
        round_off(run, step, &a, divisor, slot->nums);
        ret->u.nums = slot->nums;
        in_bounds(ret, a.low / divisor - 1, a.high / divisor + 1);
    }
    return true;
}
