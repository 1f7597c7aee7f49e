//! The built-in outbox: a mail server inside this process. What it takes stays on this computer, to be read as its recipient would.

use serde::Serialize;
use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::{MailboxId, SendId},
    server::{batches::batches, clock::Instant, db::Tx},
};

crate::id!(
    /// A mail in the outbox.
    OutboxMailId
);

/// A mail that is handed over.
#[derive(Debug, Clone, Serialize)]
pub struct HandedOver {
    pub workspace: WorkspaceId,
    pub mailbox: MailboxId,
    pub send: SendId,
    /// Of the claim: whoever lost it hands nothing over any more.
    pub fence: i64,
    pub message_id: String,
    pub recipient: String,
    pub subject: String,
    /// RFC 5322, ASCII.
    pub message: String,
}

/// Takes mails, and returns which: not those whose claim was lost.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, mails: &[HandedOver], at: Instant) -> sqlx::Result<Vec<SendId>> {
    let mut taken = Vec::new();
    for mails in batches(mails.iter().map(|mail| (OutboxMailId::new(), mail)))? {
        let some: Vec<SendId> = on!(&mut *tx, c => sqlx::query_scalar(
            "insert into outbox_mails (workspace_id, id, mailbox_id, send_id, message_id, recipient, subject, message, received_at)
             with rows as materialized (select value ->> 0 as id, value -> 1 as mail from json_each($1))
             select d.workspace_id, unhex(r.id, '-'), d.mailbox_id, d.id, r.mail ->> 'message_id', r.mail ->> 'recipient',
                 r.mail ->> 'subject', r.mail ->> 'message', $2
             from rows r
             join sends d on d.workspace_id = unhex(r.mail ->> 'workspace', '-') and d.id = unhex(r.mail ->> 'send', '-')
             where d.state = 'sending' and d.fence = cast(r.mail ->> 'fence' as bigint)
             returning send_id")
            .bind(Json(mails)).bind(at).fetch_all(c).await)?;
        taken.extend(some);
    }
    Ok(taken)
}

/// When the outbox took the mail of a send; nothing: it never arrived.
///
/// # Errors
/// The database's.
pub async fn taken_at(tx: &mut Tx, workspace: WorkspaceId, send: SendId) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar(
        "select received_at from outbox_mails where workspace_id = $1 and send_id = $2 order by id limit 1")
        .bind(workspace).bind(send).fetch_optional(c).await)
}
