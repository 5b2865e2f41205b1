/* See form.h. */
#include "doc/form.h"

typedef struct filling {
    dx_arena *arena;
    const dx_pack *pack;
    dx_diags *diags;
    dx_json_writer *out;
} filling;

static void refuse(const filling *f, const dx_form_row *row, dx_err code, dx_str what) {
    dx_cell_refuse(f->diags, code, row->address, what);
}

static dx_str pointer_of(dx_arena *arena, dx_str subject, dx_str fact) {
    dx_buf pointer = {.arena = arena};
    dx_json_put_step(&pointer, subject);
    if (fact.n)
        dx_json_put_step(&pointer, fact);
    return dx_buf_str(&pointer);
}

/* The rows of all paths, by path; faults for what is said twice or of no fact. */
static void index_rows(const filling *f, dx_form *form, dx_map *ret) {
    dx_map known = {0};
    for (uint32_t i = 0; i < f->pack->n_inputs; i++)
        dx_map_put(f->arena, &known, f->pack->inputs[i].name, i);
    for (uint32_t i = 0; i < f->pack->n_facts; i++)
        dx_map_put(f->arena, &known, f->pack->facts[i].path, i);
    for (uint32_t i = 0; i < form->rows.n; i++) {
        const dx_form_row *row = &form->rows.v[i];
        if (!row->cell.text.n)
            continue;
        if (dx_map_get(&known, row->path) == DX_MAP_NONE)
            refuse(f, row, DX_E_XLSX_PATH, row->path);
        else if (!dx_map_put(f->arena, ret, row->path, i))
            refuse(f, row, DX_E_XLSX_TWICE, row->path);
    }
}

static dx_form_row *row_of(const dx_form *form, const dx_map *rows, dx_str path) {
    uint32_t at = dx_map_get(rows, path);
    return at == DX_MAP_NONE || dx_cell_is_open(form->rows.v[at].cell.text) ? NULL
                                                                            : &form->rows.v[at];
}

static void put_value(const filling *f, const dx_form_row *row, const dx_fact *fact) {
    dx_str value;
    dx_err code = dx_cell_json(f->arena, &row->cell, fact->type, &value);
    if (code == DX_OK) {
        dx_json_key(f->out, fact->name);
        dx_json_raw(f->out, value);
    } else {
        refuse(f, row, code, row->cell.text);
    }
}

static void put_subject(const filling *f, const dx_form *form, const dx_map *rows,
                        const dx_input *input) {
    dx_form_row *whole = row_of(form, rows, input->name);
    bool none = whole && dx_cell_is_none(whole->cell.text), opened = false;
    if (none) {
        whole->pointer = pointer_of(f->arena, input->name, (dx_str){0});
        dx_json_key(f->out, input->name);
        dx_json_null(f->out);
    } else if (whole) {
        refuse(f, whole, DX_E_XLSX_SUBJECT, whole->cell.text);
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const dx_fact *fact = &f->pack->facts[input->first + i];
        dx_form_row *row = row_of(form, rows, fact->path);
        if (!row)
            continue;
        if (none) {
            refuse(f, row, DX_E_XLSX_NONE, whole->address);
            continue;
        }
        if (!opened) {
            dx_json_key(f->out, input->name);
            dx_json_open(f->out, '{');
        }
        opened = true;
        row->pointer = pointer_of(f->arena, input->name, fact->name);
        put_value(f, row, fact);
    }
    if (opened)
        dx_json_close(f->out, '}');
}

static dx_str write_facts(dx_arena *arena, const dx_pack *pack, dx_form *form, dx_diags *diags) {
    dx_buf text = {.arena = arena};
    dx_json_writer out = {.out = &text};
    filling f = {arena, pack, diags, &out};
    dx_map rows = {0};
    index_rows(&f, form, &rows);
    dx_json_open(&out, '{');
    for (uint32_t i = 0; i < pack->n_inputs; i++)
        put_subject(&f, form, &rows, &pack->inputs[i]);
    dx_json_close(&out, '}');
    return dx_buf_str(&text);
}

/* The cell that a JSON pointer into the facts leads to. */
static dx_str address_at(const dx_form *form, dx_str pointer) {
    for (uint32_t i = 0; i < form->rows.n; i++) {
        dx_str own = form->rows.v[i].pointer;
        if (own.n && dx_str_starts(pointer, own) && (pointer.n == own.n || pointer.p[own.n] == '/'))
            return form->rows.v[i].address;
    }
    return DX_STR("?");
}

bool dx_form_facts(const dx_pack *pack, dx_run *run, dx_form *form, dx_str *ret_json, dx_facts *ret,
                   dx_diags *diags) {
    dx_arena *arena = run->arena;
    uint32_t before = diags->errors;
    dx_diags found;
    dx_diags_init(&found, arena);
    *ret_json = write_facts(arena, pack, form, diags);
    const dx_json *root = dx_json_parse(arena, *ret_json, DX_STR("form"), &found);
    if (root)
        dx_facts_read(pack, run, root, root, ret, &found);
    for (const dx_diag *d = found.first; d; d = d->next) {
        dx_str cell = address_at(form, d->place.element);
        dx_diag_add(diags, DX_E_XLSX_FACT, (dx_place){.element = cell}, cell,
                    dx_diag_sentence(arena, d, DX_ZH), dx_diag_sentence(arena, d, DX_EN));
    }
    return diags->errors == before;
}
