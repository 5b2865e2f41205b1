/* See intake.h. */
#include "batch/intake.h"

#include "base/utf8.h"

/* --- the layout of a file --------------------------------------------------------------------- */

/* Whether some step of the program reads a column. */
static bool is_read(const dx_survey *survey, uint32_t field) {
    for (uint32_t i = 0; i < survey->batch->steps.n; i++) {
        const dx_step *step = &survey->batch->steps.v[i];
        if (step->kind == DX_S_FIELD && step->number == field)
            return true;
    }
    return false;
}

dx_layout *dx_layout_of_lines(dx_arena *arena, const dx_survey *survey) {
    const dx_pack *pack = survey->pack;
    dx_layout *layout = DX_NEW(arena, dx_layout);
    layout->survey = survey;
    layout->n_fields = survey->n_fields;
    layout->fields = DX_NEW_ARRAY(arena, dx_field, survey->n_fields + 1);
    for (uint32_t i = 0; i < survey->n_fields; i++) {
        bool fact = i < pack->n_facts;
        layout->fields[i] =
            (dx_field){.name = fact ? pack->facts[i].path : pack->inputs[i - pack->n_facts].name,
                       .type = fact ? pack->facts[i].type : &dx_type_any,
                       .absent = dx_survey_absent(survey, i).one,
                       .unread = !is_read(survey, i)};
    }
    return layout;
}

static uint32_t find_field(const dx_layout *layout, dx_str name) {
    for (uint32_t i = 0; i < layout->n_fields; i++)
        if (dx_str_eq(layout->fields[i].name, name))
            return i;
    return DX_NONE;
}

static bool is_remark(dx_str heading) {
    return heading.n > 0 && heading.p[0] == '#';
}

static bool is_key(const dx_layout *layout, uint32_t column) {
    uint32_t field = layout->columns[column];
    if (is_remark(layout->headings[column]))
        return true;
    return field < layout->survey->pack->n_facts &&
           layout->fields[field].type->kind == DX_T_STRING && layout->fields[field].type->untested;
}

static void take_heading(dx_layout *layout, uint32_t column, dx_place place, dx_diags *diags) {
    dx_str heading = layout->headings[column], none = {0};
    uint32_t field = find_field(layout, heading);
    layout->columns[column] = field;
    if (is_remark(heading)) { /* no fact, and yet something that totals may ask for */
        field = layout->columns[column] = layout->n_fields++;
        layout->fields[field] = (dx_field){
            .name = heading, .type = &dx_type_string, .absent = DX_VAL_NULL, .unread = true};
    } else if (field == DX_NONE) {
        dx_diag_add(diags, DX_E_BATCH_HEADING, place, heading, none, none);
    }
    for (uint32_t i = 0; i < column && field != DX_NONE; i++)
        if (dx_str_eq(layout->headings[i], heading))
            dx_diag_add(diags, DX_E_BATCH_TWICE, place, heading, none, none);
}

static bool names_a_fact(const dx_layout *layout) {
    for (uint32_t i = 0; i < layout->n_columns; i++)
        if (layout->columns[i] < layout->survey->n_fields)
            return true;
    return false;
}

dx_layout *dx_layout_of_csv(dx_arena *arena, const dx_survey *survey, dx_str record, dx_str file,
                            dx_diags *diags) {
    dx_layout *layout = dx_layout_of_lines(arena, survey);
    const dx_field *own = layout->fields;
    uint32_t before = diags->errors;
    dx_csv csv;
    size_t bad = 0;
    dx_csv_init(&csv, arena);
    record = dx_csv_without_bom(record);
    (void)dx_csv_next(&csv, record, true);
    dx_str none = {0};
    if (csv.fault != DX_OK)
        dx_diag_add(diags, csv.fault, dx_csv_place(&csv, file, csv.fault_at), none, none, none);
    else if (!dx_utf8_valid(record, &bad))
        dx_diag_add(diags, DX_E_TABLE_UTF8, (dx_place){.file = file, .line = 1}, none, none, none);
    if (diags->errors > before)
        return NULL;
    layout->n_columns = csv.fields.n;
    layout->fields = DX_NEW_ARRAY(arena, dx_field, layout->n_fields + csv.fields.n + 1);
    memcpy(layout->fields, own, layout->n_fields * sizeof *own);
    layout->headings = DX_NEW_ARRAY(arena, dx_str, csv.fields.n + 1);
    layout->columns = DX_NEW_ARRAY(arena, uint32_t, csv.fields.n + 1);
    layout->keys = DX_NEW_ARRAY(arena, uint32_t, csv.fields.n + 1);
    for (uint32_t i = 0; i < csv.fields.n; i++) {
        dx_csv_field *cell = &csv.fields.v[i];
        size_t at = (size_t)(cell->raw.p - record.p) - cell->quoted;
        layout->headings[i] = dx_str_copy(arena, dx_str_trim(dx_csv_text(arena, cell)));
        take_heading(layout, i, dx_csv_place(&csv, file, at), diags);
        if (layout->columns[i] != DX_NONE && is_key(layout, i))
            layout->keys[layout->n_keys++] = i;
    }
    if (!names_a_fact(layout)) { /* one sentence instead of one a column */
        diags->errors = before;
        dx_diags_init(diags, diags->arena);
        dx_diag_add(diags, DX_E_BATCH_NO_FACTS, (dx_place){.file = file, .line = 1},
                    survey->pack->facts[0].path, none, none);
    }
    return diags->errors == before ? layout : NULL;
}

uint32_t dx_layout_field(dx_layout *layout, dx_str name) {
    uint32_t field = find_field(layout, name);
    for (uint32_t i = layout->survey->n_fields; i < layout->n_fields && field == DX_NONE; i++) {
        dx_str own = layout->fields[i].name;
        if (dx_str_eq(dx_str_trim((dx_str){own.p + 1, own.n - 1}), name))
            field = i;
    }
    if (field != DX_NONE)
        layout->fields[field].unread = false;
    return field;
}

/* --- cells that are not plain ----------------------------------------------------------------- */

static const dx_input *subject_of(const dx_intake *intake, uint32_t field) {
    const dx_pack *pack = intake->layout->survey->pack;
    return field >= pack->n_facts ? &pack->inputs[field - pack->n_facts]
                                  : &pack->inputs[pack->facts[field].input];
}

/* Of a subject that does not exist, nothing exists. */
static void put_none(dx_intake *intake, uint32_t subject, uint32_t row) {
    const dx_pack *pack = intake->layout->survey->pack;
    const dx_input *input = &pack->inputs[subject];
    dx_columns_put(intake->columns, pack->n_facts + subject, row, dx_val_bool(false));
    for (uint32_t i = input->first; i < input->first + input->n; i++)
        dx_columns_put(intake->columns, i, row, DX_VAL_NULL);
}

/* A subject there is none of: then nothing may be said of it in the row. */
static void read_subject(dx_intake *intake, uint32_t field, uint32_t row, dx_str text,
                         dx_diags *diags) {
    const dx_layout *layout = intake->layout;
    const dx_csv *csv = &intake->records->csv;
    const dx_input *input = subject_of(intake, field);
    dx_str none = {0};
    if (!dx_str_is(text, "null")) {
        dx_diag_add(diags, DX_E_BATCH_SUBJECT, (dx_place){0}, text, none, none);
        return;
    }
    for (uint32_t i = 0; i < layout->n_columns; i++) {
        uint32_t other = layout->columns[i];
        if (other >= input->first && other < input->first + input->n &&
            dx_str_trim(csv->fields.v[i].raw).n > 0)
            dx_diag_add(diags, DX_E_BATCH_NONE, (dx_place){0}, input->name,
                        layout->fields[other].name, none);
    }
    put_none(intake, field - layout->survey->pack->n_facts, row);
}

/* What a cell says as the facts object of the contract would say it: a number, a list or an object
 * as it stands where it is one, and else a string. */
static const dx_json *json_of(dx_arena *arena, dx_str text, const dx_type *type, dx_diags *diags) {
    dx_buf json = {.arena = arena};
    dx_diags no_number;
    bool has_parts = type->kind == DX_T_LIST || type->kind == DX_T_CONTEXT;
    if (has_parts && (text.p[0] == '[' || text.p[0] == '{'))
        return dx_json_parse(arena, text, (dx_str){0}, diags);
    dx_diags_init(&no_number, arena);
    const dx_json *root =
        type->kind == DX_T_NUM ? dx_json_parse(arena, text, (dx_str){0}, &no_number) : NULL;
    if (root && root->kind == DX_JSON_NUMBER)
        return root;
    dx_json_put_string(&json, text);
    return dx_json_parse(arena, dx_buf_str(&json), (dx_str){0}, diags);
}

static dx_str pointer_to(dx_intake *intake, uint32_t field, dx_str inside) {
    dx_buf pointer = {.arena = intake->columns->arena};
    dx_json_put_step(&pointer, subject_of(intake, field)->name);
    if (field < intake->layout->survey->pack->n_facts)
        dx_json_put_step(&pointer, intake->layout->survey->pack->facts[field].name);
    dx_buf_add(&pointer, inside);
    return dx_buf_str(&pointer);
}

static void read_fact(dx_intake *intake, uint32_t field, uint32_t row, dx_str text,
                      dx_diags *diags) {
    const dx_pack *pack = intake->layout->survey->pack;
    dx_arena *arena = intake->columns->arena;
    dx_val value;
    size_t bad;
    if (!dx_utf8_valid(text, &bad)) {
        dx_diag_add(diags, DX_E_UTF8, (dx_place){0},
                    dx_str_fmt(arena, "%02X", (unsigned)(uint8_t)text.p[bad]), (dx_str){0},
                    (dx_str){0});
        return;
    }
    const dx_json *root = json_of(arena, text, pack->facts[field].type, diags);
    if (root && dx_fact_read(pack, intake->run, field, root, &value, diags))
        dx_columns_put(intake->columns, field, row, value);
}

static void read_cell(dx_records *records, uint32_t field, uint32_t row, dx_str text,
                      dx_diags *diags) {
    dx_intake *intake = records->owner;
    const dx_survey *survey = intake->layout->survey;
    if (field >= survey->n_fields) {
        dx_diag_add(diags, DX_E_TABLE_UTF8, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return;
    }
    if (field >= survey->pack->n_facts)
        read_subject(intake, field, row, text, diags);
    else
        read_fact(intake, field, row, text, diags);
    if (diags->first)
        diags->first->place.element = pointer_to(intake, field, diags->first->place.element);
}

/* --- lines of NDJSON -------------------------------------------------------------------------- */

static void put_facts(dx_intake *intake, uint32_t row, const dx_facts *facts) {
    const dx_pack *pack = intake->layout->survey->pack;
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        dx_val v = facts->inputs[i];
        if (v.tag == DX_NULL)
            put_none(intake, i, row);
        if (v.tag != DX_CONTEXT || v.u.context == input->absent.u.context)
            continue;
        for (uint32_t k = 0; k < input->n; k++) {
            const dx_fact *fact = &pack->facts[input->first + k];
            if (!intake->columns->v[input->first + k].field.unread)
                dx_columns_put(intake->columns, input->first + k, row,
                               v.u.context->v[fact->member]);
        }
    }
}

static void read_line(dx_intake *intake, dx_row *row, uint32_t number) {
    const dx_pack *pack = intake->layout->survey->pack;
    dx_diags diags;
    dx_facts facts;
    dx_diags_init(&diags, intake->columns->arena);
    const dx_json *json = dx_json_parse(intake->columns->arena, row->record, (dx_str){0}, &diags);
    if (json && dx_facts_read(pack, intake->run, json, json, &facts, &diags))
        put_facts(intake, number, &facts);
    else
        row->fault = diags.first;
}

static const dx_vector *read_lines(dx_intake *intake, dx_str text, uint64_t line) {
    dx_records *r = intake->records;
    const char *p = text.p, *end = text.p + text.n;
    dx_columns_begin(intake->columns);
    for (r->n = 0; p < end && r->n < DX_ROWS; r->n++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        dx_str record = {p, (size_t)((newline ? newline : end) - p)};
        p = newline ? newline + 1 : end;
        record.n -= record.n > 0 && record.p[record.n - 1] == '\r';
        r->rows[r->n] = (dx_row){.record = record, .line = line + r->n};
        r->bad[r->n] = false;
        read_line(intake, &r->rows[r->n], r->n);
    }
    return r->n ? dx_columns_end(intake->columns, r->n, r->bad) : intake->columns->vectors;
}

/* --- intakes ---------------------------------------------------------------------------------- */

dx_intake *dx_intake_new(dx_arena *kept, dx_arena *arena, const dx_layout *layout) {
    dx_intake *intake = DX_NEW(kept, dx_intake);
    intake->layout = layout;
    intake->run = dx_run_new(&layout->survey->pack->dmn->program, arena);
    intake->columns = dx_columns_new(kept, intake->run, layout->fields, layout->n_fields);
    intake->records = dx_records_new(kept, intake->columns, layout->columns, layout->n_columns,
                                     read_cell, intake);
    return intake;
}

void dx_intake_free(dx_intake *intake) {
    dx_run_free(intake->run);
}

const dx_vector *dx_intake_block(dx_intake *intake, dx_str text, uint64_t line) {
    return intake->layout->n_columns ? dx_records_read(intake->records, text, line)
                                     : read_lines(intake, text, line);
}

dx_facts dx_intake_facts(dx_intake *intake, uint32_t row) {
    const dx_pack *pack = intake->layout->survey->pack;
    dx_arena *arena = intake->columns->arena;
    dx_facts facts = {.inputs = DX_NEW_ARRAY(arena, dx_val, pack->n_inputs + 1)};
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        const dx_input *input = &pack->inputs[i];
        dx_val present = dx_vector_at(&intake->columns->vectors[pack->n_facts + i], row, arena);
        if (!dx_val_is_true(present))
            continue;
        dx_val *values = DX_NEW_ARRAY(arena, dx_val, input->n + 1);
        for (uint32_t k = 0; k < input->n; k++)
            values[pack->facts[input->first + k].member] =
                dx_vector_at(&intake->columns->vectors[input->first + k], row, arena);
        facts.inputs[i] = dx_val_context(arena, input->type->shape, values);
    }
    return facts;
}
