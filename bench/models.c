/* Loading and large tables:
 *
 *     models FOLDER       every .dmn below it, with what it imports, read and compiled
 *     models --table N    a decision table of N rules: load, and one answer
 *
 * The table is of the kind that policies have: a code, which a rule names, and an interval of
 * money. */
#include "cli/models.h"
#include "measure.h"

enum { CODES = 37, ROUNDS = 20000, STEP = 1000 };

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "models: %s\n", what);
    exit(1);
}

/* Each model in the arena that the one before it had. */
static uint32_t load_all(dx_cli *cli, dx_arena *arena, const dx_paths *paths) {
    uint32_t loaded = 0;
    for (uint32_t i = 0; i < paths->n; i++) {
        dx_diags diags;
        dx_arena_reset(arena);
        dx_diags_init(&diags, arena);
        loaded += dx_cli_models(cli, arena, paths->v[i], &diags) != NULL;
    }
    return loaded;
}

static void load_folder(dx_cli *cli, const char *folder) {
    enum { DEEP = 8 };
    dx_paths paths = {0};
    dx_arena arena;
    dx_trap trap;
    if (!dx_cli_files(cli, dx_str_of(folder), DX_STR(".dmn"), DEEP, &paths))
        fail("cannot list the folder");
    dx_arena_init(&arena, SIZE_MAX / 2);
    if (DX_TRAP(&arena, &trap) != 0)
        fail("out of memory");
    int64_t from = now_ns();
    uint32_t loaded = load_all(cli, &arena, &paths);
    int64_t took = now_ns() - from;
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    printf("%s: %u of %u models read and compiled in %.1f ms\n", folder, loaded, paths.n,
           (double)took / 1e6);
}

/* --- a large table --- */

static dx_str table_xml(dx_arena *arena, uint32_t rules) {
    dx_buf xml = {.arena = arena};
    dx_buf_addz(&xml,
                "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" "
                "namespace=\"urn:m\" id=\"m\"><inputData name=\"code\" id=\"code\"><variable "
                "name=\"code\" typeRef=\"string\"/></inputData><inputData name=\"sum\" id=\"sum\">"
                "<variable name=\"sum\" typeRef=\"number\"/></inputData><decision name=\"out\" "
                "id=\"out\"><variable name=\"out\" typeRef=\"number\"/><informationRequirement>"
                "<requiredInput href=\"#code\"/></informationRequirement><informationRequirement>"
                "<requiredInput href=\"#sum\"/></informationRequirement><decisionTable "
                "hitPolicy=\"UNIQUE\"><input><inputExpression typeRef=\"string\"><text>code</text>"
                "</inputExpression></input><input><inputExpression typeRef=\"number\"><text>sum"
                "</text></inputExpression></input><output typeRef=\"number\"/>");
    for (uint32_t r = 0; r < rules; r++)
        dx_buf_fmt(&xml,
                   "<rule><inputEntry><text>\"C%u\"</text></inputEntry><inputEntry><text>"
                   "[%u..%u)</text></inputEntry><outputEntry><text>%u</text></outputEntry></rule>",
                   r % CODES, r / CODES * STEP, (r / CODES + 1) * STEP, r);
    dx_buf_addz(&xml, "</decisionTable></decision></definitions>");
    return dx_buf_str(&xml);
}

static dx_dmn *load_table(dx_arena *arena, dx_str xml) {
    dx_diags diags;
    dx_diags_init(&diags, arena);
    dx_model *model = dx_model_load(arena, xml, DX_STR("table.dmn"), &diags);
    dx_dmn *dmn = model ? dx_dmn_compile(arena, &model, 1, &diags) : NULL;
    if (!dmn || diags.errors) {
        print_faults(arena, &diags);
        fail("the table does not load");
    }
    return dmn;
}

static uint32_t find(const dx_dmn *dmn, const char *name, dx_element_kind kind) {
    return dx_dmn_find(dmn, (dx_str){0}, dx_str_of(name), kind);
}

static void measure_table(dx_arena *arena, uint32_t rules) {
    dx_str xml = table_xml(arena, rules);
    int64_t from = now_ns();
    const dx_dmn *dmn = load_table(arena, xml);
    int64_t loaded = now_ns() - from, clock = clock_cost();
    int64_t *took = DX_NEW_ARRAY(arena, int64_t, ROUNDS);
    dx_arena work;
    dx_trap trap;
    dx_arena_init(&work, SIZE_MAX / 2);
    if (DX_TRAP(&work, &trap) != 0)
        fail("out of memory");
    dx_run *run = dx_run_new(&dmn->program, &work);
    uint32_t out = find(dmn, "out", DX_EL_DECISION);
    dx_val *code = &run->frame[dmn->nodes[find(dmn, "code", DX_EL_INPUT)].slot];
    dx_val *sum = &run->frame[dmn->nodes[find(dmn, "sum", DX_EL_INPUT)].slot];
    dx_plan plan;
    dx_plan_make(arena, &plan, dmn, &out, 1);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t r = (uint32_t)((uint64_t)i * 7919 % rules);
        char text[16];
        from = now_ns();
        dx_arena_reset(&work);
        dx_run_reset(run);
        *code = dx_val_str((dx_str){text, (size_t)snprintf(text, sizeof text, "C%u", r % CODES)});
        *sum = dx_val_int((int32_t)(r / CODES * STEP + STEP / 2));
        dx_plan_run(run, &plan);
        took[i] = now_ns() - from - clock;
        dx_val got = dx_run_value(run, dmn, out);
        if (got.tag != DX_NUM || dx_num_cmp(got.u.num, dx_num_int((int32_t)r)) != 0)
            fail("the table answers wrong");
    }
    measure_sort(took, ROUNDS);
    printf("table of %u rules: loaded in %.1f ms, an answer p50 %.2f us, p99 %.2f us\n", rules,
           (double)loaded / 1e6, (double)took[ROUNDS / 2] / 1000,
           (double)took[ROUNDS * 99 / 100] / 1000);
    dx_run_free(run);
    dx_trap_end(&work, &trap);
    dx_arena_done(&work);
}

int main(int argc, char **argv) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, SIZE_MAX / 2);
    if (DX_TRAP(&arena, &trap) != 0)
        fail("out of memory");
    dx_cli cli = {
        .arena = &arena, .lang = DX_EN, .out = {.arena = &arena}, .err = {.arena = &arena}};
    dx_diags_init(&cli.diags, &arena);
    if (argc == 3 && strcmp(argv[1], "--table") == 0)
        measure_table(&arena, (uint32_t)strtoul(argv[2], NULL, 10));
    else if (argc == 2)
        load_folder(&cli, argv[1]);
    else
        fail("models FOLDER | models --table N");
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
