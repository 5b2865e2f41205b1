/* The JSON reader and writer: the cases of json.txt (given as the argument), then what a line of
 * text cannot say: places, many keys, the indented form, and that memory may run out anywhere. */
#include "base/file.h"
#include "base/json.h"
#include "expand.h"
#include "tap.h"

#define LIMIT ((size_t)64 << 20)

static dx_arena arena;

/* What a text becomes: its compact form again, or "! ERROR line:column argument". */
static dx_str outcome(dx_str text) {
    dx_diags diags;
    dx_buf out = {.arena = &arena};
    dx_diags_init(&diags, &arena);
    const dx_json *root = dx_json_parse(&arena, text, DX_STR("test"), &diags);
    if (root) {
        dx_json_writer writer = {.out = &out};
        dx_json_value(&writer, root);
        return diags.errors ? DX_STR("a value and an error") : dx_buf_str(&out);
    }
    const dx_diag *diag = diags.first;
    if (diags.errors != 1 || !dx_str_is(diag->place.file, "test"))
        return DX_STR("not one error in the file");
    dx_buf_fmt(&out, "! %s %u:%u %.*s", dx_err_name(diag->code), diag->place.line,
               diag->place.column, DX_FMT(diag->args[0]));
    return dx_str_trim(dx_buf_str(&out));
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
        dx_str input = {copy.p, (size_t)(arrow - copy.p)};
        dx_str want = {arrow + 4, copy.n - input.n - 4};
        dx_str got = outcome(expand(&arena, input));
        tap_str(got, expand(&arena, want), path, (int)lines.number, "outcome");
    }
    dx_lines_close(&lines);
}

static void test_places(void) {
    dx_str text =
        DX_STR("{\n  \"a/b~c\": [1,\n    {\"企业\\\\\\\"\" : \"x\", \"k\":true}],\n\"z\":0}");
    const dx_json *root = dx_json_parse(&arena, text, DX_STR("f"), NULL);
    if (!CHECK(root != NULL))
        return;
    const dx_json *list = dx_json_get(root, DX_STR("a/b~c"));
    const dx_json *inner = &list->items[1];
    CHECK_STR(dx_json_pointer(&arena, root, root), "");
    CHECK_STR(dx_json_pointer(&arena, root, list), "/a~1b~0c");
    CHECK_STR(dx_json_pointer(&arena, root, &list->items[0]), "/a~1b~0c/0");
    CHECK_STR(dx_json_pointer(&arena, root, &inner->items[1]), "/a~1b~0c/1/k");
    CHECK_STR(dx_json_pointer(&arena, root, dx_json_get(root, DX_STR("z"))), "/z");
    dx_place value = dx_json_place(&arena, root, &inner->items[0]);
    CHECK_INT(value.line, 3);
    CHECK_INT(value.column, 17);
    CHECK_STR(value.element, "/a~1b~0c/1/企业\\\"");
    CHECK_STR(value.file, "f");
    dx_place key = dx_json_key_place(&arena, root, &inner->items[0]);
    CHECK_INT(key.line, 3);
    CHECK_INT(key.column, 6);
    CHECK_INT(dx_json_key_place(&arena, root, dx_json_get(root, DX_STR("z"))).column, 1);
    CHECK(dx_json_get(root, DX_STR("none")) == NULL);
    CHECK(dx_json_get(list, DX_STR("k")) == NULL);
    CHECK(dx_json_get(NULL, DX_STR("k")) == NULL);
}

/* An object of n members "key 0", "key 1", ...; when `twice` < n that key stands again at the end.
 */
static dx_str many(size_t n, size_t twice) {
    dx_buf out = {.arena = &arena};
    for (size_t i = 0; i < n; i++)
        dx_buf_fmt(&out, "%s\"key %zu\":%zu", i ? "," : "{", i, i);
    if (twice < n)
        dx_buf_fmt(&out, ",\"key %zu\":0", twice);
    dx_buf_char(&out, '}');
    return dx_buf_str(&out);
}

static void test_many_keys(void) {
    static const size_t sizes[] = {2, 6, 7, 90, 127, 128, 129, 1000, 20000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        const dx_json *root = dx_json_parse(&arena, many(n, n), DX_STR(""), NULL);
        CHECK(root && root->n == n && dx_str_is(root->items[n - 1].key, "key 1") == (n == 2));
        dx_str got = outcome(many(n, n / 2));
        CHECK(dx_str_starts(got, DX_STR("! JSON_DUPLICATE 1:")));
    }
}

static void test_writer(void) {
    dx_str text = DX_STR("{\"a\":[],\"b\":{},\"c\":[1,{\"d\":\"\\u0007\\n\"}],\"e\":null}");
    const dx_json *root = dx_json_parse(&arena, text, DX_STR(""), NULL);
    dx_buf out = {.arena = &arena};
    dx_json_writer writer = {.out = &out, .indent = 2};
    dx_json_value(&writer, root);
    CHECK_STR(dx_buf_str(&out), "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n"
                                "      \"d\": \"\\u0007\\n\"\n    }\n  ],\n  \"e\": null\n}");
    dx_buf line = {.arena = &arena};
    writer = (dx_json_writer){.out = &line};
    dx_json_open(&writer, '{');
    dx_json_key(&writer, DX_STR("键"));
    dx_json_string(&writer, DX_STR("a\xff\"b\xe4\xb8"));
    dx_json_key(&writer, DX_STR("n"));
    dx_json_open(&writer, '[');
    dx_json_int(&writer, INT64_MIN);
    dx_json_bool(&writer, true);
    dx_json_bool(&writer, false);
    dx_json_null(&writer);
    dx_json_raw(&writer, DX_STR("1.10"));
    dx_json_string(&writer, (dx_str){NULL, 0});
    dx_json_close(&writer, ']');
    dx_json_close(&writer, '}');
    CHECK_STR(dx_buf_str(&line), "{\"键\":\"a\xef\xbf\xbd\\\"b\xef\xbf\xbd\xef\xbf\xbd\","
                                 "\"n\":[-9223372036854775808,true,false,null,1.10,\"\"]}");
}

static dx_err read_in(dx_arena *small, dx_str text) {
    return dx_json_parse(small, text, DX_STR(""), NULL) ? DX_OK : DX_E_COUNT;
}

/* Reads with the n-th allocation failing. What came of it: a code, or DX_OK. */
static dx_err read_failing(dx_str text, uint64_t n, size_t limit) {
    dx_arena small;
    dx_trap trap;
    dx_arena_init(&small, limit);
    if (!DX_TRAP(&small, &trap)) {
        dx_fail_at = n;
        trap.code = read_in(&small, text);
    }
    dx_fail_at = 0;
    dx_trap_end(&small, &trap);
    dx_arena_done(&small);
    return trap.code;
}

static void test_memory(void) {
    dx_str text = many(3000, 3000);
    uint64_t n = 1;
    while (n < 1000 && read_failing(text, n, LIMIT) == DX_E_MEMORY)
        n++;
    tap_ok(n > 3 && n < 1000, "each of %u allocations may fail", (unsigned)n - 1);
    CHECK_INT(read_failing(text, n, LIMIT), DX_OK);
    CHECK_INT(read_failing(text, 0, 100000), DX_E_LIMIT_BYTES);
    CHECK_INT(read_failing(text, 0, 10), DX_E_LIMIT_BYTES);
}

int main(int argc, char **argv) {
    dx_arena_init(&arena, LIMIT);
    test_cases(argc > 1 ? argv[1] : "tests/base/json.txt");
    test_places();
    test_many_keys();
    test_writer();
    test_memory();
    dx_arena_done(&arena);
    return tap_done();
}
