/* Replays builtins.txt: each line an expression and the expression of what it must equal, both
 * compiled and run. u and w are facts that are not known. The file is the first argument (else the
 * one beside this). After it come the checks of the table itself, which no expression shows. */
#include "feel/ast.h"
#include "feel/builtin.h"
#include "feel/compile.h"
#include "feel/run.h"
#include "tap.h"

enum { MEMORY = 256 << 20, UNKNOWNS = 2 };

static const dx_str unknown_names[UNKNOWNS] = {{"u", 1}, {"w", 1}};

/* A program whose only procedure gives the value of the text, with u and w as parameters. */
static const dx_proc *compile(dx_arena *arena, dx_str text, dx_diags *diags, dx_program *program) {
    static const dx_type *const types[UNKNOWNS] = {&dx_type_any, &dx_type_any};
    dx_names names = {0}, members = {0};
    dx_compiler compiler = {.arena = arena, .diags = diags, .program = program};
    dx_body body;
    dx_scope scope = {0};
    for (int i = 0; i < UNKNOWNS; i++)
        dx_names_add(arena, &names, unknown_names[i]);
    dx_parse parse = {.arena = arena, .diags = diags, .scope = &names, .members = &members};
    const dx_node *node = dx_feel_parse(&parse, text, (dx_place){.line = 1, .column = 1});
    dx_proc *proc = dx_proc_declare(&compiler, DX_STR("test"), unknown_names, types, UNKNOWNS);
    dx_body_begin(&body, &compiler, NULL);
    dx_scope_push(&body, &scope);
    for (int i = 0; i < UNKNOWNS; i++)
        dx_scope_add(&body, unknown_names[i], dx_body_temps(&body, 1), NULL);
    uint32_t reg = dx_compile_expr(&body, node, DX_ANY_REG, NULL);
    dx_body_emit(&body, DX_I_RETURN, 0, reg, 0);
    dx_body_finish(&body, proc);
    program->arena = arena;
    program->main = proc;
    dx_compiler_finish(&compiler);
    return proc;
}

/* The value of a text; what is wrong with the text makes it null, as it does in a model. */
static dx_val evaluate(dx_arena *arena, dx_str text, dx_buf *why) {
    dx_program *program = DX_NEW(arena, dx_program);
    dx_diags diags;
    dx_diags_init(&diags, arena);
    const dx_proc *proc = compile(arena, text, &diags, program);
    dx_run *run = dx_run_new(program, arena);
    run->tracing = true;
    run->has_now = dx_datetime_parse(DX_STR("2024-05-06T07:08:09+08:00"), &run->now);
    dx_val args[UNKNOWNS];
    for (uint32_t i = 0; i < UNKNOWNS; i++)
        args[i] = dx_val_unknown(arena, i, UNKNOWNS);
    dx_val v = dx_run_call(run, proc, NULL, args, UNKNOWNS);
    for (const dx_diag *d = diags.first; d; d = d->next)
        dx_buf_fmt(why, " %s", dx_err_name(d->code));
    for (const dx_note *note = run->notes; note; note = note->next)
        dx_buf_fmt(why, " %s", dx_err_name(note->code));
    dx_run_free(run);
    return v;
}

static void compare(dx_arena *arena, unsigned number, dx_str text, dx_str expected) {
    dx_buf why = {.arena = arena}, ignored = {.arena = arena}, out = {.arena = arena};
    dx_val got = evaluate(arena, text, &why), want = evaluate(arena, expected, &ignored);
    bool same = dx_val_same(got, want) || dx_val_is_true(dx_val_equal(arena, got, want));
    if (!tap_ok(same, "line %u", number)) {
        dx_val_print(&out, got, true);
        printf("# text: %.*s\n# want: %.*s\n# got:  %.*s%.*s\n", DX_FMT(text), DX_FMT(expected),
               DX_FMT(dx_buf_str(&out)), DX_FMT(dx_buf_str(&why)));
    }
}

static void run_case(unsigned number, dx_str text, dx_str expected) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap))
        tap_ok(false, "line %u: %s", number, dx_err_name(trap.code));
    else
        compare(&arena, number, text, expected);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

/* Where the last " => " of a line begins. */
static size_t find_arrow(dx_str line) {
    size_t arrow = line.n;
    for (size_t i = 0; i + 4 <= line.n; i++)
        arrow = memcmp(line.p + i, " => ", 4) == 0 ? i : arrow;
    return arrow;
}

/* The lookup is a binary search over builtin.def, and types.c knows every result type in it. */
static void check_table(void) {
    for (uint32_t i = 0; i < dx_builtin_count; i++) {
        const dx_builtin *b = &dx_builtins[i];
        dx_str name = dx_str_of(b->name);
        tap_ok(i == 0 || dx_str_cmp(dx_str_of(dx_builtins[i - 1].name), name) < 0, "%s in order",
               b->name);
        tap_ok(dx_builtin_find(name) == i, "%s found", b->name);
        tap_ok(dx_type_builtin(dx_str_of(b->result)) != NULL, "%s has a known type", b->name);
    }
    CHECK_INT(dx_builtin_find(DX_STR("")), UINT32_MAX);
    CHECK_INT(dx_builtin_find(DX_STR("zzz")), UINT32_MAX);
    CHECK_INT(dx_builtin_find(DX_STR("abs ")), UINT32_MAX);
}

static void check_signatures(void) {
    const dx_builtin *time = &dx_builtins[dx_builtin_find(DX_STR("time"))];
    const dx_builtin *now = &dx_builtins[dx_builtin_find(DX_STR("now"))];
    const dx_builtin *append = &dx_builtins[dx_builtin_find(DX_STR("append"))];
    const dx_str names[] = {DX_STR("second"), DX_STR("hour"), DX_STR("minute"), DX_STR("minute")};
    uint32_t to[4], n = 0;
    CHECK(dx_builtin_takes(time, 1) && !dx_builtin_takes(time, 2) && dx_builtin_takes(time, 3) &&
          dx_builtin_takes(time, 4) && !dx_builtin_takes(time, 5));
    CHECK(dx_builtin_takes(now, 0) && !dx_builtin_takes(now, 1));
    CHECK(!dx_builtin_takes(append, 1) && dx_builtin_takes(append, 2) &&
          dx_builtin_takes(append, 100));
    CHECK(dx_builtin_name_args(time, names, 3, to, &n) && n == 3 && to[0] == 2 && to[1] == 0 &&
          to[2] == 1);
    CHECK(!dx_builtin_name_args(time, names, 2, to, &n));
    CHECK(!dx_builtin_name_args(time, names, 4, to, &n));
}

int main(int argc, char **argv) {
    FILE *file = fopen(argc > 1 ? argv[1] : "tests/feel/builtins.txt", "rb");
    static char buf[8192];
    if (!file) {
        printf("Bail out! no builtins.txt\n");
        return 1;
    }
    for (unsigned number = 1; fgets(buf, sizeof buf, file); number++) {
        dx_str line = dx_str_trim(dx_str_of(buf));
        if (line.n == 0 || line.p[0] == '#')
            continue;
        size_t arrow = find_arrow(line);
        if (tap_ok(arrow < line.n, "line %u has =>", number))
            run_case(number, (dx_str){line.p, arrow},
                     (dx_str){line.p + arrow + 4, line.n - arrow - 4});
    }
    fclose(file);
    check_table();
    check_signatures();
    return tap_done();
}
