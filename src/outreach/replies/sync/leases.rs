//! Which mailboxes are read next, and by which process: the queue `mailbox_syncs`.

use std::{collections::HashSet, time::Duration};

use sqlx::{FromRow, types::Json};

use super::trouble::Trouble;
use crate::{
    accounts::WorkspaceId,
    mail::gate::Full,
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::{read_state, secrets::MailboxKey},
    },
    server::{batches::batches, clock::Instant, db::Tx, queue::FREE},
};

/// How long a mailbox is claimed without a sign of life, and how often one is given.
pub(super) const LEASE: Duration = Duration::from_secs(120);
pub(super) const RENEWED: Duration = Duration::from_secs(30);
/// Mailboxes of one workspace before those of another that waits.
const IN_TURN: i64 = 5;
/// Of the mailboxes that are due longest, those among which the turns are made.
const LOOKED_AT: i64 = 500;
/// Asked-for looks that are passed on at once.
const WANTED_MAX: i64 = 1_000;
/// Mails of one mailbox that are stored on a day.
pub(super) const STORED_MAX: i64 = 2_000;

/// Which mailboxes `m` are read: a paused one is still answered.
const IS_READ: &str = "m.imap_host is not null and m.state in ('active', 'paused', 'failing')";

/// The claim of this process on a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(super) struct Lease {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub fence: i64,
    /// Looks that failed in a row.
    pub failures: i64,
}

impl Lease {
    pub fn mailbox(&self) -> MailboxKey {
        (self.workspace_id, self.mailbox_id)
    }
}

/// A mailbox that is due.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Due {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub host: String,
}

/// The mailboxes that are due, a few of each workspace in turn; those left out whose host is full.
///
/// # Errors
/// The database's.
pub(super) async fn due(tx: &mut Tx, full: &Full, limit: usize, at: Instant) -> sqlx::Result<Vec<Due>> {
    if full.all || limit == 0 {
        return Ok(Vec::new());
    }
    let hosts: Vec<[&String; 1]> = full.hosts.iter().map(|host| [host]).collect();
    let sql = format!(
        "select workspace_id, mailbox_id, host from (
             select workspace_id, mailbox_id, host, run_at,
                 row_number() over (partition by workspace_id order by run_at, mailbox_id) as place
             from (select s.workspace_id, s.mailbox_id, m.imap_host as host, s.run_at from mailbox_syncs s
                   join mailboxes m on m.workspace_id = s.workspace_id and m.id = s.mailbox_id
                   where s.run_at is not null and s.run_at <= $1 and {FREE} and {IS_READ}
                       and m.imap_host not in (select j.value ->> 0 from json_each($2) j)
                   order by s.run_at limit $3) longest) turns
         order by (place - 1) / $4, run_at, mailbox_id limit $5",
        FREE = FREE.replace("lease_until", "s.lease_until"),
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(at).bind(Json(hosts)).bind(LOOKED_AT).bind(IN_TURN).bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(c).await)
}

/// Claims those that are still due.
///
/// # Errors
/// The database's.
pub(super) async fn claim(tx: &mut Tx, due: &[Due], at: Instant) -> sqlx::Result<Vec<Lease>> {
    let mut claimed = Vec::new();
    for batch in batches(due.iter().map(|due| (due.workspace_id, due.mailbox_id)))? {
        let sql = format!(
            "update mailbox_syncs as s set lease_until = $2, run_at = $2, fence = s.fence + 1
             from json_each($3) j
             where s.workspace_id = unhex(j.value ->> 0, '-') and s.mailbox_id = unhex(j.value ->> 1, '-')
               and s.run_at <= $1 and {FREE}
             returning workspace_id, mailbox_id, fence, failures",
            FREE = FREE.replace("lease_until", "s.lease_until"),
        );
        let some: Vec<Lease> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(at.plus(LEASE)).bind(Json(batch)).fetch_all(c).await)?;
        claimed.extend(some);
    }
    Ok(claimed)
}

/// Prolongs leases, and returns which are still held: another process may have taken a mailbox, or it is not to be read any more.
///
/// # Errors
/// The database's.
pub(super) async fn renew(tx: &mut Tx, leases: &[Lease], at: Instant) -> sqlx::Result<HashSet<MailboxId>> {
    let mut held = HashSet::new();
    for batch in batches(leases.iter().map(|lease| (lease.workspace_id, lease.mailbox_id, lease.fence)))? {
        let sql = format!(
            "update mailbox_syncs as s set lease_until = $2, run_at = $2 from json_each($1) j, mailboxes m
             where s.workspace_id = unhex(j.value ->> 0, '-') and s.mailbox_id = unhex(j.value ->> 1, '-')
               and s.fence = cast(j.value ->> 2 as bigint) and s.lease_until is not null
               and m.workspace_id = s.workspace_id and m.id = s.mailbox_id and {IS_READ}
             returning mailbox_id"
        );
        let some: Vec<MailboxId> = on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(Json(batch)).bind(at.plus(LEASE)).fetch_all(c).await)?;
        held.extend(some);
    }
    Ok(held)
}

/// Gives leases back when the process ends, so that another continues at once. What is under way writes nothing any more.
///
/// # Errors
/// The database's.
pub(super) async fn give_back(tx: &mut Tx, leases: &[Lease], at: Instant) -> sqlx::Result<()> {
    for batch in batches(leases.iter().map(|lease| (lease.workspace_id, lease.mailbox_id, lease.fence)))? {
        on!(&mut *tx, c => sqlx::query(
            "update mailbox_syncs as s set lease_until = null, run_at = $2, fence = s.fence + 1 from json_each($1) j
             where s.workspace_id = unhex(j.value ->> 0, '-') and s.mailbox_id = unhex(j.value ->> 1, '-')
               and s.fence = cast(j.value ->> 2 as bigint) and s.lease_until is not null")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Mailboxes whose look was asked for.
///
/// # Errors
/// The database's.
pub(super) async fn wanted(tx: &mut Tx) -> sqlx::Result<Vec<MailboxId>> {
    on!(tx, c => sqlx::query_scalar(
        "select mailbox_id from mailbox_syncs where wanted_at is not null order by wanted_at limit $1")
        .bind(WANTED_MAX).fetch_all(c).await)
}

/// Makes sure in the open transaction that the lease is held until it commits. `false`: write nothing.
///
/// # Errors
/// The database's.
pub(super) async fn hold(tx: &mut Tx, lease: Lease, at: Instant) -> sqlx::Result<bool> {
    // What a slice does may reach the mailbox: a bounce can pause it.
    read_state::lock(tx, lease.mailbox()).await?;
    on!(tx, c => sqlx::query(
        "update mailbox_syncs set lease_until = $4, run_at = $4 where workspace_id = $1 and mailbox_id = $2 and fence = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).bind(at.plus(LEASE))
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Counts mails that are stored, and returns how many it were on this day.
///
/// # Errors
/// The database's.
pub(super) async fn count_stored(tx: &mut Tx, lease: Lease, stored: usize, day: i64) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "update mailbox_syncs set stored = case when stored_day = $4 then stored else 0 end + $5, stored_day = $4
         where workspace_id = $1 and mailbox_id = $2 and fence = $3 returning stored")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).bind(day)
        .bind(i64::try_from(stored).unwrap_or(i64::MAX)).fetch_optional(c).await)
    .map(|stored: Option<i64>| stored.unwrap_or(0))
}

/// Notes that everything was read that was there at `begun`.
///
/// # Errors
/// The database's.
pub(super) async fn looked(tx: &mut Tx, lease: Lease, begun: Instant, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailbox_syncs set looked_at = $4, failures = 0, code = null, words = null, since = null, lease_until = $5, run_at = $5,
             wanted_at = case when wanted_at <= $4 then null else wanted_at end
         where workspace_id = $1 and mailbox_id = $2 and fence = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).bind(begun).bind(at.plus(LEASE))
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Ends a lease; the mailbox is read again at `next`, or sooner when it is asked for.
///
/// # Errors
/// The database's.
pub(super) async fn release(tx: &mut Tx, lease: Lease, next: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_syncs set lease_until = null, run_at = case when wanted_at < $4 then wanted_at else $4 end
         where workspace_id = $1 and mailbox_id = $2 and fence = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).bind(next).execute(c).await.map(drop))
}

/// Ends a lease because a look failed: why, and when the next one is due. Returns since when it fails for that reason; nothing: another
/// process has the mailbox.
///
/// # Errors
/// The database's.
pub(super) async fn fail(tx: &mut Tx, lease: Lease, trouble: &Trouble, at: Instant) -> sqlx::Result<Option<Instant>> {
    // Those since the last look that succeeded: the lease may be from before it.
    let failures: Option<i64> = on!(&mut *tx, c => sqlx::query_scalar(
        "select failures from mailbox_syncs where workspace_id = $1 and mailbox_id = $2 and fence = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).fetch_optional(c).await)?;
    let Some(failures) = failures else { return Ok(None) };
    let next = trouble.next(lease.mailbox_id, failures + 1, at);
    on!(tx, c => sqlx::query_scalar(
        "update mailbox_syncs set lease_until = null, run_at = $4, failures = failures + 1, wanted_at = null,
             since = case when code = $5 then since else $7 end, code = $5, words = $6
         where workspace_id = $1 and mailbox_id = $2 and fence = $3
         returning since")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(lease.fence).bind(next).bind(trouble.code).bind(&trouble.words)
        .bind(at).fetch_optional(c).await)
}
