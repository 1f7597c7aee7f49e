-- What came of leads by the filter values that found them.

-- Values of filters that found leads which were mailed. Spellings of one value are one row.
CREATE TABLE filter_values (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    field        TEXT NOT NULL,                           -- a field of the criteria
    key          TEXT NOT NULL,                           -- the same for all spellings
    value        TEXT NOT NULL,                           -- as it was asked for first
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX filter_values_once ON filter_values (workspace_id, field, key);

-- Which of them found a lead; noted when it is first counted, and kept when the person is erased.
CREATE TABLE lead_matches (
    workspace_id BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    value_id     BLOB NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, value_id),
    FOREIGN KEY (workspace_id, value_id) REFERENCES filter_values (workspace_id, id)
) STRICT;
CREATE INDEX lead_matches_of_value ON lead_matches (workspace_id, value_id, lead_id);

ALTER TABLE lead_outcomes ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;   -- its filter values are in lead_matches, and in the sums

-- The sums get another origin; the check of a column cannot be changed.
CREATE TABLE outcome_totals_now (
    workspace_id BLOB NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('source', 'data_set', 'request', 'list', 'filter_value')),
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
INSERT INTO outcome_totals_now SELECT * FROM outcome_totals;
DROP TABLE outcome_totals;
ALTER TABLE outcome_totals_now RENAME TO outcome_totals;

-- Leads that were counted before are looked at again.
INSERT INTO outcome_changes (workspace_id, campaign_id, lead_id) SELECT workspace_id, campaign_id, lead_id FROM lead_outcomes;
