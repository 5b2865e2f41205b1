/* Fuzz target: the parser of FEEL takes any bytes as an expression, as unary tests and as a type,
 * with any names in scope, and gives a tree of bounded height whose places lie in the text, or one
 * diagnostic. The first line of the input holds the names, divided by |, the rest is the text. */
#include <stdlib.h>

#include "feel/ast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok) {
    if (!ok)
        abort();
}

/* Odd names become variables, even ones members. */
static dx_str take_names(dx_arena *arena, dx_str input, dx_names *scope, dx_names *members) {
    const char *feed = input.n ? memchr(input.p, '\n', input.n) : NULL;
    size_t end = feed ? (size_t)(feed - input.p) : 0, from = 0;
    uint32_t n = 0;
    for (size_t i = 0; i <= end && end > 0; i++) {
        if (i < end && input.p[i] != '|')
            continue;
        dx_names_add(arena, n++ % 2 ? members : scope, (dx_str){input.p + from, i - from});
        from = i + 1;
    }
    size_t rest = feed ? end + 1 : 0;
    return (dx_str){input.p + rest, input.n - rest};
}

static void check_node(const dx_node *node, uint32_t above, size_t size) {
    if (!node)
        return;
    require(node->height < above && node->from <= node->to && node->to <= size);
    check_node(node->a, node->height, size);
    check_node(node->b, node->height, size);
    check_node(node->c, node->height, size);
    for (uint32_t i = 0; i < node->n; i++) {
        if (node->list)
            check_node(node->list[i], node->height, size);
        if (node->iters) {
            check_node(node->iters[i].a, node->height, size);
            check_node(node->iters[i].b, node->height, size);
        }
    }
}

static void check_diags(const dx_diags *diags, dx_buf *out, size_t size) {
    uint32_t fatal = 0;
    for (const dx_diag *diag = diags->first; diag; diag = diag->next) {
        fatal += diag->code != DX_E_FEEL_AT;
        require(diag->place.from <= diag->place.to && diag->place.to <= size);
        require(diag->place.line >= 7 && diag->place.column >= 1);
    }
    require(fatal <= 1);
    dx_diags_print(out, diags, DX_ZH);
    dx_diags_print(out, diags, DX_EN);
}

static void run(dx_arena *arena, dx_str input, int mode) {
    dx_names scope = {0}, members = {0};
    dx_str text = take_names(arena, input, &scope, &members);
    dx_diags diags;
    dx_diags_init(&diags, arena);
    dx_parse parse = {.arena = arena, .diags = &diags, .scope = &scope, .members = &members};
    dx_place place = {.line = 7, .column = 3};
    dx_buf out = {.arena = arena};
    if (mode == 2) {
        const dx_type *type = dx_feel_parse_type(&parse, text, place);
        require((type == NULL) == (diags.first != NULL));
        if (type)
            dx_type_print(&out, type);
    } else {
        const dx_node *node = mode == 0 ? dx_feel_parse(&parse, text, place)
                                        : dx_feel_parse_tests(&parse, text, place);
        require(node && (node->kind != DX_N_ERROR || diags.first));
        require(mode == 0 || node->kind == DX_N_TESTS || node->kind == DX_N_ERROR);
        check_node(node, DX_NODE_HEIGHT, text.n);
        dx_node_print(&out, node);
    }
    check_diags(&diags, &out, text.n);
}

static void in_arena(dx_str input, int mode) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, (size_t)256 << 20);
    if (DX_TRAP(&arena, &trap) == 0)
        run(&arena, input, mode);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int mode = 0; mode < 3; mode++)
        in_arena((dx_str){(const char *)data, size}, mode);
    return 0;
}
