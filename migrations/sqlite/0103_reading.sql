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
    wanted_at    INTEGER,                                 -- since when a look is asked for, before a follow-up
    stored_day   INTEGER,                                 -- the last day on which mails were stored, and how many then
    stored       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE INDEX mailbox_syncs_due ON mailbox_syncs (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX mailbox_syncs_wanted ON mailbox_syncs (wanted_at) WHERE wanted_at IS NOT NULL;

-- How far each folder is read.
CREATE TABLE mailbox_folders (
    workspace_id BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    name         TEXT NOT NULL,                           -- as the server says it
    use          TEXT NOT NULL CHECK (use IN ('inbox', 'junk', 'sent', 'all', 'other')),
    uid_validity INTEGER NOT NULL,
    first_uid    INTEGER NOT NULL,                        -- messages below were there before, and are none of our business
    next_uid     INTEGER NOT NULL,                        -- messages below are read
    behind       INTEGER NOT NULL DEFAULT 0,              -- messages still to be read at the last look
    looked_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id, name),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;

-- Those that answer already.
INSERT INTO mailbox_syncs (workspace_id, mailbox_id, run_at)
SELECT workspace_id, id, 0 FROM mailboxes WHERE imap_host IS NOT NULL AND state IN ('active', 'paused', 'failing');

-- The mailbox in whose folder of sent mails a copy is still to be saved.
ALTER TABLE sent_messages ADD COLUMN copy_in BLOB;
CREATE INDEX sent_messages_to_copy ON sent_messages (workspace_id, copy_in) WHERE copy_in IS NOT NULL;
