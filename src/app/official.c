/* Official texts of policies: imported into the database, cut into articles when they are loaded.
 */
#include "app/packs.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"

static bool has_article(const dx_pack *pack, uint32_t number) {
    for (uint32_t i = 0; i < pack->n_articles; i++)
        if (pack->articles[i].number == number)
            return true;
    return false;
}

/* A text that is not about this policy, or not cut into articles, is refused as a whole. */
static bool check(const dx_pack *pack, dx_str file, dx_str content, dx_diags *diags) {
    dx_place place = {.file = file};
    dx_passage *passages;
    size_t bad;
    if (!dx_utf8_valid(content, &bad)) {
        dx_diag_add(diags, DX_E_TEXT_UTF8, place, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return false;
    }
    uint32_t n = dx_passages(diags->arena, content, &passages);
    if (n == 0)
        dx_diag_add(diags, DX_E_TEXT_NO_ARTICLES, place, (dx_str){0}, (dx_str){0}, (dx_str){0});
    for (uint32_t i = 0; i < n; i++)
        if (!has_article(pack, passages[i].article))
            dx_diag_add(diags, DX_E_TEXT_ARTICLE, place,
                        dx_str_fmt(diags->arena, "%u", passages[i].article), pack->id, (dx_str){0});
    return diags->errors == 0;
}

static bool insert(dx_db *db, const dx_pack *pack, const dx_official_import *import,
                   dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db,
        "INSERT INTO official_text (pack_id, source, dated, imported_at, content) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (pack_id) DO UPDATE SET source = excluded.source, "
        "dated = excluded.dated, imported_at = excluded.imported_at, content = excluded.content",
        diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, pack->id);
    dx_stmt_text(stmt, 2, import->source);
    dx_stmt_text(stmt, 3, import->date);
    dx_stmt_text(stmt, 4, import->now);
    dx_stmt_text(stmt, 5, import->content);
    bool done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    dx_stmt_finish(stmt);
    return done;
}

bool dx_official_keep(dx_arena *arena, dx_str path, const dx_pack *pack,
                      const dx_official_import *import, dx_diags *diags) {
    if (!check(pack, import->file, import->content, diags))
        return false;
    dx_db *db = dx_db_open(arena, path, diags);
    bool done = db && dx_db_migrate(db, diags) && insert(db, pack, import, diags);
    if (db)
        dx_db_close(db);
    return done;
}

bool dx_officials_load(dx_app *app, dx_db *db, dx_diags *diags) {
    dx_arena *arena = &app->arena;
    DX_VEC(dx_official) found = {0};
    dx_step step;
    dx_stmt *stmt = dx_db_prepare(
        db, "SELECT pack_id, source, dated, content FROM official_text ORDER BY pack_id", diags);
    if (!stmt)
        return false;
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW) {
        dx_official official = {.pack = dx_str_copy(arena, dx_stmt_column(stmt, 0)),
                                .source = dx_str_copy(arena, dx_stmt_column(stmt, 1)),
                                .date = dx_str_copy(arena, dx_stmt_column(stmt, 2))};
        dx_str content = dx_str_copy(arena, dx_stmt_column(stmt, 3));
        official.digest = dx_hash_of(arena, content);
        official.n = dx_passages(arena, content, &official.passages);
        dx_vec_push(arena, &found, official);
    }
    dx_stmt_finish(stmt);
    app->officials = found.v;
    app->n_officials = found.n;
    return step == DX_STEP_DONE;
}

const dx_official *dx_official_of(const dx_app *app, const dx_pack *pack) {
    for (uint32_t i = 0; i < app->n_officials; i++)
        if (dx_str_eq(app->officials[i].pack, pack->id))
            return &app->officials[i];
    return NULL;
}
