/* A whole assessment of a policy pack, in process and as a process:
 *
 *     assess PACK FACTS.json...                 nanoseconds a dx_assess, from facts that are read
 *     assess PACK --program DUIXIAN FACTS.json  from the start of `duixian assess` to its end
 *
 * In process, an assessment is all that stands between two enterprises: the arena and the run
 * reset, the inputs bound, every decision of the pack, the verdict on each item. Facts of which
 * nothing is known ("{}") are measured too. A line per facts object: name, items, fastest, p50,
 * p99. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "policy/policy.h"

enum { ROUNDS = 20000, WARM_UP = 1000, STARTS = 51, AS_OF_YEAR = 2025, AS_OF_MONTH = 6 };
#define FILE_BYTES ((size_t)16 << 20)

extern char **environ;

typedef struct bench {
    dx_arena arena, work; /* the pack and the facts; an evaluation */
    dx_pack *pack;
    dx_run *reading, *run;
    dx_options options;
    dx_assessment assessment;
    int64_t *took;
} bench;

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "assess: %s\n", what);
    exit(1);
}

static void load_pack(bench *b, const char *dir) {
    dx_diags diags;
    dx_diags_init(&diags, &b->arena);
    b->pack = dx_pack_load(&b->arena, dx_str_of(dir), &diags);
    if (!b->pack || diags.errors) {
        print_faults(&b->arena, &diags);
        fail("the pack does not load");
    }
    uint32_t *options = DX_NEW_ARRAY(&b->arena, uint32_t, b->pack->n_readings + 1);
    dx_options_default(b->pack, options);
    b->options = (dx_options){.as_of = {AS_OF_YEAR, AS_OF_MONTH, 30}, .options = options};
    b->assessment.verdicts = DX_NEW_ARRAY(&b->arena, dx_verdict, b->pack->n_items + 1);
    b->took = DX_NEW_ARRAY(&b->arena, int64_t, ROUNDS);
    b->reading = dx_run_new(&b->pack->dmn->program, &b->arena);
    b->run = dx_run_new(&b->pack->dmn->program, &b->work);
}

static void assess(bench *b, const dx_facts *facts) {
    dx_arena_reset(&b->work);
    dx_run_reset(b->run);
    dx_assess(b->pack, b->run, facts, &b->options, &b->assessment);
}

static void report(const char *name, const char *what, const int64_t *took, size_t n, double unit,
                   const char *unit_name) {
    printf("%-42s %-26s min %8.2f   p50 %8.2f   p99 %8.2f %s\n", name, what, (double)took[0] / unit,
           (double)took[n / 2] / unit, (double)took[n * 99 / 100] / unit, unit_name);
}

static void measure_facts(bench *b, const char *name, dx_str text) {
    dx_facts facts;
    dx_diags diags;
    char what[64];
    dx_diags_init(&diags, &b->arena);
    const dx_json *json = dx_json_parse(&b->arena, text, dx_str_of(name), &diags);
    if (!json || !dx_facts_read(b->pack, b->reading, json, json, &facts, &diags)) {
        print_faults(&b->arena, &diags);
        fail("the facts do not fit the pack");
    }
    int64_t clock = clock_cost();
    for (size_t i = 0; i < WARM_UP; i++)
        assess(b, &facts);
    for (size_t i = 0; i < ROUNDS; i++) {
        int64_t from = now_ns();
        assess(b, &facts);
        b->took[i] = now_ns() - from - clock;
    }
    uint32_t eligible = 0, undetermined = 0;
    for (uint32_t i = 0; i < b->pack->n_items; i++) {
        eligible += b->assessment.verdicts[i].status == DX_ELIGIBLE;
        undetermined += b->assessment.verdicts[i].status == DX_UNDETERMINED;
    }
    measure_sort(b->took, ROUNDS);
    snprintf(what, sizeof what, "%u items, %u yes, %u open", b->pack->n_items, eligible,
             undetermined);
    report(name, what, b->took, ROUNDS, 1000, "us");
}

static void measure_file(bench *b, const char *path) {
    dx_diags diags;
    dx_str text;
    dx_diags_init(&diags, &b->arena);
    if (!dx_file_read(&b->arena, dx_str_of(path), FILE_BYTES, &text, &diags)) {
        print_faults(&b->arena, &diags);
        fail("cannot read the facts");
    }
    measure_facts(b, path, text);
}

/* --- as a process --- */

/* One start to its end, output thrown away; the most memory that it held goes to *ret_kb. */
static int64_t start_once(char *const *argv, long *ret_kb) {
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int64_t from = now_ns();
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        fail("the program does not start");
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("the program fails");
    int64_t took = now_ns() - from;
    posix_spawn_file_actions_destroy(&actions);
    *ret_kb = usage.ru_maxrss;
    return took;
}

static void measure_process(char *pack, char *program, char *facts) {
    static char command[] = "assess", pack_option[] = "--pack", day_option[] = "--as-of",
                day[] = "2025-06-30";
    char *argv[] = {program, command, pack_option, pack, day_option, day, facts, NULL};
    int64_t took[STARTS];
    long most = 0;
    for (size_t i = 0; i < STARTS; i++) {
        long kb;
        took[i] = start_once(argv, &kb);
        most = kb > most ? kb : most;
    }
    measure_sort(took, STARTS);
    report(facts, "process, start to end", took, STARTS, 1e6, "ms");
    printf("%-42s %-26s %.1f MB\n", facts, "process, most memory", (double)most / 1024);
}

int main(int argc, char **argv) {
    static bench b;
    if (argc == 5 && strcmp(argv[2], "--program") == 0) {
        measure_process(argv[1], argv[3], argv[4]);
        return 0;
    }
    if (argc < 2)
        fail("assess PACK FACTS.json... | assess PACK --program DUIXIAN FACTS.json");
    dx_trap trap, work_trap;
    dx_arena_init(&b.arena, SIZE_MAX / 2);
    dx_arena_init(&b.work, SIZE_MAX / 2);
    if (DX_TRAP(&b.arena, &trap) != 0 || DX_TRAP(&b.work, &work_trap) != 0)
        fail("out of memory");
    load_pack(&b, argv[1]);
    printf("%s: %u items, %u decisions, %u instructions\n", argv[1], b.pack->n_items,
           b.pack->plan.n, b.pack->dmn->program.main->n_code);
    for (int i = 2; i < argc; i++)
        measure_file(&b, argv[i]);
    measure_facts(&b, "nothing known", DX_STR("{}"));
    dx_run_free(b.reading);
    dx_run_free(b.run);
    dx_trap_end(&b.work, &work_trap);
    dx_trap_end(&b.arena, &trap);
    dx_arena_done(&b.work);
    dx_arena_done(&b.arena);
    return 0;
}
