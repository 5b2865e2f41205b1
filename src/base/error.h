/* Error codes, one row each in error.def: number by position, HTTP status, Chinese and English. */
#ifndef DX_BASE_ERROR_H
#define DX_BASE_ERROR_H

typedef enum dx_err {
    DX_OK = 0,
#define X(name, status, zh, en) DX_E_##name,
#include "base/error.def"
#undef X
    DX_E_COUNT
} dx_err;

/* The language in which a person is spoken to. */
typedef enum dx_lang { DX_ZH, DX_EN } dx_lang;

/* The sentence of a code, with %1 %2 %3 where arguments go; "" for DX_OK. */
const char *dx_err_text(dx_err code, dx_lang lang);
/* The code as written in error.def, e.g. "FEEL_UNKNOWN_NAME". */
const char *dx_err_name(dx_err code);
/* The HTTP status that a request meets. */
int dx_err_status(dx_err code);

#endif
