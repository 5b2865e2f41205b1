/* From XPath's regular expressions to PCRE2's. A recursive descent over the grammar of XML Schema
 * (part 2, appendix F) with XPath's additions. The two notations look alike and differ in what they
 * mean: [a-z-[aeiou]] takes letters away, \i and \c are the characters of XML names, \w is defined
 * by categories, {} and ] must be escaped, there are no possessive quantifiers. So nothing is
 * passed on as written: characters go out as code points, classes as ranges and categories. */
#include "feel/regex_parse.h"

#include "base/unicode.h"
#include "base/utf8.h"

enum {
    MAX_PATTERN = 20000, /* bytes */
    MAX_DEPTH = 200,     /* groups in groups, classes in classes */
    MAX_REPEAT = 65535,  /* what the matcher can count to */
    LAST_CODE_POINT = 0x10ffff
};

typedef struct parser {
    dx_arena *arena;
    dx_str s;
    size_t at;
    uint32_t flags;
    dx_buf out;
    uint32_t groups;        /* opened so far */
    DX_VEC(uint8_t) closed; /* per group, from 0: its right parenthesis has been read */
    dx_regex_fault *fault;
} parser;

typedef struct range {
    uint32_t first, last;
} range;

static bool fail(parser *p, dx_err code, size_t from) {
    p->fault->code = code;
    p->fault->detail = (dx_str){p->s.p + from, p->at - from};
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool more(const parser *p) {
    return p->at < p->s.n;
}

/* The next byte, or 0 at the end: enough to recognise the characters of the grammar, all ASCII. */
static char peek(const parser *p) {
    return more(p) ? p->s.p[p->at] : '\0';
}

static bool take(parser *p, char c) {
    if (more(p) && p->s.p[p->at] == c) {
        p->at++;
        return true;
    }
    return false;
}

static uint32_t take_char(parser *p) {
    uint32_t cp = 0;
    p->at += dx_utf8_decode(p->s, p->at, &cp);
    return cp;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_char(parser *p, uint32_t cp) {
    if ((cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z')) {
        dx_buf_char(&p->out, (char)cp);
    } else {
        dx_buf_fmt(&p->out, "\\x{%x}", (unsigned)cp);
    }
}

/* A range within a class; the surrogates, which are no characters, are cut off its ends. */
static void put_range(parser *p, uint32_t first, uint32_t last) {
    first = first >= 0xd800 && first <= 0xdfff ? 0xe000 : first;
    last = last >= 0xd800 && last <= 0xdfff ? 0xd7ff : last;
    if (first <= last) {
        dx_buf_fmt(&p->out, "\\x{%x}-\\x{%x}", (unsigned)first, (unsigned)last);
    }
}

/* Sorted ranges, or everything outside them. */
static void put_ranges(parser *p, const range *ranges, size_t n, bool negated) {
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if (!negated) {
            put_range(p, ranges[i].first, ranges[i].last);
        } else if (ranges[i].first > next) {
            put_range(p, next, ranges[i].first - 1);
        }
        next = ranges[i].last + 1;
    }
    if (negated && next <= LAST_CODE_POINT) {
        put_range(p, next, LAST_CODE_POINT);
    }
}

/* --- escapes ---------------------------------------------------------------------------------- */

static const range space_ranges[] = {{9, 10}, {13, 13}, {32, 32}};

/* NameStartChar of XML 1.0, fifth edition. */
static const range initial_ranges[] = {
    {':', ':'},       {'A', 'Z'},       {'_', '_'},       {'a', 'z'},
    {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
    {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
    {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff},
};

/* NameChar. */
static const range name_ranges[] = {
    {'-', '.'},       {'0', ':'},       {'A', 'Z'},         {'_', '_'},       {'a', 'z'},
    {0xb7, 0xb7},     {0xc0, 0xd6},     {0xd8, 0xf6},       {0xf8, 0x37d},    {0x37f, 0x1fff},
    {0x200c, 0x200d}, {0x203f, 0x2040}, {0x2070, 0x218f},   {0x2c00, 0x2fef}, {0x3001, 0xd7ff},
    {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool known_category(dx_str name) {
    static const char *const minor[] = {"Lultmo", "Mnce",  "Ndlo", "Pcdseifo",
                                        "Zslp",   "Smcko", "Ccfon"};
    for (size_t i = 0; i < COUNT(minor); i++) {
        if (name.n >= 1 && name.n <= 2 && name.p[0] == minor[i][0]) {
            return name.n == 1 || strchr(minor[i] + 1, name.p[1]) != NULL;
        }
    }
    return false;
}

/* What follows \p or \P, as the content of a class. */
static bool category_escape(parser *p, size_t from, bool negated) {
    size_t name_from = p->at + 1;
    if (!take(p, '{')) {
        return fail(p, DX_E_FEEL_REGEX_ESCAPE, from);
    }
    while (more(p) && peek(p) != '}') {
        p->at++;
    }
    dx_str name = {p->s.p + name_from, p->at - name_from};
    range block;
    if (!take(p, '}')) {
        return fail(p, DX_E_FEEL_REGEX_ESCAPE, from);
    }
    if (known_category(name)) {
        dx_buf_fmt(&p->out, "\\%c{%.*s}", negated ? 'P' : 'p', DX_FMT(name));
        return true;
    }
    if (dx_str_starts(name, DX_STR("Is")) &&
        dx_unicode_block((dx_str){name.p + 2, name.n - 2}, &block.first, &block.last) &&
        !(block.first >= 0xd800 && block.last <= 0xdfff)) {
        put_ranges(p, &block, 1, negated);
        return true;
    }
    return fail(p, DX_E_FEEL_REGEX_PROPERTY, from);
}

/* An escape that stands for one character. False when it is another one. */
static bool single_escape(const parser *p, char c, uint32_t *ret) {
    switch (c) {
    case 'n': *ret = '\n'; return true;
    case 'r': *ret = '\r'; return true;
    case 't': *ret = '\t'; return true;
    default: *ret = (unsigned char)c; return c != '\0' && strchr("\\|.?*+(){}-[]^$", c) && more(p);
    }
}

/* An escape that stands for a set of characters, as the content of a class. */
static bool set_escape(parser *p, size_t from) {
    char c = peek(p);
    p->at++;
    switch (c) {
    case 's':
    case 'S': put_ranges(p, space_ranges, COUNT(space_ranges), c == 'S'); return true;
    case 'i':
    case 'I': put_ranges(p, initial_ranges, COUNT(initial_ranges), c == 'I'); return true;
    case 'c':
    case 'C': put_ranges(p, name_ranges, COUNT(name_ranges), c == 'C'); return true;
    case 'd': dx_buf_addz(&p->out, "\\p{Nd}"); return true;
    case 'D': dx_buf_addz(&p->out, "\\P{Nd}"); return true;
    case 'w': dx_buf_addz(&p->out, "\\p{L}\\p{M}\\p{N}\\p{S}"); return true;
    case 'W': dx_buf_addz(&p->out, "\\p{P}\\p{Z}\\p{C}"); return true;
    case 'p':
    case 'P': return category_escape(p, from, c == 'P');
    default: p->at = p->at > p->s.n ? p->s.n : p->at; return fail(p, DX_E_FEEL_REGEX_ESCAPE, from);
    }
}

/* --- classes ---------------------------------------------------------------------------------- */

/* One end of a range in a class: a character or an escape of one. */
static bool range_end(parser *p, uint32_t *ret) {
    size_t from = p->at;
    if (take(p, '\\')) {
        if (!single_escape(p, peek(p), ret)) {
            p->at += more(p) ? 1 : 0;
            return fail(p, DX_E_FEEL_REGEX_ESCAPE, from);
        }
        p->at++;
        return true;
    }
    if (!more(p) || peek(p) == '[' || peek(p) == ']') {
        return fail(p, DX_E_FEEL_REGEX_CLASS, from);
    }
    *ret = take_char(p);
    return true;
}

static bool set_follows(const parser *p) {
    uint32_t ignored;
    return peek(p) == '\\' && p->at + 1 < p->s.n && !single_escape(p, p->s.p[p->at + 1], &ignored);
}

/* Whether a hyphen here makes a range: [a-z], but not [a-] nor the subtraction [a-[b]]. */
static bool range_follows(const parser *p) {
    return peek(p) == '-' && p->at + 1 < p->s.n && p->s.p[p->at + 1] != ']' &&
           p->s.p[p->at + 1] != '[';
}

/* A character, a range, or an escape of a set. `first` and the end of the class are where a bare
 * hyphen may stand. */
static bool class_item(parser *p, bool first) {
    size_t from = p->at;
    uint32_t low, high;
    if (set_follows(p)) {
        p->at++;
        return set_escape(p, from);
    }
    if (peek(p) == '-' && !first && range_follows(p)) {
        p->at++;
        return fail(p, DX_E_FEEL_REGEX_CLASS, from);
    }
    if (!range_end(p, &low)) {
        return false;
    }
    high = low;
    if (range_follows(p) && !(first && low == '-' && p->s.p[from] == '-')) {
        p->at++;
        if (!range_end(p, &high)) {
            return false;
        }
    }
    if (high < low) {
        return fail(p, DX_E_FEEL_REGEX_CLASS, from);
    }
    put_range(p, low, high);
    return true;
}

/* A class from its left bracket on. Subtraction becomes a look-ahead: (?![aeiou])[a-z]. */
static bool class_expression(parser *p, int depth) {
    size_t from = p->at, start = p->out.n;
    if (depth > MAX_DEPTH) {
        return fail(p, DX_E_FEEL_REGEX_SIZE, from);
    }
    p->at++;
    dx_buf_addz(&p->out, take(p, '^') ? "[^" : "[");
    for (bool first = true;; first = false) {
        if (!more(p)) {
            return fail(p, DX_E_FEEL_REGEX_CLASS, from);
        }
        if (!first && peek(p) == ']') {
            break;
        }
        if (!first && peek(p) == '-' && p->at + 1 < p->s.n && p->s.p[p->at + 1] == '[') {
            break;
        }
        if (!class_item(p, first)) {
            return false;
        }
    }
    dx_buf_char(&p->out, ']');
    if (take(p, '-')) {
        dx_str whole = dx_str_copy(p->arena, (dx_str){p->out.p + start, p->out.n - start});
        p->out.n = start;
        dx_buf_addz(&p->out, "(?:(?!");
        if (!class_expression(p, depth + 1)) {
            return false;
        }
        dx_buf_char(&p->out, ')');
        dx_buf_add(&p->out, whole);
        dx_buf_char(&p->out, ')');
    }
    return take(p, ']') || fail(p, DX_E_FEEL_REGEX_CLASS, from);
}

/* --- expressions ------------------------------------------------------------------------------ */

static bool alternatives(parser *p, int depth);

static bool group(parser *p, int depth) {
    size_t from = p->at - 1;
    bool captures = true;
    uint32_t number = p->groups;
    if (depth > MAX_DEPTH) {
        return fail(p, DX_E_FEEL_REGEX_SIZE, from);
    }
    if (take(p, '?')) {
        if (!take(p, ':')) {
            return fail(p, DX_E_FEEL_REGEX_GROUP, from);
        }
        captures = false;
    } else {
        p->groups++;
        dx_vec_push(p->arena, &p->closed, 0);
    }
    dx_buf_addz(&p->out, captures ? "(" : "(?:");
    if (!alternatives(p, depth + 1)) {
        return false;
    }
    if (!take(p, ')')) {
        return fail(p, DX_E_FEEL_REGEX_GROUP, from);
    }
    if (captures) {
        p->closed.v[number] = 1;
    }
    dx_buf_char(&p->out, ')');
    return true;
}

/* \1, \12: as many digits as there are groups for; the group must be complete. */
static bool back_reference(parser *p, size_t from) {
    uint32_t number = 0;
    while (is_digit(peek(p)) &&
           (number == 0 || number * 10 + (uint32_t)(peek(p) - '0') <= p->groups)) {
        number = number * 10 + (uint32_t)(peek(p) - '0');
        p->at++;
    }
    if (number > p->groups || !p->closed.v[number - 1]) {
        return fail(p, DX_E_FEEL_REGEX_BACKREF, from);
    }
    dx_buf_fmt(&p->out, "\\g{%u}", (unsigned)number);
    return true;
}

static bool escape(parser *p) {
    size_t from = p->at - 1;
    uint32_t cp;
    if (peek(p) >= '1' && peek(p) <= '9') {
        return back_reference(p, from);
    }
    if (single_escape(p, peek(p), &cp)) {
        p->at++;
        put_char(p, cp);
        return true;
    }
    dx_buf_char(&p->out, '[');
    if (!set_escape(p, from)) {
        return false;
    }
    dx_buf_char(&p->out, ']');
    return true;
}

static bool atom(parser *p, int depth) {
    size_t from = p->at;
    switch (peek(p)) {
    case '[': return class_expression(p, 0);
    case '(': p->at++; return group(p, depth);
    case '\\': p->at++; return escape(p);
    case '.':
        p->at++;
        dx_buf_addz(&p->out, p->flags & DX_RX_DOT_ALL ? "." : "[^\\n\\r]");
        return true;
    case '^':
    case '$': /* grouped, so that a quantifier may follow */
        p->at++;
        dx_buf_fmt(&p->out, "(?:%c)", p->s.p[from]);
        return true;
    case '?':
    case '*':
    case '+': p->at++; return fail(p, DX_E_FEEL_REGEX_QUANTIFIER, from);
    case '{':
    case '}':
    case ']': p->at++; return fail(p, DX_E_FEEL_REGEX_CHARACTER, from);
    default: put_char(p, take_char(p)); return true;
    }
}

/* A number of repetitions. */
static bool repeat_count(parser *p, uint32_t *ret) {
    uint32_t n = 0;
    if (!is_digit(peek(p))) {
        return false;
    }
    while (is_digit(peek(p))) {
        n = n > MAX_REPEAT ? n : n * 10 + (uint32_t)(peek(p) - '0');
        p->at++;
    }
    *ret = n;
    return true;
}

static bool counted(parser *p) {
    size_t from = p->at - 1;
    uint32_t low, high;
    bool open = false;
    if (!repeat_count(p, &low)) {
        return fail(p, DX_E_FEEL_REGEX_QUANTIFIER, from);
    }
    high = low;
    if (take(p, ',') && !repeat_count(p, &high)) {
        open = true;
        high = low;
    }
    if (!take(p, '}') || high < low) {
        return fail(p, DX_E_FEEL_REGEX_QUANTIFIER, from);
    }
    if (high > MAX_REPEAT) {
        return fail(p, DX_E_FEEL_REGEX_SIZE, from);
    }
    if (open) {
        dx_buf_fmt(&p->out, "{%u,}", (unsigned)low);
    } else {
        dx_buf_fmt(&p->out, "{%u,%u}", (unsigned)low, (unsigned)high);
    }
    return true;
}

static bool quantifier(parser *p) {
    char c = peek(p);
    if (c == '?' || c == '*' || c == '+') {
        p->at++;
        dx_buf_char(&p->out, c);
    } else if (take(p, '{')) {
        if (!counted(p)) {
            return false;
        }
    } else {
        return true;
    }
    if (take(p, '?')) {
        dx_buf_char(&p->out, '?');
    }
    return true;
}

static bool alternatives(parser *p, int depth) {
    while (more(p) && peek(p) != ')') {
        if (take(p, '|')) {
            dx_buf_char(&p->out, '|');
        } else if (!atom(p, depth) || !quantifier(p)) {
            return false;
        }
    }
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* With flag x, white space outside classes does not count: not even between a backslash and what it
 * escapes. */
static dx_str without_spaces(dx_arena *arena, dx_str s) {
    dx_buf out = {.arena = arena};
    bool escaped = false;
    uint32_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (depth == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }
        dx_buf_char(&out, c);
        if (escaped) {
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '[') {
            depth++;
        } else if (c == ']' && depth > 0) {
            depth--;
        }
    }
    return dx_buf_str(&out);
}

bool dx_regex_flags(dx_arena *arena, dx_str text, uint32_t *ret, dx_regex_fault *fault) {
    static const char letters[] = "smixq";
    uint32_t flags = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(letters, text.p[i]) : NULL;
        if (!at) {
            *fault = (dx_regex_fault){DX_E_FEEL_REGEX_FLAG, dx_str_copy(arena, text)};
            return false;
        }
        flags |= UINT32_C(1) << (at - letters);
    }
    *ret = flags;
    return true;
}

bool dx_regex_translate(dx_arena *arena, dx_str pattern, uint32_t flags, dx_str *ret,
                        uint32_t *ret_groups, dx_regex_fault *fault) {
    parser p = {.arena = arena, .s = pattern, .flags = flags, .fault = fault};
    p.out.arena = arena;
    if (pattern.n > MAX_PATTERN) {
        return fail(&p, DX_E_FEEL_REGEX_SIZE, 0);
    }
    if (flags & DX_RX_LITERAL) {
        while (more(&p)) {
            put_char(&p, take_char(&p));
        }
    } else {
        p.s = flags & DX_RX_SPACED ? without_spaces(arena, pattern) : pattern;
        if (!alternatives(&p, 0)) {
            return false;
        }
        if (more(&p)) { /* only a right parenthesis ends it early */
            return fail(&p, DX_E_FEEL_REGEX_GROUP, p.at);
        }
    }
    *ret = dx_buf_str(&p.out);
    *ret_groups = p.groups;
    return true;
}
