-- Standing requests, reports of bad leads, and leads that were returned.

-- C10: "so many a day until a total": spawns ordinary lead requests, and waits where it cannot.
CREATE TABLE standing_requests (
    workspace_id    BLOB NOT NULL,
    id              BLOB NOT NULL UNIQUE,
    campaign_id     BLOB NOT NULL,
    criteria        TEXT NOT NULL,                         -- as they were when it was made
    per_day         INTEGER CHECK (per_day > 0),           -- NULL: as fast as credits allow
    total           INTEGER NOT NULL CHECK (total > 0),
    until           INTEGER,                               -- not from this moment on
    from_hour       INTEGER CHECK (from_hour BETWEEN 0 AND 23),  -- only in these hours (UTC); both or neither
    to_hour         INTEGER CHECK (to_hour BETWEEN 0 AND 23),
    state           TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    reason          TEXT CHECK (reason IN ('no_credits', 'cap', 'by_user', 'nobody_left', 'total_reached', 'time_over')),
    since           INTEGER NOT NULL,                      -- when the state or its reason last changed
    run_at          INTEGER NOT NULL,                      -- when to look at it next
    made_by         BLOB NOT NULL REFERENCES users (id),
    idempotency_key TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    CHECK ((from_hour IS NULL) = (to_hour IS NULL)),
    CHECK (state <> 'paused' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX standing_requests_due ON standing_requests (state, run_at);
CREATE INDEX standing_requests_by_campaign ON standing_requests (workspace_id, campaign_id, created_at);

-- The standing request that made it.
ALTER TABLE lead_requests ADD COLUMN standing_id BLOB;
CREATE INDEX lead_requests_by_standing ON lead_requests (workspace_id, standing_id, created_at) WHERE standing_id IS NOT NULL;

-- A lead that was returned (C17) is no longer owned: the same person can be delivered and charged again, so the key must
-- count only those that were kept. The table is made anew, with the one that points at it set aside meanwhile.
CREATE TABLE campaign_leads_kept AS SELECT workspace_id, campaign_id, lead_id, added_at FROM campaign_leads;
DROP TABLE campaign_leads;
CREATE TABLE leads_new (
    workspace_id   BLOB NOT NULL REFERENCES workspaces (id),
    id             BLOB NOT NULL,
    email          TEXT NOT NULL,
    contact_id     INTEGER NOT NULL,
    request_id     BLOB NOT NULL,                          -- the request that was charged for it
    source_id      BLOB NOT NULL REFERENCES sources (id),
    email_status   TEXT NOT NULL,
    first_name     TEXT NOT NULL,
    last_name      TEXT NOT NULL,
    title          TEXT NOT NULL,
    seniority      TEXT,
    departments    TEXT NOT NULL,                          -- JSON list of codes
    company        TEXT NOT NULL,
    domain         TEXT NOT NULL,
    size_min       INTEGER,
    size_max       INTEGER,
    industry       TEXT NOT NULL,
    country        TEXT NOT NULL,
    region         TEXT NOT NULL,
    city           TEXT NOT NULL,
    linkedin       TEXT NOT NULL,
    phone          TEXT NOT NULL,
    search_text    TEXT NOT NULL,                          -- name, address, title, company in lower case, for the search box
    delivered_at   INTEGER NOT NULL,
    charge_seq     INTEGER,                                -- the number of the capture that paid for it; it names the lot
    mailed_at      INTEGER,                                -- the first mail to it; from then on it cannot be returned
    refunded_at    INTEGER,                                -- paid back: returned, or bad
    bad_reason     TEXT,                                   -- refunded as bad; stays owned, is in no campaign any more
    returned_at    INTEGER,                                -- given back; no longer owned
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, request_id) REFERENCES lead_requests (workspace_id, id),
    CHECK (refunded_at IS NOT NULL OR (bad_reason IS NULL AND returned_at IS NULL))
) STRICT;
INSERT INTO leads_new (workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name, last_name, title,
        seniority, departments, company, domain, size_min, size_max, industry, country, region, city, linkedin, phone,
        search_text, delivered_at, charge_seq)
    SELECT workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name, last_name, title,
        seniority, departments, company, domain, size_min, size_max, industry, country, region, city, linkedin, phone,
        search_text, delivered_at, charge_seq FROM leads;
DROP TABLE leads;
ALTER TABLE leads_new RENAME TO leads;
CREATE UNIQUE INDEX leads_owned ON leads (workspace_id, email) WHERE returned_at IS NULL;
CREATE INDEX leads_by_request ON leads (workspace_id, request_id);
CREATE INDEX leads_by_contact ON leads (workspace_id, contact_id);
CREATE TABLE campaign_leads (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    added_at     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, lead_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id)
) STRICT;
INSERT INTO campaign_leads SELECT workspace_id, campaign_id, lead_id, added_at FROM campaign_leads_kept;
DROP TABLE campaign_leads_kept;

-- For "the same person twice": by profile, and by company.
CREATE INDEX leads_by_linkedin ON leads (workspace_id, linkedin) WHERE linkedin <> '';
CREATE INDEX leads_by_domain ON leads (workspace_id, domain) WHERE domain <> '';

-- C16: what was wrong with a lead, and what came of it. One report for each lead.
CREATE TABLE lead_reports (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL UNIQUE,
    lead_id      BLOB NOT NULL,
    reason       TEXT NOT NULL CHECK (reason IN ('left_company', 'wrong_person', 'duplicate', 'does_not_match')),
    note         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'refunded', 'declined', 'returned')),
    automatic    INTEGER NOT NULL CHECK (automatic IN (0, 1)),  -- decided by the rules, without anybody looking
    answer       TEXT NOT NULL,                            -- why, for the one who reported it
    reported_by  BLOB NOT NULL REFERENCES users (id),
    reported_at  INTEGER NOT NULL,
    decided_by   BLOB REFERENCES users (id),
    decided_at   INTEGER,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
    CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;
CREATE INDEX lead_reports_open ON lead_reports (state, reported_at);
