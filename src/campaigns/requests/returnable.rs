//! What of a request can still be returned (rule C17).

use super::lead_request;
use crate::{
    accounts::WorkspaceId,
    credits::RequestId,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Returns how many leads of a request can be returned now, and the credits that come back with them.
///
/// # Errors
/// [`AppError::NotFound`] for a request of another workspace.
pub async fn returnable(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    hours: u64,
    at: Instant,
) -> Result<(i64, i64), AppError> {
    lead_request::request(tx, workspace, request).await?;
    let window = std::time::Duration::from_secs(hours * 60 * 60);
    Ok(on!(tx, c => sqlx::query_as(
        "select count(*), cast(coalesce(sum(coalesce(price, 1)), 0) as bigint) from leads where workspace_id = $1 and request_id = $2 and delivered_at > $3
             and refunded_at is null and mailed_at is null and charge_seq is not null")
        .bind(workspace).bind(request).bind(at.minus(window)).fetch_one(c).await)?)
}
