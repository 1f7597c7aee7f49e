-- A delivered lead shows a masked address until somebody reveals it, and can be returned as long as nobody has (C17). What was delivered
-- before was shown in full, so it counts as revealed; so do the people of own lists, whose addresses the customer brought.
ALTER TABLE leads ADD COLUMN revealed_at INTEGER;
ALTER TABLE leads ADD COLUMN revealed_by BLOB REFERENCES users (id);       -- nobody: an own list named the address
UPDATE leads SET revealed_at = delivered_at WHERE returned_at IS NULL;
CREATE INDEX leads_returned ON leads (workspace_id, returned_at) WHERE returned_at IS NOT NULL;
-- What the workspace brought itself says nothing about the directory.
UPDATE leads SET contact_id = NULL WHERE list_id IS NOT NULL;
