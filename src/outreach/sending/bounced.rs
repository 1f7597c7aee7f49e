//! What comes of a mail that was taken and came back: a report says that it was not delivered, or its recipient reported it as spam. Both
//! arrive at any time later, when the sequence may be anywhere.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::FromRow;

use super::{
    breakers,
    hold::{Hold, Until, hold},
    outcome::{self, Outcome, steps_of},
    proof::proven,
    refused_address::{Blame, blame_address},
    stop::stop_lead,
    verdict::{Class, Count, Enrolment, Mailbox},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    email::Email,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId, VariantId},
        mailboxes::state::{self, Cause},
        progress::event::{self, Event, EventKind},
        schedule::rules::Day,
        unsubscribe::suppress,
    },
    server::{clock::Instant, db::Tx},
    suppression::{self, Key, Reason, Subject, SuppressionKeys},
};

/// A report that a mail was not delivered.
#[derive(Debug, Clone)]
pub struct Bounce {
    pub send: SendId,
    pub class: Class,
    /// The enhanced status code, if one was named.
    pub status: Option<String>,
    /// What the server said.
    pub words: String,
    /// Our own look-up finds no mail server for the domain either.
    pub domain_is_gone: bool,
}

/// The mail that came back.
#[derive(Debug, FromRow)]
struct Before {
    campaign_id: CampaignId,
    lead_id: LeadId,
    mailbox_id: MailboxId,
    step_id: Option<StepId>,
    variant_id: Option<VariantId>,
    recipient_key: Key,
    opener: bool,
    slot_day: Option<Day>,
    email: Option<String>,
}

/// Writes what a bounce does. Of several reports about one mail the first counts. Returns the campaigns that this concerns, and the
/// credits that came back.
///
/// # Errors
/// The database's.
pub async fn bounced(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    one: &Bounce,
    at: Instant,
) -> anyhow::Result<(BTreeSet<(WorkspaceId, CampaignId)>, i64)> {
    let mut concerned = proven(tx, workspace, &[one.send], at).await?;
    let noted = on!(&mut *tx, c => sqlx::query(
        "update sends set bounced_at = $3, bounce_kind = $4, bounce_status = $5
         where workspace_id = $1 and id = $2 and kind = 'step' and state = 'sent' and bounced_at is null")
        .bind(workspace).bind(one.send).bind(at).bind(one.class.name()).bind(&one.status)
        .execute(c).await.map(|done| done.rows_affected()))?;
    let Some(before) = before(tx, (workspace, one.send), noted).await? else { return Ok((concerned, 0)) };
    let effects = one.class.reported(one.domain_is_gone);
    let blame = Blame {
        workspace,
        send: one.send,
        lead: before.lead_id,
        recipient_key: before.recipient_key,
        email: before.email.as_deref(),
        is_first: before.opener,
        class: one.class,
        address: effects.address,
        domain_is_gone: one.domain_is_gone,
        words: one.words.clone(),
    };
    let credits = blame_address(tx, keys, &blame, at).await?;
    move_enrolment(tx, workspace, one, &before, effects.enrolment, at).await?;
    if effects.mailbox == Mailbox::Paused {
        let cause = Cause::new("sender_fault", json!({ "words": one.words }));
        state::pause_by_itself(tx, (workspace, before.mailbox_id), &cause, at).await?;
    }
    let params = json!({ "code": one.class.name(), "words": one.words, "credits": credits });
    tell(tx, workspace, one.send, &before, (EventKind::Bounced, params), at).await?;
    let campaign = (workspace, before.campaign_id);
    if let Some(count) = effects.count {
        let day = before.slot_day.map(|day| (campaign, before.mailbox_id, day));
        outcome::count_all(tx, Outcome::Refused(count), day.into_iter()).await?;
        match count {
            Count::Hard => breakers::bounces(tx, campaign, at).await?,
            Count::Policy => breakers::refusals(tx, (workspace, before.mailbox_id), &one.words, at).await?,
            Count::Soft => false,
        };
    }
    concerned.insert(campaign);
    Ok((concerned, credits))
}

/// Writes what a complaint does: the person is suppressed in the whole workspace, every sequence of theirs ends, and a campaign with too
/// many complaints is paused. Returns the campaigns that this concerns.
///
/// # Errors
/// The database's.
pub async fn complained(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    (workspace, send): (WorkspaceId, SendId),
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let mut concerned = proven(tx, workspace, &[send], at).await?;
    let noted = on!(&mut *tx, c => sqlx::query(
        "update sends set complained_at = $3
         where workspace_id = $1 and id = $2 and kind = 'step' and state = 'sent' and complained_at is null")
        .bind(workspace).bind(send).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    let Some(before) = before(tx, (workspace, send), noted).await? else { return Ok(concerned) };
    if let Some(Ok(email)) = before.email.as_deref().map(str::parse::<Email>) {
        let cause = suppression::Cause { mail: Some(send.0), ..suppression::Cause::of(Reason::Complained) };
        let suppressed = suppress(tx, workspace, &[Subject::address(keys, &email)], &cause, at).await?;
        concerned.extend(suppressed.campaigns().into_iter().map(|campaign| (workspace, campaign)));
    }
    let campaign = (workspace, before.campaign_id);
    stop_lead(tx, (workspace, before.campaign_id, before.lead_id), "complained", at).await?;
    tell(tx, workspace, send, &before, (EventKind::Complained, json!({})), at).await?;
    let day = before.slot_day.map(|day| (campaign, before.mailbox_id, day));
    outcome::count_all(tx, Outcome::Complaints, day.into_iter()).await?;
    breakers::complaints(tx, campaign, at).await?;
    concerned.insert(campaign);
    Ok(concerned)
}

/// The mail, if what came of it was `noted` now. Nothing: it was known before, or it is no mail to a lead.
async fn before(tx: &mut Tx, (workspace, send): (WorkspaceId, SendId), noted: u64) -> sqlx::Result<Option<Before>> {
    if noted == 0 {
        return Ok(None);
    }
    on!(tx, c => sqlx::query_as(
        "select d.campaign_id, d.lead_id, d.mailbox_id, d.step_id, d.variant_id, d.recipient_key, d.opener, d.slot_day, l.email
         from sends d
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.id = $2 and d.lead_id is not null")
        .bind(workspace).bind(send).fetch_optional(c).await)
}

async fn move_enrolment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    one: &Bounce,
    before: &Before,
    effect: Enrolment,
    at: Instant,
) -> sqlx::Result<()> {
    let key = (workspace, before.campaign_id, before.lead_id);
    let until = match effect {
        Enrolment::Stays => return Ok(()),
        Enrolment::Stopped(code) => return stop_lead(tx, key, code, at).await,
        Enrolment::HeldForDays(code, _) if came_back_before(tx, workspace, one, before).await? => {
            return stop_lead(tx, key, code, at).await;
        }
        Enrolment::HeldForDays(code, _) => (code, Until::InAWeek),
        Enrolment::Held(code) => (code, Until::AMember),
    };
    let (campaign, lead) = (before.campaign_id, before.lead_id);
    let held = Hold { campaign, lead, code: until.0, until: until.1 };
    hold(tx, workspace, &[held], &one.words, at).await.map(drop)
}

/// Whether an earlier mail of this sequence came back for the same reason, or was not taken for it.
async fn came_back_before(tx: &mut Tx, workspace: WorkspaceId, one: &Bounce, before: &Before) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and id <> $4
             and ((state = 'failed' and code = $5) or bounce_kind = $5))")
        .bind(workspace).bind(before.campaign_id).bind(before.lead_id).bind(one.send).bind(one.class.name())
        .fetch_one(c).await)
}

/// The line of the activity.
async fn tell(
    tx: &mut Tx,
    workspace: WorkspaceId,
    send: SendId,
    before: &Before,
    (kind, mut params): (EventKind, serde_json::Value),
    at: Instant,
) -> sqlx::Result<()> {
    let steps = steps_of(tx, std::iter::once((workspace, before.step_id, before.variant_id))).await?;
    params["step"] = json!(before.step_id.and_then(|step| steps.get(&(step, before.variant_id))).map(|step| step.0));
    let event = Event { mailbox: Some(before.mailbox_id), send: Some(send), ..Event::of(kind, before.campaign_id) };
    event::record(tx, workspace, &[event.about(before.lead_id).with(params)], at).await
}
