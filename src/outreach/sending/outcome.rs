//! What came of mails: sent, and what that means for the enrolment, the mailbox and the numbers on pages.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::{
    counters::Scope,
    plan::Plans,
    release,
    render::Ready,
    stop::{Stop, stop},
    verdict::Count,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId, VariantId},
        mailboxes::state,
        progress::{
            self,
            event::{self, Event, EventKind},
        },
        schedule::rules::Day,
    },
    server::{batches::batches, clock::Instant, db::Tx, hexadecimal::hexadecimal},
    suppression::Key,
};

/// A mail that was taken.
#[derive(Debug, Clone)]
pub(super) struct Handed {
    pub workspace: WorkspaceId,
    pub send: SendId,
    pub fence: i64,
    pub sent_at: Instant,
    /// What the server said to it.
    pub words: Option<String>,
}

impl Handed {
    pub fn of(ready: &Ready, sent_at: Instant) -> Self {
        let claim = &ready.claim;
        Self { workspace: claim.workspace_id, send: claim.id, fence: claim.fence, sent_at, words: None }
    }
}

#[derive(FromRow)]
struct SentRow {
    workspace_id: WorkspaceId,
    id: SendId,
    campaign_id: CampaignId,
    lead_id: Option<LeadId>,
    step_id: Option<StepId>,
    mailbox_id: MailboxId,
    variant_id: Option<VariantId>,
    slot_day: Option<Day>,
    sent_at: Instant,
}

/// Writes that mails were sent: explicit words of the server, a proof, or a member's word for one whose outcome is unknown. A claim
/// that was lost changes nothing. Returns the campaigns in which a sequence is over.
///
/// # Errors
/// The database's.
pub(super) async fn sent(
    tx: &mut Tx,
    handed: &[Handed],
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let mut sent: Vec<SentRow> = Vec::new();
    for batch in batches(handed.iter().map(|one| (one.workspace, one.send, one.fence, one.sent_at, &one.words)))? {
        let some: Vec<SentRow> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set state = 'sent', state_since = $2, sent_at = cast(j.value ->> 3 as bigint), lease_until = null,
                 code = null, stage = null, reply_code = null, reply_status = null, reply_words = j.value ->> 4
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state in ('sending', 'unknown')
             returning workspace_id, id, campaign_id, lead_id, step_id, variant_id, mailbox_id, slot_day, sent_at")
            .bind(Json(batch)).bind(at).fetch_all(c).await)?;
        sent.extend(some);
    }
    sent.sort_by_key(|row| row.id);
    let over = advance(tx, &sent, at).await?;
    progress::forget(tx, &sent.iter().map(|row| (row.workspace_id, row.campaign_id)).collect()).await?;
    count(tx, &sent).await?;
    free_mailboxes(tx, &sent, at).await?;
    let steps = steps_of(tx, sent.iter().map(|row| (row.workspace_id, row.step_id, row.variant_id))).await?;
    let events: Vec<(WorkspaceId, Event)> = sent
        .iter()
        .filter_map(|row| {
            let (step, variant) = steps.get(&(row.step_id?, row.variant_id))?;
            let event = Event {
                mailbox: Some(row.mailbox_id),
                send: Some(row.id),
                ..Event::of(EventKind::Sent, row.campaign_id)
            };
            let event = event.about(row.lead_id?).with(serde_json::json!({ "step": step, "variant": variant }));
            Some((row.workspace_id, event))
        })
        .collect();
    event::record_all(tx, &events, at).await?;
    Ok(over)
}

/// What the activity calls mails: the position of their steps, and the letters of their variants.
///
/// # Errors
/// The database's.
pub(super) async fn steps_of(
    tx: &mut Tx,
    mails: impl Iterator<Item = (WorkspaceId, Option<StepId>, Option<VariantId>)>,
) -> sqlx::Result<HashMap<(StepId, Option<VariantId>), (i64, Option<String>)>> {
    let mails: HashSet<(WorkspaceId, StepId, Option<VariantId>)> =
        mails.filter_map(|(workspace, step, variant)| Some((workspace, step?, variant))).collect();
    let mut steps = HashMap::new();
    for batch in batches(mails.iter())? {
        let some: Vec<(StepId, Option<VariantId>, i64, Option<String>)> = on!(&mut *tx, c => sqlx::query_as(
            "select p.id, v.id, p.position, v.letter from json_each($1) j
             join steps p on p.workspace_id = unhex(j.value ->> 0, '-') and p.id = unhex(j.value ->> 1, '-')
             left join variants v on v.workspace_id = p.workspace_id and v.id = unhex(j.value ->> 2, '-')")
            .bind(Json(batch)).fetch_all(c).await)?;
        steps.extend(some.into_iter().map(|(step, variant, position, letter)| ((step, variant), (position, letter))));
    }
    Ok(steps)
}

/// An enrolment as it moves to its next step.
#[derive(FromRow)]
struct Moving {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    lead_id: LeadId,
    zone: String,
}

/// Whether the enrolment waits for what becomes of its mail.
pub(super) const WAITS_FOR_OUTCOME: &str =
    "(e.state = 'in_flight' or (e.state = 'held' and e.code = 'unknown_outcome'))";

#[derive(Serialize)]
struct NextRow {
    w: WorkspaceId,
    c: CampaignId,
    l: LeadId,
    sent_at: Instant,
    step: Option<StepId>,
    due: Option<Instant>,
}

/// Moves enrolments whose mail left to the next step, or to their end. Returns the campaigns of those.
async fn advance(tx: &mut Tx, sent: &[SentRow], at: Instant) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let of_steps: BTreeMap<(WorkspaceId, CampaignId, LeadId), (StepId, Instant)> = sent
        .iter()
        .filter_map(|row| Some(((row.workspace_id, row.campaign_id, row.lead_id?), (row.step_id?, row.sent_at))))
        .collect();
    let plans = Plans::load(tx, &of_steps.keys().map(|(w, c, _)| (*w, *c)).collect()).await?;
    let mut moving: Vec<Moving> = Vec::new();
    for batch in batches(of_steps.keys())? {
        let some: Vec<Moving> = on!(&mut *tx, c => sqlx::query_as(
            "select e.workspace_id, e.campaign_id, e.lead_id, e.zone from json_each($1) j
             join enrolments e on e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 1, '-')
                 and e.lead_id = unhex(j.value ->> 2, '-')")
            .bind(Json(batch)).fetch_all(c).await)?;
        moving.extend(some);
    }
    let rows = moving.iter().filter_map(|one| {
        let (w, c, l) = (one.workspace_id, one.campaign_id, one.lead_id);
        let (step, sent_at) = of_steps.get(&(w, c, l))?;
        let next = plans.next((w, c), *step, &one.zone, *sent_at);
        Some(NextRow { w, c, l, sent_at: *sent_at, step: next.map(|(step, _)| step), due: next.map(|(_, due)| due) })
    });
    let (mut people, mut over) = (Vec::new(), BTreeSet::new());
    for batch in batches(rows)? {
        // A stop that came after the mail left stays; that it was begun is true all the same. One that was held because it was not known
        // whether the mail left continues.
        let sql = format!(
            "update enrolments as e set
                 state = case when not {WAITS_FOR_OUTCOME} then e.state when j.value ->> 'step' is null then 'finished' else 'active' end,
                 since = case when not {WAITS_FOR_OUTCOME} then e.since else $2 end,
                 code = case when not {WAITS_FOR_OUTCOME} then e.code end,
                 params = case when not {WAITS_FOR_OUTCOME} then e.params end,
                 due_at = case when not {WAITS_FOR_OUTCOME} then e.due_at else cast(j.value ->> 'due' as bigint) end,
                 next_step_id = case when not {WAITS_FOR_OUTCOME} then e.next_step_id else unhex(j.value ->> 'step', '-') end,
                 occupies = e.occupies and {WAITS_FOR_OUTCOME} and j.value ->> 'step' is not null,
                 begun_at = coalesce(e.begun_at, cast(j.value ->> 'sent_at' as bigint)),
                 last_sent_at = cast(j.value ->> 'sent_at' as bigint)
             from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 'w', '-') and e.campaign_id = unhex(j.value ->> 'c', '-')
               and e.lead_id = unhex(j.value ->> 'l', '-')
             returning workspace_id, campaign_id, recipient_key, state = 'finished' as is_over"
        );
        let moved: Vec<(WorkspaceId, CampaignId, Key, bool)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(Json(batch)).bind(at).fetch_all(c).await)?;
        for (workspace, campaign, person, _) in moved.into_iter().filter(|moved| moved.3) {
            people.push((workspace, person));
            over.insert((workspace, campaign));
        }
    }
    release::freed(tx, people.into_iter(), at).await?;
    Ok(over)
}

#[derive(Serialize)]
struct CountRow {
    w: WorkspaceId,
    scope: Scope,
    subject: String,
    day: Day,
    more: i64,
}

/// Adds to the numbers of the day, of the mailbox and of the campaign.
async fn count(tx: &mut Tx, sent: &[SentRow]) -> sqlx::Result<()> {
    let steps = sent.iter().filter(|row| row.step_id.is_some());
    let mails = steps.filter_map(|row| Some(((row.workspace_id, row.campaign_id), row.mailbox_id, row.slot_day?)));
    add(tx, "sent", of_days(mails, 1)).await
}

/// What is counted of the mails of a day besides that they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Refused(Count),
    /// The first answer of a person to a mail.
    Replies,
    /// A mail was reported as spam.
    Complaints,
}

impl Outcome {
    /// Its column of `outcome_days`.
    fn column(self) -> &'static str {
        match self {
            Self::Refused(Count::Hard) => "hard",
            Self::Refused(Count::Soft) => "soft",
            Self::Refused(Count::Policy) => "policy",
            Self::Replies => "replies",
            Self::Complaints => "complaints",
        }
    }
}

/// Adds one for each mail to the numbers of its day, of the mailbox and of the campaign.
///
/// # Errors
/// The database's.
pub(super) async fn count_all(
    tx: &mut Tx,
    outcome: Outcome,
    mails: impl Iterator<Item = ((WorkspaceId, CampaignId), MailboxId, Day)>,
) -> sqlx::Result<()> {
    add(tx, outcome.column(), of_days(mails, 1)).await
}

/// Takes one for each mail from those numbers again.
///
/// # Errors
/// The database's.
pub(super) async fn uncount_all(
    tx: &mut Tx,
    outcome: Outcome,
    mails: impl Iterator<Item = ((WorkspaceId, CampaignId), MailboxId, Day)>,
) -> sqlx::Result<()> {
    add(tx, outcome.column(), of_days(mails, -1)).await
}

type Days = BTreeMap<(WorkspaceId, Scope, [u8; 16], Day), i64>;

fn of_days(mails: impl Iterator<Item = ((WorkspaceId, CampaignId), MailboxId, Day)>, each: i64) -> Days {
    let mut days = Days::new();
    for ((workspace, campaign), mailbox, day) in mails {
        *days.entry((workspace, Scope::Mailbox, *mailbox.0.as_bytes(), day)).or_default() += each;
        *days.entry((workspace, Scope::Campaign, *campaign.0.as_bytes(), day)).or_default() += each;
    }
    days
}

async fn add(tx: &mut Tx, column: &'static str, days: Days) -> sqlx::Result<()> {
    let rows = days.into_iter().map(|((w, scope, subject, day), more)| CountRow {
        w,
        scope,
        subject: hexadecimal(&subject),
        day,
        more,
    });
    let sql = format!(
        "insert into outcome_days (workspace_id, scope, subject, day, {column})
         select unhex(value ->> 'w', '-'), value ->> 'scope', unhex(value ->> 'subject'), cast(value ->> 'day' as bigint),
             cast(value ->> 'more' as bigint)
         from json_each($1) where true
         on conflict (workspace_id, scope, subject, day) do update set {column} = outcome_days.{column} + excluded.{column}"
    );
    for batch in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// When the mailboxes are free: their gap counts from when the mail left, and a slow start climbs with the days on which they sent. What
/// failed before is over.
async fn free_mailboxes(tx: &mut Tx, sent: &[SentRow], at: Instant) -> sqlx::Result<()> {
    let mut troubled: BTreeSet<(WorkspaceId, MailboxId)> = BTreeSet::new();
    let steps = sent.iter().filter(|row| row.step_id.is_some());
    let rows = steps.map(|row| (row.workspace_id, row.mailbox_id, row.sent_at, row.slot_day));
    for batch in batches(rows)? {
        let some: Vec<(WorkspaceId, MailboxId, bool)> = on!(&mut *tx, c => sqlx::query_as(
            "update mailboxes as b set
                 free_at = case when cast(j.value ->> 2 as bigint) + b.gap_min_s * 1000000 > b.free_at
                     then cast(j.value ->> 2 as bigint) + b.gap_min_s * 1000000 else b.free_at end,
                 ramp_days = b.ramp_days + case when b.ramp_day is null or b.ramp_day < cast(j.value ->> 3 as bigint) then 1 else 0 end,
                 ramp_day = case when b.ramp_day >= cast(j.value ->> 3 as bigint) then b.ramp_day
                     else coalesce(cast(j.value ->> 3 as bigint), b.ramp_day) end
             from json_each($1) j
             where b.workspace_id = unhex(j.value ->> 0, '-') and b.id = unhex(j.value ->> 1, '-')
             returning workspace_id, id, failures > 0 or state_code is not null")
            .bind(Json(batch)).fetch_all(c).await)?;
        troubled.extend(some.into_iter().filter(|one| one.2).map(|(workspace, mailbox, _)| (workspace, mailbox)));
    }
    for mailbox in troubled {
        state::recover(tx, mailbox, at).await?;
    }
    Ok(())
}

/// Moves one lead past a step without a mail.
///
/// # Errors
/// The database's.
pub(super) async fn skip_step(
    tx: &mut Tx,
    (workspace, campaign, lead): (WorkspaceId, CampaignId, LeadId),
    step: StepId,
    at: Instant,
) -> sqlx::Result<()> {
    let found: Option<(String, Option<Instant>)> = on!(&mut *tx, c => sqlx::query_as(
        "select zone, last_sent_at from enrolments where workspace_id = $1 and campaign_id = $2 and lead_id = $3")
        .bind(workspace).bind(campaign).bind(lead).fetch_optional(c).await)?;
    let Some((zone, last_sent_at)) = found else { return Ok(()) };
    let plans = Plans::load(tx, &BTreeSet::from([(workspace, campaign)])).await?;
    let Some((next, due)) = plans.next((workspace, campaign), step, &zone, last_sent_at.unwrap_or(at)) else {
        return stop(tx, workspace, &[(campaign, lead)], Stop { code: "had_it", actor: None }, at).await.map(drop);
    };
    on!(tx, c => sqlx::query(
        "update enrolments set next_step_id = $4, due_at = case when state = 'active' then $5 else due_at end
         where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and state in ('waiting', 'active')")
        .bind(workspace).bind(campaign).bind(lead).bind(next).bind(due).execute(c).await.map(drop))
}
