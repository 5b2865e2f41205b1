/* From syntax trees to procedures: names become registers, paths become slots, cells become masks.
 * What is at fault compiles to null; most faults are found by check.h, which goes over the same
 * trees with the same scopes, the others are added to diags here. */
#ifndef DX_FEEL_COMPILE_H
#define DX_FEEL_COMPILE_H

#include "feel/program.h"

/* A context that registers of the main frame from `first` on are, each an entry (see INPLACE). */
typedef struct dx_placed {
    uint32_t first;
    const dx_type *type; /* NULL: there is none */
} dx_placed;

/* A name in scope. `constant` is set for what is known when the model is loaded (functions). */
typedef struct dx_var {
    dx_str name;
    uint32_t reg;
    const dx_type *type; /* never NULL */
    dx_placed placed;    /* what it is, when it can be nothing else */
    const dx_val *constant;
    const struct dx_scope *space; /* an import: what lies under its name */
} dx_var;

typedef struct dx_scope {
    const struct dx_scope *outer;
    DX_VEC(dx_var) vars;
    bool is_item; /* of a filter: vars[0] is `item`, whose members are in scope too */
} dx_scope;

typedef struct dx_compiler {
    dx_arena *arena; /* of the program */
    dx_diags *diags;
    /* The resolved type of a name that is not built in, or NULL. */
    const dx_type *(*resolve)(void *context, dx_str name);
    void *resolve_context;
    dx_program *program;
    DX_VEC(dx_proc *) procs;
    DX_VEC(const dx_type *) types;
    DX_VEC(const dx_shape *) shapes;
    DX_VEC(dx_table *) tables;
} dx_compiler;

/* A procedure under construction. While it is, constants are numbered from DX_REG_CONST, captures
 * from DX_REG_CAPTURE, lasting registers from DX_REG_LASTING and everything else from 0;
 * dx_body_finish lays the frame out and renumbers. */
#define DX_REG_CONST 0x80000000u
#define DX_REG_CAPTURE 0x40000000u
#define DX_REG_LASTING 0x20000000u
#define DX_ANY_REG UINT32_MAX

typedef struct dx_body {
    dx_compiler *compiler;
    struct dx_body *outer; /* the body that a function literal closes over, or NULL */
    dx_scope *scope;       /* innermost; its chain ends where this body began */
    DX_VEC(dx_insn) code;
    DX_VEC(dx_span) spans;
    DX_VEC(dx_val) consts;
    DX_VEC(dx_var) captures; /* of the outer body's registers */
    uint32_t top, n_temps;   /* next free temporary, most ever used */
    uint32_t n_lasting;
    uint32_t depth;
    dx_span here; /* what is being compiled */
    /* The register of the decision that is compiled into the main frame, whose value is made once
     * in a run: a context that goes there is built in place, and `placed` says where. DX_ANY_REG
     * elsewhere. */
    uint32_t once;
    dx_placed placed;
} dx_body;

/* Numbers a procedure before its code exists, so that calls of it (recursion among them) compile.
 */
dx_proc *dx_proc_declare(dx_compiler *compiler, dx_str name, const dx_str *params,
                         const dx_type *const *types, uint32_t n_params);
/* A function value for a procedure without captures. */
dx_val dx_proc_value(dx_compiler *compiler, const dx_proc *proc);

void dx_body_begin(dx_body *body, dx_compiler *compiler, dx_body *outer);
/* n fresh consecutive temporaries; give them back by setting body->top. */
uint32_t dx_body_temps(dx_body *body, uint32_t n);
/* The same, but nothing else ever gets them. */
uint32_t dx_body_lasting(dx_body *body, uint32_t n);
uint32_t dx_body_const(dx_body *body, dx_val value);
/* Appends an instruction; returns its address. */
uint32_t dx_body_emit(dx_body *body, dx_opcode op, uint32_t a, uint32_t b, uint32_t c);
/* Lets the jump at `address` land on the next instruction. */
void dx_body_land(dx_body *body, uint32_t address);
void dx_scope_push(dx_body *body, dx_scope *scope);
void dx_scope_pop(dx_body *body);
void dx_scope_add(dx_body *body, dx_str name, uint32_t reg, const dx_type *type);
/* Lays out the frame and stores the code in `proc`. Afterwards a register r below DX_REG_CAPTURE is
 * frame register proc->n_consts + r. */
void dx_body_finish(dx_body *body, dx_proc *proc);

/* Compiles an expression. Its value is then in the returned register: `want` when that is given,
 * else wherever it lies (a constant, a variable, a fresh temporary). *ret_type, when not NULL, gets
 * what is known of its type. */
uint32_t dx_compile_expr(dx_body *body, const dx_node *node, uint32_t want,
                         const dx_type **ret_type);
/* The body of a function whose parameters lie in registers from `params` on, with its RETURN. The
 * result is made to conform to `type` (or NULL). */
void dx_compile_function_body(dx_body *body, const dx_node *function, uint32_t params,
                              const dx_type *type);
/* RETURN of a value of which a type is known, made to conform to another (or NULL). */
void dx_compile_return(dx_body *body, uint32_t reg, const dx_type *known, const dx_type *type);
/* A procedure of one parameter, ?, that gives the verdict of unary tests. */
dx_proc *dx_compile_tests(dx_compiler *compiler, const dx_node *tests);
/* The number of a type, resolved and with its allowed values compiled; a fault is reported once. */
uint32_t dx_compile_type(dx_compiler *compiler, const dx_type *type);
const dx_type *dx_compile_resolve(dx_compiler *compiler, const dx_type *type, dx_span span);
/* The number of a shape; shapes with the same keys in the same order are one. */
uint32_t dx_compile_shape(dx_compiler *compiler, const dx_shape *shape);
/* The one shape that stands for all with these keys: contexts of it and paths into them meet. */
const dx_shape *dx_compile_intern(dx_compiler *compiler, const dx_shape *shape);
/* Puts what was compiled into the program. */
void dx_compiler_finish(dx_compiler *compiler);

/* Among the files of the compiler. */
bool dx_fold(dx_body *body, const dx_node *node, dx_val *ret); /* a constant expression */
uint32_t dx_compile_table(dx_body *body, const dx_node *node, uint32_t want,
                          const dx_type **ret_type);
uint32_t dx_compile_flow(dx_body *body, const dx_node *node, uint32_t want,
                         const dx_type **ret_type);
uint32_t dx_compile_one_test(dx_body *body, const dx_node *test, uint32_t subject, uint32_t want);
const dx_type *dx_compile_type_of(dx_val v);
const dx_type *dx_compile_context_type(dx_compiler *compiler, const dx_shape *shape,
                                       const dx_type *const *members);
/* Whether a node is a constant or a variable, so that compiling it emits no code. */
bool dx_compile_at_hand(dx_body *body, const dx_node *node);
/* Whether all values of a type that is known conform as they are where `type` is declared. */
bool dx_compile_conforms(const dx_type *known, const dx_type *type);
dx_diag *dx_compile_error(dx_body *body, const dx_node *node, dx_err code, dx_str a, dx_str b);

#endif
