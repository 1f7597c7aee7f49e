//! What a member does about conversations without writing: done and open again, snoozed, unread; notes.

use sqlx::types::Json;

use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::ids::ThreadId,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Done,
    Open,
    /// Out of the way until a moment, or until a new mail.
    Snooze(Instant),
    Unread,
}

/// A conversation, and its version as the member saw it; nothing: whatever it is now.
#[derive(Debug, Clone, Copy)]
pub struct Seen(pub ThreadId, pub Option<i64>);

/// Changes conversations, those that are still as the member saw them. Returns which were.
///
/// # Errors
/// The database's.
pub async fn change(tx: &mut Tx, workspace: WorkspaceId, seen: &[Seen], change: Change) -> sqlx::Result<Vec<ThreadId>> {
    let (columns, until) = match change {
        Change::Done => ("state = 'done', snoozed_until = null, unread = false", None),
        Change::Open => ("state = 'open', snoozed_until = null", None),
        Change::Snooze(until) => {
            ("state = 'open', snoozed_until = cast(j.value ->> 2 as bigint), unread = false", Some(until))
        }
        Change::Unread => ("unread = true", None),
    };
    let sql = format!(
        "update threads as t set {columns}, version = t.version + 1 from json_each($2) j
         where t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')
           and (j.value ->> 1 is null or t.version = cast(j.value ->> 1 as bigint))
         returning id"
    );
    let mut changed = Vec::new();
    for batch in batches(seen.iter().map(|Seen(id, version)| (id, version, until)))? {
        let some: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        changed.extend(some);
    }
    Ok(changed)
}

/// Marks a conversation as read. Returns whether it was not.
///
/// # Errors
/// The database's.
pub async fn mark_read(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> sqlx::Result<bool> {
    let read = on!(tx, c => sqlx::query(
        "update threads set unread = false where workspace_id = $1 and id = $2 and unread")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(read == 1)
}

/// Adds a note that only members see.
///
/// # Errors
/// The database's; one for a conversation that does not exist.
pub async fn add_note(
    tx: &mut Tx,
    (workspace, id): (WorkspaceId, ThreadId),
    by: UserId,
    text: &str,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into thread_notes (workspace_id, id, thread_id, text, written_by, at) values ($1, $2, $3, $4, $5, $6)")
        .bind(workspace).bind(NoteId::new()).bind(id).bind(text).bind(by).bind(at).execute(c).await.map(drop))
}

crate::id!(
    /// A note on a conversation.
    NoteId
);
