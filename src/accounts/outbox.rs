//! The embedded outbox: mail that is shown at `/outbox` instead of being sent (development only).

use crate::{
    leads::Email,
    on,
    server::{clock::Instant, db::Tx},
};

crate::id!(
    /// One message in the outbox.
    MessageId
);

/// Most messages shown.
const SHOWN_MAX: i64 = 100;

/// A message that would have been sent.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Message {
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub created_at: Instant,
}

/// Puts a message into the outbox. Joins the caller's transaction.
pub async fn post(tx: &mut Tx, recipient: &Email, subject: &str, body: &str, now: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into outbox_messages (id, recipient, subject, body, created_at) values ($1, $2, $3, $4, $5)")
        .bind(MessageId::new()).bind(recipient).bind(subject).bind(body).bind(now)
        .execute(c).await.map(drop))
}

/// The latest messages, newest first.
pub async fn messages(tx: &mut Tx) -> sqlx::Result<Vec<Message>> {
    on!(tx, c => sqlx::query_as(
        "select recipient, subject, body, created_at from outbox_messages order by created_at desc, id desc limit $1")
        .bind(SHOWN_MAX).fetch_all(c).await)
}
