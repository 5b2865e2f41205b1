/* Between regex_parse.c, which understands XPath's regular expressions, and regex.c, which runs
 * them. */
#ifndef DX_FEEL_REGEX_PARSE_H
#define DX_FEEL_REGEX_PARSE_H

#include "feel/regex.h"

enum {
    DX_RX_DOT_ALL = 1,
    DX_RX_LINES = 2,
    DX_RX_ANY_CASE = 4,
    DX_RX_SPACED = 8,
    DX_RX_LITERAL = 16
};

/* The flags of a text of letters, or a fault. */
bool dx_regex_flags(dx_arena *arena, dx_str text, uint32_t *ret, dx_regex_fault *fault);
/* The same expression in the notation of PCRE2, which needs no further option than those that
 * regex.c derives from the flags; and the number of its capturing groups. False: a fault. */
bool dx_regex_translate(dx_arena *arena, dx_str pattern, uint32_t flags, dx_str *ret,
                        uint32_t *ret_groups, dx_regex_fault *fault);

#endif
