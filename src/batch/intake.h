/* The facts of many enterprises, as text, into the columns of a survey (survey.h): CSV with an
 * enterprise a record, or facts objects a line (NDJSON), a block of up to DX_ROWS at a time. What
 * is accepted and what is refused is what dx_facts_read (policy/policy.h) accepts and refuses, with
 * the line and column of the fault.
 *
 * In CSV the first record names a fact a column by its path (企业.名称), or a subject (技改项目).
 * An empty cell is not known, null is known not to exist, in the column of a subject all of it. A
 * heading that begins with # is no fact; such columns, and facts that are free text, are the keys
 * of a row, which results repeat. */
#ifndef DX_BATCH_INTAKE_H
#define DX_BATCH_INTAKE_H

#include "batch/records.h"
#include "batch/survey.h"

/* What stands in a file. Not changed once intakes are made; shared by threads. */
typedef struct dx_layout {
    const dx_survey *survey;
    dx_field *fields; /* those of the survey, then columns that are no facts */
    uint32_t n_fields;
    dx_str *headings;  /* by column of the file; none of NDJSON */
    uint32_t *columns; /* the field of each */
    uint32_t n_columns;
    uint32_t *keys; /* columns that are keys */
    uint32_t n_keys;
} dx_layout;

/* The layout of NDJSON. */
dx_layout *dx_layout_of_lines(dx_arena *arena, const dx_survey *survey);
/* The layout of CSV, by its first record. NULL with diagnostics where the headings are at fault. */
dx_layout *dx_layout_of_csv(dx_arena *arena, const dx_survey *survey, dx_str record, dx_str file,
                            dx_diags *diags);
/* The field that a name stands for (the path of a fact, or a heading that begins with #, named with
 * or without it), which will be kept for totals even if no rule reads it; DX_NONE: there is none.
 */
uint32_t dx_layout_field(dx_layout *layout, dx_str name);

/* Reads block after block. One a thread. */
typedef struct dx_intake {
    const dx_layout *layout;
    dx_run *run; /* of the pack's program; its arena holds what belongs to the block */
    dx_columns *columns;
    dx_records *records; /* its rows, n and faults are those of the block, of NDJSON too */
} dx_intake;

/* An intake in `kept`; blocks lie in `arena`, on which a trap must be set whenever one is read. */
dx_intake *dx_intake_new(dx_arena *kept, dx_arena *arena, const dx_layout *layout);
void dx_intake_free(dx_intake *intake);
/* Reads a text of up to DX_ROWS whole records (dx_records_cut) or lines, of which the first is line
 * `line`; bytes as DX_RECORDS_MARGIN asks must be behind it. The fields of the survey, valid until
 * the next block; there may be no row at all. */
const dx_vector *dx_intake_block(dx_intake *intake, dx_str text, uint64_t line);
/* The facts of a row of the block just read, as values in the arena of the block. */
dx_facts dx_intake_facts(dx_intake *intake, uint32_t row);

#endif
