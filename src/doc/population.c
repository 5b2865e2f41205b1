/* See population.h. A row becomes a form (form.h): the same rules hold for a cell of either. */
#include "doc/population.h"

#include "base/csv.h"
#include "base/utf8.h"
#include "doc/form.h"
#include "doc/sheet.h"

enum {
    HEAD_ROWS = 20,             /* the heading row is among the first */
    SHEET_BYTES_MAX = 256 << 20 /* unpacked: of 20,000 rows with all columns some 200 MB */
};

struct dx_population {
    dx_arena *arena;
    const dx_pack *pack;
    dx_population_kind kind;
    dx_workbook *workbook;
    dx_sheet *sheet;
    dx_str sheet_name;
    dx_csv csv;
    dx_str rest; /* of the text: what is not read yet */
    uint64_t row, line;
    uint32_t given;
    dx_str *columns; /* the path that each is for; empty: it has no heading; #: a remark */
    uint32_t n_columns;
};

static bool fail(const dx_population *p, dx_diags *diags, dx_err code, dx_str a, dx_str b) {
    dx_diag_add(diags, code, (dx_place){.file = p->sheet_name}, a, b, (dx_str){0});
    return false;
}

/* --- rows of either kind of table --- */

/* A fault of the file itself says where it is. */
static void refuse_record(const dx_population *p, dx_diags *diags) {
    dx_place place = dx_csv_place(&p->csv, (dx_str){0}, p->csv.fault_at);
    dx_diag_add(diags, p->csv.fault, place, (dx_str){0}, (dx_str){0}, (dx_str){0});
}

static dx_population_got next_record(dx_population *p, dx_arena *arena, dx_sheet_row *ret,
                                     dx_diags *diags) {
    if (dx_csv_next(&p->csv, p->rest, true) != DX_CSV_RECORD)
        return DX_POPULATION_END;
    p->rest = (dx_str){p->rest.p + p->csv.record.n, p->rest.n - p->csv.record.n};
    p->line = p->csv.line;
    p->row++;
    uint32_t n = p->csv.fields.n < DX_COLUMNS_MAX ? p->csv.fields.n : DX_COLUMNS_MAX;
    *ret = (dx_sheet_row){(uint32_t)p->row, DX_NEW_ARRAY(arena, dx_sheet_cell, n + 1), n};
    for (uint32_t i = 0; i < n; i++)
        ret->cells[i].text = dx_str_trim(dx_csv_text(arena, &p->csv.fields.v[i]));
    if (p->csv.fault == DX_OK)
        return DX_POPULATION_GIVEN;
    refuse_record(p, diags);
    return DX_POPULATION_BAD;
}

static dx_population_got next_row(dx_population *p, dx_arena *arena, dx_sheet_row *ret,
                                  dx_diags *diags) {
    if (p->kind == DX_POPULATION_CSV)
        return next_record(p, arena, ret, diags);
    dx_row_got got = dx_sheet_next(p->sheet, arena, ret, diags);
    p->row = p->line = ret->number;
    return got == DX_ROW_GIVEN  ? DX_POPULATION_GIVEN
           : got == DX_ROWS_END ? DX_POPULATION_END
                                : DX_POPULATION_FAILED;
}

/* Goes to the first row. */
static bool rewind_rows(dx_population *p, dx_str bytes, dx_diags *diags) {
    p->row = p->line = 0;
    if (p->kind == DX_POPULATION_CSV) {
        dx_csv_init(&p->csv, p->arena);
        p->rest = dx_csv_without_bom(bytes);
        return true;
    }
    p->sheet = dx_sheet_open(p->workbook, 0, diags);
    return p->sheet != NULL;
}

/* --- headings --- */

typedef enum named { NOTHING, A_LABEL, A_PATH } named;

static void take_name(named *found, uint32_t *count, dx_str *ret, named how, dx_str path) {
    if (how < *found)
        return;
    *count = how > *found ? 1 : *count + 1;
    *found = how;
    *ret = path;
}

/* What a heading names: a path, or a label, which `ret_count` facts or subjects share. */
static named find_name(const dx_pack *pack, dx_str heading, dx_str *ret, uint32_t *ret_count) {
    named found = NOTHING;
    *ret_count = 0;
    for (uint32_t i = 0; i < pack->n_facts; i++) {
        const dx_fact *fact = &pack->facts[i];
        if (dx_str_eq(heading, fact->path))
            take_name(&found, ret_count, ret, A_PATH, fact->path);
        else if (dx_str_eq(heading, fact->label.zh) || dx_str_eq(heading, fact->label.en))
            take_name(&found, ret_count, ret, A_LABEL, fact->path);
    }
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        if (dx_str_eq(heading, input->name))
            take_name(&found, ret_count, ret, A_PATH, input->name);
        else if (dx_str_eq(heading, input->label.zh) || dx_str_eq(heading, input->label.en))
            take_name(&found, ret_count, ret, A_LABEL, input->name);
    }
    return found;
}

/* The best that any heading of a row is. */
static named rate_row(const dx_population *p, const dx_sheet_row *row) {
    named best = NOTHING;
    for (uint32_t i = 0; i < row->n; i++) {
        dx_str path;
        uint32_t count;
        named how =
            row->cells[i].text.n ? find_name(p->pack, row->cells[i].text, &path, &count) : NOTHING;
        best = how > best ? how : best;
    }
    return best;
}

static dx_str candidates(const dx_population *p, dx_arena *arena, dx_str label) {
    dx_buf list = {.arena = arena};
    for (uint32_t i = 0; i < p->pack->n_facts; i++) {
        const dx_fact *fact = &p->pack->facts[i];
        if (!dx_str_eq(label, fact->label.zh) && !dx_str_eq(label, fact->label.en))
            continue;
        dx_buf_addz(&list, list.n ? ", " : "");
        dx_buf_add(&list, fact->path);
    }
    return dx_buf_str(&list);
}

static dx_place place_of(const dx_population *p, uint32_t at, dx_str address) {
    return (dx_place){
        .file = p->sheet_name, .line = (uint32_t)p->line, .column = at + 1, .element = address};
}

static void read_heading(dx_population *p, uint32_t at, dx_str heading, dx_diags *diags) {
    uint32_t count;
    dx_str path, address = dx_cell_address(p->arena, at, p->row), none = {0};
    dx_place place = place_of(p, at, address);
    named how = find_name(p->pack, heading, &path, &count);
    if (how == NOTHING) {
        dx_diag_add(diags, DX_E_TABLE_UNKNOWN, place, address, heading, none);
        return;
    }
    if (how == A_LABEL && count > 1) {
        dx_diag_add(diags, DX_E_TABLE_AMBIGUOUS, place, address, heading,
                    candidates(p, p->arena, heading));
        return;
    }
    for (uint32_t i = 0; i < at; i++)
        if (dx_str_eq(p->columns[i], path))
            dx_diag_add(diags, DX_E_TABLE_TWICE, place, address, heading,
                        dx_cell_address(p->arena, i, p->row));
    p->columns[at] = path;
}

/* The heading row: the first that has a path, or else the first that has a label. A template has
 * both, labels above paths. 0: there is none. */
static uint64_t find_headings(dx_population *p, dx_diags *diags) {
    dx_sheet_row row;
    uint64_t labels = 0;
    dx_population_got got = DX_POPULATION_GIVEN;
    while (p->row < HEAD_ROWS && got != DX_POPULATION_END && got != DX_POPULATION_FAILED) {
        got = next_row(p, p->arena, &row, diags);
        named how = got == DX_POPULATION_GIVEN ? rate_row(p, &row) : NOTHING;
        if (how == A_PATH)
            return p->row;
        if (how == A_LABEL && labels == 0)
            labels = p->row;
    }
    return labels;
}

static bool read_headings(dx_population *p, dx_str bytes, dx_diags *diags) {
    static const dx_str remark = {"#", 1};
    uint64_t number = find_headings(p, diags);
    dx_sheet_row row = {0};
    if (diags->errors)
        return false;
    if (number == 0)
        return fail(p, diags, DX_E_TABLE_HEADING, dx_str_fmt(p->arena, "%d", HEAD_ROWS),
                    p->pack->facts[0].path);
    if (!rewind_rows(p, bytes, diags))
        return false;
    while (p->row < number)
        if (next_row(p, p->arena, &row, diags) != DX_POPULATION_GIVEN)
            return false;
    p->columns = DX_NEW_ARRAY(p->arena, dx_str, row.n + 1);
    p->n_columns = row.n;
    for (uint32_t i = 0; i < row.n; i++) {
        dx_str heading = row.cells[i].text;
        if (dx_str_starts(heading, remark))
            p->columns[i] = remark;
        else if (heading.n)
            read_heading(p, i, heading, diags);
    }
    return diags->errors == 0;
}

/* --- opening --- */

static bool is_utf8(const dx_population *p, dx_str bytes, dx_diags *diags) {
    size_t bad;
    if (dx_utf8_valid(bytes, &bad))
        return true;
    uint32_t line = 1;
    for (size_t i = 0; i < bad; i++)
        line += bytes.p[i] == '\n';
    dx_diag_add(diags, DX_E_TABLE_UTF8, (dx_place){.file = p->sheet_name, .line = line},
                (dx_str){0}, (dx_str){0}, (dx_str){0});
    return false;
}

static bool open_workbook(dx_population *p, dx_str bytes, dx_diags *diags) {
    p->workbook = dx_workbook_open(p->arena, bytes, SHEET_BYTES_MAX, diags);
    if (p->workbook)
        p->sheet_name = dx_workbook_sheet_name(p->workbook, 0);
    return p->workbook != NULL;
}

dx_population *dx_population_open(dx_arena *arena, const dx_pack *pack, dx_population_kind kind,
                                  dx_str bytes, dx_diags *diags) {
    dx_population *p = DX_NEW(arena, dx_population);
    *p = (dx_population){.arena = arena, .pack = pack, .kind = kind};
    p->rest = dx_csv_without_bom(bytes);
    bool good =
        kind == DX_POPULATION_XLSX ? open_workbook(p, bytes, diags) : is_utf8(p, bytes, diags);
    if (good && kind != DX_POPULATION_NDJSON)
        good = rewind_rows(p, bytes, diags) && read_headings(p, bytes, diags);
    return good ? p : NULL;
}

/* --- enterprises --- */

/* The cells of a row with the paths of their columns, empty when none is filled in. A cell under no
 * heading is a fault: in a CSV file it is what an unquoted comma leads to. */
static void fill_form(const dx_population *p, const dx_sheet_row *row, dx_arena *arena,
                      dx_form *form, dx_diags *diags) {
    *form = (dx_form){.pack = p->pack->id};
    for (uint32_t i = 0; i < row->n; i++) {
        dx_str path = i < p->n_columns ? p->columns[i] : (dx_str){0};
        if (row->cells[i].text.n == 0 || dx_str_is(path, "#"))
            continue;
        dx_form_row filled = {
            .path = path, .cell = row->cells[i], .address = dx_cell_address(arena, i, p->row)};
        if (path.n)
            dx_vec_push(arena, &form->rows, filled);
        else
            dx_cell_refuse(diags, DX_E_TABLE_NO_HEADING, filled.address, filled.cell.text);
    }
}

/* Faults of a form know their cells; here the sheet, row and column are said too. */
static void place_faults(const dx_population *p, dx_diag *first) {
    for (dx_diag *d = first; d; d = d->next) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < d->place.element.n && d->place.element.p[i] >= 'A'; i++)
            at = at * 26 + (uint32_t)(d->place.element.p[i] - 'A') + 1;
        d->place = place_of(p, at ? at - 1 : 0, d->place.element);
    }
}

static dx_population_got next_of_table(dx_population *p, dx_run *run, dx_facts *ret,
                                       dx_diags *diags) {
    dx_sheet_row row;
    dx_form form;
    dx_str json;
    do {
        dx_arena_reset(run->arena); /* a sheet may have a million rows with nothing in them */
        dx_run_reset(run);
        dx_population_got got = next_row(p, run->arena, &row, diags);
        if (got != DX_POPULATION_GIVEN)
            return got;
        fill_form(p, &row, run->arena, &form, diags);
    } while (form.rows.n == 0 && diags->errors == 0);
    if (dx_form_facts(p->pack, run, &form, &json, ret, diags) && diags->errors == 0)
        return DX_POPULATION_GIVEN;
    place_faults(p, diags->first);
    return DX_POPULATION_BAD;
}

/* The next line that is not empty. */
static bool next_line(dx_population *p, dx_str *ret) {
    do {
        if (p->rest.n == 0)
            return false;
        const char *end = memchr(p->rest.p, '\n', p->rest.n);
        size_t n = end ? (size_t)(end - p->rest.p) : p->rest.n;
        *ret = dx_str_trim((dx_str){p->rest.p, n});
        p->rest = (dx_str){p->rest.p + n + (end != NULL), p->rest.n - n - (end != NULL)};
        p->line = ++p->row;
    } while (ret->n == 0);
    return true;
}

static dx_population_got next_of_lines(dx_population *p, dx_run *run, dx_facts *ret,
                                       dx_diags *diags) {
    dx_str line;
    dx_arena_reset(run->arena);
    dx_run_reset(run);
    if (!next_line(p, &line))
        return DX_POPULATION_END;
    const dx_json *json = dx_json_parse(run->arena, line, (dx_str){0}, diags);
    if (json && dx_facts_read(p->pack, run, json, json, ret, diags))
        return DX_POPULATION_GIVEN;
    for (dx_diag *d = diags->first; d; d = d->next)
        d->place.line = (uint32_t)p->line;
    return DX_POPULATION_BAD;
}

dx_population_got dx_population_next(dx_population *p, dx_run *run, dx_facts *ret,
                                     dx_diags *diags) {
    dx_population_got got = p->kind == DX_POPULATION_NDJSON ? next_of_lines(p, run, ret, diags)
                                                            : next_of_table(p, run, ret, diags);
    if (got == DX_POPULATION_END && p->given == 0) {
        fail(p, diags, DX_E_TABLE_EMPTY, (dx_str){0}, (dx_str){0});
        return DX_POPULATION_FAILED;
    }
    if (got != DX_POPULATION_GIVEN && got != DX_POPULATION_BAD)
        return got;
    if (++p->given > DX_POPULATION_MAX) {
        fail(p, diags, DX_E_TABLE_ROWS, dx_str_fmt(run->arena, "%d", DX_POPULATION_MAX),
             (dx_str){0});
        return DX_POPULATION_FAILED;
    }
    return got;
}

uint64_t dx_population_row(const dx_population *population) {
    return population->row;
}
