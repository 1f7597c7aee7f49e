-- Campaigns, the lead requests that fill them, and the leads a workspace owns.

CREATE TABLE campaigns (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('draft', 'active', 'archived')),
    criteria     TEXT NOT NULL,                            -- the targeting being edited (JSON)
    quantity     INTEGER,                                  -- the leads step being edited
    created_by   BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;

-- One request is its own queue entry: state, run_at, lease, and a fence that every write of a worker checks.
CREATE TABLE lead_requests (
    workspace_id    BLOB NOT NULL,
    id              BLOB NOT NULL UNIQUE,
    campaign_id     BLOB NOT NULL,
    criteria        TEXT NOT NULL,                         -- the snapshot that decides what "delivered" means (C6)
    quantity        INTEGER NOT NULL CHECK (quantity > 0),
    price           INTEGER NOT NULL CHECK (price > 0),    -- credits per lead
    price_version   INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'cancelled', 'failed')),
    state_reason    TEXT,                                  -- why it ended, or what it waits for
    matched         INTEGER NOT NULL DEFAULT 0,            -- people the criteria found
    delivered       INTEGER NOT NULL DEFAULT 0,
    cursor          INTEGER NOT NULL DEFAULT 0,            -- the last contact looked at
    run_at          INTEGER NOT NULL,
    lease_until     INTEGER,
    fence           INTEGER NOT NULL DEFAULT 0,
    attempt         INTEGER NOT NULL DEFAULT 0,
    progress_at     INTEGER NOT NULL,
    requested_by    BLOB NOT NULL REFERENCES users (id),
    idempotency_key TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    finished_at     INTEGER,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    CHECK (delivered <= quantity)
) STRICT;
CREATE INDEX lead_requests_queue ON lead_requests (state, run_at);
CREATE INDEX lead_requests_by_campaign ON lead_requests (workspace_id, campaign_id, created_at);

-- Why people who matched were not delivered: free, and on the receipt.
CREATE TABLE lead_request_skips (
    workspace_id BLOB NOT NULL,
    request_id   BLOB NOT NULL,
    reason       TEXT NOT NULL,
    people       INTEGER NOT NULL CHECK (people >= 0),
    PRIMARY KEY (workspace_id, request_id, reason),
    FOREIGN KEY (workspace_id, request_id) REFERENCES lead_requests (workspace_id, id)
) STRICT;

-- A contact delivered to a workspace, as it was at delivery. One person once, for ever (C7).
CREATE TABLE leads (
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
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, email),
    FOREIGN KEY (workspace_id, request_id) REFERENCES lead_requests (workspace_id, id)
) STRICT;
CREATE INDEX leads_by_request ON leads (workspace_id, request_id);
CREATE INDEX leads_by_contact ON leads (workspace_id, contact_id);

-- Which campaign a lead is in.
CREATE TABLE campaign_leads (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    added_at     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, lead_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id)
) STRICT;

-- Addresses and domains that must not be sourced or mailed.
CREATE TABLE suppressions (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    value        TEXT NOT NULL,                            -- a normalised address, or a domain
    reason       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, value)
) STRICT;
