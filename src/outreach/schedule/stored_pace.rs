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
}

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
            ramp: self.ramp_start.map(|start| Ramp { start, step: self.ramp_step, days: sent_before }),
        }
    }
}
