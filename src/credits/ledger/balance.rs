//! The balance of a workspace.

use crate::{
    accounts::WorkspaceId,
    credits::Balance,
    on,
    server::{db::Tx, inconsistency::Inconsistency},
};

/// The balance of `workspace`; zero everywhere before its first grant.
pub async fn balance(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Balance> {
    let account: Option<Balance> = on!(&mut *tx, c => sqlx::query_as(
        "select available, held, spent, expired from credit_accounts where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    match account {
        Some(balance) => Ok(balance),
        None if has_moved(tx, workspace).await? => {
            Err(Inconsistency::new("credit_accounts", "workspace_id", workspace).into())
        }
        // The account is made with the first movement.
        None => Ok(Balance::default()),
    }
}

async fn has_moved(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar("select exists (select 1 from credit_transfers where workspace_id = $1)")
        .bind(workspace).fetch_one(c).await)
}

/// Locks the account of `workspace` until the transaction ends: nobody else moves its credits meanwhile.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when it is missing in a workspace that has movements.
pub async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    super::store::lock_accounts(tx, &[workspace]).await.map(drop)
}
