-- Criteria that a workspace saved under a name.
CREATE TABLE audiences (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    criteria     TEXT NOT NULL,
    made_by      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, name)
) STRICT;

-- What each member searched for lately; a few are kept.
CREATE TABLE recent_searches (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id      BLOB NOT NULL REFERENCES users (id),
    key          TEXT NOT NULL,                            -- SHA-256 of the filters as a query
    criteria     TEXT NOT NULL,
    people       INTEGER NOT NULL,                          -- how many were found then
    searched_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id, key)
) STRICT;
