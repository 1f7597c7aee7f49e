//! Reading the form of a standing request.

use jiff::{civil::Date, tz::TimeZone};

use super::Pace;
use crate::{
    campaigns::LeadCount,
    fields::FieldErrors,
    server::{clock::Instant, form::Form, time_zone::start_of},
};

impl Pace {
    /// Reads the fields `per_day` (empty: as fast as credits allow), `per_month` (empty: no limit), `total`, `until`, `from_hour` and `to_hour`.
    ///
    /// Days are those of `zone`.
    ///
    /// # Errors
    /// What to change, by field.
    pub fn parse(form: &Form, zone: &TimeZone, now: Instant) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let per_day = match form.text("per_day") {
            "" => None,
            text => LeadCount::parse(text).map_err(|fault| errors.add("per_day", fault)).ok(),
        };
        let per_month = match form.text("per_month") {
            "" => None,
            text => LeadCount::parse(text).map_err(|fault| errors.add("per_month", fault)).ok(),
        };
        let total = LeadCount::parse(form.text("total")).map_err(|fault| errors.add("total", fault)).ok();
        let until = match form.text("until") {
            "" => None,
            text => {
                match text.parse::<Date>().ok().and_then(|day| day.tomorrow().ok()).map(|day| start_of(day, zone)) {
                    Some(end) if end > now => Some(end),
                    Some(_) => {
                        errors.add("until", "This day has passed. Choose a later one, or leave it empty.");
                        None
                    }
                    None => {
                        errors.add("until", "Write the day as year-month-day, for example 2026-12-31.");
                        None
                    }
                }
            }
        };
        let hours = match (form.text("from_hour"), form.text("to_hour")) {
            ("", "") => None,
            (from, to) => match (hour(from), hour(to)) {
                (Some(from), Some(to)) if from != to => Some((from, to)),
                _ => {
                    errors.add("from_hour", "Choose two different hours, or none.");
                    None
                }
            },
        };
        match total {
            Some(total) if errors.is_empty() => Ok(Self { per_day, per_month, total, until, hours }),
            _ => Err(errors),
        }
    }
}

fn hour(text: &str) -> Option<i64> {
    text.parse().ok().filter(|hour| (0..24).contains(hour))
}
