/* A pack from its folder: files are read, models compiled, and the names in policy.json, facts.json
 * and readings.json tied to elements of the models. All faults are reported, those of a file at
 * their line. The only file of this layer that touches the disk. */
#include "policy/pack_load.h"
#include "base/file.h"
#include "base/hash.h"

enum { FILE_BYTES_MAX = 8 * 1024 * 1024 };

/* --- files --- */

/* A file that was handed over, or one of the folder. */
static bool fetch(dx_loader *l, dx_str name, dx_str *ret) {
    if (!l->given) {
        dx_str path = dx_str_fmt(l->arena, "%.*s/%.*s", DX_FMT(l->pack->dir), DX_FMT(name));
        return dx_file_read(l->arena, path, FILE_BYTES_MAX, ret, l->diags);
    }
    for (uint32_t i = 0; i < l->n_given; i++)
        if (dx_str_eq(l->given[i].name, name)) {
            *ret = l->given[i].bytes;
            return true;
        }
    dx_diag_add(l->diags, DX_E_FILE_MISSING, (dx_place){.file = name}, name, (dx_str){0},
                (dx_str){0});
    return false;
}

static bool list_files(dx_loader *l, dx_names_list *names) {
    if (!l->given)
        return dx_folder_names(l->arena, l->pack->dir, names, l->diags);
    *names = (dx_names_list){0};
    for (uint32_t i = 0; i < l->n_given; i++)
        dx_vec_push(l->arena, names, l->given[i].name);
    return true;
}

bool dx_loader_read(dx_loader *l, dx_str name, dx_str *ret) {
    if (!fetch(l, name, ret))
        return false;
    dx_pack_file file = {name, *ret};
    dx_vec_push(l->arena, &l->pack->files, file);
    dx_hash_add(&l->hash, dx_str_fmt(l->arena, "%.*s %zu\n", DX_FMT(name), ret->n));
    dx_hash_add(&l->hash, *ret);
    return true;
}

const dx_json *dx_loader_json(dx_loader *l, dx_str name) {
    dx_str text;
    if (!dx_loader_read(l, name, &text))
        return NULL;
    return dx_json_parse(l->arena, text, name, l->diags);
}

/* --- models --- */

/* Reads all models; false when one of them could not be read at all. */
static bool read_models(dx_loader *l) {
    dx_names_list names;
    bool all = true;
    if (!list_files(l, &names))
        return false;
    l->models = DX_NEW_ARRAY(l->arena, dx_model *, names.n + 1);
    for (uint32_t i = 0; i < names.n; i++) {
        dx_str xml;
        if (!dx_str_ends(names.v[i], DX_STR(".dmn")))
            continue;
        dx_model *model = dx_loader_read(l, names.v[i], &xml)
                              ? dx_model_load(l->arena, xml, names.v[i], l->diags)
                              : NULL;
        all = all && model;
        if (model)
            l->models[l->n_models++] = model;
    }
    return all;
}

static bool has_file(const dx_loader *l, dx_str file) {
    for (uint32_t i = 0; i < l->n_models; i++)
        if (dx_str_eq(l->models[i]->file, file))
            return true;
    return false;
}

static bool has_namespace(const dx_loader *l, dx_str ns) {
    for (uint32_t i = 0; i < l->n_models; i++)
        if (dx_str_eq(l->models[i]->ns, ns))
            return true;
    return false;
}

/* A model that an item names or a model imports and that is not there is said once: everything else
 * that would be wrong follows from it. */
static bool models_are_there(dx_loader *l) {
    dx_map said = {0};
    bool all = true;
    const dx_json *items = dx_loader_array(l, l->doc, "items");
    for (size_t i = 0; i < items->n; i++) {
        dx_str file = dx_loader_string(l, &items->items[i], "model", true);
        if (file.n == 0 || has_file(l, file) || !dx_map_put(l->arena, &said, file, 1))
            continue;
        dx_loader_fault(l, dx_json_get(&items->items[i], DX_STR("model")), DX_E_FILE_MISSING, file,
                        (dx_str){0});
        all = false;
    }
    for (uint32_t m = 0; m < l->n_models; m++)
        for (uint32_t i = 0; i < l->models[m]->n_imports; i++) {
            const dx_import *import = &l->models[m]->imports[i];
            dx_str name = import->location.n ? import->location : import->ns;
            if (has_namespace(l, import->ns) || !dx_map_put(l->arena, &said, name, 1))
                continue;
            dx_place place = {.file = l->models[m]->file, .line = import->line};
            dx_diag_add(l->diags, DX_E_FILE_MISSING, place, name, (dx_str){0}, (dx_str){0});
            all = false;
        }
    return all;
}

/* --- reading JSON --- */

void dx_loader_fault(dx_loader *l, const dx_json *node, dx_err code, dx_str a, dx_str b) {
    dx_place place = l->doc ? dx_json_place(l->arena, l->doc, node ? node : l->doc)
                            : (dx_place){.file = l->doc_name};
    place.file = l->doc_name;
    dx_diag_add(l->diags, code, place, a, b, (dx_str){0});
}

dx_str dx_loader_string(dx_loader *l, const dx_json *object, const char *key, bool required) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    if (node && node->kind == DX_JSON_STRING)
        return node->text;
    if (required || (node && node->kind != DX_JSON_NULL))
        dx_loader_fault(l, node ? node : object, DX_E_PACK_STRING, dx_str_of(key), (dx_str){0});
    return (dx_str){0};
}

dx_label dx_loader_label(const dx_json *object, const char *key) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    if (node && node->kind == DX_JSON_STRING)
        return (dx_label){node->text, node->text};
    const dx_json *zh = dx_json_get(node, DX_STR("zh")), *en = dx_json_get(node, DX_STR("en"));
    return (dx_label){zh && zh->kind == DX_JSON_STRING ? zh->text : (dx_str){0},
                      en && en->kind == DX_JSON_STRING ? en->text : (dx_str){0}};
}

const dx_json *dx_loader_array(dx_loader *l, const dx_json *object, const char *key) {
    static const dx_json nothing = {.kind = DX_JSON_ARRAY};
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    if (node && node->kind == DX_JSON_ARRAY)
        return node;
    dx_loader_fault(l, node ? node : object, DX_E_PACK_ARRAY, dx_str_of(key), (dx_str){0});
    return &nothing;
}

bool dx_loader_number(const dx_json *object, const char *key, uint32_t *ret) {
    const dx_json *node = dx_json_get(object, dx_str_of(key));
    uint32_t value = 0;
    if (!node || node->kind != DX_JSON_NUMBER || node->text.n > 6)
        return false;
    for (size_t i = 0; i < node->text.n; i++) {
        if (node->text.p[i] < '0' || node->text.p[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(node->text.p[i] - '0');
    }
    *ret = value;
    return true;
}

/* --- models --- */

/* The registers of the input of this name in all models. */
static const uint32_t *input_slots(dx_loader *l, dx_str name, uint32_t *ret_n,
                                   const dx_type **ret_type) {
    const dx_dmn *dmn = l->pack->dmn;
    uint32_t *slots = DX_NEW_ARRAY(l->arena, uint32_t, dmn->n_nodes + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < dmn->n_nodes; i++)
        if (dmn->nodes[i].element->kind == DX_EL_INPUT && dx_str_eq(dmn->nodes[i].name, name)) {
            slots[n++] = dmn->nodes[i].slot;
            if (*ret_type && *ret_type != dmn->nodes[i].type)
                dx_loader_fault(l, NULL, DX_E_PACK_INPUT_TYPES, name, dmn->nodes[i].model->file);
            *ret_type = dmn->nodes[i].type;
        }
    *ret_n = n;
    return slots;
}

/* --- facts
 * ------------------------------------------------------------------------------------------------
 */

static const dx_json *named(const dx_json *array, dx_str name) {
    for (size_t i = 0; array && i < array->n; i++) {
        const dx_json *key = dx_json_get(&array->items[i], DX_STR("name"));
        if (key && key->kind == DX_JSON_STRING && dx_str_eq(key->text, name))
            return &array->items[i];
    }
    return NULL;
}

static uint32_t count_facts(const dx_json *inputs) {
    uint32_t n = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        const dx_json *facts = dx_json_get(&inputs->items[i], DX_STR("facts"));
        n += facts ? (uint32_t)facts->n : 0;
    }
    return n;
}

/* The facts of an input in the order of its type; labels come from facts.json, which must have the
 * same facts. */
static void load_facts(dx_loader *l, dx_input *input, uint32_t number, const dx_json *json) {
    dx_pack *pack = l->pack;
    const dx_json *facts = dx_loader_array(l, json, "facts");
    input->first = pack->n_facts;
    input->n = input->type->n;
    for (uint32_t i = 0; i < input->n; i++) {
        dx_fact *fact = &pack->facts[pack->n_facts++];
        fact->name = input->type->shape->keys[i];
        fact->path = dx_str_fmt(l->arena, "%.*s.%.*s", DX_FMT(input->name), DX_FMT(fact->name));
        fact->input = number;
        fact->member = i;
        fact->type = input->type->members[i];
        const dx_json *about = named(facts, fact->name);
        if (!about) {
            dx_loader_fault(l, json, DX_E_PACK_FACT_UNDESCRIBED, fact->path, (dx_str){0});
            continue;
        }
        fact->label = dx_loader_label(about, "label");
        fact->question = dx_loader_label(about, "question");
        fact->help = dx_loader_label(about, "help");
        const dx_json *absent = dx_json_get(about, DX_STR("when_absent"));
        fact->null_when_absent = absent && absent->kind == DX_JSON_NULL;
    }
    for (size_t i = 0; i < facts->n; i++) {
        dx_str name = dx_loader_string(l, &facts->items[i], "name", true);
        if (dx_shape_find(input->type->shape, name) == UINT32_MAX)
            dx_loader_fault(l, &facts->items[i], DX_E_PACK_FACT_UNKNOWN, name, input->name);
    }
}

static void load_inputs(dx_loader *l, const dx_json *doc) {
    dx_pack *pack = l->pack;
    const dx_json *inputs = dx_loader_array(l, doc, "inputs");
    pack->types = dx_json_get(doc, DX_STR("types"));
    pack->inputs = DX_NEW_ARRAY(l->arena, dx_input, inputs->n + 1);
    uint32_t most = count_facts(inputs);
    for (uint32_t i = 0; i < pack->dmn->n_nodes; i++)
        most += pack->dmn->nodes[i].type->n; /* at most: every input a fact more than described */
    pack->facts = DX_NEW_ARRAY(l->arena, dx_fact, most + 1);
    for (size_t i = 0; i < inputs->n; i++) {
        dx_input *input = &pack->inputs[pack->n_inputs];
        input->name = dx_loader_string(l, &inputs->items[i], "name", true);
        input->label = dx_loader_label(&inputs->items[i], "label");
        input->slots = input_slots(l, input->name, &input->n_slots, &input->type);
        if (!input->type || input->type->kind != DX_T_CONTEXT || !input->type->shape) {
            dx_loader_fault(l, &inputs->items[i], DX_E_PACK_INPUT, input->name, (dx_str){0});
            continue;
        }
        load_facts(l, input, pack->n_inputs++, &inputs->items[i]);
    }
}

static void make_unknowns(dx_loader *l) {
    dx_pack *pack = l->pack;
    for (uint32_t i = 0; i < pack->n_facts; i++)
        pack->facts[i].unknown = dx_val_unknown(l->arena, i, pack->n_facts);
    for (uint32_t i = 0; i < pack->n_inputs; i++) {
        dx_input *input = &pack->inputs[i];
        dx_val *values = DX_NEW_ARRAY(l->arena, dx_val, input->n + 1);
        for (uint32_t k = 0; k < input->n; k++) {
            const dx_fact *fact = &pack->facts[input->first + k];
            values[k] = fact->null_when_absent ? DX_VAL_NULL : fact->unknown;
        }
        input->absent = dx_val_context(l->arena, input->type->shape, values);
    }
}

/* --- readings and the day --- */

static void load_reading(dx_loader *l, dx_reading *reading, const dx_json *json) {
    const dx_json *options = dx_loader_array(l, json, "options");
    dx_str chosen = dx_loader_string(l, json, "default", true);
    reading->id = dx_loader_string(l, json, "id", true);
    reading->question = dx_loader_label(json, "question");
    reading->why = dx_loader_label(json, "reason");
    reading->items = dx_loader_array(l, json, "items");
    reading->author = dx_loader_label(json, "author");
    reading->date = dx_loader_string(l, json, "date", false);
    reading->options = DX_NEW_ARRAY(l->arena, dx_option, options->n + 1);
    reading->chosen_by_default = UINT32_MAX;
    for (size_t i = 0; i < options->n; i++) {
        dx_option *option = &reading->options[reading->n_options];
        const dx_json *node = &options->items[i];
        option->id = dx_loader_string(l, node, "id", true);
        option->label = dx_loader_label(node, "label");
        if (dx_str_eq(option->id, chosen))
            reading->chosen_by_default = reading->n_options;
        reading->n_options++;
    }
    if (reading->chosen_by_default == UINT32_MAX) {
        dx_loader_fault(l, json, DX_E_PACK_DEFAULT, chosen, reading->id);
        reading->chosen_by_default = 0;
    }
}

/* The input of the models that carries the readings has a member for each. */
static void bind_readings_input(dx_loader *l, const dx_json *doc) {
    dx_pack *pack = l->pack;
    dx_str name = dx_loader_string(l, doc, "input", true);
    pack->reading_slots = input_slots(l, name, &pack->n_reading_slots, &pack->reading_type);
    if (!pack->reading_type || pack->reading_type->kind != DX_T_CONTEXT) {
        dx_loader_fault(l, doc, DX_E_PACK_INPUT, name, (dx_str){0});
        pack->reading_type = NULL;
    }
}

static void load_readings(dx_loader *l, const dx_json *doc) {
    dx_pack *pack = l->pack;
    bind_readings_input(l, doc);
    const dx_json *readings = dx_loader_array(l, doc, "readings");
    pack->readings = DX_NEW_ARRAY(l->arena, dx_reading, readings->n + 1);
    for (size_t i = 0; i < readings->n; i++)
        load_reading(l, &pack->readings[pack->n_readings++], &readings->items[i]);
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------
 */

static bool open_document(dx_loader *l, const char *name) {
    l->doc_name = dx_str_of(name);
    l->doc = dx_loader_json(l, l->doc_name);
    return l->doc != NULL;
}

/* In two stages: first every file has to be there and be read, then what they say is tied together.
 */
static bool load_all(dx_loader *l) {
    bool there = read_models(l);
    bool described = open_document(l, "policy.json");
    const dx_json *policy = l->doc;
    if (!described || !there || !models_are_there(l))
        return false;
    if (l->n_models == 0) {
        dx_diag_add(l->diags, DX_E_PACK_NO_MODELS, (dx_place){.file = l->pack->dir}, l->pack->dir,
                    (dx_str){0}, (dx_str){0});
        return false;
    }
    l->pack->dmn = dx_dmn_compile(l->arena, l->models, l->n_models, l->diags);
    if (!open_document(l, "facts.json"))
        return false;
    load_inputs(l, l->doc);
    make_unknowns(l);
    if (!open_document(l, "readings.json"))
        return false;
    load_readings(l, l->doc);
    l->doc_name = DX_STR("policy.json");
    l->doc = policy;
    dx_load_policy(l, policy);
    return true;
}

static dx_pack *load(dx_arena *arena, dx_str dir, const dx_pack_file *given, uint32_t n,
                     dx_diags *diags) {
    dx_pack *pack = DX_NEW(arena, dx_pack);
    dx_loader loader = {.arena = arena, .pack = pack, .diags = diags, .given = given, .n_given = n};
    char hex[DX_HASH_HEX + 1];
    pack->arena = arena;
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    pack->dir = dx_str_copy(arena, dir);
    dx_hash_init(&loader.hash);
    if (!load_all(&loader))
        return NULL;
    dx_hash_hex(&loader.hash, hex);
    pack->digest = dx_str_fmt(arena, "sha256:%s", hex);
    return pack;
}

dx_pack *dx_pack_load(dx_arena *arena, dx_str dir, dx_diags *diags) {
    return load(arena, dir, NULL, 0, diags);
}

dx_pack *dx_pack_load_files(dx_arena *arena, dx_str name, const dx_pack_file *files, uint32_t n,
                            dx_diags *diags) {
    return load(arena, name, files, n, diags);
}
