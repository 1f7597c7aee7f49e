//! Holding leads, letting them continue, and skipping a mail.

use serde_json::json;
use sqlx::types::Json;

use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        progress::event::{self, Event, EventKind},
        sending::wake,
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Leads of a campaign that a member changes.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub workspace: WorkspaceId,
    pub campaign: CampaignId,
    pub leads: &'a [LeadId],
    pub by: UserId,
}

/// Holds those whose next mail is not on its way: until a moment, or until a member lets them continue. Returns how many.
/// The moment at which a follow-up was due is kept.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &mut Tx, chosen: Chosen<'_>, until: Option<Instant>, at: Instant) -> sqlx::Result<usize> {
    let mut held = Vec::new();
    for leads in batches(chosen.leads.iter().map(|lead| [lead]))? {
        let found: Vec<(LeadId, Option<Instant>)> = on!(&mut *tx, c => sqlx::query_as(
            "select e.lead_id, coalesce(e.due_at, cast(e.params ->> 'due_at' as bigint)) from json_each($3) j
             join enrolments e on e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = unhex(j.value ->> 0, '-')
             where e.state in ('waiting', 'active') or (e.state = 'held' and e.code = 'by_person')")
            .bind(chosen.workspace).bind(chosen.campaign).bind(Json(leads)).fetch_all(c).await)?;
        let rows = found.iter().map(|(lead, due)| {
            let until = until.map(|until| due.map_or(until, |due| due.max(until)));
            (lead, json!({ "due_at": due }), until, chosen.workspace)
        });
        for rows in batches(rows)? {
            let some: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar(
                "update enrolments as e set state = 'held', code = 'by_person', params = j.value -> 1, since = $2, due_at = null,
                     held_until = cast(j.value ->> 2 as bigint)
                 from json_each($3) j
                 where e.workspace_id = unhex(j.value ->> 3, '-') and e.campaign_id = $1 and e.lead_id = unhex(j.value ->> 0, '-')
                   and (e.state in ('waiting', 'active') or (e.state = 'held' and e.code = 'by_person'))
                 returning lead_id")
                .bind(chosen.campaign).bind(at).bind(Json(rows)).fetch_all(c).await)?;
            held.extend(some);
        }
    }
    let params = json!({ "code": "by_person", "until": until });
    tell(tx, chosen, EventKind::Held, &held, &params, at).await?;
    Ok(held.len())
}

/// Lets those continue that are held, except where it is not known whether their last mail left. Returns how many. What became
/// due meanwhile is due now.
///
/// # Errors
/// The database's.
pub async fn continue_held(tx: &mut Tx, chosen: Chosen<'_>, at: Instant) -> sqlx::Result<usize> {
    let mut continued = Vec::new();
    for leads in batches(chosen.leads.iter().map(|lead| [lead]))? {
        let some: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "update enrolments as e set state = case when e.mailbox_id is null then 'waiting' else 'active' end, code = null,
                 since = $3, held_until = null, due_at = case when e.mailbox_id is null then null
                     when cast(e.params ->> 'due_at' as bigint) > $3 then cast(e.params ->> 'due_at' as bigint) else $3 end,
                 params = null
             where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'held' and e.code <> 'unknown_outcome'
               and e.lead_id in (select unhex(j.value ->> 0, '-') from json_each($4) j)
             returning lead_id")
            .bind(chosen.workspace).bind(chosen.campaign).bind(at).bind(Json(leads)).fetch_all(c).await)?;
        continued.extend(some);
    }
    tell(tx, chosen, EventKind::Continued, &continued, &json!({}), at).await?;
    if !continued.is_empty() {
        wake(tx, chosen.workspace, chosen.campaign, at).await?;
    }
    Ok(continued.len())
}

/// Leaves out the next mail of a lead that has had one before: the mail after it takes its due date, or the sequence is finished.
/// Returns whether there was one to leave out.
///
/// # Errors
/// The database's.
pub async fn skip_next(
    tx: &mut Tx,
    (workspace, campaign, lead): (WorkspaceId, CampaignId, LeadId),
    by: UserId,
    at: Instant,
) -> sqlx::Result<bool> {
    let next: Option<(i64, Option<StepId>)> = on!(&mut *tx, c => sqlx::query_as(
        "select p.position, (select n.id from steps n where n.workspace_id = p.workspace_id and n.campaign_id = p.campaign_id
                 and n.removed_at is null and n.position > p.position order by n.position limit 1)
         from enrolments e
         join steps p on p.workspace_id = e.workspace_id and p.id = e.next_step_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'active'")
        .bind(workspace).bind(campaign).bind(lead).fetch_optional(c).await)?;
    let Some((position, following)) = next else { return Ok(false) };
    let skipped = on!(&mut *tx, c => sqlx::query(
        "update enrolments set state = case when $4 is null then 'finished' else 'active' end, next_step_id = $4, since = $5,
             due_at = case when $4 is null then null else due_at end, occupies = occupies and $4 is not null
         where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and state = 'active'")
        .bind(workspace).bind(campaign).bind(lead).bind(following).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if skipped == 0 {
        return Ok(false);
    }
    let params = json!({ "step": position, "code": "by_person" });
    let event = Event::of(EventKind::Skipped, campaign).about(lead).by(by).with(params);
    event::record(tx, workspace, &[event], at).await?;
    Ok(true)
}

async fn tell(
    tx: &mut Tx,
    chosen: Chosen<'_>,
    kind: EventKind,
    leads: &[LeadId],
    params: &serde_json::Value,
    at: Instant,
) -> sqlx::Result<()> {
    let event = |lead: &LeadId| Event::of(kind, chosen.campaign).about(*lead).by(chosen.by).with(params.clone());
    let events: Vec<Event> = leads.iter().map(event).collect();
    event::record(tx, chosen.workspace, &events, at).await
}
