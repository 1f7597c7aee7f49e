-- The rest of the credit rules: which movement paid for a lead (so that its refund goes back where it came from), caps,
-- and what the ledger reads on every movement.

-- The number of the capture that paid for the lead; it names the lot.
ALTER TABLE leads ADD COLUMN charge_seq BIGINT;
UPDATE leads SET charge_seq = (
    SELECT min(t.seq) FROM credit_transfers t
    WHERE t.workspace_id = leads.workspace_id AND t.request_id = leads.request_id AND t.kind = 'capture'
      AND t.created_at = leads.delivered_at);

-- Lots that something can still happen to.
CREATE INDEX credit_lots_live ON credit_lots (workspace_id) WHERE remaining > 0 OR held > 0;
-- Lots that the sweep has to look at.
CREATE INDEX credit_lots_due ON credit_lots (expires_at) WHERE remaining > 0 AND expires_at IS NOT NULL;
-- What was given back of a capture.
CREATE INDEX credit_transfers_reversing ON credit_transfers (workspace_id, reverses_seq) WHERE reverses_seq IS NOT NULL;
CREATE INDEX credit_transfers_by_lot ON credit_transfers (workspace_id, lot_id, seq);
CREATE INDEX credit_holds_by_time ON credit_holds (workspace_id, created_at);

-- C22: the most that may be held for one member or campaign in a day or month (UTC). Without a subject: for each one of
-- its kind that has no cap of its own.
CREATE TABLE credit_caps (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    id           UUID NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('member', 'campaign')),
    subject_id   UUID,
    period       TEXT NOT NULL CHECK (period IN ('day', 'month')),
    credits      BIGINT NOT NULL CHECK (credits >= 0),
    set_by       UUID NOT NULL REFERENCES users (id),
    set_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX credit_caps_one ON credit_caps (workspace_id, subject_kind, subject_id, period) WHERE subject_id IS NOT NULL;
CREATE UNIQUE INDEX credit_caps_default ON credit_caps (workspace_id, subject_kind, period) WHERE subject_id IS NULL;
