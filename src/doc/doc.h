/* What documents say of an assessment: the words that the PDF and the spreadsheets share, in both
 * languages. This layer turns results into files and reads filled forms; it decides nothing. The
 * libraries that make files are each known to one file here. */
#ifndef DX_DOC_DOC_H
#define DX_DOC_DOC_H

#include "policy/policy.h"

/* One assessment to be shown. The run still holds it, so that conditions can be read. */
typedef struct dx_doc {
    const dx_pack *pack;
    const dx_run *run;
    const dx_facts *facts;
    const dx_options *options;
    const dx_assessment *assessment;
    dx_lang lang;
    dx_str facts_digest; /* "sha256:" and 64 digits, of the facts as they were given */
    dx_str link;         /* restores the answers; may be empty */
    dx_arena *arena;
} dx_doc;

/* How a result is to be taken: by colour and by sign as well as by word. */
typedef enum dx_doc_tone { DX_DOC_GOOD, DX_DOC_BAD, DX_DOC_OPEN, DX_DOC_PLAIN } dx_doc_tone;

static inline dx_str dx_doc_say(const dx_doc *doc, const char *zh, const char *en) {
    return dx_str_of(doc->lang == DX_ZH ? zh : en);
}
/* A label in the language of the document. */
static inline dx_str dx_doc_label(const dx_doc *doc, const dx_label *label) {
    return dx_label_in(label, doc->lang);
}

/* "✓ 可享受" and what tone it has (ret_tone may be NULL). */
dx_str dx_doc_status(const dx_doc *doc, dx_status status, dx_doc_tone *ret_tone);
/* "✓", "×" or "?" for a condition. */
const char *dx_doc_sign(dx_truth truth);
/* "最高", "定额", ...; empty where there is no amount. */
dx_str dx_doc_kind(const dx_doc *doc, dx_amount_kind kind);
/* An amount with two decimals and a comma every three digits. */
dx_str dx_doc_amount(dx_arena *arena, dx_num amount);
/* Kind and amount of a verdict, or the words for what an item without an amount gives. */
dx_str dx_doc_gives(const dx_doc *doc, const dx_item *item, const dx_verdict *verdict);
/* The departments of an item. Chinese names are short; `brief` gives ids in place of English ones.
 */
dx_str dx_doc_departments(const dx_doc *doc, const dx_item *item, bool brief);
dx_str dx_doc_date(const dx_doc *doc);
/* The name of the condition for people. */
dx_str dx_doc_condition(const dx_doc *doc, const dx_condition *condition);
/* The value of a fact as a person writes it: 是, 无, 未知, a number, a text. */
dx_str dx_doc_value(const dx_doc *doc, const dx_fact *fact);
/* The facts that a condition rests on, each with its value. */
dx_str dx_doc_reads(const dx_doc *doc, const dx_condition *condition);
/* The labels of the facts that a verdict misses; empty when it misses none. */
dx_str dx_doc_missing(const dx_doc *doc, const dx_verdict *verdict);
/* A reading's question, and the option chosen for it. */
dx_str dx_doc_reading(const dx_doc *doc, uint32_t reading);
/* The name of the applicant: the fact 名称 of the first subject; empty when it is not known. */
dx_str dx_doc_applicant(const dx_doc *doc);
/* Whether the total rests on an amount that may turn out lower. */
bool dx_doc_total_is_ceiling(const dx_doc *doc);
/* How many items have a status. */
uint32_t dx_doc_count(const dx_doc *doc, dx_status status);
/* What facts.json expects of values of a type; empty when it says nothing. */
dx_str dx_doc_expected(const dx_pack *pack, const dx_type *type, dx_lang lang);
/* The values that a type allows when they are written out one by one, or NULL. */
const struct dx_node *dx_doc_allowed(const dx_type *type);

#endif
