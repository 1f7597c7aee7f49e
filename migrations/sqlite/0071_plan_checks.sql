-- The provider of a plan is asked about a month that is over, until it is known whether the next one was paid.
ALTER TABLE subscriptions ADD COLUMN run_at INTEGER;                    -- when it is asked next; null: never
ALTER TABLE subscriptions ADD COLUMN lease_until INTEGER;
ALTER TABLE subscriptions ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
UPDATE subscriptions SET run_at = period_end + 180000000 WHERE provider <> 'embedded' AND state <> 'ended';
CREATE INDEX subscriptions_asked ON subscriptions (run_at) WHERE run_at IS NOT NULL;

-- A renewal may be paid from the customer's credit at the provider, or be cheaper by a discount.
ALTER TABLE orders ADD COLUMN paid_minor INTEGER CHECK (paid_minor >= 0);  -- null: the whole price
