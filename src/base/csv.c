/* See csv.h. Eight bytes are looked at in one step where nothing but text stands. */
#include "base/csv.h"

void dx_csv_init(dx_csv *csv, dx_arena *arena) {
    *csv = (dx_csv){.arena = arena, .line = 1};
}

/* --- scanning --- */

/* Not 0 where one of the eight bytes is `c`. */
static uint64_t has(uint64_t eight, char c) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x = eight ^ (ones * (unsigned char)c);
    return (x - ones) & ~x & (ones << 7);
}

/* The first byte that may end a field without quotes, or `end`. */
static const char *skip_plain(const char *p, const char *end) {
    uint64_t eight;
    for (; end - p >= 8; p += 8) {
        memcpy(&eight, p, sizeof eight);
        if (has(eight, ',') | has(eight, '"') | has(eight, '\n') | has(eight, '\r'))
            break;
    }
    while (p < end && *p != ',' && *p != '"' && *p != '\n' && *p != '\r')
        p++;
    return p;
}

/* From behind the opening quote to the closing one, or `end`. */
static const char *skip_quoted(dx_csv *csv, const char *p, const char *end, bool *doubled) {
    for (;; p++) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        const char *stop = quote ? quote : end;
        for (const char *at = p; (at = memchr(at, '\n', (size_t)(stop - at))) != NULL; at++)
            csv->lines++;
        if (!quote || quote + 1 == end || quote[1] != '"')
            return stop;
        *doubled = true;
        p = quote + 1;
    }
}

/* --- records --- */

/* The record ends before `next`. */
static dx_csv_got finish(dx_csv *csv, dx_str window, const char *next) {
    csv->record = (dx_str){window.p, (size_t)(next - window.p)};
    return DX_CSV_RECORD;
}

/* A record with a fault ends with its line. */
static dx_csv_got fail(dx_csv *csv, dx_str window, dx_err why, const char *at, bool last) {
    const char *end = window.p + window.n;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    if (!newline && !last)
        return DX_CSV_MORE;
    csv->fault = why;
    csv->fault_at = (size_t)(at - window.p);
    return finish(csv, window, newline ? newline + 1 : end);
}

/* What is open until the end of the text was opened by mistake: the record is the one line that the
 * quote stands in, so that the lines after it can be read. */
static dx_csv_got fail_open(dx_csv *csv, dx_str window, const char *quote) {
    csv->lines = 1;
    for (const char *p = window.p; p < quote; p++)
        csv->lines += *p == '\n';
    return fail(csv, window, DX_E_CSV_OPEN, quote, true);
}

dx_csv_got dx_csv_next(dx_csv *csv, dx_str window, bool last) {
    const char *p = window.p, *end = window.p + window.n;
    csv->line += csv->record.n ? csv->lines : 0;
    csv->record = (dx_str){0};
    csv->lines = 1;
    csv->fault = DX_OK;
    csv->fault_at = 0;
    csv->fields.n = 0;
    if (window.n == 0)
        return last ? DX_CSV_END : DX_CSV_MORE;
    for (;; p++) { /* p is behind a comma, or at the beginning */
        dx_csv_field field = {.quoted = p < end && *p == '"'};
        const char *from = p + field.quoted;
        p = field.quoted ? skip_quoted(csv, from, end, &field.doubled) : skip_plain(p, end);
        field.raw = (dx_str){from, (size_t)(p - from)};
        if (field.quoted && p == end)
            return last ? fail_open(csv, window, from - 1) : DX_CSV_MORE;
        p += field.quoted;
        if (p == end && !last) /* a quote may follow, or the LF after a CR */
            return DX_CSV_MORE;
        dx_vec_push(csv->arena, &csv->fields, field);
        if (p == end)
            return finish(csv, window, end);
        if (*p == '\r' && p + 1 == end && !last)
            return DX_CSV_MORE;
        if (*p == '\r' && p + 1 < end && p[1] == '\n')
            p++;
        if (*p == '\n')
            return finish(csv, window, p + 1);
        if (*p == ',')
            continue;
        csv->fields.n--;
        dx_err why = field.quoted ? DX_E_CSV_AFTER_QUOTE : DX_E_CSV_QUOTE;
        return fail(csv, window, *p == '\r' ? DX_E_CSV_CR : why, p, last);
    }
}

/* --- fields --- */

dx_str dx_csv_text(dx_arena *arena, const dx_csv_field *field) {
    if (!field->doubled)
        return field->raw;
    char *text = dx_alloc(arena, field->raw.n);
    size_t n = 0;
    for (size_t i = 0; i < field->raw.n; i++) {
        text[n++] = field->raw.p[i];
        i += field->raw.p[i] == '"';
    }
    return (dx_str){text, n};
}

void dx_csv_put(dx_buf *out, dx_str text) {
    const char *end = text.p + text.n, *p = skip_plain(text.p, end);
    if (p == end) {
        dx_buf_add(out, text);
        return;
    }
    dx_buf_char(out, '"');
    for (p = text.p; p < end; p++) {
        if (*p == '"')
            dx_buf_char(out, '"');
        dx_buf_char(out, *p);
    }
    dx_buf_char(out, '"');
}

dx_place dx_csv_place(const dx_csv *csv, dx_str file, size_t at) {
    const dx_place whole = {
        .file = file, .line = (uint32_t)csv->line, .column = 1, .text = csv->record};
    dx_place found = dx_place_in(&whole, at, at);
    return (dx_place){.file = file, .line = found.line, .column = found.column};
}

dx_str dx_csv_without_bom(dx_str text) {
    const dx_str bom = DX_STR("\xef\xbb\xbf");
    return dx_str_starts(text, bom) ? (dx_str){text.p + bom.n, text.n - bom.n} : text;
}
