-- Which variant a text was written for, so that two revisions of one variant can be compared. NULL: written before, and neither
-- in use nor ever sent.
ALTER TABLE texts ADD COLUMN variant_id uuid;
UPDATE texts SET variant_id = (
    SELECT v.id FROM variants v
    WHERE v.workspace_id = texts.workspace_id AND v.step_id = texts.step_id AND v.text_id = texts.id LIMIT 1);
UPDATE texts SET variant_id = (
    SELECT d.variant_id FROM sends d
    WHERE d.workspace_id = texts.workspace_id AND d.step_id = texts.step_id AND d.kind = 'step' AND d.text_id = texts.id LIMIT 1)
WHERE variant_id IS NULL;

-- What the built-in outbox answers to the next mails of a mailbox, as a mail server might.
ALTER TABLE mailboxes ADD COLUMN outbox_answer text NOT NULL DEFAULT 'takes'
    CHECK (outbox_answer IN ('takes', 'no_such_address', 'later', 'hangs_up'));
