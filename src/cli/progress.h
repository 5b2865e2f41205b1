/* A line on a terminal that says how far a long run is: share, lines, rate and time left. Where the
 * standard error is no terminal nothing is written. */
#ifndef DX_CLI_PROGRESS_H
#define DX_CLI_PROGRESS_H

#include "base/file.h"

typedef struct dx_progress {
    bool shown;
    dx_lang lang;
    int64_t began, last; /* milliseconds */
} dx_progress;

void dx_progress_start(dx_progress *progress, dx_lang lang);
/* So many lines and bytes are done, of `size` bytes (0: not known). Cheap enough to be called
 * often.
 */
void dx_progress_at(dx_progress *progress, uint64_t lines, uint64_t bytes, uint64_t size);
/* Takes the line away. */
void dx_progress_end(dx_progress *progress);

#endif
