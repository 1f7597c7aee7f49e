-- Who: people, the workspaces they belong to, their sessions, and what guards the sign-in.
-- Instants are microseconds UTC; ids are UUIDv7 (16 bytes).

CREATE TABLE users (
    id                  UUID PRIMARY KEY,
    email               TEXT NOT NULL UNIQUE,              -- normalised: trimmed, lower case
    name                TEXT NOT NULL,
    password_hash       TEXT NOT NULL,                     -- argon2id, PHC string
    operator            BOOLEAN NOT NULL DEFAULT FALSE,        -- runs the instance
    created_at          BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id         UUID PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- Browser sessions. The id is stored as its SHA-256, so that a copy of this table signs nobody in.
CREATE TABLE sessions (
    id_hash    BYTEA PRIMARY KEY,
    user_id    UUID REFERENCES users (id),
    data       JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Links from "forgot password" mails; each works once.
CREATE TABLE password_resets (
    token_hash BYTEA PRIMARY KEY,
    user_id    UUID NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- Failed attempts per key (an address, or an account as seen from browsers that never signed in to it).
CREATE TABLE attempts (
    key          TEXT PRIMARY KEY,
    failures     BIGINT NOT NULL,
    window_start BIGINT NOT NULL
);

-- The embedded outbox: mail this instance would have sent (development only).
CREATE TABLE outbox_messages (
    id         UUID PRIMARY KEY,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_time ON outbox_messages (created_at);
