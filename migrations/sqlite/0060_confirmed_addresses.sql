-- Proven mailboxes (C26): an account is made when the button behind the mailed link is pressed, and free credits are given
-- once for each mailbox. Accounts of instances without a mail server are made at once, without a proof.

-- When the owner of the mailbox pressed the button; NULL: not proven, as for all accounts made before this.
ALTER TABLE users ADD COLUMN confirmed_at INTEGER;

-- Sign-ups whose link was mailed. Also kept for an address that has an account, whose owner is told so by mail instead: the
-- two must not be told apart.
CREATE TABLE sign_ups (
    id            BLOB PRIMARY KEY,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    workspace     TEXT NOT NULL,                          -- the name of their own
    invitation_id BLOB,                                   -- joins that one's workspace instead
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_ups_by_email ON sign_ups (email);
CREATE INDEX sign_ups_by_expiry ON sign_ups (expires_at);

-- Mailboxes that had free credits: without what follows a plus sign, and without the dots that Google ignores.
CREATE TABLE promotions (
    mailbox    TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

INSERT OR IGNORE INTO promotions (mailbox, created_at)
SELECT CASE WHEN domain IN ('gmail.com', 'googlemail.com') THEN replace(name, '.', '') || '@gmail.com'
            ELSE name || '@' || domain END, created_at
FROM (
    SELECT substr(email, instr(email, '@') + 1) AS domain, created_at,
        CASE WHEN instr(email, '+') BETWEEN 2 AND instr(email, '@') THEN substr(email, 1, instr(email, '+') - 1)
             ELSE substr(email, 1, instr(email, '@') - 1) END AS name
    FROM users
);
