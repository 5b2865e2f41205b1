/* The table of limits in docs/dmn/support.md, compared with the constants in the sources: each row
 * names its number, constant and file. The folder of the checkout is the first argument. */
#include "base/file.h"
#include "tap.h"

enum { MEMORY = 16 << 20, FILE_BYTES = 1 << 20 };

/* What stands between the n-th pair of marks of a line; empty when there is none. */
static dx_str between(dx_str line, char mark, int n) {
    const char *end = line.p + line.n, *from = line.p;
    for (int i = 0; from < end; i++) {
        const char *open = memchr(from, mark, (size_t)(end - from));
        const char *close = open ? memchr(open + 1, mark, (size_t)(end - open - 1)) : NULL;
        if (!close)
            break;
        if (i == n)
            return dx_str_trim((dx_str){open + 1, (size_t)(close - open - 1)});
        from = mark == '|' ? close : close + 1;
    }
    return (dx_str){0};
}

static const char *find(dx_str s, dx_str what) {
    for (size_t i = 0; i + what.n <= s.n; i++)
        if (memcmp(s.p + i, what.p, what.n) == 0)
            return s.p + i;
    return NULL;
}

static long long digits(const char **p) {
    long long n = 0;
    while (**p >= '0' && **p <= '9')
        n = n * 10 + (*(*p)++ - '0');
    return n;
}

/* The value after a constant's name: a number, a product, or a number shifted, casts aside. */
static long long value_after(const char *p) {
    while (*p == ' ' || *p == '=' || *p == '(')
        p++;
    if (strncmp(p, "size_t)", 7) == 0)
        p += 7;
    long long n = digits(&p);
    while (strncmp(p, " * ", 3) == 0) {
        p += 3;
        n *= digits(&p);
    }
    if (strncmp(p, " << ", 4) == 0) {
        p += 4;
        n <<= digits(&p);
    }
    return n;
}

static void check_row(dx_arena *arena, const char *root, dx_str line) {
    dx_str name = between(line, '`', 0), file = between(line, '`', 1), text, code;
    text = between(line, '|', 1);
    const char *p = text.p;
    dx_str path = dx_str_fmt(arena, "%s/src/%.*s", root, DX_FMT(file));
    if (!tap_ok(dx_file_read(arena, path, FILE_BYTES, &code, NULL), "%.*s", DX_FMT(path)))
        return;
    /* The first mention may be a comment's: the definition is followed by a number. */
    long long found = 0;
    for (const char *at = find(code, name); at && found == 0;
         at = find((dx_str){at + 1, (size_t)(code.p + code.n - at - 1)}, name))
        found = value_after(at + name.n);
    tap_ok(text.n > 0 && found == digits(&p), "%.*s is %.*s", DX_FMT(name), DX_FMT(text));
}

/* The rows between the heading and the next one. */
static void check_page(dx_arena *arena, const char *root) {
    dx_str page, path = dx_str_fmt(arena, "%s/docs/dmn/support.md", root);
    unsigned rows = 0;
    if (!CHECK(dx_file_read(arena, path, FILE_BYTES, &page, NULL)))
        return;
    const char *from = find(page, DX_STR("## Limits\n")), *end = page.p + page.n;
    for (const char *next; from && from < end; from = next) {
        const char *stop = memchr(from, '\n', (size_t)(end - from));
        dx_str line = {from, (size_t)((stop ? stop : end) - from)};
        next = stop ? stop + 1 : end;
        if (dx_str_starts(line, DX_STR("## ")) && rows > 0)
            break;
        if (dx_str_starts(line, DX_STR("|")) && between(line, '`', 1).n) {
            check_row(arena, root, line);
            rows++;
        }
    }
    CHECK(rows > 0);
}

int main(int argc, char **argv) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        printf("Bail out! %s\n", dx_err_name(trap.code));
        return 1;
    }
    check_page(&arena, argc > 1 ? argv[1] : ".");
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
