//! Reading the list, and taking people off it.

use super::{Key, Reason, list::SuppressionId, subject::SubjectKind};
use crate::{
    accounts::WorkspaceId,
    on,
    server::{clock::Instant, db::Tx},
};

/// One row of the list, with the names behind it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    pub id: SuppressionId,
    pub kind: SubjectKind,
    pub shown: String,
    pub reason: Reason,
    pub note: String,
    pub created_at: Instant,
    /// The member who did it; `None`: Fairlead itself.
    pub by: Option<String>,
    /// The only campaign that it holds for.
    pub campaign: Option<String>,
}

impl Entry {
    /// Who put them on the list, for people.
    pub fn actor(&self) -> &str {
        self.by.as_deref().unwrap_or("Fairlead")
    }
}

/// The columns of an [`Entry`], up to its condition.
const SELECT: &str = "select s.id, s.kind, s.shown, s.reason, s.note, s.created_at, u.name as by, c.name as campaign
     from suppressions s
     left join users u on u.id = s.created_by
     left join campaigns c on c.workspace_id = s.workspace_id and c.id = s.campaign_id
     where s.workspace_id = $1";

/// The list, newest first, at most `limit` rows, all older than `before`.
///
/// # Errors
/// Only the database's.
pub async fn entries(
    tx: &mut Tx,
    workspace: WorkspaceId,
    before: Option<SuppressionId>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let before = before.unwrap_or(SuppressionId(uuid::Uuid::max()));
    let text = format!("{SELECT} and s.id < $2 order by s.id desc limit $3");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(workspace).bind(before).bind(limit).fetch_all(c).await)
}

/// The rows of these keys, newest first: why a person is suppressed, by address and by domain.
///
/// # Errors
/// Only the database's.
pub async fn entries_of(tx: &mut Tx, workspace: WorkspaceId, keys: [Key; 2], limit: i64) -> sqlx::Result<Vec<Entry>> {
    let text = format!("{SELECT} and s.key in ($2, $3) order by s.created_at desc, s.id desc limit $4");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(workspace).bind(keys[0]).bind(keys[1]).bind(limit).fetch_all(c).await)
}

/// One row; `None` when it is not there (any more).
///
/// # Errors
/// Only the database's.
pub async fn entry(tx: &mut Tx, workspace: WorkspaceId, id: SuppressionId) -> sqlx::Result<Option<Entry>> {
    let text = format!("{SELECT} and s.id = $2");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(workspace).bind(id).fetch_optional(c).await)
}

/// Takes one row off the list; false when it was gone. The person stays suppressed while another row names them.
///
/// # Errors
/// Only the database's.
pub async fn remove(tx: &mut Tx, workspace: WorkspaceId, id: SuppressionId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query("delete from suppressions where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected() > 0))
}
