/* See population.h. Shares are held in hundred-millionths, percentages with six decimals. */
#include "batch/population.h"

#include <stdatomic.h>

#include "policy/pack_load.h"

#define WHOLE INT64_C(100000000)
enum { POINTS_MOST = 32, CHOICES_MOST = 64, SCALE_MOST = 2 };

typedef __int128 wide;

typedef struct point {
    int64_t at, value; /* share of enterprises below it; in units of 10^-scale */
    int64_t slope;     /* to the next point, times 2^20 */
} point;

/* How a fact is spread within one class. */
typedef struct spread {
    int64_t unknown, none; /* limits: below `unknown` not known, below `none` none */
    int64_t *limits;       /* of choices */
    point *points;         /* of numbers */
    uint32_t n_points;
} spread;

typedef enum draw_kind { DRAW_BOOL, DRAW_STRING, DRAW_CHOICE, DRAW_TABLE, DRAW_SHARE } draw_kind;

/* A fact that is drawn, or (with subject) whether a subject exists. */
typedef struct draw {
    draw_kind kind;
    bool subject;
    uint32_t field; /* as survey.h numbers them */
    spread *classes;
    const dx_dict *dict; /* strings of choices */
    int64_t *numbers;    /* numbers of choices, scale 0 */
    uint32_t n_choices;
    uint8_t scale;
    int64_t step;
    uint32_t base; /* SHARE: number of the draw that it is a share of */
    const dx_json *sum;
    int64_t sum_value; /* in units of 10^-scale, of all enterprises of the file */
} draw;

struct dx_population {
    const dx_pack *pack;
    const dx_json *root;
    uint32_t class_fact;
    uint32_t n_classes;
    const dx_dict *class_dict;
    int64_t *class_limits;
    int64_t *counts;
    int64_t size;
    draw *draws; /* of subjects first, since facts rest on them */
    uint32_t n_draws, n_subjects;
};

/* --- reading the file
 * ----------------------------------------------------------------------------- */

typedef struct reader {
    dx_arena *arena;
    const dx_pack *pack;
    const dx_json *root;
    dx_str name;
    dx_population *p;
    dx_diags *diags;
} reader;

static void fault(reader *r, const dx_json *node, dx_err code, dx_str a, dx_str b) {
    dx_place place = dx_json_place(r->arena, r->root, node);
    place.file = r->name;
    dx_diag_add(r->diags, code, place, a, b, (dx_str){0});
}

static const dx_json *object(reader *r, const dx_json *outer, const char *key) {
    const dx_json *node = dx_json_get(outer, dx_str_of(key));
    if (node && node->kind == DX_JSON_OBJECT)
        return node;
    fault(r, node ? node : outer, DX_E_REFORM_FIELD, dx_str_of(key), (dx_str){0});
    return NULL;
}

/* A number, not negative, in units of 10^-scale. */
static bool number(reader *r, const dx_json *node, uint32_t scale, int64_t *ret) {
    dx_num num;
    return node && node->kind == DX_JSON_NUMBER && dx_num_parse(r->arena, node->text, &num) &&
           dx_num_to_scaled(num, scale, ret) && *ret >= 0;
}

/* A share given as a percentage; 0 where there is none. */
static int64_t share(reader *r, const dx_json *outer, const dx_json *inner, const char *key) {
    const dx_json *node = dx_json_get(inner, dx_str_of(key));
    int64_t value = 0;
    node = node ? node : dx_json_get(outer, dx_str_of(key));
    if (!node || (number(r, node, 6, &value) && value <= WHOLE))
        return value;
    fault(r, node, DX_E_POPULATION_SHARE, (dx_str){0}, (dx_str){0});
    return 0;
}

/* The percentiles of a table of numbers. */
static bool read_points(reader *r, const dx_json *table, uint32_t scale, spread *ret) {
    bool good = table->kind == DX_JSON_ARRAY && table->n >= 2 && table->n <= POINTS_MOST;
    ret->points = DX_NEW_ARRAY(r->arena, point, POINTS_MOST);
    for (size_t i = 0; good && i < table->n; i++) {
        const dx_json *pair = &table->items[i];
        point *p = &ret->points[i];
        good = pair->kind == DX_JSON_ARRAY && pair->n == 2 &&
               number(r, &pair->items[0], 6, &p->at) &&
               number(r, &pair->items[1], scale, &p->value) && p->value < INT64_C(1) << 50;
        if (good && i > 0)
            good = p->at > p[-1].at && p->value >= p[-1].value;
        ret->n_points++;
    }
    good = good && ret->points[0].at == 0 && ret->points[ret->n_points - 1].at == WHOLE;
    if (!good)
        fault(r, table, DX_E_POPULATION_TABLE, (dx_str){0}, (dx_str){0});
    return good;
}

static void set_slopes(spread *s) {
    for (uint32_t i = 0; i + 1 < s->n_points; i++) {
        point *p = &s->points[i];
        p->slope = (int64_t)(((wide)(p[1].value - p->value) << 20) / (p[1].at - p->at));
    }
}

/* Whether a type that lists its values has this one. */
static bool is_allowed(const dx_type *type, dx_str value) {
    while (type && !type->allowed)
        type = type->base;
    if (!type || type->kind != DX_T_STRING || type->allowed->kind != DX_N_TESTS)
        return true;
    for (uint32_t i = 0; i < type->allowed->n; i++) {
        const dx_node *test = type->allowed->list[i];
        if (test->kind != DX_N_LITERAL || test->value.tag != DX_STRING ||
            dx_str_eq(dx_val_to_str(test->value), value))
            return true;
    }
    return false;
}

/* The choices of a fact, their order that of the file. */
static void read_choices(reader *r, draw *d, const dx_fact *fact, const dx_json *outer) {
    const dx_json *values = dx_json_get(outer, DX_STR("values"));
    const dx_json *by = dx_json_get(outer, DX_STR("by"));
    for (size_t i = 0; !values && by && i < by->n; i++)
        values = dx_json_get(&by->items[i], DX_STR("values"));
    if (!values || values->kind != DX_JSON_OBJECT || values->n == 0 || values->n > CHOICES_MOST) {
        fault(r, outer, DX_E_POPULATION_KIND, fact->path, (dx_str){0});
        return;
    }
    dx_dict *dict = dx_dict_new(r->arena);
    d->dict = dict;
    d->numbers = DX_NEW_ARRAY(r->arena, int64_t, values->n + 1);
    for (size_t i = 0; i < values->n; i++) {
        const dx_json *value = &values->items[i];
        dx_num num;
        if (d->kind == DRAW_CHOICE &&
            (value->key.n > 9 || !dx_num_parse(r->arena, value->key, &num) ||
             !dx_num_to_int64(num, &d->numbers[i])))
            fault(r, value, DX_E_POPULATION_VALUE, value->key, fact->path);
        if (!is_allowed(fact->type, value->key))
            fault(r, value, DX_E_POPULATION_VALUE, value->key, fact->path);
        (void)dx_dict_code(dict, value->key);
    }
    d->n_choices = (uint32_t)values->n;
}

/* Limits of the choices in one class; their shares fill what unknown and none leave. */
static void read_limits(reader *r, const draw *d, const dx_json *outer, const dx_json *inner,
                        spread *s) {
    const dx_json *values = dx_json_get(inner, DX_STR("values"));
    int64_t sum = 0, so_far = 0;
    values = values ? values : dx_json_get(outer, DX_STR("values"));
    s->limits = DX_NEW_ARRAY(r->arena, int64_t, d->n_choices + 1);
    for (size_t i = 0; values && i < values->n; i++) {
        uint32_t code = dx_map_get(&d->dict->map, values->items[i].key);
        int64_t part = 0;
        if (code == DX_MAP_NONE || !number(r, &values->items[i], 6, &part) || part > WHOLE)
            fault(r, &values->items[i], DX_E_POPULATION_SHARE, (dx_str){0}, (dx_str){0});
        else
            s->limits[code - DX_CODE_FIRST] = part;
        sum += part;
    }
    for (uint32_t i = 0; i < d->n_choices; i++) {
        so_far += s->limits[i];
        s->limits[i] = s->none + (int64_t)((wide)(WHOLE - s->none) * so_far / (sum ? sum : 1));
    }
    if (sum == 0)
        s->none = WHOLE; /* no value in this class */
}

/* "yes": everything else that is known is no. */
static void read_yes(reader *r, const dx_json *outer, const dx_json *inner, spread *s) {
    s->limits = DX_NEW_ARRAY(r->arena, int64_t, 1);
    s->limits[0] = s->none + share(r, outer, inner, "yes");
}

static void read_class(reader *r, draw *d, const dx_json *outer, const dx_json *inner, spread *s) {
    const char *key = d->kind == DRAW_SHARE ? "percent" : "amounts";
    const dx_json *table = dx_json_get(inner, dx_str_of(key));
    s->unknown = share(r, outer, inner, "unknown");
    if (d->subject) {
        s->none = WHOLE - share(r, outer, inner, "exists");
        s->none = s->none < s->unknown ? s->unknown : s->none;
        return;
    }
    s->none = s->unknown + share(r, outer, inner, "none");
    if (s->none > WHOLE)
        fault(r, outer, DX_E_POPULATION_SHARE, (dx_str){0}, (dx_str){0});
    if (d->kind == DRAW_BOOL) {
        read_yes(r, outer, inner, s);
    } else if (d->kind == DRAW_STRING || d->kind == DRAW_CHOICE) {
        read_limits(r, d, outer, inner, s);
    } else {
        table = table ? table : dx_json_get(outer, dx_str_of(key));
        (void)read_points(r, table ? table : outer, d->kind == DRAW_SHARE ? 6 : d->scale, s);
    }
}

static void read_classes(reader *r, draw *d, const dx_json *outer) {
    const dx_json *by = dx_json_get(outer, DX_STR("by"));
    d->classes = DX_NEW_ARRAY(r->arena, spread, r->p->n_classes + 1);
    for (size_t i = 0; by && i < by->n; i++)
        if (dx_map_get(&r->p->class_dict->map, by->items[i].key) == DX_MAP_NONE)
            fault(r, &by->items[i], DX_E_POPULATION_VALUE, by->items[i].key,
                  r->pack->facts[r->p->class_fact].path);
    for (uint32_t c = 0; c < r->p->n_classes; c++)
        read_class(r, d, outer, dx_json_get(by, r->p->class_dict->strings.v[c + DX_CODE_FIRST]),
                   &d->classes[c]);
}

static uint32_t find_fact(const dx_pack *pack, dx_str path) {
    for (uint32_t i = 0; i < pack->n_facts; i++)
        if (dx_str_eq(pack->facts[i].path, path))
            return i;
    return DX_NONE;
}

static uint32_t find_draw(const dx_population *p, uint32_t field) {
    for (uint32_t i = 0; i < p->n_draws; i++)
        if (p->draws[i].field == field)
            return i;
    return DX_NONE;
}

/* How numbers are drawn: from a table, or as a share of another. */
static void read_number(reader *r, draw *d, const dx_json *outer) {
    const dx_json *of = dx_json_get(outer, DX_STR("share_of"));
    const dx_json *step = dx_json_get(outer, DX_STR("step"));
    d->step = 1;
    d->scale = SCALE_MOST;
    if (step && (!number(r, step, d->scale, &d->step) || d->step == 0))
        fault(r, step, DX_E_REFORM_FIELD, DX_STR("step"), (dx_str){0});
    if (d->step % 100 == 0 && d->step > 0) {
        d->scale = 0;
        d->step /= 100;
    }
    if (!of)
        return;
    uint32_t fact = of->kind == DX_JSON_STRING ? find_fact(r->pack, of->text) : DX_NONE;
    d->kind = DRAW_SHARE;
    d->base = fact == DX_NONE ? DX_NONE : find_draw(r->p, fact);
    if (d->base != DX_NONE && r->p->draws[d->base].kind >= DRAW_TABLE)
        return;
    d->base = 0;
    fault(r, of, DX_E_POPULATION_ORDER, of->kind == DX_JSON_STRING ? of->text : (dx_str){0},
          (dx_str){0});
}

static void read_fact(reader *r, const dx_json *outer) {
    draw *d = &r->p->draws[r->p->n_draws];
    uint32_t field = find_fact(r->pack, outer->key);
    if (field == DX_NONE || field == r->p->class_fact || outer->kind != DX_JSON_OBJECT) {
        fault(r, outer, DX_E_POPULATION_FACT, outer->key, (dx_str){0});
        return;
    }
    const dx_fact *fact = &r->pack->facts[field];
    bool choices =
        !dx_json_get(outer, DX_STR("amounts")) && !dx_json_get(outer, DX_STR("share_of"));
    const dx_json *by = dx_json_get(outer, DX_STR("by"));
    for (size_t i = 0; by && i < by->n; i++)
        choices = choices && !dx_json_get(&by->items[i], DX_STR("amounts"));
    *d = (draw){.field = field};
    if (fact->type->kind == DX_T_NUM && !choices) {
        d->kind = DRAW_TABLE;
        read_number(r, d, outer);
    } else if (fact->type->kind == DX_T_NUM || fact->type->kind == DX_T_STRING) {
        d->kind = fact->type->kind == DX_T_NUM ? DRAW_CHOICE : DRAW_STRING;
        read_choices(r, d, fact, outer);
        if (!d->dict || d->n_choices == 0)
            return;
    } else if (fact->type->kind != DX_T_BOOL) {
        fault(r, outer, DX_E_POPULATION_KIND, fact->path, (dx_str){0});
        return;
    }
    read_classes(r, d, outer);
    r->p->n_draws++;
}

static void read_subject(reader *r, const dx_json *outer) {
    for (uint32_t i = 0; i < r->pack->n_inputs; i++)
        if (dx_str_eq(r->pack->inputs[i].name, outer->key)) {
            draw *d = &r->p->draws[r->p->n_draws++];
            *d = (draw){.subject = true, .field = r->pack->n_facts + i};
            read_classes(r, d, outer);
            return;
        }
    fault(r, outer, DX_E_POPULATION_FACT, outer->key, (dx_str){0});
}

static bool read_class_counts(reader *r) {
    const dx_json *classes = object(r, r->root, "classes");
    const dx_json *fact = dx_json_get(classes, DX_STR("fact"));
    const dx_json *counts = classes ? object(r, classes, "counts") : NULL;
    int64_t so_far = 0;
    if (!counts)
        return false;
    r->p->class_fact =
        fact && fact->kind == DX_JSON_STRING ? find_fact(r->pack, fact->text) : DX_NONE;
    if (r->p->class_fact == DX_NONE || r->pack->facts[r->p->class_fact].type->kind != DX_T_STRING ||
        counts->n > CHOICES_MOST) {
        fault(r, fact ? fact : classes, DX_E_REFORM_FIELD, DX_STR("fact"), (dx_str){0});
        return false;
    }
    dx_dict *dict = dx_dict_new(r->arena);
    r->p->class_dict = dict;
    r->p->counts = DX_NEW_ARRAY(r->arena, int64_t, counts->n + 1);
    r->p->class_limits = DX_NEW_ARRAY(r->arena, int64_t, counts->n + 1);
    for (size_t i = 0; i < counts->n; i++) {
        (void)dx_dict_code(dict, counts->items[i].key);
        if (!number(r, &counts->items[i], 0, &r->p->counts[i]) || r->p->counts[i] > WHOLE)
            fault(r, &counts->items[i], DX_E_REFORM_FIELD, counts->items[i].key, (dx_str){0});
        r->p->size += r->p->counts[i];
    }
    r->p->n_classes = (uint32_t)counts->n;
    for (size_t i = 0; r->p->size > 0 && i < counts->n; i++) {
        so_far += r->p->counts[i];
        r->p->class_limits[i] = (int64_t)((wide)WHOLE * so_far / r->p->size);
    }
    if (r->p->size == 0)
        fault(r, counts, DX_E_REFORM_FIELD, DX_STR("counts"), (dx_str){0});
    return r->p->size > 0;
}

/* --- sums to meet
 * ------------------------------------------------------------------------------------ */

static wide mean_of(const spread *s) {
    wide sum = 0;
    for (uint32_t i = 0; i + 1 < s->n_points; i++)
        sum += (wide)(s->points[i + 1].at - s->points[i].at) *
               (s->points[i].value + s->points[i + 1].value);
    return sum / (2 * WHOLE);
}

/* The sum that the tables as written lead one to expect, over all enterprises of the file. */
static wide expected_sum(const dx_population *p, const draw *d) {
    const dx_pack *pack = p->pack;
    uint32_t exists = find_draw(p, pack->n_facts + pack->facts[d->field].input);
    wide sum = 0;
    for (uint32_t c = 0; c < p->n_classes; c++) {
        wide there = exists == DX_NONE ? WHOLE : WHOLE - p->draws[exists].classes[c].none;
        sum += mean_of(&d->classes[c]) * p->counts[c] * there * (WHOLE - d->classes[c].none);
    }
    return sum / WHOLE / WHOLE;
}

/* Stretches the tables of a fact so that the sum is the one wanted. */
static void calibrate(reader *r, const dx_json *sum) {
    uint32_t field = find_fact(r->pack, sum->key);
    uint32_t at = field == DX_NONE ? DX_NONE : find_draw(r->p, field);
    draw *d = at == DX_NONE ? NULL : &r->p->draws[at];
    const dx_json *value = dx_json_get(sum, DX_STR("sum"));
    wide expected = d && d->kind == DRAW_TABLE ? expected_sum(r->p, d) : 0;
    if (expected <= 0 || !number(r, value, d->scale, &d->sum_value)) {
        fault(r, sum, expected <= 0 ? DX_E_POPULATION_FACT : DX_E_REFORM_FIELD,
              expected <= 0 ? sum->key : DX_STR("sum"), (dx_str){0});
        return;
    }
    d->sum = sum;
    for (uint32_t c = 0; c < r->p->n_classes; c++)
        for (uint32_t i = 0; i < d->classes[c].n_points; i++) {
            wide scaled = (wide)d->classes[c].points[i].value * d->sum_value / expected;
            if (scaled >= (wide)1 << 50) {
                fault(r, sum, DX_E_REFORM_FIELD, DX_STR("sum"), (dx_str){0});
                return;
            }
            d->classes[c].points[i].value = (int64_t)scaled;
        }
}

const dx_population *dx_population_read(dx_arena *arena, const dx_pack *pack, dx_str text,
                                        dx_str name, dx_diags *diags) {
    uint32_t errors = diags->errors;
    reader r = {.arena = arena, .pack = pack, .name = name, .diags = diags};
    r.root = dx_json_parse(arena, text, name, diags);
    r.p = DX_NEW(arena, dx_population);
    r.p->pack = pack;
    r.p->root = r.root;
    if (!r.root || !read_class_counts(&r))
        return NULL;
    const dx_json *subjects = object(&r, r.root, "subjects"), *facts = object(&r, r.root, "facts");
    const dx_json *sums = dx_json_get(r.root, DX_STR("sums"));
    if (!subjects || !facts)
        return NULL;
    r.p->draws = DX_NEW_ARRAY(arena, draw, subjects->n + facts->n + 1);
    for (size_t i = 0; i < subjects->n; i++)
        read_subject(&r, &subjects->items[i]);
    r.p->n_subjects = r.p->n_draws;
    for (size_t i = 0; i < facts->n; i++)
        read_fact(&r, &facts->items[i]);
    if (diags->errors == errors)
        for (size_t i = 0; sums && i < sums->n; i++)
            calibrate(&r, &sums->items[i]);
    for (uint32_t i = r.p->n_subjects; i < r.p->n_draws; i++)
        for (uint32_t c = 0; c < r.p->n_classes; c++)
            set_slopes(&r.p->draws[i].classes[c]);
    return diags->errors == errors ? r.p : NULL;
}

uint64_t dx_population_size(const dx_population *population) {
    return (uint64_t)population->size;
}

dx_label dx_population_about(const dx_population *population) {
    return dx_loader_label(population->root, "about");
}

/* --- drawing
 * ----------------------------------------------------------------------------------------- */

typedef struct source {
    const dx_population *p;
    uint64_t n, seed;
    _Atomic uint64_t next; /* block */
} source;

typedef struct hand {
    source *from;
    uint64_t first;
    uint32_t n;
    uint8_t *classes;  /* of each row of the block */
    uint8_t **exists;  /* by subject: a DX_STATE_ (known, unknown, null) a row, or NULL */
    dx_slot *slots;    /* by draw */
    int64_t **numbers; /* by draw: nums, for shares of them */
    dx_slot class_slot;
} hand;

/* A 64-bit number that any change of the argument changes through and through. */
static uint64_t mixed(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t stream_of(const source *s, uint32_t field) {
    return mixed(s->seed ^ mixed(field + UINT64_C(0x5851f42d4c957f2d)));
}

static int64_t upper_share(uint64_t chance) {
    return (int64_t)((chance >> 32) * (uint64_t)WHOLE >> 32);
}

static int64_t lower_share(uint64_t chance) {
    return (int64_t)((chance & UINT32_MAX) * (uint64_t)WHOLE >> 32);
}

static uint32_t choice_of(const int64_t *limits, uint32_t n, int64_t share) {
    uint32_t i = 0;
    while (i + 1 < n && share >= limits[i])
        i++;
    return i;
}

static int64_t table_at(const spread *s, int64_t share) {
    uint32_t i = 0;
    while (i + 2 < s->n_points && share >= s->points[i + 1].at)
        i++;
    const point *p = &s->points[i];
    return p->value + (int64_t)((wide)p->slope * (share - p->at) >> 20);
}

static void draw_classes(hand *h, dx_vector *field) {
    const dx_population *p = h->from->p;
    uint64_t stream = stream_of(h->from, p->class_fact);
    for (uint32_t i = 0; i < h->n; i++) {
        int64_t share = upper_share(mixed(stream + h->first + i));
        h->classes[i] = (uint8_t)choice_of(p->class_limits, p->n_classes, share);
        h->class_slot.codes[i] = (uint16_t)(h->classes[i] + DX_CODE_FIRST);
    }
    *field =
        (dx_vector){.form = DX_FORM_CODES, .u.codes = h->class_slot.codes, .dict = p->class_dict};
}

static void draw_subject(hand *h, const draw *d, dx_slot *slot, dx_vector *field) {
    uint64_t stream = stream_of(h->from, d->field);
    for (uint32_t i = 0; i < h->n; i++) {
        const spread *s = &d->classes[h->classes[i]];
        int64_t share = upper_share(mixed(stream + h->first + i));
        slot->state[i] = share < s->unknown ? DX_STATE_UNKNOWN
                         : share < s->none  ? DX_STATE_NULL
                                            : DX_STATE_KNOWN;
        slot->bools[i] = slot->state[i] != DX_STATE_NULL;
    }
    *field = (dx_vector){.form = DX_FORM_BOOLS, .u.bools = slot->bools};
}

/* The state of a fact in a row: its own, unless its subject is missing. */
static uint8_t state_in(const dx_fact *fact, const uint8_t *exists, const spread *s, int64_t share,
                        uint32_t row) {
    uint8_t state = share < s->unknown ? DX_STATE_UNKNOWN
                    : share < s->none  ? DX_STATE_NULL
                                       : DX_STATE_KNOWN;
    if (exists && exists[row] != DX_STATE_KNOWN)
        state = exists[row];
    return state == DX_STATE_UNKNOWN && fact->null_when_absent ? DX_STATE_NULL : state;
}

static int64_t number_in(hand *h, const draw *d, const spread *s, int64_t share, int64_t second,
                         uint32_t row) {
    if (d->kind == DRAW_CHOICE)
        return d->numbers[choice_of(s->limits, d->n_choices, share)];
    int64_t value = table_at(s, second);
    if (d->kind == DRAW_SHARE) {
        const draw *base = &h->from->p->draws[d->base];
        wide whole = (wide)h->numbers[d->base][row] * dx_power_of_ten(SCALE_MOST - base->scale);
        value = (int64_t)(whole * value / WHOLE / dx_power_of_ten(SCALE_MOST - d->scale));
    }
    return value - value % d->step;
}

static void draw_numbers(hand *h, const draw *d, dx_slot *slot, const uint8_t *exists,
                         dx_vector *field) {
    const dx_fact *fact = &h->from->p->pack->facts[d->field];
    uint64_t stream = stream_of(h->from, d->field);
    int64_t low = INT64_MAX, high = INT64_MIN;
    uint8_t any = 0;
    for (uint32_t i = 0; i < h->n; i++) {
        const spread *s = &d->classes[h->classes[i]];
        uint64_t chance = mixed(stream + h->first + i);
        int64_t share = upper_share(chance);
        slot->state[i] = state_in(fact, exists, s, share, i);
        int64_t value = slot->state[i] == DX_STATE_KNOWN
                            ? number_in(h, d, s, share, lower_share(chance), i)
                            : 0;
        slot->nums[i] = value;
        any |= slot->state[i];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    *field = (dx_vector){.form = DX_FORM_NUMS,
                         .u.nums = slot->nums,
                         .scale = d->scale,
                         .exp = (int8_t)-d->scale,
                         .low = low,
                         .high = high,
                         .state = any ? slot->state : NULL,
                         .cause = fact->unknown.u.causes};
}

static void draw_bools(hand *h, const draw *d, dx_slot *slot, const uint8_t *exists,
                       dx_vector *field) {
    const dx_fact *fact = &h->from->p->pack->facts[d->field];
    uint64_t stream = stream_of(h->from, d->field);
    uint8_t any = 0;
    for (uint32_t i = 0; i < h->n; i++) {
        const spread *s = &d->classes[h->classes[i]];
        int64_t share = upper_share(mixed(stream + h->first + i));
        uint8_t state = state_in(fact, exists, s, share, i);
        slot->bools[i] = state ? state : share < s->limits[0];
        any |= state;
    }
    *field = (dx_vector){.form = DX_FORM_BOOLS,
                         .u.bools = slot->bools,
                         .state = any ? slot->bools : NULL,
                         .cause = fact->unknown.u.causes};
}

static void draw_strings(hand *h, const draw *d, dx_slot *slot, const uint8_t *exists,
                         dx_vector *field) {
    const dx_fact *fact = &h->from->p->pack->facts[d->field];
    uint64_t stream = stream_of(h->from, d->field);
    uint8_t any = 0;
    for (uint32_t i = 0; i < h->n; i++) {
        const spread *s = &d->classes[h->classes[i]];
        int64_t share = upper_share(mixed(stream + h->first + i));
        uint8_t state = state_in(fact, exists, s, share, i);
        uint32_t code = state == DX_STATE_NULL ? DX_CODE_NULL
                        : state == DX_STATE_UNKNOWN
                            ? DX_CODE_UNKNOWN
                            : choice_of(s->limits, d->n_choices, share) + DX_CODE_FIRST;
        slot->codes[i] = (uint16_t)code;
        any |= state;
    }
    *field = (dx_vector){.form = DX_FORM_CODES,
                         .u.codes = slot->codes,
                         .dict = d->dict,
                         .open = any != 0,
                         .cause = fact->unknown.u.causes};
}

/* --- as rows
 * ----------------------------------------------------------------------------------------- */

static void *open_hand(void *self, dx_arena *kept) {
    source *from = self;
    const dx_population *p = from->p;
    hand *h = DX_NEW(kept, hand);
    h->from = from;
    h->classes = dx_alloc(kept, DX_ROWS);
    h->exists = DX_NEW_ARRAY(kept, uint8_t *, p->pack->n_inputs + 1);
    h->slots = DX_NEW_ARRAY(kept, dx_slot, p->n_draws + 1);
    h->numbers = DX_NEW_ARRAY(kept, int64_t *, p->n_draws + 1);
    dx_slot_init(&h->class_slot, kept);
    for (uint32_t i = 0; i < p->n_draws; i++) {
        dx_slot_init(&h->slots[i], kept);
        h->numbers[i] = h->slots[i].nums;
        if (p->draws[i].subject)
            h->exists[p->draws[i].field - p->pack->n_facts] = h->slots[i].state;
    }
    return h;
}

static void draw_field(hand *h, uint32_t number, dx_vector *fields) {
    const draw *d = &h->from->p->draws[number];
    dx_slot *slot = &h->slots[number];
    dx_vector *field = &fields[d->field];
    if (d->subject) {
        draw_subject(h, d, slot, field);
        return;
    }
    const uint8_t *exists = h->exists[h->from->p->pack->facts[d->field].input];
    if (d->kind == DRAW_BOOL)
        draw_bools(h, d, slot, exists, field);
    else if (d->kind == DRAW_STRING)
        draw_strings(h, d, slot, exists, field);
    else
        draw_numbers(h, d, slot, exists, field);
}

static uint32_t next_block(void *reader_of_rows, dx_vector *fields, uint64_t *ret_first) {
    hand *h = reader_of_rows;
    const dx_pack *pack = h->from->p->pack;
    h->first = atomic_fetch_add(&h->from->next, 1) * DX_ROWS;
    if (h->first >= h->from->n)
        return 0;
    h->n = h->from->n - h->first < DX_ROWS ? (uint32_t)(h->from->n - h->first) : DX_ROWS;
    for (uint32_t i = 0; i < pack->n_facts; i++)
        fields[i] = dx_vector_one(
            pack->inputs[pack->facts[i].input].absent.u.context->v[pack->facts[i].member]);
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        fields[pack->n_facts + i] = dx_vector_one(dx_val_bool(true));
    draw_classes(h, &fields[h->from->p->class_fact]);
    for (uint32_t i = 0; i < h->from->p->n_draws; i++)
        draw_field(h, i, fields);
    *ret_first = h->first;
    return h->n;
}

static dx_str key_of(void *reader_of_rows, dx_arena *arena, uint32_t row) {
    const hand *h = reader_of_rows;
    return dx_str_fmt(arena, "%llu-%llu", (unsigned long long)h->from->seed,
                      (unsigned long long)(h->first + row + 1));
}

dx_rows *dx_population_rows(dx_arena *arena, const dx_population *population, uint64_t n,
                            uint64_t seed) {
    source *from = DX_NEW(arena, source);
    dx_rows *rows = DX_NEW(arena, dx_rows);
    from->p = population;
    from->n = n;
    from->seed = seed;
    *rows = (dx_rows){.n = n, .self = from, .open = open_hand, .next = next_block, .key = key_of};
    return rows;
}

/* --- as JSON
 * ----------------------------------------------------------------------------------------- */

static void put_sums(dx_arena *arena, const dx_population *p, uint64_t n, dx_json_writer *out) {
    dx_json_array(out, "sums");
    for (uint32_t i = 0; i < p->n_draws; i++) {
        const draw *d = &p->draws[i];
        const dx_json *about = dx_json_get(d->sum, DX_STR("about"));
        if (!d->sum)
            continue;
        dx_json_open(out, '{');
        dx_json_text(out, "fact", p->pack->facts[d->field].path);
        dx_json_fixed(out, "sum", dx_num_scaled(arena, d->sum_value, d->scale), 2);
        int64_t scaled = (int64_t)((wide)d->sum_value * (int64_t)n / p->size);
        dx_json_fixed(out, "scaled", dx_num_scaled(arena, scaled, d->scale), 2);
        if (about) {
            dx_json_key(out, DX_STR("about"));
            dx_json_value(out, about);
        }
        dx_json_close(out, '}');
    }
    dx_json_close(out, ']');
}

void dx_population_json(dx_arena *arena, const dx_population *p, uint64_t n, dx_json_writer *out) {
    const dx_json *about = dx_json_get(p->root, DX_STR("about"));
    dx_json_open(out, '{');
    if (about) {
        dx_json_key(out, DX_STR("about"));
        dx_json_value(out, about);
    }
    dx_json_key(out, DX_STR("classes"));
    dx_json_value(out, dx_json_get(p->root, DX_STR("classes")));
    put_sums(arena, p, n, out);
    dx_json_close(out, '}');
}

static void put_value(dx_arena *arena, dx_val value, dx_json_writer *out) {
    dx_buf text = {.arena = arena};
    dx_val_json(&text, value);
    dx_json_raw(out, dx_buf_str(&text));
}

void dx_rows_facts(dx_arena *arena, const dx_pack *pack, const dx_vector *fields, uint32_t row,
                   dx_json_writer *out) {
    dx_json_open(out, '{');
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        bool begun = false;
        if (dx_val_is_false(dx_vector_at(&fields[pack->n_facts + i], row, arena))) {
            dx_json_key(out, input->name);
            dx_json_null(out);
            continue;
        }
        for (uint32_t k = input->first; k < input->first + input->n; k++) {
            dx_val value = dx_vector_at(&fields[k], row, arena);
            if (value.tag == DX_UNKNOWN)
                continue;
            if (!begun) {
                dx_json_key(out, input->name);
                dx_json_open(out, '{');
                begun = true;
            }
            dx_json_key(out, pack->facts[k].name);
            put_value(arena, value, out);
        }
        if (begun)
            dx_json_close(out, '}');
    }
    dx_json_close(out, '}');
}
