/* See manual_table.h. The model goes through its XML, so that an example is what a person would get
 * who drew the table in an editor. */
#include "manual_table.h"

enum { COLUMNS_MAX = 12, RULES_MAX = 40 };

typedef struct row {
    dx_str cells[COLUMNS_MAX];
    uint32_t n;
} row;

typedef struct table {
    row head, values, defaults, rules[RULES_MAX];
    uint32_t n_rules, n_inputs;
} table;

static const dx_str arrow = {"→", 3};

static row split(dx_str line) {
    row ret = {0};
    while (ret.n < COLUMNS_MAX) {
        const char *bar = line.n ? memchr(line.p, '|', line.n) : NULL;
        size_t n = bar ? (size_t)(bar - line.p) : line.n;
        ret.cells[ret.n++] = dx_str_trim((dx_str){line.p, n});
        if (!bar)
            break;
        line = (dx_str){bar + 1, line.n - n - 1};
    }
    return ret;
}

static bool read_head(table *t, row head) {
    t->head = head;
    for (uint32_t i = 1; i < head.n; i++) {
        bool output = dx_str_starts(head.cells[i], arrow);
        if (!output && t->n_inputs + 1 < i)
            return false;
        if (output)
            t->head.cells[i] =
                dx_str_trim((dx_str){head.cells[i].p + arrow.n, head.cells[i].n - arrow.n});
        else
            t->n_inputs++;
    }
    return t->n_inputs > 0 && t->n_inputs + 1 < head.n;
}

static bool read_table(table *t, dx_str text) {
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        row line = split((dx_str){text.p, n});
        text = end ? (dx_str){end + 1, text.n - n - 1} : (dx_str){0};
        if (!t->head.n) {
            if (!read_head(t, line))
                return false;
        } else if (line.n != t->head.n || t->n_rules == RULES_MAX) {
            return false;
        } else if (dx_str_is(line.cells[0], "values")) {
            t->values = line;
        } else if (dx_str_is(line.cells[0], "default")) {
            t->defaults = line;
        } else {
            t->rules[t->n_rules++] = line;
        }
    }
    return t->n_rules > 0;
}

/* --- as XML --- */

static void put(dx_buf *out, dx_str text) {
    for (size_t i = 0; i < text.n; i++)
        switch (text.p[i]) {
        case '<': dx_buf_addz(out, "&lt;"); break;
        case '&': dx_buf_addz(out, "&amp;"); break;
        case '"': dx_buf_addz(out, "&quot;"); break;
        default: dx_buf_char(out, text.p[i]);
        }
}

static void put_text(dx_buf *out, const char *element, dx_str text) {
    dx_buf_fmt(out, "<%s><text>", element);
    put(out, text);
    dx_buf_fmt(out, "</text></%s>\n", element);
}

static void put_hit(dx_buf *out, dx_str hit) {
    static const struct {
        const char *sign, *attributes;
    } known[] = {
        {"U", "hitPolicy=\"UNIQUE\""},
        {"A", "hitPolicy=\"ANY\""},
        {"P", "hitPolicy=\"PRIORITY\""},
        {"F", "hitPolicy=\"FIRST\""},
        {"R", "hitPolicy=\"RULE ORDER\""},
        {"O", "hitPolicy=\"OUTPUT ORDER\""},
        {"C", "hitPolicy=\"COLLECT\""},
        {"C+", "hitPolicy=\"COLLECT\" aggregation=\"SUM\""},
        {"C#", "hitPolicy=\"COLLECT\" aggregation=\"COUNT\""},
        {"C<", "hitPolicy=\"COLLECT\" aggregation=\"MIN\""},
        {"C>", "hitPolicy=\"COLLECT\" aggregation=\"MAX\""},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (dx_str_is(hit, known[i].sign))
            dx_buf_fmt(out, "<decisionTable %s>\n", known[i].attributes);
}

static void put_columns(dx_buf *out, const table *t) {
    for (uint32_t i = 1; i < t->head.n; i++) {
        bool input = i <= t->n_inputs;
        if (input) {
            dx_buf_addz(out, "<input>");
            put_text(out, "inputExpression", t->head.cells[i]);
        } else {
            dx_buf_addz(out, "<output name=\"");
            put(out, t->head.cells[i]);
            dx_buf_addz(out, "\">");
        }
        if (t->values.cells[i].n)
            put_text(out, input ? "inputValues" : "outputValues", t->values.cells[i]);
        if (!input && t->defaults.cells[i].n)
            put_text(out, "defaultOutputEntry", t->defaults.cells[i]);
        dx_buf_addz(out, input ? "</input>\n" : "</output>\n");
    }
}

static void put_rules(dx_buf *out, const table *t) {
    for (uint32_t r = 0; r < t->n_rules; r++) {
        dx_buf_addz(out, "<rule>\n");
        for (uint32_t i = 1; i < t->head.n; i++)
            put_text(out, i <= t->n_inputs ? "inputEntry" : "outputEntry", t->rules[r].cells[i]);
        dx_buf_addz(out, "</rule>\n");
    }
}

static dx_str model_of(dx_arena *arena, const table *t) {
    dx_buf out = {.arena = arena};
    dx_buf_addz(&out, "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" "
                      "name=\"example\" namespace=\"example\">\n");
    for (uint32_t i = 1; i <= t->n_inputs; i++) {
        dx_buf_fmt(&out, "<inputData id=\"i%u\" name=\"", i);
        put(&out, t->head.cells[i]);
        dx_buf_addz(&out, "\"/>\n");
    }
    dx_buf_addz(&out, "<decision id=\"d\" name=\"result\">\n");
    for (uint32_t i = 1; i <= t->n_inputs; i++)
        dx_buf_fmt(&out,
                   "<informationRequirement><requiredInput href=\"#i%u\"/>"
                   "</informationRequirement>\n",
                   i);
    put_hit(&out, t->head.cells[0]);
    put_columns(&out, t);
    put_rules(&out, t);
    dx_buf_addz(&out, "</decisionTable>\n</decision>\n</definitions>\n");
    return dx_buf_str(&out);
}

dx_dmn *manual_table(dx_arena *arena, dx_str text, dx_diags *diags) {
    table *t = DX_NEW(arena, table);
    dx_model **models = DX_NEW(arena, dx_model *);
    if (!read_table(t, text))
        return NULL;
    models[0] = dx_model_load(arena, model_of(arena, t), DX_STR("example"), diags);
    if (!models[0] || diags->errors)
        return NULL;
    dx_dmn *dmn = dx_dmn_compile(arena, models, 1, diags);
    return diags->errors ? NULL : dmn;
}
