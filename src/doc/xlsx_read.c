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
