/* Reads the form of xlsx_write.h back, filled in by a person with some spreadsheet program. What it
 * holds is text to be checked like any facts; this finds the cells and writes the facts as JSON. */
#ifndef DX_DOC_XLSX_READ_H
#define DX_DOC_XLSX_READ_H

#include "doc/cell.h"

/* A cell of the column of values, with the path that stands in its row. */
typedef struct dx_form_row {
    dx_str path;
    dx_sheet_cell cell;
    dx_str address; /* "D12" */
    dx_str pointer; /* where its value is in the facts; empty: it is not there */
} dx_form_row;

typedef struct dx_form {
    dx_str pack; /* id of the pack that the form is for */
    DX_VEC(dx_form_row) rows;
} dx_form;

/* Finds the form in the bytes of an .xlsx file. Everything is limited: entries, their sizes, cells.
 * False with a diagnostic. */
bool dx_form_read(dx_arena *arena, dx_str bytes, dx_form *ret, dx_diags *diags);

/* The facts of a form as JSON. False when a cell is at fault: a diagnostic each, with the address
 * of the cell as its element. */
bool dx_form_facts(dx_arena *arena, const dx_pack *pack, dx_form *form, dx_str *ret,
                   dx_diags *diags);
/* The row that a JSON pointer into the facts leads to, or NULL. */
const dx_form_row *dx_form_row_at(const dx_form *form, dx_str pointer);

#endif
