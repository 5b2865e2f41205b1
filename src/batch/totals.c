/* See totals.h. */
#include "batch/totals.h"

/* --- tallies ---------------------------------------------------------------------------------- */

static void add_rest(dx_arena *arena, dx_tally *tally, dx_num amount) {
    dx_num sum;
    if (!dx_num_add(arena, tally->rest, amount, &sum))
        dx_trap_raise(arena, DX_E_POLICY_TOTAL);
    tally->rest = dx_num_copy(arena, sum);
}

static void add_fen(dx_arena *arena, dx_tally *tally, int64_t fen) {
    if (__builtin_add_overflow(tally->fen, fen, &tally->fen)) {
        tally->fen = (int64_t)((uint64_t)tally->fen - (uint64_t)fen);
        add_rest(arena, tally, dx_num_scaled(arena, fen, 2));
    }
}

static void add_tally(dx_arena *arena, dx_tally *to, const dx_tally *from) {
    for (uint32_t s = 0; s <= DX_NOT_IN_FORCE; s++)
        to->status[s] += from->status[s];
    to->paid += from->paid;
    add_fen(arena, to, from->fen);
    if (dx_num_sign(from->rest) != 0)
        add_rest(arena, to, from->rest);
}

dx_num dx_tally_amount(dx_arena *arena, const dx_tally *tally) {
    dx_num sum;
    if (!dx_num_add(arena, dx_num_scaled(arena, tally->fen, 2), tally->rest, &sum))
        dx_trap_raise(arena, DX_E_POLICY_TOTAL);
    return sum;
}

/* --- making totals ---------------------------------------------------------------------------- */

static dx_tally *new_tallies(dx_arena *arena, const dx_survey *survey) {
    uint32_t n = survey->pack->n_items + 1;
    dx_tally *tallies = DX_NEW_ARRAY(arena, dx_tally, n);
    for (uint32_t i = 0; i < n; i++)
        tallies[i].rest = dx_num_int(0);
    return tallies;
}

static bool read_grouping(dx_grouping *g, dx_arena *arena, dx_layout *layout, dx_str names,
                          dx_diags *diags) {
    g->name = names;
    g->fields = DX_NEW_ARRAY(arena, uint32_t, names.n + 1);
    while (names.n > 0) {
        const char *comma = memchr(names.p, ',', names.n);
        dx_str name = {names.p, comma ? (size_t)(comma - names.p) : names.n};
        uint32_t field = dx_layout_field(layout, dx_str_trim(name));
        names = (dx_str){name.p + name.n + (comma != NULL), names.n - name.n - (comma != NULL)};
        if (field == DX_NONE) {
            dx_diag_add(diags, DX_E_BATCH_BY, (dx_place){0}, name, (dx_str){0}, (dx_str){0});
            return false;
        }
        g->fields[g->n_fields++] = field;
    }
    return true;
}

dx_totals *dx_totals_new(dx_arena *arena, dx_layout *layout, const dx_str *by, uint32_t n_by,
                         dx_diags *diags) {
    dx_totals *totals = DX_NEW(arena, dx_totals);
    totals->arena = arena;
    totals->survey = layout->survey;
    totals->all = new_tallies(arena, layout->survey);
    totals->groupings = DX_NEW_ARRAY(arena, dx_grouping, n_by + 1);
    totals->n_groupings = n_by;
    for (uint32_t i = 0; i < n_by; i++)
        if (!read_grouping(&totals->groupings[i], arena, layout, by[i], diags))
            return NULL;
    return totals;
}

dx_totals *dx_totals_alike(dx_arena *arena, const dx_totals *totals) {
    dx_totals *made = DX_NEW(arena, dx_totals);
    made->arena = arena;
    made->survey = totals->survey;
    made->all = new_tallies(arena, totals->survey);
    made->groupings = DX_NEW_ARRAY(arena, dx_grouping, totals->n_groupings + 1);
    made->n_groupings = totals->n_groupings;
    for (uint32_t i = 0; i < totals->n_groupings; i++)
        made->groupings[i] = (dx_grouping){.name = totals->groupings[i].name,
                                           .fields = totals->groupings[i].fields,
                                           .n_fields = totals->groupings[i].n_fields};
    return made;
}

/* --- groups ----------------------------------------------------------------------------------- */

static uint32_t group_named(dx_totals *totals, dx_grouping *g, dx_str key, dx_str name) {
    uint32_t group = dx_map_get(&g->map, key);
    if (group != DX_MAP_NONE)
        return group;
    if (g->names.n > DX_GROUPS_MAX)
        return DX_GROUPS_MAX;
    group = g->names.n;
    bool rest = group == DX_GROUPS_MAX;
    if (!rest)
        dx_map_put(totals->arena, &g->map, dx_str_copy(totals->arena, key), group);
    dx_vec_push(totals->arena, &g->names, rest ? DX_STR("*") : dx_str_copy(totals->arena, name));
    dx_vec_push(totals->arena, &g->tallies, new_tallies(totals->arena, totals->survey));
    return group;
}

static void put_value(dx_buf *out, dx_val v) {
    if (v.tag == DX_UNKNOWN)
        return;
    if (v.tag == DX_NULL)
        dx_buf_addz(out, "null");
    else
        dx_val_print(out, v, false);
}

static uint32_t group_by_values(dx_totals *totals, dx_grouping *g, const dx_vector *vectors,
                                uint32_t row, dx_arena *work) {
    dx_buf key = {.arena = work}, name = {.arena = work};
    for (uint32_t i = 0; i < g->n_fields; i++) {
        dx_val v = dx_vector_at(&vectors[g->fields[i]], row, work);
        dx_buf_addz(&key, i ? "\x1f" : "");
        dx_buf_addz(&name, i ? " / " : "");
        put_value(&key, v);
        put_value(&name, v);
    }
    return group_named(totals, g, dx_buf_str(&key), dx_buf_str(&name));
}

static uint32_t group_of(dx_totals *totals, dx_grouping *g, const dx_vector *vectors, uint32_t row,
                         dx_arena *work) {
    const dx_vector *v = &vectors[g->fields[0]];
    if (g->n_fields != 1 || v->form != DX_FORM_CODES)
        return group_by_values(totals, g, vectors, row, work);
    if (g->dict != v->dict) {
        memset(g->of_code, 0, sizeof g->of_code);
        g->dict = v->dict;
    }
    uint16_t *known = &g->of_code[v->u.codes[row]];
    if (*known == 0)
        *known = (uint16_t)(group_by_values(totals, g, vectors, row, work) + 1);
    return *known - 1u;
}

/* --- adding ----------------------------------------------------------------------------------- */

/* What one enterprise is as a whole: its best verdict. */
static uint8_t best_of(const dx_survey_run *run, uint32_t row) {
    bool open = false, in_force = false;
    for (uint32_t i = 0; i < run->survey->pack->n_items; i++) {
        uint8_t status = run->items[i].status[row];
        if (status == DX_ELIGIBLE)
            return DX_ELIGIBLE;
        open |= status == DX_UNDETERMINED;
        in_force |= status != DX_NOT_IN_FORCE;
    }
    return open ? DX_UNDETERMINED : in_force ? DX_INELIGIBLE : DX_NOT_IN_FORCE;
}

static void add_row(dx_totals *totals, dx_tally *tallies, dx_survey_run *run, uint32_t row,
                    uint8_t best) {
    const dx_pack *pack = run->survey->pack;
    dx_arena *arena = totals->arena;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item_rows *rows = &run->items[i];
        dx_tally *tally = &tallies[i];
        tally->status[rows->status[row]]++;
        if (!rows->paid[row])
            continue;
        tally->paid++;
        if (rows->wide)
            add_rest(arena, tally, dx_vector_at(rows->amount, row, run->run->arena).u.num);
        else
            add_fen(arena, tally, rows->fen[row]);
    }
    dx_tally *whole = &tallies[pack->n_items];
    dx_num total = run->wide ? dx_survey_total(run, row) : dx_num_int(0);
    whole->status[best]++;
    whole->paid += run->wide ? dx_num_sign(total) > 0 : run->total[row] > 0;
    if (run->wide)
        add_rest(arena, whole, total);
    else
        add_fen(arena, whole, run->total[row]);
}

/* A block of which no row has a fault, and every amount is whole fen. */
static void add_sums(dx_totals *totals, const dx_survey_run *run, uint32_t n) {
    const dx_pack *pack = run->survey->pack;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_item_rows *rows = &run->items[i];
        dx_tally *tally = &totals->all[i];
        uint32_t out = run->survey->in_force ? 0 : n;
        tally->status[DX_ELIGIBLE] += rows->n_eligible;
        tally->status[DX_UNDETERMINED] += rows->n_undetermined;
        tally->status[DX_NOT_IN_FORCE] += out;
        tally->status[DX_INELIGIBLE] += n - out - rows->n_eligible - rows->n_undetermined;
        tally->paid += rows->n_paid;
        add_fen(totals->arena, tally, rows->sum);
    }
}

void dx_totals_add(dx_totals *totals, dx_survey_run *run, const dx_intake *intake) {
    uint32_t n = intake->records->n, bad = 0;
    uint8_t best[DX_ROWS];
    bool wide = run->wide;
    const dx_vector *vectors = intake->columns->vectors;
    for (uint32_t i = 0; i < n; i++)
        bad += intake->records->rows[i].fault != NULL;
    for (uint32_t i = 0; i < run->survey->pack->n_items; i++)
        wide |= run->items[i].wide;
    for (uint32_t i = 0; i < n; i++)
        best[i] = best_of(run, i);
    totals->faults += bad;
    bool plain = bad == 0 && !wide;
    dx_tally *whole = &totals->all[run->survey->pack->n_items];
    if (plain)
        add_sums(totals, run, n);
    for (uint32_t row = 0; row < n; row++) {
        if (intake->records->rows[row].fault)
            continue;
        if (plain) {
            whole->status[best[row]]++;
            whole->paid += run->total[row] > 0;
            add_fen(totals->arena, whole, run->total[row]);
        } else {
            add_row(totals, totals->all, run, row, best[row]);
        }
        for (uint32_t i = 0; i < totals->n_groupings; i++) {
            dx_grouping *g = &totals->groupings[i];
            uint32_t group = group_of(totals, g, vectors, row, intake->columns->arena);
            add_row(totals, g->tallies.v[group], run, row, best[row]);
        }
    }
}

void dx_totals_merge(dx_totals *totals, const dx_totals *other) {
    uint32_t n = totals->survey->pack->n_items + 1;
    totals->faults += other->faults;
    for (uint32_t i = 0; i < n; i++)
        add_tally(totals->arena, &totals->all[i], &other->all[i]);
    for (uint32_t i = 0; i < totals->n_groupings; i++) {
        dx_grouping *g = &totals->groupings[i];
        const dx_grouping *from = &other->groupings[i];
        for (uint32_t k = 0; k < from->map.cap; k++) {
            if (!from->map.keys[k].p)
                continue;
            uint32_t own = from->map.values[k];
            uint32_t group = group_named(totals, g, from->map.keys[k], from->names.v[own]);
            for (uint32_t item = 0; item < n; item++)
                add_tally(totals->arena, &g->tallies.v[group][item], &from->tallies.v[own][item]);
        }
        if (from->names.n <= DX_GROUPS_MAX)
            continue;
        uint32_t rest = group_named(totals, g, DX_STR("\x1f*"), DX_STR("*"));
        for (uint32_t item = 0; item < n; item++)
            add_tally(totals->arena, &g->tallies.v[rest][item],
                      &from->tallies.v[DX_GROUPS_MAX][item]);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_line(dx_buf *out, dx_arena *arena, dx_str by, dx_str group, dx_str item,
                     const dx_tally *tally) {
    static const uint8_t order[] = {DX_ELIGIBLE, DX_INELIGIBLE, DX_UNDETERMINED, DX_NOT_IN_FORCE};
    uint64_t all = 0;
    for (uint32_t i = 0; i < 4; i++)
        all += tally->status[i];
    dx_csv_put(out, by);
    dx_buf_char(out, ',');
    dx_csv_put(out, group);
    dx_buf_char(out, ',');
    dx_csv_put(out, item);
    dx_buf_fmt(out, ",%llu", (unsigned long long)all);
    for (uint32_t i = 0; i < 4; i++)
        dx_buf_fmt(out, ",%llu", (unsigned long long)tally->status[order[i]]);
    dx_buf_fmt(out, ",%llu,", (unsigned long long)tally->paid);
    dx_num_print_fixed(out, dx_tally_amount(arena, tally), 2);
    dx_buf_char(out, '\n');
}

static void put_tallies(const dx_totals *totals, dx_str by, dx_str group, const dx_tally *tallies,
                        dx_buf *out) {
    const dx_pack *pack = totals->survey->pack;
    put_line(out, totals->arena, by, group, DX_STR(""), &tallies[pack->n_items]);
    for (uint32_t i = 0; i < pack->n_items; i++)
        put_line(out, totals->arena, by, group, pack->items[i].id, &tallies[i]);
}

static void put_departments(const dx_totals *totals, dx_lang lang, dx_buf *out) {
    const dx_pack *pack = totals->survey->pack;
    for (uint32_t d = 0; d < pack->n_departments; d++) {
        dx_tally sum = {.rest = dx_num_int(0)};
        for (uint32_t i = 0; i < pack->n_items; i++)
            for (uint32_t k = 0; k < pack->items[i].n_departments; k++)
                if (pack->items[i].departments[k] == d)
                    add_tally(totals->arena, &sum, &totals->all[i]);
        put_line(out, totals->arena, DX_STR("department"),
                 dx_label_in(&pack->departments[d].name, lang), DX_STR(""), &sum);
    }
}

/* Groups in the order of their names. */
static void put_grouping(const dx_totals *totals, const dx_grouping *g, dx_buf *out) {
    uint32_t n = g->names.n, *order = DX_NEW_ARRAY(totals->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && dx_str_cmp(g->names.v[order[at - 1]], g->names.v[i]) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (uint32_t i = 0; i < n; i++)
        put_tallies(totals, g->name, g->names.v[order[i]], g->tallies.v[order[i]], out);
}

void dx_totals_csv(const dx_totals *totals, dx_lang lang, dx_buf *out) {
    dx_buf_addz(out, "by,group,item,verdicts,eligible,ineligible,undetermined,not_in_force,paid,"
                     "amount\n");
    put_tallies(totals, DX_STR(""), DX_STR(""), totals->all, out);
    put_departments(totals, lang, out);
    for (uint32_t i = 0; i < totals->n_groupings; i++)
        put_grouping(totals, &totals->groupings[i], out);
}
