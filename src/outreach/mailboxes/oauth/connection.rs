//! The accounts that mailboxes sign in with at Google or Microsoft, and their tokens.

use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{
    answer::{ProviderAccount, Tokens},
    cause,
    provider::Provider,
};
use crate::{
    mail::sign_in::Secret,
    on,
    outreach::mailboxes::{
        mailbox::{Mailbox, MailboxKind},
        read_state,
        secrets::{self, MailboxKey, SecretPart},
    },
    server::{clock::Instant, config::Config, db::Tx, encryption::EncryptionKeys, select::Select},
};

/// How long one refresh may take; longer than any call.
pub const LEASE: Duration = Duration::from_secs(60);
/// How long the refresh tokens of a Google app in testing last.
pub const TESTING_TIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What is known of a mailbox's account.
#[derive(Debug, Clone, Deserialize)]
pub struct Connection {
    pub provider: Provider,
    pub subject: String,
    pub account: String,
    /// When the provider ends the permission, as far as it is known.
    pub ends_at: Option<Instant>,
    /// Of the access token.
    pub expires_at: Instant,
}

/// A refresh that this process may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub mailbox: MailboxKey,
    pub fence: i64,
}

/// The two tokens of a connection. Written as text only to be encrypted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Sealed", into = "Sealed")]
pub struct StoredTokens {
    pub access: Secret,
    pub refresh: Secret,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    access: String,
    refresh: String,
}

impl From<Sealed> for StoredTokens {
    fn from(Sealed { access, refresh }: Sealed) -> Self {
        Self { access: Secret::new(access), refresh: Secret::new(refresh) }
    }
}

impl From<StoredTokens> for Sealed {
    fn from(tokens: StoredTokens) -> Self {
        Self { access: tokens.access.reveal().to_owned(), refresh: tokens.refresh.reveal().to_owned() }
    }
}

/// A new sign-in: whose it is, and what the provider gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    pub account: ProviderAccount,
    pub tokens: StoredTokens,
    pub expires_at: Instant,
    pub ends_at: Option<Instant>,
}

/// The account of a mailbox, if it has signed in.
pub fn connection(mailbox: MailboxKey) -> Select<Option<Connection>> {
    Select::<Vec<Connection>>::rows(
        "provider, subject, account, ends_at, expires_at",
        "select provider, subject, account, ends_at, expires_at from mailbox_connections
         where workspace_id = $1 and mailbox_id = $2",
    )
    .bind(mailbox.0.0)
    .bind(mailbox.1.0)
    .first()
}

/// What the page of a mailbox says of its sign-in.
#[derive(Debug, Clone)]
pub struct SignInOf {
    pub provider: Provider,
    /// The operator has set up the app.
    pub ready: bool,
    /// The Google app is in testing.
    pub testing: bool,
    /// The account and when its permission ends; nothing before the first sign-in.
    pub connection: Option<Connection>,
    /// It signs in with a password so far.
    pub has_password: bool,
    /// Only signing in again helps.
    pub is_needed: bool,
}

/// How a mailbox signs in at Google or Microsoft, or could; `None` for any other.
pub fn sign_in_of(config: &Config, mailbox: &Mailbox, connection: Option<Connection>) -> Option<SignInOf> {
    let has_password = mailbox.kind == MailboxKind::Smtp;
    let provider = match has_password {
        true => Provider::named(mailbox.preset().word).filter(|provider| provider.app(config).is_some()),
        false => Provider::of_kind(mailbox.kind),
    }?;
    let app = provider.app(config);
    let is_needed =
        (connection.is_none() && !has_password) || mailbox.state_code.as_deref() == Some(cause::SIGN_IN_AGAIN);
    let testing = app.is_some_and(|app| app.testing);
    Some(SignInOf { provider, ready: app.is_some(), testing, connection, has_password, is_needed })
}

/// The tokens of a mailbox, if it has signed in.
///
/// # Errors
/// The database's; and when they cannot be decrypted.
pub async fn stored_tokens(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
) -> anyhow::Result<Option<StoredTokens>> {
    let Some(sealed) = secrets::read(tx, keys, mailbox, SecretPart::Oauth).await? else { return Ok(None) };
    // The cause is left out: it may repeat what could not be read.
    let tokens = serde_json::from_str(sealed.reveal()).ok().context("the tokens of a mailbox cannot be read")?;
    Ok(Some(tokens))
}

async fn keep_tokens(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    tokens: &StoredTokens,
) -> anyhow::Result<()> {
    let sealed = Secret::new(serde_json::to_string(tokens)?);
    Ok(secrets::keep(tx, keys, mailbox, SecretPart::Oauth, &sealed).await?)
}

/// Takes a sign-in as the one that the mailbox uses from now on. A refresh of the earlier one that is under way is worth nothing.
///
/// # Errors
/// The database's.
pub async fn connect(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    mailbox: MailboxKey,
    (provider, signed_in): (Provider, &SignedIn),
    at: Instant,
) -> anyhow::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_connections (workspace_id, mailbox_id, provider, subject, account, connected_at, ends_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (workspace_id, mailbox_id) do update set provider = excluded.provider, subject = excluded.subject,
             account = excluded.account, connected_at = excluded.connected_at, ends_at = excluded.ends_at,
             expires_at = excluded.expires_at, lease_until = null, fence = mailbox_connections.fence + 1")
        .bind(mailbox.0).bind(mailbox.1).bind(provider).bind(&signed_in.account.subject).bind(&signed_in.account.user)
        .bind(at).bind(signed_in.ends_at).bind(signed_in.expires_at).execute(c).await.map(drop))?;
    read_state::again(tx, mailbox, at).await?;
    keep_tokens(tx, keys, mailbox, &signed_in.tokens).await
}

/// Takes the lease of the next refresh; `None` while another has it.
///
/// # Errors
/// The database's.
pub async fn lease(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<Option<Lease>> {
    let fence: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "update mailbox_connections set lease_until = $3, fence = fence + 1
         where workspace_id = $1 and mailbox_id = $2 and (lease_until is null or lease_until <= $4) returning fence")
        .bind(mailbox.0).bind(mailbox.1).bind(at.plus(LEASE)).bind(at).fetch_optional(c).await)?;
    Ok(fence.map(|fence| Lease { mailbox, fence }))
}

/// Notes that the access token is not taken any more, whatever the provider said when it gave it.
///
/// # Errors
/// The database's.
pub async fn end_access(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_connections set expires_at = $3 where workspace_id = $1 and mailbox_id = $2 and expires_at > $3")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))
}

/// Gives a lease back. Returns whether it was still held: without it, nothing that was learned under it counts.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx, lease: Lease) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query(
        "update mailbox_connections set lease_until = null where workspace_id = $1 and mailbox_id = $2 and fence = $3
             and lease_until is not null")
        .bind(lease.mailbox.0).bind(lease.mailbox.1).bind(lease.fence)
        .execute(c).await.map(|done| done.rows_affected() == 1))
}

/// Keeps what a refresh brought, under its lease, which it gives back.
///
/// # Errors
/// The database's.
pub async fn keep_refreshed(
    tx: &mut Tx,
    keys: &EncryptionKeys,
    lease: Lease,
    (tokens, lasts): (&StoredTokens, Duration),
    at: Instant,
) -> anyhow::Result<bool> {
    if !release(tx, lease).await? {
        return Ok(false);
    }
    on!(&mut *tx, c => sqlx::query(
        "update mailbox_connections set expires_at = $3 where workspace_id = $1 and mailbox_id = $2")
        .bind(lease.mailbox.0).bind(lease.mailbox.1).bind(at.plus(lasts)).execute(c).await.map(drop))?;
    keep_tokens(tx, keys, lease.mailbox, tokens).await?;
    Ok(true)
}

impl SignedIn {
    /// What an exchange brought; `None` when it does not say whose it is, or would end within the hour.
    pub fn of(tokens: Tokens, testing: bool, at: Instant) -> Option<Self> {
        let ends = tokens.connection_lasts.or(testing.then_some(TESTING_TIME));
        Some(Self {
            account: tokens.account?,
            tokens: StoredTokens { access: tokens.access, refresh: tokens.refresh? },
            expires_at: at.plus(tokens.lasts),
            ends_at: ends.map(|lasts| at.plus(lasts)),
        })
    }
}
