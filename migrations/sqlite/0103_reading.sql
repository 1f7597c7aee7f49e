-- Reading mailboxes over IMAP.

-- Who reads a mailbox now, and when it is read next. Apart from the lease of its sending.
CREATE TABLE mailbox_syncs (
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    run_at       INTEGER,                                 -- NULL: not until a member changes something
    lease_until  INTEGER,
    fence        INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    code         TEXT,                                    -- why the last look failed
    words        TEXT,                                    -- the server's own, at most 300 characters
    since        INTEGER,                                 -- of the code
    looked_at    INTEGER,                                 -- the last look that read everything
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE INDEX mailbox_syncs_due ON mailbox_syncs (run_at) WHERE run_at IS NOT NULL;

-- How far each folder is read.
CREATE TABLE mailbox_folders (
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    name         TEXT NOT NULL,                           -- as the server says it
    use          TEXT NOT NULL CHECK (use IN ('inbox', 'junk', 'sent', 'all', 'other')),
    uid_validity INTEGER NOT NULL,
    next_uid     INTEGER NOT NULL,                        -- messages below are read
    changes      INTEGER NOT NULL DEFAULT 0,              -- how often UIDVALIDITY changed in a row
    behind       INTEGER NOT NULL DEFAULT 0,              -- messages still to be read at the last look
    looked_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, name),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
