/* The parser of FEEL, second part: what stands between operators. Literals, names, lists, contexts,
 * ranges, functions, if, for, some, every, and what may follow an operand: paths, filters, calls
 * and `instance of`. */
#include "feel/parse.h"

typedef DX_VEC(dx_node *) nodes;
typedef DX_VEC(dx_str) strings;

/* --- literals --------------------------------------------------------------------------------- */

static dx_node *literal(dx_parser *p, dx_val value) {
    dx_node *node = dx_parser_node(p, DX_N_LITERAL, p->tok.from);
    node->value = value;
    dx_parser_advance(p);
    return dx_parser_done(p, node);
}

static dx_node *number(dx_parser *p) {
    dx_str text = {p->text.p + p->tok.from, p->tok.to - p->tok.from};
    dx_num num;
    if (!dx_num_parse(p->arena, text, &num))
        return dx_parser_fail(p, DX_E_FEEL_NUMBER, p->tok.from, p->tok.to, text);
    return literal(p, dx_val_num(num));
}

/* The characters of the string that is read next; false, and a fault, at a bad escape. */
static bool characters(dx_parser *p, dx_str *ret) {
    dx_token bad;
    if (dx_lex_string(p->arena, p->text, &p->tok, ret, &bad))
        return true;
    dx_parser_fail(p, bad.fault, bad.from, bad.to,
                   (dx_str){p->text.p + bad.from, bad.to - bad.from});
    *ret = (dx_str){0};
    return false;
}

static dx_node *string(dx_parser *p) {
    dx_str value;
    characters(p, &value);
    return literal(p, dx_val_str(value));
}

/* The value of the text of an at literal, which its form tells apart (DMN 1.5 §10.3.2.3). */
static bool at_value(dx_arena *arena, dx_str s, dx_val *ret) {
    dx_date date;
    dx_time time;
    dx_datetime datetime;
    dx_dtdur dtdur;
    int64_t months;
    if (dx_date_parse(s, &date))
        *ret = dx_val_date(date);
    else if (dx_datetime_parse(s, &datetime))
        *ret = dx_val_datetime(arena, datetime);
    else if (dx_time_parse(s, &time))
        *ret = dx_val_time(arena, time);
    else if (dx_dtdur_parse(s, &dtdur))
        *ret = dx_val_dtdur(dtdur);
    else if (dx_ymdur_parse(s, &months))
        *ret = dx_val_months(months);
    else
        return false;
    return true;
}

/* @"2024-01-31". What is no date, time or duration is a fault of this literal, not of the syntax:
 * it is recorded, and the literal is null. */
static dx_node *at_literal(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_LITERAL, p->tok.from);
    dx_str text = {0};
    dx_parser_advance(p);
    if (!dx_parser_at(p, DX_TOK_STRING))
        return dx_parser_wrong(p, DX_E_FEEL_AT_STRING, DX_E_FEEL_AT_STRING_END);
    if (!characters(p, &text))
        return node;
    node->value = DX_VAL_NULL;
    if (!at_value(p->arena, text, &node->value)) {
        uint32_t to = p->tok.to;
        dx_parser_note(p, DX_E_FEEL_AT, node->from, to, text);
    }
    dx_parser_advance(p);
    return dx_parser_done(p, node);
}

/* --- brackets --------------------------------------------------------------------------------- */

/* At a `[` after the upper end of a range: whether it closes the range, as in [1..5[, rather than
 * opening a filter. What follows a range is never the beginning of an expression. */
static bool closes_range(const dx_parser *p) {
    dx_token next = dx_lex(p->text, p->tok.to);
    switch (next.kind) {
    case DX_TOK_NUMBER:
    case DX_TOK_STRING:
    case DX_TOK_AT:
    case DX_TOK_LPAREN:
    case DX_TOK_LBRACKET:
    case DX_TOK_LBRACE:
    case DX_TOK_MINUS: return false;
    case DX_TOK_WORD: break;
    default: return true;
    }
    switch (next.keyword) {
    case DX_KW_AND:
    case DX_KW_OR:
    case DX_KW_IN:
    case DX_KW_BETWEEN:
    case DX_KW_INSTANCE:
    case DX_KW_THEN:
    case DX_KW_ELSE:
    case DX_KW_RETURN:
    case DX_KW_SATISFIES: return true;
    default: return false;
    }
}

dx_node *dx_parser_range(dx_parser *p, uint32_t from, dx_node *low, bool low_closed) {
    dx_node *node = dx_parser_node(p, DX_N_RANGE, from);
    bool upper = p->upper;
    dx_parser_expect(p, DX_TOK_DOTDOT, "..");
    if (dx_parser_at(p, DX_TOK_RBRACKET)) /* rather the end of this range than another one */
        return dx_parser_wrong(p, DX_E_FEEL_VALUE, DX_E_FEEL_VALUE_END);
    p->upper = true;
    node->a = low;
    node->b = dx_parser_operand(p, DX_LEVEL_ADD);
    p->upper = upper;
    node->flags = low_closed ? DX_F_LOW_CLOSED : 0;
    if (dx_parser_at(p, DX_TOK_RBRACKET))
        node->flags |= DX_F_HIGH_CLOSED;
    if (dx_parser_at(p, DX_TOK_RPAREN) || dx_parser_at(p, DX_TOK_LBRACKET))
        dx_parser_advance(p);
    else
        dx_parser_expect(p, DX_TOK_RBRACKET, "]");
    return dx_parser_done(p, node);
}

/* (< 5), (>= 5), (= 5), (!= 5): a range, from the operator on; its parenthesis opened at `from`. */
static dx_node *compare_range(dx_parser *p, uint32_t from) {
    dx_node *node = dx_parser_node(p, DX_N_RANGE, from);
    dx_op op = dx_parser_compare_op(p);
    dx_parser_advance(p);
    dx_node *end = dx_parser_operand(p, DX_LEVEL_ADD);
    node->op = (uint8_t)op;
    if (op != DX_OP_LT && op != DX_OP_LE)
        node->a = end;
    if (op != DX_OP_GT && op != DX_OP_GE)
        node->b = end;
    if (op == DX_OP_GE || op == DX_OP_EQ)
        node->flags |= DX_F_LOW_CLOSED;
    if (op == DX_OP_LE || op == DX_OP_EQ)
        node->flags |= DX_F_HIGH_CLOSED;
    dx_parser_expect(p, DX_TOK_RPAREN, ")");
    return dx_parser_done(p, node);
}

static dx_node *parentheses(dx_parser *p) {
    uint32_t from = p->tok.from;
    bool upper = p->upper;
    dx_node *node;
    dx_parser_advance(p);
    if (dx_parser_compare_op(p)) {
        p->upper = false;
        node = compare_range(p, from);
        p->upper = upper;
        return node;
    }
    node = dx_parser_expression(p);
    if (dx_parser_at(p, DX_TOK_DOTDOT))
        return dx_parser_range(p, from, node, false);
    dx_parser_expect(p, DX_TOK_RPAREN, ")");
    return node;
}

/* ]a..b] */
static dx_node *open_range(dx_parser *p) {
    uint32_t from = p->tok.from;
    dx_parser_advance(p);
    return dx_parser_range(p, from, dx_parser_expression(p), false);
}

/* [a, b] or [a..b] */
static dx_node *list(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_LIST, p->tok.from), *item;
    nodes items = {0};
    dx_parser_advance(p);
    if (!dx_parser_at(p, DX_TOK_RBRACKET)) {
        item = dx_parser_expression(p);
        if (dx_parser_at(p, DX_TOK_DOTDOT))
            return dx_parser_range(p, node->from, item, true);
        dx_vec_push(p->arena, &items, item);
        while (dx_parser_take(p, DX_TOK_COMMA)) {
            item = dx_parser_expression(p);
            dx_vec_push(p->arena, &items, item);
        }
    }
    dx_parser_expect(p, DX_TOK_RBRACKET, "]");
    node->list = items.v;
    node->n = items.n;
    return dx_parser_done(p, node);
}

/* The key of a context entry, up to its colon. */
static dx_str key(dx_parser *p) {
    dx_str name = {0};
    if (dx_parser_at(p, DX_TOK_STRING)) {
        characters(p, &name);
        dx_parser_advance(p);
    } else {
        name = dx_parser_new_name(p, DX_KW_NONE);
    }
    dx_parser_expect(p, DX_TOK_COLON, ":");
    return name;
}

static dx_node *context(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_CONTEXT, p->tok.from);
    const dx_names *outer = p->scope;
    dx_names *names = dx_parser_scope(p);
    nodes values = {0};
    strings keys = {0};
    dx_parser_advance(p);
    if (!dx_parser_at(p, DX_TOK_RBRACE)) {
        do {
            dx_str name = key(p);
            dx_node *value = dx_parser_expression(p);
            dx_vec_push(p->arena, &keys, name);
            dx_vec_push(p->arena, &values, value);
            dx_names_add(p->arena, names, name);
            if (p->in->members)
                dx_names_add(p->arena, p->in->members, name);
        } while (dx_parser_take(p, DX_TOK_COMMA));
    }
    dx_parser_expect(p, DX_TOK_RBRACE, "}");
    p->scope = outer;
    node->list = values.v;
    node->names = keys.v;
    node->n = values.n;
    return dx_parser_done(p, node);
}

/* --- control ---------------------------------------------------------------------------------- */

static dx_node *if_expression(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_IF, p->tok.from);
    dx_parser_advance(p);
    node->a = dx_parser_expression(p);
    dx_parser_expect_word(p, DX_KW_THEN);
    node->b = dx_parser_expression(p);
    dx_parser_expect_word(p, DX_KW_ELSE);
    node->c = dx_parser_expression(p);
    return dx_parser_done(p, node);
}

/* for, some, every: iterators, each of which sees those before it, then a body that sees all. */
static dx_node *iteration(dx_parser *p, dx_node_kind kind, dx_keyword body) {
    dx_node *node = dx_parser_node(p, kind, p->tok.from);
    const dx_names *outer = p->scope;
    dx_names *names = dx_parser_scope(p);
    DX_VEC(dx_iter) iters = {0};
    dx_parser_advance(p);
    do {
        dx_iter iter = {.name = dx_parser_new_name(p, DX_KW_IN)};
        dx_parser_expect_word(p, DX_KW_IN);
        iter.a = dx_parser_expression(p);
        if (dx_parser_take(p, DX_TOK_DOTDOT))
            iter.b = dx_parser_expression(p);
        dx_vec_push(p->arena, &iters, iter);
        dx_names_add(p->arena, names, iter.name);
    } while (dx_parser_take(p, DX_TOK_COMMA));
    dx_parser_expect_word(p, body);
    node->a = dx_parser_expression(p);
    p->scope = outer;
    node->iters = iters.v;
    node->n = iters.n;
    return dx_parser_done(p, node);
}

static dx_node *function(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_FUNCTION, p->tok.from);
    const dx_names *outer = p->scope;
    dx_names *names = dx_parser_scope(p);
    strings params = {0};
    DX_VEC(const dx_type *) types = {0};
    dx_parser_advance(p);
    dx_parser_expect(p, DX_TOK_LPAREN, "(");
    if (!dx_parser_at(p, DX_TOK_RPAREN)) {
        do {
            dx_str name = dx_parser_new_name(p, DX_KW_NONE);
            const dx_type *type = NULL;
            if (dx_parser_take(p, DX_TOK_COLON))
                type = dx_parser_type(p, true);
            dx_vec_push(p->arena, &params, name);
            dx_vec_push(p->arena, &types, type);
            dx_names_add(p->arena, names, name);
        } while (dx_parser_take(p, DX_TOK_COMMA));
    }
    dx_parser_expect(p, DX_TOK_RPAREN, ")");
    if (dx_parser_word(p, DX_KW_EXTERNAL) && dx_lex(p->text, p->tok.to).kind == DX_TOK_LBRACE) {
        node->flags = DX_F_EXTERNAL;
        dx_parser_advance(p);
    }
    node->a = dx_parser_expression(p);
    p->scope = outer;
    node->names = params.v;
    node->types = types.v;
    node->n = params.n;
    return dx_parser_done(p, node);
}

/* --- operands --------------------------------------------------------------------------------- */

static dx_node *name(dx_parser *p) {
    dx_node *node = dx_parser_node(p, DX_N_NAME, p->tok.from);
    node->name = dx_parser_name(p, DX_NAME_OPERAND);
    return dx_parser_done(p, node);
}

/* A word: a known name of several words comes first, even one that begins like a keyword. */
static dx_node *word(dx_parser *p) {
    dx_token first = p->tok;
    if (first.keyword == DX_KW_NONE)
        return name(p);
    dx_node *node = name(p);
    if (p->failed || node->to > first.to)
        return node;
    dx_token read = p->name;
    dx_parser_goto(p, first.from);
    p->name = (dx_token){0};
    switch ((dx_keyword)first.keyword) {
    case DX_KW_TRUE: return literal(p, dx_val_bool(true));
    case DX_KW_FALSE: return literal(p, dx_val_bool(false));
    case DX_KW_NULL: return literal(p, DX_VAL_NULL);
    case DX_KW_IF: return if_expression(p);
    case DX_KW_FOR: return iteration(p, DX_N_FOR, DX_KW_RETURN);
    case DX_KW_SOME: return iteration(p, DX_N_SOME, DX_KW_SATISFIES);
    case DX_KW_EVERY: return iteration(p, DX_N_EVERY, DX_KW_SATISFIES);
    case DX_KW_FUNCTION: return function(p);
    case DX_KW_NOT: /* a function */
    case DX_KW_EXTERNAL:
    case DX_KW_INSTANCE:
    case DX_KW_OF: break;
    case DX_KW_NONE:
    case DX_KW_AND:
    case DX_KW_BETWEEN:
    case DX_KW_ELSE:
    case DX_KW_IN:
    case DX_KW_OR:
    case DX_KW_RETURN:
    case DX_KW_SATISFIES:
    case DX_KW_THEN: return dx_parser_wrong(p, DX_E_FEEL_VALUE, DX_E_FEEL_VALUE_END);
    }
    dx_parser_goto(p, first.to);
    p->name = read;
    return node;
}

dx_node *dx_parser_atom(dx_parser *p) {
    switch (p->tok.kind) {
    case DX_TOK_NUMBER: return number(p);
    case DX_TOK_STRING: return string(p);
    case DX_TOK_AT: return at_literal(p);
    case DX_TOK_LPAREN: return parentheses(p);
    case DX_TOK_LBRACKET: return list(p);
    case DX_TOK_RBRACKET: return open_range(p);
    case DX_TOK_LBRACE: return context(p);
    case DX_TOK_WORD: return word(p);
    default: return dx_parser_wrong(p, DX_E_FEEL_VALUE, DX_E_FEEL_VALUE_END);
    }
}

static dx_node *path(dx_parser *p, uint32_t from, dx_node *operand) {
    dx_node *node = dx_parser_node(p, DX_N_PATH, from);
    node->a = operand;
    dx_parser_advance(p);
    if (!dx_parser_at(p, DX_TOK_WORD))
        return dx_parser_wrong(p, DX_E_FEEL_NAME, DX_E_FEEL_NAME_END);
    node->name = dx_parser_name(p, DX_NAME_MEMBER);
    return dx_parser_done(p, node);
}

static dx_node *filter(dx_parser *p, uint32_t from, dx_node *operand) {
    dx_node *node = dx_parser_node(p, DX_N_FILTER, from);
    node->a = operand;
    dx_parser_advance(p);
    p->filters++;
    node->b = dx_parser_expression(p);
    p->filters--;
    dx_parser_expect(p, DX_TOK_RBRACKET, "]");
    return dx_parser_done(p, node);
}

/* Arguments are all named or all positional; the first one decides. */
static dx_node *call(dx_parser *p, uint32_t from, dx_node *operand) {
    dx_node *node = dx_parser_node(p, DX_N_CALL, from);
    nodes args = {0};
    strings names = {0};
    dx_str label;
    node->a = operand;
    dx_parser_advance(p);
    if (!dx_parser_at(p, DX_TOK_RPAREN)) {
        bool named = dx_parser_label(p, &label);
        for (;;) {
            dx_node *arg = dx_parser_expression(p);
            dx_vec_push(p->arena, &args, arg);
            if (named)
                dx_vec_push(p->arena, &names, label);
            if (!dx_parser_take(p, DX_TOK_COMMA))
                break;
            if (named && !dx_parser_label(p, &label)) {
                dx_parser_wrong(p, DX_E_FEEL_ARGUMENT_NAME, DX_E_FEEL_NAME_END);
                break;
            }
        }
    }
    dx_parser_expect(p, DX_TOK_RPAREN, ")");
    node->list = args.v;
    node->names = names.v;
    node->n = args.n;
    return dx_parser_done(p, node);
}

static dx_node *instance_of(dx_parser *p, uint32_t from, dx_node *operand) {
    dx_node *node = dx_parser_node(p, DX_N_INSTANCE, from);
    node->a = operand;
    dx_parser_advance(p);
    dx_parser_expect_word(p, DX_KW_OF);
    node->type = dx_parser_type(p, false);
    return dx_parser_done(p, node);
}

dx_node *dx_parser_postfix(dx_parser *p, uint32_t from, dx_node *node) {
    for (;;) {
        if (dx_parser_at(p, DX_TOK_DOT))
            node = path(p, from, node);
        else if (dx_parser_at(p, DX_TOK_LBRACKET) && !(p->upper && closes_range(p)))
            node = filter(p, from, node);
        else if (dx_parser_at(p, DX_TOK_LPAREN))
            node = call(p, from, node);
        else if (dx_parser_word(p, DX_KW_INSTANCE))
            node = instance_of(p, from, node);
        else
            return node;
    }
}
