//! Passwords: argon2id (RFC 9106) off the async threads, a few at a time.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::server::error::AppError;

/// Fewest characters of a new password.
pub const PASSWORD_CHARACTERS_MIN: usize = 10;
/// Most characters of a new password: room for any passphrase, but not for a book.
pub const PASSWORD_CHARACTERS_MAX: usize = 200;

/// Each one takes 19 MiB, so the permits bound the memory as well as the processor time.
const AT_ONCE_MAX: usize = 4;
/// How long a sign-in waits for its turn before the answer is "busy".
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Stands in for the hash of an account that does not exist: checking against it takes the same work (a test holds it to
/// the parameters of new hashes) and no password fits it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS0wMA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks password hashes, a few at a time.
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// How often argon2 ran: what an account costs, known or not, is compared in tests by this.
    runs: AtomicU64,
}

/// The one of this process: memory and processors are shared by all of it.
pub static PASSWORDS: LazyLock<Passwords> = LazyLock::new(Passwords::new);

/// What is wrong with a new password, if anything.
///
/// Length is what counts (NIST SP 800-63B, section 3.1.1.2); no rules about digits and signs.
pub fn fault_of(password: &str, email: &str) -> Option<String> {
    let characters = password.chars().count();
    if characters == 0 {
        return Some(format!("Choose a password with at least {PASSWORD_CHARACTERS_MIN} characters."));
    }
    if characters < PASSWORD_CHARACTERS_MIN {
        return Some(format!("This password is too short: use at least {PASSWORD_CHARACTERS_MIN} characters."));
    }
    if characters > PASSWORD_CHARACTERS_MAX {
        return Some(format!("This password is too long: use at most {PASSWORD_CHARACTERS_MAX} characters."));
    }
    let first = password.chars().next();
    if password.chars().all(|character| Some(character) == first) {
        return Some("This password repeats one character. Use several words, for example.".into());
    }
    if password.to_lowercase() == email {
        return Some("This password is your email address. Choose one that others do not know.".into());
    }
    None
}

impl Passwords {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new(cores.min(AT_ONCE_MAX))), runs: AtomicU64::new(0) }
    }

    /// The hash to store for `password`, with a salt of its own (PHC string).
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string())
                .map_err(|error| anyhow::anyhow!("a password could not be hashed: {error}"))
        })
        .await
    }

    /// Whether `password` fits `hash`. Without a hash (no such account) it takes the same work and never fits.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub async fn fits(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let fits = self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|error| anyhow::anyhow!("a stored password hash: {error}"))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.turns.clone().acquire_owned());
        let turn = turn.await.map_err(|_| AppError::Busy)?.map_err(anyhow::Error::from)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, even when nobody waits for the answer any more.
            let _turn = turn;
            work()
        });
        Ok(done.await.map_err(anyhow::Error::from)??)
    }

    /// How often argon2 ran.
    #[cfg(test)]
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.fits("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!passwords.fits("correct horse batterz", Some(&hash)).await.unwrap());
        assert_ne!(hash, passwords.hash("correct horse battery").await.unwrap(), "each hash has its own salt");
    }

    #[tokio::test]
    async fn an_account_that_does_not_exist_costs_the_same_work_and_never_fits() {
        let passwords = Passwords::new();
        assert!(!passwords.fits("anything at all", None).await.unwrap());
        assert_eq!(passwords.runs(), 1);
        let parameters = |hash: &str| hash.rsplitn(3, '$').last().unwrap().to_owned();
        let fresh = passwords.hash("anything at all").await.unwrap();
        assert_eq!(parameters(NOBODY), parameters(&fresh), "the stand-in must cost what a new hash costs");
        assert_eq!(NOBODY.len(), fresh.len());
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_a_book() {
        let fault = |password: &str| fault_of(password, "uma.rossi@acme.example");
        assert!(fault("").unwrap().contains("at least 10"));
        assert!(fault("ninechars").unwrap().contains("too short"));
        assert!(fault("pässwörter").is_none(), "characters count, not bytes");
        assert!(fault(&"ab".repeat(100)).is_none());
        assert!(fault(&"ab".repeat(101)).unwrap().contains("too long"));
        assert!(fault("aaaaaaaaaaaa").unwrap().contains("repeats"));
        assert!(fault("Uma.Rossi@acme.example").unwrap().contains("email address"));
    }
}
