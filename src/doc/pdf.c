/* See pdf.h. The only file that knows pango, cairo and qrencode. Everything is laid out twice: once
 * to count the pages, once to draw them with "page x of n".
 *
 * An arena may raise anywhere, so every object of the libraries hangs on the arena with a disposer;
 * and what cairo writes is gathered outside of it, since a jump must not cross cairo's frames.
 * Lengths are whole points: a sheet of A4 has 595 by 842. */
#include "doc/pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

/* A serif, because cairo 1.16 drops 如 of Noto Sans CJK SC Regular from the subset it embeds. */
#define FONT "Noto Serif CJK SC"

enum {
    SHEET_W = 595,
    SHEET_H = 842,
    MARGIN = 48,
    WIDTH = SHEET_W - 2 * MARGIN,
    TOP = 52,
    BOTTOM = SHEET_H - 84, /* the footer lies below */
    FOOT = SHEET_H - 66,
    PAD = 5,
    COLUMNS = 5,
    QR_SIZE = 88,
    QR_BYTES_MAX = 1200, /* more would be too fine to scan from paper */
    PDF_BYTES_MAX = 16 << 20,
};

typedef enum ink { INK_BLACK, INK_GREY, INK_GOOD, INK_OPEN, INK_BRAND, INK_LINE, INK_PALE } ink;

/* What cairo has written so far. */
typedef struct bytes {
    char *p;
    size_t n, cap;
} bytes;

typedef struct sheet {
    const dx_doc *doc;
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoLayout *layout;
    PangoFontDescription *font;
    bytes out;
    bool drawing; /* else only counting pages */
    int y, page, pages;
} sheet;

/* A piece of text in one manner. */
typedef struct style {
    int size; /* tenths of a point */
    bool bold, right;
    ink colour;
} style;

static const style plain = {.size = 92}, small = {.size = 82, .colour = INK_GREY},
                   strong = {.size = 92, .bold = true};

/* --- the surface --- */

static void free_sheet(void *arg) {
    sheet *s = arg;
    if (s->font)
        pango_font_description_free(s->font);
    if (s->layout)
        g_object_unref(s->layout);
    if (s->cr)
        cairo_destroy(s->cr);
    if (s->surface)
        cairo_surface_destroy(s->surface);
    dx_free(s->out.p);
}

static cairo_status_t take(void *context, const unsigned char *data, unsigned n) {
    bytes *out = context;
    if (out->n + n > PDF_BYTES_MAX)
        return CAIRO_STATUS_WRITE_ERROR;
    if (out->n + n > out->cap) {
        size_t cap = out->cap ? out->cap : 65536;
        while (cap < out->n + n)
            cap *= 2;
        char *grown = dx_realloc(out->p, cap);
        if (!grown)
            return CAIRO_STATUS_WRITE_ERROR;
        out->p = grown;
        out->cap = cap;
    }
    memcpy(out->p + out->n, data, n);
    out->n += n;
    return CAIRO_STATUS_SUCCESS;
}

static void set_ink(sheet *s, ink colour) {
    static const uint32_t inks[] = {
        [INK_BLACK] = 0x0b0c0c, [INK_GREY] = 0x505a5f, [INK_GOOD] = 0x00613a, [INK_OPEN] = 0x8a4b00,
        [INK_BRAND] = 0x123a63, [INK_LINE] = 0xb1b4b6, [INK_PALE] = 0xf1f4f8};
    uint32_t rgb = inks[colour];
    cairo_set_source_rgb(s->cr, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0,
                         (rgb & 0xff) / 255.0);
}

/* --- text, lines and pages --- */

/* Sets the text, breaking it at `width`; its height. */
static int set_text(sheet *s, dx_str text, style how, int width) {
    int height;
    pango_font_description_set_absolute_size(s->font, how.size * PANGO_SCALE / 10);
    pango_font_description_set_weight(s->font, how.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(s->layout, s->font);
    pango_layout_set_width(s->layout, width * PANGO_SCALE);
    pango_layout_set_alignment(s->layout, how.right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(s->layout, text.n ? text.p : "", (int)text.n);
    pango_layout_get_pixel_size(s->layout, NULL, &height);
    return height;
}

static int put_at(sheet *s, int x, int y, dx_str text, style how, int width) {
    int height = set_text(s, text, how, width);
    if (s->drawing) {
        set_ink(s, how.colour);
        cairo_move_to(s->cr, x, y);
        pango_cairo_show_layout(s->cr, s->layout);
    }
    return height;
}

static void box(sheet *s, int x, int y, int w, int h, ink colour) {
    if (!s->drawing)
        return;
    set_ink(s, colour);
    cairo_rectangle(s->cr, x, y, w, h);
    cairo_fill(s->cr);
}

static void rule(sheet *s, int y) {
    if (!s->drawing)
        return;
    set_ink(s, INK_LINE);
    cairo_set_line_width(s->cr, 0.5);
    cairo_move_to(s->cr, MARGIN, y);
    cairo_line_to(s->cr, MARGIN + WIDTH, y);
    cairo_stroke(s->cr);
}

static void footer(sheet *s) {
    const dx_doc *doc = s->doc;
    const style tiny = {.size = 66, .colour = INK_GREY};
    const style number = {.size = 80, .right = true, .colour = INK_GREY};
    dx_str digests =
        dx_str_fmt(doc->arena, "%s %.*s\n%s %.*s", doc->lang == DX_ZH ? "政策包" : "Policy pack",
                   DX_FMT(doc->pack->digest), doc->lang == DX_ZH ? "事实" : "Facts",
                   DX_FMT(doc->facts_digest));
    dx_str pages = doc->lang == DX_ZH
                       ? dx_str_fmt(doc->arena, "第 %d 页，共 %d 页", s->page, s->pages)
                       : dx_str_fmt(doc->arena, "Page %d of %d", s->page, s->pages);
    rule(s, FOOT - 6);
    put_at(s, MARGIN, FOOT, digests, tiny, WIDTH - 110);
    put_at(s, MARGIN + WIDTH - 110, FOOT, pages, number, 110);
}

static void end_page(sheet *s) {
    footer(s);
    if (s->drawing)
        cairo_show_page(s->cr);
}

/* Makes room for something of this height; true when that took a new page. */
static bool need(sheet *s, int height) {
    if (s->y + height <= BOTTOM || s->y == TOP)
        return false;
    end_page(s);
    s->page++;
    s->y = TOP;
    return true;
}

/* A paragraph, indented, kept on one page. */
static void paragraph(sheet *s, int indent, dx_str text, style how, int after) {
    need(s, set_text(s, text, how, WIDTH - indent));
    s->y += put_at(s, MARGIN + indent, s->y, text, how, WIDTH - indent) + after;
}

static void heading(sheet *s, dx_str text) {
    const style how = {.size = 126, .bold = true, .colour = INK_BRAND};
    s->y += 12;
    need(s, 70); /* never alone at the foot */
    s->y += put_at(s, MARGIN, s->y, text, how, WIDTH) + 5;
}

/* --- the head of the document --- */

/* The link as squares: sharp at any size, and small. */
static void qr_code(sheet *s, int x, int y) {
    if (!s->drawing || !s->doc->link.n || s->doc->link.n > QR_BYTES_MAX)
        return;
    QRcode *code = QRcode_encodeString8bit(dx_str_z(s->doc->arena, s->doc->link), 0, QR_ECLEVEL_L);
    if (!code)
        return;
    cairo_save(s->cr);
    cairo_translate(s->cr, x, y);
    cairo_scale(s->cr, QR_SIZE * 1.0 / code->width, QR_SIZE * 1.0 / code->width);
    set_ink(s, INK_BLACK);
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(s->cr, column, row, 1, 1);
    cairo_fill(s->cr);
    cairo_restore(s->cr);
    QRcode_free(code);
}

static void pair(sheet *s, dx_str name, dx_str value, int width) {
    const int left = 84;
    if (!value.n)
        return;
    int a = put_at(s, MARGIN, s->y, name, small, left - 6);
    int b = put_at(s, MARGIN + left, s->y, value, plain, width - left);
    s->y += (a > b ? a : b) + 3;
}

static void head(sheet *s) {
    const dx_doc *doc = s->doc;
    const style title = {.size = 200, .bold = true, .colour = INK_BRAND};
    bool coded = doc->link.n > 0 && doc->link.n <= QR_BYTES_MAX;
    int width = coded ? WIDTH - QR_SIZE - 20 : WIDTH, top = s->y;
    s->y += put_at(s, MARGIN, s->y, dx_doc_say(doc, "惠企政策评估结果", "Assessment of incentives"),
                   title, width) +
            8;
    pair(s, dx_doc_say(doc, "企业", "Enterprise"), dx_doc_applicant(doc), width);
    pair(s, dx_doc_say(doc, "政策", "Policy"), dx_doc_label(doc, &doc->pack->title), width);
    pair(s, dx_doc_say(doc, "发布机关", "Issued by"), dx_doc_label(doc, &doc->pack->issuer), width);
    pair(s, dx_doc_say(doc, "评估日", "As of"), dx_doc_date(doc), width);
    if (!coded)
        return;
    qr_code(s, MARGIN + WIDTH - QR_SIZE, top);
    int below = top + QR_SIZE + 3;
    below +=
        put_at(s, MARGIN + WIDTH - QR_SIZE, below,
               dx_doc_say(doc, "扫码恢复所填内容", "Scan to restore the answers"), small, QR_SIZE);
    s->y = s->y > below ? s->y : below;
}

static void total(sheet *s) {
    const dx_doc *doc = s->doc;
    const style large = {.size = 180, .bold = true, .colour = INK_BRAND};
    dx_buf counts = {.arena = doc->arena};
    for (int status = DX_ELIGIBLE; status <= DX_NOT_IN_FORCE; status++) {
        uint32_t n = dx_doc_count(doc, (dx_status)status);
        if (n)
            dx_buf_fmt(&counts, "%s%.*s %u", counts.n ? "    " : "",
                       DX_FMT(dx_doc_status(doc, (dx_status)status, NULL)), n);
    }
    bool most = dx_doc_total_is_ceiling(doc);
    dx_str amount = dx_doc_amount(doc->arena, doc->assessment->total);
    dx_str text =
        doc->lang == DX_ZH
            ? dx_str_fmt(doc->arena, "合计%s %.*s 元", most ? "最高" : "", DX_FMT(amount))
            : dx_str_fmt(doc->arena, "Total%s CNY %.*s", most ? ": up to" : ":", DX_FMT(amount));
    s->y += 10;
    box(s, MARGIN, s->y, WIDTH, 62, INK_PALE);
    box(s, MARGIN, s->y, 4, 62, INK_BRAND);
    put_at(s, MARGIN + 16, s->y + 7, text, large, WIDTH - 24);
    put_at(s, MARGIN + 16, s->y + 39, dx_buf_str(&counts), plain, WIDTH - 24);
    s->y += 62;
}

/* --- the table of items --- */

static const int columns[COLUMNS] = {30, 158, 84, 126, 101};

/* Draws a row of texts; its height. With `drawn` false it is only measured. */
static int row(sheet *s, const dx_str *cells, const style *styles, bool drawn) {
    int x = MARGIN, height = 0;
    for (int i = 0; i < COLUMNS; i++) {
        int width = columns[i] - 2 * PAD;
        int h = drawn ? put_at(s, x + PAD, s->y + PAD - 1, cells[i], styles[i], width)
                      : set_text(s, cells[i], styles[i], width);
        height = h > height ? h : height;
        x += columns[i];
    }
    return height + 2 * PAD - 2;
}

static void table_head(sheet *s) {
    const dx_doc *doc = s->doc;
    const style bold = {.size = 86, .bold = true},
                right = {.size = 86, .bold = true, .right = true};
    const style styles[COLUMNS] = {bold, bold, bold, right, bold};
    const dx_str cells[COLUMNS] = {dx_doc_say(doc, "编号", "No."), dx_doc_say(doc, "事项", "Item"),
                                   dx_doc_say(doc, "结论", "Status"),
                                   dx_doc_say(doc, "金额（元）", "Amount (CNY)"),
                                   dx_doc_say(doc, "部门", "Department")};
    int height = row(s, cells, styles, false);
    box(s, MARGIN, s->y, WIDTH, height, INK_PALE);
    row(s, cells, styles, true);
    s->y += height;
    rule(s, s->y);
}

static style in_tone(dx_doc_tone tone) {
    static const ink inks[] = {INK_GOOD, INK_GREY, INK_OPEN, INK_GREY};
    return (style){.size = 86, .bold = tone == DX_DOC_GOOD, .colour = inks[tone]};
}

/* What the ids in the table stand for. */
static dx_str department_list(const dx_doc *doc) {
    dx_buf text = {.arena = doc->arena};
    for (uint32_t i = 0; i < doc->pack->n_departments; i++) {
        const dx_department *department = &doc->pack->departments[i];
        dx_buf_fmt(&text, "%s%.*s: %.*s", i ? "; " : "", DX_FMT(department->id),
                   DX_FMT(dx_doc_label(doc, &department->name)));
    }
    return dx_buf_str(&text);
}

static void table(sheet *s) {
    const dx_doc *doc = s->doc;
    heading(s, dx_doc_say(doc, "全部事项", "All items"));
    table_head(s);
    for (uint32_t i = 0; i < doc->pack->n_items; i++) {
        const dx_item *item = &doc->pack->items[i];
        const dx_verdict *verdict = &doc->assessment->verdicts[i];
        dx_doc_tone tone;
        const dx_str status = dx_doc_status(doc, verdict->status, &tone);
        const dx_str cells[COLUMNS] = {item->id, dx_doc_label(doc, &item->title), status,
                                       dx_doc_gives(doc, item, verdict),
                                       dx_doc_departments(doc, item, true)};
        const style normal = {.size = 86};
        const style amount = {.size = 86, .right = true, .bold = verdict->has_amount};
        const style styles[COLUMNS] = {normal, normal, in_tone(tone), amount, normal};
        int height = row(s, cells, styles, false);
        if (need(s, height))
            table_head(s);
        row(s, cells, styles, true);
        s->y += height;
        rule(s, s->y);
    }
    s->y += 6;
    if (doc->lang == DX_EN)
        paragraph(s, 0, department_list(doc), small, 2);
    paragraph(
        s, 0,
        dx_doc_say(
            doc,
            "“最高”是上限，实际金额由主管部门核定；“定额”是条文写明的金额。"
            "本结果依据所填事实，不替代主管部门的审核决定。",
            "\"Up to\" is a ceiling: the department determines the actual amount. \"Fixed\" is "
            "what the text states. This result rests on the facts as entered and does not "
            "replace the department's decision."),
        small, 2);
}

/* --- item by item --- */

static void condition(sheet *s, const dx_condition *about) {
    static const ink inks[] = {[DX_FALSE] = INK_GREY,
                               [DX_TRUE] = INK_GOOD,
                               [DX_NOT_KNOWN] = INK_OPEN,
                               [DX_NOT_APPLICABLE] = INK_GREY};
    const dx_doc *doc = s->doc;
    dx_truth truth = dx_condition_result(doc->run, about, doc->options);
    const style sign = {.size = 92, .bold = true, .colour = inks[truth]};
    if (truth == DX_NOT_APPLICABLE)
        return;
    dx_str text = dx_doc_condition(doc, about), reads = dx_doc_reads(doc, about);
    const int indent = 16, left = 270, gap = 14, right = WIDTH - indent - left - gap;
    int a = set_text(s, text, plain, left), b = set_text(s, reads, small, right);
    int height = a > b ? a : b;
    need(s, height);
    put_at(s, MARGIN, s->y, dx_str_of(dx_doc_sign(truth)), sign, indent);
    put_at(s, MARGIN + indent, s->y, text, plain, left);
    put_at(s, MARGIN + indent + left + gap, s->y + 1, reads, small, right);
    s->y += height + 3;
}

static void note(sheet *s, const char *zh, const char *en, dx_str text) {
    const dx_doc *doc = s->doc;
    if (text.n)
        paragraph(s, 16,
                  dx_str_fmt(doc->arena, "%.*s%.*s", DX_FMT(dx_doc_say(doc, zh, en)), DX_FMT(text)),
                  plain, 2);
}

static void item_details(sheet *s, const dx_item *item, const dx_verdict *verdict) {
    const dx_doc *doc = s->doc;
    dx_doc_tone tone;
    dx_str status = dx_doc_status(doc, verdict->status, &tone);
    style how = in_tone(tone);
    how.size = strong.size;
    s->y += 8;
    need(s, 64);
    rule(s, s->y);
    s->y += 5;
    s->y += put_at(s, MARGIN, s->y,
                   dx_str_fmt(doc->arena, "%.*s  %.*s", DX_FMT(item->id),
                              DX_FMT(dx_doc_label(doc, &item->title))),
                   strong, WIDTH) +
            1;
    dx_str gives = dx_doc_gives(doc, item, verdict);
    s->y += put_at(s, MARGIN, s->y,
                   dx_str_fmt(doc->arena, "%.*s%s%.*s%s", DX_FMT(status), gives.n ? "  " : "",
                              DX_FMT(gives),
                              !verdict->has_amount ? ""
                              : doc->lang == DX_ZH ? " 元"
                                                   : " CNY"),
                   how, WIDTH) +
            3;
    for (uint32_t i = 0; i < item->n_conditions; i++)
        condition(s, &item->conditions[i]);
    note(s, "尚缺：", "Still missing: ", dx_doc_missing(doc, verdict));
    note(s, "下一步：", "Next: ", dx_doc_label(doc, &item->next));
}

static void details(sheet *s, dx_status status, const char *zh, const char *en) {
    const dx_doc *doc = s->doc;
    if (dx_doc_count(doc, status) == 0)
        return;
    heading(s, dx_doc_say(doc, zh, en));
    for (uint32_t i = 0; i < doc->pack->n_items; i++)
        if (doc->assessment->verdicts[i].status == status)
            item_details(s, &doc->pack->items[i], &doc->assessment->verdicts[i]);
}

static void readings(sheet *s) {
    const dx_doc *doc = s->doc;
    if (doc->pack->n_readings == 0)
        return;
    heading(s, dx_doc_say(doc, "所用的读法", "Readings of the text that were used"));
    for (uint32_t i = 0; i < doc->pack->n_readings; i++) {
        const dx_str text = dx_doc_reading(doc, i);
        need(s, set_text(s, text, plain, WIDTH - 30));
        put_at(s, MARGIN, s->y, doc->pack->readings[i].id, strong, 30);
        s->y += put_at(s, MARGIN + 30, s->y, text, plain, WIDTH - 30) + 3;
    }
}

static void lay_out(sheet *s) {
    s->page = 1;
    s->y = TOP;
    head(s);
    total(s);
    table(s);
    details(s, DX_ELIGIBLE, "可享受的事项", "Eligible");
    details(s, DX_UNDETERMINED, "待定的事项：知道所缺事实后即可确定",
            "Undetermined: settled once the missing facts are known");
    readings(s);
    end_page(s);
}

/* --- the file --- */

static void set_metadata(sheet *s) {
    const dx_doc *doc = s->doc;
    dx_str day = dx_str_fmt(doc->arena, "%.*sT00:00:00+08:00", DX_FMT(dx_doc_date(doc)));
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_TITLE,
                                   doc->lang == DX_ZH ? "惠企政策评估结果"
                                                      : "Assessment of incentives");
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   dx_str_z(doc->arena, day));
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_CREATOR, "Duixian");
}

static void open_sheet(sheet *s) {
    s->surface = cairo_pdf_surface_create_for_stream(take, &s->out, SHEET_W, SHEET_H);
    s->cr = cairo_create(s->surface);
    s->layout = pango_cairo_create_layout(s->cr);
    s->font = pango_font_description_new();
    pango_font_description_set_family_static(s->font, FONT);
    pango_context_set_language(pango_layout_get_context(s->layout),
                               pango_language_from_string(s->doc->lang == DX_ZH ? "zh-cn" : "en"));
    pango_layout_set_wrap(s->layout, PANGO_WRAP_WORD_CHAR);
}

bool dx_pdf_assessment(const dx_doc *doc, dx_str *ret, dx_diags *diags) {
    sheet *s = DX_NEW(doc->arena, sheet);
    s->doc = doc;
    dx_arena_on_done(doc->arena, free_sheet, s);
    open_sheet(s);
    set_metadata(s);
    lay_out(s);
    s->pages = s->page;
    s->drawing = true;
    lay_out(s);
    cairo_surface_finish(s->surface);
    cairo_status_t status = cairo_surface_status(s->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_status(s->cr);
    if (status != CAIRO_STATUS_SUCCESS) {
        dx_diag_add(diags, DX_E_DOC_MAKE, (dx_place){0}, dx_str_of(cairo_status_to_string(status)),
                    (dx_str){0}, (dx_str){0});
        return false;
    }
    *ret = dx_str_copy(doc->arena, (dx_str){s->out.p, s->out.n});
    return true;
}
