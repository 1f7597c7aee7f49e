-- Mailboxes that sign in with the permission of Google or Microsoft (OAuth 2).

-- The account behind each of them. Its tokens are in mailbox_secrets.
CREATE TABLE mailbox_connections (
    workspace_id UUID    NOT NULL,
    mailbox_id   UUID    NOT NULL,
    provider     TEXT    NOT NULL CHECK (provider IN ('google', 'microsoft')),
    subject      TEXT    NOT NULL,                -- what the provider knows the account by, whatever its names become
    account      TEXT    NOT NULL,                -- the name that it signs in with
    connected_at BIGINT  NOT NULL,
    ends_at      BIGINT,                          -- when the provider ends the permission; NULL: it has not said so
    expires_at   BIGINT  NOT NULL,                -- of the access token
    lease_until  BIGINT,                          -- somebody fetches the next token until then
    fence        BIGINT  NOT NULL DEFAULT 0,      -- rises with each lease and each sign-in
    PRIMARY KEY (workspace_id, mailbox_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);

-- Sign-ins that a provider has answered: what came of them waits here, encrypted, until the member confirms it. A row stays until it
-- expires, so that an answer is used once.
CREATE TABLE mailbox_sign_ins (
    workspace_id UUID    NOT NULL REFERENCES workspaces (id),
    id           UUID    NOT NULL,
    user_id      UUID    NOT NULL REFERENCES users (id),
    provider     TEXT    NOT NULL CHECK (provider IN ('google', 'microsoft')),
    mailbox_id   UUID,                            -- the mailbox that signs in again; NULL: a new one
    outcome      BYTEA,                           -- NULL: not answered yet, or confirmed
    expires_at   BIGINT  NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
);
CREATE INDEX mailbox_sign_ins_expired ON mailbox_sign_ins (expires_at);
