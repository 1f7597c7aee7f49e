-- The limit of automatic top-up is money, not a number of payments.
ALTER TABLE top_ups ADD COLUMN limit_minor BIGINT NOT NULL DEFAULT 1 CHECK (limit_minor > 0);
UPDATE top_ups SET limit_minor = month_max * (SELECT amount_minor FROM packages WHERE packages.id = top_ups.package_id);
ALTER TABLE top_ups DROP COLUMN month_max;
