-- The credit ledger (CREDITS.md). Transfers are the truth and never change; accounts, lots and holds are totals over
-- them, kept by the same transaction and checked by `fairlead credits verify`.

CREATE TABLE credit_accounts (
    workspace_id BLOB PRIMARY KEY REFERENCES workspaces (id),
    available    INTEGER NOT NULL DEFAULT 0 CHECK (available >= 0),
    held         INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    spent        INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    expired      INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    next_seq     INTEGER NOT NULL DEFAULT 1,
    last_hash    BLOB NOT NULL
) STRICT;

-- Credits that came in together. granted = remaining + held + captured - refunded + expired + taken_back + moved
CREATE TABLE credit_lots (
    workspace_id BLOB NOT NULL REFERENCES credit_accounts (workspace_id),
    id           BLOB NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('promotion', 'plan', 'refund', 'purchase', 'operator')),
    granted      INTEGER NOT NULL CHECK (granted > 0),
    remaining    INTEGER NOT NULL CHECK (remaining >= 0),
    held         INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    captured     INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
    refunded     INTEGER NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    expired      INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    taken_back   INTEGER NOT NULL DEFAULT 0 CHECK (taken_back >= 0),
    moved        INTEGER NOT NULL DEFAULT 0 CHECK (moved >= 0),
    expires_at   INTEGER,                                  -- NULL: never
    order_id     BLOB,
    reason       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, order_id),                       -- an order credits once
    CHECK (granted = remaining + held + captured - refunded + expired + taken_back + moved)
) STRICT;

-- Credits set aside for one lead request.
CREATE TABLE credit_holds (
    workspace_id BLOB NOT NULL REFERENCES credit_accounts (workspace_id),
    id           BLOB NOT NULL,
    request_id   BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    member_id    BLOB NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    captured     INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released     INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0),
    expires_at   INTEGER NOT NULL,                         -- C9: 24 hours in all
    created_at   INTEGER NOT NULL,
    closed_at    INTEGER,                                  -- set when captured + released = amount
    close_reason TEXT,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, request_id),
    CHECK (captured + released <= amount),
    CHECK (closed_at IS NULL OR captured + released = amount)
) STRICT;
CREATE INDEX credit_holds_open ON credit_holds (workspace_id, closed_at);

-- Which lots a hold draws from, in draw order.
CREATE TABLE credit_hold_draws (
    workspace_id BLOB NOT NULL,
    hold_id      BLOB NOT NULL,
    position     INTEGER NOT NULL,
    lot_id       BLOB NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    captured     INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released     INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0),
    PRIMARY KEY (workspace_id, hold_id, position),
    FOREIGN KEY (workspace_id, hold_id) REFERENCES credit_holds (workspace_id, id),
    FOREIGN KEY (workspace_id, lot_id) REFERENCES credit_lots (workspace_id, id),
    CHECK (captured + released <= amount)
) STRICT;

-- Every movement, for ever.
CREATE TABLE credit_transfers (
    workspace_id    BLOB NOT NULL REFERENCES credit_accounts (workspace_id),
    seq             INTEGER NOT NULL CHECK (seq > 0),      -- gapless per workspace
    kind            TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'capture', 'release', 'refund', 'expiry', 'take_back', 'move')),
    from_bucket     TEXT NOT NULL CHECK (from_bucket IN ('outside', 'available', 'held', 'spent', 'expired')),
    to_bucket       TEXT NOT NULL CHECK (to_bucket IN ('outside', 'available', 'held', 'spent', 'expired')),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    lot_id          BLOB NOT NULL,
    hold_id         BLOB,
    campaign_id     BLOB,
    request_id      BLOB,
    order_id        BLOB,
    lead_count      INTEGER,
    actor_kind      TEXT NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system', 'operator')),
    actor_id        BLOB,
    reason          TEXT NOT NULL,
    price_version   INTEGER NOT NULL,
    reverses_seq    INTEGER,
    available_after INTEGER NOT NULL CHECK (available_after >= 0),
    held_after      INTEGER NOT NULL CHECK (held_after >= 0),
    idempotency_key TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    previous_hash   BLOB NOT NULL,
    hash            BLOB NOT NULL,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, idempotency_key),
    FOREIGN KEY (workspace_id, lot_id) REFERENCES credit_lots (workspace_id, id),
    CHECK (from_bucket <> to_bucket)
) STRICT;
CREATE INDEX credit_transfers_by_request ON credit_transfers (workspace_id, request_id, seq);
CREATE INDEX credit_transfers_by_campaign ON credit_transfers (workspace_id, campaign_id, seq);
