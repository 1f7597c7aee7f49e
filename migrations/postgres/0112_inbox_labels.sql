-- What members decide about the inbox: labels of their own, how long a reply can be undone, and being told of what is assigned to them.

-- Labels of a workspace, beside those that say what an answer is.
CREATE TABLE inbox_labels (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,                           -- the name in small letters
    colour       TEXT NOT NULL,
    tone         TEXT NOT NULL CHECK (tone IN ('positive', 'neutral', 'negative')),
    made_by      UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX inbox_labels_once ON inbox_labels (workspace_id, name_key);

CREATE TABLE thread_labels (
    workspace_id UUID NOT NULL,
    thread_id    UUID NOT NULL,
    label_id     UUID NOT NULL,
    put_by       UUID NOT NULL REFERENCES users (id),
    put_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, thread_id, label_id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id),
    FOREIGN KEY (workspace_id, label_id) REFERENCES inbox_labels (workspace_id, id)
);
CREATE INDEX thread_labels_of_label ON thread_labels (workspace_id, label_id, thread_id);

-- How long each member can undo a reply. No row: ten seconds.
CREATE TABLE reply_settings (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    undo_s       BIGINT NOT NULL CHECK (undo_s BETWEEN 0 AND 60),
    PRIMARY KEY (workspace_id, user_id)
);

-- A message for one member alone.
ALTER TABLE notices ADD COLUMN user_id UUID REFERENCES users (id);

-- Another event to be told of.
ALTER TABLE notification_choices DROP CONSTRAINT notification_choices_event_check;
ALTER TABLE notification_choices ADD CONSTRAINT notification_choices_event_check
    CHECK (event IN ('answer', 'assigned', 'mailbox_failing', 'campaign_paused', 'campaign_finished'));

-- Whether copies of sent mails are saved in the mailbox.
ALTER TABLE mailboxes ADD COLUMN sent_copies TEXT NOT NULL DEFAULT 'provider' CHECK (sent_copies IN ('provider', 'always', 'never'));

-- As SQLite has it, so that one text serves both.
CREATE FUNCTION group_concat_step(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT CASE WHEN $1 IS NULL THEN $2 ELSE $1 || $3 || $2 END';
CREATE AGGREGATE group_concat(text, text) (SFUNC = group_concat_step, STYPE = text);
