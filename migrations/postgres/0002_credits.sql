-- The credit ledger (CREDITS.md). Transfers are the truth and never change; accounts, lots and holds are totals over
-- them, kept by the same transaction and checked by `fairlead credits verify`.

CREATE TABLE credit_accounts (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    available    BIGINT NOT NULL DEFAULT 0 CHECK (available >= 0),
    held         BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent        BIGINT NOT NULL DEFAULT 0 CHECK (spent >= 0),
    expired      BIGINT NOT NULL DEFAULT 0 CHECK (expired >= 0),
    next_seq     BIGINT NOT NULL DEFAULT 1,
    last_hash    BYTEA NOT NULL
);

-- Credits that came in together. granted = remaining + held + captured - refunded + expired + taken_back + moved
CREATE TABLE credit_lots (
    workspace_id UUID NOT NULL REFERENCES credit_accounts (workspace_id),
    id           UUID NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('promotion', 'plan', 'refund', 'purchase', 'operator')),
    granted      BIGINT NOT NULL CHECK (granted > 0),
    remaining    BIGINT NOT NULL CHECK (remaining >= 0),
    held         BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    captured     BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0),
    refunded     BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    expired      BIGINT NOT NULL DEFAULT 0 CHECK (expired >= 0),
    taken_back   BIGINT NOT NULL DEFAULT 0 CHECK (taken_back >= 0),
    moved        BIGINT NOT NULL DEFAULT 0 CHECK (moved >= 0),
    expires_at   BIGINT,                                  -- NULL: never
    order_id     UUID,
    reason       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, order_id),                       -- an order credits once
    CHECK (granted = remaining + held + captured - refunded + expired + taken_back + moved)
);

-- Credits set aside for one lead request.
CREATE TABLE credit_holds (
    workspace_id UUID NOT NULL REFERENCES credit_accounts (workspace_id),
    id           UUID NOT NULL,
    request_id   UUID NOT NULL,
    campaign_id  UUID NOT NULL,
    member_id    UUID NOT NULL,
    amount       BIGINT NOT NULL CHECK (amount > 0),
    captured     BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released     BIGINT NOT NULL DEFAULT 0 CHECK (released >= 0),
    expires_at   BIGINT NOT NULL,                         -- C9: 24 hours in all
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT,                                  -- set when captured + released = amount
    close_reason TEXT,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, request_id),
    CHECK (captured + released <= amount),
    CHECK (closed_at IS NULL OR captured + released = amount)
);
CREATE INDEX credit_holds_open ON credit_holds (workspace_id, closed_at);

-- Which lots a hold draws from, in draw order.
CREATE TABLE credit_hold_draws (
    workspace_id UUID NOT NULL,
    hold_id      UUID NOT NULL,
    position     BIGINT NOT NULL,
    lot_id       UUID NOT NULL,
    amount       BIGINT NOT NULL CHECK (amount > 0),
    captured     BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released     BIGINT NOT NULL DEFAULT 0 CHECK (released >= 0),
    PRIMARY KEY (workspace_id, hold_id, position),
    FOREIGN KEY (workspace_id, hold_id) REFERENCES credit_holds (workspace_id, id),
    FOREIGN KEY (workspace_id, lot_id) REFERENCES credit_lots (workspace_id, id),
    CHECK (captured + released <= amount)
);

-- Every movement, for ever.
CREATE TABLE credit_transfers (
    workspace_id    UUID NOT NULL REFERENCES credit_accounts (workspace_id),
    seq             BIGINT NOT NULL CHECK (seq > 0),      -- gapless per workspace
    kind            TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'capture', 'release', 'refund', 'expiry', 'take_back', 'move')),
    from_bucket     TEXT NOT NULL CHECK (from_bucket IN ('outside', 'available', 'held', 'spent', 'expired')),
    to_bucket       TEXT NOT NULL CHECK (to_bucket IN ('outside', 'available', 'held', 'spent', 'expired')),
    amount          BIGINT NOT NULL CHECK (amount > 0),
    lot_id          UUID NOT NULL,
    hold_id         UUID,
    campaign_id     UUID,
    request_id      UUID,
    order_id        UUID,
    lead_count      BIGINT,
    actor_kind      TEXT NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system', 'operator')),
    actor_id        UUID,
    reason          TEXT NOT NULL,
    price_version   BIGINT NOT NULL,
    reverses_seq    BIGINT,
    available_after BIGINT NOT NULL CHECK (available_after >= 0),
    held_after      BIGINT NOT NULL CHECK (held_after >= 0),
    idempotency_key TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    previous_hash   BYTEA NOT NULL,
    hash            BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, lot_id) REFERENCES credit_lots (workspace_id, id),
    CHECK (from_bucket <> to_bucket)
);
CREATE INDEX credit_transfers_by_request ON credit_transfers (workspace_id, request_id, seq);
CREATE INDEX credit_transfers_by_campaign ON credit_transfers (workspace_id, campaign_id, seq);
