//! Which file of which mail is meant, and where it lies.

use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    on,
    outreach::{
        ids::{MailId, MailboxId, ThreadId},
        replies::{receive::Attachment, sync::Lies},
    },
    server::db::Tx,
};

/// A file of a mail.
#[derive(Debug, Clone)]
pub struct Found {
    pub mail: MailId,
    pub thread: ThreadId,
    pub mailbox: MailboxId,
    /// The mailbox, for people.
    pub address: String,
    pub attachment: Attachment,
    /// Where its mail lies at the mail server.
    pub lies: Option<Lies>,
}

#[derive(FromRow)]
struct Row {
    thread_id: ThreadId,
    mailbox_id: MailboxId,
    address: String,
    attachments: Json<Vec<Attachment>>,
    message_id: Option<String>,
    folder: Option<String>,
    uid_validity: Option<i64>,
    uid: Option<i64>,
}

/// The file `number` (from 1 on) of a mail of the workspace.
///
/// # Errors
/// The database's.
pub async fn found(tx: &mut Tx, workspace: WorkspaceId, mail: MailId, number: usize) -> sqlx::Result<Option<Found>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(
        "select m.thread_id, m.mailbox_id, b.address, m.attachments, m.message_id, m.folder, m.uid_validity, m.uid
         from mails m join mailboxes b on b.workspace_id = m.workspace_id and b.id = m.mailbox_id
         where m.workspace_id = $1 and m.id = $2")
        .bind(workspace).bind(mail).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let Some(attachment) = number.checked_sub(1).and_then(|place| row.attachments.0.get(place).cloned()) else {
        return Ok(None);
    };
    let lies = match (row.folder, row.uid_validity, row.uid) {
        (Some(folder), Some(uid_validity), Some(uid)) => {
            Some(Lies { folder, uid_validity, uid, message_id: row.message_id })
        }
        _ => None,
    };
    Ok(Some(Found { mail, thread: row.thread_id, mailbox: row.mailbox_id, address: row.address, attachment, lies }))
}

/// The file itself, where its mail lies at no mail server.
///
/// # Errors
/// The database's.
pub async fn kept(tx: &mut Tx, workspace: WorkspaceId, found: &Found) -> sqlx::Result<Option<Vec<u8>>> {
    on!(tx, c => sqlx::query_scalar("select content from mail_parts where workspace_id = $1 and mail_id = $2 and part = $3")
        .bind(workspace).bind(found.mail).bind(&found.attachment.part).fetch_optional(c).await)
}
