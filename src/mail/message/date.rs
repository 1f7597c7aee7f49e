//! Dates of messages (RFC 5322 section 3.3), built with checks: `mail-parser` takes 31 February.

use jiff::{civil::DateTime, tz::Offset};
use mail_parser::parsers::MessageStream;

use crate::server::clock::Instant;

/// The zones that RFC 5322 section 4.3 knows by a word, in hours.
const ZONES: [(&str, i32); 8] =
    [("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)];

/// The moment that a Date field says, if it exists.
pub fn instant(value: &str) -> Option<Instant> {
    let line = format!("{value}\n");
    let found = MessageStream::new(line.as_bytes()).parse_date().into_datetime()?;
    let small = |number: u8| i8::try_from(number).ok();
    let local = DateTime::new(
        i16::try_from(found.year).ok().filter(|year| (1990..=2200).contains(year))?,
        small(found.month)?,
        small(found.day)?,
        small(found.hour)?,
        small(found.minute)?,
        small(found.second.min(59))?,
        0,
    )
    .ok()?;
    let said = i32::from(found.tz_hour) * 60 + i32::from(found.tz_minute);
    let minutes = if found.tz_before_gmt { -said } else { said };
    let by_word = ZONES.iter().find(|(zone, _)| value.split_whitespace().any(|word| word == *zone));
    let minutes = by_word.map_or(minutes, |(_, hours)| hours * 60);
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    Some(Instant(offset.to_timestamp(local).ok()?.as_microsecond()))
}
