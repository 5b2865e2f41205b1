/* Item definitions as FEEL types. A definition becomes a type when it is first asked for; the
 * allowed values are compiled to procedures. */
#include "dmn/lower.h"

#include "feel/check.h"

static dx_place place_of(const dx_lower *lower, const dx_text *text) {
    return dx_text_place(text, lower->model->file, lower->where);
}

static dx_type *known_type(const dx_lower *lower, const dx_item_def *item) {
    for (uint32_t i = 0; i < lower->types->n; i++)
        if (lower->types->v[i].item == item)
            return lower->types->v[i].type;
    return NULL;
}

/* The tests of a definition on values of a type, which is `part` of it. */
static uint32_t tests_proc(dx_lower *lower, const dx_text *text, dx_part part,
                           const dx_type *subject, const dx_node **ret_tests) {
    *ret_tests = NULL;
    if (text->s.n == 0)
        return 0;
    dx_names scope = {0};
    const dx_where *outer = dx_lower_enter(lower, part, 0, (dx_str){0});
    dx_names_add(lower->arena, &scope, DX_STR("?"));
    dx_parse parse = {
        .arena = lower->arena, .diags = lower->diags, .scope = &scope, .members = lower->members};
    dx_node *tests = dx_feel_parse_tests(&parse, text->s, place_of(lower, text));
    lower->where = outer;
    if (tests->kind == DX_N_ERROR)
        return 0;
    *ret_tests = tests;
    dx_check_tests(&(dx_check){.compiler = lower->compiler}, tests, subject);
    return dx_compile_tests(lower->compiler, tests)->number + 1;
}

static const dx_type *item_type(dx_lower *lower, const dx_item_def *item);

static void fill_components(dx_lower *lower, const dx_item_def *item, dx_type *type) {
    const dx_type **members = DX_NEW_ARRAY(lower->arena, const dx_type *, item->n_components);
    dx_str *keys = DX_NEW_ARRAY(lower->arena, dx_str, item->n_components);
    for (uint32_t i = 0; i < item->n_components; i++) {
        keys[i] = dx_name_normal(lower->arena, item->components[i].name);
        members[i] = item_type(lower, &item->components[i]);
    }
    type->kind = DX_T_CONTEXT;
    type->n = item->n_components;
    type->shape = dx_compile_intern(lower->compiler, dx_shape_new(lower->arena, keys, type->n));
    type->members = members;
}

static void fill_function(dx_lower *lower, const dx_item_def *item, dx_type *type) {
    const dx_type **params =
        DX_NEW_ARRAY(lower->arena, const dx_type *, item->n_function_params + 1);
    for (uint32_t i = 0; i < item->n_function_params; i++)
        params[i] = dx_lower_type(lower, &item->function_params[i].type_ref);
    type->kind = DX_T_FUNCTION;
    type->n = item->n_function_params;
    type->members = params;
    type->elem = dx_lower_type(lower, &item->type_ref);
}

/* Of a definition that holds itself it is not known while it is made. */
static bool is_untested(const dx_type *type) {
    bool parts = !type->elem || type->elem->untested;
    for (uint32_t i = 0; type->kind == DX_T_CONTEXT && i < type->n; i++)
        parts = parts && type->members[i]->untested;
    return parts && !type->allowed_fn && !type->constraint_fn &&
           (!type->base || type->base->untested);
}

/* The type that a definition names. A definition that names itself in the end has none. */
static const dx_type *base_type(dx_lower *lower, const dx_item_def *item) {
    dx_alias here = {lower->aliases, item};
    lower->aliases = &here;
    const dx_type *base = dx_lower_type(lower, &item->type_ref);
    for (const dx_alias *a = &here; a; a = a->outer)
        if (base == known_type(lower, a->item)) {
            dx_diag_add(lower->diags, DX_E_DMN_TYPE_CYCLE, place_of(lower, &item->type_ref),
                        item->name, a->item->name, (dx_str){0});
            base = &dx_type_any;
            break;
        }
    lower->aliases = here.outer;
    return base;
}

/* `type` has its place among the known types before its parts are looked at: a definition that
 * holds itself is found there. */
static void fill(dx_lower *lower, const dx_item_def *item, dx_type *type) {
    type->name = item->name;
    type->description = item->description;
    if (item->is_function) {
        fill_function(lower, item, type);
    } else if (item->n_components > 0) {
        fill_components(lower, item, type);
    } else {
        const dx_type *base = base_type(lower, item);
        dx_str name = type->name, description = type->description;
        bool narrows = base->name.n > 0;
        *type = *base;
        type->name = name;
        type->description = description.n ? description : base->description;
        type->base = narrows ? base : NULL;
        type->allowed = type->constraint = NULL;
        type->allowed_fn = type->constraint_fn = 0;
    }
    type->untested = is_untested(type);
}

static const dx_type *item_type(dx_lower *lower, const dx_item_def *item) {
    dx_type *type = known_type(lower, item);
    if (type)
        return type;
    type = DX_NEW(lower->arena, dx_type);
    dx_known_type entry = {item, type};
    dx_vec_push(lower->arena, lower->types, entry);
    const dx_where *outer =
        dx_lower_enter(lower, lower->where ? DX_PART_COMPONENT : DX_PART_TYPE, 0, item->name);
    if (!item->is_collection) {
        fill(lower, item, type);
    } else {
        dx_type *elem = DX_NEW(lower->arena, dx_type);
        type->kind = DX_T_LIST;
        type->elem = elem;
        type->name = item->name;
        type->description = item->description;
        fill(lower, item, elem);
        elem->name = (dx_str){0};
        if (elem->base && elem->base->kind != DX_T_CONTEXT && !elem->base->elem)
            type->elem = elem->base;
    }
    type->allowed_fn = tests_proc(lower, &item->allowed, DX_PART_ALLOWED,
                                  item->is_collection ? type->elem : type, &type->allowed);
    type->constraint_fn =
        tests_proc(lower, &item->constraint, DX_PART_CONSTRAINT, type, &type->constraint);
    type->untested = is_untested(type);
    lower->where = outer;
    return type;
}

static const dx_model *model_of_ns(const dx_dmn *dmn, dx_str ns) {
    for (uint32_t i = 0; i < dmn->n_models; i++)
        if (dx_str_eq(dmn->models[i]->ns, ns))
            return dmn->models[i];
    return NULL;
}

static const dx_type *find_in_model(dx_lower *lower, const dx_model *model, dx_str name) {
    for (uint32_t i = 0; i < model->n_items; i++)
        if (dx_str_eq(model->items[i].name, name)) {
            const dx_model *here = lower->model;
            const dx_where *where = lower->where;
            lower->model = model;
            lower->where = NULL;
            const dx_type *type = item_type(lower, &model->items[i]);
            lower->model = here;
            lower->where = where;
            return type;
        }
    for (uint32_t i = 0; i < model->n_imports; i++) {
        const dx_import *import = &model->imports[i];
        const dx_model *other = model_of_ns(lower->dmn, import->ns);
        if (!other || other == model)
            continue;
        if (import->name.n == 0) {
            const dx_type *type = find_in_model(lower, other, name);
            if (type)
                return type;
        } else if (dx_str_starts(name, import->name) && name.n > import->name.n + 1 &&
                   name.p[import->name.n] == '.') {
            size_t skip = import->name.n + 1;
            return find_in_model(lower, other, (dx_str){name.p + skip, name.n - skip});
        }
    }
    return NULL;
}

const dx_type *dx_lower_resolve(void *context, dx_str name) {
    dx_lower *lower = context;
    return find_in_model(lower, lower->model, name);
}

void dx_lower_types(dx_lower *lower, const dx_model *model) {
    lower->model = model;
    lower->where = NULL;
    for (uint32_t i = 0; i < model->n_items; i++)
        item_type(lower, &model->items[i]);
}

/* The known type whose name is nearest to one that is not known. */
static dx_str near_type(const dx_lower *lower, dx_str name) {
    static const char *const simple[] = {"number",
                                         "string",
                                         "boolean",
                                         "date",
                                         "time",
                                         "Any",
                                         "date and time",
                                         "context",
                                         "years and months duration",
                                         "days and time duration"};
    /* as other notations call them */
    static const char *const aliases[][2] = {
        {"integer", "number"}, {"int", "number"},     {"long", "number"},
        {"double", "number"},  {"decimal", "number"}, {"float", "number"},
        {"text", "string"},    {"bool", "boolean"},   {"datetime", "date and time"},
        {"any", "Any"},
    };
    dx_near near = dx_near_start(name);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (dx_str_is(name, aliases[i][0]))
            return dx_str_of(aliases[i][1]);
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
        dx_near_try(&near, dx_str_of(simple[i]));
    for (uint32_t i = 0; i < lower->model->n_items; i++)
        dx_near_try(&near, lower->model->items[i].name);
    return near.best;
}

const dx_type *dx_lower_type(dx_lower *lower, const dx_text *type_ref) {
    dx_str name = dx_str_trim(type_ref->s);
    if (name.n == 0)
        return &dx_type_any;
    const dx_type *type = find_in_model(lower, lower->model, name);
    if (!type)
        type = dx_type_builtin(name);
    if (!type) {
        dx_str near = near_type(lower, name);
        dx_diag_add(lower->diags, near.n ? DX_E_FEEL_UNKNOWN_TYPE_NEAR : DX_E_FEEL_UNKNOWN_TYPE,
                    place_of(lower, type_ref), name, near, (dx_str){0});
        return &dx_type_any;
    }
    return type;
}
