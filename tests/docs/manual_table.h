/* Decision tables as the manual shows them, made into models. */
#ifndef TESTS_DOCS_MANUAL_TABLE_H
#define TESTS_DOCS_MANUAL_TABLE_H

#include "dmn/dmn.h"

/* The model of a table in a ```table block: a line of hit policy (as DMN abbreviates it: U, A, P,
 * F, R, O, C, C+, C#, C<, C>), input columns and, each after an arrow, output columns; then a line
 * a rule, of number and cells. A line that begins with "values" gives the allowed values of each
 * column, one that begins with "default" the default outputs; empty cells are left out. Cells are
 * parted by '|'. NULL when it is not understood or the model has faults, which are in `diags`. */
dx_dmn *manual_table(dx_arena *arena, dx_str text, dx_diags *diags);

#endif
