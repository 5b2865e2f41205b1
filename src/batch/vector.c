/* Values into vectors and back. */
#include "batch/vector.h"

int64_t dx_power_of_ten(uint32_t n) {
    int64_t p = 1;
    for (; n > 0; n--)
        p *= 10;
    return p;
}

dx_dict *dx_dict_new(dx_arena *arena) {
    dx_dict *dict = DX_NEW(arena, dx_dict);
    dict->arena = arena;
    for (int i = 0; i < DX_CODE_FIRST; i++)
        dx_vec_push(arena, &dict->strings, (dx_str){0});
    return dict;
}

uint32_t dx_dict_code(dx_dict *dict, dx_str string) {
    uint32_t code = dx_map_get(&dict->map, string);
    if (code != DX_MAP_NONE || dict->strings.n == DX_DICT_MOST)
        return code;
    string = dx_str_copy(dict->arena, string);
    code = dict->strings.n;
    dx_vec_push(dict->arena, &dict->strings, string);
    dx_map_put(dict->arena, &dict->map, string, code);
    return code;
}

void dx_slot_init(dx_slot *slot, dx_arena *arena) {
    slot->nums = dx_alloc(arena, DX_ROWS * sizeof *slot->nums);
    slot->bools = dx_alloc(arena, DX_ROWS);
    slot->state = dx_alloc(arena, DX_ROWS);
    slot->exps = dx_alloc(arena, DX_ROWS);
    slot->codes = dx_alloc(arena, DX_ROWS * sizeof *slot->codes);
    slot->values = dx_alloc(arena, DX_ROWS * sizeof *slot->values);
    slot->causes = dx_alloc(arena, DX_ROWS * sizeof *slot->causes);
}

/* --- out --- */

static dx_val unknown_at(const dx_vector *v, uint32_t row) {
    return dx_val_unknown_by(v->causes ? v->causes[row] : v->cause);
}

/* coefficient * 10^exp out of nums[row], which is that times 10^scale. */
static dx_num number_at(const dx_vector *v, uint32_t row, dx_arena *arena) {
    int exp = v->exps ? v->exps[row] : v->exp;
    int64_t coef = v->u.nums[row];
    int shift = v->scale + exp; /* never negative */
    dx_num num;
    if (shift > 0)
        coef /= dx_power_of_ten((uint32_t)shift);
    if (coef >= -DX_NUM_COEF_MAX && coef <= DX_NUM_COEF_MAX)
        return dx_num_pack(coef, exp);
    if (exp <= 0)
        return dx_num_scaled(arena, coef, (uint32_t)-exp);
    /* 63 bits and at most 18 zeros: within 34 digits or, beyond them, rounded as any product is */
    (void)dx_num_mul(arena, dx_num_int64(arena, coef), dx_num_pack(1, exp), &num);
    return num;
}

dx_val dx_vector_at(const dx_vector *v, uint32_t row, dx_arena *arena) {
    if (v->form == DX_FORM_ONE)
        return v->one;
    if (v->form == DX_FORM_VALUES)
        return v->u.values[row];
    uint8_t state = v->state ? v->state[row] : DX_STATE_KNOWN;
    if (v->form == DX_FORM_CODES)
        state = v->u.codes[row] == DX_CODE_NULL      ? DX_STATE_NULL
                : v->u.codes[row] == DX_CODE_UNKNOWN ? DX_STATE_UNKNOWN
                                                     : DX_STATE_KNOWN;
    if (state == DX_STATE_NULL)
        return DX_VAL_NULL;
    if (state == DX_STATE_UNKNOWN)
        return unknown_at(v, row);
    if (v->form == DX_FORM_BOOLS)
        return dx_val_bool(v->u.bools[row] == 1);
    if (v->form == DX_FORM_CODES)
        return dx_val_str(v->dict->strings.v[v->u.codes[row]]);
    return dx_val_num(number_at(v, row, arena));
}

const dx_causes *dx_vector_cause(const dx_vector *v, uint32_t row) {
    bool unknown;
    if (v->form == DX_FORM_ONE || v->form == DX_FORM_VALUES) {
        const dx_val *value = v->form == DX_FORM_ONE ? &v->one : &v->u.values[row];
        return value->tag == DX_UNKNOWN ? value->u.causes : NULL;
    }
    unknown = v->form == DX_FORM_CODES ? v->u.codes[row] == DX_CODE_UNKNOWN
                                       : v->state && v->state[row] == DX_STATE_UNKNOWN;
    return !unknown ? NULL : v->causes ? v->causes[row] : v->cause;
}

/* --- in --- */

/* Causes are noted once for all rows as long as they are the same. */
static void put_cause(dx_vector *v, dx_slot *slot, uint32_t row, const dx_causes *cause,
                      uint32_t n) {
    if (!v->causes && (!v->cause || v->cause == cause)) {
        v->cause = cause;
        return;
    }
    if (!v->causes) {
        for (uint32_t i = 0; i < n; i++)
            slot->causes[i] = v->cause;
        v->causes = slot->causes;
    }
    slot->causes[row] = cause;
}

static uint8_t state_of(dx_val value) {
    return value.tag == DX_NULL      ? DX_STATE_NULL
           : value.tag == DX_UNKNOWN ? DX_STATE_UNKNOWN
                                     : DX_STATE_KNOWN;
}

static void put_state(dx_vector *v, dx_slot *slot, uint32_t row, uint8_t state, uint32_t n) {
    if (!v->state && state == DX_STATE_KNOWN)
        return;
    if (!v->state) {
        memset(slot->state, DX_STATE_KNOWN, n);
        v->state = slot->state;
    }
    slot->state[row] = state;
}

static bool put_bool(dx_vector *v, dx_slot *slot, uint32_t row, dx_val value) {
    uint8_t state = state_of(value);
    if (state == DX_STATE_KNOWN && value.tag != DX_BOOL)
        return false;
    slot->bools[row] = state != DX_STATE_KNOWN ? state : value.u.b;
    if (state != DX_STATE_KNOWN)
        v->state = slot->bools;
    return true;
}

/* The number as nums[row] holds it; false when it has no room. */
static bool to_scale(dx_num num, uint8_t scale, int64_t *ret) {
    if (!dx_num_small(num))
        return false;
    int shift = scale + dx_num_exp(num);
    return shift >= 0 && shift <= DX_POWER_MOST &&
           !__builtin_mul_overflow(dx_num_coef(num), dx_power_of_ten((uint32_t)shift), ret) &&
           *ret != INT64_MIN;
}

static bool put_num(dx_vector *v, dx_slot *slot, uint32_t row, dx_val value, uint32_t n) {
    int64_t num = 0;
    uint8_t state = state_of(value);
    if (state == DX_STATE_KNOWN && (value.tag != DX_NUM || !to_scale(value.u.num, v->scale, &num)))
        return false;
    put_state(v, slot, row, state, n);
    slot->nums[row] = num;
    v->low = num < v->low ? num : v->low;
    v->high = num > v->high ? num : v->high;
    int8_t exp = state == DX_STATE_KNOWN ? (int8_t)dx_num_exp(value.u.num) : v->exp;
    if (!v->exps && exp != v->exp) {
        memset(slot->exps, v->exp, n);
        v->exps = slot->exps;
    }
    if (v->exps)
        slot->exps[row] = exp;
    return true;
}

static void widen(dx_vector *v, dx_slot *slot, uint32_t n, dx_arena *arena) {
    for (uint32_t i = 0; i < n; i++)
        slot->values[i] = dx_vector_at(v, i, arena);
    *v = (dx_vector){.form = DX_FORM_VALUES, .u.values = slot->values};
}

void dx_vector_put(dx_vector *v, dx_slot *slot, uint32_t row, dx_val value, uint32_t n,
                   dx_arena *arena) {
    bool room = (v->form == DX_FORM_BOOLS && put_bool(v, slot, row, value)) ||
                (v->form == DX_FORM_NUMS && put_num(v, slot, row, value, n));
    if (room && value.tag == DX_UNKNOWN)
        put_cause(v, slot, row, value.u.causes, n);
    if (room)
        return;
    if (v->form != DX_FORM_VALUES)
        widen(v, slot, n, arena);
    slot->values[row] = value;
}

/* The form that all values have room in, and for numbers the scale that serves all. */
static dx_form form_of(const dx_val *values, uint32_t n, uint8_t *ret_scale) {
    dx_form form = DX_FORM_ONE;
    int least = 0;
    for (uint32_t i = 0; i < n; i++) {
        dx_val v = values[i];
        if (v.tag <= DX_UNKNOWN)
            continue;
        bool num = v.tag == DX_NUM && dx_num_small(v.u.num);
        if (!num && v.tag != DX_BOOL)
            return DX_FORM_VALUES;
        dx_form own = num ? DX_FORM_NUMS : DX_FORM_BOOLS;
        if (form != DX_FORM_ONE && form != own)
            return DX_FORM_VALUES;
        form = own;
        if (num && dx_num_exp(v.u.num) < least)
            least = dx_num_exp(v.u.num);
    }
    *ret_scale = (uint8_t)-least;
    if (least < -DX_POWER_MOST)
        return DX_FORM_VALUES;
    return form == DX_FORM_ONE ? DX_FORM_BOOLS : form;
}

/* Whether all rows are null, or unknown for one cause. */
static bool all_open(const dx_val *values, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (values[i].tag > DX_UNKNOWN || values[i].tag != values[0].tag ||
            (values[i].tag == DX_UNKNOWN && values[i].u.causes != values[0].u.causes))
            return false;
    return true;
}

void dx_vector_pack(dx_vector *ret, dx_slot *slot, const dx_val *values, uint32_t n) {
    uint8_t scale = 0;
    if (all_open(values, n)) {
        *ret = dx_vector_one(values[0]);
        return;
    }
    *ret = (dx_vector){.form = form_of(values, n, &scale), .scale = scale};
    if (ret->form == DX_FORM_BOOLS)
        ret->u.bools = slot->bools;
    if (ret->form == DX_FORM_NUMS) {
        ret->u.nums = slot->nums;
        for (uint32_t i = 0; i < n; i++)
            if (values[i].tag == DX_NUM) {
                ret->exp = (int8_t)dx_num_exp(values[i].u.num);
                break;
            }
    }
    bool room = ret->form != DX_FORM_VALUES;
    for (uint32_t i = 0; room && i < n; i++) {
        room = ret->form == DX_FORM_BOOLS ? put_bool(ret, slot, i, values[i])
                                          : put_num(ret, slot, i, values[i], n);
        if (room && values[i].tag == DX_UNKNOWN)
            put_cause(ret, slot, i, values[i].u.causes, n);
    }
    if (room)
        return;
    if (values != slot->values)
        memcpy(slot->values, values, n * sizeof *values);
    *ret = (dx_vector){.form = DX_FORM_VALUES, .u.values = slot->values};
}

void dx_vector_encode(dx_vector *v, dx_slot *slot, dx_dict *dict, uint32_t n) {
    const dx_causes *cause = NULL;
    bool open = false;
    for (uint32_t i = 0; i < n; i++) {
        dx_val value = v->u.values[i];
        uint32_t code = value.tag == DX_NULL      ? DX_CODE_NULL
                        : value.tag == DX_UNKNOWN ? DX_CODE_UNKNOWN
                        : value.tag == DX_STRING  ? dx_dict_code(dict, dx_val_to_str(value))
                                                  : DX_MAP_NONE;
        if (code == DX_MAP_NONE || (code == DX_CODE_UNKNOWN && cause && cause != value.u.causes))
            return;
        if (code == DX_CODE_UNKNOWN)
            cause = value.u.causes;
        open |= code < DX_CODE_FIRST;
        slot->codes[i] = (uint16_t)code;
    }
    *v = (dx_vector){
        .form = DX_FORM_CODES, .u.codes = slot->codes, .dict = dict, .open = open, .cause = cause};
}
