//! How long a member can undo a reply.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{db::Tx, select::Select},
};

/// Until a member chooses, in seconds.
pub const UNDO_S: i64 = 10;
/// What can be chosen, in seconds.
pub const UNDO_CHOICES_S: [i64; 5] = [0, 5, 10, 20, 30];
const CHOSEN: &str = "select undo_s from reply_settings where workspace_id = $1 and user_id = $2";

/// How long this member can undo a reply.
///
/// # Errors
/// The database's.
pub async fn undo_time(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> sqlx::Result<Duration> {
    let chosen: Option<i64> = on!(tx, c => sqlx::query_scalar(CHOSEN)
        .bind(workspace).bind(user).fetch_optional(c).await)?;
    Ok(Duration::from_secs(chosen.unwrap_or(UNDO_S).unsigned_abs()))
}

/// The same in seconds, to be read with other things.
pub fn select_undo(workspace: WorkspaceId, user: UserId) -> Select<i64> {
    #[derive(Deserialize)]
    struct Row {
        undo_s: i64,
    }
    Select::<Vec<Row>>::rows("undo_s", CHOSEN)
        .bind(workspace.0)
        .bind(user.0)
        .map(|rows| rows.first().map_or(UNDO_S, |row| row.undo_s))
}

/// Keeps what a member chose, in seconds.
///
/// # Errors
/// The database's.
pub async fn choose_undo_time(tx: &mut Tx, workspace: WorkspaceId, user: UserId, seconds: i64) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into reply_settings (workspace_id, user_id, undo_s) values ($1, $2, $3)
         on conflict (workspace_id, user_id) do update set undo_s = excluded.undo_s")
        .bind(workspace).bind(user).bind(seconds).execute(c).await.map(drop))
}
