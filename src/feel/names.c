/* Names that are in scope while a text is read (DMN 1.5 §10.3.1.4): their normal form and the sets
 * in which the parser looks for the longest one. */
#include "base/utf8.h"
#include "feel/ast.h"
#include "feel/lexer.h"

/* Whether `name` is in normal form as it stands, which nearly all are. */
static bool normal(dx_str name) {
    size_t n;
    for (size_t at = 0; at < name.n; at += n) {
        uint32_t cp;
        n = dx_utf8_decode(name, at, &cp);
        if (!dx_utf8_space(cp))
            continue;
        if (cp != ' ' || at == 0 || at + 1 == name.n || name.p[at - 1] == ' ' ||
            dx_name_symbol(name.p[at - 1]) || dx_name_symbol(name.p[at + 1]))
            return false;
    }
    return true;
}

dx_str dx_name_normal(dx_arena *arena, dx_str name) {
    if (normal(name))
        return name;
    char *out = dx_alloc(arena, name.n);
    size_t n = 0, length;
    bool gap = false;
    for (size_t at = 0; at < name.n; at += length) {
        uint32_t cp;
        length = dx_utf8_decode(name, at, &cp);
        if (dx_utf8_space(cp)) {
            gap = n > 0;
            continue;
        }
        if (gap && !dx_name_symbol(out[n - 1]) && !dx_name_symbol(name.p[at]))
            out[n++] = ' ';
        gap = false;
        memcpy(out + n, name.p + at, length);
        n += length;
    }
    return (dx_str){out, n};
}

void dx_names_add(dx_arena *arena, dx_names *names, dx_str name) {
    dx_str key = dx_name_normal(arena, name);
    if (key.n == 0)
        return;
    dx_map_put(arena, &names->known, key, 1);
    if (key.n > names->longest)
        names->longest = key.n > UINT32_MAX ? UINT32_MAX : (uint32_t)key.n;
}
