/* The regular expressions of FEEL's matches(), replace() and split(): those of XPath (XQuery and
 * XPath Functions 3.1 §5.6), which are XML Schema's with anchors, back-references, reluctant
 * quantifiers and the flags s m i x q. What XPath refuses is refused here, even where the matcher
 * underneath would read something into it. */
#ifndef DX_FEEL_REGEX_H
#define DX_FEEL_REGEX_H

#include "base/str.h"

typedef struct dx_regex dx_regex;
typedef struct dx_regex_cache dx_regex_cache;

/* Why there is no regular expression; `detail` is the second argument of the sentence, the pattern
 * the first. */
typedef struct dx_regex_fault {
    dx_err code;
    dx_str detail;
} dx_regex_fault;

/* An empty cache of compiled expressions. It holds a bounded number and goes with its arena. */
dx_regex_cache *dx_regex_cache_new(dx_arena *arena);
/* The expression of a pattern with flags (may be empty). It stays valid until the next call. NULL:
 * a fault. The arena is for the time of the call and for the fault. */
dx_regex *dx_regex_get(dx_regex_cache *cache, dx_arena *arena, dx_str pattern, dx_str flags,
                       dx_regex_fault *fault);

/* The functions below return DX_OK or why there is no result: DX_E_FEEL_REGEX_LIMIT when the search
 * goes on for too long, DX_E_FEEL_REGEX_TEXT when the text is no UTF-8, DX_E_MEMORY,
 * DX_E_FEEL_REGEX_EMPTY (replace, split) when the expression matches the empty text,
 * DX_E_FEEL_REGEX_REPLACEMENT. */

/* Whether it matches anywhere in `s`. */
dx_err dx_regex_matches(dx_regex *regex, dx_str s, bool *ret);
/* `s` with every match replaced; $1 in the replacement is what group 1 matched, $0 the whole. */
dx_err dx_regex_replace(dx_regex *regex, dx_arena *arena, dx_str s, dx_str replacement,
                        dx_str *ret);
/* The parts of `s` between the matches, at least one; they point into `s`. */
dx_err dx_regex_split(dx_regex *regex, dx_arena *arena, dx_str s, dx_str **ret, uint32_t *ret_n);

#endif
