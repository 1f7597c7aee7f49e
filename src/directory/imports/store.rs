//! The SQL of sources, imports and their rejected rows.

use std::time::Duration;

use sqlx::types::Json;

use super::{
    fault::FileFault,
    import::{Counts, Import, ImportState, Rejection},
};
use crate::{
    directory::{
        contacts::keys::{fold, one_line},
        ids::{ImportId, SourceId},
        source::Source,
    },
    on,
    server::{
        batches::batches,
        clock::Instant,
        db::Tx,
        inconsistency::Inconsistency,
        queue::{CLAIM, DUE, Lease},
    },
};

/// A worker that writes nothing for so long has lost its import.
pub const LEASE: Duration = Duration::from_secs(60);

const IMPORT: &str = "select i.id, i.source_id, s.name as source_name, i.file_name, i.sha256, i.bytes, i.stored_as, i.state, \
     i.policy, i.assumed_status, i.licence_note, i.lawful_basis, i.collected_on, i.format, i.mapping, i.rows, i.imported, i.updated, i.duplicates, i.rejected, i.blank, \
     i.bytes_read, i.fault, i.undo_asked_at, i.undo_removed, i.undone_at, i.lease_until, i.fence, i.attempt, i.created_at, i.started_at, i.finished_at \
     from imports i join sources s on s.id = i.source_id";

/// The source of that name, made when it is new. Case and accents of the name do not matter.
pub async fn source_named(tx: &mut Tx, name: &str, now: Instant) -> sqlx::Result<Source> {
    let name = one_line(name);
    let key = Some(fold(&name)).filter(|key| !key.is_empty()).unwrap_or_else(|| name.clone());
    on!(&mut *tx, c => sqlx::query(
        "insert into sources (id, name, name_key, created_at) values ($1, $2, $3, $4) on conflict (name_key) do nothing"
    )
    .bind(SourceId::new())
    .bind(&name)
    .bind(&key)
    .bind(now)
    .execute(c)
    .await
    .map(|_| ()))?;
    let source = on!(tx, c => sqlx::query_as(
        "select id, name, licence_note, lawful_basis, created_at from sources where name_key = $1"
    )
    .bind(&key)
    .fetch_optional(c)
    .await)?;
    Ok(source.ok_or_else(|| Inconsistency::new("sources", "name_key", key))?)
}

/// All sources, by name.
pub async fn sources(tx: &mut Tx) -> sqlx::Result<Vec<Source>> {
    on!(tx, c => sqlx::query_as("select id, name, licence_note, lawful_basis, created_at from sources order by name limit 1000")
        .fetch_all(c)
        .await)
}

/// Stores a new import as it stands.
pub async fn insert_import(tx: &mut Tx, import: &Import) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into imports (id, source_id, file_name, sha256, bytes, stored_as, state, policy, assumed_status, format, mapping,
                              created_at, started_at, licence_note, lawful_basis, collected_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    )
    .bind(import.id)
    .bind(import.source_id)
    .bind(&import.file_name)
    .bind(&import.sha256)
    .bind(import.bytes)
    .bind(&import.stored_as)
    .bind(import.state)
    .bind(import.policy)
    .bind(import.assumed_status)
    .bind(Json(&import.format))
    .bind(Json(&import.mapping))
    .bind(import.created_at)
    .bind(import.started_at)
    .bind(&import.terms.licence_note)
    .bind(import.terms.lawful_basis)
    .bind(&import.terms.collected_on)
    .execute(c)
    .await
    .map(|_| ()))
}

/// One import.
pub async fn import(tx: &mut Tx, id: ImportId) -> sqlx::Result<Option<Import>> {
    let sql = format!("{IMPORT} where i.id = $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(c).await)
}

/// The newest imports.
pub async fn imports(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Import>> {
    let sql = format!("{IMPORT} order by i.created_at desc, i.id desc limit $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(c).await)
}

/// The latest finished import of the same file, other than `but`.
pub async fn earlier_import(tx: &mut Tx, sha256: &str, but: ImportId) -> sqlx::Result<Option<Import>> {
    let sql =
        format!("{IMPORT} where i.sha256 = $1 and i.id <> $2 and i.state = 'done' order by i.created_at desc limit 1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(sha256).bind(but).fetch_optional(c).await)
}

/// The latest import on the command line of the same file, asked for in the same words as `wanted`, that has not ended.
///
/// # Errors
/// The database's.
pub async fn unfinished_import(tx: &mut Tx, wanted: &Import) -> sqlx::Result<Option<Import>> {
    let sql = format!(
        "{IMPORT} where i.sha256 = $1 and i.source_id = $2 and i.policy = $3 and i.assumed_status = $4 \
             and i.licence_note = $5 and i.lawful_basis = $6 and i.collected_on = $7 \
             and i.stored_as = '' and i.state = 'running' order by i.created_at desc limit 100"
    );
    let unfinished: Vec<Import> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&wanted.sha256)
        .bind(wanted.source_id)
        .bind(wanted.policy)
        .bind(wanted.assumed_status)
        .bind(&wanted.terms.licence_note)
        .bind(wanted.terms.lawful_basis)
        .bind(&wanted.terms.collected_on)
        .fetch_all(c)
        .await)?;
    // How the file is read is among the words.
    Ok(unfinished.into_iter().find(|import| import.format == wanted.format && import.mapping == wanted.mapping))
}

/// Stores the corrected reading, mapping, policy and assumed status of a draft and queues it. False when it is no draft any more.
///
/// # Errors
/// The database's.
pub async fn queue_import(tx: &mut Tx, import: &Import, at: Instant) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update imports set state = 'queued', mapping = $2, policy = $3, assumed_status = $4, source_id = $5,
             licence_note = $6, lawful_basis = $7, collected_on = $8, run_at = $9, format = $10
         where id = $1 and state = 'draft'"
    )
    .bind(import.id)
    .bind(Json(&import.mapping))
    .bind(import.policy)
    .bind(import.assumed_status)
    .bind(import.source_id)
    .bind(&import.terms.licence_note)
    .bind(import.terms.lawful_basis)
    .bind(&import.terms.collected_on)
    .bind(at)
    .bind(Json(&import.format))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(done == 1)
}

/// The uploaded files that imports name.
///
/// # Errors
/// The database's.
pub async fn files(tx: &mut Tx) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar("select stored_as from imports where stored_as <> ''").fetch_all(c).await)
}

/// Imports of uploaded files that a worker can claim, those that are due longest first.
///
/// # Errors
/// The database's.
pub async fn due_imports(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<Import>> {
    let sql = format!(
        "{IMPORT} where i.stored_as <> '' and i.state in ('queued', 'running') and {DUE} order by i.run_at, i.id limit 10"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).fetch_all(c).await)
}

/// Claims an import: true when no other worker has it. Its lease is then this worker's.
///
/// # Errors
/// The database's.
pub async fn claim_import(tx: &mut Tx, import: &mut Import, at: Instant) -> sqlx::Result<bool> {
    let sql = format!(
        "update imports set state = 'running', {CLAIM}, started_at = coalesce(started_at, $1)
         where id = $3 and fence = $4 and state in ('queued', 'running') and {DUE}
         returning lease_until, fence, attempt"
    );
    let claimed: Option<Lease> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(at).bind(at.plus(LEASE)).bind(import.id).bind(import.lease.fence).fetch_optional(c).await)?;
    import.lease = claimed.unwrap_or(import.lease);
    Ok(claimed.is_some())
}

/// Adds a batch to an import's counts and renews its lease. False when the lease is lost: write nothing.
///
/// # Errors
/// The database's.
pub async fn advance_import(
    tx: &mut Tx,
    import: &Import,
    counts: &Counts,
    bytes_read: i64,
    at: Instant,
) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update imports set rows = rows + $3, imported = imported + $4, updated = updated + $5, duplicates = duplicates + $6,
             rejected = rejected + $7, blank = blank + $8, bytes_read = $9, lease_until = $10, attempt = 0
         where id = $1 and fence = $2 and state = 'running'")
        .bind(import.id).bind(import.lease.fence).bind(counts.rows).bind(counts.imported).bind(counts.updated)
        .bind(counts.duplicates).bind(counts.rejected).bind(counts.blank).bind(bytes_read).bind(at.plus(LEASE))
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Ends an import, well or with a fault.
///
/// # Errors
/// Only the database's.
pub async fn finish_import(tx: &mut Tx, import: &Import, fault: Option<&FileFault>, at: Instant) -> sqlx::Result<()> {
    let state = if fault.is_some() { ImportState::Failed } else { ImportState::Done };
    on!(tx, c => sqlx::query(
        "update imports set state = $3, fault = $4, finished_at = $5, lease_until = null where id = $1 and fence = $2")
        .bind(import.id).bind(import.lease.fence).bind(state).bind(fault.map(Json)).bind(at)
        .execute(c).await.map(drop))
}

/// Stores rows that could not be taken.
pub async fn insert_rejections(tx: &mut Tx, id: ImportId, rejections: &[Rejection]) -> sqlx::Result<()> {
    for rows in batches(rejections.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "insert into import_rejections (import_id, row_number, reason, raw)
             with rows as materialized (select value from json_each($2))
             select $1, cast(value ->> 'row_number' as bigint), value ->> 'reason', value ->> 'raw' from rows")
            .bind(id).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Rejected rows after `after`, by row number.
pub async fn rejections(tx: &mut Tx, id: ImportId, after: i64, limit: i64) -> sqlx::Result<Vec<Rejection>> {
    on!(tx, c => sqlx::query_as(
        "select row_number, reason, raw from import_rejections where import_id = $1 and row_number > $2
         order by row_number limit $3"
    )
    .bind(id)
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await)
}

/// Puts a claimed import back, for the next worker to resume at once.
///
/// # Errors
/// The database's.
pub async fn retry_import(tx: &mut Tx, import: &Import) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update imports set lease_until = null where id = $1 and fence = $2 and state = 'running'")
        .bind(import.id).bind(import.lease.fence).execute(c).await.map(drop))
}

/// Drafts made before `moment`.
pub async fn drafts_before(tx: &mut Tx, moment: Instant) -> sqlx::Result<Vec<Import>> {
    let sql = format!("{IMPORT} where i.state = 'draft' and i.created_at < $1 order by i.created_at limit 100");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(moment).fetch_all(c).await)
}

/// Removes a draft. False when it is none any more.
pub async fn delete_draft(tx: &mut Tx, id: ImportId) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query("delete from imports where id = $1 and state = 'draft'")
        .bind(id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(done == 1)
}

/// The workspaces whose members run the instance: their open pages follow imports.
pub async fn operator_workspaces(tx: &mut Tx) -> sqlx::Result<Vec<uuid::Uuid>> {
    on!(tx, c => sqlx::query_scalar(
        "select distinct m.workspace_id from members m join users u on u.id = m.user_id where u.operator = $1 limit 1000"
    )
    .bind(true)
    .fetch_all(c)
    .await)
}
