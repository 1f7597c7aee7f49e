-- Payments through a provider outside: what we asked it, what it told us, and what was given back (C18, C19).

-- Who this instance is, told with every payment: several instances may share one account at the provider.
CREATE TABLE payment_instance (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    id   UUID NOT NULL
);

-- What we ask the provider. The row is there before the call, with the exact body that is sent, so a call whose answer
-- was lost is repeated word for word under the same key.
CREATE TABLE payment_calls (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    key          TEXT NOT NULL,                            -- the idempotency key
    kind         TEXT NOT NULL CHECK (kind IN ('customer', 'checkout', 'charge', 'refund', 'expire', 'subscribe', 'change', 'cancel')),
    order_id     UUID,
    refund_id    UUID,
    path         TEXT NOT NULL,
    body         TEXT NOT NULL,                            -- form-encoded
    state        TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    first_try_at BIGINT,
    run_at       BIGINT,                                   -- when the worker tries it; null: repeated by who asked
    lease_until  BIGINT,
    answer       TEXT,                                     -- the provider's answer, or why it refused
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    done_at      BIGINT,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX payment_calls_due ON payment_calls (run_at) WHERE state = 'open' AND run_at IS NOT NULL;

-- The customer that stands for a workspace at the provider; test and live customers are different ones.
CREATE TABLE payment_customers (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    livemode     BOOLEAN NOT NULL,
    customer     TEXT NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, livemode)
);

-- An order's payment as the provider knows it, and when to ask about it next.
CREATE TABLE order_payments (
    workspace_id   UUID NOT NULL REFERENCES workspaces (id),
    order_id       UUID NOT NULL UNIQUE REFERENCES orders (id),
    session        TEXT UNIQUE,
    session_url    TEXT,
    payment_intent TEXT UNIQUE,
    check_at       BIGINT,                                 -- null: nothing to ask any more
    checks         BIGINT NOT NULL DEFAULT 0,
    last_error     TEXT,
    PRIMARY KEY (workspace_id, order_id)
);
CREATE INDEX order_payments_check ON order_payments (check_at) WHERE check_at IS NOT NULL;

-- What the provider told us, as it came; each event is kept once and acted on once.
CREATE TABLE payment_inbox (
    provider    TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    payload     BYTEA NOT NULL,                            -- the bytes that were signed
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'applied', 'ignored', 'dead')),
    note        TEXT,                                      -- what it did, why it was ignored, or what went wrong last
    order_id    UUID,
    attempts    BIGINT NOT NULL DEFAULT 0,
    run_at      BIGINT NOT NULL,
    lease_until BIGINT,
    received_at BIGINT NOT NULL,
    done_at     BIGINT,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX payment_inbox_due ON payment_inbox (run_at) WHERE state = 'waiting';
CREATE INDEX payment_inbox_received ON payment_inbox (received_at);
CREATE INDEX payment_inbox_dead ON payment_inbox (received_at) WHERE state = 'dead';

-- Money given back for an order, and the credits taken back for it (C19).
CREATE TABLE refunds (
    workspace_id    UUID NOT NULL REFERENCES workspaces (id),
    id              UUID NOT NULL UNIQUE,
    order_id        UUID NOT NULL REFERENCES orders (id),
    amount_minor    BIGINT NOT NULL CHECK (amount_minor > 0),
    currency        TEXT NOT NULL,
    credits         BIGINT NOT NULL CHECK (credits >= 0),  -- taken back for it
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'failed')),
    state_since     BIGINT NOT NULL,
    note            TEXT,
    origin          TEXT NOT NULL CHECK (origin IN ('member', 'provider')),
    reference       TEXT UNIQUE,                           -- the provider's name for it
    requested_by    UUID REFERENCES users (id),
    idempotency_key TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, idempotency_key)
);
CREATE INDEX refunds_of_order ON refunds (workspace_id, order_id);

-- Payments that the buyer's bank took back, for now or for good.
CREATE TABLE disputes (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    reference    TEXT NOT NULL UNIQUE,
    order_id     UUID NOT NULL REFERENCES orders (id),
    credits      BIGINT NOT NULL CHECK (credits >= 0),     -- taken back for it
    state        TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    opened_at    BIGINT NOT NULL,
    closed_at    BIGINT,
    PRIMARY KEY (workspace_id, reference)
);
CREATE INDEX orders_unpaid ON orders (created_at) WHERE state = 'created';
