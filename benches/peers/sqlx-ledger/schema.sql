-- The tables that sqlx-ledger's statements name: its package carries none. Only what posting needs; no event triggers.

CREATE TYPE DebitOrCredit AS ENUM ('debit', 'credit');
CREATE TYPE Status AS ENUM ('active');
CREATE TYPE Layer AS ENUM ('settled', 'pending', 'encumbered');

CREATE TABLE sqlx_ledger_accounts (
    id                  UUID PRIMARY KEY,
    version             INT NOT NULL DEFAULT 1,
    code                TEXT NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    normal_balance_type DebitOrCredit NOT NULL,
    description         TEXT,
    status              Status NOT NULL,
    metadata            JSONB,
    modified_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at          TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sqlx_ledger_journals (
    id          UUID PRIMARY KEY,
    version     INT NOT NULL DEFAULT 1,
    name        TEXT NOT NULL,
    description TEXT,
    status      Status NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sqlx_ledger_tx_templates (
    id          UUID PRIMARY KEY,
    version     INT NOT NULL DEFAULT 1,
    code        TEXT NOT NULL UNIQUE,
    description TEXT,
    params      JSONB,
    tx_input    JSONB NOT NULL,
    entries     JSONB NOT NULL,
    metadata    JSONB,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sqlx_ledger_transactions (
    id             UUID PRIMARY KEY,
    version        INT NOT NULL DEFAULT 1,
    journal_id     UUID NOT NULL,
    tx_template_id UUID NOT NULL,
    effective      DATE NOT NULL,
    correlation_id UUID NOT NULL,
    external_id    TEXT NOT NULL UNIQUE,
    description    TEXT,
    metadata       JSONB,
    modified_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sqlx_ledger_entries (
    id             UUID PRIMARY KEY,
    version        INT NOT NULL DEFAULT 1,
    transaction_id UUID NOT NULL,
    account_id     UUID NOT NULL,
    journal_id     UUID NOT NULL,
    entry_type     TEXT NOT NULL,
    layer          Layer NOT NULL,
    units          NUMERIC NOT NULL,
    currency       TEXT NOT NULL,
    direction      DebitOrCredit NOT NULL,
    sequence       INT NOT NULL,
    description    TEXT,
    modified_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sqlx_ledger_current_balances (
    journal_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency   TEXT NOT NULL,
    version    INT NOT NULL,
    PRIMARY KEY (journal_id, account_id, currency)
);

CREATE TABLE sqlx_ledger_balances (
    journal_id             UUID NOT NULL,
    account_id             UUID NOT NULL,
    entry_id               UUID NOT NULL,
    currency               TEXT NOT NULL,
    settled_dr_balance     NUMERIC NOT NULL,
    settled_cr_balance     NUMERIC NOT NULL,
    settled_entry_id       UUID NOT NULL,
    settled_modified_at    TIMESTAMPTZ NOT NULL,
    pending_dr_balance     NUMERIC NOT NULL,
    pending_cr_balance     NUMERIC NOT NULL,
    pending_entry_id       UUID NOT NULL,
    pending_modified_at    TIMESTAMPTZ NOT NULL,
    encumbered_dr_balance  NUMERIC NOT NULL,
    encumbered_cr_balance  NUMERIC NOT NULL,
    encumbered_entry_id    UUID NOT NULL,
    encumbered_modified_at TIMESTAMPTZ NOT NULL,
    version                INT NOT NULL,
    modified_at            TIMESTAMPTZ NOT NULL,
    created_at             TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (journal_id, account_id, currency, version)
);
