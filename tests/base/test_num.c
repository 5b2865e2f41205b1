/* Decimals: the cases of num.txt (given as the argument), then what a line of text cannot say. What
 * a result is, exponent and form included, is read with num_wide.h. */
#include <stdlib.h>

#include <gmp.h>

#include "base/num_wide.h"
#include "tap.h"

#define LIMIT ((size_t)64 << 20)

static dx_arena arena;

/* Up to the next space or " = "; an underscore stands for a space. */
static dx_str take(dx_str *line) {
    size_t n = 0;
    while (n < line->n && line->p[n] != ' ')
        n++;
    char *copy = dx_alloc(&arena, n + 1);
    for (size_t i = 0; i < n; i++)
        copy[i] = line->p[i] == '_' ? ' ' : line->p[i];
    dx_str word = {copy, n};
    n += n < line->n;
    *line = (dx_str){line->p + n, line->n - n};
    return word;
}

/* "-330E-2" for -3.30; faults of the form are part of the text. */
static dx_str raw(dx_num a) {
    dx_buf out = {.arena = &arena};
    dx_dec x = dx_num_open(a);
    bool fits = x.c <= (dx_u128)DX_NUM_COEF_MAX && x.e >= -127 && x.e <= 127;
    if (fits != dx_num_small(a))
        dx_buf_addz(&out, "wrong form of ");
    if (!fits && (a.w >> 8) % 16 != 0)
        dx_buf_addz(&out, "unaligned ");
    char digits[40];
    size_t at = sizeof digits;
    dx_u128 c = x.c;
    do {
        digits[--at] = (char)('0' + (int)(c % 10));
        c /= 10;
    } while (c != 0);
    if (x.neg)
        dx_buf_char(&out, '-');
    dx_buf_add(&out, (dx_str){digits + at, sizeof digits - at});
    dx_buf_fmt(&out, "E%d", x.e);
    return dx_buf_str(&out);
}

static dx_str outcome(bool ok, dx_num a) {
    return ok ? raw(a) : DX_STR("none");
}

typedef bool binary(dx_arena *, dx_num, dx_num, dx_num *);
typedef bool unary(dx_arena *, dx_num, dx_num *);

/* The inline paths, as the engine meets them. */
static bool add(dx_arena *a, dx_num x, dx_num y, dx_num *ret) {
    return dx_num_add(a, x, y, ret);
}
static bool sub(dx_arena *a, dx_num x, dx_num y, dx_num *ret) {
    return dx_num_sub(a, x, y, ret);
}
static bool mul(dx_arena *a, dx_num x, dx_num y, dx_num *ret) {
    return dx_num_mul(a, x, y, ret);
}
static bool neg(dx_arena *a, dx_num x, dx_num *ret) {
    *ret = dx_num_neg(a, x);
    return true;
}
static bool magnitude(dx_arena *a, dx_num x, dx_num *ret) {
    *ret = dx_num_abs(a, x);
    return true;
}
static bool strip(dx_arena *a, dx_num x, dx_num *ret) {
    *ret = dx_num_strip(a, x);
    return true;
}

static const struct {
    const char *name;
    binary *two;
    unary *one;
} functions[] = {
    {"add", add, NULL},          {"sub", sub, NULL},           {"mul", mul, NULL},
    {"div", dx_num_div, NULL},   {"mod", dx_num_modulo, NULL}, {"pow", dx_num_pow, NULL},
    {"sqrt", NULL, dx_num_sqrt}, {"exp", NULL, dx_num_exp_e},  {"log", NULL, dx_num_log},
    {"neg", NULL, neg},          {"abs", NULL, magnitude},     {"strip", NULL, strip}};

static const char *const modes[] = {"half-even", "up",    "down",   "half-up",
                                    "half-down", "floor", "ceiling"};

static int to_int(dx_str s) {
    return (int)strtol(dx_str_z(&arena, s), NULL, 10);
}

static dx_str to_text(dx_num a, int decimals) {
    dx_buf out = {.arena = &arena};
    if (decimals < 0)
        dx_num_print(&out, a);
    else
        dx_num_print_fixed(&out, a, (uint32_t)decimals);
    return dx_buf_str(&out);
}

static dx_str whole(dx_num a) {
    int64_t i;
    if (dx_num_to_int64(a, &i))
        return dx_str_fmt(&arena, "%lld", (long long)i);
    return dx_num_is_int(a) ? DX_STR("whole") : DX_STR("none");
}

static dx_str compare(dx_num a, dx_num b) {
    int order = dx_num_cmp(a, b), back = dx_num_cmp(b, a);
    if ((order > 0) != (back < 0) || (order == 0) != (back == 0))
        return DX_STR("not antisymmetric");
    if (order == 0 && dx_num_hash(a) != dx_num_hash(b))
        return DX_STR("hashes differ");
    return order < 0 ? DX_STR("less") : order > 0 ? DX_STR("greater") : DX_STR("equal");
}

static dx_str run(dx_str op, dx_str line) {
    dx_num a, b, c;
    dx_str text = take(&line);
    bool ok = dx_num_parse(&arena, text, &a);
    if (dx_str_is(op, "digits"))
        return dx_str_fmt(&arena, "%u", dx_num_text_digits(text));
    if (dx_str_is(op, "parse"))
        return outcome(ok, a);
    if (!ok)
        return DX_STR("unreadable operand");
    if (dx_str_is(op, "print"))
        return to_text(a, -1);
    if (dx_str_is(op, "fixed"))
        return to_text(a, to_int(take(&line)));
    if (dx_str_is(op, "int"))
        return whole(a);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (dx_str_is(op, modes[i])) {
            ok = dx_num_round(&arena, a, to_int(take(&line)), (dx_round)i, &c);
            return outcome(ok, c);
        }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].one && dx_str_is(op, functions[i].name)) {
            ok = functions[i].one(&arena, a, &c);
            return outcome(ok, c);
        }
    if (!dx_num_parse(&arena, take(&line), &b))
        return DX_STR("unreadable operand");
    if (dx_str_is(op, "cmp"))
        return compare(a, b);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].two && dx_str_is(op, functions[i].name)) {
            ok = functions[i].two(&arena, a, b, &c);
            return outcome(ok, c);
        }
    return DX_STR("unknown operation");
}

/* "operation operand ... = result" */
static void check_line(dx_str line, uint32_t number) {
    size_t n = line.n;
    while (n > 3 && memcmp(line.p + n - 3, " = ", 3) != 0)
        n--;
    dx_str want = {line.p + n, line.n - n};
    dx_str left = {line.p, n - 3};
    dx_str op = take(&left);
    dx_str got = run(op, left);
    if (!tap_ok(dx_str_eq(got, want), "num.txt:%u: %.*s", number, DX_FMT(line)))
        printf("# got:  %.*s\n", DX_FMT(got));
}

static void check_file(const char *path) {
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!CHECK(file != NULL))
        return;
    for (uint32_t number = 1; fgets(line, sizeof line, file); number++) {
        size_t n = strcspn(line, "\n");
        if (n > 0 && line[0] != '#')
            check_line((dx_str){line, n}, number);
    }
    (void)fclose(file);
}

static dx_num number(const char *text) {
    dx_num a = dx_num_int(0);
    if (!dx_num_parse(&arena, dx_str_of(text), &a))
        abort();
    return a;
}

static void check_parse(void) {
    dx_num a;
    char zeros[3000];
    memset(zeros, '0', sizeof zeros);
    CHECK(!dx_num_parse(&arena, (dx_str){NULL, 0}, &a));
    CHECK(!dx_num_parse(&arena, (dx_str){"1\0002", 3}, &a));
    CHECK(!dx_num_parse(&arena, DX_STR("１"), &a));
    zeros[0] = '1';
    CHECK(dx_num_parse(&arena, (dx_str){zeros, sizeof zeros}, &a));
    CHECK_STR(raw(a), "1000000000000000000000000000000000E2966");
    CHECK_INT(dx_num_text_digits((dx_str){zeros, sizeof zeros}), sizeof zeros);
    zeros[0] = '.';
    zeros[sizeof zeros - 1] = '1';
    CHECK(dx_num_parse(&arena, (dx_str){zeros, sizeof zeros}, &a));
    CHECK_STR(raw(a), "1E-2999");
    CHECK_INT(dx_num_text_digits((dx_str){zeros, sizeof zeros}), 1);
}

static void check_int64(void) {
    static const int64_t values[] = {0,
                                     -1,
                                     DX_NUM_COEF_MAX,
                                     DX_NUM_COEF_MAX + 1,
                                     -DX_NUM_COEF_MAX,
                                     -DX_NUM_COEF_MAX - 1,
                                     INT64_MAX,
                                     INT64_MIN,
                                     INT64_MIN + 1};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        dx_num a = dx_num_int64(&arena, values[i]);
        int64_t back = 0;
        bool small = values[i] >= -DX_NUM_COEF_MAX && values[i] <= DX_NUM_COEF_MAX;
        CHECK(dx_num_to_int64(a, &back) && back == values[i] && dx_num_small(a) == small);
        CHECK_INT(dx_num_sign(a), (values[i] > 0) - (values[i] < 0));
    }
}

/* What an operation gives lives in its own arena even when it equals an operand. */
static void check_copies(void) {
    dx_arena other;
    dx_arena_init(&other, LIMIT);
    dx_num big = number("1234567890123456789012345678901234"), got[6];
    got[0] = dx_num_copy(&other, big);
    got[1] = dx_num_abs(&other, big);
    got[2] = dx_num_strip(&other, big);
    got[3] = dx_num_neg(&other, dx_num_neg(&other, big));
    CHECK(dx_num_round(&other, big, 0, DX_ROUND_UP, &got[4]));
    CHECK(dx_num_round(&other, big, 5, DX_ROUND_UP, &got[5]));
    for (size_t i = 0; i < sizeof got / sizeof *got; i++)
        CHECK(got[i].w != big.w && dx_num_cmp(got[i], big) == 0);
    dx_arena_done(&other);
}

/* Every multiple of a fen and its neighbours around a tie, for all modes, against plain integers.
 */
static void check_small_rounding(void) {
    uint64_t seed = 1;
    bool ok = true;
    for (int i = 0; i < 200000 && ok; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int drop = 1 + (int)(seed >> 33) % 17;
        int64_t unit = (int64_t)dx_pow10[drop];
        int64_t c = (int64_t)(seed >> 9) >> (seed & 31);
        if (i % 2) /* a tie or next to one */
            c = c / unit * unit + unit / 2 + (i / 2 % 3 - 1);
        if (c > DX_NUM_COEF_MAX)
            c = DX_NUM_COEF_MAX;
        dx_num up, down;
        ok = dx_num_round(&arena, dx_num_pack(c, -drop), 0, DX_ROUND_HALF_UP, &up) &&
             dx_num_round(&arena, dx_num_pack(-c, -drop), 0, DX_ROUND_DOWN, &down) &&
             dx_num_coef(up) == c / unit + (c % unit >= unit / 2) &&
             dx_num_coef(down) == -(c / unit);
    }
    CHECK(ok);
}

/* An arena without room: the operation jumps and nothing is lost. */
static void check_memory(void) {
    dx_arena tiny;
    dx_trap trap;
    dx_num a = number("99999999999999999999"), c;
    volatile bool jumped = false;
    dx_arena_init(&tiny, 0);
    if (DX_TRAP(&tiny, &trap))
        jumped = true;
    else
        (void)dx_num_mul(&tiny, a, a, &c);
    dx_trap_end(&tiny, &trap);
    CHECK(jumped);
    dx_arena_done(&tiny);
}

static unsigned foreign;

static void *count_malloc(size_t n) {
    foreign++;
    return malloc(n);
}
static void *count_realloc(void *p, size_t old, size_t n) {
    (void)old;
    foreign++;
    return realloc(p, n);
}
static void count_free(void *p, size_t n) {
    (void)n;
    free(p);
}

int main(int argc, char **argv) {
    dx_arena_init(&arena, LIMIT);
    mp_set_memory_functions(count_malloc, count_realloc, count_free);
    check_file(argc > 1 ? argv[1] : "tests/base/num.txt");
    CHECK_INT(foreign, 0); /* MPFR worked on the stack alone */
    check_parse();
    check_int64();
    check_copies();
    check_small_rounding();
    check_memory();
    dx_arena_done(&arena);
    return tap_done();
}
