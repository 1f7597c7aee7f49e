-- A lead whose address was wrong, and the one with the right address that took its place: each keeps its own mails, and the delivered one
-- its credit.
CREATE TABLE lead_corrections (
    workspace_id BLOB    NOT NULL,
    lead_id      BLOB    NOT NULL,
    successor_id BLOB    NOT NULL,
    corrected_by BLOB    NOT NULL REFERENCES users (id),
    corrected_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, lead_id),
    FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, successor_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX lead_corrections_by_successor ON lead_corrections (workspace_id, successor_id);
