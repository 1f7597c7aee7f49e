-- How fast new mailboxes may begin, whatever their workspaces set: the operator's limit for the instance.
CREATE TABLE sending_limits (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    first_day BIGINT                              -- mails on the first day; each day on which it sends adds as many; NULL: no limit
);
