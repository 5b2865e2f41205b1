/* The SQLite driver: the one place that knows its C interface. Write-ahead log, full
 * synchronisation, foreign keys, and recursive triggers, without which INSERT OR REPLACE would slip
 * past a trigger that forbids deletion. */
#include <sqlite3.h>

#include "store/db.h"

enum { BUSY_MS_MAX = 5000 };

struct dx_db {
    sqlite3 *handle;
};

struct dx_stmt {
    sqlite3_stmt *handle;
    sqlite3 *db;
};

static bool fail(sqlite3 *handle, dx_diags *diags) {
    dx_diag_add(diags, DX_E_DB, (dx_place){0}, dx_str_of(sqlite3_errmsg(handle)), (dx_str){0},
                (dx_str){0});
    return false;
}

static bool run(sqlite3 *handle, const char *sql, dx_diags *diags) {
    return sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(handle, diags);
}

/* --- opening --- */

static void close_handle(void *db) {
    dx_db_close(db);
}

void dx_db_close(dx_db *db) {
    if (db->handle)
        sqlite3_close_v2(db->handle);
    db->handle = NULL;
}

dx_db *dx_db_open(dx_arena *arena, dx_str path, dx_diags *diags) {
    dx_db *db = DX_NEW(arena, dx_db);
    const char *name = dx_str_z(arena, path);
    dx_arena_on_done(arena, close_handle, db);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (dx_str_eq(path, DX_DB_SHARED_MEMORY))
        flags |= SQLITE_OPEN_URI;
    if (sqlite3_open_v2(name, &db->handle, flags, NULL) != SQLITE_OK) {
        dx_diag_add(diags, DX_E_DB_OPEN, (dx_place){0}, path,
                    dx_str_of(db->handle ? sqlite3_errmsg(db->handle) : "memory"), (dx_str){0});
        return NULL;
    }
    sqlite3_busy_timeout(db->handle, BUSY_MS_MAX);
    bool set = run(db->handle, "PRAGMA journal_mode = WAL", diags) &&
               run(db->handle, "PRAGMA synchronous = FULL", diags) &&
               run(db->handle, "PRAGMA foreign_keys = ON", diags) &&
               run(db->handle, "PRAGMA recursive_triggers = ON", diags) &&
               run(db->handle, "PRAGMA trusted_schema = OFF", diags);
    return set ? db : NULL;
}

/* --- transactions --- */

bool dx_db_begin(dx_db *db, dx_diags *diags) {
    return run(db->handle, "BEGIN IMMEDIATE", diags);
}

bool dx_db_commit(dx_db *db, dx_diags *diags) {
    return run(db->handle, "COMMIT", diags);
}

void dx_db_rollback(dx_db *db) {
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool dx_db_script(dx_db *db, const char *sql, dx_diags *diags) {
    return run(db->handle, sql, diags);
}

/* --- statements --- */

dx_stmt *dx_db_prepare(dx_db *db, const char *sql, dx_diags *diags) {
    dx_stmt *stmt = dx_malloc(sizeof *stmt);
    if (!stmt) {
        dx_diag_add(diags, DX_E_MEMORY, (dx_place){0}, (dx_str){0}, (dx_str){0}, (dx_str){0});
        return NULL;
    }
    stmt->db = db->handle;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt->handle, NULL) != SQLITE_OK) {
        fail(db->handle, diags);
        dx_free(stmt);
        return NULL;
    }
    return stmt;
}

void dx_stmt_finish(dx_stmt *stmt) {
    if (!stmt)
        return;
    sqlite3_finalize(stmt->handle);
    dx_free(stmt);
}

/* SQLite numbers $1, $2, … by their first use; their names say which they are. */
static int index_of(const dx_stmt *stmt, int parameter) {
    char name[8];
    sqlite3_snprintf(sizeof name, name, "$%d", parameter);
    return sqlite3_bind_parameter_index(stmt->handle, name);
}

void dx_stmt_text(dx_stmt *stmt, int parameter, dx_str text) {
    sqlite3_bind_text64(stmt->handle, index_of(stmt, parameter), text.p ? text.p : "", text.n,
                        SQLITE_STATIC, SQLITE_UTF8);
}

void dx_stmt_bytes(dx_stmt *stmt, int parameter, dx_str bytes) {
    sqlite3_bind_blob64(stmt->handle, index_of(stmt, parameter), bytes.p ? bytes.p : "", bytes.n,
                        SQLITE_STATIC);
}

void dx_stmt_int(dx_stmt *stmt, int parameter, int64_t value) {
    sqlite3_bind_int64(stmt->handle, index_of(stmt, parameter), value);
}

void dx_stmt_null(dx_stmt *stmt, int parameter) {
    sqlite3_bind_null(stmt->handle, index_of(stmt, parameter));
}

dx_step dx_stmt_step(dx_stmt *stmt, dx_diags *diags) {
    int status = sqlite3_step(stmt->handle);
    if (status == SQLITE_ROW)
        return DX_STEP_ROW;
    if (status != SQLITE_DONE)
        fail(stmt->db, diags);
    sqlite3_reset(stmt->handle);
    return status == SQLITE_DONE ? DX_STEP_DONE : DX_STEP_FAILED;
}

dx_str dx_stmt_column(const dx_stmt *stmt, int column) {
    const char *bytes = sqlite3_column_blob(stmt->handle, column);
    return (dx_str){bytes, (size_t)sqlite3_column_bytes(stmt->handle, column)};
}

int64_t dx_stmt_column_int(const dx_stmt *stmt, int column) {
    return sqlite3_column_int64(stmt->handle, column);
}

bool dx_stmt_column_null(const dx_stmt *stmt, int column) {
    return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}
