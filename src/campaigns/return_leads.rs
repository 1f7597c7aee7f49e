//! Giving leads back: not mailed yet, within the window, for a full refund; they are no longer owned (rule C17).

use std::time::Duration;

use super::{
    lead::{LeadId, refund_of},
    lead_request,
};
use crate::{
    accounts::{Member, WorkspaceId, audit},
    credits::{self, Actor, Credits, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    ui::plural,
};

/// Leads in one transaction.
const BATCH: i64 = 500;
const REASON: &str = "Lead returned";

/// What is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returning {
    Lead(LeadId),
    /// Everything of this request that can be.
    Request(RequestId),
}

#[derive(sqlx::FromRow)]
struct Returned {
    id: LeadId,
    request_id: RequestId,
    charge_seq: i64,
    price: Credits,
}

/// Returns up to 500 leads and pays them back. Answers how many; call it again, in a transaction of its own, until it
/// answers 0. Doing it twice returns nothing twice.
///
/// # Errors
/// [`AppError::NotFound`] for what belongs to another workspace, [`AppError::Conflict`] when the operator allows no
/// returns (`hours` is 0).
pub async fn return_leads(
    tx: &mut Tx,
    member: &Member,
    what: Returning,
    hours: u64,
    at: Instant,
) -> Result<i64, AppError> {
    let workspace = member.workspace;
    if hours == 0 {
        return Err(AppError::Conflict("Leads cannot be returned on this server. Nothing was changed.".into()));
    }
    // What is named in the log: the lead's address, or the request's campaign.
    let (lead, request, named) = match what {
        Returning::Lead(id) => (Some(id), None, super::lead::lead(tx, workspace, id).await?.lead.email),
        Returning::Request(id) => (None, Some(id), lead_request::request(tx, workspace, id).await?.campaign_name),
    };
    credits::lock(tx, workspace).await?;
    let window = Duration::from_secs(hours * 60 * 60);
    let returned: Vec<Returned> = on!(tx, c => sqlx::query_as(
        "select l.id, l.request_id, l.charge_seq, coalesce(l.price, r.price) as price from leads l
         join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
         where l.workspace_id = $1 and ($2 is null or l.id = $2) and ($3 is null or l.request_id = $3)
           and l.delivered_at > $4 and l.refunded_at is null and l.mailed_at is null and l.charge_seq is not null
         order by l.id limit $5")
        .bind(workspace).bind(lead).bind(request).bind(at.minus(window)).bind(BATCH).fetch_all(c).await)?;
    let actor = Actor::User(member.user);
    let refunds: Vec<_> = returned
        .iter()
        .map(|lead| refund_of(lead.id, lead.request_id, lead.charge_seq, lead.price, actor, REASON))
        .collect();
    credits::refund_all(tx, workspace, &refunds, at).await?;
    for lead in &returned {
        mark(tx, workspace, lead.id, at).await?;
    }
    let count = i64::try_from(returned.len()).unwrap_or(i64::MAX);
    if count > 0 {
        let (who, detail) = (audit::Actor::User(member.user), plural(count, "lead", "leads"));
        audit::record(tx, workspace, who, "Returned leads", &named, &detail, at).await?;
    }
    Ok(count)
}

async fn mark(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update leads set refunded_at = $3, returned_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(lead).bind(at).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query("delete from campaign_leads where workspace_id = $1 and lead_id = $2")
        .bind(workspace).bind(lead).execute(c).await.map(drop))?;
    // Somebody who reported it has nothing to wait for any more.
    on!(tx, c => sqlx::query(
        "update lead_reports set state = 'returned', answer = 'The lead was returned.', decided_at = $3
         where workspace_id = $1 and lead_id = $2 and state = 'open'")
        .bind(workspace).bind(lead).bind(at).execute(c).await.map(drop))
}
