/* A simulation as JSON (app/schemas.json: Simulation), and the figures that text and JSON share. */
#include "batch/simulate.h"

dx_str dx_fen_text(dx_arena *arena, dx_fen fen) {
    char digits[48];
    size_t at = sizeof digits;
    unsigned __int128 rest = fen < 0 ? -(unsigned __int128)fen : (unsigned __int128)fen;
    for (int n = 0; n < 3 || rest > 0; n++) {
        if (n == 2)
            digits[--at] = '.';
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (fen < 0)
        digits[--at] = '-';
    return dx_str_copy(arena, (dx_str){digits + at, sizeof digits - at});
}

typedef struct writer {
    dx_arena *arena;
    const dx_simulation *s;
    dx_json_writer *out;
} writer;

static void put_count(writer *w, const char *key, uint64_t n) {
    dx_json_key(w->out, dx_str_of(key));
    dx_json_int(w->out, (int64_t)n);
}

static void put_fen(writer *w, const char *key, dx_fen fen) {
    dx_json_text(w->out, key, dx_fen_text(w->arena, fen));
}

static void put_sums(writer *w, const dx_fen *sum) {
    put_fen(w, "base", sum[DX_BEFORE]);
    put_fen(w, "reform", sum[DX_AFTER]);
    put_fen(w, "difference", sum[DX_AFTER] - sum[DX_BEFORE]);
}

/* --- what was compared
 * -------------------------------------------------------------------------------- */

static void put_policy(writer *w, const char *key, const dx_pack *pack, const dx_options *options) {
    dx_json_object(w->out, key);
    dx_json_text(w->out, "id", pack->id);
    dx_json_text(w->out, "digest", pack->digest);
    dx_json_date(w->out, "as_of", options->as_of);
    dx_json_object(w->out, "readings");
    for (uint32_t i = 0; i < pack->n_readings; i++) {
        dx_json_key(w->out, pack->readings[i].id);
        dx_json_string(w->out, pack->readings[i].options[options->options[i]].id);
    }
    dx_json_close(w->out, '}');
    dx_json_close(w->out, '}');
}

/* --- the figures
 * ------------------------------------------------------------------------------------ */

static void put_people(writer *w, const dx_people *people) {
    put_count(w, "enterprises", people->n);
    put_count(w, "winners", people->winners);
    put_count(w, "losers", people->losers);
    put_count(w, "unchanged", people->unchanged);
    put_count(w, "undetermined", people->undetermined);
    put_sums(w, people->sum);
    put_fen(w, "gains", people->gains);
    put_fen(w, "losses", people->losses);
}

static void put_budget(writer *w, int64_t appropriation) {
    const dx_fen *sum = w->s->people.sum;
    if (appropriation < 0)
        return;
    dx_json_object(w->out, "budget");
    put_fen(w, "appropriation", appropriation);
    put_fen(w, "left_base", appropriation - sum[DX_BEFORE]);
    put_fen(w, "left_reform", appropriation - sum[DX_AFTER]);
    dx_json_close(w->out, '}');
}

static void put_side(writer *w, const char *key, const dx_item_change *item, int side) {
    dx_json_object(w->out, key);
    put_count(w, "eligible", item->eligible[side]);
    put_count(w, "undetermined", item->undetermined[side]);
    put_count(w, "paid", item->paid[side]);
    put_fen(w, "amount", item->sum[side]);
    dx_json_close(w->out, '}');
}

static void put_departments(writer *w, const dx_item *item) {
    dx_json_array(w->out, "departments");
    for (uint32_t i = 0; i < item->n_departments; i++)
        dx_json_string(w->out, w->s->pack->departments[item->departments[i]].id);
    dx_json_close(w->out, ']');
}

static void put_items(writer *w) {
    dx_json_array(w->out, "items");
    for (uint32_t i = 0; i < w->s->pack->n_items; i++) {
        const dx_item *item = &w->s->pack->items[i];
        const dx_item_change *change = &w->s->items[i];
        dx_json_open(w->out, '{');
        dx_json_text(w->out, "id", item->id);
        dx_label_json(w->out, "title", &item->title);
        put_departments(w, item);
        dx_json_key(w->out, DX_STR("reached"));
        dx_json_bool(w->out, w->s->reform->touches[i]);
        dx_json_key(w->out, DX_STR("counts_in_total"));
        dx_json_bool(w->out, item->counts_in_total);
        put_side(w, "base", change, DX_BEFORE);
        put_side(w, "reform", change, DX_AFTER);
        put_fen(w, "difference", change->sum[DX_AFTER] - change->sum[DX_BEFORE]);
        put_count(w, "new", change->gained);
        put_count(w, "lost", change->lost);
        put_count(w, "more", change->more);
        put_count(w, "less", change->less);
        put_count(w, "undetermined", change->open);
        dx_json_close(w->out, '}');
    }
    dx_json_close(w->out, ']');
}

static bool same_departments(const dx_item *a, const dx_item *b) {
    return a->n_departments == b->n_departments &&
           (a->n_departments == 0 ||
            memcmp(a->departments, b->departments, a->n_departments * sizeof *a->departments) == 0);
}

uint32_t dx_simulation_duties(const dx_simulation *s, dx_duty *ret) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->pack->n_items; i++) {
        const dx_item *item = &s->pack->items[i];
        uint32_t at = 0;
        if (!item->counts_in_total)
            continue;
        while (at < n && !same_departments(ret[at].of, item))
            at++;
        if (at == n)
            ret[n++] = (dx_duty){.of = item};
        for (int side = DX_BEFORE; side <= DX_AFTER; side++)
            ret[at].sum[side] += s->items[i].sum[side];
    }
    return n;
}

static void put_duties(writer *w) {
    dx_duty *duties = DX_NEW_ARRAY(w->arena, dx_duty, w->s->pack->n_items + 1);
    uint32_t n = dx_simulation_duties(w->s, duties);
    dx_json_array(w->out, "departments");
    for (uint32_t i = 0; i < n; i++) {
        dx_json_open(w->out, '{');
        put_departments(w, duties[i].of);
        put_sums(w, duties[i].sum);
        dx_json_close(w->out, '}');
    }
    dx_json_close(w->out, ']');
}

static void put_fact(writer *w, uint32_t number) {
    dx_json_text(w->out, "fact", w->s->pack->facts[number].path);
    dx_label_json(w->out, "label", &w->s->pack->facts[number].label);
}

/* A value as text; null where there is none, absent where it is not known. */
static void put_group(writer *w, const dx_group *group) {
    dx_json_open(w->out, '{');
    dx_json_key(w->out, DX_STR("known"));
    dx_json_bool(w->out, group->state != DX_STATE_UNKNOWN);
    dx_json_key(w->out, DX_STR("value"));
    if (group->state == DX_STATE_KNOWN)
        dx_json_string(w->out, group->value);
    else
        dx_json_null(w->out);
    put_people(w, &group->people);
    dx_json_close(w->out, '}');
}

static void put_groupings(writer *w) {
    dx_json_array(w->out, "groups");
    for (uint32_t i = 0; i < w->s->n_groupings; i++) {
        const dx_grouping *grouping = &w->s->groupings[i];
        dx_json_open(w->out, '{');
        put_fact(w, grouping->fact);
        dx_json_array(w->out, "values");
        for (uint32_t k = 0; k < grouping->groups.n; k++)
            put_group(w, &grouping->groups.v[k]);
        dx_json_close(w->out, ']');
        dx_json_close(w->out, '}');
    }
    dx_json_close(w->out, ']');
}

static void put_brink(writer *w, const char *key, const dx_brink *brink, int side) {
    dx_json_object(w->out, key);
    put_count(w, "cliff", brink->cliff[side]);
    put_fen(w, "gain", brink->gain[side]);
    put_count(w, "enter", brink->enter[side]);
    put_count(w, "leave", brink->leave[side]);
    dx_json_close(w->out, '}');
}

static void put_brinks(writer *w) {
    dx_json_array(w->out, "brinks");
    for (uint32_t i = 0; i < w->s->n_brinks; i++) {
        const dx_brink *brink = &w->s->brinks[i];
        dx_json_open(w->out, '{');
        put_fact(w, brink->fact);
        put_brink(w, "base", brink, DX_BEFORE);
        put_brink(w, "reform", brink, DX_AFTER);
        dx_json_close(w->out, '}');
    }
    dx_json_close(w->out, ']');
}

static void put_opened(writer *w) {
    const dx_simulation *s = w->s;
    if (s->figure.n == 0)
        return;
    dx_json_object(w->out, "opened");
    dx_json_text(w->out, "figure", s->figure);
    put_count(w, "enterprises", s->n_behind);
    dx_json_array(w->out, "rows");
    for (uint32_t i = 0; i < s->opened.n; i++) {
        const dx_opened *row = &s->opened.v[i];
        dx_fen sum[2] = {row->sum[DX_BEFORE], row->sum[DX_AFTER]};
        dx_json_open(w->out, '{');
        dx_json_text(w->out, "key", row->key);
        put_count(w, "row", row->row + 1);
        put_sums(w, sum);
        dx_json_close(w->out, '}');
    }
    dx_json_close(w->out, ']');
    dx_json_close(w->out, '}');
}

void dx_simulation_json(dx_arena *arena, const dx_simulation *s, int64_t appropriation,
                        dx_json_writer *out) {
    writer w = {arena, s, out};
    put_policy(&w, "base", s->pack, &s->options);
    put_policy(&w, "reform", s->reform->pack, &s->reform->options);
    dx_json_key(out, DX_STR("changes"));
    dx_json_value(out, s->reform->document);
    dx_json_object(w.out, "all");
    put_people(&w, &s->people);
    dx_json_close(out, '}');
    put_budget(&w, appropriation);
    put_items(&w);
    put_duties(&w);
    put_groupings(&w);
    put_brinks(&w);
    put_opened(&w);
}
