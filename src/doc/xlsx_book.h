/* Workbooks being written: the cells, formats and lists of choices that all spreadsheets of the
 * program share. The one place, with what includes it, that knows libxlsxwriter. */
#ifndef DX_DOC_XLSX_BOOK_H
#define DX_DOC_XLSX_BOOK_H

#include <xlsxwriter.h>

#include "doc/doc.h"

typedef struct dx_book {
    lxw_workbook *workbook;
    int fd;
    dx_arena *arena;
    dx_lang lang;
    lxw_format *head, *plain, *wrap, *text, *money, *up_to, *subject, *value, *value_text, *good,
        *open, *small;
} dx_book;

typedef struct dx_book_column {
    const char *zh, *en;
    int width;
} dx_book_column;

/* A workbook dated on a day, not on the clock: the same content is the same file. With a folder
 * (or NULL) for what is not held in memory: then the rows of a sheet are written in their order and
 * those before are gone. NULL when the system fails. */
dx_book *dx_book_open(dx_arena *arena, dx_lang lang, dx_date day, const char *folder);
/* The bytes of the file, in the arena. `b` may be NULL. False with a diagnostic. */
bool dx_book_close(dx_book *b, dx_str *ret, dx_diags *diags);

dx_str dx_book_say(const dx_book *b, const char *zh, const char *en);
/* A sheet with widths and, in row `head`, headings that stay in sight. */
lxw_worksheet *dx_book_sheet(dx_book *b, const char *zh, const char *en,
                             const dx_book_column *columns, int n, uint32_t head);
/* Texts are written as texts, so that none is ever taken for a formula. */
void dx_book_put(dx_book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_str text,
                 lxw_format *format);
/* An amount as a number when its digits survive that, else as text: it is exact either way. */
void dx_book_amount(dx_book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_num amount,
                    lxw_format *format);
void dx_book_count(lxw_worksheet *sheet, uint32_t row, int column, uint32_t count,
                   lxw_format *format);
/* Offers the values of a type, or 无 alone (NULL), in rows of a column. A list that a spreadsheet
 * cannot hold is left out: what is expected stands elsewhere. */
void dx_book_offer(dx_book *b, lxw_worksheet *sheet, uint32_t first, uint32_t last, int column,
                   const dx_type *type);
/* What may be written for a fact, in words. */
dx_str dx_book_expected(const dx_book *b, const dx_pack *pack, const dx_fact *fact);

#endif
