//! Secrets of mailboxes: passwords, tokens and keys. They are stored encrypted for their workspace, mailbox and part, read where a
//! mailbox signs in, and never shown again.

use anyhow::Context;

use crate::{
    accounts::WorkspaceId,
    mail::sign_in::Secret,
    on,
    outreach::ids::MailboxId,
    server::{
        db::Tx,
        encryption::{Decrypted, EncryptionKeys},
    },
};

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SecretPart {
    /// The password for sending.
    Smtp,
    /// The password for reading, where it is another one.
    Imap,
    /// The tokens of a sign-in with Google or Microsoft.
    Oauth,
    /// The key that the mailbox signs its mails with.
    Dkim,
}

impl SecretPart {
    fn word(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Oauth => "oauth",
            Self::Dkim => "dkim",
        }
    }
}

/// A mailbox, by its workspace and id.
pub type MailboxKey = (WorkspaceId, MailboxId);

/// What a secret is encrypted for: in another row it cannot be read.
fn place((workspace, mailbox): MailboxKey, part: SecretPart) -> Vec<u8> {
    [b"mailbox_secrets", workspace.0.as_bytes().as_slice(), mailbox.0.as_bytes(), part.word().as_bytes()].concat()
}

/// Stores a secret; an earlier one is replaced.
///
/// # Errors
/// The database's.
pub async fn keep(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    part: SecretPart,
    secret: &Secret,
) -> sqlx::Result<()> {
    let encrypted = keys.encrypt(&place(mailbox, part), secret.reveal().as_bytes());
    on!(tx, c => sqlx::query(
        "insert into mailbox_secrets (workspace_id, mailbox_id, part, encrypted) values ($1, $2, $3, $4)
         on conflict (workspace_id, mailbox_id, part) do update set encrypted = excluded.encrypted")
        .bind(mailbox.0).bind(mailbox.1).bind(part).bind(encrypted).execute(c).await.map(drop))
}

/// A secret, if one is stored.
///
/// # Errors
/// The database's; and as for [`open`].
pub async fn read(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    part: SecretPart,
) -> anyhow::Result<Option<Secret>> {
    let encrypted: Option<Vec<u8>> = on!(tx, c => sqlx::query_scalar(
        "select encrypted from mailbox_secrets where workspace_id = $1 and mailbox_id = $2 and part = $3")
        .bind(mailbox.0).bind(mailbox.1).bind(part).fetch_optional(c).await)?;
    encrypted.map(|encrypted| open(keys, mailbox, part, &encrypted)).transpose()
}

/// The secret that was stored as `encrypted`.
///
/// # Errors
/// In words for the operator, when its key is not configured any more or it was changed.
pub fn open(keys: &EncryptionKeys, mailbox: MailboxKey, part: SecretPart, encrypted: &[u8]) -> anyhow::Result<Secret> {
    let Decrypted { text, .. } = keys
        .decrypt(&place(mailbox, part), encrypted)
        .with_context(|| format!("the secret “{}” of the mailbox {} cannot be decrypted", part.word(), mailbox.1))?;
    Ok(Secret::new(String::from_utf8(text).context("a secret is no text")?))
}

/// The parts of which a secret is stored.
///
/// # Errors
/// The database's.
pub async fn stored(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<Vec<SecretPart>> {
    on!(tx, c => sqlx::query_scalar(
        "select part from mailbox_secrets where workspace_id = $1 and mailbox_id = $2 order by part")
        .bind(mailbox.0).bind(mailbox.1).fetch_all(c).await)
}

/// Deletes a secret, if one is stored.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, mailbox: MailboxKey, part: SecretPart) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "delete from mailbox_secrets where workspace_id = $1 and mailbox_id = $2 and part = $3")
        .bind(mailbox.0).bind(mailbox.1).bind(part).execute(c).await.map(drop))
}

/// Deletes every secret of a mailbox.
///
/// # Errors
/// The database's.
pub async fn forget_all(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from mailbox_secrets where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))
}

/// How far a look at all secrets has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Encrypted anew with the current key.
    pub rotated: u64,
    /// Encrypted with it already.
    pub current: u64,
    /// Mailboxes with a secret that no configured key opens.
    pub unreadable: Vec<MailboxId>,
    after: Option<(WorkspaceId, MailboxId, SecretPart)>,
}

/// Secrets in one transaction.
const BATCH: i64 = 500;

/// Encrypts the next secrets with the current key where an earlier one encrypted them. Returns whether there may be more; broken off,
/// it can begin again at any time.
///
/// # Errors
/// The database's.
pub async fn rotate_next(tx: &mut Tx, keys: &EncryptionKeys, rotation: &mut Rotation) -> sqlx::Result<bool> {
    let after = rotation.after;
    let rows: Vec<(WorkspaceId, MailboxId, SecretPart, Vec<u8>)> = on!(&mut *tx, c => sqlx::query_as(
        "select workspace_id, mailbox_id, part, encrypted from mailbox_secrets
         where $1 is null or (workspace_id, mailbox_id, part) > ($1, $2, $3)
         order by workspace_id, mailbox_id, part limit $4")
        .bind(after.map(|it| it.0)).bind(after.map(|it| it.1)).bind(after.map(|it| it.2.word())).bind(BATCH)
        .fetch_all(c).await)?;
    let count = rows.len();
    for (workspace, mailbox, part, encrypted) in rows {
        rotation.after = Some((workspace, mailbox, part));
        let place = place((workspace, mailbox), part);
        match keys.decrypt(&place, &encrypted) {
            Ok(Decrypted { by_current_key: true, .. }) => rotation.current += 1,
            Ok(Decrypted { text, .. }) => {
                // A secret that was changed meanwhile has the current key already.
                rotation.rotated += on!(&mut *tx, c => sqlx::query(
                    "update mailbox_secrets set encrypted = $4
                     where workspace_id = $1 and mailbox_id = $2 and part = $3 and encrypted = $5")
                    .bind(workspace).bind(mailbox).bind(part).bind(keys.encrypt(&place, &text)).bind(encrypted)
                    .execute(c).await.map(|done| done.rows_affected()))?;
            }
            Err(_) => rotation.unreadable.push(mailbox),
        }
    }
    Ok(i64::try_from(count).unwrap_or(i64::MAX) == BATCH)
}
