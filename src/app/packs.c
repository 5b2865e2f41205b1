/* Published packs: written once, named by their digest, loaded back at start. */
#include "app/packs.h"

static bool insert_pack(dx_db *db, const dx_pack *pack, dx_str now, dx_diags *diags) {
    dx_arena *arena = diags->arena;
    dx_buf from = {.arena = arena}, to = {.arena = arena};
    dx_stmt *stmt =
        dx_db_prepare(db,
                      "INSERT INTO pack (digest, id, valid_from, valid_to, published_at) "
                      "VALUES ($1, $2, $3, $4, $5)",
                      diags);
    if (!stmt)
        return false;
    dx_date_print(&from, pack->valid_from);
    dx_date_print(&to, pack->valid_to);
    dx_stmt_text(stmt, 1, pack->digest);
    dx_stmt_text(stmt, 2, pack->id);
    dx_stmt_text(stmt, 3, dx_buf_str(&from));
    dx_stmt_text(stmt, 4, dx_buf_str(&to));
    dx_stmt_text(stmt, 5, now);
    bool done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    dx_stmt_finish(stmt);
    return done;
}

static bool insert_files(dx_db *db, const dx_pack *pack, dx_diags *diags) {
    dx_stmt *stmt =
        dx_db_prepare(db, "INSERT INTO pack_file (digest, name, bytes) VALUES ($1, $2, $3)", diags);
    bool done = stmt != NULL;
    for (uint32_t i = 0; done && i < pack->files.n; i++) {
        dx_stmt_text(stmt, 1, pack->digest);
        dx_stmt_text(stmt, 2, pack->files.v[i].name);
        dx_stmt_bytes(stmt, 3, pack->files.v[i].bytes);
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

static bool is_published(dx_db *db, const dx_pack *pack, bool *ret, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db, "SELECT 1 FROM pack WHERE digest = $1", diags);
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, pack->digest);
    dx_step step = dx_stmt_step(stmt, diags);
    dx_stmt_finish(stmt);
    *ret = step == DX_STEP_ROW;
    return step != DX_STEP_FAILED;
}

bool dx_pack_publish(dx_db *db, const dx_pack *pack, dx_str now, dx_diags *diags) {
    bool published;
    if (!is_published(db, pack, &published, diags))
        return false;
    if (published)
        return true;
    bool done = dx_db_begin(db, diags) && insert_pack(db, pack, now, diags) &&
                insert_files(db, pack, diags) && dx_db_commit(db, diags);
    if (!done)
        dx_db_rollback(db);
    return done;
}

static bool is_loaded(const dx_app *app, dx_str digest) {
    for (uint32_t i = 0; i < app->n_packs; i++)
        if (dx_str_eq(app->packs[i]->digest, digest))
            return true;
    return false;
}

/* The files of a pack, in the order of their names, which its digest rests on. */
static bool read_files(dx_app *app, dx_db *db, dx_str digest, dx_pack *into, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(
        db, "SELECT name, bytes FROM pack_file WHERE digest = $1 ORDER BY name", diags);
    dx_step step = DX_STEP_FAILED;
    if (!stmt)
        return false;
    dx_stmt_text(stmt, 1, digest);
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW) {
        dx_pack_file file = {dx_str_copy(&app->arena, dx_stmt_column(stmt, 0)),
                             dx_str_copy(&app->arena, dx_stmt_column(stmt, 1))};
        dx_vec_push(&app->arena, &into->files, file);
    }
    dx_stmt_finish(stmt);
    return step == DX_STEP_DONE;
}

static bool restore_one(dx_app *app, dx_db *db, dx_str digest, dx_diags *diags) {
    dx_pack kept = {0};
    if (!read_files(app, db, digest, &kept, diags))
        return false;
    dx_pack *pack = dx_pack_load_files(&app->arena, digest, kept.files.v, kept.files.n, diags);
    if (!pack || diags->errors)
        return false;
    if (!dx_str_eq(pack->digest, digest)) {
        dx_diag_add(diags, DX_E_DB_PACK, (dx_place){0}, digest, pack->digest, (dx_str){0});
        return false;
    }
    app->packs[app->n_packs++] = pack;
    return true;
}

bool dx_packs_restore(dx_app *app, dx_db *db, dx_diags *diags) {
    DX_VEC(dx_str) digests = {0};
    dx_stmt *stmt =
        dx_db_prepare(db, "SELECT digest FROM pack ORDER BY published_at DESC, digest", diags);
    dx_step step = DX_STEP_FAILED;
    if (!stmt)
        return false;
    while ((step = dx_stmt_step(stmt, diags)) == DX_STEP_ROW) {
        dx_str digest = dx_str_copy(&app->arena, dx_stmt_column(stmt, 0));
        if (!is_loaded(app, digest))
            dx_vec_push(&app->arena, &digests, digest);
    }
    dx_stmt_finish(stmt);
    if (step == DX_STEP_FAILED)
        return false;
    dx_pack **all = DX_NEW_ARRAY(&app->arena, dx_pack *, app->n_packs + digests.n + 1);
    memcpy(all, app->packs, app->n_packs * sizeof *all);
    app->packs = all;
    for (uint32_t i = 0; i < digests.n; i++)
        if (!restore_one(app, db, digests.v[i], diags))
            return false;
    return true;
}
