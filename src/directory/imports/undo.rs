//! Undoing an import: the people whom it alone brought, and nobody got, leave the directory and its index.
//!
//! Whom another file or source told us about too, before or since, stays as known now; whoever was delivered stays as well.
//! What the import changed about people who were known before is not taken back.

use super::import::Import;
use crate::{
    directory::{
        contacts::{contact::ContactId, remove_contacts, store},
        ids::ImportId,
    },
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// Contacts removed in one transaction.
const BATCH: i64 = 1_000;

/// Asks for an ended import to be undone; the worker does it. Answers whether that was new.
pub async fn ask(tx: &mut Tx, id: ImportId, at: Instant) -> sqlx::Result<bool> {
    let asked = on!(tx, c => sqlx::query(
        "update imports set undo_asked_at = $2 where id = $1 and state in ('done', 'failed') and undo_asked_at is null")
        .bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(asked == 1)
}

/// The imports that wait to be undone, oldest wish first.
pub async fn asked_for(tx: &mut Tx) -> sqlx::Result<Vec<ImportId>> {
    on!(tx, c => sqlx::query_scalar(
        "select id from imports where undo_asked_at is not null and undone_at is null order by undo_asked_at limit 10")
        .fetch_all(c).await)
}

/// How many people an undo would remove now.
pub async fn count(tx: &mut Tx, import: &Import) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(*) from contacts c where c.import_id = $1 and c.first_import_id = $1
             and not exists (select 1 from leads l where l.contact_id = c.id and l.request_id is not null)")
        .bind(import.id).fetch_one(c).await)
}

/// Removes the next people of an import. `true` when there was nobody else: it is undone. Killed anywhere, it goes on.
pub async fn remove_some(tx: &mut Tx, id: ImportId, at: Instant) -> sqlx::Result<bool> {
    // Taking the directory's row first keeps other writers of contacts out.
    store::advance_counters(tx, 0, 0).await?;
    let after: Option<i64> = on!(&mut *tx, c => sqlx::query_scalar("select undo_after from imports where id = $1")
        .bind(id).fetch_optional(c).await)?;
    let after = after.ok_or_else(|| Inconsistency::new("imports", "id", id))?;
    let people: Vec<ContactId> = on!(&mut *tx, c => sqlx::query_scalar(
        "select c.id from contacts c where c.id > $2 and c.import_id = $1 and c.first_import_id = $1
             and not exists (select 1 from leads l where l.contact_id = c.id and l.request_id is not null) order by c.id limit $3")
        .bind(id).bind(after).bind(BATCH).fetch_all(c).await)?;
    let Some(last) = people.last() else {
        on!(tx, c => sqlx::query("update imports set undone_at = $2 where id = $1 and undone_at is null")
            .bind(id).bind(at).execute(c).await.map(drop))?;
        return Ok(true);
    };
    let removed = i64::try_from(people.len()).unwrap_or(0);
    remove_contacts(tx, &people).await?;
    on!(tx, c => sqlx::query("update imports set undo_after = $2, undo_removed = undo_removed + $3 where id = $1")
        .bind(id).bind(*last).bind(removed).execute(c).await.map(drop))?;
    Ok(false)
}
