/* What the files of the JSON module share and nobody else uses: the scan over the plain part of a
 * string, which is where reading and writing spend their time, and the check for duplicates. */
#ifndef DX_BASE_JSON_SCAN_H
#define DX_BASE_JSON_SCAN_H

#include "base/json.h"
#include "base/utf8.h"

/* The first member of an object whose key an earlier one has, or NULL. Never more than
 * n log n work, whatever the keys. */
const dx_json *dx_json_duplicate(dx_arena *arena, const dx_json *object);

static inline uint64_t dx_json_load(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The top bit of each byte of the word that needs a look: a quote, a backslash, a control
 * character or one beyond ASCII. The lowest bit set is exact; higher ones may be too many. */
static inline uint64_t dx_json_specials(uint64_t word) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    return (found | ((word - ones * 0x20) & ~word) | word) & tops;
}

/* From p on, the first byte that cannot stand for itself in a JSON string: a quote, a backslash, a
 * control character, a byte that is no UTF-8; else `end`. */
static inline const char *dx_json_skip_plain(const char *p, const char *end) {
    for (;;) {
        uint8_t byte;
        if ((size_t)(end - p) >= 8) {
            uint64_t specials = dx_json_specials(dx_json_load(p));
            if (!specials) {
                p += 8;
                continue;
            }
            p += __builtin_ctzll(specials) >> 3;
            byte = (uint8_t)*p;
        } else if (p == end) {
            return p;
        } else {
            byte = (uint8_t)*p;
        }
        if (byte < 0x80) {
            if (byte == '"' || byte == '\\' || byte < 0x20)
                return p;
            p++;
            continue;
        }
        /* Chinese mostly: three bytes, and the first is none of the two with special rules. */
        while (end - p >= 3 && (byte & 0xf0) == 0xe0 && byte != 0xe0 && byte != 0xed &&
               ((uint8_t)p[1] & 0xc0) == 0x80 && ((uint8_t)p[2] & 0xc0) == 0x80) {
            p += 3;
            if (p == end)
                return p;
            byte = (uint8_t)*p;
        }
        if (byte >= 0x80) {
            size_t n = dx_utf8_sequence(p, end);
            if (n == 0)
                return p;
            p += n;
        }
    }
}

#endif
