/* Spreadsheets (.xlsx): an assessment to work on, and the form in which facts can be filled in away
 * from the pages. xlsx_read.h reads the form back; the words and columns that both go by are here.
 */
#ifndef DX_DOC_XLSX_WRITE_H
#define DX_DOC_XLSX_WRITE_H

#include "doc/doc.h"

/* Columns of the form. The path of a fact is in a hidden one, and the id of the pack above it. */
enum {
    DX_FORM_SUBJECT,
    DX_FORM_FACT,
    DX_FORM_QUESTION,
    DX_FORM_VALUE,
    DX_FORM_EXPECTED,
    DX_FORM_HELP,
    DX_FORM_PATH,
    DX_FORM_COLUMNS
};

/* What stands at the head of two columns, by language: so they are found when others are moved. */
#define DX_FORM_VALUE_ZH "填写"
#define DX_FORM_VALUE_EN "Value"
#define DX_FORM_PATH_NAME "path"

/* The assessment: sheets of the items, of their conditions, and of what it rests on. The same
 * assessment gives the same bytes. False with a diagnostic when the system fails. */
bool dx_xlsx_assessment(const dx_doc *doc, dx_str *ret, dx_diags *diags);
/* The form for the facts of a pack, in `arena`. */
bool dx_xlsx_form(const dx_pack *pack, dx_lang lang, dx_arena *arena, dx_str *ret, dx_diags *diags);

#endif
