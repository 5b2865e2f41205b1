/* The embedding API: runs, inputs and evaluation. The typed setters are on the way of every record:
 * a value whose input takes it without a check goes straight into its register. */
#include "api/api.h"
#include "dmn/input.h"

#define RUN_BYTES ((size_t)256 << 20)

/* --- traps and faults ----------------------------------------------------------------------------
 */

/* The engine was left in the middle of calls; none is under way any more. */
static void settle(duixian_run *run) {
    run->run->stack = run->run->frame + run->run->program->main->n_regs;
    run->run->depth = 0;
}

duixian_status dx_api_caught(duixian_run *run, dx_trap *trap) {
    dx_trap_end(&run->arena, trap);
    settle(run);
    return dx_api_status(trap->code);
}

duixian_status dx_api_end(duixian_run *run, dx_trap *trap, const dx_diags *faults) {
    if (faults->errors)
        dx_api_diags(&run->arena, faults, &run->diags);
    dx_trap_end(&run->arena, trap);
    return faults->errors ? DUIXIAN_REFUSED : DUIXIAN_OK;
}

const dx_json *dx_api_json(duixian_run *run, const char *text, size_t n, const char *name,
                           dx_diags *faults) {
    dx_str copy = dx_str_copy(&run->arena, dx_api_str(text, n));
    return dx_json_parse(&run->arena, copy, dx_str_of(name), faults);
}

/* --- facts --- */

static uint32_t pack_facts(const duixian_run *run) {
    return run->model->pack ? run->model->pack->n_facts : 0;
}

dx_str dx_api_fact(const duixian_run *run, uint32_t number) {
    uint32_t n = pack_facts(run);
    if (number < n)
        return run->model->pack->facts[number].path;
    return number - n < run->facts.n ? run->facts.v[number - n] : (dx_str){0};
}

static uint32_t fact_number(duixian_run *run, dx_str name) {
    uint32_t n = pack_facts(run);
    for (uint32_t i = 0; i < n; i++)
        if (dx_str_eq(run->model->pack->facts[i].path, name))
            return i;
    uint32_t number = dx_map_get(&run->fact_numbers, name);
    if (number != DX_MAP_NONE)
        return number;
    number = n + run->facts.n;
    dx_str copy = dx_str_copy(&run->arena, name);
    dx_vec_push(&run->arena, &run->facts, copy);
    dx_map_put(&run->arena, &run->fact_numbers, copy, number);
    return number;
}

/* Sets of causes of one length are joined faster: all of up to 64 facts have it. */
static dx_val unknown_by(void *context, dx_str fact) {
    duixian_run *run = context;
    uint32_t number = fact_number(run, fact), n = pack_facts(run);
    return dx_val_unknown(&run->arena, number, number < n ? n : number + 1);
}

/* --- runs --- */

static duixian_status start(duixian_run *run, const duixian_limits *limits) {
    dx_trap trap;
    if (DX_TRAP(&run->arena, &trap) == 0)
        run->run = dx_run_new(&run->model->dmn->program, &run->arena);
    dx_trap_end(&run->arena, &trap);
    if (!run->run)
        return dx_api_status(trap.code);
    if (run->n_elements) /* their registers lie side by side */
        run->values = &run->run->frame[run->model->dmn->nodes[0].slot];
    if (limits && limits->steps)
        run->run->steps_max = limits->steps;
    if (limits && limits->depth && limits->depth < run->run->depth_max)
        run->run->depth_max = limits->depth;
    return DUIXIAN_OK;
}

duixian_status duixian_run_new(const duixian_model *model, const duixian_limits *limits,
                               duixian_run **ret) {
    if (!model || !model->dmn || !ret)
        return DUIXIAN_ARGUMENT;
    *ret = NULL;
    size_t decided = (model->n_elements + 1) * sizeof(uint64_t);
    duixian_run *run = dx_malloc(sizeof *run + decided);
    if (!run)
        return DUIXIAN_MEMORY;
    memset(run, 0, sizeof *run + decided);
    run->decided = (uint64_t *)(run + 1);
    run->record = 1;
    run->model = (duixian_model *)model; /* its count of holders is all that ever changes */
    run->takes = model->takes;
    run->n_elements = model->n_elements;
    atomic_fetch_add(&run->model->holders, 1);
    size_t bytes = limits && limits->bytes ? limits->bytes : RUN_BYTES;
    dx_arena_init(&run->arena, bytes);
    dx_arena_init(&run->plans, bytes);
    duixian_status status = start(run, limits);
    if (status != DUIXIAN_OK)
        duixian_run_free(run);
    else
        *ret = run;
    return status;
}

void duixian_run_free(duixian_run *run) {
    if (!run)
        return;
    dx_run_free(run->run);
    dx_arena_done(&run->arena);
    dx_arena_done(&run->plans);
    dx_api_release(run->model);
    dx_free(run);
}

void duixian_run_reset(duixian_run *run) {
    if (!run)
        return;
    dx_arena_reset(&run->arena);
    dx_run_reset(run->run);
    if (run->n_elements) /* null is all zeros */
        memset(run->values, 0, run->n_elements * sizeof *run->values);
    if (run->facts.n) {
        memset(&run->facts, 0, sizeof run->facts);
        run->fact_numbers = (dx_map){0};
    }
    run->diags = (duixian_diags){0};
    run->last = NULL;
    run->record++;
}

duixian_status duixian_run_set_now(duixian_run *run, const char *instant) {
    dx_datetime now;
    if (!run || !instant || !dx_datetime_parse(dx_str_of(instant), &now))
        return DUIXIAN_ARGUMENT;
    run->run->now = now;
    run->run->has_now = true;
    return DUIXIAN_OK;
}

void duixian_run_set_trace(duixian_run *run, bool on) {
    if (run)
        run->run->tracing = on;
}

const duixian_diags *duixian_run_diags(const duixian_run *run) {
    return run ? &run->diags : NULL;
}

/* --- inputs --- */

/* The register of an input; NULL when the call is wrong. */
static inline dx_val *input_of(const duixian_run *run, uint32_t input) {
    if (!run || input >= run->n_elements || !(run->takes[input] & DX_API_INPUT))
        return NULL;
    return &run->values[input];
}

/* Whether it is an input that takes any value with this tag as it is. */
static inline bool takes(const duixian_run *run, uint32_t input, dx_tag tag) {
    return run && input < run->n_elements && (run->takes[input] & 1u << tag) != 0;
}

/* Tells that a value does not do for an input. */
static void refuse(duixian_run *run, uint32_t input, dx_err code, dx_diags *faults) {
    const dx_node_info *node = &run->model->dmn->nodes[input];
    dx_buf type = {.arena = &run->arena};
    dx_buf_add(&type, node->type->name);
    if (!type.n)
        dx_type_print(&type, node->type);
    dx_diag_add(faults, code, (dx_place){.element = node->name}, dx_buf_str(&type), (dx_str){0},
                (dx_str){0});
}

/* Puts v into the register of an input; a fault when its type does not let it. */
static void set_checked(duixian_run *run, uint32_t input, dx_val v, dx_diags *faults) {
    const dx_type *type = run->model->dmn->nodes[input].type;
    run->run->proc = NULL; /* a note of this would stand nowhere */
    dx_val conforming = dx_run_coerce(run->run, type, v);
    if (conforming.tag == DX_NULL && v.tag != DX_NULL)
        refuse(run, input, dx_type_has(type, v) ? DX_E_INPUT_VALUE : DX_E_INPUT_TYPE, faults);
    else
        *input_of(run, input) = conforming;
}

/* What a setter brings: a value, or what is still to be made one. */
typedef struct setting {
    dx_val v;
    dx_str text;
    int64_t i; /* a number, where there is no text */
    uint32_t decimals;
    dx_tag kind; /* DX_NUM, DX_STRING, DX_DATE for any temporal one; DX_NULL: `v` as it is */
} setting;

static bool read_temporal(dx_arena *arena, dx_str s, dx_val *ret) {
    dx_date date;
    dx_time time;
    dx_datetime datetime;
    dx_dtdur days;
    int64_t months;
    if (dx_date_parse(s, &date))
        *ret = dx_val_date(date);
    else if (dx_datetime_parse(s, &datetime))
        *ret = dx_val_datetime(arena, datetime);
    else if (dx_time_parse(s, &time))
        *ret = dx_val_time(arena, time);
    else if (dx_dtdur_parse(s, &days))
        *ret = dx_val_dtdur(days);
    else if (dx_ymdur_parse(s, &months))
        *ret = dx_val_months(months);
    else
        return false;
    return true;
}

static bool read_setting(dx_arena *arena, const setting *s, dx_val *ret) {
    dx_num num;
    *ret = s->v;
    if (s->kind == DX_STRING) {
        if (s->text.n > UINT32_MAX)
            dx_trap_raise(arena, DX_E_LIMIT_BYTES);
        *ret = dx_val_str(dx_str_copy(arena, s->text));
    } else if (s->kind == DX_NUM) {
        num = dx_num_scaled(arena, s->i, s->decimals);
        if (s->text.p && !dx_num_parse(arena, s->text, &num))
            return false;
        *ret = dx_val_num(num);
    } else if (s->kind == DX_DATE) {
        return read_temporal(arena, s->text, ret);
    }
    return true;
}

static duixian_status set(duixian_run *run, uint32_t input, const setting *s) {
    dx_trap trap;
    dx_diags faults;
    dx_val v;
    if (!input_of(run, input))
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_diags_init(&faults, &run->arena);
    if (!read_setting(&run->arena, s, &v))
        refuse(run, input, DX_E_INPUT_TYPE, &faults);
    else if (takes(run, input, (dx_tag)v.tag))
        *input_of(run, input) = v;
    else
        set_checked(run, input, v, &faults);
    return dx_api_end(run, &trap, &faults);
}

duixian_status duixian_set_null(duixian_run *run, uint32_t input) {
    dx_val *slot = input_of(run, input);
    if (!slot)
        return DUIXIAN_ARGUMENT;
    *slot = DX_VAL_NULL;
    return DUIXIAN_OK;
}

duixian_status duixian_set_unknown(duixian_run *run, uint32_t input, const char *fact) {
    dx_trap trap;
    dx_val *slot = input_of(run, input);
    if (!slot)
        return DUIXIAN_ARGUMENT;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    *slot = unknown_by(run, fact ? dx_str_of(fact) : run->model->dmn->nodes[input].name);
    dx_trap_end(&run->arena, &trap);
    return DUIXIAN_OK;
}

static DX_APART duixian_status set_value(duixian_run *run, uint32_t input, dx_val v) {
    return set(run, input, &(setting){.v = v});
}

static DX_APART duixian_status set_decimal(duixian_run *run, uint32_t input, int64_t value,
                                           uint32_t decimals) {
    return set(run, input, &(setting){.i = value, .decimals = decimals, .kind = DX_NUM});
}

static DX_APART duixian_status set_text(duixian_run *run, uint32_t input, const char *text,
                                        size_t n, dx_tag kind) {
    if (!text)
        return DUIXIAN_ARGUMENT;
    return set(run, input, &(setting){.text = dx_api_str(text, n), .kind = kind});
}

duixian_status duixian_set_boolean(duixian_run *run, uint32_t input, bool value) {
    if (!takes(run, input, DX_BOOL))
        return set_value(run, input, dx_val_bool(value));
    run->values[input] = dx_val_bool(value);
    return DUIXIAN_OK;
}

duixian_status duixian_set_int64(duixian_run *run, uint32_t input, int64_t value,
                                 uint32_t decimals) {
    bool small = value >= -DX_NUM_COEF_MAX && value <= DX_NUM_COEF_MAX;
    if (decimals > 100)
        return DUIXIAN_ARGUMENT;
    if (!small || !takes(run, input, DX_NUM))
        return set_decimal(run, input, value, decimals);
    run->values[input] = dx_val_num(dx_num_pack(value, -(int)decimals));
    return DUIXIAN_OK;
}

duixian_status duixian_set_number(duixian_run *run, uint32_t input, const char *text, size_t n) {
    return set_text(run, input, text, n, DX_NUM);
}

duixian_status duixian_set_temporal(duixian_run *run, uint32_t input, const char *text, size_t n) {
    return set_text(run, input, text, n, DX_DATE);
}

static DX_APART duixian_status set_terminated(duixian_run *run, uint32_t input, const char *text) {
    return duixian_set_string(run, input, text, strlen(text));
}

/* A short string into an arena that has room for it needs no trap. */
duixian_status duixian_set_string(duixian_run *run, uint32_t input, const char *text, size_t n) {
    enum { SHORT = 64 };
    if (n == DUIXIAN_Z && text)
        return set_terminated(run, input, text);
    if (!text || n > SHORT || !takes(run, input, DX_STRING) ||
        run->arena.end - run->arena.next < SHORT)
        return set_text(run, input, text, n, DX_STRING);
    char *copy = dx_alloc(&run->arena, n);
    dx_bytes_copy(copy, text, n);
    run->values[input] = dx_val_str((dx_str){copy, n});
    return DUIXIAN_OK;
}

/* --- inputs as JSON --- */

static void set_node(duixian_run *run, const dx_input_reader *reader, uint32_t input,
                     const dx_json *json) {
    const dx_node_info *node = &run->model->dmn->nodes[input];
    uint32_t errors = reader->diags->errors;
    dx_val v = dx_input_read(reader, json, node->type, node->name);
    if (reader->diags->errors == errors)
        *input_of(run, input) = v;
}

static dx_str input_list(const duixian_run *run) {
    dx_buf list = {.arena = run->run->arena};
    for (uint32_t i = 0; i < run->model->n_elements; i++) {
        if (run->model->elements[i].kind != DUIXIAN_INPUT)
            continue;
        dx_buf_addz(&list, list.n ? ", " : "");
        dx_buf_addz(&list, run->model->elements[i].name);
    }
    return dx_buf_str(&list);
}

static void set_members(duixian_run *run, const dx_input_reader *reader, const dx_json *json) {
    if (json->kind != DX_JSON_OBJECT) {
        dx_diag_add(reader->diags, DX_E_INPUT_OBJECT, dx_json_place(&run->arena, json, json),
                    (dx_str){0}, (dx_str){0}, (dx_str){0});
        return;
    }
    for (size_t i = 0; i < json->n; i++) {
        const dx_json *member = &json->items[i];
        const char *name = dx_str_z(&run->arena, member->key);
        uint32_t at = duixian_model_find(run->model, DUIXIAN_INPUT, NULL, name);
        if (at == DUIXIAN_NONE)
            dx_input_refuse_key(reader, DX_E_INPUT_UNKNOWN, member, input_list(run));
        else
            set_node(run, reader, at, member);
    }
}

/* One input, or with DUIXIAN_NONE each that the object names. */
static duixian_status set_json(duixian_run *run, uint32_t input, const char *json, size_t n) {
    dx_trap trap;
    dx_diags faults;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_diags_init(&faults, &run->arena);
    run->run->proc = NULL;
    const dx_json *root = dx_api_json(run, json, n, "", &faults);
    dx_input_reader reader = {run->run, &faults, root, unknown_by, run};
    if (root && input != DUIXIAN_NONE)
        set_node(run, &reader, input, root);
    else if (root)
        set_members(run, &reader, root);
    return dx_api_end(run, &trap, &faults);
}

duixian_status duixian_set_json(duixian_run *run, uint32_t input, const char *json, size_t n) {
    if (!json || !input_of(run, input))
        return DUIXIAN_ARGUMENT;
    return set_json(run, input, json, n);
}

duixian_status duixian_set_inputs(duixian_run *run, const char *json, size_t n) {
    return run && json ? set_json(run, DUIXIAN_NONE, json, n) : DUIXIAN_ARGUMENT;
}

/* --- evaluation --- */

void dx_api_begin(duixian_run *run) {
    dx_run *r = run->run;
    r->steps = 0;
    r->notes = NULL;
    r->last_note = &r->notes;
    r->tables = NULL;
    r->last_table = &r->tables;
    r->proc = NULL;
}

/* Works out what a set of decisions needs, unless it is the one of the call before. */
static duixian_status plan(duixian_run *run, const uint32_t *decisions, size_t n) {
    dx_trap trap;
    size_t bytes = n * sizeof *decisions;
    if (run->wanted && run->n_wanted == n && memcmp(run->wanted, decisions, bytes) == 0)
        return DUIXIAN_OK;
    run->wanted = NULL;
    dx_arena_reset(&run->plans);
    if (DX_TRAP(&run->plans, &trap)) {
        dx_trap_end(&run->plans, &trap);
        return dx_api_status(trap.code);
    }
    dx_plan_make(&run->plans, &run->plan, run->model->dmn, decisions, (uint32_t)n);
    uint32_t *wanted = dx_alloc(&run->plans, bytes);
    memcpy(wanted, decisions, bytes);
    dx_trap_end(&run->plans, &trap);
    run->wanted = wanted;
    run->n_wanted = n;
    return DUIXIAN_OK;
}

static void mark(duixian_run *run, const dx_plan *what, uint64_t record) {
    for (uint32_t i = 0; i < what->n; i++)
        run->decided[what->decisions[i]] = record;
}

static duixian_status evaluate(duixian_run *run, const dx_plan *what) {
    dx_trap trap;
    dx_api_begin(run);
    run->last = NULL;
    if (DX_TRAP(&run->arena, &trap)) {
        mark(run, what, 0);
        return dx_api_caught(run, &trap);
    }
    dx_plan_run(run->run, what);
    dx_trap_end(&run->arena, &trap);
    mark(run, what, run->record);
    run->last = what;
    return DUIXIAN_OK;
}

duixian_status duixian_evaluate(duixian_run *run, const uint32_t *decisions, size_t n) {
    if (!run || (n && !decisions) || n > run->model->n_elements)
        return DUIXIAN_ARGUMENT;
    if (!n)
        return evaluate(run, &run->model->all);
    for (size_t i = 0; i < n; i++)
        if (decisions[i] >= run->model->n_elements ||
            run->model->elements[decisions[i]].kind != DUIXIAN_DECISION)
            return DUIXIAN_ARGUMENT;
    run->last = NULL; /* it may be the plan that is made anew */
    duixian_status status = plan(run, decisions, n);
    return status == DUIXIAN_OK ? evaluate(run, &run->plan) : status;
}

const duixian_value *duixian_result(const duixian_run *run, uint32_t element) {
    if (!run || element >= run->n_elements)
        return NULL;
    bool held = run->decided[element] == run->record || run->takes[element] & DX_API_INPUT;
    return held ? (const duixian_value *)&run->values[element] : NULL;
}

/* --- calls
 * -----------------------------------------------------------------------------------------------
 */

static dx_str param_list(const duixian_run *run, const dx_proc *proc) {
    dx_buf list = {.arena = run->run->arena};
    for (uint32_t i = 0; i < proc->n_params; i++) {
        dx_buf_addz(&list, i ? ", " : "");
        dx_buf_add(&list, proc->params[i]);
    }
    return dx_buf_str(&list);
}

static void read_arguments(const duixian_run *run, const dx_input_reader *reader,
                           const dx_proc *proc, dx_val *args) {
    const dx_json *json = reader->root;
    if (json->kind != DX_JSON_OBJECT)
        dx_diag_add(reader->diags, DX_E_INPUT_OBJECT, dx_json_place(run->run->arena, json, json),
                    (dx_str){0}, (dx_str){0}, (dx_str){0});
    for (size_t i = 0; json->kind == DX_JSON_OBJECT && i < json->n; i++) {
        const dx_json *member = &json->items[i];
        uint32_t at = 0;
        while (at < proc->n_params && !dx_str_eq(proc->params[at], member->key))
            at++;
        if (at == proc->n_params)
            dx_input_refuse_key(reader, DX_E_INPUT_KEY, member, param_list(run, proc));
        else
            args[at] = dx_input_read(reader, member, proc->types[at], proc->params[at]);
    }
}

duixian_status duixian_call(duixian_run *run, uint32_t function, const char *json, size_t n,
                            const duixian_value **ret) {
    dx_trap trap;
    dx_diags faults;
    if (!run || !json || !ret || function >= run->model->n_elements)
        return DUIXIAN_ARGUMENT;
    dx_val fn = run->model->dmn->nodes[function].function;
    if (fn.tag != DX_FUNCTION || !fn.u.function->proc)
        return DUIXIAN_ARGUMENT;
    dx_api_begin(run);
    run->last = NULL;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_diags_init(&faults, &run->arena);
    const dx_proc *proc = fn.u.function->proc;
    dx_val *args = DX_NEW_ARRAY(&run->arena, dx_val, proc->n_params + 1);
    duixian_value *result = DX_NEW(&run->arena, duixian_value);
    const dx_json *root = dx_api_json(run, json, n, "", &faults);
    dx_input_reader reader = {run->run, &faults, root, unknown_by, run};
    if (root)
        read_arguments(run, &reader, proc, args);
    if (!faults.errors)
        result->v = dx_dmn_call(run->run, run->model->dmn, function, args, proc->n_params);
    duixian_status status = dx_api_end(run, &trap, &faults);
    if (status == DUIXIAN_OK)
        *ret = result;
    return status;
}
