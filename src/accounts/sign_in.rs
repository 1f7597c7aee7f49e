//! Signing in with address and password.
//!
//! The answer and the work are the same whether the account exists or not: one count, one argon2 run, one message.

use super::{
    UserId,
    client::ClientAddress,
    known_device::KnownDevices,
    limits::{self, TooMany},
    passwords::Passwords,
    store,
};
use crate::{
    leads::Email,
    server::{clock::Instant, db::Db, error::AppError},
};

/// What every wrong pair of address and password is told.
pub const WRONG: &str = "This address and password do not fit together. Check both, or reset the password.";

/// Where an attempt comes from.
pub struct Attempt<'request> {
    pub address: ClientAddress,
    pub known: &'request KnownDevices,
}

/// Somebody proved who they are.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn {
    pub user: UserId,
    /// Kept in the session: one begun before the last change of the password is over.
    pub password_changed_at: Instant,
    /// Whether the account was made just now.
    pub is_new: bool,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What to tell them.
    #[error("{0}")]
    Wrong(&'static str),
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// This instance takes no new accounts.
    #[error("this instance takes no new accounts")]
    Closed,
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Checks `password` for the account of `email`, within the limits.
///
/// # Errors
/// [`Refusal::Wrong`] and [`Refusal::TooMany`], alike for accounts that exist and others.
pub async fn sign_in(
    db: &Db,
    passwords: &Passwords,
    email: &Email,
    password: &str,
    attempt: &Attempt<'_>,
    now: Instant,
) -> Result<SignedIn, Refusal> {
    let mut tx = db.write().await?;
    let account = store::account(&mut tx, email).await?;
    let counted = limits::guesses(email, account.as_ref().map(|account| account.id), attempt.known, attempt.address);
    let taken = limits::take_all(&mut tx, &counted, now).await?;
    tx.commit().await?;
    taken?;

    // Outside of any transaction: this is the slow part.
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let fits = passwords.fits(password, hash).await?;
    let Some(account) = account.filter(|_| fits) else { return Err(Refusal::Wrong(WRONG)) };

    let mut tx = db.write().await?;
    for limit in &counted {
        limit.give_back(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(SignedIn { user: account.id, password_changed_at: account.password_changed_at, is_new: false })
}
