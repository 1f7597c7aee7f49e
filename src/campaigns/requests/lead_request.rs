//! A lead request: "N leads matching these criteria into this campaign", and its receipt.

use serde::Deserialize;
use sqlx::types::Json;

use super::reason::RequestReason;
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::{LeadCount, ids::StandingId},
    credits::{CampaignId, Credits, HOLD_IDLE_MAX, HOLD_TIME_MAX, RequestId},
    directory::Criteria,
    on,
    server::{
        clock::Instant,
        db::Tx,
        error::AppError,
        inconsistency::{Inconsistency, not_found},
        queue::Lease,
        select::Select,
    },
};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, sqlx::FromRow, Deserialize)]
pub struct LeadRequest {
    pub id: RequestId,
    pub workspace_id: WorkspaceId,
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    pub criteria: Json<Criteria>,
    pub quantity: LeadCount,
    pub price: Credits,
    pub state: RequestState,
    /// What it waits for, or why it ended.
    pub reason: Option<Json<RequestReason>>,
    pub matched: i64,
    pub delivered: i64,
    pub cursor: i64,
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub lease: Lease,
    pub progress_at: Instant,
    pub requested_by: UserId,
    pub requester: String,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    /// The source that is being asked.
    pub asking: Option<String>,
    /// Whom it waits for; no worker takes it meanwhile.
    pub waiting: Option<Waiting>,
    /// Since when it waits, for a person or for what `reason` says.
    pub reason_since: Option<Instant>,
    /// So many are delivered, then somebody looks at them before the rest.
    pub first_batch: Option<LeadCount>,
    /// After the look it goes on by itself while fewer percent of the reviewed leads than this are bad.
    pub bad_percent: Option<i64>,
    /// When the rest was let go after the look.
    pub gone_on_at: Option<Instant>,
    /// By whom; nobody: by the rule.
    pub gone_on_by: Option<UserId>,
    /// Since when it goes without having waited for somebody, and how many were delivered before.
    pub went_at: Option<Instant>,
    pub went_delivered: i64,
}

impl LeadRequest {
    /// What it waits for or why it ended, for people; empty when there is nothing to say.
    pub fn reason_text(&self) -> String {
        self.reason.as_ref().map(|reason| reason.sentence()).unwrap_or_default()
    }

    /// How many are delivered before it stops: for a look, or for good.
    pub fn limit(&self) -> i64 {
        match self.first_batch {
            Some(first) if self.gone_on_at.is_none() => first.get().min(self.quantity.get()),
            _ => self.quantity.get(),
        }
    }

    /// When it ends by itself if nothing more arrives (C9): while it waits for somebody, only the hold's own end counts.
    pub fn idle_until(&self) -> Instant {
        let latest = self.created_at.plus(HOLD_TIME_MAX);
        if self.waiting.is_some() { latest } else { self.progress_at.plus(HOLD_IDLE_MAX).min(latest) }
    }
}

/// Whom an open request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// For somebody to look at the first batch.
    Look,
    /// For whoever paused it.
    ByUser,
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
    /// The address is none that mail can be sent to.
    Invalid,
    /// At a provider of throw-away addresses.
    Disposable,
    /// Of an office, not of a person: info@, sales@.
    Role,
    /// The domain takes no mail.
    NoMx,
    /// Catch-all, guessed or unchecked, or its domain gave no answer, and only sure addresses were asked for.
    Unsure,
    /// Enough people of their company were delivered by this request.
    CompanyLimit,
    /// The source that knows them did not answer.
    SourceFailed,
}

impl SkipReason {
    pub fn label(self) -> &'static str {
        match self {
            Self::Owned => "You own them already",
            Self::Suppressed => "On your suppression list",
            Self::Changed => "No longer match",
            Self::Invalid => "Address is not valid",
            Self::Disposable => "Throw-away address",
            Self::Role => "Address of an office, not a person",
            Self::NoMx => "Domain takes no mail",
            Self::Unsure => "Address is not sure enough",
            Self::CompanyLimit => "Over your limit per company",
            Self::SourceFailed => "Source did not answer",
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
    /// The credits of delivered leads that were paid back: returned, or bad.
    pub paid_back: i64,
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

/// The columns of [`LeadRequest`].
const COLUMNS: &str = "id, workspace_id, campaign_id, campaign_name, criteria json, quantity, price, state, reason json, matched,
     delivered, cursor, lease_until, fence, attempt, progress_at, requested_by, requester, created_at, started_at, finished_at,
     asking, waiting, reason_since, first_batch, bad_percent, gone_on_at, gone_on_by, went_at, went_delivered";

/// They, as they are read; follow it with `where` or `order by`.
pub(crate) const SELECT: &str = "select r.id, r.workspace_id, r.campaign_id, p.name as campaign_name, r.criteria, r.quantity,
         r.price, r.state, r.reason, r.matched, r.delivered,
         r.cursor, r.lease_until, r.fence, r.attempt, r.progress_at, r.requested_by,
         u.name as requester, r.created_at, r.started_at, r.finished_at, r.asking, r.waiting, r.reason_since, r.first_batch,
         r.bad_percent, r.gone_on_at, r.gone_on_by, r.went_at, r.went_delivered
     from lead_requests r
     join campaigns p on p.workspace_id = r.workspace_id and p.id = r.campaign_id
     join users u on u.id = r.requested_by";

/// One request of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace; an inconsistency when its campaign or
/// member does not exist.
pub async fn request(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> Result<LeadRequest, AppError> {
    let sql = format!("{SELECT} where r.workspace_id = $1 and r.id = $2");
    let request =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(c).await)?;
    match request {
        Some(request) => Ok(request),
        None => Err(not_found(tx, "lead_requests", "campaign_id or requested_by", Some(workspace.0), id.0).await),
    }
}

/// The newest requests of a workspace, or of one campaign.
pub fn select_requests(workspace: WorkspaceId, campaign: Option<CampaignId>, limit: i64) -> Select<Vec<LeadRequest>> {
    let newest = "order by r.created_at desc, r.id desc limit $2";
    let select = match campaign {
        None => Select::rows(COLUMNS, format!("{SELECT} where r.workspace_id = $1 {newest}")),
        Some(_) => Select::rows(COLUMNS, format!("{SELECT} where r.workspace_id = $1 and r.campaign_id = $3 {newest}")),
    };
    let select = select.bind(workspace.0).bind(limit);
    match campaign {
        None => select,
        Some(campaign) => select.bind(campaign.0),
    }
}

/// The newest requests that a standing request spawned.
pub(crate) async fn requests_of_standing(
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
/// [`AppError::NotFound`] as for [`request`]; an inconsistency when it has no hold.
pub async fn receipt(tx: &mut Tx, workspace: WorkspaceId, id: RequestId) -> Result<Receipt, AppError> {
    let request = request(tx, workspace, id).await?;
    let skips = on!(tx, c => sqlx::query_as(
        "select reason, people from lead_request_skips where workspace_id = $1 and request_id = $2 order by people desc, reason")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    let hold = on!(tx, c => sqlx::query_as(
        "select amount, captured, released from credit_holds where workspace_id = $1 and request_id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    let (held, captured, released) = hold.ok_or_else(|| Inconsistency::new("credit_holds", "request_id", id))?;
    let paid_back = on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(coalesce(price, 1)), 0) as bigint) from leads where workspace_id = $1 and request_id = $2 and refunded_at is not null")
        .bind(workspace).bind(id).fetch_one(c).await)?;
    Ok(Receipt { request, skips, held, captured, released, paid_back })
}
