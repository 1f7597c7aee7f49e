//! Outgoing mail: each message is its own queue entry, made in the transaction of what it tells of.
//!
//! With a mail server configured, [`super::send_mail`] sends what is queued. Without one, in development, `/outbox` shows
//! it instead; in production nothing is promised that cannot be sent, and what was queued ends after two days.

use std::time::Duration;

use uuid::Uuid;

use super::WorkspaceId;
use crate::{
    email::Email,
    on,
    server::{
        clock::Instant,
        db::Tx,
        queue::{Lease, Queue},
    },
};

crate::id!(
    /// One message in the outbox.
    MessageId
);

/// A lease is longer than an attempt and what is written down after it.
pub const QUEUE: Queue = Queue {
    table: "outbox_messages",
    key: "id",
    waiting: "state = 'queued'",
    sets: "",
    lease: Duration::from_secs(300),
    per_workspace: true,
};

/// Most messages shown.
const SHOWN_MAX: i64 = 100;
/// How long a message is tried.
pub const TRIED: Duration = Duration::from_secs(48 * 60 * 60);
/// How long what was sent, or could not be, is kept.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MailState {
    Queued,
    /// The mail server has taken it.
    Sent,
    /// It was refused for good, or not taken in two days.
    Failed,
}

/// A message.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Message {
    pub id: MessageId,
    /// The beginning of its `Message-ID`, the same at every attempt: a receiver that gets it twice can tell.
    pub message_id: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// A path of this instance.
    pub link: Option<String>,
    pub created_at: Instant,
    pub state: MailState,
    /// The mail server's words, if it had any.
    pub state_reason: Option<String>,
    #[sqlx(flatten)]
    pub lease: Lease,
}

const COLUMNS: &str =
    "id, message_id, recipient, subject, body, link, created_at, state, state_reason, lease_until, fence, attempt";

impl Message {
    /// The text with its link in full.
    pub fn text(&self, public_url: &url::Url) -> String {
        match self.link.as_deref().and_then(|link| public_url.join(link).ok()) {
            Some(link) => format!("{}\n\n{link}", self.body),
            None => self.body.clone(),
        }
    }
}

/// Queues a message that concerns no workspace. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn post(tx: &mut Tx, recipient: &Email, subject: &str, body: &str, now: Instant) -> sqlx::Result<()> {
    post_with_link(tx, None, recipient, subject, body, None, now).await
}

/// Queues a message that ends with the address of a page of this instance. It waits for the turn of `workspace`; messages of
/// none share one. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn post_with_link(
    tx: &mut Tx,
    workspace: Option<WorkspaceId>,
    recipient: &Email,
    subject: &str,
    body: &str,
    link: Option<&str>,
    now: Instant,
) -> sqlx::Result<()> {
    let id = MessageId::new();
    on!(tx, c => sqlx::query(
        "insert into outbox_messages (id, message_id, recipient, subject, body, link, created_at, state_since, run_at, workspace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)")
        .bind(id).bind(format!("{}@fairlead", id.0.simple())).bind(recipient).bind(subject).bind(body).bind(link).bind(now)
        .bind(workspace.map_or(Uuid::nil(), |workspace| workspace.0)).execute(c).await.map(drop))
}

/// The latest messages, newest first.
pub async fn messages(tx: &mut Tx) -> sqlx::Result<Vec<Message>> {
    let sql = format!("select {COLUMNS} from outbox_messages order by created_at desc, id desc limit $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(SHOWN_MAX).fetch_all(c).await)
}

/// Claims the message that is due longest, of the workspace whose turn it is.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, now: Instant) -> sqlx::Result<Option<Message>> {
    Ok(QUEUE.claim(tx, COLUMNS, 1, now).await?.pop())
}

/// Writes down that the mail server took the message. Unless `keep_text`, its text goes: it may hold a link that opens an
/// account.
///
/// # Errors
/// The database's.
pub async fn mark_sent(
    tx: &mut Tx,
    message: &Message,
    reason: &str,
    keep_text: bool,
    now: Instant,
) -> sqlx::Result<bool> {
    end(tx, message, MailState::Sent, reason, keep_text, now).await
}

/// Ends the message for good, with the reason.
///
/// # Errors
/// The database's.
pub async fn give_up(
    tx: &mut Tx,
    message: &Message,
    reason: &str,
    keep_text: bool,
    now: Instant,
) -> sqlx::Result<bool> {
    end(tx, message, MailState::Failed, reason, keep_text, now).await
}

async fn end(
    tx: &mut Tx,
    message: &Message,
    state: MailState,
    reason: &str,
    keep_text: bool,
    now: Instant,
) -> sqlx::Result<bool> {
    let (body, link) = if keep_text { (message.body.as_str(), message.link.as_deref()) } else { ("", None) };
    let done = on!(tx, c => sqlx::query(
        "update outbox_messages set state = $3, state_since = $4, state_reason = $5, body = $6, link = $7, lease_until = null
         where id = $1 and fence = $2 and state = 'queued'")
        .bind(message.id).bind(message.lease.fence).bind(state).bind(now).bind(reason).bind(body).bind(link)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Puts the message back, due at `run_at`. False when another worker has it.
///
/// # Errors
/// The database's.
pub async fn retry(tx: &mut Tx, message: &Message, reason: &str, run_at: Instant) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update outbox_messages set run_at = $3, state_reason = $4, lease_until = null
         where id = $1 and fence = $2 and state = 'queued'")
        .bind(message.id).bind(message.lease.fence).bind(run_at).bind(reason)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Removes what was over before `over_before`; without a mail server, ends what was queued before `queued_before`.
pub async fn sweep(
    tx: &mut Tx,
    over_before: Instant,
    queued_before: Option<Instant>,
    now: Instant,
) -> sqlx::Result<u64> {
    if let Some(queued_before) = queued_before {
        on!(tx, c => sqlx::query(
            "update outbox_messages set state = 'failed', state_since = $2, state_reason = 'No mail server is configured.'
             where state = 'queued' and created_at <= $1")
            .bind(queued_before).bind(now).execute(c).await.map(drop))?;
    }
    on!(tx, c => sqlx::query("delete from outbox_messages where state <> 'queued' and state_since <= $1")
        .bind(over_before).execute(c).await.map(|done| done.rows_affected()))
}
