/* The manual, held to what the engine does. Every example in a ```feel or ```table block of
 * docs/feel/ and docs/dmn/ is compiled and run; every built-in function has a section with its
 * signature as builtin.def has it, its behaviour with null and unknown, its clause, and examples of
 * all of these; and feel/unknown.md says what the sections and builtin.def say. The folder docs is
 * the first argument; with --write as the second, unknown.md is written instead of compared.
 *
 * An example is an expression and, after an arrow, what it gives (on one line or on the next):
 *
 *     with x unknown; n = 3     facts for the examples up to the next blank line
 *     n + 1 → 4                 an expression of the same value
 *     x + n → unknown (x)       unknown, because of x alone; just "unknown": whatever the cause
 *     [n, x] → [3, x]           an unknown inside is written as the fact it comes from
 *     1 / 0 → null: division by zero      null, for this reason; just "null": whatever the reason
 *     zz → error: unknown name 'zz'       a fault that is found when the text is read
 *
 * now() is 2024-05-06T07:08:09+08:00. A ```table block is a table (manual_table.h), an empty line,
 * and lines of facts, an arrow and the result, such as "x unknown; n = 3 → 4". */
#include <dirent.h>
#include <stdlib.h>

#include "base/file.h"
#include "feel/ast.h"
#include "feel/builtin.h"
#include "feel/check.h"
#include "feel/run.h"
#include "manual_table.h"
#include "tap.h"

enum { MEMORY = 256 << 20, FACTS_MAX = 8, FILES_MAX = 64, FILE_BYTES = 1 << 20 };

static const dx_str arrow = {"→", 3};

/* --- facts and expressions -----------------------------------------------------------------------
 */

typedef struct facts {
    dx_str names[FACTS_MAX];
    dx_str texts[FACTS_MAX]; /* empty: unknown */
    uint32_t n;
} facts;

/* What an expression came to. */
typedef struct outcome {
    dx_val v;
    dx_diags faults;
    const dx_note *notes;
} outcome;

static const dx_proc *compile(dx_arena *arena, dx_str text, const facts *given, dx_program *program,
                              dx_diags *faults) {
    static const dx_type *const types[FACTS_MAX] = {&dx_type_any, &dx_type_any, &dx_type_any,
                                                    &dx_type_any, &dx_type_any, &dx_type_any,
                                                    &dx_type_any, &dx_type_any};
    dx_names *names = DX_NEW(arena, dx_names), *members = DX_NEW(arena, dx_names);
    dx_compiler compiler = {.arena = arena, .diags = faults, .program = program};
    dx_body body;
    dx_scope scope = {0};
    for (uint32_t i = 0; i < given->n; i++)
        dx_names_add(arena, names, given->names[i]);
    dx_parse parse = {.arena = arena, .diags = faults, .scope = names, .members = members};
    const dx_node *node = dx_feel_parse(&parse, text, (dx_place){.line = 1, .column = 1});
    dx_proc *proc = dx_proc_declare(&compiler, DX_STR("example"), given->names, types, given->n);
    dx_body_begin(&body, &compiler, NULL);
    dx_scope_push(&body, &scope);
    for (uint32_t i = 0; i < given->n; i++)
        dx_scope_add(&body, given->names[i], dx_body_temps(&body, 1), &dx_type_any);
    dx_check_expr(&(dx_check){.compiler = &compiler}, &scope, node);
    uint32_t reg = dx_compile_expr(&body, node, DX_ANY_REG, NULL);
    dx_body_emit(&body, DX_I_RETURN, 0, reg, 0);
    dx_body_finish(&body, proc);
    program->arena = arena;
    program->main = proc;
    dx_compiler_finish(&compiler);
    return proc;
}

static void free_run(void *run) {
    dx_run_free(run);
}

static outcome evaluate(dx_arena *arena, dx_str text, const facts *given);

static dx_val fact_value(dx_arena *arena, const facts *given, uint32_t i) {
    static const facts none;
    return given->texts[i].n ? evaluate(arena, given->texts[i], &none).v
                             : dx_val_unknown(arena, i, FACTS_MAX);
}

static outcome evaluate(dx_arena *arena, dx_str text, const facts *given) {
    dx_program *program = DX_NEW(arena, dx_program);
    outcome ret = {0};
    dx_val args[FACTS_MAX];
    dx_diags_init(&ret.faults, arena);
    for (uint32_t i = 0; i < given->n; i++)
        args[i] = fact_value(arena, given, i);
    const dx_proc *proc = compile(arena, text, given, program, &ret.faults);
    dx_run *run = dx_run_new(program, arena);
    dx_arena_on_done(arena, free_run, run);
    run->tracing = true;
    run->has_now = dx_datetime_parse(DX_STR("2024-05-06T07:08:09+08:00"), &run->now);
    ret.v = dx_run_call(run, proc, NULL, args, given->n);
    ret.notes = run->notes;
    return ret;
}

/* --- the sections of the manual --- */

typedef struct section {
    dx_str file, title, text;
    unsigned line;
    int level;
    uint32_t examples, unknowns, nulls;
    dx_str null_rule, unknown_rule, clause;
} section;

typedef DX_VEC(section) sections;

typedef enum block { B_NONE, B_FEEL, B_TABLE, B_OTHER } block;

typedef struct manual {
    dx_arena *arena;
    dx_str file;
    unsigned line;
    facts given;
    dx_buf pending; /* lines of an expression that has no arrow yet, or of a table */
    unsigned pending_line;
    dx_str table; /* the table of the block, once it is read */
    sections all;
    block block;
} manual;

/* --- one example --- */

static bool has_note(dx_arena *arena, const dx_note *note, dx_str sentence, dx_buf *seen) {
    for (; note; note = note->next) {
        dx_diag diag = {.code = note->code, .args = {note->args[0], note->args[1]}};
        dx_str text = dx_diag_sentence(arena, &diag, DX_EN);
        dx_buf_fmt(seen, " [%.*s]", DX_FMT(text));
        if (dx_str_eq(text, sentence))
            return true;
    }
    return false;
}

/* The causes that "unknown (x, y)" names, as a value. */
static dx_val causes_of(dx_arena *arena, dx_str list, const facts *given) {
    dx_val sum = DX_VAL_NULL;
    for (uint32_t i = 0; i < given->n; i++) {
        dx_str rest = list;
        while (rest.n) {
            const char *comma = memchr(rest.p, ',', rest.n);
            size_t n = comma ? (size_t)(comma - rest.p) : rest.n;
            if (dx_str_eq(dx_str_trim((dx_str){rest.p, n}), given->names[i]))
                sum = dx_val_unknown_join(arena, dx_val_unknown(arena, i, FACTS_MAX), sum);
            rest = comma ? (dx_str){comma + 1, rest.n - n - 1} : (dx_str){0};
        }
    }
    return sum;
}

static dx_str after(dx_str s, size_t n) {
    return dx_str_trim((dx_str){s.p + n, s.n - n});
}

static void put_faults(dx_arena *arena, const outcome *got, dx_buf *seen) {
    for (const dx_diag *d = got->faults.first; d; d = d->next)
        dx_buf_fmt(seen, " [fault: %.*s]", DX_FMT(dx_diag_sentence(arena, d, DX_EN)));
}

/* Whether the text itself is at fault, beyond what the checks see of its types: of a text that is
 * bound to be null they may well say so. */
static bool at_fault(const outcome *got) {
    for (const dx_diag *d = got->faults.first; d; d = d->next)
        if (!d->warning && (got->v.tag != DX_NULL || d->code < DX_E_FEEL_NO_MEMBER ||
                            d->code == DX_E_FEEL_PARAMETER))
            return true;
    return false;
}

/* Whether an outcome is what the text after the arrow says. */
static bool as_said(dx_arena *arena, const outcome *got, dx_str want, const facts *given,
                    dx_buf *seen) {
    put_faults(arena, got, seen);
    if (dx_str_is(want, "error"))
        return got->faults.errors > 0;
    if (dx_str_starts(want, DX_STR("error: ")))
        return got->faults.first &&
               dx_str_eq(dx_diag_sentence(arena, got->faults.first, DX_EN), after(want, 7));
    if (at_fault(got))
        return false;
    if (dx_str_is(want, "unknown"))
        return got->v.tag == DX_UNKNOWN;
    if (dx_str_starts(want, DX_STR("unknown (")) && dx_str_ends(want, DX_STR(")")))
        return got->v.tag == DX_UNKNOWN &&
               dx_val_same(got->v, causes_of(arena, (dx_str){want.p + 9, want.n - 10}, given));
    if (dx_str_starts(want, DX_STR("null: ")))
        return got->v.tag == DX_NULL && has_note(arena, got->notes, after(want, 6), seen);
    outcome wanted = evaluate(arena, want, given);
    put_faults(arena, &wanted, seen);
    return !at_fault(&wanted) && dx_val_same(got->v, wanted.v);
}

/* The value of a table with the facts as its inputs. */
static outcome evaluate_table(dx_arena *arena, dx_str text, const facts *given) {
    outcome ret = {0};
    dx_diags_init(&ret.faults, arena);
    dx_dmn *dmn = manual_table(arena, text, &ret.faults);
    if (!dmn) {
        dx_diag_add(&ret.faults, DX_E_FEEL_VALUE, (dx_place){0}, text, (dx_str){0}, (dx_str){0});
        return ret;
    }
    dx_run *run = dx_run_new(&dmn->program, arena);
    dx_arena_on_done(arena, free_run, run);
    run->tracing = true;
    for (uint32_t i = 0; i < given->n; i++) {
        uint32_t at = dx_dmn_find(dmn, (dx_str){0}, given->names[i], DX_EL_INPUT);
        if (at != DX_NONE)
            run->frame[dmn->nodes[at].slot] = fact_value(arena, given, i);
    }
    uint32_t decision = dx_dmn_find(dmn, (dx_str){0}, DX_STR("result"), DX_EL_DECISION);
    dx_plan plan = {0};
    dx_plan_make(arena, &plan, dmn, &decision, 1);
    dx_plan_run(run, &plan);
    ret.v = dx_run_value(run, dmn, decision);
    ret.notes = run->notes;
    return ret;
}

static dx_str on_one_line(dx_arena *arena, dx_str text) {
    dx_buf out = {.arena = arena};
    for (size_t i = 0; i < text.n; i++)
        dx_buf_char(&out, text.p[i] == '\n' ? ' ' : text.p[i]);
    return dx_buf_str(&out);
}

static void check_example(const manual *m, dx_str text, dx_str want, unsigned line) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "%.*s:%u: %s", DX_FMT(m->file), line, dx_err_name(trap.code));
    } else {
        dx_buf seen = {.arena = &arena}, shown = {.arena = &arena};
        outcome got = m->block == B_TABLE ? evaluate_table(&arena, text, &m->given)
                                          : evaluate(&arena, text, &m->given);
        if (!tap_ok(as_said(&arena, &got, want, &m->given, &seen), "%.*s:%u", DX_FMT(m->file),
                    line)) {
            dx_val_print(&shown, got.v, true);
            has_note(&arena, got.notes, (dx_str){0}, &seen);
            printf("# text: %.*s\n# want: %.*s\n# got:  %.*s%.*s\n",
                   DX_FMT(on_one_line(&arena, text)), DX_FMT(want), DX_FMT(dx_buf_str(&shown)),
                   DX_FMT(dx_buf_str(&seen)));
        }
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

/* --- reading -------------------------------------------------------------------------------------
 */

static section *current(manual *m) {
    return m->all.n ? &m->all.v[m->all.n - 1] : NULL;
}

static bool mentions(dx_str s, dx_str what) {
    for (size_t i = 0; i + what.n <= s.n; i++)
        if (memcmp(s.p + i, what.p, what.n) == 0)
            return true;
    return false;
}

/* Where the last arrow of a line begins; its length when there is none. */
static size_t find_arrow(dx_str line) {
    size_t at = line.n;
    for (size_t i = 0; i + arrow.n <= line.n; i++)
        at = memcmp(line.p + i, arrow.p, arrow.n) == 0 ? i : at;
    return at;
}

/* with x unknown; y = 3 */
static void read_facts(manual *m, dx_str list) {
    while (list.n && m->given.n < FACTS_MAX) {
        const char *end = memchr(list.p, ';', list.n);
        size_t n = end ? (size_t)(end - list.p) : list.n;
        dx_str one = dx_str_trim((dx_str){list.p, n});
        const char *eq = memchr(one.p, '=', one.n);
        bool unknown = !eq && dx_str_ends(one, DX_STR(" unknown"));
        size_t length = eq ? (size_t)(eq - one.p) : unknown ? one.n - 8 : 0;
        if (!length)
            tap_ok(false, "%.*s:%u: facts", DX_FMT(m->file), m->line);
        m->given.names[m->given.n] = dx_str_trim((dx_str){one.p, length});
        m->given.texts[m->given.n++] = eq ? after(one, length + 1) : (dx_str){0};
        list = end ? (dx_str){end + 1, list.n - n - 1} : (dx_str){0};
    }
}

static void count_example(manual *m, dx_str text) {
    section *s = current(m);
    if (!s)
        return;
    s->examples++;
    s->nulls += mentions(text, DX_STR("null"));
    for (uint32_t i = 0; i < m->given.n; i++)
        s->unknowns += m->given.texts[i].n == 0 && mentions(text, m->given.names[i]);
}

static void read_example_line(manual *m, dx_str line) {
    dx_str trimmed = dx_str_trim(line);
    size_t at = find_arrow(trimmed);
    if (trimmed.n == 0) {
        if (m->pending.n)
            tap_ok(false, "%.*s:%u: an expression without a result", DX_FMT(m->file), m->line);
        m->pending.n = m->given.n = 0;
        return;
    }
    if (dx_str_starts(trimmed, DX_STR("with ")) && !m->pending.n) {
        m->given.n = 0;
        read_facts(m, after(trimmed, 5));
        return;
    }
    if (!m->pending.n)
        m->pending_line = m->line;
    dx_buf_add(&m->pending, (dx_str){trimmed.p, at});
    dx_buf_char(&m->pending, '\n');
    if (at == trimmed.n)
        return;
    dx_str text = dx_str_copy(m->arena, dx_str_trim(dx_buf_str(&m->pending)));
    m->pending.n = 0;
    count_example(m, text);
    check_example(m, text, after(trimmed, at + arrow.n), m->pending_line);
}

/* The lines of a table up to the empty one, then cases. */
static void read_table_line(manual *m, dx_str line) {
    dx_str trimmed = dx_str_trim(line);
    size_t at = find_arrow(trimmed);
    if (trimmed.n == 0) {
        if (m->pending.n)
            m->table = dx_str_copy(m->arena, dx_str_trim(dx_buf_str(&m->pending)));
        m->pending.n = 0;
    } else if (!m->table.n) {
        dx_buf_add(&m->pending, trimmed);
        dx_buf_char(&m->pending, '\n');
    } else {
        m->given.n = 0;
        read_facts(m, (dx_str){trimmed.p, at});
        count_example(m, trimmed);
        check_example(m, m->table, after(trimmed, at < trimmed.n ? at + arrow.n : at), m->line);
    }
}

static void read_fence(manual *m, dx_str line) {
    block was = m->block;
    if (was == B_FEEL)
        read_example_line(m, (dx_str){0});
    m->table = (dx_str){0};
    m->pending.n = m->given.n = 0;
    if (was != B_NONE)
        m->block = B_NONE;
    else if (dx_str_is(dx_str_trim(line), "```feel"))
        m->block = B_FEEL;
    else
        m->block = dx_str_is(dx_str_trim(line), "```table") ? B_TABLE : B_OTHER;
}

static void read_heading(manual *m, dx_str line) {
    int level = 0;
    while ((size_t)level < line.n && line.p[level] == '#')
        level++;
    section s = {.file = m->file,
                 .title = after(line, (size_t)level),
                 .text = {line.p, 0},
                 .line = m->line,
                 .level = level};
    dx_vec_push(m->arena, &m->all, s);
}

/* - null: ..., - unknown: ..., - clause: ... */
static void read_rule(manual *m, dx_str line) {
    static const char *const keys[] = {"- null: ", "- unknown: ", "- clause: "};
    section *s = current(m);
    for (size_t i = 0; s && i < sizeof keys / sizeof *keys; i++)
        if (dx_str_starts(line, dx_str_of(keys[i]))) {
            dx_str *const fields[] = {&s->null_rule, &s->unknown_rule, &s->clause};
            *fields[i] = after(line, strlen(keys[i]));
        }
}

static void read_line(manual *m, dx_str line) {
    if (dx_str_starts(line, DX_STR("```")))
        read_fence(m, line);
    else if (m->block == B_FEEL)
        read_example_line(m, line);
    else if (m->block == B_TABLE)
        read_table_line(m, line);
    else if (m->block == B_NONE && dx_str_starts(line, DX_STR("#")))
        read_heading(m, line);
    else if (m->block == B_NONE)
        read_rule(m, line);
    section *s = current(m);
    if (s)
        s->text.n = (size_t)(line.p + line.n - s->text.p);
}

static void read_file(manual *m, const char *docs, const char *name) {
    dx_str text, path = dx_str_fmt(m->arena, "%s/%s", docs, name);
    if (!dx_file_read(m->arena, path, FILE_BYTES, &text, NULL)) {
        tap_ok(false, "%.*s can be read", DX_FMT(path));
        return;
    }
    m->file = dx_str_copy(m->arena, dx_str_of(name));
    m->line = 0;
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
        m->line++;
        read_line(m, (dx_str){text.p + at, n});
        at += n + 1;
    }
    tap_ok(m->block == B_NONE, "%s: every block is closed", name);
    m->block = B_NONE;
}

/* --- what must be there --- */

static bool about_builtins(const section *s) {
    return dx_str_starts(s->file, DX_STR("feel/builtins-")) && s->level > 1;
}

static const section *find_builtin(const manual *m, dx_str name) {
    for (uint32_t i = 0; i < m->all.n; i++)
        if (about_builtins(&m->all.v[i]) && dx_str_eq(m->all.v[i].title, name))
            return &m->all.v[i];
    return NULL;
}

/* The alternative of a signature at *p, up to a '|'; false when there is none. */
static bool next_alternative(const char **p, dx_str *ret) {
    if (!*p)
        return false;
    const char *bar = strchr(*p, '|');
    *ret = (dx_str){*p, bar ? (size_t)(bar - *p) : strlen(*p)};
    *p = bar ? bar + 1 : NULL;
    return true;
}

static bool shows_signatures(dx_arena *arena, const section *s, const dx_builtin *b) {
    const char *p = b->params;
    dx_str params;
    while (next_alternative(&p, &params))
        if (!mentions(s->text,
                      dx_str_fmt(arena, "`%s(%.*s)` → %s", b->name, DX_FMT(params), b->result)))
            return false;
    return true;
}

/* Whether an example calls it with named arguments, if it has any. */
static bool shows_names(dx_arena *arena, const section *s, const dx_builtin *b) {
    const char *p = b->params;
    dx_str params;
    while (next_alternative(&p, &params)) {
        size_t n = strcspn(params.p, "?:");
        dx_str first = dx_str_trim((dx_str){params.p, n < params.n ? n : params.n});
        if (!first.n || mentions(s->text, dx_str_fmt(arena, "%s(%.*s: ", b->name, DX_FMT(first))))
            return true;
    }
    return false;
}

static void check_builtin(const manual *m, const dx_builtin *b) {
    const section *s = find_builtin(m, dx_str_of(b->name));
    if (!tap_ok(s != NULL, "%s has a section", b->name))
        return;
    bool has_params = b->params[0] != '\0';
    tap_ok(s->examples > 0, "%s has examples", b->name);
    tap_ok(shows_signatures(m->arena, s, b), "%s: its signatures, as in builtin.def", b->name);
    tap_ok(shows_names(m->arena, s, b), "%s: an example with named arguments", b->name);
    tap_ok(!has_params || s->nulls > 0, "%s: an example with null", b->name);
    tap_ok(!has_params || s->unknowns > 0, "%s: an example with an unknown fact", b->name);
    tap_ok(s->clause.n > 0, "%s: the clause of DMN", b->name);
    tap_ok(!has_params || (s->null_rule.n > 0 && s->unknown_rule.n > 0),
           "%s: what null and unknown do", b->name);
    tap_ok(b->nulls || !has_params || dx_str_starts(s->null_rule, DX_STR("null")),
           "%s: null gives null, as in builtin.def", b->name);
    tap_ok(b->on_unknown == DX_U_SELF || !has_params ||
               dx_str_starts(s->unknown_rule, DX_STR("unknown")),
           "%s: unknown gives unknown, as in builtin.def", b->name);
}

static void check_builtins(const manual *m) {
    for (uint32_t i = 0; i < dx_builtin_count; i++)
        check_builtin(m, &dx_builtins[i]);
    for (uint32_t i = 0; i < m->all.n; i++) {
        const section *s = &m->all.v[i];
        if (about_builtins(s) && s->clause.n)
            tap_ok(dx_builtin_find(s->title) != UINT32_MAX, "%.*s is a function", DX_FMT(s->title));
    }
}

/* Every operator and form of expression, by the title of its section. */
static void check_operators(const manual *m) {
    static const char *const titles[] = {
        "Addition", "Subtraction",    "Multiplication",
        "Division", "Exponentiation", "Negation",
        "Equality", "Order",          "Between",
        "In",       "Unary tests",    "And",
        "Or",       "Instance of",    "If",
        "For",      "Some",           "Every",
        "Filter",   "Path",           "List",
        "Context",  "Range",          "Function",
        "Call",
    };
    for (size_t t = 0; t < sizeof titles / sizeof *titles; t++) {
        const section *found = NULL;
        for (uint32_t i = 0; i < m->all.n; i++)
            if (dx_str_is(m->all.v[i].title, titles[t]) && m->all.v[i].unknown_rule.n)
                found = &m->all.v[i];
        tap_ok(found && found->null_rule.n && found->clause.n && found->unknowns && found->nulls,
               "%s: a section, with what null and unknown do, its clause, and examples of both",
               titles[t]);
    }
}

/* --- unknown.md --- */

static void put_link(dx_buf *out, const section *s) {
    bool here = dx_str_starts(s->file, DX_STR("feel/"));
    dx_str file = here ? after(s->file, 5) : s->file;
    dx_buf_fmt(out, "| [%.*s](%s%.*s#", DX_FMT(s->title), here ? "" : "../", DX_FMT(file));
    for (size_t i = 0; i < s->title.n; i++) {
        char c = s->title.p[i];
        dx_buf_char(out, c == ' ' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
    dx_buf_addz(out, ") | ");
}

static void put_cell(dx_buf *out, dx_str text, const char *end) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '|')
            dx_buf_char(out, '\\');
        dx_buf_char(out, text.p[i]);
    }
    dx_buf_addz(out, end);
}

static void put_operators(dx_buf *out, const manual *m) {
    for (uint32_t i = 0; i < m->all.n; i++) {
        const section *s = &m->all.v[i];
        if (!s->unknown_rule.n || about_builtins(s))
            continue;
        put_link(out, s);
        put_cell(out, s->null_rule, " | ");
        put_cell(out, s->unknown_rule, " |\n");
    }
}

static void put_builtins(dx_buf *out, const manual *m) {
    for (uint32_t i = 0; i < dx_builtin_count; i++) {
        const dx_builtin *b = &dx_builtins[i];
        const section *s = find_builtin(m, dx_str_of(b->name));
        if (!s)
            continue;
        put_link(out, s);
        dx_buf_addz(out, b->params[0] == '\0' ? "" : b->nulls ? "passed on" : "null");
        dx_buf_addz(out, " | ");
        dx_buf_addz(out, b->params[0] == '\0'           ? ""
                         : b->on_unknown == DX_U_STRICT ? "unknown"
                                                        : "its own");
        dx_buf_addz(out, " | ");
        put_cell(out, b->nulls ? s->null_rule : (dx_str){0}, " | ");
        put_cell(out, b->on_unknown == DX_U_SELF ? s->unknown_rule : (dx_str){0}, " |\n");
    }
}

static dx_str unknown_page(const manual *m) {
    dx_buf out = {.arena = m->arena};
    dx_buf_addz(
        &out,
        "# Null and unknown, construct by construct\n\n"
        "This page is made from the sections of the manual and from the table of the built-in\n"
        "functions, `src/feel/builtin.def`; do not edit it. `test_manual docs --write` makes\n"
        "it anew, and a test fails when it is out of date. What unknown is, and why it is not\n"
        "null, says [unknown facts](README.md#unknown-facts).\n\n"
        "## Operators and forms of expression\n\n"
        "| | null | unknown |\n|---|---|---|\n");
    put_operators(&out, m);
    dx_buf_addz(
        &out,
        "\n## Built-in functions\n\n"
        "The second and third column are those of `builtin.def`. *null* in the second: an argument\n"
        "that is null makes the result null at once, even beside an unknown one. *passed on*: null\n"
        "has a meaning for the function. *unknown* in the third: an argument that is unknown, or\n"
        "has an unknown anywhere inside, makes the result unknown by all causes. *its own*: the\n"
        "function looks at unknown arguments and elements itself, as the last column says.\n\n"
        "| | null argument | unknown argument | what null means | what unknown does |\n"
        "|---|---|---|---|---|\n");
    put_builtins(&out, m);
    return dx_buf_str(&out);
}

static void check_unknown_page(const manual *m, const char *docs, bool write) {
    dx_str path = dx_str_fmt(m->arena, "%s/feel/unknown.md", docs), page = unknown_page(m),
           now = {0};
    if (write) {
        FILE *file = fopen(dx_str_z(m->arena, path), "wb");
        bool ok = file && fwrite(page.p, 1, page.n, file) == page.n;
        if (file)
            ok = fclose(file) == 0 && ok;
        tap_ok(ok, "unknown.md is written");
        return;
    }
    bool same = dx_file_read(m->arena, path, FILE_BYTES, &now, NULL) && dx_str_eq(now, page);
    if (!tap_ok(same, "unknown.md is up to date"))
        printf("# run test_manual %s --write\n", docs);
}

/* --- all -----------------------------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The Markdown files of a folder of the manual but unknown.md, in the order of their names. */
static void read_folder(manual *m, const char *docs, const char *folder) {
    char *names[FILES_MAX];
    uint32_t n = 0;
    DIR *dir = opendir(dx_str_z(m->arena, dx_str_fmt(m->arena, "%s/%s", docs, folder)));
    for (struct dirent *entry; dir && n < FILES_MAX && (entry = readdir(dir));) {
        dx_str name = dx_str_of(entry->d_name);
        if (dx_str_ends(name, DX_STR(".md")) && !dx_str_is(name, "unknown.md"))
            names[n++] =
                (char *)dx_str_z(m->arena, dx_str_fmt(m->arena, "%s/%.*s", folder, DX_FMT(name)));
    }
    if (dir)
        closedir(dir);
    tap_ok(n > 0, "docs/%s has pages", folder);
    qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 0; i < n; i++)
        read_file(m, docs, names[i]);
}

int main(int argc, char **argv) {
    const char *docs = argc > 1 ? argv[1] : "docs";
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        printf("Bail out! %s\n", dx_err_name(trap.code));
        return 1;
    }
    manual m = {.arena = &arena, .pending = {.arena = &arena}};
    read_folder(&m, docs, "feel");
    read_folder(&m, docs, "dmn");
    check_builtins(&m);
    check_operators(&m);
    check_unknown_page(&m, docs, argc > 2 && strcmp(argv[2], "--write") == 0);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
