//! Passwords: argon2id (RFC 9106) off the async threads, a few at a time, in memory that is kept and used again.

use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::Semaphore;

use crate::server::error::AppError;

/// Most hashes at once. Each takes 19 MiB and a core.
const AT_ONCE_MAX: usize = 4;
/// How long a sign-in waits for its turn before the answer is "busy".
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Stands in for the hash of an account that does not exist: checking against it takes the same work (a test holds it to
/// the parameters of new hashes) and no password fits it.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS0wMA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks password hashes, a few at a time.
pub struct Passwords {
    turns: Arc<Semaphore>,
    memory: Arc<Memory>,
    /// How often argon2 ran: what an account costs, known or not, is compared in tests by this.
    runs: AtomicU64,
}

/// What argon2 works in. Each block of 19 MiB that is given back to the allocator may stay with the thread that had it, and
/// there are many threads; so it is kept here instead, one for each turn.
type Memory = Mutex<Vec<Vec<Block>>>;

/// The one of this process: memory and processors are shared by all of it.
pub static PASSWORDS: LazyLock<Passwords> = LazyLock::new(Passwords::new);

impl Passwords {
    /// Takes turns on half of the cores, so that pages have the others however many sign in.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Arc::new(Semaphore::new((cores / 2).clamp(1, AT_ONCE_MAX)));
        Self { turns, memory: Arc::default(), runs: AtomicU64::new(0) }
    }

    /// The hash to store for `password`, with a salt of its own (PHC string).
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run(move |memory| {
            let (argon2, salt) = (Argon2::default(), Salt::generate());
            let output = output_of(&argon2, password.as_bytes(), &salt, Params::DEFAULT_OUTPUT_LEN, memory)?;
            let params = ParamsString::try_from(argon2.params())?;
            let (algorithm, version) = (Algorithm::default().ident(), Some(Version::default().into()));
            Ok(PasswordHash { algorithm, version, params, salt: Some(salt), hash: Some(output) }.to_string())
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
        let fits = self.run(move |memory| {
            let stored = PasswordHash::new(&hash)?;
            let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
                anyhow::bail!("a stored password hash has no salt or no hash");
            };
            let version = stored.version.map_or(Ok(Version::default()), Version::try_from)?;
            let argon2 =
                Argon2::new(Algorithm::try_from(stored.algorithm.as_str())?, version, Params::try_from(&stored)?);
            // Compared in constant time.
            Ok(output_of(&argon2, password.as_bytes(), &salt, expected.len(), memory)? == expected)
        });
        Ok(fits.await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.turns.clone().acquire_owned());
        let turn = turn.await.map_err(|_| AppError::Busy)?.map_err(anyhow::Error::from)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        let kept = self.memory.clone();
        let done = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, even when nobody waits for the answer any more.
            let _turn = turn;
            let mut memory = kept.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let done = work(&mut memory);
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            done
        });
        Ok(done.await.map_err(anyhow::Error::from)??)
    }

    /// How often argon2 ran.
    #[cfg(test)]
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }
}

/// Runs argon2 in `memory`, which grows to what it needs.
fn output_of(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &Salt,
    length: usize,
    memory: &mut Vec<Block>,
) -> anyhow::Result<Output> {
    memory.resize(argon2.params().block_count(), Block::new());
    let mut bytes = vec![0; length];
    argon2.hash_password_into_with_memory(password, salt, &mut bytes, memory.as_mut_slice())?;
    Ok(Output::new(&bytes)?)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let plain = Argon2::default().verify_password(b"correct horse battery", &PasswordHash::new(&hash).unwrap());
        assert!(plain.is_ok(), "the library agrees");
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

    #[tokio::test]
    async fn hashes_one_after_the_other_use_the_same_memory() {
        let passwords = Passwords::new();
        for _ in 0..3 {
            passwords.fits("anything at all", None).await.unwrap();
        }
        let kept = passwords.memory.lock().unwrap();
        assert_eq!(kept.iter().map(Vec::len).collect::<Vec<_>>(), [Params::DEFAULT.block_count()]);
    }
}
