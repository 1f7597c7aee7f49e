-- What changes on the suppression lists is also written into a file outside the database (`FAIRLEAD_JOURNAL`), so that a database that
-- is put back to an earlier day learns who opted out since.

-- Changes that are not in the file yet. Triggers write them, so that no way to change a list is left out.
CREATE TABLE suppression_changes (
    number         INTEGER PRIMARY KEY,
    what           TEXT NOT NULL CHECK (what IN ('added', 'removed', 'objected')),
    workspace_id   BLOB,
    suppression_id BLOB,
    key            BLOB,
    kind           TEXT,
    reason         TEXT,
    campaign_id    BLOB,
    cause_id       BLOB,
    at             INTEGER
) STRICT;

-- The pages of the file that this database knows. A page that it does not know was written after the day that the database is from.
CREATE TABLE suppression_pages (
    id         BLOB PRIMARY KEY,
    written_at INTEGER NOT NULL
) STRICT;
CREATE INDEX suppression_pages_by_time ON suppression_pages (written_at);

CREATE TRIGGER suppressions_added AFTER INSERT ON suppressions BEGIN
    INSERT INTO suppression_changes (what, workspace_id, suppression_id, key, kind, reason, campaign_id, cause_id, at)
    VALUES ('added', NEW.workspace_id, NEW.id, NEW.key, NEW.kind, NEW.reason, NEW.campaign_id, NEW.cause_id, NEW.created_at);
END;

CREATE TRIGGER suppressions_removed AFTER DELETE ON suppressions BEGIN
    INSERT INTO suppression_changes (what, workspace_id, suppression_id) VALUES ('removed', OLD.workspace_id, OLD.id);
END;

CREATE TRIGGER objections_added AFTER INSERT ON objections BEGIN
    INSERT INTO suppression_changes (what, key, at) VALUES ('objected', NEW.key, NEW.created_at);
END;

-- What is there already belongs into the file too.
INSERT INTO suppression_changes (what, workspace_id, suppression_id, key, kind, reason, campaign_id, cause_id, at)
SELECT 'added', workspace_id, id, key, kind, reason, campaign_id, cause_id, created_at FROM suppressions;
INSERT INTO suppression_changes (what, key, at) SELECT 'objected', key, created_at FROM objections;

-- Fairlead stops all sending itself when the database was put back: nobody did it, and why is a code.
CREATE TABLE sending_stop_new (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    reason     TEXT NOT NULL,
    code       TEXT,                              -- NULL: the operator did it
    stopped_by BLOB REFERENCES users (id),
    stopped_at INTEGER NOT NULL
) STRICT;
INSERT INTO sending_stop_new (id, reason, stopped_by, stopped_at) SELECT id, reason, stopped_by, stopped_at FROM sending_stop;
DROP TABLE sending_stop;
ALTER TABLE sending_stop_new RENAME TO sending_stop;
