/* Vectors: up to DX_ROWS values of one expression, in the narrowest form that holds them all
 * exactly. Which form that is is found from the values, block by block, and never assumed: a block
 * of whole numbers is an array of int64, and the block after it may be anything else. Whatever the
 * form, dx_vector_at gives the value that the row engine would have, to the last bit: a number
 * keeps its own exponent (1.10 is not 1.1), an unknown its causes.
 *
 * Rows that are null or unknown are marked in `state`, one byte a row; without any it is NULL, so
 * that nothing is paid for them. Arrays belong to whoever made the vector: a reader, or a slot. */
#ifndef DX_BATCH_VECTOR_H
#define DX_BATCH_VECTOR_H

#include "feel/value.h"

enum { DX_ROWS = 1024 };

typedef enum dx_form {
    DX_FORM_ONE,    /* one value for all rows: `one` */
    DX_FORM_BOOLS,  /* `bools`: 0, 1, or a state */
    DX_FORM_NUMS,   /* `nums`: the number times 10^scale; its exponent is in exp or exps */
    DX_FORM_CODES,  /* `codes`: entries of `dict`; 0 is null and 1 is unknown */
    DX_FORM_VALUES, /* `values`: anything */
    DX_FORM_RULES,  /* `bools`: the rule of a table that was met; between steps only */
} dx_form;

/* Ordered so that of two states the greater wins in arithmetic: null beats unknown. */
enum { DX_STATE_KNOWN = 0, DX_STATE_UNKNOWN = 2, DX_STATE_NULL = 3 };

/* The distinct strings of a column, numbered from DX_CODE_FIRST on as they come up. */
enum { DX_CODE_NULL, DX_CODE_UNKNOWN, DX_CODE_FIRST };
typedef struct dx_dict {
    dx_arena *arena;        /* keeps the strings */
    dx_map map;             /* string -> code */
    DX_VEC(dx_str) strings; /* by code */
} dx_dict;

typedef struct dx_vector {
    dx_form form;
    bool open;                      /* CODES: some row may be null or unknown */
    int8_t exp;                     /* NUMS: exponent of every row, unless exps */
    uint8_t scale;                  /* NUMS */
    const int8_t *exps;             /* NUMS: exponent of each row, or NULL */
    int64_t low, high;              /* NUMS: bounds of nums, which known rows keep to */
    const uint8_t *state;           /* NULL: every row is known; BOOLS: the bools themselves */
    const dx_causes *cause;         /* of every unknown row, unless causes */
    const dx_causes *const *causes; /* of each row that is unknown, or NULL */
    union {
        const uint8_t *bools;
        const int64_t *nums;
        const uint16_t *codes;
        const dx_val *values;
    } u;
    const dx_dict *dict;
    dx_val one;
} dx_vector;

/* The most distinct strings of a dictionary; a column with more is VALUES. */
enum { DX_DICT_MOST = DX_ROWS };
dx_dict *dx_dict_new(dx_arena *arena);
/* The code of a string, which is copied when it is new; DX_MAP_NONE when there is no room. */
uint32_t dx_dict_code(dx_dict *dict, dx_str string);

/* Room for the arrays of one vector, used over and over. */
typedef struct dx_slot {
    int64_t *nums;
    uint8_t *bools;
    uint8_t *state;
    int8_t *exps;
    uint16_t *codes;
    dx_val *values;
    const dx_causes **causes;
} dx_slot;
void dx_slot_init(dx_slot *slot, dx_arena *arena);

static inline dx_vector dx_vector_one(dx_val v) {
    return (dx_vector){.form = DX_FORM_ONE, .one = v};
}
/* The value of a row; a number too large for a word is made in the arena. */
dx_val dx_vector_at(const dx_vector *v, uint32_t row, dx_arena *arena);
/* Why a row is unknown; NULL when it is not. */
const dx_causes *dx_vector_cause(const dx_vector *v, uint32_t row);
/* The narrowest vector of n values, which may lie in slot->values. */
void dx_vector_pack(dx_vector *ret, dx_slot *slot, const dx_val *values, uint32_t n);
/* Makes codes of VALUES that are strings, null, or unknown for one cause; leaves all others as they
 * are, and those for which the dictionary has no room. */
void dx_vector_encode(dx_vector *v, dx_slot *slot, dx_dict *dict, uint32_t n);
/* Writes a value over a row of a vector that was made in the slot (not ONE); widens the vector to
 * VALUES when its form has no room for it. */
void dx_vector_put(dx_vector *v, dx_slot *slot, uint32_t row, dx_val value, uint32_t n,
                   dx_arena *arena);
/* 10^n, n from 0 to 18. */
int64_t dx_power_of_ten(uint32_t n);
enum { DX_POWER_MOST = 18 };

#endif
