/* See sheet.h. The only file that knows libzip, and the one besides dmn/xml.c that knows expat: a
 * sheet is too long for a tree. Sheets refer to texts by their number in sharedStrings.xml; a text
 * there is read like a row of one cell. Expat is suspended at the end of each row.
 *
 * An arena may raise inside a handler; jumping over expat's frames would lose memory it holds
 * there, so each handler has a trap of its own and the caller of expat raises again. */
#include "doc/sheet.h"

#include <expat.h>
#include <zip.h>

enum {
    ENTRIES_MAX = 500,
    INDEX_BYTES_MAX = 1 << 20,   /* the list of sheets */
    SHARED_BYTES_MAX = 32 << 20, /* unpacked */
    PIECE_BYTES = 64 << 10,
    TOKEN_BYTES_MAX = 1 << 20, /* between two things that expat reports */
    DEPTH_MAX = 32,
};

/* Between namespace and local name in what expat reports. */
#define SEPARATOR '\n'
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define MAIN_STRICT "http://purl.oclc.org/ooxml/spreadsheetml/main"

typedef struct entry {
    dx_str name, id;
    bool is_there;
    uint64_t index; /* in the zip */
} entry;

struct dx_workbook {
    dx_arena *arena;
    zip_t *zip;
    uint64_t sheet_bytes;
    entry sheets[DX_SHEETS_MAX];
    uint32_t n_sheets;
    DX_VEC(dx_str) shared; /* texts by number */
};

/* A part of the workbook that is being read. */
struct dx_sheet {
    dx_workbook *workbook;
    zip_file_t *file;
    uint64_t left; /* unpacked bytes to come */
    XML_Parser parser;
    const char *unit; /* the element that a row is: "row", or "si" of shared texts */
    dx_arena *arena;  /* of the row */
    uint64_t fed;
    bool at_end, suspended;
    uint32_t depth, silent; /* inside of <rPh>: how a text is read aloud */
    bool gathering;
    dx_buf text; /* of the cell, or of the shared text */
    DX_VEC(dx_sheet_cell) cells;
    uint32_t number, column;
    char type; /* of the cell: the first letter of s, str, b, e, n; i for inlineStr; t for str */
    bool given;
    dx_err trapped;
};

static bool fail(dx_diags *diags, dx_err code) {
    dx_diag_add(diags, code, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
    return false;
}

/* --- the zip --- */

static void discard(void *zip) {
    zip_discard(zip);
}

static void close_file(void *file) {
    zip_fclose(file);
}

static bool open_zip(dx_workbook *w, dx_str bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.p, bytes.n, 0, &error);
    w->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !w->zip)
        zip_source_free(source);
    zip_error_fini(&error);
    if (w->zip)
        dx_arena_on_done(w->arena, discard, w->zip);
    return w->zip && zip_get_num_entries(w->zip, 0) <= ENTRIES_MAX;
}

/* Opens an entry of at most `most` bytes, if its header is to be believed; reading does not rely on
 * that. NULL with a diagnostic. */
static zip_file_t *open_entry(dx_workbook *w, uint64_t index, uint64_t most, dx_diags *diags) {
    zip_stat_t about;
    zip_stat_init(&about);
    bool known = zip_stat_index(w->zip, index, 0, &about) == 0 && (about.valid & ZIP_STAT_SIZE);
    zip_file_t *file = known && about.size <= most ? zip_fopen_index(w->zip, index, 0) : NULL;
    if (file)
        dx_arena_on_done(w->arena, close_file, file);
    else
        fail(diags, known && about.size > most ? DX_E_XLSX_LARGE : DX_E_XLSX_FORMAT);
    return file;
}

/* --- what expat reports --- */

/* The part after the namespace, which must be the spreadsheets' own; NULL for another one's. */
static const char *local_name(const XML_Char *name) {
    const char *local = strchr(name, SEPARATOR);
    size_t n = local ? (size_t)(local - name) : 0;
    dx_str space = {name, n};
    bool own = dx_str_is(space, MAIN) || dx_str_is(space, MAIN_STRICT);
    return own ? local + 1 : NULL;
}

/* The value of an attribute by its name, with or without a namespace; empty when there is none. */
static dx_str attribute(const XML_Char **attrs, const char *name) {
    for (; *attrs; attrs += 2) {
        const char *local = strchr(*attrs, SEPARATOR);
        if (strcmp(local ? local + 1 : *attrs, name) == 0)
            return dx_str_of(attrs[1]);
    }
    return (dx_str){0};
}

/* A number in plain digits; UINT32_MAX when it is none. */
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
static uint32_t column_of(dx_str address, uint32_t next) {
    uint32_t column = 0;
    for (size_t i = 0; i < address.n && i < 4 && address.p[i] >= 'A' && address.p[i] <= 'Z'; i++)
        column = column * 26 + (uint32_t)(address.p[i] - 'A') + 1;
    return column ? column - 1 : next;
}

static void open_unit(dx_sheet *s, const XML_Char **attrs) {
    uint32_t said = small_number(attribute(attrs, "r"));
    s->number = said != UINT32_MAX ? said : s->number + 1;
    s->column = 0;
    s->cells.n = s->cells.cap = 0;
    s->cells.v = NULL;
    s->text = (dx_buf){.arena = s->arena};
}

static void open_cell(dx_sheet *s, const XML_Char **attrs) {
    dx_str type = attribute(attrs, "t");
    s->column = column_of(attribute(attrs, "r"), s->column);
    s->type = dx_str_is(type, "str") ? 't' : type.n ? type.p[0] : 'n';
    s->text = (dx_buf){.arena = s->arena};
}

static dx_sheet_cell cell_of(const dx_sheet *s) {
    dx_str text = dx_str_trim(dx_buf_str(&s->text));
    if (s->type == 's') {
        uint32_t number = small_number(text);
        bool there = number < s->workbook->shared.n;
        return (dx_sheet_cell){.text = there ? s->workbook->shared.v[number] : (dx_str){0}};
    }
    return (dx_sheet_cell){
        .text = text, .number = s->type == 'n', .boolean = s->type == 'b', .error = s->type == 'e'};
}

static void close_cell(dx_sheet *s) {
    dx_sheet_cell cell = cell_of(s), empty = {0};
    if (s->column < DX_COLUMNS_MAX && cell.text.n) {
        while (s->cells.n <= s->column)
            dx_vec_push(s->arena, &s->cells, empty);
        s->cells.v[s->column] = cell;
    }
    s->column++;
}

static void open_element(dx_sheet *s, const XML_Char *name, const XML_Char **attrs) {
    const char *local = local_name(name);
    if (++s->depth > DEPTH_MAX)
        dx_trap_raise(s->arena, DX_E_XLSX_FORMAT);
    if (!local)
        return;
    if (strcmp(local, s->unit) == 0)
        open_unit(s, attrs);
    else if (strcmp(local, "c") == 0)
        open_cell(s, attrs);
    else if (strcmp(local, "rPh") == 0)
        s->silent++;
    else if (strcmp(local, "v") == 0 || strcmp(local, "t") == 0)
        s->gathering = s->silent == 0;
}

static void close_element(dx_sheet *s, const XML_Char *name) {
    const char *local = local_name(name);
    s->depth--;
    s->gathering = false;
    if (!local)
        return;
    if (strcmp(local, "rPh") == 0 && s->silent)
        s->silent--;
    else if (strcmp(local, "c") == 0)
        close_cell(s);
    if (strcmp(local, s->unit) != 0)
        return;
    s->given = true;
    XML_StopParser(s->parser, XML_TRUE);
}

/* --- expat --- */

/* Runs `body` where the row's arena may raise. */
#define TRAPPED(s, body) \
    do { \
        dx_trap trap; \
        dx_trap_begin((s)->arena, &trap); \
        if (setjmp(trap.env) == 0) { \
            body; \
        } else { \
            (s)->trapped = trap.code; \
            XML_StopParser((s)->parser, XML_FALSE); \
        } \
        dx_trap_end((s)->arena, &trap); \
    } while (0)

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attrs) {
    dx_sheet *s = user;
    if (s->trapped == DX_OK)
        TRAPPED(s, open_element(s, name, attrs));
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    dx_sheet *s = user;
    if (s->trapped == DX_OK)
        TRAPPED(s, close_element(s, name));
}

static void XMLCALL on_text(void *user, const XML_Char *text, int n) {
    dx_sheet *s = user;
    if (s->gathering && s->trapped == DX_OK)
        TRAPPED(s, dx_buf_add(&s->text, ((dx_str){text, (size_t)n})));
}

/* No entity is ever expanded. */
static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal) {
    dx_sheet *s = user;
    (void)name;
    (void)system;
    (void)public;
    (void)has_internal;
    s->trapped = DX_E_XLSX_FORMAT;
    XML_StopParser(s->parser, XML_FALSE);
}

static void free_parser(void *parser) {
    XML_ParserFree(parser);
}

/* A part of the workbook, at its beginning; NULL with a diagnostic. */
static dx_sheet *open_part(dx_workbook *w, uint64_t index, uint64_t most, const char *unit,
                           dx_diags *diags) {
    static const XML_Memory_Handling_Suite memory = {dx_malloc, dx_realloc, dx_free};
    zip_file_t *file = open_entry(w, index, most, diags);
    if (!file)
        return NULL;
    dx_sheet *s = DX_NEW(w->arena, dx_sheet);
    *s = (dx_sheet){.workbook = w, .file = file, .left = most, .unit = unit};
    s->parser = XML_ParserCreate_MM("UTF-8", &memory, (XML_Char[]){SEPARATOR, 0});
    if (!s->parser)
        dx_trap_raise(w->arena, DX_E_MEMORY);
    dx_arena_on_done(w->arena, free_parser, s->parser);
    XML_SetUserData(s->parser, s);
    XML_SetElementHandler(s->parser, on_start, on_end);
    XML_SetCharacterDataHandler(s->parser, on_text);
    XML_SetStartDoctypeDeclHandler(s->parser, on_doctype);
    return s;
}

/* Hands expat the next piece, or lets it go on with the last. */
static enum XML_Status feed(dx_sheet *s) {
    if (s->suspended)
        return XML_ResumeParser(s->parser);
    void *piece = XML_GetBuffer(s->parser, PIECE_BYTES);
    if (!piece)
        dx_trap_raise(s->arena, DX_E_MEMORY);
    zip_int64_t n = zip_fread(s->file, piece, PIECE_BYTES);
    if (n < 0)
        dx_trap_raise(s->arena, DX_E_XLSX_FORMAT);
    if ((uint64_t)n > s->left)
        dx_trap_raise(s->arena, DX_E_XLSX_LARGE);
    s->left -= (uint64_t)n;
    s->fed += (uint64_t)n;
    s->at_end = n == 0;
    return XML_ParseBuffer(s->parser, (int)n, n == 0);
}

/* Goes on to the end of a row, or of the part. Raises in the row's arena. */
static void go_on(dx_sheet *s) {
    s->given = false;
    while (!s->given && (!s->at_end || s->suspended)) {
        enum XML_Status status = feed(s);
        s->suspended = status == XML_STATUS_SUSPENDED;
        if (s->trapped != DX_OK)
            dx_trap_raise(s->arena, s->trapped);
        if (status == XML_STATUS_ERROR)
            dx_trap_raise(s->arena, XML_GetErrorCode(s->parser) == XML_ERROR_NO_MEMORY
                                        ? DX_E_MEMORY
                                        : DX_E_XLSX_FORMAT);
        XML_Index seen = XML_GetCurrentByteIndex(s->parser);
        if (seen >= 0 && s->fed - (uint64_t)seen > TOKEN_BYTES_MAX)
            dx_trap_raise(s->arena, DX_E_XLSX_LARGE);
    }
}

/* What is wrong with the file is a diagnostic; what is wrong here is raised further. */
static dx_row_got next_unit(dx_sheet *s, dx_arena *arena, dx_diags *diags) {
    dx_trap trap;
    s->arena = arena;
    dx_trap_begin(arena, &trap);
    if (setjmp(trap.env) == 0) {
        go_on(s);
        trap.code = DX_OK;
    }
    dx_trap_end(arena, &trap);
    if (trap.code == DX_E_XLSX_FORMAT || trap.code == DX_E_XLSX_LARGE) {
        fail(diags, trap.code);
        return DX_ROWS_FAILED;
    }
    if (trap.code != DX_OK)
        dx_trap_raise(arena, trap.code);
    return s->given ? DX_ROW_GIVEN : DX_ROWS_END;
}

/* --- the list of sheets --- */

/* The list as workbook.xml has it, in the order of the tabs; where the files are is said elsewhere,
 * by id. */
static void XMLCALL on_listed(void *user, const XML_Char *name, const XML_Char **attrs) {
    dx_sheet *s = user;
    dx_workbook *w = s->workbook;
    const char *local = local_name(name);
    if (!local || strcmp(local, "sheet") != 0 || w->n_sheets == DX_SHEETS_MAX || s->trapped)
        return;
    TRAPPED(s, {
        entry *sheet = &w->sheets[w->n_sheets];
        sheet->name = dx_str_copy(w->arena, attribute(attrs, "name"));
        sheet->id = dx_str_copy(w->arena, attribute(attrs, "id"));
        w->n_sheets++;
    });
}

static void XMLCALL on_related(void *user, const XML_Char *name, const XML_Char **attrs) {
    dx_sheet *s = user;
    dx_workbook *w = s->workbook;
    const char *local = strrchr(name, SEPARATOR);
    if (!local || strcmp(local + 1, "Relationship") != 0)
        return;
    dx_str id = attribute(attrs, "Id"), target = attribute(attrs, "Target");
    bool rooted = dx_str_starts(target, DX_STR("/xl/"));
    if (rooted)
        target = (dx_str){target.p + 4, target.n - 4};
    for (uint32_t i = 0; i < w->n_sheets; i++) {
        char path[200];
        if (!dx_str_eq(w->sheets[i].id, id) || target.n > sizeof path - 4)
            continue;
        memcpy(path, "xl/", 3);
        memcpy(path + 3, target.p, target.n);
        path[3 + target.n] = '\0';
        zip_int64_t at = zip_name_locate(w->zip, path, ZIP_FL_NOCASE);
        w->sheets[i].is_there = at >= 0;
        w->sheets[i].index = at < 0 ? 0 : (uint64_t)at;
    }
}

/* Reads a part for what its elements say. True when there is none. */
static bool read_list(dx_workbook *w, const char *name, XML_StartElementHandler handler,
                      dx_diags *diags) {
    zip_int64_t at = zip_name_locate(w->zip, name, ZIP_FL_NOCASE);
    if (at < 0)
        return true;
    dx_sheet *part = open_part(w, (uint64_t)at, INDEX_BYTES_MAX, "", diags);
    if (!part)
        return false;
    XML_SetElementHandler(part->parser, handler, NULL);
    return next_unit(part, w->arena, diags) == DX_ROWS_END;
}

/* Where the workbook does not say: every file that is a sheet. */
static void list_entries(dx_workbook *w) {
    zip_int64_t n = zip_get_num_entries(w->zip, 0);
    w->n_sheets = 0;
    for (zip_int64_t i = 0; i < n && w->n_sheets < DX_SHEETS_MAX; i++) {
        const char *name = zip_get_name(w->zip, (uint64_t)i, 0);
        dx_str s = dx_str_of(name);
        if (dx_str_starts(s, DX_STR("xl/worksheets/")) && dx_str_ends(s, DX_STR(".xml")))
            w->sheets[w->n_sheets++] =
                (entry){.name = dx_str_copy(w->arena, s), .index = (uint64_t)i, .is_there = true};
    }
}

static bool list_sheets(dx_workbook *w, dx_diags *diags) {
    if (!read_list(w, "xl/workbook.xml", on_listed, diags) ||
        !read_list(w, "xl/_rels/workbook.xml.rels", on_related, diags))
        return false;
    for (uint32_t i = 0; i < w->n_sheets; i++)
        if (!w->sheets[i].is_there)
            w->n_sheets = 0;
    if (w->n_sheets == 0)
        list_entries(w);
    return w->n_sheets > 0 || fail(diags, DX_E_XLSX_FORMAT);
}

/* --- texts --- */

static bool read_shared(dx_workbook *w, dx_diags *diags) {
    zip_int64_t at = zip_name_locate(w->zip, "xl/sharedStrings.xml", ZIP_FL_NOCASE);
    if (at < 0)
        return true; /* every text stands in its cell */
    dx_sheet *part = open_part(w, (uint64_t)at, SHARED_BYTES_MAX, "si", diags);
    dx_row_got got = part ? DX_ROW_GIVEN : DX_ROWS_FAILED;
    while (got == DX_ROW_GIVEN) {
        got = next_unit(part, w->arena, diags);
        if (got == DX_ROW_GIVEN)
            dx_vec_push(w->arena, &w->shared, dx_str_trim(dx_buf_str(&part->text)));
    }
    return got == DX_ROWS_END;
}

/* --- from outside --- */

dx_workbook *dx_workbook_open(dx_arena *arena, dx_str bytes, uint64_t sheet_bytes,
                              dx_diags *diags) {
    dx_workbook *w = DX_NEW(arena, dx_workbook);
    w->arena = arena;
    w->sheet_bytes = sheet_bytes;
    if (!open_zip(w, bytes)) {
        fail(diags, DX_E_XLSX_FORMAT);
        return NULL;
    }
    return list_sheets(w, diags) && read_shared(w, diags) ? w : NULL;
}

uint32_t dx_workbook_sheets(const dx_workbook *workbook) {
    return workbook->n_sheets;
}

dx_str dx_workbook_sheet_name(const dx_workbook *workbook, uint32_t number) {
    return workbook->sheets[number].name;
}

dx_sheet *dx_sheet_open(dx_workbook *workbook, uint32_t number, dx_diags *diags) {
    return open_part(workbook, workbook->sheets[number].index, workbook->sheet_bytes, "row", diags);
}

dx_row_got dx_sheet_next(dx_sheet *sheet, dx_arena *arena, dx_sheet_row *ret, dx_diags *diags) {
    dx_row_got got;
    do
        got = next_unit(sheet, arena, diags);
    while (got == DX_ROW_GIVEN && sheet->cells.n == 0);
    *ret = (dx_sheet_row){sheet->number, sheet->cells.v, sheet->cells.n};
    return got;
}
