//! Putting a label on conversations, and taking it off. What they amount to without another label follows.

use sqlx::types::Json;

use super::OwnLabelId;
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::leads::{LeadPlace, outcomes_changed},
    on,
    outreach::{ids::ThreadId, replies::label::TONE_OF_OWN},
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Puts a label of the workspace on conversations of it. Returns those that did not have it.
///
/// # Errors
/// The database's.
pub async fn put(
    tx: &mut Tx,
    (workspace, by): (WorkspaceId, UserId),
    threads: &[ThreadId],
    label: OwnLabelId,
    at: Instant,
) -> sqlx::Result<Vec<ThreadId>> {
    let mut changed = Vec::new();
    for batch in batches(threads.iter().map(|thread| [thread]))? {
        let some: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "insert into thread_labels (workspace_id, thread_id, label_id, put_by, put_at)
             with rows as materialized (select distinct unhex(value ->> 0, '-') as id from json_each($4))
             select t.workspace_id, t.id, l.id, $3, $5 from rows r
             join threads t on t.workspace_id = $1 and t.id = r.id
             join inbox_labels l on l.workspace_id = $1 and l.id = $2
             where true
             on conflict do nothing returning thread_id")
            .bind(workspace).bind(label).bind(by).bind(Json(batch)).bind(at).fetch_all(c).await)?;
        changed.extend(some);
    }
    settle(tx, workspace, &changed).await?;
    Ok(changed)
}

/// Takes a label off conversations. Returns those that had it.
///
/// # Errors
/// The database's.
pub async fn take(
    tx: &mut Tx,
    workspace: WorkspaceId,
    threads: &[ThreadId],
    label: OwnLabelId,
) -> sqlx::Result<Vec<ThreadId>> {
    let mut changed = Vec::new();
    for batch in batches(threads.iter().map(|thread| [thread]))? {
        let some: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "delete from thread_labels where workspace_id = $1 and label_id = $2
                 and thread_id in (select unhex(value ->> 0, '-') from json_each($3)) returning thread_id")
            .bind(workspace).bind(label).bind(Json(batch)).fetch_all(c).await)?;
        changed.extend(some);
    }
    settle(tx, workspace, &changed).await?;
    Ok(changed)
}

/// After labels of conversations changed: what each amounts to, its version, and the figures of its lead.
///
/// # Errors
/// The database's.
pub async fn settle(tx: &mut Tx, workspace: WorkspaceId, threads: &[ThreadId]) -> sqlx::Result<()> {
    let sql = format!(
        "update threads as t set version = t.version + 1,
             label_tone = case when t.label is null then {TONE_OF_OWN} else t.label_tone end
         from json_each($2) j where t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')"
    );
    for batch in batches(threads.iter().map(|thread| [thread]))? {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(workspace).bind(Json(&batch)).execute(c).await.map(drop))?;
        let leads: Vec<LeadPlace> = on!(&mut *tx, c => sqlx::query_as(
            "select t.workspace_id, t.campaign_id, t.lead_id from json_each($2) j
             join threads t on t.workspace_id = $1 and t.id = unhex(j.value ->> 0, '-')
             where t.campaign_id is not null and t.lead_id is not null")
            .bind(workspace).bind(Json(&batch)).fetch_all(c).await)?;
        outcomes_changed(tx, leads.into_iter()).await?;
    }
    Ok(())
}
