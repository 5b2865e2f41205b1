/* Columns of a block, filled row by row from text or from values: what a reader of CSV or of facts
 * gives to a survey (survey.h), to any program over columns (run.h), and what a table of totals
 * groups by. Each field keeps to its type, and comes out as the narrowest exact vector (vector.h):
 * numbers as int64 at the scale of the block, each with its own exponent; truth as bytes; strings
 * as codes of a dictionary that lasts for the whole stream; all else as values.
 *
 *     dx_columns_begin(c);
 *     for (row ...)                                 rows in order, up to DX_ROWS
 *         dx_columns_text(c, field, row, text)      or dx_columns_put; what is not said is absent
 *     const dx_vector *fields = dx_columns_end(c, n, bad);
 *
 * A value is checked against the item definition of its field (allowed values, constraints) as
 * dx_facts_read does, at little cost: a string once for each code, numbers by their bounds in the
 * block where these say enough, and one by one where they do not. */
#ifndef DX_BATCH_COLUMNS_H
#define DX_BATCH_COLUMNS_H

#include "batch/vector.h"
#include "feel/run.h"

typedef struct dx_field {
    dx_str name;
    const dx_type *type;
    dx_val
        absent;  /* null or unknown (true, for the presence of a subject): where nothing is said */
    bool unread; /* no rule reads it: its values are checked and not kept */
} dx_field;

/* The way a column is kept. */
typedef enum dx_keep { DX_KEEP_NUMS, DX_KEEP_BOOLS, DX_KEEP_CODES, DX_KEEP_VALUES } dx_keep;

/* What all numbers of a block have to keep to, to be known as allowed without a closer look. */
typedef struct dx_limits {
    int64_t low, high;
    uint8_t decimals;
    bool enough; /* numbers within are allowed; else each has to be looked at */
} dx_limits;

/* One string met lately, found by its length and ends. */
typedef struct dx_recent {
    uint64_t first, last;
    uint32_t n;
    uint16_t code; /* 0: nothing here */
} dx_recent;
enum { DX_RECENT_BITS = 6 };

typedef struct dx_cells {
    dx_field field;
    dx_keep keep;
    bool touched;   /* something is said in this block: the arrays are laid out */
    bool odd;       /* NUMS: some row is in slot.values, DX_STATE_ODD in slot.state */
    uint32_t known; /* rows that are neither null nor unknown */
    dx_slot slot;
    dx_limits limits;
    dx_dict *dict;
    dx_recent *recent;
} dx_cells;
enum { DX_STATE_ODD = 4 };

typedef struct dx_columns {
    dx_arena *arena; /* of the block: what outlives the call that makes it; reset by _begin */
    dx_run *run;     /* asks whether a value is allowed; its arena is `arena` */
    dx_cells *v;
    dx_vector *vectors;
    uint32_t n;
} dx_columns;

/* Columns for some fields, in `kept`. `run` is of the program that the types belong to; a trap must
 * be set on its arena, which becomes that of the block, whenever columns are filled. */
dx_columns *dx_columns_new(dx_arena *kept, dx_run *run, const dx_field *fields, uint32_t n);
/* Starts a block; vectors and values of the one before are gone. */
void dx_columns_begin(dx_columns *columns);
/* What a text says in a field: nothing where it is empty, null where it is the word null, else a
 * value of the field's type (of a field of type Any, no text is plain). False when that is not
 * plain to see (it may still be a value, or be wrong) or the value is known not to be allowed;
 * nothing is said of the row then. The text must live as long as the block. */
bool dx_columns_text(dx_columns *columns, uint32_t field, uint32_t row, dx_str text);
/* A value that conforms to the type of the field and is allowed; it must live as long as the block.
 */
void dx_columns_put(dx_columns *columns, uint32_t field, uint32_t row, dx_val value);
/* Takes back what was said in a row. */
void dx_columns_forget(dx_columns *columns, uint32_t row);
/* The vectors of a block of 1 to DX_ROWS rows, valid until the next begins. bad[row] becomes
 * true where a number came in by text and turns out not to be allowed. */
const dx_vector *dx_columns_end(dx_columns *columns, uint32_t n, bool *bad);
/* `n` rows of vectors from row `from` on, as vectors of their own. */
void dx_columns_slice(dx_vector *ret, const dx_vector *vectors, uint32_t n_vectors, uint32_t from);

/* --- among the readers ------------------------------------------------------------------------ */

/* What the numbers of a type may be, as far as its tests are plain. */
dx_limits dx_limits_of(const dx_type *type);
/* Lays out the arrays of a block, all rows absent. */
void dx_cells_touch(dx_cells *c);
/* The code of a string, DX_CODE_NULL where it is not allowed or no UTF-8; DX_MAP_NONE: the
 * dictionary is full, and the column, now laid out, keeps values from here on. */
uint32_t dx_cells_code(dx_columns *columns, dx_cells *c, dx_str s);

static inline uint64_t dx_load8(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* A whole number without a sign, up to 16 digits, at *p; steps over it and returns how many digits
 * it has, 0 or more than 16 when it is no such number. Eight bytes more than it has are read. */
static inline uint32_t dx_scan_digits(const char **p, uint64_t *ret) {
    uint32_t digits = 0, some;
    uint64_t number = 0;
    do {
        uint64_t x = dx_load8(*p) ^ UINT64_C(0x3030303030303030);
        uint64_t other = ((x + UINT64_C(0x7676767676767676)) | x) & UINT64_C(0x8080808080808080);
        some = other ? (uint32_t)__builtin_ctzll(other) / 8 : 8;
        if (some == 0)
            break;
        x <<= 64 - 8 * some; /* as if zeros stood before it */
        x = x * 10 + (x >> 8);
        x = (((x & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064)) +
             (((x >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001))) >>
            32;
        static const uint32_t powers[] = {1,      10,      100,      1000,     10000,
                                          100000, 1000000, 10000000, 100000000};
        number = number * powers[some] + x;
        digits += some;
        *p += some;
    } while (some == 8 && digits <= 16);
    *ret = number;
    return digits;
}

/* A number at *p, with up to 16 digits and perhaps a sign and a point, into a row; false when it is
 * none. *p is behind it then. */
static inline bool dx_cells_number(dx_cells *c, uint32_t row, const char **p) {
    bool negative = **p == '-';
    uint64_t number, decimals = 0;
    *p += negative;
    uint32_t whole = dx_scan_digits(p, &number), fraction = 0;
    if (**p == '.') {
        ++*p;
        fraction = dx_scan_digits(p, &decimals);
        if (fraction == 0 || whole + fraction > 16)
            return false;
        number = number * (uint64_t)dx_power_of_ten(fraction) + decimals;
    }
    if (whole == 0 || whole > 16)
        return false;
    if (!c->touched)
        dx_cells_touch(c);
    c->slot.nums[row] = negative ? -(int64_t)number : (int64_t)number;
    c->slot.exps[row] = (int8_t) - (int)fraction;
    c->slot.state[row] = DX_STATE_KNOWN;
    c->known++;
    return true;
}

/* true or false at *p, in small letters or capitals, into a row; false when it is neither. *p is
 * behind it then. Eight bytes are read. */
static inline bool dx_cells_truth(dx_cells *c, uint32_t row, const char **p) {
    uint64_t word = dx_load8(*p) | UINT64_C(0x2020202020);
    bool yes = (uint32_t)word == 0x65757274u;
    bool no = (word & UINT64_C(0xFFFFFFFFFF)) == UINT64_C(0x65736c6166);
    if (!(yes | no))
        return false;
    if (!c->touched)
        dx_cells_touch(c);
    c->slot.bools[row] = yes;
    c->known++;
    *p += 5 - yes;
    return true;
}

/* A string into a row; false where it is not allowed. */
static inline bool dx_cells_string(dx_columns *columns, dx_cells *c, uint32_t row, dx_str s) {
    uint64_t first, last;
    if (s.n >= 8) {
        first = dx_load8(s.p);
        last = dx_load8(s.p + s.n - 8);
    } else {
        first = last = 0;
        for (size_t i = 0; i < s.n; i++)
            first = first << 8 | (uint8_t)s.p[i];
    }
    uint64_t mixed =
        (first ^ (last * UINT64_C(0x9e3779b97f4a7c15)) ^ s.n) * UINT64_C(0xd6e8feb86659fd93);
    dx_recent *recent = &c->recent[mixed >> (64 - DX_RECENT_BITS)];
    uint32_t code = recent->code;
    if (recent->first != first || recent->last != last || recent->n != s.n || !code ||
        (s.n > 16 && memcmp(c->dict->strings.v[code].p, s.p, s.n) != 0)) {
        code = dx_cells_code(columns, c, s);
        if (code == DX_CODE_NULL)
            return false;
        if (code == DX_MAP_NONE) {
            c->slot.values[row] = dx_val_str(s);
            c->known++;
            return true;
        }
        *recent = (dx_recent){first, last, (uint32_t)s.n, (uint16_t)code};
    }
    if (!c->touched)
        dx_cells_touch(c);
    c->slot.codes[row] = (uint16_t)code;
    c->known++;
    return true;
}

#endif
