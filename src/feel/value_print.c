/* Values as text: the notation of FEEL's string(), and JSON. The walks count their depth as those
 * of value.c do. */
#include "feel/value.h"

enum { PRINT_DEPTH = 2000 };

static void check_depth(dx_buf *out, int depth) {
    if (depth > PRINT_DEPTH) {
        dx_trap_raise(out->arena, DX_E_LIMIT_DEPTH);
    }
}

/* --- FEEL ------------------------------------------------------------------------------------- */

static void print_quoted(dx_buf *out, dx_str s) {
    dx_buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '"': dx_buf_addz(out, "\\\""); break;
        case '\\': dx_buf_addz(out, "\\\\"); break;
        case '\n': dx_buf_addz(out, "\\n"); break;
        case '\r': dx_buf_addz(out, "\\r"); break;
        case '\t': dx_buf_addz(out, "\\t"); break;
        default: dx_buf_char(out, s.p[i]);
        }
    }
    dx_buf_char(out, '"');
}

static bool word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether a key reads back as a name when it is written without quotes. */
static bool plain_key(dx_str key) {
    if (key.n == 0 || !word_byte(key.p[0]) || key.p[key.n - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!word_byte(c) && !(c >= '0' && c <= '9') && c != ' ') {
            return false;
        }
    }
    return true;
}

static void print_at(dx_buf *out, dx_val v, bool quote, int depth);

static void print_list(dx_buf *out, dx_val v, int depth) {
    dx_buf_char(out, '[');
    for (uint32_t i = 0; i < v.n; i++) {
        dx_buf_addz(out, i > 0 ? ", " : "");
        print_at(out, v.u.items[i], true, depth);
    }
    dx_buf_char(out, ']');
}

static void print_context(dx_buf *out, const dx_context *context, int depth) {
    dx_buf_char(out, '{');
    for (uint32_t i = 0; i < context->shape->n; i++) {
        dx_str key = context->shape->keys[i];
        dx_buf_addz(out, i > 0 ? ", " : "");
        if (plain_key(key)) {
            dx_buf_add(out, key);
        } else {
            print_quoted(out, key);
        }
        dx_buf_addz(out, ": ");
        print_at(out, context->v[i], true, depth);
    }
    dx_buf_char(out, '}');
}

/* A range that is open to one side is written as the unary test that makes it. */
static void print_range(dx_buf *out, const dx_range *r, int depth) {
    if (r->low.tag == DX_NULL && r->high.tag != DX_NULL) {
        dx_buf_addz(out, r->high_closed ? "(<= " : "(< ");
        print_at(out, r->high, true, depth);
        dx_buf_char(out, ')');
        return;
    }
    if (r->high.tag == DX_NULL && r->low.tag != DX_NULL) {
        dx_buf_addz(out, r->low_closed ? "(>= " : "(> ");
        print_at(out, r->low, true, depth);
        dx_buf_char(out, ')');
        return;
    }
    dx_buf_char(out, r->low_closed ? '[' : '(');
    print_at(out, r->low, true, depth);
    dx_buf_addz(out, "..");
    print_at(out, r->high, true, depth);
    dx_buf_char(out, r->high_closed ? ']' : ')');
}

static void print_at(dx_buf *out, dx_val v, bool quote, int depth) {
    check_depth(out, depth);
    switch ((dx_tag)v.tag) {
    case DX_NULL:
    case DX_UNKNOWN:
    case DX_FUNCTION: dx_buf_addz(out, dx_tag_name((dx_tag)v.tag)); break;
    case DX_BOOL: dx_buf_addz(out, v.u.b ? "true" : "false"); break;
    case DX_NUM: dx_num_print(out, v.u.num); break;
    case DX_STRING:
        if (quote) {
            print_quoted(out, dx_val_to_str(v));
        } else {
            dx_buf_add(out, dx_val_to_str(v));
        }
        break;
    case DX_DATE: dx_date_print(out, v.u.date); break;
    case DX_TIME: dx_time_print(out, v.u.time); break;
    case DX_DATETIME: dx_datetime_print(out, v.u.datetime); break;
    case DX_YMDUR: dx_ymdur_print(out, v.u.months); break;
    case DX_DTDUR: dx_dtdur_print(out, dx_val_to_dtdur(v)); break;
    case DX_LIST: print_list(out, v, depth + 1); break;
    case DX_CONTEXT: print_context(out, v.u.context, depth + 1); break;
    case DX_RANGE: print_range(out, v.u.range, depth + 1); break;
    }
}

void dx_val_print(dx_buf *out, dx_val v, bool quote) {
    print_at(out, v, quote, 0);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_string(dx_buf *out, dx_str s) {
    dx_buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        switch (c) {
        case '"': dx_buf_addz(out, "\\\""); break;
        case '\\': dx_buf_addz(out, "\\\\"); break;
        case '\n': dx_buf_addz(out, "\\n"); break;
        case '\r': dx_buf_addz(out, "\\r"); break;
        case '\t': dx_buf_addz(out, "\\t"); break;
        default:
            if (c < 0x20) {
                dx_buf_fmt(out, "\\u%04x", (unsigned)c);
            } else {
                dx_buf_char(out, (char)c);
            }
        }
    }
    dx_buf_char(out, '"');
}

static void json_at(dx_buf *out, dx_val v, int depth);

static void json_context(dx_buf *out, const dx_context *context, int depth) {
    dx_buf_char(out, '{');
    for (uint32_t i = 0; i < context->shape->n; i++) {
        dx_buf_addz(out, i > 0 ? "," : "");
        json_string(out, context->shape->keys[i]);
        dx_buf_char(out, ':');
        json_at(out, context->v[i], depth);
    }
    dx_buf_char(out, '}');
}

static void json_list(dx_buf *out, dx_val v, int depth) {
    dx_buf_char(out, '[');
    for (uint32_t i = 0; i < v.n; i++) {
        dx_buf_addz(out, i > 0 ? "," : "");
        json_at(out, v.u.items[i], depth);
    }
    dx_buf_char(out, ']');
}

static void json_at(dx_buf *out, dx_val v, int depth) {
    check_depth(out, depth);
    switch ((dx_tag)v.tag) {
    case DX_NULL: dx_buf_addz(out, "null"); break;
    case DX_UNKNOWN: dx_buf_addz(out, "{\"unknown\":true}"); break;
    case DX_BOOL: dx_buf_addz(out, v.u.b ? "true" : "false"); break;
    case DX_NUM: dx_num_print(out, v.u.num); break;
    case DX_STRING: json_string(out, dx_val_to_str(v)); break;
    case DX_LIST: json_list(out, v, depth + 1); break;
    case DX_CONTEXT: json_context(out, v.u.context, depth + 1); break;
    case DX_DATE:
    case DX_TIME:
    case DX_DATETIME:
    case DX_YMDUR:
    case DX_DTDUR:
    case DX_RANGE:
    case DX_FUNCTION: {
        dx_buf text = {.arena = out->arena};
        print_at(&text, v, true, depth);
        json_string(out, dx_buf_str(&text));
        break;
    }
    }
}

void dx_val_json(dx_buf *out, dx_val v) {
    json_at(out, v, 0);
}
