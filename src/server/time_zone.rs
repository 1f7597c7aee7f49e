//! Time zones by their names.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};

use super::clock::Instant;

/// A time zone by its IANA name, today's or an earlier one (“US/Eastern”, “Asia/Calcutta”). `None`: unknown.
///
/// The system's database comes first, because it is updated; names that it leaves out are found in the binary's own.
pub fn zone(name: &str) -> Option<TimeZone> {
    if ["posix/", "right/"].iter().any(|folder| name.starts_with(folder)) {
        return None;
    }
    let found = TimeZone::get(name).or_else(|_| TimeZoneDatabase::bundled().get(name)).ok()?;
    (!found.is_unknown()).then_some(found)
}

/// The names to choose from, in order: places, and UTC.
pub fn zone_names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let is_place = |name: &str| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/"));
        let is_todays = |name: &str| zone(name).is_some_and(|zone| zone.primary_iana_name() == Some(name));
        let bundled = TimeZoneDatabase::bundled();
        let names = bundled.available().map(|name| name.as_str().to_owned());
        let mut names: Vec<String> = names.filter(|name| is_place(name) && is_todays(name)).collect();
        names.sort();
        names
    });
    &NAMES
}

/// The zone of a name that was checked when it was saved; UTC if it is not known any more.
pub fn zone_or_utc(name: &str) -> TimeZone {
    zone(name).unwrap_or(TimeZone::UTC)
}

/// What clocks in a zone show.
pub fn local(at: Instant, zone: &TimeZone) -> DateTime {
    zone.to_datetime(Timestamp::from_microsecond(at.micros()).unwrap_or_default())
}

/// The day of an instant in a zone.
pub fn date_of(at: Instant, zone: &TimeZone) -> Date {
    local(at, zone).date()
}

/// The first moment of a day in a zone: the first after midnight where clocks skip it.
pub fn start_of(day: Date, zone: &TimeZone) -> Instant {
    let start = zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible();
    Instant(start.map_or(0, Timestamp::as_microsecond))
}

/// The day of an instant in a zone, for people: `22 Nov 2026`.
pub fn date_in(at: Instant, zone: &TimeZone) -> String {
    local(at, zone).strftime("%-d %b %Y").to_string()
}

/// An instant in a zone, for people: `22 Nov 2026, 10:36 (Europe/Berlin)`.
pub fn instant_in(at: Instant, zone: &TimeZone) -> String {
    let name = match zone.iana_name() {
        None | Some("UTC") => "UTC".to_owned(),
        Some(name) => format!("({name})"),
    };
    format!("{} {name}", local(at, zone).strftime("%-d %b %Y, %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 22 November 2026, 23:30 UTC.
    const LATE: Instant = Instant(1_795_390_200_000_000);

    #[test]
    fn near_midnight_the_day_is_that_of_the_zone() {
        let berlin = zone("Europe/Berlin").unwrap();
        assert_eq!(date_of(LATE, &berlin).to_string(), "2026-11-23");
        assert_eq!(date_in(LATE, &berlin), "23 Nov 2026");
        assert_eq!(instant_in(LATE, &berlin), "23 Nov 2026, 00:30 (Europe/Berlin)");
        assert_eq!(instant_in(LATE, &TimeZone::UTC), "22 Nov 2026, 23:30 UTC");
        assert_eq!(instant_in(LATE, &zone("America/New_York").unwrap()), "22 Nov 2026, 18:30 (America/New_York)");
    }

    #[test]
    fn a_day_begins_when_its_clocks_say_so() {
        let start = |day: &str, name: &str| start_of(day.parse().unwrap(), &zone(name).unwrap()).rfc3339();
        assert_eq!(start("2026-11-23", "Europe/Berlin"), "2026-11-22T23:00:00Z");
        assert_eq!(start("2026-07-01", "Europe/Berlin"), "2026-06-30T22:00:00Z");
        // In Santiago the clocks go from 24:00 to 1:00 that night.
        assert_eq!(start("2026-09-06", "America/Santiago"), "2026-09-06T04:00:00Z");
    }
}
