-- Outreach: mailboxes, sequences, schedules, enrolments and sends. Instants are microseconds UTC, days are days since
-- 1970-01-01 on a local calendar, keys are HMAC-SHA256 of an address or a domain (32 bytes).

-- Mailboxes: the accounts that send. `outbox` is the embedded one, which keeps every mail on this computer.
CREATE TABLE mailboxes (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    id           BLOB NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('outbox')),
    address      TEXT NOT NULL,
    sender_name  TEXT NOT NULL,
    signature    TEXT NOT NULL DEFAULT '',
    time_zone    TEXT NOT NULL,                           -- IANA name; its local date is the day of every counter a mail touches
    daily_cap    INTEGER NOT NULL CHECK (daily_cap BETWEEN 1 AND 500),
    gap_min_s    INTEGER NOT NULL CHECK (gap_min_s >= 0),    -- seconds between two mails
    gap_max_s    INTEGER NOT NULL CHECK (gap_max_s >= gap_min_s),
    spread       INTEGER NOT NULL,                          -- spreads the mails of the cap over the day
    ramp_start   INTEGER,                                    -- slow start: mails on the first sending day; NULL: none
    ramp_step    INTEGER NOT NULL DEFAULT 0,                 -- … more on each further sending day
    ramp_days    INTEGER NOT NULL DEFAULT 0,                 -- days on which it sent at least one mail
    ramp_day     INTEGER,                                    -- the last of them
    state        TEXT NOT NULL CHECK (state IN ('active', 'paused', 'removed')),
    state_since  INTEGER NOT NULL,
    free_at      INTEGER NOT NULL DEFAULT 0,                 -- no mail before this moment
    look_at      INTEGER,                                    -- when the scheduler looks next; NULL: when it is woken
    idle_code    TEXT,                                    -- why its last look found nothing to send
    idle_since   INTEGER,
    lease_until  INTEGER,                                    -- the session that sends for it now
    fence        INTEGER NOT NULL DEFAULT 0,
    created_by   BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX mailboxes_by_address ON mailboxes (workspace_id, address) WHERE state <> 'removed';
CREATE INDEX mailboxes_due ON mailboxes (look_at) WHERE state = 'active' AND look_at IS NOT NULL;

-- What the built-in outbox received, as it would have left.
CREATE TABLE outbox_mails (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    send_id      BLOB NOT NULL,
    message_id   TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    message      TEXT NOT NULL,                            -- RFC 5322, as handed over: ASCII only
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE INDEX outbox_mails_by_mailbox ON outbox_mails (workspace_id, mailbox_id, id);
CREATE INDEX outbox_mails_by_send ON outbox_mails (workspace_id, send_id);

-- What holds for all campaigns of a workspace. No row: the defaults.
CREATE TABLE outreach_settings (
    workspace_id         BLOB PRIMARY KEY REFERENCES workspaces (id),
    postal_address       TEXT NOT NULL DEFAULT '',
    daily_cap            INTEGER CHECK (daily_cap > 0),
    recipient_domain_cap INTEGER NOT NULL DEFAULT 20 CHECK (recipient_domain_cap > 0),  -- mails a day to one company's domain
    ceiling              INTEGER CHECK (ceiling >= 0)         -- mails a day, set by the operator
) STRICT;

-- The operator's stop of all sending, if there is one.
CREATE TABLE sending_stop (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    reason     TEXT NOT NULL,
    stopped_by BLOB NOT NULL REFERENCES users (id),
    stopped_at INTEGER NOT NULL
) STRICT;

-- Whether and when a campaign sends. No row: its emails and schedule were never opened.
CREATE TABLE campaign_sending (
    workspace_id         BLOB NOT NULL,
    campaign_id          BLOB NOT NULL,
    state                TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'running', 'paused', 'finished', 'ended')),
    code                 TEXT,                             -- why it does not run
    since                INTEGER NOT NULL,
    changed_by           BLOB REFERENCES users (id),
    started_at           INTEGER,
    language             TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de', 'fr', 'es')),
    time_zone            TEXT NOT NULL,
    lead_zones           INTEGER NOT NULL DEFAULT 0,    -- windows in each lead's own zone, where it is known
    starts_on            INTEGER,                             -- day
    ends_on              INTEGER,                             -- the last day
    daily_cap            INTEGER CHECK (daily_cap > 0),
    new_daily_cap        INTEGER CHECK (new_daily_cap > 0),
    first                TEXT NOT NULL DEFAULT 'follow_ups' CHECK (first IN ('follow_ups', 'new')),
    recipient_domain_cap INTEGER CHECK (recipient_domain_cap > 0),   -- NULL: the workspace's
    alone                INTEGER NOT NULL DEFAULT 1,     -- leaves people alone who are in another running sequence
    PRIMARY KEY (workspace_id, campaign_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
) STRICT;
CREATE INDEX campaign_sending_running ON campaign_sending (workspace_id, campaign_id) WHERE state IN ('running', 'finished');

CREATE TABLE campaign_windows (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    weekday      INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),   -- Monday is 1
    from_minute  INTEGER NOT NULL CHECK (from_minute >= 0),
    to_minute    INTEGER NOT NULL CHECK (from_minute < to_minute AND to_minute <= 1440),
    PRIMARY KEY (workspace_id, campaign_id, weekday, from_minute),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign_sending (workspace_id, campaign_id)
) STRICT;

CREATE TABLE campaign_days_off (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    day          INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, day),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign_sending (workspace_id, campaign_id)
) STRICT;

-- The current or next window of a running campaign as instants: SQL compares numbers, and the calendar is one file of code.
-- One row, and one for each zone of its leads if it keeps to those.
CREATE TABLE campaign_zones (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    zone         TEXT NOT NULL,                            -- IANA name; empty: the campaign's own
    opens_at     INTEGER NOT NULL,
    closes_at    INTEGER NOT NULL CHECK (closes_at > opens_at),
    PRIMARY KEY (workspace_id, campaign_id, zone),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign_sending (workspace_id, campaign_id)
) STRICT;
CREATE INDEX campaign_zones_turn ON campaign_zones (closes_at);

CREATE TABLE campaign_mailboxes (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    mailbox_id   BLOB NOT NULL,
    state        TEXT NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'finishing')),  -- finishing: only what it began
    last_pick_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, campaign_id, mailbox_id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaign_sending (workspace_id, campaign_id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
CREATE INDEX campaign_mailboxes_by_mailbox ON campaign_mailboxes (workspace_id, mailbox_id, campaign_id);

-- The mails of a sequence, in order.
CREATE TABLE steps (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    position     INTEGER NOT NULL CHECK (position >= 1),
    delay_days   INTEGER NOT NULL CHECK (delay_days BETWEEN 0 AND 365),   -- after the step before it
    working_days INTEGER NOT NULL DEFAULT 1,             -- counts only days that have a window
    new_thread   INTEGER NOT NULL DEFAULT 0,            -- has a subject of its own; the first step always has
    removed_at   INTEGER,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX steps_in_order ON steps (workspace_id, campaign_id, position) WHERE removed_at IS NULL;

-- Texts never change: an edit makes another one.
CREATE TABLE texts (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    step_id      BLOB NOT NULL,
    subject      TEXT NOT NULL,
    body         TEXT NOT NULL,
    made_by      BLOB NOT NULL REFERENCES users (id),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, step_id) REFERENCES steps (workspace_id, id)
) STRICT;
CREATE INDEX texts_by_step ON texts (workspace_id, step_id, id);

CREATE TABLE variants (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    step_id      BLOB NOT NULL,
    letter       TEXT NOT NULL CHECK (letter IN ('A', 'B', 'C', 'D', 'E')),
    weight       INTEGER NOT NULL CHECK (weight > 0),
    text_id      BLOB NOT NULL,
    removed_at   INTEGER,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, step_id) REFERENCES steps (workspace_id, id),
    FOREIGN KEY (workspace_id, text_id) REFERENCES texts (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX variants_by_letter ON variants (workspace_id, step_id, letter) WHERE removed_at IS NULL;

-- One lead in the sequence of one campaign.
CREATE TABLE enrolments (
    workspace_id  BLOB NOT NULL,
    campaign_id   BLOB NOT NULL,
    lead_id       BLOB NOT NULL,
    recipient_key BLOB NOT NULL,
    canonical_key BLOB NOT NULL,                         -- of the address without tags and ignored dots, for suppression only
    domain_key    BLOB,                                  -- NULL: a public mail provider
    zone          TEXT NOT NULL DEFAULT '',                -- as in campaign_zones
    place         INTEGER NOT NULL,                           -- order among the waiting
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'in_flight', 'active', 'held', 'finished', 'stopped')),
    code          TEXT,                                    -- why it is held or stopped
    params        TEXT,
    since         INTEGER NOT NULL,
    held_until    INTEGER,
    next_step_id  BLOB,
    due_at        INTEGER,                                    -- the next mail: not before
    mailbox_id    BLOB,                                     -- from the first mail on
    occupies      INTEGER NOT NULL DEFAULT 0,           -- counts as being in a running sequence
    begun_at      INTEGER,
    last_sent_at  INTEGER,
    PRIMARY KEY (workspace_id, campaign_id, lead_id),      -- no foreign key to campaign_leads: see campaign_departures
    CHECK ((state = 'active') = (due_at IS NOT NULL)),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX enrolments_alone ON enrolments (workspace_id, recipient_key) WHERE occupies;
CREATE INDEX enrolments_due ON enrolments (workspace_id, campaign_id, zone, mailbox_id, due_at, lead_id) WHERE state = 'active';
CREATE INDEX enrolments_waiting ON enrolments (workspace_id, campaign_id, zone, place, lead_id) WHERE state = 'waiting';
CREATE INDEX enrolments_held ON enrolments (held_until) WHERE state = 'held' AND held_until IS NOT NULL;
CREATE INDEX enrolments_by_state ON enrolments (workspace_id, campaign_id, state, code);
CREATE INDEX enrolments_by_person ON enrolments (workspace_id, recipient_key);
CREATE INDEX enrolments_by_canonical ON enrolments (workspace_id, canonical_key);
CREATE INDEX enrolments_by_company ON enrolments (workspace_id, domain_key) WHERE state IN ('waiting', 'active', 'held');

-- Leads that left a campaign: campaigns may not know outreach, so it leaves a note that the scheduler reads.
CREATE TABLE campaign_departures (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    lead_id      BLOB NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, lead_id)
) STRICT;

-- Which leads have an enrolment: finding new ones costs nothing when there are none.
ALTER TABLE campaign_leads ADD COLUMN enrolled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX campaign_leads_new ON campaign_leads (workspace_id, campaign_id, added_at, lead_id) WHERE NOT enrolled;

-- Mails that took a slot: a row is made seconds before its mail leaves, so nothing planned has to be moved.
CREATE TABLE sends (
    workspace_id  BLOB NOT NULL,
    id            BLOB NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('step', 'test')),
    campaign_id   BLOB NOT NULL,
    lead_id       BLOB,
    step_id       BLOB,
    variant_id    BLOB,
    text_id       BLOB,
    mailbox_id    BLOB NOT NULL,
    recipient_key BLOB NOT NULL,
    canonical_key BLOB NOT NULL,
    domain_key    BLOB,
    message_id    TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'cancelled')),
    state_since   INTEGER NOT NULL,
    code          TEXT,
    run_at        INTEGER,
    lease_until   INTEGER,
    fence         INTEGER NOT NULL DEFAULT 0,
    subject       TEXT,                                    -- as sent
    opener        INTEGER NOT NULL DEFAULT 0,           -- the first mail of its sequence
    slot_day      INTEGER,                                    -- the day whose counters hold its slot
    slot_number   INTEGER NOT NULL DEFAULT 0,                 -- which mail of the mailbox's day it is
    sending_at    INTEGER,
    sent_at       INTEGER,
    opted_out_at  INTEGER,
    PRIMARY KEY (workspace_id, id),
    CHECK ((kind = 'step') = (step_id IS NOT NULL)),
    CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CHECK (state <> 'sending' OR sending_at IS NOT NULL),
    FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
    FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
) STRICT;
-- At most one mail per person and step, ever: it outlives erasure, another import and another delivery.
CREATE UNIQUE INDEX sends_once ON sends (workspace_id, step_id, recipient_key) WHERE kind = 'step';
CREATE UNIQUE INDEX sends_message ON sends (workspace_id, message_id);
CREATE INDEX sends_queue ON sends (workspace_id, mailbox_id, run_at) WHERE state IN ('queued', 'deferred');
CREATE INDEX sends_leases ON sends (lease_until) WHERE state IN ('claimed', 'sending');
CREATE INDEX sends_claimed ON sends (workspace_id, campaign_id) WHERE state = 'claimed';
CREATE INDEX sends_unknown ON sends (workspace_id, state_since) WHERE state = 'unknown';
CREATE INDEX sends_slots ON sends (workspace_id) WHERE state = 'cancelled' AND slot_day IS NOT NULL;
CREATE INDEX sends_of_lead ON sends (workspace_id, campaign_id, lead_id, id);
CREATE INDEX sends_of_person ON sends (workspace_id, recipient_key, sending_at);
CREATE INDEX sends_of_campaign ON sends (workspace_id, campaign_id, sending_at);

-- Guarded counters: a slot is reserved in the transaction that makes the send, and never counted afterwards.
CREATE TABLE send_days (
    workspace_id BLOB NOT NULL,
    scope        TEXT NOT NULL CHECK (scope IN ('mailbox', 'campaign', 'campaign_new', 'domain', 'workspace')),
    subject      BLOB NOT NULL,                          -- the id of the mailbox or campaign, the key of the domain, or nothing
    day          INTEGER NOT NULL,
    used         INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (workspace_id, scope, subject, day)
) STRICT;

-- What came of them, by day: for pages. Derived from sends.
CREATE TABLE outcome_days (
    workspace_id BLOB NOT NULL,
    scope        TEXT NOT NULL CHECK (scope IN ('mailbox', 'campaign')),
    subject      BLOB NOT NULL,
    day          INTEGER NOT NULL,
    sent         INTEGER NOT NULL DEFAULT 0,
    opt_outs     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, scope, subject, day)
) STRICT;

-- What happened, for the activity of a campaign and the timeline of a lead.
CREATE TABLE outreach_events (
    workspace_id BLOB NOT NULL,
    id           BLOB NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    campaign_id  BLOB,
    lead_id      BLOB,
    mailbox_id   BLOB,
    send_id      BLOB,
    actor        BLOB,                                      -- the member; NULL: Fairlead
    params       TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX outreach_events_of_campaign ON outreach_events (workspace_id, campaign_id, id);
CREATE INDEX outreach_events_of_lead ON outreach_events (workspace_id, campaign_id, lead_id, id);

-- Why a campaign sends nothing, written when the code changes, so that pages know since when.
CREATE TABLE campaign_waits (
    workspace_id BLOB NOT NULL,
    campaign_id  BLOB NOT NULL,
    code         TEXT NOT NULL,
    params       TEXT NOT NULL,
    since        INTEGER NOT NULL,
    next_at      INTEGER,
    PRIMARY KEY (workspace_id, campaign_id)
) STRICT;
