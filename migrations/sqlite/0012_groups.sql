-- Open holds are few; closed ones are looked up by their request.
DROP INDEX credit_holds_open;
CREATE INDEX credit_holds_open ON credit_holds (workspace_id, created_at) WHERE closed_at IS NULL;
