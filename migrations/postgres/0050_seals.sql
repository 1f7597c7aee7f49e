-- A proof that sees every edit (CREDITS.md, invariants 11 and 12): movements are signed with a key of the instance, and so are
-- the rows beside them.

-- The key that the movement's hash was made with. NULL: it is from before, and its hash was made without a key.
ALTER TABLE credit_transfers ADD COLUMN key_id TEXT;

-- Up to where movements have no key: the number and the hash of the last one. Sealed at the next start, like every protected row.
CREATE TABLE credit_boundaries (
    workspace_id UUID PRIMARY KEY REFERENCES credit_accounts (workspace_id),
    seq          BIGINT NOT NULL CHECK (seq > 0),
    hash         BYTEA NOT NULL
);
INSERT INTO credit_boundaries (workspace_id, seq, hash)
    SELECT workspace_id, next_seq - 1, last_hash FROM credit_accounts WHERE next_seq > 1;

-- The signature of each protected row, so that one that was changed can be named. `shard` is its workspace, or nil.
CREATE TABLE row_seals (
    shard      UUID NOT NULL,
    table_name TEXT NOT NULL,
    row_key    TEXT NOT NULL,                              -- the columns that identify the row, as JSON
    key_id     TEXT NOT NULL,
    seal       BYTEA NOT NULL,
    PRIMARY KEY (shard, table_name, row_key)
);

-- How many rows of a table and workspace a key signed, and the sum of their signatures; signed as a whole.
CREATE TABLE seal_totals (
    shard      UUID NOT NULL,
    table_name TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    row_count  BIGINT NOT NULL,
    total      BYTEA NOT NULL,
    mac_key_id TEXT NOT NULL,
    mac        BYTEA NOT NULL,                              -- empty: the total was changed from outside, and stays so
    PRIMARY KEY (shard, table_name, key_id)
);

-- Which columns of a table are sealed, and since when; signed.
CREATE TABLE seal_layouts (
    table_name TEXT PRIMARY KEY,
    layout     TEXT NOT NULL,
    sealed_at  BIGINT NOT NULL,
    key_id     TEXT NOT NULL,
    mac        BYTEA NOT NULL
);

-- Totals change with every movement. Room in their pages lets a new version stay where the old one is.
ALTER TABLE seal_totals SET (fillfactor = 50);
