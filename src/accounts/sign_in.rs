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
    email::Email,
    server::{clock::Instant, db::Db, error::AppError, inconsistency::Inconsistency},
};

/// What every wrong pair of address and password is told.
pub const WRONG: &str = "Wrong email or password. Check both, or reset the password.";

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
    /// The invitation was used or withdrawn meanwhile.
    #[error("this invitation no longer works")]
    InvitationGone,
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl From<Inconsistency> for Refusal {
    fn from(inconsistency: Inconsistency) -> Self {
        Self::Failed(inconsistency.into())
    }
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
        limit.uncount(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(SignedIn { user: account.id, password_changed_at: account.password_changed_at, is_new: false })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::{
        accounts::sign_up::{self, NewAccount},
        server::{config::Signup, db::test_databases},
    };

    const NOW: Instant = Instant(1_800_000_000_000_000);

    fn uma(password: &str) -> NewAccount {
        NewAccount {
            name: "Uma".into(),
            email: "uma@acme.example".parse().unwrap(),
            password: password.into(),
            workspace: "Acme".into(),
        }
    }

    #[tokio::test]
    async fn one_argon2_run_answers_each_attempt_whether_the_account_exists_or_not() {
        for test in test_databases().await {
            let (passwords, known) = (Passwords::new(), KnownDevices::default());
            let attempt = Attempt { address: ClientAddress(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))), known: &known };
            let sign_up = async |new: NewAccount| {
                sign_up::sign_up(
                    &test.db,
                    &passwords,
                    sign_up::Terms {
                        signup: Signup::Open,
                        place: sign_up::Place::Own,
                        gift: sign_up::WelcomeGift::NONE,
                    },
                    &new,
                    &attempt,
                    NOW,
                )
                .await
            };
            assert!(sign_up(uma("correct horse battery")).await.unwrap().is_new);
            assert_eq!(passwords.runs(), 1);
            assert!(!sign_up(uma("correct horse battery")).await.unwrap().is_new);
            assert_eq!(passwords.runs(), 2);
            assert!(matches!(sign_up(uma("some other words")).await, Err(Refusal::Wrong(_))));
            assert_eq!(passwords.runs(), 3);
            for (email, password) in [
                ("uma@acme.example", "correct horse battery"),
                ("uma@acme.example", "some other words"),
                ("nobody@acme.example", "some other words"),
            ] {
                let before = passwords.runs();
                let email = email.parse().unwrap();
                let answer = sign_in(&test.db, &passwords, &email, password, &attempt, NOW).await;
                assert_eq!(answer.is_ok(), password.starts_with("correct"));
                assert_eq!(passwords.runs(), before + 1);
            }
        }
    }

    #[tokio::test]
    async fn guesses_at_the_same_moment_do_not_slip_through_together() {
        for test in test_databases().await {
            let (passwords, known) = (Passwords::new(), KnownDevices::default());
            let attempt = Attempt { address: ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)), known: &known };
            let email = "uma@acme.example".parse().unwrap();
            let guesses = (0..30).map(|_| sign_in(&test.db, &passwords, &email, "a guess", &attempt, NOW));
            let answers = futures::future::join_all(guesses).await;
            let refused = answers.iter().filter(|answer| matches!(answer, Err(Refusal::TooMany(_)))).count();
            assert_eq!((refused, passwords.runs()), (20, 10));
        }
    }
}
