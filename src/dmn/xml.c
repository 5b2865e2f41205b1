/* The XML reader; see xml.h. The only file that knows expat.
 *
 * The document is parsed in one call from memory, so that expat's byte index is an offset into the
 * source. Lines and columns are counted from it by a cursor that only moves forward, which costs
 * less than asking expat and counts characters. An arena may raise inside a handler; jumping over
 * expat's frames would lose memory it holds there, so each handler has a trap of its own, stops
 * the parser, and dx_xml_read raises again once expat has returned. */
#include "dmn/xml.h"

#include <assert.h>
#include <expat.h>

#include "base/utf8.h"

/* Between namespace and local name in what expat reports; cannot occur in either. */
#define SEPARATOR '\n'
#define XSI "http://www.w3.org/2001/XMLSchema-instance"
/* The most that is quoted of what should not be there. */
#define FOUND_MAX 40

/* A piece of the text being gathered that does not follow the piece before it in the source. */
typedef struct piece {
    size_t at, offset;
} piece;

typedef struct reader {
    XML_Parser parser;
    dx_arena *nodes, *strings;
    const dx_xml_vocabulary *known;
    dx_str source, file;
    dx_diags *diags;
    dx_xml *xml;
    bool failed;    /* a diagnostic was given */
    dx_err trapped; /* an arena raised */
    /* the cursor */
    size_t offset;
    uint32_t line, column;
    /* open elements and, for each, where its next child hangs */
    uint32_t depth, skipped; /* skipped: open elements inside a subtree that leaves nothing */
    dx_xml_node *open[DX_XML_DEPTH];
    dx_xml_node **next[DX_XML_DEPTH];
    /* the text of the innermost element, while it has no child */
    bool gathering;
    dx_buf text;
    DX_VEC(piece) pieces;
    size_t follows; /* the offset at which the next byte is no new piece */
} reader;

/* ---- places and faults ---- */

static void move_to(reader *r, size_t offset) {
    assert(offset >= r->offset && offset <= r->source.n);
    const char *p = r->source.p + r->offset, *end = r->source.p + offset, *newline;
    while (p < end && (newline = memchr(p, '\n', (size_t)(end - p)))) {
        r->line++;
        r->column = 1;
        p = newline + 1;
    }
    for (; p < end; p++)
        r->column += ((uint8_t)*p & 0xc0u) != 0x80u; /* continuation bytes begin no character */
    r->offset = offset;
}

static size_t event_offset(const reader *r) {
    XML_Index index = XML_GetCurrentByteIndex(r->parser);
    size_t offset = index < 0 ? 0 : (size_t)index;
    return offset < r->offset ? r->offset : offset > r->source.n ? r->source.n : offset;
}

static void fail_at(reader *r, size_t offset, dx_err code, dx_str a, dx_str b) {
    move_to(r, offset < r->offset ? r->offset : offset);
    dx_place place = {.file = r->file, .line = r->line, .column = r->column};
    dx_diag_add(r->diags, code, place, a, b, DX_STR(""));
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void fail(reader *r, dx_err code, dx_str a, dx_str b) {
    fail_at(r, event_offset(r), code, a, b);
}

static bool is_white(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The name, or else the one character, that begins at an offset. */
static dx_str found_at(const reader *r, size_t offset) {
    size_t at = offset, end = r->source.n < at + FOUND_MAX ? r->source.n : at + FOUND_MAX;
    while (at < end && !is_white(r->source.p[at]) && !strchr("<>/=&;\"'", r->source.p[at]))
        at++;
    uint32_t cp;
    if (at == offset)
        at += dx_utf8_decode(r->source, at, &cp);
    while (at < r->source.n && ((uint8_t)r->source.p[at] & 0xc0u) == 0x80u)
        at++;
    return (dx_str){r->source.p + offset, at - offset};
}

/* The document ends too early: says which element is still open. */
static void fail_incomplete(reader *r) {
    if (r->depth == 0) {
        fail(r, DX_E_XML_EMPTY, DX_STR(""), DX_STR(""));
        return;
    }
    const dx_xml_node *node = r->open[r->depth - 1];
    fail(r, DX_E_XML_INCOMPLETE, node->name, dx_str_fmt(r->nodes, "%u", node->line));
}

static void fail_token(reader *r, size_t at) {
    size_t bad;
    dx_str rest = {r->source.p + at, r->source.n - at};
    if (rest.n == 0) {
        fail_incomplete(r);
        return;
    }
    /* The commonest fault of a file written by hand: a < or & that should have been escaped. */
    char before = at > 0 ? rest.p[-1] : 0;
    if (before == '&' || (before == '<' && !strchr("/!?", *rest.p))) {
        fail_at(r, at - 1, DX_E_XML_ESCAPE, (dx_str){rest.p - 1, 1},
                before == '<' ? DX_STR("&lt;") : DX_STR("&amp;"));
        return;
    }
    dx_str head = {rest.p, rest.n < 4 ? rest.n : 4};
    if (((uint8_t)*rest.p & 0x80u) && !dx_utf8_valid(head, &bad) && bad == 0)
        fail(r, DX_E_UTF8, dx_str_fmt(r->nodes, "%02X", (uint8_t)*rest.p), DX_STR(""));
    else
        fail(r, DX_E_XML_SYNTAX, found_at(r, at), DX_STR(""));
}

/* Puts expat's verdict into our words. */
static void fail_by_expat(reader *r) {
    size_t at = event_offset(r);
    dx_str none = DX_STR("");
    switch ((int)XML_GetErrorCode(r->parser)) {
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_PARTIAL_CHAR:
    case XML_ERROR_UNCLOSED_CDATA_SECTION: fail_incomplete(r); return;
    case XML_ERROR_TAG_MISMATCH:
        if (r->skipped == 0 && r->depth > 0) /* expat points at the name */
            fail(r, DX_E_XML_TAG_OF, found_at(r, at), r->open[r->depth - 1]->name);
        else
            fail(r, DX_E_XML_TAG, found_at(r, at), none);
        return;
    case XML_ERROR_DUPLICATE_ATTRIBUTE: fail(r, DX_E_XML_ATTRIBUTE, none, none); return;
    case XML_ERROR_JUNK_AFTER_DOC_ELEMENT: fail(r, DX_E_XML_TRAILING, none, none); return;
    case XML_ERROR_UNDEFINED_ENTITY: fail(r, DX_E_XML_ENTITY, none, none); return;
    case XML_ERROR_BAD_CHAR_REF: fail(r, DX_E_XML_CHARACTER, none, none); return;
    case XML_ERROR_MISPLACED_XML_PI: fail(r, DX_E_XML_DECLARATION, none, none); return;
    case XML_ERROR_UNBOUND_PREFIX: fail(r, DX_E_XML_PREFIX, none, none); return;
    default: fail_token(r, at); return;
    }
}

/* ---- text ---- */

/* Expat reports CR LF as one LF. A CR alone it reports as LF too; that is no line of the file for
 * anybody else, so what follows becomes a new piece: no offset of text is 0. */
static size_t after_return(const reader *r, size_t offset) {
    return offset + 1 < r->source.n && r->source.p[offset + 1] == '\n' ? offset + 2 : 0;
}

static void add_text(reader *r, const XML_Char *p, int n) {
    dx_str s = {p, (size_t)n};
    size_t offset = event_offset(r), end = offset + s.n;
    if (s.n == 1 && s.p[0] == '\n' && r->source.p[offset] == '\r')
        end = after_return(r, offset);
    while (r->known->trim && r->text.n == 0 && s.n > 0 && is_white(s.p[0])) {
        s.p++;
        s.n--;
        offset++;
    }
    if (s.n == 0)
        return;
    if (r->text.n == 0 || offset != r->follows)
        dx_vec_push(r->nodes, &r->pieces, ((piece){r->text.n, offset}));
    dx_buf_add(&r->text, s);
    r->follows = end;
}

static void start_text(reader *r) {
    r->gathering = true;
    r->text.n = 0;
    r->pieces.n = 0;
}

static void finish_text(reader *r, dx_xml_node *node) {
    dx_str s = dx_buf_str(&r->text);
    while (r->known->trim && s.n > 0 && is_white(s.p[s.n - 1]))
        s.n--;
    if (s.n == 0)
        return;
    node->text.s = dx_str_copy(r->strings, s);
    move_to(r, r->pieces.v[0].offset);
    node->text.line = r->line;
    node->text.column = r->column;
    if (r->pieces.n == 1)
        return;
    dx_text_jump *jumps = DX_NEW_ARRAY(r->strings, dx_text_jump, r->pieces.n);
    node->text.jumps = jumps;
    for (uint32_t i = 1; i < r->pieces.n; i++) {
        move_to(r, r->pieces.v[i].offset);
        *jumps++ = (dx_text_jump){(uint32_t)r->pieces.v[i].at, r->line, r->column};
    }
    jumps->at = UINT32_MAX;
}

/* ---- elements ---- */

static int compare_words(dx_str a, dx_str b) {
    return a.n != b.n ? (a.n < b.n ? -1 : 1) : memcmp(a.p, b.p, a.n);
}

static uint16_t find_word(const dx_xml_vocabulary *known, dx_str name) {
    uint32_t low = 0, high = known->n_words;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = compare_words(name, known->words[middle]);
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return DX_XML_NO_WORD;
}

static uint32_t find_namespace(const reader *r, dx_str ns) {
    if (r->depth > 0 && dx_str_eq(ns, r->xml->root_ns))
        return r->xml->root_ns_index;
    for (uint32_t i = 0; i < r->known->n_namespaces; i++)
        if (dx_str_eq(ns, r->known->namespaces[i]))
            return i;
    return UINT32_MAX;
}

/* Splits what expat reports at the separator. */
static void split_name(const XML_Char *full, dx_str *ns, dx_str *name) {
    dx_str all = dx_str_of(full);
    const char *at = memchr(all.p, SEPARATOR, all.n);
    *ns = at ? (dx_str){all.p, (size_t)(at - all.p)} : DX_STR("");
    *name = at ? dx_str_of(at + 1) : all;
}

/* The bytes that an attribute's name takes in the tree; 0: it is left out. */
static size_t kept_name(const XML_Char *full) {
    dx_str ns, name;
    split_name(full, &ns, &name);
    if (ns.n == 0)
        return name.n;
    return dx_str_is(ns, XSI) ? name.n + 4 : 0;
}

static void add_attrs(reader *r, dx_xml_node *node, const XML_Char **given) {
    size_t n = 0, names = 0, values = 0;
    for (const XML_Char **a = given; *a; a += 2) {
        size_t bytes = kept_name(a[0]);
        n += bytes > 0;
        names += bytes;
        values += bytes > 0 ? strlen(a[1]) : 0;
    }
    if (n == 0 || n > UINT16_MAX)
        return;
    dx_xml_attr *attr = dx_alloc(r->nodes, n * sizeof *attr + names);
    char *name = (char *)(attr + n), *value = dx_alloc(r->strings, values);
    node->attrs = attr;
    node->n_attrs = (uint16_t)n;
    for (const XML_Char **a = given; *a; a += 2) {
        size_t bytes = kept_name(a[0]);
        if (bytes == 0)
            continue;
        dx_str ns, local, text = dx_str_of(a[1]);
        split_name(a[0], &ns, &local);
        memcpy(name, "xsi:", bytes - local.n);
        memcpy(name + (bytes - local.n), local.p, local.n);
        memcpy(value, text.p, text.n);
        *attr++ = (dx_xml_attr){{name, bytes}, {value, text.n}};
        name += bytes;
        value += text.n;
    }
}

static void set_handlers(reader *r);
static void set_skip_handlers(reader *r);

static bool too_deep(reader *r) {
    if (r->depth + r->skipped < DX_XML_DEPTH)
        return false;
    fail(r, DX_E_LIMIT_DEPTH, dx_str_fmt(r->nodes, "%d", DX_XML_DEPTH), DX_STR(""));
    return true;
}

static void open_element(reader *r, const XML_Char *full, const XML_Char **attrs) {
    if (too_deep(r))
        return;
    dx_str ns, name;
    split_name(full, &ns, &name);
    uint32_t ns_index = find_namespace(r, ns);
    if (r->depth > 0 && ns_index == UINT32_MAX) {
        r->skipped = 1;
        set_skip_handlers(r);
        return;
    }
    dx_xml_node *node = DX_NEW(r->nodes, dx_xml_node);
    node->offset = (uint32_t)event_offset(r);
    move_to(r, node->offset);
    node->line = r->line;
    node->column = r->column;
    node->text = (dx_text){.s = DX_STR(""), .line = node->line, .column = node->column};
    node->word = find_word(r->known, name);
    node->name =
        node->word == DX_XML_NO_WORD ? dx_str_copy(r->nodes, name) : r->known->words[node->word];
    add_attrs(r, node, attrs);
    if (r->depth == 0) {
        r->xml->root = node;
        r->xml->root_ns = dx_str_copy(r->nodes, ns);
        r->xml->root_ns_index = ns_index;
    } else {
        *r->next[r->depth - 1] = node;
        r->next[r->depth - 1] = &node->next;
    }
    r->open[r->depth] = node;
    r->next[r->depth++] = &node->first;
    start_text(r);
}

static void close_element(reader *r) {
    dx_xml_node *node = r->open[--r->depth];
    if (r->gathering)
        finish_text(r, node);
    r->gathering = false;
}

/* ---- expat's handlers ---- */

static void set_trap(reader *r, dx_trap *trap) {
    dx_trap_begin(r->nodes, trap);
    r->strings->trap = trap;
}

static void clear_trap(reader *r, const dx_trap *trap, bool raised) {
    r->nodes->trap = r->strings->trap = trap->outer;
    if (raised) {
        r->trapped = trap->code;
        XML_StopParser(r->parser, XML_FALSE);
    }
}

/* Expat may still report what it has at hand after it was told to stop. */
static bool has_stopped(const reader *r) {
    return r->failed || r->trapped != DX_OK;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attrs) {
    if (has_stopped(user))
        return;
    dx_trap trap;
    set_trap(user, &trap);
    bool raised = setjmp(trap.env) != 0;
    if (!raised)
        open_element(user, name, attrs);
    clear_trap(user, &trap, raised);
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    (void)name;
    if (has_stopped(user))
        return;
    dx_trap trap;
    set_trap(user, &trap);
    bool raised = setjmp(trap.env) != 0;
    if (!raised)
        close_element(user);
    clear_trap(user, &trap, raised);
}

static void XMLCALL on_text(void *user, const XML_Char *s, int n) {
    if (!((reader *)user)->gathering || has_stopped(user))
        return;
    dx_trap trap;
    set_trap(user, &trap);
    bool raised = setjmp(trap.env) != 0;
    if (!raised)
        add_text(user, s, n);
    clear_trap(user, &trap, raised);
}

static void XMLCALL on_skipped_start(void *user, const XML_Char *name, const XML_Char **attrs) {
    (void)name;
    (void)attrs;
    reader *r = user;
    if (r->depth + r->skipped >= DX_XML_DEPTH) {
        set_handlers(r);
        on_start(user, name, attrs); /* has the trap that reporting the depth needs */
        return;
    }
    r->skipped++;
}

static void XMLCALL on_skipped_end(void *user, const XML_Char *name) {
    (void)name;
    reader *r = user;
    if (--r->skipped == 0)
        set_handlers(r);
}

/* Expat reports it when it has read the name and perhaps more. */
static void fail_doctype(reader *r) {
    size_t at = event_offset(r);
    while (at > 0 && r->source.p[at] != '<')
        at--;
    fail_at(r, at, DX_E_XML_DOCTYPE, DX_STR(""), DX_STR(""));
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)has_internal;
    reader *r = user;
    dx_trap trap;
    set_trap(r, &trap);
    bool raised = setjmp(trap.env) != 0;
    if (!raised)
        fail_doctype(r);
    clear_trap(r, &trap, raised);
}

static bool is_utf8(dx_str encoding) {
    static const char utf8[] = "UTF-8";
    if (encoding.n != sizeof utf8 - 1)
        return false;
    for (size_t i = 0; i < encoding.n; i++) {
        char c = encoding.p[i];
        if ((c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c) != utf8[i])
            return false;
    }
    return true;
}

static void fail_encoding(reader *r, const XML_Char *encoding) {
    fail(r, DX_E_XML_ENCODING, dx_str_of(encoding), DX_STR(""));
}

static void XMLCALL on_declaration(void *user, const XML_Char *version, const XML_Char *encoding,
                                   int standalone) {
    (void)version;
    (void)standalone;
    if (!encoding || is_utf8(dx_str_of(encoding)))
        return;
    reader *r = user;
    dx_trap trap;
    set_trap(r, &trap);
    bool raised = setjmp(trap.env) != 0;
    if (!raised)
        fail_encoding(r, encoding);
    clear_trap(r, &trap, raised);
}

static void set_handlers(reader *r) {
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
}

static void set_skip_handlers(reader *r) {
    XML_SetElementHandler(r->parser, on_skipped_start, on_skipped_end);
    XML_SetCharacterDataHandler(r->parser, NULL);
}

/* ---- the document ---- */

static void dispose_parser(void *parser) {
    XML_ParserFree(parser);
}

static reader *new_reader(dx_arena *nodes, dx_arena *strings) {
    static const XML_Memory_Handling_Suite memory = {dx_malloc, dx_realloc, dx_free};
    reader *r = DX_NEW(nodes, reader);
    /* The encoding given here overrules the declaration, which on_declaration checks. */
    r->parser = XML_ParserCreate_MM("UTF-8", &memory, (XML_Char[]){SEPARATOR, 0});
    if (!r->parser)
        dx_trap_raise(strings, DX_E_MEMORY);
    dx_arena_on_done(nodes, dispose_parser, r->parser);
    XML_SetUserData(r->parser, r);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    XML_SetXmlDeclHandler(r->parser, on_declaration);
    set_handlers(r);
    return r;
}

static bool words_are_sorted(const dx_xml_vocabulary *known) {
    for (uint32_t i = 1; i < known->n_words; i++)
        if (compare_words(known->words[i - 1], known->words[i]) >= 0)
            return false;
    return true;
}

dx_xml *dx_xml_read(dx_arena *nodes, dx_arena *strings, dx_str source, dx_str file,
                    const dx_xml_vocabulary *vocabulary, dx_diags *diags) {
    assert(nodes->trap == strings->trap && words_are_sorted(vocabulary));
    if (source.n > DX_XML_BYTES) {
        dx_diag_add(diags, DX_E_FILE_TOO_LARGE, (dx_place){.file = file}, file,
                    dx_str_fmt(nodes, "%zu", DX_XML_BYTES), DX_STR(""));
        return NULL;
    }
    reader *r = new_reader(nodes, strings);
    r->nodes = nodes;
    r->strings = strings;
    r->known = vocabulary;
    r->source = source.n ? source : DX_STR("");
    r->file = file;
    r->diags = diags;
    r->text.arena = nodes;
    r->xml = DX_NEW(nodes, dx_xml);
    r->xml->source = source;
    r->line = r->column = 1;
    r->offset = source.n >= 3 && memcmp(source.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    enum XML_Status status = XML_Parse(r->parser, r->source.p, (int)source.n, 1);
    if (r->trapped != DX_OK)
        dx_trap_raise(strings, r->trapped);
    if (r->failed)
        return NULL;
    if (status == XML_STATUS_OK)
        return r->xml;
    if (XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY)
        dx_trap_raise(strings, DX_E_MEMORY);
    fail_by_expat(r);
    return NULL;
}

static const dx_xml_attr *find_attr(const dx_xml_node *node, dx_str name) {
    for (uint32_t i = 0; i < node->n_attrs; i++)
        if (dx_str_eq(node->attrs[i].name, name))
            return &node->attrs[i];
    return NULL;
}

bool dx_xml_attr_has(const dx_xml_node *node, const char *name) {
    return find_attr(node, dx_str_of(name)) != NULL;
}

dx_str dx_xml_attr_get(const dx_xml_node *node, const char *name) {
    const dx_xml_attr *attr = find_attr(node, dx_str_of(name));
    return attr ? attr->value : DX_STR("");
}

/* Whether an attribute as written is the one of that name in the tree. The prefix of XML Schema
 * instance may be any here; a wrong guess costs no more than a column. */
static bool is_written(dx_str written, dx_str name) {
    dx_str xsi = DX_STR("xsi:");
    const char *colon = memchr(written.p, ':', written.n);
    if (!colon || !dx_str_starts(name, xsi))
        return dx_str_eq(written, name);
    size_t prefix = (size_t)(colon + 1 - written.p);
    return dx_str_eq((dx_str){written.p + prefix, written.n - prefix},
                     (dx_str){name.p + xsi.n, name.n - xsi.n});
}

/* The offset of an attribute's value, given that of the element. The start tag is known to be well
 * formed: a name, then pairs of a name and a quoted value. */
static size_t find_value(dx_str source, size_t element, dx_str name) {
    size_t at = element;
    while (!is_white(source.p[at]))
        at++;
    for (;;) {
        while (is_white(source.p[at]))
            at++;
        if (source.p[at] == '>' || source.p[at] == '/')
            return element;
        size_t begin = at;
        while (!is_white(source.p[at]) && source.p[at] != '=')
            at++;
        dx_str written = {source.p + begin, at - begin};
        while (source.p[at] != '"' && source.p[at] != '\'')
            at++;
        if (is_written(written, name))
            return at + 1;
        const char *quote = memchr(source.p + at + 1, source.p[at], source.n - at - 1);
        at = (size_t)(quote - source.p) + 1;
    }
}

dx_text dx_xml_attr_text(const dx_xml *xml, const dx_xml_node *node, const char *name) {
    const dx_xml_attr *attr = find_attr(node, dx_str_of(name));
    dx_text text = {.s = DX_STR(""), .line = node->line, .column = node->column};
    if (!attr)
        return text;
    text.s = dx_str_trim(attr->value);
    size_t at = find_value(xml->source, node->offset, dx_str_of(name));
    while (is_white(xml->source.p[at]) && text.s.n > 0)
        at++;
    dx_text tag = {.s = {xml->source.p + node->offset, at - node->offset},
                   .line = node->line,
                   .column = node->column};
    dx_text_at(&tag, tag.s.n, &text.line, &text.column);
    return text;
}
