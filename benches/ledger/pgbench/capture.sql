-- One movement of the plain version: a guarded update and an insert with its key.
\set tenant :draw
\set key random(1, 9000000000000000000)
BEGIN;
INSERT INTO plain VALUES (:tenant, :key, 0, -1, 1) ON CONFLICT DO NOTHING;
UPDATE plain_account SET held = held - 1, spent = spent + 1 WHERE id = :tenant AND held >= 1;
COMMIT;
