/* Values and what builtins.txt cannot say in an expression: JSON, copies, causes over many facts,
 * depth, the bound of the regular expression cache. */
#include "feel/builtin.h"
#include "feel/regex.h"
#include "tap.h"

enum { MEMORY = 64 << 20 };

static dx_val num(dx_arena *arena, const char *text) {
    dx_num n = dx_num_int(0);
    (void)dx_num_parse(arena, dx_str_of(text), &n);
    return dx_val_num(n);
}

static dx_val str(const char *text) {
    return dx_val_str(dx_str_of(text));
}

static dx_str json(dx_arena *arena, dx_val v) {
    dx_buf out = {.arena = arena};
    dx_val_json(&out, v);
    return dx_buf_str(&out);
}

/* {name: "a\"\n", list: [1.10, null, unknown 70], at: 10:00:00.5, from: [1..3)} */
static dx_val sample(dx_arena *arena) {
    dx_time time = {.hour = 10, .nanos = 500000000};
    const dx_str keys[] = {DX_STR("name"), DX_STR("list"), DX_STR("at"), DX_STR("from")};
    dx_val *items = DX_NEW_ARRAY(arena, dx_val, 3);
    items[0] = num(arena, "1.10");
    items[2] = dx_val_unknown(arena, 70, 100);
    const dx_val values[] = {str("a\"\n\x01"), dx_val_list(items, 3), dx_val_time(arena, time),
                             dx_val_range(arena, num(arena, "1"), true,
                                          num(arena, "123456789012345678901234567890"), false)};
    return dx_val_context(arena, dx_shape_new(arena, keys, 4), values);
}

static void check_json(dx_arena *arena) {
    CHECK_STR(json(arena, sample(arena)),
              "{\"name\":\"a\\\"\\n\\u0001\",\"list\":[1.10,null,{\"unknown\":true}],"
              "\"at\":\"10:00:00.5\",\"from\":\"[1..123456789012345678901234567890)\"}");
    CHECK_STR(json(arena, dx_val_list(NULL, 0)), "[]");
    CHECK_STR(json(arena, dx_val_months(14)), "\"P1Y2M\"");
}

/* The copy outlives what it was made from. */
static void check_copy(dx_arena *arena) {
    dx_arena from;
    dx_trap trap;
    dx_val copy = DX_VAL_NULL;
    dx_arena_init(&from, MEMORY);
    if (!DX_TRAP(&from, &trap))
        copy = dx_val_copy(arena, sample(&from));
    dx_trap_end(&from, &trap);
    dx_arena_done(&from);
    CHECK(copy.unknown == 1);
    CHECK(dx_val_same(copy, sample(arena)));
    CHECK(dx_val_equal(arena, copy, sample(arena)).tag == DX_UNKNOWN);
}

static void check_unknown(dx_arena *arena) {
    dx_val a = dx_val_unknown(arena, 0, 1), b = dx_val_unknown(arena, 130, 200);
    dx_val both = dx_val_unknown_join(arena, a, b);
    CHECK(!dx_val_same(a, b) && !dx_val_same(a, both));
    CHECK(dx_val_same(both, dx_val_unknown_join(arena, b, a)));
    CHECK(dx_val_same(a, dx_val_unknown(arena, 0, 200)));
    CHECK(dx_val_same(a, dx_val_unknown_join(arena, a, dx_val_int(1))));
    dx_val items[2] = {dx_val_int(1), b};
    dx_val list = dx_val_list(items, 2);
    dx_val outer = dx_val_list(&list, 1);
    CHECK(outer.unknown && dx_val_same(both, dx_val_unknown_join(arena, outer, a)));
    dx_val range = dx_val_range(arena, dx_val_int(1), true, b, true);
    CHECK(range.unknown && dx_val_same(b, dx_val_unknown_join(arena, range, dx_val_int(0))));
}

static dx_val nested(dx_arena *arena, unsigned depth) {
    dx_val v = dx_val_unknown(arena, 0, 1);
    for (unsigned i = 0; i < depth; i++) {
        dx_val *item = DX_NEW(arena, dx_val);
        *item = v;
        v = dx_val_list(item, 1);
    }
    return v;
}

/* A value that is nested too deeply ends in the trap, not at the end of the stack. */
static void check_depth(dx_arena *arena) {
    dx_trap trap;
    dx_val deep = nested(arena, 100000), other = nested(arena, 100000);
    CHECK(!dx_val_same(deep, other));
    volatile int step = 0;
    while (step < 5) {
        if (DX_TRAP(arena, &trap)) {
            tap_ok(trap.code == DX_E_LIMIT_DEPTH, "step %d stops at the limit of depth", step);
            step++;
        } else {
            dx_buf out = {.arena = arena};
            switch (step) {
            case 0: (void)dx_val_equal(arena, deep, other); break;
            case 1: (void)dx_val_copy(arena, deep); break;
            case 2: dx_val_print(&out, deep, true); break;
            case 3: dx_val_json(&out, deep); break;
            default: (void)dx_val_unknown_join(arena, deep, other); break;
            }
            tap_ok(false, "step %d went through", step);
            step++;
        }
        dx_trap_end(arena, &trap);
    }
}

static void check_order(dx_arena *arena) {
    int order = 9;
    CHECK(dx_val_order(num(arena, "1.10"), num(arena, "1.1"), &order) && order == 0);
    CHECK(!dx_val_order(dx_val_bool(true), dx_val_bool(false), &order));
    CHECK(!dx_val_order(dx_val_int(1), str("1"), &order));
    CHECK(dx_val_order(str("金"), str("额"), &order) && order != 0);
    CHECK_STR(dx_str_of(dx_tag_name(DX_FUNCTION)), "function");
    CHECK_STR(dx_str_of(dx_tag_name(DX_YMDUR)), "years and months duration");
}

/* More patterns than the cache holds: all of them work, and nothing leaks. */
static void check_regexes(dx_arena *arena) {
    dx_arena own;
    dx_arena_init(&own, MEMORY);
    dx_trap trap;
    bool ok = true;
    if (!DX_TRAP(&own, &trap)) {
        dx_regex_cache *cache = dx_regex_cache_new(&own);
        for (unsigned i = 0; i < 1000; i++) {
            bool found = false;
            dx_regex_fault fault;
            dx_str pattern = dx_str_fmt(arena, "^%u$", i % 300);
            dx_regex *regex = dx_regex_get(cache, arena, pattern, DX_STR(""), &fault);
            ok = ok && regex &&
                 dx_regex_matches(regex, dx_str_fmt(arena, "%u", i % 300), &found) == DX_OK &&
                 found;
        }
        dx_regex_fault fault;
        dx_regex *plain = dx_regex_get(cache, arena, DX_STR("a"), DX_STR(""), &fault);
        CHECK(plain == dx_regex_get(cache, arena, DX_STR("a"), DX_STR(""), &fault));
        CHECK(plain != dx_regex_get(cache, arena, DX_STR("a"), DX_STR("i"), &fault));
        CHECK(!dx_regex_get(cache, arena, DX_STR("a++"), DX_STR(""), &fault) &&
              fault.code == DX_E_FEEL_REGEX_QUANTIFIER);
        CHECK_STR(fault.detail, "+");
        CHECK(!dx_regex_get(cache, arena, DX_STR("x[b-a]"), DX_STR(""), &fault) &&
              fault.code == DX_E_FEEL_REGEX_CLASS);
        CHECK_STR(fault.detail, "b-a");
        CHECK(!dx_regex_get(cache, arena, DX_STR("\\p{IsNowhere}"), DX_STR(""), &fault) &&
              fault.code == DX_E_FEEL_REGEX_PROPERTY);
    }
    dx_trap_end(&own, &trap);
    dx_arena_done(&own);
    CHECK(ok);
}

int main(void) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, MEMORY);
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "trap %s", dx_err_name(trap.code));
    } else {
        check_json(&arena);
        check_copy(&arena);
        check_unknown(&arena);
        check_depth(&arena);
        check_order(&arena);
        check_regexes(&arena);
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
