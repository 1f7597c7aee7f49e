//! The access token of a mailbox: fetched anew five minutes before it ends, by one process at a time.
//!
//! A provider may give a new refresh token with each access token and take the old one no more. So both are committed before the
//! access token is used, and a call that was begun is finished when whoever waits for it has left.

use std::time::Duration;

use super::{
    answer::Tokens,
    cause, client,
    connection::{self, Connection, Lease, StoredTokens},
    fault::TokenFault,
    provider::Provider,
};
use crate::{
    mail::sign_in::Secret,
    outreach::mailboxes::{
        secrets::MailboxKey,
        state::{self, Cause},
    },
    server::app::App,
};

/// A token is fetched anew this long before it ends.
pub const FETCHED_BEFORE: Duration = Duration::from_secs(5 * 60);
/// How long a mailbox rests when its provider is down, unless that asks for longer.
const REST: Duration = Duration::from_secs(60);
/// How long it rests when the provider does not take the app of the instance.
const REST_OF_APP: Duration = Duration::from_secs(15 * 60);
/// While another process fetches the token, this is how often it is looked for, and how many times.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS_MAX: u32 = 70;

/// Why a mailbox has no token. Its state says so already.
#[derive(Debug, thiserror::Error)]
pub enum AccessFault {
    /// It has not signed in yet.
    #[error("it has not signed in")]
    NotSignedIn,
    #[error("{}", .1.sentence(*.0))]
    Provider(Provider, TokenFault),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for AccessFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// The user of a mailbox and its access token.
///
/// # Errors
/// [`AccessFault`]: the mailbox is failing or rests then.
pub async fn access(app: &App, mailbox: MailboxKey) -> Result<(String, Secret), AccessFault> {
    for _ in 0..LOOKS_MAX {
        let (known, tokens) = stored(app, mailbox).await?;
        let now = app.clock.now();
        if known.expires_at > now.plus(FETCHED_BEFORE) {
            return Ok((known.account, tokens.access));
        }
        let mut tx = app.db.write().await?;
        let lease = connection::lease(&mut tx, mailbox, now).await?;
        tx.commit().await?;
        match lease {
            // Of its own, so that a caller who leaves does not lose what the provider answers.
            Some(lease) => {
                let app = app.clone();
                let fetched = app.clone().jobs.tracker.spawn(async move { fetch(&app, lease).await });
                return fetched.await.map_err(anyhow::Error::from)?;
            }
            None if known.expires_at > now => return Ok((known.account, tokens.access)),
            None => tokio::time::sleep(LOOK).await,
        }
    }
    let (known, _) = stored(app, mailbox).await?;
    let words = "another process has been asking it".into();
    Err(AccessFault::Provider(known.provider, TokenFault::Down { words, retry_after: None }))
}

/// The same after the mail server refused `refused`, which may end before its time: another one, unless another process has fetched it
/// meanwhile.
///
/// # Errors
/// [`AccessFault`]: the mailbox is failing or rests then.
pub async fn access_after_refusal(
    app: &App,
    mailbox: MailboxKey,
    refused: &Secret,
) -> Result<(String, Secret), AccessFault> {
    let (_, tokens) = stored(app, mailbox).await?;
    if tokens.access.reveal() == refused.reveal() {
        let mut tx = app.db.write().await?;
        connection::end_access(&mut tx, mailbox, app.clock.now()).await?;
        tx.commit().await?;
    }
    access(app, mailbox).await
}

async fn stored(app: &App, mailbox: MailboxKey) -> Result<(Connection, StoredTokens), AccessFault> {
    let mut tx = app.db.read().await?;
    let known = connection::connection(mailbox).read(&mut tx).await?;
    let tokens = connection::stored_tokens(&mut tx, &app.config.encryption_keys(), mailbox).await?;
    known.zip(tokens).ok_or(AccessFault::NotSignedIn)
}

/// Fetches the next token under the lease.
async fn fetch(app: &App, lease: Lease) -> Result<(String, Secret), AccessFault> {
    // Read under the lease: another may have fetched one just before.
    let (known, tokens) = stored(app, lease.mailbox).await?;
    let now = app.clock.now();
    if known.expires_at > now.plus(FETCHED_BEFORE) {
        give_back(app, lease).await?;
        return Ok((known.account, tokens.access));
    }
    let fetched = client::refresh(app, known.provider, &tokens.refresh).await;
    match fetched.and_then(|fetched| of_same_account(fetched, &known)) {
        Ok(fetched) => {
            let refresh = fetched.refresh.unwrap_or(tokens.refresh);
            let (next, lasts) = (StoredTokens { access: fetched.access, refresh }, fetched.lasts);
            let mut tx = app.db.write().await?;
            let keys = app.config.encryption_keys();
            if connection::keep_refreshed(&mut tx, &keys, lease, (&next, lasts), now).await? {
                tx.commit().await?;
                return Ok((known.account, next.access));
            }
            drop(tx);
            current(app, lease).await
        }
        Err(TokenFault::Down { .. }) if known.expires_at > app.clock.now() => {
            give_back(app, lease).await?;
            Ok((known.account, tokens.access))
        }
        Err(fault) if note(app, lease, known.provider, &fault).await? => {
            Err(AccessFault::Provider(known.provider, fault))
        }
        Err(_) => current(app, lease).await,
    }
}

fn of_same_account(fetched: Tokens, known: &Connection) -> Result<Tokens, TokenFault> {
    match &fetched.account {
        Some(account) if account.subject != known.subject => Err(TokenFault::OtherAccount),
        _ => Ok(fetched),
    }
}

/// What counts when the lease was lost: the mailbox signed in again meanwhile, or another process took over.
async fn current(app: &App, lease: Lease) -> Result<(String, Secret), AccessFault> {
    let (known, tokens) = stored(app, lease.mailbox).await?;
    Ok((known.account, tokens.access))
}

async fn give_back(app: &App, lease: Lease) -> Result<(), AccessFault> {
    let mut tx = app.db.write().await?;
    connection::release(&mut tx, lease).await?;
    Ok(tx.commit().await?)
}

/// Writes down what keeps the mailbox from signing in. Returns whether that counts: not when it signed in again meanwhile.
async fn note(app: &App, lease: Lease, provider: Provider, fault: &TokenFault) -> Result<bool, AccessFault> {
    let mut tx = app.db.write().await?;
    if !connection::release(&mut tx, lease).await? {
        return Ok(false);
    }
    let (mailbox, now, params) = (lease.mailbox, app.clock.now(), cause::params(provider, fault));
    match fault {
        TokenFault::Down { retry_after, .. } => {
            let until = now.plus(retry_after.unwrap_or(REST).max(REST));
            state::rest_until(&mut tx, mailbox, until, &Cause::new(cause::PROVIDER_DOWN, params)).await?;
        }
        TokenFault::AppRefused { words } => {
            tracing::error!(
                provider = provider.name(),
                words,
                "the app of this instance is not accepted for mailboxes"
            );
            let until = now.plus(REST_OF_APP);
            state::rest_until(&mut tx, mailbox, until, &Cause::new(cause::APP_REFUSED, params)).await?;
        }
        _ => {
            state::fail(&mut tx, mailbox, &Cause::new(cause::SIGN_IN_AGAIN, params), None, now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}
