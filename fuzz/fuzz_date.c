/* Fuzz target: whatever the parsers of dates, times and durations accept prints to a text that
 * they read as the same value, and that prints as itself. */
#include <stdlib.h>

#include "base/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok) {
    if (!ok)
        abort();
}

static bool same_date(dx_date a, dx_date b) {
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool same_time(const dx_time *a, const dx_time *b) {
    return a->hour == b->hour && a->minute == b->minute && a->second == b->second &&
           a->nanos == b->nanos && a->zone_kind == b->zone_kind && a->offset_s == b->offset_s &&
           a->zone == b->zone;
}

static void check_date(dx_arena *arena, dx_str text) {
    dx_date a, b;
    if (!dx_date_parse(text, &a))
        return;
    dx_buf out = {.arena = arena};
    dx_date_print(&out, a);
    require(dx_date_parse(dx_buf_str(&out), &b) && same_date(a, b));
    require(dx_str_eq(text, dx_buf_str(&out)));
    require(dx_date_valid(a.year, a.month, a.day));
    require(dx_date_from_days(dx_date_to_days(a), &b) && same_date(a, b));
    int week = dx_date_week(a);
    require(week >= 1 && week <= 53);
}

static void check_time(dx_arena *arena, dx_str text) {
    dx_time a, b;
    if (!dx_time_parse(text, &a))
        return;
    dx_buf out = {.arena = arena};
    dx_time_print(&out, &a);
    require(dx_time_parse(dx_buf_str(&out), &b) && same_time(&a, &b));
    bool comparable;
    require(dx_time_cmp(&a, &b, &comparable) == 0 && comparable);
}

static void check_datetime(dx_arena *arena, dx_str text) {
    dx_datetime a, b;
    if (!dx_datetime_parse(text, &a))
        return;
    dx_buf out = {.arena = arena};
    dx_datetime_print(&out, &a);
    require(dx_datetime_parse(dx_buf_str(&out), &b));
    require(same_date(a.date, b.date) && same_time(&a.time, &b.time));
    bool comparable;
    require(dx_datetime_cmp(&a, &b, &comparable) == 0 && comparable);
    /* A second further on is a second further on, whatever the clocks do. */
    dx_dtdur d;
    if (dx_datetime_add(&a, (dx_dtdur){1, 0}, &b))
        require(dx_datetime_sub(&b, &a, &d) && d.seconds == 1 && d.nanos == 0);
}

static void check_durations(dx_arena *arena, dx_str text) {
    dx_buf out = {.arena = arena};
    int64_t m, months;
    dx_dtdur d, again;
    bool ym = dx_ymdur_parse(text, &m), dt = dx_dtdur_parse(text, &d);
    require(!ym || !dt);
    if (ym) {
        dx_ymdur_print(&out, m);
        require(dx_ymdur_parse(dx_buf_str(&out), &months) && months == m);
    } else if (dt) {
        dx_dtdur_print(&out, d);
        require(dx_dtdur_parse(dx_buf_str(&out), &again) && dx_dtdur_cmp(d, again) == 0);
        require(d.nanos < 1000000000u);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_arena_init(&arena, (size_t)1 << 20);
    dx_trap trap;
    if (DX_TRAP(&arena, &trap))
        abort();
    dx_str text = {(const char *)data, size};
    check_date(&arena, text);
    check_time(&arena, text);
    check_datetime(&arena, text);
    check_durations(&arena, text);
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
