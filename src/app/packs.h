/* Among the files of app/: packs in the database. */
#ifndef DX_APP_PACKS_H
#define DX_APP_PACKS_H

#include "app/app.h"
#include "store/db.h"

/* Publishes a pack: keeps its files under its digest, unless they are there already. */
bool dx_pack_publish(dx_db *db, const dx_pack *pack, dx_str now, dx_diags *diags);
/* Loads every published pack whose digest is not among those of the app, newest first. */
bool dx_packs_restore(dx_app *app, dx_db *db, dx_diags *diags);
/* Loads the official texts that were imported. */
bool dx_officials_load(dx_app *app, dx_db *db, dx_diags *diags);

#endif
