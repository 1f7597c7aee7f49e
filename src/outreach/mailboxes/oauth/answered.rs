//! Sign-ins that a provider has answered: each answer is used once, and what came of it waits encrypted for the member to confirm.

use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{connection::SignedIn, fault::TokenFault, provider::Provider, state::Begun};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::ids::MailboxId,
    server::{clock::Instant, db::Tx, encryption::EncryptionKeys},
};

/// How long a member has to confirm; longer than the provider's answer is taken, so that it is used once.
const KEPT: Duration = Duration::from_secs(30 * 60);

/// What came of a sign-in at the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    SignedIn(SignedIn),
    Failed(TokenFault),
}

/// A sign-in that waits for its member.
#[derive(Debug, Clone)]
pub struct Answered {
    pub id: Uuid,
    pub provider: Provider,
    /// The mailbox that signs in again; `None`: a new one.
    pub mailbox: Option<MailboxId>,
    pub outcome: Outcome,
}

#[derive(sqlx::FromRow)]
struct Row {
    provider: Provider,
    mailbox_id: Option<MailboxId>,
    outcome: Vec<u8>,
}

fn place(workspace: WorkspaceId, id: Uuid) -> Vec<u8> {
    [b"mailbox_sign_ins", workspace.0.as_bytes().as_slice(), id.as_bytes()].concat()
}

/// Takes the answer to `begun`. Returns whether it is the first.
///
/// # Errors
/// The database's.
pub async fn take(
    tx: &mut Tx,
    (workspace, user): (WorkspaceId, UserId),
    begun: &Begun,
    at: Instant,
) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "insert into mailbox_sign_ins (workspace_id, id, user_id, provider, mailbox_id, expires_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (workspace_id, id) do nothing")
        .bind(workspace).bind(begun.id).bind(user).bind(begun.provider).bind(begun.mailbox).bind(at.plus(KEPT))
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Keeps what came of it.
///
/// # Errors
/// The database's.
pub async fn keep(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    (workspace, id): (WorkspaceId, Uuid),
    outcome: &Outcome,
) -> anyhow::Result<()> {
    let encrypted = keys.encrypt(&place(workspace, id), &serde_json::to_vec(outcome)?);
    on!(tx, c => sqlx::query("update mailbox_sign_ins set outcome = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).bind(encrypted).execute(c).await.map(drop))?;
    Ok(())
}

/// What came of a sign-in of `user`; `None` when it is confirmed, has expired, or was another's.
///
/// # Errors
/// The database's; and when it cannot be decrypted.
pub async fn find(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    (workspace, user): (WorkspaceId, UserId),
    id: Uuid,
    at: Instant,
) -> anyhow::Result<Option<Answered>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(
        "select provider, mailbox_id, outcome from mailbox_sign_ins
         where workspace_id = $1 and id = $2 and user_id = $3 and expires_at > $4 and outcome is not null")
        .bind(workspace).bind(id).bind(user).bind(at).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let text = keys.decrypt(&place(workspace, id), &row.outcome)?.text;
    let outcome = serde_json::from_slice(&text).ok().context("the outcome of a sign-in cannot be read")?;
    Ok(Some(Answered { id, provider: row.provider, mailbox: row.mailbox_id, outcome }))
}

/// Forgets what came of a sign-in, because it is used now. Returns whether it was there.
///
/// # Errors
/// The database's.
pub async fn use_up(tx: &mut Tx, workspace: WorkspaceId, id: Uuid) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailbox_sign_ins set outcome = null where workspace_id = $1 and id = $2 and outcome is not null")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Removes what has expired.
///
/// # Errors
/// The database's.
pub async fn sweep(tx: &mut Tx, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from mailbox_sign_ins where expires_at <= $1").bind(at).execute(c).await.map(drop))
}
