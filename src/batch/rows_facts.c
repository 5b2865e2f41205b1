/* See rows_facts.h. A block is read under a lock into the arena of the thread that needs it. */
#include "batch/rows_facts.h"

#include <pthread.h>

#define BLOCK_BYTES ((size_t)2 << 30)
#define SOURCE_BYTES ((size_t)256 << 20)
#define LINE_BYTES ((size_t)16 << 20)

typedef struct source {
    const dx_pack *pack;
    dx_arena arena;             /* of what is held while the lock is */
    const dx_json *root, *list; /* NULL: the lines of a file */
    dx_lines lines;
    dx_diags diags;
    pthread_mutex_t lock;
    uint64_t given; /* rows */
    bool failed;
} source;

typedef struct hand {
    source *from;
    dx_arena *kept, block;
    dx_run *run;
    dx_slot *slots;   /* by field */
    dx_val *values;   /* by field, then by row */
    uint64_t *places; /* line of each row, or number in the list */
} hand;

static void free_hand(void *given) {
    hand *h = given;
    if (h->run)
        dx_run_free(h->run);
    dx_arena_done(&h->block);
}

static void *open_hand(void *self, dx_arena *kept) {
    source *from = self;
    uint32_t n = from->pack->n_facts + from->pack->n_inputs;
    hand *h = DX_NEW(kept, hand);
    h->from = from;
    h->kept = kept;
    dx_arena_init(&h->block, BLOCK_BYTES);
    h->block.trap = kept->trap;
    h->slots = DX_NEW_ARRAY(kept, dx_slot, n + 1);
    h->values = dx_alloc(kept, (size_t)(n + 1) * DX_ROWS * sizeof *h->values);
    h->places = dx_alloc(kept, DX_ROWS * sizeof *h->places);
    for (uint32_t i = 0; i < n; i++)
        dx_slot_init(&h->slots[i], kept);
    dx_arena_on_done(kept, free_hand, h);
    h->run = dx_run_new(&from->pack->dmn->program, &h->block);
    return h;
}

static void take_facts(hand *h, const dx_facts *facts, uint32_t row) {
    const dx_pack *pack = h->from->pack;
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        dx_val subject = facts->inputs[i];
        bool there = subject.tag == DX_CONTEXT;
        for (uint32_t k = 0; k < pack->inputs[i].n; k++)
            h->values[(size_t)(pack->inputs[i].first + k) * DX_ROWS + row] =
                there ? subject.u.context->v[k] : DX_VAL_NULL;
        h->values[(size_t)(pack->n_facts + i) * DX_ROWS + row] = dx_val_bool(there);
    }
}

/* The next line that is not blank, in the arena of the block; false when there is none. */
static bool read_line(hand *h, dx_str *ret_line) {
    source *from = h->from;
    dx_line got;
    do
        got = dx_lines_next(&from->lines, ret_line, &from->diags);
    while (got == DX_LINE_GIVEN && dx_str_trim(*ret_line).n == 0);
    from->failed |= got == DX_LINE_TOO_LONG || got == DX_LINES_FAILED;
    if (got == DX_LINE_GIVEN)
        *ret_line = dx_str_copy(&h->block, *ret_line);
    return got == DX_LINE_GIVEN;
}

/* The next facts object, and the text that it stands in; NULL at the end, and with a diagnostic
 * where there is none. */
static const dx_json *next_facts(hand *h, uint64_t number, const dx_json **ret_root,
                                 dx_diags *diags) {
    source *from = h->from;
    dx_str line;
    if (from->list) {
        *ret_root = from->root;
        return number < from->list->n ? &from->list->items[number] : NULL;
    }
    if (!read_line(h, &line))
        return NULL;
    return *ret_root = dx_json_parse(&h->block, line, from->lines.name, diags);
}

/* What is wrong with a line has the place of that line in the file. */
static void report(source *from, const dx_diags *found) {
    for (const dx_diag *diag = found->first; diag; diag = diag->next) {
        dx_place place = diag->place;
        if (!from->list) {
            place.file = from->lines.name;
            place.line = (uint32_t)from->lines.number;
        }
        dx_diag_add(&from->diags, diag->code, place, diag->args[0], diag->args[1], diag->args[2]);
    }
    from->failed = true;
}

static uint32_t read_block(hand *h) {
    source *from = h->from;
    uint32_t n = 0;
    while (n < DX_ROWS && !from->failed) {
        dx_diags diags;
        const dx_json *root = NULL;
        dx_facts facts = {.inputs = DX_NEW_ARRAY(&h->block, dx_val, from->pack->n_inputs + 1)};
        dx_diags_init(&diags, &h->block);
        const dx_json *json = next_facts(h, from->given + n, &root, &diags);
        if (diags.errors ||
            (json && !dx_facts_read(from->pack, h->run, root, json, &facts, &diags))) {
            report(from, &diags);
            break;
        }
        if (!json)
            break;
        h->places[n] = from->list ? from->given + n + 1 : from->lines.number;
        take_facts(h, &facts, n++);
    }
    return from->failed ? 0 : n;
}

static uint32_t locked_block(hand *h, uint64_t *ret_first) {
    source *from = h->from;
    dx_trap trap;
    volatile uint32_t n = 0;
    pthread_mutex_lock(&from->lock);
    dx_trap_begin(&h->block, &trap);
    from->arena.trap = &trap;
    if (setjmp(trap.env) == 0)
        n = read_block(h);
    dx_trap_end(&h->block, &trap);
    from->arena.trap = NULL;
    *ret_first = from->given;
    from->given += n;
    pthread_mutex_unlock(&from->lock);
    if (trap.code)
        dx_trap_raise(h->kept, trap.code);
    return n;
}

static uint32_t next_block(void *reader, dx_vector *fields, uint64_t *ret_first) {
    hand *h = reader;
    const dx_pack *pack = h->from->pack;
    dx_arena_reset(&h->block);
    dx_run_reset(h->run);
    uint32_t n = locked_block(h, ret_first);
    for (uint32_t i = 0; n > 0 && i < pack->n_facts + pack->n_inputs; i++)
        dx_vector_pack(&fields[i], &h->slots[i], h->values + (size_t)i * DX_ROWS, n);
    return n;
}

static dx_str key_of(void *reader, dx_arena *arena, uint32_t row) {
    const hand *h = reader;
    const dx_pack *pack = h->from->pack;
    for (uint32_t i = 0; i < pack->n_facts; i++) { /* the first text that is known: who it is */
        dx_val value = h->values[(size_t)i * DX_ROWS + row];
        bool free_text = pack->facts[i].type->kind == DX_T_STRING && !pack->facts[i].type->allowed;
        if (free_text && value.tag == DX_STRING)
            return dx_str_copy(arena, dx_val_to_str(value));
    }
    dx_str file = h->from->list ? DX_STR("enterprises") : h->from->lines.name;
    return dx_str_fmt(arena, "%.*s:%llu", DX_FMT(file), (unsigned long long)h->places[row]);
}

static void free_source(void *given) {
    source *from = given;
    pthread_mutex_destroy(&from->lock);
    dx_arena_done(&from->arena);
}

static dx_rows *rows_of(dx_arena *arena, const dx_pack *pack, source **ret) {
    source *from = DX_NEW(arena, source);
    dx_rows *rows = DX_NEW(arena, dx_rows);
    from->pack = pack;
    dx_arena_init(&from->arena, SOURCE_BYTES);
    pthread_mutex_init(&from->lock, NULL);
    dx_arena_on_done(arena, free_source, from);
    dx_diags_init(&from->diags, &from->arena);
    *rows = (dx_rows){.self = from, .open = open_hand, .next = next_block, .key = key_of};
    *ret = from;
    return rows;
}

dx_rows *dx_rows_lines(dx_arena *arena, const dx_pack *pack, dx_str path, dx_diags *diags) {
    source *from;
    dx_rows *rows = rows_of(arena, pack, &from);
    from->arena.trap = arena->trap;
    bool open = dx_lines_open(&from->lines, &from->arena, path, LINE_BYTES, diags);
    from->arena.trap = NULL;
    return open ? rows : NULL;
}

dx_rows *dx_rows_list(dx_arena *arena, const dx_pack *pack, const dx_json *root,
                      const dx_json *list) {
    source *from;
    dx_rows *rows = rows_of(arena, pack, &from);
    from->root = root;
    from->list = list;
    rows->n = list->n;
    return rows;
}

bool dx_rows_facts_good(const dx_rows *rows, dx_diags *diags) {
    const source *from = rows->self;
    for (const dx_diag *diag = from->diags.first; diag; diag = diag->next)
        dx_diag_add(diags, diag->code, diag->place, diag->args[0], diag->args[1], diag->args[2]);
    return !from->failed;
}
