/* The operator `.`: entries of contexts and properties of dates, times, durations and ranges
 * (DMN 1.5 tables 65 and 66). A path over a list is the list of the paths over its elements. */
#include "base/zone.h"
#include "feel/builtin.h"

/* Lists inside lists that a path follows; more is somebody's trick. */
enum { PATH_DEPTH = 1000, SECONDS_A_DAY = 86400 };

typedef enum property {
    P_NONE,
    P_YEAR,
    P_MONTH,
    P_DAY,
    P_WEEKDAY,
    P_HOUR,
    P_MINUTE,
    P_SECOND,
    P_OFFSET,
    P_TIMEZONE,
    P_YEARS,
    P_MONTHS,
    P_DAYS,
    P_HOURS,
    P_MINUTES,
    P_SECONDS,
    P_START,
    P_END,
    P_START_INCLUDED,
    P_END_INCLUDED
} property;

static property find_property(dx_str name) {
    static const struct {
        const char *name;
        property property;
    } known[] = {
        {"year", P_YEAR},
        {"month", P_MONTH},
        {"day", P_DAY},
        {"weekday", P_WEEKDAY},
        {"hour", P_HOUR},
        {"minute", P_MINUTE},
        {"second", P_SECOND},
        {"time offset", P_OFFSET},
        {"timezone", P_TIMEZONE},
        {"years", P_YEARS},
        {"months", P_MONTHS},
        {"days", P_DAYS},
        {"hours", P_HOURS},
        {"minutes", P_MINUTES},
        {"seconds", P_SECONDS},
        {"start", P_START},
        {"end", P_END},
        {"start included", P_START_INCLUDED},
        {"end included", P_END_INCLUDED},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (dx_str_is(name, known[i].name)) {
            return known[i].property;
        }
    }
    return P_NONE;
}

/* The functions below return false when the kind has no such property. */

static bool date_property(dx_date date, property p, dx_val *ret) {
    if (p == P_YEAR) {
        *ret = dx_val_int(date.year);
    } else if (p == P_MONTH) {
        *ret = dx_val_int(date.month);
    } else if (p == P_DAY) {
        *ret = dx_val_int(date.day);
    } else if (p == P_WEEKDAY) {
        *ret = dx_val_int(dx_date_weekday(date));
    } else {
        return false;
    }
    return true;
}

/* Whole seconds with a fraction, as a number without idle zeros. */
static dx_val seconds_value(dx_call *call, int32_t seconds, int32_t nanos) {
    if (nanos == 0) {
        return dx_val_int(seconds);
    }
    return dx_val_num(
        dx_num_strip(call->arena, dx_num_pack(seconds * INT64_C(1000000000) + nanos, -9)));
}

static dx_val timezone_name(const dx_time *time) {
    return time->zone_kind == DX_ZONE_NAMED ? dx_val_str(dx_zone_name(time->zone)) : DX_VAL_NULL;
}

static bool time_property(dx_call *call, const dx_time *time, property p, dx_val *ret) {
    if (p == P_HOUR) {
        *ret = dx_val_int(time->hour);
    } else if (p == P_MINUTE) {
        *ret = dx_val_int(time->minute);
    } else if (p == P_SECOND) {
        *ret = seconds_value(call, time->second, (int32_t)time->nanos);
    } else if (p == P_TIMEZONE) {
        *ret = timezone_name(time);
    } else {
        return false;
    }
    return true;
}

static dx_val offset_value(bool known, int32_t seconds) {
    return known ? dx_val_dtdur((dx_dtdur){seconds, 0}) : DX_VAL_NULL;
}

static bool months_property(dx_call *call, int64_t months, property p, dx_val *ret) {
    if (p == P_YEARS) {
        *ret = dx_val_num(dx_num_int64(call->arena, months / 12));
    } else if (p == P_MONTHS) {
        *ret = dx_val_int((int32_t)(months % 12));
    } else {
        return false;
    }
    return true;
}

static bool dtdur_property(dx_call *call, dx_dtdur d, property p, dx_val *ret) {
    /* The parts of a negative duration are all negative, so the floor form is undone first. */
    int64_t seconds = d.seconds;
    int32_t nanos = (int32_t)d.nanos;
    if (seconds < 0 && nanos > 0) {
        seconds++;
        nanos -= 1000000000;
    }
    int32_t day = (int32_t)(seconds % SECONDS_A_DAY);
    if (p == P_DAYS) {
        *ret = dx_val_num(dx_num_int64(call->arena, seconds / SECONDS_A_DAY));
    } else if (p == P_HOURS) {
        *ret = dx_val_int(day / 3600);
    } else if (p == P_MINUTES) {
        *ret = dx_val_int(day / 60 % 60);
    } else if (p == P_SECONDS) {
        *ret = seconds_value(call, day % 60, nanos);
    } else {
        return false;
    }
    return true;
}

static bool range_property(const dx_range *range, property p, dx_val *ret) {
    if (p == P_START) {
        *ret = range->low;
    } else if (p == P_END) {
        *ret = range->high;
    } else if (p == P_START_INCLUDED) {
        *ret = dx_val_bool(range->low_closed);
    } else if (p == P_END_INCLUDED) {
        *ret = dx_val_bool(range->high_closed);
    } else {
        return false;
    }
    return true;
}

static bool property_of(dx_call *call, dx_val v, property p, dx_val *ret) {
    int32_t offset = 0;
    switch ((dx_tag)v.tag) {
    case DX_DATE: return date_property(v.u.date, p, ret);
    case DX_TIME:
        if (p == P_OFFSET) {
            bool known = dx_time_offset(v.u.time, &offset);
            *ret = offset_value(known, offset);
            return true;
        }
        return time_property(call, v.u.time, p, ret);
    case DX_DATETIME:
        if (p == P_OFFSET) {
            bool known = dx_datetime_offset(v.u.datetime, &offset);
            *ret = offset_value(known, offset);
            return true;
        }
        return date_property(v.u.datetime->date, p, ret) ||
               time_property(call, &v.u.datetime->time, p, ret);
    case DX_YMDUR: return months_property(call, v.u.months, p, ret);
    case DX_DTDUR: return dtdur_property(call, dx_val_to_dtdur(v), p, ret);
    case DX_RANGE: return range_property(v.u.range, p, ret);
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_BOOL:
    case DX_NUM:
    case DX_STRING:
    case DX_LIST:
    case DX_CONTEXT:
    case DX_FUNCTION: break;
    }
    return false;
}

/* null, because this value has not what others of its kind have: a zone, an end. */
static dx_val lacking(dx_call *call, dx_val v, dx_str name) {
    dx_buf shown = {.arena = call->arena};
    if (!dx_call_notes(call)) {
        return DX_VAL_NULL;
    }
    dx_val_print(&shown, v, true);
    return dx_call_null(call, DX_E_FEEL_EVAL_LACKING, dx_buf_str(&shown), name);
}

static dx_val path_at(dx_call *call, dx_val v, dx_str name, int depth) {
    if (depth > PATH_DEPTH) {
        dx_trap_raise(call->arena, DX_E_LIMIT_DEPTH);
    }
    if (v.tag == DX_UNKNOWN) {
        return v;
    }
    if (v.tag == DX_CONTEXT) {
        const dx_val *entry = dx_context_get(v, name);
        if (entry) {
            return *entry;
        }
    } else if (v.tag == DX_LIST) {
        dx_val *items = DX_NEW_ARRAY(call->arena, dx_val, v.n);
        for (uint32_t i = 0; i < v.n; i++) {
            items[i] = path_at(call, v.u.items[i], name, depth + 1);
        }
        return dx_val_list(items, v.n);
    } else if (v.tag == DX_NULL && !dx_call_notes(call)) {
        return v;
    } else {
        dx_val ret;
        if (property_of(call, v, find_property(name), &ret)) {
            return ret.tag == DX_NULL ? lacking(call, v, name) : ret;
        }
    }
    return dx_call_null(call, DX_E_FEEL_EVAL_NO_PROPERTY, name,
                        dx_str_of(dx_tag_name((dx_tag)v.tag)));
}

dx_val dx_op_path(dx_call *call, dx_val v, dx_str name) {
    return path_at(call, v, name, 0);
}
