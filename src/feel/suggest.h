/* What somebody may have meant by a name that does not exist, or by a character that an input
 * method for Chinese produced: for the sentences of diagnostics. */
#ifndef DX_FEEL_SUGGEST_H
#define DX_FEEL_SUGGEST_H

#include "base/str.h"

/* A search for the name nearest to a wrong one. */
typedef struct dx_near {
    dx_str wanted, best; /* best: empty while none is near enough */
    uint32_t distance;
} dx_near;
dx_near dx_near_start(dx_str wanted);
void dx_near_try(dx_near *near, dx_str candidate);
/* The first character in bytes from..to of a text that is a full-width form of one that FEEL knows:
 * its range, and what should stand there. False when there is none. */
bool dx_full_width(dx_str text, size_t *from, size_t *to, const char **ret);

#endif
