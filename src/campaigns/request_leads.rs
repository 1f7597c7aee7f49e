//! Asking for leads: the request and its hold exist together or not at all (rules C3 and C4).

use sqlx::types::Json;

use super::{LeadCount, campaign, look::Look, standing::StandingId, waterfall};
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    credits::{self, CampaignId, CreditError, HoldFor, PRICE_VERSION, RequestId},
    leads::Criteria,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    ui::plural,
};

/// A confirmed order for leads, as the review step sends it.
#[derive(Debug, Clone)]
pub struct Order {
    pub campaign: CampaignId,
    pub quantity: LeadCount,
    /// The first batch to look at before the rest, if one was asked for.
    pub look: Option<Look>,
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
    let request = RequestId::new();
    let placing = Placing {
        workspace,
        member: member.user,
        campaign: campaign.id,
        criteria: &campaign.criteria.0,
        quantity: order.quantity,
        look: order.look.filter(|look| look.first < order.quantity),
        standing: None,
        key: &order.key,
    };
    if place(tx, request, &placing, at).await? {
        let (actor, detail) = (audit::Actor::User(member.user), plural(order.quantity.get(), "lead", "leads"));
        audit::record(tx, workspace, actor, "Requested leads", &campaign.name, &detail, at).await?;
        return Ok(request);
    }
    // A click at the same moment was faster (Postgres: two transactions look before either has written).
    made_before(tx, member, &order.key).await?.ok_or(AppError::Busy)
}

/// A request about to be queued.
#[derive(Debug)]
pub(super) struct Placing<'a> {
    pub workspace: WorkspaceId,
    pub member: UserId,
    pub campaign: CampaignId,
    pub criteria: &'a Criteria,
    pub quantity: LeadCount,
    pub look: Option<Look>,
    /// The standing request that spawns it.
    pub standing: Option<StandingId>,
    pub key: &'a str,
}

/// Queues `request` with its hold, in the caller's transaction. Answers whether it did: `false` for a key used before.
///
/// # Errors
/// As for a hold; roll the transaction back then.
pub(super) async fn place(
    tx: &mut Tx,
    request: RequestId,
    placing: &Placing<'_>,
    at: Instant,
) -> Result<bool, CreditError> {
    let workspace = placing.workspace;
    let plan = waterfall::plan(tx, workspace, placing.campaign).await?;
    let price = waterfall::price_max(&plan);
    let ceiling = price.times(placing.quantity.get())?;
    let placed = on!(tx, c => sqlx::query(
        "insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at,
             progress_at, requested_by, idempotency_key, created_at, standing_id, first_batch, bad_percent)
         values ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $8, $9, $10, $8, $11, $12, $13)
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(workspace).bind(request).bind(placing.campaign).bind(Json(placing.criteria)).bind(placing.quantity)
        .bind(price).bind(PRICE_VERSION).bind(at).bind(placing.member).bind(placing.key).bind(placing.standing)
        .bind(placing.look.map(|look| look.first)).bind(placing.look.and_then(|look| look.bad_percent))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if placed == 0 {
        return Ok(false);
    }
    waterfall::begin(tx, workspace, request, &plan).await?;
    let purpose = HoldFor { request, campaign: placing.campaign, member: placing.member };
    credits::hold(tx, workspace, purpose, ceiling, at).await?;
    on!(tx, c => sqlx::query("update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(placing.campaign).bind(at).execute(c).await.map(drop))?;
    Ok(true)
}

async fn made_before(tx: &mut Tx, member: &Member, key: &str) -> sqlx::Result<Option<RequestId>> {
    on!(tx, c => sqlx::query_scalar("select id from lead_requests where workspace_id = $1 and idempotency_key = $2")
        .bind(member.workspace).bind(key).fetch_optional(c).await)
}
