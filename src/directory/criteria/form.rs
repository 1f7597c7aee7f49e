//! Criteria as a form or an address sends them and as a form shows them again.

use std::collections::BTreeSet;

use super::{
    Criteria, PER_COMPANY_MAX,
    filter::{FILTERS, Typed, VALUES_MAX, Values},
};
use crate::{
    directory::contacts::{keys::one_line, quality::Quality, size::SIZE_MAX},
    fields::FieldErrors,
};

/// Longer values than this are refused.
pub const VALUE_LENGTH_MAX: usize = 200;

/// Why a typed value is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It can be mended; the message is for people.
    Unknown(String),
    /// It is nothing that was ever meant, such as a rest of a pasted table: left out, and counted.
    Rubbish,
}

/// A form read as far as it can be.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What could be read.
    pub criteria: Criteria,
    /// What must be mended, by field.
    pub errors: FieldErrors,
    /// Values that no list knows. They are not in the criteria.
    pub unknown: Vec<Unknown>,
    /// Values that stand for others than were typed, such as a list in one line.
    pub spelt: Vec<Spelt>,
    /// What was left out without harm, by field.
    pub notes: FieldErrors,
}

/// A value that its field does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub field: &'static str,
    pub value: String,
    /// What to change.
    pub message: String,
}

/// A text, and the values that it was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelt {
    pub field: &'static str,
    pub typed: String,
    pub values: Vec<String>,
}

impl Reading {
    /// All that must be mended, what no list knows too.
    pub fn faults(&self) -> FieldErrors {
        let mut faults = self.errors.clone();
        self.unknown.iter().for_each(|one| faults.add(one.field, &one.message));
        faults
    }
}

impl Criteria {
    /// Reads a form. Lists may come as repeated fields or as one text, with a value per line, or between semicolons, tabs or
    /// commas; titles, industries and companies have commas of their own, which stay. Empty fields ask for nothing.
    ///
    /// # Errors
    /// The message for each field that cannot be taken as it is; see the field names in [`Criteria::to_form`].
    pub fn parse(form: &[(String, String)]) -> Result<Self, FieldErrors> {
        let reading = Self::read(form);
        let faults = reading.faults();
        if faults.is_empty() { Ok(reading.criteria) } else { Err(faults) }
    }

    /// Reads what can be read of a form, and says what cannot.
    pub fn read(form: &[(String, String)]) -> Reading {
        let mut reader = Reader { form, reading: Reading::default() };
        for filter in &FILTERS {
            let values = match &filter.values {
                Values::Choices(list) => reader.choices(filter.field, &list()),
                Values::Typed(typed) => reader.typed(filter.field, typed),
                Values::Range(lower, upper) => reader.range(lower, upper).into_iter().collect(),
            };
            reader.reading.criteria.set(filter, values);
        }
        reader.reading.criteria.quality = reader.quality();
        reader.reading.criteria.titles_exact = reader.has("titles_exact");
        reader.reading.criteria.hide_owned = reader.has("hide_owned");
        reader.reading.criteria.per_company = reader.per_company();
        reader.reading
    }

    /// The form fields that `parse` reads back into the same criteria: lists of text as one field with a line per value,
    /// choices as repeated fields.
    pub fn to_form(&self) -> Vec<(String, String)> {
        let mut form = Vec::new();
        let mut field = |name: &str, value: &str| form.push((name.to_owned(), value.to_owned()));
        for (filter, values) in self.chosen() {
            match &filter.values {
                Values::Choices(_) => values.iter().for_each(|value| field(filter.field, value)),
                Values::Typed(_) => field(filter.field, &values.join("\n")),
                Values::Range(lower, upper) => {
                    let range = values.first().and_then(|value| super::attribute::range_of(value));
                    if let Some(range) = range {
                        field(lower, &range.min.to_string());
                        field(upper, &range.max.map(|max| max.to_string()).unwrap_or_default());
                    }
                }
            }
        }
        field("quality", self.quality.code());
        if self.titles_exact {
            field("titles_exact", "yes");
        }
        if let Some(people) = self.per_company {
            field("per_company", &people.to_string());
        }
        if self.hide_owned {
            field("hide_owned", "yes");
        }
        form
    }

    /// The part of an address that brings these criteria back: what differs from an empty form.
    pub fn to_query(&self) -> String {
        let form = self.to_form();
        let told = form
            .iter()
            .filter(|(name, value)| !value.is_empty() && (name != "quality" || *value != Quality::default().code()));
        told.map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect::<Vec<_>>().join("&")
    }
}

/// A text as it may stand in the query of an address (RFC 3986, unreserved characters stay).
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

struct Reader<'form> {
    form: &'form [(String, String)],
    reading: Reading,
}

impl<'form> Reader<'form> {
    fn values(&self, field: &str) -> impl Iterator<Item = &'form str> + use<'form> {
        let field = field.to_owned();
        self.form.iter().filter(move |(name, _)| *name == field).map(|(_, value)| value.as_str())
    }

    fn has(&self, field: &str) -> bool {
        self.values(field).any(|value| !value.is_empty())
    }

    /// The values of a list, cleaned and within bounds, each key once (the first spelling stays).
    fn typed(&mut self, field: &'static str, typed: &Typed) -> Vec<String> {
        let (mut list, mut seen, mut rubbish) = (Vec::new(), BTreeSet::new(), Vec::new());
        let lines = self.values(field).flat_map(|text| text.split(['\n', '\r', '\t', ';'])).map(one_line);
        for line in lines.filter(|line| !line.is_empty()) {
            let mut stands_for = Vec::new();
            for piece in typed.separator.pieces(&line) {
                let values = self.piece(field, typed, &piece, &mut rubbish);
                let is_unknown = values.is_empty() && self.reading.unknown.last().is_some_and(|one| one.value == piece);
                stands_for.extend(if is_unknown { vec![piece] } else { values.clone() });
                for value in values {
                    let key = (typed.key)(&value);
                    if key.is_empty() {
                        self.reading.errors.add(field, format!("“{value}” has no letters or digits."));
                    } else if seen.insert(key) {
                        list.push(value);
                    }
                }
            }
            if typed.values_max <= VALUES_MAX && !stands_for.is_empty() && stands_for != [line.as_str()] {
                self.reading.spelt.push(Spelt { field, typed: line, values: stands_for });
            }
        }
        if list.len() > typed.values_max {
            let most = crate::directory::contacts::size::grouped(typed.values_max as i64);
            self.reading.errors.add(field, format!("At most {most} values fit here. Take some out."));
            list.truncate(typed.values_max);
        }
        if let Some(first) = rubbish.first() {
            let first: String = first.chars().take(40).collect();
            let note = match rubbish.len() {
                1 => format!("Left out, because it names no company: “{first}”."),
                lines => format!("{lines} lines were left out, because they name no company; the first is “{first}”."),
            };
            self.reading.notes.add(field, note);
        }
        list
    }

    /// What one piece of a list stands for; what cannot be read is noted.
    fn piece(&mut self, field: &'static str, typed: &Typed, piece: &str, rubbish: &mut Vec<String>) -> Vec<String> {
        if piece.chars().count() > VALUE_LENGTH_MAX {
            let message = format!("One value is longer than {VALUE_LENGTH_MAX} characters. Put one on each line.");
            self.reading.errors.add(field, message);
            return Vec::new();
        }
        match (typed.read)(piece) {
            Ok(values) => return values,
            Err(Fault::Unknown(message)) => {
                self.reading.unknown.push(Unknown { field, value: piece.to_owned(), message });
            }
            Err(Fault::Rubbish) => rubbish.push(piece.to_owned()),
        }
        Vec::new()
    }

    fn choices(&mut self, field: &str, list: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut chosen = BTreeSet::new();
        for code in self.values(field).flat_map(|text| text.split([',', '\n'])).map(str::trim) {
            match list.iter().position(|(known, _)| *known == code) {
                Some(place) => {
                    chosen.insert(place);
                }
                None if code.is_empty() => {}
                None => self.reading.errors.add(field, "Choose from the list."),
            }
        }
        chosen.into_iter().map(|place| list[place].0.to_owned()).collect()
    }

    fn range(&mut self, lower: &str, upper: &str) -> Option<String> {
        let min = self.whole_number(lower);
        let max = self.whole_number(upper);
        let (min, max) = match (min?, max?) {
            (None, None) => return None,
            (min, max) => (min.unwrap_or(1), max),
        };
        match max {
            Some(max) if max < min => {
                let message = format!("The largest size is below the smallest ({min}). Swap the two numbers.");
                self.reading.errors.add(upper, message);
                None
            }
            Some(max) => Some(format!("{min}-{max}")),
            None => Some(format!("{min}+")),
        }
    }

    /// `None` after an error, `Some(None)` for an empty field.
    fn whole_number(&mut self, field: &str) -> Option<Option<i64>> {
        let text: String =
            self.values(field).next().unwrap_or("").chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        if text.is_empty() {
            return Some(None);
        }
        match text.parse::<i64>() {
            Ok(number @ 1..=SIZE_MAX) => Some(Some(number)),
            _ => {
                self.reading.errors.add(field, "Write a whole number of employees from 1 to 99,999,999.");
                None
            }
        }
    }

    fn per_company(&mut self) -> Option<u32> {
        let text = self.values("per_company").map(str::trim).find(|text| !text.is_empty())?;
        match text.parse::<u32>() {
            Ok(people @ 1..=PER_COMPANY_MAX) => Some(people),
            _ => {
                self.reading
                    .errors
                    .add("per_company", "Write a whole number of people from 1 to 10,000, or leave it empty.");
                None
            }
        }
    }

    fn quality(&mut self) -> Quality {
        match self.values("quality").find(|code| !code.is_empty()) {
            None => Quality::default(),
            Some(code) => Quality::from_code(code).unwrap_or_else(|| {
                self.reading.errors.add("quality", "Choose from the list.");
                Quality::default()
            }),
        }
    }
}

/// The bare domain of `acme.com`, `https://www.acme.com/about` or `@acme.com`.
pub fn parse_domain(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or("").trim_end_matches('.');
    let host = host.strip_prefix("www.").filter(|bare| bare.contains('.')).unwrap_or(host);
    let label_is_sound = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
    };
    (host.contains('.') && host.len() <= 255 && host.split('.').all(label_is_sound)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::contacts::{
        keys::fold,
        role::{Department, Seniority},
        size::CompanySize,
    };

    fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_becomes_criteria() {
        let criteria = Criteria::parse(&form(&[
            ("titles", "Director, Information Technology\nVP Marketing; vice president marketing"),
            ("seniority", "vp"),
            ("seniority", "c_suite"),
            ("size", "51-200"),
            ("size_min", "50"),
            ("size_max", "1,200"),
            ("industries", "Leisure, Travel & Tourism\nCOMPUTER_SOFTWARE"),
            ("exclude_industries", "banking, retail"),
            ("countries", "USA, Deutschland"),
            ("cities", "Berlin, München"),
            ("domains", "https://www.acme.com/about\nbeta.example\n***\nAcme Ltd"),
        ]))
        .unwrap();
        assert_eq!(criteria.values("titles"), ["Director, Information Technology", "VP Marketing"]);
        assert_eq!(criteria.values("seniority"), ["c_suite", "vp"]);
        assert_eq!(criteria.values("industries"), ["Leisure, Travel & Tourism", "Computer Software"]);
        assert_eq!(criteria.values("exclude_industries"), ["Banking", "Retail"]);
        assert_eq!(criteria.values("countries"), ["United States", "Germany"]);
        assert_eq!(criteria.values("cities"), ["Berlin", "München"]);
        assert_eq!(criteria.values("domains"), ["acme.com", "beta.example", "Acme Ltd"]);
        assert_eq!(criteria.values("size_range"), ["50-1200"]);
        assert_eq!(criteria.quality, Quality::Standard);
    }

    #[test]
    fn what_cannot_be_taken_is_told_beside_its_field() {
        let many = (0..5000).map(|n| format!("Title {n}")).collect::<Vec<_>>().join("\n");
        let long = "x".repeat(201);
        for (field, value, part) in [
            ("titles", many.as_str(), "At most 500"),
            ("keywords", long.as_str(), "200 characters"),
            ("titles", "—", "no letters"),
            ("countries", "Atlantis", "Atlantis"),
            ("size_min", "ten", "whole number"),
            ("size_min", "-1", "whole number"),
            ("size_max", "1000000000000", "whole number"),
            ("seniority", "boss", "list"),
            ("quality", "best", "list"),
            ("per_company", "0", "whole number"),
        ] {
            let errors = Criteria::parse(&form(&[(field, value)])).unwrap_err();
            assert!(errors.of(field).is_some_and(|message| message.contains(part)), "{field}: {errors:?}");
        }
        let turned = Criteria::parse(&form(&[("size_min", "200"), ("size_max", "50")])).unwrap_err();
        assert!(turned.of("size_max").is_some_and(|message| message.contains("Swap")));
    }

    #[test]
    fn an_empty_form_asks_for_everybody_with_a_checked_address() {
        let criteria = Criteria::parse(&form(&[("titles", " \n "), ("size_min", ""), ("quality", "")])).unwrap();
        assert_eq!(criteria, Criteria::default());
        assert!(criteria.is_open());
    }

    #[test]
    fn a_list_with_rubbish_between_keeps_its_companies_and_tells_the_rest() {
        let list: String = (0..10_000).map(|n| format!("https://c{n}.example/x\n---\n")).collect();
        let reading = Criteria::read(&form(&[("domains", &list)]));
        assert!(reading.errors.is_empty());
        assert_eq!(reading.criteria.values("domains").len(), 10_000);
        assert!(reading.notes.of("domains").is_some_and(|note| note.starts_with("10000 lines")));
        let more = format!("{list}one-more.example");
        assert!(Criteria::parse(&form(&[("domains", &more)])).unwrap_err().of("domains").is_some());
    }

    #[test]
    fn an_address_brings_the_same_criteria_back_and_unknown_values_do_no_harm() {
        let criteria = Criteria::parse(&form(&[
            ("titles", "Director, IT\nR&D Lead"),
            ("size_min", "50"),
            ("cities", "São Paulo"),
            ("per_company", "2"),
            ("hide_owned", "yes"),
        ]))
        .unwrap();
        let query = criteria.to_query();
        assert_eq!(
            query,
            "titles=Director%2C%20IT%0AR%26D%20Lead&size_min=50&cities=S%C3%A3o%20Paulo&per_company=2&hide_owned=yes"
        );
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&query).unwrap();
        assert_eq!(Criteria::parse(&pairs).unwrap(), criteria);
        let odd =
            Criteria::read(&form(&[("seniority", "vp,boss"), ("countries", "Atlantis, Germany"), ("colour", "red")]));
        assert_eq!(odd.criteria.values("seniority"), ["vp"]);
        assert_eq!(odd.criteria.values("countries"), ["Germany"]);
        assert!(odd.faults().of("seniority").is_some() && odd.faults().of("countries").is_some());
        assert!(odd.errors.of("countries").is_none(), "an unknown country does not keep the rest from being counted");
        assert_eq!(odd.unknown[0].value, "Atlantis");
    }

    #[test]
    fn a_list_in_one_line_is_several_values_and_says_which() {
        let line = "acorn.example, bluefjord.example, kestrel.example";
        for separator in [", ", ",", "; ", "\t", "\n", "\r\n"] {
            let list = line.replace(", ", separator);
            for field in ["domains", "exclude_domains"] {
                let criteria = Criteria::parse(&form(&[(field, &list)])).unwrap();
                assert_eq!(criteria.values(field), ["acorn.example", "bluefjord.example", "kestrel.example"]);
            }
            let titles = list.replace("acorn.example", "CEO").replace("bluefjord.example", "CTO");
            let titles = titles.replace("kestrel.example", "CFO");
            let criteria = Criteria::parse(&form(&[("titles", &titles)])).unwrap();
            assert_eq!(criteria.values("titles"), ["CEO", "CTO", "CFO"]);
        }
        let reading = Criteria::read(&form(&[("titles", "CEO, CTO"), ("countries", "USA")]));
        let spelt: Vec<(&str, usize)> =
            reading.spelt.iter().map(|one| (one.typed.as_str(), one.values.len())).collect();
        assert_eq!(spelt, [("CEO, CTO", 2), ("USA", 1)]);
    }

    proptest::proptest! {
        #[test]
        fn criteria_survive_their_own_form(
            titles in proptest::collection::vec("[A-Za-z,&. ]{0,30}", 0..5),
            cities in proptest::collection::vec("[A-Za-zäöüßé' ]{0,20}", 0..5),
            domains in proptest::collection::vec("[a-z]{1,8}\\.[a-z]{2,4}", 0..5),
            industries in proptest::collection::vec("[A-Za-z&, ]{0,20}", 0..4),
            seniorities in proptest::collection::btree_set(proptest::sample::select(Seniority::ALL.to_vec()), 0..4),
            departments in proptest::collection::btree_set(proptest::sample::select(Department::ALL.to_vec()), 0..4),
            sizes in proptest::collection::btree_set(proptest::sample::select(CompanySize::ALL.to_vec()), 0..4),
            range in proptest::option::of((1i64..100, proptest::option::of(100i64..1000))),
            quality in proptest::sample::select(Quality::ALL.to_vec()),
        ) {
            let mut fields = form(&[("quality", quality.code())]);
            for (name, list) in [("titles", &titles), ("cities", &cities), ("domains", &domains), ("industries", &industries)] {
                fields.extend(list.iter().filter(|one| !fold(one).is_empty()).map(|one| (name.to_owned(), one.clone())));
            }
            fields.extend(seniorities.iter().map(|one| ("seniority".to_owned(), one.code().to_owned())));
            fields.extend(departments.iter().map(|one| ("department".to_owned(), one.code().to_owned())));
            fields.extend(sizes.iter().map(|one| ("size".to_owned(), one.code().to_owned())));
            if let Some((min, max)) = range {
                fields.push(("size_min".into(), min.to_string()));
                fields.extend(max.map(|max| ("size_max".to_owned(), max.to_string())));
            }
            if let Ok(criteria) = Criteria::parse(&fields) {
                proptest::prop_assert_eq!(&Criteria::parse(&criteria.to_form()).unwrap(), &criteria);
                let snapshot = serde_json::to_string(&criteria).unwrap();
                proptest::prop_assert_eq!(&serde_json::from_str::<Criteria>(&snapshot).unwrap(), &criteria);
            }
        }
    }
}
