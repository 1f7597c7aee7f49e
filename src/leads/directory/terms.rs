//! What is indexed of a contact, and what criteria ask of the index.
//!
//! A term is a letter for the field and the comparison form of the value, such as `c:germany`.

use std::collections::BTreeSet;

use crate::leads::{
    Contact, Criteria, Quality, SIZE_MAX, SizeRange,
    criteria::{KEYWORD_PART_WORDS_MAX, keyword_sources},
    keys::{fold, industry_key, place_key},
    title_tokens,
};

/// The terms of a contact.
pub fn terms_of(contact: &Contact) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    let mut put = |field: char, value: &str| {
        if !value.is_empty() {
            terms.insert(format!("{field}:{value}"));
        }
    };
    title_tokens(&contact.title).iter().for_each(|token| put('t', token));
    contact.seniority.iter().for_each(|one| put('s', one.code()));
    contact.departments.iter().for_each(|one| put('d', one.code()));
    put('i', &industry_key(&contact.industry));
    put('c', &fold(&contact.country));
    put('r', &place_key(&contact.region));
    put('y', &place_key(&contact.city));
    put('q', contact.email_status.code());
    domains_of(contact).iter().for_each(|domain| put('w', domain));
    for source in keyword_sources(contact) {
        let folded = fold(source);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        put('k', &words.join(" "));
        for length in 1..=KEYWORD_PART_WORDS_MAX.min(words.len()) {
            words.windows(length).for_each(|part| put('k', &part.join(" ")));
        }
    }
    terms
}

/// The domains a contact stands for: the company's and the address's, each with its parent domains.
fn domains_of(contact: &Contact) -> BTreeSet<String> {
    let mut domains = BTreeSet::new();
    for domain in [contact.domain.as_str(), contact.email.domain()] {
        let mut rest = domain;
        while rest.contains('.') {
            domains.insert(rest.to_owned());
            rest = rest.split_once('.').map_or("", |(_, parent)| parent);
        }
    }
    domains
}

/// A size as a term that sorts by its minimum.
pub fn size_term(size: SizeRange) -> String {
    format!("{:08}-{:08}", size.min, size.max.unwrap_or(SIZE_MAX))
}

/// The size behind a term.
pub fn size_of_term(term: &[u8]) -> Option<SizeRange> {
    let (min, max) = std::str::from_utf8(term).ok()?.split_once('-')?;
    let max = max.parse().ok()?;
    Some(SizeRange { min: min.parse().ok()?, max: (max != SIZE_MAX).then_some(max) })
}

/// Something a contact either has or has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All of these terms.
    Terms(Vec<String>),
    /// A size inside this range.
    Size(SizeRange),
}

/// Criteria as the index evaluates them: one of each group of `include`, none of `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub include: Vec<Vec<Wanted>>,
    pub exclude: Vec<Wanted>,
}

impl Plan {
    /// The plan of everything but the quality of the address.
    pub fn of(criteria: &Criteria) -> Self {
        let mut plan = Self::default();
        let title =
            |title: &String| Wanted::Terms(title_tokens(title).iter().map(|token| format!("t:{token}")).collect());
        let one = |field: char, value: &str| Wanted::Terms(vec![format!("{field}:{value}")]);
        plan.include(criteria.titles.iter().map(title));
        plan.exclude.extend(criteria.exclude_titles.iter().map(title));
        plan.include(criteria.seniorities.iter().map(|value| one('s', value.code())));
        plan.include(criteria.departments.iter().map(|value| one('d', value.code())));
        plan.include(criteria.wanted_sizes().map(Wanted::Size));
        plan.include(criteria.industries.iter().map(|value| one('i', &industry_key(value))));
        plan.exclude.extend(criteria.exclude_industries.iter().map(|value| one('i', &industry_key(value))));
        plan.include(criteria.countries.iter().map(|value| one('c', &fold(value.name()))));
        plan.exclude.extend(criteria.exclude_countries.iter().map(|value| one('c', &fold(value.name()))));
        plan.include(criteria.regions.iter().map(|value| one('r', &place_key(value))));
        plan.include(criteria.cities.iter().map(|value| one('y', &place_key(value))));
        plan.include(criteria.keywords.iter().map(|value| one('k', &fold(value))));
        plan.include(criteria.domains.iter().map(|value| one('w', value)));
        plan.exclude.extend(criteria.exclude_domains.iter().map(|value| one('w', value)));
        plan
    }

    fn include(&mut self, wanted: impl Iterator<Item = Wanted>) {
        let group: Vec<Wanted> = wanted.collect();
        if !group.is_empty() {
            self.include.push(group);
        }
    }
}

/// The terms of the address statuses that a quality takes.
pub fn quality_terms(quality: Quality) -> impl Iterator<Item = String> {
    quality.statuses().iter().map(|status| format!("q:{}", status.code()))
}
