/* CSV text into columns (columns.h), a block of records at a time, for any fields that have names
 * and types. A record that is plain (no quotes, nothing unusual in a cell) is read in one pass over
 * its bytes, straight into the columns; any other is cut into fields first (base/csv.h), and what
 * a cell of it says that is still not plain, the owner of the fields decides. Memory is that of one
 * block, and nothing is allocated for a cell that is plain. */
#ifndef DX_BATCH_RECORDS_H
#define DX_BATCH_RECORDS_H

#include "base/csv.h"
#include "batch/columns.h"

/* Bytes that must be readable behind any text that is given to a reader; zeros behind the last. */
enum { DX_RECORDS_MARGIN = 16 };
/* A record is no longer than this; an open quote that runs on for longer is a fault. */
#define DX_RECORD_BYTES ((size_t)16 << 20)

/* One row of a block. */
typedef struct dx_row {
    dx_str record;        /* its text, line end included */
    uint64_t line;        /* that it begins in */
    const dx_diag *fault; /* why it is no row of the data: the first thing that is wrong; or NULL */
} dx_row;

typedef struct dx_records dx_records;
/* Reads a cell that is not plain: says it of the row with dx_columns_put, or adds to diags what is
 * wrong with it. The place of what is added becomes that of the cell; its element is left. */
typedef void dx_cell_reader(dx_records *records, uint32_t field, uint32_t row, dx_str text,
                            dx_diags *diags);

struct dx_records {
    dx_columns *columns;
    const uint32_t *fields; /* by column of the file; DX_NONE: passed over */
    uint32_t n_fields;
    dx_cell_reader *read_cell;
    void *owner;
    dx_csv csv;
    dx_row rows[DX_ROWS];
    uint32_t n;
    bool bad[DX_ROWS];
};

/* A reader of a file whose columns are for `fields`; lives in `kept`. */
dx_records *dx_records_new(dx_arena *kept, dx_columns *columns, const uint32_t *fields, uint32_t n,
                           dx_cell_reader *read_cell, void *owner);
/* Reads all records of a text that dx_records_cut cut, whose first line is `line`; what they say
 * stands in the columns and records->rows, and the vectors of all fields are returned. Lines with
 * nothing in them are no rows. */
const dx_vector *dx_records_read(dx_records *records, dx_str text, uint64_t line);
/* The text of a cell of a row, as it is written in the file, quotes and all; empty where the row
 * has none. */
dx_str dx_records_cell(const dx_row *row, uint32_t column);

/* How many bytes of a text make up to `most` whole records, and the lines in them; 0: the first
 * does not end in the text, of which more is needed. `last`: nothing follows. Keeps to what
 * dx_records_read makes of the same bytes. */
size_t dx_records_cut(dx_csv *csv, dx_str text, bool last, uint32_t most, uint64_t *ret_lines);

#endif
