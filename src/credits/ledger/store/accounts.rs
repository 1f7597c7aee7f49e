//! Accounts: the row of each workspace that every movement locks.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::types::Json;

use super::rows::{Of, keys};
use crate::{
    accounts::WorkspaceId,
    credits::{Balance, Credits},
    on,
    server::{batches::batches, db::Tx, hexadecimal, inconsistency::Inconsistency},
};

/// The account row.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow, Serialize)]
pub struct Account {
    pub available: Credits,
    pub held: Credits,
    pub spent: Credits,
    pub expired: Credits,
    /// The sum of what its lots owe (C19).
    pub owed: Credits,
    pub next_seq: i64,
    #[serde(serialize_with = "hexadecimal::serialize")]
    pub last_hash: Vec<u8>,
}

impl Account {
    pub fn balance(&self) -> Balance {
        Balance { available: self.available, held: self.held, spent: self.spent, expired: self.expired }
    }
}

/// Locks the rows of these accounts until the transaction ends, in the order of their ids, so that two callers cannot
/// wait for each other. Accounts are made at their first use.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when one is missing in a workspace that has movements.
pub async fn lock_accounts(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<BTreeMap<WorkspaceId, Account>> {
    let mut accounts = locked(tx, workspaces).await?;
    if accounts.len() < workspaces.len() {
        on!(tx, c => sqlx::query(
            "insert into credit_accounts (workspace_id, last_hash)
             select unhex(value ->> 0, '-'), unhex('') from json_each($1) where not exists
                 (select 1 from credit_transfers t where t.workspace_id = unhex(value ->> 0, '-'))
             on conflict (workspace_id) do nothing")
            .bind(keys(workspaces)).execute(c).await.map(drop))?;
        accounts = locked(tx, workspaces).await?;
        if let Some(missing) = workspaces.iter().find(|workspace| !accounts.contains_key(workspace)) {
            return Err(Inconsistency::new("credit_accounts", "workspace_id", missing).into());
        }
    }
    Ok(accounts)
}

async fn locked(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<BTreeMap<WorkspaceId, Account>> {
    // SQLite has one writer, and this transaction is it.
    let lock = if tx.is_postgres() { "for update of a" } else { "" };
    let rows: Vec<AccountRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select a.workspace_id, a.available, a.held, a.spent, a.expired, a.owed, a.next_seq, a.last_hash
         from json_each($1) w join credit_accounts a on a.workspace_id = unhex(w.value ->> 0, '-')
         order by a.workspace_id {lock}")))
        .bind(keys(workspaces)).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.account)).collect())
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    account: Account,
}

/// Writes the accounts that were locked and changed.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when one is missing, or further than it was when it was locked.
pub async fn update_accounts(tx: &mut Tx, accounts: &[(WorkspaceId, &Account)]) -> sqlx::Result<()> {
    for rows in batches(accounts.iter().map(|(workspace_id, row)| Of { workspace_id: *workspace_id, row }))? {
        let count = rows.len() as u64;
        let updated = on!(tx, c => sqlx::query(
            "with rows as materialized (select value from json_each($1))
             update credit_accounts set available = n.available, held = n.held, spent = n.spent, expired = n.expired,
                 owed = n.owed, next_seq = n.next_seq, last_hash = n.last_hash
             from (select unhex(value ->> 'workspace_id', '-') as workspace_id,
                     cast(value ->> 'available' as bigint) as available, cast(value ->> 'held' as bigint) as held,
                     cast(value ->> 'spent' as bigint) as spent, cast(value ->> 'expired' as bigint) as expired,
                     cast(value ->> 'owed' as bigint) as owed, cast(value ->> 'next_seq' as bigint) as next_seq, unhex(value ->> 'last_hash') as last_hash
                 from rows) n
             where credit_accounts.workspace_id = n.workspace_id and credit_accounts.next_seq <= n.next_seq")
            .bind(Json(rows)).execute(c).await.map(|done| done.rows_affected()))?;
        if updated != count {
            return Err(not_updated(tx, accounts).await?.into());
        }
    }
    Ok(())
}

/// Which of `accounts` is not there, or not as it should be by now.
async fn not_updated(tx: &mut Tx, accounts: &[(WorkspaceId, &Account)]) -> sqlx::Result<Inconsistency> {
    let workspaces: Vec<WorkspaceId> = accounts.iter().map(|(workspace, _)| *workspace).collect();
    let stored = locked(tx, &workspaces).await?;
    let missing = workspaces.iter().find(|workspace| !stored.contains_key(workspace));
    let differs = accounts.iter().find(|(workspace, account)| stored.get(workspace) != Some(*account));
    Ok(match missing {
        Some(workspace) => Inconsistency::new("credit_accounts", "workspace_id", workspace),
        None => {
            let row = differs.map(|(workspace, _)| workspace.to_string()).unwrap_or_default();
            Inconsistency::new("credit_accounts", "next_seq", row)
        }
    })
}
