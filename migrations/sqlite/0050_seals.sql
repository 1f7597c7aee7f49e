-- A proof that sees every edit (CREDITS.md, invariants 11 and 12): movements are signed with a key of the instance, and so are
-- the rows beside them.

-- The key that the movement's hash was made with. NULL: it is from before, and its hash was made without a key.
ALTER TABLE credit_transfers ADD COLUMN key_id TEXT;

-- Up to where movements have no key: the number and the hash of the last one. Sealed at the next start, like every protected row.
CREATE TABLE credit_boundaries (
    workspace_id BLOB PRIMARY KEY REFERENCES credit_accounts (workspace_id),
    seq          INTEGER NOT NULL CHECK (seq > 0),
    hash         BLOB NOT NULL
) STRICT;
INSERT INTO credit_boundaries (workspace_id, seq, hash)
    SELECT workspace_id, next_seq - 1, last_hash FROM credit_accounts WHERE next_seq > 1;

-- The signature of each protected row, so that one that was changed can be named. `shard` is its workspace, or nil.
CREATE TABLE row_seals (
    shard      BLOB NOT NULL,
    table_name TEXT NOT NULL,
    row_key    TEXT NOT NULL,                              -- the columns that identify the row, as JSON
    key_id     TEXT NOT NULL,
    seal       BLOB NOT NULL,
    PRIMARY KEY (shard, table_name, row_key)
) STRICT, WITHOUT ROWID;

-- How many rows of a table and workspace a key signed, and the sum of their signatures; signed as a whole.
CREATE TABLE seal_totals (
    shard      BLOB NOT NULL,
    table_name TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    row_count  INTEGER NOT NULL,
    total      BLOB NOT NULL,
    mac_key_id TEXT NOT NULL,
    mac        BLOB NOT NULL,                              -- empty: the total was changed from outside, and stays so
    PRIMARY KEY (shard, table_name, key_id)
) STRICT, WITHOUT ROWID;

-- Which columns of a table are sealed, and since when; signed.
CREATE TABLE seal_layouts (
    table_name TEXT PRIMARY KEY,
    layout     TEXT NOT NULL,
    sealed_at  INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    mac        BLOB NOT NULL
) STRICT;
