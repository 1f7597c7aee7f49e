-- Lists of a customer's own: files that bring people into a campaign for free, without the directory ever knowing them.
CREATE TABLE own_lists (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    campaign_id  UUID NOT NULL,
    file_name    TEXT NOT NULL,
    bytes        BIGINT NOT NULL,
    stored_as    TEXT NOT NULL,                            -- its name in the uploads folder
    state        TEXT NOT NULL CHECK (state IN ('draft', 'queued', 'running', 'done', 'failed', 'taking_back', 'taken_back')),
    duplicates   TEXT NOT NULL CHECK (duplicates IN ('campaign', 'active_campaigns', 'workspace')),  -- who is left out
    format       JSONB NOT NULL,
    mapping      JSONB NOT NULL,
    rows         BIGINT NOT NULL DEFAULT 0,               -- read so far: where a killed import goes on
    bytes_read   BIGINT NOT NULL DEFAULT 0,
    taken_back   BIGINT NOT NULL DEFAULT 0,               -- leads that left the campaign again
    changes      BIGINT NOT NULL DEFAULT 0,               -- rises with every batch: what the workspace owns may be other than before
    fault        TEXT NOT NULL DEFAULT '',
    fence        BIGINT NOT NULL DEFAULT 0,
    lease_until  BIGINT,
    created_by   UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    started_at   BIGINT,
    finished_at  BIGINT,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
);
CREATE INDEX own_lists_by_campaign ON own_lists (workspace_id, campaign_id, created_at);
CREATE INDEX own_lists_to_do ON own_lists (state, created_at) WHERE state IN ('queued', 'running', 'taking_back');

-- What became of its rows, by outcome.
CREATE TABLE own_list_outcomes (
    workspace_id UUID NOT NULL,
    list_id      UUID NOT NULL,
    outcome      TEXT NOT NULL,
    people       BIGINT NOT NULL CHECK (people >= 0),
    PRIMARY KEY (workspace_id, list_id, outcome),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id)
);

-- Each row that brought nobody, and why.
CREATE TABLE own_list_rows (
    workspace_id UUID NOT NULL,
    list_id      UUID NOT NULL,
    row_number   BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    raw          TEXT NOT NULL,                            -- the row as CSV, or the address of a person
    PRIMARY KEY (workspace_id, list_id, row_number),
    FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id)
);

-- A lead is paid for by a request, or comes free with a list of the customer's own; never both. Without a request it has no
-- source, and without the directory no contact.
ALTER TABLE leads ADD COLUMN list_id UUID;                 -- the own list that brought it
ALTER TABLE leads ALTER COLUMN contact_id DROP NOT NULL;   -- of the directory; NULL: it does not know this person
ALTER TABLE leads ALTER COLUMN request_id DROP NOT NULL;   -- the request that was charged for it
ALTER TABLE leads ALTER COLUMN source_id DROP NOT NULL;
ALTER TABLE leads ADD FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id);
ALTER TABLE leads ADD CHECK ((request_id IS NULL) <> (list_id IS NULL));
ALTER TABLE leads ADD CHECK (request_id IS NULL OR (source_id IS NOT NULL AND contact_id IS NOT NULL));
ALTER TABLE leads ADD CHECK (list_id IS NULL OR (charge_seq IS NULL AND price IS NULL AND refunded_at IS NULL));
ALTER TABLE campaign_leads ADD COLUMN list_id UUID;        -- the own list that put it there
ALTER TABLE campaign_leads ADD FOREIGN KEY (workspace_id, list_id) REFERENCES own_lists (workspace_id, id);
CREATE INDEX leads_by_list ON leads (workspace_id, list_id) WHERE list_id IS NOT NULL;
CREATE INDEX campaign_leads_by_lead ON campaign_leads (workspace_id, lead_id);
CREATE INDEX campaign_leads_by_list ON campaign_leads (workspace_id, list_id) WHERE list_id IS NOT NULL;
