//! Towns, as far as they tell a state from a country ("Wilmington, DE") or say where an area is ("Greater Munich").

use std::sync::LazyLock;

use super::{country::Country, state::State};
use crate::directory::contacts::keys::place_key;

/// A town of the kept table: those of 100,000 people, and smaller ones where the country's code is also a state's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Town {
    pub country: Country,
    /// The code of its state in the United States.
    state: &'static str,
    /// How many thousand people live there.
    pub thousands: u32,
}

/// The larger of two towns is meant where it is at least this many times as large.
const CLEARLY_LARGER: u32 = 10;
/// A town that is named alone has at least this many thousand people.
const NAMED_ALONE: u32 = 100;

impl Town {
    /// The towns of a name, the largest first.
    pub fn called(name: &str) -> &'static [(String, Self)] {
        let key = place_key(name);
        let from = TOWNS.partition_point(|(held, _)| *held < key);
        let until = from + TOWNS[from..].partition_point(|(held, _)| *held == key);
        &TOWNS[from..until]
    }

    /// The town that its name means without a country; nothing when there are two.
    pub fn meant_by(name: &str) -> Option<Self> {
        let (_, first) = Self::called(name).first()?;
        let others = Self::called(name).iter().skip(1).map(|(_, town)| town);
        let mut abroad = others.filter(|town| (town.country, town.state) != (first.country, first.state));
        let is_clear = abroad.all(|other| other.thousands.saturating_mul(CLEARLY_LARGER) <= first.thousands);
        (is_clear && first.thousands >= NAMED_ALONE).then_some(*first)
    }

    /// Its state in the United States.
    pub fn state(self) -> Option<State> {
        if self.state.is_empty() { None } else { State::of(self.country, self.state) }
    }

    /// Whether it lies in a state, as far as the table tells.
    pub fn may_be_in(self, state: State) -> bool {
        self.country == state.country && (self.state.is_empty() || self.state == state.code)
    }
}

/// By comparison form, the largest of each name first.
static TOWNS: LazyLock<Vec<(String, Town)>> = LazyLock::new(|| {
    let rows = include_str!("towns.txt").lines().filter(|line| !line.starts_with('#'));
    let mut countries: Vec<Country> = Country::all().collect();
    countries.sort_unstable_by_key(|country| country.code());
    let mut towns: Vec<(String, Town)> = rows
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let (name, code, state, thousands) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
            let place = countries.binary_search_by_key(&code, |country| country.code()).ok()?;
            Some((place_key(name), Town { country: countries[place], state, thousands: thousands.parse().ok()? }))
        })
        .collect();
    towns.sort_by(|(one, town), (other, rival)| one.cmp(other).then(rival.thousands.cmp(&town.thousands)));
    towns
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_town_named_alone_is_the_large_one() {
        let meant = |name| Town::meant_by(name).map(|town| town.country.code());
        assert_eq!(meant("Munich"), Some("DE"));
        assert_eq!(meant("München"), Some("DE"));
        assert_eq!(meant("London"), Some("GB"));
        assert_eq!(meant("San Francisco"), Some("US"));
        assert_eq!(meant("Cambridge"), None, "there are two");
        assert_eq!(meant("Springfield"), None);
        assert_eq!(meant("Nowhere"), None);
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = include_str!("towns.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(TOWNS.len(), rows);
        assert!(rows > 13_000);
    }
}
