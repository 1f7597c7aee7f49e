-- Lists of a customer's own: files that bring people into a campaign for free, without the directory ever knowing them.
CREATE TABLE own_lists (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    file_name    TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    stored_as    TEXT NOT NULL,                            -- its name in the uploads folder
    state        TEXT NOT NULL CHECK (state IN ('draft', 'queued', 'running', 'done', 'failed', 'taking_back', 'taken_back')),
    duplicates   TEXT NOT NULL CHECK (duplicates IN ('campaign', 'active_campaigns', 'workspace')),  -- who is left out
    format       TEXT NOT NULL,                            -- JSON
    mapping      TEXT NOT NULL,                            -- JSON
    rows         INTEGER NOT NULL DEFAULT 0,               -- read so far: where a killed import goes on
    bytes_read   INTEGER NOT NULL DEFAULT 0,
    taken_back   INTEGER NOT NULL DEFAULT 0,               -- leads that left the campaign again
    changes      INTEGER NOT NULL DEFAULT 0,               -- rises with every batch: what the workspace owns may be other than before
    fault        TEXT NOT NULL DEFAULT '',
    fence        INTEGER NOT NULL DEFAULT 0,
    lease_until  INTEGER,
    created_by   BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
) STRICT;
CREATE INDEX own_lists_by_campaign ON own_lists (workspace_id, campaign_id, created_at);
CREATE INDEX own_lists_to_do ON own_lists (state, created_at) WHERE state IN ('queued', 'running', 'taking_back');

-- What became of its rows, by outcome.
CREATE TABLE own_list_outcomes (
    workspace_id BLOB NOT NULL,
    list_id      BLOB NOT NULL,
    outcome      TEXT NOT NULL,
    people       INTEGER NOT NULL CHECK (people >= 0),
    PRIMARY KEY (workspace_id, list_id, outcome),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id)
) STRICT;

-- Each row that brought nobody, and why.
CREATE TABLE own_list_rows (
    workspace_id BLOB NOT NULL,
    list_id      BLOB NOT NULL,
    row_number   INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    raw          TEXT NOT NULL,                            -- the row as CSV, or the address of a person
    PRIMARY KEY (workspace_id, list_id, row_number),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id)
) STRICT;

-- A lead is paid for by a request, or comes free with a list of the customer's own; never both. Without a request it has no
-- source, and without the directory no contact. The tables are made anew, those that point at `leads` with it.
CREATE TABLE leads_new (
    workspace_id   BLOB NOT NULL REFERENCES workspaces (id),
    id             BLOB NOT NULL,
    email          TEXT NOT NULL,
    contact_id     INTEGER,                                -- of the directory; NULL: it does not know this person
    request_id     BLOB,                                   -- the request that was charged for it
    list_id        BLOB,                                   -- the own list that brought it
    source_id      BLOB REFERENCES sources (id),
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
    price          INTEGER CHECK (price > 0),
    import_id      BLOB REFERENCES imports (id),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, request_id) REFERENCES lead_requests (workspace_id, id),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id),
    CHECK (refunded_at IS NOT NULL OR (bad_reason IS NULL AND returned_at IS NULL)),
    CHECK ((request_id IS NULL) <> (list_id IS NULL)),
    CHECK (request_id IS NULL OR (source_id IS NOT NULL AND contact_id IS NOT NULL)),
    CHECK (list_id IS NULL OR (charge_seq IS NULL AND price IS NULL AND refunded_at IS NULL))
) STRICT;
INSERT INTO leads_new (workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name, last_name, title,
        seniority, departments, company, domain, size_min, size_max, industry, country, region, city, linkedin, phone,
        search_text, delivered_at, charge_seq, mailed_at, refunded_at, bad_reason, returned_at, price, import_id)
    SELECT workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name, last_name, title,
        seniority, departments, company, domain, size_min, size_max, industry, country, region, city, linkedin, phone,
        search_text, delivered_at, charge_seq, mailed_at, refunded_at, bad_reason, returned_at, price, import_id FROM leads;
CREATE TABLE campaign_leads_new (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    list_id      BLOB,                                     -- the own list that put it there
    added_at     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, lead_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads_new (workspace_id, id)
) STRICT;
INSERT INTO campaign_leads_new (workspace_id, campaign_id, lead_id, added_at)
    SELECT workspace_id, campaign_id, lead_id, added_at FROM campaign_leads;
CREATE TABLE lead_reports_new (
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
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads_new (workspace_id, id),
    CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;
INSERT INTO lead_reports_new SELECT * FROM lead_reports;
CREATE TABLE lead_marks_new (
    workspace_id BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    reason       TEXT CHECK (reason IN ('left_company', 'wrong_person', 'duplicate', 'does_not_match', 'wrong_role',
                                        'wrong_company', 'other')),
    marked_by    BLOB NOT NULL REFERENCES users (id),
    marked_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads_new (workspace_id, id),
    CHECK ((verdict = 'bad') = (reason IS NOT NULL))
) STRICT;
INSERT INTO lead_marks_new SELECT * FROM lead_marks;
DROP TABLE campaign_leads;
ALTER TABLE campaign_leads_new RENAME TO campaign_leads;
DROP TABLE lead_reports;
ALTER TABLE lead_reports_new RENAME TO lead_reports;
DROP TABLE lead_marks;
ALTER TABLE lead_marks_new RENAME TO lead_marks;
DROP TABLE leads;
ALTER TABLE leads_new RENAME TO leads;
CREATE UNIQUE INDEX leads_owned ON leads (workspace_id, email) WHERE returned_at IS NULL;
CREATE INDEX leads_by_request ON leads (workspace_id, request_id);
CREATE INDEX leads_by_list ON leads (workspace_id, list_id) WHERE list_id IS NOT NULL;
CREATE INDEX leads_by_contact ON leads (workspace_id, contact_id);
CREATE INDEX leads_by_contact_alone ON leads (contact_id);
CREATE INDEX leads_by_linkedin ON leads (workspace_id, linkedin) WHERE linkedin <> '';
CREATE INDEX leads_by_domain ON leads (workspace_id, domain) WHERE domain <> '';
CREATE INDEX campaign_leads_by_lead ON campaign_leads (workspace_id, lead_id);
CREATE INDEX campaign_leads_by_list ON campaign_leads (workspace_id, list_id) WHERE list_id IS NOT NULL;
CREATE INDEX lead_reports_open ON lead_reports (state, reported_at);
