-- Workspaces take turns in every queue: ten thousand rows of one delay another by one claim.

-- The workspace whose turn it was last. The next claim begins after it, in the order of ids.
CREATE TABLE queue_turns (
    queue        TEXT PRIMARY KEY,                         -- its table
    workspace_id BLOB
) STRICT;

-- Whose turn a message or an event waits for; nil: of no workspace.
ALTER TABLE outbox_messages ADD COLUMN workspace_id BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE payment_inbox ADD COLUMN workspace_id BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';

-- The next workspace is a look-up, however many rows wait.
CREATE INDEX lead_requests_turns ON lead_requests (workspace_id, run_at) WHERE state IN ('queued', 'running') AND waiting IS NULL;
CREATE INDEX own_lists_turns ON own_lists (workspace_id, run_at) WHERE state IN ('queued', 'running', 'taking_back');
CREATE INDEX outbox_turns ON outbox_messages (workspace_id, run_at) WHERE state = 'queued';
CREATE INDEX payment_calls_turns ON payment_calls (workspace_id, run_at) WHERE state = 'open' AND run_at IS NOT NULL;
CREATE INDEX payment_inbox_turns ON payment_inbox (workspace_id, run_at) WHERE state = 'waiting';
CREATE INDEX order_payments_turns ON order_payments (workspace_id, run_at) WHERE run_at IS NOT NULL;
CREATE INDEX subscriptions_turns ON subscriptions (workspace_id, run_at) WHERE run_at IS NOT NULL;

-- Whether anything is due. With the state as a column of these, they were taken to find the next workspace, too.
DROP INDEX lead_requests_queue;
CREATE INDEX lead_requests_due ON lead_requests (run_at) WHERE state IN ('queued', 'running') AND waiting IS NULL;
DROP INDEX outbox_queue;
CREATE INDEX outbox_due ON outbox_messages (run_at) WHERE state = 'queued';

-- Kept the turns of lead requests alone.
DROP TABLE sourcing_turns;
