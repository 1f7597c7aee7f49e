-- Files of mails that lie at no mail server, because the built-in outbox made them. Those of other mails stay in their mailboxes.
CREATE TABLE mail_parts (
    workspace_id BLOB NOT NULL,
    mail_id      BLOB NOT NULL,
    part         TEXT NOT NULL,                           -- as in mails.attachments
    content      BLOB NOT NULL,                           -- decoded
    PRIMARY KEY (workspace_id, mail_id, part),
    FOREIGN KEY (workspace_id, mail_id) REFERENCES mails (workspace_id, id)
) STRICT;
