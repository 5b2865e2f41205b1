/* Inside of the model loader, shared by the load*.c files only. The XML reader makes a tree of the
 * document in a scratch arena; the loader walks it once, in document order, and builds the model.
 * Each function takes the node of the element it reads, adds what is wrong to the diagnostics, and
 * goes on with what is there. */
#ifndef DX_DMN_LOAD_H
#define DX_DMN_LOAD_H

#include "dmn/model.h"
#include "dmn/xml.h"

typedef enum dx_word {
#define X(name) DX_W_##name,
#include "dmn/load_words.def"
#undef X
    DX_W_COUNT
} dx_word;

/* An href read and still to be checked against the elements. */
typedef struct dx_pending {
    const dx_href *href;
    const dx_xml_node *node;
    const dx_element *owner;
    uint32_t kinds; /* bit set of the dx_element_kind it may point at */
} dx_pending;

typedef struct dx_loader {
    dx_arena *arena, *scratch; /* the model's; gone after loading */
    dx_diags *diags;
    const dx_xml *xml;
    dx_model *model;
    const dx_where *where; /* where the loader is, for the diagnostics; on the C stack */
    dx_str language;       /* of the model's expressions; empty: FEEL */
    DX_VEC(dx_pending) pending;
} dx_loader;

/* ---- load.c: what every element has ---- */

/* Names that must differ, with the line of each. Zero-initialise. */
typedef dx_map dx_names;

/* A diagnostic for the node or, when `attr` is given, for that attribute of it. */
void dx_load_fault(dx_loader *l, const dx_xml_node *node, const char *attr, dx_err code, dx_str a,
                   dx_str b);
/* The same for what is no more than a warning. */
void dx_load_doubt(dx_loader *l, const dx_xml_node *node, const char *attr, dx_err code, dx_str a);
/* The child is no element that DMN has here, or one too many. Those that any element may have
 * (description, extensionElements) are let pass. */
void dx_load_unexpected(dx_loader *l, const dx_xml_node *parent, const dx_xml_node *child);
/* An attribute, trimmed; empty when there is none. */
dx_str dx_load_attr(const dx_xml_node *node, const char *attr);
/* The same, with a fault when it is missing or empty. */
dx_str dx_load_required(dx_loader *l, const dx_xml_node *node, const char *attr);
/* An empty text at the place of the node. */
dx_text dx_load_no_text(const dx_xml_node *node);
/* The text of the first child of that kind; empty when there is none. */
dx_text dx_load_child_text(const dx_xml_node *node, dx_word word);
dx_text dx_load_type(const dx_loader *l, const dx_xml_node *node);
uint32_t dx_load_count(const dx_xml_node *node, dx_word word);
/* Adds a name; a fault when it is there already. */
void dx_load_name(dx_loader *l, dx_names *names, const dx_xml_node *node, dx_str name);
/* A language that is not FEEL, else the empty string. */
dx_str dx_load_language(const dx_loader *l, const dx_xml_node *node);

/* ---- load_expr.c, load_table.c ---- */

bool dx_load_is_expr(const dx_xml_node *node);
/* Reads the boxed expression at `node`; a fault when *slot already has one. */
void dx_load_expr(dx_loader *l, const dx_xml_node *node, dx_expr **slot);
dx_dtable *dx_load_table(dx_loader *l, const dx_xml_node *node);
/* <text> of a literal or of unary tests that must be FEEL. */
dx_text dx_load_feel(dx_loader *l, const dx_xml_node *node);

/* ---- load_drg.c ---- */

/* The decisions, inputs and so on below `definitions`; fills l->pending. */
void dx_load_elements(dx_loader *l, const dx_xml_node *definitions);
/* Hrefs that lead nowhere or to the wrong kind of element. */
void dx_load_check_hrefs(dx_loader *l);

#endif
