//! Ending a request: its state, its hold and its receipt change together (rule C9).

use sqlx::types::Json;

use super::{
    claim, first_batch,
    lead_request::{self, LeadRequest, RequestState, Waiting},
    reason::RequestReason,
};
use crate::{
    accounts::{Member, Right, UserId, WorkspaceId, audit},
    credits::{self, Actor, CampaignId, Credits, Deed, HOLD_IDLE_MAX, HOLD_TIME_MAX, Movement, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// What to tell somebody who wants to end what somebody else asked for.
pub const NOT_YOURS: &str =
    "Another member made this request. They, or an owner or admin of the workspace, can end it; ask one of them.";

/// The end of a request that ends for itself, in its own transaction. Its output says whether it was open: a request ends
/// once, and its worker, should one be at it, loses its claim.
#[derive(Debug, Clone)]
pub(crate) struct Finish {
    pub workspace: WorkspaceId,
    pub request: RequestId,
    pub state: RequestState,
    pub reason: RequestReason,
    pub only_if: OnlyIf,
    pub at: Instant,
}

/// What must still be so when a request is ended.
#[derive(Debug, Clone)]
pub(crate) enum OnlyIf {
    /// The claim of a worker still holds.
    Claimed(Box<LeadRequest>),
    /// It is older, or made no progress for longer, than it may.
    Overdue,
}

impl Deed for Finish {
    type Prepared = bool;
    type Output = bool;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(bool, Vec<Movement>), AppError> {
        let still = match &self.only_if {
            OnlyIf::Claimed(request) => claim::renew(tx, request, self.at).await?.is_some(),
            OnlyIf::Overdue => !overdue(tx, Some(self.request), self.at).await?.is_empty(),
        };
        if !still || !close(tx, self.workspace, self.request, self.state, &self.reason, self.at).await? {
            return Ok((false, Vec::new()));
        }
        Ok((true, vec![release_of(self.request, Actor::System, &self.reason)]))
    }

    async fn conclude(&self, _: &mut Tx, was_open: bool, _: &[Credits]) -> Result<bool, AppError> {
        Ok(was_open)
    }
}

/// A request past its time (C9).
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Overdue {
    pub workspace_id: WorkspaceId,
    pub id: RequestId,
    pub campaign_id: CampaignId,
    pub created_at: Instant,
    pub waiting: Option<Waiting>,
}

/// Open requests that made no progress for too long, or are too old: all, or the one asked about.
pub(crate) async fn overdue(tx: &mut Tx, only: Option<RequestId>, at: Instant) -> sqlx::Result<Vec<Overdue>> {
    on!(tx, c => sqlx::query_as(
        "select workspace_id, id, campaign_id, created_at, waiting from lead_requests
         where state in ('queued', 'running') and ((progress_at < $1 and waiting is null) or created_at < $2)
             and (lease_until is null or lease_until <= $3) and ($4 is null or id = $4)
         limit 100")
        .bind(at.minus(HOLD_IDLE_MAX)).bind(at.minus(HOLD_TIME_MAX)).bind(at).bind(only)
        .fetch_all(c).await)
}

/// Ends a request and releases what it did not spend, in the transaction of its last leads.
///
/// # Errors
/// The database's.
pub(crate) async fn finish_with_delivery(
    tx: &mut Tx,
    request: &LeadRequest,
    reason: &RequestReason,
    at: Instant,
) -> Result<bool, AppError> {
    let (workspace, id) = (request.workspace_id, request.id);
    if !close(tx, workspace, id, RequestState::Completed, reason, at).await? {
        return Ok(false);
    }
    credits::release(tx, workspace, id, Actor::System, &reason.sentence(), at).await?;
    Ok(true)
}

fn release_of(request: RequestId, actor: Actor, reason: &RequestReason) -> Movement {
    Movement::Release { request, actor, reason: reason.sentence() }
}

/// The rows of an end. Returns whether the request was open; its hold is to be released then.
async fn close(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: RequestId,
    state: RequestState,
    reason: &RequestReason,
    at: Instant,
) -> Result<bool, AppError> {
    let ended = on!(tx, c => sqlx::query(
        "update lead_requests set state = $3, reason = $4, finished_at = $5, lease_until = null, fence = fence + 1,
             waiting = null, reason_since = null, asking = null
         where workspace_id = $1 and id = $2 and state in ('queued', 'running')")
        .bind(workspace).bind(id).bind(state).bind(Json(reason)).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if ended == 0 {
        return Ok(false);
    }
    first_batch::forget(tx, workspace, id).await?;
    calm_standing(tx, workspace, id, state, at).await?;
    Ok(true)
}

/// The standing request behind one that did not end well: cancelled by somebody, it waits for somebody; failed, it tries
/// again in an hour.
async fn calm_standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: RequestId,
    state: RequestState,
    at: Instant,
) -> sqlx::Result<()> {
    let of_request = "workspace_id = $1 and state = 'active' and id = (select standing_id from lead_requests
        where workspace_id = $1 and id = $2)";
    let change = match state {
        RequestState::Cancelled => "state = 'paused', reason = 'by_user', since = $3",
        RequestState::Failed => "run_at = $3 + 3600000000",
        _ => return Ok(()),
    };
    let sql = format!("update standing_requests set {change} where {of_request}");
    on!(tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).bind(at).execute(c).await.map(drop))
}

/// Whether `member` may end what `requester` asked for: members their own, owners and admins anything.
pub fn may_end(member: &Member, requester: UserId) -> bool {
    member.role.may(Right::Spend) && (member.user == requester || member.role.may(Right::Manage))
}

/// A member cancels a request of their workspace at once; what was delivered stays. Its output says whether it was open.
/// Refused with [`AppError::NotFound`] for a request of another workspace, [`AppError::Forbidden`] for one of somebody else.
#[derive(Debug, Clone)]
pub struct Cancel {
    pub member: Member,
    pub request: RequestId,
    pub at: Instant,
}

impl Deed for Cancel {
    type Prepared = bool;
    type Output = bool;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(bool, Vec<Movement>), AppError> {
        let (member, workspace) = (&self.member, self.member.workspace);
        let request = lead_request::request(tx, workspace, self.request).await?;
        if !may_end(member, request.requested_by) {
            return Err(AppError::Forbidden(NOT_YOURS.into()));
        }
        let reason = &RequestReason::Cancelled;
        if !close(tx, workspace, self.request, RequestState::Cancelled, reason, self.at).await? {
            return Ok((false, Vec::new()));
        }
        let (actor, subject) = (audit::Actor::User(member.user), &request.campaign_name);
        audit::record(tx, workspace, actor, "Cancelled a request", subject, "", self.at).await?;
        Ok((true, vec![release_of(self.request, Actor::User(member.user), reason)]))
    }

    async fn conclude(&self, _: &mut Tx, cancelled: bool, _: &[Credits]) -> Result<bool, AppError> {
        Ok(cancelled)
    }
}
