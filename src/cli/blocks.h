/* A stream of enterprises cut into blocks: up to DX_ROWS whole records of CSV, or lines, with the
 * number of the first line. Blocks are what threads work on; the stream is read by one of them at a
 * time. */
#ifndef DX_CLI_BLOCKS_H
#define DX_CLI_BLOCKS_H

#include "base/csv.h"
#include "base/file.h"

typedef struct dx_blocks {
    dx_stretch stretch;
    dx_csv cut;
    bool csv;
    uint64_t line;   /* that comes next */
    uint64_t bytes;  /* given so far */
    uint64_t number; /* of blocks given */
} dx_blocks;

typedef struct dx_block_text {
    dx_str text; /* with a margin as dx_records_read asks for it */
    uint64_t line, lines, number;
    uint64_t bytes; /* of the stream, this block included */
    bool too_long;  /* one line that is longer than any may be, left out */
} dx_block_text;

/* Opens a file; where its form is not known it is guessed from the first byte. */
bool dx_blocks_open(dx_blocks *blocks, dx_arena *arena, dx_str path, dx_diags *diags);
/* The first byte that is no white space and no byte order mark; 0: there is none. */
char dx_blocks_peek(dx_blocks *blocks);
/* The first record of CSV, a copy in the arena; empty where there is none. */
dx_str dx_blocks_heading(dx_blocks *blocks, dx_arena *arena);
/* Goes to a line. */
void dx_blocks_skip_to(dx_blocks *blocks, uint64_t line);
/* The next block, its text copied into *ret_text (emptied first). False at the end: with *ret_why
 * the errno of what went wrong, or 0. */
bool dx_blocks_next(dx_blocks *blocks, dx_buf *ret_text, dx_block_text *ret, int *ret_why);

#endif
