/* The pages: the files of one folder, read at start and held in memory. */
#ifndef DX_HTTP_PAGES_H
#define DX_HTTP_PAGES_H

#include "base/diag.h"

typedef struct dx_page {
    dx_str path; /* "/assets/index-1a2b3c.js" */
    const char *type;
    dx_str body, etag;
    bool forever; /* its name changes with its content */
} dx_page;

typedef struct dx_pages dx_pages;

/* Reads a folder and its sub-folders; an empty name: no pages. NULL with diagnostics. */
dx_pages *dx_pages_load(dx_arena *arena, dx_str folder, dx_diags *diags);
/* The file of a path; paths without a dot in their last segment are routes of the pages and get
 * index.html. NULL when there is none. */
const dx_page *dx_pages_find(const dx_pages *pages, dx_str path);

#endif
