//! The first day on which an absent person is back.

mod days;
mod tables;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Known, phrases::Text};
use crate::{mail::message::Message, server::clock::Instant};
use days::{Reader, date_of};
use tables::ENGLISH;

/// Further away than this, it is no absence.
const DAYS_MAX: i64 = 120;

/// In which order a date in figures is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
    Unknown,
}

/// What a day is, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Through,
    Until,
    Back,
}

/// What `text` says of its writer's return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// A day is named, whenever it is.
    pub is_named: bool,
    /// The day, if it is soon.
    pub date: Option<Date>,
}

/// Reads when the writer of `text` is back.
pub fn read(text: &Text, letters: &str, message: &Message, known: &Known<'_>) -> Return {
    let (Some(said_at), Some(today)) = (day(message.date.unwrap_or(known.received_at)), day(known.now)) else {
        return Return { is_named: false, date: None };
    };
    let words: Vec<(&str, usize)> = text.words().collect();
    let order = order(message, &words);
    let mut found = Reader { text, words, said_at, order }.days();
    found.extend(in_characters(letters, said_at));
    let is_named = !found.is_empty();
    let days = found.into_iter().filter_map(|(role, date)| {
        let back = if role == Role::Through { date.tomorrow().ok()? } else { date };
        let is_soon = today < back && today.until(back).is_ok_and(|away| i64::from(away.get_days()) <= DAYS_MAX);
        is_soon.then_some((role, back))
    });
    Return { is_named, date: days.max().map(|(_, date)| date) }
}

fn day(at: Instant) -> Option<Date> {
    Some(Timestamp::from_microsecond(at.micros()).ok()?.to_zoned_datetime(TimeZone::UTC).date())
}

/// American programs write the month first; other languages do not.
fn order(message: &Message, words: &[(&str, usize)]) -> Order {
    let language = message.header("content-language").or_else(|| message.header("accept-language")).unwrap_or_default();
    let language = language.trim().to_ascii_lowercase();
    match language.as_str() {
        "" if !words.iter().any(|(word, _)| ENGLISH.contains(word)) => Order::DayFirst,
        "" | "en" => Order::Unknown,
        language if language.starts_with("en-us") => Order::MonthFirst,
        _ => Order::DayFirst,
    }
}

/// `12月7日`, `2026年12月7日`, `12월 7일`; with `まで` and the like, through that day.
fn in_characters(letters: &str, said_at: Date) -> Option<(Role, Date)> {
    let (at, _) = letters.char_indices().find(|(_, c)| matches!(c, '月' | '월'))?;
    let before = letters[..at].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let after = letters[at..].trim_start_matches(['月', '월', ' ']);
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    let (month, day) = (letters[before..at].parse().ok()?, after[..after.len() - rest.len()].parse().ok()?);
    let rest = rest.trim_start_matches(['日', '일', '号']);
    let is_through = ["まで", "까지", "为止", "前"].iter().any(|word| rest.starts_with(word));
    let this = date_of(said_at.year(), month, day)?;
    let date = if this < said_at { date_of(said_at.year() + 1, month, day)? } else { this };
    Some((if is_through { Role::Through } else { Role::Back }, date))
}
