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
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
CREATE INDEX mailbox_syncs_due ON mailbox_syncs (run_at) WHERE run_at IS NOT NULL;

-- How far each folder is read.
CREATE TABLE mailbox_folders (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    name         TEXT NOT NULL,                           -- as the server says it
    use          TEXT NOT NULL CHECK (use IN ('inbox', 'junk', 'sent', 'all', 'other')),
    uid_validity BIGINT NOT NULL,
    next_uid     BIGINT NOT NULL,                         -- messages below are read
    changes      BIGINT NOT NULL DEFAULT 0,               -- how often UIDVALIDITY changed in a row
    behind       BIGINT NOT NULL DEFAULT 0,               -- messages still to be read at the last look
    looked_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, name),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
