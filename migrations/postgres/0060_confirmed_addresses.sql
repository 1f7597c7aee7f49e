-- Proven mailboxes (C26): an account is made when the button behind the mailed link is pressed, and free credits are given
-- once for each mailbox. Accounts of instances without a mail server are made at once, without a proof.

-- When the owner of the mailbox pressed the button; NULL: not proven, as for all accounts made before this.
ALTER TABLE users ADD COLUMN confirmed_at BIGINT;

-- Sign-ups whose link was mailed. Also kept for an address that has an account, whose owner is told so by mail instead: the
-- two must not be told apart.
CREATE TABLE sign_ups (
    id            UUID PRIMARY KEY,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    workspace     TEXT NOT NULL,                          -- the name of their own
    invitation_id UUID,                                   -- joins that one's workspace instead
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX sign_ups_by_email ON sign_ups (email);
CREATE INDEX sign_ups_by_expiry ON sign_ups (expires_at);

-- Mailboxes that had free credits: without what follows a plus sign, and without the dots that Google ignores.
CREATE TABLE promotions (
    mailbox    TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

INSERT INTO promotions (mailbox, created_at)
SELECT CASE WHEN domain IN ('gmail.com', 'googlemail.com') THEN replace(name, '.', '') || '@gmail.com'
            ELSE name || '@' || domain END, created_at
FROM (
    SELECT split_part(email, '@', 2) AS domain, created_at,
        CASE WHEN position('+' IN email) BETWEEN 2 AND position('@' IN email) THEN split_part(email, '+', 1)
             ELSE split_part(email, '@', 1) END AS name
    FROM users
) AS parts
ON CONFLICT (mailbox) DO NOTHING;
