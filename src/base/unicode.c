/* Case conversion and blocks through libunistring. It was chosen over ICU, which costs milliseconds
 * at start, and GLib, whose result depends on the locale; its case tables add 60 kB when linked
 * statically. ASCII, which is nearly all that policies convert, never reaches it. */
#include "base/unicode.h"

#include <unicase.h>
#include <unictype.h>

typedef uint8_t *convert(const uint8_t *s, size_t n, const char *language, uninorm_t form,
                         uint8_t *result, size_t *length);

static bool is_ascii(dx_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Flips the case of the ASCII letters from `first` to first + 25. */
static dx_str flip_ascii(dx_arena *arena, dx_str s, char first) {
    char *p = dx_alloc(arena, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        p[i] = c >= first && c <= first + 25 ? (char)(c ^ 0x20) : c;
    }
    return (dx_str){p, s.n};
}

/* No mapping of Unicode makes a text more than three times as long, so the library writes into our
 * buffer and never allocates one; if a later version does, its result would not be `p`. */
static dx_str by_library(dx_arena *arena, dx_str s, convert *f) {
    size_t n = 3 * s.n + 16;
    uint8_t *p = dx_alloc(arena, n);
    const uint8_t *ret = f((const uint8_t *)s.p, s.n, NULL, NULL, p, &n);
    return ret == p ? (dx_str){(const char *)p, n} : s;
}

dx_str dx_unicode_upper(dx_arena *arena, dx_str s) {
    return is_ascii(s) ? flip_ascii(arena, s, 'a') : by_library(arena, s, u8_toupper);
}

dx_str dx_unicode_lower(dx_arena *arena, dx_str s) {
    return is_ascii(s) ? flip_ascii(arena, s, 'A') : by_library(arena, s, u8_tolower);
}

/* Whether `name` is `title` with its spaces left out. */
static bool names_block(dx_str name, const char *title) {
    size_t at = 0;
    for (; *title; title++) {
        if (*title == ' ') {
            continue;
        }
        if (at == name.n || name.p[at] != *title) {
            return false;
        }
        at++;
    }
    return at == name.n;
}

bool dx_unicode_block(dx_str name, uint32_t *ret_first, uint32_t *ret_last) {
    /* Names that XML Schema took from older editions of Unicode. */
    static const char *const renamed[][2] = {
        {"Greek", "GreekandCoptic"},
        {"CombiningMarksforSymbols", "CombiningDiacriticalMarksforSymbols"},
        {"PrivateUse", "PrivateUseArea"},
    };
    const uc_block_t *blocks;
    size_t n;
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        name = dx_str_is(name, renamed[i][0]) ? dx_str_of(renamed[i][1]) : name;
    }
    uc_all_blocks(&blocks, &n);
    for (size_t i = 0; i < n; i++) {
        if (names_block(name, blocks[i].name)) {
            *ret_first = blocks[i].start;
            *ret_last = blocks[i].end;
            return true;
        }
    }
    return false;
}
