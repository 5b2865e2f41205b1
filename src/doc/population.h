/* Many enterprises in one file: a spreadsheet or a CSV file with an enterprise a row and a fact a
 * column, or facts objects a line (NDJSON). The heading row names facts by their paths (企业.名称)
 * or labels; the name of a subject heads a column in which 无 says that there is none of it. An
 * empty cell is not known. Every fault is told with its cell or line. */
#ifndef DX_DOC_POPULATION_H
#define DX_DOC_POPULATION_H

#include "policy/policy.h"

enum { DX_POPULATION_MAX = 20000 }; /* enterprises in a file */

typedef enum dx_population_kind {
    DX_POPULATION_XLSX,
    DX_POPULATION_CSV,
    DX_POPULATION_NDJSON
} dx_population_kind;

typedef struct dx_population dx_population;

typedef enum dx_population_got {
    DX_POPULATION_GIVEN,
    DX_POPULATION_BAD, /* the row has faults; the next can be read */
    DX_POPULATION_END,
    DX_POPULATION_FAILED /* nothing more can be read */
} dx_population_got;

/* Begins to read a file in memory, which must stay there; NULL with diagnostics. What is made hangs
 * on the arena. The place of a diagnostic: `file` is the name of the sheet, `line` the row or line,
 * `column` the column (or character of the line), `element` the address of the cell or a JSON
 * pointer; each empty or 0 where there is none. */
dx_population *dx_population_open(dx_arena *arena, const dx_pack *pack, dx_population_kind kind,
                                  dx_str bytes, dx_diags *diags);
/* The facts of the next enterprise, in the run's arena, which is reset for each. Rows in which
 * nothing is filled in are passed over. Diagnostics (into a list of no others, in an arena of its
 * own) for all that is not GIVEN or END. The arenas lead to one trap. */
dx_population_got dx_population_next(dx_population *population, dx_run *run, dx_facts *ret,
                                     dx_diags *diags);
/* The row or line that was read last, from 1. */
uint64_t dx_population_row(const dx_population *population);

#endif
