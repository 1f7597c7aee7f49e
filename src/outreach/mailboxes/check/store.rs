//! The rows of tests, which are their own queue entries.

use std::time::Duration;

use serde::Deserialize;
use sqlx::{FromRow, types::Json};

use super::{kind::Results, round_trip::Trip};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::{ids::MailboxId, mailboxes::secrets::MailboxKey},
    server::{
        clock::Instant,
        db::Tx,
        queue::{Lease, Queue},
        select::Select,
    },
};

crate::id!(
    /// One test of a mailbox.
    TestId
);

/// A lease is longer than a test.
pub const QUEUE: Queue = Queue {
    table: "mailbox_checks",
    key: "workspace_id, id",
    waiting: "state <> 'finished'",
    sets: "",
    lease: Duration::from_secs(180),
    per_workspace: true,
};

/// Tests of a mailbox that are kept.
const KEPT: i64 = 10;

/// Where a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, Deserialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TestState {
    Queued,
    /// Its mail is on its way, and looked for again.
    Waiting,
    Finished,
}

/// A test, as its page shows it.
#[derive(Debug, Clone, FromRow, Deserialize)]
pub struct TestRun {
    pub id: TestId,
    pub state: TestState,
    pub created_at: Instant,
    pub results: Json<Results>,
}

/// A test that a worker has claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    pub workspace_id: WorkspaceId,
    pub id: TestId,
    pub mailbox_id: MailboxId,
    pub state: TestState,
    pub results: Json<Results>,
    pub trip: Option<Json<Trip>>,
    #[sqlx(flatten)]
    pub lease: Lease,
}

impl Claimed {
    pub fn mailbox(&self) -> MailboxKey {
        (self.workspace_id, self.mailbox_id)
    }
}

/// The last of them is JSON.
const SHOWN: &str = "id, state, created_at, results";
const CLAIMED: &str = "workspace_id, id, mailbox_id, state, results, trip, lease_until, fence, attempt";

/// Adds a test that a worker then does; of those that are over, the oldest go. `None`: one is open.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, mailbox: MailboxKey, by: UserId, at: Instant) -> sqlx::Result<Option<TestId>> {
    let id = TestId::new();
    let added = on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_checks (workspace_id, id, mailbox_id, created_by, created_at, run_at)
         values ($1, $2, $3, $4, $5, $5) on conflict do nothing")
        .bind(mailbox.0).bind(id).bind(mailbox.1).bind(by).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    if added == 0 {
        return Ok(None);
    }
    on!(tx, c => sqlx::query(
        "delete from mailbox_checks where workspace_id = $1 and mailbox_id = $2 and id not in (
             select id from mailbox_checks where workspace_id = $1 and mailbox_id = $2 order by id desc limit $3)")
        .bind(mailbox.0).bind(mailbox.1).bind(KEPT).execute(c).await.map(drop))?;
    Ok(Some(id))
}

/// The tests of a mailbox, newest first; at most the ten that are kept.
///
/// # Errors
/// The database's.
pub async fn of_mailbox(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<Vec<TestRun>> {
    let sql = format!(
        "select {SHOWN} from mailbox_checks where workspace_id = $1 and mailbox_id = $2 order by id desc limit $3"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(mailbox.0).bind(mailbox.1).bind(KEPT).fetch_all(c).await)
}

/// The newest test of a mailbox.
pub fn last(mailbox: MailboxKey) -> Select<Option<TestRun>> {
    let text = format!(
        "select {SHOWN} from mailbox_checks where workspace_id = $1 and mailbox_id = $2 order by id desc limit 1"
    );
    Select::<Vec<TestRun>>::rows(format!("{SHOWN} json"), text).bind(mailbox.0.0).bind(mailbox.1.0).first()
}

/// Claims up to `limit` tests.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, limit: i64, at: Instant) -> sqlx::Result<Vec<Claimed>> {
    QUEUE.claim(tx, CLAIMED, limit, at).await
}

/// Keeps what was found so far. False: another worker has the test, or its mailbox is gone.
///
/// # Errors
/// The database's.
pub async fn keep(tx: &mut Tx, test: &Claimed) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailbox_checks set results = $4, trip = $5
         where workspace_id = $1 and id = $2 and fence = $3 and state <> 'finished'")
        .bind(test.workspace_id).bind(test.id).bind(test.lease.fence).bind(&test.results).bind(&test.trip)
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Puts the test back, due at `run_at`, in the state it has.
///
/// # Errors
/// The database's.
pub async fn retry(tx: &mut Tx, test: &Claimed, run_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_checks set state = $4, run_at = $5, lease_until = null
         where workspace_id = $1 and id = $2 and fence = $3 and state <> 'finished'")
        .bind(test.workspace_id).bind(test.id).bind(test.lease.fence).bind(test.state).bind(run_at)
        .execute(c).await.map(drop))
}

/// Ends the test.
///
/// # Errors
/// The database's.
pub async fn finish(tx: &mut Tx, test: &Claimed, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_checks set state = 'finished', finished_at = $4, run_at = null, lease_until = null
         where workspace_id = $1 and id = $2 and fence = $3 and state <> 'finished'")
        .bind(test.workspace_id).bind(test.id).bind(test.lease.fence).bind(at).execute(c).await.map(drop))
}
