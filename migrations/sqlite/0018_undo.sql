-- Undoing an import: the people whom it alone brought, and nobody got, leave the directory and its index.

ALTER TABLE contacts ADD COLUMN first_import_id BLOB REFERENCES imports (id);  -- the import that brought it; NULL: another way
UPDATE contacts SET first_import_id = import_id WHERE created_at = updated_at;

-- Contacts that were removed, for the indexes that follow: each takes a revision of its own.
CREATE TABLE contacts_removed (
    contact_id INTEGER PRIMARY KEY,
    revision   INTEGER NOT NULL UNIQUE
) STRICT;
ALTER TABLE directory ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;  -- how many: contacts = last_contact - removed

ALTER TABLE imports ADD COLUMN undo_asked_at INTEGER;                 -- when somebody wanted it undone
ALTER TABLE imports ADD COLUMN undo_after INTEGER NOT NULL DEFAULT 0; -- the last contact looked at: where a killed undo goes on
ALTER TABLE imports ADD COLUMN undo_removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undone_at INTEGER;
-- Whether somebody got a contact.
CREATE INDEX leads_by_contact_alone ON leads (contact_id);
