/* The JSON writer. It keeps no stack: whether a comma is due is known from the step before. */
#include "base/json_scan.h"

/* Adds the escape of a quote, a backslash or a control character. */
static void put_escape(dx_buf *buf, char c) {
    switch (c) {
    case '"': dx_buf_add(buf, DX_STR("\\\"")); break;
    case '\\': dx_buf_add(buf, DX_STR("\\\\")); break;
    case '\b': dx_buf_add(buf, DX_STR("\\b")); break;
    case '\f': dx_buf_add(buf, DX_STR("\\f")); break;
    case '\n': dx_buf_add(buf, DX_STR("\\n")); break;
    case '\r': dx_buf_add(buf, DX_STR("\\r")); break;
    case '\t': dx_buf_add(buf, DX_STR("\\t")); break;
    default: dx_buf_fmt(buf, "\\u%04x", (unsigned)(uint8_t)c); break;
    }
}

void dx_json_put_string(dx_buf *buf, dx_str s) {
    const char *p = s.p ? s.p : "", *end = p + s.n;
    dx_buf_char(buf, '"');
    for (;;) {
        const char *plain = dx_json_skip_plain(p, end);
        dx_buf_add(buf, (dx_str){p, (size_t)(plain - p)});
        if (plain == end)
            break;
        if ((uint8_t)*plain >= 0x80)
            dx_buf_utf8(buf, 0xfffd);
        else
            put_escape(buf, *plain);
        p = plain + 1;
    }
    dx_buf_char(buf, '"');
}

static void new_line(dx_json_writer *writer) {
    if (writer->indent)
        dx_buf_fmt(writer->out, "\n%*s", (int)(writer->indent * writer->depth), "");
}

/* What stands between the step before and a key or value. */
static void separate(dx_json_writer *writer) {
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->filled)
        dx_buf_char(writer->out, ',');
    if (writer->depth)
        new_line(writer);
    writer->filled = true;
}

void dx_json_open(dx_json_writer *writer, char bracket) {
    separate(writer);
    dx_buf_char(writer->out, bracket);
    writer->depth++;
    writer->filled = false;
}

void dx_json_close(dx_json_writer *writer, char bracket) {
    writer->depth--;
    if (writer->filled)
        new_line(writer);
    dx_buf_char(writer->out, bracket);
    writer->filled = true; /* what was closed is an element of what holds it */
}

void dx_json_key(dx_json_writer *writer, dx_str key) {
    separate(writer);
    dx_json_put_string(writer->out, key);
    dx_buf_addz(writer->out, writer->indent ? ": " : ":");
    writer->after_key = true;
}

void dx_json_string(dx_json_writer *writer, dx_str s) {
    separate(writer);
    dx_json_put_string(writer->out, s);
}

void dx_json_raw(dx_json_writer *writer, dx_str json) {
    separate(writer);
    dx_buf_add(writer->out, json);
}

void dx_json_int(dx_json_writer *writer, int64_t i) {
    separate(writer);
    dx_buf_fmt(writer->out, "%lld", (long long)i);
}

void dx_json_bool(dx_json_writer *writer, bool b) {
    dx_json_raw(writer, b ? DX_STR("true") : DX_STR("false"));
}

void dx_json_null(dx_json_writer *writer) {
    dx_json_raw(writer, DX_STR("null"));
}

void dx_json_object(dx_json_writer *writer, const char *key) {
    dx_json_key(writer, dx_str_of(key));
    dx_json_open(writer, '{');
}

void dx_json_array(dx_json_writer *writer, const char *key) {
    dx_json_key(writer, dx_str_of(key));
    dx_json_open(writer, '[');
}

void dx_json_text(dx_json_writer *writer, const char *key, dx_str value) {
    dx_json_key(writer, dx_str_of(key));
    dx_json_string(writer, value);
}

void dx_json_date(dx_json_writer *writer, const char *key, dx_date date) {
    dx_json_key(writer, dx_str_of(key));
    separate(writer);
    dx_buf_char(writer->out, '"');
    dx_date_print(writer->out, date);
    dx_buf_char(writer->out, '"');
}

void dx_json_fixed(dx_json_writer *writer, const char *key, dx_num value, uint32_t decimals) {
    dx_json_key(writer, dx_str_of(key));
    separate(writer);
    dx_buf_char(writer->out, '"');
    dx_num_print_fixed(writer->out, value, decimals);
    dx_buf_char(writer->out, '"');
}

void dx_json_value(dx_json_writer *writer, const dx_json *node) {
    switch (node->kind) {
    case DX_JSON_NULL:
    case DX_JSON_TRUE:
    case DX_JSON_FALSE:
    case DX_JSON_NUMBER: dx_json_raw(writer, node->text); break;
    case DX_JSON_STRING: dx_json_string(writer, node->text); break;
    case DX_JSON_ARRAY:
        dx_json_open(writer, '[');
        for (size_t i = 0; i < node->n; i++) /* no deeper than the reader allows */
            dx_json_value(writer, &node->items[i]);
        dx_json_close(writer, ']');
        break;
    case DX_JSON_OBJECT:
        dx_json_open(writer, '{');
        for (size_t i = 0; i < node->n; i++) {
            dx_json_key(writer, node->items[i].key);
            dx_json_value(writer, &node->items[i]);
        }
        dx_json_close(writer, '}');
        break;
    }
}
