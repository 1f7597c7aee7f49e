-- What mail servers answer, and what becomes of the mails then.

-- The last answer that was not a yes, and how often it was tried. `code` says what the answer means.
ALTER TABLE sends ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;    -- tries that did not end in `sent`
ALTER TABLE sends ADD COLUMN first_try_at BIGINT;                  -- the first of them
ALTER TABLE sends ADD COLUMN stage TEXT;                            -- where in the conversation
ALTER TABLE sends ADD COLUMN reply_code BIGINT;                    -- three digits; NULL: no answer
ALTER TABLE sends ADD COLUMN reply_status TEXT;                     -- enhanced status code (RFC 3463)
ALTER TABLE sends ADD COLUMN reply_words TEXT;                      -- the server's own, at most 300 characters

-- Each of those tries, the first twenty of a mail.
CREATE TABLE send_tries (
    workspace_id UUID NOT NULL,
    send_id      UUID NOT NULL,
    attempt      BIGINT NOT NULL CHECK (attempt BETWEEN 1 AND 20),
    at           BIGINT NOT NULL,
    code         TEXT NOT NULL,
    stage        TEXT,
    reply_code   BIGINT,
    reply_status TEXT,
    reply_words  TEXT,
    PRIMARY KEY (workspace_id, send_id, attempt),
    FOREIGN KEY (workspace_id, send_id) REFERENCES sends (workspace_id, id)
);

-- Mails as they leave to a mail server, written with the point of no return: what is sent again has the same bytes. Those of the
-- built-in outbox are in its own table.
CREATE TABLE sent_messages (
    workspace_id UUID NOT NULL,
    send_id      UUID NOT NULL,
    recipient    TEXT NOT NULL,
    message      TEXT NOT NULL,                            -- RFC 5322, ASCII
    PRIMARY KEY (workspace_id, send_id),
    FOREIGN KEY (workspace_id, send_id) REFERENCES sends (workspace_id, id)
);

-- For the breakers: which mails of a campaign failed, of which mailbox a mail server refused a mail for its sender.
CREATE INDEX sends_failed ON sends (workspace_id, campaign_id, state_since) WHERE state = 'failed';
CREATE INDEX sends_policy ON sends (workspace_id, mailbox_id, state_since) WHERE code = 'policy';

ALTER TABLE outcome_days ADD COLUMN hard BIGINT NOT NULL DEFAULT 0;     -- the address or its domain does not exist
ALTER TABLE outcome_days ADD COLUMN policy BIGINT NOT NULL DEFAULT 0;   -- refused for who we are or what we write
ALTER TABLE outcome_days ADD COLUMN soft BIGINT NOT NULL DEFAULT 0;     -- any other refusal

-- What becomes of a mail whose outcome is not known.
ALTER TABLE outreach_settings ADD COLUMN unknown_policy TEXT NOT NULL DEFAULT 'ask' CHECK (unknown_policy IN ('ask', 'count_as_sent'));

-- The plans of campaigns are read with the steps that were removed.
CREATE INDEX steps_of_campaign ON steps (workspace_id, campaign_id);

-- Mailboxes that failed and are tried again.
CREATE INDEX mailboxes_retry ON mailboxes (retry_at) WHERE state = 'failing' AND retry_at IS NOT NULL;

-- The numbers behind `code`, where a breaker paused a campaign.
ALTER TABLE campaign_sending ADD COLUMN params JSONB;
