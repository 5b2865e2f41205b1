/* See xlsx_read.h. The only file that knows libzip. An .xlsx file is a zip of XML: the sheets refer
 * to texts by their number in sharedStrings.xml. Of all that a workbook can hold, the first sheet
 * with the form's header row is looked at and nothing else. */
#include "doc/xlsx_read.h"

#include <zip.h>

#include "dmn/xml.h"
#include "doc/xlsx_write.h"

enum {
    ENTRIES_MAX = 500,
    SHEETS_MAX = 10,
    ENTRY_BYTES_MAX = 1 << 20, /* unpacked; a filled form has some 60,000 */
    COLUMNS_MAX = 64,          /* further to the right nothing is looked for */
    HEAD_ROWS = 20,            /* the header row is among the first */
    SHOWN_DIGITS = 15,
};

static const dx_str namespaces[] = {
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
     sizeof "http://schemas.openxmlformats.org/spreadsheetml/2006/main" - 1},
    {"http://purl.oclc.org/ooxml/spreadsheetml/main",
     sizeof "http://purl.oclc.org/ooxml/spreadsheetml/main" - 1},
};

enum word { W_C, W_R, W_T, W_V, W_IS, W_SI, W_RPH, W_ROW, W_SST, W_DATA, W_SHEET, WORDS };
static const dx_str words[WORDS] = {{"c", 1},   {"r", 1},         {"t", 1},        {"v", 1},
                                    {"is", 2},  {"si", 2},        {"rPh", 3},      {"row", 3},
                                    {"sst", 3}, {"sheetData", 9}, {"worksheet", 9}};
static const dx_xml_vocabulary vocabulary = {namespaces, words, 2, WORDS, false};

typedef struct reader {
    dx_arena *arena;
    zip_t *zip;
    dx_str *shared; /* texts by number */
    uint32_t n_shared;
} reader;

/* --- the zip --- */

static void discard(void *arg) {
    zip_discard(arg);
}

static bool open_zip(reader *r, dx_str bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.p, bytes.n, 0, &error);
    r->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !r->zip)
        zip_source_free(source);
    zip_error_fini(&error);
    if (r->zip)
        dx_arena_on_done(r->arena, discard, r->zip);
    return r->zip && zip_get_num_entries(r->zip, 0) <= ENTRIES_MAX;
}

typedef enum got { GOT, MISSING, TOO_LARGE } got;

/* An entry unpacked. What its header says of its size is not relied on. */
static got read_entry(reader *r, uint64_t index, dx_str *ret) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat_index(r->zip, index, 0, &about) != 0 || !(about.valid & ZIP_STAT_SIZE))
        return MISSING;
    if (about.size > ENTRY_BYTES_MAX)
        return TOO_LARGE;
    size_t room = (size_t)about.size + 1, n = 0;
    char *text = dx_alloc(r->arena, room);
    zip_file_t *file = zip_fopen_index(r->zip, index, 0);
    zip_int64_t some = file ? 1 : -1;
    while (some > 0 && n < room) {
        some = zip_fread(file, text + n, room - n);
        n += some > 0 ? (size_t)some : 0;
    }
    if (file)
        zip_fclose(file);
    if (some < 0 || n != about.size)
        return n > about.size ? TOO_LARGE : MISSING;
    *ret = (dx_str){text, n};
    return GOT;
}

/* A fault inside of the XML helps nobody who fills in a form: it is a damaged file. */
static const dx_xml *parse(reader *r, dx_str text, enum word root) {
    dx_diags unheard;
    dx_diags_init(&unheard, r->arena);
    const dx_xml *xml =
        dx_xml_read(r->arena, r->arena, text, DX_STR("xlsx"), &vocabulary, &unheard);
    return xml && xml->root && xml->root->word == root ? xml : NULL;
}

/* --- texts --- */

/* The text of <si> or <is>: one <t>, or runs <r> each with one. Readings aloud (<rPh>) are left. */
static dx_str rich_text(reader *r, const dx_xml_node *node) {
    dx_buf text = {.arena = r->arena};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == W_T)
            dx_buf_add(&text, child->text.s);
        for (const dx_xml_node *run = child->word == W_R ? child->first : NULL; run;
             run = run->next)
            if (run->word == W_T)
                dx_buf_add(&text, run->text.s);
    }
    return dx_buf_str(&text);
}

static bool read_shared(reader *r) {
    zip_int64_t at = zip_name_locate(r->zip, "xl/sharedStrings.xml", ZIP_FL_NOCASE);
    dx_str text;
    if (at < 0)
        return true; /* every text stands in its cell */
    const dx_xml *xml = read_entry(r, (uint64_t)at, &text) == GOT ? parse(r, text, W_SST) : NULL;
    if (!xml)
        return false;
    uint32_t n = 0;
    for (const dx_xml_node *si = xml->root->first; si; si = si->next)
        n += si->word == W_SI;
    r->shared = DX_NEW_ARRAY(r->arena, dx_str, n + 1);
    for (const dx_xml_node *si = xml->root->first; si; si = si->next)
        if (si->word == W_SI)
            r->shared[r->n_shared++] = rich_text(r, si);
    return true;
}

/* --- cells --- */

typedef struct cell {
    dx_str text;
    bool number, boolean, error;
} cell;

/* A small number in plain digits; UINT32_MAX when it is none. */
static uint32_t small_number(dx_str text) {
    uint32_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || n > 9999999)
            return UINT32_MAX;
        n = n * 10 + (uint32_t)(text.p[i] - '0');
    }
    return text.n ? n : UINT32_MAX;
}

/* "D12" is column 3; a cell without an address follows the one before it. */
static uint32_t column_of(const dx_xml_node *node, uint32_t next) {
    dx_str at = dx_xml_attr_get(node, "r");
    uint32_t column = 0;
    for (size_t i = 0; i < at.n && i < 4 && at.p[i] >= 'A' && at.p[i] <= 'Z'; i++)
        column = column * 26 + (uint32_t)(at.p[i] - 'A') + 1;
    return column ? column - 1 : next;
}

static cell read_cell(reader *r, const dx_xml_node *node) {
    dx_str type = dx_xml_attr_get(node, "t"), value = {0};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (child->word == W_V)
            value = child->text.s;
        else if (child->word == W_IS)
            return (cell){.text = dx_str_trim(rich_text(r, child))};
    }
    if (dx_str_is(type, "s")) {
        uint32_t number = small_number(dx_str_trim(value));
        return (cell){.text = number < r->n_shared ? dx_str_trim(r->shared[number]) : (dx_str){0}};
    }
    cell c = {.text = dx_str_trim(value)};
    c.boolean = dx_str_is(type, "b");
    c.error = dx_str_is(type, "e");
    c.number = !type.n || dx_str_is(type, "n");
    return c;
}

/* The cells of a row in their columns. */
static void read_row(reader *r, const dx_xml_node *row, cell cells[COLUMNS_MAX]) {
    uint32_t column = 0;
    for (uint32_t i = 0; i < COLUMNS_MAX; i++)
        cells[i] = (cell){0};
    for (const dx_xml_node *node = row->first; node; node = node->next) {
        if (node->word != W_C)
            continue;
        column = column_of(node, column);
        if (column < COLUMNS_MAX)
            cells[column] = read_cell(r, node);
        column++;
    }
}

/* --- the form --- */

typedef struct layout {
    uint32_t value, path;
    bool found;
} layout;

static layout find_layout(const cell cells[COLUMNS_MAX]) {
    layout l = {UINT32_MAX, UINT32_MAX, false};
    for (uint32_t i = 0; i < COLUMNS_MAX; i++) {
        if (dx_str_is(cells[i].text, DX_FORM_PATH_NAME))
            l.path = i;
        else if (dx_str_is(cells[i].text, DX_FORM_VALUE_ZH) ||
                 dx_str_is(cells[i].text, DX_FORM_VALUE_EN))
            l.value = i;
    }
    l.found = l.value != UINT32_MAX && l.path != UINT32_MAX;
    return l;
}

static dx_str address(dx_arena *arena, uint32_t column, uint32_t row) {
    char first = (char)('A' + column / 26 - 1), last = (char)('A' + column % 26);
    return column < 26 ? dx_str_fmt(arena, "%c%u", last, row)
                       : dx_str_fmt(arena, "%c%c%u", first, last, row);
}

static const dx_xml_node *sheet_data(const dx_xml *xml) {
    for (const dx_xml_node *node = xml->root->first; node; node = node->next)
        if (node->word == W_DATA)
            return node;
    return NULL;
}

/* Reads the sheet when it is the form. */
static bool read_sheet(reader *r, const dx_xml_node *data, dx_form *ret) {
    cell cells[COLUMNS_MAX];
    layout l = {0};
    uint32_t number = 0, n = 0;
    dx_str above[COLUMNS_MAX] = {{0}}; /* the row before */
    for (const dx_xml_node *row = data->first; row; row = row->next)
        n += row->word == W_ROW;
    ret->rows = DX_NEW_ARRAY(r->arena, dx_form_row, n + 1);
    ret->n = 0;
    for (const dx_xml_node *row = data->first; row; row = row->next) {
        if (row->word != W_ROW)
            continue;
        uint32_t said = small_number(dx_xml_attr_get(row, "r"));
        number = said != UINT32_MAX ? said : number + 1;
        read_row(r, row, cells);
        if (!l.found && number > HEAD_ROWS)
            return false;
        if (!l.found) {
            l = find_layout(cells);
            if (l.found)
                ret->pack = above[l.path];
        } else if (cells[l.path].text.n) {
            const cell *c = &cells[l.value];
            ret->rows[ret->n++] = (dx_form_row){.path = cells[l.path].text,
                                                .value = c->text,
                                                .cell = address(r->arena, l.value, number),
                                                .number = c->number,
                                                .boolean = c->boolean,
                                                .error = c->error};
        }
        for (uint32_t i = 0; i < COLUMNS_MAX; i++)
            above[i] = cells[i].text;
    }
    return l.found;
}

static bool fail(dx_diags *diags, dx_err code) {
    dx_diag_add(diags, code, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
    return false;
}

static bool is_sheet(const char *name) {
    dx_str s = dx_str_of(name);
    return dx_str_starts(s, DX_STR("xl/worksheets/")) && dx_str_ends(s, DX_STR(".xml"));
}

bool dx_form_read(dx_arena *arena, dx_str bytes, dx_form *ret, dx_diags *diags) {
    reader r = {.arena = arena};
    *ret = (dx_form){0};
    if (!open_zip(&r, bytes) || !read_shared(&r))
        return fail(diags, DX_E_XLSX_FORMAT);
    zip_int64_t n = zip_get_num_entries(r.zip, 0);
    uint32_t sheets = 0;
    for (zip_int64_t i = 0; i < n && sheets < SHEETS_MAX; i++) {
        const char *name = zip_get_name(r.zip, (uint64_t)i, 0);
        dx_str text;
        if (!name || !is_sheet(name))
            continue;
        sheets++;
        got found = read_entry(&r, (uint64_t)i, &text);
        if (found != GOT)
            return fail(diags, found == TOO_LARGE ? DX_E_XLSX_LARGE : DX_E_XLSX_FORMAT);
        const dx_xml *xml = parse(&r, text, W_SHEET);
        const dx_xml_node *data = xml ? sheet_data(xml) : NULL;
        if (!xml)
            return fail(diags, DX_E_XLSX_FORMAT);
        if (data && read_sheet(&r, data, ret))
            return true;
    }
    return fail(diags, sheets ? DX_E_XLSX_TEMPLATE : DX_E_XLSX_FORMAT);
}

/* --- values --- */

typedef struct filling {
    dx_arena *arena;
    const dx_pack *pack;
    dx_diags *diags;
    dx_json_writer *out;
} filling;

static void refuse(const filling *f, const dx_form_row *row, dx_err code, dx_str what) {
    enum { MOST = 60 };
    size_t n = what.n < MOST ? what.n : MOST;
    while (n < what.n && n > 0 && ((unsigned char)what.p[n] & 0xc0) == 0x80)
        n--;
    dx_diag_add(f->diags, code, (dx_place){.element = row->cell}, row->cell, (dx_str){what.p, n},
                (dx_str){0});
}

static bool is_one_of(dx_str text, const char *const *list) {
    for (; *list; list++)
        if (dx_str_is(text, *list))
            return true;
    return false;
}

static bool is_none(dx_str text) {
    static const char *const none[] = {"无", "没有", "none", "None", "NONE", NULL};
    return is_one_of(text, none);
}

/* What leaves a fact open. */
static bool is_open(dx_str text) {
    static const char *const open[] = {"不清楚", "不知道", "未知", "not sure", "not known", NULL};
    return text.n == 0 || is_one_of(text, open);
}

/* The power of ten of the first digit that is not 0: 2 for 123.4, -2 for 0.0123. */
static int64_t magnitude(dx_str text) {
    int64_t power = -1, exponent = 0;
    bool point = false, counting = false, negative = false;
    size_t i = 0;
    for (; i < text.n && text.p[i] != 'e' && text.p[i] != 'E'; i++) {
        if (text.p[i] == '.')
            point = true;
        counting |= text.p[i] >= '1' && text.p[i] <= '9';
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        power += digit && !point && counting;
        power -= digit && point && !counting;
    }
    for (i++; i < text.n; i++) {
        negative |= text.p[i] == '-';
        if (text.p[i] >= '0' && text.p[i] <= '9' && exponent < 100000)
            exponent = exponent * 10 + (text.p[i] - '0');
    }
    return power + (negative ? -exponent : exponent);
}

static bool put_number(const filling *f, dx_str text, bool stored) {
    dx_buf plain = {.arena = f->arena}, shown = {.arena = f->arena};
    dx_num num;
    for (size_t i = 0; i < text.n; i++)
        if (stored || text.p[i] != ',') /* 1,000,000.00 as people write it */
            dx_buf_char(&plain, text.p[i]);
    dx_str digits = dx_buf_str(&plain);
    if (dx_num_text_digits(digits) > DX_NUM_DIGITS || !dx_num_parse(f->arena, digits, &num))
        return false;
    int64_t scale = SHOWN_DIGITS - 1 - magnitude(digits);
    if (stored && dx_num_text_digits(digits) > SHOWN_DIGITS && scale > -6000 && scale < 6000) {
        dx_num_round(f->arena, num, (int)scale, DX_ROUND_HALF_EVEN, &num);
        num = dx_num_strip(f->arena, num);
    }
    dx_num_print(&shown, num);
    dx_json_raw(f->out, dx_buf_str(&shown));
    return true;
}

static bool put_boolean(const filling *f, const dx_form_row *row) {
    static const char *const yes[] = {"是",   "对",   "yes",  "Yes", "YES",
                                      "true", "TRUE", "True", NULL};
    static const char *const no[] = {"否",    "不是",  "no",    "No", "NO",
                                     "false", "FALSE", "False", NULL};
    bool t = row->boolean ? dx_str_is(row->value, "1") : is_one_of(row->value, yes);
    if (!t && !(row->boolean ? dx_str_is(row->value, "0") : is_one_of(row->value, no)))
        return false;
    dx_json_bool(f->out, t);
    return true;
}

/* The piece up to a separator, which may also be full-width; *text goes past it. */
static dx_str cut(dx_str *text, const char *narrow, const char *wide) {
    size_t wide_n = strlen(wide);
    for (size_t i = 0; i < text->n; i++) {
        dx_str rest = {text->p + i, text->n - i};
        bool is_wide = dx_str_starts(rest, (dx_str){wide, wide_n});
        if (!is_wide && !strchr(narrow, text->p[i]))
            continue;
        dx_str piece = {text->p, i};
        size_t skip = is_wide ? wide_n : 1;
        *text = (dx_str){rest.p + skip, rest.n - skip};
        return dx_str_trim(piece);
    }
    dx_str all = *text;
    *text = (dx_str){0};
    return dx_str_trim(all);
}

/* "1000000/90; 500000/30": the members of an element in the order of its type. */
static bool put_list(const filling *f, dx_str text, const dx_type *element) {
    bool good = element && element->kind == DX_T_CONTEXT;
    dx_json_open(f->out, '[');
    while (good && text.n) {
        dx_str entry = cut(&text, ";\n", "；");
        if (!entry.n)
            continue;
        dx_json_open(f->out, '{');
        for (uint32_t i = 0; good && i < element->n; i++) {
            dx_str piece = cut(&entry, "/", "／");
            dx_json_key(f->out, element->shape->keys[i]);
            good = piece.n && put_number(f, piece, false);
        }
        good = good && entry.n == 0;
        dx_json_close(f->out, '}');
    }
    dx_json_close(f->out, ']');
    return good;
}

static void put_value(const filling *f, const dx_form_row *row, const dx_fact *fact) {
    dx_err code = DX_OK;
    if (row->error)
        code = DX_E_XLSX_CELL_ERROR;
    else if (is_none(row->value))
        dx_json_null(f->out);
    else if (fact->type->kind == DX_T_BOOL)
        code = put_boolean(f, row) ? DX_OK : DX_E_XLSX_BOOLEAN;
    else if (fact->type->kind == DX_T_NUM)
        code = !row->boolean && put_number(f, row->value, row->number) ? DX_OK : DX_E_XLSX_NUMBER;
    else if (fact->type->kind == DX_T_LIST)
        code = put_list(f, row->value, fact->type->elem) ? DX_OK : DX_E_XLSX_LIST;
    else if (fact->type->kind == DX_T_DATE && row->number)
        code = DX_E_XLSX_DATE; /* a day number means another day in another workbook */
    else
        dx_json_string(f->out, row->value);
    if (code != DX_OK)
        refuse(f, row, code, row->value);
}

/* --- facts --- */

static dx_str pointer_of(dx_arena *arena, dx_str subject, dx_str fact) {
    dx_buf pointer = {.arena = arena};
    dx_json_put_step(&pointer, subject);
    if (fact.n)
        dx_json_put_step(&pointer, fact);
    return dx_buf_str(&pointer);
}

/* The rows of all paths, by path; faults for what is said twice or of no fact. */
static void index_rows(const filling *f, dx_form *form, dx_map *ret) {
    dx_map known = {0};
    for (uint32_t i = 0; i < f->pack->n_inputs; i++)
        dx_map_put(f->arena, &known, f->pack->inputs[i].name, i);
    for (uint32_t i = 0; i < f->pack->n_facts; i++)
        dx_map_put(f->arena, &known, f->pack->facts[i].path, i);
    for (uint32_t i = 0; i < form->n; i++) {
        const dx_form_row *row = &form->rows[i];
        if (!row->value.n)
            continue;
        if (dx_map_get(&known, row->path) == DX_MAP_NONE)
            refuse(f, row, DX_E_XLSX_PATH, row->path);
        else if (!dx_map_put(f->arena, ret, row->path, i))
            refuse(f, row, DX_E_XLSX_TWICE, row->path);
    }
}

static dx_form_row *row_of(const dx_form *form, const dx_map *rows, dx_str path) {
    uint32_t at = dx_map_get(rows, path);
    return at == DX_MAP_NONE || is_open(form->rows[at].value) ? NULL : &form->rows[at];
}

static void put_subject(const filling *f, const dx_form *form, const dx_map *rows,
                        const dx_input *input) {
    dx_form_row *whole = row_of(form, rows, input->name);
    bool none = whole && is_none(whole->value), opened = false;
    if (none) {
        whole->pointer = pointer_of(f->arena, input->name, (dx_str){0});
        dx_json_key(f->out, input->name);
        dx_json_null(f->out);
    } else if (whole) {
        refuse(f, whole, DX_E_XLSX_SUBJECT, whole->value);
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const dx_fact *fact = &f->pack->facts[input->first + i];
        dx_form_row *row = row_of(form, rows, fact->path);
        if (!row)
            continue;
        if (none) {
            refuse(f, row, DX_E_XLSX_NONE, whole->cell);
            continue;
        }
        if (!opened) {
            dx_json_key(f->out, input->name);
            dx_json_open(f->out, '{');
        }
        opened = true;
        row->pointer = pointer_of(f->arena, input->name, fact->name);
        dx_json_key(f->out, fact->name);
        put_value(f, row, fact);
    }
    if (opened)
        dx_json_close(f->out, '}');
}

bool dx_form_facts(dx_arena *arena, const dx_pack *pack, dx_form *form, dx_str *ret,
                   dx_diags *diags) {
    dx_buf text = {.arena = arena};
    dx_json_writer out = {.out = &text};
    filling f = {arena, pack, diags, &out};
    dx_map rows = {0};
    index_rows(&f, form, &rows);
    dx_json_open(&out, '{');
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        put_subject(&f, form, &rows, &pack->inputs[i]);
    dx_json_close(&out, '}');
    *ret = dx_buf_str(&text);
    return diags->errors == 0;
}

const dx_form_row *dx_form_row_at(const dx_form *form, dx_str pointer) {
    for (uint32_t i = 0; i < form->n; i++) {
        dx_str own = form->rows[i].pointer;
        if (own.n && dx_str_starts(pointer, own) && (pointer.n == own.n || pointer.p[own.n] == '/'))
            return &form->rows[i];
    }
    return NULL;
}
