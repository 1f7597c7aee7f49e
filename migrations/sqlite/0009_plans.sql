-- Monthly plans, automatic top-ups, and receipts.

CREATE TABLE plans (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    credits      INTEGER NOT NULL CHECK (credits > 0),      -- each month
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), -- each month
    currency     TEXT NOT NULL,
    position     INTEGER NOT NULL,
    retired_at   INTEGER,                                  -- no new subscribers; those who have it keep it
    created_at   INTEGER NOT NULL
) STRICT;

INSERT INTO plans (id, name, credits, amount_minor, currency, position, created_at) VALUES
    (x'01930000000070008000000000000101', 'Starter', 1000, 2900, 'USD', 1, 0),
    (x'01930000000070008000000000000102', 'Growth', 5000, 9900, 'USD', 2, 0),
    (x'01930000000070008000000000000103', 'Scale', 20000, 29900, 'USD', 3, 0);

-- A plan that a workspace pays every month.
CREATE TABLE subscriptions (
    workspace_id        BLOB NOT NULL REFERENCES workspaces (id),
    id                  BLOB NOT NULL UNIQUE,
    plan_id             BLOB NOT NULL REFERENCES plans (id),
    next_plan_id        BLOB REFERENCES plans (id),        -- from the next period on
    state               TEXT NOT NULL CHECK (state IN ('active', 'past_due', 'cancelling', 'ended')),
    state_since         INTEGER NOT NULL,
    anchor_day          INTEGER NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    period_start        INTEGER NOT NULL,                  -- of the newest paid period
    period_end          INTEGER NOT NULL,
    grace_until         INTEGER,                           -- past_due: when it ends unless paid
    provider            TEXT NOT NULL,
    provider_reference  TEXT,
    provider_changed_at INTEGER,                           -- the newest change the provider told of
    next_renewal_fails  INTEGER NOT NULL DEFAULT 0,        -- embedded provider: to try out the grace
    started_by          BLOB NOT NULL REFERENCES users (id),
    created_at          INTEGER NOT NULL,
    ended_reason        TEXT,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (provider, provider_reference),
    CHECK (period_end > period_start),
    CHECK ((state = 'past_due') = (grace_until IS NOT NULL))
) STRICT;
-- One at a time, whatever two tabs do.
CREATE UNIQUE INDEX subscriptions_live ON subscriptions (workspace_id) WHERE state <> 'ended';
CREATE INDEX subscriptions_due ON subscriptions (state, period_end);

-- Each paid month, once.
CREATE TABLE subscription_cycles (
    workspace_id    BLOB NOT NULL,
    subscription_id BLOB NOT NULL,
    period_start    INTEGER NOT NULL,
    period_end      INTEGER NOT NULL,
    plan_id         BLOB NOT NULL REFERENCES plans (id),
    order_id        BLOB NOT NULL UNIQUE REFERENCES orders (id),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, subscription_id, period_start),
    FOREIGN KEY (workspace_id, subscription_id) REFERENCES subscriptions (workspace_id, id),
    CHECK (period_end > period_start)
) STRICT;

-- An order is for a package or a plan now. SQLite cannot make a column nullable, so the column is made anew.
ALTER TABLE orders ADD COLUMN sold_package BLOB REFERENCES packages (id);
UPDATE orders SET sold_package = package_id;
ALTER TABLE orders DROP COLUMN package_id;
ALTER TABLE orders RENAME COLUMN sold_package TO package_id;
ALTER TABLE orders ADD COLUMN kind TEXT NOT NULL DEFAULT 'package' CHECK (kind IN ('package', 'top_up', 'plan', 'upgrade'));
ALTER TABLE orders ADD COLUMN plan_id BLOB REFERENCES plans (id);
ALTER TABLE orders ADD COLUMN subscription_id BLOB;
ALTER TABLE orders ADD COLUMN period_start INTEGER;
ALTER TABLE orders ADD COLUMN period_end INTEGER;
ALTER TABLE orders ADD COLUMN credited_at INTEGER;
ALTER TABLE orders ADD COLUMN receipt_number INTEGER;       -- gapless on the instance, allotted when the credits come

UPDATE orders SET credited_at = state_since, receipt_number =
    (SELECT count(*) FROM orders AS earlier WHERE earlier.state IN ('credited', 'refunded')
        AND (earlier.created_at < orders.created_at OR (earlier.created_at = orders.created_at AND earlier.id <= orders.id)))
    WHERE state IN ('credited', 'refunded');
CREATE UNIQUE INDEX orders_by_receipt ON orders (receipt_number);
CREATE UNIQUE INDEX orders_top_up_in_flight ON orders (workspace_id) WHERE kind = 'top_up' AND state IN ('created', 'pending');

CREATE TABLE receipt_numbers (
    single      INTEGER PRIMARY KEY CHECK (single = 1),
    next_number INTEGER NOT NULL CHECK (next_number > 0)
) STRICT;
INSERT INTO receipt_numbers (single, next_number) SELECT 1, coalesce(max(receipt_number), 0) + 1 FROM orders;

-- Automatic top-up (C20): whoever switched it on consented to these payments.
CREATE TABLE top_ups (
    workspace_id BLOB PRIMARY KEY REFERENCES workspaces (id),
    package_id   BLOB NOT NULL REFERENCES packages (id),
    threshold    INTEGER NOT NULL CHECK (threshold > 0),   -- credits
    month_max    INTEGER NOT NULL CHECK (month_max > 0),   -- payments in a calendar month (UTC)
    active       INTEGER NOT NULL,
    consent_by   BLOB NOT NULL REFERENCES users (id),
    consent_at   INTEGER NOT NULL,
    stop_reason  TEXT,
    changed_at   INTEGER NOT NULL
) STRICT;

-- Who buys, as receipts name them.
CREATE TABLE billing_details (
    workspace_id BLOB PRIMARY KEY REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    address      TEXT NOT NULL,
    tax_id       TEXT NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT;
