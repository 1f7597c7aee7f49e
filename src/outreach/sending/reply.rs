//! Replies of members: written in the inbox, sent by the sessions that send all other mails, once the time to undo them is over.

use crate::{
    accounts::WorkspaceId,
    email::Email,
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, SendId, ThreadId},
    server::{clock::Instant, db::Tx},
    suppression::{Key, SuppressionKeys},
};

/// A reply as it is going to leave.
#[derive(Debug, Clone)]
pub struct Reply {
    pub thread: ThreadId,
    pub campaign: CampaignId,
    pub mailbox: MailboxId,
    pub to: Email,
    pub message_id: String,
    pub subject: String,
    /// RFC 5322, ASCII.
    pub message: String,
    /// Until then it can be called back.
    pub run_at: Instant,
}

/// Leaves a reply to the next session of its mailbox. It takes no slot of any limit and waits for no gap; the end of a sequence does not
/// stop it, so it names no lead.
///
/// # Errors
/// The database's.
pub async fn queue_reply(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    reply: &Reply,
    at: Instant,
) -> sqlx::Result<SendId> {
    let send = SendId::new();
    on!(&mut *tx, c => sqlx::query(
        "insert into sends (workspace_id, id, kind, campaign_id, thread_id, mailbox_id, recipient_key, canonical_key, message_id, state,
             state_since, run_at, fence, subject)
         values ($1, $2, 'reply', $3, $4, $5, $6, $7, $8, 'queued', $9, $10, 1, $11)")
        .bind(workspace).bind(send).bind(reply.campaign).bind(reply.thread).bind(reply.mailbox).bind(keys.recipient(&reply.to))
        .bind(keys.canonical(&reply.to)).bind(&reply.message_id).bind(at).bind(reply.run_at).bind(&reply.subject)
        .execute(c).await.map(drop))?;
    let mail = (reply.to.as_str(), reply.message.as_str());
    leave_to_session(tx, (workspace, send), reply.mailbox, mail, reply.run_at).await?;
    Ok(send)
}

/// Calls a reply back that has not been claimed yet. Returns whether it stays.
///
/// # Errors
/// The database's.
pub async fn call_back(
    tx: &mut Tx,
    (workspace, thread): (WorkspaceId, ThreadId),
    send: SendId,
    at: Instant,
) -> sqlx::Result<bool> {
    let stays = on!(tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'by_person', state_since = $4, run_at = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and thread_id = $3 and kind = 'reply' and state in ('queued', 'deferred')")
        .bind(workspace).bind(send).bind(thread).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(stays == 1)
}

/// Takes back what members wrote to a person and has not left: replies and test mails. Returns how many.
///
/// # Errors
/// The database's.
pub async fn call_back_to(
    tx: &mut Tx,
    workspace: WorkspaceId,
    canonical: Key,
    code: &str,
    at: Instant,
) -> sqlx::Result<usize> {
    // Each half has an index with few rows: those that wait, and those that are on their way.
    let taken = on!(tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = $3, state_since = $4, run_at = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and state in ('queued', 'claimed', 'deferred') and id in (
             select d.id from sends d where d.workspace_id = $1 and d.state in ('queued', 'deferred') and d.canonical_key = $2
                 and d.kind <> 'step'
             union all
             select d.id from sends d where d.workspace_id = $1 and d.state = 'claimed' and d.canonical_key = $2 and d.kind <> 'step')")
        .bind(workspace).bind(canonical).bind(code).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(usize::try_from(taken).unwrap_or(usize::MAX))
}

/// Keeps the bytes of a mail that a member wrote (recipient and message), and wakes its mailbox for it.
///
/// # Errors
/// The database's.
pub(super) async fn leave_to_session(
    tx: &mut Tx,
    (workspace, send): (WorkspaceId, SendId),
    mailbox: MailboxId,
    (recipient, message): (&str, &str),
    run_at: Instant,
) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "insert into sent_messages (workspace_id, send_id, recipient, message, copy_in) values ($1, $2, $3, $4,
             (select b.id from mailboxes b where b.workspace_id = $1 and b.id = $5 and b.kind = 'smtp' and b.imap_host is not null))")
        .bind(workspace).bind(send).bind(recipient).bind(message).bind(mailbox).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "update mailboxes set look_at = $3 where workspace_id = $1 and id = $2 and (look_at is null or look_at > $3)")
        .bind(workspace).bind(mailbox).bind(run_at).execute(c).await.map(drop))
}
