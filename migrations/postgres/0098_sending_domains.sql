-- The domains that mailboxes send from: what their records in the domain name system say, looked up every day. Each is its own queue
-- entry.
CREATE TABLE sending_domains (
    workspace_id  UUID NOT NULL REFERENCES workspaces (id),
    domain        TEXT NOT NULL,                       -- in lower case
    state         TEXT NOT NULL DEFAULT 'unknown' CHECK (state IN ('passing', 'failing', 'unknown')),
    failing_since BIGINT,                             -- the first look that found it failing; kept while no look could say
    failed_looks  BIGINT NOT NULL DEFAULT 0,          -- looks since then that found the same
    holds         BOOLEAN NOT NULL DEFAULT false,         -- new conversations do not begin from it
    report        JSONB,                               -- JSON: what the last look found
    checked_at    BIGINT,
    run_at        BIGINT,
    lease_until   BIGINT,
    fence         BIGINT NOT NULL DEFAULT 0,
    attempt       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, domain),
    CHECK (state <> 'failing' OR failing_since IS NOT NULL),
    CHECK (NOT holds OR state = 'failing')
);
CREATE INDEX sending_domains_due ON sending_domains (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX sending_domains_turns ON sending_domains (workspace_id, run_at) WHERE run_at IS NOT NULL;

-- What the latest received copy of a mail of a mailbox says about signatures and the address that delivered it.
CREATE TABLE mailbox_copies (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    evidence     JSONB NOT NULL,                       -- JSON
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);

-- Mailboxes whose mails are signed here (DKIM), because their own mail server does not. The private key is in mailbox_secrets.
CREATE TABLE mailbox_signers (
    workspace_id UUID NOT NULL,
    mailbox_id   UUID NOT NULL,
    domain       TEXT NOT NULL,
    selector     TEXT NOT NULL,
    record       TEXT NOT NULL,                        -- what is to be published for it
    made_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
