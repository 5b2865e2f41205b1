/* UTF-8 and what the program must know of Unicode: which code points may stand in a FEEL name,
 * which are white space to FEEL, and how many columns a terminal gives a text. */
#ifndef DX_BASE_UTF8_H
#define DX_BASE_UTF8_H

#include "base/str.h"

/* Whether `s` is well-formed UTF-8 (Unicode table 3-7: no surrogates, no overlong forms, nothing
 * over U+10FFFF). If not, *bad, when given, is the offset of the first byte that cannot be right.
 */
bool dx_utf8_valid(dx_str s, size_t *bad);
/* The bytes (2 to 4) of the well-formed sequence that starts at p with a byte of 0x80 or more, no
 * byte read at or after `end`; 0 when there is none. */
size_t dx_utf8_sequence(const char *p, const char *end);
/* The code point at byte `at` and its length in bytes; 0 at the end. A byte that is not part of a
 * well-formed sequence counts as one U+FFFD. */
size_t dx_utf8_decode(dx_str s, size_t at, uint32_t *cp);
/* Writes the code point and returns the bytes written; one that is none is written as U+FFFD. */
size_t dx_utf8_encode(uint32_t cp, char out[4]);
void dx_buf_utf8(dx_buf *buf, uint32_t cp);
/* The number of code points. */
size_t dx_utf8_count(dx_str s);
/* The byte offset of the n-th code point, counted from 0; s.n when there are not that many. */
size_t dx_utf8_offset(dx_str s, size_t n);

/* Columns on a terminal: 2 for East Asian wide and full-width characters, 0 for combining marks
 * and control characters, else 1. */
uint32_t dx_utf8_cp_width(uint32_t cp);
size_t dx_utf8_width(dx_str s);

/* DMN 1.5, 10.3.1.2: name start char and name part char. Some white space (U+1680, U+180E) and
 * all full-width punctuation but U+3000 is in their ranges: ask for white space first. */
bool dx_utf8_name_start(uint32_t cp);
bool dx_utf8_name_part(uint32_t cp);
/* DMN 1.5, 10.3.1.2: white space, and the part of it that is vertical space. */
bool dx_utf8_space(uint32_t cp);
bool dx_utf8_vertical_space(uint32_t cp);

#endif
