//! The balance of a workspace.

use super::Credits;
use crate::{accounts::WorkspaceId, on, server::db::Tx};

/// What a workspace has: the four buckets of its account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Balance {
    /// Free to use.
    pub available: Credits,
    /// Set aside for lead requests under way.
    pub held: Credits,
    /// Paid for delivered leads.
    pub spent: Credits,
    pub expired: Credits,
}

/// The balance of `workspace`; zero everywhere before its first grant.
pub async fn balance(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Balance> {
    let account: Option<Balance> = on!(tx, c => sqlx::query_as(
        "select available, held, spent, expired from credit_accounts where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    Ok(account.unwrap_or_default())
}

/// Locks the account of `workspace` until the transaction ends: nobody else moves its credits meanwhile.
///
/// # Errors
/// Only the database's.
pub async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    super::store::lock_accounts(tx, &[workspace]).await.map(drop)
}
