//! What is remembered of questions that got no answer, so that neither pages nor queues wait for it again and again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant as Moment},
};

/// After this number of questions in a row without any answer, no server is asked for a while.
pub const SILENT_MAX: u32 = 5;
const SILENT_PAUSE: Duration = Duration::from_secs(30);
/// How long a name that could not be looked up is not asked for again.
const FAILED_PAUSE: Duration = Duration::from_secs(120);
/// Names that are remembered; the oldest go first.
const FAILED_MAX: usize = 10_000;

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// There was an answer, if only that there is nothing.
    Answer,
    /// The server spoke, but could not say: SERVFAIL, REFUSED, a broken zone. Its fault is the name's, not the server's.
    Failure,
    /// Nothing was heard in time.
    Silence,
}

#[derive(Default)]
pub struct Silence(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Questions in a row without a word.
    silent: u32,
    silent_since: Option<Moment>,
    failed: HashMap<String, Moment>,
}

impl Silence {
    /// Whether to ask for `name` at all.
    pub fn asks(&self, name: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = known.silent_since.is_some_and(|since| since.elapsed() < SILENT_PAUSE);
        !is_silent && known.failed.get(name).is_none_or(|since| since.elapsed() >= FAILED_PAUSE)
    }

    pub fn note(&self, name: &str, heard: Heard) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.silent = if heard == Heard::Silence { known.silent + 1 } else { 0 };
        known.silent_since = (known.silent >= SILENT_MAX).then(Moment::now);
        if heard == Heard::Answer {
            known.failed.remove(name);
            return;
        }
        if known.failed.len() >= FAILED_MAX {
            known.failed.retain(|_, since| since.elapsed() < FAILED_PAUSE);
        }
        if known.failed.len() < FAILED_MAX {
            known.failed.insert(name.to_owned(), Moment::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_counts_as_silence_and_failures_concern_their_name() {
        let silence = Silence::default();
        for name in ["a", "b", "c", "d", "e", "f"] {
            silence.note(name, Heard::Failure);
        }
        assert!(!silence.asks("a"));
        assert!(silence.asks("g"));
        for name in ["1", "2", "3", "4"] {
            silence.note(name, Heard::Silence);
        }
        assert!(silence.asks("g"));
        silence.note("5", Heard::Silence);
        assert!(!silence.asks("g"));
        silence.note("a", Heard::Answer);
        assert!(silence.asks("a"));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let silence = Silence::default();
        for name in 0..FAILED_MAX + 10 {
            silence.note(&name.to_string(), Heard::Failure);
        }
        assert_eq!(silence.0.lock().unwrap().failed.len(), FAILED_MAX);
    }
}
