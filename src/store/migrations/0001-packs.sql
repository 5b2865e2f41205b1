-- Published policy packs. A pack is named by the digest of its files and never changes; a changed pack is
-- published beside the old one, so that what was decided under the old one can be decided again.
CREATE TABLE pack (
    digest TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    published_at TEXT NOT NULL
) STRICT;

CREATE INDEX pack_by_id ON pack (id, published_at);

CREATE TABLE pack_file (
    digest TEXT NOT NULL REFERENCES pack (digest),
    name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (digest, name)
) STRICT;

CREATE TRIGGER pack_is_kept BEFORE DELETE ON pack BEGIN
    SELECT RAISE(ABORT, 'a published pack is kept');
END;

CREATE TRIGGER pack_is_fixed BEFORE UPDATE ON pack BEGIN
    SELECT RAISE(ABORT, 'a published pack does not change');
END;

CREATE TRIGGER pack_file_is_kept BEFORE DELETE ON pack_file BEGIN
    SELECT RAISE(ABORT, 'a published pack is kept');
END;

CREATE TRIGGER pack_file_is_fixed BEFORE UPDATE ON pack_file BEGIN
    SELECT RAISE(ABORT, 'a published pack does not change');
END;
