/* The row interpreter: executes procedures one instruction after another, on tagged values. The
 * common case of an instruction (two numbers, a context of the expected shape) stands in the loop;
 * everything else, unknown and null among it, is in ops.c, loop.c, table.c and coerce.c. */
#include "feel/loop.h"

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
    if (program->main->n_consts > 0)
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

/* --- functions -------------------------------------------------------------------------------- */

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
static DX_APART dx_val call_builtin(dx_run *run, uint32_t index, const dx_val *args, uint32_t n) {
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
static DX_APART dx_val call_coerced(dx_run *run, const dx_proc *proc, const dx_val *captures,
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

dx_val dx_run_extreme(dx_run *run, dx_str name, dx_val a, dx_val b) {
    const dx_val args[] = {a, b};
    run->call.form = 0;
    return call_builtin(run, dx_builtin_find(name), args, 2);
}

static DX_APART dx_val call_value(dx_run *run, dx_val fn, const dx_val *args, uint32_t n) {
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

static DX_APART dx_val call_named(dx_run *run, dx_val fn, const dx_val *args,
                                  const dx_shape *names) {
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

/* --- the loop --------------------------------------------------------------------------------- */

/* Only what is common is done here, so that its few variables stay in registers of the machine; all
 * else goes to dx_run_step or a function of its own. */
static dx_val execute(dx_run *run, const dx_proc *proc, dx_val *R, uint32_t start) {
    static const void *const labels[] = {
#define X(name, operands) &&op_##name,
#include "feel/opcode.def"
#undef X
    };
    const dx_insn *I = proc->code + start;
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
#define NUMBERS (B.tag == DX_NUM && C.tag == DX_NUM)
#define ARITHMETIC(NAME, fast) \
    op_##NAME : { \
        dx_num result; \
        if (!NUMBERS || !fast(B.u.num, C.u.num, &result)) \
            goto step; \
        A = dx_val_num(result); \
        NEXT_INSN; \
    }
#define COMPARISON(NAME, relation) \
    op_##NAME : { \
        int64_t x, y; \
        int e; \
        if (!NUMBERS || !dx_num_align(B.u.num, C.u.num, &x, &y, &e)) \
            goto step; \
        A = dx_val_bool(x relation y); \
        NEXT_INSN; \
    }
/* Of equal ones the first is given. */
#define EXTREME(NAME, relation) \
    op_##NAME : { \
        int64_t x, y; \
        int e; \
        if (!NUMBERS || !dx_num_align(B.u.num, C.u.num, &x, &y, &e)) \
            goto step; \
        A = *(y relation x ? &C : &B); \
        NEXT_INSN; \
    }
    GO;

op_MOVE:
    A = B;
    NEXT_INSN;
op_INPLACE : {
    dx_context *context = (dx_context *)(void *)&(&B)[-1].u;
    context->shape = run->program->shapes[I->c];
    A = dx_val_of_context(context);
    NEXT_INSN;
}
    ARITHMETIC(ADD, dx_num_add_fast)
    ARITHMETIC(SUB, dx_num_sub_fast)
    ARITHMETIC(MUL, dx_num_mul_fast)
    EXTREME(MIN, <)
    EXTREME(MAX, >)
    COMPARISON(LT, <)
    COMPARISON(LE, <=)
    COMPARISON(GT, >)
    COMPARISON(GE, >=)
op_NE : {
    bool equal;
    if (!dx_val_equal_at_sight(&B, &C, &equal))
        goto step;
    A = dx_val_bool(!equal);
    NEXT_INSN;
}
op_TEST:
    if (C.tag >= DX_LIST)
        goto step;
op_EQ : {
    bool equal;
    if (!dx_val_equal_at_sight(&B, &C, &equal))
        goto step;
    A = dx_val_bool(equal);
    NEXT_INSN;
}
op_TESTANY:
    SLOW;
    A = dx_run_test_any(run, &B, &C);
    NEXT_INSN;
op_AND:
    if (B.tag != DX_BOOL || C.tag != DX_BOOL)
        goto step;
    A = dx_val_bool(B.u.b && C.u.b);
    NEXT_INSN;
op_OR:
    if (B.tag != DX_BOOL || C.tag != DX_BOOL)
        goto step;
    A = dx_val_bool(B.u.b || C.u.b);
    NEXT_INSN;
op_SLOT : {
    const dx_val *object = &B;
    if (object->tag == DX_CONTEXT && object->u.context->shape == run->program->shapes[I->c >> 16])
        A = object->u.context->v[I->c & 0xffff];
    else if (object->tag <= DX_UNKNOWN && !run->tracing)
        A = *object;
    else
        goto step;
    NEXT_INSN;
}
op_COERCE:
    if (!dx_type_fits(run->program->types[I->c], B))
        goto step;
    A = B;
    NEXT_INSN;

op_JUMP:
    JUMP_C;
op_JFALSE:
    A = B;
    if (dx_val_is_false(A))
        JUMP_C;
    NEXT_INSN;
op_JTRUE:
    A = B;
    if (dx_val_is_true(A))
        JUMP_C;
    NEXT_INSN;
op_JELSE:
    if (!dx_val_is_true(B) && B.tag != DX_UNKNOWN)
        JUMP_C;
    NEXT_INSN;
op_JKNOWN:
    if (B.tag != DX_UNKNOWN)
        JUMP_C;
    NEXT_INSN;
op_JODD:
    if (B.tag != DX_BOOL && B.tag != DX_NULL && B.tag != DX_UNKNOWN) {
        SLOW;
        dx_run_null(run, DX_E_FEEL_EVAL_CONDITION, dx_str_of(dx_tag_name((dx_tag)B.tag)),
                    (dx_str){0});
        JUMP_C;
    }
    NEXT_INSN;
op_IFJOIN:
    if (B.tag == DX_UNKNOWN)
        goto step;
    A = C;
    NEXT_INSN;
op_CHOOSE:
    if (B.tag == DX_UNKNOWN)
        goto step;
    A = *(dx_val_is_true(B) ? &C : &R[I[1].a]);
    I++;
    NEXT_INSN;
op_RETURN:
    return B;
op_END:
    if (run->next == run->last)
        return DX_VAL_NULL;
    I = run->proc->code + *run->next++;
    GO;

op_BUILTIN:
    SLOW;
    run->call.form = I[1].b;
    A = call_builtin(run, I->c, &B, I[1].a);
    I++;
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

op_NEXT:
    if (!dx_iter_next(run, A, &B))
        JUMP_C;
    NEXT_INSN;
op_SOME:
    SLOW;
    if (dx_acc_quantify(run, A, B, true))
        JUMP_C;
    NEXT_INSN;
op_EVERY:
    SLOW;
    if (dx_acc_quantify(run, A, B, false))
        JUMP_C;
    NEXT_INSN;
op_SIFT:
    SLOW;
    if (dx_acc_sift(run, A, B, (&B)[1]))
        JUMP_C;
    NEXT_INSN;

op_TABLE:
    SLOW;
    next = dx_table_begin(run, run->program->tables[I->c], R, &A);
    I = next ? run->proc->code + next : I + 1;
    GO;
op_OUTPUT:
    SLOW;
    next = dx_table_output(run, run->program->tables[I->c], R, &B, &A);
    I = run->proc->code + next;
    GO;

op_LIST:
op_CONTEXT:
op_RANGE:
op_FUNCTION:
op_SELF:
op_DIV:
op_POW:
op_NEG:
op_NOT:
op_BETWEEN:
op_PATH:
op_ITEM:
op_TESTR:
op_TESTQ:
op_INSTANCE:
op_INDEX:
op_NATIVE:
op_ACC:
op_ITER:
op_ITERR:
op_PARTIAL:
op_PUSH:
op_ACCLIST:
op_SOMEEND:
op_EVERYEND:
op_SIFTER:
op_SIFTEND:
step:
    SLOW;
    dx_run_step(run, I, R);
op_EXTRA:
op_OTHER:
    NEXT_INSN;
#undef A
#undef B
#undef C
#undef GO
#undef NEXT_INSN
#undef JUMP_C
#undef SLOW
#undef NUMBERS
#undef ARITHMETIC
#undef COMPARISON
#undef EXTREME
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
