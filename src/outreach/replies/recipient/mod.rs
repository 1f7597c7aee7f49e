//! The recipient of a mail in the built-in outbox: answers, is away, has no such address, calls it spam. Each becomes a message as real
//! programs write it, and comes back through the same reader as any other.

mod act;
mod compose;
mod pages;

pub use act::Act;

use axum::{Router, routing::get};

use compose::compose;

use super::receive::{Incoming, MailboxKey, Received, deliver};
use crate::{
    outreach::mailboxes::{mailbox::Mailbox, outbox::OutboxMail},
    server::{app::App, path::to_page},
};

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/mailboxes/{id}/outbox/{mail}/recipient", get(to_page).post(pages::act))
}

/// Lets the recipient of a mail act, and returns what became of the message that came back.
///
/// # Errors
/// The database's.
pub async fn act(app: &App, mailbox: &Mailbox, mail: &OutboxMail, act: &Act) -> anyhow::Result<Received> {
    let at = app.clock.now();
    let raw = compose(mailbox, mail, act, uuid::Uuid::new_v4().into_bytes(), at)?;
    let incoming = Incoming { place: None, received_at: at, raw, is_cut: false };
    let key: MailboxKey = (mailbox.workspace, mailbox.id);
    deliver(app, key, incoming).await
}
