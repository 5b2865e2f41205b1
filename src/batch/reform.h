/* A change of policy, as somebody writes it down before it is made: readings, the day, numbers and
 * words in named decisions, rows of tariffs, whole models (docs/simulate.md has the form). Applied
 * to the files of a pack in memory it gives a second pack, which is loaded and checked like any
 * other. A value is never looked for by its text alone: the change names the element it stands in,
 * and a value that is not there, or there more than once, is refused. */
#ifndef DX_BATCH_REFORM_H
#define DX_BATCH_REFORM_H

#include "policy/policy.h"

typedef struct dx_reform {
    const dx_json *document; /* as it was written */
    dx_label title;          /* may be empty */
    dx_pack *pack;           /* the pack as it would be */
    dx_options options;      /* the day and readings it would be used with */
    bool *touches;           /* by item: what the change reaches may decide it */
} dx_reform;

/* Reads `change`, a value in the text `root` (a file called `name`), to a pack that is used with
 * `options`. Models that replace others are read from below `folder`; with folder.p == NULL they
 * must stand in the change itself. False with all faults, each at its place. */
bool dx_reform_read(dx_arena *arena, const dx_pack *base, const dx_options *options,
                    const dx_json *root, const dx_json *change, dx_str name, dx_str folder,
                    dx_reform *ret, dx_diags *diags);

#endif
