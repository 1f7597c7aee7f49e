-- The life of a lead request: what it waits for, a first batch to look at, turns between workspaces, and reviewed leads.

ALTER TABLE lead_requests ADD COLUMN asking TEXT;                     -- the source that is being asked, by its name
ALTER TABLE lead_requests ADD COLUMN waiting TEXT CHECK (waiting IN ('look', 'by_user'));  -- for somebody; no worker takes it
ALTER TABLE lead_requests ADD COLUMN reason_since BIGINT;            -- since when it waits, for whatever it waits
ALTER TABLE lead_requests ADD COLUMN first_batch BIGINT CHECK (first_batch > 0);  -- deliver so many, then let somebody look
ALTER TABLE lead_requests ADD COLUMN bad_percent BIGINT CHECK (bad_percent BETWEEN 1 AND 100);  -- go on by itself below it
ALTER TABLE lead_requests ADD COLUMN gone_on_at BIGINT;              -- when the rest was let go after the look
ALTER TABLE lead_requests ADD COLUMN gone_on_by UUID REFERENCES users (id);  -- by whom; NULL: by the rule
ALTER TABLE lead_requests ADD COLUMN went_at BIGINT;                 -- since when it goes without a wait, and
ALTER TABLE lead_requests ADD COLUMN went_delivered BIGINT NOT NULL DEFAULT 0;  -- how many were delivered before: its speed
CREATE INDEX lead_requests_open ON lead_requests (workspace_id, id) WHERE state IN ('queued', 'running');

-- When a worker last took up a request of a workspace: whoever was served last comes last.
CREATE TABLE sourcing_turns (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    served_at    BIGINT NOT NULL
);

-- What somebody who looked at a lead thought of it.
CREATE TABLE lead_marks (
    workspace_id UUID NOT NULL,
    lead_id      UUID NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    reason       TEXT CHECK (reason IN ('left_company', 'wrong_person', 'duplicate', 'does_not_match', 'wrong_role',
                                        'wrong_company', 'other')),
    marked_by    UUID NOT NULL REFERENCES users (id),
    marked_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
    CHECK ((verdict = 'bad') = (reason IS NOT NULL))
);
