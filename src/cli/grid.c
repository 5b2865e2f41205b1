/* See grid.h. */
#include "cli/grid.h"

#include "base/utf8.h"

void dx_put_plain(dx_buf *out, dx_str text) {
    uint32_t cp;
    for (size_t at = 0, n; (n = dx_utf8_decode(text, at, &cp)) != 0; at += n)
        dx_buf_utf8(out, cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? ' ' : cp);
}

void dx_put_tone(dx_buf *out, dx_str text, dx_tone tone, bool colour) {
    static const char *const codes[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[1m"};
    bool coloured = colour && tone != DX_TONE_PLAIN;
    if (coloured)
        dx_buf_addz(out, codes[tone]);
    dx_buf_add(out, text);
    if (coloured)
        dx_buf_addz(out, "\033[0m");
}

void dx_grid_add(dx_grid *grid, dx_str text, dx_tone tone) {
    dx_buf plain = {.arena = grid->arena};
    dx_put_plain(&plain, text);
    dx_grid_cell cell = {dx_buf_str(&plain), tone};
    dx_vec_push(grid->arena, &grid->cells, cell);
}

static size_t width_of_column(const dx_grid *grid, uint32_t column) {
    size_t width = 0;
    for (uint32_t i = column; i < grid->cells.n; i += grid->columns) {
        size_t has = dx_utf8_width(grid->cells.v[i].text);
        width = has > width ? has : width;
    }
    return width;
}

/* The last column of a row that has text. */
static uint32_t last_filled(const dx_grid *grid, uint32_t row) {
    uint32_t last = 0;
    for (uint32_t c = 0; c < grid->columns; c++)
        if (grid->cells.v[row + c].text.n)
            last = c;
    return last;
}

void dx_grid_print(const dx_grid *grid, dx_buf *out, bool colour) {
    size_t *widths = DX_NEW_ARRAY(grid->arena, size_t, grid->columns);
    for (uint32_t c = 0; c < grid->columns; c++)
        widths[c] = width_of_column(grid, c);
    for (uint32_t row = 0; row + grid->columns <= grid->cells.n; row += grid->columns) {
        uint32_t last = last_filled(grid, row);
        dx_buf_fmt(out, "%*s", (int)grid->indent, "");
        for (uint32_t c = 0; c <= last; c++) {
            const dx_grid_cell *cell = &grid->cells.v[row + c];
            bool right = grid->right >> c & 1;
            int pad = (int)(widths[c] - dx_utf8_width(cell->text));
            dx_buf_addz(out, c ? "  " : "");
            dx_buf_fmt(out, "%*s", right ? pad : 0, "");
            dx_put_tone(out, cell->text, cell->tone, colour);
            dx_buf_fmt(out, "%*s", right || c == last ? 0 : pad, "");
        }
        dx_buf_char(out, '\n');
    }
}

dx_str dx_amount_text(dx_arena *arena, dx_num amount) {
    dx_buf plain = {.arena = arena}, text = {.arena = arena};
    dx_num_print_fixed(&plain, amount, 2);
    size_t whole = plain.n - 3; /* before the point */
    for (size_t i = 0; i < plain.n; i++) {
        bool after_digit = i > 0 && plain.p[i - 1] != '-';
        if (after_digit && i < whole && (whole - i) % 3 == 0)
            dx_buf_char(&text, ',');
        dx_buf_char(&text, plain.p[i]);
    }
    return dx_buf_str(&text);
}
