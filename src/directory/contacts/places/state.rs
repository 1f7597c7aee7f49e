//! States of large countries, which people write behind a town: "Austin, TX".

use std::{collections::HashMap, sync::LazyLock};

use super::country::Country;
use crate::directory::contacts::keys::fold;

/// A state, province or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub country: Country,
    /// Its code in the country: `TX`.
    pub code: &'static str,
    pub name: &'static str,
}

impl State {
    /// All states that have this name or code.
    pub fn called(text: &str) -> &'static [Self] {
        let key = fold(text);
        BY_KEY.get(&key).or_else(|| BY_KEY.get(&key.replace(' ', ""))).map_or(&[], Vec::as_slice)
    }

    /// The state of a country by its name or code.
    pub fn of(country: Country, text: &str) -> Option<Self> {
        Self::called(text).iter().copied().find(|state| state.country == country)
    }
}

static BY_KEY: LazyLock<HashMap<String, Vec<State>>> = LazyLock::new(|| {
    let mut by_key: HashMap<String, Vec<State>> = HashMap::new();
    for row in include_str!("states.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (country, code, name) = (cell(), cell(), cell());
        let Some(state) = Country::of_code(country).map(|country| State { country, code, name }) else { continue };
        let others = OTHER_NAMES.iter().filter(|(of, its, _)| (*of, *its) == (country, code)).map(|(.., other)| *other);
        for key in [code, name].into_iter().chain(others).map(fold) {
            let states = by_key.entry(key).or_default();
            if !states.contains(&state) {
                states.push(state);
            }
        }
    }
    by_key
});

/// Names in use that the standard does not have.
const OTHER_NAMES: [(&str, &str, &str); 10] = [
    ("US", "DC", "Washington DC"),
    ("US", "DC", "Washington D.C."),
    ("IN", "OD", "Orissa"),
    ("IN", "PY", "Pondicherry"),
    ("IN", "DL", "NCR"),
    ("IN", "DL", "Delhi NCR"),
    ("MX", "CMX", "CDMX"),
    ("MX", "COA", "Coahuila de Zaragoza"),
    ("MX", "MIC", "Michoacán de Ocampo"),
    ("MX", "VER", "Veracruz de Ignacio de la Llave"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_found_by_code_and_by_name() {
        let name = |country, text| State::of(Country::of_code(country).unwrap(), text).map(|state| state.name);
        assert_eq!(name("US", "ca"), Some("California"));
        assert_eq!(name("US", "D.C."), Some("District of Columbia"));
        assert_eq!(name("CA", "Quebec"), name("CA", "QC"));
        assert_eq!(name("AU", "NSW"), Some("New South Wales"));
        assert_eq!(name("BR", "SP"), Some("São Paulo"));
        assert_eq!(name("IN", "Karnataka"), name("IN", "KA"));
        assert_eq!(name("MX", "Jalisco"), name("MX", "JAL"));
        assert_eq!(name("DE", "CA"), None);
        assert_eq!(State::called("WA").len(), 2, "Washington and Western Australia");
    }

    #[test]
    fn the_states_of_six_countries_are_complete() {
        for (country, states) in [("US", 51), ("CA", 13), ("AU", 8), ("BR", 27), ("IN", 36), ("MX", 32)] {
            let country = Country::of_code(country).unwrap();
            let mut known: Vec<&str> =
                BY_KEY.values().flatten().filter(|state| state.country == country).map(|state| state.code).collect();
            known.sort_unstable();
            known.dedup();
            assert_eq!(known.len(), states, "{}", country.name());
        }
    }
}
