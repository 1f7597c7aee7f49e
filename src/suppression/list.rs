//! The suppression list of a workspace, as rows.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Key, Reason, Subject};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

crate::id!(
    /// One row of the list; later ones sort after earlier ones.
    SuppressionId
);

/// Why someone is suppressed, where, and who did it.
#[derive(Debug, Clone)]
pub struct Cause {
    pub reason: Reason,
    /// Only in this campaign; `None`: in the whole workspace.
    pub campaign: Option<Uuid>,
    pub note: String,
    /// The mail that caused it.
    pub mail: Option<Uuid>,
    pub by: Option<UserId>,
}

impl Cause {
    /// A cause that needs no further words, in the whole workspace.
    pub fn of(reason: Reason) -> Self {
        Self { reason, campaign: None, note: String::new(), mail: None, by: None }
    }
}

/// Puts one on the list and returns whether that is new. Whoever is on it for the same reason already stays as they are.
///
/// This writes the list alone: what is on its way to the person is stopped by who calls it, in the same transaction.
///
/// # Errors
/// Only the database's.
pub async fn suppress(
    tx: &mut Tx,
    workspace: WorkspaceId,
    subject: &Subject,
    cause: &Cause,
    at: Instant,
) -> sqlx::Result<bool> {
    Ok(suppress_all(tx, workspace, std::slice::from_ref(subject), cause, at).await? == 1)
}

/// Puts many on the list for one cause, and returns how many are new.
///
/// # Errors
/// Only the database's.
pub async fn suppress_all(
    tx: &mut Tx,
    workspace: WorkspaceId,
    subjects: &[Subject],
    cause: &Cause,
    at: Instant,
) -> sqlx::Result<u64> {
    #[derive(Serialize)]
    struct Row<'a> {
        id: SuppressionId,
        #[serde(flatten)]
        subject: &'a Subject,
    }
    let mut added = 0;
    for rows in batches(subjects.iter().map(|subject| Row { id: SuppressionId::new(), subject }))? {
        added += on!(&mut *tx, c => sqlx::query(
            "insert into suppressions (workspace_id, id, key, kind, shown, reason, campaign_id, note, cause_id, created_at,
                 created_by)
             with rows as materialized (select value from json_each($8))
             select $1, unhex(value ->> 'id', '-'), unhex(value ->> 'key'), value ->> 'kind', value ->> 'shown', $2, $3, $4, $5,
                 $6, $7
             from rows where true
             on conflict do nothing")
            .bind(workspace).bind(cause.reason).bind(cause.campaign).bind(&cause.note).bind(cause.mail).bind(at)
            .bind(cause.by).bind(Json(rows))
            .execute(c).await.map(|done| done.rows_affected()))?;
    }
    Ok(added)
}

/// Returns which of these keys are suppressed in the whole workspace.
///
/// # Errors
/// Only the database's.
pub async fn suppressed(tx: &mut Tx, workspace: WorkspaceId, keys: HashSet<Key>) -> sqlx::Result<HashSet<Key>> {
    let mut listed = HashSet::new();
    for keys in batches(keys.into_iter().map(|key| [key]))? {
        let some: Vec<Key> = on!(&mut *tx, c => sqlx::query_scalar(
            "select unhex(w.value ->> 0) from json_each($2) w
             where (select s.key from suppressions s
                 where s.workspace_id = $1 and s.key >= unhex(w.value ->> 0) and s.key <= unhex(w.value ->> 0)
                     and s.campaign_id is null
                 order by s.key limit 1) is not null
                 or exists (select 1 from objections o where o.key = unhex(w.value ->> 0))")
            .bind(workspace).bind(Json(keys)).fetch_all(c).await)?;
        listed.extend(some);
    }
    Ok(listed)
}

/// A condition for statements about rows that name their recipient, such as enrolments and sends: whether any of `keys` is
/// suppressed, in the whole workspace or in the campaign of the row, or its owner objected. All are expressions of the statement, such as
/// `e.canonical_key`; a key may be null.
///
/// A statement that relies on it decides with the list as it is at that moment. Whoever suppresses a person also writes the open
/// rows of that person in the same transaction, so the two meet on a row and cannot both win.
pub fn is_suppressed(workspace: &str, campaign: &str, keys: &[&str]) -> String {
    let keys = keys.join(", ");
    format!(
        "(exists (select 1 from suppressions suppressed where suppressed.workspace_id = {workspace}
             and suppressed.key in ({keys})
             and (suppressed.campaign_id is null or suppressed.campaign_id = {campaign}))
             or exists (select 1 from objections objection where objection.key in ({keys})))"
    )
}
