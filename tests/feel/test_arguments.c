/* Every built-in function called with arguments of every kind of type, each type with several of
 * its values and null. What the static check of the arguments refuses gives null for all values;
 * and every null that comes of a call has a reason. With three arguments and more the types are
 * drawn at random, always the same. */
#include "feel/ast.h"
#include "feel/builtin.h"
#include "feel/check.h"
#include "feel/run.h"
#include "tap.h"

enum { MEMORY = 64 << 20, ARGS_MAX = 4, VALUES_MAX = 6, DRAWN = 700, DEPTH = 20, SHOWN = 3 };

static const dx_type numbers = {.kind = DX_T_LIST, .elem = &dx_type_num};
static const dx_type strings = {.kind = DX_T_LIST, .elem = &dx_type_string};
static const dx_type contexts = {.kind = DX_T_LIST, .elem = &dx_type_any_context};
static const dx_type range_of_numbers = {.kind = DX_T_RANGE, .elem = &dx_type_num};

static const struct {
    const dx_type *type;
    const char *values[VALUES_MAX];
} kinds[] = {
    {&dx_type_any, {"null"}},
    {&dx_type_bool, {"true", "false"}},
    {&dx_type_num, {"1", "-2.5", "0", "20"}},
    {&dx_type_string, {"\"a\"", "\"2024-05-06\"", "\"\"", "\"(\"", "\"[1..3]\""}},
    {&dx_type_date, {"@\"2024-05-06\""}},
    {&dx_type_time, {"@\"10:00:00\"", "@\"10:00:00@Europe/Paris\""}},
    {&dx_type_datetime, {"@\"2024-05-06T10:00:00\"", "@\"2024-05-06T10:00:00Z\""}},
    {&dx_type_ymdur, {"@\"P1Y\"", "@\"-P2M\""}},
    {&dx_type_dtdur, {"@\"PT1H\"", "@\"-P20D\""}},
    {&numbers, {"[]", "[1]", "[3, 1, null]"}},
    {&strings, {"[]", "[\"a\"]", "[\"a\", \"b\"]"}},
    {&contexts, {"[]", "[{key: \"k\", value: 1}]", "[{}, {}]"}},
    {&dx_type_any_context, {"{}", "{a: 1}", "{key: \"k\", value: 1}"}},
    {&range_of_numbers, {"[1..3]", "(< 2)", "(0..1)"}},
    {&dx_type_any_function, {"function(x, y) x < y", "function(x) 1"}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const dx_str names[ARGS_MAX] = {{"p", 1}, {"q", 1}, {"r", 1}, {"s", 1}};

/* A program of one expression; p, q, r and s are of the types given. */
static const dx_proc *compile(dx_arena *arena, dx_str text, const dx_type *const *types,
                              dx_program *program, dx_diags *diags) {
    static const char *const spaced[] = {"time offset", "start included"};
    dx_names scope_names = {0}, members = {0};
    dx_compiler compiler = {.arena = arena, .diags = diags, .program = program};
    dx_parse parse = {.arena = arena, .diags = diags, .scope = &scope_names, .members = &members};
    dx_body body;
    dx_scope scope = {0};
    for (int i = 0; i < ARGS_MAX; i++)
        dx_names_add(arena, &scope_names, names[i]);
    for (size_t i = 0; i < sizeof spaced / sizeof *spaced; i++)
        dx_names_add(arena, &members, dx_str_of(spaced[i]));
    const dx_node *node = dx_feel_parse(&parse, text, (dx_place){.line = 1, .column = 1});
    dx_proc *proc = dx_proc_declare(&compiler, DX_STR("call"), names, types, ARGS_MAX);
    dx_body_begin(&body, &compiler, NULL);
    dx_scope_push(&body, &scope);
    for (int i = 0; i < ARGS_MAX; i++)
        dx_scope_add(&body, names[i], dx_body_temps(&body, 1), types[i]);
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

static dx_run *new_run(dx_arena *arena, dx_str text, const dx_type *const *types, dx_diags *diags) {
    dx_program *program = DX_NEW(arena, dx_program);
    dx_diags_init(diags, arena);
    compile(arena, text, types, program, diags);
    dx_run *run = dx_run_new_shallow(program, arena, DEPTH);
    dx_arena_on_done(arena, free_run, run);
    run->tracing = true;
    run->has_now = dx_datetime_parse(DX_STR("2024-05-06T07:08:09+08:00"), &run->now);
    return run;
}

static dx_val values[KINDS][VALUES_MAX];
static uint32_t n_values[KINDS];

static void make_values(dx_arena *arena) {
    static const dx_type *const any[ARGS_MAX] = {&dx_type_any, &dx_type_any, &dx_type_any,
                                                 &dx_type_any};
    const dx_val none[ARGS_MAX] = {{0}};
    dx_diags diags;
    for (int k = 0; k < KINDS; k++) {
        for (int i = 0; i < VALUES_MAX && kinds[k].values[i]; i++) {
            dx_run *run = new_run(arena, dx_str_of(kinds[k].values[i]), any, &diags);
            values[k][n_values[k]++] = dx_run_call(run, run->program->main, NULL, none, ARGS_MAX);
        }
        if (k > 0)
            values[k][n_values[k]++] = DX_VAL_NULL;
    }
}

/* --- one function ----------------------------------------------------------------------------- */

typedef struct trial {
    dx_arena *arena;
    const char *form;          /* an expression of p, q, r; or */
    const dx_builtin *builtin; /* a call of a function with p, q, r and s */
    uint32_t n;
    const dx_type *types[ARGS_MAX];
    uint32_t kinds[ARGS_MAX];
    uint32_t results, refused, unexplained; /* what was seen of it: all calls, and the bad ones */
} trial;

static const char *name_of(const trial *t) {
    return t->form ? t->form : t->builtin->name;
}

static void show(trial *t, const char *what, const dx_val *args, dx_val result) {
    dx_buf out = {.arena = t->arena};
    for (uint32_t i = 0; i < t->n; i++) {
        dx_buf_fmt(&out, "%s%.*s = ", i ? ", " : "", DX_FMT(names[i]));
        dx_val_print(&out, args[i], true);
    }
    dx_buf_addz(&out, " give ");
    dx_val_print(&out, result, true);
    printf("# %s: %s: %.*s\n", what, name_of(t), DX_FMT(dx_buf_str(&out)));
}

/* null, or what is made of a list by asking its elements one by one: a list of nothing but null. */
static bool is_null(dx_val v) {
    bool all = v.tag == DX_NULL || v.tag == DX_LIST;
    for (uint32_t i = 0; v.tag == DX_LIST && i < v.n; i++)
        all &= v.u.items[i].tag == DX_NULL;
    return all;
}

static void call_with(trial *t, dx_run *run, const dx_val *args, bool refused) {
    dx_run_reset(run);
    dx_val result = dx_run_call(run, run->program->main, NULL, args, ARGS_MAX);
    t->results++;
    if (refused && !is_null(result) && t->refused++ < SHOWN)
        show(t, "refused, but", args, result);
    if (result.tag == DX_NULL && !run->notes && t->unexplained++ < SHOWN)
        show(t, "no reason", args, result);
}

/* All values of the types. */
static void call_all(trial *t, dx_run *run, bool refused) {
    uint32_t at[ARGS_MAX] = {0};
    for (;;) {
        dx_val args[ARGS_MAX] = {{0}};
        uint32_t i = 0;
        for (uint32_t a = 0; a < t->n; a++)
            args[a] = values[t->kinds[a]][at[a]];
        call_with(t, run, args, refused);
        while (i < t->n && ++at[i] == n_values[t->kinds[i]])
            at[i++] = 0;
        if (i == t->n)
            return;
    }
}

static dx_str text_of(const trial *t) {
    dx_buf text = {.arena = t->arena};
    if (t->form)
        return dx_str_of(t->form);
    dx_buf_fmt(&text, "%s(", t->builtin->name);
    for (uint32_t i = 0; i < t->n; i++)
        dx_buf_fmt(&text, "%s%.*s", i ? ", " : "", DX_FMT(names[i]));
    dx_buf_addz(&text, ")");
    return dx_buf_str(&text);
}

static void try_types(trial *t) {
    dx_diags diags;
    dx_mark mark = dx_arena_mark(t->arena);
    for (uint32_t i = 0; i < ARGS_MAX; i++)
        t->types[i] = i < t->n ? kinds[t->kinds[i]].type : &dx_type_any;
    dx_run *run = new_run(t->arena, text_of(t), t->types, &diags);
    call_all(t, run, diags.errors > 0);
    dx_arena_rewind(t->arena, mark);
}

static uint32_t draw(uint32_t n) {
    static uint64_t state;
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)((z ^ z >> 27) >> 32) % n;
}

static void try_count(trial *t, uint32_t n) {
    uint32_t total = n == 0 ? 1 : n == 1 ? KINDS : n == 2 ? KINDS * KINDS : DRAWN;
    t->n = n;
    for (uint32_t i = 0; i < total; i++) {
        t->kinds[0] = n < 3 ? i % KINDS : draw(KINDS);
        t->kinds[1] = n < 3 ? i / KINDS : draw(KINDS);
        for (uint32_t a = 2; a < n; a++)
            t->kinds[a] = draw(KINDS);
        try_types(t);
    }
}

/* Operators, and whatever else makes a null of what is none. */
static const struct {
    const char *text;
    uint32_t n;
} forms[] = {
    {"p + q", 2},
    {"p - q", 2},
    {"p * q", 2},
    {"p / q", 2},
    {"p ** q", 2},
    {"-p", 1},
    {"p < q", 2},
    {"p >= q", 2},
    {"p = q", 2},
    {"p != q", 2},
    {"p between q and r", 3},
    {"p in q", 2},
    {"p in (< q)", 2},
    {"p in [q..r]", 3},
    {"p and q", 2},
    {"p or q", 2},
    {"p[q]", 2},
    {"p[1]", 1},
    {"p[9]", 1},
    {"p(q)", 2},
    {"p(q, r)", 3},
    {"p(x: q, y: r)", 3},
    {"p(a: q)", 2},
    {"[p..q]", 2},
    {"(< p)", 1},
    {"for x in p return x = q", 2},
    {"for x in p..q return x", 2},
    {"some x in p satisfies x = q", 2},
    {"p.a", 1},
    {"p.year", 1},
    {"p.month", 1},
    {"p.weekday", 1},
    {"p.hour", 1},
    {"p.second", 1},
    {"p.time offset", 1},
    {"p.timezone", 1},
    {"p.years", 1},
    {"p.days", 1},
    {"p.seconds", 1},
    {"p.start", 1},
    {"p.end", 1},
    {"p.start included", 1},
    {"(function(x: number) 1)(p)", 1},
    {"(function(x: list<number>) 1)(p)", 1},
    {"(function(x: context<a: number>) 1)(p)", 1},
};

static void try_form(dx_arena *arena, const char *text, uint32_t n) {
    trial t = {.arena = arena, .form = text};
    try_count(&t, n);
    tap_ok(t.refused == 0, "%s: of %u results none where the types were refused", text, t.results);
    tap_ok(t.unexplained == 0, "%s: each null has a reason", text);
}

static void try_builtin(dx_arena *arena, const dx_builtin *builtin) {
    trial t = {.arena = arena, .builtin = builtin};
    for (uint32_t n = 0; n <= ARGS_MAX; n++)
        if (dx_builtin_takes(builtin, n))
            try_count(&t, n);
    tap_ok(t.refused == 0, "%s: of %u results none where the types were refused", builtin->name,
           t.results);
    tap_ok(t.unexplained == 0, "%s: each null has a reason", builtin->name);
}

int main(void) {
    static dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "a trap: %s", dx_err_name(trap.code));
    } else {
        make_values(&arena);
        for (uint32_t i = 0; i < sizeof forms / sizeof *forms; i++)
            try_form(&arena, forms[i].text, forms[i].n);
        for (uint32_t i = 0; i < dx_builtin_count; i++)
            try_builtin(&arena, &dx_builtins[i]);
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
