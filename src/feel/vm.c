/* The row interpreter: executes procedures one instruction after another, on tagged values. The
 * common case of an instruction (two numbers, a context of the expected shape) stands in the loop;
 * everything else, unknown and null among it, is in ops.c, loop.c, table.c and coerce.c. */
#include "feel/loop.h"
#include "feel/native.h"

enum {
    STACK_VALUES = 1 << 16,
    DEPTH_MAX = 600,
    STEPS_MAX = 10 * 1000 * 1000,
};

/* --- a run ----------------------------------------------------------------------------------- */

/* Registers for as many calls inside one another of the procedure that has most of them. */
static size_t stack_values(const dx_program *program, uint32_t depth_max) {
    uint64_t most = program->main->n_regs;
    for (uint32_t i = 0; i < program->n_procs; i++)
        most = program->procs[i]->n_regs > most ? program->procs[i]->n_regs : most;
    return most * depth_max < STACK_VALUES ? (size_t)(most * depth_max) : STACK_VALUES;
}

dx_run *dx_run_new(const dx_program *program, dx_arena *arena) {
    return dx_run_new_shallow(program, arena, DEPTH_MAX);
}

dx_run *dx_run_new_shallow(const dx_program *program, dx_arena *arena, uint32_t depth_max) {
    dx_run *run = dx_malloc(sizeof *run);
    if (!run)
        dx_trap_raise(arena, DX_E_MEMORY);
    *run = (dx_run){
        .program = program, .arena = arena, .depth_max = depth_max, .steps_max = STEPS_MAX};
    size_t values = stack_values(program, depth_max);
    run->frame = dx_malloc((program->main->n_regs + values) * sizeof(dx_val));
    if (!run->frame) {
        dx_free(run);
        dx_trap_raise(arena, DX_E_MEMORY);
    }
    for (uint32_t i = 0; i < program->main->n_regs; i++)
        run->frame[i] = DX_VAL_NULL;
    memcpy(run->frame, program->main->consts, program->main->n_consts * sizeof(dx_val));
    run->stack = run->frame + program->main->n_regs;
    run->stack_end = run->stack + values;
    run->call = (dx_call){.arena = arena, .run = run};
    dx_run_reset(run);
    return run;
}

void dx_run_free(dx_run *run) {
    if (!run)
        return;
    dx_free(run->frame);
    dx_free(run);
}

void dx_run_reset(dx_run *run) {
    run->stack = run->frame + run->program->main->n_regs;
    run->depth = 0;
    run->steps = 0;
    run->notes = NULL;
    run->last_note = &run->notes;
    run->tables = NULL;
    run->last_table = &run->tables;
    run->call.regexes = NULL; /* was in the arena of the last evaluation */
}

bool dx_run_now(dx_run *run, dx_datetime *ret) {
    if (run->has_now)
        *ret = run->now;
    return run->has_now;
}

dx_val dx_run_null(dx_run *run, dx_err code, dx_str a, dx_str b) {
    if (!run->tracing)
        return DX_VAL_NULL;
    dx_note *note = DX_NEW(run->arena, dx_note);
    note->code = code;
    if (run->proc && run->at)
        note->span = run->proc->spans[run->at - run->proc->code];
    note->args[0] = a;
    note->args[1] = b;
    *run->last_note = note;
    run->last_note = &note->next;
    return DX_VAL_NULL;
}

dx_val dx_call_null(dx_call *call, dx_err code, dx_str a, dx_str b) {
    return dx_run_null(call->run, code, a, b);
}

bool dx_call_notes(const dx_call *call) {
    return call->run->tracing;
}

static dx_val unknown_of(dx_run *run, const dx_val *args, uint32_t n) {
    dx_val causes = DX_VAL_NULL;
    for (uint32_t i = 0; i < n; i++)
        if (dx_val_uncertain(args[i]))
            causes = dx_val_unknown_join(run->arena, causes, args[i]);
    return causes;
}

/* What a function closes over is not among the causes inside it, but which of two it is decides
 * whether that matters. */
static dx_val closed_over(dx_run *run, dx_val v) {
    bool closure = v.tag == DX_FUNCTION && v.u.function->proc;
    return closure ? unknown_of(run, v.u.function->captures, v.u.function->n) : DX_VAL_NULL;
}

dx_val dx_run_join(dx_run *run, dx_val condition, dx_val a, dx_val b) {
    if (!dx_val_uncertain(a) && dx_val_same(a, b))
        return a;
    dx_val causes = dx_val_unknown_join(run->arena, condition, a);
    causes = dx_val_unknown_join(run->arena, causes, closed_over(run, a));
    causes = dx_val_unknown_join(run->arena, causes, closed_over(run, b));
    return dx_val_unknown_join(run->arena, causes, b);
}

/* --- logic ----------------------------------------------------------------------------------- */

/* Kleene: the deciding value wins over unknown, unknown over null. */
static __attribute__((noinline)) dx_val logic(dx_run *run, dx_val a, dx_val b, bool deciding) {
    if ((a.tag == DX_BOOL && a.u.b == deciding) || (b.tag == DX_BOOL && b.u.b == deciding))
        return dx_val_bool(deciding);
    if (a.tag == DX_BOOL && b.tag == DX_BOOL)
        return dx_val_bool(!deciding);
    if (a.tag == DX_UNKNOWN || b.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, a.tag == DX_UNKNOWN ? a : DX_VAL_NULL,
                                   b.tag == DX_UNKNOWN ? b : DX_VAL_NULL);
    return DX_VAL_NULL;
}

/* A note of the operator and the types that it met. */
static __attribute__((noinline)) dx_val refuse(dx_run *run, dx_err code, const char *op, dx_val a,
                                               dx_val b) {
    if (!run->tracing)
        return DX_VAL_NULL;
    return dx_run_null(
        run, code, dx_str_of(op),
        dx_str_fmt(run->arena, "%s, %s", dx_tag_name((dx_tag)a.tag), dx_tag_name((dx_tag)b.tag)));
}

static dx_val and_or(dx_run *run, dx_val a, dx_val b, bool deciding) {
    dx_val v = logic(run, a, b, deciding);
    return v.tag != DX_NULL ? v
                            : refuse(run, DX_E_FEEL_EVAL_OPERANDS, deciding ? "or" : "and", a, b);
}

static dx_val equals(dx_run *run, const char *op, dx_val a, dx_val b) {
    dx_val v = dx_val_equal(run->arena, a, b);
    return v.tag != DX_NULL ? v : refuse(run, DX_E_FEEL_EVAL_NOT_COMPARABLE, op, a, b);
}

static dx_val negated(dx_val v) {
    if (v.tag == DX_BOOL)
        return dx_val_bool(!v.u.b);
    return v.tag == DX_UNKNOWN ? v : DX_VAL_NULL;
}

static dx_val not_equal(dx_run *run, dx_val a, dx_val b) {
    return negated(equals(run, "!=", a, b));
}

static dx_val between(dx_run *run, dx_val v, const dx_val *bounds) {
    dx_val low = dx_op_compare(&run->call, DX_OP_GE, v, bounds[0]);
    dx_val high = dx_op_compare(&run->call, DX_OP_LE, v, bounds[1]);
    return logic(run, low, high, false);
}

/* A value of a unary test (DMN 1.5 table 54): v equals it, lies in it when it is a range, or meets
 * one of its elements when it is a list. */
dx_val dx_run_test(dx_run *run, dx_val v, dx_val test) {
    if (test.tag == DX_RANGE && v.tag != DX_RANGE)
        return dx_op_in_range(&run->call, v, test);
    if (test.tag != DX_LIST)
        return dx_val_equal(run->arena, v, test);
    bool may_equal = v.tag == DX_LIST || v.tag == DX_UNKNOWN;
    dx_val verdict = may_equal ? dx_val_equal(run->arena, v, test) : dx_val_bool(false);
    for (uint32_t i = 0; i < test.n && !dx_val_is_true(verdict); i++) {
        dx_val item = test.u.items[i];
        dx_val one = item.tag == DX_RANGE && v.tag != DX_RANGE ? dx_op_in_range(&run->call, v, item)
                                                               : dx_val_equal(run->arena, v, item);
        if (one.tag != DX_NULL) /* another kind of value is simply not this one */
            verdict = logic(run, verdict, one, true);
    }
    return verdict;
}

static dx_val test_by_range(dx_run *run, dx_val v, dx_val range) {
    if (range.tag == DX_RANGE)
        return dx_run_test(run, v, range);
    return range.tag == DX_UNKNOWN ? dx_val_unknown_join(run->arena, v, range) : DX_VAL_NULL;
}

static dx_val test_of_subject(dx_run *run, dx_val v, dx_val verdict) {
    if (verdict.tag == DX_BOOL || verdict.tag == DX_UNKNOWN || verdict.tag == DX_NULL)
        return verdict;
    return dx_run_test(run, v, verdict);
}

/* --- contexts and functions --------------------------------------------------------------------
 */

static dx_val slot(dx_run *run, dx_val object, uint32_t key) {
    const dx_shape *shape = run->program->shapes[key >> 16];
    return dx_op_path(&run->call, object, shape->keys[key & 0xffff]);
}

/* What is unknown inside a value counts as of the type, so that only false is certain where the
 * type looks inside. */
static dx_val instance_of(dx_run *run, dx_val v, const dx_type *type) {
    if (v.tag == DX_UNKNOWN)
        return v;
    bool has = dx_type_has(type, v);
    bool looks_inside = type->n > 0 || (type->elem && type->elem->kind != DX_T_ANY);
    return has && v.unknown && looks_inside ? dx_val_unknown_join(run->arena, v, DX_VAL_NULL)
                                            : dx_val_bool(has);
}

static dx_val make_range(dx_run *run, const dx_val *bounds, uint32_t flags) {
    int order;
    dx_val low = bounds[0], high = bounds[1];
    if (low.tag == DX_UNKNOWN || high.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, low, high);
    bool low_missing = low.tag == DX_NULL && !(flags & DX_RANGE_NO_LOW);
    bool high_missing = high.tag == DX_NULL && !(flags & DX_RANGE_NO_HIGH);
    bool both = low.tag != DX_NULL && high.tag != DX_NULL;
    if (low_missing || high_missing || (both && (!dx_val_order(low, high, &order) || order > 0)))
        return dx_run_null(run, DX_E_FEEL_EVAL_RANGE_BOUNDS,
                           dx_str_of(dx_tag_name((dx_tag)low.tag)),
                           dx_str_of(dx_tag_name((dx_tag)high.tag)));
    if (flags >> 8)
        return dx_val_range_by(run->arena, (uint8_t)(flags >> 8),
                               flags & DX_RANGE_NO_LOW ? high : low);
    return dx_val_range(run->arena, low, flags & DX_F_LOW_CLOSED, high, flags & DX_F_HIGH_CLOSED);
}

static dx_val make_list(dx_run *run, const dx_val *values, uint32_t n) {
    dx_val *items = dx_alloc(run->arena, (size_t)(n + 1) * sizeof *items);
    memcpy(items, values, (size_t)n * sizeof *items);
    return dx_val_list(items, n);
}

static dx_val make_function(dx_run *run, const dx_val *captured, uint32_t number) {
    const dx_proc *proc = run->program->procs[number];
    dx_function *fn = dx_alloc(run->arena, sizeof *fn + (size_t)proc->n_captures * sizeof(dx_val));
    fn->proc = proc;
    fn->builtin = 0;
    fn->n = proc->n_captures;
    memcpy(fn->captures, captured, (size_t)fn->n * sizeof(dx_val));
    return (dx_val){.tag = DX_FUNCTION, .u.function = fn};
}

/* A list of one where a function takes no list is its element (DMN 1.5 §10.3.2.9.4). Which
 * parameters are lists the function knows: it is asked again when it could not do with the list. */
static dx_val retry_unwrapped(dx_run *run, const dx_builtin *builtin, const dx_val *args,
                              uint32_t n) {
    enum { ARGS_MAX = 4 };
    dx_val unwrapped[ARGS_MAX];
    bool any = false;
    for (uint32_t i = 0; i < n && n <= ARGS_MAX; i++) {
        bool single = args[i].tag == DX_LIST && args[i].n == 1;
        unwrapped[i] = single ? args[i].u.items[0] : args[i];
        any |= single;
        if (single && unwrapped[i].tag == DX_NULL && !dx_builtin_takes_null(builtin, i))
            return DX_VAL_NULL;
    }
    return any ? builtin->fn(&run->call, unwrapped, n) : DX_VAL_NULL;
}

/* Calls a built-in, with the behaviour on null and unknown arguments that its row declares. */
static dx_val call_builtin(dx_run *run, uint32_t index, const dx_val *args, uint32_t n) {
    const dx_builtin *builtin = &dx_builtins[index];
    bool uncertain = false;
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].tag == DX_NULL && !dx_builtin_takes_null(builtin, i))
            return !run->tracing
                       ? DX_VAL_NULL
                       : dx_run_null(run, DX_E_FEEL_EVAL_NULL_ARGUMENT, dx_str_of(builtin->name),
                                     dx_str_fmt(run->arena, "%u", i + 1));
        uncertain |= dx_val_uncertain(args[i]);
    }
    if (uncertain && builtin->on_unknown == DX_U_STRICT)
        return unknown_of(run, args, n);
    dx_note **noted = run->last_note;
    dx_val result = builtin->fn(&run->call, args, n);
    if (result.tag == DX_NULL) {
        result = retry_unwrapped(run, builtin, args, n);
        if (result.tag != DX_NULL) { /* then the first reason was none */
            run->last_note = noted;
            *noted = NULL;
        }
    }
    return result;
}

/* Calls a procedure with arguments that may not conform: then no call takes place (DMN 1.5 table
 * 61), or, of a decision service, the parameter is null. With an argument of which nobody can say
 * yet the result is what the call gives or null. */
static dx_val call_coerced(dx_run *run, const dx_proc *proc, const dx_val *captures,
                           const dx_val *args, uint32_t n) {
    if (n != proc->n_params)
        return dx_run_call(run, proc, captures, args, n);
    dx_val *params = dx_alloc(run->arena, (n + 1) * sizeof *params), cause = DX_VAL_NULL;
    for (uint32_t i = 0; i < n; i++) {
        params[i] = dx_run_coerce(run, proc->types[i], args[i]);
        if (proc->takes_null)
            continue;
        if (params[i].tag == DX_NULL && args[i].tag != DX_NULL)
            return DX_VAL_NULL;
        if (params[i].tag == DX_UNKNOWN && proc->types[i]->kind != DX_T_ANY)
            cause = dx_val_unknown_join(run->arena, cause, params[i]);
    }
    dx_val result = dx_run_call(run, proc, captures, params, n);
    return cause.tag == DX_UNKNOWN ? dx_run_join(run, cause, result, DX_VAL_NULL) : result;
}

static dx_val call_value(dx_run *run, dx_val fn, const dx_val *args, uint32_t n) {
    if (fn.tag == DX_UNKNOWN)
        return dx_val_unknown_join(run->arena, fn, unknown_of(run, args, n));
    if (fn.tag != DX_FUNCTION)
        return dx_run_null(run, DX_E_FEEL_EVAL_NOT_FUNCTION, dx_str_of(dx_tag_name((dx_tag)fn.tag)),
                           (dx_str){0});
    const dx_function *function = fn.u.function;
    if (function->proc)
        return call_coerced(run, function->proc, function->captures, args, n);
    if (!dx_builtin_takes(&dx_builtins[function->builtin], n))
        return dx_run_null(run, DX_E_FEEL_EVAL_CALL, dx_str_of(dx_builtins[function->builtin].name),
                           (dx_str){0});
    return call_builtin(run, function->builtin, args, n);
}

dx_val dx_call_function(dx_call *call, dx_val function, const dx_val *args, uint32_t n) {
    return call_value(call->run, function, args, n);
}

static dx_val call_named(dx_run *run, dx_val fn, const dx_val *args, const dx_shape *names) {
    if (fn.tag != DX_FUNCTION)
        return call_value(run, fn, args, names->n);
    const dx_proc *proc = fn.u.function->proc;
    uint32_t n = names->n;
    uint32_t *to = dx_alloc(run->arena, (n + 1) * sizeof *to);
    if (!proc) {
        if (dx_builtin_name_args(&dx_builtins[fn.u.function->builtin], names->keys, n, to, &n) == 0)
            n = UINT32_MAX;
    } else {
        for (uint32_t i = 0; i < names->n; i++) {
            to[i] = 0;
            while (to[i] < proc->n_params && !dx_str_eq(proc->params[to[i]], names->keys[i]))
                to[i]++;
            if (to[i] == proc->n_params)
                n = UINT32_MAX;
        }
    }
    if (n == UINT32_MAX)
        return dx_run_null(run, DX_E_FEEL_EVAL_CALL, proc ? proc->name : (dx_str){0}, (dx_str){0});
    dx_val *placed = DX_NEW_ARRAY(run->arena, dx_val, n + 1);
    for (uint32_t i = 0; i < names->n; i++)
        placed[to[i]] = args[i];
    return call_value(run, fn, placed, n);
}

#define NOINLINE __attribute__((noinline)) /* keeps the loop's own variables in registers */

static NOINLINE bool same_bytes(const dx_val *a, const dx_val *b) {
    return dx_bytes_eq(a->u.s, b->u.s, a->n);
}

/* Equality where it needs no more than a look: simple values of one kind, and null. */
static inline bool equal_at_sight(const dx_val *a, const dx_val *b, bool *ret) {
    if (a->tag == DX_STRING && b->tag == DX_STRING)
        *ret = a->n == b->n && same_bytes(a, b);
    else if (a->tag == DX_BOOL && b->tag == DX_BOOL)
        *ret = a->u.b == b->u.b;
    else if (a->tag == DX_NUM && b->tag == DX_NUM)
        *ret = dx_num_cmp(a->u.num, b->u.num) == 0;
    else if ((a->tag == DX_NULL) != (b->tag == DX_NULL) && a->tag != DX_UNKNOWN &&
             b->tag != DX_UNKNOWN)
        *ret = false;
    else
        return false;
    return true;
}

/* Unary tests that are all constants: any of a list of strings, numbers or booleans. */
static NOINLINE dx_val test_any(dx_run *run, const dx_val *v, const dx_val *list) {
    dx_val verdict = dx_val_bool(false);
    const dx_val *item = list->u.items, *end = item + list->n;
    bool equal;
    if (v->tag == DX_UNKNOWN)
        return *v;
    for (; v->tag == DX_STRING && item < end && item->tag == DX_STRING; item++)
        if (v->n == item->n && dx_bytes_eq(v->u.s, item->u.s, v->n))
            return dx_val_bool(true);
    for (; item < end; item++)
        if (!equal_at_sight(v, item, &equal))
            verdict = logic(run, verdict, dx_run_test(run, *v, *item), true);
        else if (equal)
            return dx_val_bool(true);
    return verdict;
}

/* --- the loop --------------------------------------------------------------------------------- */

static dx_val execute(dx_run *run, const dx_proc *proc, dx_val *R, uint32_t start) {
    static const void *const labels[] = {
#define X(name, operands) &&op_##name,
#include "feel/opcode.def"
#undef X
    };
    const dx_insn *I = proc->code + start; /* few locals: they stay in registers of the machine */
    uint32_t next;
    run->proc = proc;
#define A R[I->a]
#define B R[I->b]
#define C R[I->c]
#define GO goto *labels[I->op]
#define NEXT_INSN \
    do { \
        I++; \
        GO; \
    } while (0)
#define JUMP_C \
    do { \
        I += (int32_t)I->c; \
        GO; \
    } while (0)
/* Before anything that may note why a value is null. */
#define SLOW (run->at = I)
#define ARITHMETIC(NAME, fast, slow) \
    op_##NAME : { \
        dx_num result; \
        if (B.tag == DX_NUM && C.tag == DX_NUM && fast(run->arena, B.u.num, C.u.num, &result)) { \
            A = dx_val_num(result); \
            NEXT_INSN; \
        } \
        SLOW; \
        A = slow(&run->call, B, C); \
        NEXT_INSN; \
    }
#define COMPARISON(NAME, relation) \
    op_##NAME : { \
        if (B.tag == DX_NUM && C.tag == DX_NUM) { \
            A = dx_val_bool(dx_num_cmp(B.u.num, C.u.num) relation 0); \
            NEXT_INSN; \
        } \
        SLOW; \
        A = dx_op_compare(&run->call, DX_OP_##NAME, B, C); \
        NEXT_INSN; \
    }
    GO;

op_MOVE:
    A = B;
    NEXT_INSN;
op_LIST:
    A = make_list(run, &B, I->c);
    NEXT_INSN;
op_CONTEXT:
    A = dx_val_context(run->arena, run->program->shapes[I->c], &B);
    NEXT_INSN;
op_RANGE:
    SLOW;
    A = make_range(run, &B, I->c);
    NEXT_INSN;
op_FUNCTION:
    A = make_function(run, &B, I->c);
    NEXT_INSN;
op_SELF:
    ((dx_function *)A.u.function)->captures[I->b] = A;
    NEXT_INSN;

    ARITHMETIC(ADD, dx_num_add, dx_op_add)
    ARITHMETIC(SUB, dx_num_sub, dx_op_sub)
    ARITHMETIC(MUL, dx_num_mul, dx_op_mul)
    ARITHMETIC(DIV, dx_num_div, dx_op_div)
op_POW:
    SLOW;
    A = dx_op_pow(&run->call, B, C);
    NEXT_INSN;
op_NEG:
    SLOW;
    A = dx_op_negate(&run->call, B);
    NEXT_INSN;
op_EQ : {
    bool equal;
    if (equal_at_sight(&B, &C, &equal)) {
        A = dx_val_bool(equal);
        NEXT_INSN;
    }
    if (B.tag == DX_UNKNOWN && !dx_val_uncertain(C)) {
        A = B;
        NEXT_INSN;
    }
    SLOW;
    A = equals(run, "=", B, C);
    NEXT_INSN;
}
op_NE : {
    bool equal;
    if (equal_at_sight(&B, &C, &equal)) {
        A = dx_val_bool(!equal);
        NEXT_INSN;
    }
    SLOW;
    A = not_equal(run, B, C);
    NEXT_INSN;
}
    COMPARISON(LT, <)
    COMPARISON(LE, <=)
    COMPARISON(GT, >)
    COMPARISON(GE, >=)
op_AND : {
    if (B.tag == DX_BOOL && C.tag == DX_BOOL) {
        A = dx_val_bool(B.u.b && C.u.b);
        NEXT_INSN;
    }
    SLOW;
    A = and_or(run, B, C, false);
    NEXT_INSN;
}
op_OR : {
    if (B.tag == DX_BOOL && C.tag == DX_BOOL) {
        A = dx_val_bool(B.u.b || C.u.b);
        NEXT_INSN;
    }
    SLOW;
    A = and_or(run, B, C, true);
    NEXT_INSN;
}
op_NOT:
    A = negated(B);
    NEXT_INSN;
op_BETWEEN:
    SLOW;
    A = between(run, B, &C);
    NEXT_INSN;
op_PATH:
    SLOW;
    A = dx_op_path(&run->call, B, dx_val_to_str(C));
    NEXT_INSN;
op_SLOT : {
    const dx_val *object = &B;
    if (object->tag == DX_CONTEXT && object->u.context->shape == run->program->shapes[I->c >> 16]) {
        A = object->u.context->v[I->c & 0xffff];
    } else if (object->tag <= DX_UNKNOWN && !run->tracing) {
        A = *object;
    } else {
        SLOW;
        A = slot(run, *object, I->c);
    }
    NEXT_INSN;
}
op_ITEM : {
    const dx_val *entry = B.tag == DX_CONTEXT ? dx_context_get(B, dx_val_to_str(C)) : NULL;
    if (entry)
        A = *entry;
    else if (B.tag == DX_UNKNOWN) /* it may have such an entry */
        A = dx_val_unknown_join(run->arena, A, B);
    NEXT_INSN;
}
op_TEST : {
    bool equal;
    if (C.tag < DX_LIST && equal_at_sight(&B, &C, &equal)) {
        A = dx_val_bool(equal);
        NEXT_INSN;
    }
    SLOW;
    A = dx_run_test(run, B, C);
    NEXT_INSN;
}
op_TESTANY:
    SLOW;
    A = test_any(run, &B, &C);
    NEXT_INSN;
op_TESTR:
    SLOW;
    A = test_by_range(run, B, C);
    NEXT_INSN;
op_TESTQ:
    SLOW;
    A = test_of_subject(run, B, C);
    NEXT_INSN;
op_INSTANCE : {
    A = instance_of(run, B, run->program->types[I->c]);
    NEXT_INSN;
}
op_COERCE : {
    const dx_type *type = run->program->types[I->c];
    if (dx_type_fits(type, B)) {
        A = B;
    } else {
        SLOW;
        A = dx_run_coerce(run, type, B);
    }
    NEXT_INSN;
}
op_INDEX:
    SLOW;
    A = dx_list_index(run, B, C);
    NEXT_INSN;

op_JUMP:
    JUMP_C;
op_JFALSE : {
    if (dx_val_is_false(B))
        JUMP_C;
    NEXT_INSN;
}
op_JTRUE : {
    if (dx_val_is_true(B))
        JUMP_C;
    NEXT_INSN;
}
op_JELSE : {
    if (!dx_val_is_true(B) && B.tag != DX_UNKNOWN)
        JUMP_C;
    NEXT_INSN;
}
op_JKNOWN : {
    if (B.tag != DX_UNKNOWN)
        JUMP_C;
    NEXT_INSN;
}
op_JODD : {
    if (B.tag != DX_BOOL && B.tag != DX_NULL && B.tag != DX_UNKNOWN) {
        SLOW;
        dx_run_null(run, DX_E_FEEL_EVAL_CONDITION, dx_str_of(dx_tag_name((dx_tag)B.tag)),
                    (dx_str){0});
        JUMP_C;
    }
    NEXT_INSN;
}
op_IFJOIN : {
    if (B.tag != DX_UNKNOWN) {
        A = C;
        NEXT_INSN;
    }
    A = dx_run_join(run, B, A, C);
    NEXT_INSN;
}
op_RETURN:
    return B;
op_END:
    if (run->next == run->last)
        return DX_VAL_NULL;
    I = run->proc->code + *run->next++;
    GO;

op_BUILTIN : {
    SLOW;
    run->call.form = I[1].b;
    A = call_builtin(run, I->c, &B, I[1].a);
    I++;
    NEXT_INSN;
}
op_NATIVE:
    SLOW;
    A = dx_native_call(&run->call, I->c, &B);
    NEXT_INSN;
op_CALLP : {
    const dx_proc *callee = run->program->procs[I->c];
    SLOW;
    A = dx_run_call(run, callee, NULL, &B, callee->n_params);
    NEXT_INSN;
}
op_CALLC : {
    const dx_proc *callee = run->program->procs[I->c];
    SLOW;
    A = call_coerced(run, callee, NULL, &B, callee->n_params);
    NEXT_INSN;
}
op_CALL:
    SLOW;
    A = call_value(run, B, &B + 1, I->c);
    NEXT_INSN;
op_CALLN:
    SLOW;
    A = call_named(run, B, &B + 1, run->program->shapes[I->c]);
    NEXT_INSN;
op_EXTRA:
    NEXT_INSN;

op_ACC:
    A = dx_acc_new(run, I->b);
    NEXT_INSN;
op_ITER:
    SLOW;
    A = dx_iter_over(run, B, C);
    NEXT_INSN;
op_ITERR:
    SLOW;
    A = dx_iter_between(run, B, (&B)[1], C);
    NEXT_INSN;
op_NEXT : {
    if (!dx_iter_next(run, A, &B))
        JUMP_C;
    NEXT_INSN;
}
op_PARTIAL:
    A = dx_acc_partial(run, B);
    NEXT_INSN;
op_PUSH:
    dx_acc_push(run, A, B);
    NEXT_INSN;
op_ACCLIST:
    A = dx_acc_list(run, B);
    NEXT_INSN;
op_SOME : {
    if (B.tag != DX_BOOL)
        SLOW;
    if (dx_acc_quantify(run, A, B, true))
        JUMP_C;
    NEXT_INSN;
}
op_EVERY : {
    if (B.tag != DX_BOOL)
        SLOW;
    if (dx_acc_quantify(run, A, B, false))
        JUMP_C;
    NEXT_INSN;
}
op_SOMEEND:
    A = dx_acc_quantified(B, true);
    NEXT_INSN;
op_EVERYEND:
    A = dx_acc_quantified(B, false);
    NEXT_INSN;
op_SIFTER:
    SLOW;
    A = dx_iter_sift(run, B, C);
    NEXT_INSN;
op_SIFT : {
    if ((&B)[1].tag != DX_BOOL)
        SLOW;
    if (dx_acc_sift(run, A, B, (&B)[1]))
        JUMP_C;
    NEXT_INSN;
}
op_SIFTEND:
    SLOW;
    A = dx_acc_sifted(run, B, C);
    NEXT_INSN;

op_TABLE : {
    SLOW;
    next = dx_table_begin(run, run->program->tables[I->c], R, &B, &A);
    I = next ? run->proc->code + next : I + 1;
    GO;
}
op_OUTPUT : {
    SLOW;
    next = dx_table_output(run, run->program->tables[I->c], R, &B, &A);
    I = run->proc->code + next;
    GO;
}
#undef A
#undef B
#undef C
#undef GO
#undef NEXT_INSN
#undef JUMP_C
#undef SLOW
#undef ARITHMETIC
#undef COMPARISON
}

void dx_run_code(dx_run *run, const uint32_t *starts, uint32_t n) {
    if (n == 0)
        return;
    run->next = starts + 1;
    run->last = starts + n;
    execute(run, run->program->main, run->frame, starts[0]);
}

dx_val dx_run_call(dx_run *run, const dx_proc *proc, const dx_val *captures, const dx_val *args,
                   uint32_t n) {
    const dx_proc *caller = run->proc;
    const dx_insn *at = run->at;
    if (n != proc->n_params)
        return dx_run_null(run, DX_E_FEEL_EVAL_CALL, proc->name, (dx_str){0});
    if (++run->steps > run->steps_max)
        dx_trap_raise(run->arena, DX_E_LIMIT_STEPS);
    if (run->depth >= run->depth_max || (size_t)(run->stack_end - run->stack) < proc->n_regs)
        return dx_run_null(run, DX_E_LIMIT_DEPTH, dx_str_fmt(run->arena, "%u", run->depth_max),
                           (dx_str){0});
    dx_val *frame = run->stack;
    run->stack += proc->n_regs;
    run->depth++;
    memcpy(frame, proc->consts, proc->n_consts * sizeof(dx_val));
    if (n > 0)
        memcpy(frame + proc->n_consts, args, n * sizeof(dx_val));
    if (proc->n_captures)
        memcpy(frame + proc->capture, captures, proc->n_captures * sizeof(dx_val));
    dx_val result = execute(run, proc, frame, 0);
    run->depth--;
    run->stack = frame;
    run->proc = caller;
    run->at = at;
    return result;
}
