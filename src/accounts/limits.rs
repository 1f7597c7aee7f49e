//! Limits on guessing and on what costs mail or credits.
//!
//! Guesses and sign-ups are counted in memory ([`super::guesses`]): a refused one costs neither a hash nor a write. What sends a mail or
//! gives credits is counted in the database, so that it holds across copies of the server.
//!
//! What is counted, and why nobody can shut somebody else out with it:
//! * failures at an account from browsers that never signed in to it (one count for all of them together). Whoever fills
//!   it shuts out strangers; a browser the owner used before has its own count ([`super::known_device`]);
//! * failures from one network, whatever the accounts, except from known browsers;
//! * failures with one password, whatever the accounts and networks: whoever owns an account with it has a known browser;
//! * links asked for an account: beyond the limit no further mail goes out, but those sent keep working. Resetting the
//!   password is never refused because of failed sign-ins, and makes the owner's new browser a known one.

use std::time::Duration;

use super::{UserId, WorkspaceId, client::ClientAddress, known_device::KnownDevices, secret};
use crate::{
    email::Email,
    on,
    server::{clock::Instant, db::Tx, error::AppError, hexadecimal::hexadecimal},
};

const QUARTER_HOUR: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Failures in a day with one and the same password, whichever accounts it is tried at.
const SAME_PASSWORD_MAX: i64 = 25;

/// So many attempts per window, counted under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub(super) key: String,
    pub(super) attempts_max: i64,
    pub(super) window: Duration,
}

/// Too many; how long until the window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("too many attempts")]
pub struct TooMany {
    pub retry_after: Duration,
}

impl TooMany {
    /// For `Retry-After`: whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        self.retry_after.as_secs_f64().ceil().max(1.0) as u64
    }

    /// For people.
    pub fn wait_text(self) -> String {
        match self.seconds().div_ceil(60) {
            1 => "a minute".into(),
            minutes @ ..=90 => format!("{minutes} minutes"),
            minutes => format!("{} hours", minutes.div_ceil(60)),
        }
    }
}

impl From<TooMany> for AppError {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany { retry_after_seconds: too_many.seconds() }
    }
}

/// What counts a guess at the password of `email` (which need not exist: the answer must not tell).
pub fn guesses(
    email: &Email,
    password_key: &str,
    user: Option<UserId>,
    known: &KnownDevices,
    address: ClientAddress,
) -> Vec<Limit> {
    if let Some(device) = user.and_then(|user| known.device_of(user)) {
        return vec![Limit::new(format!("guess, device {device}"), 10, QUARTER_HOUR)];
    }
    let account = Limit::new(format!("guess, account {}", fingerprint(email)), 10, QUARTER_HOUR);
    let password = Limit::new(format!("guess, password {password_key}"), SAME_PASSWORD_MAX, DAY);
    [account, password].into_iter().chain(by_network("guess", address, [50, 200, 400], QUARTER_HOUR)).collect()
}

/// What counts new accounts from one network.
pub fn sign_ups(address: ClientAddress) -> Vec<Limit> {
    by_network("sign-up", address, [20, 60, 120], HOUR)
}

/// What counts free credits given to one network.
pub fn promotions(address: ClientAddress) -> Vec<Limit> {
    by_network("promotion", address, [5, 10, 20], DAY)
}

/// What counts free credits given by the whole instance.
pub fn promotions_of_all(per_day: i64) -> Limit {
    Limit::new("promotion, instance".into(), per_day, DAY)
}

/// What counts wrong current passwords of somebody signed in.
pub fn password_changes(user: UserId) -> Limit {
    Limit::new(format!("change, user {user}"), 10, QUARTER_HOUR)
}

/// What counts links asked from one network.
pub fn links_asked(address: ClientAddress) -> Vec<Limit> {
    by_network("link", address, [20, 60, 120], HOUR)
}

/// What counts links sent to one account.
pub fn links_sent(email: &Email) -> Limit {
    Limit::new(format!("link, account {}", fingerprint(email)), 5, HOUR)
}

/// What counts links for proving a mailbox, and what is mailed instead of one. Not with those for new passwords: a stranger who
/// signs up with an address again and again must not keep its owner from one.
pub fn confirmations_sent(email: &Email) -> Limit {
    Limit::new(format!("confirmation, account {}", fingerprint(email)), 5, HOUR)
}

/// What counts people of one network who ask not to be written to: each may be a mail to a stranger.
pub fn objections_asked(address: ClientAddress) -> Vec<Limit> {
    by_network("objection", address, [10, 40, 80], HOUR)
}

/// What counts links for objections to one address.
pub fn objections_sent(email: &Email) -> Limit {
    Limit::new(format!("objection, address {}", fingerprint(email)), 3, DAY)
}

/// What counts invitations of one workspace: each may be a mail to a stranger.
pub fn invitations(workspace: WorkspaceId) -> Limit {
    Limit::new(format!("invitation, workspace {workspace}"), 60, HOUR)
}

/// One limit for each of the networks that a client is in: an IPv4 address and its /24 have the first and the last number, an
/// IPv6 customer all three (/64, /56, /48).
fn by_network(what: &str, address: ClientAddress, most: [i64; 3], window: Duration) -> Vec<Limit> {
    let networks = address.networks();
    let most: &[i64] = if networks.len() == 2 { &[most[0], most[2]] } else { &most };
    let limits = networks
        .iter()
        .zip(most)
        .map(|(network, most)| Limit::new(format!("{what}, network {network}"), *most, window));
    limits.collect()
}

impl Limit {
    /// So many attempts per window, counted under `key`.
    pub fn new(key: String, attempts_max: i64, window: Duration) -> Self {
        Self { key, attempts_max, window }
    }

    /// Counts one attempt before it is made, so that attempts at the same moment cannot slip through together.
    ///
    /// # Errors
    /// [`TooMany`] beyond the limit; further attempts do not prolong it. The caller commits in both cases.
    pub async fn take(&self, tx: &mut Tx, now: Instant) -> sqlx::Result<Result<(), TooMany>> {
        let (failures, window_start): (i64, Instant) = on!(tx, c => sqlx::query_as(
            "insert into attempts (key, failures, window_start) values ($1, 1, $2)
             on conflict (key) do update set
               failures = case when attempts.window_start <= $3 then 1 else attempts.failures + 1 end,
               window_start = case when attempts.window_start <= $3 then $2 else attempts.window_start end
             returning failures, window_start")
            .bind(&self.key).bind(now).bind(now.minus(self.window)).fetch_one(c).await)?;
        if failures <= self.attempts_max {
            return Ok(Ok(()));
        }
        Ok(Err(self.too_many(window_start, now)))
    }

    /// What is refused until the window ends that began at `window_start`.
    pub(super) fn too_many(&self, window_start: Instant, now: Instant) -> TooMany {
        let micros = window_start.plus(self.window).micros() - now.micros();
        TooMany { retry_after: Duration::from_micros(u64::try_from(micros).unwrap_or(0)) }
    }
}

/// Addresses are not kept in the table of attempts: people type passwords into the wrong field.
fn fingerprint(email: &Email) -> String {
    hexadecimal(&secret::hash_of(email.as_str())[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::test_databases;

    const START: Instant = Instant(1_800_000_000_000_000);

    fn limit(attempts_max: i64) -> Limit {
        Limit::new("test".into(), attempts_max, QUARTER_HOUR)
    }

    #[tokio::test]
    async fn a_limit_opens_again_when_its_window_ends_however_often_it_was_tried() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            for _ in 0..3 {
                assert_eq!(limit(3).take(&mut tx, START).await.unwrap(), Ok(()));
            }
            let later = START.plus(Duration::from_secs(300));
            for _ in 0..20 {
                let too_many = limit(3).take(&mut tx, later).await.unwrap().unwrap_err();
                assert_eq!(too_many.seconds(), 600);
                assert_eq!(too_many.wait_text(), "10 minutes");
                assert_eq!(TooMany { retry_after: DAY }.wait_text(), "24 hours");
            }
            assert_eq!(limit(3).take(&mut tx, START.plus(QUARTER_HOUR)).await.unwrap(), Ok(()));
        }
    }

    #[test]
    fn a_known_browser_is_counted_for_itself_and_strangers_share_the_account() {
        let config = crate::server::config::Config::parse(|_| None).unwrap();
        let uma: Email = "uma@acme.example".parse().unwrap();
        let (user, address) = (UserId::new(), ClientAddress("203.0.113.9".parse().unwrap()));
        let cookie = KnownDevices::default().remember(user, &config);
        let pair = cookie.split(';').next().unwrap().parse().unwrap();
        let known = KnownDevices::of(&axum::http::HeaderMap::from_iter([(axum::http::header::COOKIE, pair)]), &config);
        let strangers = guesses(&uma, "p", Some(user), &KnownDevices::default(), address);
        let own = guesses(&uma, "p", Some(user), &known, address);
        assert_eq!(strangers.len(), 4, "the account, the password, the address and its network");
        assert_eq!(own.len(), 1, "the browser alone");
        assert!(!strangers.contains(&own[0]));
        assert_eq!(
            strangers,
            guesses(&uma, "p", None, &known, address),
            "an account that does not exist is counted alike"
        );
        assert!(strangers.iter().all(|limit| !limit.key.contains("uma")));
    }
}
