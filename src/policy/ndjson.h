/* One line in, one line out: what the command `batch` and the batch operation of the API do with
 * each enterprise. */
#ifndef DX_POLICY_NDJSON_H
#define DX_POLICY_NDJSON_H

#include "policy/policy.h"

/* Longest line. */
#define DX_NDJSON_LINE_BYTES ((size_t)16 << 20)

typedef struct dx_ndjson {
    const dx_pack *pack;
    dx_options options;
    dx_run *run;          /* its arena holds what a line needs, and is reset for each */
    dx_verdict *verdicts; /* room for the items of the pack */
    dx_lang lang;         /* of messages */
    bool brief;
    dx_str name; /* of the stream, in diagnostics */
} dx_ndjson;

/* Adds the result of line `number` and a line feed to `out`: an assessment, or {"error": ...} when
 * the line is bad, a limit of run->arena included. False for a bad line. When there is no memory,
 * the trap of out->arena is raised. */
bool dx_ndjson_line(const dx_ndjson *stream, dx_str line, uint64_t number, dx_buf *out);
/* Adds {"error": ...} for a line that could not be read: the first of the faults. */
void dx_ndjson_fault(const dx_ndjson *stream, uint64_t number, const dx_diags *faults, dx_buf *out);

#endif
