//! The pace of a mailbox as its row holds it.

use serde::Deserialize;
use sqlx::FromRow;

use super::rules::{Day, Pace, Ramp, counting_day, zone_or_utc};
use crate::server::clock::Instant;

/// How much and how fast a mailbox sends, and how far its slow start is: these columns of `mailboxes`, under their names.
#[derive(Debug, Clone, FromRow, Deserialize)]
pub struct StoredPace {
    pub time_zone: String,
    pub daily_cap: i64,
    pub gap_min_s: i64,
    pub gap_max_s: i64,
    pub spread: bool,
    pub ramp_start: Option<i64>,
    pub ramp_step: i64,
    /// Days on which it sent at least one mail, and the last of them.
    pub ramp_days: i64,
    pub ramp_day: Option<Day>,
    /// The operator's limit for the first day: [`FIRST_DAY`].
    pub first_day: Option<i64>,
}

/// The operator's limit for the first day of a mailbox as a column of a statement, for [`StoredPace::first_day`].
pub const FIRST_DAY: &str = "(select l.first_day from sending_limits l where l.id = 1) as first_day";

impl StoredPace {
    /// The day that the mailbox counts its mails on.
    pub fn today(&self, at: Instant) -> Day {
        counting_day(at, &zone_or_utc(&self.time_zone), self.ramp_day)
    }

    /// With the slow start as it counts on this day.
    pub fn on(&self, today: Day) -> Pace {
        let sent_before = self.ramp_days - i64::from(self.ramp_day == Some(today));
        Pace {
            daily_cap: self.daily_cap,
            gap_min_s: self.gap_min_s,
            gap_max_s: self.gap_max_s,
            spread: self.spread,
            ramp: self.ramp(sent_before),
        }
    }

    /// The slow start that the workspace chose, but no faster than the operator lets it be; without one, the operator's.
    fn ramp(&self, days: i64) -> Option<Ramp> {
        let own = self.ramp_start.map(|start| (start, self.ramp_step));
        let limit = self.first_day.map(|first| (first, first));
        let (start, step) = match (own, limit) {
            (Some((start, step)), Some((first, more))) => (start.min(first), step.min(more)),
            (one, other) => one.or(other)?,
        };
        Some(Ramp { start, step, days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cap(first_day: Option<i64>, ramp_start: Option<i64>, ramp_days: i64) -> i64 {
        let pace = StoredPace {
            time_zone: "UTC".into(),
            daily_cap: 500,
            gap_min_s: 60,
            gap_max_s: 60,
            spread: false,
            ramp_start,
            ramp_step: 2,
            ramp_days,
            ramp_day: None,
            first_day,
        };
        pace.on(Day(20_000)).cap()
    }

    #[test]
    fn a_new_mailbox_begins_no_faster_than_the_operator_lets_it() {
        assert_eq!([0, 1, 9, 10].map(|days| cap(Some(50), None, days)), [50, 100, 500, 500], "without a slow start");
        assert_eq!([0, 1].map(|days| cap(Some(50), Some(5), days)), [5, 7], "a slower one stays");
        assert_eq!([0, 1].map(|days| cap(Some(3), Some(5), days)), [3, 5], "a faster one is held back");
        assert_eq!([cap(None, None, 0), cap(None, Some(5), 1)], [500, 7], "without the operator's limit");
    }
}
