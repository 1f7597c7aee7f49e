-- One movement of the plain version: a guarded update and an insert with its key.
\set tenant :draw
\set key random(1, 9000000000000000000)
BEGIN;
INSERT INTO plain VALUES (:tenant, :key, -25, 25) ON CONFLICT DO NOTHING;
UPDATE plain_account SET available = available - 25, held = held + 25 WHERE id = :tenant AND available >= 25;
COMMIT;
