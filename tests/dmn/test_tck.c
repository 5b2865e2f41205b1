/* Test files of the DMN TCK: what a file becomes, and when a result is what a case expects. The
 * faults of such files are cases of load.txt. */
#include "base/file.h"
#include "dmn/tck.h"
#include "tap.h"

static dx_arena arena;

static dx_str shown(dx_val v) {
    dx_buf out = {.arena = &arena};
    dx_val_print(&out, v, true);
    return dx_buf_str(&out);
}

static void test_file(dx_str path) {
    dx_str text = DX_STR("");
    dx_diags diags;
    dx_diags_init(&diags, &arena);
    CHECK(dx_file_read(&arena, path, 1 << 20, &text, &diags));
    const dx_tck *tck = dx_tck_load(&arena, text, path, &diags);
    CHECK_INT(diags.errors, 0);
    CHECK_STR(tck->name, "cases");
    CHECK_STR(tck->model, "boxed.dmn");
    CHECK_STR(tck->ns, "urn:m");
    CHECK_STR(tck->labels[0], "Compliance Level 3");
    CHECK_INT(tck->n_cases, 2);
    const dx_tck_case *c = &tck->cases[0];
    CHECK_STR(c->id, "001");
    CHECK_STR(c->name, "一");
    CHECK_STR(c->description, "说明");
    CHECK_INT(c->kind, DX_TCK_DECISION);
    CHECK_STR(c->inputs[0].name, "企业");
    CHECK_STR(shown(*dx_context_get(c->inputs[0].value, DX_STR("名称"))), "\" 甲 & 乙 \"");
    CHECK_STR(shown(*dx_context_get(c->inputs[0].value, DX_STR("额"))), "1.10");
    CHECK_INT(dx_context_get(c->inputs[0].value, DX_STR("空"))->tag, DX_NULL);
    CHECK(!dx_context_get(c->inputs[0].value, DX_STR("无")));
    CHECK_STR(shown(*dx_context_get(c->inputs[0].value, DX_STR("列"))),
              "[true, 2024-02-29, 10:20:00+01:00, 2024-02-29T10:20:00Z, P1Y2M, -PT1H30M, "
              "\"plain\", []]");
    CHECK_INT(c->n_results, 3);
    CHECK_STR(shown(c->results[0].expected), "100");
    CHECK(c->results[0].has_expected && !c->results[0].error);
    CHECK(c->results[1].has_expected && c->results[1].error);
    CHECK_INT(c->results[1].expected.tag, DX_NULL);
    CHECK(!c->results[2].has_expected);
    CHECK_INT(tck->cases[1].kind, DX_TCK_SERVICE);
    CHECK_STR(tck->cases[1].invocable, "s");
    CHECK_STR(tck->cases[1].ns, "urn:o");
}

static dx_val number(const char *text) {
    dx_num num = dx_num_int(0);
    CHECK(dx_num_parse(&arena, dx_str_of(text), &num));
    return dx_val_num(num);
}

static dx_val datetime(const char *text) {
    dx_datetime value = {0};
    CHECK(dx_datetime_parse(dx_str_of(text), &value));
    return dx_val_datetime(&arena, value);
}

static bool same(dx_val expected, dx_val actual) {
    return dx_tck_same(&arena, expected, actual);
}

static void test_scalars(void) {
    CHECK(same(number("1.10"), number("1.1")));
    CHECK(same(number("2.0816659994661"), number("2.081665999466132735282297706979931")));
    CHECK(same(number("0"), number("-0.0000000099")));
    CHECK(!same(number("0"), number("0.00000001")));
    CHECK(!same(number("1e6000"), number("-1e6000")));
    CHECK(!same(number("1e40"), number("1.0000000001e40")));
    CHECK(!same(number("1"), dx_val_str(DX_STR("1"))));
    CHECK(same(dx_val_str(DX_STR("a")), dx_val_str(DX_STR("a"))));
    CHECK(!same(dx_val_str(DX_STR("a")), dx_val_str(DX_STR("a "))));
    CHECK(same(DX_VAL_NULL, DX_VAL_NULL));
    CHECK(!same(DX_VAL_NULL, dx_val_bool(false)));
    CHECK(!same(dx_val_bool(true), dx_val_bool(false)));
    CHECK(!same(dx_val_months(0), dx_val_dtdur((dx_dtdur){0, 0})));
    CHECK(
        same(datetime("2024-01-01T08:00:00+08:00"), datetime("2024-01-01T08:00:00@Asia/Shanghai")));
    CHECK(!same(datetime("2024-01-01T08:00:00+08:00"), datetime("2024-01-01T00:00:00Z")));
    CHECK(!same(datetime("2024-01-01T00:00:00Z"), datetime("2024-01-01T00:00:00")));
}

static dx_val pair(const char *a, const char *b, const char *x, const char *y) {
    const dx_str keys[] = {dx_str_of(a), dx_str_of(b)};
    const dx_val values[] = {number(x), number(y)};
    return dx_val_context(&arena, dx_shape_new(&arena, keys, 2), values);
}

static void test_composites(void) {
    dx_val one = number("1"), two = number("2");
    const dx_val ab[] = {one, two}, ba[] = {two, one};
    CHECK(same(dx_val_list(ab, 2), dx_val_list(ab, 2)));
    CHECK(!same(dx_val_list(ab, 2), dx_val_list(ba, 2)));
    CHECK(!same(dx_val_list(ab, 2), dx_val_list(ab, 1)));
    CHECK(!same(dx_val_list(ab, 1), one));
    CHECK(same(pair("a", "b", "1", "2"), pair("b", "a", "2.0", "1.000000001")));
    CHECK(!same(pair("a", "b", "1", "2"), pair("a", "c", "1", "2")));
    CHECK(!same(pair("a", "b", "1", "2"), pair("a", "b", "1", "3")));
    dx_val empty = dx_val_context(&arena, dx_shape_new(&arena, NULL, 0), NULL);
    CHECK(!same(empty, pair("a", "b", "1", "2")) && same(empty, empty));
}

int main(int argc, char **argv) {
    dx_trap trap;
    dx_arena_init(&arena, 64 << 20);
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "raised %s", dx_err_name(trap.code));
    } else {
        test_file(dx_str_of(argc > 1 ? argv[1] : "tests/dmn/models/tck-good.xml"));
        test_scalars();
        test_composites();
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
