/* Among the files of dmn/: the graph of elements that compile.c fills with code. */
#ifndef DX_DMN_GRAPH_H
#define DX_DMN_GRAPH_H

#include "dmn/dmn.h"

/* Fills nodes, needs and order from the models; dangling requirements and cycles are reported. */
void dx_graph_build(dx_dmn *dmn, dx_diags *diags);
/* The element that an href in `model` leads to, or DX_NONE. */
uint32_t dx_graph_find(const dx_dmn *dmn, const dx_model *model, dx_href href);
/* The model of a namespace, or NULL. */
const dx_model *dx_graph_model(const dx_dmn *dmn, dx_str ns);
/* The place of an element. */
dx_place dx_graph_place(dx_arena *arena, const dx_node_info *node);

#endif
