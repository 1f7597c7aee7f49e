//! Where domains take their mail, as it was learned in the last day.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant as Moment},
};

use super::TakesMail;

/// How long an answer is kept, whatever its own time to live.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
const KEPT_MAX: usize = 50_000;

/// What is known of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub takes_mail: TakesMail,
    /// Its preferred mail server; the domain itself, where it names none.
    pub host: String,
}

#[derive(Default)]
pub struct Memory(Mutex<HashMap<String, (Route, Moment)>>);

impl Memory {
    pub fn get(&self, domain: &str) -> Option<Route> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(domain).filter(|(_, since)| since.elapsed() < KEPT).map(|(route, _)| route.clone())
    }

    /// Keeps an answer. An unknown one is none.
    pub fn keep(&self, domain: &str, route: &Route) {
        if route.takes_mail == TakesMail::Unknown {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT_MAX {
            known.retain(|_, (_, since)| since.elapsed() < KEPT);
        }
        if known.len() < KEPT_MAX {
            known.insert(domain.to_owned(), (route.clone(), Moment::now()));
        }
    }
}
