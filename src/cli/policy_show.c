/* duixian policy show: what a pack holds, as text or JSON. */
#include "cli/cli.h"
#include "cli/grid.h"

typedef struct shower {
    dx_cli *cli;
    const dx_pack *pack;
    dx_buf *out;
} shower;

static dx_str in_lang(const shower *s, const dx_label *label) {
    return dx_label_in(label, s->cli->lang);
}

static void put(const shower *s, const char *zh, const char *en) {
    dx_buf_addz(s->out, dx_cli_say(s->cli, zh, en));
}

static void heading(const shower *s, dx_str text) {
    dx_buf_char(s->out, '\n');
    dx_put_tone(s->out, text, DX_TONE_HEAD, s->cli->colour);
    dx_buf_char(s->out, '\n');
}

/* --- text --- */

static void put_row(dx_grid *grid, const shower *s, const char *zh, const char *en, dx_str value) {
    if (!value.n)
        return;
    dx_grid_add(grid, dx_str_of(dx_cli_say(s->cli, zh, en)), DX_TONE_PLAIN);
    dx_grid_add(grid, value, DX_TONE_PLAIN);
}

static void head(const shower *s) {
    const dx_pack *pack = s->pack;
    dx_buf days = {.arena = s->cli->arena}, departments = {.arena = s->cli->arena};
    dx_grid grid = {.arena = s->cli->arena, .columns = 2, .indent = 2};
    dx_date_print(&days, pack->valid_from);
    dx_buf_addz(&days, dx_cli_say(s->cli, " 至 ", " to "));
    dx_date_print(&days, pack->valid_to);
    for (uint32_t i = 0; i < pack->n_departments; i++) {
        const dx_department *d = &pack->departments[i];
        dx_buf_fmt(&departments, "%s%.*s (%.*s)", i ? ", " : "", DX_FMT(in_lang(s, &d->name)),
                   DX_FMT(d->id));
    }
    dx_put_tone(s->out, in_lang(s, &pack->title), DX_TONE_HEAD, s->cli->colour);
    dx_buf_char(s->out, '\n');
    put_row(&grid, s, "编号", "id", pack->id);
    put_row(&grid, s, "发布", "issued by", in_lang(s, &pack->issuer));
    put_row(&grid, s, "解释", "interpreted by", in_lang(s, &pack->interpreter));
    put_row(&grid, s, "有效期", "valid", dx_buf_str(&days));
    put_row(&grid, s, "部门", "departments", dx_buf_str(&departments));
    put_row(&grid, s, "摘要", "digest", pack->digest);
    dx_grid_print(&grid, s->out, s->cli->colour);
}

static dx_str kind_text(const shower *s, const dx_item *item) {
    static const char *const words[][2] = {{"不涉及金额", "no money"},
                                           {"有上限的金额", "an amount up to a ceiling"},
                                           {"定额", "a fixed amount"},
                                           {"按公布的标准", "by a published tariff"},
                                           {"由其他文件确定", "decided by another document"}};
    if (item->kind_decision != DX_NONE)
        return dx_str_fmt(s->cli->arena, "%s %.*s", dx_cli_say(s->cli, "按决策", "by decision"),
                          DX_FMT(s->pack->dmn->nodes[item->kind_decision].name));
    return dx_str_of(dx_cli_say(s->cli, words[item->kind][0], words[item->kind][1]));
}

static dx_str department_names(const shower *s, const dx_item *item) {
    dx_buf text = {.arena = s->cli->arena};
    for (uint32_t i = 0; i < item->n_departments; i++) {
        dx_buf_addz(&text, i == 0 ? "" : dx_cli_say(s->cli, "、", ", "));
        dx_buf_add(&text, in_lang(s, &s->pack->departments[item->departments[i]].name));
    }
    return dx_buf_str(&text);
}

static void put_conditions(const shower *s, const dx_item *item) {
    for (uint32_t i = 0; i < item->n_conditions; i++) {
        const dx_condition *c = &item->conditions[i];
        dx_str label = in_lang(s, &c->label);
        dx_buf_addz(s->out, "      · ");
        dx_put_plain(s->out, label.n ? label : c->name);
        if (c->reading != DX_NONE) {
            const dx_reading *reading = &s->pack->readings[c->reading];
            put(s, "（仅当 ", " (only under ");
            dx_buf_fmt(s->out, "%.*s=%.*s", DX_FMT(reading->id),
                       DX_FMT(reading->options[c->option].id));
            put(s, "）", ")");
        }
        dx_buf_char(s->out, '\n');
    }
}

static void put_item(const shower *s, const dx_item *item) {
    dx_buf_fmt(s->out, "  %.*s  ", DX_FMT(item->id));
    dx_put_plain(s->out, in_lang(s, &item->title));
    dx_buf_char(s->out, '\n');
    dx_grid grid = {.arena = s->cli->arena, .columns = 2, .indent = 4};
    dx_buf readings = {.arena = s->cli->arena};
    for (uint32_t i = 0; i < item->n_readings; i++) {
        dx_buf_addz(&readings, i ? ", " : "");
        dx_buf_add(&readings, s->pack->readings[item->readings[i]].id);
    }
    put_row(&grid, s, "部门", "department", department_names(s, item));
    put_row(&grid, s, "内容", "outcome", in_lang(s, &item->outcome));
    put_row(&grid, s, "金额", "amount", kind_text(s, item));
    put_row(&grid, s, "口径", "readings", dx_buf_str(&readings));
    if (!item->counts_in_total && item->amount != DX_NONE)
        put_row(&grid, s, "合计", "total",
                dx_str_of(dx_cli_say(s->cli, "不计入合计", "not counted in the total")));
    dx_grid_print(&grid, s->out, s->cli->colour);
    put(s, "    条件\n", "    conditions\n");
    put_conditions(s, item);
}

static void put_article(const shower *s, const dx_article *article) {
    heading(s, dx_str_fmt(s->cli->arena, s->cli->lang == DX_ZH ? "第%u条 %.*s" : "Article %u: %.*s",
                          article->number, DX_FMT(in_lang(s, &article->title))));
    for (uint32_t i = 0; i < s->pack->n_items; i++)
        if (s->pack->items[i].article == article->number)
            put_item(s, &s->pack->items[i]);
}

static void put_reading(const shower *s, const dx_reading *reading) {
    dx_grid grid = {.arena = s->cli->arena, .columns = 3, .indent = 4};
    dx_buf_fmt(s->out, "  %.*s  ", DX_FMT(reading->id));
    dx_put_plain(s->out, in_lang(s, &reading->question));
    dx_buf_char(s->out, '\n');
    for (uint32_t i = 0; i < reading->n_options; i++) {
        bool chosen = i == reading->chosen_by_default;
        dx_grid_add(&grid, reading->options[i].id, DX_TONE_PLAIN);
        dx_grid_add(&grid, in_lang(s, &reading->options[i].label), DX_TONE_PLAIN);
        dx_grid_add(&grid,
                    chosen ? dx_str_of(dx_cli_say(s->cli, "（默认）", "(default)")) : (dx_str){0},
                    DX_TONE_PLAIN);
    }
    dx_grid_print(&grid, s->out, s->cli->colour);
    dx_str why = in_lang(s, &reading->why);
    if (why.n) {
        put(s, "    理由：", "    why: ");
        dx_put_plain(s->out, why);
        dx_buf_char(s->out, '\n');
    }
}

/* A table of rows with the same keys as columns; anything else as FEEL writes it. */
static void put_tariff(const shower *s, dx_val value) {
    bool rows = value.tag == DX_LIST && value.n > 0 && value.u.items[0].tag == DX_CONTEXT;
    const dx_shape *shape = rows ? value.u.items[0].u.context->shape : NULL;
    dx_grid grid = {.arena = s->cli->arena, .columns = rows ? shape->n : 1, .indent = 4};
    for (uint32_t i = 0; rows && i < shape->n; i++)
        dx_grid_add(&grid, shape->keys[i], DX_TONE_PLAIN);
    for (uint32_t i = 0; i < (rows ? value.n : 1) * grid.columns; i++) {
        dx_val row = rows ? value.u.items[i / shape->n] : value, cell = row;
        dx_buf text = {.arena = s->cli->arena};
        if (rows && row.tag == DX_CONTEXT && row.u.context->shape->n == shape->n)
            cell = row.u.context->v[i % shape->n];
        dx_val_print(&text, cell, false);
        dx_grid_add(&grid, dx_buf_str(&text), DX_TONE_PLAIN);
    }
    dx_grid_print(&grid, s->out, s->cli->colour);
}

static void put_tariffs(const shower *s) {
    for (uint32_t i = 0; i < s->pack->n_tariffs; i++)
        for (uint32_t k = 0; k < s->pack->tariffs[i].n_tariffs; k++) {
            const dx_tariff *tariff = &s->pack->tariffs[i].tariffs[k];
            dx_buf_fmt(s->out, "  %.*s  ", DX_FMT(s->pack->tariffs[i].input));
            put(s, "自 ", "from ");
            dx_date_print(s->out, tariff->from);
            dx_buf_char(s->out, '\n');
            put_tariff(s, tariff->value);
        }
}

static void show_text(const shower *s) {
    head(s);
    for (uint32_t i = 0; i < s->pack->n_articles; i++)
        put_article(s, &s->pack->articles[i]);
    if (s->pack->n_readings)
        heading(s, dx_str_of(dx_cli_say(s->cli, "口径", "Readings")));
    for (uint32_t i = 0; i < s->pack->n_readings; i++)
        put_reading(s, &s->pack->readings[i]);
    if (s->pack->n_tariffs)
        heading(s, dx_str_of(dx_cli_say(s->cli, "按日期生效的标准", "Dated tariffs")));
    put_tariffs(s);
}

/* --- JSON --- */

static void json_condition(const shower *s, dx_json_writer *w, const dx_condition *c) {
    dx_json_open(w, '{');
    dx_json_text(w, "name", c->name);
    dx_label_json(w, "label", &c->label);
    if (c->reading != DX_NONE) {
        const dx_reading *reading = &s->pack->readings[c->reading];
        dx_json_object(w, "when");
        dx_json_key(w, reading->id);
        dx_json_string(w, reading->options[c->option].id);
        dx_json_close(w, '}');
    }
    dx_json_array(w, "facts");
    for (uint32_t i = 0; i < c->n_facts; i++)
        dx_json_string(w, s->pack->facts[c->facts[i]].path);
    dx_json_close(w, ']');
    dx_json_close(w, '}');
}

static void json_item(const shower *s, dx_json_writer *w, const dx_item *item) {
    dx_json_open(w, '{');
    dx_json_text(w, "id", item->id);
    dx_json_key(w, DX_STR("article"));
    dx_json_int(w, item->article);
    dx_label_json(w, "title", &item->title);
    dx_label_json(w, "outcome", &item->outcome);
    dx_label_json(w, "next", &item->next);
    dx_json_array(w, "departments");
    for (uint32_t i = 0; i < item->n_departments; i++)
        dx_json_string(w, s->pack->departments[item->departments[i]].id);
    dx_json_close(w, ']');
    dx_json_text(w, "amount_kind", dx_str_of(dx_amount_kind_name(item->kind)));
    dx_json_key(w, DX_STR("counts_in_total"));
    dx_json_bool(w, item->counts_in_total);
    dx_json_array(w, "conditions");
    for (uint32_t i = 0; i < item->n_conditions; i++)
        json_condition(s, w, &item->conditions[i]);
    dx_json_close(w, ']');
    dx_json_array(w, "readings");
    for (uint32_t i = 0; i < item->n_readings; i++)
        dx_json_string(w, s->pack->readings[item->readings[i]].id);
    dx_json_close(w, ']');
    dx_json_close(w, '}');
}

static void json_reading(dx_json_writer *w, const dx_reading *reading) {
    dx_json_open(w, '{');
    dx_json_text(w, "id", reading->id);
    dx_label_json(w, "question", &reading->question);
    dx_label_json(w, "why", &reading->why);
    dx_json_text(w, "default", reading->options[reading->chosen_by_default].id);
    dx_json_array(w, "options");
    for (uint32_t i = 0; i < reading->n_options; i++) {
        dx_json_open(w, '{');
        dx_json_text(w, "id", reading->options[i].id);
        dx_label_json(w, "label", &reading->options[i].label);
        dx_json_close(w, '}');
    }
    dx_json_close(w, ']');
    dx_json_close(w, '}');
}

static void json_fact(dx_json_writer *w, const dx_fact *fact) {
    dx_json_open(w, '{');
    dx_json_text(w, "path", fact->path);
    dx_label_json(w, "label", &fact->label);
    dx_label_json(w, "question", &fact->question);
    dx_json_close(w, '}');
}

static void json_tariff(const shower *s, dx_json_writer *w, dx_str input, const dx_tariff *tariff) {
    dx_buf value = {.arena = s->cli->arena};
    dx_val_json(&value, tariff->value);
    dx_json_open(w, '{');
    dx_json_text(w, "input", input);
    dx_json_date(w, "from", tariff->from);
    dx_json_key(w, DX_STR("value"));
    dx_json_raw(w, dx_buf_str(&value));
    dx_json_close(w, '}');
}

static void json_lists(const shower *s, dx_json_writer *w) {
    const dx_pack *pack = s->pack;
    dx_json_array(w, "facts");
    for (uint32_t i = 0; i < pack->n_facts; i++)
        json_fact(w, &pack->facts[i]);
    dx_json_close(w, ']');
    dx_json_array(w, "items");
    for (uint32_t i = 0; i < pack->n_items; i++)
        json_item(s, w, &pack->items[i]);
    dx_json_close(w, ']');
    dx_json_array(w, "readings");
    for (uint32_t i = 0; i < pack->n_readings; i++)
        json_reading(w, &pack->readings[i]);
    dx_json_close(w, ']');
    dx_json_array(w, "tariffs");
    for (uint32_t i = 0; i < pack->n_tariffs; i++)
        for (uint32_t k = 0; k < pack->tariffs[i].n_tariffs; k++)
            json_tariff(s, w, pack->tariffs[i].input, &pack->tariffs[i].tariffs[k]);
    dx_json_close(w, ']');
}

static void show_json(const shower *s) {
    const dx_pack *pack = s->pack;
    dx_json_writer w = {.out = s->out, .indent = 2};
    dx_json_open(&w, '{');
    dx_json_text(&w, "id", pack->id);
    dx_json_text(&w, "digest", pack->digest);
    dx_label_json(&w, "title", &pack->title);
    dx_label_json(&w, "issuer", &pack->issuer);
    dx_label_json(&w, "interpreter", &pack->interpreter);
    dx_json_date(&w, "valid_from", pack->valid_from);
    dx_json_date(&w, "valid_to", pack->valid_to);
    dx_json_array(&w, "departments");
    for (uint32_t i = 0; i < pack->n_departments; i++) {
        dx_json_open(&w, '{');
        dx_json_text(&w, "id", pack->departments[i].id);
        dx_label_json(&w, "name", &pack->departments[i].name);
        dx_json_close(&w, '}');
    }
    dx_json_close(&w, ']');
    dx_json_array(&w, "articles");
    for (uint32_t i = 0; i < pack->n_articles; i++) {
        dx_json_open(&w, '{');
        dx_json_key(&w, DX_STR("number"));
        dx_json_int(&w, pack->articles[i].number);
        dx_label_json(&w, "title", &pack->articles[i].title);
        dx_json_close(&w, '}');
    }
    dx_json_close(&w, ']');
    json_lists(s, &w);
    dx_json_close(&w, '}');
    dx_buf_char(s->out, '\n');
}

dx_exit dx_cli_policy_show(dx_cli *cli) {
    bool json;
    if (!cli->n_operands) {
        dx_cli_refuse(cli, DX_E_USAGE_MISSING, DX_STR("DIR-OR-ID"), (dx_str){0});
        return DX_EXIT_INPUT;
    }
    if (!dx_cli_format(cli, &json))
        return DX_EXIT_INPUT;
    dx_str dir = dx_cli_find_pack(cli, cli->operands[0]);
    dx_pack *pack = dir.n ? dx_pack_load(cli->arena, dir, &cli->diags) : NULL;
    if (!pack || cli->diags.errors)
        return DX_EXIT_INPUT;
    shower s = {cli, pack, &cli->out};
    if (json)
        show_json(&s);
    else
        show_text(&s);
    return DX_EXIT_DONE;
}
