/* Fuzz target: whatever the JSON reader accepts is written, compact and indented, as a text that
 * reads back as the same value; whatever it refuses has exactly one diagnostic with a place. */
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const dx_json *a, const dx_json *b) {
    if (a->kind != b->kind || !dx_str_eq(a->key, b->key))
        return false;
    if (a->kind != DX_JSON_ARRAY && a->kind != DX_JSON_OBJECT)
        return dx_str_eq(a->text, b->text);
    bool ok = a->n == b->n;
    for (size_t i = 0; ok && i < a->n; i++)
        ok = same(&a->items[i], &b->items[i]);
    return ok;
}

/* Each value is found by its place: the pointer of a member ends in its escaped key. */
static void check_places(dx_arena *arena, const dx_json *root, const dx_json *node) {
    if (node->kind != DX_JSON_ARRAY && node->kind != DX_JSON_OBJECT)
        return;
    for (size_t i = 0; i < node->n && i < 4; i++) {
        const dx_json *child = &node->items[i];
        dx_place place = dx_json_place(arena, root, child);
        dx_buf step = {.arena = arena};
        if (node->kind == DX_JSON_OBJECT) {
            dx_json_put_step(&step, child->key);
            dx_place key = dx_json_key_place(arena, root, child);
            if (key.line > place.line || (key.line == place.line && key.column >= place.column))
                abort();
        } else {
            dx_buf_fmt(&step, "/%zu", i);
        }
        if (!dx_str_ends(place.element, dx_buf_str(&step)))
            abort();
        check_places(arena, root, child);
    }
}

static void check(dx_arena *arena, dx_str text) {
    dx_diags diags;
    dx_diags_init(&diags, arena);
    const dx_json *root = dx_json_parse(arena, text, DX_STR("fuzz"), &diags);
    if ((diags.errors == 0) != (root != NULL) || diags.errors > 1)
        abort();
    if (!root) {
        dx_buf shown = {.arena = arena};
        dx_diags_print(&shown, &diags, DX_ZH);
        if (!diags.first->place.line || !diags.first->place.column)
            abort();
        return;
    }
    check_places(arena, root, root);
    for (uint32_t indent = 0; indent <= 2; indent += 2) {
        dx_buf out = {.arena = arena};
        dx_json_writer writer = {.out = &out, .indent = indent};
        dx_json_value(&writer, root);
        const dx_json *again = dx_json_parse(arena, dx_buf_str(&out), DX_STR("again"), NULL);
        if (!again || !same(root, again))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    dx_str text = {(const char *)data, size};
    dx_arena_init(&arena, (size_t)256 << 20);
    if (!DX_TRAP(&arena, &trap))
        check(&arena, text);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
