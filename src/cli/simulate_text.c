/* See simulate.h. Who wins and loses first, then the money, then where it comes from. */
#include "cli/simulate.h"

#include "cli/grid.h"

typedef struct view {
    dx_cli *cli;
    dx_arena *arena;
    dx_buf *out;
    const dx_simulation *s;
} view;

static dx_str say(const view *v, const char *zh, const char *en) {
    return dx_str_of(dx_cli_say(v->cli, zh, en));
}

static void put(const view *v, const char *zh, const char *en) {
    dx_buf_add(v->out, say(v, zh, en));
}

static void heading(const view *v, dx_str text) {
    dx_buf_char(v->out, '\n');
    dx_put_tone(v->out, text, DX_TONE_HEAD, v->cli->colour);
    dx_buf_char(v->out, '\n');
}

static dx_str money(const view *v, dx_fen fen) {
    dx_num num = dx_num_int(0);
    (void)dx_num_parse(v->arena, dx_fen_text(v->arena, fen), &num);
    return dx_amount_text(v->arena, num);
}

/* With its sign, unless it is nothing. */
static dx_str change(const view *v, dx_fen fen) {
    return fen > 0 ? dx_str_fmt(v->arena, "+%.*s", DX_FMT(money(v, fen))) : money(v, fen);
}

static dx_str count(const view *v, uint64_t n) {
    dx_str text = dx_str_fmt(v->arena, "%llu", (unsigned long long)n);
    dx_buf with = {.arena = v->arena};
    for (size_t i = 0; i < text.n; i++) {
        if (i > 0 && (text.n - i) % 3 == 0)
            dx_buf_char(&with, ',');
        dx_buf_char(&with, text.p[i]);
    }
    return dx_buf_str(&with);
}

static dx_tone tone_of(dx_fen difference) {
    return difference > 0 ? DX_TONE_GOOD : difference < 0 ? DX_TONE_BAD : DX_TONE_PLAIN;
}

static void heads(const view *v, dx_grid *grid, const char *const (*words)[2], size_t n) {
    for (size_t i = 0; i < n; i++)
        dx_grid_add(grid, say(v, words[i][0], words[i][1]), DX_TONE_HEAD);
}

static void cell(dx_grid *grid, dx_str text) {
    dx_grid_add(grid, text, DX_TONE_PLAIN);
}

/* Amounts before, after and between. */
static void sums(const view *v, dx_grid *grid, const dx_fen *sum) {
    dx_fen difference = sum[DX_AFTER] - sum[DX_BEFORE];
    cell(grid, money(v, sum[DX_BEFORE]));
    cell(grid, money(v, sum[DX_AFTER]));
    dx_grid_add(grid, change(v, difference), tone_of(difference));
}

/* --- all enterprises
 * -------------------------------------------------------------------------------- */

static void head(const view *v) {
    const dx_simulation *s = v->s;
    dx_str title = dx_label_in(&s->reform->title, v->cli->lang);
    dx_put_plain(v->out, dx_label_in(&s->pack->title, v->cli->lang));
    dx_buf_fmt(v->out, "  %.*s  ", DX_FMT(s->pack->id));
    put(v, "评估日 ", "as of ");
    dx_date_print(v->out, s->options.as_of);
    if (dx_date_cmp(s->options.as_of, s->reform->options.as_of) != 0) {
        dx_buf_addz(v->out, " → ");
        dx_date_print(v->out, s->reform->options.as_of);
    }
    dx_buf_char(v->out, '\n');
    put(v, "改动：", "Change: ");
    dx_put_plain(v->out, title.n ? title : say(v, "（未命名）", "(unnamed)"));
    dx_buf_char(v->out, '\n');
}

static void people_row(const view *v, dx_grid *grid, const char *zh, const char *en, uint64_t n,
                       dx_fen fen) {
    cell(grid, say(v, zh, en));
    cell(grid, count(v, n));
    dx_grid_add(grid, fen ? change(v, fen) : (dx_str){0}, tone_of(fen));
}

static void people(const view *v) {
    const dx_people *p = &v->s->people;
    dx_grid grid = {.arena = v->arena, .columns = 3, .right = 6, .indent = 2};
    heading(v, say(v, "企业", "Enterprises"));
    people_row(v, &grid, "得益", "winners", p->winners, p->gains);
    people_row(v, &grid, "受损", "losers", p->losers, -p->losses);
    people_row(v, &grid, "不变", "unchanged", p->unchanged, 0);
    people_row(v, &grid, "待定", "undetermined", p->undetermined, 0);
    people_row(v, &grid, "合计", "all", p->n, 0);
    dx_grid_print(&grid, v->out, v->cli->colour);
}

static void money_row(const view *v, dx_grid *grid, const char *zh, const char *en,
                      const dx_fen *sum) {
    cell(grid, say(v, zh, en));
    sums(v, grid, sum);
}

static void budget(const view *v, int64_t appropriation) {
    static const char *const words[][2] = {
        {"", ""}, {"现行", "as it is"}, {"改后", "changed"}, {"差额", "difference"}};
    const dx_fen *sum = v->s->people.sum;
    dx_grid grid = {.arena = v->arena, .columns = 4, .right = 14, .indent = 2};
    heading(v, say(v, "金额（元；能确定的部分，有上限的按上限计）",
                   "Money (yuan; what is determined, ceilings in full)"));
    heads(v, &grid, words, 4);
    money_row(v, &grid, "合计", "total", sum);
    if (appropriation >= 0) {
        dx_fen given[2] = {appropriation, appropriation};
        dx_fen left[2] = {appropriation - sum[DX_BEFORE], appropriation - sum[DX_AFTER]};
        money_row(v, &grid, "预算", "appropriation", given);
        money_row(v, &grid, "预算余额", "left of it", left);
    }
    dx_grid_print(&grid, v->out, v->cli->colour);
}

/* --- items and departments
 * -------------------------------------------------------------------------- */

static void item_row(const view *v, dx_grid *grid, uint32_t number) {
    const dx_item *item = &v->s->pack->items[number];
    const dx_item_change *c = &v->s->items[number];
    cell(grid, item->id);
    cell(grid, dx_label_in(&item->title, v->cli->lang));
    cell(grid, count(v, c->eligible[DX_BEFORE]));
    cell(grid, count(v, c->eligible[DX_AFTER]));
    cell(grid, count(v, c->gained));
    cell(grid, count(v, c->lost));
    cell(grid, count(v, c->more));
    cell(grid, count(v, c->less));
    cell(grid, count(v, c->open));
    sums(v, grid, c->sum);
}

static void items(const view *v) {
    static const char *const words[][2] = {
        {"事项", "item"},         {"名称", "title"},       {"现行可享受", "eligible"},
        {"改后", "changed"},      {"新增", "new"},         {"失去", "lost"},
        {"增加", "more"},         {"减少", "less"},        {"待定", "open"},
        {"现行金额", "as it is"}, {"改后金额", "changed"}, {"差额", "difference"}};
    dx_grid grid = {.arena = v->arena, .columns = 12, .right = 0xffc, .indent = 2};
    heading(v, say(v, "改动所及的事项", "Items that the change reaches"));
    heads(v, &grid, words, 12);
    uint32_t before = grid.cells.n;
    for (uint32_t i = 0; i < v->s->pack->n_items; i++)
        if (v->s->reform->touches[i])
            item_row(v, &grid, i);
    if (grid.cells.n == before)
        put(v, "  没有\n", "  none\n");
    else
        dx_grid_print(&grid, v->out, v->cli->colour);
}

/* Chinese names are short; in English the id stands for the department. */
static dx_str departments_of(const view *v, const dx_item *item) {
    dx_buf text = {.arena = v->arena};
    for (uint32_t i = 0; i < item->n_departments; i++) {
        const dx_department *department = &v->s->pack->departments[item->departments[i]];
        dx_buf_addz(&text, i == 0 ? "" : dx_cli_say(v->cli, "、", ", "));
        dx_buf_add(&text, v->cli->lang == DX_ZH ? department->name.zh : department->id);
    }
    return dx_buf_str(&text);
}

static void departments(const view *v) {
    static const char *const words[][2] = {{"部门", "departments"},
                                           {"现行金额", "as it is"},
                                           {"改后金额", "changed"},
                                           {"差额", "difference"}};
    dx_duty *duties = DX_NEW_ARRAY(v->arena, dx_duty, v->s->pack->n_items + 1);
    uint32_t n = dx_simulation_duties(v->s, duties);
    dx_grid grid = {.arena = v->arena, .columns = 4, .right = 14, .indent = 2};
    heading(v, say(v, "部门（共同负责的事项列在一起）",
                   "Departments (jointly where they share an item)"));
    heads(v, &grid, words, 4);
    for (uint32_t i = 0; i < n; i++) {
        cell(&grid, departments_of(v, duties[i].of));
        sums(v, &grid, duties[i].sum);
    }
    dx_grid_print(&grid, v->out, v->cli->colour);
}

/* --- groups
 * ----------------------------------------------------------------------------------------- */

static dx_str group_name(const view *v, const dx_group *group) {
    if (group->state == DX_STATE_NULL)
        return say(v, "无", "none");
    if (group->state == DX_STATE_UNKNOWN)
        return say(v, "未知", "not known");
    if (dx_str_is(group->value, "true"))
        return say(v, "是", "yes");
    if (dx_str_is(group->value, "false"))
        return say(v, "否", "no");
    return group->value;
}

static void grouping(const view *v, const dx_grouping *g) {
    static const char *const words[][2] = {{"", ""},
                                           {"企业", "enterprises"},
                                           {"得益", "winners"},
                                           {"受损", "losers"},
                                           {"不变", "unchanged"},
                                           {"待定", "undetermined"},
                                           {"现行金额", "as it is"},
                                           {"改后金额", "changed"},
                                           {"差额", "difference"}};
    dx_grid grid = {.arena = v->arena, .columns = 9, .right = 0x1fe, .indent = 2};
    heading(v, dx_label_in(&v->s->pack->facts[g->fact].label, v->cli->lang));
    heads(v, &grid, words, 9);
    for (uint32_t i = 0; i < g->groups.n; i++) {
        const dx_people *p = &g->groups.v[i].people;
        cell(&grid, group_name(v, &g->groups.v[i]));
        cell(&grid, count(v, p->n));
        cell(&grid, count(v, p->winners));
        cell(&grid, count(v, p->losers));
        cell(&grid, count(v, p->unchanged));
        cell(&grid, count(v, p->undetermined));
        sums(v, &grid, p->sum);
    }
    dx_grid_print(&grid, v->out, v->cli->colour);
}

/* --- brinks, and what is behind a figure
 * ------------------------------------------------------------------- */

static dx_str both(const view *v, const uint64_t *n) {
    return dx_str_fmt(v->arena, "%.*s → %.*s", DX_FMT(count(v, n[DX_BEFORE])),
                      DX_FMT(count(v, n[DX_AFTER])));
}

static void brinks(const view *v) {
    static const char *const words[][2] = {{"", ""},
                                           {"少报反而多得", "better off with less"},
                                           {"可多得（改后）", "by (changed)"},
                                           {"差一点可享受", "just short of an item"},
                                           {"刚好可享受", "only just in"}};
    dx_grid grid = {.arena = v->arena, .columns = 5, .right = 0x1e, .indent = 2};
    if (v->s->n_brinks == 0)
        return;
    heading(v, say(v, "临界：某项数额少或多一点（1%，年、天等为 1）会怎样，现行 → 改后的企业数",
                   "At the edge: enterprises that a little less or more (1%, or 1 year or day) "
                   "would change, as it is → changed"));
    heads(v, &grid, words, 5);
    for (uint32_t i = 0; i < v->s->n_brinks; i++) {
        const dx_brink *brink = &v->s->brinks[i];
        cell(&grid, v->s->pack->facts[brink->fact].path);
        cell(&grid, both(v, brink->cliff));
        cell(&grid, money(v, brink->gain[DX_AFTER]));
        cell(&grid, both(v, brink->enter));
        cell(&grid, both(v, brink->leave));
    }
    dx_grid_print(&grid, v->out, v->cli->colour);
}

static void opened(const view *v) {
    static const char *const words[][2] = {{"企业", "enterprise"},
                                           {"行", "row"},
                                           {"现行金额", "as it is"},
                                           {"改后金额", "changed"},
                                           {"差额", "difference"}};
    dx_grid grid = {.arena = v->arena, .columns = 5, .right = 0x1e, .indent = 2};
    if (v->s->figure.n == 0)
        return;
    heading(v, dx_str_fmt(v->arena, "%.*s  %.*s", DX_FMT(v->s->figure),
                          DX_FMT(count(v, v->s->n_behind))));
    heads(v, &grid, words, 5);
    for (uint32_t i = 0; i < v->s->opened.n; i++) {
        const dx_opened *row = &v->s->opened.v[i];
        dx_fen sum[2] = {row->sum[DX_BEFORE], row->sum[DX_AFTER]};
        cell(&grid, row->key);
        cell(&grid, count(v, row->row + 1));
        sums(v, &grid, sum);
    }
    dx_grid_print(&grid, v->out, v->cli->colour);
}

void dx_simulation_text(dx_cli *cli, const dx_simulation *simulation, int64_t appropriation) {
    view v = {.cli = cli, .arena = cli->arena, .out = &cli->out, .s = simulation};
    head(&v);
    people(&v);
    budget(&v, appropriation);
    items(&v);
    departments(&v);
    for (uint32_t i = 0; i < simulation->n_groupings; i++)
        grouping(&v, &simulation->groupings[i]);
    brinks(&v);
    opened(&v);
}
