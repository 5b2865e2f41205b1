/* See simulate.h. Each thread takes blocks of rows and counts for itself; what they counted is
 * added up at the end, so that the result does not depend on who took which block. Items that the
 * change does not reach are surveyed once. */
#include "batch/simulate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "batch/survey.h"

enum { THREADS_MOST = 64 };
#define WORKER_BYTES ((size_t)2 << 30)

/* --- what is surveyed
 * ---------------------------------------------------------------------------------- */

/* Some items of the pack before and after the change. */
typedef struct section {
    uint32_t *items; /* numbers in the pack */
    uint32_t n;
    dx_survey *survey[2]; /* NULL where it is not needed */
} section;

/* A fact whose brinks are looked for. */
typedef struct ledge {
    uint32_t fact;
    bool by_one; /* the step is one; else a hundredth */
    section of;
} ledge;

typedef enum figure_kind {
    FIG_NONE,
    FIG_PEOPLE, /* of all, or of a group */
    FIG_ITEM,
    FIG_BRINK
} figure_kind;

/* The figure that is opened. */
typedef struct figure {
    figure_kind kind;
    uint32_t what;   /* which of the words of its kind */
    uint32_t number; /* item, grouping, or ledge */
    dx_str value;    /* of a group */
    bool grouped;
} figure;

typedef struct plan {
    const dx_simulation_order *order;
    dx_arena *arena;
    const dx_pack *packs[2];
    dx_options options[2];
    dx_survey *whole; /* before, all items */
    section reached;  /* after, the items that the change reaches */
    ledge *ledges;
    uint32_t n_ledges;
    uint32_t by[DX_GROUPINGS_MOST];
    figure open;
} plan;

/* --- a thread
 * ------------------------------------------------------------------------------------------ */

typedef struct section_run {
    dx_survey_run *run[2];
} section_run;

/* What an item came to in the rows of a block. */
typedef struct column {
    const uint8_t *status, *paid;
    const int64_t *fen;
} column;

typedef struct worker {
    const plan *p;
    pthread_t thread;
    dx_arena kept, block, rows, tried;
    dx_err why;
    uint32_t why_by; /* grouping that has too many groups */
    void *reader;
    dx_vector *fields;
    dx_survey_run *whole;
    section_run reached;
    section_run *ledges;
    dx_slot trial;  /* the column of a fact with a little less or more */
    column *now[2]; /* by item of the pack */
    int64_t **made; /* by item and side: fen that a survey could not give as such */
    int64_t sum[2][DX_ROWS];
    uint8_t open[DX_ROWS];
    uint8_t class_of[DX_ROWS];
    uint16_t group_of[DX_GROUPINGS_MOST][DX_ROWS];
    uint8_t hit[DX_ROWS];
    uint32_t n;
    uint64_t first;
    /* what it counted */
    dx_people people;
    dx_item_change *items;
    dx_grouping groupings[DX_GROUPINGS_MOST];
    dx_map group_map[DX_GROUPINGS_MOST];
    dx_brink *brinks;
    uint64_t n_behind;
    DX_VEC(dx_opened) opened;
} worker;

enum { WINNER, LOSER, UNCHANGED, UNDETERMINED };

/* --- amounts
 * --------------------------------------------------------------------------------------------- */

/* The amounts of an item row by row, where the survey has no column of whole fen. */
static void make_fen(worker *w, dx_survey_run *run, uint32_t item, int64_t *fen) {
    const dx_item_rows *rows = &run->items[item];
    for (uint32_t i = 0; i < w->n; i++) {
        fen[i] = 0;
        if (!rows->paid[i])
            continue;
        dx_num amount = dx_survey_verdict(run, item, i).amount;
        if (!dx_num_to_scaled(amount, 2, &fen[i]) || fen[i] > INT64_C(1) << 53 ||
            fen[i] < -(INT64_C(1) << 53))
            dx_trap_raise(&w->kept, DX_E_SIMULATE_FEN);
    }
}

static column column_of(worker *w, dx_survey_run *run, uint32_t item, int64_t **room) {
    const dx_item_rows *rows = &run->items[item];
    if (!rows->wide)
        return (column){rows->status, rows->paid, rows->fen};
    if (!*room)
        *room = dx_alloc(&w->kept, DX_ROWS * sizeof **room);
    make_fen(w, run, item, *room);
    return (column){rows->status, rows->paid, *room};
}

/* Surveys the block before and after the change. */
static void survey_block(worker *w) {
    const plan *p = w->p;
    uint32_t n_items = p->packs[DX_BEFORE]->n_items;
    dx_survey_block(w->whole, w->fields, w->n);
    for (uint32_t i = 0; i < n_items; i++)
        w->now[DX_BEFORE][i] = w->now[DX_AFTER][i] = column_of(w, w->whole, i, &w->made[i]);
    if (p->reached.n == 0)
        return;
    dx_survey_block(w->reached.run[DX_AFTER], w->fields, w->n);
    for (uint32_t i = 0; i < p->reached.n; i++)
        w->now[DX_AFTER][p->reached.items[i]] =
            column_of(w, w->reached.run[DX_AFTER], i, &w->made[n_items + p->reached.items[i]]);
}

/* --- counting
 * -------------------------------------------------------------------------------------------- */

static void add_sums(worker *w) {
    const dx_pack *pack = w->p->packs[DX_BEFORE];
    memset(w->sum, 0, sizeof w->sum);
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const int64_t *before = w->now[DX_BEFORE][i].fen, *after = w->now[DX_AFTER][i].fen;
        if (!pack->items[i].counts_in_total)
            continue;
        for (uint32_t k = 0; k < w->n; k++) {
            w->sum[DX_BEFORE][k] += before[k];
            w->sum[DX_AFTER][k] += after[k];
        }
    }
}

/* What becomes of an item that the change reaches. */
static void compare_item(worker *w, uint32_t item) {
    const column *before = &w->now[DX_BEFORE][item], *after = &w->now[DX_AFTER][item];
    dx_item_change *change = &w->items[item];
    for (uint32_t k = 0; k < w->n; k++) {
        uint8_t a = before->status[k], b = after->status[k];
        bool open = a == DX_UNDETERMINED || b == DX_UNDETERMINED;
        w->open[k] |= open;
        change->open += open;
        change->gained += !open && a != DX_ELIGIBLE && b == DX_ELIGIBLE;
        change->lost += !open && a == DX_ELIGIBLE && b != DX_ELIGIBLE;
        bool both = a == DX_ELIGIBLE && b == DX_ELIGIBLE;
        change->more += both && after->fen[k] > before->fen[k];
        change->less += both && after->fen[k] < before->fen[k];
    }
}

static void count_item(worker *w, uint32_t item, uint32_t side) {
    const column *c = &w->now[side][item];
    dx_item_change *change = &w->items[item];
    uint32_t eligible = 0, undetermined = 0, paid = 0;
    int64_t sum = 0; /* of a thousand amounts below 2^53 */
    for (uint32_t k = 0; k < w->n; k++) {
        eligible += c->status[k] == DX_ELIGIBLE;
        undetermined += c->status[k] == DX_UNDETERMINED;
        paid += c->paid[k];
        sum += c->fen[k];
    }
    change->eligible[side] += eligible;
    change->undetermined[side] += undetermined;
    change->paid[side] += paid;
    change->sum[side] += sum;
}

static void count_person(dx_people *people, uint8_t class, int64_t before, int64_t after) {
    people->n++;
    people->winners += class == WINNER;
    people->losers += class == LOSER;
    people->unchanged += class == UNCHANGED;
    people->undetermined += class == UNDETERMINED;
    people->sum[DX_BEFORE] += before;
    people->sum[DX_AFTER] += after;
    people->gains += class == WINNER ? after - before : 0;
    people->losses += class == LOSER ? before - after : 0;
}

static void count_people(worker *w) {
    for (uint32_t k = 0; k < w->n; k++) {
        int64_t before = w->sum[DX_BEFORE][k], after = w->sum[DX_AFTER][k];
        w->class_of[k] = w->open[k]       ? UNDETERMINED
                         : after > before ? WINNER
                         : after < before ? LOSER
                                          : UNCHANGED;
        count_person(&w->people, w->class_of[k], before, after);
    }
}

/* --- groups
 * ---------------------------------------------------------------------------------------------- */

static uint16_t group_number(worker *w, uint32_t by, dx_val value) {
    uint8_t state = value.tag == DX_NULL      ? DX_STATE_NULL
                    : value.tag == DX_UNKNOWN ? DX_STATE_UNKNOWN
                                              : DX_STATE_KNOWN;
    dx_buf key = {.arena = &w->rows};
    dx_buf_char(&key, (char)('0' + state));
    if (state == DX_STATE_KNOWN)
        dx_val_print(&key, value, false);
    uint32_t number = dx_map_get(&w->group_map[by], dx_buf_str(&key));
    if (number != DX_MAP_NONE)
        return (uint16_t)number;
    dx_grouping *grouping = &w->groupings[by];
    number = grouping->groups.n;
    if (number == DX_GROUPS_MOST) {
        w->why_by = by;
        dx_trap_raise(&w->kept, DX_E_SIMULATE_GROUPS);
    }
    dx_str kept = dx_str_copy(&w->kept, dx_buf_str(&key));
    dx_group group = {.value = {kept.p + 1, kept.n - 1}, .state = state};
    dx_vec_push(&w->kept, &grouping->groups, group);
    dx_map_put(&w->kept, &w->group_map[by], kept, number);
    return (uint16_t)number;
}

/* Few values repeat: a code or a truth value is looked up once a block. */
static void group_rows(worker *w, uint32_t by) {
    const dx_pack *pack = w->p->packs[DX_BEFORE];
    uint32_t fact = w->p->by[by];
    const dx_vector *v = &w->fields[fact];
    const dx_vector *there = &w->fields[pack->n_facts + pack->facts[fact].input];
    uint16_t known[DX_DICT_MOST];
    bool small = v->form == DX_FORM_CODES || v->form == DX_FORM_BOOLS;
    memset(known, 0xff, sizeof known);
    for (uint32_t k = 0; k < w->n; k++) {
        bool exists = there->form == DX_FORM_ONE
                          ? !dx_val_is_false(there->one)
                          : !dx_val_is_false(dx_vector_at(there, k, &w->rows));
        uint32_t code = v->form == DX_FORM_CODES ? v->u.codes[k] : small ? v->u.bools[k] : 0;
        if (small && exists && known[code] != UINT16_MAX) {
            w->group_of[by][k] = known[code];
            continue;
        }
        w->group_of[by][k] =
            group_number(w, by, exists ? dx_vector_at(v, k, &w->rows) : DX_VAL_NULL);
        if (small && exists)
            known[code] = w->group_of[by][k];
    }
}

static void count_groups(worker *w, uint32_t by) {
    group_rows(w, by);
    for (uint32_t k = 0; k < w->n; k++)
        count_person(&w->groupings[by].groups.v[w->group_of[by][k]].people, w->class_of[k],
                     w->sum[DX_BEFORE][k], w->sum[DX_AFTER][k]);
}

/* --- brinks
 * ---------------------------------------------------------------------------------------------- */

/* The value with a little less (-1) or more (1); itself where it is no number to be changed. */
static dx_val nudged(worker *w, const ledge *l, dx_val value, int direction) {
    int64_t fen, step;
    if (value.tag != DX_NUM || !dx_num_to_scaled(value.u.num, 2, &fen) || fen < 0 ||
        fen > INT64_C(1) << 53)
        return value;
    step = l->by_one ? 100 : fen / 100;
    step = step > 0 ? step : 1;
    if (direction < 0 && fen < step)
        return value;
    fen += direction * step;
    return dx_val_num(l->by_one && fen % 100 == 0 ? dx_num_scaled(&w->tried, fen / 100, 0)
                                                  : dx_num_scaled(&w->tried, fen, 2));
}

/* What each enterprise would get from the items of the ledge: 1 in `less` etc. */
typedef struct outcome {
    bool cliff, enter, leave;
    int64_t gain;
} outcome;

static outcome outcome_of(const worker *w, const ledge *l, uint32_t side, uint32_t row,
                          const column *tried, int direction) {
    const dx_pack *pack = w->p->packs[DX_BEFORE];
    outcome o = {0};
    bool open = false;
    int64_t gain = 0;
    for (uint32_t i = 0; i < l->of.n; i++) {
        uint32_t item = l->of.items[i];
        uint8_t a = w->now[side][item].status[row], b = tried[i].status[row];
        bool unclear = a == DX_UNDETERMINED || b == DX_UNDETERMINED;
        open |= unclear;
        o.enter |= !unclear && a != DX_ELIGIBLE && b == DX_ELIGIBLE;
        o.leave |= !unclear && a == DX_ELIGIBLE && b != DX_ELIGIBLE;
        if (pack->items[item].counts_in_total)
            gain += tried[i].fen[row] - w->now[side][item].fen[row];
    }
    o.cliff = direction < 0 && !open && gain > 0;
    o.gain = o.cliff ? gain : 0;
    return o;
}

static void try_ledge(worker *w, uint32_t number, uint32_t side, int direction, outcome *ret) {
    const ledge *l = &w->p->ledges[number];
    dx_survey_run *run = w->ledges[number].run[side];
    dx_vector was = w->fields[l->fact];
    column *tried = dx_alloc(&w->tried, (l->of.n + 1) * sizeof *tried);
    for (uint32_t k = 0; k < w->n; k++)
        w->trial.values[k] = nudged(w, l, dx_vector_at(&was, k, &w->tried), direction);
    dx_vector_pack(&w->fields[l->fact], &w->trial, w->trial.values, w->n);
    dx_survey_block(run, w->fields, w->n);
    w->fields[l->fact] = was;
    for (uint32_t i = 0; i < l->of.n; i++) {
        int64_t *room = run->items[i].wide ? dx_alloc(&w->tried, DX_ROWS * sizeof *room) : NULL;
        tried[i] = column_of(w, run, i, &room);
    }
    for (uint32_t k = 0; k < w->n; k++) {
        outcome o = outcome_of(w, l, side, k, tried, direction);
        ret[k].cliff |= o.cliff;
        ret[k].enter |= o.enter;
        ret[k].leave |= o.leave;
        ret[k].gain += o.gain;
    }
}

enum { BRINK_CLIFF, BRINK_ENTER, BRINK_LEAVE };

static void count_ledge(worker *w, uint32_t number) {
    const figure *open = &w->p->open;
    for (uint32_t side = DX_BEFORE; side <= DX_AFTER; side++) {
        dx_arena_reset(&w->tried);
        outcome *outcomes = DX_NEW_ARRAY(&w->tried, outcome, DX_ROWS);
        try_ledge(w, number, side, -1, outcomes);
        try_ledge(w, number, side, 1, outcomes);
        dx_brink *brink = &w->brinks[number];
        for (uint32_t k = 0; k < w->n; k++) {
            brink->cliff[side] += outcomes[k].cliff;
            brink->gain[side] += outcomes[k].gain;
            brink->enter[side] += outcomes[k].enter;
            brink->leave[side] += outcomes[k].leave;
            if (side == DX_AFTER && open->kind == FIG_BRINK && open->number == number)
                w->hit[k] = open->what == BRINK_CLIFF   ? outcomes[k].cliff
                            : open->what == BRINK_ENTER ? outcomes[k].enter
                                                        : outcomes[k].leave;
        }
    }
}

/* --- the enterprises behind a figure
 * ---------------------------------------------------------------------- */

static const char *const people_words[] = {"winners", "losers", "unchanged", "undetermined",
                                           "enterprises"};
enum { PEOPLE_ALL = 4, PEOPLE_WORDS };
static const char *const item_words[] = {"new",          "lost", "more",  "less",
                                         "undetermined", "base", "reform"};
enum { ITEM_NEW, ITEM_LOST, ITEM_MORE, ITEM_LESS, ITEM_OPEN, ITEM_BASE, ITEM_REFORM, ITEM_WORDS };
static const char *const brink_words[] = {"cliff", "enter", "leave"};
enum { BRINK_WORDS = 3 };
#define FIGURES \
    "enterprises, winners, losers, unchanged, undetermined; " \
    "ITEM.new, .lost, .more, .less, .undetermined, .base, .reform; " \
    "FACT=VALUE, FACT=VALUE.winners, ...; FACT.cliff, .enter, .leave"

static bool is_in_item(const worker *w, uint32_t row) {
    const figure *f = &w->p->open;
    const column *before = &w->now[DX_BEFORE][f->number], *after = &w->now[DX_AFTER][f->number];
    bool a = before->status[row] == DX_ELIGIBLE, b = after->status[row] == DX_ELIGIBLE;
    bool open = before->status[row] == DX_UNDETERMINED || after->status[row] == DX_UNDETERMINED;
    switch (f->what) {
    case ITEM_NEW: return !open && !a && b;
    case ITEM_LOST: return !open && a && !b;
    case ITEM_MORE: return a && b && after->fen[row] > before->fen[row];
    case ITEM_LESS: return a && b && after->fen[row] < before->fen[row];
    case ITEM_OPEN: return open;
    case ITEM_BASE: return a;
    default: return b;
    }
}

static bool is_in_people(const worker *w, uint32_t row) {
    const figure *f = &w->p->open;
    if (f->grouped &&
        !dx_str_eq(w->groupings[f->number].groups.v[w->group_of[f->number][row]].value, f->value))
        return false;
    return f->what == PEOPLE_ALL || f->what == w->class_of[row];
}

static void open_figure(worker *w) {
    const figure *f = &w->p->open;
    const dx_simulation_order *order = w->p->order;
    for (uint32_t k = 0; f->kind != FIG_NONE && k < w->n; k++) {
        bool hit = f->kind == FIG_ITEM     ? is_in_item(w, k)
                   : f->kind == FIG_PEOPLE ? is_in_people(w, k)
                                           : w->hit[k];
        w->n_behind += hit;
        if (!hit || w->opened.n >= order->open_most)
            continue;
        dx_opened opened = {.row = w->first + k,
                            .key = dx_str_copy(&w->kept, order->rows->key(w->reader, &w->rows, k)),
                            .sum = {w->sum[DX_BEFORE][k], w->sum[DX_AFTER][k]}};
        dx_vec_push(&w->kept, &w->opened, opened);
    }
}

/* --- the work of a thread
 * --------------------------------------------------------------------------------- */

static void do_block(worker *w) {
    const plan *p = w->p;
    dx_arena_reset(&w->rows);
    survey_block(w);
    memset(w->open, 0, sizeof w->open);
    memset(w->hit, 0, sizeof w->hit);
    add_sums(w);
    for (uint32_t i = 0; i < p->reached.n; i++)
        compare_item(w, p->reached.items[i]);
    for (uint32_t i = 0; i < p->packs[DX_BEFORE]->n_items; i++) {
        count_item(w, i, DX_BEFORE);
        count_item(w, i, DX_AFTER);
    }
    count_people(w);
    for (uint32_t i = 0; i < p->order->n_by; i++)
        count_groups(w, i);
    for (uint32_t i = 0; i < p->n_ledges; i++)
        count_ledge(w, i);
    open_figure(w);
}

static void free_survey_run(void *run) {
    dx_survey_run_free(run);
}

static dx_survey_run *new_run(worker *w, const dx_survey *survey) {
    if (!survey)
        return NULL;
    dx_survey_run *run = dx_survey_run_new(survey, &w->block, &w->kept);
    dx_arena_on_done(&w->kept, free_survey_run, run);
    return run;
}

static void prepare(worker *w) {
    const plan *p = w->p;
    const dx_pack *pack = p->packs[DX_BEFORE];
    w->fields = DX_NEW_ARRAY(&w->kept, dx_vector, pack->n_facts + pack->n_inputs + 1);
    w->items = DX_NEW_ARRAY(&w->kept, dx_item_change, pack->n_items + 1);
    w->now[DX_BEFORE] = DX_NEW_ARRAY(&w->kept, column, pack->n_items + 1);
    w->now[DX_AFTER] = DX_NEW_ARRAY(&w->kept, column, pack->n_items + 1);
    w->made = DX_NEW_ARRAY(&w->kept, int64_t *, 2 * pack->n_items + 1);
    w->brinks = DX_NEW_ARRAY(&w->kept, dx_brink, p->n_ledges + 1);
    w->ledges = DX_NEW_ARRAY(&w->kept, section_run, p->n_ledges + 1);
    dx_slot_init(&w->trial, &w->kept);
    w->whole = new_run(w, p->whole);
    w->reached.run[DX_AFTER] = new_run(w, p->reached.survey[DX_AFTER]);
    for (uint32_t i = 0; i < p->n_ledges; i++)
        for (uint32_t side = DX_BEFORE; side <= DX_AFTER; side++)
            w->ledges[i].run[side] = new_run(w, p->ledges[i].of.survey[side]);
    w->reader = p->order->rows->open(p->order->rows->self, &w->kept);
}

static void take_blocks(worker *w) {
    dx_progress *progress = w->p->order->progress;
    prepare(w);
    while ((w->n = w->p->order->rows->next(w->reader, w->fields, &w->first)) > 0) {
        if (progress && atomic_load_explicit(&progress->stop, memory_order_relaxed))
            dx_trap_raise(&w->kept, DX_E_SIMULATE_STOPPED);
        do_block(w);
        if (progress)
            atomic_fetch_add_explicit(&progress->rows, w->n, memory_order_relaxed);
    }
}

static void *work(void *given) {
    worker *w = given;
    dx_trap trap;
    dx_trap_begin(&w->kept, &trap);
    w->block.trap = w->rows.trap = w->tried.trap = &trap;
    if (setjmp(trap.env) == 0)
        take_blocks(w);
    dx_trap_end(&w->kept, &trap);
    w->block.trap = w->rows.trap = w->tried.trap = NULL;
    w->why = trap.code;
    return NULL;
}

/* --- adding up
 * ------------------------------------------------------------------------------------------ */

static void add_people(dx_people *to, const dx_people *from) {
    to->n += from->n;
    to->winners += from->winners;
    to->losers += from->losers;
    to->unchanged += from->unchanged;
    to->undetermined += from->undetermined;
    to->gains += from->gains;
    to->losses += from->losses;
    for (int side = DX_BEFORE; side <= DX_AFTER; side++)
        to->sum[side] += from->sum[side];
}

static void add_item(dx_item_change *to, const dx_item_change *from) {
    for (int side = DX_BEFORE; side <= DX_AFTER; side++) {
        to->eligible[side] += from->eligible[side];
        to->undetermined[side] += from->undetermined[side];
        to->paid[side] += from->paid[side];
        to->sum[side] += from->sum[side];
    }
    to->gained += from->gained;
    to->lost += from->lost;
    to->more += from->more;
    to->less += from->less;
    to->open += from->open;
}

static int compare_groups(const dx_group *a, const dx_group *b) {
    return a->state != b->state ? (a->state < b->state ? -1 : 1) : dx_str_cmp(a->value, b->value);
}

/* Into the order of their values, which does not depend on who met which first. */
static void add_group(dx_arena *arena, dx_grouping *to, const dx_group *group) {
    uint32_t at = 0;
    while (at < to->groups.n && compare_groups(&to->groups.v[at], group) < 0)
        at++;
    if (at < to->groups.n && compare_groups(&to->groups.v[at], group) == 0) {
        add_people(&to->groups.v[at].people, &group->people);
        return;
    }
    dx_group copy = *group;
    copy.value = dx_str_copy(arena, group->value);
    dx_vec_push(arena, &to->groups, copy);
    for (uint32_t i = to->groups.n - 1; i > at; i--)
        to->groups.v[i] = to->groups.v[i - 1];
    to->groups.v[at] = copy;
}

static void add_brink(dx_brink *to, const dx_brink *from) {
    for (int side = DX_BEFORE; side <= DX_AFTER; side++) {
        to->cliff[side] += from->cliff[side];
        to->gain[side] += from->gain[side];
        to->enter[side] += from->enter[side];
        to->leave[side] += from->leave[side];
    }
}

static int by_row(const void *a, const void *b) {
    const dx_opened *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static void add_worker(const plan *p, const worker *w, dx_simulation *ret) {
    add_people(&ret->people, &w->people);
    for (uint32_t i = 0; i < ret->pack->n_items; i++)
        add_item(&ret->items[i], &w->items[i]);
    for (uint32_t i = 0; i < ret->n_groupings; i++)
        for (uint32_t k = 0; k < w->groupings[i].groups.n; k++)
            add_group(p->arena, &ret->groupings[i], &w->groupings[i].groups.v[k]);
    for (uint32_t i = 0; i < ret->n_brinks; i++)
        add_brink(&ret->brinks[i], &w->brinks[i]);
    ret->n_behind += w->n_behind;
    for (uint32_t i = 0; i < w->opened.n; i++) {
        dx_opened opened = w->opened.v[i];
        opened.key = dx_str_copy(p->arena, opened.key);
        dx_vec_push(p->arena, &ret->opened, opened);
    }
}

static void add_up(const plan *p, const worker *workers, uint32_t n, dx_simulation *ret) {
    ret->items = DX_NEW_ARRAY(p->arena, dx_item_change, ret->pack->n_items + 1);
    ret->n_groupings = p->order->n_by;
    ret->groupings = DX_NEW_ARRAY(p->arena, dx_grouping, ret->n_groupings + 1);
    ret->n_brinks = p->n_ledges;
    ret->brinks = DX_NEW_ARRAY(p->arena, dx_brink, ret->n_brinks + 1);
    for (uint32_t i = 0; i < ret->n_groupings; i++)
        ret->groupings[i].fact = p->by[i];
    for (uint32_t i = 0; i < ret->n_brinks; i++)
        ret->brinks[i].fact = p->ledges[i].fact;
    for (uint32_t i = 0; i < n; i++)
        add_worker(p, &workers[i], ret);
    if (ret->opened.n > 1)
        qsort(ret->opened.v, ret->opened.n, sizeof *ret->opened.v, by_row);
    if (ret->opened.n > p->order->open_most)
        ret->opened.n = p->order->open_most;
}

/* --- what is to be done
 * ------------------------------------------------------------------------------------ */

/* The pack with some of its items alone. */
static const dx_pack *part_of(dx_arena *arena, const dx_pack *pack, const section *s) {
    dx_pack *part = DX_NEW(arena, dx_pack);
    *part = *pack;
    part->items = DX_NEW_ARRAY(arena, dx_item, s->n + 1);
    part->n_items = s->n;
    for (uint32_t i = 0; i < s->n; i++)
        part->items[i] = pack->items[s->items[i]];
    return part;
}

static void add_survey(plan *p, section *s, uint32_t side) {
    if (s->n > 0)
        s->survey[side] =
            dx_survey_new(p->arena, part_of(p->arena, p->packs[side], s), &p->options[side]);
}

static bool has(const uint32_t *facts, uint32_t n, uint32_t fact) {
    for (uint32_t i = 0; i < n; i++)
        if (facts[i] == fact)
            return true;
    return false;
}

/* Before or after the change. */
static bool reads(const plan *p, uint32_t item, uint32_t fact) {
    for (uint32_t side = DX_BEFORE; side <= DX_AFTER; side++) {
        const dx_item *of = &p->packs[side]->items[item];
        if (has(of->amount_facts, of->n_amount_facts, fact))
            return true;
        for (uint32_t i = 0; i < of->n_conditions; i++)
            if (has(of->conditions[i].facts, of->conditions[i].n_facts, fact))
                return true;
    }
    return false;
}

/* Only what is measured in a unit can be a little less or more. */
static bool is_measured(const dx_pack *pack, const dx_fact *fact, bool *ret_by_one) {
    const dx_type *type = fact->type;
    const dx_json *about = dx_json_get(pack->types, type->base ? type->base->name : type->name);
    const dx_json *unit = dx_json_get(about, DX_STR("unit"));
    const dx_json *name = dx_json_get(unit, DX_STR("en"));
    *ret_by_one = !name || !dx_str_is(name->text, "yuan");
    return type->kind == DX_T_NUM && unit;
}

static void add_ledge(plan *p, uint32_t fact) {
    const dx_pack *pack = p->packs[DX_BEFORE];
    ledge *l = &p->ledges[p->n_ledges];
    bool reached = false;
    *l = (ledge){.fact = fact};
    if (!is_measured(pack, &pack->facts[fact], &l->by_one))
        return;
    l->of.items = DX_NEW_ARRAY(p->arena, uint32_t, pack->n_items + 1);
    for (uint32_t i = 0; i < pack->n_items; i++)
        if (reads(p, i, fact)) {
            l->of.items[l->of.n++] = i;
            reached |= p->order->reform->touches[i];
        }
    if (!reached)
        return;
    add_survey(p, &l->of, DX_BEFORE);
    add_survey(p, &l->of, DX_AFTER);
    p->n_ledges++;
}

static void make_surveys(plan *p) {
    const dx_pack *pack = p->packs[DX_BEFORE];
    p->whole = dx_survey_new(p->arena, pack, &p->options[DX_BEFORE]);
    p->reached.items = DX_NEW_ARRAY(p->arena, uint32_t, pack->n_items + 1);
    for (uint32_t i = 0; i < pack->n_items; i++)
        if (p->order->reform->touches[i])
            p->reached.items[p->reached.n++] = i;
    add_survey(p, &p->reached, DX_AFTER);
    p->ledges = DX_NEW_ARRAY(p->arena, ledge, pack->n_facts + 1);
    for (uint32_t i = 0; i < pack->n_facts; i++)
        add_ledge(p, i);
}

static uint32_t find_fact(const dx_pack *pack, dx_str path) {
    for (uint32_t i = 0; i < pack->n_facts; i++)
        if (dx_str_eq(pack->facts[i].path, path))
            return i;
    return DX_NONE;
}

static bool refuse(dx_diags *diags, dx_err code, dx_str a, dx_str b) {
    dx_diag_add(diags, code, (dx_place){0}, a, b, (dx_str){0});
    return false;
}

static bool find_groupings(plan *p, dx_diags *diags) {
    const dx_pack *pack = p->packs[DX_BEFORE];
    for (uint32_t i = 0; i < p->order->n_by; i++) {
        uint32_t fact = find_fact(pack, p->order->by[i]);
        dx_type_kind kind = fact == DX_NONE ? DX_T_ANY : pack->facts[fact].type->kind;
        bool fits = kind == DX_T_STRING || kind == DX_T_BOOL || kind == DX_T_NUM;
        if (!fits || i == DX_GROUPINGS_MOST)
            return refuse(diags, DX_E_SIMULATE_BY, p->order->by[i], (dx_str){0});
        p->by[i] = fact;
    }
    return true;
}

static bool word_in(const char *const *words, uint32_t n, dx_str word, uint32_t *ret) {
    for (uint32_t i = 0; i < n; i++)
        if (dx_str_is(word, words[i])) {
            *ret = i;
            return true;
        }
    return false;
}

/* FACT=VALUE of one of the groupings. */
static bool find_group(plan *p, dx_str name) {
    for (uint32_t i = 0; i < p->order->n_by; i++) {
        dx_str path = p->order->by[i];
        if (!dx_str_starts(name, path) || name.n <= path.n || name.p[path.n] != '=')
            continue;
        p->open.kind = FIG_PEOPLE;
        p->open.grouped = true;
        p->open.number = i;
        p->open.value = (dx_str){name.p + path.n + 1, name.n - path.n - 1};
        return true;
    }
    return false;
}

static bool find_part(plan *p, dx_str name, dx_str word) {
    const dx_pack *pack = p->packs[DX_BEFORE];
    if (word_in(people_words, PEOPLE_WORDS, word, &p->open.what) && find_group(p, name))
        return true;
    if (word_in(item_words, ITEM_WORDS, word, &p->open.what))
        for (uint32_t i = 0; i < pack->n_items; i++)
            if (dx_str_eq(pack->items[i].id, name)) {
                p->open.kind = FIG_ITEM;
                p->open.number = i;
                return true;
            }
    if (word_in(brink_words, BRINK_WORDS, word, &p->open.what))
        for (uint32_t i = 0; i < p->n_ledges; i++)
            if (dx_str_eq(pack->facts[p->ledges[i].fact].path, name)) {
                p->open.kind = FIG_BRINK;
                p->open.number = i;
                return true;
            }
    return false;
}

static bool find_figure(plan *p, dx_diags *diags) {
    dx_str name = p->order->figure;
    size_t dot = name.n;
    if (name.n == 0)
        return true;
    if (word_in(people_words, PEOPLE_WORDS, name, &p->open.what)) {
        p->open.kind = FIG_PEOPLE;
        return true;
    }
    while (dot > 0 && name.p[dot - 1] != '.')
        dot--;
    if (dot > 0 && find_part(p, (dx_str){name.p, dot - 1}, (dx_str){name.p + dot, name.n - dot}))
        return true;
    p->open.what = PEOPLE_ALL;
    if (find_group(p, name))
        return true;
    return refuse(diags, DX_E_SIMULATE_FIGURE, name, DX_STR(FIGURES));
}

/* --- the whole
 * -------------------------------------------------------------------------------------------- */

static void start(worker *w, const plan *p) {
    w->p = p;
    dx_arena_init(&w->kept, WORKER_BYTES);
    dx_arena_init(&w->block, WORKER_BYTES);
    dx_arena_init(&w->rows, WORKER_BYTES);
    dx_arena_init(&w->tried, WORKER_BYTES);
}

static void finish(worker *w) {
    dx_arena_done(&w->kept);
    dx_arena_done(&w->tried);
    dx_arena_done(&w->rows);
    dx_arena_done(&w->block);
}

/* The calling thread works too; when no more threads can be had, fewer do it. */
static void run_all(worker *workers, uint32_t n) {
    uint32_t begun = 1;
    while (begun < n && pthread_create(&workers[begun].thread, NULL, work, &workers[begun]) == 0)
        begun++;
    (void)work(&workers[0]);
    for (uint32_t i = 1; i < begun; i++)
        (void)pthread_join(workers[i].thread, NULL);
}

static bool report_faults(const plan *p, const worker *workers, uint32_t n, dx_diags *diags) {
    for (uint32_t i = 0; i < n; i++) {
        const worker *w = &workers[i];
        if (w->why == DX_OK)
            continue;
        dx_str by = w->why == DX_E_SIMULATE_GROUPS ? p->order->by[w->why_by] : (dx_str){0};
        return refuse(diags, w->why, by, dx_str_fmt(p->arena, "%d", DX_GROUPS_MOST));
    }
    return true;
}

static void finish_all(void *given) {
    for (worker *w = given; w->p; w++)
        finish(w);
}

bool dx_simulate(dx_arena *arena, const dx_simulation_order *order, dx_simulation *ret,
                 dx_diags *diags) {
    plan *p = DX_NEW(arena, plan);
    uint32_t n = order->threads < 1              ? 1
                 : order->threads > THREADS_MOST ? THREADS_MOST
                                                 : order->threads;
    *p = (plan){.order = order,
                .arena = arena,
                .packs = {order->pack, order->reform->pack},
                .options = {*order->options, order->reform->options}};
    *ret = (dx_simulation){.pack = order->pack,
                           .options = *order->options,
                           .reform = order->reform,
                           .figure = order->figure};
    if (!find_groupings(p, diags))
        return false;
    make_surveys(p);
    if (!find_figure(p, diags))
        return false;
    worker *workers = DX_NEW_ARRAY(arena, worker, n + 1);
    for (uint32_t i = 0; i < n; i++)
        start(&workers[i], p);
    dx_arena_on_done(arena, finish_all, workers);
    run_all(workers, n);
    if (!report_faults(p, workers, n, diags))
        return false;
    add_up(p, workers, n, ret);
    return true;
}
