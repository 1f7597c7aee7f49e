-- How the sending of campaigns stands.

-- The last sign of life of any process that runs the workers.
CREATE TABLE worker_beats (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    beat_at INTEGER NOT NULL
) STRICT;

-- What a member confirmed before a campaign started: that there is a lawful basis to write to people in countries that ask for
-- consent first, that the mails were looked at.
CREATE TABLE campaign_confirmations (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    what         TEXT NOT NULL CHECK (what IN ('lawful_basis', 'preview')),
    confirmed_by BLOB NOT NULL REFERENCES users (id),
    confirmed_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, what),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
) STRICT;

-- The activity of a campaign by kind.
CREATE INDEX outreach_events_by_kind ON outreach_events (workspace_id, campaign_id, kind, id);
