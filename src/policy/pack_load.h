/* Among the files that load a pack. */
#ifndef DX_POLICY_PACK_LOAD_H
#define DX_POLICY_PACK_LOAD_H

#include "base/hash.h"
#include "policy/policy.h"

typedef struct dx_loader {
    dx_arena *arena;
    dx_pack *pack;
    const dx_pack_file *given; /* the files, when they do not lie in a folder */
    uint32_t n_given;
    dx_model **models;
    uint32_t n_models;
    DX_VEC(uint32_t) decisions; /* that items rest on */
    bool *marked;               /* per fact: read by the decision being looked at */
    dx_diags *diags;
    dx_hash hash;       /* over all files read */
    const dx_json *doc; /* being read */
    dx_str doc_name;
} dx_loader;

/* A file of the pack, added to its digest; false with a diagnostic. */
bool dx_loader_read(dx_loader *loader, dx_str name, dx_str *ret);
const dx_json *dx_loader_json(dx_loader *loader, dx_str name);
/* Reports a fault at a place of the document being read. */
void dx_loader_fault(dx_loader *loader, const dx_json *node, dx_err code, dx_str a, dx_str b);
/* Members of an object; what is required and missing is reported. */
dx_str dx_loader_string(dx_loader *loader, const dx_json *object, const char *key, bool required);
dx_label dx_loader_label(const dx_json *object, const char *key);
const dx_json *dx_loader_array(dx_loader *loader, const dx_json *object, const char *key);
bool dx_loader_number(const dx_json *object, const char *key, uint32_t *ret);

/* policy.json: names, validity, departments, articles, items, tariffs (pack_items.c). */
void dx_load_policy(dx_loader *loader, const dx_json *doc);

#endif
