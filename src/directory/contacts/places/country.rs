//! Countries: one name for each, found by its names in many languages, its official forms and its ISO 3166 codes.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::LazyLock,
};

use serde::{Deserialize, Serialize};

use crate::directory::contacts::keys::fold;

/// A country of the kept list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(u16);

impl Country {
    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..COUNTRIES.len()).map(|place| Self(place as u16))
    }

    /// Its English name.
    pub fn name(self) -> &'static str {
        COUNTRIES[usize::from(self.0)].name
    }

    /// Its ISO 3166-1 alpha-2 code.
    pub fn code(self) -> &'static str {
        COUNTRIES[usize::from(self.0)].two_letters
    }

    /// The country of an ISO 3166-1 alpha-2 code in capitals.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::all().find(|country| country.code() == code)
    }

    /// Finds a country by any of its names ("USA", "Deutschland", "Korea, Republic of"), its ISO codes, or several of these that
    /// agree ("Germany (DE)").
    pub fn recognise(text: &str) -> Option<Self> {
        Self::called(text).or_else(|| {
            let mut parts = text.split(PART_SIGNS).map(str::trim).filter(|part| !part.is_empty());
            let first = Self::called(parts.next()?)?;
            let (mut others, mut agree) = (0, true);
            parts.for_each(|part| (others, agree) = (others + 1, agree && Self::called(part) == Some(first)));
            (others > 0 && agree).then_some(first)
        })
    }

    /// Finds a country by one of its names or codes.
    pub fn called(text: &str) -> Option<Self> {
        let key = fold(text);
        let wanted = without_article(&key);
        BY_KEY.get(wanted).or_else(|| BY_KEY.get(wanted.replace(' ', "").as_str())).copied().flatten()
    }
}

/// What stands between two names of one country.
const PART_SIGNS: [char; 11] = ['(', ')', '[', ']', '/', '|', ';', ':', '-', '–', ','];

fn without_article(key: &str) -> &str {
    key.strip_prefix("the ").unwrap_or(key)
}

/// A row of the kept table.
struct Row {
    two_letters: &'static str,
    three_letters: &'static str,
    name: &'static str,
    english: &'static str,
    others: &'static str,
}

static COUNTRIES: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = include_str!("countries.txt").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let mut cells = row.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        Row { two_letters: cell(), three_letters: cell(), name: cell(), english: cell(), others: cell() }
    })
    .collect()
});

/// Countries by the comparison form of every name they answer to: with and without its spaces ("U.S.A." folds to "u s a"),
/// and by their codes. What comes first keeps a name: an alias never hides a country. Of other languages, a name that two
/// countries claim is neither's.
static BY_KEY: LazyLock<HashMap<String, Option<Country>>> = LazyLock::new(|| {
    let mut by_key: HashMap<String, Option<Country>> = HashMap::new();
    let rows = || Country::all().zip(COUNTRIES.iter());
    for (country, row) in rows() {
        for name in [row.name, row.two_letters, row.three_letters] {
            by_key.entry(fold(name)).or_insert(Some(country));
        }
    }
    for (country, row) in rows() {
        let own = OTHER_NAMES
            .iter()
            .filter(|(code, _)| *code == row.two_letters)
            .flat_map(|(_, names)| names.iter().copied());
        for name in row.english.split('|').chain(own) {
            let key = fold(name);
            by_key.entry(key.replace(' ', "")).or_insert(Some(country));
            by_key.entry(without_article(&key).to_owned()).or_insert(Some(country));
        }
    }
    let mut foreign: HashMap<String, Option<Country>> = HashMap::new();
    for (country, row) in rows() {
        for key in row.others.split('|').map(fold) {
            for key in [key.replace(' ', ""), key] {
                match foreign.entry(key) {
                    Entry::Vacant(free) => drop(free.insert(Some(country))),
                    Entry::Occupied(mut taken) if *taken.get() != Some(country) => drop(taken.insert(None)),
                    Entry::Occupied(_) => {}
                }
            }
        }
    }
    for (key, country) in foreign {
        by_key.entry(key).or_insert(country);
    }
    by_key.remove("");
    by_key
});

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::recognise(&text).ok_or_else(|| format!("no country is called “{text}”"))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.name().to_owned()
    }
}

/// Names that lists of contacts use and the kept data does not have.
const OTHER_NAMES: [(&str, &[&str]); 22] = [
    ("AE", &["Emirates"]),
    ("BA", &["Bosnia"]),
    ("CD", &["DRC", "DR Congo", "Congo Kinshasa"]),
    ("CG", &["Congo Brazzaville"]),
    ("CN", &["PRC", "P.R. China", "Mainland China"]),
    ("GB", &["U.K.", "Britain", "England", "Scotland", "Wales", "Northern Ireland"]),
    ("GR", &["Hellas"]),
    ("HK", &["Hong Kong SAR"]),
    ("IE", &["Éire", "Republic of Ireland"]),
    ("IN", &["Bharat"]),
    ("KP", &["DPRK"]),
    ("KR", &["Korea"]),
    ("MK", &["Macedonia", "FYROM"]),
    ("MM", &["Burma"]),
    ("MO", &["Macau", "Macao SAR"]),
    ("NL", &["Holland"]),
    ("SA", &["KSA"]),
    ("SZ", &["Swaziland"]),
    ("TL", &["East Timor"]),
    ("TW", &["Taiwan ROC"]),
    ("US", &["America", "U.S. of A."]),
    ("ZA", &["RSA"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(text: &str) -> Option<&'static str> {
        Country::recognise(text).map(Country::name)
    }

    #[test]
    fn countries_answer_to_their_aliases() {
        for (text, name) in [
            ("USA", "United States"),
            ("u.s.", "United States"),
            ("us", "United States"),
            ("UK", "United Kingdom"),
            ("Deutschland", "Germany"),
            ("the netherlands", "Netherlands"),
            ("Côte d'Ivoire", "Ivory Coast"),
            ("Türkiye", "Turkey"),
            ("ESPAÑA", "Spain"),
            ("IN", "India"),
            ("DEU", "Germany"),
            ("GBR", "United Kingdom"),
            ("Royaume-Uni", "United Kingdom"),
            ("Vereinigtes Königreich", "United Kingdom"),
            ("Estados Unidos", "United States"),
            ("Iran, Islamic Republic of", "Iran"),
            ("Taiwan, Province of China", "Taiwan"),
            ("Germany (DE)", "Germany"),
            ("DE - Germany", "Germany"),
            ("Deutschland/Germany", "Germany"),
            ("Guinea-Bissau", "Guinea-Bissau"),
            ("Congo - Kinshasa", "Democratic Republic of the Congo"),
            ("Swiss Confederation", "Switzerland"),
            ("England", "United Kingdom"),
        ] {
            assert_eq!(name_of(text), Some(name), "{text}");
        }
        for text in ["Atlantis", "", "Germany (AT)", "Germany / Austria", "-", "EMEA", "North America"] {
            assert_eq!(name_of(text), None, "{text}");
        }
    }

    /// One town's country in each language that the table has.
    #[test]
    fn countries_are_known_in_twenty_languages() {
        let germany = [
            "Allemagne",
            "Alemania",
            "Germania",
            "Alemanha",
            "Duitsland",
            "Niemcy",
            "Германия",
            "德国",
            "德國",
            "ドイツ",
            "독일",
            "ألمانيا",
            "Almanya",
            "Tyskland",
            "Saksa",
            "Německo",
            "Germany",
            "Deutschland",
        ];
        assert!(germany.iter().all(|name| name_of(name) == Some("Germany")));
        let sweden =
            ["Suède", "Suecia", "Svezia", "Suécia", "Zweden", "Szwecja", "Швеция", "瑞典", "スウェーデン", "스웨덴"];
        assert!(sweden.iter().all(|name| name_of(name) == Some("Sweden")));
    }

    #[test]
    fn every_country_leads_back_to_itself() {
        for country in Country::all() {
            assert_eq!(Country::recognise(country.name()), Some(country));
            assert_eq!(Country::recognise(country.code()), Some(country));
        }
        assert!(Country::all().map(|country| fold(country.name())).is_sorted());
    }

    /// Against an independent list: no country is missing, none of its codes or its ISO name is unknown.
    #[test]
    fn every_country_of_iso_3166_is_known_by_its_codes_and_its_name() {
        assert_eq!(Country::all().count(), rust_iso3166::ALL.len() + 1, "and Kosovo");
        for iso in rust_iso3166::ALL {
            let known = Country::recognise(iso.alpha2).map(Country::code);
            assert_eq!(known, Some(iso.alpha2));
            assert_eq!(Country::recognise(iso.alpha3).map(Country::code), known, "{}", iso.alpha3);
            assert_eq!(Country::recognise(iso.name).map(Country::code), known, "{}", iso.name);
        }
    }

    /// Official forms have commas of their own: no list of countries and no place is parted there.
    #[test]
    fn official_forms_with_commas_are_one_country() {
        use crate::directory::{Criteria, contacts::places::location::Location};
        // ISO writes "Iran (Islamic Republic of)", lists of it "Iran, Islamic Republic of".
        let with_comma = |name: &str| match name.strip_suffix(')').and_then(|name| name.split_once(" (")) {
            Some((short, rest)) if !name.contains('[') => format!("{short}, {rest}"),
            _ => name.to_owned(),
        };
        let forms = rust_iso3166::ALL.iter().map(|iso| with_comma(iso.name)).filter(|name| name.contains(','));
        let forms: Vec<String> = forms.collect();
        assert!(forms.len() >= 15 && forms.iter().any(|form| form == "Iran, Islamic Republic of"), "{forms:?}");
        let countries = |text: &str| {
            let reading = Criteria::read(&[("countries".to_owned(), text.to_owned())]);
            assert!(reading.unknown.is_empty() && reading.errors.is_empty(), "{text}");
            reading.criteria.values("countries").to_vec()
        };
        for form in &forms {
            let name = Country::recognise(form).unwrap().name();
            assert_eq!(countries(form), [name]);
            assert_eq!(countries(&form.to_uppercase()), [name]);
            assert_eq!(countries(&form.replace(", ", ",")), [name]);
            let others: Vec<&str> = ["Germany", "France"].into_iter().filter(|other| *other != name).collect();
            assert_eq!(countries(&format!("Germany, {form}, France")), [others[0], name, others[1]]);
            let place = Location::read(&format!("Newtown, {form}"));
            assert_eq!((place.city.as_str(), place.country.as_str()), ("Newtown", name), "{form}");
            assert_eq!(Location::read(form).country, name);
            let iso = form.replacen(", ", " (", 1) + ")";
            assert_eq!(
                (countries(&iso), Location::read(&format!("Newtown, {iso}")).city),
                (vec![name.to_owned()], "Newtown".to_owned())
            );
        }
        let all = forms.join(", ");
        let names: Vec<&str> = forms.iter().map(|form| Country::recognise(form).unwrap().name()).collect();
        assert_eq!(countries(&all), names);
    }

    #[test]
    fn no_name_of_the_table_leads_to_another_country() {
        for (country, row) in Country::all().zip(COUNTRIES.iter()) {
            for name in row.english.split('|').filter(|name| !name.is_empty()) {
                let found = Country::recognise(name);
                assert!(found == Some(country) || name == "Congo", "{name}: {found:?}");
            }
        }
    }
}
