//! The windows of a campaign, as instants; and when a follow-up is due.

use std::{collections::BTreeSet, time::Duration};

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::day::{Day, day, earliest, latest, local, start_of_day, timestamp};
use crate::server::clock::Instant;

/// How far ahead a window is looked for.
const DAYS_AHEAD: i64 = 370;
/// How far back the beginning of an open window is looked for, where windows touch across midnight.
const DAYS_BACK: i64 = 7;
/// The least time between two mails to one person.
const FOLLOW_UP_LEAST: Duration = Duration::from_secs(4 * 60 * 60);

/// A time of day on one weekday, in which mails may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Window {
    /// 1 is Monday, 7 is Sunday.
    pub weekday: i64,
    /// Minutes since midnight, on the local clock.
    pub from_minute: i64,
    /// Not included; 1440 is the end of the day.
    pub to_minute: i64,
}

/// When a campaign may send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week {
    pub windows: Vec<Window>,
    pub days_off: BTreeSet<Day>,
    pub starts_on: Option<Day>,
    /// The last day.
    pub ends_on: Option<Day>,
}

impl Week {
    /// The windows of a day as instants, in order, each from its first moment to the first one after it. Windows that touch
    /// or overlap are one.
    ///
    /// A time that clocks skip counts as the first moment after the gap; of one that they show twice, a window takes both. No
    /// window reaches into another day.
    pub fn windows_of(&self, day: Day, zone: &TimeZone) -> Vec<(Instant, Instant)> {
        if !self.is_open_on(day) {
            return Vec::new();
        }
        let (midnight, next_midnight) = (start_of_day(day, zone), earliest(local(day.plus(1), 0), zone));
        let mut spans: Vec<_> = self
            .windows_on(day)
            .map(|window| {
                let to = latest(local(day, window.to_minute), zone).min(next_midnight);
                (earliest(local(day, window.from_minute), zone).max(midnight), to)
            })
            .filter(|(from, to)| from < to)
            .collect();
        spans.sort_unstable();
        merged(spans)
    }

    /// The window that contains `at`, else the first later one, at most 370 days ahead. Windows that touch across midnight
    /// are one.
    pub fn next_window(&self, at: Instant, zone: &TimeZone) -> Option<(Instant, Instant)> {
        let today = day(at, zone);
        let mut found: Option<(Instant, Instant)> = None;
        for ahead in -DAYS_BACK..=DAYS_AHEAD {
            for (from, to) in self.windows_of(today.plus(ahead), zone) {
                match &mut found {
                    Some((_, end)) if *end == from => *end = to,
                    Some((_, end)) if *end > at => return found,
                    _ => found = Some((from, to)),
                }
            }
        }
        found.filter(|(_, end)| *end > at)
    }

    /// When the next mail to a person is due, `delay_days` after the last one, at the same time of day,
    /// counting only days with a window if `working_days`. At least four hours later.
    ///
    /// It need not lie in a window: those are asked when a mail is picked.
    pub fn due(&self, last_sent: Instant, delay_days: i64, working_days: bool, zone: &TimeZone) -> Instant {
        let least = last_sent.plus(FOLLOW_UP_LEAST);
        if delay_days <= 0 {
            return least;
        }
        let sent = zone.to_datetime(timestamp(last_sent));
        let due_on = self.days_later(sent.date().into(), delay_days, working_days);
        earliest(due_on.date().to_datetime(sent.time()), zone).max(least)
    }

    /// The day `delay` days later, counting all days or those that have a window.
    pub(in crate::outreach::schedule) fn days_later(&self, from: Day, delay: i64, working_days: bool) -> Day {
        if !working_days || self.windows.is_empty() {
            return from.plus(delay);
        }
        let (mut day, mut left) = (from, delay);
        // Each week has one of the days, except for the days off.
        let bound = 7 * (delay + i64::try_from(self.days_off.len()).unwrap_or(i64::MAX / 14));
        for _ in 0..bound {
            if left == 0 {
                break;
            }
            day = day.plus(1);
            left -= i64::from(self.is_working_day(day));
        }
        day
    }

    /// Whether a day has a window, whatever the campaign's first and last day are.
    fn is_working_day(&self, day: Day) -> bool {
        !self.days_off.contains(&day) && self.windows_on(day).next().is_some()
    }

    fn is_open_on(&self, day: Day) -> bool {
        let begun = self.starts_on.is_none_or(|first| first <= day);
        let ended = self.ends_on.is_some_and(|last| last < day);
        begun && !ended && !self.days_off.contains(&day)
    }

    fn windows_on(&self, day: Day) -> impl Iterator<Item = &Window> {
        let weekday = day.weekday();
        self.windows.iter().filter(move |window| window.weekday == weekday && window.from_minute < window.to_minute)
    }
}

/// Joins spans that touch or overlap; they come in the order of their beginnings.
fn merged(spans: Vec<(Instant, Instant)>) -> Vec<(Instant, Instant)> {
    let mut joined: Vec<(Instant, Instant)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => joined.push((from, to)),
        }
    }
    joined
}
