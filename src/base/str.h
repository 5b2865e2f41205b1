/* Strings are a pointer and a length; they are UTF-8, need not end in NUL and are never freed
 * one by one: they point into an arena, a source text or the program. */
#ifndef DX_BASE_STR_H
#define DX_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

typedef struct dx_str {
    const char *p;
    size_t n; /* bytes */
} dx_str;

#define DX_STR(literal) ((dx_str){"" literal, sizeof(literal) - 1})
/* For printf: printf("%.*s", DX_FMT(s)) */
#define DX_FMT(s) (int)(s).n, (s).p

static inline dx_str dx_str_of(const char *z) {
    return (dx_str){z, z ? strlen(z) : 0};
}
/* Up to seven bytes as a number of their own. */
static inline uint64_t dx_few_bytes(const char *p, size_t n) {
    uint32_t head, tail;
    if (n < sizeof head)
        return n == 0 ? 0
                      : (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 |
                            (uint8_t)p[n - 1];
    memcpy(&head, p, sizeof head);
    memcpy(&tail, p + n - sizeof tail, sizeof tail);
    return (uint64_t)head << 32 | tail;
}
/* memcmp for equality alone, without a call: names and codes are short. */
static inline bool dx_bytes_eq(const char *a, const char *b, size_t n) {
    uint64_t x, y, differ = 0;
    if (n < sizeof x)
        return dx_few_bytes(a, n) == dx_few_bytes(b, n);
    for (size_t i = 0; i + sizeof x <= n && differ == 0; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        differ = x ^ y;
    }
    memcpy(&x, a + n - sizeof x, sizeof x);
    memcpy(&y, b + n - sizeof y, sizeof y);
    return (differ | (x ^ y)) == 0;
}
/* memcpy for short texts, without a call. */
static inline void dx_bytes_copy(char *to, const char *from, size_t n) {
    uint64_t x;
    uint32_t head, tail;
    if (n < sizeof head) {
        if (n > 0) {
            to[0] = from[0];
            to[n / 2] = from[n / 2];
            to[n - 1] = from[n - 1];
        }
        return;
    }
    if (n < sizeof x) {
        memcpy(&head, from, sizeof head);
        memcpy(&tail, from + n - sizeof tail, sizeof tail);
        memcpy(to, &head, sizeof head);
        memcpy(to + n - sizeof tail, &tail, sizeof tail);
        return;
    }
    for (size_t i = 0; i + sizeof x <= n; i += sizeof x) {
        memcpy(&x, from + i, sizeof x);
        memcpy(to + i, &x, sizeof x);
    }
    memcpy(&x, from + n - sizeof x, sizeof x);
    memcpy(to + n - sizeof x, &x, sizeof x);
}
static inline bool dx_str_eq(dx_str a, dx_str b) {
    return a.n == b.n && dx_bytes_eq(a.p, b.p, a.n);
}
static inline bool dx_str_is(dx_str a, const char *z) {
    return dx_str_eq(a, dx_str_of(z));
}
/* Order of the bytes, which for UTF-8 is the order of the code points. <0, 0, >0. */
int dx_str_cmp(dx_str a, dx_str b);
bool dx_str_starts(dx_str s, dx_str prefix);
bool dx_str_ends(dx_str s, dx_str suffix);
/* Without leading and trailing white space (space, tab, CR, LF). */
dx_str dx_str_trim(dx_str s);
/* A copy in the arena, with a NUL after it that is not counted. */
dx_str dx_str_copy(dx_arena *arena, dx_str s);
const char *dx_str_z(dx_arena *arena, dx_str s);
/* printf into the arena. */
dx_str dx_str_fmt(dx_arena *arena, const char *format, ...)
    __attribute__((nonnull(2), format(printf, 2, 3)));
/* FNV-1a, 64 bits; for tables in memory, never for anything stored. */
uint64_t dx_str_hash(dx_str s);

/* Text that grows, in an arena. Zero-initialise but for the arena. */
typedef struct dx_buf {
    dx_arena *arena;
    char *p;
    size_t n, cap;
} dx_buf;
void dx_buf_add(dx_buf *buf, dx_str s);
void dx_buf_addz(dx_buf *buf, const char *z);
void dx_buf_char(dx_buf *buf, char c);
void dx_buf_fmt(dx_buf *buf, const char *format, ...)
    __attribute__((nonnull(2), format(printf, 2, 3)));
static inline dx_str dx_buf_str(const dx_buf *buf) {
    return (dx_str){buf->p, buf->n};
}

/* A growing array of T in an arena: struct { T *v; uint32_t n, cap; }. */
#define DX_VEC(T) \
    struct { \
        T *v; \
        uint32_t n, cap; \
    }
#define dx_vec_push(arena, vec, item) \
    ((vec)->n == (vec)->cap \
         ? (void)((vec)->v = dx_vec_grow((arena), (vec)->v, sizeof *(vec)->v, &(vec)->cap)) \
         : (void)0, \
     (vec)->v[(vec)->n++] = (item))
void *dx_vec_grow(dx_arena *arena, void *old, size_t size, uint32_t *cap);

/* A map from strings to 32-bit numbers (usually an index), open addressing, in an arena. Keys are
 * not copied. Zero-initialise. */
typedef struct dx_map {
    dx_str *keys;
    uint32_t *values;
    uint32_t n, cap;
} dx_map;
#define DX_MAP_NONE UINT32_MAX
/* The value of a key, or DX_MAP_NONE. */
uint32_t dx_map_get(const dx_map *map, dx_str key);
/* Sets the value; true when the key is new. */
bool dx_map_put(dx_arena *arena, dx_map *map, dx_str key, uint32_t value);

#endif
