//! Taking a request off the queue, with a lease and a fence.
//!
//! The fence rises with every claim (and every end) and each write of a worker checks it: one that lost its lease changes
//! nothing any more.

use std::time::Duration;

use sqlx::types::Json;

use super::lead_request::{LeadRequest, SELECT};
use super::reason::RequestReason;
use crate::{
    credits::RequestId,
    on,
    server::{clock::Instant, db::Tx, queue::Queue},
};

/// How long a claim lasts without a sign of life.
pub const LEASE: Duration = Duration::from_secs(60);

pub(crate) const QUEUE: Queue = Queue {
    table: "lead_requests",
    key: "workspace_id, id",
    waiting: "state in ('queued', 'running') and waiting is null",
    sets: ", state = 'running', started_at = coalesce(started_at, $1),
        went_delivered = case when went_at is null then delivered else went_delivered end, went_at = coalesce(went_at, $1)",
    lease: LEASE,
    per_workspace: true,
};

/// Claims the next request that can run: of the workspace whose turn it is, there the one that has waited longest. So a
/// workspace with a hundred thousand leads to go, or with a hundred requests, delays another by one turn at most.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, at: Instant) -> sqlx::Result<Option<LeadRequest>> {
    let claimed: Option<(RequestId,)> = QUEUE.claim(tx, "id", 1, at).await?.pop();
    let Some((id,)) = claimed else { return Ok(None) };
    let sql = format!("{SELECT} where r.id = $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await)
}

/// How far a claimed request is.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Reached {
    pub delivered: i64,
    /// How many are delivered before it stops: for a look at the first batch, or for good.
    pub until: i64,
}

/// Renews the lease, which locks the row, and returns how far the request is; `None` when another worker has it.
///
/// # Errors
/// The database's.
pub(crate) async fn renew(tx: &mut Tx, request: &LeadRequest, at: Instant) -> sqlx::Result<Option<Reached>> {
    on!(tx, c => sqlx::query_as(
        "update lead_requests set lease_until = $4 where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'
         returning delivered,
             case when gone_on_at is null and first_batch < quantity then first_batch else quantity end as until")
        .bind(request.workspace_id).bind(request.id).bind(request.lease.fence).bind(at.plus(LEASE))
        .fetch_optional(c).await)
}

/// Puts the request back, due at `run_at`; `reason` says what it waits for, from `at` on.
///
/// # Errors
/// The database's.
pub(crate) async fn retry(
    tx: &mut Tx,
    request: &LeadRequest,
    run_at: Instant,
    reason: Option<&RequestReason>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update lead_requests set lease_until = null, run_at = $4, reason = $5, asking = null,
             reason_since = case when $5 is null then null when reason = $5 then coalesce(reason_since, $6) else $6 end
         where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'")
        .bind(request.workspace_id).bind(request.id).bind(request.lease.fence).bind(run_at).bind(reason.map(Json))
        .bind(at).execute(c).await.map(drop))
}

/// Stops the claimed request for somebody to look at its first batch (C9: its hold keeps its deadline).
pub(crate) async fn wait_for_look(tx: &mut Tx, request: &LeadRequest, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update lead_requests set state = 'queued', waiting = 'look', reason_since = $4, went_at = null, asking = null,
             lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'")
        .bind(request.workspace_id).bind(request.id).bind(request.lease.fence).bind(at).execute(c).await.map(drop))
}
