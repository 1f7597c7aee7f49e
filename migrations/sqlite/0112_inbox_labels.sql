-- What members decide about the inbox: labels of their own, how long a reply can be undone, and being told of what is assigned to them.

-- Labels of a workspace, beside those that say what an answer is.
CREATE TABLE inbox_labels (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,                           -- the name in small letters
    colour       TEXT NOT NULL,
    tone         TEXT NOT NULL CHECK (tone IN ('positive', 'neutral', 'negative')),
    made_by      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX inbox_labels_once ON inbox_labels (workspace_id, name_key);

CREATE TABLE thread_labels (
    workspace_id BLOB NOT NULL,
    thread_id    BLOB NOT NULL,
    label_id     BLOB NOT NULL,
    put_by       BLOB NOT NULL REFERENCES users (id),
    put_at       INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, thread_id, label_id),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES threads (workspace_id, id),
    FOREIGN KEY (workspace_id, label_id) REFERENCES inbox_labels (workspace_id, id)
) STRICT;
CREATE INDEX thread_labels_of_label ON thread_labels (workspace_id, label_id, thread_id);

-- How long each member can undo a reply. No row: ten seconds.
CREATE TABLE reply_settings (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    undo_s       INTEGER NOT NULL CHECK (undo_s BETWEEN 0 AND 60),
    PRIMARY KEY (workspace_id, user_id)
) STRICT;

-- A message for one member alone.
ALTER TABLE notices ADD COLUMN user_id BLOB REFERENCES users (id);

-- Another event to be told of; the check of a column cannot be changed.
CREATE TABLE notification_choices_now (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    event        TEXT NOT NULL CHECK (event IN ('answer', 'assigned', 'mailbox_failing', 'campaign_paused', 'campaign_finished')),
    on_page      INTEGER NOT NULL,
    mail         TEXT NOT NULL CHECK (mail IN ('none', 'at_once', 'daily')),
    PRIMARY KEY (workspace_id, user_id, event)
) STRICT;
INSERT INTO notification_choices_now SELECT * FROM notification_choices;
DROP TABLE notification_choices;
ALTER TABLE notification_choices_now RENAME TO notification_choices;

-- Whether copies of sent mails are saved in the mailbox.
ALTER TABLE mailboxes ADD COLUMN sent_copies TEXT NOT NULL DEFAULT 'provider' CHECK (sent_copies IN ('provider', 'always', 'never'));
