/* The least program around the library: one decision of a model over one input, and why it is null
 * or not known.
 *
 *     embed MODEL.dmn INPUT-AS-JSON DECISION */
#include <stdio.h>

#include <duixian.h>

static void print_diags(const duixian_diags *diags) {
    const duixian_diag *diag;
    for (size_t i = 0; (diag = duixian_diags_get(diags, i)) != NULL; i++)
        fputs(diag->text[DUIXIAN_EN], stderr);
}

/* What a decision came to. Texts belong to the run. */
static duixian_status explain(duixian_run *run, const char *name, const duixian_value *value) {
    const char *text, *const *facts;
    const duixian_diags *notes;
    size_t n;
    duixian_status status = duixian_json(run, value, &text, NULL);
    if (status == DUIXIAN_OK)
        printf("%s = %s\n", name, text);
    if (status == DUIXIAN_OK)
        status = duixian_causes(run, value, &facts, &n);
    for (size_t i = 0; status == DUIXIAN_OK && i < n; i++)
        printf("  depends on %s, which is not known\n", facts[i]);
    if (status != DUIXIAN_OK || duixian_value_kind(value) != DUIXIAN_KIND_NULL)
        return status;
    status = duixian_notes(run, &notes);
    for (size_t i = 0; status == DUIXIAN_OK && i < duixian_diags_count(notes); i++)
        printf("  because %s: %s\n", duixian_diags_get(notes, i)->element[DUIXIAN_EN],
               duixian_diags_get(notes, i)->message[DUIXIAN_EN]);
    return status;
}

static duixian_status evaluate(const duixian_model *model, const char *json, const char *name) {
    uint32_t decision = duixian_model_find(model, DUIXIAN_DECISION, NULL, name);
    duixian_run *run = NULL;
    duixian_status status = duixian_run_new(model, NULL, &run);
    if (status != DUIXIAN_OK)
        return status;
    duixian_run_set_trace(run, true);
    status = duixian_set_inputs(run, json, DUIXIAN_Z);
    if (status == DUIXIAN_OK)
        status = duixian_evaluate(run, &decision, 1); /* DUIXIAN_NONE is refused here */
    if (status == DUIXIAN_OK)
        status = explain(run, name, duixian_result(run, decision));
    print_diags(duixian_run_diags(run));
    duixian_run_free(run);
    return status;
}

int main(int argc, char **argv) {
    duixian_model *model = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: embed MODEL.dmn INPUT-AS-JSON DECISION\n");
        return 2;
    }
    duixian_source source = {argv[1], NULL, 0};
    duixian_status status = duixian_model_load(&source, 1, NULL, &model);
    print_diags(duixian_model_diags(model));
    if (status == DUIXIAN_OK)
        status = evaluate(model, argv[2], argv[3]);
    if (status != DUIXIAN_OK)
        fprintf(stderr, "embed: %s\n", duixian_status_text(status, DUIXIAN_EN));
    duixian_model_free(model);
    return status == DUIXIAN_OK ? 0 : 1;
}
