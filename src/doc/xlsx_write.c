/* See xlsx_write.h. */
#include "doc/xlsx_write.h"

#include "doc/xlsx_book.h"

/* --- the assessment --- */

static void item_row(dx_book *b, lxw_worksheet *sheet, const dx_doc *doc, uint32_t i) {
    const dx_item *item = &doc->pack->items[i];
    const dx_verdict *verdict = &doc->assessment->verdicts[i];
    dx_doc_tone tone;
    const dx_str status = dx_doc_status(doc, verdict->status, &tone);
    uint32_t row = i + 1;
    dx_book_put(b, sheet, row, 0, item->id, b->text);
    dx_book_put(b, sheet, row, 1, dx_doc_label(doc, &item->title), b->wrap);
    worksheet_write_number(sheet, row, 2, item->article, b->plain);
    dx_book_put(b, sheet, row, 3, status,
                tone == DX_DOC_GOOD   ? b->good
                : tone == DX_DOC_OPEN ? b->open
                                      : b->plain);
    if (verdict->has_amount) {
        dx_book_put(b, sheet, row, 4, dx_doc_kind(doc, verdict->kind), b->plain);
        dx_book_amount(b, sheet, row, 5, verdict->amount, b->money);
    } else {
        dx_book_put(b, sheet, row, 4, dx_doc_gives(doc, item, verdict), b->wrap);
    }
    dx_book_put(b, sheet, row, 6,
                item->counts_in_total ? dx_book_say(b, "是", "yes") : dx_book_say(b, "否", "no"),
                b->plain);
    dx_book_put(b, sheet, row, 7, dx_doc_departments(doc, item, false), b->wrap);
    dx_book_put(b, sheet, row, 8, dx_doc_missing(doc, verdict), b->wrap);
    dx_book_put(b, sheet, row, 9, dx_doc_label(doc, &item->next), b->wrap);
}

static void items_sheet(dx_book *b, const dx_doc *doc) {
    static const dx_book_column columns[] = {{"编号", "No.", 7},
                                             {"事项", "Item", 28},
                                             {"条", "Article", 7},
                                             {"结论", "Status", 16},
                                             {"金额性质", "Kind of amount", 16},
                                             {"金额（元）", "Amount (CNY)", 16},
                                             {"计入合计", "In the total", 9},
                                             {"部门", "Department", 20},
                                             {"尚缺的事实", "Missing facts", 36},
                                             {"下一步", "Next step", 60}};
    lxw_worksheet *sheet = dx_book_sheet(b, "事项", "Items", columns, 10, 0);
    for (uint32_t i = 0; i < doc->pack->n_items; i++)
        item_row(b, sheet, doc, i);
    uint32_t row = doc->pack->n_items + 1;
    dx_book_put(b, sheet, row, 1, dx_book_say(b, "合计", "Total"), b->head);
    dx_book_put(b, sheet, row, 4,
                dx_doc_total_is_ceiling(doc) ? dx_doc_kind(doc, DX_AMOUNT_CEILING) : (dx_str){0},
                b->plain);
    dx_book_amount(b, sheet, row, 5, doc->assessment->total, b->money);
}

static void conditions_sheet(dx_book *b, const dx_doc *doc) {
    static const dx_book_column columns[] = {
        {"编号", "No.", 7},        {"事项", "Item", 28},   {"条", "Article", 7},
        {"条件", "Condition", 48}, {"结果", "Result", 10}, {"依据的事实", "Facts it rests on", 60}};
    static const char *const results[][2] = {
        {"不满足", "fails"}, {"满足", "holds"}, {"未知", "not known"}};
    lxw_worksheet *sheet = dx_book_sheet(b, "条件", "Conditions", columns, 6, 0);
    uint32_t row = 0;
    for (uint32_t i = 0; i < doc->pack->n_items; i++) {
        const dx_item *item = &doc->pack->items[i];
        for (uint32_t k = 0; k < item->n_conditions; k++) {
            const dx_condition *condition = &item->conditions[k];
            dx_truth truth = dx_condition_result(doc->run, condition, doc->options);
            if (truth == DX_NOT_APPLICABLE)
                continue;
            row++;
            dx_book_put(b, sheet, row, 0, item->id, b->text);
            dx_book_put(b, sheet, row, 1, dx_doc_label(doc, &item->title), b->wrap);
            worksheet_write_number(sheet, row, 2, condition->article, b->plain);
            dx_book_put(b, sheet, row, 3, dx_doc_condition(doc, condition), b->wrap);
            dx_book_put(b, sheet, row, 4,
                        dx_str_fmt(b->arena, "%s %.*s", dx_doc_sign(truth),
                                   DX_FMT(dx_book_say(b, results[truth][0], results[truth][1]))),
                        b->plain);
            dx_book_put(b, sheet, row, 5, dx_doc_reads(doc, condition), b->wrap);
        }
    }
}

static void about_sheet(dx_book *b, const dx_doc *doc) {
    static const dx_book_column columns[] = {{"说明", "About", 22}, {"内容", "Content", 100}};
    const dx_str pairs[][2] = {
        {dx_book_say(b, "企业", "Enterprise"), dx_doc_applicant(doc)},
        {dx_book_say(b, "政策", "Policy"), dx_doc_label(doc, &doc->pack->title)},
        {dx_book_say(b, "发布机关", "Issued by"), dx_doc_label(doc, &doc->pack->issuer)},
        {dx_book_say(b, "评估日", "As of"), dx_doc_date(doc)},
        {dx_book_say(b, "政策包", "Policy pack"), doc->pack->id},
        {dx_book_say(b, "政策包摘要", "Digest of the pack"), doc->pack->digest},
        {dx_book_say(b, "事实摘要", "Digest of the facts"), doc->facts_digest},
        {dx_book_say(b, "链接", "Link"), doc->link},
    };
    lxw_worksheet *sheet = dx_book_sheet(b, "说明", "About", columns, 2, 0);
    uint32_t row = 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!pairs[i][1].n)
            continue;
        dx_book_put(b, sheet, row, 0, pairs[i][0], b->wrap);
        dx_book_put(b, sheet, row++, 1, pairs[i][1], b->wrap);
    }
    for (uint32_t i = 0; i < doc->pack->n_readings; i++) {
        dx_book_put(b, sheet, row, 0,
                    dx_str_fmt(b->arena, "%.*s %.*s", DX_FMT(dx_book_say(b, "读法", "Reading")),
                               DX_FMT(doc->pack->readings[i].id)),
                    b->wrap);
        dx_book_put(b, sheet, row++, 1, dx_doc_reading(doc, i), b->wrap);
    }
}

bool dx_xlsx_assessment(const dx_doc *doc, dx_str *ret, dx_diags *diags) {
    dx_book *b = dx_book_open(doc->arena, doc->lang, doc->options->as_of, NULL);
    if (b) {
        items_sheet(b, doc);
        conditions_sheet(b, doc);
        about_sheet(b, doc);
    }
    return dx_book_close(b, ret, diags);
}

/* --- the form --- */

static void fact_row(dx_book *b, lxw_worksheet *sheet, uint32_t row, const dx_pack *pack,
                     const dx_fact *fact) {
    const dx_input *input = &pack->inputs[fact->input];
    dx_type_kind kind = fact->type->kind;
    bool written = kind == DX_T_STRING || kind == DX_T_DATE || kind == DX_T_LIST;
    dx_str label = dx_label_in(&fact->label, b->lang);
    dx_book_put(b, sheet, row, DX_FORM_SUBJECT, dx_label_in(&input->label, b->lang), b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_FACT, label.n ? label : fact->name, b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_QUESTION, dx_label_in(&fact->question, b->lang), b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_VALUE, (dx_str){0}, written ? b->value_text : b->value);
    dx_book_put(b, sheet, row, DX_FORM_EXPECTED, dx_book_expected(b, pack, fact), b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_HELP, dx_label_in(&fact->help, b->lang), b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_PATH, fact->path, b->text);
    dx_book_offer(b, sheet, row, row, DX_FORM_VALUE, fact->type);
}

static void subject_row(dx_book *b, lxw_worksheet *sheet, uint32_t row, const dx_input *input) {
    for (int i = 0; i < DX_FORM_PATH; i++)
        dx_book_put(b, sheet, row, i, (dx_str){0}, b->subject);
    dx_str label = dx_label_in(&input->label, b->lang);
    dx_book_put(b, sheet, row, DX_FORM_SUBJECT, label.n ? label : input->name, b->subject);
    dx_book_put(b, sheet, row, DX_FORM_QUESTION,
                dx_book_say(b, "完全没有这方面的情况，选“无”，以下各行不必填",
                            "Nothing of this exists: choose none and leave the rows below"),
                b->wrap);
    dx_book_put(b, sheet, row, DX_FORM_VALUE, (dx_str){0}, b->value_text);
    dx_book_put(b, sheet, row, DX_FORM_PATH, input->name, b->text);
    dx_book_offer(b, sheet, row, row, DX_FORM_VALUE, NULL);
}

bool dx_xlsx_form(const dx_pack *pack, dx_lang lang, dx_arena *arena, dx_str *ret,
                  dx_diags *diags) {
    static const dx_book_column columns[DX_FORM_COLUMNS] = {
        {"主体", "Subject", 22},
        {"事实", "Fact", 24},
        {"问题", "Question", 46},
        {DX_FORM_VALUE_ZH, DX_FORM_VALUE_EN, 24},
        {"要求", "Expected", 36},
        {"说明", "Help", 60},
        {DX_FORM_PATH_NAME, DX_FORM_PATH_NAME, 20}};
    dx_book *b = dx_book_open(arena, lang, pack->valid_from, NULL);
    if (!b)
        return dx_book_close(b, ret, diags);
    lxw_worksheet *sheet = dx_book_sheet(b, "填报表", "Form", columns, DX_FORM_COLUMNS, 1);
    dx_book_put(b, sheet, 0, 0, dx_label_in(&pack->title, lang), b->head);
    dx_book_put(
        b, sheet, 0, DX_FORM_QUESTION,
        dx_book_say(
            b, "只填黄色格。不知道的留空；确知没有的填“无”。金额以元计。",
            "Fill in the yellow cells only. Leave blank what is not known; write none for what is "
            "known not to exist. Amounts are in yuan."),
        b->wrap);
    dx_book_put(b, sheet, 0, DX_FORM_PATH, pack->id, b->text);
    uint32_t row = 2;
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        subject_row(b, sheet, row++, input);
        for (uint32_t k = 0; k < input->n; k++)
            fact_row(b, sheet, row++, pack, &pack->facts[input->first + k]);
    }
    lxw_row_col_options hidden = {.hidden = LXW_TRUE};
    worksheet_set_column_opt(sheet, DX_FORM_PATH, DX_FORM_PATH, 20, NULL, &hidden);
    return dx_book_close(b, ret, diags);
}
