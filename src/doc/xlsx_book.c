/* See xlsx_book.h. The library writes to a path and ends every text with NUL: the file is one in
 * memory, and texts are copied. A workbook hangs on the arena, for the arena may raise between two
 * cells. */
#include "doc/xlsx_book.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "feel/ast.h"

enum {
    CELL_BYTES_MAX = 32000, /* a cell holds 32,767 characters */
    HINT_CHARS_MAX = 255,   /* of a list of choices */
    FILE_BYTES_MAX = 16 << 20,
};

/* --- the workbook --- */

static void free_book(void *arg) {
    dx_book *b = arg;
    if (b->workbook)
        lxw_workbook_free(b->workbook);
    if (b->fd >= 0)
        close(b->fd);
}

static lxw_format *add_format(dx_book *b, bool bold, bool wrap, uint32_t background) {
    lxw_format *format = workbook_add_format(b->workbook);
    format_set_font_name(format, "Noto Sans CJK SC");
    format_set_font_size(format, 10);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    if (bold)
        format_set_bold(format);
    if (wrap)
        format_set_text_wrap(format);
    if (background)
        format_set_bg_color(format, background);
    return format;
}

static void add_formats(dx_book *b) {
    enum { PALE = 0xE6ECF2, FIELD = 0xFFFBE6, GREEN = 0x00613A, BROWN = 0x8A4B00 };
    b->head = add_format(b, true, true, PALE);
    b->plain = add_format(b, false, false, 0);
    b->wrap = add_format(b, false, true, 0);
    b->text = add_format(b, false, false, 0);
    format_set_num_format(b->text, "@");
    b->money = add_format(b, false, false, 0);
    format_set_num_format(b->money, "#,##0.00");
    b->subject = add_format(b, true, true, PALE);
    b->value = add_format(b, false, true, FIELD);
    format_set_border(b->value, LXW_BORDER_THIN);
    b->value_text = add_format(b, false, true, FIELD);
    format_set_border(b->value_text, LXW_BORDER_THIN);
    format_set_num_format(b->value_text, "@");
    b->good = add_format(b, true, false, 0);
    format_set_font_color(b->good, GREEN);
    b->open = add_format(b, false, false, 0);
    format_set_font_color(b->open, BROWN);
    b->up_to = add_format(b, false, false, 0);
    format_set_num_format(b->up_to, b->lang == DX_ZH ? "\"最高 \"#,##0.00" : "\"up to \"#,##0.00");
    b->small = add_format(b, false, true, PALE);
    format_set_font_size(b->small, 8);
}

dx_book *dx_book_open(dx_arena *arena, dx_lang lang, dx_date day, const char *folder) {
    dx_book *b = DX_NEW(arena, dx_book);
    *b = (dx_book){.fd = -1, .arena = arena, .lang = lang};
    dx_arena_on_done(arena, free_book, b);
    b->fd = memfd_create("xlsx", MFD_CLOEXEC);
    if (b->fd < 0)
        return NULL;
    lxw_workbook_options options = {.constant_memory = folder != NULL,
                                    .tmpdir = (char *)(uintptr_t)folder}; /* read only */
    b->workbook =
        workbook_new_opt(dx_str_z(arena, dx_str_fmt(arena, "/proc/self/fd/%d", b->fd)), &options);
    if (!b->workbook)
        return NULL;
    lxw_doc_properties properties = {.created = (time_t)dx_date_to_days(day) * 86400};
    workbook_set_properties(b->workbook, &properties);
    add_formats(b);
    return b;
}

bool dx_book_close(dx_book *b, dx_str *ret, dx_diags *diags) {
    lxw_error error = LXW_ERROR_MEMORY_MALLOC_FAILED;
    if (b && b->workbook) {
        error = workbook_close(b->workbook); /* frees it, whatever happens */
        b->workbook = NULL;
    }
    off_t n = error == LXW_NO_ERROR ? lseek(b->fd, 0, SEEK_END) : -1;
    if (n <= 0 || n > FILE_BYTES_MAX) {
        dx_diag_add(diags, DX_E_DOC_MAKE, (dx_place){0}, dx_str_of(lxw_strerror(error)),
                    (dx_str){0}, (dx_str){0});
        return false;
    }
    char *bytes = dx_alloc(b->arena, (size_t)n);
    for (off_t at = 0; at < n;) {
        ssize_t got = pread(b->fd, bytes + at, (size_t)(n - at), at);
        if (got <= 0 && errno != EINTR) {
            dx_diag_add(diags, DX_E_DOC_MAKE, (dx_place){0}, dx_str_of(strerror(errno)),
                        (dx_str){0}, (dx_str){0});
            return false;
        }
        at += got > 0 ? got : 0;
    }
    *ret = (dx_str){bytes, (size_t)n};
    return true;
}

/* --- cells --- */

dx_str dx_book_say(const dx_book *b, const char *zh, const char *en) {
    return dx_str_of(b->lang == DX_ZH ? zh : en);
}

void dx_book_put(dx_book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_str text,
                 lxw_format *format) {
    size_t n = text.n < CELL_BYTES_MAX ? text.n : CELL_BYTES_MAX;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    dx_mark mark = dx_arena_mark(b->arena);
    const char *z = dx_str_z(b->arena, (dx_str){text.p, n});
    if (n)
        worksheet_write_string(sheet, row, (lxw_col_t)column, z, format);
    else
        worksheet_write_blank(sheet, row, (lxw_col_t)column, format);
    dx_arena_rewind(b->arena, mark);
}

void dx_book_amount(dx_book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_num amount,
                    lxw_format *format) {
    const int64_t most = INT64_C(999999999999999);
    dx_buf text = {.arena = b->arena};
    int64_t cents;
    dx_num_print_fixed(&text, amount, 2);
    if (dx_num_to_scaled(amount, 2, &cents) && cents <= most && cents >= -most)
        worksheet_write_number(sheet, row, (lxw_col_t)column, (double)cents / 100.0, format);
    else
        dx_book_put(b, sheet, row, column, dx_buf_str(&text), b->text);
}

void dx_book_count(lxw_worksheet *sheet, uint32_t row, int column, uint32_t count,
                   lxw_format *format) {
    worksheet_write_number(sheet, row, (lxw_col_t)column, count, format);
}

lxw_worksheet *dx_book_sheet(dx_book *b, const char *zh, const char *en,
                             const dx_book_column *columns, int n, uint32_t head) {
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, b->lang == DX_ZH ? zh : en);
    for (int i = 0; i < n; i++) {
        worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL);
        dx_book_put(b, sheet, head, i, dx_book_say(b, columns[i].zh, columns[i].en), b->head);
    }
    worksheet_freeze_panes(sheet, head + 1, 0);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9); /* A4 */
    worksheet_fit_to_pages(sheet, 1, 0);
    return sheet;
}

/* --- choices --- */

static void add_choice(const dx_book *b, char **list, uint32_t *n, dx_str text) {
    list[(*n)++] = (char *)(uintptr_t)dx_str_z(b->arena, text); /* read only */
}

void dx_book_offer(dx_book *b, lxw_worksheet *sheet, uint32_t first, uint32_t last, int column,
                   const dx_type *type) {
    const dx_node *allowed = type ? dx_doc_allowed(type) : NULL;
    char **list = DX_NEW_ARRAY(b->arena, char *, (allowed ? allowed->n : 2) + 2);
    uint32_t n = 0;
    size_t chars = 0;
    for (uint32_t i = 0; allowed && i < allowed->n; i++) {
        dx_buf text = {.arena = b->arena};
        dx_val_print(&text, allowed->list[i]->value, false);
        add_choice(b, list, &n, dx_buf_str(&text));
    }
    if (type && type->kind == DX_T_BOOL) {
        add_choice(b, list, &n, dx_book_say(b, "是", "yes"));
        add_choice(b, list, &n, dx_book_say(b, "否", "no"));
    }
    if (n == 0 && type)
        return;
    add_choice(b, list, &n, dx_book_say(b, "无", "none"));
    for (uint32_t i = 0; i < n; i++)
        chars += strchr(list[i], ',') ? HINT_CHARS_MAX : lxw_utf8_strlen(list[i]) + 1;
    if (chars >= HINT_CHARS_MAX)
        return;
    lxw_data_validation choice = {
        .validate = LXW_VALIDATION_TYPE_LIST,
        .value_list = list,
        .ignore_blank = LXW_VALIDATION_ON,
        .error_title = b->lang == DX_ZH ? "请从列表中选择" : "Choose from the list",
        .error_message =
            b->lang == DX_ZH
                ? "不知道的留空；确知没有的选“无”。"
                : "Leave blank what is not known; choose none for what does not exist.",
    };
    worksheet_data_validation_range(sheet, first, (lxw_col_t)column, last, (lxw_col_t)column,
                                    &choice);
}

dx_str dx_book_expected(const dx_book *b, const dx_pack *pack, const dx_fact *fact) {
    dx_str expected = dx_doc_expected(pack, fact->type, b->lang);
    if (fact->type->kind == DX_T_BOOL)
        return dx_book_say(b, "是或否", "yes or no");
    if (fact->type->kind != DX_T_LIST)
        return expected;
    return dx_str_fmt(b->arena, "%.*s%s", DX_FMT(expected),
                      b->lang == DX_ZH ? "；写作 1000000/90; 500000/30"
                                       : "; written as 1000000/90; 500000/30");
}
