-- What the operator looks at when something is wrong: sign-ins good and bad, refusals and limits, exports and revealed
-- addresses, what operators did. Beside the log of each workspace, because most of it belongs to none. Kept for a year.
CREATE TABLE security_events (
    id           UUID PRIMARY KEY,
    at           BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    user_id      UUID,                                     -- who, where it is known
    workspace_id UUID,
    network      TEXT,                                     -- an IPv4 address or an IPv6 /64
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL,
    times        BIGINT NOT NULL CHECK (times > 0)          -- alike within a second
);
CREATE INDEX security_events_by_kind ON security_events (kind, id);
