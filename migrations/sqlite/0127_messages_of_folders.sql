-- How many messages a folder had when it was read: a message may be shown after one with a higher UID was read, and then nothing else
-- tells. Null: not counted yet.
ALTER TABLE mailbox_folders ADD COLUMN messages INTEGER;
