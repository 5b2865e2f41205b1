/* Static checks of the trees of a model, before or beside compiling them: names that nothing in
 * scope has, calls that do not fit, and what the types alone show to go wrong. An error is reported
 * only where no value of the types in question can give anything but null; what merely can never
 * hold, or is null but for values that nobody means, is a warning. Evaluation does not depend on
 * any of it: what is at fault is null. */
#ifndef DX_FEEL_CHECK_H
#define DX_FEEL_CHECK_H

#include "feel/compile.h"
#include "feel/suggest.h"

/* Where a name that an expression does not see is to be found after all. */
typedef enum dx_elsewhere {
    DX_ELSEWHERE_NOWHERE,
    DX_ELSEWHERE_VALUE,   /* an input or a decision: an information requirement is missing */
    DX_ELSEWHERE_FUNCTION /* a function: a knowledge requirement is missing */
} dx_elsewhere;

/* What the checks are given. */
typedef struct dx_check {
    dx_compiler *compiler; /* arena, diagnostics, types */
    dx_elsewhere (*elsewhere)(void *context, dx_str name);
    void *context;
} dx_check;

/* Checks an expression whose names mean what `scope` says (registers are not looked at). */
void dx_check_expr(const dx_check *check, const dx_scope *scope, const dx_node *tree);
/* Checks the body of a function; its parameters are in scope already. */
void dx_check_function(const dx_check *check, const dx_scope *scope, const dx_node *function);
/* Checks unary tests on a value of a type: the allowed values of an item definition. */
void dx_check_tests(const dx_check *check, const dx_node *tests, const dx_type *subject);

/* --- among the files of the checks --- */

typedef struct dx_checker {
    const dx_check *in;
    dx_arena *arena;
    dx_body body; /* nothing but what dx_fold needs */
    const dx_scope *scope;
    uint32_t depth;
} dx_checker;

/* What is known of the type of an expression; never NULL. Checks all of it. */
const dx_type *dx_check_type(dx_checker *c, const dx_node *node);
/* A table; `wanted` is what its single output must conform to, or NULL. */
const dx_type *dx_check_table(dx_checker *c, const dx_table *table, const dx_type *wanted);
/* A name, a path, a call. */
const dx_type *dx_check_name(dx_checker *c, const dx_node *node);
const dx_type *dx_check_path(dx_checker *c, const dx_node *node);
const dx_type *dx_check_call(dx_checker *c, const dx_node *node);
/* The type of a name, and its variable unless it is a member of what a filter looks at; both NULL
 * when nothing in scope has the name. */
const dx_type *dx_check_find(const dx_checker *c, dx_str name, const dx_var **ret_var);
/* What a name or a path through imports stands for when that is known at load, or NULL. */
const dx_var *dx_check_static_var(dx_checker *c, const dx_node *node);
/* Whether some value of a type, made to conform to another (coerce.c), is more than null. */
bool dx_check_may_conform(const dx_type *has, const dx_type *wanted);
/* One test on a value of a type. */
void dx_check_test(dx_checker *c, const dx_node *test, const dx_type *subject);
/* An expression made to conform to a type: says so when that can never be. */
void dx_check_conforms(dx_checker *c, const dx_node *node, const dx_type *has,
                       const dx_type *wanted);
/* A constant that must be allowed by the type that it is made to conform to, and by the output
 * values of its column (or NULL). */
void dx_check_constant(dx_checker *c, const dx_node *node, const dx_type *wanted,
                       const dx_node *values);
/* Whether anything is known of a type, so that it can be wrong. */
bool dx_check_known(const dx_type *type);
/* Whether values of two types can be ordered, or be equal. */
bool dx_check_ordered(const dx_type *a, const dx_type *b);
bool dx_check_equal(const dx_type *a, const dx_type *b);
/* The type that has the values of both; Any when none is better. */
const dx_type *dx_check_common(const dx_type *a, const dx_type *b);
/* The type of the elements of a list or range; a single value counts as a list of it. */
const dx_type *dx_check_elem(const dx_type *type);
const dx_type *dx_check_list_of(dx_checker *c, const dx_type *elem);
dx_str dx_check_type_text(dx_checker *c, const dx_type *type);
dx_str dx_check_value_text(dx_checker *c, dx_val v);
void dx_check_error(dx_checker *c, const dx_node *node, dx_err code, dx_str a, dx_str b, dx_str s);
void dx_check_warn(dx_checker *c, const dx_node *node, dx_err code, dx_str a, dx_str b, dx_str s);

#endif
