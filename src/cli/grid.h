/* Text for a terminal: columns that line up with Chinese in them, colour that only supports what
 * words and signs say, and nothing from outside that could drive the terminal. */
#ifndef DX_CLI_GRID_H
#define DX_CLI_GRID_H

#include "base/num.h"

typedef enum dx_tone {
    DX_TONE_PLAIN,
    DX_TONE_GOOD,
    DX_TONE_BAD,
    DX_TONE_OPEN,
    DX_TONE_HEAD
} dx_tone;

typedef struct dx_grid_cell {
    dx_str text;
    dx_tone tone;
} dx_grid_cell;

/* A table under construction; cells come row by row. Zero-initialise but for the first two. */
typedef struct dx_grid {
    dx_arena *arena;
    uint32_t columns;
    uint32_t right;  /* bit set: columns aligned to the right */
    uint32_t indent; /* spaces before each row */
    DX_VEC(dx_grid_cell) cells;
} dx_grid;

void dx_grid_add(dx_grid *grid, dx_str text, dx_tone tone);
/* Prints the rows, two spaces between columns and none at the end of a line. */
void dx_grid_print(const dx_grid *grid, dx_buf *out, bool colour);

/* Adds text from outside: a control character becomes a space. */
void dx_put_plain(dx_buf *out, dx_str text);
/* Adds text in a tone. */
void dx_put_tone(dx_buf *out, dx_str text, dx_tone tone, bool colour);
/* An amount with two decimals and commas at the thousands. */
dx_str dx_amount_text(dx_arena *arena, dx_num amount);

#endif
