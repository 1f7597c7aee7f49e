//! Days of a local calendar.

use std::fmt;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

use crate::server::clock::Instant;
pub use crate::server::time_zone::{zone, zone_names, zone_or_utc};

/// The years a day may lie in, as days: 0000-01-01 to 9998-12-31.
const FIRST: i64 = -719_528;
const LAST: i64 = 2_932_531;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A day on a local calendar: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Day(pub i64);

impl Day {
    /// Reads an ISO date: “2026-12-24”.
    pub fn parse(text: &str) -> Option<Self> {
        let date: Date = text.trim().parse().ok()?;
        Some(date.into()).filter(|day: &Self| (FIRST..=LAST).contains(&day.0))
    }

    /// The day `days` later, or earlier if negative.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> i64 {
        self.0.saturating_add(3).rem_euclid(7) + 1
    }

    /// The date. Days outside the years 0 to 9998 count as the nearest one inside.
    pub fn date(self) -> Date {
        EPOCH.saturating_add(SignedDuration::from_hours(self.0.clamp(FIRST, LAST) * 24))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date.duration_since(EPOCH).as_hours() / 24)
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        day.date()
    }
}

/// As an ISO date.
impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(formatter)
    }
}

/// The local date at an instant.
pub fn day(at: Instant, zone: &TimeZone) -> Day {
    zone.to_datetime(timestamp(at)).date().into()
}

/// The day that a mailbox counts its mails on: its local date, and never one before the last day on which it sent. So when its
/// time zone changes, no day is counted twice.
pub fn counting_day(at: Instant, zone: &TimeZone, last_sent_on: Option<Day>) -> Day {
    let today = day(at, zone);
    last_sent_on.map_or(today, |last| last.max(today))
}

/// The first moment of a day: 0:00, or the first moment after it where clocks skip it. Where clocks are put back over
/// midnight, so that the day before continues after it, the day begins with the second midnight.
pub fn start_of_day(day: Day, zone: &TimeZone) -> Instant {
    let local = local(day, 0);
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Fold { before, after } => {
            let first_again = after.to_datetime(transition_after(zone, before, local));
            let straddles = first_again.date() < local.date();
            instant(if straddles { after } else { before }, local)
        }
        _ => earliest(local, zone),
    }
}

/// The first moment at which a local clock shows a time, or the first moment after it if it skips that.
pub(super) fn earliest(local: DateTime, zone: &TimeZone) -> Instant {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => instant(offset, local),
        AmbiguousOffset::Fold { before, .. } => instant(before, local),
        AmbiguousOffset::Gap { after, .. } => micros(transition_after(zone, after, local)),
    }
}

/// As [`earliest`], but the last such moment.
pub(super) fn latest(local: DateTime, zone: &TimeZone) -> Instant {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Fold { after, .. } => instant(after, local),
        _ => earliest(local, zone),
    }
}

/// When clocks change next after `local` on a clock with `offset`.
fn transition_after(zone: &TimeZone, offset: Offset, local: DateTime) -> Timestamp {
    let from = stamp(offset, local);
    zone.following(from).next().map_or(from, |transition| transition.timestamp())
}

/// A minute of a day on a local clock: 1440 is the midnight after it.
pub(super) fn local(day: Day, minute: i64) -> DateTime {
    day.date().to_datetime(Time::midnight()).saturating_add(SignedDuration::from_mins(minute.clamp(0, 1440)))
}

fn stamp(offset: Offset, local: DateTime) -> Timestamp {
    offset.to_timestamp(local).unwrap_or(if local.year() < 1970 { Timestamp::MIN } else { Timestamp::MAX })
}

fn instant(offset: Offset, local: DateTime) -> Instant {
    micros(stamp(offset, local))
}

fn micros(stamp: Timestamp) -> Instant {
    Instant(stamp.as_microsecond())
}

/// An instant as the calendar wants it; beyond the year 9999 it is the last moment there is.
pub(in crate::outreach::schedule) fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_microsecond(at.micros()).unwrap_or(if at.micros() < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
