//! The start: the key of the hashes, and rows of versions that kept addresses as they are.

use anyhow::Context;

use super::{Cause, Reason, Subject, SuppressionKeys, list::suppress_all};
use crate::{
    accounts::WorkspaceId,
    on,
    server::{
        clock::Instant,
        db::{Db, Tx},
        encryption::{Decrypted, EncryptionKeys},
    },
};

/// What the key is encrypted for.
const PLACE: &[u8] = b"suppression_keys";
/// Rows moved with one statement.
const ROWS: i64 = 1_000;

/// Loads the key of the hashes: makes it at the first start, encrypts it anew under a new secret key, and moves what earlier
/// versions kept in the open. Several servers may start at once: the first one does it.
///
/// # Errors
/// The database's; and when the key was encrypted with a secret key that is not configured, in words for the operator.
pub async fn load_keys(db: &Db, encryption: &EncryptionKeys, at: Instant) -> anyhow::Result<SuppressionKeys> {
    let mut tx = db.read().await?;
    let stored: Option<Vec<u8>> = on!(&mut tx, c => sqlx::query_scalar("select encrypted from suppression_keys")
        .fetch_optional(c).await)?;
    let is_converted: bool = on!(&mut tx, c => sqlx::query_scalar(
        "select not exists (select 1 from plain_suppressions)").fetch_one(c).await)?;
    drop(tx);
    if let (Some(stored), true) = (stored, is_converted) {
        let (keys, by_current_key) = opened(encryption, &stored)?;
        if by_current_key {
            return Ok(keys);
        }
    }
    let mut tx = db.write().await?;
    let keys = locked_keys(&mut tx, encryption, at).await?;
    while convert(&mut tx, &keys).await? {}
    tx.commit().await?;
    Ok(keys)
}

/// Reads the key under a lock on its row, which is made when it is missing.
async fn locked_keys(tx: &mut Tx, encryption: &EncryptionKeys, at: Instant) -> anyhow::Result<SuppressionKeys> {
    let fresh = encryption.encrypt(PLACE, &rand::random::<[u8; 32]>());
    let stored: Vec<u8> = on!(&mut *tx, c => sqlx::query_scalar(
        "insert into suppression_keys (id, encrypted, created_at) values (1, $1, $2)
         on conflict (id) do update set id = excluded.id returning encrypted")
        .bind(fresh).bind(at).fetch_one(c).await)?;
    let Decrypted { text, by_current_key } = decrypted(encryption, &stored)?;
    if !by_current_key {
        on!(&mut *tx, c => sqlx::query("update suppression_keys set encrypted = $1")
            .bind(encryption.encrypt(PLACE, &text)).execute(c).await.map(drop))?;
    }
    keys_of(&text)
}

fn opened(encryption: &EncryptionKeys, stored: &[u8]) -> anyhow::Result<(SuppressionKeys, bool)> {
    let Decrypted { text, by_current_key } = decrypted(encryption, stored)?;
    Ok((keys_of(&text)?, by_current_key))
}

fn decrypted(encryption: &EncryptionKeys, stored: &[u8]) -> anyhow::Result<Decrypted> {
    encryption.decrypt(PLACE, stored).context(
        "FAIRLEAD_SECRET_KEYS_OLD: the key of the suppression list cannot be decrypted. Add the value that FAIRLEAD_SECRET_KEY \
         had before. Example: FAIRLEAD_SECRET_KEYS_OLD=<the earlier key>",
    )
}

fn keys_of(text: &[u8]) -> anyhow::Result<SuppressionKeys> {
    Ok(SuppressionKeys::new(text.try_into().context("the key of the suppression list has another length")?))
}

#[derive(sqlx::FromRow)]
struct PlainRow {
    workspace_id: WorkspaceId,
    value: String,
    reason: String,
    created_at: Instant,
}

/// Moves some rows of an earlier version, oldest first; false when there are none left.
async fn convert(tx: &mut Tx, keys: &SuppressionKeys) -> anyhow::Result<bool> {
    let rows: Vec<PlainRow> = on!(&mut *tx, c => sqlx::query_as(
        "select workspace_id, value, reason, created_at from plain_suppressions order by created_at, workspace_id, value limit $1")
        .bind(ROWS).fetch_all(c).await)?;
    for row in &rows {
        // What can be read as neither stays on the list, where a member sees it.
        let subject = Subject::parse(keys, &row.value).unwrap_or_else(|_| Subject::domain(keys, &row.value));
        let reason = if row.reason.starts_with("Bounced") { Reason::Bounced } else { Reason::Imported };
        let cause = Cause { note: row.reason.clone(), ..Cause::of(reason) };
        suppress_all(tx, row.workspace_id, &[subject], &cause, row.created_at).await?;
        on!(&mut *tx, c => sqlx::query("delete from plain_suppressions where workspace_id = $1 and value = $2")
            .bind(row.workspace_id).bind(&row.value).execute(c).await.map(drop))?;
    }
    Ok(!rows.is_empty())
}
