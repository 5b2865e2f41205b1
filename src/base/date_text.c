/* The texts of dates, times and durations: ISO 8601 as XML Schema narrows it, with FEEL's years of
 * up to nine digits and its zone names after '@'. Reading and printing stand side by side, since
 * each must take what the other makes. */
#include "base/date.h"
#include "base/zone.h"

#define DAY_S INT64_C(86400)
#define BILLION 1000000000u
#define OFFSET_MAX_S (18 * 3600)

/* Reading */

typedef struct cursor {
    const char *p, *end;
} cursor;

static cursor cursor_of(dx_str s) {
    return s.n ? (cursor){s.p, s.p + s.n} : (cursor){"", ""};
}

static bool at_end(const cursor *c) {
    return c->p == c->end;
}

static bool take(cursor *c, char want) {
    if (c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

static bool at_digit(const cursor *c) {
    return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* Exactly two digits, at most `max`. */
static bool take_2(cursor *c, unsigned max, unsigned *ret) {
    unsigned n = 0;
    for (int i = 0; i < 2; i++) {
        if (!at_digit(c))
            return false;
        n = n * 10 + (unsigned)(*c->p++ - '0');
    }
    *ret = n;
    return n <= max;
}

/* What follows the point: up to nine digits. */
static bool take_fraction(cursor *c, uint32_t *ret_nanos) {
    uint32_t unit = BILLION, nanos = 0;
    for (; at_digit(c); c->p++) {
        unit /= 10;
        if (unit == 0)
            return false;
        nanos += unit * (uint32_t)(*c->p - '0');
    }
    *ret_nanos = nanos;
    return true;
}

static bool take_date(cursor *c, dx_date *ret) {
    bool negative = take(c, '-');
    const char *start = c->p;
    int64_t year = 0;
    while (at_digit(c) && c->p - start < 9)
        year = year * 10 + (*c->p++ - '0');
    if (c->p - start < 4 || (c->p - start > 4 && *start == '0') || (negative && year == 0))
        return false;
    unsigned month, day;
    if (!take(c, '-') || !take_2(c, 12, &month) || !take(c, '-') || !take_2(c, 31, &day))
        return false;
    year = negative ? -year : year;
    if (!dx_date_valid(year, month, day))
        return false;
    *ret = (dx_date){(int32_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

/* Nothing, Z, an offset or a zone, up to the end of the text. */
static bool take_zone(cursor *c, dx_time *time) {
    time->zone_kind = DX_ZONE_NONE;
    if (at_end(c))
        return true;
    if (take(c, '@')) {
        time->zone = dx_zone_find((dx_str){c->p, (size_t)(c->end - c->p)});
        time->zone_kind = DX_ZONE_NAMED;
        return time->zone != NULL;
    }
    time->zone_kind = DX_ZONE_OFFSET;
    if (take(c, 'Z'))
        return at_end(c);
    bool negative = take(c, '-');
    if (!negative && !take(c, '+'))
        return false;
    unsigned h, m, s = 0;
    if (!take_2(c, 18, &h) || !take(c, ':') || !take_2(c, 59, &m))
        return false;
    if (take(c, ':') && !take_2(c, 59, &s))
        return false;
    time->offset_s = (int32_t)(h * 3600 + m * 60 + s);
    if (time->offset_s > OFFSET_MAX_S)
        return false;
    if (negative)
        time->offset_s = -time->offset_s;
    return at_end(c);
}

/* *next_day: the text says 24:00:00, which is the start of the next day. */
static bool take_time(cursor *c, dx_time *ret, bool *next_day) {
    unsigned h, m, s;
    if (!take_2(c, 24, &h) || !take(c, ':') || !take_2(c, 59, &m) || !take(c, ':') ||
        !take_2(c, 59, &s))
        return false;
    *ret = (dx_time){.minute = (uint8_t)m, .second = (uint8_t)s};
    if (take(c, '.') && (!at_digit(c) || !take_fraction(c, &ret->nanos)))
        return false;
    *next_day = h == 24;
    if (*next_day && (m || s || ret->nanos))
        return false;
    ret->hour = (uint8_t)(*next_day ? 0 : h);
    return take_zone(c, ret);
}

bool dx_date_parse(dx_str s, dx_date *ret) {
    cursor c = cursor_of(s);
    dx_date date;
    if (!take_date(&c, &date) || !at_end(&c))
        return false;
    *ret = date;
    return true;
}

bool dx_time_parse(dx_str s, dx_time *ret) {
    cursor c = cursor_of(s);
    dx_time time;
    bool next_day;
    if (!take_time(&c, &time, &next_day))
        return false;
    if (time.zone_kind == DX_ZONE_NAMED)
        dx_time_offset(&time, &time.offset_s);
    *ret = time;
    return true;
}

bool dx_datetime_parse(dx_str s, dx_datetime *ret) {
    cursor c = cursor_of(s);
    dx_date date;
    dx_time time;
    bool next_day;
    if (!take_date(&c, &date) || !take(&c, 'T') || !take_time(&c, &time, &next_day))
        return false;
    if (next_day && !dx_date_from_days(dx_date_to_days(date) + 1, &date))
        return false;
    *ret = dx_datetime_join(date, &time);
    return true;
}

/* Adds "digits letter" times `unit` to *total, when the text continues so; the total is kept
 * negative, since that side of the integers reaches one further. *any tells that it did. False
 * when the number is out of range. The point of a fraction also ends the digits. */
static bool take_part(cursor *c, char letter, int64_t unit, int64_t *total, bool *any) {
    cursor ahead = *c;
    int64_t n = 0;
    bool fits = true;
    while (at_digit(&ahead)) {
        int digit = *ahead.p++ - '0';
        fits = fits && !__builtin_mul_overflow(n, 10, &n) && !__builtin_sub_overflow(n, digit, &n);
    }
    if (ahead.p == c->p || !take(&ahead, letter))
        return true;
    *c = ahead;
    *any = true;
    return fits && !__builtin_mul_overflow(n, unit, &n) &&
           !__builtin_add_overflow(*total, n, total);
}

bool dx_ymdur_parse(dx_str s, int64_t *ret_months) {
    cursor c = cursor_of(s);
    bool negative = take(&c, '-'), any = false;
    int64_t total = 0;
    if (!take(&c, 'P') || !take_part(&c, 'Y', 12, &total, &any) ||
        !take_part(&c, 'M', 1, &total, &any) || !any || !at_end(&c))
        return false;
    if (!negative && __builtin_sub_overflow(0, total, &total))
        return false;
    *ret_months = total;
    return true;
}

/* After the T: at least one of hours, minutes and seconds. */
static bool take_clock_parts(cursor *c, int64_t *total, uint32_t *nanos) {
    bool any = false, fraction = false;
    if (!take_part(c, 'H', 3600, total, &any) || !take_part(c, 'M', 60, total, &any) ||
        !take_part(c, '.', 1, total, &fraction))
        return false;
    if (fraction)
        return take_fraction(c, nanos) && take(c, 'S');
    return take_part(c, 'S', 1, total, &any) && any;
}

bool dx_dtdur_parse(dx_str s, dx_dtdur *ret) {
    cursor c = cursor_of(s);
    bool negative = take(&c, '-'), days = false;
    int64_t total = 0;
    uint32_t nanos = 0;
    if (!take(&c, 'P') || !take_part(&c, 'D', DAY_S, &total, &days))
        return false;
    bool clock = take(&c, 'T');
    if ((clock && !take_clock_parts(&c, &total, &nanos)) || !(days || clock) || !at_end(&c))
        return false;
    if (!negative) {
        *ret = (dx_dtdur){0, nanos};
        return !__builtin_sub_overflow(0, total, &ret->seconds);
    }
    *ret = (dx_dtdur){total, nanos ? BILLION - nanos : 0};
    return nanos == 0 || !__builtin_sub_overflow(total, 1, &ret->seconds);
}

/* Printing */

/* Digits with leading zeros up to `width`. */
static void print_digits(dx_buf *out, uint64_t n, unsigned width) {
    char digits[20];
    unsigned at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (sizeof digits - at < width)
        digits[--at] = '0';
    dx_buf_add(out, (dx_str){digits + at, sizeof digits - at});
}

/* ".5", or nothing for 0. */
static void print_fraction(dx_buf *out, uint32_t nanos) {
    if (nanos == 0)
        return;
    unsigned width = 9;
    for (; nanos % 10 == 0; nanos /= 10)
        width--;
    dx_buf_char(out, '.');
    print_digits(out, nanos, width);
}

void dx_date_print(dx_buf *out, dx_date date) {
    if (date.year < 0)
        dx_buf_char(out, '-');
    int64_t year = date.year;
    print_digits(out, (uint64_t)(year < 0 ? -year : year), 4);
    dx_buf_char(out, '-');
    print_digits(out, date.month, 2);
    dx_buf_char(out, '-');
    print_digits(out, date.day, 2);
}

static void print_offset(dx_buf *out, int32_t offset_s) {
    if (offset_s == 0) {
        dx_buf_char(out, 'Z');
        return;
    }
    uint32_t s = (uint32_t)(offset_s < 0 ? -offset_s : offset_s);
    dx_buf_char(out, offset_s < 0 ? '-' : '+');
    print_digits(out, s / 3600, 2);
    dx_buf_char(out, ':');
    print_digits(out, s / 60 % 60, 2);
    if (s % 60) {
        dx_buf_char(out, ':');
        print_digits(out, s % 60, 2);
    }
}

void dx_time_print(dx_buf *out, const dx_time *time) {
    print_digits(out, time->hour, 2);
    dx_buf_char(out, ':');
    print_digits(out, time->minute, 2);
    dx_buf_char(out, ':');
    print_digits(out, time->second, 2);
    print_fraction(out, time->nanos);
    switch ((dx_zone_kind)time->zone_kind) {
    case DX_ZONE_NONE: break;
    case DX_ZONE_OFFSET: print_offset(out, time->offset_s); break;
    case DX_ZONE_NAMED:
        dx_buf_char(out, '@');
        dx_buf_add(out, dx_zone_name(time->zone));
        break;
    }
}

void dx_datetime_print(dx_buf *out, const dx_datetime *datetime) {
    dx_date_print(out, datetime->date);
    dx_buf_char(out, 'T');
    dx_time_print(out, &datetime->time);
}

/* "12H", or nothing for 0. */
static void print_part(dx_buf *out, uint64_t n, char letter) {
    if (n == 0)
        return;
    print_digits(out, n, 1);
    dx_buf_char(out, letter);
}

static uint64_t magnitude(int64_t n) {
    return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

void dx_ymdur_print(dx_buf *out, int64_t months) {
    if (months < 0)
        dx_buf_char(out, '-');
    dx_buf_char(out, 'P');
    uint64_t n = magnitude(months);
    print_part(out, n / 12, 'Y');
    print_part(out, n % 12, 'M');
    if (n == 0)
        dx_buf_addz(out, "0M");
}

void dx_dtdur_print(dx_buf *out, dx_dtdur duration) {
    uint64_t s = magnitude(duration.seconds);
    uint32_t nanos = duration.nanos;
    if (duration.seconds < 0) {
        dx_buf_char(out, '-');
        if (nanos) { /* from the floor to the distance from 0 */
            s--;
            nanos = BILLION - nanos;
        }
    }
    dx_buf_char(out, 'P');
    print_part(out, s / (uint64_t)DAY_S, 'D');
    s %= (uint64_t)DAY_S;
    bool zero = duration.seconds == 0 && duration.nanos == 0;
    if (s == 0 && nanos == 0 && !zero)
        return;
    dx_buf_char(out, 'T');
    print_part(out, s / 3600, 'H');
    print_part(out, s / 60 % 60, 'M');
    if (s % 60 || nanos || zero) {
        print_digits(out, s % 60, 1);
        print_fraction(out, nanos);
        dx_buf_char(out, 'S');
    }
}
