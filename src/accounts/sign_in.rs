//! Signing in with address and password.
//!
//! The answer and the work are the same whether the account exists or not: one count, one argon2 run, one message. A wrong
//! attempt writes nothing, and no connection to the database is held while a password is hashed.

use super::{
    UserId,
    client::ClientAddress,
    guesses::Guesses,
    known_device::KnownDevices,
    limits::{self, TooMany},
    passwords::Passwords,
    security_log::{Event, Kind, SecurityLog},
    store,
};
use crate::{
    email::Email,
    server::{clock::Instant, db::Db, error::AppError},
};

/// What every wrong pair of address and password is told.
pub const WRONG: &str = "Wrong email or password. Check both, or reset the password.";

/// Where an attempt comes from.
pub struct Attempt<'request> {
    pub address: ClientAddress,
    pub known: &'request KnownDevices,
    pub guesses: &'request Guesses,
    pub log: &'request SecurityLog,
}

/// Somebody proved who they are.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn {
    pub user: UserId,
    /// Kept in the session: one begun before the last change of the password is over.
    pub password_changed_at: Instant,
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
    let account = store::account(&mut db.read().await?, email).await?;
    let (user, key) = (account.as_ref().map(|account| account.id), attempt.guesses.password_key(password));
    let counted = limits::guesses(email, &key, user, attempt.known, attempt.address);
    attempt.guesses.take(&counted, now)?;

    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let fits = passwords.fits(password, hash).await?;
    let kind = if fits { Kind::SignedIn } else { Kind::WrongPassword };
    attempt.log.note(Event::new(kind, user).from(attempt.address), now);
    let Some(account) = account.filter(|_| fits) else { return Err(Refusal::Wrong(WRONG)) };
    attempt.guesses.uncount(&counted);
    Ok(SignedIn { user: account.id, password_changed_at: account.password_changed_at })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::{accounts::store::Account, server::db::test_databases};

    const NOW: Instant = Instant(1_800_000_000_000_000);

    #[tokio::test]
    async fn one_argon2_run_answers_each_attempt_whether_the_account_exists_or_not() {
        for test in test_databases().await {
            let (passwords, known, guesses) = (Passwords::new(), KnownDevices::default(), Guesses::new());
            let log = SecurityLog::default();
            let address = ClientAddress(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
            let attempt = Attempt { address, known: &known, guesses: &guesses, log: &log };
            let account = Account {
                id: UserId::new(),
                email: "uma@acme.example".parse().unwrap(),
                password_hash: passwords.hash("correct horse battery").await.unwrap(),
                password_changed_at: NOW,
            };
            let mut tx = test.db.write().await.unwrap();
            assert!(store::insert_user(&mut tx, &account, "Uma", None).await.unwrap());
            tx.commit().await.unwrap();
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
            let (passwords, known, guesses) = (Passwords::new(), KnownDevices::default(), Guesses::new());
            let log = SecurityLog::default();
            let address = ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
            let attempt = Attempt { address, known: &known, guesses: &guesses, log: &log };
            let email = "uma@acme.example".parse().unwrap();
            let tries = (0..30).map(|_| sign_in(&test.db, &passwords, &email, "a guess", &attempt, NOW));
            let answers = futures::future::join_all(tries).await;
            let refused = answers.iter().filter(|answer| matches!(answer, Err(Refusal::TooMany(_)))).count();
            assert_eq!((refused, passwords.runs()), (20, 10));
        }
    }

    #[tokio::test]
    async fn one_password_cannot_be_tried_at_many_accounts_from_many_networks() {
        for test in test_databases().await {
            let (passwords, known, guesses) = (Passwords::new(), KnownDevices::default(), Guesses::new());
            let log = SecurityLog::default();
            let mut refused = 0;
            for number in 0..30_u8 {
                let address = ClientAddress(IpAddr::V4(Ipv4Addr::new(198, 51, number, 7)));
                let attempt = Attempt { address, known: &known, guesses: &guesses, log: &log };
                let email = format!("user{number}@acme.example").parse().unwrap();
                let answer = sign_in(&test.db, &passwords, &email, "Summer2026!", &attempt, NOW).await;
                refused += usize::from(matches!(answer, Err(Refusal::TooMany(_))));
            }
            assert_eq!((refused, passwords.runs()), (5, 25));
        }
    }
}
