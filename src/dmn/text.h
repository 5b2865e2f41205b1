/* Text taken from an XML document that remembers where each of its bytes stood there, so that a
 * fault inside an expression is shown at its line and column in the file although the document
 * wrote &lt; for < or used CDATA sections. */
#ifndef DX_DMN_TEXT_H
#define DX_DMN_TEXT_H

#include "base/diag.h"

/* Text with the place of its first byte. Leading and trailing white space is gone (the place moved
 * along), line breaks inside are kept as LF. `jumps` is NULL when the text stands in the document
 * just as it is here, else in order and ended by one with at == UINT32_MAX. */
typedef struct dx_text {
    dx_str s;
    uint32_t line, column;
    const dx_text_jump *jumps;
} dx_text;

/* Line and column of byte `at` of the text in the document (of its end, when `at` is beyond). */
void dx_text_at(const dx_text *text, size_t at, uint32_t *line, uint32_t *column);
/* The place of the whole text, from which dx_place_in makes those of its parts. */
dx_place dx_text_place(const dx_text *text, dx_str file, const dx_where *where);

#endif
