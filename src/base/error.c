/* The table behind error.h, made from the rows of error.def, so that a code, its
 * status and its sentences cannot drift apart. */
#include "base/error.h"

typedef struct row {
    const char *name, *zh, *en;
    int status;
} row;

static const row rows[DX_E_COUNT] = {
    {"OK", "", "", 200},
#define X(name, status, zh, en) {#name, zh, en, status},
#include "base/error.def"
#undef X
};

const char *dx_err_text(dx_err code, dx_lang lang) {
    return lang == DX_ZH ? rows[code].zh : rows[code].en;
}

const char *dx_err_name(dx_err code) {
    return rows[code].name;
}

int dx_err_status(dx_err code) {
    return rows[code].status;
}
