//! Tries that did not end in `sent`, each with what the server said.

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::SendId,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Tries that are kept of a mail.
const TRIES_MAX: i64 = 20;

/// One try.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try<'a> {
    pub workspace: WorkspaceId,
    pub send: SendId,
    /// What it means.
    pub code: &'a str,
    pub stage: Option<&'a str>,
    pub reply_code: Option<u16>,
    pub reply_status: Option<&'a str>,
    pub reply_words: Option<&'a str>,
}

/// Counts tries, and keeps the first twenty of each mail.
///
/// # Errors
/// The database's.
pub(super) async fn record(tx: &mut Tx, tries: impl Iterator<Item = Try<'_>>, at: Instant) -> sqlx::Result<()> {
    let row = |one: Try<'_>| {
        let Try { workspace, send, code, stage, reply_code, reply_status, reply_words } = one;
        serde_json::json!([workspace, send, code, stage, reply_code, reply_status, reply_words])
    };
    for batch in batches(tries.map(row))? {
        let batch = Json(batch);
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set attempt = d.attempt + 1, first_try_at = coalesce(d.first_try_at, $2) from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')")
            .bind(&batch).bind(at).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query(
            "insert into send_tries (workspace_id, send_id, attempt, at, code, stage, reply_code, reply_status, reply_words)
             select d.workspace_id, d.id, d.attempt, $2, j.value ->> 2, j.value ->> 3, cast(j.value ->> 4 as bigint), j.value ->> 5,
                 j.value ->> 6
             from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
             where d.attempt <= $3")
            .bind(&batch).bind(at).bind(TRIES_MAX).execute(c).await.map(drop))?;
    }
    Ok(())
}
