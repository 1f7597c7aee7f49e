-- Criteria that a workspace saved under a name.
CREATE TABLE audiences (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    name         TEXT NOT NULL,
    criteria     JSONB NOT NULL,
    made_by      UUID NOT NULL REFERENCES users (id),
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
);

-- What each member searched for lately; a few are kept.
CREATE TABLE recent_searches (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    key          TEXT NOT NULL,                            -- SHA-256 of the filters as a query
    criteria     JSONB NOT NULL,
    people       BIGINT NOT NULL,                          -- how many were found then
    searched_at  BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, key)
);
