-- Reading mailboxes over IMAP.

-- Who reads a mailbox now, and when it is read next. Apart from the lease of its sending.
CREATE TABLE mailbox_syncs (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    run_at       BIGINT,                                  -- NULL: not until a member changes something
    lease_until  BIGINT,
    fence        BIGINT NOT NULL DEFAULT 0,
    failures     BIGINT NOT NULL DEFAULT 0,
    code         TEXT,                                    -- why the last look failed
    words        TEXT,                                    -- the server's own, at most 300 characters
    since        BIGINT,                                  -- of the code
    looked_at    BIGINT,                                  -- the last look that read everything
    wanted_at    BIGINT,                                  -- since when a look is asked for, before a follow-up
    stored_day   BIGINT,                                  -- the last day on which mails were stored, and how many then
    stored       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
CREATE INDEX mailbox_syncs_due ON mailbox_syncs (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX mailbox_syncs_wanted ON mailbox_syncs (wanted_at) WHERE wanted_at IS NOT NULL;

-- How far each folder is read.
CREATE TABLE mailbox_folders (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    name         TEXT NOT NULL,                           -- as the server says it
    use          TEXT NOT NULL CHECK (use IN ('inbox', 'junk', 'sent', 'all', 'other')),
    uid_validity BIGINT NOT NULL,
    first_uid    BIGINT NOT NULL,                         -- messages below were there before, and are none of our business
    next_uid     BIGINT NOT NULL,                         -- messages below are read
    behind       BIGINT NOT NULL DEFAULT 0,               -- messages still to be read at the last look
    looked_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, name),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);

-- Those that answer already.
INSERT INTO mailbox_syncs (workspace_id, mailbox_id, run_at)
SELECT workspace_id, id, 0 FROM mailboxes WHERE imap_host IS NOT NULL AND state IN ('active', 'paused', 'failing');

-- The mailbox in whose folder of sent mails a copy is still to be saved.
ALTER TABLE sent_messages ADD COLUMN copy_in UUID;
CREATE INDEX sent_messages_to_copy ON sent_messages (workspace_id, copy_in) WHERE copy_in IS NOT NULL;
