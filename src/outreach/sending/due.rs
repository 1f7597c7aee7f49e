//! Mailboxes whose next slot has come, and claiming them.

use std::time::Duration;

use sqlx::types::Json;

use super::choose::DueMailbox;
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::MailboxId,
    server::{batches::batches, clock::Instant, db::Tx, queue::skip_locked},
};

/// Mailboxes in one round.
pub(super) const ROUND: i64 = 100;
/// Mailboxes of one workspace before those of another that waits.
const IN_TURN: i64 = 5;
/// Of the mailboxes that are due longest, those among which the turns are made.
const LOOKED_AT: i64 = 500;
/// How long a mailbox and its send are claimed without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(90);

/// The mailboxes that are due, a few of each workspace in turn.
///
/// # Errors
/// The database's.
pub(super) async fn due(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<(WorkspaceId, MailboxId)>> {
    on!(tx, c => sqlx::query_as(
        "select workspace_id, id from (
             select workspace_id, id, look_at, row_number() over (partition by workspace_id order by look_at, id) as place
             from (select workspace_id, id, look_at from mailboxes
                   where state = 'active' and look_at is not null and look_at <= $1 and free_at <= $1
                     and (lease_until is null or lease_until <= $1)
                   order by look_at limit $2) longest) turns
         order by (place - 1) / $3, look_at, id limit $4")
        .bind(at).bind(LOOKED_AT).bind(IN_TURN).bind(ROUND).fetch_all(c).await)
}

/// When a round has something to do next, in any workspace; nothing while no campaign sends.
///
/// # Errors
/// The database's.
pub async fn next_look(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar(
        "select min(at) from (
             select case when free_at > look_at then free_at else look_at end as at from mailboxes where state = 'active' and look_at is not null
             union all select closes_at from campaign_zones
             union all select held_until from enrolments where state = 'held' and held_until is not null) looks")
        .fetch_one(c).await)
}

/// How many mailboxes were due at `before` and are still, in any workspace.
///
/// # Errors
/// The database's.
pub async fn overdue(tx: &mut Tx, before: Instant) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(*) from mailboxes where state = 'active' and look_at is not null and look_at <= $1 and free_at <= $1
             and (lease_until is null or lease_until <= $1) and not exists (select 1 from sending_stop)")
        .bind(before).fetch_one(c).await)
}

/// Claims the mailboxes that are still due, in the order in which they became so.
///
/// # Errors
/// The database's.
pub(super) async fn claim_mailboxes(
    tx: &mut Tx,
    due: &[(WorkspaceId, MailboxId)],
    at: Instant,
) -> sqlx::Result<Vec<DueMailbox>> {
    let mut claimed: Vec<DueMailbox> = Vec::new();
    let lock = skip_locked(tx, "m");
    // The plus keeps SQLite from going through the index of due mailboxes for each of them.
    for due in batches(due.iter())? {
        let sql = format!(
            "update mailboxes set lease_until = $2, fence = fence + 1 where (workspace_id, id) in (
                 select m.workspace_id, m.id from json_each($3) j
                 join mailboxes m on m.workspace_id = unhex(j.value ->> 0, '-') and m.id = unhex(j.value ->> 1, '-')
                 where m.state = 'active' and +m.look_at <= $1 and m.free_at <= $1
                   and (m.lease_until is null or m.lease_until <= $1) {lock})
             returning workspace_id, id, address, time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start, ramp_step, ramp_days, ramp_day,
                 look_at, fence"
        );
        let rows: Vec<DueMailbox> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(at.plus(LEASE)).bind(Json(due)).fetch_all(c).await)?;
        claimed.extend(rows);
    }
    claimed.sort_by_key(|mailbox| (mailbox.look_at, mailbox.id));
    Ok(claimed)
}
