-- One vocabulary for every queue: run_at (when it is due), lease_until (until when a worker has it), fence (rises with each
-- claim; each write of a worker names it) and attempt (claims since the last success).

ALTER TABLE payment_inbox RENAME COLUMN attempts TO attempt;
ALTER TABLE payment_inbox ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;

ALTER TABLE payment_calls RENAME COLUMN attempts TO attempt;
ALTER TABLE payment_calls ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;

-- When to ask the provider about an order was lease and due time in one.
DROP INDEX order_payments_check;
ALTER TABLE order_payments RENAME COLUMN check_at TO run_at;
ALTER TABLE order_payments RENAME COLUMN checks TO attempt;
ALTER TABLE order_payments ADD COLUMN lease_until INTEGER;
ALTER TABLE order_payments ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
CREATE INDEX order_payments_due ON order_payments (run_at) WHERE run_at IS NOT NULL;

ALTER TABLE imports ADD COLUMN run_at INTEGER;
ALTER TABLE imports ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
UPDATE imports SET run_at = created_at WHERE state IN ('queued', 'running');
CREATE INDEX imports_due ON imports (run_at) WHERE state IN ('queued', 'running');

ALTER TABLE own_lists ADD COLUMN run_at INTEGER;
ALTER TABLE own_lists ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
UPDATE own_lists SET run_at = created_at WHERE state IN ('queued', 'running', 'taking_back');
DROP INDEX own_lists_to_do;
CREATE INDEX own_lists_due ON own_lists (run_at) WHERE state IN ('queued', 'running', 'taking_back');

ALTER TABLE proof_runs ADD COLUMN run_at INTEGER;
ALTER TABLE proof_runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE proof_runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
UPDATE proof_runs SET run_at = started_at WHERE state = 'running';
