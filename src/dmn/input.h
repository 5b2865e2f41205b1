/* JSON as values of FEEL types: how the inputs of an evaluation come from outside. */
#ifndef DX_DMN_INPUT_H
#define DX_DMN_INPUT_H

#include "base/json.h"
#include "dmn/dmn.h"

/* What reading needs. Values live in run->arena, and point into the text that was parsed. */
typedef struct dx_input_reader {
    dx_run *run;
    dx_diags *diags;
    const dx_json *root; /* what dx_json_parse returned: places are told from it */
    /* The value that a fact makes unknown, or NULL: then {"unknown": ...} is a context like any. */
    dx_val (*unknown)(void *context, dx_str fact);
    void *context;
} dx_input_reader;

/* A value as its type asks for it: a string may stand for a number, a date, a time or a duration,
 * what an object leaves out of a declared type is null. Null with diagnostics, each with the JSON
 * pointer of its place, when it does not conform. `name` begins the names of unknown facts that
 * have none of their own. */
dx_val dx_input_read(const dx_input_reader *reader, const dx_json *node, const dx_type *type,
                     dx_str name);
/* A member that is not asked for; `known` lists what is. */
void dx_input_refuse_key(const dx_input_reader *reader, dx_err code, const dx_json *member,
                         dx_str known);

/* Sets all input data to null. */
void dx_inputs_clear(dx_run *run, const dx_dmn *dmn);
/* The numbers of the input data that the decisions of a model may read, its own before those of
 * imported models; NULL: of all models. Returns how many there are. */
uint32_t dx_inputs_of(dx_arena *arena, const dx_dmn *dmn, const dx_model *model,
                      const uint32_t **ret);
/* Sets input data from the members of a whole JSON text, an object keyed by their names. False with
 * diagnostics. */
bool dx_inputs_read(dx_run *run, const dx_dmn *dmn, const dx_model *model, const dx_json *root,
                    dx_diags *diags);

#endif
