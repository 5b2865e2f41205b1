/* The embedding API: the library, diagnostics and models. What a model gives out is made when it is
 * loaded, so that reading it from any thread neither allocates nor fails. */
#include "api/api.h"
#include "base/file.h"

#ifndef DX_VERSION
#define DX_VERSION DUIXIAN_VERSION
#endif

#define MODEL_BYTES ((size_t)1 << 30)

/* --- the library --------------------------------------------------------------------------------
 */

const char *duixian_version(void) {
    return DX_VERSION;
}

duixian_status dx_api_status(dx_err code) {
    if (code == DX_OK)
        return DUIXIAN_OK;
    if (code == DX_E_MEMORY)
        return DUIXIAN_MEMORY;
    if (code == DX_E_LIMIT_STEPS)
        return DUIXIAN_LIMIT_STEPS;
    if (code == DX_E_LIMIT_DEPTH)
        return DUIXIAN_LIMIT_DEPTH;
    return code == DX_E_POLICY_TOTAL ? DUIXIAN_OVERFLOW : DUIXIAN_LIMIT_BYTES;
}

const char *duixian_status_text(duixian_status status, duixian_lang lang) {
    dx_lang in = lang == DUIXIAN_ZH ? DX_ZH : DX_EN;
    switch (status) {
    case DUIXIAN_OK: return in == DX_ZH ? "成功" : "done";
    case DUIXIAN_REFUSED: return dx_err_text(DX_E_EMBED_REFUSED, in);
    case DUIXIAN_ARGUMENT: return dx_err_text(DX_E_EMBED_ARGUMENT, in);
    case DUIXIAN_MEMORY: return dx_err_text(DX_E_MEMORY, in);
    case DUIXIAN_LIMIT_BYTES: return dx_err_text(DX_E_LIMIT_BYTES, in);
    case DUIXIAN_LIMIT_STEPS: return dx_err_text(DX_E_LIMIT_STEPS, in);
    case DUIXIAN_LIMIT_DEPTH: return dx_err_text(DX_E_EMBED_DEPTH, in);
    case DUIXIAN_OVERFLOW: return dx_err_text(DX_E_POLICY_TOTAL, in);
    }
    return dx_err_text(DX_E_EMBED_ARGUMENT, in);
}

/* --- diagnostics --------------------------------------------------------------------------------
 */

duixian_diag dx_api_diag(dx_arena *arena, const dx_diag *diag, duixian_severity severity) {
    duixian_diag ret = {.severity = severity,
                        .code = dx_err_name(diag->code),
                        .file = dx_str_z(arena, diag->place.file),
                        .line = diag->place.line,
                        .column = diag->place.column};
    static const dx_lang languages[] = {DX_ZH, DX_EN};
    for (size_t i = 0; i < 2; i++) {
        dx_buf text = {.arena = arena};
        dx_diag_print(&text, diag, languages[i]);
        ret.element[i] = dx_str_z(arena, dx_place_element(arena, &diag->place, languages[i]));
        ret.message[i] = dx_str_z(arena, dx_diag_sentence(arena, diag, languages[i]));
        ret.text[i] = dx_str_z(arena, dx_buf_str(&text));
    }
    return ret;
}

void dx_api_diags(dx_arena *arena, const dx_diags *diags, duixian_diags *ret) {
    size_t n = 0;
    for (const dx_diag *diag = diags->first; diag; diag = diag->next)
        n++;
    duixian_diag *v = DX_NEW_ARRAY(arena, duixian_diag, n + 1);
    n = 0;
    for (const dx_diag *diag = diags->first; diag; diag = diag->next)
        v[n++] = dx_api_diag(arena, diag, diag->warning ? DUIXIAN_WARNING : DUIXIAN_ERROR);
    *ret = (duixian_diags){v, n};
}

size_t duixian_diags_count(const duixian_diags *diags) {
    return diags ? diags->n : 0;
}

const duixian_diag *duixian_diags_get(const duixian_diags *diags, size_t i) {
    return diags && i < diags->n ? &diags->v[i] : NULL;
}

/* --- what a model gives out ----------------------------------------------------------------------
 */

static duixian_element element_of(dx_arena *arena, const dx_node_info *node) {
    static const duixian_element_kind kinds[] = {
        [DX_EL_INPUT] = DUIXIAN_INPUT,      [DX_EL_DECISION] = DUIXIAN_DECISION,
        [DX_EL_BKM] = DUIXIAN_FUNCTION,     [DX_EL_SERVICE] = DUIXIAN_SERVICE,
        [DX_EL_SOURCE] = DUIXIAN_KNOWLEDGE,
    };
    dx_buf type = {.arena = arena};
    dx_type_print(&type, node->type);
    return (duixian_element){.kind = kinds[node->element->kind],
                             .name = dx_str_z(arena, node->name),
                             .type = dx_str_z(arena, dx_buf_str(&type)),
                             .description = dx_str_z(arena, node->element->description),
                             .question = dx_str_z(arena, node->element->question),
                             .ns = dx_str_z(arena, node->model->ns),
                             .file = dx_str_z(arena, node->model->file),
                             .line = node->element->line};
}

static dx_api_takes takes_of(const dx_type *type) {
    if (type->kind == DX_T_ANY)
        return DX_API_INPUT | DX_API_ANY;
    for (const dx_type *t = type; t; t = t->base)
        if (t->allowed_fn || t->constraint_fn)
            return DX_API_INPUT;
    unsigned kind = dx_type_is_simple(type) ? 1u << type->kind : 0;
    return (dx_api_takes)((unsigned)DX_API_INPUT | kind);
}

static void describe(duixian_model *model, dx_dmn *dmn) {
    dx_arena *arena = &model->arena;
    duixian_element *elements = DX_NEW_ARRAY(arena, duixian_element, dmn->n_nodes + 1);
    dx_api_takes *takes = DX_NEW_ARRAY(arena, dx_api_takes, dmn->n_nodes + 1);
    uint32_t *decisions = DX_NEW_ARRAY(arena, uint32_t, dmn->n_nodes + 1), n = 0;
    for (uint32_t i = 0; i < dmn->n_nodes; i++) {
        elements[i] = element_of(arena, &dmn->nodes[i]);
        if (elements[i].kind == DUIXIAN_INPUT)
            takes[i] = takes_of(dmn->nodes[i].type);
        if (elements[i].kind == DUIXIAN_DECISION)
            decisions[n++] = i;
    }
    dx_plan_make(arena, &model->all, dmn, decisions, n);
    model->elements = elements;
    model->n_elements = dmn->n_nodes;
    model->takes = takes;
}

/* --- loading -------------------------------------------------------------------------------------
 */

static dx_dmn *load_sources(dx_arena *arena, const duixian_source *sources, uint32_t n,
                            dx_diags *faults) {
    dx_model **models = DX_NEW_ARRAY(arena, dx_model *, n + 1);
    bool all = true;
    for (uint32_t i = 0; i < n; i++) {
        dx_str file = dx_str_copy(arena, dx_str_of(sources[i].name));
        dx_str xml = {sources[i].xml, sources[i].n};
        if (sources[i].xml)
            xml = dx_api_str(sources[i].xml, sources[i].n);
        if (sources[i].xml || dx_file_read(arena, file, arena->limit, &xml, faults))
            models[i] = dx_model_load(arena, xml, file, faults);
        all &= models[i] != NULL;
    }
    return all ? dx_dmn_compile(arena, models, n, faults) : NULL;
}

/* What is loaded: documents, or the pack of a folder. */
typedef struct order {
    const duixian_source *sources;
    uint32_t n;
    const char *folder;
} order;

static void load(duixian_model *model, const order *what) {
    dx_arena *arena = &model->arena;
    dx_diags faults;
    dx_dmn *dmn = NULL;
    dx_diags_init(&faults, arena);
    if (what->folder) {
        dx_str folder = dx_str_copy(arena, dx_str_of(what->folder));
        dx_pack *pack = dx_pack_load(arena, folder, &faults);
        if (pack && !faults.errors) {
            model->pack = pack;
            model->pack_id = dx_str_z(arena, pack->id);
            model->pack_digest = dx_str_z(arena, pack->digest);
            dmn = pack->dmn;
        }
    } else {
        dmn = load_sources(arena, what->sources, what->n, &faults);
    }
    dx_api_diags(arena, &faults, &model->diags);
    if (dmn && !faults.errors) {
        describe(model, dmn);
        model->dmn = dmn;
    }
}

static duixian_status load_trapped(duixian_model *model, const order *what) {
    dx_trap trap;
    if (DX_TRAP(&model->arena, &trap) == 0)
        load(model, what);
    dx_trap_end(&model->arena, &trap);
    return dx_api_status(trap.code);
}

static duixian_status make(const order *what, const duixian_limits *limits, duixian_model **ret) {
    *ret = NULL;
    duixian_model *model = dx_malloc(sizeof *model);
    if (!model)
        return DUIXIAN_MEMORY;
    memset(model, 0, sizeof *model);
    atomic_init(&model->holders, 1);
    dx_arena_init(&model->arena, limits && limits->bytes ? limits->bytes : MODEL_BYTES);
    duixian_status status = load_trapped(model, what);
    if (status != DUIXIAN_OK) {
        dx_api_release(model);
        return status;
    }
    *ret = model;
    return model->dmn ? DUIXIAN_OK : DUIXIAN_REFUSED;
}

duixian_status duixian_model_load(const duixian_source *sources, size_t n,
                                  const duixian_limits *limits, duixian_model **ret) {
    if (!sources || !n || n > UINT32_MAX / 2 || !ret)
        return DUIXIAN_ARGUMENT;
    for (size_t i = 0; i < n; i++)
        if (!sources[i].name)
            return DUIXIAN_ARGUMENT;
    return make(&(order){.sources = sources, .n = (uint32_t)n}, limits, ret);
}

duixian_status duixian_model_load_pack(const char *folder, const duixian_limits *limits,
                                       duixian_model **ret) {
    if (!folder || !ret)
        return DUIXIAN_ARGUMENT;
    return make(&(order){.folder = folder}, limits, ret);
}

void dx_api_release(duixian_model *model) {
    if (atomic_fetch_sub(&model->holders, 1) > 1)
        return;
    dx_arena_done(&model->arena);
    dx_free(model);
}

void duixian_model_free(duixian_model *model) {
    if (model)
        dx_api_release(model);
}

/* --- reading --- */

const duixian_diags *duixian_model_diags(const duixian_model *model) {
    return model ? &model->diags : NULL;
}

const char *duixian_pack_id(const duixian_model *model) {
    return model ? model->pack_id : NULL;
}

const char *duixian_pack_digest(const duixian_model *model) {
    return model ? model->pack_digest : NULL;
}

const duixian_element *duixian_model_element(const duixian_model *model, uint32_t i) {
    return model && i < model->n_elements ? &model->elements[i] : NULL;
}

uint32_t duixian_model_find(const duixian_model *model, duixian_element_kind kind, const char *ns,
                            const char *name) {
    static const dx_element_kind kinds[] = {
        [DUIXIAN_INPUT] = DX_EL_INPUT,      [DUIXIAN_DECISION] = DX_EL_DECISION,
        [DUIXIAN_FUNCTION] = DX_EL_BKM,     [DUIXIAN_SERVICE] = DX_EL_SERVICE,
        [DUIXIAN_KNOWLEDGE] = DX_EL_SOURCE,
    };
    if (!model || !model->dmn || !name || (size_t)kind >= sizeof kinds / sizeof *kinds)
        return DUIXIAN_NONE;
    dx_str wanted = dx_str_of(name);
    uint32_t at = dx_dmn_find(model->dmn, dx_str_of(ns), wanted, kinds[kind]);
    for (uint32_t i = 1; at == DX_NONE && !ns && i < model->dmn->n_models; i++)
        at = dx_dmn_find(model->dmn, model->dmn->models[i]->ns, wanted, kinds[kind]);
    return at;
}
