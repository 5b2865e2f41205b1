/* Duplicate keys of a JSON object. Few keys are compared in pairs, a usual number goes through a
 * small hash table on the stack, and many are sorted: a table for many keys could be driven to
 * quadratic time by keys chosen for it. */
#include "base/json_scan.h"

#define PAIRS_MAX 6
#define TABLE_MAX 128
#define TABLE_SLOTS (TABLE_MAX * 2)

static const dx_json *by_pairs(const dx_json *object) {
    for (size_t i = 1; i < object->n; i++)
        for (size_t j = 0; j < i; j++)
            if (dx_str_eq(object->items[i].key, object->items[j].key))
                return &object->items[i];
    return NULL;
}

/* Up to 7 bytes as a number. */
static uint64_t load_few(const char *p, size_t n) {
    uint64_t word = 0;
    if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
        return (uint64_t)a << 32 | b;
    }
    for (size_t i = 0; i < n; i++)
        word = word << 8 | (uint8_t)p[i];
    return word;
}

static uint32_t slot_of(dx_str key) {
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    const char *p = key.p;
    size_t n = key.n;
    uint64_t h = n * factor;
    for (; n >= 8; p += 8, n -= 8) {
        h = (h ^ dx_json_load(p)) * factor;
        h ^= h >> 32;
    }
    h = (h ^ load_few(p, n)) * factor;
    return (uint32_t)(h >> 56);
}
_Static_assert(TABLE_SLOTS == 256, "slot_of gives 8 bits");

static const dx_json *by_table(const dx_json *object) {
    uint8_t table[TABLE_SLOTS] = {0}; /* index + 1 */
    for (size_t i = 0; i < object->n; i++) {
        dx_str key = object->items[i].key;
        uint32_t slot = slot_of(key);
        for (; table[slot]; slot = (slot + 1) % TABLE_SLOTS)
            if (dx_str_eq(object->items[table[slot] - 1].key, key))
                return &object->items[i];
        table[slot] = (uint8_t)(i + 1);
    }
    return NULL;
}

/* By key; equal keys in the order of the text. */
static bool is_less(const dx_json *a, const dx_json *b) {
    int c = dx_str_cmp(a->key, b->key);
    return c ? c < 0 : a->at < b->at;
}

/* Lets v[i] sink to its place in the heap v[0..n). */
static void sink(const dx_json **v, size_t i, size_t n) {
    const dx_json *node = v[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_less(v[child], v[child + 1]))
            child++;
        if (!is_less(node, v[child]))
            break;
        v[i] = v[child];
    }
    v[i] = node;
}

static const dx_json *by_sorting(dx_arena *arena, const dx_json *object) {
    size_t n = object->n;
    dx_mark mark = dx_arena_mark(arena);
    const dx_json **v = dx_alloc(arena, n * sizeof *v), *first = NULL;
    for (size_t i = 0; i < n; i++)
        v[i] = &object->items[i];
    for (size_t i = n / 2; i-- > 0;)
        sink(v, i, n);
    for (size_t left = n; left-- > 1;) {
        const dx_json *last = v[left];
        v[left] = v[0];
        v[0] = last;
        sink(v, 0, left);
    }
    for (size_t i = 1; i < n; i++)
        if (dx_str_eq(v[i]->key, v[i - 1]->key) && (!first || v[i]->at < first->at))
            first = v[i];
    dx_arena_rewind(arena, mark);
    return first;
}

const dx_json *dx_json_duplicate(dx_arena *arena, const dx_json *object) {
    if (object->n <= PAIRS_MAX)
        return by_pairs(object);
    return object->n <= TABLE_MAX ? by_table(object) : by_sorting(arena, object);
}
