//! People who asked not to be listed or written to: they hold for every workspace, and for the imports of the directory.

use std::collections::HashSet;

use sqlx::types::Json;

use super::{Key, SuppressionKeys};
use crate::{
    email::Email,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Notes the objection of whoever has this address; returns whether it is new.
///
/// # Errors
/// The database's.
pub async fn object(tx: &mut Tx, keys: &SuppressionKeys, email: &Email, at: Instant) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query("insert into objections (key, created_at) values ($1, $2) on conflict (key) do nothing")
        .bind(keys.canonical(email)).bind(at).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Whether anyone objected; if not, no key needs to be looked up.
///
/// # Errors
/// The database's.
pub async fn anyone_objected(tx: &mut Tx) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar("select exists (select 1 from objections)").fetch_one(c).await)
}

/// Those of these keys whose owners objected.
///
/// # Errors
/// The database's.
pub async fn objected(tx: &mut Tx, keys: &[Key]) -> sqlx::Result<HashSet<Key>> {
    let mut found = HashSet::new();
    for keys in batches(keys.iter().map(|key| [key]))? {
        let some: Vec<Key> = on!(&mut *tx, c => sqlx::query_scalar(
            "select o.key from json_each($1) w join objections o on o.key = unhex(w.value ->> 0)")
            .bind(Json(keys)).fetch_all(c).await)?;
        found.extend(some);
    }
    Ok(found)
}
