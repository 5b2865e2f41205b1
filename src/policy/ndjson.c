/* See ndjson.h. A line has an arena to itself, so that no line leaves anything behind for the next.
 */
#include "policy/ndjson.h"

static void put_error(uint64_t number, uint32_t column, dx_str pointer, dx_str message,
                      dx_buf *out) {
    dx_json_writer writer = {.out = out};
    dx_json_open(&writer, '{');
    dx_json_key(&writer, DX_STR("error"));
    dx_json_open(&writer, '{');
    dx_json_key(&writer, DX_STR("line"));
    dx_json_int(&writer, (int64_t)number);
    if (column) {
        dx_json_key(&writer, DX_STR("column"));
        dx_json_int(&writer, column);
    }
    dx_json_key(&writer, DX_STR("pointer"));
    dx_json_string(&writer, pointer);
    dx_json_key(&writer, DX_STR("message"));
    dx_json_string(&writer, message);
    dx_json_close(&writer, '}');
    dx_json_close(&writer, '}');
    dx_buf_char(out, '\n');
}

void dx_ndjson_fault(const dx_ndjson *stream, uint64_t number, const dx_diags *faults,
                     dx_buf *out) {
    const dx_diag *first = faults->first;
    dx_str sentence = dx_diag_sentence(faults->arena, first, stream->lang);
    put_error(number, first->place.column, first->place.element, sentence, out);
}

static bool assess_line(const dx_ndjson *stream, dx_str line, uint64_t number, dx_buf *out) {
    dx_facts facts;
    dx_diags diags;
    dx_assessment assessment = {.verdicts = stream->verdicts};
    dx_diags_init(&diags, stream->run->arena);
    const dx_json *json = dx_json_parse(stream->run->arena, line, stream->name, &diags);
    if (!json || !dx_facts_read(stream->pack, stream->run, json, json, &facts, &diags)) {
        dx_ndjson_fault(stream, number, &diags, out);
        return false;
    }
    dx_assess(stream->pack, stream->run, &facts, &stream->options, &assessment);
    dx_json_writer writer = {.out = out};
    dx_assessment_json(stream->pack, stream->run, &facts, &stream->options, &assessment,
                       stream->brief, &writer);
    dx_buf_char(out, '\n');
    return true;
}

bool dx_ndjson_line(const dx_ndjson *stream, dx_str line, uint64_t number, dx_buf *out) {
    dx_arena *work = stream->run->arena;
    size_t before = out->n;
    dx_trap trap;
    dx_arena_reset(work);
    dx_run_reset(stream->run);
    if (DX_TRAP(work, &trap) == 0) {
        bool good = assess_line(stream, line, number, out);
        dx_trap_end(work, &trap);
        return good;
    }
    dx_trap_end(work, &trap);
    if (trap.code == DX_E_MEMORY)
        dx_trap_raise(out->arena, trap.code);
    out->n = before;
    put_error(number, 0, (dx_str){0}, dx_str_of(dx_err_text(trap.code, stream->lang)), out);
    return false;
}
