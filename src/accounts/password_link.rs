//! A new password for somebody who forgot theirs: a link that works once, for an hour.
//!
//! Asking again leaves earlier links as they are, so that a stranger who asks in somebody's name cannot take the link
//! away that its owner is about to open.

use std::time::Duration;

use super::{
    UserId, audit, limits, outbox,
    passwords::Passwords,
    secret::{self, Secret},
    sign_in::SignedIn,
    store,
    workspaces::select_workspaces_of,
};
use crate::{
    email::Email,
    server::{
        clock::Instant,
        db::{Db, Tx},
        error::AppError,
    },
};

const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Makes a link for `user`; the address is returned, only its hash is kept. Joins the caller's transaction.
pub async fn link(tx: &mut Tx, public_url: &url::Url, user: UserId, now: Instant) -> Result<url::Url, AppError> {
    let secret = Secret::new();
    store::insert_password_link(tx, secret.hash(), user, now, now.plus(LINK_LIFETIME)).await?;
    let mut link = public_url.join("/reset-password").map_err(anyhow::Error::from)?;
    link.query_pairs_mut().append_pair("token", secret.text());
    Ok(link)
}

/// Sends a link to `email` if there is such an account and it was not sent too many already. Says nothing of either.
pub async fn send_link(db: &Db, public_url: &url::Url, email: &Email, now: Instant) -> Result<(), AppError> {
    let mut tx = db.write().await?;
    let taken = limits::links_sent(email).take(&mut tx, now).await?;
    let account = store::account(&mut tx, email).await?;
    if let (Some(account), Ok(())) = (account, taken) {
        let link = link(&mut tx, public_url, account.id, now).await?;
        let body = format!(
            "You, or someone else, asked for a new password for your Fairlead account.\n\n\
             Choose one here within the next hour:\n{link}\n\n\
             If it was not you, nothing needs to be done: your password stays as it is."
        );
        outbox::post(&mut tx, email, "Choose a new password", &body, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The address of the account whose password the link with `token` changes; `None` when it no longer works.
///
/// # Errors
/// Only the database's.
pub async fn address_of(tx: &mut Tx, token: &str, now: Instant) -> sqlx::Result<Option<Email>> {
    let Some(user) = store::user_of_password_link(tx, &secret::hash_of(token), now).await? else { return Ok(None) };
    Ok(Some(store::account_of(tx, user).await?.email))
}

/// Uses the link with `token`: sets the password and ends every session of its owner. `None` when it no longer works.
///
/// # Errors
/// Only the database's, and "busy".
pub async fn reset(
    db: &Db,
    passwords: &Passwords,
    token: &str,
    password: &str,
    now: Instant,
) -> Result<Option<SignedIn>, AppError> {
    let token = secret::hash_of(token);
    // Looked at before the slow part, so that made-up tokens cost nothing.
    if store::user_of_password_link(&mut db.read().await?, &token, now).await?.is_none() {
        return Ok(None);
    }
    let hash = passwords.hash(password).await?;
    let mut tx = db.write().await?;
    let Some(user) = store::use_password_link(&mut tx, &token, now).await? else { return Ok(None) };
    store::set_password(&mut tx, user, &hash, now).await?;
    store::close_password_links(&mut tx, user, now).await?;
    store::end_sessions(&mut tx, user).await?;
    let (account, actor) = (store::account_of(&mut tx, user).await?, audit::Actor::User(user));
    for workspace in select_workspaces_of(user).read(&mut tx).await? {
        let subject = account.email.as_str();
        audit::record(&mut tx, workspace.id, actor, audit::PASSWORD_CHANGED, subject, "With a link", now).await?;
    }
    tx.commit().await?;
    Ok(Some(SignedIn { user, password_changed_at: now }))
}
