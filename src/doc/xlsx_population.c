/* See xlsx_population.h. */
#include "doc/xlsx_population.h"

#include "doc/population.h"
#include "doc/xlsx_book.h"

/* --- the template --- */

enum { LABELS, PATHS, FIRST_ROW, HELP_HEAD = 4 };

typedef struct template {
    dx_book *book;
    const dx_pack *pack;
    lxw_worksheet *table, *help;
    int column;
}
template;

/* One column of the table, and its row on the sheet that explains. `fact` is NULL for a subject. */
static void put_column(template *t, const dx_input *input, const dx_fact *fact) {
    dx_book *b = t->book;
    dx_str label = dx_label_in(fact ? &fact->label : &input->label, b->lang);
    dx_str path = fact ? fact->path : input->name;
    uint32_t row = HELP_HEAD + 1 + (uint32_t)t->column;
    dx_type_kind kind = fact ? fact->type->kind : DX_T_STRING;
    bool written = kind == DX_T_STRING || kind == DX_T_DATE || kind == DX_T_LIST;
    lxw_format *head = fact ? b->head : b->subject;
    worksheet_set_column(t->table, (lxw_col_t)t->column, (lxw_col_t)t->column, 18,
                         written ? b->text : NULL);
    dx_book_put(b, t->table, LABELS, t->column, label.n ? label : path, head);
    dx_book_put(b, t->table, PATHS, t->column, path, b->small);
    dx_book_offer(b, t->table, FIRST_ROW, FIRST_ROW + DX_POPULATION_MAX - 1, t->column,
                  fact ? fact->type : NULL);
    dx_book_put(b, t->help, row, 0, path, b->wrap);
    dx_book_put(b, t->help, row, 1, dx_label_in(&input->label, b->lang), b->wrap);
    dx_book_put(b, t->help, row, 2, label, b->wrap);
    dx_book_put(
        b, t->help, row, 3,
        fact ? dx_label_in(&fact->question, b->lang)
             : dx_book_say(b, "完全没有这方面的情况，填“无”，以下各列留空",
                           "Nothing of this exists: write none, and leave its columns blank"),
        b->wrap);
    dx_book_put(b, t->help, row, 4,
                fact ? dx_book_expected(b, t->pack, fact) : dx_book_say(b, "无", "none"), b->wrap);
    dx_book_put(b, t->help, row, 5, fact ? dx_label_in(&fact->help, b->lang) : (dx_str){0},
                b->wrap);
    t->column++;
}

static void put_rules(template *t) {
    dx_book *b = t->book;
    const dx_str rules[] = {
        b->lang == DX_ZH
            ? dx_str_fmt(b->arena, "每行一家企业，从第 3 行开始填，至多 %d 家。", DX_POPULATION_MAX)
            : dx_str_fmt(b->arena, "An enterprise a row, from row 3 on, at most %d.",
                         DX_POPULATION_MAX),
        dx_book_say(b, "前两行是标题，第 2 行不要改动；不用的列可以删除。",
                    "The first two rows are headings; leave row 2 as it is. Columns that are not "
                    "needed may be deleted."),
        dx_book_say(b, "不知道的留空；确知没有的填“无”；是非题填“是”或“否”；金额以元计。",
                    "Leave blank what is not known; write none for what is known not to exist; yes "
                    "or no for questions; amounts in yuan."),
        dx_book_say(b, "自己加的备注列，标题以 # 开头。",
                    "A column of your own begins with # in its heading."),
    };
    for (uint32_t i = 0; i < sizeof rules / sizeof *rules; i++)
        dx_book_put(b, t->help, i, 0, rules[i], b->plain);
}

bool dx_xlsx_population_form(const dx_pack *pack, dx_lang lang, dx_arena *arena, dx_str *ret,
                             dx_diags *diags) {
    static const dx_book_column columns[] = {{"列", "Column", 30},     {"主体", "Subject", 26},
                                             {"事实", "Fact", 24},     {"问题", "Question", 46},
                                             {"要求", "Expected", 36}, {"说明", "Help", 60}};
    dx_book *b = dx_book_open(arena, lang, pack->valid_from, NULL);
    if (!b)
        return dx_book_close(b, ret, diags);
    template t = {.book = b, .pack = pack};
    t.table = dx_book_sheet(b, "企业", "Enterprises", NULL, 0, PATHS);
    t.help = dx_book_sheet(b, "填写说明", "Explanation", columns, 6, HELP_HEAD);
    put_rules(&t);
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        if (i > 0) /* the enterprise itself is there */
            put_column(&t, input, NULL);
        for (uint32_t k = 0; k < input->n; k++)
            put_column(&t, input, &pack->facts[input->first + k]);
    }
    worksheet_freeze_panes(t.table, FIRST_ROW, 2);
    return dx_book_close(b, ret, diags);
}

/* --- totals --- */

static void totals_row(dx_book *b, lxw_worksheet *sheet, const dx_doc *doc, uint32_t i,
                       const dx_tally *tally) {
    static const dx_status order[] = {DX_ELIGIBLE, DX_UNDETERMINED, DX_INELIGIBLE, DX_NOT_IN_FORCE};
    static const dx_amount_kind kinds[] = {DX_AMOUNT_FIXED, DX_AMOUNT_TARIFF, DX_AMOUNT_CEILING,
                                           DX_AMOUNT_EXTERNAL};
    const dx_item *item = &doc->pack->items[i];
    uint32_t row = i + 1;
    dx_book_put(b, sheet, row, 0, item->id, b->text);
    dx_book_put(b, sheet, row, 1, dx_doc_label(doc, &item->title), b->wrap);
    dx_book_put(b, sheet, row, 2, dx_doc_departments(doc, item, false), b->wrap);
    for (int k = 0; k < 4; k++)
        dx_book_count(sheet, row, 3 + k, tally->by_status[order[k]], b->plain);
    for (int k = 0; k < 4; k++)
        dx_book_amount(b, sheet, row, 7 + k, tally->by_kind[kinds[k]], b->money);
    dx_book_put(b, sheet, row, 11,
                item->counts_in_total ? dx_book_say(b, "是", "yes") : dx_book_say(b, "否", "no"),
                b->plain);
}

static void totals_sheet(dx_book *b, const dx_doc *doc, const dx_tally *tallies,
                         uint32_t enterprises, dx_num total) {
    static const dx_book_column columns[] = {{"编号", "No.", 7},
                                             {"事项", "Item", 32},
                                             {"部门", "Department", 22},
                                             {"可享受（家）", "Eligible", 12},
                                             {"待定（家）", "Undetermined", 13},
                                             {"不可享受（家）", "Not eligible", 13},
                                             {"不在有效期（家）", "Not in force", 13},
                                             {"定额（元）", "Fixed (CNY)", 18},
                                             {"按标准（元）", "By tariff (CNY)", 18},
                                             {"最高（元）", "Up to (CNY)", 18},
                                             {"另定（元）", "External (CNY)", 18},
                                             {"计入合计", "In the total", 10}};
    lxw_worksheet *sheet = dx_book_sheet(b, "合计", "Totals", columns, 12, 0);
    for (uint32_t i = 0; i < doc->pack->n_items; i++)
        totals_row(b, sheet, doc, i, &tallies[i]);
    uint32_t row = doc->pack->n_items + 2;
    dx_book_put(b, sheet, row, 1, dx_book_say(b, "企业（家）", "Enterprises"), b->head);
    dx_book_count(sheet, row++, 3, enterprises, b->plain);
    dx_book_put(b, sheet, row, 1, dx_book_say(b, "合计（元），至多", "Total (CNY), at most"),
                b->head);
    dx_book_amount(b, sheet, row, 3, total, b->money);
}

static void basis_sheet(dx_book *b, const dx_doc *doc) {
    static const dx_book_column columns[] = {{"说明", "About", 22}, {"内容", "Content", 100}};
    const dx_str pairs[][2] = {
        {dx_book_say(b, "政策", "Policy"), dx_doc_label(doc, &doc->pack->title)},
        {dx_book_say(b, "评估日", "As of"), dx_doc_date(doc)},
        {dx_book_say(b, "政策包", "Policy pack"), doc->pack->id},
        {dx_book_say(b, "政策包摘要", "Digest of the pack"), doc->pack->digest},
    };
    lxw_worksheet *sheet = dx_book_sheet(b, "依据", "Basis", columns, 2, 0);
    uint32_t row = 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++, row++) {
        dx_book_put(b, sheet, row, 0, pairs[i][0], b->wrap);
        dx_book_put(b, sheet, row, 1, pairs[i][1], b->wrap);
    }
    for (uint32_t i = 0; i < doc->pack->n_readings; i++, row++) {
        dx_book_put(b, sheet, row, 0, doc->pack->readings[i].id, b->wrap);
        dx_book_put(b, sheet, row, 1, dx_doc_reading(doc, i), b->wrap);
    }
}

/* --- enterprises --- */

enum { ROW, CODE, NAME, TOTAL, ELIGIBLE, OPEN, MISSING, FIRST_ITEM };

struct dx_population_sheet {
    const dx_doc *doc;
    dx_book *book;
    lxw_worksheet *sheet;
    uint32_t row;
};

const dx_fact *dx_population_code(const dx_pack *pack) {
    const dx_input *input = pack->n_inputs ? &pack->inputs[0] : NULL;
    for (uint32_t i = 0; input && i < input->n; i++)
        if (pack->facts[input->first + i].type->kind == DX_T_STRING)
            return &pack->facts[input->first + i];
    return NULL;
}

static void enterprises_sheet(dx_population_sheet *s) {
    static const dx_book_column columns[] = {{"行", "Row", 7},
                                             {"", "", 24},
                                             {"企业", "Enterprise", 30},
                                             {"合计（元）", "Total (CNY)", 16},
                                             {"可享受（项）", "Eligible items", 10},
                                             {"待定（项）", "Undetermined items", 13},
                                             {"尚缺的事实", "Missing facts", 36}};
    dx_book *b = s->book;
    const dx_pack *pack = s->doc->pack;
    const dx_fact *code = dx_population_code(pack);
    s->sheet = dx_book_sheet(b, "企业", "Enterprises", columns, FIRST_ITEM, 0);
    dx_book_put(b, s->sheet, 0, CODE, code ? code->name : (dx_str){0}, b->head);
    for (uint32_t i = 0; i < pack->n_items; i++)
        dx_book_put(b, s->sheet, 0, FIRST_ITEM + (int)i,
                    dx_str_fmt(b->arena, "%.*s %.*s", DX_FMT(pack->items[i].id),
                               DX_FMT(dx_doc_label(s->doc, &pack->items[i].title))),
                    b->head);
    worksheet_set_column(s->sheet, FIRST_ITEM, (lxw_col_t)(FIRST_ITEM + pack->n_items - 1), 18,
                         NULL);
    worksheet_freeze_panes(s->sheet, 1, TOTAL);
}

dx_population_sheet *dx_xlsx_results_begin(const dx_doc *doc, const dx_tally *tallies,
                                           uint32_t enterprises, dx_num total, const char *folder) {
    dx_population_sheet *s = DX_NEW(doc->arena, dx_population_sheet);
    s->doc = doc;
    s->book = dx_book_open(doc->arena, doc->lang, doc->options->as_of, folder);
    if (!s->book)
        return NULL;
    totals_sheet(s->book, doc, tallies, enterprises, total);
    enterprises_sheet(s);
    return s;
}

static void put_verdict(const dx_population_sheet *s, uint32_t i, const dx_verdict *verdict) {
    dx_book *b = s->book;
    dx_doc_tone tone;
    dx_str status = dx_doc_status(s->doc, verdict->status, &tone);
    int column = FIRST_ITEM + (int)i;
    if (verdict->has_amount)
        dx_book_amount(b, s->sheet, s->row, column, verdict->amount,
                       verdict->kind == DX_AMOUNT_CEILING ? b->up_to : b->money);
    else
        dx_book_put(b, s->sheet, s->row, column, status,
                    tone == DX_DOC_GOOD   ? b->good
                    : tone == DX_DOC_OPEN ? b->open
                                          : b->plain);
}

void dx_xlsx_results_add(dx_population_sheet *s, const dx_population_result *result) {
    dx_book *b = s->book;
    dx_mark mark = dx_arena_mark(b->arena);
    const dx_verdict all = {.missing = result->missing};
    uint32_t counts[DX_STATUSES] = {0};
    for (uint32_t i = 0; i < s->doc->pack->n_items; i++)
        counts[result->verdicts[i].status]++;
    s->row++;
    dx_book_count(s->sheet, s->row, ROW, (uint32_t)result->row, b->plain);
    dx_book_put(b, s->sheet, s->row, CODE, result->code, b->text);
    dx_book_put(b, s->sheet, s->row, NAME, result->name, b->text);
    dx_book_amount(b, s->sheet, s->row, TOTAL, result->total, b->money);
    dx_book_count(s->sheet, s->row, ELIGIBLE, counts[DX_ELIGIBLE], b->plain);
    dx_book_count(s->sheet, s->row, OPEN, counts[DX_UNDETERMINED], b->plain);
    dx_book_put(b, s->sheet, s->row, MISSING, dx_doc_missing(s->doc, &all), b->plain);
    for (uint32_t i = 0; i < s->doc->pack->n_items; i++)
        put_verdict(s, i, &result->verdicts[i]);
    dx_arena_rewind(b->arena, mark);
}

bool dx_xlsx_results_end(dx_population_sheet *s, dx_str *ret, dx_diags *diags) {
    if (!s)
        return dx_book_close(NULL, ret, diags);
    worksheet_autofilter(s->sheet, 0, 0, s->row,
                         (lxw_col_t)(FIRST_ITEM + s->doc->pack->n_items - 1));
    basis_sheet(s->book, s->doc);
    return dx_book_close(s->book, ret, diags);
}
