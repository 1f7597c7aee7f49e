//! Keys that mails of a mailbox are signed with here: for an own mail server that does not sign.

use std::collections::HashMap;

use sqlx::{FromRow, types::Json};

use super::copies::look_soon;
use crate::{
    accounts::WorkspaceId,
    email::ascii_domain,
    mail::{
        dkim::{Signer, SigningKey},
        sign_in::Secret,
    },
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::secrets::{self, MailboxKey, SecretPart},
    },
    server::{batches::batches, clock::Instant, db::Tx, encryption::EncryptionKeys},
};

/// What is public of a key.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PublishedKey {
    pub domain: String,
    pub selector: String,
    /// The text of its record.
    pub record: String,
    pub made_at: Instant,
}

impl PublishedKey {
    /// The name of its record.
    pub fn name(&self) -> String {
        Signer::record_name(&ascii_domain(&self.domain), &self.selector)
    }
}

/// What is public of the key of a mailbox, if it has one.
///
/// # Errors
/// The database's.
pub async fn published(tx: &mut Tx, (workspace, mailbox): MailboxKey) -> sqlx::Result<Option<PublishedKey>> {
    on!(tx, c => sqlx::query_as(
        "select domain, selector, record, made_at from mailbox_signers where workspace_id = $1 and mailbox_id = $2")
        .bind(workspace).bind(mailbox).fetch_optional(c).await)
}

/// Stores the key that mails of a mailbox are signed with from now on; an earlier one is replaced.
///
/// # Errors
/// The database's.
pub async fn keep(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    signer: &Signer,
    at: Instant,
) -> sqlx::Result<()> {
    let secret = Secret::new(signer.key.to_text());
    secrets::keep(tx, keys, mailbox, SecretPart::Dkim, &secret).await?;
    on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_signers (workspace_id, mailbox_id, domain, selector, record, made_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, mailbox_id) do update set domain = excluded.domain, selector = excluded.selector,
             record = excluded.record, made_at = excluded.made_at")
        .bind(mailbox.0).bind(mailbox.1).bind(&signer.domain).bind(&signer.selector).bind(signer.key.record()).bind(at)
        .execute(c).await.map(drop))?;
    look_soon(tx, mailbox, at).await
}

/// Deletes the key of a mailbox: its mails leave unsigned.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    secrets::forget(tx, mailbox, SecretPart::Dkim).await?;
    on!(&mut *tx, c => sqlx::query("delete from mailbox_signers where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
    look_soon(tx, mailbox, at).await
}

/// The keys of those of the mailboxes that have one for the domain that they send from.
///
/// # Errors
/// The database's; and, in words for the operator, when a key cannot be decrypted.
pub async fn signers(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailboxes: &[MailboxKey],
) -> anyhow::Result<HashMap<MailboxId, Signer>> {
    let mut signers = HashMap::new();
    for mailboxes in batches(mailboxes.iter())? {
        let rows: Vec<(WorkspaceId, MailboxId, String, String, Vec<u8>)> = on!(&mut *tx, c => sqlx::query_as(
            "select s.workspace_id, s.mailbox_id, s.domain, s.selector, x.encrypted from json_each($1) j
             join mailbox_signers s on s.workspace_id = unhex(j.value ->> 0, '-') and s.mailbox_id = unhex(j.value ->> 1, '-')
             join mailboxes m on m.workspace_id = s.workspace_id and m.id = s.mailbox_id and m.domain = s.domain
             join mailbox_secrets x on x.workspace_id = s.workspace_id and x.mailbox_id = s.mailbox_id and x.part = 'dkim'")
            .bind(Json(mailboxes)).fetch_all(c).await)?;
        for (workspace, mailbox, domain, selector, encrypted) in rows {
            let secret = secrets::open(keys, (workspace, mailbox), SecretPart::Dkim, &encrypted)?;
            let key = SigningKey::parse(secret.reveal())?;
            signers.insert(mailbox, Signer { domain: ascii_domain(&domain), selector, key });
        }
    }
    Ok(signers)
}

/// A message as it leaves from a mailbox: with its signature, where the mailbox has a key.
///
/// # Errors
/// As for [`signers`].
pub async fn signed(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    message: String,
    at: Instant,
) -> anyhow::Result<String> {
    match signers(tx, keys, &[mailbox]).await?.get(&mailbox.1) {
        Some(signer) => signer.sign(&message, at.micros() / 1_000_000),
        None => Ok(message),
    }
}
