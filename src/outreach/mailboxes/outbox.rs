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
pub async fn take(tx: &mut Tx, mails: impl Iterator<Item = HandedOver>, at: Instant) -> sqlx::Result<Vec<SendId>> {
    let mut taken = Vec::new();
    for mails in batches(mails.map(|mail| (OutboxMailId::new(), mail)))? {
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

/// A mail of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OutboxLine {
    pub id: OutboxMailId,
    pub recipient: String,
    pub subject: String,
    pub received_at: Instant,
}

/// The mails of an outbox, newest first, from `before` on.
///
/// # Errors
/// The database's.
pub async fn mails(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mailbox: MailboxId,
    before: Option<OutboxMailId>,
    limit: i64,
) -> sqlx::Result<Vec<OutboxLine>> {
    on!(tx, c => sqlx::query_as(
        "select id, recipient, subject, received_at from outbox_mails
         where workspace_id = $1 and mailbox_id = $2 and ($3 is null or id < $3) order by id desc limit $4")
        .bind(workspace).bind(mailbox).bind(before).bind(limit).fetch_all(c).await)
}

/// One mail, as its recipient's program would show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OutboxMail {
    pub recipient: String,
    pub subject: String,
    /// RFC 5322.
    pub message: String,
    pub received_at: Instant,
}

/// The decoded text of a message.
pub fn text_of(message: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(message);
    parsed.and_then(|mail| mail.body_text(0).map(std::borrow::Cow::into_owned)).unwrap_or_default()
}

impl OutboxMail {
    /// The decoded text.
    pub fn text(&self) -> String {
        text_of(&self.message)
    }

    /// The fields above the text.
    pub fn head(&self) -> &str {
        self.message.split("\r\n\r\n").next().unwrap_or_default()
    }

    /// The address of one-click unsubscribing (RFC 8058).
    pub fn unsubscribe_url(&self) -> Option<&str> {
        let unfolded = self.message.split_once("List-Unsubscribe:")?.1;
        unfolded.split_once('<')?.1.split_once('>').map(|(url, _)| url)
    }
}

/// One mail of an outbox.
///
/// # Errors
/// The database's.
pub async fn mail(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mailbox: MailboxId,
    id: OutboxMailId,
) -> sqlx::Result<Option<OutboxMail>> {
    on!(tx, c => sqlx::query_as(
        "select recipient, subject, message, received_at from outbox_mails
         where workspace_id = $1 and mailbox_id = $2 and id = $3")
        .bind(workspace).bind(mailbox).bind(id).fetch_optional(c).await)
}
