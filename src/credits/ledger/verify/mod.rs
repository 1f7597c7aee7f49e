//! Proof of the ledger: replays every transfer and compares with what the rows say ("What must always hold", 1–4 and 8).

mod compare;
mod replay;

use self::replay::Replay;
use super::transfer::{Bucket, Transfer};
use crate::{
    accounts::WorkspaceId,
    credits::{Balance, Credits},
    on,
    server::db::Tx,
};

/// Rows read at once.
const PAGE: i64 = 5_000;
/// Holds kept in memory before those that ended are compared and forgotten.
const HOLDS_MAX: usize = 20_000;

/// One number that is not what the transfers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub workspace: WorkspaceId,
    /// Where: a transfer, a lot, a hold or the account.
    pub place: String,
    pub what: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { workspace, place, what } = self;
        match workspace.0.is_nil() {
            true => write!(f, "all workspaces, {place}: {what}"),
            false => write!(f, "workspace {workspace}, {place}: {what}"),
        }
    }
}

/// What the replay of one workspace saw.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    pub transfers: i64,
    pub balance: Balance,
    pub differences: Vec<Difference>,
}

/// The workspaces that have an account, or ought to: something of theirs is sealed.
///
/// # Errors
/// The database's.
pub async fn workspaces(tx: &mut Tx) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
    "select workspace_id from credit_accounts union select shard from seal_totals order by 1")
    .fetch_all(c).await.map(|mut found: Vec<WorkspaceId>| {
        found.retain(|workspace| !workspace.0.is_nil());
        found
    }))
}

/// What must hold over all workspaces: no movement is in one without an account.
///
/// # Errors
/// The database's.
pub async fn verify_instance(tx: &mut Tx) -> sqlx::Result<Vec<Difference>> {
    let (movements, numbered): (i64, i64) = on!(tx, c => sqlx::query_as(
        "select (select count(*) from credit_transfers),
             (select cast(coalesce(sum(next_seq - 1), 0) as bigint) from credit_accounts)")
        .fetch_one(c).await)?;
    if movements == numbered {
        return Ok(Vec::new());
    }
    let what = format!("there are {movements}, the accounts say {numbered}");
    Ok(vec![Difference { workspace: WorkspaceId(uuid::Uuid::nil()), place: "movements".into(), what }])
}

/// Replays the whole history of `workspace`. Run it in one read transaction, so that writers do not show up as
/// differences.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Proof> {
    verify_telling(tx, workspace, |_| ()).await
}

/// Like [`verify`], telling now and then how many transfers were replayed. It needs memory for a page of them, for the
/// lots, and for the holds that are open or ended a short while before.
pub async fn verify_telling(tx: &mut Tx, workspace: WorkspaceId, tell: impl Fn(i64)) -> sqlx::Result<Proof> {
    let boundary = on!(tx, c => sqlx::query_as("select seq, hash from credit_boundaries where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    let mut replay = Replay::new(workspace, tx.keys().clone(), boundary.unwrap_or_default());
    let mut after = 0;
    loop {
        let page: Vec<Transfer> = on!(tx, c => sqlx::query_as(
            "select * from credit_transfers where workspace_id = $1 and seq > $2 order by seq limit $3")
            .bind(workspace).bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for transfer in &page {
            replay.apply(transfer);
        }
        tell(after);
        if replay.holds.len() > HOLDS_MAX {
            replay.compare_ended_holds(tx).await?;
        }
    }
    replay.compare_lots(tx).await?;
    replay.compare_holds(tx).await?;
    replay.compare_account(tx).await?;
    replay.compare_refunds(tx).await?;
    let credits_in = |bucket| i64::try_from(replay.of(bucket)).ok().and_then(Credits::new).unwrap_or_default();
    let balance = Balance {
        available: credits_in(Bucket::Available),
        held: credits_in(Bucket::Held),
        spent: credits_in(Bucket::Spent),
        expired: credits_in(Bucket::Expired),
    };
    Ok(Proof { transfers: replay.next_seq - 1, balance, differences: replay.differences })
}
