-- A standing request also waits when who began it left the workspace, or may not spend credits any more.
ALTER TABLE standing_requests DROP CONSTRAINT standing_requests_reason_check;
ALTER TABLE standing_requests ADD CONSTRAINT standing_requests_reason_check
    CHECK (reason IN ('no_credits', 'cap', 'by_user', 'maker_gone', 'nobody_left', 'total_reached', 'time_over'));

-- Announced lots, to take the announcement back once they are used up.
CREATE INDEX credit_lots_announced ON credit_lots (expires_at) WHERE announced_days IS NOT NULL AND remaining = 0;
