-- The life of a lead request: what it waits for, a first batch to look at, turns between workspaces, and reviewed leads.

ALTER TABLE lead_requests ADD COLUMN asking TEXT;                     -- the source that is being asked, by its name
ALTER TABLE lead_requests ADD COLUMN waiting TEXT CHECK (waiting IN ('look', 'by_user'));  -- for somebody; no worker takes it
ALTER TABLE lead_requests ADD COLUMN reason_since INTEGER;            -- since when it waits, for whatever it waits
ALTER TABLE lead_requests ADD COLUMN first_batch INTEGER CHECK (first_batch > 0);  -- deliver so many, then let somebody look
ALTER TABLE lead_requests ADD COLUMN bad_percent INTEGER CHECK (bad_percent BETWEEN 1 AND 100);  -- go on by itself below it
ALTER TABLE lead_requests ADD COLUMN gone_on_at INTEGER;              -- when the rest was let go after the look
ALTER TABLE lead_requests ADD COLUMN gone_on_by BLOB REFERENCES users (id);  -- by whom; NULL: by the rule
ALTER TABLE lead_requests ADD COLUMN went_at INTEGER;                 -- since when it goes without a wait, and
ALTER TABLE lead_requests ADD COLUMN went_delivered INTEGER NOT NULL DEFAULT 0;  -- how many were delivered before: its speed
CREATE INDEX lead_requests_open ON lead_requests (workspace_id, id) WHERE state IN ('queued', 'running');

-- When a worker last took up a request of a workspace: whoever was served last comes last.
CREATE TABLE sourcing_turns (
    workspace_id BLOB PRIMARY KEY REFERENCES workspaces (id),
    served_at    INTEGER NOT NULL
) STRICT;

-- What somebody who looked at a lead thought of it.
CREATE TABLE lead_marks (
    workspace_id BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('good', 'bad')),
    reason       TEXT CHECK (reason IN ('left_company', 'wrong_person', 'duplicate', 'does_not_match', 'wrong_role',
                                        'wrong_company', 'other')),
    marked_by    BLOB NOT NULL REFERENCES users (id),
    marked_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
    CHECK ((verdict = 'bad') = (reason IS NOT NULL))
) STRICT;
