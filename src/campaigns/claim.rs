//! Taking a request off the queue, with a lease and a fence.
//!
//! The fence rises with every claim (and every end) and each write of a worker checks it: one that lost its lease changes
//! nothing any more.

use std::time::Duration;

use super::lead_request::{LeadRequest, SELECT};
use crate::{
    credits::RequestId,
    on,
    server::{clock::Instant, db::Tx},
};

/// How long a claim lasts without a sign of life.
pub const LEASE: Duration = Duration::from_secs(60);

/// Claims the request that has waited longest, if one can run.
pub async fn claim(tx: &mut Tx, at: Instant) -> sqlx::Result<Option<LeadRequest>> {
    // The only word in which the databases differ: SQLite has one writer, Postgres skips what others are claiming.
    let lock = if tx.is_postgres() { "for update skip locked" } else { "" };
    let claim = format!(
        "update lead_requests set state = 'running', started_at = coalesce(started_at, $1), lease_until = $2,
             fence = fence + 1, attempt = attempt + 1
         where id = (select id from lead_requests
             where state in ('queued', 'running') and run_at <= $1 and (lease_until is null or lease_until < $1)
             order by run_at, id limit 1 {lock})
         returning id"
    );
    let claimed: Option<RequestId> = on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(claim))
        .bind(at).bind(at.plus(LEASE)).fetch_optional(c).await)?;
    let Some(id) = claimed else { return Ok(None) };
    let sql = format!("{SELECT} where r.id = $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await)
}

/// Locks the claimed row and answers how many were delivered so far; nothing when the claim is no longer ours.
pub(super) async fn hold_claim(tx: &mut Tx, request: &LeadRequest, at: Instant) -> sqlx::Result<Option<i64>> {
    on!(tx, c => sqlx::query_scalar(
        "update lead_requests set lease_until = $4 where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'
         returning delivered")
        .bind(request.workspace_id).bind(request.id).bind(request.fence).bind(at.plus(LEASE)).fetch_optional(c).await)
}

/// Gives the request back to the queue, to go on at `run_at`; `reason` says what it waits for.
pub(super) async fn give_back(
    tx: &mut Tx,
    request: &LeadRequest,
    run_at: Instant,
    reason: Option<&str>,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update lead_requests set lease_until = null, run_at = $4, state_reason = $5
         where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'")
        .bind(request.workspace_id).bind(request.id).bind(request.fence).bind(run_at).bind(reason)
        .execute(c).await.map(drop))
}
