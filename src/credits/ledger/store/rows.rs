//! Rows as the statements of the ledger take them: in [batches](crate::server::batches).

use serde::Serialize;
use sqlx::types::Json;

use crate::accounts::WorkspaceId;

/// A row of one workspace.
#[derive(Serialize)]
pub struct Of<T> {
    pub workspace_id: WorkspaceId,
    #[serde(flatten)]
    pub row: T,
}

/// Workspaces as the same kind of parameter: an array of one key each.
pub fn keys(workspaces: &[WorkspaceId]) -> Json<Vec<[WorkspaceId; 1]>> {
    Json(workspaces.iter().map(|workspace| [*workspace]).collect())
}
