/* Calendar and clock arithmetic. Days are counted from 1970-01-01 in the Gregorian calendar
 * carried back without end; everything on the time line is computed in seconds and nanoseconds
 * since then, in 64 bits, which the years of FEEL fill to one part in three hundred. Texts are in
 * date_text.c. */
#include "base/date.h"

#include "base/zone.h"

#define DAY_S INT64_C(86400)
#define BILLION INT64_C(1000000000)

/* The calendar */

static bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int64_t year, int month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool dx_date_valid(int64_t year, int64_t month, int64_t day) {
    return year >= -DX_YEAR_MAX && year <= DX_YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, (int)month);
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Years begin in March here, so that the leap day is the last of a year and the months' lengths
 * follow one line: the 153 days of five months. */
int64_t dx_date_to_days(dx_date date) {
    int64_t year = (int64_t)date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
    int64_t month = date.month + (date.month > 2 ? -3 : 9);
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool dx_date_from_days(int64_t days, dx_date *ret) {
    const int64_t first = dx_date_to_days((dx_date){-DX_YEAR_MAX, 1, 1});
    const int64_t last = dx_date_to_days((dx_date){DX_YEAR_MAX, 12, 31});
    if (days < first || days > last)
        return false;
    int64_t from_march = days + 719468;
    int64_t era = floor_div(from_march, 146097), day_of_era = from_march - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    ret->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    ret->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    ret->year = (int32_t)(era * 400 + year_of_era + (ret->month <= 2));
    return true;
}

int dx_date_weekday(dx_date date) {
    int64_t since_monday = dx_date_to_days(date) + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_monday - 7 * floor_div(since_monday, 7)) + 1;
}

int dx_date_yearday(dx_date date) {
    return (int)(dx_date_to_days(date) - dx_date_to_days((dx_date){date.year, 1, 1})) + 1;
}

int dx_date_week(dx_date date) {
    int weekday = dx_date_weekday(date), yearday = dx_date_yearday(date);
    int thursday = yearday - weekday + 4; /* its year is the week's year */
    if (thursday < 1)
        thursday += is_leap((int64_t)date.year - 1) ? 366 : 365;
    else if (thursday > (is_leap(date.year) ? 366 : 365))
        thursday = 1;
    return (thursday - 1) / 7 + 1;
}

int dx_date_cmp(dx_date a, dx_date b) {
    if (a.year != b.year)
        return a.year < b.year ? -1 : 1;
    if (a.month != b.month)
        return a.month < b.month ? -1 : 1;
    return (a.day > b.day) - (a.day < b.day);
}

bool dx_date_add_months(dx_date date, int64_t months, dx_date *ret) {
    int64_t sum;
    if (__builtin_add_overflow((int64_t)date.year * 12 + date.month - 1, months, &sum))
        return false;
    int64_t year = floor_div(sum, 12);
    int month = (int)(sum - year * 12) + 1;
    if (year < -DX_YEAR_MAX || year > DX_YEAR_MAX)
        return false;
    int last = days_in_month(year, month);
    *ret = (dx_date){(int32_t)year, (uint8_t)month, date.day < last ? date.day : (uint8_t)last};
    return true;
}

/* Durations */

dx_dtdur dx_dtdur_of(int64_t seconds, int64_t nanos) {
    int64_t carry = floor_div(nanos, BILLION);
    dx_dtdur d = {0, (uint32_t)(nanos - carry * BILLION)};
    if (__builtin_add_overflow(seconds, carry, &d.seconds))
        d.seconds = carry < 0 ? INT64_MIN : INT64_MAX;
    return d;
}

int dx_dtdur_cmp(dx_dtdur a, dx_dtdur b) {
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? -1 : 1;
    return (a.nanos > b.nanos) - (a.nanos < b.nanos);
}

bool dx_dtdur_add(dx_dtdur a, dx_dtdur b, dx_dtdur *ret) {
    int64_t nanos = (int64_t)a.nanos + b.nanos, carry = nanos >= BILLION;
    int64_t least = a.seconds < b.seconds ? a.seconds : b.seconds;
    int64_t most = a.seconds < b.seconds ? b.seconds : a.seconds;
    /* The carry first, to the lesser one: it fits there unless the sum overflows anyhow. */
    if (__builtin_add_overflow(least, carry, &least) ||
        __builtin_add_overflow(least, most, &ret->seconds))
        return false;
    ret->nanos = (uint32_t)(nanos - carry * BILLION);
    return true;
}

bool dx_dtdur_neg(dx_dtdur a, dx_dtdur *ret) {
    if (a.nanos == 0) {
        ret->nanos = 0;
        return !__builtin_sub_overflow(0, a.seconds, &ret->seconds);
    }
    ret->seconds = -1 - a.seconds;
    ret->nanos = (uint32_t)(BILLION - a.nanos);
    return true;
}

static bool dtdur_sub(dx_dtdur a, dx_dtdur b, dx_dtdur *ret) {
    dx_dtdur negative;
    return dx_dtdur_neg(b, &negative) && dx_dtdur_add(a, negative, ret);
}

/* Offsets and the time line */

static int64_t second_of_day(const dx_time *time) {
    return time->hour * INT64_C(3600) + time->minute * 60 + time->second;
}

/* Seconds since 1970-01-01 as the clock reads. */
static int64_t reading(const dx_datetime *datetime) {
    return dx_date_to_days(datetime->date) * DAY_S + second_of_day(&datetime->time);
}

static void set_clock(dx_time *time, int64_t second_of_day) {
    time->hour = (uint8_t)(second_of_day / 3600);
    time->minute = (uint8_t)(second_of_day / 60 % 60);
    time->second = (uint8_t)(second_of_day % 60);
}

static bool set_reading(dx_datetime *datetime, int64_t seconds) {
    int64_t days = floor_div(seconds, DAY_S);
    set_clock(&datetime->time, seconds - days * DAY_S);
    return dx_date_from_days(days, &datetime->date);
}

bool dx_time_offset(const dx_time *time, int32_t *ret_seconds) {
    switch ((dx_zone_kind)time->zone_kind) {
    case DX_ZONE_NONE: break;
    case DX_ZONE_OFFSET: *ret_seconds = time->offset_s; return true;
    case DX_ZONE_NAMED: *ret_seconds = dx_zone_offset_local(time->zone, 0); return true;
    }
    return false;
}

bool dx_datetime_offset(const dx_datetime *datetime, int32_t *ret_seconds) {
    const dx_time *time = &datetime->time;
    if (time->zone_kind != DX_ZONE_NAMED)
        return dx_time_offset(time, ret_seconds);
    int64_t local = reading(datetime);
    *ret_seconds = time->offset_s;
    if (dx_zone_offset_utc(time->zone, local - time->offset_s) != time->offset_s)
        *ret_seconds = dx_zone_offset_local(time->zone, local);
    return true;
}

dx_datetime dx_datetime_join(dx_date date, const dx_time *time) {
    dx_datetime joined = {date, *time};
    if (time->zone_kind == DX_ZONE_NAMED)
        joined.time.offset_s = dx_zone_offset_local(time->zone, reading(&joined));
    return joined;
}

dx_dtdur dx_datetime_instant(const dx_datetime *datetime) {
    int32_t offset = 0;
    dx_datetime_offset(datetime, &offset);
    return (dx_dtdur){reading(datetime) - offset, datetime->time.nanos};
}

/* The time of day in UTC, which may lie outside the day, or as it reads where there is no offset.
 */
static dx_dtdur time_instant(const dx_time *time) {
    int32_t offset = 0;
    dx_time_offset(time, &offset);
    return (dx_dtdur){second_of_day(time) - offset, time->nanos};
}

static bool both_or_none(const dx_time *a, const dx_time *b) {
    return (a->zone_kind == DX_ZONE_NONE) == (b->zone_kind == DX_ZONE_NONE);
}

int dx_time_cmp(const dx_time *a, const dx_time *b, bool *comparable) {
    *comparable = both_or_none(a, b);
    if (*comparable)
        return dx_dtdur_cmp(time_instant(a), time_instant(b));
    return dx_dtdur_cmp((dx_dtdur){second_of_day(a), a->nanos},
                        (dx_dtdur){second_of_day(b), b->nanos});
}

int dx_datetime_cmp(const dx_datetime *a, const dx_datetime *b, bool *comparable) {
    *comparable = both_or_none(&a->time, &b->time);
    if (*comparable)
        return dx_dtdur_cmp(dx_datetime_instant(a), dx_datetime_instant(b));
    return dx_dtdur_cmp((dx_dtdur){reading(a), a->time.nanos},
                        (dx_dtdur){reading(b), b->time.nanos});
}

/* Sums and differences */

bool dx_datetime_sub(const dx_datetime *a, const dx_datetime *b, dx_dtdur *ret) {
    return both_or_none(&a->time, &b->time) &&
           dtdur_sub(dx_datetime_instant(a), dx_datetime_instant(b), ret);
}

bool dx_time_sub(const dx_time *a, const dx_time *b, dx_dtdur *ret) {
    return both_or_none(a, b) && dtdur_sub(time_instant(a), time_instant(b), ret);
}

bool dx_datetime_add(const dx_datetime *a, dx_dtdur d, dx_datetime *ret) {
    dx_dtdur instant;
    if (!dx_dtdur_add(dx_datetime_instant(a), d, &instant))
        return false;
    dx_datetime sum = *a;
    sum.time.nanos = instant.nanos;
    int32_t offset = 0;
    if (a->time.zone_kind == DX_ZONE_NAMED)
        offset = sum.time.offset_s = dx_zone_offset_utc(a->time.zone, instant.seconds);
    else
        dx_time_offset(&a->time, &offset);
    int64_t local;
    if (__builtin_add_overflow(instant.seconds, offset, &local) || !set_reading(&sum, local))
        return false;
    *ret = sum;
    return true;
}

bool dx_datetime_add_months(const dx_datetime *a, int64_t months, dx_datetime *ret) {
    dx_date date;
    if (!dx_date_add_months(a->date, months, &date))
        return false;
    *ret = dx_datetime_join(date, &a->time);
    return true;
}

void dx_time_add(const dx_time *a, dx_dtdur d, dx_time *ret) {
    dx_dtdur sum = dx_dtdur_of(second_of_day(a) + d.seconds % DAY_S, (int64_t)a->nanos + d.nanos);
    *ret = *a;
    ret->nanos = sum.nanos;
    set_clock(ret, sum.seconds - DAY_S * floor_div(sum.seconds, DAY_S));
}

int64_t dx_months_between(const dx_datetime *from, const dx_datetime *to) {
    int64_t months =
        ((int64_t)to->date.year - from->date.year) * 12 + to->date.month - from->date.month;
    if (months > 0 && to->date.day < from->date.day)
        return months - 1;
    if (months < 0 && to->date.day > from->date.day)
        return months + 1;
    return months;
}
