-- Working in the inbox: replies of members leave as sends, and what the list of conversations is read by.

-- The table is made anew for its new kind. Rows of other tables point at it: they are looked at when this is committed.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE sends_before AS SELECT * FROM sends;
DROP TABLE sends;
CREATE TABLE sends (
    workspace_id  BLOB NOT NULL,
    id            BLOB NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('step', 'test', 'reply')),
    campaign_id   BLOB NOT NULL,
    lead_id       BLOB,                                    -- NULL: a test mail, or a reply of a member, which no end of a sequence stops
    step_id       BLOB,
    variant_id    BLOB,
    text_id       BLOB,
    thread_id     BLOB,                                    -- the conversation that a reply belongs to
    mailbox_id    BLOB NOT NULL,
    recipient_key BLOB NOT NULL,
    canonical_key BLOB NOT NULL,
    domain_key    BLOB,
    message_id    TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'cancelled')),
    state_since   INTEGER NOT NULL,
    code          TEXT,                                    -- what the last answer that was not a yes means
    run_at        INTEGER,
    lease_until   INTEGER,
    fence         INTEGER NOT NULL DEFAULT 0,
    subject       TEXT,                                    -- as sent
    opener        INTEGER NOT NULL DEFAULT 0,              -- the first mail of its sequence
    slot_day      INTEGER,                                 -- the day whose counters hold its slot
    slot_number   INTEGER NOT NULL DEFAULT 0,              -- which mail of the mailbox's day it is
    sending_at    INTEGER,
    sent_at       INTEGER,
    opted_out_at  INTEGER,
    attempt       INTEGER NOT NULL DEFAULT 0,              -- tries that did not end in `sent`
    first_try_at  INTEGER,                                 -- the first of them
    stage         TEXT,                                    -- where in the conversation with the mail server
    reply_code    INTEGER,                                 -- three digits; NULL: no answer
    reply_status  TEXT,                                    -- enhanced status code (RFC 3463)
    reply_words   TEXT,                                    -- the server's own, at most 300 characters
    bounced_at    INTEGER,
    bounce_status TEXT,                                    -- enhanced status code, if one was named
    bounce_kind   TEXT,                                    -- a class of sending::verdict, or complaint
    answered_at   INTEGER,                                 -- the first human answer
    PRIMARY KEY (workspace_id, id),
    CHECK ((kind = 'step') = (step_id IS NOT NULL)),
    CHECK ((kind = 'reply') = (thread_id IS NOT NULL)),
    CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CHECK (state <> 'sending' OR sending_at IS NOT NULL),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
INSERT INTO sends (workspace_id, id, kind, campaign_id, lead_id, step_id, variant_id, text_id, mailbox_id, recipient_key, canonical_key,
        domain_key, message_id, state, state_since, code, run_at, lease_until, fence, subject, opener, slot_day, slot_number,
        sending_at, sent_at, opted_out_at, attempt, first_try_at, stage, reply_code, reply_status, reply_words, bounced_at,
        bounce_status, bounce_kind, answered_at)
    SELECT workspace_id, id, kind, campaign_id, lead_id, step_id, variant_id, text_id, mailbox_id, recipient_key, canonical_key,
        domain_key, message_id, state, state_since, code, run_at, lease_until, fence, subject, opener, slot_day, slot_number,
        sending_at, sent_at, opted_out_at, attempt, first_try_at, stage, reply_code, reply_status, reply_words, bounced_at,
        bounce_status, bounce_kind, answered_at
    FROM sends_before;
DROP TABLE sends_before;
-- At most one mail per person and step, ever: it outlives erasure, another import and another delivery.
CREATE UNIQUE INDEX sends_once ON sends (workspace_id, step_id, recipient_key) WHERE kind = 'step';
CREATE UNIQUE INDEX sends_message ON sends (workspace_id, message_id);
CREATE INDEX sends_queue ON sends (workspace_id, mailbox_id, run_at) WHERE state IN ('queued', 'deferred');
CREATE INDEX sends_leases ON sends (lease_until) WHERE state IN ('claimed', 'sending');
CREATE INDEX sends_claimed ON sends (workspace_id, campaign_id) WHERE state = 'claimed';
CREATE INDEX sends_unknown ON sends (workspace_id, state_since) WHERE state = 'unknown';
CREATE INDEX sends_slots ON sends (workspace_id) WHERE state = 'cancelled' AND slot_day IS NOT NULL;
CREATE INDEX sends_of_lead ON sends (workspace_id, campaign_id, lead_id, id);
CREATE INDEX sends_of_person ON sends (workspace_id, recipient_key, sending_at);
CREATE INDEX sends_of_campaign ON sends (workspace_id, campaign_id, sending_at);
CREATE INDEX sends_failed ON sends (workspace_id, campaign_id, state_since) WHERE state = 'failed';
CREATE INDEX sends_policy ON sends (workspace_id, mailbox_id, state_since) WHERE code = 'policy';
CREATE INDEX sends_bounced ON sends (workspace_id, campaign_id, bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX sends_bounced_policy ON sends (workspace_id, mailbox_id, bounced_at) WHERE bounce_kind = 'policy';
CREATE INDEX sends_of_company ON sends (workspace_id, domain_key, sending_at) WHERE domain_key IS NOT NULL;

ALTER TABLE mails ADD COLUMN written_by BLOB REFERENCES users (id);   -- the member who wrote it; NULL: it came in

-- When a member last replied, and with that the place of the conversation: the list is read by it.
ALTER TABLE threads ADD COLUMN answered_at INTEGER;
ALTER TABLE threads ADD COLUMN place TEXT GENERATED ALWAYS AS (CASE
    WHEN state = 'done' THEN 'done' WHEN snoozed_until IS NOT NULL THEN 'snoozed' WHEN automatic THEN 'automatic'
    WHEN answered_at >= last_in_at THEN 'waiting' ELSE 'open' END) VIRTUAL;
DROP INDEX threads_list;
CREATE INDEX threads_list ON threads (workspace_id, place, last_in_at, id);
CREATE INDEX threads_assigned ON threads (workspace_id, place, assigned_to, last_in_at, id);
CREATE INDEX threads_of_campaign ON threads (workspace_id, place, campaign_id, last_in_at, id);
CREATE INDEX threads_of_mailbox ON threads (workspace_id, place, mailbox_id, last_in_at, id);
CREATE INDEX threads_labelled ON threads (workspace_id, place, label, last_in_at, id);
CREATE INDEX threads_untracked ON threads (workspace_id, last_in_at, id) WHERE untracked;
CREATE INDEX threads_answered ON threads (workspace_id, answered_at, id) WHERE answered_at IS NOT NULL;
CREATE INDEX threads_unread ON threads (workspace_id, place) WHERE unread;
CREATE INDEX threads_of_address ON threads (workspace_id, address);

-- What members tell each other about a conversation; never sent.
CREATE TABLE thread_notes (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    thread_id    BLOB NOT NULL,
    text         TEXT NOT NULL,
    written_by   BLOB NOT NULL REFERENCES users (id),
    at           INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
) STRICT;
CREATE INDEX thread_notes_of_thread ON thread_notes (workspace_id, thread_id, id);

-- A reply that a member has begun.
CREATE TABLE thread_drafts (
    workspace_id BLOB NOT NULL,
    thread_id    BLOB NOT NULL,
    user_id      BLOB NOT NULL REFERENCES users (id),
    text         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, thread_id, user_id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
) STRICT;

-- Addresses of the list that have a name, for everyone in the workspace.
CREATE TABLE inbox_views (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    query        TEXT NOT NULL,                            -- the part after the `?`
    made_by      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
