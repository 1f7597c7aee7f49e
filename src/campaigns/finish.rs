//! Ending a request: its state, its hold and its receipt change together (rule C9).

use super::{lead_request::RequestState, look};
use crate::{
    accounts::{Member, Right, UserId, WorkspaceId, audit},
    credits::{self, Actor, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// What to tell somebody who wants to end what somebody else asked for.
pub const NOT_YOURS: &str =
    "Somebody else asked for this. They, or an owner or admin of the workspace, can end it; ask one of them.";

/// Ends an open request and releases what it did not spend. Returns whether it was open: a request ends once, and its
/// worker, should one be at it, loses its claim.
///
/// # Errors
/// The database's.
pub async fn finish(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: RequestId,
    state: RequestState,
    reason: &str,
    actor: Actor,
    at: Instant,
) -> Result<bool, AppError> {
    let ended = on!(tx, c => sqlx::query(
        "update lead_requests set state = $3, state_reason = $4, finished_at = $5, lease_until = null, fence = fence + 1,
             waiting = null, reason_since = null, asking = null
         where workspace_id = $1 and id = $2 and state in ('queued', 'running')")
        .bind(workspace).bind(id).bind(state).bind(reason).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if ended == 0 {
        return Ok(false);
    }
    look::forget(tx, workspace, id).await?;
    credits::release(tx, workspace, id, actor, reason, at).await?;
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

/// Cancels a request of the member's workspace at once; what was delivered stays.
///
/// # Errors
/// [`AppError::NotFound`] for a request of another workspace, [`AppError::Forbidden`] for one of somebody else.
pub async fn cancel(tx: &mut Tx, member: &Member, id: RequestId, at: Instant) -> Result<bool, AppError> {
    let request = super::request(tx, member.workspace, id).await?;
    if !may_end(member, request.requested_by) {
        return Err(AppError::Forbidden(NOT_YOURS.into()));
    }
    let reason = "Cancelled; the rest was released";
    let actor = Actor::User(member.user);
    let cancelled = finish(tx, member.workspace, id, RequestState::Cancelled, reason, actor, at).await?;
    if cancelled {
        let (actor, subject) = (audit::Actor::User(member.user), &request.campaign_name);
        audit::record(tx, member.workspace, actor, "Cancelled a request", subject, "", at).await?;
    }
    Ok(cancelled)
}
