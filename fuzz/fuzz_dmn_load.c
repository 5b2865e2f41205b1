/* Fuzz target: any bytes as a model and as a test file. What cannot be read has a diagnostic with a
 * place inside the file; and of every literal expression that is read, each byte is found in the
 * document where dx_text_at says. */
#include <stdlib.h>

#include "base/utf8.h"
#include "dmn/model.h"
#include "dmn/tck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer texts are followed only so far, since each byte is looked up from the beginning. */
#define FOLLOWED 64

static dx_str source;

/* The byte at a line and column; the end of the source when there is none. */
static const char *byte_at(uint32_t line, uint32_t column) {
    const char *p = source.p, *end = p + source.n;
    if (source.n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    for (; p < end && line > 1; p++)
        line -= *p == '\n';
    for (; p < end && column > 1 && *p != '\n'; column--) {
        p++;
        while (p < end && ((uint8_t)*p & 0xc0u) == 0x80u)
            p++;
    }
    return column == 1 ? p : end;
}

static void check_text(const dx_text *text) {
    uint32_t cp;
    for (size_t at = 0, n; at < FOLLOWED && (n = dx_utf8_decode(text->s, at, &cp)) != 0; at += n) {
        uint32_t line, column;
        dx_text_at(text, at, &line, &column);
        const char *p = byte_at(line, column);
        if (p == source.p + source.n)
            abort();
        bool line_break = text->s.p[at] == '\n' && *p == '\r';
        if (*p != text->s.p[at] && *p != '&' && !line_break)
            abort();
    }
}

static void check_expr(const dx_expr *x) {
    if (!x)
        return;
    if (x->kind == DX_X_LITERAL)
        check_text(&x->text);
    for (uint32_t i = 0; i < x->n_entries && i < 8; i++)
        check_expr(x->entries[i].value);
    for (int i = 0; i < 3; i++)
        check_expr(x->child[i]);
    for (uint32_t i = 0; x->table && i < x->table->n_rules && i < 8; i++) {
        const dx_rule *rule = &x->table->rules[i];
        for (uint32_t j = 0; j < x->table->n_inputs && j < 8; j++)
            check_text(&rule->inputs[j]);
        for (uint32_t j = 0; j < x->table->n_outputs && j < 8; j++)
            check_text(&rule->outputs[j]);
    }
}

static void check_diags(dx_arena *arena, const dx_diags *diags, bool read) {
    if (!read && diags->errors != 1)
        abort();
    for (const dx_diag *d = diags->first; d; d = d->next)
        if (!d->place.line || !d->place.column)
            abort();
    dx_buf shown = {.arena = arena};
    dx_diags_print(&shown, diags, DX_EN);
    dx_diags_print(&shown, diags, DX_ZH);
}

static void check(dx_arena *arena) {
    dx_diags diags;
    dx_diags_init(&diags, arena);
    const dx_model *model = dx_model_load(arena, source, DX_STR("fuzz"), &diags);
    check_diags(arena, &diags, model != NULL);
    for (uint32_t i = 0; model && i < model->n_elements && i < 8; i++)
        check_expr(model->elements[i].expr);
    dx_diags_init(&diags, arena);
    const dx_tck *tck = dx_tck_load(arena, source, DX_STR("fuzz"), &diags);
    check_diags(arena, &diags, tck != NULL);
    for (uint32_t i = 0; tck && i < tck->n_cases; i++)
        for (uint32_t j = 0; j < tck->cases[i].n_inputs; j++)
            if (!dx_tck_same(arena, tck->cases[i].inputs[j].value, tck->cases[i].inputs[j].value))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, (size_t)256 << 20);
    source = (dx_str){(const char *)data, size};
    if (!DX_TRAP(&arena, &trap))
        check(&arena);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
