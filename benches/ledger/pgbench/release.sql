-- One movement of the plain version: a guarded update and an insert with its key.
\set tenant :draw
\set key random(1, 9000000000000000000)
BEGIN;
INSERT INTO plain VALUES (:tenant, :key, 2, -2, 0) ON CONFLICT DO NOTHING;
UPDATE plain_account SET available = available + 2, held = held - 2 WHERE id = :tenant AND held >= 2;
COMMIT;
