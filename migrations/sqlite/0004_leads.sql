-- The lead directory: where contacts come from, their imports, and the contacts themselves. It is the operator's data
-- and belongs to no workspace; the search index is derived from `contacts` by following `revision`.

-- Counters of the directory, in one row. Whoever writes contacts updates it first: that makes contact ids dense and
-- revisions rise in commit order, so that the index can follow them without gaps.
CREATE TABLE directory (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    identity      TEXT NOT NULL,                           -- by chance: an index made from another database is known by it
    last_contact  INTEGER NOT NULL DEFAULT 0,
    last_revision INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO directory (id, identity) VALUES (1, lower(hex(randomblob(16))));

-- Where contacts come from: a list somebody bought or made, a provider.
CREATE TABLE sources (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL UNIQUE,                     -- the name without case and accents
    licence_note TEXT NOT NULL DEFAULT '',                 -- what the list's licence allows
    lawful_basis TEXT NOT NULL DEFAULT 'unstated'
        CHECK (lawful_basis IN ('unstated', 'legitimate_interest', 'consent', 'contract', 'public_data')),
    created_at   INTEGER NOT NULL
) STRICT;

-- One file on its way into the directory.
CREATE TABLE imports (
    id             BLOB PRIMARY KEY,
    source_id      BLOB NOT NULL REFERENCES sources (id),
    file_name      TEXT NOT NULL,
    sha256         TEXT NOT NULL,
    bytes          INTEGER NOT NULL,
    stored_as      TEXT NOT NULL DEFAULT '',               -- name in the uploads folder; empty when it came by command line
    state          TEXT NOT NULL CHECK (state IN ('draft', 'queued', 'running', 'done', 'failed')),
    policy         TEXT NOT NULL CHECK (policy IN ('update', 'skip')),
    assumed_status TEXT NOT NULL DEFAULT 'unknown',        -- of addresses about which the file says nothing
    format         TEXT NOT NULL,                          -- JSON: charset, delimiter, headings
    mapping        TEXT NOT NULL,                          -- JSON: what each column is
    rows           INTEGER NOT NULL DEFAULT 0,             -- read so far: where a killed import goes on
    imported       INTEGER NOT NULL DEFAULT 0,
    updated        INTEGER NOT NULL DEFAULT 0,
    duplicates     INTEGER NOT NULL DEFAULT 0,
    rejected       INTEGER NOT NULL DEFAULT 0,
    blank          INTEGER NOT NULL DEFAULT 0,
    bytes_read     INTEGER NOT NULL DEFAULT 0,             -- for the progress bar
    fault          TEXT NOT NULL DEFAULT '',               -- why it failed, for people
    lease_until    INTEGER,
    fence          INTEGER NOT NULL DEFAULT 0,             -- rises with each claim: a worker that lost its lease writes nothing
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    finished_at    INTEGER,
    CHECK (rows = imported + updated + duplicates + rejected + blank)
) STRICT;
CREATE INDEX imports_by_state ON imports (state, created_at);
CREATE INDEX imports_by_file ON imports (sha256);

-- Rows that could not be taken.
CREATE TABLE import_rejections (
    import_id  BLOB NOT NULL REFERENCES imports (id),
    row_number INTEGER NOT NULL,                           -- as in a spreadsheet: the headings are row 1
    reason     TEXT NOT NULL,
    raw        TEXT NOT NULL,                              -- the row as CSV with commas
    PRIMARY KEY (import_id, row_number)
) STRICT;

-- People. Unknown texts are empty.
CREATE TABLE contacts (
    id           INTEGER PRIMARY KEY,                      -- dense, from directory.last_contact
    email        TEXT NOT NULL UNIQUE,                     -- normalised: one person, one spelling (C7)
    email_status TEXT NOT NULL
        CHECK (email_status IN ('verified', 'likely', 'guessed', 'catch_all', 'unknown', 'invalid')),
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    title        TEXT NOT NULL,
    seniority    TEXT CHECK (seniority IN ('owner', 'founder', 'c_suite', 'partner', 'vp', 'head', 'director',
                                           'manager', 'senior', 'entry', 'intern')),
    departments  TEXT NOT NULL,                            -- JSON list of codes
    company      TEXT NOT NULL,
    domain       TEXT NOT NULL,                            -- of the company, without www
    size_min     INTEGER,                                  -- employees; both equal when known exactly
    size_max     INTEGER,                                  -- NULL with a minimum: open ended
    industry     TEXT NOT NULL,
    country      TEXT NOT NULL,
    region       TEXT NOT NULL,
    city         TEXT NOT NULL,
    keywords     TEXT NOT NULL,                            -- JSON list
    technologies TEXT NOT NULL,                            -- JSON list
    revenue      INTEGER,
    linkedin     TEXT NOT NULL,
    phone        TEXT NOT NULL,
    source_id    BLOB NOT NULL REFERENCES sources (id),    -- who told us last
    import_id    BLOB REFERENCES imports (id),             -- the last import that wrote or confirmed it
    revision     INTEGER NOT NULL UNIQUE,                  -- from directory.last_revision, new with every change
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
