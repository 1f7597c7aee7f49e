//! Time as the product sees it. The clock comes from the app state, so that a test can set it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

/// A moment in UTC, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    pub fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    pub fn minus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// RFC 3339 in UTC, to the second.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default()
    }
}

/// Where "now" comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// A clock that stands until it is set (microseconds since 1970).
    Fixed(Arc<AtomicI64>),
    /// A clock that a file sets (development only): see [`Clock::following`].
    File(Arc<PathBuf>),
}

impl Clock {
    pub fn fixed(at: Instant) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    /// A clock that follows `file`, read anew each time: an RFC 3339 instant (the clock stands there), or an offset from
    /// the system's clock such as `+3 days`, `1mo 2h` or `-90m` (the clock runs). Without the file, or while it holds
    /// neither, it is the system's clock.
    pub fn following(file: PathBuf) -> Self {
        Self::File(Arc::new(file))
    }

    pub fn now(&self) -> Instant {
        match self {
            Self::System => system(),
            Self::Fixed(at) => Instant(at.load(Ordering::SeqCst)),
            Self::File(file) => told_by(file).unwrap_or_else(system),
        }
    }

    /// Moves a fixed clock; any other stays as it is.
    pub fn advance(&self, by: std::time::Duration) {
        if let Self::Fixed(at) = self {
            at.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn system_time() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn system() -> Instant {
    Instant(system_time().as_microsecond())
}

fn told_by(file: &Path) -> Option<Instant> {
    read_clock(&std::fs::read_to_string(file).ok()?, system_time())
}

/// The instant that `text` stands for when the system's clock says `now`.
fn read_clock(text: &str, now: jiff::Timestamp) -> Option<Instant> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(Instant(stamp.as_microsecond()));
    }
    let offset: jiff::Span = text.parse().ok()?;
    let moved = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).checked_add(offset).ok()?;
    Some(Instant(moved.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_file_holds_an_instant_or_an_offset() {
        let now: jiff::Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let read = |text| read_clock(text, now).map(Instant::rfc3339);
        assert_eq!(read("2027-02-28T08:00:00Z\n").as_deref(), Some("2027-02-28T08:00:00Z"));
        assert_eq!(read("2027-02-28T08:00:00+02:00").as_deref(), Some("2027-02-28T06:00:00Z"));
        assert_eq!(read("+3 days").as_deref(), Some("2026-12-03T12:00:00Z"));
        assert_eq!(read("3mo 2h").as_deref(), Some("2027-02-28T14:00:00Z"));
        assert_eq!(read("-90m").as_deref(), Some("2026-11-30T10:30:00Z"));
        assert_eq!((read(""), read("tomorrow")), (None, None));
    }

    #[test]
    fn a_clock_without_its_file_is_the_systems_and_follows_the_file_once_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = Clock::following(file.clone());
        assert!(clock.now() >= system().minus(std::time::Duration::from_secs(5)));
        std::fs::write(&file, "2027-01-31T00:00:00Z").unwrap();
        assert_eq!(clock.now().rfc3339(), "2027-01-31T00:00:00Z");
    }
}
