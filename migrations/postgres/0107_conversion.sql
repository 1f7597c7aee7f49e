-- Which sources convert: what came of each lead that was mailed, and its sums.

-- Leads of which something changed that counts, in the order in which it did; written with the change, gone once it is counted.
CREATE TABLE outcome_changes (
    number       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id UUID NOT NULL,
    campaign_id  UUID NOT NULL,
    lead_id      UUID NOT NULL
);

-- What is counted of a lead whose first mail left or was refused; its last count, so that the next one knows the difference.
CREATE TABLE lead_outcomes (
    workspace_id UUID NOT NULL,
    campaign_id  UUID NOT NULL,
    lead_id      UUID NOT NULL,
    source_id    UUID,                                    -- where the lead came from; NULL: an own list
    import_id    UUID,                                    -- the data set
    request_id   UUID,
    list_id      UUID,
    mailed_at    BIGINT NOT NULL,                        -- the first mail
    matures_at   BIGINT,                                 -- when it counts in any case; NULL: it counts
    open         BIGINT NOT NULL CHECK (open IN (0, 1)), -- too early to tell
    contacted    BIGINT NOT NULL CHECK (contacted IN (0, 1)),
    replied      BIGINT NOT NULL CHECK (replied IN (0, 1)),
    positive     BIGINT NOT NULL CHECK (positive IN (0, 1)),
    bounced      BIGINT NOT NULL CHECK (bounced IN (0, 1)),
    credits      BIGINT NOT NULL,                        -- what it cost and was not paid back
    refunded     BIGINT NOT NULL,                        -- credits that were paid back
    PRIMARY KEY (workspace_id, campaign_id, lead_id)
);
CREATE INDEX lead_outcomes_open ON lead_outcomes (matures_at) WHERE matures_at IS NOT NULL;
CREATE INDEX lead_outcomes_by_source ON lead_outcomes (workspace_id, source_id, mailed_at, lead_id) WHERE source_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_import ON lead_outcomes (workspace_id, import_id, mailed_at, lead_id) WHERE import_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_request ON lead_outcomes (workspace_id, request_id, mailed_at, lead_id) WHERE request_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_list ON lead_outcomes (workspace_id, list_id, mailed_at, lead_id) WHERE list_id IS NOT NULL;
CREATE INDEX lead_outcomes_by_lead ON lead_outcomes (workspace_id, lead_id);

-- The sums of those rows.
CREATE TABLE outcome_totals (
    workspace_id UUID NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('source', 'data_set', 'request', 'list')),
    subject      UUID NOT NULL,
    open         BIGINT NOT NULL,
    contacted    BIGINT NOT NULL,
    replied      BIGINT NOT NULL,
    positive     BIGINT NOT NULL,
    bounced      BIGINT NOT NULL,
    credits      BIGINT NOT NULL,
    refunded     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, origin, subject)
);

-- One server counts at a time: it holds this row.
CREATE TABLE outcome_count (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    counted_at BIGINT NOT NULL
);
INSERT INTO outcome_count (id, counted_at) VALUES (1, 0);

-- What was mailed before is counted first.
INSERT INTO outcome_changes (workspace_id, campaign_id, lead_id)
    SELECT DISTINCT workspace_id, campaign_id, lead_id FROM sends WHERE kind = 'step' AND lead_id IS NOT NULL;
