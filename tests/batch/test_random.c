/* Random models over random data: the column engine against the row engine, to the last bit. What
 * is random is of the kinds that the kernels know (and then some): arithmetic at many scales, sums
 * that overflow what fits a word, order, logic, choices, tests, rounding, tables of every hit
 * policy, business knowledge models, contexts; over numbers, truth, strings and dates of which some
 * are null and some unknown.
 *
 *     test_random [seed [models]] */
#include <stdio.h>
#include <stdlib.h>

#include "compare.h"
#include "tap.h"

enum { DECISIONS = 24, DEPTH = 4, INPUTS = 11 };

typedef struct input {
    const char *name, *type;
    char letter;
} input;

/* The letters: N number, B boolean, S string, D date. Two numbers are declared to be anything, or
 * to lie in a range. */
static const input inputs[INPUTS] = {
    {"n1", "number", 'N'},    {"n2", "number", 'N'},  {"n3", "Any", 'N'},
    {"level", "tLevel", 'L'}, {"b1", "boolean", 'B'}, {"b2", "boolean", 'B'},
    {"b3", "Any", 'B'},       {"s1", "string", 'S'},  {"s2", "tSize", 'Z'},
    {"d1", "date", 'D'},      {"big", "number", 'G'},
};

typedef struct maker {
    bench *b;
    dx_buf *out;
    uint32_t decisions; /* made so far: 0 to n - 1 may be named */
    char letters[DECISIONS];
} maker;

static uint32_t pick(maker *m, uint32_t n) {
    return bench_chance(m->b, n);
}

static void put(maker *m, const char *text) {
    dx_buf_addz(m->out, text);
}

static void expr(maker *m, char letter, uint32_t depth);

/* --- leaves --- */

static void number_literal(maker *m) {
    static const char *const numbers[] = {"0",    "1",      "2",   "-1",  "0.1",
                                          "0.15", "1.10",   "100", "3",   "30000000",
                                          "1e3",  "0.0001", "7",   "1.5", "12345678901234567890",
                                          "-2.50"};
    put(m, numbers[pick(m, 16)]);
}

static void string_literal(maker *m) {
    static const char *const strings[] = {"&quot;a&quot;", "&quot;大&quot;", "&quot;小&quot;",
                                          "&quot;&quot;", "&quot;中&quot;"};
    put(m, strings[pick(m, 5)]);
}

static bool is_kind(char have, char want) {
    return have == want || (want == 'N' && (have == 'L' || have == 'G')) ||
           (want == 'S' && have == 'Z');
}

/* An input or an earlier decision of a kind; now and then one of another. */
static void name(maker *m, char letter) {
    for (uint32_t tries = 0; tries < 40; tries++) {
        uint32_t at = pick(m, INPUTS + m->decisions);
        char have = at < INPUTS ? inputs[at].letter : m->letters[at - INPUTS];
        if (!is_kind(have, letter) && pick(m, 60) > 0)
            continue;
        if (at < INPUTS)
            put(m, inputs[at].name);
        else
            dx_buf_fmt(m->out, have == 'C' ? "d_%u.x" : "d_%u", at - INPUTS);
        return;
    }
    put(m, "null");
}

static void leaf(maker *m, char letter) {
    if (pick(m, 3) > 0) {
        name(m, letter);
        return;
    }
    if (pick(m, 20) == 0)
        put(m, "null");
    else if (letter == 'N')
        number_literal(m);
    else if (letter == 'B')
        put(m, pick(m, 2) ? "true" : "false");
    else if (letter == 'S')
        string_literal(m);
    else
        put(m, pick(m, 2) ? "@&quot;2024-05-06&quot;" : "@&quot;2023-01-31&quot;");
}

/* --- expressions --- */

/* $N, $B, $S, $D stand for expressions of a kind, # for a number written out. */
static void form(maker *m, const char *text, uint32_t depth) {
    for (; *text; text++) {
        if (*text == '$')
            expr(m, *++text, depth - 1);
        else if (*text == '#')
            number_literal(m);
        else
            dx_buf_char(m->out, *text);
    }
}

static const char *const number_forms[] = {"($N + $N)",
                                           "($N - $N)",
                                           "($N * $N)",
                                           "($N / $N)",
                                           "($N * #)",
                                           "($N / #)",
                                           "min($N, $N)",
                                           "max($N, $N)",
                                           "min($N, $N, $N)",
                                           "(if $B then $N else $N)",
                                           "floor($N)",
                                           "ceiling($N, 1)",
                                           "round down($N, 2)",
                                           "round half up($N, 1)",
                                           "decimal($N, 2)",
                                           "round up($N, 0)",
                                           "abs($N)",
                                           "(-$N)",
                                           "sum($N, $N)",
                                           "capped($N, 0.1, $N)",
                                           "double($N)",
                                           "string length($S)",
                                           "{a: $N, b: a + 1}.b",
                                           "$D.year"};
static const char *const bool_forms[] = {"($N &lt; $N)",
                                         "($N &gt;= $N)",
                                         "($N &lt;= #)",
                                         "($N &gt; #)",
                                         "($N / $N &gt;= 0.7)",
                                         "($N = $N)",
                                         "($N != #)",
                                         "($S = $S)",
                                         "($S != &quot;大&quot;)",
                                         "($B = $B)",
                                         "($B = true)",
                                         "($N = null)",
                                         "($S != null)",
                                         "($B and $B)",
                                         "($B or $B)",
                                         "not($B)",
                                         "($N in (1, 2, [3..5], &gt; 100))",
                                         "($N in [0..10))",
                                         "($N between 1 and 100)",
                                         "($N between $N and $N)",
                                         "($S in (&quot;a&quot;, &quot;大&quot;))",
                                         "($N in (not(3)))",
                                         "(if $B then $B else $B)",
                                         "($D &lt; $D)",
                                         "starts with($S, &quot;a&quot;)",
                                         "($N instance of number)",
                                         "($B and $B and $B)"};
static const char *const string_forms[] = {"(if $B then $S else $S)", "($S + $S)", "upper case($S)",
                                           "(if $S = &quot;a&quot; then &quot;大&quot; else $S)"};
static const char *const date_forms[] = {"(if $B then $D else $D)",
                                         "($D + duration(&quot;P1M&quot;))"};

#define COUNT(forms) (uint32_t)(sizeof(forms) / sizeof *(forms))

static void expr(maker *m, char letter, uint32_t depth) {
    if (depth == 0 || pick(m, 5) == 0)
        leaf(m, letter);
    else if (letter == 'N')
        form(m, number_forms[pick(m, COUNT(number_forms))], depth);
    else if (letter == 'B')
        form(m, bool_forms[pick(m, COUNT(bool_forms))], depth);
    else if (letter == 'S')
        form(m, string_forms[pick(m, COUNT(string_forms))], depth);
    else
        form(m, date_forms[pick(m, COUNT(date_forms))], depth);
}

/* --- tables --- */

static void cell(maker *m, char letter) {
    static const char *const numbers[] = {"-",      "&lt; 10",    "[10..100]", "&gt; 100", "3, 4",
                                          "not(3)", "&gt;= 1000", "0",         "1.10",     "null"};
    static const char *const strings[] = {"-", "&quot;a&quot;", "&quot;大&quot;, &quot;小&quot;",
                                          "not(&quot;大&quot;)", "&quot;中&quot;"};
    static const char *const truths[] = {"-", "true", "false"};
    put(m, letter == 'N'   ? numbers[pick(m, 10)]
           : letter == 'S' ? strings[pick(m, 5)]
                           : truths[pick(m, 3)]);
}

static void table(maker *m, char letter) {
    static const char *const policies[] = {"UNIQUE", "FIRST",      "FIRST",       "ANY",
                                           "UNIQUE", "RULE ORDER", "OUTPUT ORDER"};
    static const char kinds[] = {'N', 'S', 'B'};
    uint32_t n = 1 + pick(m, 3), rules = 1 + pick(m, 5), policy = pick(m, 7);
    char letters[3];
    dx_buf_fmt(m->out, "<decisionTable hitPolicy=\"%s\">", policies[policy]);
    for (uint32_t i = 0; i < n; i++) {
        letters[i] = kinds[pick(m, 3)];
        put(m, "<input><inputExpression><text>");
        expr(m, letters[i], pick(m, 2));
        put(m, "</text></inputExpression></input>");
    }
    put(m, "<output>");
    if (policy == 6)
        put(m, "<outputValues><text>1, 2, 3</text></outputValues>");
    if (pick(m, 3) == 0) {
        put(m, "<defaultOutputEntry><text>");
        leaf(m, letter);
        put(m, "</text></defaultOutputEntry>");
    }
    put(m, "</output>");
    for (uint32_t r = 0; r < rules; r++) {
        put(m, "<rule>");
        for (uint32_t i = 0; i < n; i++) {
            put(m, "<inputEntry><text>");
            cell(m, letters[i]);
            put(m, "</text></inputEntry>");
        }
        put(m, "<outputEntry><text>");
        expr(m, letter, pick(m, 3));
        put(m, "</text></outputEntry></rule>");
    }
    put(m, "</decisionTable>");
}

/* --- models --- */

static void requirements(maker *m, uint32_t decisions) {
    for (uint32_t i = 0; i < INPUTS; i++)
        dx_buf_fmt(
            m->out,
            "<informationRequirement><requiredInput href=\"#i_%s\"/></informationRequirement>",
            inputs[i].name);
    for (uint32_t i = 0; i < decisions; i++)
        dx_buf_fmt(
            m->out,
            "<informationRequirement><requiredDecision href=\"#d_%u\"/></informationRequirement>",
            i);
    put(m, "<knowledgeRequirement><requiredKnowledge href=\"#k_capped\"/></knowledgeRequirement>"
           "<knowledgeRequirement><requiredKnowledge href=\"#k_double\"/></knowledgeRequirement>");
}

static void decision(maker *m) {
    static const char letters[] = {'N', 'N', 'B', 'B', 'S', 'D', 'C'};
    static const char *const types[] = {"", " typeRef=\"number\"", "", " typeRef=\"boolean\"", "",
                                        "", " typeRef=\"tPair\""};
    uint32_t at = pick(m, 7);
    char letter = letters[at];
    dx_buf_fmt(m->out, "<decision name=\"d_%u\" id=\"d_%u\"><variable name=\"d_%u\"%s/>",
               m->decisions, m->decisions, m->decisions, types[at]);
    requirements(m, m->decisions);
    if (letter == 'C') {
        put(m, "<context><contextEntry><variable name=\"x\"/><literalExpression><text>");
        expr(m, 'N', DEPTH - 1);
        put(m, "</text></literalExpression></contextEntry><contextEntry><variable name=\"y\"/>"
               "<literalExpression><text>");
        expr(m, 'B', DEPTH - 1);
        put(m, "</text></literalExpression></contextEntry></context>");
    } else if (letter != 'D' && pick(m, 3) == 0) {
        table(m, letter);
    } else {
        put(m, "<literalExpression><text>");
        expr(m, letter, DEPTH);
        put(m, "</text></literalExpression>");
    }
    put(m, "</decision>");
    m->letters[m->decisions++] = letter;
}

static dx_str make_model(bench *b) {
    dx_buf text = {.arena = &b->file};
    maker m = {.b = b, .out = &text};
    put(&m, "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" "
            "namespace=\"urn:random\" name=\"random\" id=\"random\">"
            "<itemDefinition name=\"tPair\"><itemComponent name=\"x\"><typeRef>number</typeRef>"
            "</itemComponent><itemComponent name=\"y\"><typeRef>boolean</typeRef></itemComponent>"
            "</itemDefinition><itemDefinition name=\"tLevel\"><typeRef>number</typeRef>"
            "<allowedValues><text>? in [0..9] and ? = floor(?)</text></allowedValues>"
            "</itemDefinition><itemDefinition name=\"tSize\"><typeRef>string</typeRef>"
            "<allowedValues><text>&quot;大&quot;, &quot;中&quot;, &quot;小&quot;</text>"
            "</allowedValues></itemDefinition>");
    for (uint32_t i = 0; i < INPUTS; i++)
        dx_buf_fmt(&text,
                   "<inputData name=\"%s\" id=\"i_%s\"><variable name=\"%s\" typeRef=\"%s\"/>"
                   "</inputData>",
                   inputs[i].name, inputs[i].name, inputs[i].name, inputs[i].type);
    put(&m, "<businessKnowledgeModel name=\"capped\" id=\"k_capped\"><variable name=\"capped\"/>"
            "<encapsulatedLogic><formalParameter name=\"base\" typeRef=\"number\"/>"
            "<formalParameter name=\"rate\" typeRef=\"number\"/><formalParameter name=\"cap\" "
            "typeRef=\"number\"/><literalExpression><text>min(round down(base * rate, 2), cap)"
            "</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
            "<businessKnowledgeModel name=\"double\" id=\"k_double\"><variable name=\"double\"/>"
            "<encapsulatedLogic><formalParameter name=\"a\" typeRef=\"tLevel\"/>"
            "<literalExpression><text>a * 2</text></literalExpression></encapsulatedLogic>"
            "</businessKnowledgeModel>");
    for (uint32_t i = 0; i < DECISIONS; i++)
        decision(&m);
    put(&m, "</definitions>");
    return dx_buf_str(&text);
}

/* --- rows --- */

static dx_val number_value(bench *b) {
    static const int exps[] = {0, 0, 0, -2, -2, -1, -4, 3};
    int64_t coef = bench_chance(b, 3) ? bench_chance(b, 12) : bench_chance(b, 2000000000);
    if (bench_chance(b, 5) == 0)
        coef = -coef;
    return dx_val_num(dx_num_pack(coef, exps[bench_chance(b, 8)]));
}

static dx_val value_of(bench *b, char letter) {
    static const char *const strings[] = {"a", "大", "小", "中", "", "别的"};
    dx_num num = dx_num_int(0);
    switch (letter) {
    case 'N': return number_value(b);
    case 'L': return dx_val_int((int32_t)bench_chance(b, 10));
    case 'B': return dx_val_bool(bench_chance(b, 2));
    case 'S': return dx_val_str(dx_str_of(strings[bench_chance(b, 6)]));
    case 'Z': return dx_val_str(dx_str_of(strings[1 + bench_chance(b, 3)]));
    case 'D':
        return dx_val_date((dx_date){.year = 2020 + (int)bench_chance(b, 6),
                                     .month = (uint8_t)(1 + bench_chance(b, 12)),
                                     .day = (uint8_t)(1 + bench_chance(b, 28))});
    default:
        dx_num_mul(&b->file, dx_num_pack((int64_t)1 << 50, 0),
                   dx_num_int((int32_t)bench_chance(b, 9000)), &num);
        return dx_val_num(num);
    }
}

static char letter_of(const bench *b, uint32_t number) {
    for (uint32_t i = 0; i < INPUTS; i++)
        if (dx_str_is(b->dmn->nodes[b->inputs[number]].name, inputs[i].name))
            return inputs[i].letter;
    return 'N';
}

/* Some columns are wholly known, some wholly not. */
static void make_rows(bench *b) {
    b->n_rows = 150 + bench_chance(b, 100);
    for (uint32_t i = 0; i < b->n_inputs; i++) {
        uint32_t unknown = bench_chance(b, 4) ? bench_chance(b, 5) : 0;
        uint32_t null = bench_chance(b, 3) ? bench_chance(b, 3) : 0;
        bool all = bench_chance(b, 15) == 0;
        dx_val open = dx_val_unknown(&b->file, i, b->n_inputs);
        for (uint32_t row = 0; row < b->n_rows; row++)
            b->values[i * ROWS_MOST + row] = all || bench_chance(b, 10) < unknown ? open
                                             : bench_chance(b, 10) < null
                                                 ? DX_VAL_NULL
                                                 : value_of(b, letter_of(b, i));
    }
}

/* --- all --- */

static void do_model(bench *b, uint32_t number) {
    dx_diags diags;
    dx_diags_init(&diags, &b->file);
    dx_str xml = make_model(b);
    dx_model *model = dx_model_load(&b->file, xml, DX_STR("random"), &diags);
    b->dmn = model ? dx_dmn_compile(&b->file, &model, 1, &diags) : NULL;
    if (!b->dmn)
        return;
    bench_begin(b);
    make_rows(b);
    unsigned before = b->differ;
    bench_compare(b, dx_str_fmt(&b->file, "model %u", number));
    if (b->differ > before && getenv("SHOW"))
        printf("%.*s\n", DX_FMT(xml));
}

int main(int argc, char **argv) {
    static bench b;
    static uint32_t limited;
    uint32_t models = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 60;
    bench_init(&b);
    if (argc > 1)
        b.chance = strtoull(argv[1], NULL, 10);
    for (uint32_t i = 0; i < models; i++) {
        dx_trap trap;
        dx_arena_reset(&b.file);
        if (DX_TRAP(&b.file, &trap) == 0)
            do_model(&b, i);
        else
            limited++;
        dx_trap_end(&b.file, &trap);
    }
    tap_ok(b.differ == 0, "%u values of random models are the same by columns and by rows",
           b.compared);
    tap_ok(b.kinds[DX_NUM] > 1000 && b.kinds[DX_BOOL] > 1000 && b.kinds[DX_UNKNOWN] > 1000,
           "numbers, truth and unknowns are among them");
    CHECK_INT(limited, 0);
    bench_print_kinds(&b);
    bench_done(&b);
    return tap_done();
}
