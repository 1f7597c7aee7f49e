//! The rows that the model and the product are compared by, with the numbers of the test instead of ids.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{
    on,
    outreach::{ids::StepId, schedule::rules::Day},
    server::{clock::Instant, db::Tx},
    suppression::Key,
};

/// What ids of the test are made of: the sequence, what it is, and its number.
pub fn id(case: u32, kind: u32, number: usize) -> Uuid {
    Uuid::from_u128((u128::from(case) << 64) | (u128::from(kind) << 32) | number as u128)
}

fn number(id: Uuid) -> usize {
    usize::try_from(id.as_u128() & 0xffff_ffff).unwrap()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub state: String,
    pub code: Option<String>,
    pub step: Option<usize>,
    pub due_at: Option<Instant>,
    pub held_until: Option<Instant>,
    pub mailbox: Option<usize>,
    pub occupies: bool,
    pub begun: bool,
    pub last_sent_at: Option<Instant>,
    pub place: Instant,
    /// When a held follow-up was due.
    pub kept_due: Option<Instant>,
}

impl Enrolment {
    pub fn is_open(&self) -> bool {
        !matches!(self.state.as_str(), "finished" | "stopped")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    pub state: String,
    pub campaign: usize,
    pub lead: usize,
    pub mailbox: usize,
    pub opener: bool,
    pub slot_day: Option<Day>,
    pub slot_number: i64,
    pub run_at: Option<Instant>,
    pub lease_until: Option<Instant>,
    pub sending_at: Option<Instant>,
    /// When the outbox took it.
    pub taken_at: Option<Instant>,
}

impl Send {
    pub fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "claimed" | "sending")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub state: String,
    pub cap: i64,
    pub ramp_days: i64,
    pub ramp_day: Option<Day>,
    pub free_at: Instant,
}

/// Everything, by numbers: enrolments by campaign and lead, sends by step and person, counters by scope, subject and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    pub campaigns: Vec<String>,
    pub mailboxes: Vec<Mailbox>,
    /// Whether the mailbox of a campaign begins conversations, and when it had its last slot.
    pub chosen: BTreeMap<(usize, usize), (bool, Instant)>,
    pub present: BTreeSet<(usize, usize)>,
    pub enrolments: BTreeMap<(usize, usize), Enrolment>,
    pub sends: BTreeMap<(usize, usize), Send>,
    pub counters: BTreeMap<(String, usize, Day), i64>,
}

/// What numbers stand for that are not in their ids.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub steps: Vec<StepId>,
    pub people: Vec<Key>,
    pub domains: Vec<Key>,
}

#[derive(sqlx::FromRow)]
struct EnrolmentRow {
    campaign_id: Uuid,
    lead_id: Uuid,
    state: String,
    code: Option<String>,
    next_step_id: Option<StepId>,
    due_at: Option<Instant>,
    held_until: Option<Instant>,
    mailbox_id: Option<Uuid>,
    occupies: bool,
    begun: bool,
    last_sent_at: Option<Instant>,
    place: Instant,
    kept_due: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct SendRow {
    step_id: StepId,
    recipient_key: Key,
    state: String,
    campaign_id: Uuid,
    lead_id: Uuid,
    mailbox_id: Uuid,
    opener: bool,
    slot_day: Option<Day>,
    slot_number: i64,
    run_at: Option<Instant>,
    lease_until: Option<Instant>,
    sending_at: Option<Instant>,
    taken_at: Option<Instant>,
}

impl Rows {
    /// The rows of the one workspace of the test.
    pub async fn load(tx: &mut Tx, names: &Names) -> Self {
        let mut rows = Self::default();
        let campaigns: Vec<String> =
            on!(&mut *tx, c => sqlx::query_scalar("select state from campaign_sending order by campaign_id")
            .fetch_all(c).await)
            .unwrap();
        rows.campaigns = campaigns;
        let mailboxes: Vec<(String, i64, i64, Option<Day>, Instant)> = on!(&mut *tx, c => sqlx::query_as(
            "select state, daily_cap, ramp_days, ramp_day, free_at from mailboxes order by id").fetch_all(c).await)
        .unwrap();
        rows.mailboxes = mailboxes
            .into_iter()
            .map(|(state, cap, ramp_days, ramp_day, free_at)| Mailbox { state, cap, ramp_days, ramp_day, free_at })
            .collect();
        let chosen: Vec<(Uuid, Uuid, bool, Instant)> = on!(&mut *tx, c => sqlx::query_as(
            "select campaign_id, mailbox_id, state = 'on', last_pick_at from campaign_mailboxes").fetch_all(c).await)
        .unwrap();
        rows.chosen = chosen.into_iter().map(|(c, m, on, at)| ((number(c), number(m)), (on, at))).collect();
        let present: Vec<(Uuid, Uuid)> =
            on!(&mut *tx, c => sqlx::query_as("select campaign_id, lead_id from campaign_leads").fetch_all(c).await)
                .unwrap();
        rows.present = present.into_iter().map(|(c, l)| (number(c), number(l))).collect();
        rows.load_enrolments(tx, names).await;
        rows.load_sends(tx, names).await;
        let counters: Vec<(String, Vec<u8>, Day, i64)> = on!(tx, c => sqlx::query_as(
            "select scope, subject, day, used from send_days where used > 0").fetch_all(c).await)
        .unwrap();
        rows.counters = counters
            .into_iter()
            .map(|(scope, subject, day, used)| {
                let subject = match scope.as_str() {
                    "workspace" => 0,
                    "domain" => names.domains.iter().position(|key| key.0 == subject[..]).unwrap(),
                    _ => number(Uuid::from_slice(&subject).unwrap()),
                };
                ((scope, subject, day), used)
            })
            .collect();
        rows
    }

    async fn load_enrolments(&mut self, tx: &mut Tx, names: &Names) {
        let found: Vec<EnrolmentRow> = on!(tx, c => sqlx::query_as(
            "select campaign_id, lead_id, state, code, next_step_id, due_at, held_until, mailbox_id, occupies,
                 begun_at is not null as begun, last_sent_at, place, cast(params ->> 'due_at' as bigint) as kept_due
             from enrolments").fetch_all(c).await)
        .unwrap();
        let row = |one: EnrolmentRow| {
            let place = (number(one.campaign_id), number(one.lead_id));
            let enrolment = Enrolment {
                state: one.state,
                code: one.code,
                step: one.next_step_id.map(|id| names.step(id)),
                due_at: one.due_at,
                held_until: one.held_until,
                mailbox: one.mailbox_id.map(number),
                occupies: one.occupies,
                begun: one.begun,
                last_sent_at: one.last_sent_at,
                place: one.place,
                kept_due: one.kept_due,
            };
            (place, enrolment)
        };
        self.enrolments = found.into_iter().map(row).collect();
    }

    async fn load_sends(&mut self, tx: &mut Tx, names: &Names) {
        let found: Vec<SendRow> = on!(tx, c => sqlx::query_as(
            "select d.step_id, d.recipient_key, d.state, d.campaign_id, d.lead_id, d.mailbox_id, d.opener, d.slot_day, d.slot_number,
                 d.run_at, d.lease_until, d.sending_at, (select min(o.received_at) from outbox_mails o where o.send_id = d.id) as taken_at
             from sends d").fetch_all(c).await)
        .unwrap();
        let count = found.len();
        let row = |one: SendRow| {
            let person = names.people.iter().position(|key| *key == one.recipient_key).unwrap();
            let send = Send {
                state: one.state,
                campaign: number(one.campaign_id),
                lead: number(one.lead_id),
                mailbox: number(one.mailbox_id),
                opener: one.opener,
                slot_day: one.slot_day,
                slot_number: one.slot_number,
                run_at: one.run_at,
                lease_until: one.lease_until,
                sending_at: one.sending_at,
                taken_at: one.taken_at,
            };
            ((names.step(one.step_id), person), send)
        };
        self.sends = found.into_iter().map(row).collect();
        assert_eq!(self.sends.len(), count, "S1: a step has two sends to one person");
    }
}

impl Names {
    pub fn step(&self, id: StepId) -> usize {
        self.steps.iter().position(|step| *step == id).unwrap()
    }
}
