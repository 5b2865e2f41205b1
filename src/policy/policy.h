/* A policy pack and what it decides. A pack is a folder of data: policy.json (items, validity,
 * departments), facts.json (the facts it asks for), readings.json (questions of interpretation),
 * DMN models, dated tariffs and cases. Nothing about any one policy stands in C. This layer is
 * pure: the date comes as an argument, files are read by pack_load.c alone. */
#ifndef DX_POLICY_POLICY_H
#define DX_POLICY_POLICY_H

#include "base/json.h"
#include "dmn/dmn.h"

/* A text in both languages. */
typedef struct dx_label {
    dx_str zh, en;
} dx_label;

static inline dx_str dx_label_in(const dx_label *label, dx_lang lang) {
    return lang == DX_EN && label->en.n ? label->en : label->zh;
}

/* One fact: a member of an input. Its number is its bit in the causes of an unknown value. */
typedef struct dx_fact {
    dx_str path; /* 技改项目.核定总投入 */
    dx_str name;
    uint32_t input, member; /* numbers of the input, and within its shape */
    const dx_type *type;
    dx_label label, question, help;
    bool null_when_absent; /* not known counts as known not to exist */
    dx_val unknown;        /* the unknown that this fact causes */
} dx_fact;

/* A subject of facts: one input of the models, under one name in all of them. */
typedef struct dx_input {
    dx_str name;
    dx_label label;
    const dx_type *type;   /* a context */
    uint32_t first, n;     /* its facts */
    const uint32_t *slots; /* registers that hold it, one per model that has it */
    uint32_t n_slots;
    dx_val absent; /* the value when nothing is known of it */
} dx_input;

typedef struct dx_option {
    dx_str id;
    dx_label label;
} dx_option;

/* A question of interpretation with its options. */
typedef struct dx_reading {
    dx_str id;
    dx_label question, why;
    dx_option *options;
    uint32_t n_options, chosen_by_default;
    dx_label author;
    dx_str date;
    const dx_json *items; /* ids of the items that rest on it */
} dx_reading;

/* A condition of an item: a boolean decision. `reading` and `option` (or DX_NONE) say under which
 * reading it applies. */
typedef struct dx_condition {
    dx_str name;
    dx_label label;
    uint32_t decision, slot;
    uint32_t reading, option;
    uint32_t article;
    const uint32_t *facts; /* that it may read */
    uint32_t n_facts;
} dx_condition;

typedef enum dx_amount_kind {
    DX_AMOUNT_NONE,
    DX_AMOUNT_CEILING,
    DX_AMOUNT_FIXED,
    DX_AMOUNT_TARIFF,
    DX_AMOUNT_EXTERNAL
} dx_amount_kind;

typedef struct dx_item {
    dx_str id;
    uint32_t article;
    dx_label title, outcome, next;
    const uint32_t *departments; /* numbers in the pack */
    uint32_t n_departments;
    dx_condition *conditions;
    uint32_t n_conditions;
    uint32_t amount, amount_slot; /* decision, or DX_NONE */
    const uint32_t *amount_facts; /* that the amount is computed from */
    uint32_t n_amount_facts;
    dx_amount_kind kind;
    uint32_t kind_decision, kind_slot; /* decides the kind, or DX_NONE */
    bool amount_optional;              /* null leaves the item eligible */
    bool counts_in_total;
    const uint32_t *readings; /* that it rests on */
    uint32_t n_readings;
} dx_item;

typedef struct dx_article {
    uint32_t number;
    dx_label title;
    dx_label text; /* the clause in the pack's own words */
    dx_str model;  /* its model without .dmn, or empty */
} dx_article;

typedef struct dx_department {
    dx_str id;
    dx_label name;
} dx_department;

/* A dated table: the value of an input from a day on. */
typedef struct dx_tariff {
    dx_date from;
    dx_val value;
} dx_tariff;

typedef struct dx_tariff_input {
    dx_str input;
    const uint32_t *slots;
    uint32_t n_slots;
    dx_tariff *tariffs; /* by date, oldest first */
    uint32_t n_tariffs;
} dx_tariff_input;

/* A file of a pack: the path below its folder, and what it holds. */
typedef struct dx_pack_file {
    dx_str name, bytes;
} dx_pack_file;

/* A pack; immutable after load and shared by threads. */
typedef struct dx_pack {
    dx_arena *arena;
    dx_str dir, id,
        digest; /* digest: "sha256:" and 64 digits, over all files of the pack that decide */
    dx_label title, issuer, interpreter;
    dx_date issued, valid_from, valid_to; /* valid on both days */
    dx_article *articles;
    dx_department *departments;
    dx_input *inputs;
    dx_fact *facts;
    dx_reading *readings;
    dx_tariff_input *tariffs;
    dx_item *items;
    uint32_t n_articles, n_departments, n_inputs, n_facts, n_readings, n_tariffs, n_items;
    const uint32_t *reading_slots; /* of the input that carries the readings */
    uint32_t n_reading_slots;
    const dx_type *reading_type;
    const dx_json *types; /* of facts.json: what is expected of each type, in both languages */
    DX_VEC(dx_pack_file) files; /* all that were read, in that order */
    dx_dmn *dmn;
    dx_plan plan; /* every decision that an item rests on */
} dx_pack;

/* Loads a pack from a folder. All faults of all files are added to diags; NULL when nothing useful
 * could be read. A pack with errors must not be used to decide. */
dx_pack *dx_pack_load(dx_arena *arena, dx_str dir, dx_diags *diags);
/* The same from files in memory, sorted by name; they must live as long as the arena. */
dx_pack *dx_pack_load_files(dx_arena *arena, dx_str name, const dx_pack_file *files, uint32_t n,
                            dx_diags *diags);

/* --- the text of articles (passages.c) --- */

/* One article of a text. */
typedef struct dx_passage {
    uint32_t article;
    dx_str title; /* what stands beside the number of a Markdown heading, or empty */
    dx_str text;
} dx_passage;

/* Cuts a text (UTF-8, plain or Markdown) at the lines that begin with 第N条 or Article N, and ends
 * an article at any Markdown heading too; returns the number of articles, in the text's order. */
uint32_t dx_passages(dx_arena *arena, dx_str text, dx_passage **ret);

/* --- which pack: pack_choose.c --- */

/* What a pack is chosen by. */
typedef struct dx_pack_head {
    dx_str id, dir;
    dx_date issued, valid_from, valid_to;
} dx_pack_head;

dx_pack_head dx_pack_head_of(const dx_pack *pack);
/* The head of a pack in a folder, from its policy.json alone; false when that is no pack, or one
 * with faults, which loading it would tell. */
bool dx_pack_head_read(dx_arena *arena, dx_str dir, dx_pack_head *ret);
/* The pack that is meant on a day when none is named: of those that are valid then the one issued
 * last, and of one issue the first. DX_NONE when none is valid. */
uint32_t dx_pack_choose(const dx_pack_head *heads, uint32_t n, dx_date day);
/* Adds the diagnostic for a day on which no pack is valid; it names the days on which each is. */
void dx_pack_none_holds(const dx_pack_head *heads, uint32_t n, dx_date day, dx_place place,
                        dx_diags *diags);

/* --- facts --- */

/* The facts of one enterprise: a value for each input of the pack, conforming to its type, unknown
 * where nothing is known. */
typedef struct dx_facts {
    dx_val *inputs;
} dx_facts;

/* Reads the facts object `json` of the text `root` (often one and the same) (contract: an absent
 * key is not known, null is known not to exist). Every fault is added with its JSON pointer and
 * what is expected; false when there was one. Values live in the run's arena. */
bool dx_facts_read(const dx_pack *pack, dx_run *run, const dx_json *root, const dx_json *json,
                   dx_facts *ret, dx_diags *diags);

/* The same for one fact, of which `root` is the value. */
bool dx_fact_read(const dx_pack *pack, dx_run *run, uint32_t fact, const dx_json *root, dx_val *ret,
                  dx_diags *diags);

/* --- assessment --- */

typedef struct dx_options {
    dx_date as_of;
    const uint32_t *options; /* the option chosen for each reading of the pack */
} dx_options;

/* Chooses an option ("R2=floor") in `options` (n_readings long). False, with a diagnostic that
 * lists what there is, when there is no such reading or option. */
bool dx_options_choose(const dx_pack *pack, dx_str choice, uint32_t *options, dx_diags *diags);
void dx_options_default(const dx_pack *pack, uint32_t *options);

typedef enum dx_status { DX_ELIGIBLE, DX_INELIGIBLE, DX_UNDETERMINED, DX_NOT_IN_FORCE } dx_status;

typedef struct dx_verdict {
    dx_status status;
    bool has_amount;
    dx_amount_kind kind;
    dx_num amount;            /* yuan */
    const dx_causes *missing; /* bits of facts, or NULL */
} dx_verdict;

/* What one assessment says; verdicts in the order of the pack's items. Conditions are read from the
 * run with dx_condition_result while the run still holds the assessment. */
typedef struct dx_assessment {
    dx_verdict *verdicts;
    dx_num total; /* over eligible items that count */
} dx_assessment;

/* Decides all items. `ret->verdicts` has room for n_items. A trap must be set on run->arena. The
 * run is one of the pack's program; its arena is reset by the caller between assessments. */
void dx_assess(const dx_pack *pack, dx_run *run, const dx_facts *facts, const dx_options *options,
               dx_assessment *ret);

/* Among those who assess, here and in batch/: the readings as the value of their input, the table
 * of a tariff on a day (null before the first), whether a condition applies under the readings, and
 * the kind of an amount, given what the decision on it says (null: there is none). */
dx_val dx_options_readings(const dx_pack *pack, dx_arena *arena, const dx_options *options);
dx_val dx_tariff_on(const dx_tariff_input *input, dx_date day);
bool dx_condition_applies(const dx_condition *condition, const dx_options *options);
dx_amount_kind dx_item_kind(const dx_item *item, dx_val decided);

typedef enum dx_truth { DX_FALSE, DX_TRUE, DX_NOT_KNOWN, DX_NOT_APPLICABLE } dx_truth;
/* What the last assessment found for a condition; DX_NOT_APPLICABLE under another reading. */
dx_truth dx_condition_result(const dx_run *run, const dx_condition *condition,
                             const dx_options *options);
/* The status and the kind of an amount as the contract writes them. */
const char *dx_status_name(dx_status status);
const char *dx_amount_kind_name(dx_amount_kind kind);

/* --- what to ask, what another reading gives (questions.c) --- */

/* A missing fact and what knowing it is worth, in thousandths: the items that it settles and the
 * other facts that need not be asked, on average over the values it could take. */
typedef struct dx_question {
    uint32_t fact, items; /* number of items that it matters to */
    uint32_t settles, spares;
} dx_question;

/* The facts worth asking, best first, into `ret` (room for n_facts); returns their number. No other
 * fact can change a result. Uses the run: its last assessment is gone afterwards. */
uint32_t dx_questions(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                      const dx_options *options, dx_question *ret);

typedef struct dx_alternative {
    uint32_t reading, option;
    dx_verdict verdict;
} dx_alternative;

/* The verdict on an item under each other option of the readings that it rests on, one at a time,
 * into `ret` (room for all options of the pack); returns their number. Uses the run. */
uint32_t dx_other_readings(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                           const dx_options *options, uint32_t item, dx_alternative *ret);

/* The most that an item could come to, whatever the missing facts turn out to be. */
typedef struct dx_prospect {
    bool open;    /* the item is undetermined, and could turn out eligible */
    bool bounded; /* `amount` is the most; else there is no amount, or no limit to it */
    dx_num amount;
} dx_prospect;

/* What each item that is undetermined could still come to, by itself, into `ret` (n_items long).
 * Found by trying values, so that an amount that no value tried gives is missed. Uses the run. */
void dx_prospects(const dx_pack *pack, dx_run *run, const dx_facts *facts,
                  const dx_options *options, dx_prospect *ret);

/* Members of an object: {"zh": …, "en": …}, and an amount with two decimals or null. */
void dx_label_json(dx_json_writer *out, const char *key, const dx_label *label);
void dx_amount_json(dx_json_writer *out, const char *key, bool has, dx_num amount);
/* Writes the assessment as the contract's JSON: whole, or brief as batch --brief does. */
void dx_assessment_json(const dx_pack *pack, const dx_run *run, const dx_facts *facts,
                        const dx_options *options, const dx_assessment *assessment, bool brief,
                        dx_json_writer *out);

#endif
