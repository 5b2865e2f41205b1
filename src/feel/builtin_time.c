/* The built-in functions that make and take apart dates, times and durations (DMN 1.5 §10.3.4.1,
 * §10.3.4.7 and §10.3.4.8). There is no clock here: now() and today() say what the run was told. */
#include "base/zone.h"
#include "feel/builtin_fn.h"

enum { MAX_OFFSET = 18 * 3600, DAY = 86400 };

/* A date, or a date and time. */
static bool is_dated(dx_val v) {
    return v.tag == DX_DATE || v.tag == DX_DATETIME;
}

static dx_date date_of(dx_val v) {
    return v.tag == DX_DATE ? v.u.date : v.u.datetime->date;
}

/* The date at a time. The offset of a named zone follows from both. */
static dx_val join(dx_call *call, dx_date date, dx_time time) {
    if (time.zone_kind == DX_ZONE_NAMED) {
        int64_t local =
            dx_date_to_days(date) * DAY + time.hour * 3600 + time.minute * 60 + time.second;
        time.offset_s = dx_zone_offset_local(time.zone, local);
    }
    return dx_val_datetime(call->arena, (dx_datetime){date, time});
}

/* --- conversion ------------------------------------------------------------------------------- */

dx_val dx_fn_date(dx_call *call, const dx_val *args, uint32_t n) {
    dx_date date;
    int64_t year, month, day;
    if (n == 1 && is_dated(args[0])) {
        return dx_val_date(date_of(args[0]));
    }
    if (n == 1 && args[0].tag == DX_STRING) {
        return dx_date_parse(dx_arg_text(args[0]), &date) ? dx_val_date(date)
                                                          : dx_args_bad(call, "date", args[0]);
    }
    if (n != 3 || !dx_args_all(args, n, DX_NUM)) {
        return dx_args_refuse(call, "date", args, n);
    }
    if (!dx_num_to_int64(args[0].u.num, &year) || !dx_num_to_int64(args[1].u.num, &month) ||
        !dx_num_to_int64(args[2].u.num, &day) || !dx_date_valid(year, month, day)) {
        return dx_args_bad(call, "date", dx_val_list(args, n));
    }
    return dx_val_date((dx_date){(int32_t)year, (uint8_t)month, (uint8_t)day});
}

static dx_val datetime_from(dx_call *call, const dx_val *args) {
    dx_datetime at;
    dx_date date;
    switch ((dx_tag)args[0].tag) {
    case DX_DATETIME: return args[0];
    case DX_DATE: return join(call, args[0].u.date, (dx_time){.zone_kind = DX_ZONE_OFFSET});
    case DX_STRING:
        if (dx_datetime_parse(dx_arg_text(args[0]), &at)) {
            return dx_val_datetime(call->arena, at);
        }
        if (dx_date_parse(dx_arg_text(args[0]), &date)) {
            return join(call, date, (dx_time){.zone_kind = DX_ZONE_NONE});
        }
        return dx_args_bad(call, "date and time", args[0]);
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_NUM:
    case DX_TIME:
    case DX_YMDUR:
    case DX_DTDUR:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return dx_args_refuse(call, "date and time", args, 1);
}

dx_val dx_fn_date_and_time(dx_call *call, const dx_val *args, uint32_t n) {
    if (n == 1) {
        return datetime_from(call, args);
    }
    if (!is_dated(args[0]) || args[1].tag != DX_TIME) {
        return dx_args_refuse(call, "date and time", args, n);
    }
    return join(call, date_of(args[0]), *args[1].u.time);
}

static dx_val time_from(dx_call *call, const dx_val *args) {
    dx_time time;
    switch ((dx_tag)args[0].tag) {
    case DX_TIME: return args[0];
    case DX_DATETIME: return dx_val_time(call->arena, args[0].u.datetime->time);
    case DX_DATE: return dx_val_time(call->arena, (dx_time){.zone_kind = DX_ZONE_OFFSET});
    case DX_STRING:
        return dx_time_parse(dx_arg_text(args[0]), &time) ? dx_val_time(call->arena, time)
                                                          : dx_args_bad(call, "time", args[0]);
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_NUM:
    case DX_YMDUR:
    case DX_DTDUR:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_RANGE:
    case DX_FUNCTION: break;
    }
    return dx_args_refuse(call, "time", args, 1);
}

/* A number of seconds as whole seconds and nanoseconds; digits beyond those are dropped. */
static bool split_seconds(dx_call *call, dx_num n, int64_t *ret_seconds, int64_t *ret_nanos) {
    dx_num whole, rest;
    return dx_num_round(call->arena, n, 0, DX_ROUND_FLOOR, &whole) &&
           dx_num_to_int64(whole, ret_seconds) && dx_num_sub(call->arena, n, whole, &rest) &&
           dx_num_mul(call->arena, rest, dx_num_int(1000000000), &rest) &&
           dx_num_round(call->arena, rest, 0, DX_ROUND_DOWN, &rest) &&
           dx_num_to_int64(rest, ret_nanos);
}

dx_val dx_fn_time(dx_call *call, const dx_val *args, uint32_t n) {
    int64_t hour, minute, second, nanos;
    dx_val offset = n > 3 ? args[3] : DX_VAL_NULL;
    if (n == 1) {
        return time_from(call, args);
    }
    if (!dx_args_all(args, 3, DX_NUM) || (offset.tag != DX_NULL && offset.tag != DX_DTDUR)) {
        return dx_args_refuse(call, "time", args, n);
    }
    if (!dx_num_to_int64(args[0].u.num, &hour) || hour < 0 || hour > 23 ||
        !dx_num_to_int64(args[1].u.num, &minute) || minute < 0 || minute > 59 ||
        !split_seconds(call, args[2].u.num, &second, &nanos) || second < 0 || second > 59 ||
        (offset.tag == DX_DTDUR &&
         (offset.n != 0 || offset.u.seconds > MAX_OFFSET || offset.u.seconds < -MAX_OFFSET))) {
        return dx_args_bad(call, "time", dx_val_list(args, n));
    }
    dx_time time = {.hour = (uint8_t)hour,
                    .minute = (uint8_t)minute,
                    .second = (uint8_t)second,
                    .nanos = (uint32_t)nanos};
    if (offset.tag == DX_DTDUR) {
        time.zone_kind = DX_ZONE_OFFSET;
        time.offset_s = (int32_t)offset.u.seconds;
    }
    return dx_val_time(call->arena, time);
}

dx_val dx_fn_duration(dx_call *call, const dx_val *args, uint32_t n) {
    int64_t months;
    dx_dtdur d;
    if (args[0].tag == DX_YMDUR || args[0].tag == DX_DTDUR) {
        return args[0];
    }
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "duration", args, n);
    }
    if (dx_ymdur_parse(dx_arg_text(args[0]), &months)) {
        return dx_val_months(months);
    }
    return dx_dtdur_parse(dx_arg_text(args[0]), &d) ? dx_val_dtdur(d)
                                                    : dx_args_bad(call, "duration", args[0]);
}

dx_val dx_fn_years_and_months_duration(dx_call *call, const dx_val *args, uint32_t n) {
    if (!is_dated(args[0]) || !is_dated(args[1])) {
        return dx_args_refuse(call, "years and months duration", args, n);
    }
    dx_datetime at[2];
    for (int i = 0; i < 2; i++) {
        at[i] = args[i].tag == DX_DATETIME ? *args[i].u.datetime
                                           : (dx_datetime){.date = args[i].u.date};
    }
    return dx_val_months(dx_months_between(&at[0], &at[1]));
}

/* --- the calendar ----------------------------------------------------------------------------- */

dx_val dx_fn_day_of_year(dx_call *call, const dx_val *args, uint32_t n) {
    return is_dated(args[0]) ? dx_val_int(dx_date_yearday(date_of(args[0])))
                             : dx_args_refuse(call, "day of year", args, n);
}

dx_val dx_fn_week_of_year(dx_call *call, const dx_val *args, uint32_t n) {
    return is_dated(args[0]) ? dx_val_int(dx_date_week(date_of(args[0])))
                             : dx_args_refuse(call, "week of year", args, n);
}

dx_val dx_fn_day_of_week(dx_call *call, const dx_val *args, uint32_t n) {
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    return is_dated(args[0]) ? dx_val_str(dx_str_of(names[dx_date_weekday(date_of(args[0])) - 1]))
                             : dx_args_refuse(call, "day of week", args, n);
}

dx_val dx_fn_month_of_year(dx_call *call, const dx_val *args, uint32_t n) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    return is_dated(args[0]) ? dx_val_str(dx_str_of(names[date_of(args[0]).month - 1]))
                             : dx_args_refuse(call, "month of year", args, n);
}

/* --- the present ------------------------------------------------------------------------------ */

static bool present(dx_call *call, const char *name, dx_datetime *ret, dx_val *ret_null) {
    if (dx_run_now(call->run, ret)) {
        return true;
    }
    *ret_null = dx_call_null(call, DX_E_FEEL_EVAL_NO_CLOCK, dx_str_of(name), DX_STR(""));
    return false;
}

dx_val dx_fn_now(dx_call *call, const dx_val *args, uint32_t n) {
    (void)args;
    (void)n;
    dx_datetime at;
    dx_val null;
    return present(call, "now", &at, &null) ? dx_val_datetime(call->arena, at) : null;
}

dx_val dx_fn_today(dx_call *call, const dx_val *args, uint32_t n) {
    (void)args;
    (void)n;
    dx_datetime at;
    dx_val null;
    return present(call, "today", &at, &null) ? dx_val_date(at.date) : null;
}
