/* FEEL types: what item definitions declare, `instance of` asks for and borders check. */
#ifndef DX_FEEL_TYPES_H
#define DX_FEEL_TYPES_H

#include "feel/value.h"

struct dx_node;

typedef enum dx_type_kind {
    DX_T_ANY,
    DX_T_NULL,
    DX_T_BOOL,
    DX_T_NUM,
    DX_T_STRING,
    DX_T_DATE,
    DX_T_TIME,
    DX_T_DATETIME,
    DX_T_YMDUR,
    DX_T_DTDUR,
    DX_T_LIST,     /* elem */
    DX_T_CONTEXT,  /* keys, members; n 0: any context */
    DX_T_RANGE,    /* elem */
    DX_T_FUNCTION, /* members: parameters, elem: result; n UINT32_MAX: any function */
    DX_T_NAMED     /* not resolved yet: name, possibly qualified */
} dx_type_kind;

typedef struct dx_type {
    dx_type_kind kind;
    dx_str name; /* of the item definition it comes from, else empty */
    const struct dx_type *elem;
    uint32_t n;
    const dx_shape *shape;                /* context: its keys */
    const struct dx_type *const *members; /* context: of the keys; function: of the parameters */
    /* Item definitions only. `allowed` holds unary tests on ? for the value (for a list: for each
     * element, DMN 1.5 §7.3.3 allowedValues); `constraint` for the whole value (typeConstraint). */
    const struct dx_node *allowed, *constraint;
    uint32_t allowed_fn, constraint_fn; /* compiled tests: function number + 1; 0: none */
    const struct dx_type *base; /* the item definition it narrows, whose tests hold too; or NULL */
    bool untested;              /* known to have no tests, nor any of its parts */
    dx_str description;
    bool closed; /* of something written out, for the static checks: a context that has no members
                    but these, a function that takes these parameters */
} dx_type;

extern const dx_type dx_type_any, dx_type_null, dx_type_bool, dx_type_num, dx_type_string,
    dx_type_date, dx_type_time, dx_type_datetime, dx_type_ymdur, dx_type_dtdur, dx_type_any_list,
    dx_type_any_context, dx_type_any_range, dx_type_any_function;

/* The built-in type of a FEEL name ("number", "days and time duration", "dayTimeDuration",
 * "Any", ...), or NULL. */
const dx_type *dx_type_builtin(dx_str name);
/* As FEEL writes it: list<number>, context<a: string>, ... */
void dx_type_print(dx_buf *out, const dx_type *type);
/* Whether a value belongs to a resolved type, allowed values left out (instance of, DMN 1.5
 * §10.3.2.9). null belongs to DX_T_NULL only. */
bool dx_type_has(const dx_type *type, dx_val v);
_Static_assert((int)DX_T_BOOL == (int)DX_BOOL && (int)DX_T_DTDUR == (int)DX_DTDUR,
               "kinds of simple types are the tags of their values");
static inline bool dx_type_is_simple(const dx_type *type) {
    return type->kind >= DX_T_BOOL && type->kind <= DX_T_DTDUR;
}
/* Whether it is plain to see that v conforms to the type and meets its tests: null, unknown, and
 * simple values of an untested type. False means only that one has to look closer. */
static inline bool dx_type_fits(const dx_type *type, dx_val v) {
    return v.tag <= DX_UNKNOWN ||
           (type->untested && dx_type_is_simple(type) && v.tag == (dx_tag)type->kind);
}
/* a conforms to b (DMN 1.5 §10.3.2.9.2). */
bool dx_type_conforms(const dx_type *a, const dx_type *b);

#endif
