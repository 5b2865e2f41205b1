/* Among the files of app/: what a query says of an assessment. */
#ifndef DX_APP_QUERY_H
#define DX_APP_QUERY_H

#include "app/app.h"

typedef struct dx_query {
    uint32_t pack; /* number in the app */
    dx_options options;
    bool brief;
} dx_query;

/* Reads pack, as_of, reading and, where `names` has it, brief. What is wrong is a diagnostic with
 * the parameter as its element; the options live in the arena, whose trap is set. */
void dx_query_read(const dx_worker *worker, const dx_request *request, const char *names,
                   dx_arena *arena, dx_query *ret, dx_diags *diags);

#endif
