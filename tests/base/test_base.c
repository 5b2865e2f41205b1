/* The rest of base that has no test of its own: arenas and traps, strings and maps, UTF-8,
 * diagnostics, files and hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "tap.h"

#define LIMIT ((size_t)16 << 20)

static dx_arena arena;

/* ---- arena ---- */

static char trail[8];
static size_t trailed;

static void leave(void *arg) {
    trail[trailed++] = *(const char *)arg;
}

static void test_arena(void) {
    dx_arena a;
    dx_arena_init(&a, 1 << 20);
    CHECK(dx_alloc(&a, 0) != NULL);
    CHECK_INT(a.used, 0);
    char *one = dx_alloc(&a, 1), *two = dx_alloc(&a, 17), *three = dx_alloc(&a, 16);
    CHECK((uintptr_t)one % 16 == 0 && two == one + 16 && three == two + 32);
    CHECK(*DX_NEW_ARRAY(&a, uint64_t, 1000) == 0);
    dx_mark mark = dx_arena_mark(&a);
    size_t used = a.used;
    dx_arena_on_done(&a, leave, "1");
    char *big = dx_alloc(&a, 100000);
    big[99999] = 'x';
    dx_arena_on_done(&a, leave, "2");
    CHECK(a.used > used);
    dx_arena_rewind(&a, mark);
    CHECK_INT(a.used, used);
    CHECK_STR(((dx_str){trail, trailed}), "21");
    CHECK(dx_arena_mark(&a).next == mark.next);
    dx_arena_on_done(&a, leave, "3");
    dx_alloc(&a, 50000);
    dx_alloc(&a, 10);
    used = a.used;
    dx_arena_reset(&a);
    CHECK_STR(((dx_str){trail, trailed}), "213");
    CHECK(a.used >= 50000 && a.used < used); /* the largest block only */
    used = a.used;
    dx_alloc(&a, 50000);
    CHECK_INT(a.used, used);
    dx_arena_on_done(&a, leave, "4");
    dx_arena_done(&a);
    CHECK_STR(((dx_str){trail, trailed}), "2134");
    CHECK_INT(a.used, 0);
    dx_alloc(&a, 10);
    dx_arena_done(&a);
    dx_arena_reset(&a);
    CHECK_INT(a.used, 0);
}

/* What an allocation of count * size raises in an arena of `limit` bytes. */
static dx_err raised(size_t limit, size_t count, size_t size, uint64_t fail_at) {
    dx_arena a;
    dx_trap trap;
    dx_arena_init(&a, limit);
    if (DX_TRAP(&a, &trap)) {
        dx_trap_end(&a, &trap);
        dx_arena_done(&a);
        return trap.code;
    }
    dx_fail_at = fail_at;
    dx_alloc_zero(&a, count, size);
    dx_trap_end(&a, &trap);
    dx_arena_done(&a);
    return DX_OK;
}

static void test_traps(void) {
    CHECK_INT(raised(1000, 900, 1, 0), DX_OK);
    CHECK_INT(raised(1000, 1000, 1, 0), DX_E_LIMIT_BYTES);
    CHECK_INT(raised(0, 1, 1, 0), DX_E_LIMIT_BYTES);
    CHECK_INT(raised(SIZE_MAX, SIZE_MAX, 1, 0), DX_E_LIMIT_BYTES);
    CHECK_INT(raised(SIZE_MAX, SIZE_MAX / 2, 3, 0), DX_E_LIMIT_BYTES);
    CHECK_INT(raised(SIZE_MAX, 1, 100, 1), DX_E_MEMORY);
    CHECK_INT(dx_fail_at, 0);
    dx_fail_at = 2;
    void *p = dx_malloc(1), *q = dx_realloc(p, 100);
    CHECK(p != NULL && q == NULL);
    dx_free(p);
}

static void inner_end(dx_arena *a, dx_trap *inner) {
    CHECK_INT(inner->code, DX_E_LIMIT_BYTES);
    CHECK_STR(((dx_str){trail, trailed}), "h");
    dx_trap_end(a, inner);
    dx_trap_raise(a, DX_E_LIMIT_STEPS);
}

static void test_nested_traps(void) {
    dx_arena a;
    dx_trap outer, inner;
    dx_arena_init(&a, 100);
    trailed = 0;
    if (DX_TRAP(&a, &outer)) {
        CHECK_INT(outer.code, DX_E_LIMIT_STEPS);
        dx_trap_end(&a, &outer);
    } else if (DX_TRAP(&a, &inner)) {
        inner_end(&a, &inner);
    } else {
        dx_alloc(&a, 64);
        dx_arena_on_done(&a, leave, "h"); /* no room: disposed of at once */
    }
    CHECK(a.trap == NULL);
    dx_arena_done(&a);
    CHECK_INT(trailed, 1);
}

/* ---- strings ---- */

static void test_strings(void) {
    dx_str none = {NULL, 0};
    CHECK(dx_str_eq(none, DX_STR("")) && dx_str_cmp(none, DX_STR("")) == 0);
    CHECK(dx_str_cmp(DX_STR("ab"), DX_STR("b")) < 0 && dx_str_cmp(DX_STR("ab"), DX_STR("a")) > 0);
    CHECK(dx_str_cmp(DX_STR("一"), DX_STR("z")) > 0);
    CHECK(dx_str_starts(DX_STR("abc"), DX_STR("ab")) && !dx_str_starts(DX_STR("a"), DX_STR("ab")));
    CHECK(dx_str_ends(DX_STR("abc"), DX_STR("bc")) && !dx_str_ends(DX_STR("c"), DX_STR("bc")));
    CHECK(dx_str_starts(none, none) && dx_str_ends(DX_STR("a"), none));
    CHECK_STR(dx_str_trim(DX_STR(" \t\r\n a b \n")), "a b");
    CHECK_STR(dx_str_trim(DX_STR("  ")), "");
    CHECK(dx_str_copy(&arena, DX_STR("xyz")).p[3] == '\0');
    CHECK(strcmp(dx_str_z(&arena, none), "") == 0);
    CHECK_STR(dx_str_fmt(&arena, "%d-%s", 7, "七"), "7-七");
    CHECK(dx_str_hash(DX_STR("a")) == UINT64_C(0xaf63dc4c8601ec8c));

    dx_buf buf = {.arena = &arena};
    for (int i = 0; i < 1000; i++) {
        dx_buf_fmt(&buf, "%d,", i);
        if (i % 100 == 0)
            dx_alloc(&arena, 1); /* so that it cannot always grow in place */
    }
    dx_buf_addz(&buf, "end");
    dx_buf_char(&buf, '.');
    dx_buf_add(&buf, none);
    CHECK_INT(buf.n, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    CHECK(dx_str_ends(dx_buf_str(&buf), DX_STR("998,999,end.")));

    DX_VEC(uint32_t) vec = {NULL, 0, 0};
    bool same = true;
    for (uint32_t i = 0; i < 10000; i++) {
        dx_vec_push(&arena, &vec, i * 3);
        if (i % 1000 == 0)
            dx_alloc(&arena, 1);
    }
    for (uint32_t i = 0; i < 10000; i++)
        same = same && vec.v[i] == i * 3;
    CHECK(same && vec.n == 10000);
}

static void test_map(void) {
    dx_map map = {0};
    bool right = true;
    CHECK_INT(dx_map_get(&map, DX_STR("a")), DX_MAP_NONE);
    for (uint32_t i = 0; i < 5000; i++)
        right = right && dx_map_put(&arena, &map, dx_str_fmt(&arena, "key %u", i), i);
    for (uint32_t i = 0; i < 5000; i++)
        right = right && dx_map_get(&map, dx_str_fmt(&arena, "key %u", i)) == i;
    CHECK(right && map.n == 5000);
    CHECK(!dx_map_put(&arena, &map, DX_STR("key 7"), 70));
    CHECK_INT(dx_map_get(&map, DX_STR("key 7")), 70);
    CHECK_INT(dx_map_get(&map, DX_STR("key 5000")), DX_MAP_NONE);
    CHECK(dx_map_put(&arena, &map, (dx_str){NULL, 0}, 9));
    CHECK(!dx_map_put(&arena, &map, DX_STR(""), 10));
    CHECK_INT(dx_map_get(&map, (dx_str){NULL, 0}), 10);
}

/* ---- UTF-8 ---- */

static void test_utf8(void) {
    size_t bad = 99;
    CHECK(dx_utf8_valid(DX_STR("plain ascii, long enough é 中文 😀"), &bad) && bad == 99);
    CHECK(dx_utf8_valid((dx_str){NULL, 0}, NULL));
    CHECK(!dx_utf8_valid(DX_STR("中\xe4\xb8"), &bad) && bad == 3);
    CHECK(!dx_utf8_valid(DX_STR("12345678901\xff"), &bad) && bad == 11);
    bool same = true;
    for (uint32_t cp = 0; cp <= 0x110000; cp++) {
        char bytes[4];
        size_t n = dx_utf8_encode(cp, bytes);
        dx_str s = {bytes, n};
        uint32_t back;
        bool real = cp < 0xd800 || (cp > 0xdfff && cp < 0x110000);
        same = same && dx_utf8_valid(s, NULL) && dx_utf8_decode(s, 0, &back) == n &&
               back == (real ? cp : 0xfffd) &&
               (n == 1 || !dx_utf8_valid((dx_str){bytes, n - 1}, NULL));
    }
    CHECK(same);
    /* Every pair of bytes: well-formed only as two of ASCII or one of two bytes. */
    for (uint32_t i = 0; i < 0x10000; i++) {
        char bytes[2] = {(char)(i >> 8), (char)i};
        bool ascii = (i & 0x8080) == 0, two = (i & 0xc0) == 0x80 && i >= 0xc200 && i < 0xe000;
        same = same && dx_utf8_valid((dx_str){bytes, 2}, NULL) == (ascii || two);
    }
    CHECK(same);
    uint32_t cp;
    CHECK(dx_utf8_decode(DX_STR("\xed\xa0\x80"), 0, &cp) == 1 && cp == 0xfffd);
    CHECK(dx_utf8_decode(DX_STR("a"), 1, &cp) == 0);
    CHECK_INT(dx_utf8_count(DX_STR("a中😀\xff")), 4);
    CHECK_INT(dx_utf8_offset(DX_STR("a中😀"), 2), 4);
    CHECK_INT(dx_utf8_offset(DX_STR("a中😀"), 9), 8);
    CHECK_INT(dx_utf8_width(DX_STR("a中，😀e\xcc\x81")), 1 + 2 + 2 + 2 + 1);
    CHECK_INT(dx_utf8_width(DX_STR("“é”…㈱가ｱ")), 1 + 1 + 1 + 1 + 2 + 2 + 1);
    CHECK_INT(dx_utf8_cp_width(0x200b) + dx_utf8_cp_width('\n') + dx_utf8_cp_width(0x7f), 0);
    CHECK_INT(dx_utf8_cp_width(0x3000) + dx_utf8_cp_width(0x2ffff) + dx_utf8_cp_width(0xff01), 6);
}

static void test_names(void) {
    static const uint32_t starts[] = {'?',  '_',    'A',    'z',     0xc0,
                                      0xf8, 0x4e2d, 0x9fff, 0x10000, 0xeffff};
    static const uint32_t others[] = {'0', '9', 0xb7, 0x300, 0x36f, 0x203f, 0x2040};
    static const uint32_t never[] = {'@',  '[',  '`',   '{',    '+',    '-',    '.',    ' ',
                                     0xd7, 0xf7, 0x37e, 0x3000, 0xd800, 0xfffe, 0xf0000};
    static const uint32_t spaces[] = {9,      10,     13,     32,     0x85,   0xa0,
                                      0x1680, 0x180e, 0x2000, 0x200b, 0x2028, 0x2029,
                                      0x202f, 0x205f, 0x3000, 0xfeff};
    bool right = true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        right = right && dx_utf8_name_start(starts[i]) && dx_utf8_name_part(starts[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        right = right && !dx_utf8_name_start(others[i]) && dx_utf8_name_part(others[i]);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        right = right && !dx_utf8_name_part(never[i]);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        right = right && dx_utf8_space(spaces[i]);
    CHECK(right);
    CHECK(!dx_utf8_space('a') && !dx_utf8_space(0x200c) && !dx_utf8_space(0) &&
          !dx_utf8_space(0x2060));
    CHECK(dx_utf8_vertical_space(0x0a) && dx_utf8_vertical_space(0x0d) &&
          !dx_utf8_vertical_space(9));
}

/* ---- errors and diagnostics ---- */

static void test_errors(void) {
    bool whole = true;
    for (int code = DX_OK + 1; code < DX_E_COUNT; code++) {
        const char *zh = dx_err_text((dx_err)code, DX_ZH), *en = dx_err_text((dx_err)code, DX_EN);
        bool ok = *zh && *en && strcmp(zh, en) != 0 && dx_err_status((dx_err)code) >= 400 &&
                  dx_utf8_valid(dx_str_of(zh), NULL);
        if (!ok)
            printf("# %s\n", dx_err_name((dx_err)code));
        whole = whole && ok;
    }
    CHECK(whole);
    CHECK_STR(dx_str_of(dx_err_text(DX_OK, DX_EN)), "");
    CHECK_STR(dx_str_of(dx_err_name(DX_E_LIMIT_DEPTH)), "LIMIT_DEPTH");
    CHECK_INT(dx_err_status(DX_E_MEMORY), 503);
}

static dx_str shown(dx_place place, dx_lang lang) {
    dx_diags diags;
    dx_buf out = {.arena = &arena};
    dx_diags_init(&diags, &arena);
    dx_diag_add(&diags, DX_E_FILE_TOO_LARGE, place, DX_STR("a\n\x1b[1m"), DX_STR("5"), DX_STR(""));
    dx_diags_print(&out, &diags, lang);
    return dx_buf_str(&out);
}

static void test_diags(void) {
    dx_place place = {
        .file = DX_STR("m.dmn"), .line = 3, .column = 7, .element = DX_STR("决策“税额”")};
    CHECK_STR(shown(place, DX_ZH), "m.dmn:3:7: 错误: 决策“税额”: 文件“a  [1m”超过 5 字节的上限\n");
    CHECK_STR(shown((dx_place){0}, DX_EN),
              "error: file 'a  [1m' is larger than the limit of 5 bytes\n");
    place = (dx_place){.file = DX_STR("f"),
                       .text = DX_STR("1 +\r\n\t销售额 * 利润率x + 2\r\n3"),
                       .from = 18,
                       .to = 28};
    CHECK_STR(shown(place, DX_EN), "f: error: file 'a  [1m' is larger than the limit of 5 bytes\n"
                                   "     销售额 * 利润率x + 2\n"
                                   "              ^~~~~~~\n");
    place = (dx_place){.line = 2, .text = DX_STR("中a"), .from = 4, .to = 4};
    CHECK_STR(shown(place, DX_EN),
              "2: error: file 'a  [1m' is larger than the limit of 5 bytes\n    中a\n       ^\n");
    place.from = place.to = 1000;
    CHECK(dx_str_ends(shown(place, DX_EN), DX_STR("\n    中a\n       ^\n")));
    place = (dx_place){.text = DX_STR("a\nb"), .from = 0, .to = 3};
    CHECK(dx_str_ends(shown(place, DX_EN), DX_STR("\n    a\n    ^\n")));

    dx_buf text = {.arena = &arena};
    for (int i = 0; i < 100; i++)
        dx_buf_addz(&text, "字x");
    place = (dx_place){.text = dx_buf_str(&text), .from = 200, .to = 400};
    dx_str long_line = shown(place, DX_ZH);
    CHECK(dx_utf8_valid(long_line, NULL) && dx_utf8_width(long_line) < 350);
    CHECK(dx_str_ends(long_line,
                      DX_STR("^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n")));

    dx_diags diags;
    dx_diags_init(&diags, &arena);
    diags.limit = 2;
    for (int i = 0; i < 5; i++) {
        dx_diag_warn(&diags, DX_E_MEMORY, (dx_place){0}, DX_STR(""), DX_STR(""), DX_STR(""));
        dx_diag_add(&diags, DX_E_LIMIT_STEPS, (dx_place){0}, DX_STR(""), DX_STR(""), DX_STR(""));
    }
    dx_buf out = {.arena = &arena};
    dx_diags_print(&out, &diags, DX_ZH);
    CHECK_STR(dx_buf_str(&out), "警告: 内存不足\n错误: 超出允许的计算步数\n"
                                "警告: 内存不足\n错误: 超出允许的计算步数\n另有 6 处未列出\n");
    CHECK(diags.errors == 5 && diags.warnings == 5);
    CHECK(!dx_diag_add(NULL, DX_E_MEMORY, (dx_place){0}, DX_STR(""), DX_STR(""), DX_STR("")));
    CHECK_STR(dx_diag_sentence(&arena, diags.first, DX_EN), "out of memory");
}

/* ---- files ---- */

/* Made where the test runs, removed at its end. */
static char folder[] = "dx-test-XXXXXX";

static dx_str write_file(const char *name, dx_str text) {
    dx_str path = dx_str_fmt(&arena, "%s/%s", folder, name);
    FILE *file = fopen(path.p, "wb");
    if (file) {
        fwrite(text.p, 1, text.n, file);
        fclose(file);
    }
    return path;
}

/* The name of the error that reading gives, or the text. */
static dx_str read_back(dx_str path, size_t limit) {
    dx_diags diags;
    dx_str text;
    dx_diags_init(&diags, &arena);
    if (dx_file_read(&arena, path, limit, &text, &diags))
        return text.p[text.n] == '\0' && !diags.errors ? text : DX_STR("no NUL");
    return diags.errors == 1 ? dx_str_of(dx_err_name(diags.first->code)) : DX_STR("no error");
}

static void test_files(void) {
    dx_str path = write_file("a", DX_STR("0123456789"));
    CHECK_STR(read_back(path, 10), "0123456789");
    CHECK_STR(read_back(path, 9), "FILE_TOO_LARGE");
    CHECK_STR(read_back(write_file("empty", DX_STR("")), 0), "");
    CHECK_STR(read_back(dx_str_fmt(&arena, "%s/none", folder), 10), "FILE_MISSING");
    CHECK_STR(read_back((dx_str){path.p, path.n + 1}, 10), "FILE_MISSING");
    CHECK_STR(read_back(dx_str_of(folder), 10), "FILE_FOLDER");
    CHECK_STR(read_back(dx_str_fmt(&arena, "%s/a/b", folder), 10), "FILE_MISSING");
    CHECK_STR(read_back(DX_STR("/dev/zero"), 200000), "FILE_TOO_LARGE");
    if (geteuid() != 0) { /* to root nothing is denied */
        chmod(path.p, 0);
        CHECK_STR(read_back(path, 10), "FILE_DENIED");
    }
    CHECK_STR(dx_file_name(DX_STR("-")), "<stdin>");
    unlink(path.p);
}

/* The lines of a file, each followed by |; ! for one that is too long. */
static dx_str all_lines(dx_str text, size_t limit) {
    dx_lines lines;
    dx_diags diags;
    dx_str line;
    dx_line state;
    dx_buf out = {.arena = &arena};
    dx_arena own;
    dx_diags_init(&diags, &arena);
    dx_arena_init(&own, LIMIT);
    if (dx_lines_open(&lines, &own, write_file("lines", text), limit, &diags)) {
        while ((state = dx_lines_next(&lines, &line, &diags)) <= DX_LINE_TOO_LONG) {
            dx_buf_add(&out, state == DX_LINE_GIVEN ? line : DX_STR("!"));
            dx_buf_char(&out, '|');
            if (diags.errors && !diags.first->place.line)
                dx_buf_addz(&out, "no place");
        }
        dx_buf_fmt(&out, "%u", diags.errors);
    }
    dx_arena_done(&own);
    return dx_buf_str(&out);
}

static void test_lines(void) {
    CHECK_STR(all_lines(DX_STR(""), 10), "0");
    CHECK_STR(all_lines(DX_STR("a\nb\r\n\n c"), 10), "a|b|| c|0");
    CHECK_STR(all_lines(DX_STR("a\n"), 10), "a|0");
    CHECK_STR(all_lines(DX_STR("\n"), 10), "|0");
    CHECK_STR(all_lines(DX_STR("abc\nabcd\nabc\r\nab"), 3), "abc|!|abc|ab|1");
    CHECK_STR(all_lines(DX_STR("abcd"), 3), "!|1");
    dx_buf text = {.arena = &arena}, want = {.arena = &arena};
    for (int i = 0; i < 30; i++) { /* lines up to several times the buffer */
        size_t n = (size_t)i * 9973;
        char *p = memset(dx_alloc(&arena, n + 1), 'a' + i % 26, n);
        dx_buf_add(&text, (dx_str){p, n});
        dx_buf_char(&text, '\n');
        if (n <= 200000)
            dx_buf_add(&want, (dx_str){p, n});
        else
            dx_buf_char(&want, '!');
        dx_buf_char(&want, '|');
    }
    dx_buf_addz(&want, "9");
    CHECK(dx_str_eq(all_lines(dx_buf_str(&text), 200000), dx_buf_str(&want)));
}

/* ---- hash ---- */

static void test_hash(void) {
    CHECK_STR(dx_hash_of(&arena, DX_STR("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    dx_hash hash;
    char hex[DX_HASH_HEX + 1];
    dx_hash_init(&hash);
    dx_hash_add(&hash, DX_STR("a"));
    dx_hash_add(&hash, DX_STR("bc"));
    dx_hash_hex(&hash, hex);
    CHECK_STR(dx_str_of(hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
    dx_arena_init(&arena, LIMIT * 4);
    test_arena();
    test_traps();
    test_nested_traps();
    test_strings();
    test_map();
    test_utf8();
    test_names();
    test_errors();
    test_diags();
    if (CHECK(mkdtemp(folder) != NULL)) {
        test_files();
        test_lines();
        unlink(dx_str_fmt(&arena, "%s/lines", folder).p);
        unlink(dx_str_fmt(&arena, "%s/empty", folder).p);
        CHECK(rmdir(folder) == 0);
    }
    test_hash();
    dx_arena_done(&arena);
    return tap_done();
}
