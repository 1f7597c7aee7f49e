//! The balance of a workspace.

use serde::Deserialize;

use crate::{
    accounts::WorkspaceId,
    credits::Balance,
    server::{db::Tx, inconsistency::Inconsistency, select::Select},
};

/// The balance of `workspace`; zero everywhere before its first grant.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when the account is missing in a workspace that has movements.
pub async fn balance(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Balance> {
    select_balance(workspace).read(tx).await
}

/// The same, to be read together with other things.
pub fn select_balance(workspace: WorkspaceId) -> Select<Balance> {
    #[derive(Deserialize)]
    struct Row {
        is_account: bool,
        #[serde(flatten)]
        balance: Balance,
    }
    // The account is made with the first movement.
    let account_or_movement =
        "select available, held, spent, expired, true as is_account from credit_accounts where workspace_id = $1
         union all
         select 0, 0, 0, 0, false where exists (select 1 from credit_transfers where workspace_id = $1)
             and not exists (select 1 from credit_accounts where workspace_id = $1)";
    Select::<Vec<Row>>::rows("available, held, spent, expired, is_account flag", account_or_movement)
        .bind(workspace.0)
        .first()
        .try_map(move |row| match row {
            Some(Row { is_account: true, balance }) => Ok(balance),
            Some(_) => Err(Inconsistency::new("credit_accounts", "workspace_id", workspace).into()),
            None => Ok(Balance::default()),
        })
}

/// Locks the account of `workspace` until the transaction ends: nobody else moves its credits meanwhile.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when it is missing in a workspace that has movements.
pub async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    super::store::lock_accounts(tx, &[workspace]).await.map(drop)
}
