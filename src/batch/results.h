/* The results of a block as text, row by row: lines of JSON, to the byte those of `batch --brief`
 * (dx_assessment_json), or records of CSV with the keys of the row, status, amount and missing
 * facts of every item, the total, and what is wrong with a row that could not be assessed. */
#ifndef DX_BATCH_RESULTS_H
#define DX_BATCH_RESULTS_H

#include "batch/intake.h"

/* What is written again and again, made once. One a thread. */
typedef struct dx_results {
    const dx_layout *layout;
    dx_lang lang; /* of faults */
    bool csv;
    dx_str *items;             /* of JSON: what stands before the status of each */
    dx_str *paths;             /* of the facts, in the order of their paths, as they are written */
    uint32_t *ranks;           /* of each fact in that order */
    const dx_causes **missing; /* by item, then by row */
} dx_results;

dx_results *dx_results_new(dx_arena *arena, const dx_layout *layout, bool csv, dx_lang lang);
/* The headings of CSV. */
void dx_results_headings(const dx_results *results, dx_buf *out);
/* All rows of a block that was read and surveyed last; false when one has a fault. */
bool dx_results_block(dx_results *results, const dx_intake *intake, dx_survey_run *run,
                      dx_buf *out);
/* One row of a block that was read, which has a fault, or got into one (`code`) later on. */
void dx_results_fault(const dx_results *results, const dx_intake *intake, uint32_t row, dx_err code,
                      dx_buf *out);

#endif
