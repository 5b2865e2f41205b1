/* A policy pack over columns: the verdicts of dx_assess (policy/policy.h) for a block of
 * enterprises at once, equal to it in everything. The facts are columns, one a fact of the pack;
 * which day and which readings hold is the same for all rows. */
#ifndef DX_BATCH_SURVEY_H
#define DX_BATCH_SURVEY_H

#include "batch/run.h"
#include "policy/policy.h"

/* A pack made ready for a day and readings. Immutable; shared by threads. The fields of a block are
 * the facts of the pack in its order and then, for each of its inputs (subjects), whether there is
 * one at all: a boolean, true unless the whole subject is known not to exist. */
typedef struct dx_survey {
    const dx_pack *pack;
    dx_options options;
    dx_batch *batch;
    bool in_force;
    uint32_t n_fields;
    uint32_t *conditions; /* outputs, item by item; DX_NONE: does not apply under these readings */
    uint32_t *first;      /* of an item, in `conditions` */
    uint32_t *amounts, *kinds; /* outputs, by item, or DX_NONE */
} dx_survey;

/* A trap must be set on the arena, in which the survey lives. The pack must outlive it. */
dx_survey *dx_survey_new(dx_arena *arena, const dx_pack *pack, const dx_options *options);
/* The column of a fact when nothing is known of it, and of a subject that there is. */
dx_vector dx_survey_absent(const dx_survey *survey, uint32_t field);

/* The verdicts on one item. */
typedef struct dx_item_rows {
    uint8_t status[DX_ROWS]; /* dx_status */
    uint8_t paid[DX_ROWS];   /* 1: eligible, with an amount */
    uint32_t n_eligible, n_undetermined, n_paid;
    const dx_vector *amount; /* or NULL: the item has none */
    int64_t fen[DX_ROWS];    /* the amount where paid, else 0; unless wide */
    int64_t sum;             /* of fen */
    bool wide;               /* amounts are no whole numbers of fen below 2^53 */
    const dx_vector *kind;   /* of the amount, a string; or NULL: the item's own */
} dx_item_rows;

typedef struct dx_survey_run {
    const dx_survey *survey;
    dx_batch_run *run;
    dx_item_rows *items;       /* by item of the pack: of the last block */
    int64_t *total;            /* fen, by row, over eligible items that count; unless wide */
    const dx_causes **missing; /* of dx_survey_missing, which needs the two below */
    const dx_vector **vectors;
    struct dx_open_outputs *open;
    bool wide; /* the total of some row is to be taken by dx_survey_total */
} dx_survey_run;

/* One a thread. Blocks are computed in `arena`, on which a trap must be set; `kept` must live as
 * long as the run. */
dx_survey_run *dx_survey_run_new(const dx_survey *survey, dx_arena *arena, dx_arena *kept);
void dx_survey_run_free(dx_survey_run *run);
/* Assesses a block of 1 to DX_ROWS rows. What it leaves is valid until the next. */
void dx_survey_block(dx_survey_run *run, const dx_vector *fields, uint32_t n);
/* The verdict on an item in one row, with the missing facts, as dx_assess gives it. */
dx_verdict dx_survey_verdict(dx_survey_run *run, uint32_t item, uint32_t row);
/* The missing facts of an item a row, for rows that are undetermined; NULL when there is none.
 * Valid until it is called again, or for the next block. */
const dx_causes *const *dx_survey_missing(dx_survey_run *run, uint32_t item);
/* Condition `number` of an item in one row. */
dx_truth dx_survey_condition(const dx_survey_run *run, uint32_t item, uint32_t number,
                             uint32_t row);
dx_num dx_survey_total(dx_survey_run *run, uint32_t row);

#endif
