-- Monthly plans, automatic top-ups, and receipts.

CREATE TABLE plans (
    id           UUID PRIMARY KEY,
    name         TEXT NOT NULL,
    credits      BIGINT NOT NULL CHECK (credits > 0),      -- each month
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0), -- each month
    currency     TEXT NOT NULL,
    position     BIGINT NOT NULL,
    retired_at   BIGINT,                                  -- no new subscribers; those who have it keep it
    created_at   BIGINT NOT NULL
);

INSERT INTO plans (id, name, credits, amount_minor, currency, position, created_at) VALUES
    ('01930000-0000-7000-8000-000000000101', 'Starter', 1000, 2900, 'USD', 1, 0),
    ('01930000-0000-7000-8000-000000000102', 'Growth', 5000, 9900, 'USD', 2, 0),
    ('01930000-0000-7000-8000-000000000103', 'Scale', 20000, 29900, 'USD', 3, 0);

-- A plan that a workspace pays every month.
CREATE TABLE subscriptions (
    workspace_id        UUID NOT NULL REFERENCES workspaces (id),
    id                  UUID NOT NULL UNIQUE,
    plan_id             UUID NOT NULL REFERENCES plans (id),
    next_plan_id        UUID REFERENCES plans (id),        -- from the next period on
    state               TEXT NOT NULL CHECK (state IN ('active', 'past_due', 'cancelling', 'ended')),
    state_since         BIGINT NOT NULL,
    anchor_day          BIGINT NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    period_start        BIGINT NOT NULL,                  -- of the newest paid period
    period_end          BIGINT NOT NULL,
    grace_until         BIGINT,                           -- past_due: when it ends unless paid
    provider            TEXT NOT NULL,
    provider_reference  TEXT,
    provider_changed_at BIGINT,                           -- the newest change the provider told of
    next_renewal_fails  BOOLEAN NOT NULL DEFAULT false,      -- embedded provider: to try out the grace
    started_by          UUID NOT NULL REFERENCES users (id),
    created_at          BIGINT NOT NULL,
    ended_reason        TEXT,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (provider, provider_reference),
    CHECK (period_end > period_start),
    CHECK ((state = 'past_due') = (grace_until IS NOT NULL))
);
-- One at a time, whatever two tabs do.
CREATE UNIQUE INDEX subscriptions_live ON subscriptions (workspace_id) WHERE state <> 'ended';
CREATE INDEX subscriptions_due ON subscriptions (state, period_end);

-- Each paid month, once.
CREATE TABLE subscription_cycles (
    workspace_id    UUID NOT NULL,
    subscription_id UUID NOT NULL,
    period_start    BIGINT NOT NULL,
    period_end      BIGINT NOT NULL,
    plan_id         UUID NOT NULL REFERENCES plans (id),
    order_id        UUID NOT NULL UNIQUE REFERENCES orders (id),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, subscription_id, period_start),
    FOREIGN KEY (workspace_id, subscription_id) REFERENCES subscriptions (workspace_id, id),
    CHECK (period_end > period_start)
);

-- An order is for a package or a plan now.
ALTER TABLE orders ALTER COLUMN package_id DROP NOT NULL;
ALTER TABLE orders ADD COLUMN kind TEXT NOT NULL DEFAULT 'package' CHECK (kind IN ('package', 'top_up', 'plan', 'upgrade'));
ALTER TABLE orders ADD COLUMN plan_id UUID REFERENCES plans (id);
ALTER TABLE orders ADD COLUMN subscription_id UUID;
ALTER TABLE orders ADD COLUMN period_start BIGINT;
ALTER TABLE orders ADD COLUMN period_end BIGINT;
ALTER TABLE orders ADD COLUMN credited_at BIGINT;
ALTER TABLE orders ADD COLUMN receipt_number BIGINT;       -- gapless on the instance, allotted when the credits come

UPDATE orders SET credited_at = state_since, receipt_number =
    (SELECT count(*) FROM orders AS earlier WHERE earlier.state IN ('credited', 'refunded')
        AND (earlier.created_at < orders.created_at OR (earlier.created_at = orders.created_at AND earlier.id <= orders.id)))
    WHERE state IN ('credited', 'refunded');
CREATE UNIQUE INDEX orders_by_receipt ON orders (receipt_number);
CREATE UNIQUE INDEX orders_top_up_in_flight ON orders (workspace_id) WHERE kind = 'top_up' AND state IN ('created', 'pending');

CREATE TABLE receipt_numbers (
    single      BIGINT PRIMARY KEY CHECK (single = 1),
    next_number BIGINT NOT NULL CHECK (next_number > 0)
);
INSERT INTO receipt_numbers (single, next_number) SELECT 1, coalesce(max(receipt_number), 0) + 1 FROM orders;

-- Automatic top-up (C20): whoever switched it on consented to these payments.
CREATE TABLE top_ups (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    package_id   UUID NOT NULL REFERENCES packages (id),
    threshold    BIGINT NOT NULL CHECK (threshold > 0),   -- credits
    month_max    BIGINT NOT NULL CHECK (month_max > 0),   -- payments in a calendar month (UTC)
    active       BOOLEAN NOT NULL,
    consent_by   UUID NOT NULL REFERENCES users (id),
    consent_at   BIGINT NOT NULL,
    stop_reason  TEXT,
    changed_at   BIGINT NOT NULL
);

-- Who buys, as receipts name them.
CREATE TABLE billing_details (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    address      TEXT NOT NULL,
    tax_id       TEXT NOT NULL,
    changed_at   BIGINT NOT NULL
);
