/* The facts of one enterprise as cells, each with the path of its fact: what a filled form is, and
 * a row of a table of many. */
#ifndef DX_DOC_FORM_H
#define DX_DOC_FORM_H

#include "doc/cell.h"

/* A cell with the path of the fact, or the name of the subject, that it is for. */
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

/* The facts of a form, as JSON and as values, both in the run's arena. False when a cell is at
 * fault: a diagnostic each, with the address of the cell as its element. */
bool dx_form_facts(const dx_pack *pack, dx_run *run, dx_form *form, dx_str *ret_json, dx_facts *ret,
                   dx_diags *diags);

#endif
