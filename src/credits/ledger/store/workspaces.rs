//! Workspaces with their balances, for the operator.

use crate::{
    accounts::WorkspaceId,
    credits::Balance,
    on,
    server::{clock::Instant, db::Tx},
};

/// A workspace as the operator sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WorkspaceBalance {
    pub id: WorkspaceId,
    pub name: String,
    pub created_at: Instant,
    /// The address of the member who joined first.
    pub owner_email: Option<String>,
    #[sqlx(flatten)]
    pub balance: Balance,
}

const WORKSPACE_BALANCE: &str = "select w.id, w.name, w.created_at,
         (select u.email from members m join users u on u.id = m.user_id where m.workspace_id = w.id
          order by m.created_at, u.id limit 1) as owner_email,
         coalesce(a.available, 0) as available, coalesce(a.held, 0) as held, coalesce(a.spent, 0) as spent,
         coalesce(a.expired, 0) as expired
     from workspaces w left join credit_accounts a on a.workspace_id = w.id";

/// The workspaces made before `before` (exclusive), newest first, with their balances.
pub async fn workspace_balances(
    tx: &mut Tx,
    before: Option<WorkspaceId>,
    limit: i64,
) -> sqlx::Result<Vec<WorkspaceBalance>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{WORKSPACE_BALANCE} where $1 is null or w.id < $1 order by w.id desc limit $2")))
        .bind(before).bind(limit).fetch_all(c).await)
}

/// All workspaces together.
pub async fn instance_balance(tx: &mut Tx) -> sqlx::Result<Balance> {
    on!(tx, c => sqlx::query_as(
        "select cast(coalesce(sum(available), 0) as bigint) as available, cast(coalesce(sum(held), 0) as bigint) as held,
             cast(coalesce(sum(spent), 0) as bigint) as spent, cast(coalesce(sum(expired), 0) as bigint) as expired
         from credit_accounts")
        .fetch_one(c).await)
}

/// One workspace with its balance.
pub async fn workspace_balance(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Option<WorkspaceBalance>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{WORKSPACE_BALANCE} where w.id = $1")))
        .bind(workspace).fetch_optional(c).await)
}

/// The workspace that the user with this address joined first.
pub async fn workspace_of_email(tx: &mut Tx, email: &str) -> sqlx::Result<Option<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select m.workspace_id from members m join users u on u.id = m.user_id where u.email = $1
         order by m.created_at, m.workspace_id limit 1")
        .bind(email).fetch_optional(c).await)
}
