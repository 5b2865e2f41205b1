/* Migrations: numbered, applied in order, each in one transaction with the record of it. */
#include "store/db.h"

#define X(number, name) extern const char dx_migration_##number[];
#include "store/migrations.def"
#undef X

typedef struct migration {
    int64_t number;
    const char *name, *sql;
} migration;

static const migration migrations[] = {
#define X(number, name) {number, #name, dx_migration_##number},
#include "store/migrations.def"
#undef X
};

enum { N_MIGRATIONS = sizeof migrations / sizeof *migrations };

static bool run_one(dx_db *db, const char *sql, dx_diags *diags) {
    dx_stmt *stmt = dx_db_prepare(db, sql, diags);
    bool done = stmt && dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    dx_stmt_finish(stmt);
    return done;
}

int64_t dx_db_version(dx_db *db) {
    dx_stmt *stmt = dx_db_prepare(db, "SELECT max(number) FROM migration", NULL);
    int64_t version = 0;
    if (stmt && dx_stmt_step(stmt, NULL) == DX_STEP_ROW)
        version = dx_stmt_column_int(stmt, 0);
    dx_stmt_finish(stmt);
    return version;
}

static bool record(dx_db *db, const migration *m, dx_diags *diags) {
    dx_stmt *stmt =
        dx_db_prepare(db, "INSERT INTO migration (number, name) VALUES ($1, $2)", diags);
    bool done = false;
    if (stmt) {
        dx_stmt_int(stmt, 1, m->number);
        dx_stmt_text(stmt, 2, dx_str_of(m->name));
        done = dx_stmt_step(stmt, diags) == DX_STEP_DONE;
    }
    dx_stmt_finish(stmt);
    return done;
}

static bool apply(dx_db *db, const migration *m, dx_diags *diags) {
    bool done = dx_db_begin(db, diags) && dx_db_script(db, m->sql, diags) && record(db, m, diags) &&
                dx_db_commit(db, diags);
    if (!done)
        dx_db_rollback(db);
    return done;
}

bool dx_db_migrate(dx_db *db, dx_diags *diags) {
    if (!run_one(db,
                 "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, "
                 "name TEXT NOT NULL) STRICT",
                 diags))
        return false;
    int64_t version = dx_db_version(db);
    if (version > migrations[N_MIGRATIONS - 1].number) {
        dx_diag_add(diags, DX_E_DB_NEWER, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return false;
    }
    for (int i = 0; i < N_MIGRATIONS; i++)
        if (migrations[i].number > version && !apply(db, &migrations[i], diags))
            return false;
    return true;
}
