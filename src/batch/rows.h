/* A population as blocks of columns, whatever it comes from: drawn (population.h) or read. Several
 * threads take blocks from one population, each through a reader of its own. */
#ifndef DX_BATCH_ROWS_H
#define DX_BATCH_ROWS_H

#include "batch/vector.h"

typedef struct dx_rows {
    uint64_t n; /* how many there are; 0: not known before the end */
    void *self;
    /* A reader, in `kept`, on which a trap is set now and whenever the others are called. */
    void *(*open)(void *self, dx_arena *kept);
    /* The next block that nobody else has: its columns (as survey.h numbers them), valid until the
     * next call, and the number of its first row, counted from 0. Its length; 0: there are no more.
     */
    uint32_t (*next)(void *reader, dx_vector *fields, uint64_t *ret_first);
    /* What a person calls a row of the block. */
    dx_str (*key)(void *reader, dx_arena *arena, uint32_t row);
} dx_rows;

#endif
