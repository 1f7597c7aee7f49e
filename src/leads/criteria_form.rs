//! Criteria as a form sends them and as a form shows them again.

use std::collections::BTreeSet;

use crate::fields::FieldErrors;

use super::{
    country::Country,
    criteria::Criteria,
    industry::canonical_industry,
    keys::{fold, one_line, place_key},
    quality::Quality,
    role::{Department, Seniority},
    size::{CompanySize, SIZE_MAX, SizeRange},
    title::title_tokens,
};

/// More values than this in one list are refused.
pub const VALUES_MAX: usize = 500;
/// Longer values than this are refused.
pub const VALUE_LENGTH_MAX: usize = 200;

/// What separates the values of a text field.
#[derive(Clone, Copy, PartialEq)]
enum Separator {
    /// Lines and semicolons only: titles and industries have commas of their own.
    Line,
    /// Commas too.
    Comma,
    /// White space too.
    Space,
}

impl Criteria {
    /// Reads a form. Lists may come as repeated fields or as one text: titles and industries with one value per line
    /// (or semicolons, as they have commas of their own), the others with commas as well. Empty fields ask for nothing.
    ///
    /// # Errors
    /// The message for each field that cannot be taken as it is; see the field names in [`Criteria::to_form`].
    pub fn parse(form: &[(String, String)]) -> Result<Self, FieldErrors> {
        let mut reader = Reader { form, errors: FieldErrors::default() };
        let criteria = Self {
            titles: reader.titles("titles"),
            exclude_titles: reader.titles("exclude_titles"),
            seniorities: reader.choices("seniority", Seniority::from_code),
            departments: reader.choices("department", Department::from_code),
            sizes: reader.choices("size", CompanySize::from_code),
            size_range: reader.size_range(),
            industries: reader.industries("industries"),
            exclude_industries: reader.industries("exclude_industries"),
            countries: reader.countries("countries"),
            exclude_countries: reader.countries("exclude_countries"),
            regions: reader.words("regions", place_key),
            cities: reader.words("cities", place_key),
            keywords: reader.words("keywords", fold),
            domains: reader.domains("domains"),
            exclude_domains: reader.domains("exclude_domains"),
            quality: reader.quality(),
        };
        if reader.errors.is_empty() { Ok(criteria) } else { Err(reader.errors) }
    }

    /// The form fields that `parse` reads back into the same criteria: lists of text as one field with a line per value,
    /// choices as repeated fields.
    pub fn to_form(&self) -> Vec<(String, String)> {
        let mut form = Vec::new();
        let mut field = |name: &str, value: String| {
            if !value.is_empty() {
                form.push((name.to_owned(), value));
            }
        };
        let country_lines =
            |countries: &BTreeSet<Country>| countries.iter().map(|one| one.name()).collect::<Vec<_>>().join("\n");
        field("titles", self.titles.join("\n"));
        field("exclude_titles", self.exclude_titles.join("\n"));
        self.seniorities.iter().for_each(|one| field("seniority", one.code().to_owned()));
        self.departments.iter().for_each(|one| field("department", one.code().to_owned()));
        self.sizes.iter().for_each(|one| field("size", one.code().to_owned()));
        if let Some(range) = self.size_range {
            field("size_min", range.min.to_string());
            field("size_max", range.max.map(|max| max.to_string()).unwrap_or_default());
        }
        field("industries", self.industries.join("\n"));
        field("exclude_industries", self.exclude_industries.join("\n"));
        field("countries", country_lines(&self.countries));
        field("exclude_countries", country_lines(&self.exclude_countries));
        field("regions", self.regions.join("\n"));
        field("cities", self.cities.join("\n"));
        field("keywords", self.keywords.join("\n"));
        field("domains", self.domains.join("\n"));
        field("exclude_domains", self.exclude_domains.join("\n"));
        field("quality", self.quality.code().to_owned());
        form
    }
}

struct Reader<'form> {
    form: &'form [(String, String)],
    errors: FieldErrors,
}

impl<'form> Reader<'form> {
    fn values(&self, field: &str) -> impl Iterator<Item = &'form str> + use<'form> {
        let field = field.to_owned();
        self.form.iter().filter(move |(name, _)| *name == field).map(|(_, value)| value.as_str())
    }

    /// The values of a list, cleaned and within bounds, each key once (the first spelling stays).
    fn list(&mut self, field: &str, separator: Separator, key: impl Fn(&str) -> String) -> Vec<String> {
        let separates = |letter: char| match letter {
            '\n' | '\r' | ';' => true,
            ',' => separator != Separator::Line,
            _ => separator == Separator::Space && letter.is_whitespace(),
        };
        let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
        for piece in self.values(field).flat_map(|text| text.split(separates)) {
            let value = one_line(piece);
            if value.is_empty() {
                continue;
            }
            if value.chars().count() > VALUE_LENGTH_MAX {
                self.errors.add(
                    field,
                    format!("One value is longer than {VALUE_LENGTH_MAX} characters. Put one on each line."),
                );
                return Vec::new();
            }
            let key = key(&value);
            if key.is_empty() {
                self.errors.add(field, format!("“{value}” has no letters or digits."));
                return Vec::new();
            }
            if seen.insert(key) {
                list.push(value);
            }
            if list.len() > VALUES_MAX {
                self.errors.add(field, format!("At most {VALUES_MAX} values fit here. Take some out."));
                return Vec::new();
            }
        }
        list
    }

    fn titles(&mut self, field: &str) -> Vec<String> {
        self.list(field, Separator::Line, |title| title_tokens(title).join(" "))
    }

    fn words(&mut self, field: &str, key: fn(&str) -> String) -> Vec<String> {
        self.list(field, Separator::Comma, key)
    }

    /// Industries; a line that is no known industry may list several with commas.
    fn industries(&mut self, field: &str) -> Vec<String> {
        let known = |name: &str| super::industry::INDUSTRIES.contains(&canonical_industry(name).as_str());
        let lines = self.list(field, Separator::Line, super::keys::industry_key);
        let mut names: Vec<String> = Vec::new();
        for line in lines {
            let parts: Vec<&str> = line.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            let several = !known(&line) && parts.len() > 1 && parts.iter().all(|part| known(part));
            let found = if several { parts } else { vec![line.as_str()] };
            for name in found.into_iter().map(canonical_industry) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn countries(&mut self, field: &str) -> BTreeSet<Country> {
        let names = self.list(field, Separator::Comma, fold);
        let mut countries = BTreeSet::new();
        for name in names {
            match Country::recognise(&name) {
                Some(country) => {
                    countries.insert(country);
                }
                None => self.errors.add(field, format!("We know no country called “{name}”. Check the spelling.")),
            }
        }
        countries
    }

    fn domains(&mut self, field: &str) -> Vec<String> {
        let mut domains: Vec<String> = Vec::new();
        for text in self.list(field, Separator::Space, |text| text.to_lowercase()) {
            match parse_domain(&text) {
                Some(domain) if !domains.contains(&domain) => domains.push(domain),
                Some(_) => {}
                None => self.errors.add(field, format!("“{text}” is no domain. Write it like acme.com.")),
            }
        }
        domains
    }

    fn choices<T: Ord>(&mut self, field: &str, from_code: impl Fn(&str) -> Option<T>) -> BTreeSet<T> {
        let mut chosen = BTreeSet::new();
        for code in self.values(field).filter(|code| !code.is_empty()) {
            match from_code(code) {
                Some(choice) => {
                    chosen.insert(choice);
                }
                None => self.errors.add(field, "Choose from the list."),
            }
        }
        chosen
    }

    fn size_range(&mut self) -> Option<SizeRange> {
        let min = self.whole_number("size_min");
        let max = self.whole_number("size_max");
        let (min, max) = match (min?, max?) {
            (None, None) => return None,
            (min, max) => (min.unwrap_or(1), max),
        };
        if max.is_some_and(|max| max < min) {
            self.errors
                .add("size_max", format!("The largest size is below the smallest ({min}). Swap the two numbers."));
            return None;
        }
        Some(SizeRange { min, max })
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
                self.errors.add(field, "Write a whole number of employees from 1 to 99,999,999.");
                None
            }
        }
    }

    fn quality(&mut self) -> Quality {
        match self.values("quality").find(|code| !code.is_empty()) {
            None => Quality::default(),
            Some(code) => Quality::from_code(code).unwrap_or_else(|| {
                self.errors.add("quality", "Choose from the list.");
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
            ("domains", "https://www.acme.com/about beta.example"),
        ]))
        .unwrap();
        assert_eq!(criteria.titles, ["Director, Information Technology", "VP Marketing"]);
        assert_eq!(criteria.industries, ["Leisure, Travel & Tourism", "Computer Software"]);
        assert_eq!(criteria.exclude_industries, ["Banking", "Retail"]);
        assert_eq!(criteria.countries.len(), 2);
        assert_eq!(criteria.cities, ["Berlin", "München"]);
        assert_eq!(criteria.domains, ["acme.com", "beta.example"]);
        assert_eq!(criteria.size_range, Some(SizeRange { min: 50, max: Some(1200) }));
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
            ("domains", "acme", "no domain"),
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
