//! Rows that are their own queue entries, and how workers take them: one vocabulary for every queue of the product.
//!
//! | column | what it says |
//! |---|---|
//! | `run_at` | when the row is due; null: no worker takes it |
//! | `lease_until` | until when the worker that claimed it may be silent; null: it is free |
//! | `fence` | rises with each claim, and with what ends a claim early: each write of a worker names the fence that it claimed |
//! | `attempt` | claims since the last success, this one counted |
//!
//! | verb | what it does |
//! |---|---|
//! | claim | takes due rows with a lease ([`Queue::claim`], or [`CLAIM`] and [`DUE`] in a statement of the noun's own) |
//! | renew | moves the end of the lease, in the transaction of a batch or beside long work ([`renewing`]) |
//! | retry | puts the row back, due later ([`Retries::next`]) or at once |
//! | give up | ends it for good, with the reason |
//!
//! A queue: its [`Queue`], the four columns, an index on `run_at` with the condition `waiting`, and its `renew`, `retry` and
//! `give_up` beside the SQL of its table, each with `and fence = …`. A worker that was killed leaves its lease to run out; the
//! next claim resumes.
//!
//! **Workspaces take turns.** A claim goes round them in the order of their ids, from the one after the last turn (`queue_turns`)
//! on, and takes the oldest rows of each. So ten thousand rows of one workspace delay another by one claim. It needs the column
//! `workspace_id` (of no workspace: [`Uuid::nil`]) and an index on `(workspace_id, run_at)`, which like the one on `run_at` has the
//! condition `waiting`: finding the next workspace is a few look-ups in it for each workspace on the way, however many rows
//! they have. With an index on `(state, run_at)` SQLite would read all rows that wait instead.
//!
//! What is decided and done in one transaction needs no lease: standing requests, renewals of plans and automatic top-ups
//! lock their row or account and look again at what is due.

use std::time::Duration;

use serde::Deserialize;
use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use super::{clock::Instant, db::Tx};
use crate::on;

/// What a claim sets: `$2` is the end of the lease.
pub const CLAIM: &str = "lease_until = $2, fence = fence + 1, attempt = attempt + 1";
/// Whether no worker has the row at `$1`.
pub const FREE: &str = "(lease_until is null or lease_until <= $1)";
/// Whether the row can be claimed at `$1`.
pub const DUE: &str = "run_at <= $1 and (lease_until is null or lease_until <= $1)";

/// The end of the inner select of a claim, with the name of the queue's table in it: SQLite has one writer, Postgres skips
/// what others are claiming.
pub fn skip_locked(tx: &Tx, table: &str) -> String {
    if tx.is_postgres() { format!("for update of {table} skip locked") } else { String::new() }
}

/// A claim of a worker, part of the row it claimed (`#[sqlx(flatten)]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow, Deserialize)]
pub struct Lease {
    pub lease_until: Option<Instant>,
    pub fence: i64,
    pub attempt: i64,
}

impl Lease {
    /// Whether no worker has the row.
    pub fn is_free(&self, at: Instant) -> bool {
        self.lease_until.is_none_or(|until| until <= at)
    }
}

/// The queue of one table.
#[derive(Debug)]
pub struct Queue {
    pub table: &'static str,
    /// The columns of its primary key, `workspace_id` first where there is one.
    pub key: &'static str,
    /// Which rows wait for a worker, such as `state = 'queued'`.
    pub waiting: &'static str,
    /// What a claim sets besides, such as `, started_at = $1`.
    pub sets: &'static str,
    /// How long a claim lasts without a sign of life.
    pub lease: Duration,
    /// Whether its rows belong to workspaces, which then take turns.
    pub per_workspace: bool,
}

impl Queue {
    /// Claims up to `limit` rows and returns `columns` of them: workspace by workspace in turn, of each those that are due
    /// longest.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim<Row>(&self, tx: &mut Tx, columns: &str, limit: i64, at: Instant) -> sqlx::Result<Vec<Row>>
    where
        Row: for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow> + Send + Unpin,
    {
        if !self.per_workspace {
            return self.claim_rows(tx, columns, None, DUE, limit, at).await;
        }
        if !self.is_due(tx, at).await? {
            return Ok(Vec::new());
        }
        let (mut turn, mut claimed) = (self.lock_turn(tx).await?, Vec::new());
        // The first workspace whose rows are all locked by changes of others: once round is enough.
        let mut locked = None;
        while let left @ 1.. = limit - i64::try_from(claimed.len()).unwrap_or(limit) {
            let Some(next) = self.next_workspace(tx, turn, at).await? else { break };
            let more = self.claim_rows(tx, columns, Some(next), DUE, left, at).await?;
            if more.is_empty() {
                if locked == Some(next) {
                    break;
                }
                locked.get_or_insert(next);
            }
            turn = Some(next);
            claimed.extend(more);
        }
        self.note_turn(tx, turn).await?;
        Ok(claimed)
    }

    /// How many rows are due that no worker has, and since when the oldest of them is.
    ///
    /// # Errors
    /// The database's.
    pub async fn due(&self, tx: &mut Tx, at: Instant) -> sqlx::Result<(i64, Option<Instant>)> {
        let Self { table, waiting, .. } = self;
        let sql = format!("select count(*), min(run_at) from {table} where {waiting} and {DUE}");
        on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).fetch_one(c).await)
    }

    /// Claims up to `limit` rows of one workspace before they are due, because a page waits for them.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_now<Row>(
        &self,
        tx: &mut Tx,
        columns: &str,
        workspace: Uuid,
        limit: i64,
        at: Instant,
    ) -> sqlx::Result<Vec<Row>>
    where
        Row: for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow> + Send + Unpin,
    {
        self.claim_rows(tx, columns, Some(workspace), FREE, limit, at).await
    }

    async fn claim_rows<Row>(
        &self,
        tx: &mut Tx,
        columns: &str,
        workspace: Option<Uuid>,
        due: &str,
        limit: i64,
        at: Instant,
    ) -> sqlx::Result<Vec<Row>>
    where
        Row: for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow> + Send + Unpin,
    {
        let Self { table, key, waiting, sets, .. } = self;
        let lock = skip_locked(tx, table);
        let of = if workspace.is_some() { "workspace_id = $4 and" } else { "" };
        let sql = format!(
            "update {table} set {CLAIM}{sets}
             where ({key}) in (select {key} from {table} where {of} {waiting} and {due} order by run_at, {key} limit $3 {lock})
             returning {columns}"
        );
        on!(tx, c => {
            let claim = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).bind(self.lease_until(at)).bind(limit);
            match workspace {
                Some(workspace) => claim.bind(workspace).fetch_all(c).await,
                None => claim.fetch_all(c).await,
            }
        })
    }

    /// The workspaces that have rows due, in the order of their turns, `most` of them. For queues whose worker looks at a row
    /// before it claims it; it notes the turn with [`Queue::note_turn`].
    ///
    /// # Errors
    /// The database's.
    pub async fn workspaces_in_turn(&self, tx: &mut Tx, most: usize, at: Instant) -> sqlx::Result<Vec<Uuid>> {
        let mut found = Vec::new();
        if !self.is_due(tx, at).await? {
            return Ok(found);
        }
        let mut turn = self.turn(tx).await?;
        while found.len() < most
            && let Some(next) = self.next_workspace(tx, turn, at).await?.filter(|next| !found.contains(next))
        {
            turn = Some(next);
            found.push(next);
        }
        Ok(found)
    }

    /// Notes whose turn it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_turn(&self, tx: &mut Tx, workspace: Option<Uuid>) -> sqlx::Result<()> {
        on!(tx, c => sqlx::query(
            "insert into queue_turns (queue, workspace_id) values ($1, $2)
             on conflict (queue) do update set workspace_id = excluded.workspace_id")
            .bind(self.table).bind(workspace).execute(c).await.map(drop))
    }

    async fn turn(&self, tx: &mut Tx) -> sqlx::Result<Option<Uuid>> {
        let turn: Option<Option<Uuid>> = on!(tx, c => sqlx::query_scalar("select workspace_id from queue_turns where queue = $1")
            .bind(self.table).fetch_optional(c).await)?;
        Ok(turn.flatten())
    }

    /// Whose turn it was last. Locks it: claims of one queue come one after the other.
    async fn lock_turn(&self, tx: &mut Tx) -> sqlx::Result<Option<Uuid>> {
        on!(tx, c => sqlx::query_scalar(
            "insert into queue_turns (queue) values ($1) on conflict (queue) do update set queue = excluded.queue
             returning workspace_id")
            .bind(self.table).fetch_one(c).await)
    }

    async fn is_due(&self, tx: &mut Tx, at: Instant) -> sqlx::Result<bool> {
        let Self { table, waiting, .. } = self;
        let sql = format!("select exists (select 1 from {table} where {waiting} and {DUE})");
        on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(at).fetch_one(c).await)
    }

    /// The workspace whose turn comes after that of `last`, going round.
    async fn next_workspace(&self, tx: &mut Tx, last: Option<Uuid>, at: Instant) -> sqlx::Result<Option<Uuid>> {
        if let Some(last) = last
            && let Some(next) = self.first_workspace(tx, Some(last), at).await?
        {
            return Ok(Some(next));
        }
        self.first_workspace(tx, None, at).await
    }

    /// The first workspace, after `after` in the order of ids, that has a row due. Each step is a look-up: both databases stop at
    /// the first one.
    async fn first_workspace(&self, tx: &mut Tx, after: Option<Uuid>, at: Instant) -> sqlx::Result<Option<Uuid>> {
        let Self { table, waiting, .. } = self;
        let after_that = if after.is_some() { "workspace_id > $2 and" } else { "" };
        let sql = format!(
            "with recursive waiters (workspace_id) as (
                 select (select workspace_id from {table} where {after_that} {waiting} order by workspace_id limit 1)
                 union all
                 select (select {table}.workspace_id from {table}
                     where {table}.workspace_id > waiters.workspace_id and {waiting} order by {table}.workspace_id limit 1)
                 from waiters where waiters.workspace_id is not null)
             select waiters.workspace_id from waiters
             where waiters.workspace_id is not null
                 and exists (select 1 from {table} where {table}.workspace_id = waiters.workspace_id and {waiting} and {DUE})
             limit 1"
        );
        on!(tx, c => {
            let first = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(at);
            match after {
                Some(after) => first.bind(after).fetch_optional(c).await,
                None => first.fetch_optional(c).await,
            }
        })
    }

    /// When a lease ends that is taken or renewed at `at`.
    pub fn lease_until(&self, at: Instant) -> Instant {
        at.plus(self.lease)
    }
}

/// When what failed is tried again: pauses that grow by a factor, and after how many attempts it is given up.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// The pause after the first attempt.
    pub first: Duration,
    pub factor: u32,
    pub pause_max: Duration,
    pub attempts_max: i64,
}

impl Retries {
    /// The pause after `attempt` attempts without success.
    pub fn pause(&self, attempt: i64) -> Duration {
        let steps = u32::try_from(attempt.clamp(1, 64) - 1).unwrap_or(0);
        self.first.saturating_mul(self.factor.saturating_pow(steps)).min(self.pause_max)
    }

    /// When the next attempt is due after `attempt` attempts without success; `None`: give up.
    pub fn next(&self, attempt: i64, at: Instant) -> Option<Instant> {
        (attempt < self.attempts_max).then(|| at.plus(self.pause(attempt)))
    }
}

/// Does `work` and renews its lease three times in each `lease`. `None`: `renew` found that another worker has the row,
/// and the work was dropped where it was. A renewal that fails is repeated: the lease may last until then.
pub async fn renewing<T, Renewal>(
    lease: Duration,
    mut renew: impl FnMut() -> Renewal,
    work: impl Future<Output = T>,
) -> Option<T>
where
    Renewal: Future<Output = sqlx::Result<bool>>,
{
    let lost = async {
        loop {
            tokio::time::sleep(lease / 3).await;
            match renew().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
            }
        }
    };
    tokio::select! {
        done = work => Some(done),
        () = lost => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::{Db, test_databases};

    const QUEUE: Queue = Queue {
        table: "errands",
        key: "id",
        waiting: "state = 'queued'",
        sets: "",
        lease: Duration::from_secs(60),
        per_workspace: false,
    };
    const NOW: Instant = Instant(1_000_000_000);

    #[derive(FromRow)]
    struct Errand {
        id: i64,
        #[sqlx(flatten)]
        lease: Lease,
    }

    async fn add_errands(db: &Db, run_at: &[i64]) {
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::raw_sql(
            "create table errands (id bigint primary key, state text not null default 'queued', run_at bigint,
                 lease_until bigint, fence bigint not null default 0, attempt bigint not null default 0)")
            .execute(c).await.map(drop))
        .unwrap();
        for (id, run_at) in (1_i64..).zip(run_at) {
            on!(&mut tx, c => sqlx::query("insert into errands (id, run_at) values ($1, $2)")
                .bind(id).bind(run_at).execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn claim(db: &Db, limit: i64, at: Instant) -> Vec<Errand> {
        let mut tx = db.write().await.unwrap();
        let mut claimed: Vec<Errand> =
            QUEUE.claim(&mut tx, "id, lease_until, fence, attempt", limit, at).await.unwrap();
        tx.commit().await.unwrap();
        claimed.sort_by_key(|errand| errand.id);
        claimed
    }

    /// The ids of what is claimed, workspaces taking turns.
    async fn claim_in_turn(db: &Db, limit: i64) -> Vec<i64> {
        let mut tx = db.write().await.unwrap();
        let queue = Queue { per_workspace: true, ..QUEUE };
        let claimed: Vec<Errand> = queue.claim(&mut tx, "id, lease_until, fence, attempt", limit, NOW).await.unwrap();
        tx.commit().await.unwrap();
        claimed.into_iter().map(|errand| errand.id).collect()
    }

    #[tokio::test]
    async fn workspaces_take_turns_and_a_claim_is_filled_from_all_of_them() {
        for test in test_databases().await {
            add_errands(&test.db, &[NOW.0; 9]).await;
            let mut tx = test.db.write().await.unwrap();
            let uuid = if tx.is_postgres() { "uuid" } else { "blob" };
            let column = format!("alter table errands add column workspace_id {uuid}");
            on!(&mut tx, c => sqlx::raw_sql(sqlx::AssertSqlSafe(column)).execute(c).await.map(drop)).unwrap();
            for (workspace, ids) in [(7, 1..=5), (0, 6..=7), (9, 8..=9)] {
                on!(&mut tx, c => sqlx::query("update errands set workspace_id = $1 where id between $2 and $3")
                    .bind(Uuid::from_u128(workspace)).bind(*ids.start()).bind(*ids.end()).execute(c).await.map(drop))
                .unwrap();
            }
            // Due later, so its workspace is passed over.
            on!(&mut tx, c => sqlx::query("insert into errands (id, run_at, workspace_id) values (10, $1, $2)")
                .bind(NOW.0 + 1).bind(Uuid::from_u128(8)).execute(c).await.map(drop))
            .unwrap();
            tx.commit().await.unwrap();
            for expected in [&[6][..], &[1], &[8], &[7], &[2, 3, 4], &[9, 5], &[]] {
                let mut claimed = claim_in_turn(&test.db, 3.min(expected.len().max(1) as i64)).await;
                claimed.sort_unstable_by_key(|id| expected.iter().position(|one| one == id));
                assert_eq!(claimed, expected);
            }
        }
    }

    #[tokio::test]
    async fn what_is_due_longest_is_claimed_first_and_by_one_worker_until_its_lease_ends() {
        for test in test_databases().await {
            add_errands(&test.db, &[NOW.0, NOW.0 - 2, NOW.0 - 1, NOW.0 + 1]).await;
            let first = claim(&test.db, 2, NOW).await;
            assert_eq!(first.iter().map(|errand| errand.id).collect::<Vec<_>>(), [2, 3]);
            let lease = Lease { lease_until: Some(NOW.plus(QUEUE.lease)), fence: 1, attempt: 1 };
            assert!(first.iter().all(|errand| errand.lease == lease));
            assert_eq!(claim(&test.db, 9, NOW).await.iter().map(|errand| errand.id).collect::<Vec<_>>(), [1]);
            assert!(claim(&test.db, 9, NOW).await.is_empty(), "the fourth is due later");
            let resumed = claim(&test.db, 9, NOW.plus(QUEUE.lease)).await;
            let seen: Vec<_> =
                resumed.iter().map(|errand| (errand.id, errand.lease.fence, errand.lease.attempt)).collect();
            assert_eq!(seen, [(1, 2, 2), (2, 2, 2), (3, 2, 2), (4, 1, 1)]);
        }
    }

    #[test]
    fn a_lease_ends_at_its_last_moment() {
        let lease = Lease { lease_until: Some(NOW), ..Lease::default() };
        assert!(lease.is_free(NOW) && Lease::default().is_free(NOW));
        assert!(!lease.is_free(Instant(NOW.0 - 1)));
    }

    #[test]
    fn pauses_grow_to_a_longest_one_and_end_with_the_last_attempt() {
        let retries = Retries {
            first: Duration::from_secs(10),
            factor: 4,
            pause_max: Duration::from_secs(3_600),
            attempts_max: 6,
        };
        let seconds = |attempt| retries.pause(attempt).as_secs();
        assert_eq!([0, 1, 2, 3, 5, 6, i64::MAX].map(seconds), [10, 10, 40, 160, 2_560, 3_600, 3_600]);
        assert_eq!(retries.next(5, NOW), Some(NOW.plus(Duration::from_secs(2_560))));
        assert_eq!(retries.next(6, NOW), None);
    }

    #[tokio::test]
    async fn work_is_dropped_when_its_lease_is_lost_and_not_before() {
        let (lease, renewed) = (Duration::from_millis(3), tokio::sync::Semaphore::new(0));
        let renew = || {
            renewed.add_permits(1);
            std::future::ready(Ok(true))
        };
        let after_three_renewals = renewed.acquire_many(3);
        assert!(renewing(lease, renew, after_three_renewals).await.is_some());
        let mut renewals = 0;
        let renew = || {
            renewals += 1;
            std::future::ready(if renewals < 3 { Err(sqlx::Error::PoolTimedOut) } else { Ok(false) })
        };
        assert!(renewing(lease, renew, std::future::pending::<()>()).await.is_none());
        assert_eq!(renewals, 3, "one that fails is repeated");
    }
}
