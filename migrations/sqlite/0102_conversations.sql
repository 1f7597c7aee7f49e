-- What comes back: threads, their mails, what was read in them, and what members make of them.

-- A conversation with one person, in one mailbox.
CREATE TABLE threads (
    workspace_id    BLOB NOT NULL,
    id              BLOB NOT NULL,
    mailbox_id      BLOB NOT NULL,
    campaign_id     BLOB,                                 -- NULL: an answer that belongs to no campaign
    lead_id         BLOB,
    recipient_key   BLOB NOT NULL,                        -- of the person it is with
    person          TEXT NOT NULL,                        -- the name, else the address, as last seen
    address         TEXT NOT NULL,
    subject         TEXT NOT NULL,
    first_line      TEXT NOT NULL DEFAULT '',             -- of the newest answer's new text
    last_at         INTEGER NOT NULL,                     -- the newest mail, in or out
    last_in_at      INTEGER NOT NULL,                     -- the newest answer
    unread          INTEGER NOT NULL DEFAULT 1,
    automatic       INTEGER NOT NULL DEFAULT 0,           -- holds nothing that a person wrote
    untracked       INTEGER NOT NULL DEFAULT 0,           -- matched by address only
    state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    snoozed_until   INTEGER,
    assigned_to     BLOB REFERENCES users (id),
    label           TEXT,
    label_tone      TEXT CHECK (label_tone IN ('positive', 'neutral', 'negative')),
    label_by        TEXT CHECK (label_by IN ('rule', 'person')),
    label_confirmed INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL DEFAULT 1,           -- grows with each mail and each change of a member
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE INDEX threads_list ON threads (workspace_id, state, last_in_at, id);
CREATE INDEX threads_of_lead ON threads (workspace_id, campaign_id, lead_id);
CREATE INDEX threads_of_person ON threads (workspace_id, recipient_key);
CREATE INDEX threads_snoozed ON threads (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- Every mail that came in, and those that members wrote. Mails of sequences are in `sends`.
CREATE TABLE mails (
    workspace_id  BLOB NOT NULL,
    id            BLOB NOT NULL,
    thread_id     BLOB NOT NULL,
    mailbox_id    BLOB NOT NULL,
    direction     TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    send_id       BLOB,                                   -- the mail that it answers, or that it is
    message_id    TEXT,                                   -- without angle brackets
    message_key   BLOB NOT NULL,                          -- SHA-256 of the Message-ID, else of what identifies the mail
    from_address  TEXT NOT NULL,
    from_name     TEXT NOT NULL,
    subject       TEXT NOT NULL,
    at            INTEGER NOT NULL,                       -- its Date, within reason
    received_at   INTEGER NOT NULL,                       -- when the mail server took it
    kind          TEXT NOT NULL,                          -- what it is: a word of replies::reading
    rule          TEXT NOT NULL,                          -- the rule that decided
    facts         TEXT NOT NULL,                          -- JSON: return date, recipients of a report, successor
    folder        TEXT,                                   -- where it lies at the mail server; NULL: nowhere
    uid_validity  INTEGER,
    uid           INTEGER,
    junk          INTEGER NOT NULL DEFAULT 0,             -- was in Spam
    attachments   TEXT NOT NULL,                          -- JSON: part, name, type, size
    authentication TEXT,                                  -- Authentication-Results of the mailbox's own server
    stopped       TEXT,                                    -- JSON: what it stopped, so that it can continue
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX mails_once ON mails (workspace_id, mailbox_id, message_key);
CREATE INDEX mails_by_message ON mails (workspace_id, message_id);
CREATE INDEX mails_of_thread ON mails (workspace_id, thread_id, at);
CREATE INDEX mails_by_age ON mails (received_at);

-- The words of a mail; they are deleted after a while, the facts stay.
CREATE TABLE mail_bodies (
    workspace_id BLOB NOT NULL,
    mail_id      BLOB NOT NULL,
    text         TEXT NOT NULL,                           -- decoded, at most 100 kB
    new_text     TEXT NOT NULL,                           -- what the person wrote now
    html         TEXT,                                    -- as it came, at most 256 kB
    cut          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, mail_id),
    FOREIGN KEY (workspace_id, mail_id) REFERENCES mails (workspace_id, id)
) STRICT;

-- One row for each answer, human or automatic; outlives its mail.
CREATE TABLE reply_facts (
    workspace_id BLOB NOT NULL,
    mail_id      BLOB NOT NULL,
    campaign_id  BLOB,
    lead_id      BLOB,
    send_id      BLOB,
    step_id      BLOB,
    variant_id   BLOB,
    text_id      BLOB,
    mailbox_id   BLOB NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    human        INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, mail_id)
) STRICT;
CREATE INDEX reply_facts_of_lead ON reply_facts (workspace_id, campaign_id, lead_id);

-- What a thread was called, by whom, and when. Rows are only added.
CREATE TABLE label_events (
    workspace_id BLOB NOT NULL,
    thread_id    BLOB NOT NULL,
    number       INTEGER NOT NULL,
    label        TEXT,                                    -- NULL: taken away
    tone         TEXT,
    by_kind      TEXT NOT NULL CHECK (by_kind IN ('rule', 'person')),
    by_id        BLOB REFERENCES users (id),
    at           INTEGER NOT NULL,
    stopped      TEXT,                                -- JSON: what it stopped, so that it can continue
    PRIMARY KEY (workspace_id, thread_id, number),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
) STRICT;

-- What came of a mail after it left.
ALTER TABLE sends ADD COLUMN bounced_at INTEGER;
ALTER TABLE sends ADD COLUMN bounce_status TEXT;          -- enhanced status code, if one was named
ALTER TABLE sends ADD COLUMN bounce_kind TEXT;            -- a class of sending::verdict
ALTER TABLE sends ADD COLUMN answered_at INTEGER;         -- the first human answer
ALTER TABLE outcome_days ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;      -- human answers
ALTER TABLE outcome_days ADD COLUMN complaints INTEGER NOT NULL DEFAULT 0;

-- For the breakers and the numbers: which mails of a campaign came back, which of a mailbox were refused for their sender.
CREATE INDEX sends_bounced ON sends (workspace_id, campaign_id, bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX sends_bounced_policy ON sends (workspace_id, mailbox_id, bounced_at) WHERE bounce_kind = 'policy';
-- Who of a company was written to: a colleague may answer.
CREATE INDEX sends_of_company ON sends (workspace_id, domain_key, sending_at) WHERE domain_key IS NOT NULL;
