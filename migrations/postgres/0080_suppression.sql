-- People and companies who must not be sourced or mailed, by keyed hashes: a person whose data is erased stays suppressed.

-- The random key of the hashes, encrypted with the secret key of the instance, so that a new secret key changes no hash.
CREATE TABLE suppression_keys (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    encrypted  BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

-- Hashing needs the key: the next start moves these rows to the new table.
ALTER TABLE suppressions RENAME TO plain_suppressions;
ALTER INDEX suppressions_pkey RENAME TO plain_suppressions_pkey;

CREATE TABLE suppressions (
    workspace_id UUID   NOT NULL REFERENCES workspaces (id),
    id           UUID   NOT NULL,
    key          BYTEA  NOT NULL CHECK (length(key) = 32),
    kind         TEXT   NOT NULL CHECK (kind IN ('address', 'domain')),
    shown        TEXT   NOT NULL,                       -- the address or domain; masked once the person is erased
    reason       TEXT   NOT NULL
        CHECK (reason IN ('unsubscribed', 'complained', 'bounced', 'person', 'imported', 'erased', 'legal')),
    campaign_id  UUID,                                  -- only in this campaign; NULL: in the whole workspace
    note         TEXT   NOT NULL,
    cause_id     UUID,                                  -- the mail that caused it
    created_at   BIGINT NOT NULL,
    created_by   UUID   REFERENCES users (id),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
);
-- One row for each reason: taking one back leaves the others. Looked up by key, so that comes first.
CREATE UNIQUE INDEX suppressions_once ON suppressions (workspace_id, key, reason, (coalesce(campaign_id, workspace_id)));
CREATE INDEX suppressions_cause ON suppressions (workspace_id, cause_id) WHERE cause_id IS NOT NULL;
