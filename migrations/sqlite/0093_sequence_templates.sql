-- Sequences that a workspace keeps to begin other campaigns with.
CREATE TABLE sequence_templates (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    steps        TEXT NOT NULL,                            -- JSON: delays, variants, texts
    made_by      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX sequence_templates_by_name ON sequence_templates (workspace_id, name);
