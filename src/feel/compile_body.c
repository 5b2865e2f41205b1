/* Procedures under construction: registers, constants, code, scopes; and the numbering of types and
 * shapes in a program. */
#include "feel/compile.h"

static const char *const operands[] = {
#define X(name, letters) letters,
#include "feel/opcode.def"
#undef X
};

dx_diag *dx_compile_error(dx_body *body, const dx_node *node, dx_err code, dx_str a, dx_str b) {
    dx_place place = {0};
    if (node->source)
        place = dx_place_in(&node->source->place, node->from, node->to);
    return dx_diag_add(body->compiler->diags, code, place, a, b, (dx_str){0});
}

/* --- procedures ------------------------------------------------------------------------------ */

dx_proc *dx_proc_declare(dx_compiler *compiler, dx_str name, const dx_str *params,
                         const dx_type *const *types, uint32_t n_params) {
    dx_proc *proc = DX_NEW(compiler->arena, dx_proc);
    proc->name = name;
    proc->params = params;
    proc->types = types;
    proc->n_params = n_params;
    proc->number = compiler->procs.n;
    dx_vec_push(compiler->arena, &compiler->procs, proc);
    return proc;
}

dx_val dx_proc_value(dx_compiler *compiler, const dx_proc *proc) {
    dx_function *fn = DX_NEW(compiler->arena, dx_function);
    fn->proc = proc;
    return (dx_val){.tag = DX_FUNCTION, .u.function = fn};
}

void dx_body_begin(dx_body *body, dx_compiler *compiler, dx_body *outer) {
    *body = (dx_body){.compiler = compiler, .outer = outer, .once = DX_ANY_REG};
    if (outer) {
        body->depth = outer->depth;
        body->here = outer->here;
    }
}

uint32_t dx_body_temps(dx_body *body, uint32_t n) {
    uint32_t first = body->top;
    body->top += n;
    if (body->top > body->n_temps)
        body->n_temps = body->top;
    return first;
}

uint32_t dx_body_lasting(dx_body *body, uint32_t n) {
    uint32_t first = DX_REG_LASTING + body->n_lasting;
    body->n_lasting += n;
    return first;
}

uint32_t dx_body_const(dx_body *body, dx_val value) {
    for (uint32_t i = 0; i < body->consts.n; i++) {
        const dx_val *known = &body->consts.v[i];
        if (known->tag != value.tag)
            continue;
        bool same =
            value.tag == DX_NULL || (value.tag == DX_NUM && known->u.num.w == value.u.num.w) ||
            (value.tag == DX_BOOL && known->u.b == value.u.b) ||
            (value.tag == DX_STRING && dx_str_eq(dx_val_to_str(*known), dx_val_to_str(value)));
        if (same)
            return DX_REG_CONST + i;
    }
    dx_vec_push(body->compiler->arena, &body->consts, value);
    return DX_REG_CONST + body->consts.n - 1;
}

uint32_t dx_body_emit(dx_body *body, dx_opcode op, uint32_t a, uint32_t b, uint32_t c) {
    dx_insn insn = {op, a, b, c};
    dx_vec_push(body->compiler->arena, &body->code, insn);
    dx_vec_push(body->compiler->arena, &body->spans, body->here);
    return body->code.n - 1;
}

void dx_body_land(dx_body *body, uint32_t address) {
    body->code.v[address].c = body->code.n;
}

/* Where the frame has what: constants from 0, then temporaries, lasting registers, captures. */
typedef struct layout {
    uint32_t temps, lasting, captures;
} layout;

static uint32_t place(const layout *to, uint32_t r) {
    if (r >= DX_REG_CONST)
        return r - DX_REG_CONST;
    if (r >= DX_REG_CAPTURE)
        return to->captures + (r - DX_REG_CAPTURE);
    return r >= DX_REG_LASTING ? to->lasting + (r - DX_REG_LASTING) : to->temps + r;
}

static void place_table(const layout *to, dx_table *table) {
    table->state = place(to, table->state);
    for (uint32_t i = 0; i < table->n_inputs; i++) {
        dx_column *column = &table->columns[i];
        column->reg = place(to, column->reg);
        for (uint32_t j = 0; j < column->n_cells; j++)
            if (column->cells[j].coded)
                column->cells[j].reg = place(to, column->cells[j].reg);
        if (column->allowed && column->allowed->coded)
            column->allowed->reg = place(to, column->allowed->reg);
    }
}

/* A jump that is taken when a register is false (or true) and lands where the same is asked again
 * goes on from there at once. */
static void thread_jump(dx_body *body, dx_insn *insn) {
    while (insn->c < body->code.n) {
        const dx_insn *next = &body->code.v[insn->c];
        bool again = next->op == insn->op && next->a == insn->a && next->b == insn->a;
        bool is_else = insn->op == DX_I_JFALSE && next->op == DX_I_JELSE && next->b == insn->a;
        if (!again && !is_else)
            return;
        insn->c = next->c;
    }
}

static void place_code(dx_body *body, const layout *to) {
    for (uint32_t i = 0; i < body->code.n; i++) {
        dx_insn *insn = &body->code.v[i];
        const char *letters = operands[insn->op];
        if (letters[0] == 'r')
            insn->a = place(to, insn->a);
        if (letters[1] == 'r')
            insn->b = place(to, insn->b);
        if (letters[2] == 'r')
            insn->c = place(to, insn->c);
        if (letters[2] == 'j')
            insn->c -= i;
        if (insn->op == DX_I_TABLE)
            place_table(to, body->compiler->tables.v[insn->c]);
    }
}

void dx_body_finish(dx_body *body, dx_proc *proc) {
    static const dx_val no_constant = {.tag = DX_NULL}; /* so that it can be copied from */
    layout to = {.temps = body->consts.n};
    to.lasting = to.temps + body->n_temps;
    to.captures = to.lasting + body->n_lasting;
    for (uint32_t i = 0; i < body->code.n; i++)
        if (body->code.v[i].op == DX_I_JFALSE || body->code.v[i].op == DX_I_JTRUE)
            thread_jump(body, &body->code.v[i]);
    place_code(body, &to);
    proc->code = body->code.v;
    proc->spans = body->spans.v;
    proc->consts = body->consts.n ? body->consts.v : &no_constant;
    proc->n_code = body->code.n;
    proc->n_consts = body->consts.n;
    proc->n_captures = body->captures.n;
    proc->capture = to.captures;
    proc->n_regs = to.captures + body->captures.n;
}

/* --- scopes ---------------------------------------------------------------------------------- */

void dx_scope_push(dx_body *body, dx_scope *scope) {
    scope->outer = body->scope;
    body->scope = scope;
}

void dx_scope_pop(dx_body *body) {
    body->scope = (dx_scope *)body->scope->outer;
}

void dx_scope_add(dx_body *body, dx_str name, uint32_t reg, const dx_type *type) {
    dx_var var = {.name = name, .reg = reg, .type = type ? type : &dx_type_any};
    dx_vec_push(body->compiler->arena, &body->scope->vars, var);
}

/* --- types and shapes ------------------------------------------------------------------------- */

static bool same_keys(const dx_shape *a, const dx_shape *b) {
    if (a == b)
        return true;
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!dx_str_eq(a->keys[i], b->keys[i]))
            return false;
    return true;
}

uint32_t dx_compile_shape(dx_compiler *compiler, const dx_shape *shape) {
    for (uint32_t i = 0; i < compiler->shapes.n; i++)
        if (same_keys(compiler->shapes.v[i], shape))
            return i;
    dx_vec_push(compiler->arena, &compiler->shapes, shape);
    return compiler->shapes.n - 1;
}

const dx_shape *dx_compile_intern(dx_compiler *compiler, const dx_shape *shape) {
    uint32_t number = dx_compile_shape(compiler, shape);
    return compiler->shapes.v[number];
}

uint32_t dx_compile_type(dx_compiler *compiler, const dx_type *type) {
    for (uint32_t i = 0; i < compiler->types.n; i++)
        if (compiler->types.v[i] == type)
            return i;
    dx_vec_push(compiler->arena, &compiler->types, type);
    return compiler->types.n - 1;
}

static const dx_type *resolve_name(dx_compiler *compiler, dx_str name, dx_span span) {
    const dx_type *type = dx_type_builtin(name);
    if (!type && compiler->resolve)
        type = compiler->resolve(compiler->resolve_context, name);
    if (type)
        return type;
    dx_place place = {0};
    if (span.source)
        place = dx_place_in(&span.source->place, span.from, span.to);
    dx_diag_add(compiler->diags, DX_E_FEEL_UNKNOWN_TYPE, place, name, (dx_str){0}, (dx_str){0});
    return &dx_type_any;
}

/* Types written in expressions (list<tPerson>) hold names below their outermost part. */
const dx_type *dx_compile_resolve(dx_compiler *compiler, const dx_type *type, dx_span span) {
    if (type->kind == DX_T_NAMED)
        return resolve_name(compiler, type->name, span);
    if (type->name.n || (!type->elem && type->n == 0) || type->n == UINT32_MAX)
        return type; /* an item definition is resolved already, a simple type has no parts */
    dx_type *copy = DX_NEW(compiler->arena, dx_type);
    *copy = *type;
    if (type->elem)
        copy->elem = dx_compile_resolve(compiler, type->elem, span);
    if (type->n > 0 && type->members) {
        const dx_type **members = DX_NEW_ARRAY(compiler->arena, const dx_type *, type->n);
        for (uint32_t i = 0; i < type->n; i++)
            members[i] = dx_compile_resolve(compiler, type->members[i], span);
        copy->members = members;
        if (copy->shape)
            copy->shape = dx_compile_intern(compiler, copy->shape);
    }
    return copy;
}

void dx_compiler_finish(dx_compiler *compiler) {
    dx_program *program = compiler->program;
    program->procs = (const dx_proc **)compiler->procs.v;
    program->n_procs = compiler->procs.n;
    program->types = compiler->types.v;
    program->n_types = compiler->types.n;
    program->shapes = compiler->shapes.v;
    program->n_shapes = compiler->shapes.n;
    program->tables = compiler->tables.v;
    program->n_tables = compiler->tables.n;
}
