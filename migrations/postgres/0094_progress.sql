-- How the sending of campaigns stands.

-- The last sign of life of any process that runs the workers.
CREATE TABLE worker_beats (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    beat_at BIGINT NOT NULL
);

-- What a member confirmed before a campaign started: that there is a lawful basis to write to people in countries that ask for
-- consent first, that the mails were looked at.
CREATE TABLE campaign_confirmations (
    workspace_id UUID NOT NULL,
    campaign_id  UUID NOT NULL,
    what         TEXT NOT NULL CHECK (what IN ('lawful_basis', 'preview')),
    confirmed_by UUID NOT NULL REFERENCES users (id),
    confirmed_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, what),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
);

-- The activity of a campaign by kind.
CREATE INDEX outreach_events_by_kind ON outreach_events (workspace_id, campaign_id, kind, id);

-- The digits of an id, as SQLite has them: a counter's subject is bytes, whatever it counts.
CREATE FUNCTION hex(uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT replace(CAST($1 AS text), ''-'', '''')';
