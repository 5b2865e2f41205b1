/* Where the bytes of a text stood in its document; see text.h. Lines and columns are counted only
 * when somebody asks, which is when there is a fault to show. */
#include "dmn/text.h"

#include "base/utf8.h"

void dx_text_at(const dx_text *text, size_t at, uint32_t *line, uint32_t *column) {
    if (at > text->s.n)
        at = text->s.n;
    dx_text_jump from = {0, text->line, text->column};
    for (const dx_text_jump *j = text->jumps; j && j->at <= at && j->at != UINT32_MAX; j++)
        from = *j;
    const char *p = text->s.p + from.at, *end = text->s.p + at, *newline;
    while (p < end && (newline = memchr(p, '\n', (size_t)(end - p)))) {
        from.line++;
        from.column = 1;
        p = newline + 1;
    }
    *line = from.line;
    *column = from.column + (uint32_t)dx_utf8_count((dx_str){p, (size_t)(end - p)});
}

dx_place dx_text_place(const dx_text *text, dx_str file, dx_str element, size_t from, size_t to) {
    dx_place place = {.file = file,
                      .element = element,
                      .text = text->s,
                      .from = (uint32_t)from,
                      .to = (uint32_t)to};
    dx_text_at(text, from, &place.line, &place.column);
    return place;
}
