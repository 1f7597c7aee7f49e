//! What comes of a mail that was not taken: the verdict's effects on the mail and the numbers, and with `refused_lead.rs`,
//! `refused_address.rs` and `trouble.rs` on the lead, the address and the mailbox, in one transaction. What each outcome means is decided in `verdict/`; nothing here reads a server's words.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use sqlx::FromRow;

use super::{
    breakers,
    choose::slots_of,
    claim::{Claim, Lease},
    counters,
    outcome::{self, Outcome, steps_of},
    refused_address::{Blame, blame_address},
    refused_lead::move_enrolment,
    tries::{self, Try},
    trouble,
    unknown::UNKNOWN_OUTCOME,
    verdict::{Class, Count, Mailbox, SendState, Verdict, Wait, no_such_domain, verdict},
    wake::wake_for_room,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    ids::CampaignId,
    mail::smtp::{Fault, Stage},
    on,
    outreach::{
        ids::{SendId, StepId, VariantId},
        progress::event::{self, Event, EventKind},
        schedule::rules::Day,
    },
    server::{clock::Instant, db::Tx},
    suppression::{Key, SuppressionKeys},
};

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Tries of a mail that waits for something to be mended.
const MENDED_TRIES_MAX: i64 = 5;

/// A mail that was not taken, and what was said instead.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    lease: Lease,
    pub send: SendId,
    fence: i64,
    pub verdict: Verdict,
    stage: Stage,
    reply_code: Option<u16>,
    reply_status: Option<String>,
    words: String,
    /// Our own look-up finds no mail server for the domain either.
    pub domain_is_gone: bool,
}

impl Refused {
    pub fn of(lease: Lease, claim: &Claim, fault: &Fault) -> Self {
        let reply = fault.reply();
        Self {
            lease,
            send: claim.id,
            fence: claim.fence,
            verdict: verdict(fault),
            stage: fault.stage,
            reply_code: reply.map(|reply| reply.code),
            reply_status: reply.and_then(|reply| reply.status).map(|status| status.to_string()),
            words: reply.map_or_else(|| fault.cause.to_string(), |reply| reply.words.clone()),
            domain_is_gone: false,
        }
    }

    /// A mail that was offered to no server, because the domain of its recipient takes none.
    pub fn for_its_domain(lease: Lease, claim: &Claim, domain: &str) -> Self {
        Self {
            lease,
            send: claim.id,
            fence: claim.fence,
            verdict: no_such_domain(),
            stage: Stage::Recipient,
            reply_code: None,
            reply_status: None,
            words: format!("{domain} takes no mail: it does not exist, or says so itself (looked up before sending)."),
            domain_is_gone: true,
        }
    }

    /// Whether the mailbox sends nothing more for now.
    pub fn stops_mailbox(&self) -> bool {
        self.verdict.effects.mailbox != Mailbox::Untouched
    }

    pub fn code(&self) -> &'static str {
        self.verdict.class.name()
    }

    /// What it says of the address.
    fn blame<'b>(&self, before: &'b Before, lead: LeadId) -> Blame<'b> {
        Blame {
            workspace: before.workspace_id,
            send: self.send,
            lead,
            recipient_key: before.recipient_key,
            email: before.email.as_deref(),
            is_first: before.opener,
            class: self.verdict.class,
            address: self.verdict.effects.address,
            domain_is_gone: self.domain_is_gone,
            words: self.answer(),
        }
    }

    /// The answer as the server gave it.
    pub fn answer(&self) -> String {
        let code = self.reply_code.map(|code| code.to_string());
        [code, self.reply_status.clone(), Some(self.words.clone())].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// The mail as it was before.
#[derive(Debug, FromRow)]
pub(super) struct Before {
    pub workspace_id: WorkspaceId,
    pub campaign_id: CampaignId,
    pub lead_id: Option<LeadId>,
    pub step_id: Option<StepId>,
    variant_id: Option<VariantId>,
    is_test: bool,
    /// Tries before this one.
    attempt: i64,
    first_try_at: Option<Instant>,
    pub opener: bool,
    slot_day: Option<Day>,
    domain_key: Option<Key>,
    pub recipient_key: Key,
    sending_at: Option<Instant>,
    pub zone: Option<String>,
    /// The enrolment waits for it; it was not stopped meanwhile.
    is_awaited: bool,
    /// The mailbox was removed meanwhile.
    is_orphan: bool,
    pub email: Option<String>,
}

/// The mail as it is afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Queued(Instant),
    Deferred(Instant),
    Failed,
    /// Nothing would send it any more.
    Cancelled,
}

/// Writes what a refusal does. A claim that was lost changes nothing. Returns the campaigns that this concerns.
///
/// # Errors
/// The database's.
pub(super) async fn refused(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    one: &Refused,
    at: Instant,
) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let Some(before) = take(tx, one, at).await? else { return Ok(BTreeSet::new()) };
    let mailbox_stops =
        trouble::apply(tx, one.lease, one.verdict.effects.mailbox, one.code(), &one.answer(), at).await?;
    let after = match state_after(one.verdict.class, &before, mailbox_stops, at) {
        After::Queued(_) | After::Deferred(_) if !before.is_awaited || before.is_orphan => After::Cancelled,
        after => after,
    };
    write(tx, one, after, at).await?;
    let tried = Try {
        workspace: before.workspace_id,
        send: one.send,
        code: one.code(),
        stage: Some(&one.stage.to_string()),
        reply_code: one.reply_code,
        reply_status: one.reply_status.as_deref(),
        reply_words: Some(&one.words),
    };
    tries::record(tx, std::iter::once(tried), at).await?;
    let mut concerned = BTreeSet::new();
    if let Some(lead) = before.lead_id.filter(|_| !before.is_test) {
        take_back_first(tx, &before, lead).await?;
        if after == After::Failed && one.verdict.effects.slot_back {
            give_slot_back(tx, one, &before, at).await?;
        }
        // The credit comes back while the lead is still where it was delivered.
        let refund = match after {
            After::Failed => blame_address(tx, keys, &one.blame(&before, lead), at).await?,
            _ => 0,
        };
        move_enrolment(tx, one, &before, lead, after, at).await?;
        tell(tx, one, &before, lead, (after, refund), at).await?;
        concerned.extend(count(tx, one, &before, at).await?);
    }
    if after == After::Failed || mailbox_stops {
        concerned.insert((before.workspace_id, before.campaign_id));
    }
    Ok(concerned)
}

/// Takes the mail out of the hands of its session: the words are written, its state comes next. Nothing: the claim was lost.
async fn take(tx: &mut Tx, one: &Refused, at: Instant) -> sqlx::Result<Option<Before>> {
    let workspace = one.lease.workspace;
    let taken = on!(&mut *tx, c => sqlx::query(
        "update sends set lease_until = null, code = $4, stage = $5, reply_code = $6, reply_status = $7, reply_words = $8
         where workspace_id = $1 and id = $2 and fence = $3 and state in ('claimed', 'sending', 'unknown')")
        .bind(workspace).bind(one.send).bind(one.fence).bind(one.code()).bind(one.stage.to_string())
        .bind(one.reply_code.map(i64::from)).bind(&one.reply_status).bind(&one.words)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if taken == 0 {
        return Ok(None);
    }
    // A reply that came after all.
    on!(&mut *tx, c => sqlx::query(
        "update enrolments as e set state = 'in_flight', code = null, params = null, since = $4
         where e.workspace_id = $1 and e.state = 'held' and e.code = $3 and (e.campaign_id, e.lead_id) in (
             select d.campaign_id, d.lead_id from sends d where d.workspace_id = $1 and d.id = $2)")
        .bind(workspace).bind(one.send).bind(UNKNOWN_OUTCOME).bind(at).execute(c).await.map(drop))?;
    let before = on!(tx, c => sqlx::query_as(
        "select d.workspace_id, d.campaign_id, d.lead_id, d.step_id, d.variant_id, d.kind = 'test' as is_test, d.attempt,
             d.first_try_at, d.opener, d.slot_day, d.domain_key, d.recipient_key, d.sending_at, e.zone,
             d.kind <> 'step' or coalesce(e.state = 'in_flight', false) as is_awaited, m.state = 'removed' as is_orphan, l.email
         from sends d
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         left join enrolments e on e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.id = $2")
        .bind(workspace).bind(one.send).fetch_one(c).await)?;
    Ok(Some(before))
}

/// Whether the mail is tried again, and when.
fn state_after(class: Class, before: &Before, mailbox_stops: bool, at: Instant) -> After {
    let tries = before.attempt + 1;
    let since_first = before.first_try_at.map_or(Duration::ZERO, |first| {
        Duration::from_micros(at.micros().saturating_sub(first.micros()).max(0).unsigned_abs())
    });
    let pause = |wait: Wait| wait.pause(u32::try_from(tries).unwrap_or(u32::MAX), since_first);
    let later = |pause: Duration| at.plus(spread(pause, before, tries));
    match class.effects().send {
        SendState::Queued(wait) => After::Queued(pause(wait).map_or(at, later)),
        // A member who tries out a text wants to know now.
        SendState::Deferred(_) if before.is_test => After::Failed,
        SendState::Deferred(Wait::Mended) if tries > MENDED_TRIES_MAX => After::Failed,
        // What stops the mailbox keeps the mail until that is mended; else the next day may be a better one.
        SendState::Deferred(Wait::Mended) if mailbox_stops => After::Deferred(at),
        SendState::Deferred(Wait::Mended) => After::Deferred(later(DAY)),
        SendState::Deferred(wait) => pause(wait).map_or(After::Failed, |pause| After::Deferred(later(pause))),
        SendState::Failed | SendState::Unknown => After::Failed,
    }
}

/// The pause, up to a tenth shorter or longer, so that mails that were put off together do not come back together.
fn spread(pause: Duration, before: &Before, tries: i64) -> Duration {
    let drawn = before
        .recipient_key
        .0
        .iter()
        .zip(0_i64..)
        .fold(tries, |sum, (byte, place)| sum.wrapping_mul(31).wrapping_add(i64::from(*byte)).wrapping_add(place));
    let percent = 90 + drawn.rem_euclid(21);
    pause * u32::try_from(percent).unwrap_or(100) / 100
}

async fn write(tx: &mut Tx, one: &Refused, after: After, at: Instant) -> sqlx::Result<()> {
    let (state, run_at) = match after {
        After::Queued(run_at) => ("queued", Some(run_at)),
        After::Deferred(run_at) => ("deferred", Some(run_at)),
        After::Failed => ("failed", None),
        // The scheduler gives its slot back.
        After::Cancelled => ("cancelled", None),
    };
    on!(tx, c => sqlx::query(
        "update sends set state = $3, state_since = $4, run_at = $5, fence = fence + 1 where workspace_id = $1 and id = $2")
        .bind(one.lease.workspace).bind(one.send).bind(state).bind(at).bind(run_at).execute(c).await.map(drop))
}

/// A first mail that was not taken after its message was sent: the lead was not mailed, and can be returned as before.
async fn take_back_first(tx: &mut Tx, before: &Before, lead: LeadId) -> sqlx::Result<()> {
    match before.sending_at.filter(|_| before.opener) {
        Some(mailed_at) => campaigns::leads::not_mailed(tx, before.workspace_id, lead, mailed_at).await,
        None => Ok(()),
    }
}

async fn give_slot_back(tx: &mut Tx, one: &Refused, before: &Before, at: Instant) -> sqlx::Result<()> {
    let Some(day) = before.slot_day else { return Ok(()) };
    on!(&mut *tx, c => sqlx::query("update sends set slot_day = null where workspace_id = $1 and id = $2")
        .bind(before.workspace_id).bind(one.send).execute(c).await.map(drop))?;
    let mailbox = (before.workspace_id, one.lease.mailbox, day);
    let slots = slots_of(mailbox, before.campaign_id, before.domain_key, before.opener);
    wake_for_room(tx, &BTreeSet::from([before.workspace_id]), at).await?;
    counters::give_back(tx, &slots.into_iter().map(|key| (key, 1)).collect()).await
}

/// The line of the activity. A mail that was not tried has none: the mailbox's page says why.
async fn tell(
    tx: &mut Tx,
    one: &Refused,
    before: &Before,
    lead: LeadId,
    (after, refund): (After, i64),
    at: Instant,
) -> sqlx::Result<()> {
    let (kind, until) = match after {
        After::Queued(_) | After::Cancelled => return Ok(()),
        After::Deferred(until) => (EventKind::Deferred, Some(until)),
        After::Failed => (EventKind::Failed, None),
    };
    let steps = steps_of(tx, std::iter::once((before.workspace_id, before.step_id, before.variant_id))).await?;
    let step = before.step_id.and_then(|step| steps.get(&(step, before.variant_id))).map(|step| step.0);
    let params: Value =
        json!({ "step": step, "code": one.code(), "words": one.answer(), "until": until, "credits": refund });
    let event = Event { mailbox: Some(one.lease.mailbox), send: Some(one.send), ..Event::of(kind, before.campaign_id) };
    event::record(tx, before.workspace_id, &[event.about(lead).with(params)], at).await
}

/// Adds to the numbers of the day, and looks whether they are too many. Returns what was paused.
async fn count(
    tx: &mut Tx,
    one: &Refused,
    before: &Before,
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let Some(count) = one.verdict.effects.count else { return Ok(BTreeSet::new()) };
    let campaign = (before.workspace_id, before.campaign_id);
    if let Some(day) = before.slot_day {
        outcome::count_all(tx, Outcome::Refused(count), std::iter::once((campaign, one.lease.mailbox, day))).await?;
    }
    let is_paused = match count {
        Count::Hard => breakers::bounces(tx, campaign, at).await?,
        Count::Policy => breakers::refusals(tx, (one.lease.workspace, one.lease.mailbox), &one.answer(), at).await?,
        Count::Soft => false,
    };
    Ok(is_paused.then_some(campaign).into_iter().collect())
}
