-- Which sources convert: what came of each lead that was mailed, and its sums.

-- Leads of which something changed that counts, in the order in which it did; written with the change, gone once it is counted.
CREATE TABLE outcome_changes (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL
) STRICT;

-- What is counted of a lead whose first mail left or was refused; its last count, so that the next one knows the difference.
CREATE TABLE lead_outcomes (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    source_id    BLOB,                                    -- where the lead came from; NULL: an own list
    import_id    BLOB,                                    -- the data set
    request_id   BLOB,
    list_id      BLOB,
    mailed_at    INTEGER NOT NULL,                        -- the first mail
    matures_at   INTEGER,                                 -- when it counts in any case; NULL: it counts
    open         INTEGER NOT NULL CHECK (open IN (0, 1)), -- too early to tell
    contacted    INTEGER NOT NULL CHECK (contacted IN (0, 1)),
    replied      INTEGER NOT NULL CHECK (replied IN (0, 1)),
    positive     INTEGER NOT NULL CHECK (positive IN (0, 1)),
    bounced      INTEGER NOT NULL CHECK (bounced IN (0, 1)),
    credits      INTEGER NOT NULL,                        -- what it cost and was not paid back
    refunded     INTEGER NOT NULL,                        -- credits that were paid back
    PRIMARY KEY (workspace_id, campaign_id, lead_id)
) STRICT;
CREATE INDEX lead_outcomes_open ON lead_outcomes (matures_at) WHERE matures_at IS NOT NULL;
CREATE INDEX lead_outcomes_by_source ON lead_outcomes (workspace_id, source_id, mailed_at, lead_id) WHERE source_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_import ON lead_outcomes (workspace_id, import_id, mailed_at, lead_id) WHERE import_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_request ON lead_outcomes (workspace_id, request_id, mailed_at, lead_id) WHERE request_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_list ON lead_outcomes (workspace_id, list_id, mailed_at, lead_id) WHERE list_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_lead ON lead_outcomes (workspace_id, lead_id);

-- The sums of those rows.
CREATE TABLE outcome_totals (
    workspace_id BLOB NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('source', 'data_set', 'request', 'list')),
    subject      BLOB NOT NULL,
    open         INTEGER NOT NULL,
    contacted    INTEGER NOT NULL,
    replied      INTEGER NOT NULL,
    positive     INTEGER NOT NULL,
    bounced      INTEGER NOT NULL,
    credits      INTEGER NOT NULL,
    refunded     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, origin, subject)
) STRICT;

-- One server counts at a time: it holds this row.
CREATE TABLE outcome_count (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    counted_at INTEGER NOT NULL
) STRICT;
INSERT INTO outcome_count (id, counted_at) VALUES (1, 0);

-- What was mailed before is counted first.
INSERT INTO outcome_changes (workspace_id, campaign_id, lead_id)
    SELECT DISTINCT workspace_id, campaign_id, lead_id FROM sends WHERE kind = 'step' AND lead_id IS NOT NULL;
