//! Time zones by their names.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

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
