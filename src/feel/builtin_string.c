/* The built-in functions on strings (DMN 1.5 §10.3.4.3). Positions and lengths count code points.
 */
#include "base/unicode.h"
#include "base/utf8.h"
#include "feel/builtin_fn.h"
#include "feel/regex.h"

dx_val dx_fn_string(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag == DX_NULL) {
        return dx_args_refuse(call, "string", args, n);
    }
    if (args[0].tag == DX_STRING) {
        return args[0];
    }
    dx_buf out = {.arena = call->arena};
    dx_val_print(&out, args[0], false);
    return dx_val_str(dx_buf_str(&out));
}

dx_val dx_fn_string_length(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "string length", args, n);
    }
    return dx_val_num(dx_num_int64(call->arena, (int64_t)dx_utf8_count(dx_arg_text(args[0]))));
}

dx_val dx_fn_upper_case(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "upper case", args, n);
    }
    return dx_val_str(dx_unicode_upper(call->arena, dx_arg_text(args[0])));
}

dx_val dx_fn_lower_case(dx_call *call, const dx_val *args, uint32_t n) {
    if (args[0].tag != DX_STRING) {
        return dx_args_refuse(call, "lower case", args, n);
    }
    return dx_val_str(dx_unicode_lower(call->arena, dx_arg_text(args[0])));
}

/* From a position, 1 or -1 being the first or last character, as many characters as there are or as
 * are asked for. The position must lie in the string. */
dx_val dx_fn_substring(dx_call *call, const dx_val *args, uint32_t n) {
    int64_t start, length = INT64_MAX;
    if (args[0].tag != DX_STRING || !dx_args_all(args + 1, n - 1, DX_NUM)) {
        return dx_args_refuse(call, "substring", args, n);
    }
    dx_str s = dx_arg_text(args[0]);
    int64_t count = (int64_t)dx_utf8_count(s);
    if (!dx_arg_int(call, args[1], &start) || start == 0 || start > count || start < -count) {
        return dx_args_bad(call, "substring", args[1]);
    }
    if (n > 2 && (!dx_arg_int(call, args[2], &length) || length < 0)) {
        return dx_args_bad(call, "substring", args[2]);
    }
    int64_t skip = start > 0 ? start - 1 : count + start;
    size_t from = dx_utf8_offset(s, (size_t)skip);
    dx_str rest = {s.p + from, s.n - from};
    if (length < count - skip) {
        rest.n = dx_utf8_offset(rest, (size_t)length);
    }
    return dx_val_str(rest);
}

/* --- looking for a string --------------------------------------------------------------------- */

/* The byte offset of the first `match` in `s`. */
static bool find(dx_str s, dx_str match, size_t *ret) {
    if (match.n == 0) {
        *ret = 0;
        return true;
    }
    for (size_t at = 0; match.n <= s.n - at; at++) {
        const char *p = memchr(s.p + at, match.p[0], s.n - at - match.n + 1);
        if (!p) {
            return false;
        }
        at = (size_t)(p - s.p);
        if (memcmp(p, match.p, match.n) == 0) {
            *ret = at;
            return true;
        }
    }
    return false;
}

dx_val dx_fn_contains(dx_call *call, const dx_val *args, uint32_t n) {
    size_t at;
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "contains", args, n);
    }
    return dx_val_bool(find(dx_arg_text(args[0]), dx_arg_text(args[1]), &at));
}

dx_val dx_fn_starts_with(dx_call *call, const dx_val *args, uint32_t n) {
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "starts with", args, n);
    }
    return dx_val_bool(dx_str_starts(dx_arg_text(args[0]), dx_arg_text(args[1])));
}

dx_val dx_fn_ends_with(dx_call *call, const dx_val *args, uint32_t n) {
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "ends with", args, n);
    }
    return dx_val_bool(dx_str_ends(dx_arg_text(args[0]), dx_arg_text(args[1])));
}

dx_val dx_fn_substring_before(dx_call *call, const dx_val *args, uint32_t n) {
    size_t at;
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "substring before", args, n);
    }
    dx_str s = dx_arg_text(args[0]);
    return dx_val_str(find(s, dx_arg_text(args[1]), &at) ? (dx_str){s.p, at} : DX_STR(""));
}

dx_val dx_fn_substring_after(dx_call *call, const dx_val *args, uint32_t n) {
    size_t at;
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "substring after", args, n);
    }
    dx_str s = dx_arg_text(args[0]);
    if (!find(s, dx_arg_text(args[1]), &at)) {
        return dx_val_str(DX_STR(""));
    }
    at += args[1].n;
    return dx_val_str((dx_str){s.p + at, s.n - at});
}

/* Null elements are left out; no delimiter, or null, is the empty one. */
dx_val dx_fn_string_join(dx_call *call, const dx_val *args, uint32_t n) {
    const dx_val *items;
    uint32_t count;
    dx_buf out = {.arena = call->arena};
    bool any = false;
    if (!dx_arg_list(&args[0], &items, &count) ||
        (n > 1 && args[1].tag != DX_STRING && args[1].tag != DX_NULL)) {
        return dx_args_refuse(call, "string join", args, n);
    }
    dx_str delimiter = n > 1 && args[1].tag == DX_STRING ? dx_arg_text(args[1]) : DX_STR("");
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].tag == DX_NULL) {
            continue;
        }
        if (items[i].tag != DX_STRING) {
            return dx_args_refuse(call, "string join", &items[i], 1);
        }
        dx_buf_add(&out, any ? delimiter : DX_STR(""));
        dx_buf_add(&out, dx_arg_text(items[i]));
        any = true;
    }
    return dx_val_str(dx_buf_str(&out));
}

/* --- regular expressions ---------------------------------------------------------------------- */

/* The expression of a pattern and optional flags, null being none. NULL: *ret_null says why. The
 * cache is made by the first who needs it. */
static dx_regex *regex_of(dx_call *call, dx_val pattern, dx_val flags, dx_val *ret_null) {
    dx_regex_fault fault;
    dx_str letters = flags.tag == DX_STRING ? dx_arg_text(flags) : DX_STR("");
    if (!call->regexes) {
        call->regexes = dx_regex_cache_new(call->arena);
    }
    dx_regex *regex =
        dx_regex_get(call->regexes, call->arena, dx_arg_text(pattern), letters, &fault);
    if (!regex) {
        *ret_null = dx_call_null(call, fault.code, dx_arg_text(pattern), fault.detail);
    }
    return regex;
}

/* What a search that gave no result comes to. */
static dx_val failed(dx_call *call, dx_err err, dx_val pattern, dx_str detail) {
    if (err == DX_E_MEMORY) {
        dx_trap_raise(call->arena, err);
    }
    return dx_call_null(call, err, dx_arg_text(pattern), detail);
}

static bool flags_fit(const dx_val *args, uint32_t n, uint32_t at) {
    return n <= at || args[at].tag == DX_STRING || args[at].tag == DX_NULL;
}

dx_val dx_fn_matches(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val null;
    bool ret;
    if (!dx_args_all(args, 2, DX_STRING) || !flags_fit(args, n, 2)) {
        return dx_args_refuse(call, "matches", args, n);
    }
    dx_regex *regex = regex_of(call, args[1], n > 2 ? args[2] : DX_VAL_NULL, &null);
    if (!regex) {
        return null;
    }
    dx_err err = dx_regex_matches(regex, dx_arg_text(args[0]), &ret);
    return err == DX_OK ? dx_val_bool(ret) : failed(call, err, args[1], DX_STR(""));
}

dx_val dx_fn_replace(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val null;
    dx_str ret;
    if (!dx_args_all(args, 3, DX_STRING) || !flags_fit(args, n, 3)) {
        return dx_args_refuse(call, "replace", args, n);
    }
    dx_regex *regex = regex_of(call, args[1], n > 3 ? args[3] : DX_VAL_NULL, &null);
    if (!regex) {
        return null;
    }
    dx_err err =
        dx_regex_replace(regex, call->arena, dx_arg_text(args[0]), dx_arg_text(args[2]), &ret);
    return err == DX_OK ? dx_val_str(ret) : failed(call, err, args[1], dx_arg_text(args[2]));
}

dx_val dx_fn_split(dx_call *call, const dx_val *args, uint32_t n) {
    dx_val null;
    dx_str *parts;
    uint32_t count;
    if (!dx_args_all(args, n, DX_STRING)) {
        return dx_args_refuse(call, "split", args, n);
    }
    dx_regex *regex = regex_of(call, args[1], DX_VAL_NULL, &null);
    if (!regex) {
        return null;
    }
    dx_err err = dx_regex_split(regex, call->arena, dx_arg_text(args[0]), &parts, &count);
    if (err != DX_OK) {
        return failed(call, err, args[1], DX_STR(""));
    }
    dx_val *items = DX_NEW_ARRAY(call->arena, dx_val, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = dx_val_str(parts[i]);
    }
    return dx_val_list(items, count);
}
