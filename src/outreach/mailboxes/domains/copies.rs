//! Received copies of a mailbox's own mails: the only way to know how its provider signs.

use sqlx::types::Json;

use crate::{
    mail::domain::Evidence,
    on,
    outreach::mailboxes::secrets::MailboxKey,
    server::{clock::Instant, db::Tx},
};

/// Notes what a received copy says, by its header, and lets the domain be looked at again.
///
/// # Errors
/// The database's.
pub async fn note_copy(tx: &mut Tx, mailbox: MailboxKey, header: &[u8], at: Instant) -> sqlx::Result<Evidence> {
    let evidence = Evidence::of_header(header);
    on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_copies (workspace_id, mailbox_id, evidence, seen_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, mailbox_id) do update set evidence = excluded.evidence, seen_at = excluded.seen_at")
        .bind(mailbox.0).bind(mailbox.1).bind(Json(&evidence)).bind(at).execute(c).await.map(drop))?;
    look_soon(tx, mailbox, at).await?;
    Ok(evidence)
}

/// Lets the domain of a mailbox be looked at as soon as a worker is free.
///
/// # Errors
/// The database's.
pub async fn look_soon(tx: &mut Tx, (workspace, mailbox): MailboxKey, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update sending_domains set run_at = $3 where workspace_id = $1 and (run_at is null or run_at > $3)
           and domain = (select m.domain from mailboxes m where m.workspace_id = $1 and m.id = $2)")
        .bind(workspace).bind(mailbox).bind(at).execute(c).await.map(drop))
}
