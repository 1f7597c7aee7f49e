-- Standing requests, reports of bad leads, and leads that were returned.

-- C10: "so many a day until a total": spawns ordinary lead requests, and waits where it cannot.
CREATE TABLE standing_requests (
    workspace_id    UUID NOT NULL,
    id              UUID NOT NULL UNIQUE,
    campaign_id     UUID NOT NULL,
    criteria        JSONB NOT NULL,                         -- as they were when it was made
    per_day         BIGINT CHECK (per_day > 0),           -- NULL: as fast as credits allow
    total           BIGINT NOT NULL CHECK (total > 0),
    until           BIGINT,                               -- not from this moment on
    from_hour       BIGINT CHECK (from_hour BETWEEN 0 AND 23),  -- only in these hours (UTC); both or neither
    to_hour         BIGINT CHECK (to_hour BETWEEN 0 AND 23),
    state           TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    reason          TEXT CHECK (reason IN ('no_credits', 'cap', 'by_user', 'nobody_left', 'total_reached', 'time_over')),
    since           BIGINT NOT NULL,                      -- when the state or its reason last changed
    run_at          BIGINT NOT NULL,                      -- when to look at it next
    made_by         UUID NOT NULL REFERENCES users (id),
    idempotency_key TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    CHECK ((from_hour IS NULL) = (to_hour IS NULL)),
    CHECK (state <> 'paused' OR reason IS NOT NULL)
);
CREATE INDEX standing_requests_due ON standing_requests (state, run_at);
CREATE INDEX standing_requests_by_campaign ON standing_requests (workspace_id, campaign_id, created_at);

-- The standing request that made it.
ALTER TABLE lead_requests ADD COLUMN standing_id UUID;
CREATE INDEX lead_requests_by_standing ON lead_requests (workspace_id, standing_id, created_at) WHERE standing_id IS NOT NULL;

-- A lead that was returned (C17) is no longer owned: the same person can be delivered and charged again, so the key must
-- count only those that were kept.
ALTER TABLE leads ADD COLUMN mailed_at BIGINT;             -- the first mail to it; from then on it cannot be returned
ALTER TABLE leads ADD COLUMN refunded_at BIGINT;           -- paid back: returned, or bad
ALTER TABLE leads ADD COLUMN bad_reason TEXT;              -- refunded as bad; stays owned, is in no campaign any more
ALTER TABLE leads ADD COLUMN returned_at BIGINT;           -- given back; no longer owned
ALTER TABLE leads ADD CHECK (refunded_at IS NOT NULL OR (bad_reason IS NULL AND returned_at IS NULL));
ALTER TABLE leads DROP CONSTRAINT leads_workspace_id_email_key;
CREATE UNIQUE INDEX leads_owned ON leads (workspace_id, email) WHERE returned_at IS NULL;

-- For "the same person twice": by profile, and by company.
CREATE INDEX leads_by_linkedin ON leads (workspace_id, linkedin) WHERE linkedin <> '';
CREATE INDEX leads_by_domain ON leads (workspace_id, domain) WHERE domain <> '';

-- C16: what was wrong with a lead, and what came of it. One report for each lead.
CREATE TABLE lead_reports (
    workspace_id UUID NOT NULL,
    id           UUID NOT NULL UNIQUE,
    lead_id      UUID NOT NULL,
    reason       TEXT NOT NULL CHECK (reason IN ('left_company', 'wrong_person', 'duplicate', 'does_not_match')),
    note         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'refunded', 'declined', 'returned')),
    automatic    BIGINT NOT NULL CHECK (automatic IN (0, 1)),  -- decided by the rules, without anybody looking
    answer       TEXT NOT NULL,                            -- why, for the one who reported it
    reported_by  UUID NOT NULL REFERENCES users (id),
    reported_at  BIGINT NOT NULL,
    decided_by   UUID REFERENCES users (id),
    decided_at   BIGINT,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
    CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX lead_reports_open ON lead_reports (state, reported_at);
