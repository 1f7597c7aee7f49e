-- Movements of many workspaces are read and written in one statement each: the rows travel as one JSON array, which SQLite
-- unpacks with functions that Postgres gets here under the same names.

-- The elements of an array. STRICT, so that the planner keeps the estimate of few rows and looks each up in an index.
CREATE FUNCTION json_each(jsonb, OUT value jsonb) RETURNS SETOF jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 4 AS 'SELECT jsonb_array_elements($1)';
-- An id, from its digits with hyphens (which the second argument names).
CREATE FUNCTION unhex(text, text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CAST($1 AS uuid)';
-- Bytes, from their digits.
CREATE FUNCTION unhex(text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT decode($1, ''hex'')';

-- These rows change with every movement. Room in their pages lets a new version stay where the old one is.
ALTER TABLE credit_accounts SET (fillfactor = 50);
ALTER TABLE credit_lots SET (fillfactor = 50);
ALTER TABLE credit_holds SET (fillfactor = 50);
ALTER TABLE credit_hold_draws SET (fillfactor = 50);

-- A transfer names its lot and the lot its account: asking for the account again with every row says nothing new.
ALTER TABLE credit_transfers DROP CONSTRAINT credit_transfers_workspace_id_fkey;

-- Open holds are few; closed ones are looked up by their request.
DROP INDEX credit_holds_open;
CREATE INDEX credit_holds_open ON credit_holds (workspace_id, created_at) WHERE closed_at IS NULL;
