-- The team of a workspace: invitations, the log of who did what, messages to members, and the mail that goes out.

-- Ways into a workspace. The token of a link is made from the id with the instance's secret key and stored nowhere.
CREATE TABLE invitations (
    workspace_id    BLOB NOT NULL REFERENCES workspaces (id),
    id              BLOB NOT NULL UNIQUE,
    email           TEXT,                                  -- where it was mailed; NULL: a link to hand over
    role            TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    invited_by      BLOB NOT NULL REFERENCES users (id),
    idempotency_key TEXT NOT NULL,                         -- of the form that made it
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    withdrawn_at    INTEGER,
    accepted_at     INTEGER,
    accepted_by     BLOB REFERENCES users (id),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key),
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CHECK (accepted_at IS NULL OR withdrawn_at IS NULL)
) STRICT;

-- Who did what in a workspace. Rows are only ever added.
CREATE TABLE audit_events (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('user', 'system', 'operator')),
    actor_id     BLOB,                                     -- a user
    action       TEXT NOT NULL,                            -- "Bought credits"
    subject      TEXT NOT NULL,                            -- "Team package"
    detail       TEXT NOT NULL,                            -- the rest, or empty
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX audit_events_by_actor ON audit_events (workspace_id, actor_id, id);

-- Messages on every page of a workspace, until each member dismisses them.
CREATE TABLE notices (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    key          TEXT NOT NULL,                            -- the same key posts once
    tone         TEXT NOT NULL CHECK (tone IN ('neutral', 'info', 'good', 'warning', 'bad')),
    title        TEXT NOT NULL,
    text         TEXT NOT NULL,
    link         TEXT,                                     -- a path of this instance
    created_at   INTEGER NOT NULL,
    ends_at      INTEGER,                                  -- when its cause is gone
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, key)
) STRICT;

CREATE TABLE notice_dismissals (
    workspace_id BLOB NOT NULL,
    notice_id    BLOB NOT NULL,
    user_id      BLOB NOT NULL REFERENCES users (id),
    dismissed_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, notice_id, user_id),
    FOREIGN KEY (workspace_id, notice_id) REFERENCES notices (workspace_id, id) ON DELETE CASCADE
) STRICT;

-- The outbox becomes a queue: each message is its own entry, taken with a lease.
ALTER TABLE outbox_messages ADD COLUMN message_id TEXT NOT NULL DEFAULT '';       -- its Message-ID, fixed when it is made
ALTER TABLE outbox_messages ADD COLUMN link TEXT;                                 -- a path of this instance, put under the text
ALTER TABLE outbox_messages ADD COLUMN state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed'));
ALTER TABLE outbox_messages ADD COLUMN state_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages ADD COLUMN state_reason TEXT;                         -- the mail server's words
ALTER TABLE outbox_messages ADD COLUMN run_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages ADD COLUMN lease_until INTEGER;
ALTER TABLE outbox_messages ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_queue ON outbox_messages (state, run_at);
-- What was only ever shown stays where it is.
UPDATE outbox_messages SET state = 'failed', state_since = created_at, state_reason = 'Made when this instance sent no mail.';
