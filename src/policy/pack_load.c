/* A pack from its folder: files are read, models compiled, and the names in policy.json, facts.json
 * and readings.json tied to elements of the models. All faults are reported, those of a file at
 * their line. The only file of this layer that touches the disk. */
#include "policy/pack_load.h"
#include "base/file.h"
#include "base/hash.h"

enum { FILE_BYTES_MAX = 8 * 1024 * 1024 };

/* --- files
 * ------------------------------------------------------------------------------------------- */

bool dx_loader_read(dx_loader *l, dx_str name, dx_str *ret) {
    dx_str path = dx_str_fmt(l->arena, "%.*s/%.*s", DX_FMT(l->pack->dir), DX_FMT(name));
    if (!dx_file_read(l->arena, path, FILE_BYTES_MAX, ret, l->diags))
        return false;
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

static void load_models(dx_loader *l) {
    dx_names_list names;
    uint32_t loaded = 0;
    if (!dx_folder_names(l->arena, l->pack->dir, &names, l->diags))
        return;
    dx_model **models = DX_NEW_ARRAY(l->arena, dx_model *, names.n + 1);
    for (uint32_t i = 0; i < names.n; i++) {
        dx_str xml;
        if (!dx_str_ends(names.v[i], DX_STR(".dmn")) || !dx_loader_read(l, names.v[i], &xml))
            continue;
        models[loaded] = dx_model_load(l->arena, xml, names.v[i], l->diags);
        loaded += models[loaded] != NULL;
    }
    if (loaded > 0)
        l->pack->dmn = dx_dmn_compile(l->arena, models, loaded, l->diags);
}

/* --- reading JSON
 * -------------------------------------------------------------------------------------- */

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

/* --- models
 * --------------------------------------------------------------------------------------------- */

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

/* --- readings and the day
 * ------------------------------------------------------------------------------------ */

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

static void load_document(dx_loader *l, const char *name,
                          void (*load)(dx_loader *, const dx_json *)) {
    l->doc_name = dx_str_of(name);
    l->doc = dx_loader_json(l, l->doc_name);
    if (l->doc)
        load(l, l->doc);
}

dx_pack *dx_pack_load(dx_arena *arena, dx_str dir, dx_diags *diags) {
    dx_pack *pack = DX_NEW(arena, dx_pack);
    dx_loader loader = {.arena = arena, .pack = pack, .diags = diags};
    char hex[DX_HASH_HEX + 1];
    pack->arena = arena;
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    pack->dir = dx_str_copy(arena, dir);
    dx_hash_init(&loader.hash);
    load_models(&loader);
    if (!pack->dmn) {
        if (diags->errors == 0)
            dx_diag_add(diags, DX_E_PACK_NO_MODELS, (dx_place){.file = pack->dir}, pack->dir,
                        (dx_str){0}, (dx_str){0});
        return NULL;
    }
    load_document(&loader, "facts.json", load_inputs);
    make_unknowns(&loader);
    load_document(&loader, "readings.json", load_readings);
    load_document(&loader, "policy.json", dx_load_policy);
    dx_hash_hex(&loader.hash, hex);
    pack->digest = dx_str_fmt(arena, "sha256:%s", hex);
    return pack;
}
