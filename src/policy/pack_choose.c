/* Which pack holds on a day, where none is named: the one rule for the server and the commands. */
#include "base/file.h"
#include "policy/policy.h"

enum { POLICY_BYTES_MAX = 8 * 1024 * 1024 };

static bool covers(const dx_pack_head *head, dx_date day) {
    return dx_date_cmp(day, head->valid_from) >= 0 && dx_date_cmp(day, head->valid_to) <= 0;
}

uint32_t dx_pack_choose(const dx_pack_head *heads, uint32_t n, dx_date day) {
    uint32_t best = DX_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (covers(&heads[i], day) &&
            (best == DX_NONE || dx_date_cmp(heads[i].issued, heads[best].issued) > 0))
            best = i;
    return best;
}

void dx_pack_none_holds(const dx_pack_head *heads, uint32_t n, dx_date day, dx_place place,
                        dx_diags *diags) {
    dx_buf asked = {.arena = diags->arena}, there = {.arena = diags->arena};
    dx_date_print(&asked, day);
    for (uint32_t i = 0; i < n; i++) {
        dx_buf_addz(&there, i ? "; " : "");
        dx_buf_add(&there, heads[i].id);
        dx_buf_addz(&there, " ");
        dx_date_print(&there, heads[i].valid_from);
        dx_buf_addz(&there, " – ");
        dx_date_print(&there, heads[i].valid_to);
    }
    dx_diag_add(diags, DX_E_PACK_DAY, place, dx_buf_str(&asked), dx_buf_str(&there), (dx_str){0});
}

dx_pack_head dx_pack_head_of(const dx_pack *pack) {
    return (dx_pack_head){pack->id, pack->dir, pack->issued, pack->valid_from, pack->valid_to};
}

static bool read_date(const dx_json *object, const char *key, dx_date *ret) {
    const dx_json *text = dx_json_get(object, dx_str_of(key));
    return text && text->kind == DX_JSON_STRING && dx_date_parse(text->text, ret);
}

bool dx_pack_head_read(dx_arena *arena, dx_str dir, dx_pack_head *ret) {
    dx_diags unheard;
    dx_str text;
    dx_diags_init(&unheard, arena);
    dx_str path = dx_str_fmt(arena, "%.*s/policy.json", DX_FMT(dir));
    if (!dx_file_read(arena, path, POLICY_BYTES_MAX, &text, &unheard))
        return false;
    const dx_json *doc = dx_json_parse(arena, text, path, &unheard);
    const dx_json *id = doc ? dx_json_get(doc, DX_STR("id")) : NULL;
    const dx_json *validity = doc ? dx_json_get(doc, DX_STR("validity")) : NULL;
    dx_pack_head head = {.dir = dir};
    if (!id || id->kind != DX_JSON_STRING || !validity ||
        !read_date(validity, "from", &head.valid_from) ||
        !read_date(validity, "to", &head.valid_to))
        return false;
    head.id = id->text;
    if (!read_date(doc, "issued", &head.issued))
        head.issued = head.valid_from;
    *ret = head;
    return true;
}
