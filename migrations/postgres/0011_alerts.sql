-- Insight: alerts, announced expiries, the results of proofs, and the indexes behind the statement and the usage chart.

-- C21: when to tell a workspace that credits run low. Without a row the defaults hold: below 100 credits, below 7 days.
CREATE TABLE credit_alerts (
    workspace_id  UUID PRIMARY KEY REFERENCES workspaces (id),
    low_on        BOOLEAN NOT NULL,
    low_credits   BIGINT NOT NULL CHECK (low_credits > 0),
    runway_on     BOOLEAN NOT NULL,
    runway_days   BIGINT NOT NULL CHECK (runway_days > 0),
    -- The number of the next movement, and the moment, when the balance was last compared; NULL: look again.
    checked_seq   BIGINT,
    checked_at    BIGINT
);

-- C14: how many days ahead the expiry of a lot was last announced: 30, 7 or 1.
ALTER TABLE credit_lots ADD COLUMN announced_days BIGINT;

-- Runs of the proof of the ledger.
CREATE TABLE proof_runs (
    id           UUID PRIMARY KEY,
    cause        TEXT NOT NULL CHECK (cause IN ('nightly', 'operator', 'command')),
    started_by   UUID REFERENCES users (id),               -- the operator, when one asked on the page
    state        TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    lease_until  BIGINT,                                  -- while somebody is at it
    workspaces   BIGINT NOT NULL DEFAULT 0,
    movements    BIGINT NOT NULL DEFAULT 0,
    differences  BIGINT NOT NULL DEFAULT 0,
    report       TEXT NOT NULL DEFAULT ''                  -- the first differences, or why it failed
);
CREATE INDEX proof_runs_by_time ON proof_runs (started_at);
-- One at a time.
CREATE UNIQUE INDEX proof_runs_open ON proof_runs (state) WHERE state = 'running';

-- What the statement is filtered by, and what the usage chart sums up.
CREATE INDEX credit_transfers_by_time ON credit_transfers (workspace_id, created_at, seq, kind, campaign_id, amount);
CREATE INDEX credit_transfers_by_kind ON credit_transfers (workspace_id, kind, seq) WHERE kind <> 'capture';
CREATE INDEX credit_transfers_by_actor ON credit_transfers (workspace_id, actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX credit_transfers_by_order ON credit_transfers (workspace_id, order_id, seq) WHERE order_id IS NOT NULL;
