//! What a refusal does to the lead's sequence.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    plan::Plans,
    refused::{After, Before, DAY, Refused},
    stop::stop_lead,
    verdict::{Enrolment, SendState},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::ids::StepId,
    server::{clock::Instant, db::Tx},
};

/// Moves the enrolment, if it still waits for this mail.
///
/// # Errors
/// The database's.
pub(super) async fn move_enrolment(
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
        Enrolment::Stopped(code) => stop_lead(tx, key, code, at).await,
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
                None => stop_lead(tx, key, code, at).await,
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

/// Holds an enrolment: until a moment at which its next step is due, or until a member lets it continue.
async fn hold(
    tx: &mut Tx,
    (workspace, campaign, lead): (WorkspaceId, CampaignId, LeadId),
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
