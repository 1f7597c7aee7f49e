-- Mailboxes of mail providers beside the built-in outbox: where they sign in, what state they are in and why, their secrets, and the
-- days on which they send nothing.

-- The table is made anew for its new checks. Rows of other tables point at it: they are looked at when this is committed.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE mailboxes_before AS SELECT * FROM mailboxes;
DROP TABLE mailboxes;
CREATE TABLE mailboxes (
    workspace_id  BLOB NOT NULL REFERENCES workspaces (id),
    id            BLOB NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('outbox', 'smtp', 'google', 'microsoft')),
    address       TEXT NOT NULL,
    domain        TEXT NOT NULL GENERATED ALWAYS AS (substr(address, instr(address, '@') + 1)) VIRTUAL,
    sender_name   TEXT NOT NULL,
    reply_to      TEXT,                                    -- where answers go; NULL: to the address
    signature     TEXT NOT NULL DEFAULT '',
    smtp_host     TEXT,
    smtp_port     INTEGER CHECK (smtp_port BETWEEN 1 AND 65535),
    smtp_security TEXT CHECK (smtp_security IN ('tls', 'starttls')),
    smtp_user     TEXT,
    imap_host     TEXT,                                    -- NULL: nothing is read
    imap_port     INTEGER CHECK (imap_port BETWEEN 1 AND 65535),
    imap_security TEXT CHECK (imap_security IN ('tls', 'starttls')),
    imap_user     TEXT,
    time_zone     TEXT NOT NULL,                           -- IANA name; its local date is the day of every counter a mail touches
    daily_cap     INTEGER NOT NULL CHECK (daily_cap BETWEEN 1 AND 500),
    gap_min_s     INTEGER NOT NULL CHECK (gap_min_s >= 0), -- seconds between two mails
    gap_max_s     INTEGER NOT NULL CHECK (gap_max_s >= gap_min_s),
    spread        INTEGER NOT NULL,                        -- spreads the mails of the cap over the day
    ramp_start    INTEGER,                                 -- slow start: mails on the first sending day; NULL: none
    ramp_step     INTEGER NOT NULL DEFAULT 0,              -- … more on each further sending day
    ramp_days     INTEGER NOT NULL DEFAULT 0,              -- days on which it sent at least one mail
    ramp_day      INTEGER,                                 -- the last of them
    -- Only an active mailbox sends: a draft has not passed its test, a failing one cannot sign in or may not send.
    state         TEXT NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'failing', 'removed')),
    state_code    TEXT,                                    -- why, if not because of a member; with its parameters as JSON
    state_params  TEXT,
    state_since   INTEGER NOT NULL,
    failures      INTEGER NOT NULL DEFAULT 0,              -- of the connection, one after the other
    retry_at      INTEGER,                                 -- when a failing one is tried again
    free_at       INTEGER NOT NULL DEFAULT 0,              -- no mail before this moment
    look_at       INTEGER,                                 -- when the scheduler looks next; NULL: when it is woken
    idle_code     TEXT,                                    -- why its last look found nothing to send
    idle_since    INTEGER,
    lease_until   INTEGER,                                 -- the session that sends for it now
    fence         INTEGER NOT NULL DEFAULT 0,
    created_by    BLOB NOT NULL REFERENCES users (id),
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    CHECK ((kind = 'outbox') = (smtp_host IS NULL)),
    CHECK ((smtp_host IS NULL) = (smtp_port IS NULL) AND (smtp_host IS NULL) = (smtp_security IS NULL)
        AND (smtp_host IS NULL) = (smtp_user IS NULL)),
    CHECK ((imap_host IS NULL) = (imap_port IS NULL) AND (imap_host IS NULL) = (imap_security IS NULL)
        AND (imap_host IS NULL) = (imap_user IS NULL))
) STRICT;
INSERT INTO mailboxes (workspace_id, id, kind, address, sender_name, signature, time_zone, daily_cap, gap_min_s, gap_max_s, spread,
        ramp_start, ramp_step, ramp_days, ramp_day, state, state_since, free_at, look_at, idle_code, idle_since,
        lease_until, fence, created_by, created_at)
    SELECT workspace_id, id, kind, address, sender_name, signature, time_zone, daily_cap,
        gap_min_s, gap_max_s, spread, ramp_start, ramp_step, ramp_days, ramp_day, state, state_since, free_at, look_at, idle_code,
        idle_since, lease_until, fence, created_by, created_at FROM mailboxes_before;
DROP TABLE mailboxes_before;
CREATE UNIQUE INDEX mailboxes_by_address ON mailboxes (workspace_id, address) WHERE state <> 'removed';
CREATE INDEX mailboxes_due ON mailboxes (look_at) WHERE state = 'active' AND look_at IS NOT NULL;

-- An address sends for one workspace of the instance: two would not share its limits. Keyed hashes, as of suppressed addresses.
CREATE TABLE mailbox_addresses (
    address_key  BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX mailbox_addresses_by_mailbox ON mailbox_addresses (workspace_id, mailbox_id);

-- What mailboxes sign in and sign with, encrypted for workspace, mailbox and part with the secret key of the instance.
CREATE TABLE mailbox_secrets (
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    part         TEXT NOT NULL CHECK (part IN ('smtp', 'imap', 'oauth', 'dkim')),
    encrypted    BLOB NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, part),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;

-- Days on which a mailbox sends nothing, such as a holiday: days of its own calendar, the last one included.
CREATE TABLE mailbox_freezes (
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    from_day     INTEGER NOT NULL,
    to_day       INTEGER NOT NULL CHECK (to_day >= from_day),
    note         TEXT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, from_day),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
