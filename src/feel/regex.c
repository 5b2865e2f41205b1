/* Running regular expressions with PCRE2, which this file alone knows. Compiled expressions are
 * kept in a small cache per run, so that a pattern in a rule is translated once; the cache owns
 * them outside the arena and is emptied by a disposer of its arena. The matcher's effort is
 * limited: an expression that backtracks without end gives no result instead of no answer. */
#include "feel/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "feel/regex_parse.h"

enum {
    CACHE_SIZE = 64,
    MATCH_LIMIT = 1000000, /* about 50 ms of backtracking */
    HEAP_LIMIT = 32768,    /* KiB of backtracking points */
    NEST_LIMIT = 1000      /* above what regex_parse.c lets through */
};

struct dx_regex {
    dx_str pattern, flags; /* in the bytes behind the struct */
    uint64_t hash;
    uint32_t groups;
    bool literal;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

struct dx_regex_cache {
    pcre2_general_context *memory;
    pcre2_compile_context *compile;
    pcre2_match_context *limits;
    dx_regex *entries[CACHE_SIZE];
    uint32_t n, oldest;
};

static void *allocate(size_t bytes, void *context) {
    (void)context;
    return dx_malloc(bytes);
}

static void release(void *p, void *context) {
    (void)context;
    dx_free(p);
}

static void regex_free(dx_regex *regex) {
    if (regex) {
        pcre2_match_data_free(regex->match);
        pcre2_code_free(regex->code);
        dx_free(regex);
    }
}

static void cache_free(void *arg) {
    dx_regex_cache *cache = arg;
    for (uint32_t i = 0; i < cache->n; i++) {
        regex_free(cache->entries[i]);
    }
    pcre2_match_context_free(cache->limits);
    pcre2_compile_context_free(cache->compile);
    pcre2_general_context_free(cache->memory);
}

dx_regex_cache *dx_regex_cache_new(dx_arena *arena) {
    dx_regex_cache *cache = DX_NEW(arena, dx_regex_cache);
    dx_arena_on_done(arena, cache_free, cache);
    return cache;
}

/* The contexts are made on first use: most evaluations have no regular expression. */
static bool cache_ready(dx_regex_cache *cache) {
    if (!cache->memory) {
        cache->memory = pcre2_general_context_create(allocate, release, NULL);
    }
    if (cache->memory && !cache->compile) {
        cache->compile = pcre2_compile_context_create(cache->memory);
    }
    if (cache->memory && !cache->limits) {
        cache->limits = pcre2_match_context_create(cache->memory);
    }
    if (!cache->compile || !cache->limits) {
        return false;
    }
    pcre2_set_newline(cache->compile, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(cache->compile, NEST_LIMIT);
    pcre2_set_match_limit(cache->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(cache->limits, MATCH_LIMIT);
    pcre2_set_heap_limit(cache->limits, HEAP_LIMIT);
    return true;
}

static uint32_t options(uint32_t flags) {
    /* XPath: $ is the very end, and a group that took no part is empty to a back-reference. */
    uint32_t ret =
        PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NO_DOTSTAR_ANCHOR;
    ret |= flags & DX_RX_DOT_ALL ? PCRE2_DOTALL : 0;
    ret |= flags & DX_RX_LINES ? PCRE2_MULTILINE : 0;
    ret |= flags & DX_RX_ANY_CASE ? PCRE2_CASELESS : 0;
    return ret;
}

/* Allocates an entry with its key behind it. NULL: no memory. */
static dx_regex *regex_new(dx_regex_cache *cache, dx_str pattern, dx_str flags, uint64_t hash) {
    dx_regex *regex = dx_malloc(sizeof *regex + pattern.n + flags.n);
    if (!regex) {
        return NULL;
    }
    char *key = (char *)(regex + 1);
    if (pattern.n > 0) {
        memcpy(key, pattern.p, pattern.n);
    }
    if (flags.n > 0) {
        memcpy(key + pattern.n, flags.p, flags.n);
    }
    *regex = (dx_regex){.pattern = {key, pattern.n},
                        .flags = {key + pattern.n, flags.n},
                        .hash = hash,
                        .limits = cache->limits};
    return regex;
}

static void cache_keep(dx_regex_cache *cache, dx_regex *regex) {
    if (cache->n < CACHE_SIZE) {
        cache->entries[cache->n++] = regex;
        return;
    }
    regex_free(cache->entries[cache->oldest]);
    cache->entries[cache->oldest] = regex;
    cache->oldest = (cache->oldest + 1) % CACHE_SIZE;
}

/* Compiles a translated expression. From here to the cache nothing may raise a trap. */
static dx_regex *compile(dx_regex_cache *cache, dx_regex *regex, dx_str text, uint32_t flags,
                         int *ret_error) {
    PCRE2_SIZE offset;
    regex->literal = (flags & DX_RX_LITERAL) != 0;
    regex->code = pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""), text.n, options(flags),
                                ret_error, &offset, cache->compile);
    if (regex->code) {
        *ret_error = PCRE2_ERROR_NOMEMORY;
        regex->match = pcre2_match_data_create_from_pattern(regex->code, cache->memory);
    }
    if (!regex->match) {
        regex_free(regex);
        return NULL;
    }
    cache_keep(cache, regex);
    return regex;
}

dx_regex *dx_regex_get(dx_regex_cache *cache, dx_arena *arena, dx_str pattern, dx_str flags,
                       dx_regex_fault *fault) {
    uint64_t hash = dx_str_hash(pattern) ^ dx_str_hash(flags);
    uint32_t bits, groups;
    dx_str text;
    int error = 0;
    for (uint32_t i = 0; i < cache->n; i++) {
        dx_regex *regex = cache->entries[i];
        if (regex->hash == hash && dx_str_eq(regex->pattern, pattern) &&
            dx_str_eq(regex->flags, flags)) {
            return regex;
        }
    }
    if (!dx_regex_flags(arena, flags, &bits, fault) ||
        !dx_regex_translate(arena, pattern, bits, &text, &groups, fault)) {
        return NULL;
    }
    dx_regex *regex = cache_ready(cache) ? regex_new(cache, pattern, flags, hash) : NULL;
    if (!regex) {
        dx_trap_raise(arena, DX_E_MEMORY);
    }
    regex->groups = groups;
    regex = compile(cache, regex, text, bits, &error);
    if (!regex) {
        if (error == PCRE2_ERROR_HEAP_FAILED || error == PCRE2_ERROR_NOMEMORY) {
            dx_trap_raise(arena, DX_E_MEMORY);
        }
        /* The translation is well-formed, so only its size can be at fault. */
        *fault = (dx_regex_fault){DX_E_FEEL_REGEX_SIZE, DX_STR("")};
    }
    return regex;
}

/* --- matching --------------------------------------------------------------------------------- */

/* The next match at or after `from`; the places of its groups are then in regex->match. */
static dx_err find(dx_regex *regex, dx_str s, size_t from, bool *ret) {
    /* The text was checked whole on the first search. */
    uint32_t option = from > 0 ? PCRE2_NO_UTF_CHECK : 0;
    int n = pcre2_match(regex->code, (PCRE2_SPTR)(s.p ? s.p : ""), s.n, from, option, regex->match,
                        regex->limits);
    if (n == PCRE2_ERROR_NOMATCH || n > 0) {
        *ret = n > 0;
        return DX_OK;
    }
    if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT || n == PCRE2_ERROR_HEAPLIMIT) {
        return DX_E_FEEL_REGEX_LIMIT;
    }
    return n == PCRE2_ERROR_NOMEMORY ? DX_E_MEMORY : DX_E_FEEL_REGEX_TEXT;
}

dx_err dx_regex_matches(dx_regex *regex, dx_str s, bool *ret) {
    return find(regex, s, 0, ret);
}

static dx_err refuse_empty(dx_regex *regex) {
    bool matches;
    dx_err err = find(regex, DX_STR(""), 0, &matches);
    return err == DX_OK && matches ? DX_E_FEEL_REGEX_EMPTY : err;
}

/* --- replacing -------------------------------------------------------------------------------- */

/* Appends what group `number` matched; a group that took no part or does not exist is empty. */
static void add_group(const dx_regex *regex, dx_buf *out, dx_str s, uint32_t number) {
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->match);
    if (number <= regex->groups && places[2 * number] != PCRE2_UNSET) {
        size_t from = places[2 * number], to = places[2 * number + 1];
        dx_buf_add(out, (dx_str){s.p + from, to - from});
    }
}

/* $12 is group 12 where there are that many, else group 1 and a 2. */
static size_t group_number(const dx_regex *regex, dx_str text, size_t at, uint32_t *ret) {
    uint32_t number = (uint32_t)(text.p[at++] - '0');
    while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9' &&
           number * 10 + (uint32_t)(text.p[at] - '0') <= regex->groups) {
        number = number * 10 + (uint32_t)(text.p[at++] - '0');
    }
    *ret = number;
    return at;
}

/* Appends the replacement of the match at hand. False: it is not well-formed. */
static bool add_replacement(const dx_regex *regex, dx_buf *out, dx_str s, dx_str text) {
    for (size_t at = 0; at < text.n;) {
        char c = text.p[at++];
        if (regex->literal || (c != '$' && c != '\\')) {
            dx_buf_char(out, c);
            continue;
        }
        if (at == text.n) {
            return false;
        }
        if (c == '\\') {
            if (text.p[at] != '$' && text.p[at] != '\\') {
                return false;
            }
            dx_buf_char(out, text.p[at++]);
            continue;
        }
        if (text.p[at] < '0' || text.p[at] > '9') {
            return false;
        }
        uint32_t number;
        at = group_number(regex, text, at, &number);
        add_group(regex, out, s, number);
    }
    return true;
}

/* Where the match at hand begins and ends. False for an empty one, which cannot come about once
 * refuse_empty has passed; a search that met one would not move on. */
static bool span(const dx_regex *regex, size_t *from, size_t *to) {
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(regex->match);
    *from = places[0];
    *to = places[1];
    return *to > *from;
}

dx_err dx_regex_replace(dx_regex *regex, dx_arena *arena, dx_str s, dx_str replacement,
                        dx_str *ret) {
    dx_buf out = {.arena = arena};
    size_t done = 0, from, to;
    bool found = false;
    dx_err err = refuse_empty(regex);
    if (err == DX_OK) {
        err = find(regex, s, 0, &found);
    }
    if (err != DX_OK) {
        return err;
    }
    while (found && span(regex, &from, &to)) {
        dx_buf_add(&out, (dx_str){s.p + done, from - done});
        if (!add_replacement(regex, &out, s, replacement)) {
            return DX_E_FEEL_REGEX_REPLACEMENT;
        }
        done = to;
        err = find(regex, s, done, &found);
        if (err != DX_OK) {
            return err;
        }
    }
    dx_buf_add(&out, (dx_str){s.p + done, s.n - done});
    *ret = dx_buf_str(&out);
    return DX_OK;
}

dx_err dx_regex_split(dx_regex *regex, dx_arena *arena, dx_str s, dx_str **ret, uint32_t *ret_n) {
    DX_VEC(dx_str) parts = {0};
    size_t done = 0, from, to;
    bool found = false;
    dx_err err = refuse_empty(regex);
    if (err == DX_OK) {
        err = find(regex, s, 0, &found);
    }
    while (err == DX_OK && found && span(regex, &from, &to)) {
        dx_str part = {s.p + done, from - done};
        dx_vec_push(arena, &parts, part);
        done = to;
        err = find(regex, s, done, &found);
    }
    if (err != DX_OK) {
        return err;
    }
    dx_str last = {s.p + done, s.n - done};
    dx_vec_push(arena, &parts, last);
    *ret = parts.v;
    *ret_n = parts.n;
    return DX_OK;
}
