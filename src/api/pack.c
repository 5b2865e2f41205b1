/* The embedding API: policy packs. A pack is a model with more to it; its decisions are those of
 * the run that assesses. */
#include "api/api.h"

/* What an assessment is asked for. */
typedef struct request {
    const char *facts, *as_of;
    size_t n;
    const char *const *readings;
    size_t n_readings;
    bool brief;
} request;

static bool read_day(const char *text, dx_date *ret, dx_diags *faults) {
    dx_str day = dx_str_of(text);
    if (day.n == 10 && day.p[0] != '-' && dx_date_parse(day, ret))
        return true;
    dx_diag_add(faults, DX_E_USAGE_DATE, (dx_place){0}, day, (dx_str){0}, (dx_str){0});
    return false;
}

static void assess(duixian_run *run, const request *asked, dx_buf *out, dx_diags *faults) {
    dx_arena *arena = &run->arena;
    const dx_pack *pack = run->model->pack;
    dx_facts facts;
    dx_assessment assessment;
    dx_options options = {0};
    uint32_t *chosen = DX_NEW_ARRAY(arena, uint32_t, pack->n_readings + 1);
    dx_options_default(pack, chosen);
    for (size_t i = 0; i < asked->n_readings; i++)
        dx_options_choose(pack, dx_str_of(asked->readings[i]), chosen, faults);
    read_day(asked->as_of, &options.as_of, faults);
    options.options = chosen;
    const dx_json *json = dx_api_json(run, asked->facts, asked->n, "", faults);
    if (!json || !dx_facts_read(pack, run->run, json, json, &facts, faults) || faults->errors)
        return;
    assessment.verdicts = DX_NEW_ARRAY(arena, dx_verdict, pack->n_items + 1);
    dx_assess(pack, run->run, &facts, &options, &assessment);
    dx_json_writer writer = {.out = out};
    dx_assessment_json(pack, run->run, &facts, &options, &assessment, asked->brief, &writer);
    dx_buf_char(out, 0);
}

static duixian_status assess_trapped(duixian_run *run, const request *asked, dx_buf *out) {
    dx_trap trap;
    dx_diags faults;
    if (DX_TRAP(&run->arena, &trap))
        return dx_api_caught(run, &trap);
    dx_diags_init(&faults, &run->arena);
    assess(run, asked, out, &faults);
    return dx_api_end(run, &trap, &faults);
}

duixian_status duixian_assess(duixian_run *run, const char *facts, size_t n, const char *as_of,
                              const char *const *readings, size_t n_readings, bool brief,
                              const char **ret, size_t *ret_n) {
    if (!run || !run->model->pack || !facts || !as_of || (n_readings && !readings) || !ret)
        return DUIXIAN_ARGUMENT;
    for (size_t i = 0; i < n_readings; i++)
        if (!readings[i])
            return DUIXIAN_ARGUMENT;
    request asked = {facts, as_of, n, readings, n_readings, brief};
    dx_buf out = {.arena = &run->arena};
    duixian_run_reset(run);
    dx_api_begin(run);
    duixian_status status = assess_trapped(run, &asked, &out);
    if (status != DUIXIAN_OK)
        return status;
    const dx_plan *plan = &run->model->pack->plan;
    for (uint32_t i = 0; i < plan->n; i++)
        run->decided[plan->decisions[i]] = run->record;
    run->last = plan;
    *ret = out.p;
    if (ret_n)
        *ret_n = out.n - 1;
    return DUIXIAN_OK;
}
