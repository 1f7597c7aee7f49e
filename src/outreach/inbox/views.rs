//! Saved views: addresses of the list that have a name, for everyone in the workspace.

use serde::Deserialize;

use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{clock::Instant, db::Tx, select::Select},
};

/// Saved views of a workspace.
pub const VIEWS_MAX: i64 = 50;

crate::id!(
    /// A saved view.
    SavedViewId
);

/// An address of the list that has a name.
#[derive(Debug, Clone, Deserialize)]
pub struct SavedView {
    pub id: SavedViewId,
    pub name: String,
    /// The part after the `?`.
    pub query: String,
}

pub fn select_views(workspace: WorkspaceId) -> Select<Vec<SavedView>> {
    Select::rows("id, name, query", "select id, name, query from inbox_views where workspace_id = $1 order by name, id")
        .bind(workspace.0)
}

/// Saves an address under a name, unless there are too many. Returns whether it was saved.
///
/// # Errors
/// The database's.
pub async fn save(
    tx: &mut Tx,
    (workspace, by): (WorkspaceId, UserId),
    (name, query): (&str, &str),
    at: Instant,
) -> sqlx::Result<bool> {
    let saved = on!(tx, c => sqlx::query(
        "insert into inbox_views (workspace_id, id, name, query, made_by, created_at)
         select $1, $2, $3, $4, $5, $6 where (select count(*) from inbox_views where workspace_id = $1) < $7")
        .bind(workspace).bind(SavedViewId::new()).bind(name).bind(query).bind(by).bind(at).bind(VIEWS_MAX)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(saved == 1)
}

/// Forgets a saved view. Returns its name.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, workspace: WorkspaceId, id: SavedViewId) -> sqlx::Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar("delete from inbox_views where workspace_id = $1 and id = $2 returning name")
        .bind(workspace).bind(id).fetch_optional(c).await)
}
