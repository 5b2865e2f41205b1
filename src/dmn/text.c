/* Where the bytes of a text stood in its document; see text.h. Lines and columns are counted only
 * when somebody asks, which is when there is a fault to show. */
#include "dmn/text.h"

dx_place dx_text_place(const dx_text *text, dx_str file, const dx_where *where) {
    return (dx_place){.file = file,
                      .line = text->line,
                      .column = text->column,
                      .where = where,
                      .text = text->s.n ? text->s : DX_STR(""),
                      .to = (uint32_t)text->s.n,
                      .jumps = text->jumps};
}

void dx_text_at(const dx_text *text, size_t at, uint32_t *line, uint32_t *column) {
    dx_place whole = dx_text_place(text, (dx_str){0}, NULL), place = dx_place_in(&whole, at, at);
    *line = place.line;
    *column = place.column;
}
