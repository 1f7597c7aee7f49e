//! The targeting: whom an audience takes and whom it leaves out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    contact::Contact,
    country::Country,
    keys::{fold, industry_key, place_key},
    quality::Quality,
    role::{Department, Seniority},
    size::{CompanySize, SizeRange},
    title::{title_tokens, tokens_match},
};

/// Whom to reach. Every list that is not empty must be met; within a list one value is enough.
///
/// Comes from [`Criteria::parse`], so one that exists is within bounds. `matches` is the definition; the search index
/// must give the same answer for every contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Criteria {
    pub titles: Vec<String>,
    pub exclude_titles: Vec<String>,
    pub seniorities: BTreeSet<Seniority>,
    pub departments: BTreeSet<Department>,
    pub sizes: BTreeSet<CompanySize>,
    /// A size range of one's own, beside the classes.
    pub size_range: Option<SizeRange>,
    pub industries: Vec<String>,
    pub exclude_industries: Vec<String>,
    pub countries: BTreeSet<Country>,
    pub exclude_countries: BTreeSet<Country>,
    pub regions: Vec<String>,
    pub cities: Vec<String>,
    pub keywords: Vec<String>,
    pub domains: Vec<String>,
    pub exclude_domains: Vec<String>,
    pub quality: Quality,
}

impl Criteria {
    /// Whether nothing is asked for but the quality of the address.
    pub fn is_open(&self) -> bool {
        *self == Self { quality: self.quality, ..Self::default() }
    }

    /// The definition of a match.
    pub fn matches(&self, contact: &Contact) -> bool {
        self.quality.takes(contact.email_status)
            && self.matches_role(contact)
            && self.matches_company(contact)
            && self.matches_place(contact)
    }

    fn matches_role(&self, contact: &Contact) -> bool {
        let held = title_tokens(&contact.title);
        let has_title = |title: &String| tokens_match(&held, &title_tokens(title));
        (self.titles.is_empty() || self.titles.iter().any(has_title))
            && !self.exclude_titles.iter().any(has_title)
            && (self.seniorities.is_empty() || contact.seniority.is_some_and(|one| self.seniorities.contains(&one)))
            && (self.departments.is_empty() || contact.departments.iter().any(|one| self.departments.contains(one)))
    }

    fn matches_company(&self, contact: &Contact) -> bool {
        let industry = industry_key(&contact.industry);
        let in_industry = |name: &String| industry_key(name) == industry;
        let at_domain = |domain: &String| domain_matches(contact, domain);
        let size_asked = !self.sizes.is_empty() || self.size_range.is_some();
        (!size_asked || contact.size.is_some_and(|size| self.wanted_sizes().any(|wanted| size.is_inside(wanted))))
            && (self.industries.is_empty() || self.industries.iter().any(in_industry))
            && !self.exclude_industries.iter().any(in_industry)
            && (self.domains.is_empty() || self.domains.iter().any(at_domain))
            && !self.exclude_domains.iter().any(at_domain)
            && (self.keywords.is_empty() || self.keywords.iter().any(|keyword| keyword_matches(contact, keyword)))
    }

    fn matches_place(&self, contact: &Contact) -> bool {
        let country = fold(&contact.country);
        let is_in = |wanted: &Country| fold(wanted.name()) == country;
        let (region, city) = (place_key(&contact.region), place_key(&contact.city));
        (self.countries.is_empty() || self.countries.iter().any(is_in))
            && !self.exclude_countries.iter().any(is_in)
            && (self.regions.is_empty() || self.regions.iter().any(|wanted| place_key(wanted) == region))
            && (self.cities.is_empty() || self.cities.iter().any(|wanted| place_key(wanted) == city))
    }

    /// The size ranges asked for, classes and own range alike.
    pub fn wanted_sizes(&self) -> impl Iterator<Item = SizeRange> + '_ {
        self.sizes.iter().map(|size| size.range()).chain(self.size_range)
    }

    /// What is asked for, as label and values, in the order of the form. Empty lists are left out.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        fn labels<T>(values: impl IntoIterator<Item = T>, label: impl Fn(T) -> String) -> String {
            values.into_iter().map(label).collect::<Vec<_>>().join(", ")
        }
        let titles = |titles: &[String]| titles.join("; ");
        let mut sizes: Vec<String> = self.sizes.iter().map(|size| size.label()).collect();
        sizes.extend(self.size_range.map(|range| range.to_string()));
        let parts = [
            ("Job titles", titles(&self.titles)),
            ("Not these titles", titles(&self.exclude_titles)),
            ("Seniority", labels(&self.seniorities, |one| one.label().to_owned())),
            ("Department", labels(&self.departments, |one| one.label().to_owned())),
            ("Company size", sizes.join(", ")),
            ("Industry", self.industries.join("; ")),
            ("Not these industries", self.exclude_industries.join("; ")),
            ("Country", labels(&self.countries, |one| one.name().to_owned())),
            ("Not these countries", labels(&self.exclude_countries, |one| one.name().to_owned())),
            ("Region", self.regions.join(", ")),
            ("City", self.cities.join(", ")),
            ("Keywords", self.keywords.join(", ")),
            ("Companies", self.domains.join(", ")),
            ("Not these companies", self.exclude_domains.join(", ")),
            ("Addresses", self.quality.label().to_owned()),
        ];
        parts.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }

    /// The criteria in one line, for lists and receipts.
    pub fn summary(&self) -> String {
        if self.is_open() {
            return "Everybody in the directory".to_owned();
        }
        let parts = self.parts();
        let shown = parts.iter().filter(|(label, _)| *label != "Addresses" || self.quality != Quality::default());
        shown.map(|(label, values)| format!("{label}: {}", shortened(values))).collect::<Vec<_>>().join(" · ")
    }
}

/// At most about 80 characters of a list.
fn shortened(values: &str) -> String {
    if values.chars().count() <= 80 {
        return values.to_owned();
    }
    let start: String = values.chars().take(79).collect();
    format!("{}…", start.trim_end_matches([',', ';', ' ']))
}

fn domain_matches(contact: &Contact, wanted: &str) -> bool {
    [contact.domain.as_str(), contact.email.domain()]
        .iter()
        .any(|domain| *domain == wanted || domain.strip_suffix(wanted).is_some_and(|front| front.ends_with('.')))
}

/// Parts of a keyword that can be found alone are at most this many words long.
pub const KEYWORD_PART_WORDS_MAX: usize = 4;

/// A wanted keyword matches when its words stand in that order inside one keyword, technology or the industry of the
/// contact; one of more than four words must be the whole of it.
fn keyword_matches(contact: &Contact, wanted: &str) -> bool {
    let wanted = fold(wanted);
    let wanted: Vec<&str> = wanted.split(' ').collect();
    keyword_sources(contact).any(|source| {
        let held = fold(source);
        let held: Vec<&str> = held.split(' ').collect();
        held == wanted
            || (wanted.len() <= KEYWORD_PART_WORDS_MAX && held.windows(wanted.len()).any(|part| part == wanted))
    })
}

/// The texts that keywords are looked for in.
pub fn keyword_sources(contact: &Contact) -> impl Iterator<Item = &str> {
    contact.keywords.iter().chain(&contact.technologies).map(String::as_str).chain([contact.industry.as_str()])
}
