/* See cell.h. */
#include "doc/cell.h"

enum { SHOWN_DIGITS = 15, QUOTED_BYTES = 60 };

/* --- words --- */

static bool is_one_of(dx_str text, const char *const *list) {
    for (; *list; list++)
        if (dx_str_is(text, *list))
            return true;
    return false;
}

bool dx_cell_is_none(dx_str text) {
    static const char *const none[] = {"无", "没有", "none", "None", "NONE", NULL};
    return is_one_of(text, none);
}

bool dx_cell_is_open(dx_str text) {
    static const char *const open[] = {"不清楚", "不知道", "未知", "not sure", "not known", NULL};
    return text.n == 0 || is_one_of(text, open);
}

/* The power of ten of the first digit that is not 0: 2 for 123.4, -2 for 0.0123. */
static int64_t magnitude(dx_str text) {
    int64_t power = -1, exponent = 0;
    bool point = false, counting = false, negative = false;
    size_t i = 0;
    for (; i < text.n && text.p[i] != 'e' && text.p[i] != 'E'; i++) {
        if (text.p[i] == '.')
            point = true;
        counting |= text.p[i] >= '1' && text.p[i] <= '9';
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        power += digit && !point && counting;
        power -= digit && point && !counting;
    }
    for (i++; i < text.n; i++) {
        negative |= text.p[i] == '-';
        if (text.p[i] >= '0' && text.p[i] <= '9' && exponent < 100000)
            exponent = exponent * 10 + (text.p[i] - '0');
    }
    return power + (negative ? -exponent : exponent);
}

static bool put_number(dx_arena *arena, dx_json_writer *out, dx_str text, bool stored) {
    dx_buf plain = {.arena = arena}, shown = {.arena = arena};
    dx_num num;
    for (size_t i = 0; i < text.n; i++)
        if (stored || text.p[i] != ',') /* 1,000,000.00 as people write it */
            dx_buf_char(&plain, text.p[i]);
    dx_str digits = dx_buf_str(&plain);
    if (dx_num_text_digits(digits) > DX_NUM_DIGITS || !dx_num_parse(arena, digits, &num))
        return false;
    int64_t scale = SHOWN_DIGITS - 1 - magnitude(digits);
    if (stored && dx_num_text_digits(digits) > SHOWN_DIGITS && scale > -6000 && scale < 6000) {
        dx_num_round(arena, num, (int)scale, DX_ROUND_HALF_EVEN, &num);
        num = dx_num_strip(arena, num);
    }
    dx_num_print(&shown, num);
    dx_json_raw(out, dx_buf_str(&shown));
    return true;
}

static bool put_boolean(dx_json_writer *out, const dx_sheet_cell *cell) {
    static const char *const yes[] = {"是",   "对",   "yes",  "Yes", "YES",
                                      "true", "TRUE", "True", NULL};
    static const char *const no[] = {"否",    "不是",  "no",    "No", "NO",
                                     "false", "FALSE", "False", NULL};
    bool t = cell->boolean ? dx_str_is(cell->text, "1") : is_one_of(cell->text, yes);
    if (!t && !(cell->boolean ? dx_str_is(cell->text, "0") : is_one_of(cell->text, no)))
        return false;
    dx_json_bool(out, t);
    return true;
}

/* The piece up to a separator, which may also be full-width; *text goes past it. */
static dx_str cut(dx_str *text, const char *narrow, const char *wide) {
    size_t wide_n = strlen(wide);
    for (size_t i = 0; i < text->n; i++) {
        dx_str rest = {text->p + i, text->n - i};
        bool is_wide = dx_str_starts(rest, (dx_str){wide, wide_n});
        if (!is_wide && !strchr(narrow, text->p[i]))
            continue;
        dx_str piece = {text->p, i};
        size_t skip = is_wide ? wide_n : 1;
        *text = (dx_str){rest.p + skip, rest.n - skip};
        return dx_str_trim(piece);
    }
    dx_str all = *text;
    *text = (dx_str){0};
    return dx_str_trim(all);
}

/* "1000000/90; 500000/30": the members of an element in the order of its type. */
static bool put_list(dx_arena *arena, dx_json_writer *out, dx_str text, const dx_type *element) {
    bool good = element && element->kind == DX_T_CONTEXT;
    dx_json_open(out, '[');
    while (good && text.n) {
        dx_str entry = cut(&text, ";\n", "；");
        if (!entry.n)
            continue;
        dx_json_open(out, '{');
        for (uint32_t i = 0; good && i < element->n; i++) {
            dx_str piece = cut(&entry, "/", "／");
            dx_json_key(out, element->shape->keys[i]);
            good = piece.n && put_number(arena, out, piece, false);
        }
        good = good && entry.n == 0;
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
    return good;
}

/* --- cells --- */

static dx_err put_value(dx_arena *arena, const dx_sheet_cell *cell, const dx_type *type,
                        dx_json_writer *out) {
    if (cell->error)
        return DX_E_XLSX_CELL_ERROR;
    if (dx_cell_is_none(cell->text)) {
        dx_json_null(out);
        return DX_OK;
    }
    if (type->kind == DX_T_BOOL)
        return put_boolean(out, cell) ? DX_OK : DX_E_XLSX_BOOLEAN;
    if (type->kind == DX_T_NUM) {
        bool good = !cell->boolean && put_number(arena, out, cell->text, cell->number);
        return good ? DX_OK : DX_E_XLSX_NUMBER;
    }
    if (type->kind == DX_T_LIST)
        return put_list(arena, out, cell->text, type->elem) ? DX_OK : DX_E_XLSX_LIST;
    if (type->kind == DX_T_DATE && cell->number)
        return DX_E_XLSX_DATE; /* a day number means another day in another workbook */
    dx_json_string(out, cell->text);
    return DX_OK;
}

dx_err dx_cell_json(dx_arena *arena, const dx_sheet_cell *cell, const dx_type *type, dx_str *ret) {
    dx_buf text = {.arena = arena};
    dx_json_writer out = {.out = &text};
    dx_err code = put_value(arena, cell, type, &out);
    if (code == DX_OK)
        *ret = dx_buf_str(&text);
    return code;
}

dx_str dx_cell_address(dx_arena *arena, uint32_t column, uint64_t row) {
    char letters[8];
    uint32_t n = sizeof letters;
    for (uint32_t left = column + 1; left > 0; left = (left - 1) / 26)
        letters[--n] = (char)('A' + (left - 1) % 26);
    return dx_str_fmt(arena, "%.*s%llu", (int)(sizeof letters - n), letters + n,
                      (unsigned long long)row);
}

void dx_cell_refuse(dx_diags *diags, dx_err code, dx_str address, dx_str text) {
    size_t n = text.n < QUOTED_BYTES ? text.n : QUOTED_BYTES;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    dx_diag_add(diags, code, (dx_place){.element = address}, address, (dx_str){text.p, n},
                (dx_str){0});
}
