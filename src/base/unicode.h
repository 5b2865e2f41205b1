/* What takes tables of Unicode that are too large for us: upper and lower case by the full mappings
 * (ß -> SS, final sigma) and by no locale, and the blocks. The one place that knows the library
 * which holds the tables. */
#ifndef DX_BASE_UNICODE_H
#define DX_BASE_UNICODE_H

#include "base/str.h"

/* The text in upper or lower case. Bytes that are not well-formed UTF-8 leave the whole text as it
 * is.
 */
dx_str dx_unicode_upper(dx_arena *arena, dx_str s);
dx_str dx_unicode_lower(dx_arena *arena, dx_str s);
/* The first and last code point of a block, named as in regular expressions: without its spaces
 * ("BasicLatin", "Latin-1Supplement"). False when there is none. */
bool dx_unicode_block(dx_str name, uint32_t *ret_first, uint32_t *ret_last);

#endif
