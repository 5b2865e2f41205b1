/* See jobs.h: verdicts, options and times as the tables keep them. */
#include "app/jobs.h"

/* One letter a status and a kind of amount, in the order of their enumerations. */
static const char letters[] = "eiun";
static const char kinds[] = "-cfte";

char dx_job_letter(dx_status status) {
    return letters[status];
}

void dx_job_encode(dx_arena *arena, const dx_pack *pack, const dx_verdict *verdicts,
                   dx_job_row *ret) {
    dx_buf states = {.arena = arena}, amounts = {.arena = arena}, missing = {.arena = arena};
    for (uint32_t i = 0; i < pack->n_items; i++) {
        const dx_verdict *v = &verdicts[i];
        dx_buf_char(&states, letters[v->status]);
        dx_buf_addz(&amounts, i ? " " : "");
        dx_buf_char(&amounts, kinds[v->kind]);
        if (v->has_amount)
            dx_num_print_fixed(&amounts, v->amount, 2);
    }
    for (uint32_t k = 0; k < pack->n_facts; k++) {
        bool is_missing = false;
        for (uint32_t i = 0; i < pack->n_items && !is_missing; i++)
            is_missing = verdicts[i].missing && (verdicts[i].missing->bits[k / 64] >> (k % 64) & 1);
        if (is_missing)
            dx_buf_fmt(&missing, "%s%u", missing.n ? " " : "", k);
    }
    ret->states = dx_buf_str(&states);
    ret->amounts = dx_buf_str(&amounts);
    ret->missing = dx_buf_str(&missing);
}

/* The piece up to a space; *text goes past it. */
static dx_str cut(dx_str *text) {
    const char *space = text->n ? memchr(text->p, ' ', text->n) : NULL;
    size_t n = space ? (size_t)(space - text->p) : text->n;
    dx_str piece = {text->p, n};
    *text = space ? (dx_str){space + 1, text->n - n - 1} : (dx_str){0};
    return piece;
}

bool dx_job_verdicts(dx_arena *arena, const dx_pack *pack, const dx_job_row *row, dx_verdict *ret) {
    dx_str amounts = row->amounts;
    if (row->states.n != pack->n_items)
        return false;
    for (uint32_t i = 0; i < pack->n_items; i++) {
        dx_str piece = cut(&amounts);
        const char *status = strchr(letters, row->states.p[i]);
        const char *kind = piece.n ? strchr(kinds, piece.p[0]) : NULL;
        if (!status || !kind || !*status || !*kind)
            return false;
        ret[i] = (dx_verdict){.status = (dx_status)(status - letters),
                              .kind = (dx_amount_kind)(kind - kinds),
                              .has_amount = piece.n > 1};
        dx_str digits = {piece.p + 1, piece.n - 1};
        if (digits.n && !dx_num_parse(arena, digits, &ret[i].amount))
            return false;
    }
    return true;
}

const dx_causes *dx_job_missing(dx_arena *arena, const dx_pack *pack, dx_str missing) {
    uint32_t words = pack->n_facts / 64 + 1;
    dx_causes *causes = dx_alloc_zero(arena, 1, sizeof *causes + words * sizeof *causes->bits);
    causes->words = words;
    while (missing.n) {
        dx_str piece = cut(&missing);
        uint32_t number = 0;
        for (size_t i = 0; i < piece.n && number < pack->n_facts; i++)
            number = number * 10 + (uint32_t)(piece.p[i] - '0');
        if (number < pack->n_facts)
            causes->bits[number / 64] |= UINT64_C(1) << (number % 64);
    }
    return causes;
}

uint32_t dx_job_pack(const dx_app *app, dx_str digest) {
    for (uint32_t i = 0; i < app->n_packs; i++)
        if (dx_str_eq(app->packs[i]->digest, digest))
            return i;
    return DX_NONE;
}

bool dx_job_options(dx_arena *arena, const dx_pack *pack, const dx_job *job, dx_options *ret) {
    uint32_t *options = DX_NEW_ARRAY(arena, uint32_t, pack->n_readings + 1);
    dx_str readings = job->readings;
    dx_options_default(pack, options);
    while (readings.n)
        if (!dx_options_choose(pack, cut(&readings), options, NULL))
            return false;
    ret->options = options;
    return dx_date_parse(job->as_of, &ret->as_of);
}

int64_t dx_job_now(const dx_app *app) {
    dx_datetime now = app->now();
    int64_t seconds = (now.time.hour * 60 + now.time.minute) * 60 + now.time.second;
    return (dx_date_to_days(now.date) * 86400 + seconds) * 1000 + now.time.nanos / 1000000;
}
