/* A DMN model as it was read: the elements of DMN 1.5 that carry meaning, with their places. Made
 * by load.c, checked and turned into one FEEL program by compile.c. Immutable after load; lives in
 * one arena. */
#ifndef DX_DMN_MODEL_H
#define DX_DMN_MODEL_H

#include "dmn/text.h"
#include "feel/hit.h"

typedef struct dx_item_def { /* itemDefinition, itemComponent */
    dx_str name, id, label, description;
    dx_text type_ref;
    bool is_collection;
    dx_text allowed, constraint; /* allowedValues, typeConstraint (1.5); empty: none */
    struct dx_item_def *components;
    uint32_t n_components;
    struct dx_item_def *function_params; /* functionItem: parameters, type_ref is the result */
    uint32_t n_function_params;
    bool is_function;
    uint32_t line;
} dx_item_def;

typedef enum dx_expr_kind {
    DX_X_NONE,
    DX_X_LITERAL,     /* text; import_* for an imported literal */
    DX_X_TABLE,       /* table */
    DX_X_CONTEXT,     /* entries; the one without a name is the result */
    DX_X_LIST,        /* entries */
    DX_X_RELATION,    /* columns in entries' names: columns; rows: entries[row * n_columns + col] */
    DX_X_INVOCATION,  /* child[0]: the function; entries: bindings by parameter name */
    DX_X_FUNCTION,    /* entries: parameters; child[0]: body; function_kind */
    DX_X_CONDITIONAL, /* child[0..2]: if, then, else */
    DX_X_FILTER,      /* child[0]: in, child[1]: match */
    DX_X_FOR,         /* iterator_var; child[0]: in, child[1]: return */
    DX_X_SOME,        /* child[1]: satisfies */
    DX_X_EVERY
} dx_expr_kind;

typedef struct dx_entry { /* contextEntry, binding, list item, relation cell, parameter */
    dx_str name;
    dx_text type_ref;
    struct dx_expr *value;
    uint32_t line;
} dx_entry;

typedef struct dx_clause { /* input or output of a decision table */
    dx_str name, label, id;
    dx_text expression; /* input: what is tested */
    dx_text type_ref;
    dx_text allowed;       /* inputValues or outputValues; empty: none */
    dx_text default_entry; /* output: defaultOutputEntry; empty: none */
    uint32_t line;
} dx_clause;

typedef struct dx_rule {
    dx_str id;
    dx_text *inputs, *outputs; /* n_inputs, n_outputs */
    dx_text *annotations;      /* n_annotations */
    dx_str description;
    uint32_t line;
} dx_rule;

typedef struct dx_dtable {
    dx_hit hit;
    dx_aggregation aggregation;
    dx_clause *inputs, *outputs;
    uint32_t n_inputs, n_outputs;
    dx_str *annotations; /* names of the annotation columns */
    uint32_t n_annotations;
    dx_rule *rules;
    uint32_t n_rules;
    dx_str output_label;
} dx_dtable;

typedef struct dx_expr {
    dx_expr_kind kind;
    dx_str id, label, description;
    dx_text type_ref;
    dx_text text;    /* literal */
    dx_str language; /* expression language in force when it is not FEEL; empty */
    dx_entry *entries;
    uint32_t n_entries;
    dx_entry *columns; /* relation */
    uint32_t n_columns, n_rows;
    struct dx_expr *child[3];
    dx_str iterator_var;
    dx_text iterator_type_ref;
    dx_str function_kind; /* FEEL, Java, PMML */
    dx_dtable *table;
    uint32_t line;
} dx_expr;

typedef enum dx_element_kind {
    DX_EL_INPUT,
    DX_EL_DECISION,
    DX_EL_BKM,
    DX_EL_SERVICE,
    DX_EL_SOURCE /* knowledgeSource */
} dx_element_kind;

/* A requirement's href, split: namespace (empty: this model) and id. */
typedef struct dx_href {
    dx_str ns, id;
    uint32_t line, column;
} dx_href;

typedef struct dx_element {
    dx_element_kind kind;
    dx_str id, name, label, description;
    dx_str question, answers; /* decision: question, allowedAnswers */
    dx_str variable;          /* name of the variable, else name */
    dx_text type_ref;         /* of the variable */
    dx_expr *expr;            /* decision; BKM: a DX_X_FUNCTION (encapsulatedLogic) */
    dx_href *required_decisions, *required_inputs, *required_knowledge, *authorities;
    uint32_t n_required_decisions, n_required_inputs, n_required_knowledge, n_authorities;
    /* decision service */
    dx_href *outputs, *encapsulated, *input_decisions, *input_data;
    uint32_t n_outputs, n_encapsulated, n_input_decisions, n_input_data;
    dx_str location; /* knowledge source: locationURI */
    uint32_t line, column;
} dx_element;

typedef struct dx_import {
    dx_str name, ns, location, type;
    uint32_t line, column;
    dx_str
        tried; /* the files in which its model was looked for, by whoever loads models; or empty */
} dx_import;

typedef struct dx_model {
    dx_str file, name, ns, id, description;
    uint32_t version; /* 12, 13, 14, 15: by the namespace of the elements */
    dx_import *imports;
    uint32_t n_imports;
    dx_item_def *items;
    uint32_t n_items;
    dx_element *elements; /* in the order of the document */
    uint32_t n_elements;
} dx_model;

/* An element as a part of its model, for diagnostics. */
static inline dx_where dx_element_where(const dx_element *element) {
    static const dx_part parts[] = {DX_PART_INPUT_DATA, DX_PART_DECISION, DX_PART_BKM,
                                    DX_PART_SERVICE, DX_PART_SOURCE};
    return (dx_where){.part = parts[element->kind],
                      .name = element->name.n ? element->name : element->id};
}

/* Reads a model (DMN 1.2 to 1.5 by namespace) from the bytes of a file. Faults are added to diags,
 * each with file, line, column and element: XML syntax, DOCTYPE (refused), unknown namespace,
 * missing names, dangling hrefs inside the model, duplicate ids and names, unknown hit policies,
 * rule rows of the wrong length. Unknown elements of other namespaces (diagrams, vendors) are
 * skipped. NULL when nothing useful could be read. */
dx_model *dx_model_load(dx_arena *arena, dx_str xml, dx_str file, dx_diags *diags);

#endif
