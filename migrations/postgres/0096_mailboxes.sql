-- Mailboxes of mail providers beside the built-in outbox: where they sign in, what state they are in and why, their secrets, and the
-- days on which they send nothing.

ALTER TABLE mailboxes
    DROP CONSTRAINT mailboxes_kind_check,
    DROP CONSTRAINT mailboxes_state_check,
    ADD COLUMN domain        TEXT NOT NULL GENERATED ALWAYS AS (split_part(address, '@', 2)) STORED,
    ADD COLUMN reply_to      TEXT,                         -- where answers go; NULL: to the address
    ADD COLUMN smtp_host     TEXT,
    ADD COLUMN smtp_port     BIGINT CHECK (smtp_port BETWEEN 1 AND 65535),
    ADD COLUMN smtp_security TEXT CHECK (smtp_security IN ('tls', 'starttls')),
    ADD COLUMN smtp_user     TEXT,
    ADD COLUMN imap_host     TEXT,                         -- NULL: nothing is read
    ADD COLUMN imap_port     BIGINT CHECK (imap_port BETWEEN 1 AND 65535),
    ADD COLUMN imap_security TEXT CHECK (imap_security IN ('tls', 'starttls')),
    ADD COLUMN imap_user     TEXT,
    ADD COLUMN state_code    TEXT,                         -- why, if not because of a member; with its parameters as JSON
    ADD COLUMN state_params  JSONB,
    ADD COLUMN failures      BIGINT NOT NULL DEFAULT 0,    -- of the connection, one after the other
    ADD COLUMN retry_at      BIGINT;                       -- when a failing one is tried again
-- Only an active mailbox sends: a draft has not passed its test, a failing one cannot sign in or may not send.
ALTER TABLE mailboxes
    ADD CONSTRAINT mailboxes_kind_check CHECK (kind IN ('outbox', 'smtp', 'google', 'microsoft')),
    ADD CONSTRAINT mailboxes_state_check CHECK (state IN ('draft', 'active', 'paused', 'failing', 'removed')),
    ADD CHECK ((kind = 'outbox') = (smtp_host IS NULL)),
    ADD CHECK ((smtp_host IS NULL) = (smtp_port IS NULL) AND (smtp_host IS NULL) = (smtp_security IS NULL)
        AND (smtp_host IS NULL) = (smtp_user IS NULL)),
    ADD CHECK ((imap_host IS NULL) = (imap_port IS NULL) AND (imap_host IS NULL) = (imap_security IS NULL)
        AND (imap_host IS NULL) = (imap_user IS NULL));

-- An address sends for one workspace of the instance: two would not share its limits. Keyed hashes, as of suppressed addresses.
CREATE TABLE mailbox_addresses (
    address_key  BYTEA PRIMARY KEY,
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
CREATE UNIQUE INDEX mailbox_addresses_by_mailbox ON mailbox_addresses (workspace_id, mailbox_id);

-- What mailboxes sign in and sign with, encrypted for workspace, mailbox and part with the secret key of the instance.
CREATE TABLE mailbox_secrets (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    part         TEXT NOT NULL CHECK (part IN ('smtp', 'imap', 'oauth', 'dkim')),
    encrypted    BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, part),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);

-- Days on which a mailbox sends nothing, such as a holiday: days of its own calendar, the last one included.
CREATE TABLE mailbox_freezes (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    from_day     BIGINT NOT NULL,
    to_day       BIGINT NOT NULL CHECK (to_day >= from_day),
    note         TEXT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, from_day),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
