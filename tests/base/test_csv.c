/* The CSV splitter: the cases of csv.txt (given as the argument), each handed in whole and in
 * windows that grow byte by byte, which must be cut alike; the byte order mark; no memory. */
#include "base/csv.h"
#include "base/file.h"
#include "expand.h"
#include "tap.h"

#define LIMIT ((size_t)64 << 20)

static dx_arena arena;

static void show(const dx_csv *csv, dx_buf *out) {
    dx_buf_fmt(out, "%s%llu[", out->n ? " " : "", (unsigned long long)csv->line);
    for (uint32_t i = 0; i < csv->fields.n; i++) {
        dx_buf_addz(out, i ? "|" : "");
        dx_buf_add(out, dx_csv_text(&arena, &csv->fields.v[i]));
    }
    if (csv->fault) {
        dx_place place = dx_csv_place(csv, DX_STR("f"), csv->fault_at);
        dx_buf_fmt(out, "! %s %u:%u", dx_err_name(csv->fault), place.line, place.column);
    }
    dx_buf_addz(out, "]");
}

/* The text cut into records. `step`: bytes that a window grows by when a record needs more. */
static dx_str outcome(dx_str text, size_t step) {
    dx_csv csv;
    dx_buf out = {.arena = &arena};
    size_t from = 0, n = step < text.n ? step : text.n;
    dx_csv_init(&csv, &arena);
    for (;;) {
        bool last = from + n == text.n;
        dx_csv_got got = dx_csv_next(&csv, (dx_str){text.p + from, n}, last);
        if (got == DX_CSV_END)
            return dx_str_trim(dx_buf_str(&out));
        if (got == DX_CSV_MORE && last)
            return DX_STR("more is wanted at the end");
        if (got == DX_CSV_MORE) {
            n = text.n - from - n < step ? text.n - from : n + step;
            continue;
        }
        show(&csv, &out);
        from += csv.record.n;
        n -= csv.record.n;
    }
}

static void test_cases(const char *path) {
    dx_diags diags;
    dx_lines lines;
    dx_str line;
    dx_diags_init(&diags, &arena);
    CHECK(dx_lines_open(&lines, &arena, dx_str_of(path), 1 << 20, &diags));
    while (dx_lines_next(&lines, &line, &diags) == DX_LINE_GIVEN) {
        if (line.n == 0 || line.p[0] == '#')
            continue;
        dx_str copy = dx_str_copy(&arena, line);
        const char *arrow = strstr(copy.p, " => ");
        if (!arrow) {
            CHECK_STR(line, "a case with an arrow");
            continue;
        }
        dx_str input = expand(&arena, (dx_str){copy.p, (size_t)(arrow - copy.p)});
        dx_str want = expand(&arena, (dx_str){arrow + 4, copy.n - (size_t)(arrow + 4 - copy.p)});
        for (size_t step = 1; step < input.n + 2; step += 1 + step / 4)
            tap_str(outcome(input, step), want, path, (int)lines.number, "outcome");
    }
    dx_lines_close(&lines);
}

static void test_mark(void) {
    CHECK_STR(dx_csv_without_bom(DX_STR("\xef\xbb\xbf"
                                        "a")),
              "a");
    CHECK_STR(dx_csv_without_bom(DX_STR("\xef\xbb")), "\xef\xbb");
    CHECK_STR(dx_csv_without_bom(DX_STR("a\xef\xbb\xbf")), "a\xef\xbb\xbf");
}

/* A record of 5,000 fields with each allocation failing in turn. */
static void test_memory(void) {
    dx_str text = expand(&arena, DX_STR("<,*4999>\"a\"\"b\""));
    for (uint64_t n = 1;; n++) {
        dx_arena small;
        dx_trap trap;
        dx_csv csv;
        dx_str last = {0};
        dx_arena_init(&small, LIMIT);
        if (!DX_TRAP(&small, &trap)) {
            dx_fail_at = n;
            dx_csv_init(&csv, &small);
            if (dx_csv_next(&csv, text, true) == DX_CSV_RECORD && csv.fields.n == 5000)
                last = dx_str_copy(&arena, dx_csv_text(&small, &csv.fields.v[4999]));
        }
        dx_fail_at = 0;
        dx_trap_end(&small, &trap);
        dx_arena_done(&small);
        if (trap.code != DX_E_MEMORY) {
            tap_ok(n > 3, "each of %u allocations may fail", (unsigned)n - 1);
            CHECK_STR(last, "a\"b");
            return;
        }
    }
}

int main(int argc, char **argv) {
    dx_arena_init(&arena, LIMIT);
    test_cases(argc > 1 ? argv[1] : "tests/base/csv.txt");
    test_mark();
    test_memory();
    dx_arena_done(&arena);
    return tap_done();
}
