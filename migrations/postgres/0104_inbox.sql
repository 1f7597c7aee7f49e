-- Working in the inbox: replies of members leave as sends, and what the list of conversations is read by.

ALTER TABLE sends
    ADD COLUMN thread_id UUID,                             -- the conversation that a reply of a member belongs to; it has no lead
    DROP CONSTRAINT sends_kind_check;
ALTER TABLE sends
    ADD CONSTRAINT sends_kind_check CHECK (kind IN ('step', 'test', 'reply')),
    ADD CHECK ((kind = 'reply') = (thread_id IS NOT NULL)),
    ADD FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id);

ALTER TABLE mails ADD COLUMN written_by UUID REFERENCES users (id);   -- the member who wrote it; NULL: it came in

-- When a member last replied, and with that the place of the conversation: the list is read by it.
ALTER TABLE threads ADD COLUMN answered_at BIGINT;
ALTER TABLE threads ADD COLUMN place TEXT GENERATED ALWAYS AS (CASE
    WHEN state = 'done' THEN 'done' WHEN snoozed_until IS NOT NULL THEN 'snoozed' WHEN automatic THEN 'automatic'
    WHEN answered_at >= last_in_at THEN 'waiting' ELSE 'open' END) STORED;
DROP INDEX threads_list;
CREATE INDEX threads_list ON threads (workspace_id, place, last_in_at, id);
CREATE INDEX threads_assigned ON threads (workspace_id, place, assigned_to, last_in_at, id);
CREATE INDEX threads_of_campaign ON threads (workspace_id, place, campaign_id, last_in_at, id);
CREATE INDEX threads_of_mailbox ON threads (workspace_id, place, mailbox_id, last_in_at, id);
CREATE INDEX threads_labelled ON threads (workspace_id, place, label, last_in_at, id);
CREATE INDEX threads_untracked ON threads (workspace_id, last_in_at, id) WHERE untracked;
CREATE INDEX threads_answered ON threads (workspace_id, answered_at, id) WHERE answered_at IS NOT NULL;
CREATE INDEX threads_unread ON threads (workspace_id, place) WHERE unread;
CREATE INDEX threads_of_address ON threads (workspace_id, address);

-- What members tell each other about a conversation; never sent.
CREATE TABLE thread_notes (
    workspace_id UUID NOT NULL,
    id           UUID NOT NULL,
    thread_id    UUID NOT NULL,
    text         TEXT NOT NULL,
    written_by   UUID NOT NULL REFERENCES users (id),
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
);
CREATE INDEX thread_notes_of_thread ON thread_notes (workspace_id, thread_id, id);

-- A reply that a member has begun.
CREATE TABLE thread_drafts (
    workspace_id UUID NOT NULL,
    thread_id    UUID NOT NULL,
    user_id      UUID NOT NULL REFERENCES users (id),
    text         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, thread_id, user_id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id)
);

-- Addresses of the list that have a name, for everyone in the workspace.
CREATE TABLE inbox_views (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    name         TEXT NOT NULL,
    query        TEXT NOT NULL,                            -- the part after the `?`
    made_by      UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
