/* Totals of a survey: how many enterprises, how many verdicts of each kind and how much money, by
 * item, and the same for every group of enterprises that agree in some columns. Money is exact.
 * Each thread adds up its own; they are put together in the end. */
#ifndef DX_BATCH_TOTALS_H
#define DX_BATCH_TOTALS_H

#include "batch/intake.h"

/* Verdicts on one item, or, for an enterprise as a whole, what is best among them. */
typedef struct dx_tally {
    uint64_t status[DX_NOT_IN_FORCE + 1]; /* by dx_status */
    uint64_t paid;                        /* with an amount; of an enterprise: a total over 0 */
    int64_t fen;
    dx_num rest; /* yuan beside fen: amounts that are no whole fen, or too large */
} dx_tally;

/* Groups by some fields. */
typedef struct dx_grouping {
    dx_str name; /* as it was asked for */
    uint32_t *fields;
    uint32_t n_fields;
    dx_map map;           /* the values, with a unit separator between them -> group */
    DX_VEC(dx_str) names; /* the same with " / " between them */
    DX_VEC(dx_tally *) tallies;
    uint16_t of_code[DX_ROWS]; /* group + 1 of each code, where there is one field */
    const dx_dict *dict;       /* that the codes are of */
} dx_grouping;
/* Groups of a grouping; what comes up after so many is counted as one more, "*". */
enum { DX_GROUPS_MAX = 4096 };

typedef struct dx_totals {
    dx_arena *arena;
    const dx_survey *survey;
    dx_tally *all; /* by item, and then the enterprise as a whole */
    dx_grouping *groupings;
    uint32_t n_groupings;
    uint64_t faults; /* rows that could not be assessed */
} dx_totals;

/* Totals in `arena`, on which a trap must be set whenever something is added. Each `by` names
 * columns (dx_layout_field), with commas between them; the layout keeps these. NULL with a
 * diagnostic when there is no such column. */
dx_totals *dx_totals_new(dx_arena *arena, dx_layout *layout, const dx_str *by, uint32_t n_by,
                         dx_diags *diags);
/* Empty totals of the same kind. */
dx_totals *dx_totals_alike(dx_arena *arena, const dx_totals *totals);
/* Adds a block that was read and surveyed; rows with a fault are counted as such. */
void dx_totals_add(dx_totals *totals, dx_survey_run *run, const dx_intake *intake);
/* Adds other totals of the same kind. */
void dx_totals_merge(dx_totals *totals, const dx_totals *other);
/* Money of a tally in yuan. */
dx_num dx_tally_amount(dx_arena *arena, const dx_tally *tally);
/* All of them as CSV, a line each: by what, which group, which item (empty: enterprises as a whole,
 * or all items of a department), and the counts. */
void dx_totals_csv(const dx_totals *totals, dx_lang lang, dx_buf *out);

#endif
