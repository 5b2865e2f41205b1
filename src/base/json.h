/* JSON (RFC 8259) in and out. Facts come as JSON and answers leave as JSON, so the reader is made
 * for speed: one pass, strings without escapes and all numbers stay where they are in the text,
 * and lines and columns are worked out only when somebody asks. Numbers are never converted: the
 * digits as written are what the exact decimals are made from.
 *
 * The reader is strict. It refuses what readers are known to differ about: duplicate keys, a byte
 * order mark, lone surrogates, bytes that are no UTF-8. The first fault ends it. */
#ifndef DX_BASE_JSON_H
#define DX_BASE_JSON_H

#include "base/date.h"
#include "base/diag.h"
#include "base/num.h"

/* Arrays and objects may be nested this deep. */
#define DX_JSON_DEPTH 64

typedef enum dx_json_kind {
    DX_JSON_NULL,
    DX_JSON_TRUE,
    DX_JSON_FALSE,
    DX_JSON_NUMBER,
    DX_JSON_STRING,
    DX_JSON_ARRAY,
    DX_JSON_OBJECT
} dx_json_kind;

/* A value; never changed once made. */
typedef struct dx_json {
    dx_str key; /* of a member of an object, unescaped; else empty */
    union {
        dx_str text; /* number: as written; string: unescaped */
        struct {     /* array, object: the elements or members, one after the other */
            const struct dx_json *items;
            size_t n;
        };
    };
    uint32_t at; /* byte offset of the value in the text */
    dx_json_kind kind;
} dx_json;

/* The value of a whole text, or NULL with one diagnostic. The tree is in the arena and points into
 * `text`, which must live as long. `file` names the text in diagnostics. */
dx_json *dx_json_parse(dx_arena *arena, dx_str text, dx_str file, dx_diags *diags);
/* A member by key; NULL when there is none or `object` (which may be NULL) is no object. */
const dx_json *dx_json_get(const dx_json *object, dx_str key);

/* The JSON pointer (RFC 6901) of a value below `root`, which dx_json_parse returned. */
dx_str dx_json_pointer(dx_arena *arena, const dx_json *root, const dx_json *node);
/* The place of a value with its pointer as element, and that of a member's key. */
dx_place dx_json_place(dx_arena *arena, const dx_json *root, const dx_json *node);
dx_place dx_json_key_place(dx_arena *arena, const dx_json *root, const dx_json *member);
/* Adds "/" and the key with ~ and / escaped: one step of a pointer. */
void dx_json_put_step(dx_buf *buf, dx_str key);

/* Adds the string in quotes with escapes. Beyond ASCII nothing is escaped; a byte that is no UTF-8
 * becomes U+FFFD, so that the result is always JSON. */
void dx_json_put_string(dx_buf *buf, dx_str s);

/* Writes commas, colons and, when `indent` is not 0, lines. Zero-initialise but for `out` and
 * `indent`. Every call below is one step in the order of the text. */
typedef struct dx_json_writer {
    dx_buf *out;
    uint32_t indent; /* spaces per level; 0: everything on one line without spaces */
    uint32_t depth;
    bool filled;    /* the open array or object has an element */
    bool after_key; /* the next value belongs to a key */
} dx_json_writer;

void dx_json_open(dx_json_writer *writer, char bracket);  /* '{' or '[' */
void dx_json_close(dx_json_writer *writer, char bracket); /* '}' or ']' */
void dx_json_key(dx_json_writer *writer, dx_str key);
void dx_json_string(dx_json_writer *writer, dx_str s);
/* A value whose text is JSON already: a number, true, null, a value written before. */
void dx_json_raw(dx_json_writer *writer, dx_str json);
void dx_json_int(dx_json_writer *writer, int64_t i);
void dx_json_bool(dx_json_writer *writer, bool b);
void dx_json_null(dx_json_writer *writer);
/* A value that was read, without its key. */
void dx_json_value(dx_json_writer *writer, const dx_json *node);
/* Members of an object, key and value in one. The first two are closed by dx_json_close. */
void dx_json_object(dx_json_writer *writer, const char *key);
void dx_json_array(dx_json_writer *writer, const char *key);
void dx_json_text(dx_json_writer *writer, const char *key, dx_str value);
void dx_json_date(dx_json_writer *writer, const char *key, dx_date date);
/* A string with so many decimals, rounded half even. */
void dx_json_fixed(dx_json_writer *writer, const char *key, dx_num value, uint32_t decimals);

#endif
