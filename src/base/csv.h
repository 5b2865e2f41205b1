/* CSV as RFC 4180 has it: written, and cut into records and fields without copying: commas between
 * fields, quotes around those that hold commas, quotes or line ends, a quote inside doubled. Lines
 * end in CR LF or LF. Text is handed in as it comes, in windows that begin where the last record
 * ended; so memory does not grow with the file. What the fields mean, and that they are UTF-8, is
 * the reader's business. */
#ifndef DX_BASE_CSV_H
#define DX_BASE_CSV_H

#include "base/diag.h"

/* A field; it lies in the window. */
typedef struct dx_csv_field {
    dx_str raw; /* without the quotes around it; see dx_csv_text */
    bool quoted;
    bool doubled; /* holds "" for a quote */
} dx_csv_field;

typedef struct dx_csv {
    dx_arena *arena; /* holds the array of fields, which grows to the widest record */
    DX_VEC(dx_csv_field) fields;
    dx_str record;  /* its bytes, the line end included */
    uint64_t line;  /* that the record begins in, from 1 */
    uint64_t lines; /* that it spans: more than one where a field holds line ends */
    dx_err fault;   /* of the record; its fields before the fault are good */
    size_t fault_at;
} dx_csv;

typedef enum dx_csv_got { DX_CSV_RECORD, DX_CSV_MORE, DX_CSV_END } dx_csv_got;

void dx_csv_init(dx_csv *csv, dx_arena *arena);
/* The record at the beginning of the window, into csv->record and csv->fields; the next call is
 * given what follows it. An empty line is a record of one empty field. `last`: nothing comes after
 * the window. DX_CSV_MORE: the record does not end in the window, so the next one has to begin with
 * the same bytes and go further (let it grow twofold, for it is read again). A record with a fault
 * ends at the end of the line that the fault is in. */
dx_csv_got dx_csv_next(dx_csv *csv, dx_str window, bool last);
/* What a field says: its bytes, or a copy in the arena where quotes are doubled. */
dx_str dx_csv_text(dx_arena *arena, const dx_csv_field *field);
/* Adds a field, in quotes where it needs them. */
void dx_csv_put(dx_buf *out, dx_str text);
/* The line and column of a byte of the record, for a diagnostic. */
dx_place dx_csv_place(const dx_csv *csv, dx_str file, size_t at);
/* The text without a byte order mark at its beginning, with which spreadsheets write UTF-8. */
dx_str dx_csv_without_bom(dx_str text);

#endif
