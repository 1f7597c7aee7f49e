//! A reply that is not sent yet, kept for each member and conversation.

use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::ids::ThreadId,
    server::{clock::Instant, db::Tx},
};

/// Keeps `text` as the draft of a member; an empty one is none.
///
/// # Errors
/// The database's.
pub async fn keep(
    tx: &mut Tx,
    (workspace, id): (WorkspaceId, ThreadId),
    member: UserId,
    text: &str,
    at: Instant,
) -> sqlx::Result<()> {
    if text.trim().is_empty() {
        return forget(tx, (workspace, id), member).await;
    }
    on!(tx, c => sqlx::query(
        "insert into thread_drafts (workspace_id, thread_id, user_id, text, at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, thread_id, user_id) do update set text = excluded.text, at = excluded.at")
        .bind(workspace).bind(id).bind(member).bind(text).bind(at).execute(c).await.map(drop))
}

/// Drops the draft of a member.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, (workspace, id): (WorkspaceId, ThreadId), member: UserId) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from thread_drafts where workspace_id = $1 and thread_id = $2 and user_id = $3")
        .bind(workspace).bind(id).bind(member).execute(c).await.map(drop))
}
