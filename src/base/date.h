/* Calendar arithmetic for FEEL: proleptic Gregorian dates, times with an offset or a zone, date
 * and times, and the two durations. Pure: no clock. Years run from -999,999,999 to 999,999,999
 * (DMN 1.5 §10.3.2.3). */
#ifndef DX_BASE_DATE_H
#define DX_BASE_DATE_H

#include "base/str.h"

#define DX_YEAR_MAX 999999999

typedef struct dx_date {
    int32_t year;
    uint8_t month, day;
} dx_date;

typedef enum dx_zone_kind {
    DX_ZONE_NONE,   /* local: no offset is known */
    DX_ZONE_OFFSET, /* offset_s holds; "Z" is offset 0 */
    DX_ZONE_NAMED   /* an IANA name; the offset follows from the date */
} dx_zone_kind;

/* A time of day; seconds may be 60 never (FEEL has no leap seconds); 24:00:00 reads as 00:00. */
typedef struct dx_time {
    uint8_t hour, minute, second;
    uint8_t zone_kind; /* dx_zone_kind */
    uint32_t nanos;
    int32_t offset_s;           /* for DX_ZONE_OFFSET; for DX_ZONE_NAMED see dx_datetime_offset */
    const struct dx_zone *zone; /* for DX_ZONE_NAMED */
} dx_time;

typedef struct dx_datetime {
    dx_date date;
    dx_time time;
} dx_datetime;

/* A days and time duration: seconds and 0..999,999,999 nanoseconds, value = sum (floor form). */
typedef struct dx_dtdur {
    int64_t seconds;
    uint32_t nanos;
} dx_dtdur;

bool dx_date_valid(int64_t year, int64_t month, int64_t day);
/* Days since 1970-01-01 and back. */
int64_t dx_date_to_days(dx_date date);
bool dx_date_from_days(int64_t days, dx_date *ret);
/* 1 (Monday) to 7; day of year from 1; ISO 8601 week number 1..53. */
int dx_date_weekday(dx_date date);
int dx_date_yearday(dx_date date);
int dx_date_week(dx_date date);
int dx_date_cmp(dx_date a, dx_date b);
/* Adds months; a day that the target month lacks becomes its last (2020-01-31 + P1M = 02-29). */
bool dx_date_add_months(dx_date date, int64_t months, dx_date *ret);

/* Texts as FEEL's date(), time(), date and time() and @"..." take them (DMN 1.5 §10.3.4.1): ISO
 * 8601 extended, years of 4 to 9 digits with optional '-', fraction of a second up to 9 digits,
 * then nothing, Z, an offset +hh:mm[:ss] (up to 18:00), or @Zone/Name. The whole of `s`. Year 0 is
 * 0000, and there is no -0000. */
bool dx_date_parse(dx_str s, dx_date *ret);
bool dx_time_parse(dx_str s, dx_time *ret);
bool dx_datetime_parse(dx_str s, dx_datetime *ret); /* 2020-01-01T.. only; a bare date is not one */
/* P1Y2M, P1DT2H3M4.5S, -P..; years and months never mix with days and time. False also for what
 * does not fit the 64 bits. */
bool dx_ymdur_parse(dx_str s, int64_t *ret_months);
bool dx_dtdur_parse(dx_str s, dx_dtdur *ret);

/* Canonical texts, as FEEL's string() gives them. */
void dx_date_print(dx_buf *out, dx_date date);
void dx_time_print(dx_buf *out, const dx_time *time);
void dx_datetime_print(dx_buf *out, const dx_datetime *datetime);
void dx_ymdur_print(dx_buf *out, int64_t months);
void dx_dtdur_print(dx_buf *out, dx_dtdur duration);

/* The offset from UTC in seconds; false when the value has none (DX_ZONE_NONE). A named zone of a
 * time without a date uses the offset of 1970-01-01 there. */
bool dx_time_offset(const dx_time *time, int32_t *ret_seconds);
/* In a named zone offset_s, when the zone has that offset at that reading: so the second of two
 * equal readings in an overlap is told from the first. Else what the zone says
 * (dx_zone_offset_local). */
bool dx_datetime_offset(const dx_datetime *datetime, int32_t *ret_seconds);
/* A date and a time of day together. In a named zone the offset follows from the date, whatever it
 * was for the time. */
dx_datetime dx_datetime_join(dx_date date, const dx_time *time);
/* Orders two values on the time line, to the nanosecond. *comparable is false when one has an
 * offset and the other has none; the result is then the order of their readings. For equality use
 * the same and result 0. */
int dx_time_cmp(const dx_time *a, const dx_time *b, bool *comparable);
int dx_datetime_cmp(const dx_datetime *a, const dx_datetime *b, bool *comparable);
/* Instant in UTC, or the local reading where there is no offset. */
dx_dtdur dx_datetime_instant(const dx_datetime *datetime);

dx_dtdur dx_dtdur_of(int64_t seconds, int64_t nanos); /* normalises; saturates, which is a bug */
int dx_dtdur_cmp(dx_dtdur a, dx_dtdur b);
bool dx_dtdur_add(dx_dtdur a, dx_dtdur b, dx_dtdur *ret);
bool dx_dtdur_neg(dx_dtdur a, dx_dtdur *ret);
/* a - b; false when one has an offset and the other has none. */
bool dx_datetime_sub(const dx_datetime *a, const dx_datetime *b, dx_dtdur *ret);
/* Adds on the time line and keeps the zone: over a change of the clocks P1D is 24 hours and the
 * reading moves. Months are added to the reading instead. False: outside the years. */
bool dx_datetime_add(const dx_datetime *a, dx_dtdur d, dx_datetime *ret);
bool dx_datetime_add_months(const dx_datetime *a, int64_t months, dx_datetime *ret);
bool dx_time_sub(const dx_time *a, const dx_time *b, dx_dtdur *ret);
void dx_time_add(const dx_time *a, dx_dtdur d, dx_time *ret); /* wraps around midnight */
/* years and months duration(from, to): whole months between the two dates as they read, toward
 * zero. Times of day and offsets do not count (2014-12-31T23:59:59 to 2016-12-31T00:00:01 is P2Y).
 */
int64_t dx_months_between(const dx_datetime *from, const dx_datetime *to);

#endif
