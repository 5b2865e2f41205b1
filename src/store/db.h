/* The database: one SQL text with $1, $2, … for every driver. Today there is one driver, SQLite
 * inside the program (sqlite.c). A database handle belongs to one thread at a time.
 *
 * Failures of the database are operating failures: a call returns false or DX_STEP_FAILED, and a
 * diagnostic says what the database said. */
#ifndef DX_STORE_DB_H
#define DX_STORE_DB_H

#include "base/diag.h"

typedef struct dx_db dx_db;
typedef struct dx_stmt dx_stmt;

/* The path of a database in memory that all handles of the process share; it goes with the last. */
#define DX_DB_SHARED_MEMORY DX_STR("file:/duixian?vfs=memdb")

/* Opens the database at a path, made when it is not there; ":memory:" for one that goes with the
 * handle. NULL with a diagnostic. The handle is closed with the arena, or before by dx_db_close. */
dx_db *dx_db_open(dx_arena *arena, dx_str path, dx_diags *diags);
void dx_db_close(dx_db *db);

/* Brings the schema up to date, each numbered migration in a transaction of its own. A database
 * from a newer program is refused. */
bool dx_db_migrate(dx_db *db, dx_diags *diags);
/* The number of the last migration that was applied. */
int64_t dx_db_version(dx_db *db);

/* A transaction that writes. False with a diagnostic; after a failure everything since begin is
 * undone by dx_db_rollback. */
bool dx_db_begin(dx_db *db, dx_diags *diags);
bool dx_db_commit(dx_db *db, dx_diags *diags);
void dx_db_rollback(dx_db *db);

/* Runs statements without parameters or rows: for migrations. */
bool dx_db_script(dx_db *db, const char *sql, dx_diags *diags);

/* A prepared statement; NULL with a diagnostic. Finish every one. */
dx_stmt *dx_db_prepare(dx_db *db, const char *sql, dx_diags *diags);
void dx_stmt_finish(dx_stmt *stmt);
/* Parameters from 1. Text and bytes must live until the statement is finished or bound anew. */
void dx_stmt_text(dx_stmt *stmt, int parameter, dx_str text);
void dx_stmt_bytes(dx_stmt *stmt, int parameter, dx_str bytes);
void dx_stmt_int(dx_stmt *stmt, int parameter, int64_t value);
void dx_stmt_null(dx_stmt *stmt, int parameter);

typedef enum dx_step { DX_STEP_ROW, DX_STEP_DONE, DX_STEP_FAILED } dx_step;
/* The next row, or the end, after which the statement may be bound and stepped again. */
dx_step dx_stmt_step(dx_stmt *stmt, dx_diags *diags);
/* Columns of the row from 0, valid until the next step. */
dx_str dx_stmt_column(const dx_stmt *stmt, int column);
int64_t dx_stmt_column_int(const dx_stmt *stmt, int column);
bool dx_stmt_column_null(const dx_stmt *stmt, int column);

#endif
