/* The graph of the elements of all models: who requires whom, and an order in which what is
 * required comes first. */
#include "dmn/graph.h"

dx_place dx_graph_place(dx_arena *arena, const dx_node_info *node) {
    dx_where *where = DX_NEW(arena, dx_where);
    *where = dx_element_where(node->element);
    return (dx_place){.file = node->model->file,
                      .line = node->element->line,
                      .column = node->element->column,
                      .where = where};
}

const dx_model *dx_graph_model(const dx_dmn *dmn, dx_str ns) {
    for (uint32_t i = 0; i < dmn->n_models; i++)
        if (dx_str_eq(dmn->models[i]->ns, ns))
            return dmn->models[i];
    return NULL;
}

uint32_t dx_graph_find(const dx_dmn *dmn, const dx_model *model, dx_href href) {
    if (href.ns.n > 0)
        model = dx_graph_model(dmn, href.ns);
    for (uint32_t i = 0; model && i < dmn->n_nodes; i++)
        if (dmn->nodes[i].model == model && dx_str_eq(dmn->nodes[i].element->id, href.id))
            return i;
    return DX_NONE;
}

/* Whether an import is of a model of DMN, rather than of types of XML Schema and the like. */
static bool is_model(const dx_import *import) {
    return dx_str_starts(import->type, DX_STR("http://www.omg.org/spec/DMN/")) ||
           dx_str_starts(import->type, DX_STR("https://www.omg.org/spec/DMN/"));
}

/* Imports of models that were not loaded with the others. */
static void check_imports(const dx_dmn *dmn, const dx_model *model, dx_diags *diags) {
    dx_buf loaded = {.arena = dmn->arena};
    for (uint32_t i = 0; i < dmn->n_models; i++) {
        dx_buf_addz(&loaded, i ? ", " : "");
        dx_buf_add(&loaded, dmn->models[i]->file);
    }
    for (uint32_t i = 0; i < model->n_imports; i++) {
        const dx_import *import = &model->imports[i];
        if (!is_model(import) || dx_graph_model(dmn, import->ns))
            continue;
        dx_where where = {.part = DX_PART_IMPORT, .name = import->name};
        dx_place place = {
            .file = model->file, .line = import->line, .column = import->column, .where = &where};
        dx_diag_add(diags, DX_E_DMN_IMPORT, place, import->ns,
                    import->tried.n ? import->tried : dx_buf_str(&loaded), (dx_str){0});
    }
}

/* Adds the targets of some hrefs to the needs of a node; one that leads nowhere is reported. */
static void add_needs(dx_dmn *dmn, dx_node_info *node, const dx_href *hrefs, uint32_t n,
                      uint32_t *needs, uint32_t *n_needs, dx_diags *diags) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t target = dx_graph_find(dmn, node->model, hrefs[i]);
        if (target != DX_NONE) {
            needs[(*n_needs)++] = target;
        } else if (hrefs[i].ns.n > 0 && dx_graph_model(dmn, hrefs[i].ns)) {
            /* the loader reported those inside the model; without the model the import is at fault
             */
            dx_place place = dx_graph_place(dmn->arena, node);
            place.line = hrefs[i].line;
            place.column = hrefs[i].column;
            dx_diag_add(diags, DX_E_DMN_UNKNOWN_ELEMENT, place, hrefs[i].ns, hrefs[i].id,
                        (dx_str){0});
        }
    }
}

static void link_node(dx_dmn *dmn, dx_node_info *node, dx_diags *diags) {
    const dx_element *e = node->element;
    uint32_t most = e->n_required_decisions + e->n_required_inputs + e->n_required_knowledge +
                    e->n_outputs + e->n_encapsulated + e->n_input_decisions + e->n_input_data;
    uint32_t *needs = DX_NEW_ARRAY(dmn->arena, uint32_t, most + 1);
    uint32_t n = 0;
    add_needs(dmn, node, e->required_inputs, e->n_required_inputs, needs, &n, diags);
    add_needs(dmn, node, e->required_decisions, e->n_required_decisions, needs, &n, diags);
    add_needs(dmn, node, e->required_knowledge, e->n_required_knowledge, needs, &n, diags);
    node->needs = needs;
    node->n_needs = n;
}

typedef struct sorter {
    dx_dmn *dmn;
    dx_diags *diags;
    uint8_t *state; /* 0 new, 1 on the way, 2 done */
    uint32_t *order;
    uint32_t n;
} sorter;

/* a → b → a: the way from an element on the stack to itself. */
static dx_str circle(const dx_dmn *dmn, const uint32_t *stack, uint32_t depth, uint32_t from) {
    dx_buf text = {.arena = dmn->arena};
    uint32_t i = depth;
    while (i > 0 && stack[i - 1] != from)
        i--;
    for (i = i ? i - 1 : 0; i < depth; i++) {
        dx_buf_add(&text, dmn->nodes[stack[i]].element->name);
        dx_buf_addz(&text, " → ");
    }
    dx_buf_add(&text, dmn->nodes[from].element->name);
    return dx_buf_str(&text);
}

/* Depth first with a stack of its own: a chain of requirements may be long. */
static void visit(sorter *s, uint32_t root) {
    dx_dmn *dmn = s->dmn;
    uint32_t *stack = DX_NEW_ARRAY(dmn->arena, uint32_t, dmn->n_nodes + 1);
    uint32_t *next = DX_NEW_ARRAY(dmn->arena, uint32_t, dmn->n_nodes + 1);
    uint32_t depth = 0;
    if (s->state[root])
        return;
    stack[depth++] = root;
    s->state[root] = 1;
    while (depth > 0) {
        uint32_t i = stack[depth - 1];
        const dx_node_info *node = &dmn->nodes[i];
        if (next[depth - 1] == node->n_needs) {
            s->state[i] = 2;
            dmn->nodes[i].order = s->n;
            s->order[s->n++] = i;
            next[--depth] = 0;
            continue;
        }
        uint32_t need = node->needs[next[depth - 1]++];
        bool calls = dmn->nodes[need].element->kind == DX_EL_BKM;
        if (s->state[need] == 0) {
            s->state[need] = 1;
            stack[depth++] = need;
        } else if (s->state[need] == 1 && !calls) { /* functions may call each other */
            dx_diag_add(s->diags, DX_E_DMN_CYCLE, dx_graph_place(dmn->arena, node),
                        circle(dmn, stack, depth, need), (dx_str){0}, (dx_str){0});
        }
    }
}

void dx_graph_build(dx_dmn *dmn, dx_diags *diags) {
    uint32_t n = 0;
    for (uint32_t m = 0; m < dmn->n_models; m++)
        n += dmn->models[m]->n_elements;
    dmn->nodes = DX_NEW_ARRAY(dmn->arena, dx_node_info, n + 1);
    for (uint32_t m = 0; m < dmn->n_models; m++)
        for (uint32_t i = 0; i < dmn->models[m]->n_elements; i++) {
            dx_node_info *node = &dmn->nodes[dmn->n_nodes++];
            node->model = dmn->models[m];
            node->element = &dmn->models[m]->elements[i];
            node->name = dx_name_normal(dmn->arena, node->element->variable);
            node->type = &dx_type_any;
        }
    for (uint32_t m = 0; m < dmn->n_models; m++)
        check_imports(dmn, dmn->models[m], diags);
    for (uint32_t i = 0; i < n; i++)
        link_node(dmn, &dmn->nodes[i], diags);
    sorter s = {.dmn = dmn, .diags = diags};
    s.state = DX_NEW_ARRAY(dmn->arena, uint8_t, n + 1);
    s.order = DX_NEW_ARRAY(dmn->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        visit(&s, i);
    dmn->order = s.order;
}

uint32_t dx_dmn_find(const dx_dmn *dmn, dx_str model, dx_str name, dx_element_kind kind) {
    for (uint32_t i = 0; i < dmn->n_nodes; i++) {
        const dx_node_info *node = &dmn->nodes[i];
        bool here = model.n == 0 ? node->model == dmn->models[0]
                                 : dx_str_eq(node->model->ns, model) ||
                                       dx_str_eq(node->model->file, model) ||
                                       dx_str_eq(node->model->name, model);
        if (here && node->element->kind == kind &&
            (dx_str_eq(node->name, name) || dx_str_eq(node->element->name, name)))
            return i;
    }
    return DX_NONE;
}

uint32_t dx_dmn_search(const dx_dmn *dmn, dx_str model, dx_str name, dx_element_kind kind) {
    uint32_t at = dx_dmn_find(dmn, model, name, kind);
    for (uint32_t i = 1; at == DX_NONE && !model.n && i < dmn->n_models; i++)
        at = dx_dmn_find(dmn, dmn->models[i]->ns, name, kind);
    return at;
}
