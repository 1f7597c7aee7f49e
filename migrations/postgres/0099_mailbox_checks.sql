-- Tests of mailboxes: ten checks one after the other, from the name of the server to the records of the domain. A row is its own
-- queue entry; the last ten of a mailbox are kept.
CREATE TABLE mailbox_checks (
    workspace_id UUID NOT NULL,
    id           UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    created_by   UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    -- waiting: all is done but that its test mail has not arrived; it is looked for again.
    state        TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'waiting', 'finished')),
    results      JSONB NOT NULL DEFAULT '[]',               -- JSON: what each check found so far
    trip         JSONB,                                     -- JSON: the test mail that is under way
    finished_at  BIGINT,
    run_at       BIGINT,
    lease_until  BIGINT,
    fence        BIGINT NOT NULL DEFAULT 0,
    attempt      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id),
    CHECK ((state = 'finished') = (finished_at IS NOT NULL))
);
-- One at a time: a mailbox has one connection to its provider.
CREATE UNIQUE INDEX mailbox_checks_open ON mailbox_checks (workspace_id, mailbox_id) WHERE state <> 'finished';
CREATE INDEX mailbox_checks_by_mailbox ON mailbox_checks (workspace_id, mailbox_id, id);
CREATE INDEX mailbox_checks_due ON mailbox_checks (run_at) WHERE state <> 'finished';
CREATE INDEX mailbox_checks_turns ON mailbox_checks (workspace_id, run_at) WHERE state <> 'finished';
