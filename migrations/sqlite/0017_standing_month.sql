-- A standing request has a cap of its own for a month, beside its day and its total.
ALTER TABLE standing_requests ADD COLUMN per_month INTEGER CHECK (per_month > 0);  -- NULL: as its day and total allow
