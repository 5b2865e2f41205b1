/* Making nodes, and showing trees as S-expressions: for tests, and for people who ask how a text
 * was understood. */
#include "feel/ast.h"

dx_node *dx_node_new(dx_arena *arena, dx_node_kind kind, const dx_source *source) {
    dx_node *node = DX_NEW(arena, dx_node);
    node->kind = (uint8_t)kind;
    node->source = source;
    return node;
}

bool dx_node_mentions(const dx_node *node, dx_str name) {
    if (!node)
        return false;
    if (node->kind == DX_N_NAME)
        return dx_str_eq(node->name, name);
    if (dx_node_mentions(node->a, name) || dx_node_mentions(node->b, name) ||
        dx_node_mentions(node->c, name))
        return true;
    for (uint32_t i = 0; node->list && i < node->n; i++)
        if (dx_node_mentions(node->list[i], name))
            return true;
    for (uint32_t i = 0; node->iters && i < node->n; i++)
        if (dx_node_mentions(node->iters[i].a, name) || dx_node_mentions(node->iters[i].b, name))
            return true;
    return false;
}

static const char *op_text(const dx_node *node) {
    switch ((dx_op)node->op) {
    case DX_OP_NONE: return "";
    case DX_OP_ADD: return "+";
    case DX_OP_SUB: return "-";
    case DX_OP_MUL: return "*";
    case DX_OP_DIV: return "/";
    case DX_OP_POW: return "**";
    case DX_OP_EQ: return "=";
    case DX_OP_NE: return "!=";
    case DX_OP_LT: return "<";
    case DX_OP_LE: return "<=";
    case DX_OP_GT: return ">";
    case DX_OP_GE: return ">=";
    }
    return "";
}

static const char *kind_text(const dx_node *node) {
    switch ((dx_node_kind)node->kind) {
    case DX_N_PATH: return "path";
    case DX_N_FILTER: return "filter";
    case DX_N_CALL: return "call";
    case DX_N_NEGATE: return "neg";
    case DX_N_ARITH:
    case DX_N_COMPARE: return op_text(node);
    case DX_N_AND: return "and";
    case DX_N_OR: return "or";
    case DX_N_BETWEEN: return "between";
    case DX_N_IN: return "in";
    case DX_N_TESTS: return node->flags & DX_F_NOT ? "not-tests" : "tests";
    case DX_N_TEST_CMP: return "test";
    case DX_N_IF: return "if";
    case DX_N_FOR: return "for";
    case DX_N_SOME: return "some";
    case DX_N_EVERY: return "every";
    case DX_N_INSTANCE: return "instance";
    case DX_N_RANGE: return "range";
    case DX_N_LIST: return "list";
    case DX_N_CONTEXT: return "context";
    case DX_N_FUNCTION: return node->flags & DX_F_EXTERNAL ? "external" : "function";
    case DX_N_TABLE: return "table";
    case DX_N_COERCE: return "coerce";
    case DX_N_ERROR: return "error";
    case DX_N_LITERAL:
    case DX_N_NAME: break;
    }
    return "";
}

/* A name of several words stands between bars. */
static void print_name(dx_buf *out, dx_str name) {
    bool bars = name.n == 0;
    for (size_t i = 0; i < name.n; i++)
        bars = bars || (name.p[i] > 0 && name.p[i] < '0') || name.p[i] == '|';
    dx_buf_addz(out, bars ? "|" : "");
    dx_buf_add(out, name);
    dx_buf_addz(out, bars ? "|" : "");
}

static void print(dx_buf *out, const dx_node *node, uint32_t depth);

static void print_child(dx_buf *out, const dx_node *child, uint32_t depth) {
    if (!child)
        return;
    dx_buf_char(out, ' ');
    print(out, child, depth);
}

static void print_iters(dx_buf *out, const dx_node *node, uint32_t depth) {
    for (uint32_t i = 0; i < node->n; i++) {
        dx_buf_addz(out, " (");
        print_name(out, node->iters[i].name);
        print_child(out, node->iters[i].a, depth);
        print_child(out, node->iters[i].b, depth);
        dx_buf_char(out, ')');
    }
}

static void print_params(dx_buf *out, const dx_node *node) {
    dx_buf_addz(out, " (");
    for (uint32_t i = 0; i < node->n; i++) {
        dx_buf_addz(out, i ? " " : "");
        print_name(out, node->names[i]);
        if (node->types[i]) {
            dx_buf_addz(out, ": ");
            dx_type_print(out, node->types[i]);
        }
    }
    dx_buf_char(out, ')');
}

/* The ends of a range as c (closed), o (open), _ (none); then the operator it was written with. */
static void print_ends(dx_buf *out, const dx_node *node) {
    dx_buf_char(out, ' ');
    dx_buf_char(out, !node->a ? '_' : node->flags & DX_F_LOW_CLOSED ? 'c' : 'o');
    dx_buf_char(out, !node->b ? '_' : node->flags & DX_F_HIGH_CLOSED ? 'c' : 'o');
    if (node->op)
        dx_buf_fmt(out, " %s", op_text(node));
}

static void print(dx_buf *out, const dx_node *node, uint32_t depth) {
    if (node->kind == DX_N_LITERAL) {
        dx_val_print(out, node->value, true);
        return;
    }
    if (node->kind == DX_N_NAME) {
        print_name(out, node->name);
        return;
    }
    if (depth == 0) { /* a tree that no text made may be deeper than the stack */
        dx_buf_addz(out, "...");
        return;
    }
    dx_buf_char(out, '(');
    dx_buf_addz(out, kind_text(node));
    if (node->kind == DX_N_TEST_CMP)
        dx_buf_fmt(out, " %s", op_text(node));
    if (node->kind == DX_N_RANGE)
        print_ends(out, node);
    if (node->kind == DX_N_FUNCTION)
        print_params(out, node);
    if (node->iters)
        print_iters(out, node, depth - 1);
    print_child(out, node->a, depth - 1);
    print_child(out, node->b, depth - 1);
    print_child(out, node->c, depth - 1);
    for (uint32_t i = 0; node->list && i < node->n; i++) {
        if (node->names) {
            dx_buf_char(out, ' ');
            print_name(out, node->names[i]);
            dx_buf_char(out, ':');
        }
        print_child(out, node->list[i], depth - 1);
    }
    if (node->kind == DX_N_PATH) {
        dx_buf_char(out, ' ');
        print_name(out, node->name);
    }
    if (node->type) {
        dx_buf_char(out, ' ');
        dx_type_print(out, node->type);
    }
    dx_buf_char(out, ')');
}

void dx_node_print(dx_buf *out, const dx_node *node) {
    print(out, node, 2 * DX_NODE_HEIGHT);
}
