-- Ranks and departments that titles tell are worked out anew when titles are read otherwise.
ALTER TABLE directory ADD COLUMN titles_read TEXT NOT NULL DEFAULT '';       -- the version of the rules by which they are
ALTER TABLE directory ADD COLUMN titles_read_to BIGINT NOT NULL DEFAULT 0;   -- the contact up to which that is done
