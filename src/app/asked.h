/* Among the files of app/: a request to assess, read. */
#ifndef DX_APP_ASKED_H
#define DX_APP_ASKED_H

#include "app/app.h"

/* The pack that a request asks about, and what to assess with it. */
typedef struct dx_asked {
    uint32_t number;
    const dx_pack *pack;
    dx_run *run;
    dx_facts facts;
    dx_options options;
    const dx_json *given; /* the facts as they were sent; NULL: none were */
    const dx_json *root;  /* the whole request */
    const dx_json *extra; /* the value of the key that this operation alone takes, or NULL */
} dx_asked;

/* Reads the body; `extra` (or NULL) names the keys that are allowed besides those of every such
 * request, parted by spaces. Everything that is wrong is said at once. False: the reply is a
 * problem. */
bool dx_asked_read(dx_worker *worker, const dx_request *request, const char *extra, dx_asked *ret,
                   dx_reply *reply);

#endif
