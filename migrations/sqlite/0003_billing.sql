-- What can be bought, and what was ordered. Price and credits of an order are copied from the package when the order
-- is made and never taken from anywhere else (C18).

CREATE TABLE packages (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    credits      INTEGER NOT NULL CHECK (credits > 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency     TEXT NOT NULL,
    position     INTEGER NOT NULL,
    retired_at   INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
    workspace_id       BLOB NOT NULL REFERENCES workspaces (id),
    id                 BLOB NOT NULL UNIQUE,
    package_id         BLOB NOT NULL REFERENCES packages (id),
    package_name       TEXT NOT NULL,
    credits            INTEGER NOT NULL CHECK (credits > 0),
    amount_minor       INTEGER NOT NULL CHECK (amount_minor > 0),
    currency           TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('created', 'pending', 'credited', 'failed', 'cancelled', 'refunded')),
    state_since        INTEGER NOT NULL,
    state_reason       TEXT,
    provider           TEXT NOT NULL,
    provider_reference TEXT,
    pays_at            INTEGER,                            -- embedded provider: when a pending payment arrives
    ordered_by         BLOB NOT NULL REFERENCES users (id),
    idempotency_key    TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key)
) STRICT;
CREATE INDEX orders_pending ON orders (state, pays_at);

-- What payment providers told us; each event acts once.
CREATE TABLE payment_events (
    provider     TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    order_id     BLOB NOT NULL REFERENCES orders (id),
    outcome      TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (provider, event_id)
) STRICT;

-- The defaults of CREDITS.md; the 100 free credits at sign-up are a promotion, not a package.
INSERT INTO packages (id, name, credits, amount_minor, currency, position, created_at) VALUES
    (x'01930000000070008000000000000001', 'Starter', 500, 1900, 'USD', 1, 0),
    (x'01930000000070008000000000000002', 'Team', 2000, 4900, 'USD', 2, 0),
    (x'01930000000070008000000000000003', 'Growth', 10000, 14900, 'USD', 3, 0),
    (x'01930000000070008000000000000004', 'Scale', 25000, 29900, 'USD', 4, 0);
