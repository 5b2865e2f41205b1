/* Replays parser.txt: each line a text and the tree, or the fault, that it must give. The head of
 * that file says how it is written. The file is the first argument (else the one beside this). */
#include <stdlib.h>

#include "feel/ast.h"
#include "tap.h"

enum { MEMORY = 64 << 20 };

typedef struct session {
    dx_arena keep; /* the known names */
    dx_names scope, members;
    unsigned line;
} session;

static void add_names(session *s, dx_names *names, dx_str list) {
    *names = (dx_names){0};
    while (list.n > 0) {
        const char *bar = memchr(list.p, '|', list.n);
        size_t n = bar ? (size_t)(bar - list.p) : list.n;
        dx_names_add(&s->keep, names, dx_str_copy(&s->keep, dx_str_trim((dx_str){list.p, n})));
        n += bar ? 1 : 0;
        list = (dx_str){list.p + n, list.n - n};
    }
}

/* The text of a case: the sign for a line feed replaced. */
static dx_str unfold(dx_arena *arena, dx_str text) {
    dx_str sign = DX_STR("⏎");
    dx_buf buf = {.arena = arena};
    for (size_t i = 0; i < text.n; i++) {
        if (dx_str_starts((dx_str){text.p + i, text.n - i}, sign)) {
            dx_buf_char(&buf, '\n');
            i += sign.n - 1;
        } else {
            dx_buf_char(&buf, text.p[i]);
        }
    }
    return dx_buf_str(&buf);
}

static bool strip(dx_str *s, const char *prefix) {
    dx_str p = dx_str_of(prefix);
    if (!dx_str_starts(*s, p))
        return false;
    *s = dx_str_trim((dx_str){s->p + p.n, s->n - p.n});
    return true;
}

static void parse(session *s, dx_arena *arena, dx_str text, dx_buf *out) {
    dx_diags diags;
    dx_diags_init(&diags, arena);
    /* Members grow while parsing; each case starts from those of the file. */
    dx_names members = {.longest = s->members.longest};
    for (uint32_t i = 0; i < s->members.known.cap; i++)
        if (s->members.known.keys[i].p)
            dx_names_add(arena, &members, s->members.known.keys[i]);
    dx_parse p = {.arena = arena, .diags = &diags, .scope = &s->scope, .members = &members};
    dx_place place = {.line = 1, .column = 1};
    const dx_node *node = NULL;
    const dx_type *type = NULL;
    if (strip(&text, "tests:"))
        node = dx_feel_parse_tests(&p, unfold(arena, text), place);
    else if (strip(&text, "type:"))
        type = dx_feel_parse_type(&p, unfold(arena, text), place);
    else
        node = dx_feel_parse(&p, unfold(arena, text), place);
    if (diags.first)
        dx_buf_fmt(out, "!%s %u:%u", dx_err_name(diags.first->code), diags.first->place.line,
                   diags.first->place.column);
    else if (node)
        dx_node_print(out, node);
    else if (type)
        dx_type_print(out, type);
    if (diags.errors > 1 ||
        (diags.first && node && node->kind != DX_N_ERROR && diags.first->code != DX_E_FEEL_AT))
        dx_buf_addz(out, " (and more)");
}

static void compare(session *s, dx_arena *arena, dx_str text, dx_str want) {
    dx_buf out = {.arena = arena};
    parse(s, arena, text, &out);
    if (!tap_ok(dx_str_eq(dx_buf_str(&out), want), "line %u", s->line))
        printf("# text: %.*s\n# got:  %.*s\n# want: %.*s\n", DX_FMT(text), DX_FMT(dx_buf_str(&out)),
               DX_FMT(want));
}

static void compare_trapped(session *s, dx_str text, dx_str want) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap))
        tap_ok(false, "line %u: %s", s->line, dx_err_name(trap.code));
    else
        compare(s, &arena, text, want);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

static void run_case(session *s, dx_str line) {
    const char *arrow = NULL;
    for (size_t i = 0; i + 4 <= line.n; i++)
        if (memcmp(line.p + i, " => ", 4) == 0)
            arrow = line.p + i;
    if (!arrow) {
        tap_ok(false, "line %u has no =>", s->line);
        return;
    }
    compare_trapped(s, dx_str_trim((dx_str){line.p, (size_t)(arrow - line.p)}),
                    dx_str_trim((dx_str){arrow + 4, line.n - (size_t)(arrow + 4 - line.p)}));
}

/* Nesting and long chains end in a diagnostic, never in the end of the stack. */
static void check_depth(const char *open, const char *inner, const char *close, unsigned n,
                        dx_err want) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "%u times %s: %s", n, open, dx_err_name(trap.code));
    } else {
        dx_buf text = {.arena = &arena};
        for (unsigned i = 0; i < n; i++)
            dx_buf_addz(&text, open);
        dx_buf_addz(&text, inner);
        for (unsigned i = 0; i < n; i++)
            dx_buf_addz(&text, close);
        dx_diags diags;
        dx_diags_init(&diags, &arena);
        dx_parse p = {.arena = &arena, .diags = &diags};
        dx_feel_parse(&p, dx_buf_str(&text), (dx_place){.line = 1, .column = 1});
        dx_err got = diags.first ? diags.first->code : DX_OK;
        tap_ok(got == want, "%u times '%s %s': %s", n, open, close, dx_err_name(got));
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

static void check_depths(void) {
    static const char *const pairs[][3] = {
        {"(", "1", ")"},
        {"[", "1", "]"},
        {"{a:", "1", "}"},
        {"-", "x", ""},
        {"f(", "1", ")"},
        {"if a then b else ", "1", ""},
        {"a in (", "1", ")"},
        {"a in ", "1", ""},
        {"for i in x return ", "1", ""},
        {"function(a) ", "1", ""},
        {"x[", "1", "]"},
        {"]", "1", "..1]"},
        {"1**-", "x", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        check_depth(pairs[i][0], pairs[i][1], pairs[i][2], 100000, DX_E_LIMIT_DEPTH);
    check_depth("x instance of list<", "Any", ">", 1, DX_OK);
    check_depth("(", "1", ")", 150, DX_OK);
    check_depth("1+", "1", "", 250, DX_OK);
    check_depth("1+", "1", "", 100000, DX_E_LIMIT_DEPTH);
    check_depth("", "a", ".b", 100000, DX_E_LIMIT_DEPTH);
    check_depth("", "a", "(1)", 100000, DX_E_LIMIT_DEPTH);
    check_depth("", "a", "[1]", 100000, DX_E_LIMIT_DEPTH);
    check_depth("", "a", " or b", 100000, DX_E_LIMIT_DEPTH);
    check_depth("1,", "1", "", 100000, DX_E_FEEL_TRAILING);
    check_depth("a ", "a", "", 100000, DX_E_FEEL_TRAILING_NAME);
}

int main(int argc, char **argv) {
    FILE *file = fopen(argc > 1 ? argv[1] : "tests/feel/parser.txt", "rb");
    session s = {0};
    dx_trap trap;
    dx_arena_init(&s.keep, MEMORY);
    if (!file || DX_TRAP(&s.keep, &trap)) {
        printf("Bail out! no parser.txt\n");
        return 1;
    }
    static char buf[8192];
    while (fgets(buf, sizeof buf, file)) {
        dx_str line = dx_str_trim(dx_str_of(buf));
        s.line++;
        if (line.n == 0 || dx_str_starts(line, DX_STR("# ")))
            continue;
        if (strip(&line, "names:"))
            add_names(&s, &s.scope, line);
        else if (strip(&line, "members:"))
            add_names(&s, &s.members, line);
        else
            run_case(&s, line);
    }
    fclose(file);
    check_depths();
    dx_trap_end(&s.keep, &trap);
    dx_arena_done(&s.keep);
    return tap_done();
}
