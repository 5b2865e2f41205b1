/* duixian dmn test: runs test files in the format of the DMN TCK and counts what passes. Results
 * that expect a value and results that expect null are counted apart, since an engine that answers
 * null to everything passes all of the latter. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/models.h"
#include "dmn/input.h"
#include "dmn/tck.h"

#define FILE_ARENA_BYTES ((size_t)512 << 20)
#define CASE_ARENA_BYTES ((size_t)256 << 20)

enum { FOLDERS_DEEP = 16 };

typedef struct tally {
    uint32_t all, passed;
} tally;

typedef struct folder {
    dx_str path;
    tally cases;
} folder;

typedef struct tester {
    dx_cli *cli;
    dx_arena file_arena; /* a test file, its models and its run */
    dx_arena case_arena; /* one case */
    tally cases, values, nulls;
    DX_VEC(folder) folders;
    dx_buf csv;
    bool verbose, broken;
} tester;

/* A test file at work. */
typedef struct suite {
    tester *t;
    dx_str path;
    const dx_tck *tck;
    const dx_dmn *dmn;
    dx_run *run;
} suite;

/* --- one case --- */

static void bind_inputs(const suite *s, const dx_tck_case *c) {
    dx_inputs_clear(s->run, s->dmn);
    for (uint32_t i = 0; i < c->n_inputs; i++) {
        uint32_t at = dx_dmn_search(s->dmn, c->inputs[i].ns, c->inputs[i].name, DX_EL_INPUT);
        if (at == DX_NONE)
            continue;
        const dx_node_info *node = &s->dmn->nodes[at];
        s->run->frame[node->slot] = dx_run_coerce(s->run, node->type, c->inputs[i].value);
    }
}

/* Calls a service or business knowledge model with the inputs that its parameters name. */
static dx_val call(const suite *s, const dx_tck_case *c, uint32_t at) {
    const dx_proc *proc = s->dmn->nodes[at].function.u.function->proc;
    dx_val *args = DX_NEW_ARRAY(s->run->arena, dx_val, proc->n_params + 1);
    for (uint32_t i = 0; i < proc->n_params; i++)
        for (uint32_t k = 0; k < c->n_inputs; k++)
            if (dx_str_eq(c->inputs[k].name, proc->params[i]))
                args[i] = c->inputs[k].value;
    return dx_dmn_call(s->run, s->dmn, at, args, proc->n_params);
}

/* What can be called under a name. */
static uint32_t find_callable(const suite *s, const dx_tck_case *c, dx_str name) {
    dx_element_kind first = c->kind == DX_TCK_BKM ? DX_EL_BKM : DX_EL_SERVICE;
    dx_element_kind other = c->kind == DX_TCK_BKM ? DX_EL_SERVICE : DX_EL_BKM;
    uint32_t at = dx_dmn_search(s->dmn, c->ns, name, first);
    return at != DX_NONE ? at : dx_dmn_search(s->dmn, c->ns, name, other);
}

/* The value of a result by its name; false when there is nothing of that name. */
static bool actual_value(const suite *s, const dx_tck_case *c, const dx_tck_result *result,
                         dx_val *ret) {
    dx_str ns = result->ns.n ? result->ns : c->ns;
    uint32_t decision = dx_dmn_search(s->dmn, ns, result->name, DX_EL_DECISION);
    if (c->kind == DX_TCK_DECISION && decision != DX_NONE) {
        dx_plan plan = {0};
        dx_plan_make(s->run->arena, &plan, s->dmn, &decision, 1);
        dx_plan_run(s->run, &plan);
        *ret = dx_run_value(s->run, s->dmn, decision);
        return true;
    }
    uint32_t at = find_callable(s, c, c->invocable.n ? c->invocable : result->name);
    if (at == DX_NONE)
        return false;
    *ret = call(s, c, at);
    const dx_val *entry = s->dmn->nodes[at].element->n_outputs > 1 && ret->tag == DX_CONTEXT
                              ? dx_context_get(*ret, result->name)
                              : NULL;
    if (entry)
        *ret = *entry;
    return true;
}

static bool expects_null(const dx_tck_result *result) {
    return result->error || (result->has_expected && result->expected.tag == DX_NULL);
}

/* Whether one result is as expected; if not, says so in `why`. */
static bool check_result(const suite *s, const dx_tck_case *c, const dx_tck_result *result,
                         dx_buf *why) {
    dx_val actual = DX_VAL_NULL;
    if (!actual_value(s, c, result, &actual)) {
        dx_diag none = {.code = DX_E_CASE_RESULT, .args = {result->name}};
        dx_str sentence = dx_diag_sentence(s->run->arena, &none, s->t->cli->lang);
        dx_buf_add(why, sentence);
        return false;
    }
    if (!result->has_expected || dx_tck_same(s->run->arena, result->expected, actual))
        return true;
    dx_cli_put_difference(s->t->cli, why, result->name, result->expected, actual);
    return false;
}

static bool check_results(const suite *s, const dx_tck_case *c, bool *passed, dx_buf *why) {
    bool all = true;
    bind_inputs(s, c);
    for (uint32_t i = 0; i < c->n_results; i++) {
        passed[i] = check_result(s, c, &c->results[i], why);
        all = all && passed[i];
    }
    return all;
}

/* The same within limits; what runs into one has failed. `passed` and `why` are in the file's
 * arena. */
static bool run_case(const suite *s, const dx_tck_case *c, bool *passed, dx_buf *why) {
    dx_trap trap;
    dx_arena_reset(&s->t->case_arena);
    dx_run_reset(s->run);
    if (DX_TRAP(&s->t->case_arena, &trap) == 0) {
        bool all = check_results(s, c, passed, why);
        dx_trap_end(&s->t->case_arena, &trap);
        return all;
    }
    dx_trap_end(&s->t->case_arena, &trap);
    dx_buf_addz(why, dx_err_text(trap.code, s->t->cli->lang));
    return false;
}

/* --- counting and reporting --- */

static void add(tally *count, bool passed) {
    count->all++;
    count->passed += passed;
}

static void put_csv_field(dx_buf *csv, dx_str text) {
    dx_buf_char(csv, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            dx_buf_char(csv, '"');
        dx_buf_char(csv, text.p[i] == '\n' || text.p[i] == '\r' ? ' ' : text.p[i]);
    }
    dx_buf_char(csv, '"');
}

/* compliance-level-2/0001-input-data-string: a folder of tests and the one it lies in. */
static dx_str area_name(dx_arena *arena, dx_str path) {
    dx_str level = dx_cli_base(dx_cli_folder(path)), test = dx_cli_base(path);
    return level.n && !dx_str_is(level, ".")
               ? dx_str_fmt(arena, "%.*s/%.*s", DX_FMT(level), DX_FMT(test))
               : test;
}

/* One row of the TCK's results: compliance-level-2/0001-input-data-string, name of the test file,
 * id of the case, SUCCESS or ERROR, detail. */
static void put_csv_row(const suite *s, const dx_tck_case *c, bool passed, dx_str detail) {
    dx_buf *csv = &s->t->csv;
    dx_str file = dx_cli_base(s->path);
    if (dx_str_ends(file, DX_STR(".xml")))
        file.n -= 4;
    put_csv_field(csv, area_name(&s->t->file_arena, dx_cli_folder(s->path)));
    dx_buf_char(csv, ',');
    put_csv_field(csv, file);
    dx_buf_char(csv, ',');
    put_csv_field(csv, c->id);
    dx_buf_addz(csv, passed ? ",\"SUCCESS\"," : ",\"ERROR\",");
    put_csv_field(csv, detail);
    dx_buf_char(csv, '\n');
}

static tally *count_of_folder(tester *t, dx_str path) {
    dx_str here = dx_cli_folder(path);
    if (!t->folders.n || !dx_str_eq(t->folders.v[t->folders.n - 1].path, here)) {
        folder next = {.path = here};
        dx_vec_push(t->cli->arena, &t->folders, next);
    }
    return &t->folders.v[t->folders.n - 1].cases;
}

static void do_case(const suite *s, const dx_tck_case *c) {
    tester *t = s->t;
    bool *passed = DX_NEW_ARRAY(&t->file_arena, bool, c->n_results + 1);
    dx_buf why = {.arena = &t->file_arena};
    bool all = run_case(s, c, passed, &why);
    add(&t->cases, all);
    add(count_of_folder(t, s->path), all);
    for (uint32_t i = 0; i < c->n_results; i++)
        add(expects_null(&c->results[i]) ? &t->nulls : &t->values, passed[i]);
    if (dx_cli_has(t->cli, DX_OPT_CSV))
        put_csv_row(s, c, all, dx_buf_str(&why));
    if (t->verbose && !all)
        dx_buf_fmt(&t->cli->out, "%.*s:%u: %.*s: %.*s\n", DX_FMT(s->path), c->line, DX_FMT(c->id),
                   DX_FMT(dx_buf_str(&why)));
}

/* --- one file --- */

/* The models of a test file; faults of a model are shown, and what is at fault gives null. */
static bool load_suite(suite *s, dx_diags *diags) {
    tester *t = s->t;
    dx_str xml;
    if (!dx_file_read(&t->file_arena, s->path, DX_CLI_FILE_BYTES, &xml, diags))
        return false;
    s->tck = dx_tck_load(&t->file_arena, xml, s->path, diags);
    if (!s->tck)
        return false;
    dx_str model = dx_str_fmt(&t->file_arena, "%.*s/%.*s", DX_FMT(dx_cli_folder(s->path)),
                              DX_FMT(s->tck->model));
    s->dmn = dx_cli_models(t->cli, &t->file_arena, model, diags);
    if (!s->dmn)
        return false;
    s->run = dx_cli_new_run(&t->file_arena, &s->dmn->program, &t->case_arena);
    s->run->now = t->cli->now;
    s->run->has_now = true;
    return true;
}

static void do_file(tester *t, dx_str path) {
    suite s = {.t = t, .path = path};
    dx_diags diags;
    dx_diags_init(&diags, &t->file_arena);
    bool loaded = load_suite(&s, &diags);
    if (!loaded || t->verbose)
        dx_diags_print(&t->cli->err, &diags, t->cli->lang);
    t->broken |= !loaded;
    for (uint32_t i = 0; loaded && i < s.tck->n_cases; i++)
        do_case(&s, &s.tck->cases[i]);
}

/* The same within limits. */
static void do_file_trapped(tester *t, dx_str path) {
    dx_trap trap;
    dx_arena_reset(&t->case_arena);
    dx_arena_reset(&t->file_arena);
    if (DX_TRAP(&t->file_arena, &trap) == 0) {
        do_file(t, path);
        dx_trap_end(&t->file_arena, &trap);
        return;
    }
    dx_trap_end(&t->file_arena, &trap);
    t->broken = true;
    dx_buf_fmt(&t->cli->err, "%.*s: %s\n", DX_FMT(path), dx_err_text(trap.code, t->cli->lang));
}

/* --- all --- */

/* A share in tenths of a percent, rounded down so that 100.0% means all. */
static void put_share(dx_buf *out, uint64_t part, uint64_t whole) {
    uint64_t share = whole ? part * 1000 / whole : 0;
    dx_buf_fmt(out, "%u.%u%%", (unsigned)(share / 10), (unsigned)(share % 10));
}

static void put_count(tester *t, const char *zh, const char *en, const tally *count) {
    dx_buf *out = &t->cli->out;
    dx_buf_fmt(out, "%s %u / %u (", dx_cli_say(t->cli, zh, en), count->passed, count->all);
    put_share(out, count->passed, count->all);
    dx_buf_addz(out, ")\n");
}

static void put_areas(tester *t) {
    dx_buf *out = &t->cli->out;
    dx_buf_addz(out,
                dx_cli_say(t->cli, "| 文件夹 | 用例 | 通过 |\n", "| area | cases | passed |\n"));
    dx_buf_addz(out, "|---|--:|--:|\n");
    for (uint32_t i = 0; i < t->folders.n; i++) {
        const folder *f = &t->folders.v[i];
        dx_buf_fmt(out, "| %.*s | %u | %u |\n", DX_FMT(area_name(t->cli->arena, f->path)),
                   f->cases.all, f->cases.passed);
    }
    dx_buf_char(out, '\n');
}

static void put_summary(tester *t) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < t->folders.n; i++)
        sum += (uint64_t)t->folders.v[i].cases.passed * 1000000 / t->folders.v[i].cases.all;
    put_count(t, "通过的用例", "cases passed:", &t->cases);
    put_count(t, "  其中期望有值的结果", "  results that expect a value:", &t->values);
    put_count(t, "  期望 null 的结果", "  results that expect null:", &t->nulls);
    if (t->cli->lang == DX_ZH)
        dx_buf_fmt(&t->cli->out, "%u 个文件夹的平均通过率 ", t->folders.n);
    else
        dx_buf_fmt(&t->cli->out, "mean over %u folder%s: ", t->folders.n,
                   t->folders.n == 1 ? "" : "s");
    put_share(&t->cli->out, sum, (uint64_t)t->folders.n * 1000000);
    dx_buf_char(&t->cli->out, '\n');
}

static bool write_csv(tester *t) {
    dx_str path = dx_cli_value(t->cli, DX_OPT_CSV), rest = dx_buf_str(&t->csv);
    if (!path.p)
        return true;
    int fd = open(dx_str_z(t->cli->arena, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return dx_cli_refuse(t->cli, DX_E_OUT_OPEN, path, dx_str_of(strerror(errno)));
    while (rest.n) {
        ssize_t n = write(fd, rest.p, rest.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        rest = (dx_str){rest.p + n, rest.n - (size_t)n};
    }
    bool ok = close(fd) == 0 && rest.n == 0;
    return ok || dx_cli_refuse(t->cli, DX_E_OUT_WRITE, path, dx_str_of(strerror(errno)));
}

static void free_tester(void *arg) {
    tester *t = arg;
    dx_arena_done(&t->case_arena);
    dx_arena_done(&t->file_arena);
}

static bool list_tests(dx_cli *cli, dx_paths *paths) {
    if (!cli->n_operands)
        return dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("PATH"), (dx_str){0});
    for (uint32_t i = 0; i < cli->n_operands; i++) {
        dx_str path = cli->operands[i];
        while (path.n > 1 && path.p[path.n - 1] == '/')
            path.n--;
        if (!dx_cli_files(cli, path, DX_STR(".xml"), FOLDERS_DEEP, paths))
            return false;
    }
    return paths->n || dx_cli_refuse(cli, DX_E_CASE_NONE, cli->operands[0], (dx_str){0});
}

dx_exit dx_cli_dmn_test(dx_cli *cli) {
    dx_paths paths = {0};
    if (!list_tests(cli, &paths))
        return DX_EXIT_INPUT;
    tester *t = DX_NEW(cli->arena, tester);
    t->cli = cli;
    t->csv.arena = cli->arena;
    t->verbose = dx_cli_has(cli, DX_OPT_VERBOSE);
    dx_arena_init(&t->file_arena, FILE_ARENA_BYTES);
    dx_arena_init(&t->case_arena, CASE_ARENA_BYTES);
    dx_arena_on_done(cli->arena, free_tester, t);
    for (uint32_t i = 0; i < paths.n; i++)
        do_file_trapped(t, paths.v[i]);
    if (dx_cli_has(cli, DX_OPT_BY_AREA))
        put_areas(t);
    put_summary(t);
    if (!write_csv(t))
        return DX_EXIT_FAILED;
    return t->broken || t->cases.passed < t->cases.all ? DX_EXIT_FAILED : DX_EXIT_DONE;
}
