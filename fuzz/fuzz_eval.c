/* Fuzz target: the bytes choose an expression or a decision table, values for its facts, and which
 * of them are unknown. It compiles and is evaluated within limits, twice, once with a trace; the
 * results are the same, can be shown and copied, and are unknown only by facts that are unknown. */
#include <stdlib.h>

#include "feel/run.h"
#include "random_expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 32 << 20, STEPS = 20000, DEPTH = 100, NESTED = 5 };

static const uint8_t *bytes;
static size_t left;

/* After the last byte always 0, so that every input ends. */
uint32_t rx_chance(uint32_t n) {
    uint32_t taken = 0;
    for (uint32_t above = n - 1; above > 0; above >>= 8) {
        taken = taken << 8 | (left ? *bytes : 0);
        bytes += left > 0;
        left -= left > 0;
    }
    return taken % n;
}

static void require(bool ok) {
    if (!ok)
        abort();
}

/* What everything that has a value may be asked to do with it. */
static void use(dx_arena *arena, dx_val v) {
    dx_buf text = {.arena = arena}, json = {.arena = arena};
    dx_val_print(&text, v, true);
    dx_val_json(&json, v);
    require(dx_val_same(v, dx_val_copy(arena, v)));
    (void)dx_val_equal(arena, v, v);
}

static dx_val evaluate(dx_run *run, const dx_val *args, bool tracing) {
    dx_run_reset(run);
    run->tracing = tracing;
    return dx_run_call(run, run->program->main, NULL, args, PARTS);
}

static void check(dx_arena *arena, dx_run *run, fact_set unknown, const dx_val *values) {
    dx_val args[PARTS];
    rx_args(arena, values, unknown, args);
    dx_val v = evaluate(run, args, false);
    use(arena, v);
    require(unknown || !dx_val_uncertain(v));
    if (v.tag == DX_UNKNOWN)
        require((v.u.causes->bits[0] & ~(uint64_t)unknown) == 0);
    dx_val again = evaluate(run, args, true);
    /* a function is made anew each time */
    require(v.tag == again.tag && (v.tag != DX_NUM || dx_val_same(v, again)));
}

static void run_one(dx_arena *arena, dx_run **run) {
    dx_val values[FACTS];
    bool typed = rx_chance(2);
    const dx_program *program = rx_compile(arena, rx_expr(arena, NESTED), typed);
    if (!program)
        return;
    fact_set unknown = 0;
    for (uint32_t i = 0; i < FACTS; i++) {
        unknown |= (fact_set)(rx_chance(4) == 1) << i;
        values[i] = rx_value(arena, rx_facts[i].letter);
    }
    *run = dx_run_new_shallow(program, arena, DEPTH);
    (*run)->steps_max = STEPS;
    check(arena, *run, unknown, values);
    check(arena, *run, 0, values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static dx_run *run;
    static dx_arena arena; /* keeps its largest block from input to input */
    dx_trap trap;
    bytes = data;
    left = size;
    run = NULL;
    if (!arena.limit)
        dx_arena_init(&arena, MEMORY);
    if (!DX_TRAP(&arena, &trap))
        run_one(&arena, &run);
    dx_trap_end(&arena, &trap);
    dx_run_free(run);
    dx_arena_reset(&arena);
    return 0;
}
