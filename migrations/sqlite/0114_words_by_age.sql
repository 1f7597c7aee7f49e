-- The daily deletion of old words finds what is left to delete, without going through all that was deleted before.
ALTER TABLE mails ADD COLUMN words_gone INTEGER NOT NULL DEFAULT 0;   -- its text and files were deleted because of its age
DROP INDEX mails_by_age;
CREATE INDEX mails_by_age ON mails (received_at) WHERE NOT words_gone;
CREATE INDEX threads_by_age ON threads (last_in_at) WHERE first_line <> '';
