-- Sequences that a workspace keeps to begin other campaigns with.
CREATE TABLE sequence_templates (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    name         TEXT NOT NULL,
    steps        JSONB NOT NULL,                           -- delays, variants, texts
    made_by      UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX sequence_templates_by_name ON sequence_templates (workspace_id, name);
