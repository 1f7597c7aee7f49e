//! Asking for leads: the request and its hold exist together or not at all (rules C3 and C4).

use sqlx::types::Json;

use super::{LeadCount, campaign, quote};
use crate::{
    accounts::{Member, audit},
    credits::{self, CampaignId, Credits, HoldFor, PRICE_VERSION, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    ui::plural,
};

/// A confirmed order for leads, as the review step sends it.
#[derive(Debug, Clone)]
pub struct Order {
    pub campaign: CampaignId,
    pub quantity: LeadCount,
    /// Made when the review page was rendered: a second click, or a reload, finds the request of the first.
    pub key: String,
}

/// Queues a request for the campaign's criteria as they are now and holds its ceiling.
///
/// Joins the caller's transaction. Repeating it with the same key returns the request already made.
///
/// # Errors
/// [`AppError::NotEnoughCredits`] (nothing is queued then), [`AppError::NotFound`] for a campaign of another workspace.
pub async fn request_leads(tx: &mut Tx, member: &Member, order: &Order, at: Instant) -> Result<RequestId, AppError> {
    let workspace = member.workspace;
    if let Some(made) = made_before(tx, member, &order.key).await? {
        return Ok(made);
    }
    let campaign = campaign::campaign(tx, workspace, order.campaign).await?;
    let price = Credits::new(quote::PRICE).unwrap_or_default();
    let ceiling = price.times(order.quantity.get()).map_err(anyhow::Error::from)?;
    let request = RequestId::new();
    let placed = on!(tx, c => sqlx::query(
        "insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at,
             progress_at, requested_by, idempotency_key, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $8, $9, $10, $8)
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(workspace).bind(request).bind(campaign.id).bind(Json(&campaign.criteria.0)).bind(order.quantity).bind(price)
        .bind(PRICE_VERSION).bind(at).bind(member.user).bind(&order.key)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if placed == 0 {
        // A click at the same moment was faster (Postgres: two transactions look before either has written).
        return made_before(tx, member, &order.key).await?.ok_or(AppError::Busy);
    }
    let purpose = HoldFor { request, campaign: campaign.id, member: member.user };
    credits::hold(tx, workspace, purpose, ceiling, at).await?;
    on!(tx, c => sqlx::query("update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign.id).bind(at).execute(c).await.map(drop))?;
    let detail = plural(order.quantity.get(), "lead", "leads");
    audit::record(tx, workspace, audit::Actor::User(member.user), "Requested leads", &campaign.name, &detail, at)
        .await?;
    Ok(request)
}

async fn made_before(tx: &mut Tx, member: &Member, key: &str) -> sqlx::Result<Option<RequestId>> {
    on!(tx, c => sqlx::query_scalar("select id from lead_requests where workspace_id = $1 and idempotency_key = $2")
        .bind(member.workspace).bind(key).fetch_optional(c).await)
}
