//! Failed guesses at passwords, counted in the memory of this process: before anything is hashed or written.
//!
//! Each copy of the server counts for itself, and a restart begins anew: both give a guesser a few more tries, and a guess
//! costs no one else a turn of the database's writer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::limits::{Limit, TooMany};
use crate::server::{clock::Instant, hexadecimal::hexadecimal};

/// Keys that are counted at the same time: a few MiB.
const KEYS_MAX: usize = 50_000;

/// The counts of this process.
pub struct Guesses {
    /// Random in each process. Passwords are told apart under it; it is written nowhere.
    secret: [u8; 32],
    counts: Mutex<HashMap<String, Count>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: i64,
    window_start: Instant,
    ends: Instant,
}

impl Guesses {
    pub fn new() -> Self {
        Self { secret: rand::random(), counts: Mutex::default() }
    }

    /// Names a password without saying it: what is kept is of no use without this process's secret.
    pub fn password_key(&self, password: &str) -> String {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        hexadecimal(&mac.chain_update(password).finalize().into_bytes()[..8])
    }

    /// Counts one attempt under each of `limits` before it is made, so that attempts at the same moment cannot slip through
    /// together.
    ///
    /// # Errors
    /// [`TooMany`] when any of them is exceeded: the longest wait. Further attempts do not prolong it.
    pub fn take(&self, limits: &[Limit], now: Instant) -> Result<(), TooMany> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut counts, now);
        let mut longest: Option<TooMany> = None;
        for limit in limits {
            let begun = Count { failures: 0, window_start: now, ends: now.plus(limit.window) };
            let count = counts.entry(limit.key.clone()).or_insert(begun);
            if count.ends <= now {
                *count = begun;
            }
            count.failures += 1;
            if count.failures > limit.attempts_max {
                longest = longest.max(Some(limit.too_many(count.window_start, now)));
            }
        }
        longest.map_or(Ok(()), Err)
    }

    /// Takes an attempt back that turned out well: only failures count. The others' failures stay.
    pub fn uncount(&self, limits: &[Limit]) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for limit in limits {
            if let Some(count) = counts.get_mut(&limit.key) {
                count.failures = (count.failures - 1).max(0);
            }
        }
    }
}

/// Forgets what is over; when that is not enough, the half that began first.
fn make_room(counts: &mut HashMap<String, Count>, now: Instant) {
    if counts.len() < KEYS_MAX {
        return;
    }
    counts.retain(|_, count| count.ends > now);
    if counts.len() >= KEYS_MAX {
        let mut starts: Vec<Instant> = counts.values().map(|count| count.window_start).collect();
        let (_, middle, _) = starts.select_nth_unstable(KEYS_MAX / 2);
        let middle = *middle;
        counts.retain(|_, count| count.window_start > middle);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Instant = Instant(1_800_000_000_000_000);
    const WINDOW: Duration = Duration::from_secs(900);

    fn limit(key: &str, attempts_max: i64) -> Limit {
        Limit { key: key.into(), attempts_max, window: WINDOW }
    }

    #[test]
    fn a_limit_opens_again_when_its_window_ends_however_often_it_was_tried() {
        let guesses = Guesses::new();
        let limits = [limit("one", 3), limit("wide", 100)];
        for _ in 0..3 {
            assert_eq!(guesses.take(&limits, START), Ok(()));
        }
        let later = START.plus(Duration::from_secs(300));
        for _ in 0..20 {
            assert_eq!(guesses.take(&limits, later).unwrap_err().seconds(), 600);
        }
        assert_eq!(guesses.take(&limits, START.plus(WINDOW)), Ok(()));
    }

    #[test]
    fn an_attempt_that_went_well_does_not_count() {
        let guesses = Guesses::new();
        for _ in 0..50 {
            assert_eq!(guesses.take(&[limit("one", 1)], START), Ok(()));
            guesses.uncount(&[limit("one", 1)]);
        }
    }

    #[test]
    fn however_many_keys_are_tried_the_memory_is_bounded() {
        let guesses = Guesses::new();
        for number in 0..3 * KEYS_MAX {
            let now = START.plus(Duration::from_micros(u64::try_from(number).unwrap()));
            let _ = guesses.take(&[limit(&number.to_string(), 1)], now);
        }
        assert!(guesses.counts.lock().unwrap().len() <= KEYS_MAX);
        let (one, other) = (guesses.password_key("one"), guesses.password_key("other"));
        assert_ne!(one, other);
        assert_ne!(one, Guesses::new().password_key("one"), "of no use elsewhere");
    }
}
