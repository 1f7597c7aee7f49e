//! The suppression list of a workspace, as rows.

use std::collections::HashSet;

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Puts an address or a domain on the list; one that is there stays as it is.
///
/// # Errors
/// Only the database's.
pub async fn suppress(tx: &mut Tx, workspace: WorkspaceId, value: &str, reason: &str, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into suppressions (workspace_id, value, reason, created_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, value) do nothing")
        .bind(workspace).bind(value).bind(reason).bind(at)
        .execute(c).await.map(drop))
}

/// Returns which of these addresses and domains are on the list.
///
/// # Errors
/// Only the database's.
pub async fn suppressed(tx: &mut Tx, workspace: WorkspaceId, values: HashSet<&str>) -> sqlx::Result<HashSet<String>> {
    let mut listed = HashSet::new();
    for values in batches(values.into_iter().map(|value| [value]))? {
        let some: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar(
            "select w.value ->> 0 from json_each($2) w
             where (select s.value from suppressions s where s.workspace_id = $1 and s.value >= w.value ->> 0
                     and s.value <= w.value ->> 0
                 order by s.value limit 1) is not null")
            .bind(workspace).bind(Json(values)).fetch_all(c).await)?;
        listed.extend(some);
    }
    Ok(listed)
}
