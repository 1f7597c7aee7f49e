//! A lead request: "N leads matching these criteria into this campaign", and its receipt.

use sqlx::types::Json;

use super::{LeadCount, standing::StandingId};
use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{CampaignId, Credits, RequestId},
    leads::Criteria,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RequestState {
    Queued,
    Running,
    Completed,
    Cancelled,
    Failed,
}

impl RequestState {
    /// Whether it still holds credits and may deliver.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Waiting",
            Self::Running => "Sourcing",
            Self::Completed => "Done",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Stopped",
        }
    }
}

/// A stored request.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LeadRequest {
    pub id: RequestId,
    pub workspace_id: WorkspaceId,
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    pub criteria: Json<Criteria>,
    pub quantity: LeadCount,
    pub price: Credits,
    pub state: RequestState,
    pub state_reason: Option<String>,
    pub matched: i64,
    pub delivered: i64,
    pub cursor: i64,
    pub run_at: Instant,
    pub fence: i64,
    pub attempt: i64,
    pub progress_at: Instant,
    pub requested_by: UserId,
    pub requester: String,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

/// Why somebody who matched was not delivered. Free, and on the receipt (C6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SkipReason {
    /// The workspace has this person already (C7).
    Owned,
    /// On the workspace's list of addresses and domains never to write to.
    Suppressed,
    /// The contact changed since it was found and no longer fits the criteria.
    Changed,
}

impl SkipReason {
    pub fn label(self) -> &'static str {
        match self {
            Self::Owned => "You own them already",
            Self::Suppressed => "On your suppression list",
            Self::Changed => "No longer match",
        }
    }
}

/// How many people were skipped for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Skip {
    pub reason: SkipReason,
    pub people: i64,
}

/// The account of a request: matched = delivered + Σ skipped + not reached (rule 9 of what must always hold).
#[derive(Debug, Clone)]
pub struct Receipt {
    pub request: LeadRequest,
    pub skips: Vec<Skip>,
    pub held: Credits,
    pub captured: Credits,
    pub released: Credits,
    /// Delivered leads that were paid back: returned, or bad.
    pub refunded: i64,
}

impl Receipt {
    pub fn skipped(&self) -> i64 {
        self.skips.iter().map(|skip| skip.people).sum()
    }

    /// People who matched and were not looked at, because the quantity was reached or the request ended before.
    pub fn not_reached(&self) -> i64 {
        self.request.matched - self.request.delivered - self.skipped()
    }
}

/// The columns of [`LeadRequest`]; follow it with `where` or `order by`.
pub(super) const SELECT: &str = "select r.id, r.workspace_id, r.campaign_id, p.name as campaign_name, r.criteria, r.quantity,
         r.price, r.state, r.state_reason, r.matched, r.delivered, r.cursor, r.run_at, r.fence, r.attempt, r.progress_at, r.requested_by,
         u.name as requester, r.created_at, r.started_at, r.finished_at
     from lead_requests r
     join campaigns p on p.workspace_id = r.workspace_id and p.id = r.campaign_id
     join users u on u.id = r.requested_by";

/// One request of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn request(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> Result<LeadRequest, AppError> {
    let sql = format!("{SELECT} where r.workspace_id = $1 and r.id = $2");
    Ok(on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_one(c).await)?)
}

/// The newest requests of a workspace, or of one campaign.
pub async fn requests(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: Option<CampaignId>,
    limit: i64,
) -> sqlx::Result<Vec<LeadRequest>> {
    let sql = format!(
        "{SELECT} where r.workspace_id = $1 and ($2 is null or r.campaign_id = $2) order by r.created_at desc, r.id desc limit $3"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(campaign).bind(limit).fetch_all(c).await)
}

/// The newest requests that a standing request spawned.
pub(super) async fn requests_of_standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    standing: StandingId,
    limit: i64,
) -> sqlx::Result<Vec<LeadRequest>> {
    let sql = format!(
        "{SELECT} where r.workspace_id = $1 and r.standing_id = $2 order by r.created_at desc, r.id desc limit $3"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(standing).bind(limit).fetch_all(c).await)
}

/// A request with everything its page shows.
///
/// # Errors
/// [`AppError::NotFound`] as for [`request`].
pub async fn receipt(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> Result<Receipt, AppError> {
    let request = request(tx, workspace, id).await?;
    let skips = on!(tx, c => sqlx::query_as(
        "select reason, people from lead_request_skips where workspace_id = $1 and request_id = $2 order by people desc, reason")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    let (held, captured, released) = on!(tx, c => sqlx::query_as(
        "select amount, captured, released from credit_holds where workspace_id = $1 and request_id = $2")
        .bind(workspace).bind(id).fetch_one(c).await)?;
    let refunded = on!(tx, c => sqlx::query_scalar(
        "select count(*) from leads where workspace_id = $1 and request_id = $2 and refunded_at is not null")
        .bind(workspace).bind(id).fetch_one(c).await)?;
    Ok(Receipt { request, skips, held, captured, released, refunded })
}
