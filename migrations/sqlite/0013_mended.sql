-- A standing request also waits when who began it left the workspace, or may not spend credits any more. SQLite cannot
-- change a CHECK: the table is made anew. Nothing points at it by a foreign key.
CREATE TABLE standing_requests_new (
    workspace_id    BLOB NOT NULL,
    id              BLOB NOT NULL UNIQUE,
    campaign_id     BLOB NOT NULL,
    criteria        TEXT NOT NULL,                         -- as they were when it was made
    per_day         INTEGER CHECK (per_day > 0),           -- NULL: as fast as credits allow
    total           INTEGER NOT NULL CHECK (total > 0),
    until           INTEGER,                               -- not from this moment on
    from_hour       INTEGER CHECK (from_hour BETWEEN 0 AND 23),  -- only in these hours (UTC); both or neither
    to_hour         INTEGER CHECK (to_hour BETWEEN 0 AND 23),
    state           TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    reason          TEXT CHECK (reason IN ('no_credits', 'cap', 'by_user', 'maker_gone', 'nobody_left', 'total_reached', 'time_over')),
    since           INTEGER NOT NULL,                      -- when the state or its reason last changed
    run_at          INTEGER NOT NULL,                      -- when to look at it next
    made_by         BLOB NOT NULL REFERENCES users (id),   -- who began it, or took it over
    idempotency_key TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    CHECK ((from_hour IS NULL) = (to_hour IS NULL)),
    CHECK (state <> 'paused' OR reason IS NOT NULL)
) STRICT;
INSERT INTO standing_requests_new (workspace_id, id, campaign_id, criteria, per_day, total, until, from_hour, to_hour, state,
    reason, since, run_at, made_by, idempotency_key, created_at)
SELECT workspace_id, id, campaign_id, criteria, per_day, total, until, from_hour, to_hour, state,
    reason, since, run_at, made_by, idempotency_key, created_at FROM standing_requests;
DROP TABLE standing_requests;
ALTER TABLE standing_requests_new RENAME TO standing_requests;
CREATE INDEX standing_requests_due ON standing_requests (state, run_at);
CREATE INDEX standing_requests_by_campaign ON standing_requests (workspace_id, campaign_id, created_at);

-- Announced lots, to take the announcement back once they are used up.
CREATE INDEX credit_lots_announced ON credit_lots (expires_at) WHERE announced_days IS NOT NULL AND remaining = 0;
