/* The parser of FEEL, third part: types, as `instance of`, parameters and typeRef write them
 * (rules 52 to 54): number, list<T>, range<T>, context<k: T, ...>, function<T, ...> -> T, or the
 * name of an item definition. */
#include "feel/parse.h"

typedef DX_VEC(const dx_type *) types;

static dx_type *new_type(dx_parser *p, dx_type_kind kind) {
    dx_type *type = DX_NEW(p->arena, dx_type);
    type->kind = kind;
    return type;
}

/* The > that ends the arguments. In list<number>=... the lexer saw >=, of which half is meant. */
static void close(dx_parser *p) {
    if (dx_parser_at(p, DX_TOK_GE))
        dx_parser_goto(p, p->tok.from + 1);
    else
        dx_parser_expect(p, DX_TOK_GT, ">");
}

static const dx_type *of_element(dx_parser *p, dx_type_kind kind) {
    dx_type *type = new_type(p, kind);
    type->elem = dx_parser_type(p, true);
    close(p);
    return type;
}

static const dx_type *context_type(dx_parser *p) {
    dx_type *type = new_type(p, DX_T_CONTEXT);
    DX_VEC(dx_str) keys = {0};
    types members = {0};
    if (!dx_parser_at(p, DX_TOK_GT)) {
        do {
            dx_str key = dx_parser_new_name(p, DX_KW_NONE);
            dx_parser_expect(p, DX_TOK_COLON, ":");
            const dx_type *member = dx_parser_type(p, true);
            dx_vec_push(p->arena, &keys, key);
            dx_vec_push(p->arena, &members, member);
        } while (dx_parser_take(p, DX_TOK_COMMA));
    }
    close(p);
    type->n = keys.n;
    type->shape = dx_shape_new(p->arena, keys.v, keys.n);
    type->members = members.v;
    return type;
}

static const dx_type *function_type(dx_parser *p) {
    dx_type *type = new_type(p, DX_T_FUNCTION);
    types params = {0};
    if (!dx_parser_at(p, DX_TOK_GT)) {
        do {
            const dx_type *param = dx_parser_type(p, true);
            dx_vec_push(p->arena, &params, param);
        } while (dx_parser_take(p, DX_TOK_COMMA));
    }
    dx_parser_expect(p, DX_TOK_GT, ">");
    dx_parser_expect(p, DX_TOK_ARROW, "->");
    type->n = params.n;
    type->members = params.v;
    type->elem = dx_parser_type(p, false);
    return type;
}

/* A name; a.b is the item component or imported type b of a. */
static const dx_type *named(dx_parser *p, bool whole) {
    dx_str name;
    if (whole) {
        name = dx_parser_new_name(p, DX_KW_NONE);
    } else {
        name = dx_parser_name(p, DX_NAME_TYPE);
        while (dx_parser_at(p, DX_TOK_DOT) && !dx_type_builtin(name)) {
            dx_parser_advance(p);
            if (!dx_parser_at(p, DX_TOK_WORD)) {
                dx_parser_wrong(p, DX_E_FEEL_NAME, DX_E_FEEL_NAME_END);
                break;
            }
            dx_str part = dx_parser_name(p, DX_NAME_TYPE);
            name = dx_str_fmt(p->arena, "%.*s.%.*s", DX_FMT(name), DX_FMT(part));
        }
    }
    const dx_type *builtin = dx_type_builtin(name);
    if (builtin)
        return builtin;
    dx_type *type = new_type(p, DX_T_NAMED);
    type->name = name;
    return type;
}

static const dx_type *nested(dx_parser *p, bool whole) {
    dx_str word = {p->text.p + p->tok.from, p->tok.to - p->tok.from};
    if (!dx_parser_at(p, DX_TOK_WORD)) {
        dx_parser_wrong(p, DX_E_FEEL_TYPE, DX_E_FEEL_TYPE_END);
        return &dx_type_any;
    }
    dx_token next = dx_lex(p->text, p->tok.to);
    if (next.kind != DX_TOK_LT)
        return named(p, whole);
    if (dx_str_is(word, "list") || dx_str_is(word, "range") || dx_str_is(word, "context") ||
        dx_str_is(word, "function"))
        dx_parser_goto(p, next.to);
    if (dx_str_is(word, "list"))
        return of_element(p, DX_T_LIST);
    if (dx_str_is(word, "range"))
        return of_element(p, DX_T_RANGE);
    if (dx_str_is(word, "context"))
        return context_type(p);
    if (dx_str_is(word, "function"))
        return function_type(p);
    return named(p, whole);
}

const dx_type *dx_parser_type(dx_parser *p, bool whole) {
    const dx_type *type = &dx_type_any;
    if (dx_parser_enter(p))
        type = nested(p, whole);
    dx_parser_leave(p);
    return type;
}
