/* Inside of the embedding API (include/duixian.h), shared by the files of this folder only. Every
 * function of the API that may allocate sets a trap of its own, so that no jump leaves the library,
 * and turns what it caught into a status. */
#ifndef DX_API_API_H
#define DX_API_API_H

#include <duixian.h>
#include <stdatomic.h>

#include "policy/policy.h"

struct duixian_diags {
    const duixian_diag *v;
    size_t n;
};

/* What is kept of an element to set it without asking its type: a bit for each tag of values that
 * it takes as they are; and whether it is an input at all. */
typedef uint16_t dx_api_takes;
enum { DX_API_INPUT = 1 << 15, DX_API_ANY = DX_API_INPUT - 1 };

struct duixian_model {
    atomic_uint holders; /* the caller and the runs */
    dx_arena arena;      /* of all below */
    dx_dmn *dmn;         /* NULL: it has faults */
    dx_pack *pack;       /* NULL: plain models */
    const char *pack_id, *pack_digest;
    duixian_diags diags;
    const duixian_element *elements; /* one for each node of dmn */
    const dx_api_takes *takes;       /* per element */
    uint32_t n_elements;
    dx_plan all; /* every decision */
};

/* A value is one of the engine's. */
struct duixian_value {
    dx_val v;
};

struct duixian_run {
    duixian_model *model;
    const dx_api_takes *takes; /* the model's */
    dx_val *values;            /* of the elements: their registers in the main frame */
    uint32_t n_elements;
    dx_arena arena; /* since the last reset */
    dx_run *run;
    dx_arena plans; /* of `plan` and `wanted` alone */
    dx_plan plan;
    const uint32_t *wanted; /* decisions that the plan is for */
    size_t n_wanted;
    const dx_plan *last; /* evaluated last, or NULL */
    duixian_diags diags;
    DX_VEC(dx_str) facts; /* that were named, with the bit that is their place after the pack's */
    dx_map fact_numbers;
    uint64_t record;   /* counts resets */
    uint64_t *decided; /* per node: the record in which it was evaluated */
};

/* --- model.c --- */

/* Faults as a list that needs nothing more to be read. */
void dx_api_diags(dx_arena *arena, const dx_diags *diags, duixian_diags *ret);
/* One finding in both languages. */
duixian_diag dx_api_diag(dx_arena *arena, const dx_diag *diag, duixian_severity severity);
duixian_status dx_api_status(dx_err code);
void dx_api_release(duixian_model *model);

/* --- run.c --- */

/* On the way out of a trap: the run is ready for another call; the status for what was caught. */
duixian_status dx_api_caught(duixian_run *run, dx_trap *trap);
/* On the way out otherwise: refused when there are faults, which become those of the run. */
duixian_status dx_api_end(duixian_run *run, dx_trap *trap, const dx_diags *faults);
/* The text of the caller, copied, and what it says; NULL with a fault. */
const dx_json *dx_api_json(duixian_run *run, const char *text, size_t n, const char *name,
                           dx_diags *faults);
/* The name of a fact by its bit. */
dx_str dx_api_fact(const duixian_run *run, uint32_t number);
/* Before an evaluation: notes and tables of the one before are gone. */
void dx_api_begin(duixian_run *run);

/* A text with its length, which may be DUIXIAN_Z. */
static inline dx_str dx_api_str(const char *text, size_t n) {
    return (dx_str){text, n == DUIXIAN_Z ? strlen(text) : n};
}

#endif
