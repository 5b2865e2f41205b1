/* See suggest.h. */
#include "feel/suggest.h"

#include "base/utf8.h"

enum { LONGEST = 63 };

/* The characters of a name; 0 when they are too many to compare. */
static uint32_t characters(dx_str s, uint32_t *ret) {
    uint32_t n = 0, cp;
    for (size_t at = 0, bytes; (bytes = dx_utf8_decode(s, at, &cp)) != 0; at += bytes) {
        if (n == LONGEST)
            return 0;
        ret[n++] = cp;
    }
    return n;
}

/* Characters to insert, delete or replace to make one of the other. */
static uint32_t distance(dx_str s, dx_str t) {
    uint32_t a[LONGEST], b[LONGEST], row[LONGEST + 1];
    uint32_t na = characters(s, a), nb = characters(t, b);
    if (na == 0 || nb == 0)
        return UINT32_MAX;
    for (uint32_t j = 0; j <= nb; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= na; i++) {
        uint32_t corner = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= nb; j++) {
            uint32_t above = row[j];
            uint32_t best = corner + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            corner = above;
            row[j] = best;
        }
    }
    return row[nb];
}

/* Near enough is less than half of the name, and three characters at most. */
dx_near dx_near_start(dx_str wanted) {
    size_t n = dx_utf8_count(wanted) / 2;
    return (dx_near){.wanted = wanted, .distance = n > 3 ? 4 : (uint32_t)n + 1};
}

void dx_near_try(dx_near *near, dx_str candidate) {
    uint32_t d = distance(near->wanted, candidate);
    if (d == 0 || d >= near->distance)
        return;
    near->distance = d;
    near->best = candidate;
}

/* Full-width forms of ASCII lie at a fixed distance from it; these are the others. */
static const char *half_of(uint32_t cp) {
    static const struct {
        uint32_t cp;
        const char *half;
    } others[] = {
        {0x201c, "\""}, {0x201d, "\""}, {0x2018, "\""}, {0x2019, "\""}, {0x300c, "\""},
        {0x300d, "\""}, {0x3001, ","},  {0x3002, "."},  {0x3010, "["},  {0x3011, "]"},
        {0x2264, "<="}, {0x2265, ">="}, {0x2260, "!="}, {0x00d7, "*"},  {0x00f7, "/"},
        {0x2014, "-"},  {0x2013, "-"},  {0x2212, "-"},  {0xff02, "\""}, {0xff07, "\""},
    };
    static const char *const punctuation[] = {"(", ")", ",", ".", ":", ";", "<", "=", ">",
                                              "[", "]", "{", "}", "+", "-", "*", "/", "@"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].cp == cp)
            return others[i].half;
    for (size_t i = 0; i < sizeof punctuation / sizeof *punctuation; i++)
        if (cp == (uint32_t)(unsigned char)punctuation[i][0] + 0xfee0)
            return punctuation[i];
    return NULL;
}

bool dx_full_width(dx_str text, size_t *from, size_t *to, const char **ret) {
    uint32_t cp;
    for (size_t at = *from, n; at < *to && (n = dx_utf8_decode(text, at, &cp)) != 0; at += n) {
        *ret = cp < 0x80 ? NULL : half_of(cp);
        if (*ret) {
            *from = at;
            *to = at + n;
            return true;
        }
    }
    return false;
}
