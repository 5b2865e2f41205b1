/* The embedding API through its header: what each function promises, every status, two threads on
 * one model, memory that runs out at each allocation, and no allocation once a run is warm. Inside
 * the library it looks for one thing alone, the counter of allocations. Run in the folder of the
 * checkout. */
#include <duixian.h>
#include <pthread.h>
#include <stdlib.h>

#include "tap.h"

#define MAIN "tests/api/main.dmn"
#define LIB "tests/api/lib.dmn"

#define OK(call) CHECK_INT(call, DUIXIAN_OK)

static bool is(const char *got, const char *want) {
    return got && strcmp(got, want) == 0;
}

/* The model of most tests; the program cannot go on without it. */
static duixian_model *load(void) {
    duixian_model *model = NULL;
    const duixian_source sources[] = {{MAIN, NULL, 0}, {LIB, NULL, 0}};
    if (!OK(duixian_model_load(sources, 2, NULL, &model)))
        exit(tap_done());
    return model;
}

static duixian_run *start(const duixian_model *model, const duixian_limits *limits) {
    duixian_run *run = NULL;
    if (!OK(duixian_run_new(model, limits, &run)))
        exit(tap_done());
    return run;
}

static uint32_t in(const duixian_model *model, const char *name) {
    return duixian_model_find(model, DUIXIAN_INPUT, NULL, name);
}

static uint32_t decision(const duixian_model *model, const char *name) {
    return duixian_model_find(model, DUIXIAN_DECISION, NULL, name);
}

/* A decision evaluated anew, as JSON. */
static dx_str decided(duixian_run *run, uint32_t number) {
    const char *json = "(none)";
    OK(duixian_evaluate(run, &number, 1));
    OK(duixian_json(run, duixian_result(run, number), &json, NULL));
    return dx_str_of(json);
}

static dx_str shown(duixian_run *run, uint32_t element) {
    const char *text = "(none)";
    OK(duixian_text(run, duixian_result(run, element), &text, NULL));
    return dx_str_of(text);
}

/* --- the library and models --- */

static void test_library(void) {
    CHECK_STR(dx_str_of(duixian_version()), DUIXIAN_VERSION);
    for (int status = DUIXIAN_OK; status <= DUIXIAN_OVERFLOW; status++)
        for (int lang = DUIXIAN_ZH; lang <= DUIXIAN_EN; lang++) {
            const char *text = duixian_status_text((duixian_status)status, (duixian_lang)lang);
            CHECK(*text && !strchr(text, '%'));
        }
    CHECK(is(duixian_status_text(DUIXIAN_MEMORY, DUIXIAN_EN), "out of memory"));
    CHECK(duixian_diags_count(NULL) == 0 && !duixian_diags_get(NULL, 0));
}

static void test_elements(void) {
    duixian_model *model = load();
    uint32_t share = decision(model, "份额"), n = 0;
    const duixian_element *e = duixian_model_element(model, share);
    while (duixian_model_element(model, n))
        n++;
    CHECK_INT(n, 17);
    CHECK(e && e->kind == DUIXIAN_DECISION && is(e->name, "份额") && is(e->type, "number"));
    CHECK(e && is(e->question, "占多少？") && is(e->description, "部分占总额的比例。"));
    CHECK(e && is(e->ns, "https://duixian.example/api") && is(e->file, MAIN) && e->line == 18);
    CHECK(is(duixian_model_element(model, in(model, "任意"))->type, "Any"));
    CHECK(strstr(duixian_model_element(model, in(model, "参与人"))->type, "list<"));
    CHECK(duixian_model_find(model, DUIXIAN_FUNCTION, NULL, "占比") != DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_FUNCTION, LIB, "占比") != DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_FUNCTION, "https://duixian.example/api/lib", "占比") !=
          DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_FUNCTION, MAIN, "占比") == DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_SERVICE, NULL, "计费") != DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_KNOWLEDGE, NULL, "依据") != DUIXIAN_NONE);
    CHECK(decision(model, "部分") == DUIXIAN_NONE);
    CHECK(duixian_model_find(model, DUIXIAN_INPUT, NULL, NULL) == DUIXIAN_NONE);
    CHECK(!duixian_pack_id(model) && !duixian_pack_digest(model));
    CHECK_INT(duixian_diags_count(duixian_model_diags(model)), 0);
    duixian_model_free(model);
    duixian_model_free(NULL);
}

/* A file in memory of the caller's own. */
static char *slurp(const char *path, size_t *ret_n) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 16);
    *ret_n = file && text ? fread(text, 1, 1 << 16, file) : 0;
    if (file)
        fclose(file);
    return text;
}

/* Nothing is kept of what was passed in. */
static void test_memory_sources(void) {
    size_t n[2];
    char *text[2] = {slurp(LIB, &n[0]), slurp(MAIN, &n[1])};
    char names[2][8] = {"lib", "main"};
    duixian_model *model = NULL;
    duixian_source sources[] = {{names[0], text[0], n[0]}, {names[1], text[1], n[1]}};
    OK(duixian_model_load(sources, 2, NULL, &model));
    memset(names, '?', sizeof names);
    for (size_t i = 0; i < 2; i++) {
        memset(text[i], '?', n[i]);
        free(text[i]);
    }
    duixian_run *run = start(model, NULL);
    OK(duixian_set_inputs(run, "{\"部分\": 1, \"总额\": 8}", DUIXIAN_Z));
    CHECK_STR(decided(run, decision(model, "份额")), "0.125");
    CHECK(is(duixian_model_element(model, in(model, "部分"))->file, "main"));
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_load_faults(void) {
    duixian_model *model = NULL, *untouched = (duixian_model *)&model;
    duixian_run *run = NULL;
    duixian_source broken = {"tests/api/broken.dmn", NULL, 0}, missing = {"tests/api/no", NULL, 0};
    duixian_source lone = {MAIN, NULL, 0}, junk = {"junk", "<a><b></a>", DUIXIAN_Z};
    const duixian_limits tiny = {.bytes = 20000};
    CHECK_INT(duixian_model_load(&broken, 1, NULL, &model), DUIXIAN_REFUSED);
    const duixian_diags *diags = duixian_model_diags(model);
    CHECK_INT(duixian_diags_count(diags), 2);
    for (size_t i = 0; i < duixian_diags_count(diags); i++) {
        const duixian_diag *d = duixian_diags_get(diags, i);
        bool name = is(d->code, "FEEL_UNKNOWN_NAME");
        CHECK(d->severity == DUIXIAN_ERROR && is(d->file, "tests/api/broken.dmn"));
        CHECK(d->line == (name ? 7U : 12U) && d->column == (name ? 35U : 37U));
        CHECK(!name || strstr(d->element[DUIXIAN_ZH], "决策“税额”"));
        CHECK(!name || strstr(d->message[DUIXIAN_ZH], "税率"));
        CHECK(!name || strstr(d->message[DUIXIAN_EN], "unknown name '税率'"));
        CHECK(strstr(d->text[DUIXIAN_ZH], "错误") && strstr(d->text[DUIXIAN_EN], "^"));
    }
    CHECK(!duixian_diags_get(diags, 2) && !duixian_model_element(model, 0));
    CHECK(decision(model, "税额") == DUIXIAN_NONE);
    CHECK_INT(duixian_run_new(model, NULL, &run), DUIXIAN_ARGUMENT);
    duixian_model_free(model);
    CHECK_INT(duixian_model_load(&missing, 1, NULL, &model), DUIXIAN_REFUSED);
    CHECK(is(duixian_diags_get(duixian_model_diags(model), 0)->code, "FILE_MISSING"));
    duixian_model_free(model);
    CHECK_INT(duixian_model_load(&junk, 1, NULL, &model), DUIXIAN_REFUSED);
    duixian_model_free(model);
    CHECK_INT(duixian_model_load(&lone, 1, NULL, &model), DUIXIAN_REFUSED); /* no import */
    duixian_model_free(model);
    CHECK_INT(duixian_model_load(&lone, 1, &tiny, &model), DUIXIAN_LIMIT_BYTES);
    CHECK(!model);
    model = untouched;
    CHECK_INT(duixian_model_load(NULL, 1, NULL, &model), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_model_load(&lone, 0, NULL, &model), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_model_load(&(duixian_source){0}, 1, NULL, &model), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_model_load_pack(NULL, NULL, &model), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_model_load(&lone, 1, NULL, NULL), DUIXIAN_ARGUMENT);
    CHECK(model == untouched);
    CHECK_INT(duixian_model_load_pack("tests/api", NULL, &model), DUIXIAN_REFUSED);
    CHECK(duixian_diags_count(duixian_model_diags(model)) > 0 && !duixian_pack_id(model));
    duixian_model_free(model);
}

/* --- inputs --- */

/* A number set in two ways and read in three. */
static void check_number(duixian_run *run, uint32_t input, int64_t i, uint32_t decimals,
                         const char *text) {
    int64_t back = 0;
    OK(duixian_set_int64(run, input, i, decimals));
    CHECK_STR(shown(run, input), text);
    CHECK(duixian_value_int64(duixian_result(run, input), decimals, &back) && back == i);
    OK(duixian_set_number(run, input, text, DUIXIAN_Z));
    CHECK_STR(shown(run, input), text);
    CHECK(duixian_value_int64(duixian_result(run, input), decimals, &back) && back == i);
}

static void test_numbers(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t part = in(model, "部分");
    int64_t i = 7;
    check_number(run, part, 12345, 2, "123.45");
    check_number(run, part, -5, 3, "-0.005");
    check_number(run, part, 0, 0, "0");
    check_number(run, part, INT64_MAX, 0, "9223372036854775807");
    check_number(run, part, INT64_MIN, 2, "-92233720368547758.08");
    check_number(run, part, 5000000000000000001, 2, "50000000000000000.01");
    OK(duixian_set_number(run, part, "1.5e3xx", 5));
    CHECK_STR(shown(run, part), "1500");
    CHECK(duixian_value_int64(duixian_result(run, part), 2, &i) && i == 150000);
    OK(duixian_set_number(run, part, "0.125", DUIXIAN_Z));
    i = 7;
    CHECK(!duixian_value_int64(duixian_result(run, part), 2, &i) && i == 7);
    CHECK(!duixian_value_int64(duixian_result(run, part), 101, &i));
    OK(duixian_set_number(run, part, "1e30", DUIXIAN_Z));
    CHECK(!duixian_value_int64(duixian_result(run, part), 0, &i));
    CHECK_INT(duixian_set_number(run, part, "1,5", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK(is(duixian_diags_get(duixian_run_diags(run), 0)->code, "INPUT_TYPE"));
    CHECK(is(duixian_diags_get(duixian_run_diags(run), 0)->element[DUIXIAN_EN], "部分"));
    CHECK_STR(shown(run, part), "1000000000000000000000000000000");
    CHECK_INT(duixian_set_int64(run, part, 1, 101), DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_setters(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t part = in(model, "部分"), name = in(model, "名称"), day = in(model, "日期");
    uint32_t on = in(model, "启用"), any = in(model, "任意"), grade = in(model, "档次");
    uint32_t card = decision(model, "卡片");
    OK(duixian_set_string(run, name, "松江\0企业!!", 13));
    OK(duixian_set_temporal(run, day, "2025-06-30", DUIXIAN_Z));
    OK(duixian_set_boolean(run, on, true));
    OK(duixian_set_temporal(run, any, "P1Y6M", DUIXIAN_Z));
    CHECK_STR(decided(run, card), "{\"称谓\":\"松江\\u0000企业\",\"当日\":\"2025-06-30\","
                                  "\"生效\":true,\"其他\":[\"P1Y6M\",1.50,\"P1D\"]}");
    OK(duixian_set_boolean(run, any, false));
    OK(duixian_set_int64(run, any, 3, 0));
    OK(duixian_set_string(run, any, "", 0));
    OK(duixian_set_temporal(run, any, "09:00:00+08:00", DUIXIAN_Z));
    OK(duixian_set_temporal(run, any, "2025-06-30T09:00:00@Asia/Shanghai", DUIXIAN_Z));
    OK(duixian_set_temporal(run, any, "P3DT4H", DUIXIAN_Z));
    CHECK_INT(duixian_set_temporal(run, any, "yesterday", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK_STR(shown(run, any), "P3DT4H");
    OK(duixian_set_string(run, grade, "甲", DUIXIAN_Z));
    CHECK_INT(duixian_set_string(run, grade, "丙", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK(is(duixian_diags_get(duixian_run_diags(run), 0)->code, "INPUT_VALUE"));
    CHECK_STR(shown(run, grade), "甲");
    CHECK_INT(duixian_set_boolean(run, part, true), DUIXIAN_REFUSED);
    CHECK_INT(duixian_set_int64(run, name, 1, 0), DUIXIAN_REFUSED);
    CHECK_INT(duixian_set_string(run, part, "1", DUIXIAN_Z), DUIXIAN_REFUSED);
    OK(duixian_set_null(run, grade));
    CHECK_INT(duixian_value_kind(duixian_result(run, grade)), DUIXIAN_KIND_NULL);
    CHECK_INT(duixian_set_null(run, card), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_boolean(run, DUIXIAN_NONE, true), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_unknown(run, card, NULL), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_string(run, name, NULL, 0), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_json(run, name, NULL, 0), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_inputs(NULL, "{}", 2), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_set_null(NULL, 0), DUIXIAN_ARGUMENT);
    duixian_run_reset(run);
    CHECK_INT(duixian_diags_count(duixian_run_diags(run)), 0);
    CHECK_INT(duixian_value_kind(duixian_result(run, name)), DUIXIAN_KIND_NULL);
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_json(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t people = in(model, "参与人"), part = in(model, "部分");
    const char *json;
    size_t n = 0;
    OK(duixian_set_json(run, people, "[{\"姓名\": \"王\", \"生日\": \"1990-01-02\"}, {}]",
                        DUIXIAN_Z));
    OK(duixian_json(run, duixian_result(run, people), &json, &n));
    CHECK_STR(((dx_str){json, n}),
              "[{\"姓名\":\"王\",\"生日\":\"1990-01-02\"},{\"姓名\":null,\"生日\":null}]");
    CHECK_STR(decided(run, decision(model, "首位")), "\"王\"");
    OK(duixian_set_json(run, people, "{\"姓名\": \"李\"}", DUIXIAN_Z)); /* a list of one */
    CHECK_STR(decided(run, decision(model, "首位")), "\"李\"");
    CHECK_INT(duixian_set_json(run, people, "[{\"名\": 1}]", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK(is(duixian_diags_get(duixian_run_diags(run), 0)->code, "INPUT_KEY"));
    CHECK_INT(duixian_set_json(run, people, "[{\"姓名\": 1}]", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK_INT(duixian_set_json(run, part, "\"12.50\"", DUIXIAN_Z), DUIXIAN_OK);
    CHECK_STR(shown(run, part), "12.50");
    CHECK_INT(duixian_set_json(run, part, "[1", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK_INT(duixian_set_inputs(run, "[]", DUIXIAN_Z), DUIXIAN_REFUSED);
    CHECK_INT(duixian_set_inputs(run, "{\"部分\": 1, \"总额\": \"x\", \"没有\": 2, \"启用\": true}",
                                 DUIXIAN_Z),
              DUIXIAN_REFUSED);
    const duixian_diags *diags = duixian_run_diags(run);
    CHECK_INT(duixian_diags_count(diags), 2);
    CHECK(is(duixian_diags_get(diags, 0)->element[DUIXIAN_EN], "/总额"));
    CHECK(is(duixian_diags_get(diags, 1)->code, "INPUT_UNKNOWN"));
    CHECK_STR(shown(run, part), "1");
    CHECK_STR(shown(run, in(model, "启用")), "true");
    duixian_run_free(run);
    duixian_model_free(model);
}

/* --- evaluation --- */

static void test_evaluation(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t share = decision(model, "份额"), rate = decision(model, "费率");
    uint32_t card = decision(model, "卡片"), two[] = {rate, card}, wrong[] = {rate, 0};
    bool b = true;
    size_t n;
    CHECK(!duixian_result(run, share) && !duixian_result(run, DUIXIAN_NONE));
    OK(duixian_set_inputs(run, "{\"部分\": 1, \"总额\": 4, \"档次\": \"乙\"}", DUIXIAN_Z));
    OK(duixian_evaluate(run, &rate, 1));
    CHECK_STR(shown(run, rate), "0.05");
    CHECK_STR(shown(run, share), "0.25");
    CHECK(!duixian_result(run, card));
    OK(duixian_evaluate(run, two, 2));
    const duixian_value *value = duixian_result(run, card);
    CHECK_INT(duixian_value_kind(value), DUIXIAN_KIND_CONTEXT);
    CHECK_INT(duixian_value_count(value), 4);
    const char *key = duixian_value_key(value, 1, &n);
    CHECK_STR(((dx_str){key, n}), "当日");
    CHECK(!duixian_value_key(value, 4, &n) && !duixian_value_item(value, 4));
    CHECK(duixian_value_item(value, 2) == duixian_value_member(value, "生效"));
    CHECK(duixian_value_boolean(duixian_value_member(value, "生效"), &b) && !b);
    CHECK(!duixian_value_member(value, "无") && !duixian_value_member(NULL, "无"));
    const duixian_value *list = duixian_value_member(value, "其他");
    CHECK_INT(duixian_value_count(list), 3);
    CHECK_INT(duixian_value_kind(duixian_value_item(list, 2)), DUIXIAN_KIND_DAYS_TIME);
    CHECK(!duixian_value_item(list, 3) && !duixian_value_string(list, &n));
    CHECK(duixian_value_kind(NULL) == DUIXIAN_KIND_NULL && !duixian_value_boolean(list, &b));
    OK(duixian_evaluate(run, NULL, 0));
    CHECK(duixian_result(run, decision(model, "今天")) != NULL);
    CHECK_INT(duixian_evaluate(run, wrong, 2), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_evaluate(run, NULL, 2), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_evaluate(NULL, NULL, 0), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_run_set_now(run, "2025-06-30"), DUIXIAN_ARGUMENT);
    OK(duixian_run_set_now(run, "2025-06-30T23:00:00+08:00"));
    duixian_run_reset(run);
    CHECK(!duixian_result(run, rate));
    CHECK_STR(decided(run, decision(model, "今天")), "\"2025-06-30\"");
    duixian_model_free(model); /* the run keeps what it needs */
    duixian_run_reset(run);
    OK(duixian_set_inputs(run, "{\"部分\": 3, \"总额\": 4}", DUIXIAN_Z));
    CHECK_STR(decided(run, share), "0.75");
    duixian_run_free(run);
    duixian_run_free(NULL);
    duixian_run_reset(NULL);
}

static void test_unknown(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t part = in(model, "部分"), whole = in(model, "总额"), rate = decision(model, "费率");
    uint32_t people = in(model, "参与人");
    const char *const *names;
    size_t n = 9;
    OK(duixian_set_unknown(run, part, "申报.投入"));
    OK(duixian_set_int64(run, whole, 10, 0));
    OK(duixian_set_json(run, in(model, "档次"), "{\"unknown\": true}", DUIXIAN_Z));
    CHECK_STR(decided(run, rate), "{\"unknown\":true}");
    CHECK_INT(duixian_value_kind(duixian_result(run, rate)), DUIXIAN_KIND_UNKNOWN);
    OK(duixian_causes(run, duixian_result(run, rate), &names, &n));
    CHECK(n == 2 && is(names[0], "申报.投入") && is(names[1], "档次"));
    OK(duixian_set_int64(run, part, 20, 0)); /* above 1: certain whatever the grade */
    CHECK_STR(decided(run, rate), "0");
    OK(duixian_causes(run, duixian_result(run, rate), &names, &n));
    CHECK_INT(n, 0);
    OK(duixian_set_json(run, people,
                        "[{\"姓名\": {\"unknown\": true}, \"生日\": {\"unknown\": \"户籍\"}}]",
                        DUIXIAN_Z));
    OK(duixian_causes(run, duixian_result(run, people), &names, &n));
    CHECK(n == 2 && is(names[0], "参与人.姓名") && is(names[1], "户籍"));
    OK(duixian_set_json(run, people, "{\"unknown\": \"户籍\"}", DUIXIAN_Z));
    CHECK_INT(duixian_value_kind(duixian_result(run, people)), DUIXIAN_KIND_UNKNOWN);
    duixian_run_reset(run);
    for (int i = 0; i < 100; i++) { /* more than one word of causes */
        char fact[16];
        snprintf(fact, sizeof fact, "f%d", i);
        OK(duixian_set_unknown(run, i % 2 ? part : whole, fact));
    }
    OK(duixian_evaluate(run, &rate, 1));
    OK(duixian_causes(run, duixian_result(run, decision(model, "份额")), &names, &n));
    CHECK(n == 2 && is(names[0], "f98") && is(names[1], "f99"));
    CHECK_INT(duixian_causes(run, NULL, NULL, &n), DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_explanation(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t rate = decision(model, "费率");
    const duixian_diags *notes = NULL;
    const char *json = "";
    size_t n = 0;
    OK(duixian_set_inputs(run, "{\"部分\": 1, \"总额\": 0, \"档次\": \"乙\"}", DUIXIAN_Z));
    OK(duixian_evaluate(run, &rate, 1));
    OK(duixian_notes(run, &notes));
    CHECK_INT(duixian_diags_count(notes), 0);
    duixian_run_set_trace(run, true);
    OK(duixian_evaluate(run, &rate, 1));
    OK(duixian_notes(run, &notes));
    const duixian_diag *note = duixian_diags_get(notes, 0);
    CHECK(note && note->severity == DUIXIAN_NOTE && is(note->file, LIB) && note->line == 8);
    CHECK(note && is(note->code, "FEEL_EVAL_DIVISION_BY_ZERO"));
    CHECK(note && is(note->message[DUIXIAN_EN], "division by zero"));
    OK(duixian_trace(run, &json, &n));
    CHECK_INT(strlen(json), n);
    CHECK(strstr(json,
                 "{\"decisions\":[{\"name\":\"份额\",\"namespace\":\"https://duixian.example/api\","
                 "\"value\":null},{\"name\":\"费率\""));
    CHECK(strstr(json,
                 "\"inputs\":[{\"expression\":\"份额\",\"value\":null},{\"expression\":\"档次\","
                 "\"value\":\"乙\"}]"));
    CHECK(strstr(json,
                 "{\"rule\":2,\"id\":\"r2\",\"result\":\"failed\",\"column\":2,"
                 "\"cell\":\"\\\"甲\\\"\"},{\"rule\":3,\"id\":\"r3\",\"result\":\"matched\"}"));
    CHECK(strstr(json, "\"notes\":[{\"code\":\"FEEL_EVAL_DIVISION_BY_ZERO\""));
    duixian_run_set_trace(run, false);
    OK(duixian_evaluate(run, &rate, 1));
    OK(duixian_trace(run, &json, NULL));
    CHECK(strstr(json, "\"tables\":[],\"notes\":[]}"));
    CHECK_INT(duixian_trace(run, NULL, NULL), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_notes(run, NULL), DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_calls(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    uint32_t service = duixian_model_find(model, DUIXIAN_SERVICE, NULL, "计费");
    uint32_t function = duixian_model_find(model, DUIXIAN_FUNCTION, NULL, "占比");
    const duixian_value *value = NULL;
    const char *text = "";
    OK(duixian_call(run, service, "{\"档次\": \"甲\", \"部分\": 1, \"总额\": \"4\"}", DUIXIAN_Z,
                    &value));
    OK(duixian_text(run, value, &text, NULL));
    CHECK_STR(dx_str_of(text), "0.10");
    OK(duixian_call(run, function, "{\"部分\": 1, \"全部\": 4}", DUIXIAN_Z, &value));
    OK(duixian_text(run, value, &text, NULL));
    CHECK_STR(dx_str_of(text), "0.25");
    OK(duixian_call(run, function, "{\"部分\": 1}", DUIXIAN_Z, &value));
    CHECK_INT(duixian_value_kind(value), DUIXIAN_KIND_NULL);
    CHECK_INT(duixian_call(run, function, "{\"部份\": 1}", DUIXIAN_Z, &value), DUIXIAN_REFUSED);
    CHECK(is(duixian_diags_get(duixian_run_diags(run), 0)->element[DUIXIAN_EN], "/部份"));
    CHECK_INT(duixian_call(run, function, "{\"部分\": \"x\"}", DUIXIAN_Z, &value), DUIXIAN_REFUSED);
    CHECK_INT(duixian_call(run, function, "[1]", DUIXIAN_Z, &value), DUIXIAN_REFUSED);
    CHECK_INT(duixian_call(run, decision(model, "份额"), "{}", 2, &value), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_call(run, service, "{}", 2, NULL), DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
}

static void test_limits(void) {
    duixian_model *model = load();
    const duixian_limits steps = {.steps = 1000}, bytes = {.bytes = 100000};
    duixian_run *run = start(model, &steps);
    uint32_t part = in(model, "部分"), loop = decision(model, "循环");
    OK(duixian_set_int64(run, part, 100, 0));
    CHECK_STR(decided(run, loop), "100");
    OK(duixian_set_int64(run, part, 2000, 0));
    CHECK_INT(duixian_evaluate(run, &loop, 1), DUIXIAN_LIMIT_STEPS);
    CHECK(!duixian_result(run, loop));
    OK(duixian_set_int64(run, part, 100, 0));
    CHECK_STR(decided(run, loop), "100");
    duixian_run_free(run);
    run = start(model, &bytes);
    OK(duixian_set_int64(run, part, 100000, 0));
    CHECK_INT(duixian_evaluate(run, &loop, 1), DUIXIAN_LIMIT_BYTES);
    duixian_run_reset(run);
    OK(duixian_set_int64(run, part, 10, 0));
    CHECK_STR(decided(run, loop), "10");
    duixian_run_free(run);
    duixian_model_free(model);
}

/* --- packs --- */

static void test_pack(void) {
    duixian_model *model = NULL;
    const char *const strict[] = {"R2=floor"}, *const wrong[] = {"R2=none"};
    const char *json = "", *brief = "";
    size_t n = 0;
    OK(duixian_model_load_pack("policies/songjiang-2024", NULL, &model));
    CHECK(is(duixian_pack_id(model), "songjiang-2024"));
    CHECK(duixian_pack_digest(model) && strncmp(duixian_pack_digest(model), "sha256:", 7) == 0);
    duixian_run *run = start(model, NULL);
    size_t facts_n;
    char *facts = slurp("examples/precision-works.json", &facts_n);
    OK(duixian_assess(run, facts, facts_n, "2025-06-30", strict, 1, false, &json, &n));
    CHECK_INT(strlen(json), n);
    CHECK(strstr(json, "\"as_of\":\"2025-06-30\"") && strstr(json, "\"R2\":\"floor\""));
    CHECK(strstr(json, duixian_pack_digest(model)) && strstr(json, "\"conditions\":["));
    OK(duixian_trace(run, &brief, NULL));
    CHECK(strncmp(brief, "{\"decisions\":[{", 15) == 0);
    OK(duixian_assess(run, facts, facts_n, "2025-06-30", NULL, 0, true, &brief, NULL));
    CHECK(strncmp(brief, "{\"items\":{", 10) == 0 && strstr(brief, "\"total\":"));
    CHECK_INT(
        duixian_assess(run, "{\"没有\": 1}", DUIXIAN_Z, "2025-02-30", wrong, 1, true, &json, &n),
        DUIXIAN_REFUSED);
    CHECK_INT(duixian_diags_count(duixian_run_diags(run)), 3);
    CHECK_INT(duixian_assess(run, "{}", 2, NULL, NULL, 0, true, &json, &n), DUIXIAN_ARGUMENT);
    CHECK_INT(duixian_assess(run, "{}", 2, "2025-06-30", NULL, 1, true, &json, &n),
              DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
    model = load();
    run = start(model, NULL);
    CHECK_INT(duixian_assess(run, "{}", 2, "2025-06-30", NULL, 0, true, &json, &n),
              DUIXIAN_ARGUMENT);
    duixian_run_free(run);
    duixian_model_free(model);
    free(facts);
}

/* --- threads --- */

enum { ROUNDS = 2000 };

/* One thread's share: as many wrong results as it saw. */
typedef struct share {
    const duixian_model *model;
    pthread_t thread;
    unsigned wrong;
    int64_t whole;
} share;

static void *work(void *arg) {
    share *s = arg;
    duixian_run *run = NULL;
    uint32_t part = in(s->model, "部分"), whole = in(s->model, "总额");
    uint32_t result = decision(s->model, "份额");
    int64_t got = -1;
    s->wrong = duixian_run_new(s->model, NULL, &run) != DUIXIAN_OK;
    for (int64_t i = 0; i < ROUNDS && !s->wrong; i++) {
        duixian_run_reset(run);
        s->wrong += duixian_set_int64(run, part, i * s->whole, 0) != DUIXIAN_OK;
        s->wrong += duixian_set_int64(run, whole, s->whole, 0) != DUIXIAN_OK;
        s->wrong += duixian_evaluate(run, &result, 1) != DUIXIAN_OK;
        s->wrong += !duixian_value_int64(duixian_result(run, result), 0, &got) || got != i;
    }
    duixian_run_free(run);
    return NULL;
}

static void test_threads(void) {
    duixian_model *model = load();
    share shares[2] = {{.model = model, .whole = 7}, {.model = model, .whole = 16}};
    for (size_t i = 0; i < 2; i++)
        CHECK(pthread_create(&shares[i].thread, NULL, work, &shares[i]) == 0);
    for (size_t i = 0; i < 2; i++) {
        pthread_join(shares[i].thread, NULL);
        CHECK_INT(shares[i].wrong, 0);
    }
    duixian_model_free(model);
}

/* --- memory
 * --------------------------------------------------------------------------------------------------
 */

/* Everything that can run out of memory, one after another; the first status that is not OK. */
static duixian_status scenario(char *said, size_t size) {
    static const duixian_source sources[] = {{MAIN, NULL, 0}, {LIB, NULL, 0}};
    duixian_model *model = NULL;
    duixian_run *run = NULL;
    const duixian_value *value = NULL;
    const duixian_diags *notes;
    const char *const *names;
    const char *trace = "", *text = "";
    size_t n;
    duixian_status s = duixian_model_load(sources, 2, NULL, &model);
    if (s == DUIXIAN_OK)
        s = duixian_run_new(model, NULL, &run);
    if (s == DUIXIAN_OK) {
        uint32_t rate = decision(model, "费率"), loop = decision(model, "循环");
        duixian_run_set_trace(run, true);
        s = duixian_set_inputs(run, "{\"部分\": 50, \"总额\": 1000, \"任意\": {\"a\": [1]}}",
                               DUIXIAN_Z);
        if (s == DUIXIAN_OK)
            s = duixian_set_unknown(run, in(model, "档次"), "申报");
        if (s == DUIXIAN_OK)
            s = duixian_set_string(run, in(model, "名称"), "松江", DUIXIAN_Z);
        if (s == DUIXIAN_OK)
            s = duixian_evaluate(run, &loop, 1);
        if (s == DUIXIAN_OK)
            s = duixian_evaluate(run, &rate, 1);
        if (s == DUIXIAN_OK)
            s = duixian_causes(run, duixian_result(run, rate), &names, &n);
        if (s == DUIXIAN_OK)
            s = duixian_notes(run, &notes);
        if (s == DUIXIAN_OK)
            s = duixian_trace(run, &trace, NULL);
        if (s == DUIXIAN_OK)
            s = duixian_call(run, duixian_model_find(model, DUIXIAN_FUNCTION, NULL, "占比"),
                             "{\"部分\": 1, \"全部\": 3}", DUIXIAN_Z, &value);
        if (s == DUIXIAN_OK)
            s = duixian_text(run, value, &text, NULL);
        snprintf(said, size, "%s %s", text, trace);
    }
    duixian_run_free(run);
    duixian_model_free(model);
    return s;
}

static void test_fault(void) {
    static char whole[1 << 16], got[1 << 16];
    unsigned wrong = 0;
    uint64_t at = 1;
    OK(scenario(whole, sizeof whole));
    for (bool hit = true; hit; at++) {
        dx_fail_at = at;
        duixian_status status = scenario(got, sizeof got);
        hit = dx_fail_at == 0;
        dx_fail_at = 0;
        if (status != DUIXIAN_MEMORY && !(status == DUIXIAN_OK && strcmp(whole, got) == 0)) {
            printf("# allocation %llu: status %d\n", (unsigned long long)at, (int)status);
            wrong++;
        }
    }
    tap_ok(wrong == 0 && at > 10, "each of %llu allocations failing", (unsigned long long)at - 2);
}

/* One record by typed setters and values; the kinds of records differ. */
static void record(duixian_run *run, const duixian_model *model, uint32_t i, unsigned *wrong) {
    static const char *const grades[] = {"甲", "乙"};
    uint32_t rate = decision(model, "费率");
    int64_t got = -1;
    duixian_run_reset(run);
    *wrong += duixian_set_int64(run, in(model, "部分"), i % 90, 2) != DUIXIAN_OK;
    *wrong += duixian_set_number(run, in(model, "总额"), "100.00", DUIXIAN_Z) != DUIXIAN_OK;
    *wrong += duixian_set_temporal(run, in(model, "日期"), "2025-06-30", DUIXIAN_Z) != DUIXIAN_OK;
    *wrong += duixian_set_string(run, in(model, "名称"), "松江企业", DUIXIAN_Z) != DUIXIAN_OK;
    *wrong +=
        duixian_set_json(run, in(model, "参与人"), "[{\"姓名\": \"王\"}]", DUIXIAN_Z) != DUIXIAN_OK;
    if (i % 3 == 0)
        *wrong += duixian_set_unknown(run, in(model, "档次"), "申报") != DUIXIAN_OK;
    else
        *wrong +=
            duixian_set_string(run, in(model, "档次"), grades[i % 2], DUIXIAN_Z) != DUIXIAN_OK;
    *wrong += duixian_evaluate(run, NULL, 0) != DUIXIAN_OK;
    *wrong += duixian_evaluate(run, &rate, 1) != DUIXIAN_OK;
    bool certain = duixian_value_int64(duixian_result(run, rate), 2, &got);
    *wrong += certain ? got != (i % 2 ? 5 : 10) : i % 3 != 0;
}

static void test_warm(void) {
    duixian_model *model = load();
    duixian_run *run = start(model, NULL);
    unsigned wrong = 0;
    for (uint32_t i = 0; i < 1000; i++)
        record(run, model, i, &wrong);
    dx_fail_at = UINT64_MAX;
    for (uint32_t i = 0; i < 1000; i++)
        record(run, model, i, &wrong);
    uint64_t allocations = UINT64_MAX - dx_fail_at;
    dx_fail_at = 0;
    CHECK_INT(wrong, 0);
    CHECK_INT(allocations, 0);
    duixian_run_free(run);
    duixian_model_free(model);
}

int main(void) {
    test_library();
    test_elements();
    test_memory_sources();
    test_load_faults();
    test_numbers();
    test_setters();
    test_json();
    test_evaluation();
    test_unknown();
    test_explanation();
    test_calls();
    test_limits();
    test_pack();
    test_threads();
    test_fault();
    test_warm();
    return tap_done();
}
