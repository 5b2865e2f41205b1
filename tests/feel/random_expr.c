/* What random expressions are made of. See random_expr.h. */
#include "random_expr.h"

#include <stdio.h>

#include "feel/ast.h"

enum { TABLES_MAX = 64, LOCALS_MAX = 64 };

/* --- facts ------------------------------------------------------------------------------------ */

const fact rx_facts[FACTS] = {
    {"n", 'N'}, {"m", 'N'},  {"i", 'N'},  {"h", 'B'},  {"q", 'B'},  {"s", 'S'},
    {"w", 'S'}, {"d", 'D'},  {"t", 'T'},  {"x", 'X'},  {"y", 'Y'},  {"z", 'Z'},
    {"l", 'L'}, {"g", 'M'},  {"u", 'C'},  {"k", 'K'},  {"r", 'R'},  {"p", 'C'},
    {"o", 'L'}, {"pa", 'N'}, {"pb", 'S'}, {"pc", 'B'}, {"oo", 'N'},
};

static const dx_str context_keys[3] = {{"a", 1}, {"b", 1}, {"c", 1}};
static const dx_shape context_shape = {3, context_keys};

/* The declared type of a fact; ranges and the odd ones are not declared. */
static const dx_type *const context_members[3] = {&dx_type_num, &dx_type_string, &dx_type_bool};
static const dx_type type_context = {
    .kind = DX_T_CONTEXT, .n = 3, .shape = &context_shape, .members = context_members};
static const dx_type type_numbers = {.kind = DX_T_LIST, .elem = &dx_type_num};
static const dx_type type_strings = {.kind = DX_T_LIST, .elem = &dx_type_string};
static const dx_type type_contexts = {.kind = DX_T_LIST, .elem = &type_context};

static const dx_type *type_of(char letter) {
    switch (letter) {
    case 'N': return &dx_type_num;
    case 'B': return &dx_type_bool;
    case 'S': return &dx_type_string;
    case 'D': return &dx_type_date;
    case 'T': return &dx_type_time;
    case 'X': return &dx_type_datetime;
    case 'Y': return &dx_type_ymdur;
    case 'Z': return &dx_type_dtdur;
    case 'L': return &type_numbers;
    case 'M': return &type_strings;
    case 'C': return &type_context;
    case 'K': return &type_contexts;
    default: return &dx_type_any;
    }
}

static dx_val number(uint32_t n) {
    static const int64_t tenths[] = {0, 10, 20, 30, 40, -10, 5, 100, 15, -20};
    return dx_val_num(tenths[n % 10] % 10 == 0 ? dx_num_int((int32_t)(tenths[n % 10] / 10))
                                               : dx_num_pack(tenths[n % 10], -1));
}

static dx_val text(uint32_t n) {
    static const char *const texts[] = {"a", "b", "ab", "", "abc", "B"};
    return dx_val_str(dx_str_of(texts[n % 6]));
}

static dx_val completion(dx_arena *arena, char letter, unsigned depth);

static dx_val list_of(dx_arena *arena, char letter, unsigned depth) {
    uint32_t n = rx_chance(4);
    dx_val *items = DX_NEW_ARRAY(arena, dx_val, n + 1);
    for (uint32_t i = 0; i < n; i++)
        items[i] = completion(arena, letter, depth + 1);
    return dx_val_list(items, n);
}

static dx_val moment(dx_arena *arena, char letter) {
    static const char *const times[] = {"10:00:00", "23:30:00Z", "00:00:00+08:00"};
    static const char *const datetimes[] = {"2024-02-29T10:00:00", "2024-01-01T00:00:00Z",
                                            "2023-12-31T23:59:59+08:00"};
    dx_date date = {
        .year = 2023 + (int32_t)rx_chance(3), .month = 2, .day = (uint8_t)(1 + rx_chance(28))};
    dx_time time;
    dx_datetime datetime;
    if (letter == 'D')
        return dx_val_date(date);
    if (letter == 'T')
        return dx_time_parse(dx_str_of(times[rx_chance(3)]), &time) ? dx_val_time(arena, time)
                                                                    : DX_VAL_NULL;
    return dx_datetime_parse(dx_str_of(datetimes[rx_chance(3)]), &datetime)
               ? dx_val_datetime(arena, datetime)
               : DX_VAL_NULL;
}

static dx_val completion(dx_arena *arena, char letter, unsigned depth) {
    if (rx_chance(depth ? 8 : 6) == 0)
        return DX_VAL_NULL;
    switch (letter) {
    case 'N': return number(rx_chance(10));
    case 'B': return dx_val_bool(rx_chance(2));
    case 'S': return text(rx_chance(6));
    case 'D':
    case 'T':
    case 'X': return moment(arena, letter);
    case 'Y': return dx_val_months((int64_t)rx_chance(30) - 6);
    case 'Z': return dx_val_dtdur((dx_dtdur){(int64_t)rx_chance(200000) - 50000, 0});
    case 'L': return list_of(arena, 'N', depth);
    case 'M': return list_of(arena, 'S', depth);
    case 'K': return list_of(arena, 'C', depth);
    case 'C': {
        const dx_val entries[3] = {completion(arena, 'N', 1), completion(arena, 'S', 1),
                                   completion(arena, 'B', 1)};
        return dx_val_context(arena, &context_shape, entries);
    }
    case 'R': {
        uint32_t low = rx_chance(4);
        return dx_val_range(arena, number(low), rx_chance(2), number(low + 1), rx_chance(2));
    }
    default: return DX_VAL_NULL;
    }
}

dx_val rx_value(dx_arena *arena, char letter) {
    return completion(arena, letter, 0);
}

/* --- expressions ------------------------------------------------------------------------------ */

typedef struct local {
    dx_str name;
    char letter;
} local;

typedef struct generator {
    dx_arena *arena;
    local locals[LOCALS_MAX];
    uint32_t n_locals, n_names, n_tables;
} generator;

/* What each letter may be made of: its letter, a space, and text in which
 *   $X  stands for an expression of letter X
 *   @X  is a new variable of letter X, in scope after its domain; &X from here on; !X is `item`.
 * N number  B boolean  S string  D date  T time  X date and time  Y, Z durations  L numbers
 * M strings  C context {a: N, b: S, c: B}  K contexts  R range of numbers  A anything
 * U cell for numbers  V cell for strings  W cell for booleans  F function of two numbers to B */
/* clang-format off */
static const char *const rules[] = {
    "N ($N + $N)", "N ($N - $N)", "N ($N * $N)", "N ($N / $N)", "N ($N ** 2)", "N -$N",
    "N (if $B then $N else $N)", "N $L[1]", "N $L[$N]", "N $C.a", "N count($A)", "N count($L)",
    "N sum($L)", "N min($L)", "N max($N, $N)", "N mean($L)", "N median($L)", "N stddev($L)",
    "N product($L)", "N abs($N)", "N floor($N)", "N ceiling($N, 1)", "N round up($N, 0)",
    "N round half up($N, $N)", "N decimal($N, 1)", "N modulo($N, $N)", "N sqrt($N)", "N exp($N)",
    "N log($N)", "N number($S)", "N number($S, \",\", \".\")", "N string length($S)",
    "N day of year($D)", "N week of year($D)", "N $D.year", "N $X.hour", "N $Y.years", "N $Z.hours",
    "N ($Y / $Y)", "N ($Z / $Z)", "N $R.start", "N (function(&N) $N)($N)",
    "N (function(&N: number) $N)(n)", "N (function(&N, &S) $N)($N, $S)", "N {v: $N, w: $N}.v",
    "N get value($C, \"a\")", "N get value($C, $S)", "N index of($L, $N)[1]", "N $K[1].a",
    "N max($L)", "N min($N, $N, $N)", "N round half down($N, 1)", "N round down(n: $N, scale: $N)",
    "N {f: function(&N) $N, v: f($N)}.v", "N $T.minute",

    "B ($B and $B)", "B ($B or $B)", "B not($B)", "B ($N = $N)", "B ($N != $N)", "B ($N < $N)",
    "B ($N >= $N)", "B ($S = $S)", "B ($S < $S)", "B ($D <= $D)", "B ($X > $X)", "B ($T < $T)",
    "B ($Y > $Y)", "B ($Z <= $Z)", "B ($A = $A)", "B ($L = $L)", "B ($C = $C)", "B ($A != $A)",
    "B ($N between $N and $N)", "B ($D between $D and $D)", "B ($N in $R)", "B ($N in ($U))",
    "B ($N in [$N..$N])", "B ($N in ($N, $N))", "B ($S in ($V))", "B ($N in $L)", "B ($N in < $N)",
    "B (if $B then $B else $B)", "B (some @N in $L satisfies $B)",
    "B (every @N in $L satisfies $B)", "B (some @C in $K satisfies $B)",
    "B (every @N in $L, @N in $L satisfies $B)", "B (some @N in $N..$N satisfies $B)",
    "B (some @N in $L, @N in [$N, $N] satisfies $B)", "B (some @N in [$N, $N] satisfies $B)",
    "B ($A instance of number)", "B ($A instance of list<number>)", "B ($A instance of string)",
    "B ($A instance of boolean)", "B ($C instance of context<a: number>)", "B ($A = null)",
    "B all(($N < $N), ($D = $D))", "B any([($N < $N), ($S = $S), ($N = $N)])", "B contains($S, $S)",
    "B starts with($S, $S)", "B ends with($S, $S)", "B matches($S, \"a.*\")", "B matches($S, $S)",
    "B even($N)", "B odd($N)", "B list contains($L, $N)", "B list contains($A, $A)", "B is($A, $A)",
    "B is($N, $N)", "B before($N, $N)", "B after($R, $N)", "B during($N, $R)", "B includes($R, $N)",
    "B meets($R, $R)", "B met by($R, $R)", "B overlaps($R, $R)", "B overlaps before($R, $R)",
    "B overlaps after($R, $R)", "B coincides($N, $N)", "B starts($R, $R)", "B started by($R, $N)",
    "B finishes($N, $R)", "B finished by($R, $R)", "B $C.c", "B $R.start included", "B $F($N, $N)",
    "B $M = $M", "B (function(&B: boolean) $B)(h)", "B (for @N in $L return $B) = [$B]",

    "S ($S + $S)", "S upper case($S)", "S lower case($S)", "S substring($S, $N)",
    "S substring($S, 1, $N)", "S substring before($S, $S)", "S substring after($S, $S)",
    "S replace($S, \"a\", $S)", "S string($A)", "S string join($M)", "S string join($M, $S)",
    "S (if $B then $S else $S)", "S $C.b", "S $M[$N]", "S day of week($D)", "S month of year($D)",
    "S max($M)", "S $K.b[1]", "S string($N)", "S replace($S, $S, $S)",

    "D date($S)", "D date($X)", "D date($N, $N, $N)", "D ($D + $Z)", "D ($D - $Y)",
    "D (if $B then $D else $D)", "D today()", "D min($D, $D)", "D date(year: $N, month: 2, day: $N)",
    "T time($S)", "T time($X)", "T time($N, $N, $N)", "T time($N, $N, $N, $Z)", "T ($T + $Z)",
    "X date and time($D, $T)", "X date and time($S)", "X ($X + $Z)", "X ($X - $Y)", "X now()",
    "Y years and months duration($D, $D)", "Y ($Y + $Y)", "Y ($Y * $N)", "Y duration($S)", "Y -$Y",
    "Y duration(\"P1Y\")", "Z ($D - $D)", "Z ($X - $X)", "Z ($Z / $N)", "Z abs($Z)", "Z ($T - $T)",
    "Z duration(\"PT1H\")",

    "L [$N, $N]", "L [$N]", "L []", "L append($L, $N)", "L concatenate($L, $L)", "L $L[item > $N]",
    "L $L[!N$B]", "L (for @N in $L return $N)", "L (for @N in $N..$N return $N)",
    "L (for @N in $L return count(partial) + $N)", "L (for @N in $L, @N in $L return $N)",
    "L (for @N in [$N, $N], @N in $L return $N)", "L sort($L, $F)", "L reverse($L)",
    "L sublist($L, $N)", "L sublist($L, 1, $N)", "L insert before($L, $N, $N)", "L remove($L, $N)",
    "L distinct values($L)", "L union($L, $L)", "L flatten([$L, $L])", "L list replace($L, $N, $N)",
    "L list replace($L, $F, $N)", "L mode($L)", "L index of($L, $N)", "L $K.a", "L $K[!C$B].a",
    "L (if $B then $L else $L)", "L (for @N in $R return $N)", "L flatten($A)",
    "L (for @C in $K return $N)", "L sort($L, function(&N, &N) $B)", "L $L[$B]", "L $N[$B]",
    "L (function(&L: list<number>) $L)(o)", "L (for @N in $L return partial[-1])",
    "M [$S, $S]", "M split($S, \"b\")", "M $K.b", "M (for @S in $M return $S)", "M $M[!S$B]",
    "M append($M, $S)", "M distinct values($M)", "M [\"a\", \"b\"]",

    "C {a: $N, b: $S, c: $B}", "C context put($C, \"a\", $N)", "C context put($C, $S, $A)",
    "C context merge([$C, $C])", "C context([{key: \"a\", value: $N}])", "C $K[$N]",
    "C (if $B then $C else $C)", "C context([{key: $S, value: $N}, {key: \"b\", value: $S}])",
    "C context put($C, [\"d\", \"e\"], $A)", "C context put({a: $C, b: $S}, [\"a\", \"b\"], $A)",
    "C context put({a: $A}, [\"a\", \"b\"], $N)", "C context merge($K)",
    "C (function(&C: context<a: number, b: string, c: boolean>) $C)(p)",
    "K [$C, $C]", "K [$C]", "K $K[!C$B]", "K append($K, $C)", "K get entries($C)", "K $K[a > $N]",
    "K (for @N in $L return {a: $N, b: $S})", "K sort($K, function(&C, &C) $B)", "K $K[c]",

    "R [$N..$N]", "R ($N..$N]", "R (if $B then $R else $R)", "R (< $N)", "R range(\"[1..3]\")",
    "R (>= $N)", "R range($S)", "R (function(&R: range<number>) $R)(r)",

    "A $N", "A $N", "A $B", "A $B", "A $S", "A $D", "A $L", "A $L", "A $C", "A $K", "A $X", "A $Y",
    "A $Z", "A $T", "A $R", "A $M", "A [$A, $A]", "A {a: $A}", "A $A[$A]", "A $A.a",
    "A (if $B then $A else $A)", "A (for @A in $A return $A)", "A $A[!A$B]", "A ($A + $A)",
    "A ($A - $A)", "A ($A * $A)", "A ($A / $A)", "A -$A", "A max($A)", "A sum($A)", "A $A($A)",
    "A (function(&A) $A)($A)", "A get entries($A)", "A $A[1]", "A (if $A then $A else $A)",
    "A ($A and $A)", "A ($A or $A)", "A ($A in ($U))", "A ($A in $A)", "A (some @A in $A satisfies $A)",
    "A (every @A in $A satisfies $A)", "A concatenate($A, $A)", "A append($A, $A)", "A reverse($A)",
    "A sort($A, $F)", "A distinct values($A)", "A context merge($A)", "A not($A)", "A ($A <= $A)",
    "A flatten($A)", "A get value($A, $A)", "A insert before($A, $A, $A)", "A union($A, $A)",
    "A list replace($A, $A, $A)", "A sublist($A, $A)", "A remove($A, $A)", "A index of($A, $A)",
    "A context($A)", "A context put($A, $A, $A)", "A mean($A)", "A mode($A)", "A median($A, $A)",

    "A all($A, $A)", "A any($A, $A)", "A all($A)", "A any($A, false)", "A (function(&N: number) 1)($A)",
    "A (function(&S: string) $A)($A)", "A (function(&L: list<number>) $A)($A)",
    "A {f: function(&B: boolean) $A, v: f($A)}.v", "A (function(&C: context<a: number>) $C)({a: $A})",
    "A (function(&D: date, &A) $A)($A, $A)", "A (function(&C: context<a: number, b: string>) 1)($A)",
    "A matches($A, $A, $A)", "A time($A, $A, $A, $A)", "A string join($A, $A)", "A number($A, $A, $A)",
    "A ($A between $A and $A)", "A [][$A]", "A null[$A]", "A replace($A, $A, $A, $A)",

    "F function(&N, &N) $B", "F (if $B then $F else $F)", "F function(&A, &A) $A", "F before",
    "F function(&N, &N) ($N < $N)", "F {f: $F}.f",

    "U $N", "U < $N", "U >= $N", "U [$N..$N]", "U ($N..$N)", "U $N, $N", "U -", "U -", "U not($N)",
    "U not(< $N)", "U ? > $N", "U $B", "U $R", "U $L", "U < $N, > $N", "U null", "U 1", "U [1..3]",
    "U > 1", "U 2, 3", "U not(1, 2)", "U != $N", "U = 1", "U even(?)", "U ? = null", "U (? < $N)",
    "V $S", "V \"a\"", "V \"a\", \"b\"", "V -", "V not(\"a\")", "V starts with(?, $S)", "V $M",
    "V null", "V not(null)", "W true", "W false", "W -", "W $B", "W not($B)", "W true, false",
};
/* clang-format on */

/* clang-format off */
static const char *const leaves[] = {
    "N 0", "N 1", "N 2", "N 3", "N -1", "N 0.5", "N 10", "B true", "B false", "S \"a\"", "S \"b\"",
    "S \"ab\"", "S \"\"", "S \"1\"", "D @\"2024-02-29\"", "D @\"2023-01-31\"", "T @\"10:00:00\"",
    "T @\"23:59:59Z\"", "X @\"2024-02-29T10:00:00\"", "X @\"2024-01-01T00:00:00Z\"", "Y @\"P1Y2M\"",
    "Y @\"-P1M\"", "Z @\"PT36H\"", "Z @\"-PT30M\"", "L [1, 2, 3]", "L []", "L [2, null]",
    "L [3, 1, 2]", "M [\"a\", \"b\"]", "C {a: 1, b: \"a\", c: true}", "C {a: null}",
    "K [{a: 1, b: \"a\"}, {a: 2, c: true}]", "K []", "R [1..3]", "R (0..2)", "A null", "A 1",
    "A true", "A [1, null]", "A {a: [1]}", "F function(x, y) x < y", "F function(x, y) x > y", "U 1",
    "U -", "U < 2", "V \"a\"", "V -", "W true", "W -",
};
/* clang-format on */

static gen *gen_expr(generator *g, char letter, unsigned depth);

/* The rows of a letter, which stand together: looked for once, since a fuzzer picks all the time.
 */
typedef struct rows {
    const char *const *first;
    uint32_t n;
} rows;

static const char *pick(rows *found, const char *const *table, uint32_t n, char letter) {
    rows *of = &found[letter - 'A'];
    for (uint32_t i = 0; !of->n && i < n; i++)
        if (table[i][0] == letter) {
            of->first = table + i;
            while (i < n && table[i++][0] == letter)
                of->n++;
        }
    return of->first[rx_chance(of->n)] + 2;
}

static const char *pick_rule(char letter) {
    static rows found[26];
    return pick(found, rules, sizeof rules / sizeof *rules, letter);
}

static const char *pick_leaf(char letter) {
    static rows found[26];
    return pick(found, leaves, sizeof leaves / sizeof *leaves, letter);
}

static gen *gen_text(generator *g, char letter, dx_str form) {
    gen *x = DX_NEW(g->arena, gen);
    x->letter = letter;
    x->form = form;
    return x;
}

static bool is_cell(char letter) {
    return letter == 'U' || letter == 'V' || letter == 'W';
}

/* A fact or a local variable of the letter (or, for A, of any), else a literal; now and then null.
 */
static gen *gen_leaf(generator *g, char letter) {
    if (!is_cell(letter) && letter != 'F') {
        if (rx_chance(14) == 0)
            return gen_text(g, letter, DX_STR("null"));
        for (int tries = 0; tries < 3 && g->n_locals; tries++) {
            const local *l = &g->locals[rx_chance(g->n_locals)];
            if (l->letter == letter || letter == 'A' || l->letter == 'A')
                return gen_text(g, letter, l->name);
        }
        uint32_t at = rx_chance(PARTS);
        for (uint32_t i = 0; i < PARTS && rx_chance(8); i++, at = (at + 1) % PARTS)
            if (rx_facts[at].letter == letter || letter == 'A')
                return gen_text(g, letter, dx_str_of(rx_facts[at].name));
    }
    return gen_text(g, letter, dx_str_of(pick_leaf(letter)));
}

static void add_local(generator *g, dx_str name, char letter) {
    if (g->n_locals < LOCALS_MAX)
        g->locals[g->n_locals++] = (local){name, letter};
}

static bool domain_ends(const char *p) {
    return strncmp(p, " return", 7) == 0 || strncmp(p, " satisfies", 10) == 0 ||
           strncmp(p, ", @", 3) == 0;
}

/* Fills a rule in: names in its text, kids for its letters. */
static gen *gen_rule(generator *g, char letter, const char *rule, unsigned depth) {
    uint32_t outside = g->n_locals;
    gen *x = DX_NEW(g->arena, gen);
    dx_buf form = {.arena = g->arena};
    local later = {0};
    x->letter = letter;
    x->kids = DX_NEW_ARRAY(g->arena, gen *, KIDS_MAX);
    for (const char *p = rule; *p; p++) {
        if (later.name.n && domain_ends(p)) {
            add_local(g, later.name, later.letter);
            later = (local){0};
        }
        bool binds = (*p == '@' && p[1] != '"') || *p == '&';
        if (binds) {
            local l = {dx_str_fmt(g->arena, "v%u", g->n_names++), p[1]};
            dx_buf_add(&form, l.name);
            if (*p == '&')
                add_local(g, l.name, l.letter);
            else
                later = l;
            p++;
        } else if (*p == '!') {
            add_local(g, DX_STR("item"), *++p);
        } else if (*p == '$') {
            dx_buf_char(&form, '$');
            x->kids[x->n++] = gen_expr(g, *++p, depth);
        } else {
            dx_buf_char(&form, *p);
        }
    }
    x->form = dx_buf_str(&form);
    g->n_locals = outside;
    return x;
}

/* --- tables ----------------------------------------------------------------------------------- */

static char cell_letter(char input) {
    return input == 'N' ? 'U' : input == 'S' ? 'V' : 'W';
}

static void gen_rows(generator *g, gen *x, const char *inputs, char output, unsigned depth) {
    gen_table *t = x->table;
    bool plain = rx_chance(2);
    for (uint32_t r = 0; r < t->n_rules; r++)
        for (uint32_t i = 0; i < t->n_inputs; i++)
            x->kids[x->n++] = gen_expr(g, cell_letter(inputs[i]), plain ? 0 : depth);
    for (uint32_t i = 0; i < t->n_rules * t->n_outputs; i++)
        x->kids[x->n++] =
            plain ? gen_text(g, output, dx_str_of(pick_leaf(output))) : gen_expr(g, output, depth);
}

static gen *gen_decision_table(generator *g, unsigned depth) {
    static const char kinds[] = "NSB";
    gen *x = DX_NEW(g->arena, gen);
    gen_table *t = DX_NEW(g->arena, gen_table);
    char inputs[3] = {0}, output = kinds[rx_chance(3)];
    t->hit = (dx_hit)rx_chance(7);
    t->aggregation = t->hit == DX_HIT_COLLECT ? (dx_aggregation)rx_chance(5) : DX_AGG_NONE;
    t->n_inputs = 1 + rx_chance(3);
    t->n_outputs = t->aggregation == DX_AGG_NONE ? 1 + rx_chance(2) : 1;
    t->n_rules = 1 + rx_chance(5);
    x->letter = 'A';
    x->table = t;
    x->form = dx_str_fmt(g->arena, "T%u", g->n_tables++);
    x->kids = DX_NEW_ARRAY(g->arena, gen *, KIDS_MAX);
    for (uint32_t i = 0; i < t->n_inputs; i++) {
        inputs[i] = kinds[rx_chance(3)];
        x->kids[x->n++] = gen_expr(g, inputs[i], depth);
    }
    for (uint32_t i = 0; i < t->n_inputs; i++)
        x->kids[x->n++] = rx_chance(8) ? NULL : gen_expr(g, cell_letter(inputs[i]), 0);
    gen_rows(g, x, inputs, output, depth);
    for (uint32_t i = 0; i < t->n_outputs; i++)
        x->kids[x->n++] = rx_chance(2)    ? NULL
                          : output == 'S' ? gen_text(g, 'V', DX_STR("\"b\", \"a\", \"ab\""))
                                          : gen_text(g, 'U', DX_STR("3, 2, 1, true"));
    bool defaults = rx_chance(3) == 0;
    for (uint32_t i = 0; i < t->n_outputs; i++)
        x->kids[x->n++] = defaults ? gen_expr(g, output, rx_chance(2) ? 0 : depth) : NULL;
    return x;
}

static gen *gen_expr(generator *g, char letter, unsigned depth) {
    static const char any[] = "NBSDTXYZLMCKRA";
    if (!is_cell(letter) && letter != 'F' && rx_chance(40) == 0)
        letter = any[rx_chance(sizeof any - 1)];
    if (depth == 0 || rx_chance(6) == 0)
        return gen_leaf(g, letter);
    if (g->n_tables < TABLES_MAX && !is_cell(letter) && letter != 'F' && depth > 1 &&
        rx_chance(letter == 'A' ? 8 : 20) == 0)
        return gen_decision_table(g, depth - 2);
    return gen_rule(g, letter, pick_rule(letter), depth - 1);
}

gen *rx_expr(dx_arena *arena, unsigned depth) {
    generator g = {.arena = arena};
    return gen_expr(&g, 'A', depth);
}

/* --- showing ---------------------------------------------------------------------------------- */

typedef DX_VEC(const gen *) tables_found;

static void show(dx_buf *out, const gen *x, tables_found *tables) {
    if (x->table) {
        dx_vec_push(out->arena, tables, x);
        dx_buf_add(out, x->form);
        return;
    }
    uint32_t kid = 0;
    for (size_t i = 0; i < x->form.n; i++)
        if (x->form.p[i] == '$')
            show(out, x->kids[kid++], tables);
        else
            dx_buf_char(out, x->form.p[i]);
}

static void print_table(dx_arena *arena, const gen *x, tables_found *tables) {
    static const char *const hits[] = {"UNIQUE",  "FIRST",      "PRIORITY",    "ANY",
                                       "COLLECT", "RULE ORDER", "OUTPUT ORDER"};
    const gen_table *t = x->table;
    printf("# %.*s: %s %d, %u inputs, %u outputs, %u rules; inputs, their values, cells, outputs, "
           "their values, defaults\n",
           DX_FMT(x->form), hits[t->hit], (int)t->aggregation, t->n_inputs, t->n_outputs,
           t->n_rules);
    for (uint32_t i = 0; i < x->n; i++) {
        dx_buf out = {.arena = arena};
        dx_buf_addz(&out, "#    ");
        if (x->kids[i])
            show(&out, x->kids[i], tables);
        printf("%.*s\n", DX_FMT(dx_buf_str(&out)));
    }
}

void rx_print(dx_arena *arena, const gen *x) {
    tables_found tables = {0};
    dx_buf out = {.arena = arena};
    show(&out, x, &tables);
    printf("# expression: %.*s\n", DX_FMT(dx_buf_str(&out)));
    for (uint32_t i = 0; i < tables.n; i++)
        print_table(arena, tables.v[i], &tables);
}

/* --- compiling -------------------------------------------------------------------------------- */

typedef struct build {
    dx_arena *arena;
    dx_diags diags;
    dx_names names, members;
    dx_source source;
    tables_found tables;
} build;

static dx_node *parse(build *b, const gen *x, bool cell);

/* A table of the engine from one of ours; a NULL kid is an absent part. */
static dx_node *build_table(build *b, const gen *x) {
    static const dx_str output_names[2] = {{"a", 1}, {"b", 1}};
    const gen_table *t = x->table;
    dx_node *node = dx_node_new(b->arena, DX_N_TABLE, &b->source);
    dx_table *table = DX_NEW(b->arena, dx_table);
    gen *const *kid = x->kids;
    uint32_t cells = t->n_rules * t->n_inputs, outputs = t->n_rules * t->n_outputs;
    *table = (dx_table){.hit = t->hit,
                        .aggregation = t->aggregation,
                        .n_inputs = t->n_inputs,
                        .n_outputs = t->n_outputs,
                        .n_rules = t->n_rules,
                        .source = &b->source};
    dx_node ***const parts[] = {&table->inputs,  &table->input_values,  &table->cells,
                                &table->outputs, &table->output_values, &table->defaults};
    const uint32_t sizes[] = {t->n_inputs, t->n_inputs, cells, outputs, t->n_outputs, t->n_outputs};
    for (uint32_t part = 0; part < 6; part++) {
        *parts[part] = DX_NEW_ARRAY(b->arena, dx_node *, sizes[part] + 1);
        for (uint32_t i = 0; i < sizes[part]; i++, kid++)
            (*parts[part])[i] = *kid ? parse(b, *kid, part == 1 || part == 2 || part == 4) : NULL;
    }
    table->input_texts = DX_NEW_ARRAY(b->arena, dx_str, t->n_inputs + 1);
    table->cell_texts = DX_NEW_ARRAY(b->arena, dx_str, cells + 1);
    for (uint32_t i = 0; i < cells; i++) {
        dx_buf out = {.arena = b->arena};
        tables_found inner = {0};
        show(&out, x->kids[2 * t->n_inputs + i], &inner);
        table->cell_texts[i] = dx_buf_str(&out);
    }
    table->output_types = DX_NEW_ARRAY(b->arena, const dx_type *, t->n_outputs + 1);
    table->rule_ids = DX_NEW_ARRAY(b->arena, dx_str, t->n_rules + 1);
    table->shape = t->n_outputs > 1 ? dx_shape_new(b->arena, output_names, t->n_outputs) : NULL;
    node->table = table;
    return node;
}

static void place_table(build *b, dx_node **at);

/* Puts the tables where their names stand. */
static void place_tables(build *b, dx_node *node) {
    place_table(b, &node->a);
    place_table(b, &node->b);
    place_table(b, &node->c);
    for (uint32_t i = 0; node->list && i < node->n; i++)
        place_table(b, &node->list[i]);
    for (uint32_t i = 0; node->iters && i < node->n; i++) {
        place_table(b, &node->iters[i].a);
        place_table(b, &node->iters[i].b);
    }
}

static void place_table(build *b, dx_node **at) {
    if (!*at)
        return;
    for (uint32_t i = 0; (*at)->kind == DX_N_NAME && i < b->tables.n; i++)
        if (dx_str_eq((*at)->name, b->tables.v[i]->form)) {
            *at = build_table(b, b->tables.v[i]);
            return;
        }
    place_tables(b, *at);
}

static dx_node *parse(build *b, const gen *x, bool cell) {
    dx_buf out = {.arena = b->arena};
    dx_parse p = {
        .arena = b->arena, .diags = &b->diags, .scope = &b->names, .members = &b->members};
    show(&out, x, &b->tables);
    dx_str shown = dx_buf_str(&out);
    dx_node *node = cell ? dx_feel_parse_tests(&p, shown, (dx_place){.line = 1, .column = 1})
                         : dx_feel_parse(&p, shown, (dx_place){.line = 1, .column = 1});
    place_table(b, &node);
    return node;
}

const dx_program *rx_compile(dx_arena *arena, const gen *x, bool typed) {
    build b = {.arena = arena};
    dx_diags_init(&b.diags, arena);
    dx_program *program = DX_NEW(arena, dx_program);
    dx_compiler compiler = {.arena = arena, .diags = &b.diags, .program = program};
    dx_str *names = DX_NEW_ARRAY(arena, dx_str, PARTS);
    const dx_type **types = DX_NEW_ARRAY(arena, const dx_type *, PARTS);
    dx_body body;
    dx_scope scope = {0};
    for (uint32_t i = 0; i < PARTS; i++) {
        names[i] = dx_str_of(rx_facts[i].name);
        types[i] = typed ? type_of(rx_facts[i].letter) : &dx_type_any;
        dx_names_add(arena, &b.names, names[i]);
    }
    dx_names_add(arena, &b.members, DX_STR("start included"));
    const dx_node *node = parse(&b, x, false);
    dx_proc *proc = dx_proc_declare(&compiler, DX_STR("test"), names, types, PARTS);
    dx_body_begin(&body, &compiler, NULL);
    dx_scope_push(&body, &scope);
    uint32_t params = dx_body_temps(&body, PARTS);
    for (uint32_t i = 0; i < PARTS; i++)
        dx_scope_add(&body, names[i], params + i, types[i]);
    uint32_t reg = dx_compile_expr(&body, node, DX_ANY_REG, NULL);
    dx_body_emit(&body, DX_I_RETURN, 0, reg, 0);
    dx_body_finish(&body, proc);
    program->arena = arena;
    program->main = proc;
    dx_compiler_finish(&compiler);
    for (const dx_diag *d = b.diags.first; d; d = d->next)
        if (d->code == DX_E_FEEL_UNKNOWN_NAME || d->code == DX_E_FEEL_UNKNOWN_NAME_NEAR)
            return NULL;
    return program;
}

/* --- arguments -------------------------------------------------------------------------------- */

void rx_args(dx_arena *arena, const dx_val *values, fact_set unknown, dx_val *args) {
    dx_val atoms[FACTS];
    for (uint32_t i = 0; i < FACTS; i++)
        atoms[i] = in_set(unknown, i) ? dx_val_unknown(arena, i, FACTS) : values[i];
    memcpy(args, atoms, PARTS * sizeof *args);
    if (!in_set(unknown, P))
        args[P] = dx_val_context(arena, &context_shape, &atoms[PART_A]);
    if (!in_set(unknown, O)) {
        dx_val *items = DX_NEW_ARRAY(arena, dx_val, 3);
        items[0] = number(1);
        items[1] = atoms[PART_O];
        items[2] = number(3);
        args[O] = dx_val_list(items, 3);
    }
}
