//! How many mails a mailbox sends a day, and how fast. Chance is a hash, so that every draw can be repeated.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Day;
use crate::server::clock::Instant;

/// No drawn pause between two mails is longer, in seconds: a mailbox with room never looks idle.
const GAP_LONGEST_S: i64 = 45 * 60;
/// The first mail of a day leaves within this many seconds of the opening, so that mailboxes do not all start at once.
const START_SPREAD_S: f64 = 600.0;

/// How much and how fast a mailbox sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Mails a day.
    pub daily_cap: i64,
    /// Seconds between two mails, drawn between the two.
    pub gap_min_s: i64,
    pub gap_max_s: i64,
    /// Whether a full day's mails are spread over the day's windows.
    pub spread: bool,
    /// Slow start.
    pub ramp: Option<Ramp>,
}

/// Slow start: `start` mails on the first day, `step` more on each further day on which it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    pub start: i64,
    pub step: i64,
    /// Days on which it sent at least one mail before today.
    pub days: i64,
}

impl Pace {
    /// Mails that it may send on this day.
    pub fn cap(&self) -> i64 {
        let ramped = self.ramp.map(|ramp| ramp.start.saturating_add(ramp.step.saturating_mul(ramp.days)));
        ramped.map_or(self.daily_cap, |ramped| ramped.min(self.daily_cap)).max(0)
    }

    /// The pause after the mail that is the day's `number`th, with `seconds_left` in the day's windows for `mails_left` of
    /// the cap: never shorter than the shortest gap, so that mails keep their distance whatever is left.
    pub fn gap(&self, chance: &Chance, number: i64, seconds_left: i64, mails_left: i64) -> Duration {
        let width = self.gap_max_s - self.gap_min_s + 1;
        let drawn = self.gap_min_s + share_of(width, chance.of(number, "gap"));
        let even = if self.spread && mails_left > 0 {
            share_of(seconds_left.max(0), (0.7 + 0.6 * chance.of(number, "spread")) / mails_left as f64)
        } else {
            0
        };
        let longest = GAP_LONGEST_S.max(self.gap_max_s);
        let seconds = drawn.max(even).min(longest).max(self.gap_min_s);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

/// Chance that can be repeated: a hash of workspace, mailbox and day.
#[derive(Debug, Clone)]
pub struct Chance(Sha256);

impl Chance {
    pub fn new(workspace: Uuid, mailbox: Uuid, day: Day) -> Self {
        let hash = Sha256::new().chain_update(workspace.as_bytes()).chain_update(mailbox.as_bytes());
        Self(hash.chain_update(day.0.to_be_bytes()))
    }

    /// A number from 0 to below 1, for the day's `number`th mail and what it is drawn for.
    pub fn of(&self, number: i64, word: &str) -> f64 {
        let hash = self.0.clone().chain_update(number.to_be_bytes()).chain_update(word).finalize();
        let first = hash.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (first >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// When a mailbox looks first on a day whose window opens at `opens_at`: within ten minutes.
pub fn first_look(opens_at: Instant, chance: &Chance) -> Instant {
    let seconds = (chance.of(0, "start") * START_SPREAD_S) as u64;
    opens_at.plus(Duration::from_secs(seconds))
}

/// That share of a whole number, rounded down.
fn share_of(whole: i64, share: f64) -> i64 {
    (whole as f64 * share) as i64
}
