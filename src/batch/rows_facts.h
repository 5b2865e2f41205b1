/* A population that is given: facts objects, one a line of a file (NDJSON), as `duixian batch`
 * takes them, or in a list. */
#ifndef DX_BATCH_ROWS_FACTS_H
#define DX_BATCH_ROWS_FACTS_H

#include "base/file.h"
#include "batch/rows.h"
#include "policy/policy.h"

/* The lines of the file `path`. Blocks are read one at a time by whichever thread needs one;
 * `arena` must outlive the use. What is no facts object of the pack ends the reading. NULL with a
 * diagnostic when the file cannot be opened. */
dx_rows *dx_rows_lines(dx_arena *arena, const dx_pack *pack, dx_str path, dx_diags *diags);
/* The same of the elements of a list in the text `root`. */
dx_rows *dx_rows_list(dx_arena *arena, const dx_pack *pack, const dx_json *root,
                      const dx_json *list);
/* Adds what was wrong with the facts to diags; false when there was something. */
bool dx_rows_facts_good(const dx_rows *rows, dx_diags *diags);

#endif
