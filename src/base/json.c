/* The JSON reader: a recursive descent limited to DX_JSON_DEPTH that keeps the finished children
 * of all open containers on one stack and copies them to the arena when a container closes, so
 * that children stand side by side. json_write.c has the writer, json_scan.h what both share. */
#include "base/json.h"

#include "base/json_scan.h"

/* Nodes kept before the stack moves to the arena; enough for a usual facts object. */
#define STACK_NODES 96
/* The most that is quoted of a word which should not be there. */
#define FOUND_MAX 24

typedef struct reader {
    const char *p, *begin, *end;
    dx_json *stack;
    uint32_t n, cap;
    dx_arena *arena;
    dx_diags *diags;
    dx_str file;
} reader;

/* What dx_json_parse really allocates: the root with what a place needs. */
typedef struct document {
    dx_json root;
    dx_str text, file;
} document;

/* ---- places and faults ---- */

static dx_place place_of(dx_str text, dx_str file, size_t at) {
    dx_place place = {.file = file, .line = 1};
    const char *p = text.p, *end = text.p + at, *newline;
    while (p < end && (newline = memchr(p, '\n', (size_t)(end - p)))) {
        place.line++;
        p = newline + 1;
    }
    place.column = 1 + (uint32_t)dx_utf8_count((dx_str){p, (size_t)(end - p)});
    return place;
}

/* Adds the diagnostic for the fault at `at`. Always false, for `return fail(...)`. */
static bool fail(reader *r, dx_err code, const char *at, dx_str argument) {
    dx_str text = {r->begin, (size_t)(r->end - r->begin)};
    dx_place place = place_of(text, r->file, (size_t)(at - r->begin));
    dx_diag_add(r->diags, code, place, argument, DX_STR(""), DX_STR(""));
    return false;
}

static bool is_word(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* Something else than `code` expects stands at `at`: says what, unless the text ends there or the
 * bytes are no UTF-8, which is then the fault. */
static bool fail_found(reader *r, dx_err code, const char *at) {
    if (at == r->end)
        return fail(r, DX_E_JSON_END, at, DX_STR(""));
    uint8_t byte = (uint8_t)*at;
    if (byte < 0x20 || byte == 0x7f)
        return fail(r, code, at, dx_str_fmt(r->arena, "U+%04X", byte));
    size_t n = byte < 0x80 ? 1 : dx_utf8_sequence(at, r->end);
    if (n == 0)
        return fail(r, DX_E_UTF8, at, dx_str_fmt(r->arena, "%02X", byte));
    while (is_word(byte) && n < FOUND_MAX && at + n < r->end && is_word((uint8_t)at[n]))
        n++; /* of None or NaN the whole word */
    return fail(r, code, at, (dx_str){at, n});
}

/* ---- strings ---- */

/* The value of four hexadecimal digits, or -1. */
static int32_t hex4(const char *p, const char *end) {
    int32_t value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The escape \u at p with its second half, if it is one of a pair. */
static const char *unicode_escape(reader *r, const char *p, uint32_t *cp) {
    int32_t high = hex4(p + 2, r->end), low;
    if (high < 0) {
        fail(r, DX_E_JSON_ESCAPE, p, DX_STR("\\u"));
        return NULL;
    }
    *cp = (uint32_t)high;
    if (high < 0xd800 || high > 0xdfff)
        return p + 6;
    if (high < 0xdc00 && r->end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
        (low = hex4(p + 8, r->end)) >= 0xdc00 && low <= 0xdfff) {
        *cp = 0x10000 + (((uint32_t)high - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        return p + 12;
    }
    fail(r, DX_E_JSON_SURROGATE, p, (dx_str){p, 6});
    return NULL;
}

/* Decodes the escape at p and returns what follows it, or NULL with a diagnostic. */
static const char *escape(reader *r, const char *p, uint32_t *cp) {
    if (r->end - p < 2) {
        fail(r, DX_E_JSON_END, r->end, DX_STR(""));
        return NULL;
    }
    switch (p[1]) {
    case '"':
    case '\\':
    case '/': *cp = (uint8_t)p[1]; return p + 2;
    case 'b': *cp = '\b'; return p + 2;
    case 'f': *cp = '\f'; return p + 2;
    case 'n': *cp = '\n'; return p + 2;
    case 'r': *cp = '\r'; return p + 2;
    case 't': *cp = '\t'; return p + 2;
    case 'u': return unicode_escape(r, p, cp);
    default: break;
    }
    uint8_t byte = (uint8_t)p[1];
    size_t n = byte < 0x80 ? byte >= 0x20 && byte != 0x7f : dx_utf8_sequence(p + 1, r->end);
    fail(r, DX_E_JSON_ESCAPE, p, (dx_str){p, 1 + n});
    return NULL;
}

/* The text of a string whose escapes have been checked. */
static dx_str unescape(reader *r, dx_str raw) {
    char *out = dx_alloc(r->arena, raw.n), *w = out;
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end) {
        const char *next = memchr(p, '\\', (size_t)(end - p));
        size_t n = (size_t)((next ? next : end) - p);
        memcpy(w, p, n);
        w += n;
        p += n;
        if (next) {
            uint32_t cp = 0;
            p = escape(r, p, &cp);
            w += dx_utf8_encode(cp, w); /* never longer than its escape */
        }
    }
    return (dx_str){out, (size_t)(w - out)};
}

/* The fault of a string that starts at `open` and is broken off at p. */
static bool fail_string(reader *r, const char *open, const char *p) {
    if (p == r->end || *p == '\n' || *p == '\r')
        return fail(r, DX_E_JSON_QUOTE, open, DX_STR(""));
    uint8_t byte = (uint8_t)*p;
    if (byte < 0x20)
        return fail(r, DX_E_JSON_CONTROL, p, dx_str_fmt(r->arena, "U+%04X", byte));
    return fail(r, DX_E_UTF8, p, dx_str_fmt(r->arena, "%02X", byte));
}

/* The string whose opening quote is at r->p. */
static bool string(reader *r, dx_str *ret) {
    const char *open = r->p, *p = open + 1;
    bool escaped = false;
    for (;;) {
        p = dx_json_skip_plain(p, r->end);
        if (p == r->end || (*p != '"' && *p != '\\'))
            return fail_string(r, open, p);
        if (*p == '"')
            break;
        uint32_t cp;
        if (!(p = escape(r, p, &cp)))
            return false;
        escaped = true;
    }
    dx_str raw = {open + 1, (size_t)(p - open) - 1};
    *ret = escaped ? unescape(r, raw) : raw;
    r->p = p + 1;
    return true;
}

/* ---- numbers and words ---- */

static bool is_digit(const char *p, const char *end) {
    return p < end && (uint8_t)(*p - '0') <= 9;
}

static const char *digits(const char *p, const char *end) {
    while (is_digit(p, end))
        p++;
    return p;
}

/* The number at r->p, which is a digit or a minus sign. */
static bool number(reader *r, dx_json *node) {
    const char *start = r->p, *end = r->end, *p = start + (*start == '-');
    if (!is_digit(p, end))
        return fail_found(r, DX_E_JSON_NUMBER, p);
    if (*p == '0' && is_digit(p + 1, end))
        return fail(r, DX_E_JSON_ZERO, p, DX_STR(""));
    p = digits(p, end);
    if (p < end && *p == '.') {
        if (!is_digit(++p, end))
            return fail_found(r, DX_E_JSON_NUMBER, p);
        p = digits(p, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!is_digit(p, end))
            return fail_found(r, DX_E_JSON_NUMBER, p);
        p = digits(p, end);
    }
    node->kind = DX_JSON_NUMBER;
    node->text = (dx_str){start, (size_t)(p - start)};
    r->p = p;
    return true;
}

static bool word(reader *r, dx_json *node, dx_str text, dx_json_kind kind) {
    if ((size_t)(r->end - r->p) < text.n || memcmp(r->p, text.p, text.n) != 0)
        return fail_found(r, DX_E_JSON_VALUE, r->p);
    node->kind = kind;
    node->text = (dx_str){r->p, text.n};
    r->p += text.n;
    return true;
}

/* ---- containers ---- */

static bool value(reader *r, dx_json *node, uint32_t depth);

static inline void skip_space(reader *r) {
    const char *p = r->p;
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    r->p = p;
}

static inline bool at_char(const reader *r, char c) {
    return r->p < r->end && *r->p == c;
}

static inline void push(reader *r, const dx_json *node) {
    if (r->n == r->cap)
        r->stack = dx_vec_grow(r->arena, r->stack, sizeof *r->stack, &r->cap);
    r->stack[r->n++] = *node;
}

/* Moves the children from `first` on to the arena, as those of `node`, and steps over the closing
 * bracket. */
static void take_children(reader *r, dx_json *node, dx_json_kind kind, uint32_t first) {
    size_t n = r->n - first;
    dx_json *items = n ? dx_alloc(r->arena, n * sizeof *items) : NULL;
    if (n)
        memcpy(items, r->stack + first, n * sizeof *items);
    node->items = items;
    node->n = n;
    node->kind = kind;
    r->n = first;
    r->p++;
}

static bool array(reader *r, dx_json *node, uint32_t depth) {
    uint32_t first = r->n;
    r->p++;
    skip_space(r);
    if (!at_char(r, ']')) {
        for (;;) {
            dx_json item = {.key = {"", 0}};
            skip_space(r);
            if (!value(r, &item, depth))
                return false;
            push(r, &item);
            skip_space(r);
            if (at_char(r, ']'))
                break;
            if (!at_char(r, ','))
                return fail_found(r, DX_E_JSON_COMMA_ARRAY, r->p);
            r->p++;
        }
    }
    take_children(r, node, DX_JSON_ARRAY, first);
    return true;
}

static bool member(reader *r, dx_json *item, uint32_t depth) {
    skip_space(r);
    if (!at_char(r, '"'))
        return fail_found(r, DX_E_JSON_KEY, r->p);
    if (!string(r, &item->key))
        return false;
    skip_space(r);
    if (!at_char(r, ':'))
        return fail_found(r, DX_E_JSON_COLON, r->p);
    r->p++;
    skip_space(r);
    return value(r, item, depth);
}

static const char *key_start(const char *text, const dx_json *node);

static bool object(reader *r, dx_json *node, uint32_t depth) {
    uint32_t first = r->n;
    r->p++;
    skip_space(r);
    if (!at_char(r, '}')) {
        for (;;) {
            dx_json item;
            if (!member(r, &item, depth))
                return false;
            push(r, &item);
            skip_space(r);
            if (at_char(r, '}'))
                break;
            if (!at_char(r, ','))
                return fail_found(r, DX_E_JSON_COMMA_OBJECT, r->p);
            r->p++;
        }
    }
    take_children(r, node, DX_JSON_OBJECT, first);
    const dx_json *twice = dx_json_duplicate(r->arena, node);
    return !twice || fail(r, DX_E_JSON_DUPLICATE, key_start(r->begin, twice), twice->key);
}

static bool deeper(reader *r, dx_json *node, uint32_t depth) {
    if (depth == DX_JSON_DEPTH)
        return fail(r, DX_E_LIMIT_DEPTH, r->p, dx_str_fmt(r->arena, "%d", DX_JSON_DEPTH));
    return *r->p == '{' ? object(r, node, depth + 1) : array(r, node, depth + 1);
}

/* The value at r->p, where no white space stands. The key of `node` is left alone. */
static bool value(reader *r, dx_json *node, uint32_t depth) {
    node->at = (uint32_t)(r->p - r->begin);
    switch (r->p < r->end ? *r->p : '\0') {
    case '"': node->kind = DX_JSON_STRING; return string(r, &node->text);
    case '{':
    case '[': return deeper(r, node, depth);
    case 't': return word(r, node, DX_STR("true"), DX_JSON_TRUE);
    case 'f': return word(r, node, DX_STR("false"), DX_JSON_FALSE);
    case 'n': return word(r, node, DX_STR("null"), DX_JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return number(r, node);
    default: return fail_found(r, DX_E_JSON_VALUE, r->p);
    }
}

static bool whole_text(reader *r, dx_json *root) {
    if (r->end - r->p >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
        return fail(r, DX_E_JSON_BOM, r->p, DX_STR(""));
    skip_space(r);
    if (!value(r, root, 0))
        return false;
    skip_space(r);
    return r->p == r->end || fail_found(r, DX_E_JSON_TRAILING, r->p);
}

dx_json *dx_json_parse(dx_arena *arena, dx_str text, dx_str file, dx_diags *diags) {
    dx_json stack[STACK_NODES];
    if (!text.p)
        text = DX_STR("");
    reader r = {.p = text.p,
                .begin = text.p,
                .end = text.p + text.n,
                .stack = stack,
                .cap = STACK_NODES,
                .arena = arena,
                .diags = diags,
                .file = file};
    if (text.n >= UINT32_MAX) { /* offsets have 32 bits */
        dx_diag_add(diags, DX_E_FILE_TOO_LARGE, (dx_place){.file = file}, file,
                    DX_STR("4294967295"), DX_STR(""));
        return NULL;
    }
    document *doc = DX_NEW(arena, document);
    doc->root.key = DX_STR("");
    doc->text = text;
    doc->file = file;
    return whole_text(&r, &doc->root) ? &doc->root : NULL;
}

/* ---- finding things in the tree ---- */

const dx_json *dx_json_get(const dx_json *object, dx_str key) {
    if (!object || object->kind != DX_JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->n; i++)
        if (dx_str_eq(object->items[i].key, key))
            return &object->items[i];
    return NULL;
}

void dx_json_put_step(dx_buf *buf, dx_str key) {
    dx_buf_char(buf, '/');
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] == '~')
            dx_buf_add(buf, DX_STR("~0"));
        else if (key.p[i] == '/')
            dx_buf_add(buf, DX_STR("~1"));
        else
            dx_buf_char(buf, key.p[i]);
    }
}

/* The child of a container that holds the offset: the last that starts at or before it. */
static size_t child_at(const dx_json *container, uint32_t at) {
    size_t low = 0, high = container->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (container->items[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

dx_str dx_json_pointer(dx_arena *arena, const dx_json *root, const dx_json *node) {
    dx_buf out = {.arena = arena};
    while (root != node && (root->kind == DX_JSON_ARRAY || root->kind == DX_JSON_OBJECT) &&
           root->n > 0) {
        size_t i = child_at(root, node->at);
        if (root->kind == DX_JSON_OBJECT)
            dx_json_put_step(&out, root->items[i].key);
        else
            dx_buf_fmt(&out, "/%zu", i);
        root = &root->items[i];
    }
    return dx_buf_str(&out);
}

/* The opening quote of a member's key, found backwards from its value: inside the key every quote
 * has a backslash before it, the opening one never. */
static const char *key_start(const char *text, const dx_json *node) {
    const char *p = text + node->at - 1;
    while (*p != '"')
        p--;
    do
        p--;
    while (*p != '"' || p[-1] == '\\');
    return p;
}

static dx_place place_at(dx_arena *arena, const dx_json *root, const dx_json *node, size_t at) {
    const document *doc = (const document *)root;
    dx_place place = place_of(doc->text, doc->file, at);
    place.element = dx_json_pointer(arena, root, node);
    return place;
}

dx_place dx_json_place(dx_arena *arena, const dx_json *root, const dx_json *node) {
    return place_at(arena, root, node, node->at);
}

dx_place dx_json_key_place(dx_arena *arena, const dx_json *root, const dx_json *member) {
    const char *text = ((const document *)root)->text.p;
    return place_at(arena, root, member, (size_t)(key_start(text, member) - text));
}
