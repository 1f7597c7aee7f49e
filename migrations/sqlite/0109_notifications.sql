-- What each member is told of, and how. No row: as the event's default says.
CREATE TABLE notification_choices (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    event        TEXT NOT NULL CHECK (event IN ('answer', 'mailbox_failing', 'campaign_paused', 'campaign_finished')),
    on_page      INTEGER NOT NULL,
    mail         TEXT NOT NULL CHECK (mail IN ('none', 'at_once', 'daily')),
    PRIMARY KEY (workspace_id, user_id, event)
) STRICT;

-- Lines of the mail that each member gets once a day.
CREATE TABLE digest_lines (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    id           BLOB NOT NULL,
    at           INTEGER NOT NULL,
    title        TEXT NOT NULL,
    link         TEXT NOT NULL,                           -- a path of this instance
    due_at       INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX digest_lines_due ON digest_lines (due_at);
CREATE INDEX digest_lines_of_member ON digest_lines (workspace_id, user_id, id);
