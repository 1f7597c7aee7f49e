//! Mailboxes whose next slot has come, and claiming them.

use std::time::Duration;

use sqlx::{FromRow, types::Json};

use super::{choose::DueMailbox, sessions::Closed};
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::read_state::{LATE_AFTER, READ_WITHIN, cannot_be_read, is_read},
        schedule::FIRST_DAY,
    },
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

/// Whether a mailbox `m` that failed is to be tried again, because there is something to send.
const TRIED_AGAIN: &str = "m.state = 'failing' and m.retry_at is not null and m.retry_at <= $1 and m.look_at <= $1";

/// Whether the moment of a mailbox `m` has come: its gap is over, or a mail that a member wrote waits for it.
const IS_FREE: &str =
    "(m.free_at <= $1 or exists (select 1 from sends t where t.workspace_id = m.workspace_id and t.mailbox_id = m.id
         and t.state in ('queued', 'deferred') and t.kind <> 'step' and t.run_at <= $1))
     and (m.lease_until is null or m.lease_until <= $1)";

/// A mailbox that is due.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Due {
    pub workspace_id: WorkspaceId,
    pub id: MailboxId,
    /// The server that it sends through; nothing for the built-in outbox.
    pub smtp_host: Option<String>,
}

/// Whether any mailbox is due.
pub(super) fn is_due() -> String {
    format!(
        "(exists (select 1 from mailboxes m where m.state = 'active' and m.look_at is not null and m.look_at <= $1 and {IS_FREE})
          or exists (select 1 from mailboxes m where {TRIED_AGAIN} and {IS_FREE}))"
    )
}

/// The mailboxes that are due, a few of each workspace in turn; those left out that `closed` has no room for.
///
/// # Errors
/// The database's.
pub(super) async fn due(tx: &mut Tx, at: Instant, closed: &Closed) -> sqlx::Result<Vec<Due>> {
    let has_room = "(m.smtp_host is null or ($5 and m.smtp_host not in (select j.value ->> 0 from json_each($6) j))
         or m.id in (select unhex(j.value ->> 0, '-') from json_each($7) j))";
    let sql = format!(
        "select workspace_id, id, smtp_host from (
             select workspace_id, id, smtp_host, look_at, row_number() over (partition by workspace_id order by look_at, id) as place
             from (select * from (
                     select m.workspace_id, m.id, m.smtp_host, m.look_at from mailboxes m
                     where m.state = 'active' and m.look_at is not null and m.look_at <= $1 and {IS_FREE} and {has_room}
                     order by m.look_at limit $2) active
                 union all select * from (
                     select m.workspace_id, m.id, m.smtp_host, m.retry_at from mailboxes m
                     where {TRIED_AGAIN} and {IS_FREE} and {has_room}
                     order by m.retry_at limit $2) failing) longest) turns
         order by (place - 1) / $3, look_at, id limit $4"
    );
    let hosts: Vec<[&String; 1]> = closed.full.hosts.iter().map(|host| [host]).collect();
    let kept: Vec<[MailboxId; 1]> = closed.kept.iter().map(|mailbox| [*mailbox]).collect();
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(at).bind(LOOKED_AT).bind(IN_TURN).bind(ROUND).bind(!closed.full.all).bind(Json(hosts)).bind(Json(kept))
        .fetch_all(c).await)
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
pub(super) async fn claim_mailboxes(tx: &mut Tx, due: &[Due], at: Instant) -> sqlx::Result<Vec<DueMailbox>> {
    let mut claimed: Vec<DueMailbox> = Vec::new();
    let lock = skip_locked(tx, "m");
    // The plus keeps SQLite from going through the index of due mailboxes for each of them.
    for due in batches(due.iter().map(|due| (due.workspace_id, due.id)))? {
        let sql = format!(
            "update mailboxes set lease_until = $2, fence = fence + 1 where (workspace_id, id) in (
                 select m.workspace_id, m.id from json_each($3) j
                 join mailboxes m on m.workspace_id = unhex(j.value ->> 0, '-') and m.id = unhex(j.value ->> 1, '-')
                 where (m.state = 'active' or (m.state = 'failing' and m.retry_at <= $1)) and +m.look_at <= $1 and {IS_FREE} {lock})
             returning workspace_id, id, kind, address, time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start, ramp_step, ramp_days, ramp_day, {FIRST_DAY},
                 coalesce(look_at, $1) as look_at, free_at, fence, {is_read} as is_read, {cannot_be_read} as cannot_be_read",
            is_read = is_read("mailboxes", "$4"),
            cannot_be_read = cannot_be_read("mailboxes", "$5"),
        );
        let rows: Vec<DueMailbox> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(at.plus(LEASE)).bind(Json(due)).bind(at.minus(READ_WITHIN)).bind(at.minus(LATE_AFTER))
            .fetch_all(c).await)?;
        claimed.extend(rows);
    }
    claimed.sort_by_key(|mailbox| (mailbox.look_at, mailbox.id));
    Ok(claimed)
}
