//! Asking for leads: the request and its hold exist together or not at all (rules C3 and C4).

use sqlx::types::Json;

use super::{first_batch::FirstBatchReview, waterfall};
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    campaigns::{LeadCount, campaign, ids::StandingId},
    credits::{CampaignId, CreditError, Credits, Deed, HoldFor, Movement, PRICE_VERSION, RequestId},
    directory::Criteria,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    ui::plural,
};

/// A confirmed order for leads, as the review step sends it.
#[derive(Debug, Clone)]
pub struct LeadOrder {
    pub campaign: CampaignId,
    pub quantity: LeadCount,
    /// The first batch to look at before the rest, if one was asked for.
    pub look: Option<FirstBatchReview>,
    /// The most it may cost, as the quote said; `None`: every lead at the dearest price.
    pub most: Option<Credits>,
    /// Made when the review page was rendered: a second click, or a reload, finds the request of the first.
    pub key: String,
}

/// A member asks for leads: a request for the campaign's criteria as they are now, and the hold of its ceiling. Its output is
/// the request; asked again with the same key, the one already made.
///
/// Refused with [`AppError::NotEnoughCredits`] (nothing is queued then), [`AppError::NotFound`] for a campaign of another
/// workspace.
#[derive(Debug, Clone)]
pub struct RequestLeads {
    pub member: Member,
    pub order: LeadOrder,
    pub at: Instant,
}

impl Deed for RequestLeads {
    type Prepared = RequestId;
    type Output = RequestId;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(RequestId, Vec<Movement>), AppError> {
        let Self { member, order, at } = self;
        let workspace = member.workspace;
        if let Some(made) = made_before(tx, member, &order.key).await? {
            return Ok((made, Vec::new()));
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
            most: order.most,
            standing: None,
            key: &order.key,
        };
        let Some(hold) = place(tx, request, &placing, *at).await? else {
            // A click at the same moment was faster, on another server: the next attempt finds its request.
            return Err(AppError::Busy);
        };
        let (actor, detail) = (audit::Actor::User(member.user), plural(order.quantity.get(), "lead", "leads"));
        audit::record(tx, workspace, actor, "Requested leads", &campaign.name, &detail, *at).await?;
        Ok((request, vec![hold]))
    }

    async fn conclude(&self, _: &mut Tx, request: RequestId, _: &[Credits]) -> Result<RequestId, AppError> {
        Ok(request)
    }
}

/// A request about to be queued.
#[derive(Debug)]
pub(crate) struct Placing<'a> {
    pub workspace: WorkspaceId,
    pub member: UserId,
    pub campaign: CampaignId,
    pub criteria: &'a Criteria,
    pub quantity: LeadCount,
    pub look: Option<FirstBatchReview>,
    /// What its quote said; between the cheapest and the dearest price of all its leads.
    pub most: Option<Credits>,
    /// The standing request that spawns it.
    pub standing: Option<StandingId>,
    pub key: &'a str,
}

/// Queues `request`, in the caller's transaction. Returns the hold to be placed in the same; nothing for a key used before.
///
/// # Errors
/// [`CreditError::OutOfRange`] when nobody could hold that much.
pub(crate) async fn place(
    tx: &mut Tx,
    request: RequestId,
    placing: &Placing<'_>,
    at: Instant,
) -> Result<Option<Movement>, CreditError> {
    let workspace = placing.workspace;
    let plan = waterfall::plan(tx, workspace, placing.campaign).await?;
    let price = waterfall::price_max(&plan);
    let (quantity, cheapest) = (placing.quantity.get(), plan.iter().map(|one| one.price).min().unwrap_or(price));
    let dearest = price.times(quantity)?;
    let ceiling = placing.most.map_or(dearest, |most| most.clamp(cheapest.times(quantity).unwrap_or(dearest), dearest));
    let placed = on!(tx, c => sqlx::query(
        "insert into lead_requests (workspace_id, id, campaign_id, criteria, quantity, price, price_version, state, run_at,
             progress_at, requested_by, idempotency_key, created_at, standing_id, first_batch, bad_percent, ceiling)
         values ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $8, $9, $10, $8, $11, $12, $13, $14)
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(workspace).bind(request).bind(placing.campaign).bind(Json(placing.criteria)).bind(placing.quantity)
        .bind(price).bind(PRICE_VERSION).bind(at).bind(placing.member).bind(placing.key).bind(placing.standing)
        .bind(placing.look.map(|look| look.first)).bind(placing.look.and_then(|look| look.bad_percent)).bind(ceiling)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if placed == 0 {
        return Ok(None);
    }
    waterfall::begin(tx, workspace, request, &plan).await?;
    on!(tx, c => sqlx::query("update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(placing.campaign).bind(at).execute(c).await.map(drop))?;
    let purpose = HoldFor { request, campaign: placing.campaign, member: placing.member };
    Ok(Some(Movement::Hold { purpose, credits: ceiling }))
}

async fn made_before(tx: &mut Tx, member: &Member, key: &str) -> sqlx::Result<Option<RequestId>> {
    on!(tx, c => sqlx::query_scalar("select id from lead_requests where workspace_id = $1 and idempotency_key = $2")
        .bind(member.workspace).bind(key).fetch_optional(c).await)
}
