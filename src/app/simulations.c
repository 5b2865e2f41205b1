/* Simulations over the API: a change of policy tried on synthetic enterprises, or on facts that are
 * sent along. One at a time: it takes all processors for a second or so. */
#include <stdatomic.h>

#include "app/asked.h"
#include "base/file.h"
#include "batch/population.h"
#include "batch/rows_facts.h"
#include "batch/simulate.h"

enum { SYNTHETIC_MOST = 1000000, GIVEN_MOST = 10000, OPEN_ROWS = 1000, THREADS = 2 };
#define ASSUMPTIONS_BYTES ((size_t)4 << 20)

typedef struct asking {
    dx_worker *worker;
    const dx_request *request;
    dx_reply *reply;
    dx_diags diags;
    const dx_json *root;
    const dx_pack *pack;
    dx_options options;
    dx_reform reform;
    const dx_population *population; /* NULL: the enterprises were sent */
    dx_rows *rows;
    uint64_t n, seed;
    int64_t appropriation;
    dx_str by[DX_GROUPINGS_MOST + 1];
    uint32_t n_by;
    dx_str figure;
} asking;

static void fault(asking *a, const dx_json *node, dx_err code, dx_str x) {
    dx_diag_add(&a->diags, code, dx_json_place(&a->worker->arena, a->root, node), x, (dx_str){0},
                (dx_str){0});
}

/* A whole number from 0 to `most`; what *ret holds where it is left out. */
static void read_whole(asking *a, const dx_json *object, const char *key, int64_t most,
                       uint64_t *ret) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    dx_num num;
    int64_t value = -1;
    if (!node)
        return;
    if (node->kind == DX_JSON_NUMBER && dx_num_parse(&a->worker->arena, node->text, &num) &&
        dx_num_to_int64(num, &value) && value >= 0 && value <= most)
        *ret = (uint64_t)value;
    else
        fault(a, node, DX_E_REFORM_FIELD, dx_str_of(key));
}

static void read_appropriation(asking *a) {
    const dx_json *node = dx_json_get(a->root, DX_STR("appropriation"));
    dx_num num;
    a->appropriation = -1;
    if (!node)
        return;
    bool scalar = node->kind == DX_JSON_NUMBER || node->kind == DX_JSON_STRING;
    if (!scalar || !dx_num_parse(&a->worker->arena, node->text, &num) ||
        !dx_num_to_scaled(num, 2, &a->appropriation) || a->appropriation < 0)
        fault(a, node, DX_E_REFORM_FIELD, DX_STR("appropriation"));
}

static void read_by(asking *a) {
    const dx_json *node = dx_json_get(a->root, DX_STR("by"));
    bool good = !node || (node->kind == DX_JSON_ARRAY && node->n <= DX_GROUPINGS_MOST);
    for (size_t i = 0; good && node && i < node->n; i++) {
        good = node->items[i].kind == DX_JSON_STRING;
        a->by[a->n_by++] = node->items[i].text;
    }
    if (!good)
        fault(a, node, DX_E_REFORM_FIELD, DX_STR("by"));
}

/* What the enterprises are like: as the request says, or as the file of the pack does. */
static const dx_population *read_assumptions(asking *a) {
    dx_arena *arena = &a->worker->arena;
    const dx_json *node = dx_json_get(a->root, DX_STR("assumptions"));
    dx_buf own = {.arena = arena};
    dx_json_writer out = {.out = &own};
    dx_str text, path = dx_str_fmt(arena, "%.*s/population.json", DX_FMT(a->pack->dir));
    if (node) {
        dx_json_value(&out, node);
        return dx_population_read(arena, a->pack, dx_buf_str(&own), DX_STR("assumptions"),
                                  &a->diags);
    }
    if (!dx_file_read(arena, path, ASSUMPTIONS_BYTES, &text, &a->diags))
        return NULL;
    return dx_population_read(arena, a->pack, text, DX_STR("population.json"), &a->diags);
}

static void read_rows(asking *a) {
    const dx_json *list = dx_json_get(a->root, DX_STR("enterprises"));
    const dx_json *synthetic = dx_json_get(a->root, DX_STR("synthetic"));
    if (list && (list->kind != DX_JSON_ARRAY || list->n > GIVEN_MOST || synthetic)) {
        fault(a, list, DX_E_REFORM_FIELD, DX_STR("enterprises"));
    } else if (list) {
        a->rows = dx_rows_list(&a->worker->arena, a->pack, a->root, list);
    } else if ((a->population = read_assumptions(a)) != NULL) {
        a->n = dx_population_size(a->population);
        a->n = a->n < SYNTHETIC_MOST ? a->n : SYNTHETIC_MOST;
        a->seed = 1;
        read_whole(a, synthetic, "enterprises", SYNTHETIC_MOST, &a->n);
        read_whole(a, synthetic, "seed", INT64_MAX, &a->seed);
        a->rows = dx_population_rows(&a->worker->arena, a->population, a->n, a->seed);
    }
}

static void read_change(asking *a) {
    const dx_json *node = dx_json_get(a->root, DX_STR("reform"));
    if (node)
        (void)dx_reform_read(&a->worker->arena, a->pack, &a->options, a->root, node, (dx_str){0},
                             (dx_str){0}, &a->reform, &a->diags);
    else
        fault(a, a->root, DX_E_REFORM_FIELD, DX_STR("reform"));
}

static void put_result(asking *a, const dx_simulation *result) {
    dx_arena *arena = &a->worker->arena;
    dx_buf body = {.arena = arena};
    dx_json_writer out = {.out = &body};
    dx_json_open(&out, '{');
    dx_simulation_json(arena, result, a->appropriation, &out);
    if (a->population) {
        dx_json_text(&out, "seed", dx_str_fmt(arena, "%llu", (unsigned long long)a->seed));
        dx_json_key(&out, DX_STR("population"));
        dx_population_json(arena, a->population, a->n, &out);
    }
    dx_json_close(&out, '}');
    dx_reply_json(a->reply, &body);
}

static atomic_flag busy = ATOMIC_FLAG_INIT;

static bool simulate(asking *a, dx_simulation *ret) {
    dx_simulation_order order = {.pack = a->pack,
                                 .options = &a->options,
                                 .reform = &a->reform,
                                 .rows = a->rows,
                                 .by = a->by,
                                 .n_by = a->n_by,
                                 .figure = a->figure,
                                 .open_most = OPEN_ROWS,
                                 .threads = THREADS};
    dx_trap trap;
    volatile bool done = false;
    if (DX_TRAP(&a->worker->arena, &trap) == 0)
        done = dx_simulate(&a->worker->arena, &order, ret, &a->diags);
    dx_trap_end(&a->worker->arena, &trap);
    atomic_flag_clear(&busy);
    if (trap.code)
        dx_trap_raise(&a->worker->arena, trap.code);
    return (a->population || dx_rows_facts_good(a->rows, &a->diags)) && done;
}

/* Everything but pack, day and readings. */
static void read_order(asking *a, const dx_asked *asked) {
    const dx_json *open = dx_json_get(asked->root, DX_STR("open"));
    a->root = asked->root;
    a->pack = asked->pack;
    a->options = asked->options;
    if (asked->given)
        fault(a, asked->given, DX_E_API_UNKNOWN_KEY, DX_STR("facts"));
    if (open && open->kind != DX_JSON_STRING)
        fault(a, open, DX_E_REFORM_FIELD, DX_STR("open"));
    else if (open)
        a->figure = open->text;
    read_appropriation(a);
    read_by(a);
    read_change(a);
    read_rows(a);
}

void dx_op_simulate(dx_worker *worker, const dx_request *request, dx_reply *reply) {
    asking a = {.worker = worker, .request = request, .reply = reply};
    dx_asked asked = {0};
    dx_simulation result;
    if (!dx_asked_read(worker, request,
                       "reform synthetic enterprises assumptions by appropriation open", &asked,
                       reply))
        return;
    dx_diags_init(&a.diags, &worker->arena);
    read_order(&a, &asked);
    if (a.diags.errors) {
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &a.diags);
        return;
    }
    if (atomic_flag_test_and_set(&busy)) {
        dx_reply_problem(worker, request, reply, 503, DX_E_SIMULATE_BUSY, NULL);
        return;
    }
    if (simulate(&a, &result))
        put_result(&a, &result);
    else
        dx_reply_problem(worker, request, reply, 422, DX_E_API_REQUEST, &a.diags);
}
