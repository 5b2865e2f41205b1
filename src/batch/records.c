/* See records.h. */
#include "batch/records.h"

#include "dmn/dmn.h"

dx_records *dx_records_new(dx_arena *kept, dx_columns *columns, const uint32_t *fields, uint32_t n,
                           dx_cell_reader *read_cell, void *owner) {
    dx_records *r = DX_NEW(kept, dx_records);
    r->columns = columns;
    r->fields = fields;
    r->n_fields = n;
    r->read_cell = read_cell;
    r->owner = owner;
    dx_csv_init(&r->csv, kept);
    return r;
}

/* --- plain records ---------------------------------------------------------------------------- */

/* The first byte at p or behind it that may end a cell without quotes. Every such byte is below
 * '0', as is little else in a table: eight bytes are looked at in one step. */
static inline const char *skip_text(const char *p) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (;;) {
        uint64_t word = dx_load8(p);
        uint64_t low = (word - ones * '0') & ~word & (ones << 7);
        if (low == 0) {
            p += 8;
            continue;
        }
        p += __builtin_ctzll(low) / 8;
        if (*p == ',' || *p == '\n' || *p == '\r' || *p == '"' || *p == '\0')
            return p;
        p++;
    }
}

static inline bool is_plain(dx_str s) {
    return (uint8_t)s.p[0] > ' ' && (uint8_t)s.p[s.n - 1] > ' ' && !dx_str_is(s, "null");
}

/* A cell that is not empty, at p, into a row; the byte behind it, or NULL where it is not plain. */
static inline const char *read_plain(dx_records *r, uint32_t field, uint32_t row, const char *p) {
    const char *from = p;
    if (field == DX_NONE)
        return skip_text(p);
    dx_cells *c = &r->columns->v[field];
    if (c->keep == DX_KEEP_BOOLS)
        return dx_cells_truth(c, row, &p) ? p : NULL;
    if (c->keep == DX_KEEP_NUMS)
        return dx_cells_number(c, row, &p) ? p : NULL;
    p = skip_text(p);
    dx_str text = {from, (size_t)(p - from)};
    if (text.n == 0 || !is_plain(text))
        return NULL;
    bool good = c->keep == DX_KEEP_CODES ? dx_cells_string(r->columns, c, row, text)
                                         : dx_columns_text(r->columns, field, row, text);
    return good ? p : NULL;
}

/* A record at p whose every cell is plain; what follows it, or NULL. Bytes behind the text do not
 * matter: a line that ends there and not before has no line feed, and is not plain. */
static const char *plain_record(dx_records *r, uint32_t row, const char *p, const char *end) {
    uint32_t last = r->n_fields - 1;
    for (uint32_t i = 0;; i++) {
        if (*p != ',' && *p != '\n' && *p != '\r' && !(p = read_plain(r, r->fields[i], row, p)))
            return NULL;
        if (i == last)
            break;
        if (*p++ != ',')
            return NULL;
    }
    p += *p == '\r';
    return p < end && *p == '\n' ? p + 1 : NULL;
}

/* --- other records ---------------------------------------------------------------------------- */

static bool fault(dx_row *row, dx_diags *diags, dx_place place) {
    dx_diag *first = diags->first;
    if (!first)
        return false;
    first->place.line = place.line;
    first->place.column = place.column;
    row->fault = first;
    return true;
}

static dx_place place_of_cell(const dx_records *r, uint32_t column) {
    const dx_csv_field *cell = &r->csv.fields.v[column];
    return dx_csv_place(&r->csv, (dx_str){0},
                        (size_t)(cell->raw.p - r->csv.record.p) - cell->quoted);
}

/* Numbers are looked at in the end, and yet the first fault of a row is the one to be told: looks
 * at those in the first columns of a record that is at fault. */
static bool fault_of_number(dx_records *r, uint32_t number, uint32_t columns) {
    dx_arena *arena = r->columns->arena;
    for (uint32_t i = 0; i < columns; i++) {
        dx_diags diags;
        dx_str text = dx_str_trim(dx_csv_text(arena, &r->csv.fields.v[i]));
        if (r->fields[i] == DX_NONE || r->columns->v[r->fields[i]].keep != DX_KEEP_NUMS ||
            text.n == 0 || dx_str_is(text, "null"))
            continue;
        dx_diags_init(&diags, arena);
        r->read_cell(r, r->fields[i], number, text, &diags);
        if (fault(&r->rows[number], &diags, place_of_cell(r, i)))
            return true;
    }
    return false;
}

static void read_cells(dx_records *r, uint32_t number, dx_diags *diags) {
    dx_row *row = &r->rows[number];
    for (uint32_t i = 0; i < r->n_fields && !row->fault; i++) {
        uint32_t field = r->fields[i];
        if (field == DX_NONE)
            continue;
        dx_str text = dx_csv_text(r->columns->arena, &r->csv.fields.v[i]);
        if (dx_columns_text(r->columns, field, number, text))
            continue;
        r->read_cell(r, field, number, dx_str_trim(text), diags);
        if (diags->first && !fault_of_number(r, number, i))
            fault(row, diags, place_of_cell(r, i));
    }
}

static void careful_record(dx_records *r, uint32_t number) {
    dx_arena *arena = r->columns->arena;
    dx_row *row = &r->rows[number];
    dx_diags diags;
    dx_diags_init(&diags, arena);
    dx_place start = {.line = (uint32_t)row->line, .column = 1};
    if (r->csv.fault != DX_OK) {
        dx_diag_add(&diags, r->csv.fault, start, (dx_str){0}, (dx_str){0}, (dx_str){0});
        fault(row, &diags, dx_csv_place(&r->csv, (dx_str){0}, r->csv.fault_at));
    } else if (r->csv.fields.n != r->n_fields) {
        dx_diag_add(&diags, DX_E_CSV_CELLS, start, dx_str_fmt(arena, "%u", r->csv.fields.n),
                    dx_str_fmt(arena, "%u", r->n_fields), (dx_str){0});
        fault(row, &diags, start);
    } else {
        read_cells(r, number, &diags);
    }
    if (row->fault)
        dx_columns_forget(r->columns, number);
}

static bool is_blank(dx_str line) {
    return line.n == 1 || (line.n == 2 && line.p[0] == '\r');
}

/* A row of which the end of the block says that a number is not allowed. */
static void refuse_number(dx_records *r, uint32_t number) {
    dx_row *row = &r->rows[number];
    r->csv.line = row->line;
    r->csv.record = (dx_str){0};
    (void)dx_csv_next(&r->csv, row->record, true);
    (void)fault_of_number(r, number, r->n_fields);
}

const dx_vector *dx_records_read(dx_records *r, dx_str text, uint64_t line) {
    const char *p = text.p, *end = text.p + text.n;
    dx_columns_begin(r->columns);
    r->n = 0;
    while (p < end && r->n < DX_ROWS) {
        dx_row *row = &r->rows[r->n];
        const char *next = plain_record(r, r->n, p, end);
        *row = (dx_row){.line = line};
        r->bad[r->n] = false;
        uint64_t lines = 1;
        if (!next) {
            dx_columns_forget(r->columns, r->n);
            r->csv.record = (dx_str){0};
            r->csv.line = line;
            (void)dx_csv_next(&r->csv, (dx_str){p, (size_t)(end - p)}, true);
            next = p + r->csv.record.n;
            lines = r->csv.lines;
            if (!is_blank(r->csv.record))
                careful_record(r, r->n);
        }
        row->record = (dx_str){p, (size_t)(next - p)};
        line += lines;
        p = next;
        r->n += !is_blank(row->record);
    }
    if (r->n == 0)
        return r->columns->vectors;
    const dx_vector *vectors = dx_columns_end(r->columns, r->n, r->bad);
    for (uint32_t i = 0; i < r->n; i++)
        if (r->bad[i] && !r->rows[i].fault)
            refuse_number(r, i);
    return vectors;
}

dx_str dx_records_cell(const dx_row *row, uint32_t column) {
    const char *p = row->record.p, *end = p + row->record.n;
    for (uint32_t i = 0;; i++) {
        const char *from = p;
        bool quoted = false;
        for (; p < end && (quoted || (*p != ',' && *p != '\n' && *p != '\r')); p++)
            quoted ^= *p == '"';
        if (i == column || p == end || *p != ',')
            return (dx_str){from, i == column ? (size_t)(p - from) : 0};
        p++;
    }
}

/* --- cutting ---------------------------------------------------------------------------------- */

size_t dx_records_cut(dx_csv *csv, dx_str text, bool last, uint32_t most, uint64_t *ret_lines) {
    const char *p = text.p, *end = text.p + text.n;
    *ret_lines = 0;
    for (uint32_t i = 0; i < most && p < end; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (newline && !memchr(p, '"', (size_t)(newline - p))) {
            p = newline + 1;
            ++*ret_lines;
            continue;
        }
        bool whole = last || (size_t)(end - p) > DX_RECORD_BYTES;
        csv->record = (dx_str){0};
        if (dx_csv_next(csv, (dx_str){p, (size_t)(end - p)}, whole) != DX_CSV_RECORD)
            break;
        p += csv->record.n;
        *ret_lines += csv->lines;
        if (csv->fault == DX_E_CSV_OPEN) /* the reader has to find its text at an end here */
            break;
    }
    return (size_t)(p - text.p);
}
