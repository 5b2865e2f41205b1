/* See report.h. The table first, since it answers the question; then what would change an answer:
 * facts that are missing, conditions that fail, the next step. What nobody has said anything about
 * is summed up in a line a subject, so that the list stays as short as what was given. */
#include "cli/report.h"

#include "cli/grid.h"

typedef struct view {
    const dx_report *r;
    dx_arena *arena;
    dx_buf *out;
    bool all;
    bool *shared; /* per input: every item reads it */
} view;

static dx_str say(const view *v, const char *zh, const char *en) {
    return dx_str_of(dx_cli_say(v->r->cli, zh, en));
}

static void put(const view *v, const char *zh, const char *en) {
    dx_buf_add(v->out, say(v, zh, en));
}

static void heading(const view *v, const char *zh, const char *en) {
    dx_buf_char(v->out, '\n');
    dx_put_tone(v->out, say(v, zh, en), DX_TONE_HEAD, v->r->cli->colour);
    dx_buf_char(v->out, '\n');
}

/* --- what is known of the facts --- */

/* Something was said of the input in the facts: an object, not null. */
static bool is_given(const view *v, uint32_t input) {
    dx_val value = v->r->facts->inputs[input], absent = v->r->pack->inputs[input].absent;
    return value.tag == DX_CONTEXT &&
           (absent.tag != DX_CONTEXT || value.u.context != absent.u.context);
}

static bool is_missing(const dx_verdict *verdict, uint32_t fact) {
    return verdict->missing && (verdict->missing->bits[fact / 64] >> (fact % 64) & 1);
}

static bool reads_input(const view *v, const dx_item *item, uint32_t input) {
    for (uint32_t i = 0; i < item->n_conditions; i++)
        for (uint32_t k = 0; k < item->conditions[i].n_facts; k++)
            if (v->r->pack->facts[item->conditions[i].facts[k]].input == input)
                return true;
    return false;
}

static void find_shared(view *v) {
    const dx_pack *pack = v->r->pack;
    v->shared = DX_NEW_ARRAY(v->arena, bool, pack->n_inputs + 1);
    for (uint32_t input = 0; input < pack->n_inputs; input++) {
        v->shared[input] = true;
        for (uint32_t i = 0; i < pack->n_items; i++)
            v->shared[input] = v->shared[input] && reads_input(v, &pack->items[i], input);
    }
}

/* Something was said of a subject that is the item's own. */
static bool is_touched(const view *v, const dx_item *item) {
    for (uint32_t input = 0; input < v->r->pack->n_inputs; input++)
        if (!v->shared[input] && is_given(v, input) && reads_input(v, item, input))
            return true;
    return false;
}

static void add_id(dx_buf *list, dx_str id) {
    dx_buf_addz(list, list->n ? ", " : "");
    dx_buf_add(list, id);
}

/* --- the table --- */

static dx_str status_text(const view *v, dx_status status, dx_tone *tone) {
    static const dx_tone tones[] = {DX_TONE_GOOD, DX_TONE_BAD, DX_TONE_OPEN, DX_TONE_PLAIN};
    static const char *const words[][2] = {{"✓ 可享受", "✓ eligible"},
                                           {"✗ 不可享受", "✗ not eligible"},
                                           {"? 待定", "? undetermined"},
                                           {"– 不在有效期", "– not in force"}};
    *tone = tones[status];
    return say(v, words[status][0], words[status][1]);
}

static dx_str kind_text(const view *v, dx_amount_kind kind) {
    static const char *const words[][2] = {{"", ""},
                                           {"最高", "up to"},
                                           {"定额", "fixed"},
                                           {"标准", "by tariff"},
                                           {"另定", "external"}};
    return say(v, words[kind][0], words[kind][1]);
}

/* Chinese names are short; in English the id stands for the department and a line below explains.
 */
static dx_str departments_text(const view *v, const dx_item *item) {
    const dx_pack *pack = v->r->pack;
    bool zh = v->r->cli->lang == DX_ZH;
    dx_buf text = {.arena = v->arena};
    for (uint32_t i = 0; i < item->n_departments; i++) {
        const dx_department *department = &pack->departments[item->departments[i]];
        dx_buf_addz(&text, i == 0 ? "" : zh ? "、" : ", ");
        dx_buf_add(&text, zh ? department->name.zh : department->id);
    }
    return dx_buf_str(&text);
}

static dx_str remark(const view *v, const dx_item *item, const dx_verdict *verdict) {
    if (verdict->status != DX_ELIGIBLE)
        return (dx_str){0};
    if (!verdict->has_amount)
        return dx_label_in(&item->outcome, v->r->cli->lang);
    return item->counts_in_total ? (dx_str){0} : say(v, "不计入合计", "not in the total");
}

static void table(const view *v) {
    const dx_pack *pack = v->r->pack;
    dx_lang lang = v->r->cli->lang;
    dx_grid grid = {.arena = v->arena, .columns = 7, .right = 1u << 5};
    const char *const heads[][2] = {{"事项", "item"},  {"名称", "title"},
                                    {"部门", "dept."}, {"结论", "status"},
                                    {"", ""},          {"金额（元）", "amount (CNY)"},
                                    {"", ""}};
    for (size_t i = 0; i < 7; i++)
        dx_grid_add(&grid, say(v, heads[i][0], heads[i][1]), DX_TONE_HEAD);
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item *item = &pack->items[i];
        const dx_verdict *verdict = &v->r->assessment->verdicts[i];
        bool has = verdict->has_amount;
        dx_tone tone;
        dx_str status = status_text(v, verdict->status, &tone);
        dx_grid_add(&grid, item->id, DX_TONE_PLAIN);
        dx_grid_add(&grid, dx_label_in(&item->title, lang), DX_TONE_PLAIN);
        dx_grid_add(&grid, departments_text(v, item), DX_TONE_PLAIN);
        dx_grid_add(&grid, status, tone);
        dx_grid_add(&grid, has ? kind_text(v, verdict->kind) : (dx_str){0}, DX_TONE_PLAIN);
        dx_grid_add(&grid, has ? dx_amount_text(v->arena, verdict->amount) : (dx_str){0}, tone);
        dx_grid_add(&grid, remark(v, item, verdict), DX_TONE_PLAIN);
    }
    dx_grid_print(&grid, v->out, v->r->cli->colour);
}

static void legend(const view *v) {
    const dx_pack *pack = v->r->pack;
    dx_grid grid = {.arena = v->arena, .columns = 2};
    if (v->r->cli->lang == DX_ZH)
        return;
    for (uint32_t i = 0; i < pack->n_departments; i++) {
        dx_grid_add(&grid, pack->departments[i].id, DX_TONE_PLAIN);
        dx_grid_add(&grid, pack->departments[i].name.en, DX_TONE_PLAIN);
    }
    dx_buf_char(v->out, '\n');
    dx_grid_print(&grid, v->out, v->r->cli->colour);
}

static void head(const view *v) {
    const dx_pack *pack = v->r->pack;
    dx_put_plain(v->out, dx_label_in(&pack->title, v->r->cli->lang));
    dx_buf_fmt(v->out, "  %.*s  ", DX_FMT(pack->id));
    put(v, "评估日 ", "as of ");
    dx_date_print(v->out, v->r->options->as_of);
    dx_buf_addz(v->out, "\n\n");
}

static void totals(const view *v) {
    const dx_pack *pack = v->r->pack;
    const dx_verdict *verdicts = v->r->assessment->verdicts;
    uint32_t counts[4] = {0};
    bool at_most = false;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        counts[verdicts[i].status]++;
        at_most |= verdicts[i].has_amount && verdicts[i].kind == DX_AMOUNT_CEILING &&
                   pack->items[i].counts_in_total;
    }
    dx_buf_char(v->out, '\n');
    put(v, at_most ? "合计最高 " : "合计 ", at_most ? "Total: up to " : "Total: ");
    dx_buf_add(v->out, dx_amount_text(v->arena, v->r->assessment->total));
    put(v, " 元（", " CNY (");
    for (int status = DX_ELIGIBLE, said = 0; status <= DX_NOT_IN_FORCE; status++) {
        dx_tone tone;
        if (!counts[status])
            continue;
        put(v, said ? "，" : "", said ? ", " : "");
        said = 1;
        dx_buf_add(v->out, status_text(v, (dx_status)status, &tone));
        dx_buf_fmt(v->out, " %u", counts[status]);
    }
    put(v, "）\n", ")\n");
    put(v, pack->n_readings ? "口径 " : "", pack->n_readings ? "Readings: " : "");
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        const dx_reading *reading = &pack->readings[i];
        dx_str option = reading->options[v->r->options->options[i]].id;
        dx_buf_fmt(v->out, "%s%.*s=%.*s", i ? ", " : "", DX_FMT(reading->id), DX_FMT(option));
    }
    dx_buf_addz(v->out, pack->n_readings ? "\n" : "");
}

/* --- what is missing --- */

/* The items that a fact is missing for; empty when none. */
static dx_str items_missing(const view *v, uint32_t fact) {
    dx_buf list = {.arena = v->arena};
    for (uint32_t i = 0; i < v->r->pack->n_items; i++)
        if (is_missing(&v->r->assessment->verdicts[i], fact))
            add_id(&list, v->r->pack->items[i].id);
    return dx_buf_str(&list);
}

static dx_str items_text(const view *v, dx_str ids) {
    const char *word = memchr(ids.p, ',', ids.n) ? "items" : "item";
    return dx_str_fmt(v->arena, "%s %.*s", dx_cli_say(v->r->cli, "事项", word), DX_FMT(ids));
}

static void put_items(const view *v, dx_str ids) {
    put(v, "（", " (");
    dx_buf_add(v->out, items_text(v, ids));
    put(v, "）\n", ")\n");
}

static void missing_facts(const view *v) {
    const dx_pack *pack = v->r->pack;
    bool any = false;
    for (uint32_t i = 0; i < pack->n_facts; i++) {
        const dx_fact *fact = &pack->facts[i];
        dx_lang lang = v->r->cli->lang;
        dx_str items = items_missing(v, i), question = dx_label_in(&fact->question, lang);
        if (!items.n || (!v->all && !is_given(v, fact->input)))
            continue;
        if (!any)
            heading(v, "尚缺的事实", "Facts still missing");
        any = true;
        dx_buf_addz(v->out, "  ? ");
        dx_put_plain(v->out, dx_label_in(&fact->label, lang));
        dx_buf_addz(v->out, "  ");
        dx_put_plain(v->out, fact->path);
        put_items(v, items);
        if (question.n) {
            dx_buf_addz(v->out, "    ");
            dx_put_plain(v->out, question);
            dx_buf_char(v->out, '\n');
        }
    }
}

/* The items that miss some fact of an input. */
static dx_str items_missing_input(const view *v, const dx_input *input) {
    dx_buf list = {.arena = v->arena};
    for (uint32_t i = 0; i < v->r->pack->n_items; i++) {
        bool misses = false;
        for (uint32_t k = 0; k < input->n; k++)
            misses |= is_missing(&v->r->assessment->verdicts[i], input->first + k);
        if (misses)
            add_id(&list, v->r->pack->items[i].id);
    }
    return dx_buf_str(&list);
}

static void missing_inputs(const view *v) {
    const dx_pack *pack = v->r->pack;
    dx_grid grid = {.arena = v->arena, .columns = 3, .indent = 2};
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        dx_str items = items_missing_input(v, &pack->inputs[i]);
        if (!items.n || is_given(v, i))
            continue;
        dx_grid_add(&grid, pack->inputs[i].name, DX_TONE_PLAIN);
        dx_str label = dx_label_in(&pack->inputs[i].label, v->r->cli->lang);
        dx_grid_add(&grid, dx_str_eq(label, pack->inputs[i].name) ? (dx_str){0} : label,
                    DX_TONE_PLAIN);
        dx_grid_add(&grid, items_text(v, items), DX_TONE_PLAIN);
    }
    if (!grid.cells.n || v->all)
        return;
    heading(v, "没有提供的情况（确知没有的，写 null；--all 列出各项事实）",
            "Subjects not told of (write null for what does not exist; --all lists their facts)");
    dx_grid_print(&grid, v->out, v->r->cli->colour);
}

/* --- conditions --- */

static dx_str value_text(const view *v, const dx_fact *fact) {
    dx_val input = v->r->facts->inputs[fact->input], value = input;
    dx_buf text = {.arena = v->arena};
    if (input.tag == DX_CONTEXT)
        value = input.u.context->v[fact->member];
    if (value.tag == DX_NULL)
        return say(v, "无", "none");
    if (value.tag == DX_UNKNOWN)
        return say(v, "未知", "not known");
    if (value.tag == DX_BOOL)
        return value.u.b ? say(v, "是", "yes") : say(v, "否", "no");
    dx_val_print(&text, value, false);
    return dx_buf_str(&text);
}

static void put_condition(const view *v, const dx_condition *condition, dx_truth truth) {
    static const char *const signs[] = {"✗ ", "✓ ", "? "};
    static const dx_tone tones[] = {DX_TONE_BAD, DX_TONE_GOOD, DX_TONE_OPEN};
    dx_buf_addz(v->out, "  ");
    dx_put_tone(v->out, dx_str_of(signs[truth]), tones[truth], v->r->cli->colour);
    dx_str label = dx_label_in(&condition->label, v->r->cli->lang);
    dx_put_plain(v->out, label.n ? label : condition->name);
    for (uint32_t i = 0; i < condition->n_facts; i++) {
        const dx_fact *fact = &v->r->pack->facts[condition->facts[i]];
        put(v, i ? "，" : "：", i ? ", " : ": ");
        dx_put_plain(v->out, fact->path);
        dx_buf_addz(v->out, " = ");
        dx_put_plain(v->out, value_text(v, fact));
    }
}

static void all_conditions(const view *v) {
    const dx_pack *pack = v->r->pack;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item *item = &pack->items[i];
        dx_buf_char(v->out, '\n');
        dx_put_plain(v->out, item->id);
        dx_buf_char(v->out, ' ');
        dx_put_plain(v->out, dx_label_in(&item->title, v->r->cli->lang));
        dx_buf_char(v->out, '\n');
        for (uint32_t k = 0; k < item->n_conditions; k++) {
            dx_truth truth = dx_condition_result(v->r->run, &item->conditions[k], v->r->options);
            if (truth == DX_NOT_APPLICABLE)
                continue;
            put_condition(v, &item->conditions[k], truth);
            dx_buf_char(v->out, '\n');
        }
    }
}

/* A condition that fails over something that was said. */
static bool is_failing(const view *v, const dx_condition *condition) {
    bool given = false;
    for (uint32_t i = 0; i < condition->n_facts; i++)
        given |= is_given(v, v->r->pack->facts[condition->facts[i]].input);
    return given && dx_condition_result(v->r->run, condition, v->r->options) == DX_FALSE;
}

/* What reads as the same condition: models of several articles may each state it. */
static bool is_same(const dx_condition *a, const dx_condition *b) {
    return dx_str_eq(a->name, b->name) && dx_str_eq(a->label.zh, b->label.zh) &&
           a->n_facts == b->n_facts &&
           (a->n_facts == 0 || memcmp(a->facts, b->facts, a->n_facts * sizeof *a->facts) == 0);
}

/* The items that a condition fails in; empty when an item before the first of them told of it. */
static dx_str items_failing(const view *v, const dx_condition *condition) {
    const dx_pack *pack = v->r->pack;
    const dx_condition *first = NULL;
    dx_buf list = {.arena = v->arena};
    for (uint32_t i = 0; i < pack->n_items; i++)
        for (uint32_t k = 0; k < pack->items[i].n_conditions; k++) {
            const dx_condition *other = &pack->items[i].conditions[k];
            if (!is_same(condition, other) || !is_failing(v, other))
                continue;
            first = first ? first : other;
            add_id(&list, pack->items[i].id);
        }
    return first == condition ? dx_buf_str(&list) : (dx_str){0};
}

static void failing_conditions(const view *v) {
    const dx_pack *pack = v->r->pack;
    bool any = false;
    for (uint32_t i = 0; i < pack->n_items; i++)
        for (uint32_t k = 0; k < pack->items[i].n_conditions; k++) {
            const dx_condition *condition = &pack->items[i].conditions[k];
            dx_str items = items_failing(v, condition);
            if (!items.n)
                continue;
            if (!any)
                heading(v, "不满足的条件", "Conditions that fail");
            any = true;
            put_condition(v, condition, DX_FALSE);
            put_items(v, items);
        }
}

static void next_steps(const view *v) {
    const dx_pack *pack = v->r->pack;
    dx_grid grid = {.arena = v->arena, .columns = 2, .indent = 2};
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item *item = &pack->items[i];
        dx_status status = v->r->assessment->verdicts[i].status;
        dx_str next = dx_label_in(&item->next, v->r->cli->lang);
        bool open = status == DX_UNDETERMINED && (v->all || is_touched(v, item));
        if (!next.n || !(open || status == DX_ELIGIBLE))
            continue;
        dx_grid_add(&grid, item->id, DX_TONE_PLAIN);
        dx_grid_add(&grid, next, DX_TONE_PLAIN);
    }
    if (!grid.cells.n)
        return;
    heading(v, "下一步", "Next steps");
    dx_grid_print(&grid, v->out, v->r->cli->colour);
}

void dx_report_text(const dx_report *report, bool all) {
    view v = {.r = report, .arena = report->cli->arena, .out = &report->cli->out, .all = all};
    find_shared(&v);
    head(&v);
    table(&v);
    legend(&v);
    totals(&v);
    if (report->pack->n_items && report->assessment->verdicts[0].status == DX_NOT_IN_FORCE)
        return; /* the day decides all */
    missing_facts(&v);
    missing_inputs(&v);
    if (all)
        all_conditions(&v);
    else
        failing_conditions(&v);
    next_steps(&v);
}
