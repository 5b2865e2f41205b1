/* See query.h: parameters of operations that assess many. */
#include "app/query.h"

static dx_str names_text(dx_arena *arena, const char *names) {
    dx_buf text = {.arena = arena};
    for (const char *c = names; *c; c++) {
        if (*c == ' ')
            dx_buf_addz(&text, ", ");
        else if (*c != '*' && *c != '?')
            dx_buf_char(&text, *c);
    }
    return dx_buf_str(&text);
}

static dx_place place_of(dx_arena *arena, dx_str name) {
    return (dx_place){.element = dx_str_fmt(arena, "/%.*s", DX_FMT(name))};
}

static bool is_given_before(const dx_request *request, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (dx_str_eq(request->query[i].name, request->query[at].name))
            return true;
    return false;
}

/* The first value of a parameter; p is NULL when it was not given. */
static dx_str value_of(const dx_request *request, const char *name) {
    for (uint32_t i = 0; i < request->n_query; i++)
        if (dx_str_is(request->query[i].name, name))
            return request->query[i].value;
    return (dx_str){0};
}

static void fault(dx_diags *diags, const char *name, dx_err code) {
    dx_diag_add(diags, code, place_of(diags->arena, dx_str_of(name)), (dx_str){0}, (dx_str){0},
                (dx_str){0});
}

/* The pack and the day. Where the pack is at fault, the rest is read as for the first one. */
static void read_pack(const dx_app *app, const dx_request *request, dx_query *ret,
                      dx_diags *diags) {
    dx_str name = value_of(request, "pack"), day = value_of(request, "as_of");
    uint32_t number = 0;
    ret->options.as_of = app->today();
    bool dated = !day.p || (day.n == 10 && dx_date_parse(day, &ret->options.as_of));
    if (!dated)
        fault(diags, "as_of", DX_E_API_DATE);
    if (name.p) {
        number = dx_app_find_pack(app, name);
        if (number == DX_NONE)
            fault(diags, "pack", DX_E_API_NO_PACK);
    } else if (dated) {
        dx_place place = place_of(diags->arena, DX_STR("as_of"));
        number = dx_app_choose_pack(app, ret->options.as_of, place, diags);
    }
    ret->pack = number == DX_NONE ? 0 : number;
}

static void read_parameter(const dx_pack *pack, const dx_request *request, uint32_t number,
                           const char *names, uint32_t *options, dx_query *ret, dx_diags *diags) {
    const dx_parameter *p = &request->query[number];
    dx_place place = place_of(diags->arena, p->name);
    bool is_reading = dx_str_is(p->name, "reading");
    bool is_brief = dx_str_is(p->name, "brief") && strstr(names, "brief");
    bool known =
        is_reading || is_brief || dx_str_is(p->name, "pack") || dx_str_is(p->name, "as_of");
    if (!known || (!is_reading && is_given_before(request, number))) {
        dx_diag_add(diags, DX_E_API_PARAMETER, place, p->name, names_text(diags->arena, names),
                    (dx_str){0});
    } else if (is_brief) {
        ret->brief = !dx_str_is(p->value, "false");
        if (ret->brief && !dx_str_is(p->value, "true"))
            dx_diag_add(diags, DX_E_API_SWITCH, place, p->name, (dx_str){0}, (dx_str){0});
    } else if (is_reading) {
        uint32_t errors = diags->errors;
        dx_options_choose(pack, p->value, options, diags);
        for (dx_diag *d = diags->first; d && diags->errors > errors; d = d->next)
            if (!d->next)
                d->place.element = place.element;
    }
}

void dx_query_read(const dx_worker *worker, const dx_request *request, const char *names,
                   dx_arena *arena, dx_query *ret, dx_diags *diags) {
    read_pack(worker->app, request, ret, diags);
    const dx_pack *pack = worker->app->packs[ret->pack];
    uint32_t *options = DX_NEW_ARRAY(arena, uint32_t, pack->n_readings + 1);
    dx_options_default(pack, options);
    ret->options.options = options;
    ret->brief = true;
    for (uint32_t i = 0; i < request->n_query; i++)
        read_parameter(pack, request, i, names, options, ret, diags);
}
