//! Pausing a request, and letting one that waits for somebody go on. Its hold stays, and keeps its deadline (C9).

use super::{
    finish::{NOT_YOURS, may_end},
    first_batch,
    lead_request::{self, Waiting},
};
use crate::{
    accounts::{Member, audit},
    credits::RequestId,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Takes an open request out of the queue until somebody resumes it; a worker in the middle of it loses its claim.
/// Answers whether it was under way.
///
/// # Errors
/// [`AppError::NotFound`] for a request of another workspace, [`AppError::Forbidden`] for one of somebody else.
pub async fn pause(tx: &mut Tx, member: &Member, id: RequestId, at: Instant) -> Result<bool, AppError> {
    let request = lead_request::request(tx, member.workspace, id).await?;
    if !may_end(member, request.requested_by) {
        return Err(AppError::Forbidden(NOT_YOURS.into()));
    }
    let paused = on!(tx, c => sqlx::query(
        "update lead_requests set state = 'queued', waiting = 'by_user', reason_since = $3, went_at = null, asking = null,
             lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and state in ('queued', 'running') and waiting is null")
        .bind(member.workspace).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    if paused == 1 {
        let actor = audit::Actor::User(member.user);
        audit::record(tx, member.workspace, actor, "Paused a request", &request.campaign_name, "", at).await?;
    }
    Ok(paused == 1)
}

/// Lets a request that waits for somebody go on: after the look at its first batch, or after a pause. Answers whether it
/// waited. Wake the workers afterwards.
///
/// # Errors
/// As for [`pause`].
pub async fn go_on(tx: &mut Tx, member: &Member, id: RequestId, at: Instant) -> Result<bool, AppError> {
    let request = lead_request::request(tx, member.workspace, id).await?;
    if !may_end(member, request.requested_by) {
        return Err(AppError::Forbidden(NOT_YOURS.into()));
    }
    let goes = match request.waiting {
        Some(Waiting::Look) => first_batch::let_go(tx, member.workspace, id, Some(member.user), at).await?,
        Some(Waiting::ByUser) => resume(tx, member, id, at).await?,
        None => false,
    };
    if goes {
        let actor = audit::Actor::User(member.user);
        audit::record(tx, member.workspace, actor, "Let a request go on", &request.campaign_name, "", at).await?;
    }
    Ok(goes)
}

async fn resume(tx: &mut Tx, member: &Member, id: RequestId, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update lead_requests set waiting = null, reason_since = null, run_at = $3, progress_at = $3, attempt = 0
         where workspace_id = $1 and id = $2 and state in ('queued', 'running') and waiting = 'by_user'")
        .bind(member.workspace).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected() == 1))
}
