-- What each member is told of, and how. No row: as the event's default says.
CREATE TABLE notification_choices (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    event        TEXT NOT NULL CHECK (event IN ('answer', 'mailbox_failing', 'campaign_paused', 'campaign_finished')),
    on_page      BOOLEAN NOT NULL,
    mail         TEXT NOT NULL CHECK (mail IN ('none', 'at_once', 'daily')),
    PRIMARY KEY (workspace_id, user_id, event)
);

-- Lines of the mail that each member gets once a day.
CREATE TABLE digest_lines (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    id           UUID NOT NULL,
    at           BIGINT NOT NULL,
    title        TEXT NOT NULL,
    link         TEXT NOT NULL,                           -- a path of this instance
    due_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX digest_lines_due ON digest_lines (due_at);
CREATE INDEX digest_lines_of_member ON digest_lines (workspace_id, user_id, id);
