/* Dates, times, durations and zones: the cases of the files given as arguments (date.txt and
 * zones.txt), then what a line of text cannot say: all days of the calendar by strides, readings
 * that come twice, names that are looked up by many threads, and memory that runs out. */
#include <pthread.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/file.h"
#include "base/zone.h"
#include "tap.h"

#define LIMIT ((size_t)16 << 20)
#define WORDS 6

static dx_arena arena;

/* Lines of text */

static size_t split(dx_str line, dx_str words[WORDS]) {
    size_t n = 0;
    while (line.n && n < WORDS) {
        size_t length = 0;
        while (length < line.n && line.p[length] != ' ')
            length++;
        words[n++] = (dx_str){line.p, length};
        length += length < line.n;
        line = (dx_str){line.p + length, line.n - length};
    }
    return n;
}

static int64_t number(dx_str s) {
    return strtoll(dx_str_z(&arena, s), NULL, 10);
}

/* What an operation gave: "!" when it refused. */
static dx_str result(bool ok, const dx_buf *out) {
    return ok ? dx_buf_str(out) : DX_STR("!");
}

static dx_str as_date(dx_str s) {
    dx_buf out = {.arena = &arena};
    dx_date date;
    bool ok = dx_date_parse(s, &date);
    if (ok)
        dx_date_print(&out, date);
    return result(ok, &out);
}

static dx_str as_time(dx_str s) {
    dx_buf out = {.arena = &arena};
    dx_time time;
    bool ok = dx_time_parse(s, &time);
    if (ok)
        dx_time_print(&out, &time);
    return result(ok, &out);
}

static dx_str as_datetime(dx_str s) {
    dx_buf out = {.arena = &arena};
    dx_datetime datetime;
    bool ok = dx_datetime_parse(s, &datetime);
    if (ok)
        dx_datetime_print(&out, &datetime);
    return result(ok, &out);
}

static dx_str as_ymdur(dx_str s) {
    dx_buf out = {.arena = &arena};
    int64_t months;
    bool ok = dx_ymdur_parse(s, &months);
    if (ok)
        dx_ymdur_print(&out, months);
    return result(ok, &out);
}

static dx_str as_dtdur(dx_str s) {
    dx_buf out = {.arena = &arena};
    dx_dtdur d;
    bool ok = dx_dtdur_parse(s, &d);
    if (ok)
        dx_dtdur_print(&out, d);
    return result(ok, &out);
}

static dx_str months_later(dx_str text, dx_str months) {
    dx_buf out = {.arena = &arena};
    dx_date date;
    bool ok = dx_date_parse(text, &date) && dx_date_add_months(date, number(months), &date);
    if (ok)
        dx_date_print(&out, date);
    return result(ok, &out);
}

static dx_str months_between(dx_str from, dx_str to) {
    dx_datetime a, b;
    if (!dx_datetime_parse(from, &a) || !dx_datetime_parse(to, &b))
        return DX_STR("no date and time");
    return dx_str_fmt(&arena, "%lld", (long long)dx_months_between(&a, &b));
}

/* "days weekday yearday week", and the way back. */
static dx_str day_facts(dx_str text) {
    dx_date date, back;
    if (!dx_date_parse(text, &date))
        return DX_STR("no date");
    int64_t days = dx_date_to_days(date);
    if (!dx_date_from_days(days, &back) || dx_date_cmp(date, back) != 0)
        return DX_STR("another date comes back");
    return dx_str_fmt(&arena, "%lld %d %d %d", (long long)days, dx_date_weekday(date),
                      dx_date_yearday(date), dx_date_week(date));
}

static dx_str offset_of(dx_str text) {
    dx_time time;
    dx_datetime datetime;
    int32_t offset;
    bool ok = dx_time_parse(text, &time)
                  ? dx_time_offset(&time, &offset)
                  : dx_datetime_parse(text, &datetime) && dx_datetime_offset(&datetime, &offset);
    return ok ? dx_str_fmt(&arena, "%d", offset) : DX_STR("-");
}

static char sign(int order, bool comparable) {
    return !comparable ? '?' : order < 0 ? '<' : order > 0 ? '>' : '=';
}

/* Both ways round, which must agree. */
static dx_str order_of(dx_str left, dx_str right) {
    dx_time a, b;
    dx_datetime x, y;
    bool comparable, again;
    int order, back;
    if (dx_time_parse(left, &a) && dx_time_parse(right, &b)) {
        order = dx_time_cmp(&a, &b, &comparable);
        back = dx_time_cmp(&b, &a, &again);
    } else if (dx_datetime_parse(left, &x) && dx_datetime_parse(right, &y)) {
        order = dx_datetime_cmp(&x, &y, &comparable);
        back = dx_datetime_cmp(&y, &x, &again);
    } else {
        return DX_STR("no two times");
    }
    bool agree = comparable == again && (order > 0) == (back < 0) && (order < 0) == (back > 0);
    return agree ? dx_str_fmt(&arena, "%c", sign(order, comparable)) : DX_STR("disagreement");
}

static dx_str sum_of(dx_str text, dx_str duration) {
    dx_buf out = {.arena = &arena};
    dx_time time;
    dx_datetime datetime;
    int64_t months;
    dx_dtdur d = {0, 0};
    bool in_months = dx_ymdur_parse(duration, &months), ok = true;
    if (!in_months && !dx_dtdur_parse(duration, &d))
        return DX_STR("no duration");
    if (dx_time_parse(text, &time)) {
        dx_time_add(&time, d, &time);
        dx_time_print(&out, &time);
    } else if (dx_datetime_parse(text, &datetime)) {
        ok = in_months ? dx_datetime_add_months(&datetime, months, &datetime)
                       : dx_datetime_add(&datetime, d, &datetime);
        if (ok)
            dx_datetime_print(&out, &datetime);
    }
    return result(ok, &out);
}

static dx_str difference_of(dx_str left, dx_str right) {
    dx_buf out = {.arena = &arena};
    dx_time a, b;
    dx_datetime x, y;
    dx_dtdur d;
    bool ok = dx_time_parse(left, &a) && dx_time_parse(right, &b)
                  ? dx_time_sub(&a, &b, &d)
                  : dx_datetime_parse(left, &x) && dx_datetime_parse(right, &y) &&
                        dx_datetime_sub(&x, &y, &d);
    if (ok)
        dx_dtdur_print(&out, d);
    return result(ok, &out);
}

static dx_str zone_offset(dx_str name, dx_str seconds, bool local) {
    const dx_zone *zone = dx_zone_find(name);
    if (!zone)
        return DX_STR("no zone");
    return dx_str_fmt(&arena, "%d",
                      local ? dx_zone_offset_local(zone, number(seconds))
                            : dx_zone_offset_utc(zone, number(seconds)));
}

typedef struct kind {
    const char *name;
    dx_str (*one)(dx_str); /* a text to another, or ... */
    dx_str (*two)(dx_str, dx_str);
} kind;

static const kind kinds[] = {
    {"date", as_date, NULL},     {"time", as_time, NULL},        {"datetime", as_datetime, NULL},
    {"ym", as_ymdur, NULL},      {"dt", as_dtdur, NULL},         {"day", day_facts, NULL},
    {"offset", offset_of, NULL}, {"months", NULL, months_later}, {"between", NULL, months_between},
    {"add", NULL, sum_of},       {"sub", NULL, difference_of},
};

/* What the program says to a line, and in *want what the line says. */
static dx_str answer(const dx_str words[WORDS], size_t n, dx_str *want) {
    *want = words[n - 1];
    if (n == 4 && dx_str_is(words[0], "cmp")) {
        *want = words[2];
        return order_of(words[1], words[3]);
    }
    if (n == 4 && (dx_str_is(words[0], "utc") || dx_str_is(words[0], "local")))
        return zone_offset(words[1], words[2], words[0].n == 5);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const kind *k = &kinds[i];
        if (!dx_str_is(words[0], k->name))
            continue;
        if (k->two)
            return n == 4 ? k->two(words[1], words[2]) : DX_STR("a line of another form");
        const char *end = words[n - 1].p + words[n - 1].n;
        *want =
            dx_str_is(words[2], "=") ? words[1] : (dx_str){words[2].p, (size_t)(end - words[2].p)};
        return k->one(words[1]);
    }
    return DX_STR("a line of no known kind");
}

static void check_file(const char *path) {
    dx_str text;
    if (!CHECK(dx_file_read(&arena, dx_str_of(path), LIMIT, &text, NULL)))
        return;
    for (unsigned number = 1; text.n; number++) {
        const char *newline = memchr(text.p, '\n', text.n);
        dx_str line = {text.p, newline ? (size_t)(newline - text.p) : text.n};
        size_t used = line.n + (newline != NULL);
        text = (dx_str){text.p + used, text.n - used};
        if (line.n == 0 || line.p[0] == '#')
            continue;
        dx_mark mark = dx_arena_mark(&arena);
        dx_str words[WORDS] = {{NULL, 0}}, want;
        dx_str got = answer(words, split(line, words), &want);
        if (!tap_ok(dx_str_eq(got, want), "%s:%u: %.*s", path, number, DX_FMT(line)))
            printf("# got: %.*s\n", DX_FMT(got));
        dx_arena_rewind(&arena, mark);
    }
}

/* The calendar */

static bool follows(dx_date a, dx_date b) {
    if (dx_date_valid(a.year, a.month, a.day + 1))
        return b.year == a.year && b.month == a.month && b.day == a.day + 1;
    if (a.month < 12)
        return b.year == a.year && b.month == a.month + 1 && b.day == 1;
    return b.year == a.year + 1 && b.month == 1 && b.day == 1;
}

/* A day and the one after it: each comes back, they follow each other, and so do their weekdays,
 * days of the year and weeks. */
static bool day_ok(int64_t days) {
    dx_date a, b;
    if (!dx_date_from_days(days, &a) || !dx_date_from_days(days + 1, &b))
        return false;
    int weekday = dx_date_weekday(a), next_week = dx_date_week(b);
    bool new_week = weekday == 7;
    bool week_ok = new_week ? next_week == 1 || next_week == dx_date_week(a) + 1
                            : next_week == dx_date_week(a);
    int yearday = b.year == a.year ? dx_date_yearday(a) + 1 : 1;
    return dx_date_to_days(a) == days && dx_date_to_days(b) == days + 1 && follows(a, b) &&
           dx_date_valid(b.year, b.month, b.day) && dx_date_cmp(a, b) < 0 &&
           dx_date_weekday(b) == weekday % 7 + 1 && dx_date_yearday(b) == yearday && week_ok;
}

static void check_calendar(void) {
    int64_t first = dx_date_to_days((dx_date){-DX_YEAR_MAX, 1, 1});
    int64_t last = dx_date_to_days((dx_date){DX_YEAR_MAX, 12, 31});
    int64_t bad = INT64_MIN;
    for (int64_t days = first; days < last; days += 730484999633 / 300007)
        bad = day_ok(days) ? bad : days;
    CHECK_INT(bad, INT64_MIN);
    for (int64_t days = -719528 - 146097; days < 146097; days++)
        bad = day_ok(days) ? bad : days;
    CHECK_INT(bad, INT64_MIN);
    CHECK(day_ok(first) && day_ok(last - 1));
    dx_date date;
    CHECK(!dx_date_from_days(first - 1, &date) && !dx_date_from_days(last + 1, &date));
    CHECK(!dx_date_from_days(INT64_MIN, &date) && !dx_date_from_days(INT64_MAX, &date));
    CHECK(!dx_date_valid(INT64_MAX, 1, 1) && !dx_date_valid(DX_YEAR_MAX + 1, 1, 1));
    CHECK(!dx_date_valid(2020, INT64_MAX, 1) && !dx_date_valid(2020, INT64_MIN, 1));
    CHECK(!dx_date_valid(2020, 1, INT64_MAX) && !dx_date_valid(2020, 1, 0));
    CHECK_INT(dx_date_week((dx_date){-DX_YEAR_MAX, 1, 1}), 1);
}

/* Durations */

static bool is_dtdur(dx_dtdur d, int64_t seconds, uint32_t nanos) {
    return d.seconds == seconds && d.nanos == nanos;
}

static void check_durations(void) {
    CHECK(is_dtdur(dx_dtdur_of(1, 2500000000), 3, 500000000));
    CHECK(is_dtdur(dx_dtdur_of(0, -1), -1, 999999999));
    CHECK(is_dtdur(dx_dtdur_of(5, -3000000000), 2, 0));
    dx_dtdur d;
    dx_dtdur most = {INT64_MAX, 999999999}, least = {INT64_MIN, 0};
    CHECK(dx_dtdur_neg(most, &d) && is_dtdur(d, INT64_MIN, 1));
    CHECK(dx_dtdur_neg(d, &d) && is_dtdur(d, INT64_MAX, 999999999));
    CHECK(!dx_dtdur_neg(least, &d));
    CHECK(dx_dtdur_neg((dx_dtdur){0, 0}, &d) && is_dtdur(d, 0, 0));
    CHECK(!dx_dtdur_add(most, (dx_dtdur){0, 1}, &d));
    CHECK(!dx_dtdur_add(least, (dx_dtdur){-1, 0}, &d));
    CHECK(dx_dtdur_add((dx_dtdur){INT64_MIN, 500000000}, (dx_dtdur){-1, 500000000}, &d) &&
          is_dtdur(d, INT64_MIN, 0));
    CHECK(dx_dtdur_add(most, (dx_dtdur){-1, 1}, &d) && is_dtdur(d, INT64_MAX, 0));
    CHECK(dx_dtdur_cmp(least, most) < 0 && dx_dtdur_cmp(most, least) > 0);
    CHECK(dx_dtdur_cmp((dx_dtdur){-1, 1}, (dx_dtdur){-1, 2}) < 0);
    CHECK(dx_dtdur_cmp(most, most) == 0);
}

/* Zones */

static dx_datetime datetime_of(const char *text) {
    dx_datetime datetime = {.date = {0, 1, 1}};
    tap_ok(dx_datetime_parse(dx_str_of(text), &datetime), "parses %s", text);
    return datetime;
}

static int32_t datetime_offset(const dx_datetime *datetime) {
    int32_t offset = INT32_MIN;
    dx_datetime_offset(datetime, &offset);
    return offset;
}

/* In an overlap the reading comes twice: the sum keeps the second, a text means the first, and both
 * print alike. */
static void check_overlap(void) {
    dx_datetime first = datetime_of("2021-10-31T02:30:00@Europe/Paris"), second, back;
    CHECK(dx_datetime_add(&first, (dx_dtdur){3600, 0}, &second));
    CHECK_INT(second.time.hour, 2);
    CHECK_INT(datetime_offset(&first), 7200);
    CHECK_INT(datetime_offset(&second), 3600);
    bool comparable;
    CHECK(dx_datetime_cmp(&first, &second, &comparable) < 0 && comparable);
    dx_dtdur d;
    CHECK(dx_datetime_sub(&second, &first, &d) && is_dtdur(d, 3600, 0));
    CHECK(dx_datetime_add(&second, (dx_dtdur){-3600, 0}, &back));
    CHECK(dx_datetime_cmp(&first, &back, &comparable) == 0);

    /* A time brings its own offset along, which a date it is joined to replaces. */
    dx_datetime summer = datetime_of("2021-07-01T12:00:00@Europe/Paris");
    dx_datetime winter = dx_datetime_join((dx_date){2021, 1, 1}, &summer.time);
    CHECK_INT(winter.time.offset_s, 3600);
    dx_datetime by_hand = {{2021, 1, 1}, summer.time};
    CHECK_INT(datetime_offset(&by_hand), 3600);
    CHECK(dx_datetime_cmp(&winter, &by_hand, &comparable) == 0);
    dx_datetime joined = dx_datetime_join((dx_date){2021, 10, 31}, &second.time);
    CHECK(dx_datetime_cmp(&joined, &first, &comparable) == 0);
}

static void check_zone_edges(void) {
    const dx_zone *paris = dx_zone_find(DX_STR("Europe/Paris"));
    if (!CHECK(paris != NULL))
        return;
    CHECK_STR(dx_zone_name(paris), "Europe/Paris");
    CHECK(paris == dx_zone_find(DX_STR("Europe/Paris")));
    CHECK_INT(dx_zone_offset_utc(paris, INT64_MIN), 561);
    CHECK_INT(dx_zone_offset_local(paris, INT64_MIN), 561);
    int32_t far = dx_zone_offset_utc(paris, INT64_MAX);
    CHECK(far == 3600 || far == 7200);
    far = dx_zone_offset_local(paris, INT64_MAX);
    CHECK(far == 3600 || far == 7200);
    CHECK(!dx_zone_find((dx_str){NULL, 0}));
    CHECK(!dx_zone_find((dx_str){"Europe/Paris\0", 13}));
    char name[200];
    memset(name, 'A', sizeof name);
    CHECK(!dx_zone_find((dx_str){name, sizeof name}));
    dx_str version = dx_zone_version();
    CHECK(version.n == 0 || (version.n >= 5 && version.p[0] == '2'));
    CHECK(dx_zone_version().p == version.p);
}

/* A file without transitions, but with this POSIX TZ text. */
static dx_zone *zone_of(const char *footer) {
    uint8_t bytes[256] = {0};
    size_t n = 0;
    for (int block = 0; block < 2; block++) { /* one type of offset 0 with an empty name */
        memcpy(bytes + n, "TZif2", 5);
        bytes[n + 39] = bytes[n + 43] = 1;
        n += 44 + 6 + 1;
    }
    int length = snprintf((char *)bytes + n, sizeof bytes - n, "\n%s\n", footer);
    return dx_zone_parse(DX_STR("Test"), bytes, n + (size_t)length);
}

typedef struct ruled {
    const char *footer;
    int64_t local;
    int32_t offset;
} ruled;

/* Forms of the rule that no zone has today. 2024-02-29 is the 60th day, which Jn leaves out. */
static void check_rules(void) {
    static const ruled cases[] = {
        {"", 1709164800, 0},
        {"<+03>-3", 1709164800, 10800},
        {"AAA3:30:15", 1709164800, -12615},
        {"AAA0BBB,J60/0,J61/0", 1709164800 - 1, 0},        /* 2024-02-28T23:59:59 */
        {"AAA0BBB,J60/0,J61/0", 1709251200 - 1, 0},        /* 2024-02-29T23:59:59 */
        {"AAA0BBB,J60/0,J61/0", 1709251200 + 3600, 3600},  /* 2024-03-01T01:00 */
        {"AAA0BBB,J60/0,J61/0", 1709337600 + 3600, 0},     /* 2024-03-02T01:00 */
        {"AAA0BBB,J60/0,J61/0", 1677628800 + 3600, 3600},  /* 2023-03-01T01:00 */
        {"AAA0BBB,59/0,60/0", 1709164800 + 3600, 3600},    /* 2024-02-29T01:00 */
        {"AAA0BBB,59/0,60/0", 1709251200 + 3600, 0},       /* 2024-03-01T01:00 */
        {"AAA0BBB,59/0,60/0", 1677628800 + 3600, 3600},    /* 2023-03-01T01:00 */
        {"AAA0BBB-2,59,60/-24", 1709164800 + 14400, 7200}, /* 2024-02-29T04:00, over at 0:00 */
        {"AAA5BBB,0/0,J365/25", 1704067200, -14400},       /* saving time all year */
        {"AAA5BBB,0/0,J365/25", 1735689599, -14400},       /* 2024-12-31T23:59:59 */
        {"AAA0BBB,M1.1.0/-167,M1.1.0", 1703980800 + 7200, 3600}, /* 2023-12-31T02:00, by 2024 */
        {"AAA0BBB,M1.1.0/-167,M1.1.0", 1703894400, 0},           /* 2023-12-30 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ruled *c = &cases[i];
        dx_zone *zone = zone_of(c->footer);
        int32_t offset = zone ? dx_zone_offset_local(zone, c->local) : INT32_MIN;
        if (!tap_ok(offset == c->offset, "'%s' at %lld", c->footer, (long long)c->local))
            printf("# got: %d\n", offset);
        dx_free(zone);
    }
    static const char *const bad[] = {
        "AA0",           "AAA",           "AAA25",           "AAA0BBB",       "AAA0:60",
        "AAA0BBB,M3.5",  "AAA0BBB,1",     "AAA0BBB,1,366",   "AAA0BBB,J0,J2", "AAA0BBB,M13.1.0,1",
        "AAA0BBB,1,2,3", "AAA0BBB,1/168", "AAA0BBB,1/,2",    "<+03-3",        "AAA0BBB25,1,2",
        "AAA0BB,1,2",    "AAA0:0:60",     "AAA0BBB,M1.6.0,1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dx_zone *zone = zone_of(bad[i]);
        tap_ok(zone == NULL, "'%s' is refused", bad[i]);
        dx_free(zone);
    }
}

/* Each allocation of a lookup fails once; the name is then still to be had. */
static void check_no_memory(void) {
    dx_str name = DX_STR("Pacific/Chatham");
    uint64_t n = 0;
    const dx_zone *zone;
    do {
        dx_fail_at = ++n;
        zone = dx_zone_find(name);
    } while (!zone && n < 10);
    dx_fail_at = 0;
    CHECK(zone != NULL);
    CHECK_INT(n, 3);
    CHECK(dx_zone_find(name) == zone);
}

static const char *const many[] = {"Asia/Tokyo",     "Asia/Seoul",    "Asia/Singapore",
                                   "Europe/Berlin",  "Europe/Madrid", "America/Chicago",
                                   "America/Denver", "Africa/Cairo",  "Asia/Nowhere"};
#define MANY (sizeof many / sizeof *many)
#define THREADS 4

static void *look_up(void *arg) {
    const dx_zone **found = arg;
    for (int round = 0; round < 200; round++)
        for (size_t i = 0; i < MANY; i++)
            found[i] = dx_zone_find(dx_str_of(many[i]));
    return NULL;
}

static void check_threads(void) {
    const dx_zone *found[THREADS][MANY];
    pthread_t threads[THREADS];
    bool started = true, same = true;
    for (int i = 0; i < THREADS; i++)
        started = pthread_create(&threads[i], NULL, look_up, found[i]) == 0 && started;
    if (!CHECK(started))
        exit(1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t z = 0; z < MANY; z++)
        for (int i = 0; i < THREADS; i++)
            same = same && found[i][z] == found[0][z] && (found[i][z] != NULL) == (z < MANY - 1);
    CHECK(same);
}

int main(int argc, char **argv) {
    dx_arena_init(&arena, LIMIT * 4);
    dx_trap trap;
    if (DX_TRAP(&arena, &trap)) {
        tap_ok(false, "a trap nobody expected: %s", dx_err_name(trap.code));
        return tap_done();
    }
    if (argc < 2)
        tap_ok(false, "name the files with the cases");
    for (int i = 1; i < argc; i++)
        check_file(argv[i]);
    check_calendar();
    check_durations();
    check_overlap();
    check_zone_edges();
    check_rules();
    check_no_memory();
    check_threads();
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return tap_done();
}
