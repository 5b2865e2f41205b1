/* See blocks.h. */
#include "cli/blocks.h"

#include "batch/records.h"
#include "policy/ndjson.h"

#define WINDOW_BYTES ((size_t)1 << 20)
#define BLOCK_BYTES ((size_t)4 << 20) /* no more lines once a block has so many */

static dx_str window(const dx_blocks *b) {
    return (dx_str){b->stretch.p + b->stretch.begin, b->stretch.end - b->stretch.begin};
}

static void use(dx_blocks *b, size_t n, uint64_t lines) {
    b->stretch.begin += n;
    b->bytes += n;
    b->line += lines;
}

bool dx_blocks_open(dx_blocks *b, dx_arena *arena, dx_str path, dx_diags *diags) {
    *b = (dx_blocks){.line = 1};
    dx_csv_init(&b->cut, arena);
    return dx_stretch_open(&b->stretch, arena, path, diags);
}

char dx_blocks_peek(dx_blocks *b) {
    if (dx_stretch_fill(&b->stretch, WINDOW_BYTES) != 0)
        return 0;
    dx_str text = dx_str_trim(dx_csv_without_bom(window(b)));
    return text.n ? text.p[0] : '\0';
}

/* The bytes of whole records at the beginning of the window. */
static size_t cut(dx_blocks *b, uint32_t most, uint64_t *ret_lines) {
    dx_str text = window(b);
    bool last = b->stretch.at_end;
    *ret_lines = 0;
    if (b->csv)
        return dx_records_cut(&b->cut, text, last, most, ret_lines);
    size_t n = 0;
    for (uint32_t i = 0; i < most && n < text.n && n < BLOCK_BYTES; i++) {
        const char *newline = memchr(text.p + n, '\n', text.n - n);
        size_t line = newline ? (size_t)(newline - text.p) - n : text.n - n;
        if ((!newline && !last) || (n > 0 && line > DX_NDJSON_LINE_BYTES))
            break;
        n += line + (newline != NULL);
        ++*ret_lines;
    }
    return n;
}

/* Whole records at the beginning of the window, which is made longer until there is one. 0 at the
 * end, with *ret_why. */
static size_t find(dx_blocks *b, uint32_t most, uint64_t *ret_lines, int *ret_why) {
    size_t n = 0;
    for (size_t want = WINDOW_BYTES; n == 0; want *= 2) {
        *ret_why = dx_stretch_fill(&b->stretch, want);
        if (*ret_why != 0 || (b->stretch.at_end && window(b).n == 0))
            return 0;
        if (!b->csv && want > 2 * DX_NDJSON_LINE_BYTES)
            return 0;
        n = cut(b, most, ret_lines);
    }
    return n;
}

dx_str dx_blocks_heading(dx_blocks *b, dx_arena *arena) {
    uint64_t lines;
    int why;
    size_t n = find(b, 1, &lines, &why);
    dx_str heading = dx_str_copy(arena, (dx_str){window(b).p, n});
    use(b, n, lines);
    return heading;
}

/* Passes over bytes up to the end of the line. */
static int skip_line(dx_blocks *b) {
    for (;;) {
        dx_str text = window(b);
        const char *newline = text.n ? memchr(text.p, '\n', text.n) : NULL;
        if (newline || b->stretch.at_end) {
            use(b, newline ? (size_t)(newline - text.p) + 1 : text.n, 1);
            return 0;
        }
        use(b, text.n, 0);
        int why = dx_stretch_fill(&b->stretch, WINDOW_BYTES);
        if (why != 0)
            return why;
    }
}

void dx_blocks_skip_to(dx_blocks *b, uint64_t line) {
    while (b->line < line && dx_stretch_fill(&b->stretch, 1) == 0 && window(b).n > 0)
        if (skip_line(b) != 0)
            return;
}

/* One line that is longer than any may be, whole or so far. */
static bool is_too_long(const dx_blocks *b, size_t n, uint64_t lines) {
    dx_str line = {window(b).p, n};
    if (b->csv || lines > 1)
        return false;
    if (n == 0)
        return window(b).n > 0;
    line.n -= line.p[line.n - 1] == '\n';
    line.n -= line.n > 0 && line.p[line.n - 1] == '\r';
    return line.n > DX_NDJSON_LINE_BYTES;
}

bool dx_blocks_next(dx_blocks *b, dx_buf *ret_text, dx_block_text *ret, int *ret_why) {
    static const char margin[DX_RECORDS_MARGIN] = {0};
    uint64_t lines = 0, first = b->line;
    ret_text->n = 0;
    size_t n = find(b, DX_ROWS, &lines, ret_why);
    bool too_long = *ret_why == 0 && is_too_long(b, n, lines);
    if (n == 0 && !too_long)
        return false;
    if (too_long) {
        *ret_why = skip_line(b);
        lines = 1;
    } else {
        dx_buf_add(ret_text, (dx_str){window(b).p, n});
        use(b, n, lines);
    }
    size_t length = ret_text->n;
    dx_buf_add(ret_text, (dx_str){margin, sizeof margin});
    *ret = (dx_block_text){.text = {ret_text->p, length},
                           .line = first,
                           .lines = lines,
                           .number = b->number++,
                           .bytes = b->bytes,
                           .too_long = too_long};
    return *ret_why == 0;
}
