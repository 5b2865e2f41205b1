-- Official texts of policies, imported by whoever runs the server: the program comes with none. One a policy,
-- in place of the one before.
CREATE TABLE official_text (
    pack_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    dated TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
