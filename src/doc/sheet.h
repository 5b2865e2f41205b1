/* Workbooks (.xlsx) read row by row: a zip of XML, unpacked and parsed in pieces, so that memory
 * grows with the widest row and with the texts that rows share, not with the sheet. Everything has
 * a limit: entries, unpacked bytes, shared texts, columns, depth. */
#ifndef DX_DOC_SHEET_H
#define DX_DOC_SHEET_H

#include "doc/cell.h"

enum {
    DX_SHEETS_MAX = 10,   /* further ones are not looked at */
    DX_COLUMNS_MAX = 400, /* further to the right nothing is looked at */
};

typedef struct dx_workbook dx_workbook;
typedef struct dx_sheet dx_sheet;

/* A row: its cells from column A on, empty ones among them. */
typedef struct dx_sheet_row {
    uint32_t number; /* from 1 */
    dx_sheet_cell *cells;
    uint32_t n;
} dx_sheet_row;

typedef enum dx_row_got { DX_ROW_GIVEN, DX_ROWS_END, DX_ROWS_FAILED } dx_row_got;

/* Opens a workbook in memory, which must stay there; NULL with a diagnostic. It goes with the
 * arena. No sheet may unpack to more than `sheet_bytes`. */
dx_workbook *dx_workbook_open(dx_arena *arena, dx_str bytes, uint64_t sheet_bytes, dx_diags *diags);
/* The number of sheets, and their names in the order of their tabs. */
uint32_t dx_workbook_sheets(const dx_workbook *workbook);
dx_str dx_workbook_sheet_name(const dx_workbook *workbook, uint32_t number);
/* Goes to the beginning of a sheet; NULL with a diagnostic. The sheet goes with the arena. */
dx_sheet *dx_sheet_open(dx_workbook *workbook, uint32_t number, dx_diags *diags);
/* The next row that has cells, in the row's arena. A failure comes with a diagnostic. */
dx_row_got dx_sheet_next(dx_sheet *sheet, dx_arena *arena, dx_sheet_row *ret, dx_diags *diags);

#endif
