/* Fuzz target: any text as the records of a table of numbers, truth, strings and dates. However it
 * is cut into blocks, the same rows come of it; and a row read in one pass over its bytes says what
 * the same row says with every field in quotes, which is read field by field. */
#include <stdlib.h>

#include "batch/records.h"
#include "dmn/dmn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 4 };

typedef struct table {
    dx_arena kept, block;
    dx_records *records;
} table;

static void refuse(dx_records *records, uint32_t field, uint32_t row, dx_str text,
                   dx_diags *diags) {
    (void)records, (void)field, (void)row;
    dx_diag_add(diags, DX_E_FACT_TYPE, (dx_place){0}, text, text, text);
}

static void open_table(table *t, const dx_program *program) {
    static const uint32_t columns[] = {0, 1, 2, DX_NONE, 3};
    const dx_type *types[FIELDS] = {&dx_type_num, &dx_type_bool, &dx_type_string, &dx_type_date};
    dx_field fields[FIELDS] = {0};
    for (uint32_t i = 0; i < FIELDS; i++)
        fields[i] = (dx_field){.type = types[i], .absent = DX_VAL_NULL};
    dx_run *run = dx_run_new(program, &t->block);
    t->records = dx_records_new(&t->kept, dx_columns_new(&t->kept, run, fields, FIELDS), columns,
                                FIELDS + 1, refuse, NULL);
}

/* The text of a block with a margin, in the arena. */
static dx_str with_margin(dx_arena *arena, dx_str text) {
    char *p = DX_NEW_ARRAY(arena, char, text.n + DX_RECORDS_MARGIN);
    memcpy(p, text.p, text.n);
    return (dx_str){p, text.n};
}

static dx_str in_quotes(dx_arena *arena, const dx_csv *csv) {
    dx_buf out = {.arena = arena};
    for (uint32_t i = 0; i < csv->fields.n; i++) {
        dx_str text = dx_csv_text(arena, &csv->fields.v[i]);
        dx_buf_addz(&out, i ? ",\"" : "\"");
        for (size_t k = 0; k < text.n; k++) {
            dx_buf_addz(&out, text.p[k] == '"' ? "\"" : "");
            dx_buf_char(&out, text.p[k]);
        }
        dx_buf_char(&out, '"');
    }
    dx_buf_char(&out, '\n');
    return dx_buf_str(&out);
}

static dx_str shown(dx_arena *arena, const dx_vector *v, uint32_t row) {
    dx_buf out = {.arena = arena};
    dx_val_print(&out, dx_vector_at(v, row, arena), true);
    return dx_buf_str(&out);
}

/* A row of the block just read, against the same in quotes. */
static void check_row(table *quoted, dx_arena *work, const dx_vector *vectors, const dx_row *row,
                      uint32_t number) {
    dx_csv csv;
    dx_csv_init(&csv, work);
    if (dx_csv_next(&csv, row->record, true) != DX_CSV_RECORD)
        abort();
    if (csv.fault != DX_OK || csv.fields.n != FIELDS + 1) {
        if (!row->fault)
            abort();
        return;
    }
    dx_str text = with_margin(work, in_quotes(work, &csv));
    const dx_vector *other = dx_records_read(quoted->records, text, 1);
    if (quoted->records->n != 1 || !quoted->records->rows[0].fault != !row->fault)
        abort();
    for (uint32_t i = 0; i < FIELDS && !row->fault; i++)
        if (!dx_str_eq(shown(work, &vectors[i], number), shown(work, &other[i], 0)))
            abort();
}

static void check(table *plain, table *quoted, dx_arena *work, dx_str text) {
    dx_csv csv;
    uint64_t lines, line = 1;
    uint32_t most = text.n % 7 ? 1 + (uint32_t)(text.n % 7) : DX_ROWS;
    dx_csv_init(&csv, work);
    while (text.n > 0) {
        size_t n = dx_records_cut(&csv, text, true, most, &lines);
        if (n == 0 || n > text.n)
            abort();
        const dx_vector *vectors =
            dx_records_read(plain->records, with_margin(work, (dx_str){text.p, n}), line);
        if (plain->records->n > most)
            abort();
        for (uint32_t i = 0; i < plain->records->n; i++) {
            const dx_row *row = &plain->records->rows[i];
            if (row->line < line || row->line >= line + lines)
                abort();
            check_row(quoted, work, vectors, row, i);
        }
        line += lines;
        text = (dx_str){text.p + n, text.n - n};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const dx_proc nothing = {0};
    static const dx_program program = {.main = &nothing};
    static table plain, quoted;
    dx_arena work, *arenas[] = {&work, &plain.kept, &plain.block, &quoted.kept, &quoted.block};
    dx_trap trap;
    for (int i = 0; i < 5; i++)
        dx_arena_init(arenas[i], (size_t)256 << 20);
    if (DX_TRAP(&work, &trap) == 0) {
        for (int i = 1; i < 5; i++)
            arenas[i]->trap = work.trap;
        open_table(&plain, &program);
        open_table(&quoted, &program);
        if (size < 1 << 14)
            check(&plain, &quoted, &work, (dx_str){(const char *)data, size});
        dx_run_free(plain.records->columns->run);
        dx_run_free(quoted.records->columns->run);
    }
    dx_trap_end(&work, &trap);
    for (int i = 0; i < 5; i++)
        dx_arena_done(arenas[i]);
    return 0;
}
