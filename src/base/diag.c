/* Diagnostics: keeping them, and the one place where they become text for a person. */
#include "base/diag.h"

#include "base/utf8.h"

#define DEFAULT_LIMIT 200
/* Columns of an expression's line that are shown, and how many of them before the fault. */
#define SHOWN_COLUMNS 120
#define SHOWN_BEFORE 60

void dx_diags_init(dx_diags *diags, dx_arena *arena) {
    *diags = (dx_diags){.arena = arena};
    diags->last = &diags->first;
}

/* --- places --- */

dx_place dx_place_in(const dx_place *whole, size_t from, size_t to) {
    dx_place place = *whole;
    dx_str text = whole->text.n ? whole->text : DX_STR(""); /* never a NULL pointer to count from */
    size_t at = from < text.n ? from : text.n;
    dx_text_jump start = {0, whole->line, whole->column};
    for (const dx_text_jump *j = whole->jumps; j && j->at <= at && j->at != UINT32_MAX; j++)
        start = *j;
    const char *p = text.p + start.at, *end = text.p + at, *newline;
    while (p < end && (newline = memchr(p, '\n', (size_t)(end - p)))) {
        start.line++;
        start.column = 1;
        p = newline + 1;
    }
    if (whole->line) {
        place.line = start.line;
        place.column = start.column + (uint32_t)dx_utf8_count((dx_str){p, (size_t)(end - p)});
    }
    place.from = (uint32_t)from;
    place.to = (uint32_t)to;
    place.jumps = NULL;
    return place;
}

static const dx_where *copy_where(dx_arena *arena, const dx_where *where) {
    const dx_where *first = NULL, **to = &first;
    for (; where; where = where->outer) {
        dx_where *copy = dx_alloc(arena, sizeof *copy);
        *copy = *where;
        copy->name = dx_str_copy(arena, where->name);
        *to = copy;
        to = &copy->outer;
    }
    return first;
}

/* --- keeping them --- */

static bool is_same(const dx_diag *a, const dx_diag *b) {
    return a->code == b->code && a->place.line == b->place.line &&
           a->place.column == b->place.column && a->place.to == b->place.to &&
           dx_str_eq(a->place.file, b->place.file) && dx_str_eq(a->args[0], b->args[0]) &&
           dx_str_eq(a->args[1], b->args[1]) && dx_str_eq(a->args[2], b->args[2]);
}

static bool is_known(const dx_diags *diags, const dx_diag *given) {
    if (given->place.line == 0)
        return false;
    for (const dx_diag *diag = diags->first; diag; diag = diag->next)
        if (is_same(diag, given))
            return true;
    return false;
}

static dx_diag *append(dx_diags *diags, const dx_diag *given) {
    if (!diags || is_known(diags, given))
        return NULL;
    /* Each kind has its own count, so that warnings never crowd out an error. */
    uint32_t *count = given->warning ? &diags->warnings : &diags->errors;
    if ((*count)++ >= (diags->limit ? diags->limit : DEFAULT_LIMIT))
        return NULL;
    dx_diag *diag = dx_alloc(diags->arena, sizeof *diag);
    *diag = *given;
    diag->place.file = dx_str_copy(diags->arena, given->place.file);
    diag->place.where = copy_where(diags->arena, given->place.where);
    diag->place.element = dx_str_copy(diags->arena, given->place.element);
    diag->place.text = dx_str_copy(diags->arena, given->place.text);
    for (size_t i = 0; i < 3; i++)
        diag->args[i] = dx_str_copy(diags->arena, given->args[i]);
    *diags->last = diag;
    diags->last = &diag->next;
    return diag;
}

dx_diag *dx_diag_add(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c) {
    return append(diags, &(dx_diag){.code = code, .place = place, .args = {a, b, c}});
}

dx_diag *dx_diag_warn(dx_diags *diags, dx_err code, dx_place place, dx_str a, dx_str b, dx_str c) {
    return append(diags,
                  &(dx_diag){.code = code, .warning = true, .place = place, .args = {a, b, c}});
}

static int by_place(const dx_diag *a, const dx_diag *b) {
    int files = dx_str_cmp(a->place.file, b->place.file);
    if (files != 0)
        return files;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return (a->place.column > b->place.column) - (a->place.column < b->place.column);
}

/* By insertion: they are few, and mostly in order already. */
void dx_diags_sort(dx_diags *diags) {
    dx_diag *rest = diags->first;
    diags->first = NULL;
    diags->last = &diags->first;
    while (rest) {
        dx_diag *diag = rest, **at = &diags->first;
        rest = rest->next;
        while (*at && by_place(*at, diag) <= 0)
            at = &(*at)->next;
        diag->next = *at;
        *at = diag;
        if (!diag->next)
            diags->last = &diag->next;
    }
}

/* --- showing them --- */

/* Adds text that came from outside so that it stays on its line and cannot drive the terminal:
 * control characters (those of U+0080..9F too) become spaces, bytes that are no UTF-8 U+FFFD. */
static void add_plain(dx_buf *out, dx_str s) {
    uint32_t cp;
    for (size_t at = 0, n; (n = dx_utf8_decode(s, at, &cp)) != 0; at += n)
        dx_buf_utf8(out, cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? ' ' : cp);
}

static void add_sentence(dx_buf *out, const dx_diag *diag, dx_lang lang) {
    for (const char *p = dx_err_text(diag->code, lang); *p; p++) {
        if (p[0] == '%' && p[1] >= '1' && p[1] <= '3')
            add_plain(out, diag->args[*++p - '1']);
        else
            dx_buf_char(out, *p);
    }
}

dx_str dx_diag_sentence(dx_arena *arena, const dx_diag *diag, dx_lang lang) {
    dx_buf out = {.arena = arena};
    add_sentence(&out, diag, lang);
    return dx_buf_str(&out);
}

/* Columns as add_plain shows them: a control character has become a space. */
static size_t shown_width(dx_str s) {
    size_t width = 0;
    uint32_t cp;
    for (size_t at = 0, n; (n = dx_utf8_decode(s, at, &cp)) != 0; at += n)
        width += cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? 1 : dx_utf8_cp_width(cp);
    return width;
}

/* The longest beginning of `s` that takes at most `columns`. */
static dx_str cut(dx_str s, size_t columns) {
    size_t at = 0, n;
    uint32_t cp;
    while ((n = dx_utf8_decode(s, at, &cp)) != 0) {
        size_t width = shown_width((dx_str){s.p + at, n});
        if (width > columns)
            break;
        columns -= width;
        at += n;
    }
    return (dx_str){s.p, at};
}

/* What of the text before the fault is shown: of a long one the end. */
static dx_str cut_before(dx_str s) {
    size_t extra = shown_width(s);
    if (extra <= SHOWN_BEFORE)
        return s;
    size_t dropped = cut(s, extra - SHOWN_BEFORE).n;
    return (dx_str){s.p + dropped, s.n - dropped};
}

/* The line of place->text that holds place->from, split at the fault. */
static void split_line(const dx_place *place, dx_str *before, dx_str *fault, dx_str *after) {
    dx_str text = place->text;
    size_t from = place->from < text.n ? place->from : text.n;
    size_t to = place->to < text.n ? place->to : text.n;
    size_t begin = from, end = from;
    while (begin > 0 && text.p[begin - 1] != '\n')
        begin--;
    while (end < text.n && text.p[end] != '\n')
        end++;
    if (end > from && text.p[end - 1] == '\r')
        end--;
    to = to < from ? from : to > end ? end : to;
    *before = (dx_str){text.p + begin, from - begin};
    *fault = (dx_str){text.p + from, to - from};
    *after = (dx_str){text.p + to, end - to};
}

static void add_marked_line(dx_buf *out, const dx_place *place) {
    dx_str before, fault, after;
    split_line(place, &before, &fault, &after);
    dx_str head = cut_before(before);
    size_t indent = shown_width(head), width = shown_width(fault);
    dx_buf_addz(out, "    ");
    if (head.n < before.n) {
        dx_buf_addz(out, "...");
        indent += 3;
    }
    dx_str rest = {fault.p, fault.n + after.n}, shown = cut(rest, SHOWN_COLUMNS - SHOWN_BEFORE);
    add_plain(out, head);
    add_plain(out, shown);
    if (shown.n < rest.n)
        dx_buf_addz(out, "...");
    if (shown.n < fault.n)
        width = shown_width(shown);
    dx_buf_fmt(out, "\n    %*s^", (int)indent, "");
    for (size_t i = 1; i < width; i++)
        dx_buf_char(out, '~');
    dx_buf_char(out, '\n');
}

static void add_place(dx_buf *out, const dx_place *place) {
    add_plain(out, place->file);
    if (place->line) {
        dx_buf_fmt(out, place->file.n ? ":%u" : "%u", place->line);
        if (place->column)
            dx_buf_fmt(out, ":%u", place->column);
    }
    if (place->file.n || place->line)
        dx_buf_addz(out, ": ");
}

static void add_part(dx_buf *out, const dx_where *where, dx_lang lang) {
    static const char *const texts[][2] = {
#define X(name, zh, en) {zh, en},
#include "base/part.def"
#undef X
    };
    for (const char *p = texts[where->part][lang == DX_ZH ? 0 : 1]; *p; p++) {
        if (p[0] == '%' && p[1] == '1') {
            if (where->name.n) {
                dx_buf_addz(out, lang == DX_ZH ? "“" : " '");
                add_plain(out, where->name);
                dx_buf_addz(out, lang == DX_ZH ? "”" : "'");
            }
            p++;
        } else if (p[0] == '%' && p[1] == '2') {
            dx_buf_fmt(out, "%u", where->number);
            p++;
        } else {
            dx_buf_char(out, *p);
        }
    }
}

/* From the outermost part on; the chain is as deep as the document, whose depth has a limit. */
static void add_where(dx_buf *out, const dx_where *where, dx_lang lang) {
    if (where->outer) {
        add_where(out, where->outer, lang);
        dx_buf_addz(out, lang == DX_ZH ? "，" : ", ");
    }
    add_part(out, where, lang);
}

dx_str dx_place_element(dx_arena *arena, const dx_place *place, dx_lang lang) {
    dx_buf out = {.arena = arena};
    if (place->where)
        add_where(&out, place->where, lang);
    else
        add_plain(&out, place->element);
    return dx_buf_str(&out);
}

void dx_diag_print(dx_buf *out, const dx_diag *diag, dx_lang lang) {
    add_place(out, &diag->place);
    if (diag->warning)
        dx_buf_addz(out, lang == DX_ZH ? "警告: " : "warning: ");
    else
        dx_buf_addz(out, lang == DX_ZH ? "错误: " : "error: ");
    dx_str element = dx_place_element(out->arena, &diag->place, lang);
    if (element.n) {
        dx_buf_add(out, element);
        dx_buf_addz(out, ": ");
    }
    add_sentence(out, diag, lang);
    dx_buf_char(out, '\n');
    if (diag->place.text.n)
        add_marked_line(out, &diag->place);
}

void dx_diags_print(dx_buf *out, const dx_diags *diags, dx_lang lang) {
    uint32_t shown = 0;
    for (const dx_diag *diag = diags->first; diag; diag = diag->next, shown++)
        dx_diag_print(out, diag, lang);
    uint32_t more = diags->errors + diags->warnings - shown;
    if (more)
        dx_buf_fmt(out, lang == DX_ZH ? "另有 %u 处未列出\n" : "%u more not shown\n", more);
}
