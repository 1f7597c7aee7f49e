-- Who: people, the workspaces they belong to, their sessions, and what guards the sign-in.
-- Instants are microseconds UTC; ids are UUIDv7 (16 bytes).

CREATE TABLE users (
    id                  BLOB PRIMARY KEY,
    email               TEXT NOT NULL UNIQUE,              -- normalised: trimmed, lower case
    name                TEXT NOT NULL,
    password_hash       TEXT NOT NULL,                     -- argon2id, PHC string
    operator            INTEGER NOT NULL DEFAULT 0,        -- runs the instance
    created_at          INTEGER NOT NULL,
    password_changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE workspaces (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT;
CREATE INDEX members_by_user ON members (user_id);

-- Browser sessions. The id is stored as its SHA-256, so that a copy of this table signs nobody in.
CREATE TABLE sessions (
    id_hash    BLOB PRIMARY KEY,
    user_id    BLOB REFERENCES users (id),
    data       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Links from "forgot password" mails; each works once.
CREATE TABLE password_resets (
    token_hash BLOB PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

-- Failed attempts per key (an address, or an account as seen from browsers that never signed in to it).
CREATE TABLE attempts (
    key          TEXT PRIMARY KEY,
    failures     INTEGER NOT NULL,
    window_start INTEGER NOT NULL
) STRICT;

-- The embedded outbox: mail this instance would have sent (development only).
CREATE TABLE outbox_messages (
    id         BLOB PRIMARY KEY,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_by_time ON outbox_messages (created_at);
