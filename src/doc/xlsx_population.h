/* Spreadsheets of many enterprises: the template that population.h reads when it is filled in, and
 * what each of them can have, with totals. */
#ifndef DX_DOC_XLSX_POPULATION_H
#define DX_DOC_XLSX_POPULATION_H

#include "doc/doc.h"

/* The template: a sheet with a heading row of labels and one of paths, lists of choices below, and
 * a sheet that says what each column expects. The same pack gives the same bytes. */
bool dx_xlsx_population_form(const dx_pack *pack, dx_lang lang, dx_arena *arena, dx_str *ret,
                             dx_diags *diags);

enum { DX_STATUSES = DX_NOT_IN_FORCE + 1, DX_AMOUNT_KINDS = DX_AMOUNT_EXTERNAL + 1 };

/* What an item gives to all enterprises together. */
typedef struct dx_tally {
    uint32_t by_status[DX_STATUSES];
    dx_num by_kind[DX_AMOUNT_KINDS]; /* yuan, of those who are eligible */
} dx_tally;

/* One enterprise. */
typedef struct dx_population_result {
    uint64_t row; /* in the file that was sent */
    dx_str code, name;
    const dx_verdict *verdicts; /* without what is missing */
    const dx_causes *missing;   /* of all items together, or NULL */
    dx_num total;
} dx_population_result;

typedef struct dx_population_sheet dx_population_sheet;

/* Begins the results with the totals; `doc` has no facts and no assessment. `tallies` in the order
 * of the items; `total` over all enterprises. `folder` is for what is not held in memory. Results
 * are then added in order. NULL when the system fails. */
dx_population_sheet *dx_xlsx_results_begin(const dx_doc *doc, const dx_tally *tallies,
                                           uint32_t enterprises, dx_num total, const char *folder);
void dx_xlsx_results_add(dx_population_sheet *sheet, const dx_population_result *result);
/* `sheet` may be NULL. False with a diagnostic when the system fails. */
bool dx_xlsx_results_end(dx_population_sheet *sheet, dx_str *ret, dx_diags *diags);

/* The fact that identifies an enterprise: the first text of the first subject; NULL: it has none.
 */
const dx_fact *dx_population_code(const dx_pack *pack);

#endif
