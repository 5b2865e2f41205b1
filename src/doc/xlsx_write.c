/* See xlsx_write.h. The only file that knows libxlsxwriter, which writes to a path and ends every
 * text with NUL: the file is one in memory, and texts are copied. A workbook hangs on the arena,
 * for the arena may raise between two cells. */
#include "doc/xlsx_write.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "feel/ast.h"

enum {
    CELL_BYTES_MAX = 32000, /* a cell holds 32,767 characters */
    HINT_CHARS_MAX = 255,   /* of a list of choices */
    EXACT_DIGITS = 15,      /* that a number of a spreadsheet keeps */
    FILE_BYTES_MAX = 16 << 20,
};

typedef struct book {
    lxw_workbook *workbook;
    int fd;
    dx_arena *arena;
    dx_lang lang;
    lxw_format *head, *plain, *wrap, *text, *money, *subject, *value, *value_text, *good, *open;
} book;

/* --- the workbook --- */

static void free_book(void *arg) {
    book *b = arg;
    if (b->workbook)
        lxw_workbook_free(b->workbook);
    if (b->fd >= 0)
        close(b->fd);
}

static lxw_format *add_format(book *b, bool bold, bool wrap, uint32_t background) {
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

static void add_formats(book *b) {
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
}

/* A workbook dated on a day, not on the clock: the same content is the same file. */
static book *open_book(dx_arena *arena, dx_lang lang, dx_date day) {
    book *b = DX_NEW(arena, book);
    *b = (book){.fd = -1, .arena = arena, .lang = lang};
    dx_arena_on_done(arena, free_book, b);
    b->fd = memfd_create("xlsx", MFD_CLOEXEC);
    if (b->fd < 0)
        return NULL;
    b->workbook = workbook_new(dx_str_z(arena, dx_str_fmt(arena, "/proc/self/fd/%d", b->fd)));
    if (!b->workbook)
        return NULL;
    lxw_doc_properties properties = {.created = (time_t)dx_date_to_days(day) * 86400};
    workbook_set_properties(b->workbook, &properties);
    add_formats(b);
    return b;
}

static bool close_book(book *b, dx_str *ret, dx_diags *diags) {
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

static dx_str say(const book *b, const char *zh, const char *en) {
    return dx_str_of(b->lang == DX_ZH ? zh : en);
}

/* Texts are written as texts, so that none is ever taken for a formula. */
static void put(book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_str text,
                lxw_format *format) {
    size_t n = text.n < CELL_BYTES_MAX ? text.n : CELL_BYTES_MAX;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    const char *z = dx_str_z(b->arena, (dx_str){text.p, n});
    if (n)
        worksheet_write_string(sheet, row, (lxw_col_t)column, z, format);
    else
        worksheet_write_blank(sheet, row, (lxw_col_t)column, format);
}

/* An amount as a number when its digits survive that, else as text: it is exact either way. */
static void put_amount(book *b, lxw_worksheet *sheet, uint32_t row, int column, dx_num amount) {
    const int64_t most = INT64_C(999999999999999);
    dx_buf text = {.arena = b->arena};
    int64_t cents;
    dx_num_print_fixed(&text, amount, 2);
    if (dx_num_to_scaled(amount, 2, &cents) && cents <= most && cents >= -most)
        worksheet_write_number(sheet, row, (lxw_col_t)column, (double)cents / 100.0, b->money);
    else
        put(b, sheet, row, column, dx_buf_str(&text), b->text);
}

/* A sheet with widths and a head that stays in sight. */
typedef struct column {
    const char *zh, *en;
    int width;
} column;

static lxw_worksheet *add_sheet(book *b, const char *zh, const char *en, const column *columns,
                                int n, uint32_t head) {
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, b->lang == DX_ZH ? zh : en);
    for (int i = 0; i < n; i++) {
        worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL);
        put(b, sheet, head, i, say(b, columns[i].zh, columns[i].en), b->head);
    }
    worksheet_freeze_panes(sheet, head + 1, 0);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9); /* A4 */
    worksheet_fit_to_pages(sheet, 1, 0);
    return sheet;
}

/* --- the assessment --- */

static void item_row(book *b, lxw_worksheet *sheet, const dx_doc *doc, uint32_t i) {
    const dx_item *item = &doc->pack->items[i];
    const dx_verdict *verdict = &doc->assessment->verdicts[i];
    dx_doc_tone tone;
    const dx_str status = dx_doc_status(doc, verdict->status, &tone);
    uint32_t row = i + 1;
    put(b, sheet, row, 0, item->id, b->text);
    put(b, sheet, row, 1, dx_doc_label(doc, &item->title), b->wrap);
    worksheet_write_number(sheet, row, 2, item->article, b->plain);
    put(b, sheet, row, 3, status,
        tone == DX_DOC_GOOD   ? b->good
        : tone == DX_DOC_OPEN ? b->open
                              : b->plain);
    if (verdict->has_amount) {
        put(b, sheet, row, 4, dx_doc_kind(doc, verdict->kind), b->plain);
        put_amount(b, sheet, row, 5, verdict->amount);
    } else {
        put(b, sheet, row, 4, dx_doc_gives(doc, item, verdict), b->wrap);
    }
    put(b, sheet, row, 6, item->counts_in_total ? say(b, "是", "yes") : say(b, "否", "no"),
        b->plain);
    put(b, sheet, row, 7, dx_doc_departments(doc, item, false), b->wrap);
    put(b, sheet, row, 8, dx_doc_missing(doc, verdict), b->wrap);
    put(b, sheet, row, 9, dx_doc_label(doc, &item->next), b->wrap);
}

static void items_sheet(book *b, const dx_doc *doc) {
    static const column columns[] = {{"编号", "No.", 7},
                                     {"事项", "Item", 28},
                                     {"条", "Article", 7},
                                     {"结论", "Status", 16},
                                     {"金额性质", "Kind of amount", 16},
                                     {"金额（元）", "Amount (CNY)", 16},
                                     {"计入合计", "In the total", 9},
                                     {"部门", "Department", 20},
                                     {"尚缺的事实", "Missing facts", 36},
                                     {"下一步", "Next step", 60}};
    lxw_worksheet *sheet = add_sheet(b, "事项", "Items", columns, 10, 0);
    for (uint32_t i = 0; i < doc->pack->n_items; i++)
        item_row(b, sheet, doc, i);
    uint32_t row = doc->pack->n_items + 1;
    put(b, sheet, row, 1, say(b, "合计", "Total"), b->head);
    put(b, sheet, row, 4,
        dx_doc_total_is_ceiling(doc) ? dx_doc_kind(doc, DX_AMOUNT_CEILING) : (dx_str){0}, b->plain);
    put_amount(b, sheet, row, 5, doc->assessment->total);
}

static void conditions_sheet(book *b, const dx_doc *doc) {
    static const column columns[] = {
        {"编号", "No.", 7},        {"事项", "Item", 28},   {"条", "Article", 7},
        {"条件", "Condition", 48}, {"结果", "Result", 10}, {"依据的事实", "Facts it rests on", 60}};
    static const char *const results[][2] = {
        {"不满足", "fails"}, {"满足", "holds"}, {"未知", "not known"}};
    lxw_worksheet *sheet = add_sheet(b, "条件", "Conditions", columns, 6, 0);
    uint32_t row = 0;
    for (uint32_t i = 0; i < doc->pack->n_items; i++) {
        const dx_item *item = &doc->pack->items[i];
        for (uint32_t k = 0; k < item->n_conditions; k++) {
            const dx_condition *condition = &item->conditions[k];
            dx_truth truth = dx_condition_result(doc->run, condition, doc->options);
            if (truth == DX_NOT_APPLICABLE)
                continue;
            row++;
            put(b, sheet, row, 0, item->id, b->text);
            put(b, sheet, row, 1, dx_doc_label(doc, &item->title), b->wrap);
            worksheet_write_number(sheet, row, 2, condition->article, b->plain);
            put(b, sheet, row, 3, dx_doc_condition(doc, condition), b->wrap);
            put(b, sheet, row, 4,
                dx_str_fmt(b->arena, "%s %.*s", dx_doc_sign(truth),
                           DX_FMT(say(b, results[truth][0], results[truth][1]))),
                b->plain);
            put(b, sheet, row, 5, dx_doc_reads(doc, condition), b->wrap);
        }
    }
}

static void about_sheet(book *b, const dx_doc *doc) {
    static const column columns[] = {{"说明", "About", 22}, {"内容", "Content", 100}};
    const dx_str pairs[][2] = {
        {say(b, "企业", "Enterprise"), dx_doc_applicant(doc)},
        {say(b, "政策", "Policy"), dx_doc_label(doc, &doc->pack->title)},
        {say(b, "发布机关", "Issued by"), dx_doc_label(doc, &doc->pack->issuer)},
        {say(b, "评估日", "As of"), dx_doc_date(doc)},
        {say(b, "政策包", "Policy pack"), doc->pack->id},
        {say(b, "政策包摘要", "Digest of the pack"), doc->pack->digest},
        {say(b, "事实摘要", "Digest of the facts"), doc->facts_digest},
        {say(b, "链接", "Link"), doc->link},
    };
    lxw_worksheet *sheet = add_sheet(b, "说明", "About", columns, 2, 0);
    uint32_t row = 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!pairs[i][1].n)
            continue;
        put(b, sheet, row, 0, pairs[i][0], b->wrap);
        put(b, sheet, row++, 1, pairs[i][1], b->wrap);
    }
    for (uint32_t i = 0; i < doc->pack->n_readings; i++) {
        put(b, sheet, row, 0,
            dx_str_fmt(b->arena, "%.*s %.*s", DX_FMT(say(b, "读法", "Reading")),
                       DX_FMT(doc->pack->readings[i].id)),
            b->wrap);
        put(b, sheet, row++, 1, dx_doc_reading(doc, i), b->wrap);
    }
}

bool dx_xlsx_assessment(const dx_doc *doc, dx_str *ret, dx_diags *diags) {
    book *b = open_book(doc->arena, doc->lang, doc->options->as_of);
    if (b) {
        items_sheet(b, doc);
        conditions_sheet(b, doc);
        about_sheet(b, doc);
    }
    return close_book(b, ret, diags);
}

/* --- the form --- */

static void add_choice(const book *b, char **list, uint32_t *n, dx_str text) {
    list[(*n)++] = (char *)(uintptr_t)dx_str_z(b->arena, text); /* read only */
}

/* Offers the values to choose from. A list that a spreadsheet cannot hold is left out: what is
 * expected stands beside it. */
static void offer(book *b, lxw_worksheet *sheet, uint32_t row, const dx_type *type,
                  bool only_none) {
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
        add_choice(b, list, &n, say(b, "是", "yes"));
        add_choice(b, list, &n, say(b, "否", "no"));
    }
    if (n == 0 && !only_none)
        return;
    add_choice(b, list, &n, say(b, "无", "none"));
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
    worksheet_data_validation_cell(sheet, row, DX_FORM_VALUE, &choice);
}

static void fact_row(book *b, lxw_worksheet *sheet, uint32_t row, const dx_pack *pack,
                     const dx_fact *fact) {
    const dx_input *input = &pack->inputs[fact->input];
    dx_type_kind kind = fact->type->kind;
    bool written = kind == DX_T_STRING || kind == DX_T_DATE || kind == DX_T_LIST;
    dx_str label = dx_label_in(&fact->label, b->lang);
    dx_str expected = dx_doc_expected(pack, fact->type, b->lang);
    put(b, sheet, row, DX_FORM_SUBJECT, dx_label_in(&input->label, b->lang), b->wrap);
    put(b, sheet, row, DX_FORM_FACT, label.n ? label : fact->name, b->wrap);
    put(b, sheet, row, DX_FORM_QUESTION, dx_label_in(&fact->question, b->lang), b->wrap);
    put(b, sheet, row, DX_FORM_VALUE, (dx_str){0}, written ? b->value_text : b->value);
    if (kind == DX_T_BOOL)
        expected = say(b, "是或否", "yes or no");
    else if (kind == DX_T_LIST)
        expected = dx_str_fmt(b->arena, "%.*s%s", DX_FMT(expected),
                              b->lang == DX_ZH ? "；写作 1000000/90; 500000/30"
                                               : "; written as 1000000/90; 500000/30");
    put(b, sheet, row, DX_FORM_EXPECTED, expected, b->wrap);
    put(b, sheet, row, DX_FORM_HELP, dx_label_in(&fact->help, b->lang), b->wrap);
    put(b, sheet, row, DX_FORM_PATH, fact->path, b->text);
    offer(b, sheet, row, fact->type, false);
}

static void subject_row(book *b, lxw_worksheet *sheet, uint32_t row, const dx_input *input) {
    for (int i = 0; i < DX_FORM_PATH; i++)
        put(b, sheet, row, i, (dx_str){0}, b->subject);
    dx_str label = dx_label_in(&input->label, b->lang);
    put(b, sheet, row, DX_FORM_SUBJECT, label.n ? label : input->name, b->subject);
    put(b, sheet, row, DX_FORM_QUESTION,
        say(b, "完全没有这方面的情况，选“无”，以下各行不必填",
            "Nothing of this exists: choose none and leave the rows below"),
        b->wrap);
    put(b, sheet, row, DX_FORM_VALUE, (dx_str){0}, b->value_text);
    put(b, sheet, row, DX_FORM_PATH, input->name, b->text);
    offer(b, sheet, row, NULL, true);
}

bool dx_xlsx_form(const dx_pack *pack, dx_lang lang, dx_arena *arena, dx_str *ret,
                  dx_diags *diags) {
    static const column columns[DX_FORM_COLUMNS] = {{"主体", "Subject", 22},
                                                    {"事实", "Fact", 24},
                                                    {"问题", "Question", 46},
                                                    {DX_FORM_VALUE_ZH, DX_FORM_VALUE_EN, 24},
                                                    {"要求", "Expected", 36},
                                                    {"说明", "Help", 60},
                                                    {DX_FORM_PATH_NAME, DX_FORM_PATH_NAME, 20}};
    book *b = open_book(arena, lang, pack->valid_from);
    if (!b)
        return close_book(b, ret, diags);
    lxw_worksheet *sheet = add_sheet(b, "填报表", "Form", columns, DX_FORM_COLUMNS, 1);
    put(b, sheet, 0, 0, dx_label_in(&pack->title, lang), b->head);
    put(b, sheet, 0, DX_FORM_QUESTION,
        say(b, "只填黄色格。不知道的留空；确知没有的填“无”。金额以元计。",
            "Fill in the yellow cells only. Leave blank what is not known; write none for what is "
            "known not to exist. Amounts are in yuan."),
        b->wrap);
    put(b, sheet, 0, DX_FORM_PATH, pack->id, b->text);
    uint32_t row = 2;
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        subject_row(b, sheet, row++, input);
        for (uint32_t k = 0; k < input->n; k++)
            fact_row(b, sheet, row++, pack, &pack->facts[input->first + k]);
    }
    lxw_row_col_options hidden = {.hidden = LXW_TRUE};
    worksheet_set_column_opt(sheet, DX_FORM_PATH, DX_FORM_PATH, 20, NULL, &hidden);
    return close_book(b, ret, diags);
}
