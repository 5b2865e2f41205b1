/* Diagnostics: what is wrong with a document that somebody wrote (model, expression, facts,
 * arguments), with its place. Functions append to a list and go on, so that all faults of a
 * document come in one go. Sentences are made only when one is shown, in Chinese or English. */
#ifndef DX_BASE_DIAG_H
#define DX_BASE_DIAG_H

#include "base/str.h"

/* Parts of documents that have a name for people in both languages. */
typedef enum dx_part {
#define X(name, zh, en) DX_PART_##name,
#include "base/part.def"
#undef X
    DX_PART_COUNT
} dx_part;

/* A part of a document inside another: decision 'tax', rule 3, input 2 'age'. */
typedef struct dx_where {
    const struct dx_where *outer; /* or NULL */
    dx_part part;
    uint32_t number; /* from 1; 0: it has none */
    dx_str name;     /* empty: it has none */
} dx_where;

/* From byte `at` of a text on, its document goes on at this place. */
typedef struct dx_text_jump {
    uint32_t at;
    uint32_t line, column;
} dx_text_jump;

/* A place in a document. Fields that are not known are empty or 0. */
typedef struct dx_place {
    dx_str file;
    uint32_t line, column; /* from 1; columns count characters */
    const dx_where *where; /* what a person calls it, or NULL */
    dx_str element;        /* the same where it is the same in all languages: a JSON pointer */
    dx_str text;           /* the expression, when the fault lies inside one */
    uint32_t from, to;     /* byte range in `text` that is at fault */
    /* Of a place that stands for the whole of `text`: where its bytes stand in the document when it
     * does not simply go on (&lt;, CDATA), ended by one with at == UINT32_MAX; or NULL. */
    const dx_text_jump *jumps;
} dx_place;

/* The place of bytes from..to of a text, given the place of the whole: `whole` has line and column
 * of the first byte. The one function by which anything inside a text gets its line and column. */
dx_place dx_place_in(const dx_place *whole, size_t from, size_t to);
/* What a person calls the place: 决策“税额”，第 3 条规则; empty when that is not known. */
dx_str dx_place_element(dx_arena *arena, const dx_place *place, dx_lang lang);

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
/* Appends an error; arguments and the place's strings are copied. NULL diags: nothing happens. What
 * is there already, at the same place with the same arguments, is not added again: a table may be
 * compiled twice. Returns the entry or NULL. */
dx_diag *dx_diag_add(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c);
/* The same for a warning. */
dx_diag *dx_diag_warn(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c);
/* Puts them in the order of their places: by file, line and column. Stable. */
void dx_diags_sort(dx_diags *diags);
/* The sentence alone, arguments filled in. */
dx_str dx_diag_sentence(dx_arena *arena, const dx_diag *diag, dx_lang lang);
/* "file:line:column: error: element: sentence" (错误, or 警告 for a warning; parts that are not
 * known are left out), then for a fault inside an expression its line with a mark (^~~~) under the
 * place; lines end in \n. */
void dx_diag_print(dx_buf *out, const dx_diag *diag, dx_lang lang);
/* All of them in order, then one line that counts those beyond the limit, if any. */
void dx_diags_print(dx_buf *out, const dx_diags *diags, dx_lang lang);

#endif
