/* Fuzz target: any text is cut into records that make up the whole of it, alike in one window and
 * in many; what has no fault reads back the same when every field is written in quotes. */
#include <stdlib.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(dx_buf *out, dx_str text) {
    dx_buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            dx_buf_char(out, '"');
        dx_buf_char(out, text.p[i]);
    }
    dx_buf_char(out, '"');
}

/* The record again, from a window that grows by `step`. */
static void check_growing(dx_arena *arena, const dx_csv *want, dx_str rest, size_t step) {
    dx_csv csv;
    size_t n = 0;
    dx_csv_got got;
    dx_csv_init(&csv, arena);
    do {
        n = rest.n - n < step ? rest.n : n + step;
        got = dx_csv_next(&csv, (dx_str){rest.p, n}, n == rest.n);
    } while (got == DX_CSV_MORE);
    if (got != DX_CSV_RECORD || csv.record.n != want->record.n || csv.fault != want->fault ||
        csv.fault_at != want->fault_at || csv.fields.n != want->fields.n ||
        csv.lines != want->lines)
        abort();
}

static void check_again(dx_arena *arena, const dx_csv *want) {
    dx_csv csv;
    dx_buf text = {.arena = arena};
    for (uint32_t i = 0; i < want->fields.n; i++) {
        dx_buf_addz(&text, i ? "," : "");
        put_quoted(&text, dx_csv_text(arena, &want->fields.v[i]));
    }
    dx_csv_init(&csv, arena);
    if (dx_csv_next(&csv, dx_buf_str(&text), true) != DX_CSV_RECORD || csv.fault ||
        csv.record.n != text.n || csv.fields.n != want->fields.n)
        abort();
    for (uint32_t i = 0; i < want->fields.n; i++)
        if (!dx_str_eq(dx_csv_text(arena, &csv.fields.v[i]),
                       dx_csv_text(arena, &want->fields.v[i])))
            abort();
}

static void check(dx_arena *arena, dx_str text) {
    dx_csv csv;
    uint64_t line = 1;
    dx_csv_init(&csv, arena);
    while (dx_csv_next(&csv, text, true) == DX_CSV_RECORD) {
        if (csv.record.p != text.p || csv.record.n == 0 || csv.record.n > text.n ||
            csv.line != line)
            abort();
        check_growing(arena, &csv, text, 1 + text.n / 16);
        for (size_t i = 0; i < csv.record.n; i++)
            line += text.p[i] == '\n';
        if (csv.fault && dx_csv_place(&csv, DX_STR("f"), csv.fault_at).line >= line + 1)
            abort();
        if (!csv.fault)
            check_again(arena, &csv);
        text = (dx_str){text.p + csv.record.n, text.n - csv.record.n};
    }
    if (text.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, (size_t)256 << 20);
    if (!DX_TRAP(&arena, &trap))
        check(&arena, (dx_str){(const char *)data, size});
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
