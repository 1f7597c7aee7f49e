-- What changes on the suppression lists is also written into a file outside the database (`FAIRLEAD_JOURNAL`), so that a database that
-- is put back to an earlier day learns who opted out since.

-- Changes that are not in the file yet. Triggers write them, so that no way to change a list is left out.
CREATE TABLE suppression_changes (
    number         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what           TEXT NOT NULL CHECK (what IN ('added', 'removed', 'objected')),
    workspace_id   UUID,
    suppression_id UUID,
    key            BYTEA,
    kind           TEXT,
    reason         TEXT,
    campaign_id    UUID,
    cause_id       UUID,
    at             BIGINT
);

-- The pages of the file that this database knows. A page that it does not know was written after the day that the database is from.
CREATE TABLE suppression_pages (
    id         UUID PRIMARY KEY,
    written_at BIGINT NOT NULL
);
CREATE INDEX suppression_pages_by_time ON suppression_pages (written_at);

CREATE FUNCTION suppression_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression_changes (what, workspace_id, suppression_id, key, kind, reason, campaign_id, cause_id, at)
    VALUES ('added', NEW.workspace_id, NEW.id, NEW.key, NEW.kind, NEW.reason, NEW.campaign_id, NEW.cause_id, NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER suppressions_added AFTER INSERT ON suppressions FOR EACH ROW EXECUTE FUNCTION suppression_added();

CREATE FUNCTION suppression_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression_changes (what, workspace_id, suppression_id) VALUES ('removed', OLD.workspace_id, OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER suppressions_removed AFTER DELETE ON suppressions FOR EACH ROW EXECUTE FUNCTION suppression_removed();

CREATE FUNCTION objection_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression_changes (what, key, at) VALUES ('objected', NEW.key, NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER objections_added AFTER INSERT ON objections FOR EACH ROW EXECUTE FUNCTION objection_added();

-- What is there already belongs into the file too.
INSERT INTO suppression_changes (what, workspace_id, suppression_id, key, kind, reason, campaign_id, cause_id, at)
SELECT 'added', workspace_id, id, key, kind, reason, campaign_id, cause_id, created_at FROM suppressions;
INSERT INTO suppression_changes (what, key, at) SELECT 'objected', key, created_at FROM objections;

-- Fairlead stops all sending itself when the database was put back: nobody did it, and why is a code.
ALTER TABLE sending_stop ALTER COLUMN stopped_by DROP NOT NULL;
ALTER TABLE sending_stop ADD COLUMN code TEXT;
