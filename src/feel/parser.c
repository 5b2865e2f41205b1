/* The parser of FEEL (DMN 1.5 §10.3.1.2, rules 1 to 66): by recursive descent, with the names in
 * scope at hand, since they decide what the tokens are. Here: faults, names, the operators and
 * unary tests. */
#include "feel/parse.h"

#include "base/utf8.h"
#include "feel/builtin.h"
#include "feel/suggest.h"

/* --- tokens and faults ------------------------------------------------------------------------ */

static dx_str slice(const dx_parser *p, uint32_t from, uint32_t to) {
    return (dx_str){p->text.p + from, to - from};
}

/* A piece of the text to quote in a sentence: its first line, at most 40 characters. */
static dx_str quote(dx_parser *p, uint32_t from, uint32_t to) {
    dx_str s = slice(p, from, to);
    const char *line = s.n ? memchr(s.p, '\n', s.n) : NULL;
    size_t end = dx_utf8_offset(s, 40);
    if (line && (size_t)(line - s.p) < end)
        end = (size_t)(line - s.p);
    return end == s.n ? s : dx_str_fmt(p->arena, "%.*s…", (int)end, s.p);
}

static dx_node *fail(dx_parser *p, dx_err code, uint32_t from, uint32_t to, dx_str a, dx_str b,
                     dx_str c) {
    if (!p->failed)
        dx_diag_add(p->in->diags, code, dx_place_in(&p->source->place, from, to), a, b, c);
    p->failed = true;
    p->tok = (dx_token){.kind = DX_TOK_END, .from = (uint32_t)p->text.n, .to = (uint32_t)p->text.n};
    dx_node *node = dx_node_new(p->arena, DX_N_ERROR, p->source);
    node->from = from;
    node->to = to;
    return node;
}

dx_node *dx_parser_fail(dx_parser *p, dx_err code, uint32_t from, uint32_t to, dx_str a) {
    return fail(p, code, from, to, a, (dx_str){0}, (dx_str){0});
}

void dx_parser_note(dx_parser *p, dx_err code, uint32_t from, uint32_t to, dx_str a) {
    if (!p->failed)
        dx_diag_add(p->in->diags, code, dx_place_in(&p->source->place, from, to), a, (dx_str){0},
                    (dx_str){0});
}

dx_node *dx_parser_wrong(dx_parser *p, dx_err code, dx_err code_end) {
    bool end = dx_parser_at(p, DX_TOK_END);
    return dx_parser_fail(p, end ? code_end : code, p->tok.from, p->tok.to,
                          quote(p, p->tok.from, p->tok.to));
}

/* A full-width character in bytes from..to, where its half-width form was meant: said, if there is
 * one. */
static bool full_width(dx_parser *p, size_t from, size_t to) {
    const char *half;
    if (!dx_full_width(p->text, &from, &to, &half))
        return false;
    fail(p, DX_E_FEEL_FULL_WIDTH, (uint32_t)from, (uint32_t)to,
         slice(p, (uint32_t)from, (uint32_t)to), dx_str_of(half), (dx_str){0});
    return true;
}

/* Quotation marks and invisible characters are better known by their number too. */
static void wrong_character(dx_parser *p) {
    if (full_width(p, p->tok.from, p->tok.to))
        return;
    uint32_t cp = 0;
    char utf8[4];
    dx_utf8_decode(p->text, p->tok.from, &cp);
    dx_str shown = dx_str_copy(p->arena, (dx_str){utf8, dx_utf8_encode(cp, utf8)});
    fail(p, DX_E_FEEL_CHARACTER, p->tok.from, p->tok.to, shown,
         dx_str_fmt(p->arena, "U+%04X", (unsigned)cp), (dx_str){0});
}

void dx_parser_goto(dx_parser *p, uint32_t at) {
    if (p->failed)
        return;
    p->last_to = at;
    p->tok = dx_lex(p->text, at);
    if (p->tok.kind == DX_TOK_BAD && p->tok.fault == DX_E_FEEL_CHARACTER)
        wrong_character(p);
    else if (p->tok.kind == DX_TOK_BAD)
        dx_parser_fail(p, p->tok.fault, p->tok.from, p->tok.to, (dx_str){0});
}

void dx_parser_advance(dx_parser *p) {
    dx_parser_goto(p, p->tok.to);
}

bool dx_parser_take(dx_parser *p, dx_token_kind kind) {
    if (p->tok.kind != kind)
        return false;
    dx_parser_advance(p);
    return true;
}

/* "loan amount" where only "loan" is known reads as a name and a word too many: the two as one, or
 * "" when the token does not follow a name. */
static dx_str split_name(dx_parser *p) {
    if (!dx_parser_at(p, DX_TOK_WORD) || p->tok.keyword || p->name.to != p->last_to ||
        p->name.to == 0)
        return (dx_str){0};
    return quote(p, p->name.from, p->tok.to);
}

static bool in_names(const dx_names *names, dx_str key);

/* A name of the model that is not in scope reads as several words: said, if it is one. */
static bool hidden_name(dx_parser *p) {
    uint32_t from = p->name.from, to = 0;
    if (!p->in->hidden || !split_name(p).n)
        return false;
    dx_token word = dx_lex(p->text, from);
    dx_name_scan scan = dx_name_scan_start(&p->key, p->text, &word);
    dx_str name = {0};
    while (p->key.n <= p->in->hidden->longest && dx_name_scan_more(&scan))
        if (in_names(p->in->hidden, dx_buf_str(&p->key))) {
            name = dx_str_copy(p->arena, dx_buf_str(&p->key));
            to = scan.to;
        }
    if (to < p->tok.to)
        return false;
    bool called = dx_lex(p->text, to).kind == DX_TOK_LPAREN;
    fail(p, called ? DX_E_FEEL_FUNCTION_NOT_REQUIRED : DX_E_FEEL_NOT_REQUIRED, from, to, name,
         (dx_str){0}, (dx_str){0});
    return true;
}

/* The token read next is wrong for a reason that has a sentence of its own. */
static bool has_reason(dx_parser *p) {
    return hidden_name(p) ||
           (dx_parser_at(p, DX_TOK_WORD) && full_width(p, p->tok.from, p->tok.to));
}

static void unexpected(dx_parser *p, dx_str expected) {
    if (has_reason(p))
        return;
    dx_str found = quote(p, p->tok.from, p->tok.to), name = split_name(p);
    if (dx_parser_at(p, DX_TOK_END))
        dx_parser_fail(p, DX_E_FEEL_END, p->tok.from, p->tok.to, expected);
    else
        fail(p, name.n ? DX_E_FEEL_EXPECTED_OR_NAME : DX_E_FEEL_EXPECTED, p->tok.from, p->tok.to,
             expected, found, name);
}

void dx_parser_expect(dx_parser *p, dx_token_kind kind, const char *text) {
    if (!dx_parser_take(p, kind))
        unexpected(p, dx_str_of(text));
}

void dx_parser_expect_word(dx_parser *p, dx_keyword keyword) {
    if (dx_parser_word(p, keyword))
        dx_parser_advance(p);
    else
        unexpected(p, dx_str_of(dx_keyword_text(keyword)));
}

/* The text must be over. */
static void expect_end(dx_parser *p) {
    if (dx_parser_at(p, DX_TOK_END) || has_reason(p))
        return;
    dx_str name = split_name(p);
    fail(p, name.n ? DX_E_FEEL_TRAILING_NAME : DX_E_FEEL_TRAILING, p->tok.from, p->tok.to,
         quote(p, p->tok.from, p->tok.to), name, (dx_str){0});
}

static dx_node *too_deep(dx_parser *p, uint32_t from, uint32_t to, unsigned most) {
    return dx_parser_fail(p, DX_E_LIMIT_DEPTH, from, to, dx_str_fmt(p->arena, "%u", most));
}

bool dx_parser_enter(dx_parser *p) {
    if (++p->depth > DX_NESTING_MAX)
        too_deep(p, p->tok.from, p->tok.to, DX_NESTING_MAX);
    return !p->failed;
}

/* --- nodes --------------------------------------------------------------------------------------
 */

dx_node *dx_parser_node(dx_parser *p, dx_node_kind kind, uint32_t from) {
    dx_node *node = dx_node_new(p->arena, kind, p->source);
    node->from = from;
    return node;
}

static void grow(dx_node *node, const dx_node *child) {
    if (child && child->height >= node->height)
        node->height = (uint16_t)(child->height + 1);
}

dx_node *dx_parser_done(dx_parser *p, dx_node *node) {
    node->to = p->last_to > node->from ? p->last_to : node->from; /* "" is empty tests */
    grow(node, node->a);
    grow(node, node->b);
    grow(node, node->c);
    for (uint32_t i = 0; node->list && i < node->n; i++)
        grow(node, node->list[i]);
    for (uint32_t i = 0; node->iters && i < node->n; i++) {
        grow(node, node->iters[i].a);
        grow(node, node->iters[i].b);
    }
    if (node->height >= DX_NODE_HEIGHT)
        return too_deep(p, node->from, node->to, DX_NODE_HEIGHT);
    return node;
}

/* --- names --------------------------------------------------------------------------------------
 */

dx_names *dx_parser_scope(dx_parser *p) {
    dx_names *names = DX_NEW(p->arena, dx_names);
    names->outer = p->scope;
    p->scope = names;
    return names;
}

static bool in_names(const dx_names *names, dx_str key) {
    return key.n <= names->longest && dx_map_get(&names->known, key) != DX_MAP_NONE;
}

static bool in_scope(const dx_parser *p, dx_str key) {
    for (const dx_names *names = p->scope; names; names = names->outer)
        if (in_names(names, key))
            return true;
    return false;
}

/* Properties of dates and ranges that are two words (DMN 1.5 tables 65 and 66). */
static bool property(dx_str key) {
    return dx_str_is(key, "time offset") || dx_str_is(key, "start included") ||
           dx_str_is(key, "end included");
}

static bool known(const dx_parser *p, dx_str key, dx_name_where where) {
    bool member = p->in->members && in_names(p->in->members, key);
    switch (where) {
    case DX_NAME_MEMBER: return member || property(key);
    case DX_NAME_TYPE: return dx_type_builtin(key) || in_scope(p, key) || member;
    case DX_NAME_OPERAND:
        return in_scope(p, key) || dx_builtin_find(key) != UINT32_MAX ||
               (p->filters && (member || property(key)));
    }
    return false;
}

/* The length over which no name is known: of what is in scope, but at least that of the built-in
 * names ("years and months duration"). Names over 500 bytes are not looked for. */
static uint32_t longest_known(const dx_parser *p) {
    uint32_t longest = 32;
    for (const dx_names *names = p->scope; names; names = names->outer)
        longest = names->longest > longest ? names->longest : longest;
    if (p->in->members && p->in->members->longest > longest)
        longest = p->in->members->longest;
    return longest < 500 ? longest : 500;
}

/* Whether a name could go on after the word: its next character is white space or a symbol. */
static bool may_go_on(const dx_parser *p) {
    if (p->tok.to >= p->text.n)
        return false;
    char c = p->text.p[p->tok.to];
    return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c >= 0x80 || dx_name_symbol(c);
}

dx_str dx_parser_name(dx_parser *p, dx_name_where where) {
    dx_str best = slice(p, p->tok.from, p->tok.to);
    uint32_t from = p->tok.from, to = p->tok.to;
    if (may_go_on(p)) {
        uint32_t longest = longest_known(p);
        dx_name_scan scan = dx_name_scan_start(&p->key, p->text, &p->tok);
        while (p->key.n < longest && dx_name_scan_more(&scan)) {
            if (known(p, dx_buf_str(&p->key), where)) {
                best = dx_str_copy(p->arena, dx_buf_str(&p->key));
                to = scan.to;
            }
        }
    }
    dx_parser_goto(p, to);
    p->name = (dx_token){.from = from, .to = to};
    return best;
}

dx_str dx_parser_new_name(dx_parser *p, dx_keyword until) {
    if (!dx_parser_at(p, DX_TOK_WORD)) {
        dx_parser_wrong(p, DX_E_FEEL_NAME, DX_E_FEEL_NAME_END);
        return (dx_str){0};
    }
    dx_name_scan scan = dx_name_scan_start(&p->key, p->text, &p->tok);
    size_t n = p->key.n;
    uint32_t to = scan.to;
    bool found = false;
    while (dx_name_scan_more(&scan)) {
        found = until && dx_str_is(slice(p, scan.at, scan.to), dx_keyword_text(until));
        if (found)
            break;
        n = p->key.n;
        to = scan.to;
    }
    if (until && !found) { /* where it is missing, the name is best taken for one word */
        n = p->tok.to - p->tok.from;
        to = p->tok.to;
    }
    dx_parser_goto(p, to);
    return dx_str_copy(p->arena, (dx_str){p->key.p, n});
}

bool dx_parser_label(dx_parser *p, dx_str *ret) {
    if (!dx_parser_at(p, DX_TOK_WORD))
        return false;
    dx_name_scan scan = dx_name_scan_start(&p->key, p->text, &p->tok);
    while (dx_name_scan_more(&scan))
        ;
    dx_token after = dx_lex(p->text, scan.to);
    if (after.kind != DX_TOK_COLON)
        return false;
    dx_parser_goto(p, after.to);
    *ret = dx_str_copy(p->arena, dx_buf_str(&p->key));
    return true;
}

/* --- operators ----------------------------------------------------------------------------------
 */

dx_op dx_parser_compare_op(const dx_parser *p) {
    switch (p->tok.kind) {
    case DX_TOK_EQ: return DX_OP_EQ;
    case DX_TOK_NE: return DX_OP_NE;
    case DX_TOK_LT: return DX_OP_LT;
    case DX_TOK_LE: return DX_OP_LE;
    case DX_TOK_GT: return DX_OP_GT;
    case DX_TOK_GE: return DX_OP_GE;
    default: return DX_OP_NONE;
    }
}

/* The operator that is read next: its level (0: none) and what becomes of it. */
static dx_level operator_at(const dx_parser *p, dx_node_kind *ret_kind, dx_op *ret_op) {
    *ret_op = DX_OP_NONE;
    *ret_kind = DX_N_ARITH;
    switch (p->tok.kind) {
    case DX_TOK_PLUS: *ret_op = DX_OP_ADD; return DX_LEVEL_ADD;
    case DX_TOK_MINUS: *ret_op = DX_OP_SUB; return DX_LEVEL_ADD;
    case DX_TOK_STAR: *ret_op = DX_OP_MUL; return DX_LEVEL_MULTIPLY;
    case DX_TOK_SLASH: *ret_op = DX_OP_DIV; return DX_LEVEL_MULTIPLY;
    case DX_TOK_POWER: *ret_op = DX_OP_POW; return DX_LEVEL_POWER;
    case DX_TOK_WORD: break;
    default:
        *ret_kind = DX_N_COMPARE;
        *ret_op = dx_parser_compare_op(p);
        return *ret_op ? DX_LEVEL_COMPARE : 0;
    }
    switch (p->tok.keyword) {
    case DX_KW_OR: *ret_kind = DX_N_OR; return DX_LEVEL_OR;
    case DX_KW_AND: *ret_kind = DX_N_AND; return DX_LEVEL_AND;
    case DX_KW_BETWEEN: *ret_kind = DX_N_BETWEEN; return DX_LEVEL_COMPARE;
    case DX_KW_IN: *ret_kind = DX_N_IN; return DX_LEVEL_COMPARE;
    default: return 0;
    }
}

static dx_node *in_tests(dx_parser *p);

dx_node *dx_parser_operators(dx_parser *p, uint32_t from, dx_node *left, dx_level level) {
    dx_node_kind kind;
    dx_op op;
    dx_level at;
    while ((at = operator_at(p, &kind, &op)) != 0 && at >= level) {
        dx_node *node = dx_parser_node(p, kind, from);
        node->op = (uint8_t)op;
        node->a = left;
        dx_parser_advance(p);
        if (kind == DX_N_IN) {
            node->b = in_tests(p);
        } else if (kind == DX_N_BETWEEN) {
            node->b = dx_parser_operand(p, DX_LEVEL_ADD);
            dx_parser_expect_word(p, DX_KW_AND);
            node->c = dx_parser_operand(p, DX_LEVEL_ADD);
        } else {
            node->b = dx_parser_operand(p, (dx_level)(at + 1));
        }
        left = dx_parser_done(p, node);
    }
    return left;
}

/* A minus before a number belongs to the literal (rule 37), before anything else it negates; both
 * bind tighter than ** (rule 4). */
static dx_node *unary(dx_parser *p) {
    uint32_t from = p->tok.from;
    if (!dx_parser_at(p, DX_TOK_MINUS))
        return dx_parser_postfix(p, from, dx_parser_atom(p));
    dx_node *node = dx_parser_node(p, DX_N_NEGATE, from);
    dx_parser_advance(p);
    if (dx_parser_at(p, DX_TOK_NUMBER)) {
        node = dx_parser_atom(p);
        if (p->failed)
            return node;
        node->value = dx_val_num(dx_num_neg(p->arena, node->value.u.num));
        node->from = from;
        return dx_parser_postfix(p, from, node);
    }
    if (dx_parser_enter(p))
        node->a = unary(p);
    dx_parser_leave(p);
    return dx_parser_done(p, node);
}

dx_node *dx_parser_operand(dx_parser *p, dx_level level) {
    uint32_t from = p->tok.from;
    return dx_parser_operators(p, from, unary(p), level);
}

dx_node *dx_parser_expression(dx_parser *p) {
    bool upper = p->upper;
    p->upper = false;
    dx_node *node;
    if (dx_parser_enter(p))
        node = dx_parser_operand(p, DX_LEVEL_OR);
    else
        node = dx_parser_fail(p, DX_E_LIMIT_DEPTH, p->tok.from, p->tok.to, (dx_str){0});
    dx_parser_leave(p);
    p->upper = upper;
    return node;
}

/* --- unary tests --------------------------------------------------------------------------------
 */

typedef DX_VEC(dx_node *) nodes;

/* `< 5`, or an expression (an interval is one too). */
static dx_node *test(dx_parser *p) {
    dx_op op = dx_parser_compare_op(p);
    if (!op)
        return dx_parser_expression(p);
    dx_node *node = dx_parser_node(p, DX_N_TEST_CMP, p->tok.from);
    node->op = (uint8_t)op;
    dx_parser_advance(p);
    node->b = dx_parser_operand(p, DX_LEVEL_ADD);
    return dx_parser_done(p, node);
}

static dx_node *tests_node(dx_parser *p, uint32_t from, const nodes *list, uint8_t flags) {
    dx_node *node = dx_parser_node(p, DX_N_TESTS, from);
    node->list = list->v;
    node->n = list->n;
    node->flags = flags;
    return dx_parser_done(p, node);
}

/* Whether what comes next goes on with an operand that has just been closed by a parenthesis. */
static bool operand_goes_on(const dx_parser *p) {
    dx_node_kind kind;
    dx_op op;
    return dx_parser_at(p, DX_TOK_DOT) || dx_parser_at(p, DX_TOK_LBRACKET) ||
           dx_parser_at(p, DX_TOK_LPAREN) || dx_parser_word(p, DX_KW_INSTANCE) ||
           operator_at(p, &kind, &op) >= DX_LEVEL_ADD;
}

/* After `in (`: tests up to the parenthesis, or the lower end of an interval, or, as in
 * `x in (a + b) * 2`, no more than the beginning of an operand. */
static void in_parentheses(dx_parser *p, uint32_t from, nodes *list) {
    bool upper = p->upper;
    p->upper = false;
    dx_node *node = test(p);
    bool expression = node->kind != DX_N_TEST_CMP,
         range = expression && dx_parser_at(p, DX_TOK_DOTDOT);
    if (range)
        node = dx_parser_range(p, from, node, false);
    dx_vec_push(p->arena, list, node);
    while (!range && dx_parser_take(p, DX_TOK_COMMA)) {
        node = test(p);
        dx_vec_push(p->arena, list, node);
    }
    if (!range)
        dx_parser_expect(p, DX_TOK_RPAREN, ")");
    p->upper = upper;
    if (list->n == 1 && expression && operand_goes_on(p))
        list->v[0] = dx_parser_operators(p, from, dx_parser_postfix(p, from, node), DX_LEVEL_ADD);
}

/* What stands after `in`: one test, or several in parentheses. */
static dx_node *in_tests(dx_parser *p) {
    nodes list = {0};
    uint32_t from = p->tok.from;
    if (!dx_parser_enter(p)) {
        /* the fault is recorded; an empty list would read as "-", but nobody sees it */
    } else if (dx_parser_take(p, DX_TOK_LPAREN)) {
        in_parentheses(p, from, &list);
    } else {
        dx_node *node = dx_parser_compare_op(p) ? test(p) : dx_parser_operand(p, DX_LEVEL_ADD);
        dx_vec_push(p->arena, &list, node);
    }
    dx_parser_leave(p);
    return tests_node(p, from, &list, 0);
}

static void test_list(dx_parser *p, nodes *list) {
    do {
        dx_node *node = test(p);
        dx_vec_push(p->arena, list, node);
    } while (dx_parser_take(p, DX_TOK_COMMA));
}

/* not(...) as a whole cell negates its tests. Where something follows it, it was the function. */
static dx_node *negated_tests(dx_parser *p) {
    uint32_t from = p->tok.from;
    nodes list = {0};
    dx_node *name = dx_parser_node(p, DX_N_NAME, from);
    name->name = dx_parser_name(p, DX_NAME_OPERAND);
    dx_parser_done(p, name);
    dx_parser_expect(p, DX_TOK_LPAREN, "(");
    test_list(p, &list);
    dx_parser_expect(p, DX_TOK_RPAREN, ")");
    if (dx_parser_at(p, DX_TOK_END))
        return tests_node(p, from, &list, DX_F_NOT);
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.v[i]->kind == DX_N_TEST_CMP) {
            expect_end(p);
            return name;
        }
    }
    dx_node *call = dx_parser_node(p, DX_N_CALL, from);
    call->a = name;
    call->list = list.v;
    call->n = list.n;
    call = dx_parser_postfix(p, from, dx_parser_done(p, call));
    list = (nodes){0};
    dx_vec_push(p->arena, &list, dx_parser_operators(p, from, call, DX_LEVEL_OR));
    if (dx_parser_take(p, DX_TOK_COMMA))
        test_list(p, &list);
    return tests_node(p, from, &list, 0);
}

static dx_node *unary_tests(dx_parser *p) {
    nodes list = {0};
    uint32_t from = p->tok.from;
    if (dx_parser_at(p, DX_TOK_END))
        return tests_node(p, from, &list, 0);
    if (dx_parser_at(p, DX_TOK_MINUS) && dx_lex(p->text, p->tok.to).kind == DX_TOK_END) {
        dx_parser_advance(p);
        return tests_node(p, from, &list, 0);
    }
    if (dx_parser_word(p, DX_KW_NOT) && dx_lex(p->text, p->tok.to).kind == DX_TOK_LPAREN)
        return negated_tests(p);
    test_list(p, &list);
    return tests_node(p, from, &list, 0);
}

/* --- entry points --- */

static void start(dx_parser *p, dx_parse *parse, dx_str text, dx_place place) {
    dx_source *source = DX_NEW(parse->arena, dx_source);
    if (text.n == 0)
        text = DX_STR(""); /* never a NULL pointer to count from */
    place.text = text;
    source->place = place;
    *p = (dx_parser){.in = parse,
                     .arena = parse->arena,
                     .text = text,
                     .source = source,
                     .key = {.arena = parse->arena},
                     .scope = parse->scope};
    if (text.n > INT32_MAX) { /* places are 32 bits */
        p->text.n = 0;
        dx_parser_fail(p, DX_E_LIMIT_BYTES, 0, 0, (dx_str){0});
    }
    dx_parser_goto(p, 0);
}

static dx_node *finish(dx_parser *p, dx_node *node) {
    expect_end(p);
    if (!p->failed)
        return node;
    node = dx_node_new(p->arena, DX_N_ERROR, p->source);
    node->to = (uint32_t)p->text.n;
    return node;
}

dx_node *dx_feel_parse(dx_parse *parse, dx_str text, dx_place place) {
    dx_parser p;
    start(&p, parse, text, place);
    if (dx_parser_at(&p, DX_TOK_END))
        dx_parser_fail(&p, DX_E_FEEL_EMPTY, 0, (uint32_t)p.text.n, (dx_str){0});
    return finish(&p, dx_parser_expression(&p));
}

dx_node *dx_feel_parse_tests(dx_parse *parse, dx_str text, dx_place place) {
    dx_parser p;
    start(&p, parse, text, place);
    return finish(&p, unary_tests(&p));
}

const dx_type *dx_feel_parse_type(dx_parse *parse, dx_str text, dx_place place) {
    dx_parser p;
    const dx_type *type = dx_type_builtin(dx_name_normal(parse->arena, text));
    if (type)
        return type;
    start(&p, parse, text, place);
    type = dx_parser_type(&p, true);
    expect_end(&p);
    return p.failed ? NULL : type;
}
