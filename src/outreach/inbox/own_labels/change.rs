//! Making, changing and removing labels.

use super::{Colour, LABELS_MAX, OwnLabelId};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::{ids::ThreadId, replies::reading::Tone},
    server::{clock::Instant, db::Tx},
};

/// Why a label is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFault {
    /// Another one has this name.
    Taken,
    TooMany,
    /// It is no label of the workspace (any more).
    Gone,
}

/// Makes a label.
///
/// # Errors
/// The database's.
pub async fn add(
    tx: &mut Tx,
    (workspace, by): (WorkspaceId, UserId),
    (name, colour, tone): (&str, Colour, Tone),
    at: Instant,
) -> sqlx::Result<Result<OwnLabelId, LabelFault>> {
    let count: i64 = on!(&mut *tx, c => sqlx::query_scalar("select count(*) from inbox_labels where workspace_id = $1")
        .bind(workspace).fetch_one(c).await)?;
    if count >= LABELS_MAX {
        return Ok(Err(LabelFault::TooMany));
    }
    let id = OwnLabelId::new();
    let added = on!(tx, c => sqlx::query(
        "insert into inbox_labels (workspace_id, id, name, name_key, colour, tone, made_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing")
        .bind(workspace).bind(id).bind(name).bind(name.to_lowercase()).bind(colour.word()).bind(tone.name()).bind(by).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(if added == 1 { Ok(id) } else { Err(LabelFault::Taken) })
}

/// Changes a label everywhere. Returns the conversations whose figures may change.
///
/// # Errors
/// The database's.
pub async fn change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: OwnLabelId,
    (name, colour, tone): (&str, Colour, Tone),
) -> sqlx::Result<Result<Vec<ThreadId>, LabelFault>> {
    let key = name.to_lowercase();
    let is_taken: bool = on!(&mut *tx, c => sqlx::query_scalar(
        "select exists (select 1 from inbox_labels where workspace_id = $1 and name_key = $2 and id <> $3)")
        .bind(workspace).bind(&key).bind(id).fetch_one(c).await)?;
    if is_taken {
        return Ok(Err(LabelFault::Taken));
    }
    let changed = on!(&mut *tx, c => sqlx::query(
        "update inbox_labels set name = $3, name_key = $4, colour = $5, tone = $6 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).bind(name).bind(key).bind(colour.word()).bind(tone.name())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(if changed == 1 { Ok(threads(tx, workspace, id).await?) } else { Err(LabelFault::Gone) })
}

/// Removes a label from the workspace and from every conversation. Returns its name and those conversations.
///
/// # Errors
/// The database's.
pub async fn remove(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: OwnLabelId,
) -> sqlx::Result<Option<(String, Vec<ThreadId>)>> {
    let threads = threads(tx, workspace, id).await?;
    on!(&mut *tx, c => sqlx::query("delete from thread_labels where workspace_id = $1 and label_id = $2")
        .bind(workspace).bind(id).execute(c).await.map(drop))?;
    let name: Option<String> = on!(tx, c => sqlx::query_scalar(
        "delete from inbox_labels where workspace_id = $1 and id = $2 returning name")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    Ok(name.map(|name| (name, threads)))
}

async fn threads(tx: &mut Tx, workspace: WorkspaceId, id: OwnLabelId) -> sqlx::Result<Vec<ThreadId>> {
    on!(tx, c => sqlx::query_scalar("select thread_id from thread_labels where workspace_id = $1 and label_id = $2")
        .bind(workspace).bind(id).fetch_all(c).await)
}
