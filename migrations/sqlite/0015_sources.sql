-- Sources: HTTP services that are asked for contacts, data sets with what may be done with them, the order in which a request
-- draws from its sources, and how strictly addresses are checked before delivery.

-- A source that is asked over HTTP (docs/sources.md). Its name, licence note and lawful basis stand in `sources`.
CREATE TABLE http_sources (
    source_id        BLOB PRIMARY KEY REFERENCES sources (id),
    url              TEXT NOT NULL,                        -- the base address, without /search
    secret           TEXT NOT NULL,                        -- searches are signed with it
    price            INTEGER NOT NULL CHECK (price BETWEEN 1 AND 1000),            -- credits per delivered lead
    calls_per_minute INTEGER NOT NULL CHECK (calls_per_minute BETWEEN 1 AND 6000),
    cost_max         INTEGER CHECK (cost_max >= 0),        -- what it may cost for one lead request, in hundredths; NULL: no limit
    position         INTEGER NOT NULL,                     -- in which order sources are asked unless somebody chose another
    enabled          INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    next_call_at     INTEGER NOT NULL DEFAULT 0,           -- the rate limit, shared by all copies of the server
    failures         INTEGER NOT NULL DEFAULT 0,           -- in a row
    rests_until      INTEGER NOT NULL DEFAULT 0,           -- left alone until then after a failure
    fault            TEXT,                                 -- what went wrong last, for people; NULL: the last answer was good
    fault_at         INTEGER,
    answered_at      INTEGER,                              -- the last good answer
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

-- A data set is one imported file: what its licence allows, on which basis its people may be written to, and from when it is.
ALTER TABLE imports ADD COLUMN licence_note TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN lawful_basis TEXT NOT NULL DEFAULT 'unstated'
    CHECK (lawful_basis IN ('unstated', 'legitimate_interest', 'consent', 'contract', 'public_data'));
ALTER TABLE imports ADD COLUMN collected_on TEXT NOT NULL DEFAULT '';  -- the day the data is from, as YYYY-MM-DD; empty: not said

-- What each lead cost, and the data set its contact came with.
ALTER TABLE leads ADD COLUMN price INTEGER CHECK (price > 0);
ALTER TABLE leads ADD COLUMN import_id BLOB REFERENCES imports (id);
UPDATE leads SET price = (SELECT r.price FROM lead_requests r WHERE r.workspace_id = leads.workspace_id AND r.id = leads.request_id);

-- The sources of a campaign in the order they are asked: a JSON list of "directory" and ids of sources; NULL: all, in the
-- operator's order. And how strictly addresses are checked before delivery.
ALTER TABLE campaigns ADD COLUMN sources TEXT;
ALTER TABLE campaigns ADD COLUMN address_check TEXT NOT NULL DEFAULT 'normal' CHECK (address_check IN ('strict', 'normal', 'off'));

-- Where a request stands: which source, and which of its groups of titles; `cursor` is the last contact of the directory there.
ALTER TABLE lead_requests ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lead_requests ADD COLUMN address_check TEXT NOT NULL DEFAULT 'normal' CHECK (address_check IN ('strict', 'normal', 'off'));

-- What each source of a request gave. A request without rows draws from the directory alone.
CREATE TABLE lead_request_sources (
    workspace_id BLOB NOT NULL,
    request_id   BLOB NOT NULL,
    position     INTEGER NOT NULL,                         -- 0 is asked first
    source_id    BLOB REFERENCES sources (id),             -- NULL: the directory
    name         TEXT NOT NULL,
    price        INTEGER NOT NULL CHECK (price > 0),       -- as it was when the request was made
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'asking', 'done', 'failed')),
    calls        INTEGER NOT NULL DEFAULT 0,               -- searches that were answered
    received     INTEGER NOT NULL DEFAULT 0,               -- contacts that came
    rejected     INTEGER NOT NULL DEFAULT 0,               -- of these, without a sound address
    delivered    INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    cost         INTEGER NOT NULL DEFAULT 0,               -- what it charged the operator, in hundredths
    cursor       TEXT,                                     -- where it goes on
    seen         TEXT NOT NULL DEFAULT '[]',               -- JSON: marks of its last pages, to notice one that comes again
    group_number INTEGER NOT NULL DEFAULT 0,               -- the group of titles that cursor and marks belong to
    failures     INTEGER NOT NULL DEFAULT 0,
    fault        TEXT,                                     -- why it was passed over, for people
    retry_at     INTEGER,                                  -- when it is asked once more
    PRIMARY KEY (workspace_id, request_id, position),
    FOREIGN KEY (workspace_id, request_id) REFERENCES lead_requests (workspace_id, id)
) STRICT;
