-- What comes back: threads, their mails, what was read in them, and what members make of them.

-- A conversation with one person, in one mailbox.
CREATE TABLE threads (
    workspace_id    UUID NOT NULL,
    id              UUID NOT NULL,
    mailbox_id      UUID NOT NULL,
    campaign_id     UUID,                                 -- NULL: an answer that belongs to no campaign
    lead_id         UUID,
    recipient_key   BYTEA NOT NULL,                       -- of the person it is with
    person          TEXT NOT NULL,                        -- the name, else the address, as last seen
    address         TEXT NOT NULL,
    subject         TEXT NOT NULL,
    first_line      TEXT NOT NULL DEFAULT '',             -- of the newest answer's new text
    last_at         BIGINT NOT NULL,                      -- the newest mail, in or out
    last_in_at      BIGINT NOT NULL,                      -- the newest answer
    unread          BOOLEAN NOT NULL DEFAULT true,
    automatic       BOOLEAN NOT NULL DEFAULT false,       -- holds nothing that a person wrote
    untracked       BOOLEAN NOT NULL DEFAULT false,       -- matched by address only
    state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    snoozed_until   BIGINT,
    assigned_to     UUID REFERENCES users (id),
    label           TEXT,
    label_tone      TEXT CHECK (label_tone IN ('positive', 'neutral', 'negative')),
    label_by        TEXT CHECK (label_by IN ('rule', 'person')),
    label_confirmed BOOLEAN NOT NULL DEFAULT false,
    version         BIGINT NOT NULL DEFAULT 1,            -- grows with each mail and each change of a member
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
CREATE INDEX threads_list ON threads (workspace_id, state, last_in_at, id);
CREATE INDEX threads_of_lead ON threads (workspace_id, campaign_id, lead_id);
CREATE INDEX threads_of_person ON threads (workspace_id, recipient_key);
CREATE INDEX threads_snoozed ON threads (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- Every mail that came in, and those that members wrote. Mails of sequences are in `sends`.
CREATE TABLE mails (
    workspace_id  UUID NOT NULL,
    id            UUID NOT NULL,
    thread_id     UUID NOT NULL,
    mailbox_id    UUID NOT NULL,
    direction     TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    send_id       UUID,                                   -- the mail that it answers, or that it is
    message_id    TEXT,                                   -- without angle brackets
    message_key   BYTEA NOT NULL,                         -- SHA-256 of the Message-ID, else of what identifies the mail
    from_address  TEXT NOT NULL,
    from_name     TEXT NOT NULL,
    subject       TEXT NOT NULL,
    at            BIGINT NOT NULL,                        -- its Date, within reason
    received_at   BIGINT NOT NULL,                        -- when the mail server took it
    kind          TEXT NOT NULL,                          -- what it is: a word of replies::reading
    rule          TEXT NOT NULL,                          -- the rule that decided
    facts         JSONB NOT NULL,                         -- JSON: return date, recipients of a report, successor
    folder        TEXT,                                   -- where it lies at the mail server; NULL: nowhere
    uid_validity  BIGINT,
    uid           BIGINT,
    junk          BOOLEAN NOT NULL DEFAULT false,         -- was in Spam
    attachments   JSONB NOT NULL,                         -- JSON: part, name, type, size
    authentication TEXT,                                  -- Authentication-Results of the mailbox's own server
    stopped       JSONB,                                   -- JSON: what it stopped, so that it can continue
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
);
CREATE UNIQUE INDEX mails_once ON mails (workspace_id, mailbox_id, message_key);
CREATE INDEX mails_by_message ON mails (workspace_id, message_id);
CREATE INDEX mails_of_thread ON mails (workspace_id, thread_id, at);
CREATE INDEX mails_by_age ON mails (received_at);

-- The words of a mail; they are deleted after a while, the facts stay.
CREATE TABLE mail_bodies (
    workspace_id UUID NOT NULL,
    mail_id      UUID NOT NULL,
    text         TEXT NOT NULL,                           -- decoded, at most 100 kB
    new_text     TEXT NOT NULL,                           -- what the person wrote now
    html         TEXT,                                    -- as it came, at most 256 kB
    cut          BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, mail_id),
    FOREIGN KEY (workspace_id, mail_id) REFERENCES mails (workspace_id, id)
);

-- One row for each answer, human or automatic; outlives its mail.
CREATE TABLE reply_facts (
    workspace_id UUID NOT NULL,
    mail_id      UUID NOT NULL,
    campaign_id  UUID,
    lead_id      UUID,
    send_id      UUID,
    step_id      UUID,
    variant_id   UUID,
    text_id      UUID,
    mailbox_id   UUID NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    human        BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, mail_id)
);
CREATE INDEX reply_facts_of_lead ON reply_facts (workspace_id, campaign_id, lead_id);

-- What a thread was called, by whom, and when. Rows are only added.
CREATE TABLE label_events (
    workspace_id UUID NOT NULL,
    thread_id    UUID NOT NULL,
    number       BIGINT NOT NULL,
    label        TEXT,                                    -- NULL: taken away
    tone         TEXT,
    by_kind      TEXT NOT NULL CHECK (by_kind IN ('rule', 'person')),
    by_id        UUID REFERENCES users (id),
    at           BIGINT NOT NULL,
    stopped      JSONB,                                -- JSON: what it stopped, so that it can continue
    PRIMARY KEY (workspace_id, thread_id, number),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
);

-- What came of a mail after it left.
ALTER TABLE sends ADD COLUMN bounced_at BIGINT;
ALTER TABLE sends ADD COLUMN bounce_status TEXT;          -- enhanced status code, if one was named
ALTER TABLE sends ADD COLUMN bounce_kind TEXT;            -- a class of sending::verdict
ALTER TABLE sends ADD COLUMN answered_at BIGINT;         -- the first human answer
ALTER TABLE outcome_days ADD COLUMN replies BIGINT NOT NULL DEFAULT 0;      -- human answers
ALTER TABLE outcome_days ADD COLUMN complaints BIGINT NOT NULL DEFAULT 0;

-- For the breakers and the numbers: which mails of a campaign came back, which of a mailbox were refused for their sender.
CREATE INDEX sends_bounced ON sends (workspace_id, campaign_id, bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX sends_bounced_policy ON sends (workspace_id, mailbox_id, bounced_at) WHERE bounce_kind = 'policy';
-- Who of a company was written to: a colleague may answer.
CREATE INDEX sends_of_company ON sends (workspace_id, domain_key, sending_at) WHERE domain_key IS NOT NULL;
