//! What comes of a mail that was not taken: the verdict's effects on the mail, the lead, the mailbox, the address and the numbers, in one
//! transaction. What each outcome means is decided in `verdict/`; nothing here reads a server's words.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use sqlx::FromRow;

use super::{
    breakers,
    choose::slots_of,
    claim::{Claim, Lease},
    counters,
    outcome::{self, steps_of},
    plan::Plans,
    stop::{Stop, stop},
    tries::{self, Try},
    trouble,
    unknown::UNKNOWN_OUTCOME,
    verdict::{Address, Class, Count, Enrolment, Mailbox, SendState, Verdict, Wait, no_such_domain, verdict},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    email::Email,
    ids::CampaignId,
    mail::smtp::{Fault, Stage},
    on,
    outreach::{
        ids::{SendId, StepId, VariantId},
        progress::event::{self, Event, EventKind},
        schedule::rules::Day,
        unsubscribe::suppress,
    },
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::{Cause, Key, Reason, Subject, SuppressionKeys},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Tries of a mail that waits for something to be mended.
const MENDED_TRIES_MAX: i64 = 5;

/// A mail that was not taken, and what was said instead.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    lease: Lease,
    send: SendId,
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

    fn code(&self) -> &'static str {
        self.verdict.class.name()
    }

    /// The answer as the server gave it.
    fn answer(&self) -> String {
        let code = self.reply_code.map(|code| code.to_string());
        [code, self.reply_status.clone(), Some(self.words.clone())].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// The mail as it was before.
#[derive(Debug, FromRow)]
struct Before {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    lead_id: Option<LeadId>,
    step_id: Option<StepId>,
    variant_id: Option<VariantId>,
    is_test: bool,
    /// Tries before this one.
    attempt: i64,
    first_try_at: Option<Instant>,
    opener: bool,
    slot_day: Option<Day>,
    domain_key: Option<Key>,
    recipient_key: Key,
    sending_at: Option<Instant>,
    zone: Option<String>,
    /// The enrolment waits for it; it was not stopped meanwhile.
    is_awaited: bool,
    /// The mailbox was removed meanwhile.
    is_orphan: bool,
    email: Option<String>,
}

/// The mail as it is afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
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
            give_slot_back(tx, one, &before).await?;
        }
        // The credit comes back while the lead is still where it was delivered.
        let refund = if after == After::Failed { blame_address(tx, keys, one, &before, lead, at).await? } else { 0 };
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
             d.kind = 'test' or coalesce(e.state = 'in_flight', false) as is_awaited, m.state = 'removed' as is_orphan, l.email
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

async fn give_slot_back(tx: &mut Tx, one: &Refused, before: &Before) -> sqlx::Result<()> {
    let Some(day) = before.slot_day else { return Ok(()) };
    on!(&mut *tx, c => sqlx::query("update sends set slot_day = null where workspace_id = $1 and id = $2")
        .bind(before.workspace_id).bind(one.send).execute(c).await.map(drop))?;
    let mailbox = (before.workspace_id, one.lease.mailbox, day);
    let slots = slots_of(mailbox, before.campaign_id, before.domain_key, before.opener);
    counters::give_back(tx, &slots.into_iter().map(|key| (key, 1)).collect()).await
}

/// What is learned of the address: it is suppressed where the server says for certain that it takes no mail, or refuses it without a
/// reason on two days. A first mail brings the lead's credit back then (rule C15). Returns how many credits came back.
async fn blame_address(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    one: &Refused,
    before: &Before,
    lead: LeadId,
    at: Instant,
) -> anyhow::Result<i64> {
    let is_certain = match one.verdict.effects.address {
        Address::Untouched => return Ok(0),
        Address::Bad => true,
        Address::BadIfDomainIsGone => one.domain_is_gone,
        Address::Unclear => false,
    };
    if !is_certain && !was_refused_before(tx, one, before, at).await? {
        return Ok(0);
    }
    let back = if is_certain && before.opener {
        let status = if one.verdict.class == Class::NoSuchDomain { "5.1.2" } else { "5.1.1" };
        match campaigns::bounced(tx, keys, before.workspace_id, lead, status, at).await {
            Ok(back) => back.get(),
            // The person's data was erased meanwhile.
            Err(AppError::NotFound) => 0,
            Err(error) => return Err(error.into()),
        }
    } else {
        0
    };
    if let Some(Ok(email)) = before.email.as_ref().map(|email| email.parse::<Email>()) {
        let cause = Cause { note: one.answer(), mail: Some(one.send.0), ..Cause::of(Reason::Bounced) };
        suppress(tx, before.workspace_id, &[Subject::address(keys, &email)], &cause, at).await?;
    }
    Ok(back)
}

/// Whether a mail to this person was refused without a reason on an earlier day.
async fn was_refused_before(tx: &mut Tx, one: &Refused, before: &Before, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where workspace_id = $1 and recipient_key = $2 and id <> $3 and state = 'failed'
             and code in ('refused_unclear', 'no_such_domain') and state_since <= $4)")
        .bind(before.workspace_id).bind(before.recipient_key).bind(one.send).bind(at.minus(DAY)).fetch_one(c).await)
}

/// Moves the enrolment, if it still waits for this mail.
async fn move_enrolment(
    tx: &mut Tx,
    one: &Refused,
    before: &Before,
    lead: LeadId,
    after: After,
    at: Instant,
) -> sqlx::Result<()> {
    let effects = one.verdict.effects;
    let tried = matches!(effects.send, SendState::Deferred(_));
    let effect = match after {
        After::Queued(_) | After::Deferred(_) => Enrolment::Stays,
        After::Cancelled => return pass_on(tx, before, lead, at).await,
        After::Failed if tried => effects.given_up,
        After::Failed => effects.enrolment,
    };
    let key = (before.workspace_id, before.campaign_id, lead);
    match effect {
        Enrolment::Stays => Ok(()),
        Enrolment::Stopped(code) => end(tx, key, code, at).await,
        Enrolment::Held(code) => hold(tx, key, (code, &one.answer()), None, at).await,
        Enrolment::HeldForDays(code, days) => {
            let again = was_held_before(tx, one, before).await?;
            let pause = DAY * u32::from(days);
            let next = match before.step_id.filter(|_| !again) {
                Some(step) => {
                    let plans = Plans::load(tx, &BTreeSet::from([(before.workspace_id, before.campaign_id)])).await?;
                    let zone = before.zone.as_deref().unwrap_or_default();
                    plans.next((before.workspace_id, before.campaign_id), step, zone, at)
                }
                None => None,
            };
            match next {
                Some((step, due)) => {
                    hold(tx, key, (code, &one.answer()), Some((step, due.max(at.plus(pause)))), at).await
                }
                None => end(tx, key, code, at).await,
            }
        }
    }
}

/// Leaves a lead whose mailbox was removed meanwhile to another one.
async fn pass_on(tx: &mut Tx, before: &Before, lead: LeadId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update enrolments set state = 'held', code = 'mailbox_gone', params = null, since = $4, held_until = $4, mailbox_id = null
         where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and state = 'in_flight'")
        .bind(before.workspace_id).bind(before.campaign_id).bind(lead).bind(at).execute(c).await.map(drop))
}

/// Whether an earlier mail of this sequence failed for the same reason.
async fn was_held_before(tx: &mut Tx, one: &Refused, before: &Before) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and id <> $4
             and state = 'failed' and code = $5)")
        .bind(before.workspace_id).bind(before.campaign_id).bind(before.lead_id).bind(one.send).bind(one.code())
        .fetch_one(c).await)
}

type Place = (WorkspaceId, CampaignId, LeadId);

async fn end(tx: &mut Tx, (workspace, campaign, lead): Place, code: &str, at: Instant) -> sqlx::Result<()> {
    stop(tx, workspace, &[(campaign, lead)], Stop { code, actor: None }, at).await.map(drop)
}

/// Holds an enrolment: until a moment at which its next step is due, or until a member lets it continue.
async fn hold(
    tx: &mut Tx,
    (workspace, campaign, lead): Place,
    (code, words): (&str, &str),
    next: Option<(StepId, Instant)>,
    at: Instant,
) -> sqlx::Result<()> {
    let params = json!({ "words": words });
    on!(tx, c => sqlx::query(
        "update enrolments set state = 'held', code = $4, params = $5, since = $6, due_at = null, held_until = $7,
             next_step_id = coalesce($8, next_step_id)
         where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and state = 'in_flight'")
        .bind(workspace).bind(campaign).bind(lead).bind(code).bind(sqlx::types::Json(params)).bind(at)
        .bind(next.map(|(_, until)| until)).bind(next.map(|(step, _)| step))
        .execute(c).await.map(drop))
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
        outcome::count_refusal(tx, (campaign, one.lease.mailbox), day, count).await?;
    }
    let is_paused = match count {
        Count::Hard => breakers::bounces(tx, campaign, at).await?,
        Count::Policy => breakers::refusals(tx, (one.lease.workspace, one.lease.mailbox), &one.answer(), at).await?,
        Count::Soft => false,
    };
    Ok(is_paused.then_some(campaign).into_iter().collect())
}
