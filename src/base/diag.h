/* Diagnostics: what is wrong with a document that somebody wrote (model, expression, facts,
 * arguments), with its place. Functions append to a list and go on, so that all faults of a
 * document come in one go. Sentences are made only when one is shown, in Chinese or English. */
#ifndef DX_BASE_DIAG_H
#define DX_BASE_DIAG_H

#include "base/str.h"

/* A place in a document. Fields that are not known are empty or 0. */
typedef struct dx_place {
    dx_str file;
    uint32_t line, column; /* from 1; columns count characters */
    dx_str element;    /* what a person calls it: 决策“税额”, rule 3, or a JSON pointer */
    dx_str text;       /* the expression, when the fault lies inside one */
    uint32_t from, to; /* byte range in `text` that is at fault */
} dx_place;

typedef struct dx_diag {
    dx_err code;
    bool warning;
    dx_place place;
    dx_str args[3];
    struct dx_diag *next;
} dx_diag;

typedef struct dx_diags {
    dx_arena *arena; /* holds the list and copies of the arguments */
    dx_diag *first, **last;
    uint32_t errors, warnings;
    uint32_t limit; /* after so many of a kind (0: 200) further ones are only counted */
} dx_diags;

void dx_diags_init(dx_diags *diags, dx_arena *arena);
/* Appends an error; arguments and the place's strings are copied. NULL diags: nothing happens.
 * Returns the entry or NULL. */
dx_diag *dx_diag_add(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c);
/* The same for a warning. */
dx_diag *dx_diag_warn(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c);
/* The sentence alone, arguments filled in. */
dx_str dx_diag_sentence(dx_arena *arena, const dx_diag *diag, dx_lang lang);
/* "file:line:column: error: element: sentence" (错误, or 警告 for a warning; parts that are not
 * known are left out), then for a fault inside an expression its line with a mark (^~~~) under the
 * place; lines end in \n. */
void dx_diag_print(dx_buf *out, const dx_diag *diag, dx_lang lang);
/* All of them in order, then one line that counts those beyond the limit, if any. */
void dx_diags_print(dx_buf *out, const dx_diags *diags, dx_lang lang);

#endif
