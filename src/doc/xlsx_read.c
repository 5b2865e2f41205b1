/* See xlsx_read.h. Of all that a workbook can hold, the first sheet with the form's header row is
 * looked at and nothing else. */
#include "doc/xlsx_read.h"

#include "doc/sheet.h"
#include "doc/xlsx_write.h"

enum {
    SHEET_BYTES_MAX = 1 << 20, /* unpacked; a filled form has some 60,000 */
    HEAD_ROWS = 20,            /* the header row is among the first */
};

/* --- the form --- */

typedef struct layout {
    uint32_t value, path;
    bool found;
} layout;

static layout find_layout(const dx_sheet_row *row) {
    layout l = {UINT32_MAX, UINT32_MAX, false};
    for (uint32_t i = 0; i < row->n; i++) {
        dx_str text = row->cells[i].text;
        if (dx_str_is(text, DX_FORM_PATH_NAME))
            l.path = i;
        else if (dx_str_is(text, DX_FORM_VALUE_ZH) || dx_str_is(text, DX_FORM_VALUE_EN))
            l.value = i;
    }
    l.found = l.value != UINT32_MAX && l.path != UINT32_MAX;
    return l;
}

static dx_str text_at(const dx_sheet_row *row, uint32_t column) {
    return column < row->n ? row->cells[column].text : (dx_str){0};
}

static void take_row(dx_arena *arena, const dx_sheet_row *row, const layout *l, dx_form *form) {
    static const dx_sheet_cell empty;
    const dx_sheet_cell *cell = l->value < row->n ? &row->cells[l->value] : &empty;
    dx_form_row taken = {.path = text_at(row, l->path),
                         .cell = *cell,
                         .address = dx_cell_address(arena, l->value, row->number)};
    if (taken.path.n)
        dx_vec_push(arena, &form->rows, taken);
}

/* Reads the sheet when it is the form. */
static dx_row_got read_sheet(dx_arena *arena, dx_sheet *sheet, dx_form *ret, bool *ret_found,
                             dx_diags *diags) {
    layout l = {0};
    dx_sheet_row row, above = {0};
    dx_row_got got;
    while ((got = dx_sheet_next(sheet, arena, &row, diags)) == DX_ROW_GIVEN) {
        if (l.found) {
            take_row(arena, &row, &l, ret);
            continue;
        }
        l = find_layout(&row);
        if (l.found)
            ret->pack = text_at(&above, l.path);
        else if (row.number > HEAD_ROWS)
            return DX_ROWS_END;
        above = row;
    }
    *ret_found = l.found;
    return got;
}

bool dx_form_read(dx_arena *arena, dx_str bytes, dx_form *ret, dx_diags *diags) {
    *ret = (dx_form){0};
    dx_workbook *workbook = dx_workbook_open(arena, bytes, SHEET_BYTES_MAX, diags);
    for (uint32_t i = 0; workbook && i < dx_workbook_sheets(workbook); i++) {
        bool found = false;
        dx_sheet *sheet = dx_sheet_open(workbook, i, diags);
        if (!sheet || read_sheet(arena, sheet, ret, &found, diags) == DX_ROWS_FAILED)
            return false;
        if (found)
            return true;
    }
    if (workbook)
        dx_diag_add(diags, DX_E_XLSX_TEMPLATE, (dx_place){0}, (dx_str){0}, (dx_str){0},
                    (dx_str){0});
    return false;
}

/* --- facts --- */

typedef struct filling {
    dx_arena *arena;
    const dx_pack *pack;
    dx_diags *diags;
    dx_json_writer *out;
} filling;

static void refuse(const filling *f, const dx_form_row *row, dx_err code, dx_str what) {
    dx_cell_refuse(f->diags, code, row->address, what);
}

static dx_str pointer_of(dx_arena *arena, dx_str subject, dx_str fact) {
    dx_buf pointer = {.arena = arena};
    dx_json_put_step(&pointer, subject);
    if (fact.n)
        dx_json_put_step(&pointer, fact);
    return dx_buf_str(&pointer);
}

/* The rows of all paths, by path; faults for what is said twice or of no fact. */
static void index_rows(const filling *f, dx_form *form, dx_map *ret) {
    dx_map known = {0};
    for (uint32_t i = 0; i < f->pack->n_inputs; i++)
        dx_map_put(f->arena, &known, f->pack->inputs[i].name, i);
    for (uint32_t i = 0; i < f->pack->n_facts; i++)
        dx_map_put(f->arena, &known, f->pack->facts[i].path, i);
    for (uint32_t i = 0; i < form->rows.n; i++) {
        const dx_form_row *row = &form->rows.v[i];
        if (!row->cell.text.n)
            continue;
        if (dx_map_get(&known, row->path) == DX_MAP_NONE)
            refuse(f, row, DX_E_XLSX_PATH, row->path);
        else if (!dx_map_put(f->arena, ret, row->path, i))
            refuse(f, row, DX_E_XLSX_TWICE, row->path);
    }
}

static dx_form_row *row_of(const dx_form *form, const dx_map *rows, dx_str path) {
    uint32_t at = dx_map_get(rows, path);
    return at == DX_MAP_NONE || dx_cell_is_open(form->rows.v[at].cell.text) ? NULL
                                                                            : &form->rows.v[at];
}

static void put_value(const filling *f, const dx_form_row *row, const dx_fact *fact) {
    dx_str value;
    dx_err code = dx_cell_json(f->arena, &row->cell, fact->type, &value);
    if (code == DX_OK) {
        dx_json_key(f->out, fact->name);
        dx_json_raw(f->out, value);
    } else {
        refuse(f, row, code, row->cell.text);
    }
}

static void put_subject(const filling *f, const dx_form *form, const dx_map *rows,
                        const dx_input *input) {
    dx_form_row *whole = row_of(form, rows, input->name);
    bool none = whole && dx_cell_is_none(whole->cell.text), opened = false;
    if (none) {
        whole->pointer = pointer_of(f->arena, input->name, (dx_str){0});
        dx_json_key(f->out, input->name);
        dx_json_null(f->out);
    } else if (whole) {
        refuse(f, whole, DX_E_XLSX_SUBJECT, whole->cell.text);
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const dx_fact *fact = &f->pack->facts[input->first + i];
        dx_form_row *row = row_of(form, rows, fact->path);
        if (!row)
            continue;
        if (none) {
            refuse(f, row, DX_E_XLSX_NONE, whole->address);
            continue;
        }
        if (!opened) {
            dx_json_key(f->out, input->name);
            dx_json_open(f->out, '{');
        }
        opened = true;
        row->pointer = pointer_of(f->arena, input->name, fact->name);
        put_value(f, row, fact);
    }
    if (opened)
        dx_json_close(f->out, '}');
}

bool dx_form_facts(dx_arena *arena, const dx_pack *pack, dx_form *form, dx_str *ret,
                   dx_diags *diags) {
    dx_buf text = {.arena = arena};
    dx_json_writer out = {.out = &text};
    filling f = {arena, pack, diags, &out};
    dx_map rows = {0};
    index_rows(&f, form, &rows);
    dx_json_open(&out, '{');
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        put_subject(&f, form, &rows, &pack->inputs[i]);
    dx_json_close(&out, '}');
    *ret = dx_buf_str(&text);
    return diags->errors == 0;
}

const dx_form_row *dx_form_row_at(const dx_form *form, dx_str pointer) {
    for (uint32_t i = 0; i < form->rows.n; i++) {
        dx_str own = form->rows.v[i].pointer;
        if (own.n && dx_str_starts(pointer, own) && (pointer.n == own.n || pointer.p[own.n] == '/'))
            return &form->rows.v[i];
    }
    return NULL;
}
