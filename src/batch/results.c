/* See results.h. */
#include "batch/results.h"

#include "policy/ndjson.h"

/* --- made once -------------------------------------------------------------------------------- */

static void sort_paths(dx_results *r, dx_arena *arena) {
    const dx_pack *pack = r->layout->survey->pack;
    uint32_t *order = DX_NEW_ARRAY(arena, uint32_t, pack->n_facts + 1);
    for (uint32_t i = 0; i < pack->n_facts; i++) {
        uint32_t at = i;
        for (; at > 0 && dx_str_cmp(pack->facts[order[at - 1]].path, pack->facts[i].path) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (uint32_t i = 0; i < pack->n_facts; i++) {
        dx_buf text = {.arena = arena};
        if (r->csv)
            dx_buf_add(&text, pack->facts[order[i]].path);
        else
            dx_json_put_string(&text, pack->facts[order[i]].path);
        r->paths[i] = dx_buf_str(&text);
        r->ranks[order[i]] = i;
    }
}

dx_results *dx_results_new(dx_arena *arena, const dx_layout *layout, bool csv, dx_lang lang) {
    const dx_pack *pack = layout->survey->pack;
    dx_results *r = DX_NEW(arena, dx_results);
    *r = (dx_results){
        .layout = layout,
        .lang = lang,
        .csv = csv,
        .items = DX_NEW_ARRAY(arena, dx_str, pack->n_items + 1),
        .paths = DX_NEW_ARRAY(arena, dx_str, pack->n_facts + 1),
        .ranks = DX_NEW_ARRAY(arena, uint32_t, pack->n_facts + 1),
        .missing = DX_NEW_ARRAY(arena, const dx_causes *, (size_t)pack->n_items *DX_ROWS + 1)};
    sort_paths(r, arena);
    for (uint32_t i = 0; i < pack->n_items && !csv; i++) {
        dx_buf text = {.arena = arena};
        dx_buf_addz(&text, i ? "," : "");
        dx_json_put_string(&text, pack->items[i].id);
        dx_buf_addz(&text, ":{\"status\":\"");
        r->items[i] = dx_buf_str(&text);
    }
    return r;
}

void dx_results_headings(const dx_results *r, dx_buf *out) {
    const dx_pack *pack = r->layout->survey->pack;
    dx_buf_addz(out, "line");
    for (uint32_t i = 0; i < r->layout->n_keys; i++) {
        dx_buf_char(out, ',');
        dx_csv_put(out, r->layout->headings[r->layout->keys[i]]);
    }
    for (uint32_t i = 0; i < pack->n_items; i++) {
        dx_str id = pack->items[i].id;
        dx_buf_fmt(out, ",%.*s.status,%.*s.amount,%.*s.missing", DX_FMT(id), DX_FMT(id),
                   DX_FMT(id));
    }
    dx_buf_addz(out, ",total,error\n");
}

/* --- parts of a row --------------------------------------------------------------------------- */

static void put_fen(dx_buf *out, int64_t fen) {
    char text[24], *p = text + sizeof text;
    uint64_t left = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    for (int digits = 0; digits < 3 || left > 0; digits++) {
        if (digits == 2)
            *--p = '.';
        *--p = (char)('0' + left % 10);
        left /= 10;
    }
    if (fen < 0)
        *--p = '-';
    dx_buf_add(out, (dx_str){p, (size_t)(text + sizeof text - p)});
}

static void put_amount(dx_buf *out, dx_survey_run *run, const dx_item_rows *rows, uint32_t row) {
    if (rows->wide)
        dx_num_print_fixed(out, dx_vector_at(rows->amount, row, run->run->arena).u.num, 2);
    else
        put_fen(out, rows->fen[row]);
}

static void put_total(dx_buf *out, dx_survey_run *run, uint32_t row) {
    if (run->wide)
        dx_num_print_fixed(out, dx_survey_total(run, row), 2);
    else
        put_fen(out, run->total[row]);
}

/* The paths of missing facts in their order, with `between` between them. */
static void put_missing(const dx_results *r, const dx_causes *causes, const char *between,
                        dx_buf *out) {
    uint32_t n_facts = r->layout->survey->pack->n_facts;
    uint64_t sorted[16] = {0}; /* of up to 1024 facts at a time */
    bool first = true;
    for (uint32_t base = 0; base < n_facts; base += 1024) {
        for (uint32_t w = 0; w < causes->words; w++)
            for (uint64_t bits = causes->bits[w]; bits; bits &= bits - 1) {
                uint32_t fact = w * 64 + (uint32_t)__builtin_ctzll(bits);
                uint32_t rank = fact < n_facts ? r->ranks[fact] - base : UINT32_MAX;
                if (rank < 1024)
                    sorted[rank / 64] |= UINT64_C(1) << rank % 64;
            }
        for (uint32_t w = 0; w < 16; w++)
            for (; sorted[w]; sorted[w] &= sorted[w] - 1) {
                dx_buf_addz(out, first ? "" : between);
                dx_buf_add(out, r->paths[base + w * 64 + (uint32_t)__builtin_ctzll(sorted[w])]);
                first = false;
            }
    }
}

/* --- rows ------------------------------------------------------------------------------------- */

static void json_row(const dx_results *r, dx_survey_run *run, uint32_t row, dx_buf *out) {
    dx_buf_addz(out, "{\"items\":{");
    for (uint32_t i = 0; i < r->layout->survey->pack->n_items; i++) {
        const dx_item_rows *rows = &run->items[i];
        const dx_causes *missing = r->missing[(size_t)i * DX_ROWS + row];
        dx_buf_add(out, r->items[i]);
        dx_buf_addz(out, dx_status_name((dx_status)rows->status[row]));
        dx_buf_addz(out, rows->paid[row] ? "\",\"amount\":\"" : "\",\"amount\":null");
        if (rows->paid[row]) {
            put_amount(out, run, rows, row);
            dx_buf_char(out, '"');
        }
        dx_buf_addz(out, ",\"missing\":[");
        if (rows->status[row] == DX_UNDETERMINED && missing)
            put_missing(r, missing, ",", out);
        dx_buf_addz(out, "]}");
    }
    dx_buf_addz(out, "},\"total\":\"");
    put_total(out, run, row);
    dx_buf_addz(out, "\"}\n");
}

/* Quotes that do not match: nobody can say where the cells of the row are. */
static bool is_torn(const dx_row *row) {
    return row->fault &&
           (row->fault->code == DX_E_CSV_OPEN || row->fault->code == DX_E_CSV_QUOTE ||
            row->fault->code == DX_E_CSV_AFTER_QUOTE || row->fault->code == DX_E_CSV_CR);
}

static void put_keys(const dx_results *r, const dx_row *row, dx_buf *out) {
    dx_buf_fmt(out, "%llu", (unsigned long long)row->line);
    for (uint32_t i = 0; i < r->layout->n_keys; i++) {
        dx_buf_char(out, ',');
        if (!is_torn(row))
            dx_buf_add(out, dx_records_cell(row, r->layout->keys[i]));
    }
}

static void csv_row(const dx_results *r, const dx_intake *intake, dx_survey_run *run, uint32_t row,
                    dx_buf *out) {
    put_keys(r, &intake->records->rows[row], out);
    for (uint32_t i = 0; i < r->layout->survey->pack->n_items; i++) {
        const dx_item_rows *rows = &run->items[i];
        const dx_causes *missing = r->missing[(size_t)i * DX_ROWS + row];
        dx_buf_char(out, ',');
        dx_buf_addz(out, dx_status_name((dx_status)rows->status[row]));
        dx_buf_char(out, ',');
        if (rows->paid[row])
            put_amount(out, run, rows, row);
        dx_buf_char(out, ',');
        if (rows->status[row] == DX_UNDETERMINED && missing)
            put_missing(r, missing, "; ", out);
    }
    dx_buf_char(out, ',');
    put_total(out, run, row);
    dx_buf_addz(out, ",\n");
}

void dx_results_fault(const dx_results *r, const dx_intake *intake, uint32_t number, dx_err code,
                      dx_buf *out) {
    const dx_row *row = &intake->records->rows[number];
    dx_arena *arena = intake->columns->arena;
    dx_diag later = {.code = code};
    dx_diags faults = {.arena = arena, .first = row->fault ? (dx_diag *)row->fault : &later};
    if (!r->csv) {
        const dx_ndjson stream = {.lang = r->lang};
        bool placed = row->fault && r->layout->n_columns; /* in the file, not in the line */
        dx_ndjson_fault(&stream, placed ? row->fault->place.line : row->line, &faults, out);
        return;
    }
    dx_buf text = {.arena = arena};
    const dx_place *place = &faults.first->place;
    put_keys(r, row, out);
    for (uint32_t i = 0; i < 3 * r->layout->survey->pack->n_items + 2; i++)
        dx_buf_char(out, ',');
    if (place->column)
        dx_buf_fmt(&text, "%u:%u: ", place->line, place->column);
    dx_buf_add(&text, place->element);
    dx_buf_addz(&text, place->element.n ? ": " : "");
    dx_buf_add(&text, dx_diag_sentence(arena, faults.first, r->lang));
    dx_csv_put(out, dx_buf_str(&text));
    dx_buf_char(out, '\n');
}

bool dx_results_block(dx_results *r, const dx_intake *intake, dx_survey_run *run, dx_buf *out) {
    uint32_t n = intake->records->n;
    bool good = true;
    for (uint32_t i = 0; i < r->layout->survey->pack->n_items; i++) {
        if (run->items[i].n_undetermined == 0)
            continue;
        const dx_causes *const *missing = dx_survey_missing(run, i);
        memcpy(&r->missing[(size_t)i * DX_ROWS], missing, n * sizeof *missing);
    }
    for (uint32_t row = 0; row < n; row++) {
        good &= !intake->records->rows[row].fault;
        if (intake->records->rows[row].fault)
            dx_results_fault(r, intake, row, DX_OK, out);
        else if (r->csv)
            csv_row(r, intake, run, row, out);
        else
            json_row(r, run, row, out);
    }
    return good;
}
