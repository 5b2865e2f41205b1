-- Populations being assessed, and what came of them, for a day. The id is a capability: whoever has it sees
-- the results. Times are milliseconds since 1970, UTC. The file that was sent is kept until all of it is
-- assessed, in pieces, so that a job that was cut off can begin again.
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    pack TEXT NOT NULL, -- digest
    as_of TEXT NOT NULL,
    readings TEXT NOT NULL, -- R2=floor R3=each
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    begun_at INTEGER, -- the stage that it is in
    ended_at INTEGER,
    done INTEGER NOT NULL DEFAULT 0, -- rows of the stage
    total INTEGER,
    faults INTEGER NOT NULL DEFAULT 0,
    amount TEXT -- yuan, of all that counts in totals
) STRICT;

CREATE INDEX job_by_state ON job (state, created_at);
CREATE INDEX job_by_end ON job (expires_at);

CREATE TABLE job_input (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

-- An enterprise: a letter an item for its status, and the amounts by item.
CREATE TABLE job_row (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    place INTEGER NOT NULL, -- row or line of the file
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    states TEXT NOT NULL,
    amounts TEXT NOT NULL,
    missing TEXT NOT NULL, -- numbers of facts
    total TEXT NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_item (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    eligible INTEGER NOT NULL,
    ineligible INTEGER NOT NULL,
    undetermined INTEGER NOT NULL,
    not_in_force INTEGER NOT NULL,
    ceiling TEXT NOT NULL,
    fixed TEXT NOT NULL,
    tariff TEXT NOT NULL,
    external TEXT NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_fault (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    row INTEGER NOT NULL,
    col INTEGER NOT NULL,
    element TEXT NOT NULL,
    code TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
