-- What the operator looks at when something is wrong: sign-ins good and bad, refusals and limits, exports and revealed
-- addresses, what operators did. Beside the log of each workspace, because most of it belongs to none. Kept for a year.
CREATE TABLE security_events (
    id           BLOB PRIMARY KEY,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    user_id      BLOB,                                     -- who, where it is known
    workspace_id BLOB,
    network      TEXT,                                     -- an IPv4 address or an IPv6 /64
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL,
    times        INTEGER NOT NULL CHECK (times > 0)          -- alike within a second
) STRICT;
CREATE INDEX security_events_by_kind ON security_events (kind, id);
