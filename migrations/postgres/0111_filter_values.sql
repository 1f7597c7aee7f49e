-- What came of leads by the filter values that found them.

-- Values of filters that found leads which were mailed. Spellings of one value are one row.
CREATE TABLE filter_values (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    field        TEXT NOT NULL,                           -- a field of the criteria
    key          TEXT NOT NULL,                           -- the same for all spellings
    value        TEXT NOT NULL,                           -- as it was asked for first
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX filter_values_once ON filter_values (workspace_id, field, key);

-- Which of them found a lead; noted when it is first counted, and kept when the person is erased.
CREATE TABLE lead_matches (
    workspace_id UUID NOT NULL,
    lead_id      UUID NOT NULL,
    value_id     UUID NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, value_id),
    FOREIGN KEY (workspace_id, value_id) REFERENCES filter_values (workspace_id, id)
);
CREATE INDEX lead_matches_of_value ON lead_matches (workspace_id, value_id, lead_id);

ALTER TABLE lead_outcomes ADD COLUMN noted BOOLEAN NOT NULL DEFAULT false;   -- its filter values are in lead_matches, and in the sums

-- The sums get another origin.
ALTER TABLE outcome_totals DROP CONSTRAINT outcome_totals_origin_check;
ALTER TABLE outcome_totals ADD CONSTRAINT outcome_totals_origin_check
    CHECK (origin IN ('source', 'data_set', 'request', 'list', 'filter_value'));

-- Leads that were counted before are looked at again.
INSERT INTO outcome_changes (workspace_id, campaign_id, lead_id) SELECT workspace_id, campaign_id, lead_id FROM lead_outcomes;
