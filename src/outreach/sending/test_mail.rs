//! Test mails: to members and mailboxes of the workspace, marked, and not counted by any limit of a day.

use std::time::Duration;

use super::{
    outcome::{self, Handed},
    reply::leave_to_session,
};
use crate::{
    accounts::{Member, WorkspaceId},
    email::Email,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId},
        mailboxes::{
            domains::signing,
            mailbox::MailboxKind,
            outbox::{self, HandedOver},
        },
        sequences::message::{ComposeFault, Message, message_id},
        unsubscribe,
    },
    server::{app::App, clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

/// Test mails of a workspace in an hour.
pub const TESTS_MAX: i64 = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A test mail as it was rendered.
#[derive(Debug, Clone)]
pub struct TestMail {
    pub campaign: CampaignId,
    pub mailbox: MailboxId,
    /// Name and address of the mailbox.
    pub from: (String, String),
    pub reply_to: Option<String>,
    pub to: Email,
    /// Without its mark.
    pub subject: String,
}

/// Whether the workspace may send another test mail now.
///
/// # Errors
/// The database's.
pub async fn may_test(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<bool> {
    let sent: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from campaigns p cross join sends d where p.workspace_id = $1 and d.workspace_id = p.workspace_id
             and d.campaign_id = p.id and d.lead_id is null and d.kind = 'test' and d.state_since > $2")
        .bind(workspace).bind(at.minus(HOUR)).fetch_one(c).await)?;
    Ok(sent < TESTS_MAX)
}

/// What became of a test mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is in the built-in outbox.
    Left,
    /// It leaves with the next session of its mailbox.
    Queued,
}

/// Sends a test mail. `body` makes the whole text of the address of its unsubscribe link.
///
/// # Errors
/// The database's; [`ComposeFault`] as the inner error of a mail that cannot be written.
pub async fn send_test(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    mail: &TestMail,
    body: impl FnOnce(&str) -> String,
    at: Instant,
) -> sqlx::Result<Result<Sent, ComposeFault>> {
    let (workspace, send) = (member.workspace, SendId::new());
    let url = unsubscribe::url(app, workspace, send);
    let domain = mail.from.1.rsplit_once('@').map_or("", |(_, domain)| domain);
    let message = Message {
        date: at,
        from: mail.from.clone(),
        reply_to: mail.reply_to.clone(),
        to: mail.to.as_str().to_owned(),
        subject: format!("[Test] {}", mail.subject),
        message_id: message_id(*uuid::Uuid::new_v4().as_bytes(), domain),
        in_reply_to: None,
        references: Vec::new(),
        body: body(&url),
        unsubscribe_url: Some(url),
    };
    let bytes = match message.compose() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(fault) => return Ok(Err(fault)),
    };
    let bytes = signing::signed(tx, &app.config.encryption_keys(), (workspace, mail.mailbox), bytes, at).await;
    let bytes = bytes.map_err(|error| sqlx::Error::Decode(error.into()))?;
    let kind: MailboxKind = on!(&mut *tx, c => sqlx::query_scalar(
        "select kind from mailboxes where workspace_id = $1 and id = $2")
        .bind(workspace).bind(mail.mailbox).fetch_one(c).await)?;
    let (state, sending_at) = match kind {
        MailboxKind::Outbox => ("sending", Some(at)),
        _ => ("queued", None),
    };
    let keys = app.of::<SuppressionKeys>();
    on!(&mut *tx, c => sqlx::query(
        "insert into sends (workspace_id, id, kind, campaign_id, mailbox_id, recipient_key, canonical_key, message_id, state, state_since,
             sending_at, run_at, fence, subject)
         values ($1, $2, 'test', $3, $4, $5, $6, $7, $10, $8, $11, $8, 1, $9)")
        .bind(workspace).bind(send).bind(mail.campaign).bind(mail.mailbox).bind(keys.recipient(&mail.to)).bind(keys.canonical(&mail.to))
        .bind(&message.message_id).bind(at).bind(&message.subject).bind(state).bind(sending_at)
        .execute(c).await.map(drop))?;
    if kind != MailboxKind::Outbox {
        leave_to_session(tx, (workspace, send), mail.mailbox, (mail.to.as_str(), &bytes), at).await?;
        return Ok(Ok(Sent::Queued));
    }
    let handed = HandedOver {
        workspace,
        send,
        fence: 1,
        message_id: message.message_id,
        recipient: message.to,
        subject: message.subject,
        message: bytes,
    };
    outbox::take(tx, std::iter::once(handed), at).await?;
    outcome::sent(tx, &[Handed { workspace, send, fence: 1, sent_at: at, words: None }], at).await?;
    Ok(Ok(Sent::Left))
}
