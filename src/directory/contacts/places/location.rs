//! A place as files and networks write it: "San Francisco, CA", "London Area, United Kingdom", "Greater Munich Metropolitan Area".

use super::{area, country::Country, state::State, town::Town};
use crate::directory::contacts::keys::fold;

/// Town, region and country as they are kept; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    pub city: String,
    pub region: String,
    pub country: String,
}

impl Location {
    /// What a file says in columns of their own, and in one that holds the whole place. Known countries and states get their one
    /// name; what is empty is filled from the others as far as they leave no doubt.
    pub fn of(city: &str, region: &str, country: &str, whole: &str) -> Self {
        let known = Country::recognise(country);
        let mut place = Self {
            city: area::town_of(city).unwrap_or(city).to_owned(),
            region: region.to_owned(),
            country: known.map_or(country, |known| known.name()).to_owned(),
        };
        if !region.is_empty() {
            place.settle_region(known);
        }
        if !whole.is_empty() && [&place.city, &place.region, &place.country].iter().any(|part| part.is_empty()) {
            place.fill(Self::read(whole));
        }
        place
    }

    /// Reads "City", "City, ST", "City, Country", "City, Region, Country", a country, or an area.
    pub fn read(text: &str) -> Self {
        if let Some(country) = Country::recognise(text).filter(|_| !is_code_of_both(text)) {
            let city = if CITY_STATES.contains(&country.code()) { country.name() } else { "" };
            return Self { city: city.to_owned(), country: country.name().to_owned(), ..Self::default() };
        }
        if let Some((front, country)) = before_official_form(text) {
            return Self::in_country(front, country);
        }
        match parts_of(text)[..] {
            [] => Self::default(),
            [alone] => Self::alone(alone),
            [city, last] => Self::of_two(city, last),
            [city, region, .., last] => Self::of_three(city, region, last),
        }
    }

    fn alone(text: &str) -> Self {
        if let [state] = State::called(text)
            && Town::called(text).is_empty()
            && fold(text).len() > 3
        {
            return Self::of_state("", *state);
        }
        let city = area::town_of(text).unwrap_or(text);
        let town = Town::meant_by(city);
        let state = town.and_then(Town::state).filter(|_| city != text);
        Self {
            city: city.to_owned(),
            region: state.map_or("", |state| state.name).to_owned(),
            country: town.map_or("", |town| town.country.name()).to_owned(),
        }
    }

    fn of_two(city: &str, last: &str) -> Self {
        let city = area::town_of(city).unwrap_or(city);
        match meaning(city, last) {
            Meaning::State(state) => Self::of_state(city, state),
            Meaning::Country(country) => {
                Self { city: city.to_owned(), country: country.name().to_owned(), ..Self::default() }
            }
            Meaning::Doubtful => Self { city: city.to_owned(), region: last.to_owned(), ..Self::default() },
            Meaning::Unknown => {
                let country = Town::meant_by(city).map_or("", |town| town.country.name());
                Self { city: city.to_owned(), region: last.to_owned(), country: country.to_owned() }
            }
        }
    }

    fn of_three(city: &str, region: &str, last: &str) -> Self {
        let city = area::town_of(city).unwrap_or(city);
        match meaning(city, last) {
            Meaning::State(state) => Self::of_state(city, state),
            Meaning::Country(country) => Self {
                city: city.to_owned(),
                region: State::of(country, region).map_or(region, |state| state.name).to_owned(),
                country: country.name().to_owned(),
            },
            Meaning::Doubtful | Meaning::Unknown => {
                Self { city: city.to_owned(), region: region.to_owned(), country: last.to_owned() }
            }
        }
    }

    fn in_country(front: &str, country: Country) -> Self {
        let parts = parts_of(front);
        let [city, region] = [0, 1].map(|at| parts.get(at).copied().unwrap_or_default());
        Self {
            city: area::town_of(city).unwrap_or(city).to_owned(),
            region: State::of(country, region).map_or(region, |state| state.name).to_owned(),
            country: country.name().to_owned(),
        }
    }

    fn of_state(city: &str, state: State) -> Self {
        Self { city: city.to_owned(), region: state.name.to_owned(), country: state.country.name().to_owned() }
    }

    /// A state gets its one name, and tells the country where no column does.
    fn settle_region(&mut self, country: Option<Country>) {
        let state = match country {
            Some(country) => State::of(country, &self.region),
            None if self.country.is_empty() => state_meant(&self.city, &self.region),
            None => None,
        };
        if let Some(state) = state {
            state.name.clone_into(&mut self.region);
            state.country.name().clone_into(&mut self.country);
        }
    }

    /// What another reading knows of the same place. One of another country knows nothing of it.
    fn fill(&mut self, other: Self) {
        if !self.country.is_empty() && !other.country.is_empty() && self.country != other.country {
            return;
        }
        let fill = |own: &mut String, other: String| {
            if own.is_empty() {
                *own = other;
            }
        };
        fill(&mut self.city, other.city);
        fill(&mut self.region, other.region);
        fill(&mut self.country, other.country);
    }
}

/// Towns that are countries, or go by the same name.
const CITY_STATES: [&str; 6] = ["SG", "HK", "MO", "MC", "GI", "VA"];

/// What stands behind a town.
enum Meaning {
    Country(Country),
    State(State),
    /// It may be the one or the other.
    Doubtful,
    Unknown,
}

/// Whether `last` behind a town is a state or a country: of several readings, the one that has the larger town of that name. Where
/// none has it, two letters are a state of the United States, as only there they are customary.
fn meaning(city: &str, last: &str) -> Meaning {
    let (country, states) = (Country::recognise(last), State::called(last));
    match (country, states) {
        (None, []) => return Meaning::Unknown,
        (None, [state]) => return Meaning::State(*state),
        (Some(country), []) => return Meaning::Country(country),
        _ => {}
    }
    let towns = Town::called(city);
    let largest = |fits: &dyn Fn(&Town) -> bool| {
        towns.iter().map(|(_, town)| town).find(|town| fits(town)).map_or(0, |town| town.thousands)
    };
    let of_country = country.map_or(0, |country| largest(&|town| town.country == country));
    let of_state = |state: &State| largest(&|town| town.may_be_in(*state));
    let Some(state) = states.iter().max_by_key(|state| (of_state(state), state.country.code() == "US")) else {
        return Meaning::Doubtful;
    };
    match (country, of_country, of_state(state)) {
        (Some(country), people, others) if people > others => Meaning::Country(country),
        (_, _, people) if people > 0 => Meaning::State(*state),
        _ if state.country.code() == "US" && fold(last).len() == 2 => Meaning::State(*state),
        _ => Meaning::Doubtful,
    }
}

/// The state that a region means where no country is known.
fn state_meant(city: &str, region: &str) -> Option<State> {
    match State::called(region) {
        [] => None,
        [state] if fold(region).len() > 3 && Country::recognise(region).is_none() => Some(*state),
        _ if city.is_empty() => None,
        states => {
            let towns = Town::called(city);
            let in_state = |state: &&State| towns.iter().any(|(_, town)| town.may_be_in(**state));
            let mut fitting = states.iter().filter(in_state);
            fitting.next().filter(|_| fitting.next().is_none()).copied()
        }
    }
}

/// Whether a text is a code of a country and of a state: alone it may be either.
fn is_code_of_both(text: &str) -> bool {
    fold(text).len() == 2 && !State::called(text).is_empty()
}

/// A country at the end in a form that itself has several parts, and what stands before it: "Tehran, Iran, Islamic Republic of".
fn before_official_form(text: &str) -> Option<(&str, Country)> {
    let commas = text.match_indices(',').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let has_parts = |country: &str| country.contains([',', '(']);
    commas.filter(|(_, last)| has_parts(last)).find_map(|(front, last)| Some((front, Country::called(last)?)))
}

/// The parts of a place, without postcodes and without a street in front.
fn parts_of(text: &str) -> Vec<&str> {
    let parts = |signs: &[char]| -> Vec<&str> {
        text.split(signs).map(without_postcode).filter(|part| !part.is_empty()).collect()
    };
    let mut found = parts(&[',', ';', '|', '·', '•', '(', ')']);
    if let [alone] = found[..] {
        found = [" - ", " – ", " / "]
            .iter()
            .find_map(|sign| alone.split_once(sign))
            .map_or(found, |(city, last)| vec![city, last]);
    }
    while found.len() > 2 && found[0].starts_with(|letter: char| letter.is_ascii_digit()) {
        found.remove(0);
    }
    found
}

/// "10115 Berlin" is Berlin, "CA 94105" is California.
fn without_postcode(part: &str) -> &str {
    let is_postcode = |word: &str| {
        word.len() >= 4 && word.chars().all(|letter| letter.is_ascii_digit() || letter == '-') && !word.starts_with('-')
    };
    let part = part.trim();
    let part = part.split_once(' ').filter(|(first, _)| is_postcode(first)).map_or(part, |(_, rest)| rest);
    let part = part.rsplit_once(' ').filter(|(_, last)| is_postcode(last)).map_or(part, |(rest, _)| rest);
    if is_postcode(part) { "" } else { part.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String, String) {
        let Location { city, region, country } = Location::read(text);
        (city, region, country)
    }

    fn place(city: &str, region: &str, country: &str) -> (String, String, String) {
        (city.to_owned(), region.to_owned(), country.to_owned())
    }

    #[test]
    fn a_country_in_its_official_form_is_one_part() {
        assert_eq!(read("Tehran, Iran, Islamic Republic of"), place("Tehran", "", "Iran"));
        assert_eq!(
            read("Tehran, Tehran Province, Iran (Islamic Republic of)"),
            place("Tehran", "Tehran Province", "Iran")
        );
        assert_eq!(read("Greater Seoul Area, Korea, Republic of"), place("Seoul", "", "South Korea"));
        assert_eq!(read("Austin, Texas, United States"), place("Austin", "Texas", "United States"));
    }

    /// Case 27: states by two letters are no countries.
    #[test]
    fn a_state_behind_a_town_is_no_country() {
        for (text, city, region, country) in [
            ("San Francisco, CA", "San Francisco", "California", "United States"),
            ("Wilmington, DE", "Wilmington", "Delaware", "United States"),
            ("Indianapolis, IN", "Indianapolis", "Indiana", "United States"),
            ("Denver, CO", "Denver", "Colorado", "United States"),
            ("Atlanta, GA", "Atlanta", "Georgia", "United States"),
            ("Atlanta, Georgia", "Atlanta", "Georgia", "United States"),
            ("Richmond, VA", "Richmond", "Virginia", "United States"),
            ("Austin, TX", "Austin", "Texas", "United States"),
            ("Austin, Texas, United States", "Austin", "Texas", "United States"),
            ("Smallville, CO", "Smallville", "Colorado", "United States"),
            ("Toronto, ON, Canada", "Toronto", "Ontario", "Canada"),
            ("Toronto, ON", "Toronto", "Ontario", "Canada"),
            ("Sydney, NSW", "Sydney", "New South Wales", "Australia"),
            ("Perth, WA", "Perth", "Western Australia", "Australia"),
            ("Seattle, WA", "Seattle", "Washington", "United States"),
            ("San Francisco, CA 94105", "San Francisco", "California", "United States"),
            ("1 Main Street, Springfield, IL 62701, USA", "Springfield", "Illinois", "United States"),
        ] {
            assert_eq!(read(text), place(city, region, country), "{text}");
        }
    }

    #[test]
    fn a_country_behind_a_town_is_no_state() {
        for (text, city, country) in [
            ("Tbilisi, Georgia", "Tbilisi", "Georgia"),
            ("Berlin, DE", "Berlin", "Germany"),
            ("Bogotá, CO", "Bogotá", "Colombia"),
            ("Toronto, CA", "Toronto", "Canada"),
            ("Mumbai, IN", "Mumbai", "India"),
            ("Amsterdam, NL", "Amsterdam", "Netherlands"),
            ("Buenos Aires, AR", "Buenos Aires", "Argentina"),
            ("München, Deutschland", "München", "Germany"),
            ("10115 Berlin, Germany", "Berlin", "Germany"),
            ("Paris - France", "Paris", "France"),
            ("Berlin (Germany)", "Berlin", "Germany"),
            ("Lyon | FR", "Lyon", "France"),
        ] {
            assert_eq!(read(text), place(city, "", country), "{text}");
        }
    }

    /// Case 28.
    #[test]
    fn areas_of_networks_are_a_town_and_its_country() {
        for (text, city, region, country) in [
            ("London Area, United Kingdom", "London", "", "United Kingdom"),
            ("Greater Munich Metropolitan Area", "Munich", "", "Germany"),
            ("San Francisco Bay Area", "San Francisco", "California", "United States"),
            ("Paris et périphérie", "Paris", "", "France"),
            ("Berlin, Berlin, Germany", "Berlin", "Berlin", "Germany"),
            ("Germany", "", "", "Germany"),
            ("London, England, United Kingdom", "London", "England", "United Kingdom"),
            ("Greater London", "London", "", "United Kingdom"),
            ("Munich, Bavaria", "Munich", "Bavaria", "Germany"),
            ("Singapore", "Singapore", "", "Singapore"),
            ("California", "", "California", "United States"),
            ("Iran, Islamic Republic of", "", "", "Iran"),
        ] {
            assert_eq!(read(text), place(city, region, country), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_places_has_no_country() {
        for (text, city, region) in [
            ("Cambridge", "Cambridge", ""),
            ("Nowhere", "Nowhere", ""),
            ("Smallville, Georgia", "Smallville", "Georgia"),
        ] {
            assert_eq!(read(text), place(city, region, ""), "{text}");
        }
        assert_eq!(read("CA").2, "", "California or Canada");
        assert_eq!(read(""), place("", "", ""));
    }

    #[test]
    fn columns_fill_what_others_leave_out() {
        let of = |city, region, country, whole| {
            let Location { city, region, country } = Location::of(city, region, country, whole);
            (city, region, country)
        };
        assert_eq!(of("Austin", "TX", "USA", ""), place("Austin", "Texas", "United States"));
        assert_eq!(of("Austin", "Texas", "", ""), place("Austin", "Texas", "United States"));
        assert_eq!(of("Austin", "TX", "", ""), place("Austin", "Texas", "United States"));
        assert_eq!(of("", "WA", "", ""), place("", "WA", ""), "Washington or Western Australia");
        assert_eq!(of("", "", "Atlantis", ""), place("", "", "Atlantis"));
        assert_eq!(of("", "", "Germany", "Munich"), place("Munich", "", "Germany"));
        assert_eq!(of("", "", "Germany", "Paris, France"), place("", "", "Germany"));
        assert_eq!(of("Greater Munich Metropolitan Area", "", "", ""), place("Munich", "", ""));
    }
}
