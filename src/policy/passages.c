/* A text of law cut into its articles, at lines that begin with 第N条 or Article N, as plain text
 * or as Markdown headings. The pack's own wording and the official texts that people import are cut
 * by the same rule. */
#include "base/utf8.h"
#include "policy/policy.h"

enum { ARTICLE_MAX = 9999 };

static bool skip(dx_str *text, dx_str what) {
    if (!dx_str_starts(*text, what))
        return false;
    *text = (dx_str){text->p + what.n, text->n - what.n};
    return true;
}

/* Also the wide space that Chinese text begins lines with, and the marks of emphasis. */
static dx_str without_space(dx_str text) {
    for (size_t before = 0; before != text.n;) {
        before = text.n;
        text = dx_str_trim(text);
        skip(&text, DX_STR("　"));
        skip(&text, DX_STR("*"));
    }
    return text;
}

static bool read_digits(dx_str *text, uint32_t *ret) {
    size_t n = 0;
    uint32_t value = 0;
    for (; n < text->n && text->p[n] >= '0' && text->p[n] <= '9' && value <= ARTICLE_MAX; n++)
        value = value * 10 + (uint32_t)(text->p[n] - '0');
    *text = (dx_str){text->p + n, text->n - n};
    *ret = value;
    return n > 0 && value <= ARTICLE_MAX;
}

/* 一百二十三: a digit counts until its unit comes; a unit alone (十) counts once. */
static bool read_chinese(dx_str *text, uint32_t *ret) {
    static const dx_str digits[] = {{"零", 3}, {"一", 3}, {"二", 3}, {"三", 3}, {"四", 3},
                                    {"五", 3}, {"六", 3}, {"七", 3}, {"八", 3}, {"九", 3}};
    uint32_t value = 0, last = 0;
    dx_str before = *text;
    for (bool found = true; found && value <= ARTICLE_MAX;) {
        found = false;
        for (uint32_t i = 0; i < sizeof digits / sizeof *digits && !found; i++)
            if (skip(text, digits[i])) {
                last = i;
                found = true;
            }
        uint32_t unit = found                      ? 0
                        : skip(text, DX_STR("十")) ? 10
                        : skip(text, DX_STR("百")) ? 100
                                                   : 0;
        if (unit) {
            value += (last ? last : 1) * unit;
            last = 0;
            found = true;
        }
    }
    *ret = value + last;
    return text->n < before.n && *ret <= ARTICLE_MAX;
}

/* The number of the article whose first line this is; *line becomes what follows the number. */
static bool read_heading(dx_str *line, uint32_t *ret) {
    dx_str rest = *line;
    if (skip(&rest, DX_STR("Article "))) {
        if (!read_digits(&rest, ret))
            return false;
        if (!skip(&rest, DX_STR(":")))
            skip(&rest, DX_STR("."));
    } else {
        if (!skip(&rest, DX_STR("第")) || (!read_digits(&rest, ret) && !read_chinese(&rest, ret)) ||
            !skip(&rest, DX_STR("条")))
            return false;
    }
    *line = without_space(rest);
    return true;
}

static bool is_anchor(dx_str line) {
    return dx_str_starts(line, DX_STR("<a ")) && dx_str_ends(line, DX_STR("</a>"));
}

static dx_str next_line(dx_str *text) {
    const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
    size_t n = end ? (size_t)(end - text->p) : text->n;
    dx_str line = {text->p, n};
    n += end != NULL;
    *text = (dx_str){text->p + n, text->n - n};
    return line;
}

uint32_t dx_passages(dx_arena *arena, dx_str text, dx_passage **ret) {
    DX_VEC(dx_passage) found = {0};
    dx_buf body = {.arena = arena};
    bool open = false;
    skip(&text, DX_STR("\xEF\xBB\xBF"));
    while (text.n) {
        dx_passage passage = {0};
        dx_str line = without_space(next_line(&text));
        bool marked = dx_str_starts(line, DX_STR("#"));
        while (skip(&line, DX_STR("#")))
            continue;
        line = without_space(line);
        bool heads = read_heading(&line, &passage.article);
        if (heads || marked) {
            if (open)
                found.v[found.n - 1].text = dx_str_trim(dx_buf_str(&body));
            body = (dx_buf){.arena = arena};
            open = heads;
        }
        if (heads) {
            passage.title = marked ? line : (dx_str){0};
            dx_vec_push(arena, &found, passage);
        }
        if (open && !marked && !is_anchor(line)) {
            dx_buf_add(&body, line);
            dx_buf_char(&body, '\n');
        }
    }
    if (open)
        found.v[found.n - 1].text = dx_str_trim(dx_buf_str(&body));
    *ret = found.v;
    return found.n;
}
