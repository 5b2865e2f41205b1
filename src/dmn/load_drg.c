/* Loading the decision requirements graph: input data, decisions, business knowledge models,
 * decision services and knowledge sources, and the hrefs between them. */
#include "dmn/load.h"

#define BIT(kind) (1u << (kind))

/* The hrefs of an element of one kind while they are read. */
typedef struct refs {
    dx_href *v;
    uint32_t n;
} refs;

/* ---- hrefs ---- */

/* A reference is "#id", or "namespace#id"; the model's own namespace counts as none. */
static dx_href split_href(dx_loader *l, const dx_xml_node *node) {
    dx_str all = dx_load_required(l, node, "href");
    dx_href href = {.ns = DX_STR(""), .id = DX_STR(""), .line = node->line, .column = node->column};
    size_t at = all.n;
    while (at > 0 && all.p[at - 1] != '#')
        at--;
    if (at == 0 || at == all.n) {
        if (all.n)
            dx_load_fault(l, node, "href", DX_E_DMN_HREF_FORM, all, DX_STR(""));
        return href;
    }
    href.ns = (dx_str){all.p, at - 1};
    href.id = (dx_str){all.p + at, all.n - at};
    if (dx_str_eq(href.ns, l->model->ns))
        href.ns = DX_STR("");
    return href;
}

/* Room for as many references as there are children of a kind. */
static refs refs_for(dx_loader *l, const dx_xml_node *node, dx_word word) {
    return (refs){DX_NEW_ARRAY(l->arena, dx_href, dx_load_count(node, word)), 0};
}

static void add_href(dx_loader *l, const dx_element *owner, const dx_xml_node *node, refs *to,
                     uint32_t kinds) {
    dx_href *href = &to->v[to->n];
    *href = split_href(l, node);
    if (href->id.n == 0)
        return;
    to->n++;
    dx_vec_push(l->scratch, &l->pending, ((dx_pending){href, node, owner, kinds}));
}

static dx_str kind_word(dx_element_kind kind) {
    switch (kind) {
    case DX_EL_INPUT: return DX_STR("inputData");
    case DX_EL_DECISION: return DX_STR("decision");
    case DX_EL_BKM: return DX_STR("businessKnowledgeModel");
    case DX_EL_SERVICE: return DX_STR("decisionService");
    case DX_EL_SOURCE: break;
    }
    return DX_STR("knowledgeSource");
}

static void check_href(dx_loader *l, const dx_pending *p, const dx_map *by_id,
                       const dx_map *imports) {
    if (p->href->ns.n) {
        if (dx_map_get(imports, p->href->ns) == DX_MAP_NONE)
            dx_load_fault(l, p->node, "href", DX_E_DMN_HREF_IMPORT, p->href->ns, DX_STR(""));
        return;
    }
    uint32_t i = dx_map_get(by_id, p->href->id);
    if (i == DX_MAP_NONE) {
        dx_load_fault(l, p->node, "href", DX_E_DMN_HREF, p->href->id, DX_STR(""));
        return;
    }
    const dx_element *target = &l->model->elements[i];
    if (!(p->kinds & BIT(target->kind)))
        dx_load_fault(l, p->node, "href", DX_E_DMN_HREF_KIND, p->node->name,
                      dx_str_fmt(l->scratch, "%.*s %.*s", DX_FMT(kind_word(target->kind)),
                                 DX_FMT(target->name)));
}

void dx_load_check_hrefs(dx_loader *l) {
    dx_map by_id = {0}, imports = {0};
    for (uint32_t i = 0; i < l->model->n_imports; i++)
        dx_map_put(l->scratch, &imports, l->model->imports[i].ns, i);
    for (uint32_t i = 0; i < l->model->n_elements; i++)
        if (l->model->elements[i].id.n)
            dx_map_put(l->scratch, &by_id, l->model->elements[i].id, i);
    for (uint32_t i = 0; i < l->pending.n; i++) {
        const dx_pending *p = &l->pending.v[i];
        dx_where where = dx_element_where(p->owner);
        l->where = &where;
        check_href(l, p, &by_id, &imports);
        l->where = NULL;
    }
}

/* ---- requirements ---- */

/* The one href that is wanted of a requirement element. */
static void load_requirement(dx_loader *l, const dx_element *owner, const dx_xml_node *node,
                             dx_word word, refs *to, uint32_t kinds) {
    for (const dx_xml_node *child = node->first; child; child = child->next)
        if (child->word == word)
            add_href(l, owner, child, to, kinds);
}

static void load_information(dx_loader *l, const dx_element *owner, const dx_xml_node *node,
                             refs *decisions, refs *inputs) {
    load_requirement(l, owner, node, DX_W_requiredDecision, decisions, BIT(DX_EL_DECISION));
    load_requirement(l, owner, node, DX_W_requiredInput, inputs, BIT(DX_EL_INPUT));
    if (!dx_load_count(node, DX_W_requiredDecision) && !dx_load_count(node, DX_W_requiredInput))
        dx_load_fault(l, node, NULL, DX_E_DMN_CHILD, node->name,
                      DX_STR("requiredDecision/requiredInput"));
}

static void load_authority(dx_loader *l, const dx_element *owner, const dx_xml_node *node,
                           refs *to) {
    load_requirement(l, owner, node, DX_W_requiredAuthority, to,
                     BIT(DX_EL_SOURCE) | BIT(DX_EL_DECISION) | BIT(DX_EL_INPUT));
    load_requirement(l, owner, node, DX_W_requiredDecision, to, BIT(DX_EL_DECISION));
    load_requirement(l, owner, node, DX_W_requiredInput, to, BIT(DX_EL_INPUT));
}

/* How many hrefs the children of a kind of requirement hold at most. */
static dx_href *new_hrefs(dx_loader *l, const dx_xml_node *node, dx_word requirement) {
    uint32_t n = 0;
    for (const dx_xml_node *child = node->first; child; child = child->next)
        for (const dx_xml_node *c = child->word == requirement ? child->first : NULL; c;
             c = c->next)
            n++;
    return DX_NEW_ARRAY(l->arena, dx_href, n);
}

static void load_requirements(dx_loader *l, const dx_xml_node *node, dx_element *e) {
    refs decisions = {new_hrefs(l, node, DX_W_informationRequirement), 0};
    refs inputs = {new_hrefs(l, node, DX_W_informationRequirement), 0};
    refs knowledge = {new_hrefs(l, node, DX_W_knowledgeRequirement), 0};
    refs authorities = {new_hrefs(l, node, DX_W_authorityRequirement), 0};
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        switch (child->word) {
        case DX_W_informationRequirement: load_information(l, e, child, &decisions, &inputs); break;
        case DX_W_knowledgeRequirement:
            load_requirement(l, e, child, DX_W_requiredKnowledge, &knowledge,
                             BIT(DX_EL_BKM) | BIT(DX_EL_SERVICE));
            break;
        case DX_W_authorityRequirement: load_authority(l, e, child, &authorities); break;
        default: break;
        }
    }
    e->required_decisions = decisions.v;
    e->n_required_decisions = decisions.n;
    e->required_inputs = inputs.v;
    e->n_required_inputs = inputs.n;
    e->required_knowledge = knowledge.v;
    e->n_required_knowledge = knowledge.n;
    e->authorities = authorities.v;
    e->n_authorities = authorities.n;
}

/* ---- the elements ---- */

static void load_variable(dx_loader *l, const dx_xml_node *node, dx_element *e) {
    dx_str name = dx_load_attr(node, "name");
    if (name.n)
        e->variable = name;
    e->type_ref = dx_load_type(l, node);
}

static void load_decision_child(dx_loader *l, const dx_xml_node *node, const dx_xml_node *child,
                                dx_element *e) {
    switch (child->word) {
    case DX_W_question: e->question = child->text.s; return;
    case DX_W_allowedAnswers: e->answers = child->text.s; return;
    case DX_W_variable: load_variable(l, child, e); return;
    case DX_W_informationRequirement:
    case DX_W_knowledgeRequirement:
    case DX_W_authorityRequirement: /* load_requirements has them */
    case DX_W_supportedObjective:
    case DX_W_impactedPerformanceIndicator:
    case DX_W_decisionMaker:
    case DX_W_decisionOwner:
    case DX_W_usingProcess:
    case DX_W_usingTask: return;
    default: break;
    }
    if (dx_load_is_expr(child))
        dx_load_expr(l, child, &e->expr);
    else
        dx_load_unexpected(l, node, child);
}

static void load_bkm_child(dx_loader *l, const dx_xml_node *node, const dx_xml_node *child,
                           dx_element *e) {
    switch (child->word) {
    case DX_W_variable: load_variable(l, child, e); return;
    case DX_W_encapsulatedLogic: dx_load_expr(l, child, &e->expr); return;
    case DX_W_knowledgeRequirement:
    case DX_W_authorityRequirement: return;
    default: dx_load_unexpected(l, node, child); return;
    }
}

static void load_other_child(dx_loader *l, const dx_xml_node *node, const dx_xml_node *child,
                             dx_element *e) {
    bool source = e->kind == DX_EL_SOURCE;
    if (child->word == DX_W_variable && !source)
        load_variable(l, child, e);
    else if (!source || (child->word != DX_W_authorityRequirement && child->word != DX_W_type &&
                         child->word != DX_W_owner))
        dx_load_unexpected(l, node, child);
}

static void load_service(dx_loader *l, const dx_xml_node *node, dx_element *e) {
    refs outputs = refs_for(l, node, DX_W_outputDecision);
    refs hidden = refs_for(l, node, DX_W_encapsulatedDecision);
    refs decisions = refs_for(l, node, DX_W_inputDecision);
    refs inputs = refs_for(l, node, DX_W_inputData);
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        switch (child->word) {
        case DX_W_variable: load_variable(l, child, e); break;
        case DX_W_outputDecision: add_href(l, e, child, &outputs, BIT(DX_EL_DECISION)); break;
        case DX_W_encapsulatedDecision: add_href(l, e, child, &hidden, BIT(DX_EL_DECISION)); break;
        case DX_W_inputDecision: add_href(l, e, child, &decisions, BIT(DX_EL_DECISION)); break;
        case DX_W_inputData: add_href(l, e, child, &inputs, BIT(DX_EL_INPUT)); break;
        default: dx_load_unexpected(l, node, child); break;
        }
    }
    e->outputs = outputs.v;
    e->n_outputs = outputs.n;
    e->encapsulated = hidden.v;
    e->n_encapsulated = hidden.n;
    e->input_decisions = decisions.v;
    e->n_input_decisions = decisions.n;
    e->input_data = inputs.v;
    e->n_input_data = inputs.n;
}

static void load_children(dx_loader *l, const dx_xml_node *node, dx_element *e) {
    for (const dx_xml_node *child = node->first; child; child = child->next) {
        if (e->kind == DX_EL_DECISION)
            load_decision_child(l, node, child, e);
        else if (e->kind == DX_EL_BKM)
            load_bkm_child(l, node, child, e);
        else
            load_other_child(l, node, child, e);
    }
}

static void load_element(dx_loader *l, const dx_xml_node *node, dx_element_kind kind,
                         dx_element *e) {
    *e = (dx_element){.kind = kind,
                      .id = dx_load_attr(node, "id"),
                      .name = dx_load_attr(node, "name"),
                      .label = dx_load_attr(node, "label"),
                      .description = dx_load_child_text(node, DX_W_description).s,
                      .type_ref = dx_load_no_text(node),
                      .location = dx_load_attr(node, "locationURI"),
                      .line = node->line,
                      .column = node->column};
    dx_where where = dx_element_where(e);
    l->where = &where;
    dx_load_required(l, node, "name");
    e->variable = e->name;
    load_requirements(l, node, e);
    if (kind == DX_EL_SERVICE)
        load_service(l, node, e);
    else
        load_children(l, node, e);
    if (!e->expr && kind == DX_EL_DECISION) /* people decide it, as far as the model says */
        dx_load_doubt(l, node, NULL, DX_E_DMN_NO_LOGIC, DX_STR(""));
    else if (!e->expr && kind == DX_EL_BKM)
        dx_load_fault(l, node, NULL, DX_E_DMN_NO_LOGIC, DX_STR(""), DX_STR(""));
    if (kind == DX_EL_SERVICE && e->n_outputs == 0 && !dx_load_count(node, DX_W_outputDecision))
        dx_load_fault(l, node, NULL, DX_E_DMN_CHILD, node->name, DX_STR("outputDecision"));
    l->where = NULL;
}

/* The kind of a DRG element; false for anything else. */
static bool drg_kind(const dx_xml_node *node, dx_element_kind *ret) {
    switch (node->word) {
    case DX_W_inputData: *ret = DX_EL_INPUT; return true;
    case DX_W_decision: *ret = DX_EL_DECISION; return true;
    case DX_W_businessKnowledgeModel: *ret = DX_EL_BKM; return true;
    case DX_W_decisionService: *ret = DX_EL_SERVICE; return true;
    case DX_W_knowledgeSource: *ret = DX_EL_SOURCE; return true;
    default: return false;
    }
}

/* Elements of `definitions` that carry no meaning for a decision, or are read elsewhere. */
static bool is_other(const dx_xml_node *node) {
    switch (node->word) {
    case DX_W_import:
    case DX_W_itemDefinition:
    case DX_W_group:
    case DX_W_textAnnotation:
    case DX_W_association:
    case DX_W_elementCollection:
    case DX_W_performanceIndicator:
    case DX_W_organizationUnit: return true;
    default: return false;
    }
}

void dx_load_elements(dx_loader *l, const dx_xml_node *definitions) {
    dx_names names = {0}, sources = {0};
    dx_element_kind kind;
    uint32_t n = 0;
    for (const dx_xml_node *node = definitions->first; node; node = node->next)
        n += drg_kind(node, &kind);
    dx_model *m = l->model;
    m->elements = DX_NEW_ARRAY(l->arena, dx_element, n);
    for (const dx_xml_node *node = definitions->first; node; node = node->next) {
        if (!drg_kind(node, &kind)) {
            if (!is_other(node))
                dx_load_unexpected(l, definitions, node);
            continue;
        }
        dx_element *e = &m->elements[m->n_elements++];
        load_element(l, node, kind, e);
        /* Sources are never named in an expression, so they do not compete with the others. */
        dx_load_name(l, kind == DX_EL_SOURCE ? &sources : &names, node, e->name);
    }
}
