/* Reading XML: a thin layer over expat that turns a document into a small tree of the elements its
 * caller knows. Subtrees of other namespaces (diagrams, vendors) are checked for being well formed
 * and leave nothing behind. DOCTYPE is refused, so no entity is ever expanded; depth and size have
 * limits; only UTF-8 is read. Every element and every text knows its place. */
#ifndef DX_DMN_XML_H
#define DX_DMN_XML_H

#include "dmn/text.h"

#define DX_XML_DEPTH 200
#define DX_XML_BYTES ((size_t)16 << 20)

/* What the caller knows. `words` are the local names of elements, sorted by length, then by bytes.
 */
typedef struct dx_xml_vocabulary {
    const dx_str *namespaces;
    const dx_str *words;
    uint32_t n_namespaces, n_words;
    bool trim; /* drop white space at both ends of texts */
} dx_xml_vocabulary;

/* An attribute without namespace, or one of XML Schema instance, whose name then begins "xsi:". */
typedef struct dx_xml_attr {
    dx_str name, value;
} dx_xml_attr;

#define DX_XML_NO_WORD UINT16_MAX

typedef struct dx_xml_node {
    uint16_t word; /* index into the vocabulary's words, or DX_XML_NO_WORD */
    uint16_t n_attrs;
    uint32_t line, column, offset; /* of its '<' */
    dx_str name;                   /* without namespace */
    const dx_xml_attr *attrs;
    struct dx_xml_node *first, *next; /* first child; next sibling */
    dx_text text; /* of an element without children; empty: where the element begins */
} dx_xml_node;

typedef struct dx_xml {
    dx_str source;
    dx_xml_node *root;
    dx_str root_ns;
    uint32_t root_ns_index; /* into the vocabulary's namespaces; UINT32_MAX: not among them */
} dx_xml;

/* Reads a document. Texts and attribute values go to `strings`, everything else to `nodes` (which
 * must raise into the same boundary). NULL with one diagnostic when it is no XML or not allowed. */
dx_xml *dx_xml_read(dx_arena *nodes, dx_arena *strings, dx_str source, dx_str file,
                    const dx_xml_vocabulary *vocabulary, dx_diags *diags);
bool dx_xml_attr_has(const dx_xml_node *node, const char *name);
/* The value of an attribute; empty when there is none. */
dx_str dx_xml_attr_get(const dx_xml_node *node, const char *name);
/* The same, trimmed, with the place of the value in the document (of the element, when there is
 * none). */
dx_text dx_xml_attr_text(const dx_xml *xml, const dx_xml_node *node, const char *name);

#endif
