/* Splits FEEL texts into tokens, one at a time and without state, so that the parser may look
 * ahead, go back, or read the same bytes as a longer name. */
#include "feel/lexer.h"

#include "base/utf8.h"

static const char *const keywords[] = {
    "",    "and",      "between", "else",      "every",    "external", "false",
    "for", "function", "if",      "in",        "instance", "not",      "null",
    "of",  "or",       "return",  "satisfies", "some",     "then",     "true",
};

const char *dx_keyword_text(dx_keyword keyword) {
    return keywords[keyword];
}

static dx_keyword keyword_of(dx_str word) {
    if (word.n < 2 || word.n > 9 || word.p[0] < 'a' || word.p[0] > 't')
        return DX_KW_NONE;
    for (uint32_t i = 1; i < sizeof keywords / sizeof keywords[0]; i++)
        if (keywords[i][0] == word.p[0] && dx_str_is(word, keywords[i]))
            return (dx_keyword)i;
    return DX_KW_NONE;
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static char byte_at(dx_str text, size_t at) {
    return at < text.n ? text.p[at] : '\0';
}

/* The length of the character at `at` if it is of a class, else 0. */
static size_t space_at(dx_str text, size_t at) {
    char c = byte_at(text, at);
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if ((unsigned char)c < 0x80)
        return 0;
    uint32_t cp;
    size_t n = dx_utf8_decode(text, at, &cp);
    return dx_utf8_space(cp) ? n : 0;
}

static size_t name_char_at(dx_str text, size_t at, bool first) {
    char c = byte_at(text, at);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?')
        return 1;
    if ((unsigned char)c < 0x80)
        return !first && digit(c) ? 1 : 0;
    uint32_t cp;
    size_t n = dx_utf8_decode(text, at, &cp);
    /* Some white space lies in the ranges of name characters; U+FFFD is what bad bytes read as. */
    if (n == 0 || dx_utf8_space(cp) || (cp == 0xfffd && n == 1))
        return 0;
    return (first ? dx_utf8_name_start(cp) : dx_utf8_name_part(cp)) ? n : 0;
}

static size_t word_end(dx_str text, size_t at) {
    size_t n;
    while ((n = name_char_at(text, at, false)) != 0)
        at += n;
    return at;
}

/* Skips white space and comments. A comment that does not end is left standing: *open. */
static size_t skip_blank(dx_str text, size_t at, bool *open) {
    for (;;) {
        size_t n = space_at(text, at);
        if (n) {
            at += n;
        } else if (byte_at(text, at) == '/' && byte_at(text, at + 1) == '/') {
            while (at < text.n && text.p[at] != '\n' && text.p[at] != '\r')
                at++;
        } else if (byte_at(text, at) == '/' && byte_at(text, at + 1) == '*') {
            size_t end = at + 2;
            while (end < text.n && !(text.p[end] == '*' && byte_at(text, end + 1) == '/'))
                end++;
            if (end >= text.n) {
                *open = true;
                return at;
            }
            at = end + 2;
        } else {
            return at;
        }
    }
}

/* digits [. digits] | . digits, then [e [+-] digits]. A point that begins ".." is none of it. */
static size_t number_end(dx_str text, size_t at) {
    while (digit(byte_at(text, at)))
        at++;
    if (byte_at(text, at) == '.' && digit(byte_at(text, at + 1))) {
        at++;
        while (digit(byte_at(text, at)))
            at++;
    }
    if (byte_at(text, at) == 'e' || byte_at(text, at) == 'E') {
        size_t sign = byte_at(text, at + 1) == '+' || byte_at(text, at + 1) == '-' ? 2 : 1;
        if (digit(byte_at(text, at + sign))) {
            at += sign;
            while (digit(byte_at(text, at)))
                at++;
        }
    }
    return at;
}

/* The end of the string that opens at `at`, after its closing quote; 0 when there is none. */
static size_t string_end(dx_str text, size_t at) {
    for (at++; at < text.n; at++) {
        if (text.p[at] == '"')
            return at + 1;
        if (text.p[at] == '\\')
            at++;
    }
    return 0;
}

static dx_token token(dx_token_kind kind, size_t from, size_t to) {
    return (dx_token){.kind = (uint8_t)kind, .from = (uint32_t)from, .to = (uint32_t)to};
}

static dx_token bad(dx_err fault, size_t from, size_t to) {
    return (dx_token){
        .kind = DX_TOK_BAD, .fault = fault, .from = (uint32_t)from, .to = (uint32_t)to};
}

static dx_token_kind one_byte(char c) {
    switch (c) {
    case '(': return DX_TOK_LPAREN;
    case ')': return DX_TOK_RPAREN;
    case '[': return DX_TOK_LBRACKET;
    case ']': return DX_TOK_RBRACKET;
    case '{': return DX_TOK_LBRACE;
    case '}': return DX_TOK_RBRACE;
    case ',': return DX_TOK_COMMA;
    case ':': return DX_TOK_COLON;
    case '@': return DX_TOK_AT;
    case '.': return DX_TOK_DOT;
    case '+': return DX_TOK_PLUS;
    case '-': return DX_TOK_MINUS;
    case '*': return DX_TOK_STAR;
    case '/': return DX_TOK_SLASH;
    case '=': return DX_TOK_EQ;
    case '<': return DX_TOK_LT;
    case '>': return DX_TOK_GT;
    default: return DX_TOK_BAD;
    }
}

static dx_token_kind two_bytes(char c, char d) {
    static const struct {
        char c, d;
        uint8_t kind;
    } pairs[] = {
        {'.', '.', DX_TOK_DOTDOT}, {'*', '*', DX_TOK_POWER}, {'!', '=', DX_TOK_NE},
        {'<', '=', DX_TOK_LE},     {'>', '=', DX_TOK_GE},    {'-', '>', DX_TOK_ARROW},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].c == c && pairs[i].d == d)
            return (dx_token_kind)pairs[i].kind;
    return DX_TOK_BAD;
}

dx_token dx_lex(dx_str text, uint32_t start) {
    bool open = false;
    size_t at = skip_blank(text, start, &open);
    if (open)
        return bad(DX_E_FEEL_COMMENT_OPEN, at, at + 2);
    if (at >= text.n)
        return token(DX_TOK_END, text.n, text.n);
    char c = text.p[at], d = byte_at(text, at + 1);
    if (digit(c) || (c == '.' && digit(d)))
        return token(DX_TOK_NUMBER, at, number_end(text, at));
    if (c == '"') {
        size_t end = string_end(text, at);
        return end ? token(DX_TOK_STRING, at, end) : bad(DX_E_FEEL_STRING_OPEN, at, text.n);
    }
    if (name_char_at(text, at, true)) {
        dx_token word = token(DX_TOK_WORD, at, word_end(text, at));
        word.keyword = (uint8_t)keyword_of((dx_str){text.p + at, word.to - word.from});
        return word;
    }
    dx_token_kind kind = two_bytes(c, d);
    if (kind != DX_TOK_BAD)
        return token(kind, at, at + 2);
    kind = one_byte(c);
    if (kind != DX_TOK_BAD)
        return token(kind, at, at + 1);
    uint32_t cp;
    return bad(DX_E_FEEL_CHARACTER, at, at + dx_utf8_decode(text, at, &cp));
}

/* --- strings ---------------------------------------------------------------------------------- */

/* `n` hexadecimal digits at `at`, or -1. */
static int64_t hex(dx_str text, size_t at, size_t n) {
    int64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        char c = byte_at(text, at + i);
        int v = digit(c)               ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (v < 0)
            return -1;
        value = value * 16 + v;
    }
    return value;
}

/* Reads \uXXXX, a pair of them that are surrogates, or \UXXXXXX, at the backslash. Returns the
 * bytes read, 0 when it is not such an escape; *ret is then or may else be no character. */
static size_t unicode_escape(dx_str text, size_t at, int64_t *ret) {
    bool wide = byte_at(text, at + 1) == 'U';
    size_t n = wide ? 6 : 4;
    if (!wide && byte_at(text, at + 1) != 'u')
        return 0;
    int64_t cp = hex(text, at + 2, n);
    if (cp < 0)
        return 0;
    n += 2;
    if (!wide && cp >= 0xd800 && cp <= 0xdbff && byte_at(text, at + 6) == '\\' &&
        byte_at(text, at + 7) == 'u') {
        int64_t low = hex(text, at + 8, 4);
        if (low >= 0xdc00 && low <= 0xdfff) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
            n = 12;
        }
    }
    *ret = cp;
    return n;
}

static char simple_escape(char c) {
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\'':
    case '\\': return c;
    default: return '\0';
    }
}

bool dx_lex_string(dx_arena *arena, dx_str text, const dx_token *string, dx_str *ret,
                   dx_token *wrong) {
    dx_str body = {text.p + string->from + 1, string->to - string->from - 2};
    if (body.n == 0 || !memchr(body.p, '\\', body.n)) {
        *ret = body;
        return true;
    }
    char *out = dx_alloc(arena, body.n); /* no escape is shorter than what it stands for */
    size_t n = 0, read;
    for (size_t at = 0; at < body.n; at += read) {
        int64_t cp = -1;
        char simple = body.p[at] == '\\' ? simple_escape(byte_at(body, at + 1)) : '\0';
        if (simple) {
            out[n++] = simple;
            read = 2;
        } else if (body.p[at] == '\\' && (read = unicode_escape(body, at, &cp)) != 0) {
            if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
                size_t from = string->from + 1 + at;
                *wrong = bad(DX_E_FEEL_ESCAPE, from, from + read);
                return false;
            }
            n += dx_utf8_encode((uint32_t)cp, out + n);
        } else {
            out[n++] = body.p[at];
            read = 1;
        }
    }
    *ret = (dx_str){out, n};
    return true;
}

/* --- names ------------------------------------------------------------------------------------ */

bool dx_name_symbol(char c) {
    return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*';
}

dx_name_scan dx_name_scan_start(dx_buf *key, dx_str text, const dx_token *word) {
    dx_name_scan scan = {.text = text, .at = word->from, .to = word->to, .key = key};
    key->n = 0;
    dx_buf_add(key, (dx_str){text.p + word->from, word->to - word->from});
    return scan;
}

bool dx_name_scan_more(dx_name_scan *scan) {
    size_t at = scan->to, n;
    while ((n = space_at(scan->text, at)) != 0)
        at += n;
    char c = byte_at(scan->text, at), d = byte_at(scan->text, at + 1);
    size_t end = word_end(scan->text, at);
    if (end > at) {
        if (!scan->symbol)
            dx_buf_char(scan->key, ' ');
    } else if (at < scan->text.n && dx_name_symbol(c) && !(c == '/' && (d == '/' || d == '*'))) {
        end = at + 1;
    } else {
        return false;
    }
    scan->symbol = end == at + 1 && dx_name_symbol(c);
    scan->at = (uint32_t)at;
    scan->to = (uint32_t)end;
    dx_buf_add(scan->key, (dx_str){scan->text.p + at, end - at});
    return true;
}
