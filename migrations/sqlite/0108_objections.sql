-- People who asked not to be listed or written to, for every workspace of this instance: keys as in the suppression lists. Nothing
-- else is kept of them.
CREATE TABLE objections (
    key        BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
