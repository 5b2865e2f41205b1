/* Duixian: DMN 1.5 decision models and policy packs, evaluated inside your program.
 *
 *     duixian_model *model;
 *     duixian_source file = {"bonus.dmn", NULL, 0};
 *     if (duixian_model_load(&file, 1, NULL, &model) == DUIXIAN_OK) {
 *         duixian_run *run;
 *         duixian_run_new(model, NULL, &run);
 *         duixian_set_inputs(run, "{\"sales\": 120000}", DUIXIAN_Z);
 *         duixian_evaluate(run, NULL, 0);
 *         ... duixian_result(run, duixian_model_find(model, DUIXIAN_DECISION, NULL, "Bonus")) ...
 *         duixian_run_free(run);
 *     }
 *     duixian_model_free(model);
 *
 * A MODEL is what was loaded and compiled together; it never changes and any number of threads may
 * use it at once. A RUN evaluates it, for one record after another: set inputs, evaluate, read
 * results, reset. A run belongs to one thread at a time; threads that work at once have a run each.
 * The library keeps no other state but a table of time zones behind a lock of its own. It reads no
 * clock, no environment and no locale, and no file but those that it is told to load and the
 * system's time zones.
 *
 * TEXT is UTF-8. Where a text comes with a length, the length counts bytes, and DUIXIAN_Z stands
 * for "up to its NUL". Texts that are passed in are copied; they need not outlive the call. Texts
 * that are given out end in a NUL, except where it says so, and are never freed by the caller.
 *
 * LIFETIME. What a model gives out (elements, diagnostics, texts) lives as long as the model. What
 * a run gives out (values, texts, diagnostics) lives until duixian_run_reset, duixian_assess or
 * duixian_run_free on that run; a value also changes when its decision is evaluated again.
 *
 * ERRORS are statuses; nothing is thrown, printed or aborted. What is wrong with a document that
 * somebody wrote (a model, JSON, facts) is DUIXIAN_REFUSED with diagnostics that say what and
 * where, in Chinese and English. Running out of memory or into a limit is a status too, and leaves
 * the run in order: reset it and go on. A result parameter is written only with DUIXIAN_OK, except
 * where it says so. An expression that fails is no error: as DMN has it the result is null, and
 * duixian_notes says why.
 *
 * MEMORY. A run keeps what it has: after it has seen records of each kind a few times, setting
 * inputs, evaluating, reading values and resetting take no memory from the system.
 *
 * UNKNOWN is a value of its own beside null: not known yet, by the fault of named facts. A decision
 * that is certain whatever these facts turn out to be is decided; the others are unknown and name
 * the facts that still matter (duixian_causes). */
#ifndef DUIXIAN_H
#define DUIXIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DUIXIAN_API __attribute__((visibility("default")))
#else
#define DUIXIAN_API
#endif

/* --- the library ----------------------------------------------------------------------------- */

/* The version that this header is from. */
#define DUIXIAN_VERSION "0.1.0"

/* The version of the library that is running, as DUIXIAN_VERSION. Any thread, any time. */
DUIXIAN_API const char *duixian_version(void);

/* How a call ended. The numbers stay what they are. */
typedef enum duixian_status {
    DUIXIAN_OK = 0,
    DUIXIAN_REFUSED = 1,     /* a document is at fault: see the diagnostics */
    DUIXIAN_ARGUMENT = 2,    /* the call is at fault: a NULL, or an element of another kind */
    DUIXIAN_MEMORY = 3,      /* the system gave no memory */
    DUIXIAN_LIMIT_BYTES = 4, /* the limits of duixian_limits */
    DUIXIAN_LIMIT_STEPS = 5,
    DUIXIAN_LIMIT_DEPTH = 6, /* a value nested too deeply to be compared, copied or written */
    DUIXIAN_OVERFLOW = 7     /* the total of an assessment has no exact decimal */
} duixian_status;

typedef enum duixian_lang { DUIXIAN_ZH = 0, DUIXIAN_EN = 1 } duixian_lang;

/* A sentence about a status; never NULL, never freed. Any thread, any time. */
DUIXIAN_API const char *duixian_status_text(duixian_status status, duixian_lang lang);

/* The length of a text that ends in a NUL. */
#define DUIXIAN_Z SIZE_MAX

/* What a model or a run may use. 0 in a field, or NULL for the whole: the default. */
typedef struct duixian_limits {
    size_t bytes;   /* of memory; 1 GiB for a model, 256 MiB for the evaluations of a run */
    uint64_t steps; /* of one evaluation: calls and turns of loops; 10 million. Runs only */
    uint32_t depth; /* of calls in a call; 600, which is also the most. Runs only. A call that is
                       deeper is null with a note, not an error */
} duixian_limits;

/* --- diagnostics ----------------------------------------------------------------------------- */

typedef enum duixian_severity {
    DUIXIAN_ERROR = 0,
    DUIXIAN_WARNING = 1,
    DUIXIAN_NOTE = 2 /* why an evaluation gave null */
} duixian_severity;

/* One finding. Texts are never NULL; what is not known is "" or 0. Later versions may add members
 * at the end. */
typedef struct duixian_diag {
    duixian_severity severity;
    const char *code;       /* FEEL_UNKNOWN_NAME; stays the same over versions and languages */
    const char *file;       /* as it was named when it was loaded */
    uint32_t line, column;  /* from 1; columns count characters */
    const char *element[2]; /* by duixian_lang: decision 'tax', rule 3; or a JSON pointer */
    const char *message[2]; /* the sentence */
    const char *text[2];    /* all of it as lines to print, the expression with a mark included */
} duixian_diag;

/* A list of findings, in the order of the document. */
typedef struct duixian_diags duixian_diags;

/* How many there are; at most 200 errors and 200 warnings are kept. NULL has none. */
DUIXIAN_API size_t duixian_diags_count(const duixian_diags *diags);
/* One of them, or NULL beyond the last. It lives as long as the list. */
DUIXIAN_API const duixian_diag *duixian_diags_get(const duixian_diags *diags, size_t i);

/* --- models ---------------------------------------------------------------------------------- */

/* DMN models that were compiled together, or a policy pack. */
typedef struct duixian_model duixian_model;

/* A DMN document, 1.2 to 1.5. */
typedef struct duixian_source {
    const char *name; /* the path of a file or, with `xml`, what diagnostics are to call it */
    const char *xml;  /* the document, or NULL: the file is read */
    size_t n;         /* bytes of `xml` */
} duixian_source;

/* Loads and compiles documents that may import each other by namespace, in any order; the first is
 * the one that names without a namespace mean. Nothing is kept of the sources.
 *
 * With DUIXIAN_REFUSED too *ret is a model: it has diagnostics, all faults of all documents at
 * once, but no elements and no runs. Otherwise than with these two, *ret is NULL. Free it in any
 * case. A model that was loaded may have warnings among its diagnostics. */
DUIXIAN_API duixian_status duixian_model_load(const duixian_source *sources, size_t n,
                                              const duixian_limits *limits, duixian_model **ret);

/* Loads a policy pack from its folder (policy.json, facts.json, readings.json, models, tariffs): a
 * model on which duixian_assess works. All else as duixian_model_load has it. */
DUIXIAN_API duixian_status duixian_model_load_pack(const char *folder, const duixian_limits *limits,
                                                   duixian_model **ret);

/* Gives the model up. Runs that are still there keep it alive and usable for themselves; what else
 * it gave out is gone. NULL is let pass. Any thread. */
DUIXIAN_API void duixian_model_free(duixian_model *model);

/* What was found when the model was loaded; never NULL for a model. Lives as long as the model. */
DUIXIAN_API const duixian_diags *duixian_model_diags(const duixian_model *model);

/* The id of a pack and "sha256:..." over all files of it that decide; NULL for plain models. */
DUIXIAN_API const char *duixian_pack_id(const duixian_model *model);
DUIXIAN_API const char *duixian_pack_digest(const duixian_model *model);

typedef enum duixian_element_kind {
    DUIXIAN_INPUT = 0,    /* input data */
    DUIXIAN_DECISION = 1, /* has a result */
    DUIXIAN_FUNCTION = 2, /* business knowledge model: can be called */
    DUIXIAN_SERVICE = 3,  /* decision service: can be called */
    DUIXIAN_KNOWLEDGE = 4 /* knowledge source: a text that others rest on */
} duixian_element_kind;

/* An element of a model. Texts are never NULL. Later versions may add members at the end. */
typedef struct duixian_element {
    duixian_element_kind kind;
    const char *name;        /* of its variable: the key in JSON */
    const char *type;        /* as FEEL writes it: number, list<string>, context<...>, Any */
    const char *description; /* as the model gives it */
    const char *question;    /* of a decision */
    const char *ns;          /* namespace of the model it is in */
    const char *file;
    uint32_t line;
} duixian_element;

/* No element. */
#define DUIXIAN_NONE UINT32_MAX

/* Elements are numbered from 0 in the order of the documents: the number is what the functions
 * below take, and is worth looking up once. One of them, or NULL beyond the last. Lives as long as
 * the model. */
DUIXIAN_API const duixian_element *duixian_model_element(const duixian_model *model, uint32_t i);

/* The number of an element by kind and name, or DUIXIAN_NONE. `ns` is the namespace, name or file
 * of its document; NULL: the first document, then the others in order. */
DUIXIAN_API uint32_t duixian_model_find(const duixian_model *model, duixian_element_kind kind,
                                        const char *ns, const char *name);

/* --- runs ------------------------------------------------------------------------------------ */

/* Evaluations of one model, one after another, in one thread at a time. */
typedef struct duixian_run duixian_run;

/* Makes a run (about 1 MiB of address space) with all inputs null. Free it with duixian_run_free. A
 * model with faults is DUIXIAN_ARGUMENT. Any thread. */
DUIXIAN_API duixian_status duixian_run_new(const duixian_model *model, const duixian_limits *limits,
                                           duixian_run **ret);
/* Frees the run and all that it gave out. NULL is let pass. */
DUIXIAN_API void duixian_run_free(duixian_run *run);

/* Begins the next record: inputs are null, results and diagnostics gone, the memory is kept for
 * what comes. The clock and whether it traces stay. */
DUIXIAN_API void duixian_run_reset(duixian_run *run);

/* What now() and today() say, as a date and time ("2025-06-30T09:00:00+08:00"). Until it is set
 * they are null. A text that is none is DUIXIAN_ARGUMENT. */
DUIXIAN_API duixian_status duixian_run_set_now(duixian_run *run, const char *instant);

/* Whether evaluations from now on keep notes (duixian_notes) and tables (duixian_trace). Off at
 * first; it costs time and memory. */
DUIXIAN_API void duixian_run_set_trace(duixian_run *run, bool on);

/* The faults of the last call on this run that was DUIXIAN_REFUSED, or an empty list. */
DUIXIAN_API const duixian_diags *duixian_run_diags(const duixian_run *run);

/* --- inputs ----------------------------------------------------------------------------------- */

/* Each function sets one input, by its number in the model, for the evaluations until the next
 * reset or until it is set again. The value is made to conform to the type of the input, as DMN has
 * it (a single value for a list of one); one that does not conform, or that the type does not
 * allow, is DUIXIAN_REFUSED, and the input stays what it was. A number that is no input is
 * DUIXIAN_ARGUMENT. null and unknown conform to every type. */
DUIXIAN_API duixian_status duixian_set_null(duixian_run *run, uint32_t input);
/* Not known. `fact` is what duixian_causes will name, NULL: the name of the input. Facts of the
 * same name are one. */
DUIXIAN_API duixian_status duixian_set_unknown(duixian_run *run, uint32_t input, const char *fact);
DUIXIAN_API duixian_status duixian_set_boolean(duixian_run *run, uint32_t input, bool value);
/* The number value / 10^decimals, exactly: 12345 with 2 decimals is 123.45. `decimals` is 0 to 100.
 */
DUIXIAN_API duixian_status duixian_set_int64(duixian_run *run, uint32_t input, int64_t value,
                                             uint32_t decimals);
/* A decimal text: 0.1, -12, 1.5e3. Rounded to 34 digits, half even. */
DUIXIAN_API duixian_status duixian_set_number(duixian_run *run, uint32_t input, const char *text,
                                              size_t n);
DUIXIAN_API duixian_status duixian_set_string(duixian_run *run, uint32_t input, const char *text,
                                              size_t n);
/* A date, time, date and time or duration, which its form tells apart: 2025-06-30, 09:00:00+08:00,
 * 2025-06-30T09:00:00@Asia/Shanghai, P1Y6M, P3DT4H. */
DUIXIAN_API duixian_status duixian_set_temporal(duixian_run *run, uint32_t input, const char *text,
                                                size_t n);
/* A value as JSON. By the type of the input, a string may stand for a number (all digits are kept
 * in either form), a date, a time or a duration; what an object leaves out of a declared type is
 * null, a key that it adds is a fault. {"unknown": true} is unknown, by a fact named like its place
 * (企业.地址), and {"unknown": "FACT"} by that fact; not so where the type has a member `unknown`.
 */
DUIXIAN_API duixian_status duixian_set_json(duixian_run *run, uint32_t input, const char *json,
                                            size_t n);
/* Several inputs as one JSON object, keyed by their names. An input that is at fault stays what it
 * was, the others are set; all faults are found at once. */
DUIXIAN_API duixian_status duixian_set_inputs(duixian_run *run, const char *json, size_t n);

/* --- evaluation ------------------------------------------------------------------------------- */

/* A value. Belongs to its run. */
typedef struct duixian_value duixian_value;

/* Evaluates n decisions, by their numbers in the model, and all that they require, each once; NULL
 * and 0: every decision there is. What to do for a set of decisions is worked out when it changes
 * from one call to the next. When the status is not DUIXIAN_OK these decisions have no results. */
DUIXIAN_API duixian_status duixian_evaluate(duixian_run *run, const uint32_t *decisions, size_t n);

/* The result of a decision that was evaluated since the last reset, required ones included, or the
 * value of an input; NULL for all else. Allocates nothing. */
DUIXIAN_API const duixian_value *duixian_result(const duixian_run *run, uint32_t element);

/* Calls a decision service or a business knowledge model. `json` is an object of arguments by
 * parameter name, as duixian_set_json reads them; what is left out is null. Sees these arguments
 * alone, not the inputs of the run. */
DUIXIAN_API duixian_status duixian_call(duixian_run *run, uint32_t function, const char *json,
                                        size_t n, const duixian_value **ret);

/* --- values ----------------------------------------------------------------------------------- */

typedef enum duixian_kind {
    DUIXIAN_KIND_NULL = 0,
    DUIXIAN_KIND_UNKNOWN = 1,
    DUIXIAN_KIND_BOOLEAN = 2,
    DUIXIAN_KIND_NUMBER = 3,
    DUIXIAN_KIND_STRING = 4,
    DUIXIAN_KIND_DATE = 5,
    DUIXIAN_KIND_TIME = 6,
    DUIXIAN_KIND_DATE_TIME = 7,
    DUIXIAN_KIND_YEARS_MONTHS = 8, /* durations */
    DUIXIAN_KIND_DAYS_TIME = 9,
    DUIXIAN_KIND_LIST = 10,
    DUIXIAN_KIND_CONTEXT = 11,
    DUIXIAN_KIND_RANGE = 12,
    DUIXIAN_KIND_FUNCTION = 13
} duixian_kind;

/* The functions of this section allocate nothing and take NULL for a null value. */

DUIXIAN_API duixian_kind duixian_value_kind(const duixian_value *value);
/* False when the value is no boolean; *ret is then left as it was. */
DUIXIAN_API bool duixian_value_boolean(const duixian_value *value, bool *ret);
/* value * 10^decimals, when that is a whole number that fits: 123.45 with 2 decimals is 12345.
 * False, and *ret left as it was, when it does not fit, has more decimals or is no number.
 * `decimals` is 0 to 100. */
DUIXIAN_API bool duixian_value_int64(const duixian_value *value, uint32_t decimals, int64_t *ret);
/* The bytes of a string, *ret_n of them, WITHOUT a NUL after them (duixian_text has one); NULL when
 * the value is no string. */
DUIXIAN_API const char *duixian_value_string(const duixian_value *value, size_t *ret_n);
/* Elements of a list or entries of a context; 0 for all else. */
DUIXIAN_API size_t duixian_value_count(const duixian_value *value);
/* An element of a list or the value of an entry of a context, from 0; NULL beyond the last. */
DUIXIAN_API const duixian_value *duixian_value_item(const duixian_value *value, size_t i);
/* The key of an entry of a context, *ret_n bytes WITHOUT a NUL after them; NULL beyond the last. */
DUIXIAN_API const char *duixian_value_key(const duixian_value *value, size_t i, size_t *ret_n);
/* The entry of a context by its key; NULL when there is none. */
DUIXIAN_API const duixian_value *duixian_value_member(const duixian_value *value, const char *key);

/* The functions below write text into the memory of the run; *ret_n (may be NULL) gets its bytes.
 */

/* As FEEL's string() gives it: a string as it is, a number exactly (1.10), null as "null". */
DUIXIAN_API duixian_status duixian_text(duixian_run *run, const duixian_value *value,
                                        const char **ret, size_t *ret_n);
/* As JSON: numbers in full, dates and durations as strings, unknown as {"unknown":true}. */
DUIXIAN_API duixian_status duixian_json(duixian_run *run, const duixian_value *value,
                                        const char **ret, size_t *ret_n);
/* The names of the facts that made a value, or a part of it, unknown: *ret_n texts. None when it is
 * certain. */
DUIXIAN_API duixian_status duixian_causes(duixian_run *run, const duixian_value *value,
                                          const char *const **ret, size_t *ret_n);

/* --- explanation ------------------------------------------------------------------------------ */

/* Why something was null in the last evaluation, call or assessment, in the order it happened: each
 * the place of an expression and what went wrong there. Empty unless it traced. */
DUIXIAN_API duixian_status duixian_notes(duixian_run *run, const duixian_diags **ret);

/* The last evaluation as a JSON object: `decisions` in the order they were made, each with `name`,
 * `namespace` and `value`; and, when it traced, `tables`, each with `element` ({zh, en}), `file`,
 * `line`, `inputs` ({expression, value}) and `rules` ({rule, id, result} with a result of matched,
 * failed or may_match, and for a failed one `column` from 1 and `cell`: the first that did not
 * hold); and `notes` ({code, file, line, column, element, message}, the last two {zh, en}). */
DUIXIAN_API duixian_status duixian_trace(duixian_run *run, const char **ret, size_t *ret_n);

/* --- policy packs ----------------------------------------------------------------------------- */

/* Resets the run and decides every item of a pack. `facts` is the JSON object of one enterprise: a
 * key that is absent is not known, null is known not to exist. `as_of` is a day, YYYY-MM-DD.
 * `readings` are n_readings choices like "R2=floor"; the pack's defaults hold for all others. *ret
 * is the assessment as JSON: items with status, amount, conditions, readings and missing facts, and
 * the total; `brief` leaves status, amount and missing facts. The decisions can be read with
 * duixian_result after it. Faults of the facts, the day and the readings are DUIXIAN_REFUSED; a
 * model that is no pack is DUIXIAN_ARGUMENT. */
DUIXIAN_API duixian_status duixian_assess(duixian_run *run, const char *facts, size_t n,
                                          const char *as_of, const char *const *readings,
                                          size_t n_readings, bool brief, const char **ret,
                                          size_t *ret_n);

#ifdef __cplusplus
}
#endif
#endif
