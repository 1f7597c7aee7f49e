//! The rules of time: when a campaign may send, and how fast a mailbox does. Pure functions, no database.
//!
//! | file | what it decides |
//! |---|---|
//! | `day.rs` | the days of a local calendar, and the zones by name |
//! | `week.rs` | the windows of a campaign as instants, and when a follow-up is due |
//! | `pace.rs` | how many mails a mailbox sends a day, and the gaps between them |
//! | `zones.rs`, `regions.rs` | the zone a lead probably lives in |

mod day;
mod pace;
mod regions;
mod week;
mod zones;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod time_tests;

pub(super) use day::timestamp;
pub use {
    day::{Day, counting_day, day, start_of_day, zone, zone_names, zone_or_utc},
    pace::{Chance, Pace, Ramp, first_look},
    week::{Week, Window},
    zones::lead_zone,
};
