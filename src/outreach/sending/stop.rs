//! Ending sequences early: of a lead, or of a person in all campaigns.
//!
//! Whatever stops something also writes the open sends that it stops. So a stop and the guard of a mail that is about to leave meet
//! on one row, and no mail leaves after the stop is committed (`begin.rs`).

use sqlx::types::Json;

use super::release;
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::progress::event::{self, Event, EventKind},
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::{Key, is_suppressed},
};

/// Whether the person of an enrolment `e` must not be written to: the condition of every statement that decides it.
pub(super) fn suppressed() -> String {
    is_suppressed("e.workspace_id", "e.campaign_id", &["e.recipient_key", "e.canonical_key", "e.domain_key"])
}

/// Whether the recipient of a member's own mail `d` objected, or the person its conversation is with. Members may write in spite of the
/// other reasons to be suppressed, but not in spite of this one.
pub(super) fn objected() -> &'static str {
    "(exists (select 1 from objections o where o.key in (d.recipient_key, d.canonical_key))
     or exists (select 1 from threads t
         left join enrolments e on e.workspace_id = t.workspace_id and e.campaign_id = t.campaign_id and e.lead_id = t.lead_id
         join objections o on o.key in (t.recipient_key, e.canonical_key)
         where t.workspace_id = d.workspace_id and t.id = d.thread_id))"
}

/// Why sequences end, and who ended them.
#[derive(Debug, Clone, Copy)]
pub struct Stop<'a> {
    /// As in the table of codes: `unsubscribed`, `suppressed`, `removed`, `by_person`, `campaign_ended` …
    pub code: &'a str,
    /// The member; `None`: Fairlead.
    pub actor: Option<UserId>,
}

/// Ends the sequences of these leads, those that are still open, and returns how many ended. Mails that were handed over cannot be
/// called back.
///
/// # Errors
/// The database's.
pub async fn stop(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[(CampaignId, LeadId)],
    stop: Stop<'_>,
    at: Instant,
) -> sqlx::Result<usize> {
    let mut stopped: Vec<(CampaignId, LeadId, Key)> = Vec::new();
    // The leads are looked up one by one: joined with them, SQLite goes through all sends of the workspace, and with a list of open
    // states through all enrolments of the campaign.
    for leads in batches(leads.iter())? {
        let leads = Json(leads);
        on!(&mut *tx, c => sqlx::query(
            "update sends set state = 'cancelled', code = $3, state_since = $4, fence = fence + 1, lease_until = null, run_at = null
             where workspace_id = $1 and state in ('queued', 'claimed', 'deferred') and id in (
                 select d.id from json_each($2) j
                 cross join sends d
                 where d.workspace_id = $1 and d.campaign_id = unhex(j.value ->> 0, '-') and d.lead_id = unhex(j.value ->> 1, '-'))")
            .bind(workspace).bind(&leads).bind(stop.code).bind(at).execute(c).await.map(drop))?;
        let some: Vec<(CampaignId, LeadId, Key)> = on!(&mut *tx, c => sqlx::query_as(
            "update enrolments set state = 'stopped', code = $3, params = null, since = $4, due_at = null, held_until = null,
                 occupies = false
             where workspace_id = $1 and state not in ('finished', 'stopped') and (campaign_id, lead_id) in (
                 select unhex(j.value ->> 0, '-'), unhex(j.value ->> 1, '-') from json_each($2) j)
             returning campaign_id, lead_id, recipient_key")
            .bind(workspace).bind(&leads).bind(stop.code).bind(at).fetch_all(c).await)?;
        stopped.extend(some);
    }
    let event = |campaign, lead| Event {
        actor: stop.actor,
        ..Event::of(EventKind::Stopped, campaign).about(lead).with(serde_json::json!({ "code": stop.code }))
    };
    let events: Vec<Event> = stopped.iter().map(|(campaign, lead, _)| event(*campaign, *lead)).collect();
    event::record(tx, workspace, &events, at).await?;
    release::freed(tx, stopped.iter().map(|(_, _, person)| (workspace, *person)), at).await?;
    Ok(stopped.len())
}

/// Ends every sequence of a campaign that is still open.
///
/// # Errors
/// The database's.
pub async fn stop_open(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    why: Stop<'_>,
    at: Instant,
) -> sqlx::Result<()> {
    let open: Vec<(CampaignId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
        "select campaign_id, lead_id from enrolments
         where workspace_id = $1 and campaign_id = $2 and state in ('waiting', 'in_flight', 'active', 'held')")
        .bind(workspace).bind(campaign).fetch_all(c).await)?;
    stop(tx, workspace, &open, why, at).await.map(drop)
}

/// Ends the sequence of one lead.
///
/// # Errors
/// The database's.
pub(super) async fn stop_lead(
    tx: &mut Tx,
    (workspace, campaign, lead): (WorkspaceId, CampaignId, LeadId),
    code: &str,
    at: Instant,
) -> sqlx::Result<()> {
    stop(tx, workspace, &[(campaign, lead)], Stop { code, actor: None }, at).await.map(drop)
}
