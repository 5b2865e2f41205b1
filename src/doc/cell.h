/* What a person writes in a cell of a spreadsheet or a field of a CSV file, taken as the value of a
 * fact: 是, yes, 无, 1,000.00. What cannot be taken is refused; nothing is guessed. */
#ifndef DX_DOC_CELL_H
#define DX_DOC_CELL_H

#include "policy/policy.h"

typedef struct dx_sheet_cell {
    dx_str text;
    bool number;  /* held as a number: the digits as stored */
    bool boolean; /* "1" or "0" */
    bool error;   /* #DIV/0! and the like */
} dx_sheet_cell;

/* Whether it leaves a fact open: nothing, 不清楚, not known. */
bool dx_cell_is_open(dx_str text);
/* Whether it says that there is none of it: 无, none. */
bool dx_cell_is_none(dx_str text);

/* The cell as a JSON value of a type, for dx_facts_read to check further. Numbers keep their
 * decimal digits; one that the program stored with more than 15, as binary numbers are, is taken as
 * the 15 that it shows. DX_OK, or the error that says what is expected: of the cell's address and
 * what it holds. */
dx_err dx_cell_json(dx_arena *arena, const dx_sheet_cell *cell, const dx_type *type, dx_str *ret);

/* The address of a cell, "D12": column from 0, row from 1. */
dx_str dx_cell_address(dx_arena *arena, uint32_t column, uint64_t row);
/* Adds `code` with the address and the beginning of what the cell holds. */
void dx_cell_refuse(dx_diags *diags, dx_err code, dx_str address, dx_str text);

#endif
