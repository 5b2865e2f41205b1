/* Strings, growing text and arrays, and the map from strings to numbers. All of it lives in an
 * arena, so growing leaves the old copy behind; what was allocated last is extended in place. */
#include "base/str.h"

#include <stdio.h>

int dx_str_cmp(dx_str a, dx_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool dx_str_starts(dx_str s, dx_str prefix) {
    return s.n >= prefix.n && dx_str_eq((dx_str){s.p, prefix.n}, prefix);
}

bool dx_str_ends(dx_str s, dx_str suffix) {
    return suffix.n == 0 ||
           (s.n >= suffix.n && dx_str_eq((dx_str){s.p + (s.n - suffix.n), suffix.n}, suffix));
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

dx_str dx_str_trim(dx_str s) {
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n && is_space(*s.p)) {
        s.p++;
        s.n--;
    }
    return s;
}

dx_str dx_str_copy(dx_arena *arena, dx_str s) {
    if (s.n == 0)
        return DX_STR("");
    char *p = dx_alloc(arena, s.n + 1);
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (dx_str){p, s.n};
}

const char *dx_str_z(dx_arena *arena, dx_str s) {
    return dx_str_copy(arena, s).p;
}

dx_str dx_str_fmt(dx_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t size = n < 0 ? 0 : (size_t)n; /* only a broken format can fail */
    char *p = dx_alloc(arena, size + 1);
    p[0] = '\0';
    vsnprintf(p, size + 1, format, again);
    va_end(again);
    return (dx_str){p, size};
}

uint64_t dx_str_hash(dx_str s) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static size_t round16(size_t bytes) {
    return (bytes + 15u) & ~(size_t)15u;
}

/* Room for `want` bytes whose first `have` are those at `old`: the same place when `old` was the
 * last allocation of a block with room left, else a new place with a copy. */
static void *regrow(dx_arena *arena, void *old, size_t have, size_t want) {
    if (old && have && (char *)old + round16(have) == arena->next &&
        round16(want) - round16(have) <= (size_t)(arena->end - arena->next)) {
        arena->next = (char *)old + round16(want);
        return old;
    }
    void *p = dx_alloc(arena, want);
    if (have)
        memcpy(p, old, have);
    return p;
}

/* Makes room for `more` bytes. */
static void reserve(dx_buf *buf, size_t more) {
    if (more <= buf->cap - buf->n)
        return;
    if (more > SIZE_MAX / 4 - buf->n)
        dx_trap_raise(buf->arena, DX_E_LIMIT_BYTES);
    size_t cap = buf->cap < 64 ? 64 : buf->cap * 2;
    cap = round16(cap < buf->n + more ? buf->n + more : cap);
    buf->p = regrow(buf->arena, buf->p, buf->cap, cap);
    buf->cap = cap;
}

void dx_buf_add(dx_buf *buf, dx_str s) {
    if (s.n == 0)
        return;
    reserve(buf, s.n);
    memcpy(buf->p + buf->n, s.p, s.n);
    buf->n += s.n;
}

void dx_buf_addz(dx_buf *buf, const char *z) {
    dx_buf_add(buf, dx_str_of(z));
}

void dx_buf_char(dx_buf *buf, char c) {
    reserve(buf, 1);
    buf->p[buf->n++] = c;
}

void dx_buf_fmt(dx_buf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    reserve(buf, 32); /* most often enough, then one pass does it */
    size_t room = buf->cap - buf->n;
    int made = vsnprintf(buf->p + buf->n, room, format, args);
    size_t n = made < 0 ? 0 : (size_t)made; /* only a broken format can fail */
    va_end(args);
    if (n >= room) {
        reserve(buf, n + 1); /* vsnprintf writes a NUL, which is not counted */
        vsnprintf(buf->p + buf->n, n + 1, format, again);
    }
    buf->n += n;
    va_end(again);
}

void *dx_vec_grow(dx_arena *arena, void *old, size_t size, uint32_t *cap) {
    size_t have, want;
    uint32_t more = *cap < 4 ? 8 : *cap * 2;
    if (*cap > UINT32_MAX / 2 || __builtin_mul_overflow((size_t)more, size, &want))
        dx_trap_raise(arena, DX_E_LIMIT_BYTES);
    have = *cap * size;
    void *p = regrow(arena, old, have, want);
    *cap = more;
    return p;
}

/* The slot of a key: where it is, or the free slot where it would go. There is always a free one,
 * because dx_map_put grows the table first. */
static uint32_t find_slot(const dx_map *map, dx_str key) {
    uint64_t h = dx_str_hash(key);
    uint32_t mask = map->cap - 1, i = (uint32_t)(h ^ h >> 32) & mask;
    while (map->keys[i].p && !dx_str_eq(map->keys[i], key))
        i = (i + 1) & mask;
    return i;
}

uint32_t dx_map_get(const dx_map *map, dx_str key) {
    if (map->n == 0)
        return DX_MAP_NONE;
    uint32_t i = find_slot(map, key);
    return map->keys[i].p ? map->values[i] : DX_MAP_NONE;
}

static void grow_map(dx_arena *arena, dx_map *map) {
    if (map->cap > UINT32_MAX / 2)
        dx_trap_raise(arena, DX_E_LIMIT_BYTES);
    dx_map old = *map;
    uint32_t cap = old.cap ? old.cap * 2 : 16;
    dx_str *keys = DX_NEW_ARRAY(arena, dx_str, cap);
    uint32_t *values = DX_NEW_ARRAY(arena, uint32_t, cap);
    *map = (dx_map){keys, values, old.n, cap};
    for (uint32_t i = 0; i < old.cap; i++) {
        if (!old.keys[i].p)
            continue;
        uint32_t slot = find_slot(map, old.keys[i]);
        map->keys[slot] = old.keys[i];
        map->values[slot] = old.values[i];
    }
}

bool dx_map_put(dx_arena *arena, dx_map *map, dx_str key, uint32_t value) {
    if (!key.p)
        key = DX_STR(""); /* a slot without a pointer is a free one */
    if (map->n >= map->cap - map->cap / 4)
        grow_map(arena, map);
    uint32_t slot = find_slot(map, key);
    bool added = !map->keys[slot].p;
    if (added) {
        map->keys[slot] = key;
        map->n++;
    }
    map->values[slot] = value;
    return added;
}
