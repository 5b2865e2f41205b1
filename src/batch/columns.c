/* See columns.h. While a block is filled, a column of numbers keeps each as it was written (digits
 * and exponent); the scale that all have in common, and their bounds, are found at its end. */
#include "batch/columns.h"
#include "base/utf8.h"

/* --- making columns --------------------------------------------------------------------------- */

static dx_keep keep_of(const dx_type *type) {
    return type->kind == DX_T_NUM      ? DX_KEEP_NUMS
           : type->kind == DX_T_BOOL   ? DX_KEEP_BOOLS
           : type->kind == DX_T_STRING ? DX_KEEP_CODES
                                       : DX_KEEP_VALUES;
}

static bool has_no_tests(const dx_type *type) {
    while (type && !type->allowed && !type->constraint)
        type = type->base;
    return !type;
}

dx_columns *dx_columns_new(dx_arena *kept, dx_run *run, const dx_field *fields, uint32_t n) {
    dx_columns *columns = DX_NEW(kept, dx_columns);
    *columns = (dx_columns){.arena = run->arena,
                            .run = run,
                            .v = DX_NEW_ARRAY(kept, dx_cells, n + 1),
                            .vectors = DX_NEW_ARRAY(kept, dx_vector, n + 1),
                            .n = n};
    for (uint32_t i = 0; i < n; i++) {
        dx_cells *c = &columns->v[i];
        c->field = fields[i];
        c->keep = keep_of(fields[i].type);
        dx_slot_init(&c->slot, kept);
        if (c->keep == DX_KEEP_NUMS)
            c->limits = dx_limits_of(fields[i].type);
        if (c->keep != DX_KEEP_CODES)
            continue;
        if (c->field.unread && has_no_tests(fields[i].type))
            c->keep = DX_KEEP_VALUES; /* names and numbers of registers: nobody needs their codes */
        c->dict = dx_dict_new(kept);
        c->recent = DX_NEW_ARRAY(kept, dx_recent, (size_t)1 << DX_RECENT_BITS);
    }
    return columns;
}

void dx_columns_begin(dx_columns *columns) {
    dx_arena_reset(columns->arena);
    dx_run_reset(columns->run);
    for (uint32_t i = 0; i < columns->n; i++) {
        columns->v[i].touched = columns->v[i].odd = false;
        columns->v[i].known = 0;
    }
}

/* --- rows ------------------------------------------------------------------------------------- */

static uint8_t state_of(dx_val v) {
    return v.tag == DX_NULL      ? DX_STATE_NULL
           : v.tag == DX_UNKNOWN ? DX_STATE_UNKNOWN
                                 : DX_STATE_KNOWN;
}

static uint16_t code_of_state(uint8_t state) {
    return state == DX_STATE_NULL ? DX_CODE_NULL : DX_CODE_UNKNOWN;
}

void dx_cells_touch(dx_cells *c) {
    uint8_t state = state_of(c->field.absent);
    c->touched = true;
    if (c->keep == DX_KEEP_NUMS)
        memset(c->slot.state, state, DX_ROWS);
    else if (c->keep == DX_KEEP_BOOLS)
        memset(c->slot.bools, state ? state : c->field.absent.u.b, DX_ROWS);
    else if (c->keep == DX_KEEP_CODES)
        for (uint32_t i = 0; i < DX_ROWS; i++)
            c->slot.codes[i] = code_of_state(state);
    else
        for (uint32_t i = 0; i < DX_ROWS; i++)
            c->slot.values[i] = c->field.absent;
}

/* From here on the column has values instead of codes. */
static void give_up_codes(dx_cells *c) {
    if (c->touched)
        for (uint32_t i = 0; i < DX_ROWS; i++) {
            uint16_t code = c->slot.codes[i];
            c->slot.values[i] = code == DX_CODE_NULL      ? DX_VAL_NULL
                                : code == DX_CODE_UNKNOWN ? c->field.absent
                                                          : dx_val_str(c->dict->strings.v[code]);
        }
    c->keep = DX_KEEP_VALUES;
}

static bool is_allowed(dx_columns *columns, const dx_cells *c, dx_val v) {
    return c->field.type->untested ||
           !dx_val_is_false(dx_run_allowed(columns->run, c->field.type, v));
}

uint32_t dx_cells_code(dx_columns *columns, dx_cells *c, dx_str s) {
    uint32_t code = dx_map_get(&c->dict->map, s);
    if (code == DX_MAP_NONE) { /* new, and looked at before it is let in */
        if (!dx_utf8_valid(s, NULL) || !is_allowed(columns, c, dx_val_str(s)))
            return DX_CODE_NULL;
        code = dx_dict_code(c->dict, s);
    }
    if (code == DX_MAP_NONE) {
        give_up_codes(c);
        if (!c->touched)
            dx_cells_touch(c);
    }
    return code;
}

/* A cell as if nothing had been said in it. */
static void forget(dx_cells *c, uint32_t row) {
    uint8_t state = state_of(c->field.absent);
    if (!c->touched)
        return;
    if (c->keep == DX_KEEP_NUMS) {
        c->known -= c->slot.state[row] == DX_STATE_KNOWN || c->slot.state[row] == DX_STATE_ODD;
        c->slot.state[row] = state;
    } else if (c->keep == DX_KEEP_BOOLS) {
        c->slot.bools[row] = state ? state : c->field.absent.u.b;
    } else if (c->keep == DX_KEEP_CODES) {
        c->known -= c->slot.codes[row] >= DX_CODE_FIRST;
        c->slot.codes[row] = code_of_state(state);
    } else {
        c->slot.values[row] = c->field.absent;
    }
}

void dx_columns_forget(dx_columns *columns, uint32_t row) {
    for (uint32_t i = 0; i < columns->n; i++)
        forget(&columns->v[i], row);
}

/* --- values ----------------------------------------------------------------------------------- */

static void put_null(dx_cells *c, uint32_t row) {
    if (c->keep == DX_KEEP_NUMS)
        c->slot.state[row] = DX_STATE_NULL;
    else if (c->keep == DX_KEEP_BOOLS)
        c->slot.bools[row] = DX_STATE_NULL;
    else if (c->keep == DX_KEEP_CODES)
        c->slot.codes[row] = DX_CODE_NULL;
    else
        c->slot.values[row] = DX_VAL_NULL;
}

static void put_number(dx_cells *c, uint32_t row, dx_val value) {
    dx_num num = value.u.num;
    bool plain = dx_num_small(num) && dx_num_exp(num) <= 0 && dx_num_exp(num) >= -DX_POWER_MOST;
    c->known++;
    c->slot.state[row] = plain ? DX_STATE_KNOWN : DX_STATE_ODD;
    if (plain) {
        c->slot.nums[row] = dx_num_coef(num);
        c->slot.exps[row] = (int8_t)dx_num_exp(num);
    } else {
        c->slot.values[row] = value;
        c->odd = true;
    }
}

void dx_columns_put(dx_columns *columns, uint32_t field, uint32_t row, dx_val value) {
    dx_cells *c = &columns->v[field];
    if (value.tag == DX_UNKNOWN)
        return;
    if (value.tag == DX_STRING && c->keep == DX_KEEP_CODES) {
        (void)dx_cells_string(columns, c, row, dx_val_to_str(value));
        return;
    }
    if (!c->touched)
        dx_cells_touch(c);
    if (value.tag == DX_NULL)
        put_null(c, row);
    else if (c->keep == DX_KEEP_NUMS)
        put_number(c, row, value);
    else if (c->keep == DX_KEEP_BOOLS)
        c->slot.bools[row] = value.u.b;
    else
        c->slot.values[row] = value;
}

/* --- texts ------------------------------------------------------------------------------------ */

enum { SHORT_TEXT = 32 };

/* A number or a truth value, which are read a word at a time: from a copy with room behind it. */
static bool put_short(dx_cells *c, uint32_t row, dx_str text) {
    char copy[SHORT_TEXT + 16] = {0};
    const char *p = copy;
    if (text.n > SHORT_TEXT)
        return false;
    memcpy(copy, text.p, text.n);
    bool good = c->keep == DX_KEEP_NUMS ? dx_cells_number(c, row, &p) : dx_cells_truth(c, row, &p);
    if (good && p == copy + text.n)
        return true;
    if (good)
        forget(c, row);
    return false;
}

static bool put_word(dx_columns *columns, uint32_t field, uint32_t row, dx_str text) {
    bool yes = dx_str_is(text, "是");
    if (!yes && !dx_str_is(text, "否"))
        return false;
    dx_columns_put(columns, field, row, dx_val_bool(yes));
    return true;
}

static bool put_date(dx_columns *columns, uint32_t field, uint32_t row, dx_str text) {
    dx_date date;
    if (!dx_date_parse(text, &date) || !is_allowed(columns, &columns->v[field], dx_val_date(date)))
        return false;
    dx_columns_put(columns, field, row, dx_val_date(date));
    return true;
}

/* A string of a column without codes. */
static bool put_string(dx_columns *columns, uint32_t field, uint32_t row, dx_str text) {
    dx_cells *c = &columns->v[field];
    if (!dx_utf8_valid(text, NULL) || !is_allowed(columns, c, dx_val_str(text)))
        return false;
    if (!c->field.unread)
        dx_columns_put(columns, field, row, dx_val_str(text));
    return true;
}

bool dx_columns_text(dx_columns *columns, uint32_t field, uint32_t row, dx_str text) {
    dx_cells *c = &columns->v[field];
    text = dx_str_trim(text);
    if (text.n == 0)
        return true;
    if (c->field.type->kind == DX_T_ANY)
        return false;
    if (dx_str_is(text, "null")) {
        dx_columns_put(columns, field, row, DX_VAL_NULL);
        return true;
    }
    switch (c->keep) {
    case DX_KEEP_NUMS: return put_short(c, row, text);
    case DX_KEEP_BOOLS: return put_short(c, row, text) || put_word(columns, field, row, text);
    case DX_KEEP_CODES: return dx_cells_string(columns, c, row, text);
    case DX_KEEP_VALUES: break;
    }
    if (c->field.type->kind == DX_T_STRING)
        return put_string(columns, field, row, text);
    return c->field.type->kind == DX_T_DATE && put_date(columns, field, row, text);
}

/* --- the end of a block ----------------------------------------------------------------------- */

/* Rows in which nothing is known get a number and an exponent that stand in nobody's way. */
static void fill_gaps(dx_cells *c, uint32_t n) {
    int8_t exp = 0;
    for (uint32_t i = 0; i < n; i++)
        if (c->slot.state[i] == DX_STATE_KNOWN) {
            exp = c->slot.exps[i];
            break;
        }
    for (uint32_t i = 0; i < n; i++)
        if (c->slot.state[i] != DX_STATE_KNOWN) {
            c->slot.nums[i] = 0;
            c->slot.exps[i] = exp;
        }
}

static bool same_exponent(const int8_t *exps, uint32_t n, int8_t *ret_least) {
    uint8_t different = 0;
    int8_t least = exps[0];
    for (uint32_t i = 0; i < n; i++) {
        different |= (uint8_t)(exps[i] ^ exps[0]);
        least = exps[i] < least ? exps[i] : least;
    }
    *ret_least = least;
    return different == 0;
}

/* Brings all numbers to one scale; false where one has no room, and then nothing has changed. */
static bool to_scale(dx_cells *c, uint8_t scale, uint32_t n) {
    int64_t number;
    for (uint32_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(c->slot.nums[i],
                                   dx_power_of_ten((uint32_t)(scale + c->slot.exps[i])), &number))
            return false;
    for (uint32_t i = 0; i < n; i++)
        c->slot.nums[i] *= dx_power_of_ten((uint32_t)(scale + c->slot.exps[i]));
    return true;
}

static void find_bounds(dx_vector *v, uint32_t n) {
    int64_t low = v->u.nums[0], high = low;
    for (uint32_t i = 1; i < n; i++) {
        low = v->u.nums[i] < low ? v->u.nums[i] : low;
        high = v->u.nums[i] > high ? v->u.nums[i] : high;
    }
    v->low = low;
    v->high = high;
}

/* Numbers of which some fit no word, or no common scale. */
static dx_vector pack_numbers(dx_cells *c, uint32_t n) {
    dx_vector v;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t state = c->slot.state[i];
        if (state == DX_STATE_KNOWN)
            c->slot.values[i] = dx_val_num(dx_num_pack(c->slot.nums[i], c->slot.exps[i]));
        else if (state != DX_STATE_ODD)
            c->slot.values[i] = state == DX_STATE_NULL ? DX_VAL_NULL : c->field.absent;
    }
    dx_vector_pack(&v, &c->slot, c->slot.values, n);
    return v;
}

static dx_vector end_numbers(dx_cells *c, uint32_t n) {
    int8_t least;
    if (c->odd)
        return pack_numbers(c, n);
    if (c->known < n)
        fill_gaps(c, n);
    bool same = same_exponent(c->slot.exps, n, &least);
    if (!same && !to_scale(c, (uint8_t)-least, n))
        return pack_numbers(c, n);
    dx_vector v = {.form = DX_FORM_NUMS,
                   .scale = (uint8_t)-least,
                   .exp = least,
                   .exps = same ? NULL : c->slot.exps,
                   .state = c->known < n ? c->slot.state : NULL,
                   .u.nums = c->slot.nums};
    find_bounds(&v, n);
    return v;
}

static bool within(const dx_limits *limits, const dx_vector *v) {
    __int128 unit = dx_power_of_ten(v->scale);
    return limits->enough && v->form == DX_FORM_NUMS && v->scale <= limits->decimals &&
           v->low >= limits->low * unit && v->high <= limits->high * unit;
}

/* Looks at each number, where the bounds do not say enough. */
static void check_numbers(dx_columns *columns, uint32_t field, uint32_t n, bool *bad) {
    const dx_cells *c = &columns->v[field];
    const dx_vector *v = &columns->vectors[field];
    if (c->field.type->untested || within(&c->limits, v))
        return;
    for (uint32_t i = 0; i < n; i++) {
        dx_val value = dx_vector_at(v, i, columns->arena);
        if (value.tag == DX_NUM && !is_allowed(columns, c, value))
            bad[i] = true;
    }
}

static dx_vector end_bools(const dx_cells *c, uint32_t n) {
    uint8_t any = 0;
    for (uint32_t i = 0; i < n; i++)
        any |= c->slot.bools[i];
    return (dx_vector){
        .form = DX_FORM_BOOLS, .u.bools = c->slot.bools, .state = any > 1 ? c->slot.bools : NULL};
}

static dx_vector end_column(dx_cells *c, uint32_t n) {
    dx_vector v = {.form = DX_FORM_VALUES, .u.values = c->slot.values};
    if (c->keep == DX_KEEP_NUMS)
        v = end_numbers(c, n);
    else if (c->keep == DX_KEEP_BOOLS)
        v = end_bools(c, n);
    else if (c->field.type->kind == DX_T_ANY)
        dx_vector_pack(&v, &c->slot, c->slot.values, n);
    else if (c->keep == DX_KEEP_CODES)
        v = (dx_vector){
            .form = DX_FORM_CODES, .u.codes = c->slot.codes, .dict = c->dict, .open = c->known < n};
    if ((v.state || v.open) && c->field.absent.tag == DX_UNKNOWN)
        v.cause = c->field.absent.u.causes;
    return v;
}

const dx_vector *dx_columns_end(dx_columns *columns, uint32_t n, bool *bad) {
    for (uint32_t i = 0; i < columns->n; i++) {
        dx_cells *c = &columns->v[i];
        columns->vectors[i] = c->touched ? end_column(c, n) : dx_vector_one(c->field.absent);
        if (c->touched && c->keep == DX_KEEP_NUMS)
            check_numbers(columns, i, n, bad);
    }
    return columns->vectors;
}

static const void *at(const void *array, size_t size, uint32_t from) {
    return array ? (const char *)array + size * from : NULL;
}

void dx_columns_slice(dx_vector *ret, const dx_vector *vectors, uint32_t n_vectors, uint32_t from) {
    for (uint32_t i = 0; i < n_vectors; i++) {
        dx_vector v = vectors[i];
        v.exps = at(v.exps, sizeof *v.exps, from);
        v.state = at(v.state, sizeof *v.state, from);
        v.causes = at(v.causes, sizeof *v.causes, from);
        if (v.form == DX_FORM_BOOLS)
            v.u.bools = at(v.u.bools, sizeof *v.u.bools, from);
        else if (v.form == DX_FORM_NUMS)
            v.u.nums = at(v.u.nums, sizeof *v.u.nums, from);
        else if (v.form == DX_FORM_CODES)
            v.u.codes = at(v.u.codes, sizeof *v.u.codes, from);
        else if (v.form == DX_FORM_VALUES)
            v.u.values = at(v.u.values, sizeof *v.u.values, from);
        ret[i] = v;
    }
}
