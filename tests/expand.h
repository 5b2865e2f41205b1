/* The inputs of files of cases: <0A> stands for the byte 0A, and <[*64> for 64 times the character
 * before the star. */
#ifndef TESTS_EXPAND_H
#define TESTS_EXPAND_H

#include <stdlib.h>

#include "base/str.h"

static inline uint32_t expand_digit(char c) {
    return (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static inline bool expand_is_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static inline dx_str expand(dx_arena *arena, dx_str s) {
    dx_buf out = {.arena = arena};
    for (size_t i = 0; i < s.n; i++) {
        const char *p = s.p + i;
        size_t left = s.n - i;
        if (left >= 4 && p[0] == '<' && expand_is_digit(p[1]) && expand_is_digit(p[2]) &&
            p[3] == '>') {
            dx_buf_char(&out, (char)(expand_digit(p[1]) << 4 | expand_digit(p[2])));
            i += 3;
        } else if (left >= 5 && p[0] == '<' && p[2] == '*') {
            long times = strtol(dx_str_z(arena, (dx_str){p + 3, left - 3}), NULL, 10);
            while (times-- > 0)
                dx_buf_char(&out, p[1]);
            while (s.p[i] != '>')
                i++;
        } else {
            dx_buf_char(&out, *p);
        }
    }
    return dx_buf_str(&out);
}

#endif
