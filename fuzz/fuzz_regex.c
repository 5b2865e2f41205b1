/* Fuzz target: XPath's regular expressions. The input is flags, pattern, text and replacement, a
 * line each. Whatever the translator lets through is well-formed to the matcher, and no search runs
 * away; what split() takes apart has no match left in it. */
#include <stdlib.h>

#include "base/utf8.h"
#include "feel/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok) {
    if (!ok)
        abort();
}

static dx_str take_line(dx_str *rest) {
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '\n')
        n++;
    dx_str line = {rest->p, n};
    n += n < rest->n ? 1 : 0;
    *rest = (dx_str){rest->p + n, rest->n - n};
    return line;
}

static bool has_braces(dx_str s) {
    return s.n > 0 && memchr(s.p, '{', s.n);
}

static void search(dx_arena *arena, dx_regex *regex, dx_str text, dx_str replacement) {
    bool found = false, again = false;
    dx_str replaced, *parts;
    uint32_t n;
    size_t bytes = 0;
    dx_err err = dx_regex_matches(regex, text, &found);
    if (dx_regex_split(regex, arena, text, &parts, &n) == DX_OK) {
        require(err == DX_OK && n >= 1 && (n > 1) == found);
        for (uint32_t i = 0; i < n; i++)
            bytes += parts[i].n;
        require(bytes <= text.n && (n == 1 || bytes < text.n));
    }
    if (dx_regex_replace(regex, arena, text, replacement, &replaced) == DX_OK) {
        require(found || dx_str_eq(replaced, text));
        require(!dx_utf8_valid(text, NULL) || !dx_utf8_valid(replacement, NULL) ||
                dx_utf8_valid(replaced, NULL));
    }
    require(dx_regex_matches(regex, text, &again) == err && again == found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dx_arena arena;
    dx_trap trap;
    dx_arena_init(&arena, 64 << 20);
    if (DX_TRAP(&arena, &trap)) {
        dx_trap_end(&arena, &trap);
        dx_arena_done(&arena);
        return 0;
    }
    dx_str rest = {(const char *)data, size};
    dx_str flags = take_line(&rest), pattern = take_line(&rest), text = take_line(&rest);
    dx_regex_fault fault = {DX_OK, {NULL, 0}};
    dx_regex *regex = dx_regex_get(dx_regex_cache_new(&arena), &arena, pattern, flags, &fault);
    if (regex) {
        search(&arena, regex, text, rest);
    } else {
        require(fault.code != DX_OK);
        /* Only a repetition makes a short pattern too large. */
        require(fault.code != DX_E_FEEL_REGEX_SIZE || pattern.n > 100 || has_braces(pattern));
    }
    dx_trap_end(&arena, &trap);
    dx_arena_done(&arena);
    return 0;
}
