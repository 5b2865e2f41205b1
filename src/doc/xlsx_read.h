/* Reads the form of xlsx_write.h back, filled in by a person with some spreadsheet program. What it
 * holds is text to be checked like any facts; this finds the cells and writes the facts as JSON. */
#ifndef DX_DOC_XLSX_READ_H
#define DX_DOC_XLSX_READ_H

#include "doc/form.h"

/* Finds the form in the bytes of an .xlsx file. Everything is limited: entries, their sizes, cells.
 * False with a diagnostic. */
bool dx_form_read(dx_arena *arena, dx_str bytes, dx_form *ret, dx_diags *diags);

#endif
