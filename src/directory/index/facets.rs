//! What each value of each filter would leave, its own filter set aside; what changing a filter would add.

use super::{
    question::Group,
    schema::EMAIL_STATUS,
    search::{Matches, PartCounts},
};
use crate::directory::{
    CompanySize, Counted, Criteria, EmailStatus, FILTERS, Facet, Filter, Mode, Quality, Values,
    contacts::{
        industry::INDUSTRY_SEPARATOR,
        keys::{fold, industry_key},
        sector::sector_of,
    },
    criteria::attribute::{self, Attribute, Kept},
    title_tokens,
};

/// Values of a typed filter that are told unasked: the most frequent ones.
const TYPED_VALUES: usize = 40;
/// Completions of what was typed.
const COMPLETIONS: usize = 12;
/// Terms that are looked at for a completion, and titles that are counted with all that are similar.
const CANDIDATES: usize = 60;

/// The filters whose values are counted with every answer.
fn counted_filters() -> impl Iterator<Item = &'static Filter> {
    const TOLD: [&str; 6] = ["seniority", "department", "size", "revenue", "industries", "countries"];
    FILTERS.iter().filter(|filter| TOLD.contains(&filter.field))
}

/// What the typed fields ask for whose values are completed from terms.
pub fn completed_by_term() -> Vec<&'static Attribute> {
    let mut attributes: Vec<&'static Attribute> = Vec::new();
    for filter in FILTERS.iter().filter(|filter| filter.attribute != &attribute::TITLE) {
        if matches!(filter.attribute.kept, Kept::Many { .. }) && !attributes.contains(&filter.attribute) {
            attributes.push(filter.attribute);
        }
    }
    attributes
}

impl Matches<'_> {
    /// The counts of the filters that are told with every answer: all choices in their order, or the most frequent typed
    /// values. Then how many people each quality of addresses would leave.
    pub fn facets(&self, criteria: &Criteria) -> tantivy::Result<Vec<Facet>> {
        let filters: Vec<&'static Filter> = counted_filters().collect();
        let attributes = filters.iter().map(|filter| criteria.attribute_of(filter)).chain([&EMAIL_STATUS]);
        let mut counts = self.by_part(&attributes.collect::<Vec<_>>())?;
        let by_status = counts.pop().unwrap_or_default();
        let mut facets: Vec<Facet> = filters.iter().zip(counts).map(|(filter, counts)| facet(filter, counts)).collect();
        facets.push(quality_facet(&by_status));
        Ok(facets)
    }

    /// Values of a filter that begin a word with what was typed, with what they would leave and add.
    pub fn complete(&self, criteria: &Criteria, filter: &'static Filter, typed: &str) -> tantivy::Result<Vec<Counted>> {
        if filter.attribute == &attribute::TITLE {
            return self.complete_title(criteria, filter, typed);
        }
        match filter.attribute.kept {
            Kept::One { .. } => {
                let any = FILTERS.iter().find(|one| one.attribute == filter.attribute && one.mode == Mode::Any);
                let attribute = criteria.attribute_of(any.unwrap_or(filter));
                let typed = fold(typed);
                let mut parts = self.by_part(&[attribute])?.pop().unwrap_or_default();
                parts.retain(|value, _| **value != *NONE && begins_words(value, &typed));
                Ok(most_frequent(parts, COMPLETIONS))
            }
            Kept::Many { .. } => {
                let typed = fold(typed);
                let terms = self.frequent_terms(filter.attribute, &typed, CANDIDATES)?;
                self.count_each(criteria, filter, terms)
            }
        }
    }

    /// Titles that people have, each counted with all titles that it finds.
    fn complete_title(
        &self,
        criteria: &Criteria,
        filter: &'static Filter,
        typed: &str,
    ) -> tantivy::Result<Vec<Counted>> {
        let aside = self.question.own_group(criteria.attribute_of(filter));
        let held = self.by_value(&attribute::EXACT_TITLE, aside)?;
        let typed = fold(typed);
        let mut fits: Vec<(String, u64)> = held.into_iter().filter(|(title, _)| begins_words(title, &typed)).collect();
        fits.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let mut seen = std::collections::HashSet::new();
        let distinct = fits.into_iter().filter(|(title, _)| seen.insert(title_tokens(title)));
        let titles: Vec<String> = distinct.take(COMPLETIONS).map(|(title, _)| title).collect();
        self.count_each(criteria, filter, titles)
    }

    /// Counts values one by one, each as the only one of its filter, in their order.
    pub fn count_values(
        &self,
        criteria: &Criteria,
        filter: &'static Filter,
        values: Vec<String>,
    ) -> tantivy::Result<Vec<Counted>> {
        let attribute = criteria.attribute_of(filter);
        let aside = self.question.own_group(attribute);
        let groups: Vec<Group> =
            values.iter().map(|value| Group::of(attribute, vec![value.clone()], true, true)).collect();
        let counts = self.with_each(&groups, aside)?;
        let counted = values.into_iter().zip(counts).map(|(value, (leaves, adds))| Counted { value, leaves, adds });
        Ok(counted.collect())
    }

    /// The same, without values that no one has, the most frequent first.
    fn count_each(
        &self,
        criteria: &Criteria,
        filter: &'static Filter,
        values: Vec<String>,
    ) -> tantivy::Result<Vec<Counted>> {
        let mut counted = self.count_values(criteria, filter, values)?;
        counted.retain(|one| one.leaves > 0);
        counted.sort_by(|one, other| other.leaves.cmp(&one.leaves).then_with(|| one.value.cmp(&other.value)));
        counted.truncate(COMPLETIONS);
        Ok(counted)
    }
}

/// What those count for who have none of the values that people count by.
pub const NONE: &str = "";

/// What a kept value counts for.
pub fn parts_of<'value>(attribute: &Attribute, value: &'value str) -> Vec<&'value str> {
    let parts = known_parts_of(attribute, value);
    if parts.is_empty() { vec![NONE] } else { parts }
}

fn known_parts_of<'value>(attribute: &Attribute, value: &'value str) -> Vec<&'value str> {
    if value.is_empty() {
        return Vec::new();
    }
    match attribute {
        one if one == &attribute::DEPARTMENT => value.split(',').filter(|part| !part.is_empty()).collect(),
        one if one == &attribute::SIZE => class_of(value).map(|class| class.code()).into_iter().collect(),
        one if one == &attribute::INDUSTRY => {
            let industries: Vec<&str> = value.split(INDUSTRY_SEPARATOR).collect();
            let sectors = industries.iter().filter_map(|industry| sector_of(&industry_key(industry)));
            let mut parts: Vec<&str> = sectors.chain(industries.iter().copied()).collect();
            parts.sort_unstable();
            parts.dedup();
            parts
        }
        _ => vec![value],
    }
}

/// Whether each word that was typed (folded) begins a word of the value.
fn begins_words(value: &str, typed: &str) -> bool {
    let held = fold(value);
    typed.split(' ').all(|typed| held.split(' ').any(|word| word.starts_with(typed)))
}

/// The class that a kept size lies in.
fn class_of(code: &str) -> Option<CompanySize> {
    let range = attribute::range_of(code)?;
    CompanySize::ALL.into_iter().find(|class| range.is_inside(class.range()))
}

fn facet(filter: &'static Filter, mut counts: PartCounts) -> Facet {
    let none = counts.remove(NONE).map_or(0, |(people, _)| people);
    let values = match &filter.values {
        Values::Choices(list) => list().iter().map(|(code, _)| counted(code, counts.get(*code))).collect(),
        _ => most_frequent(counts, TYPED_VALUES),
    };
    Facet { field: filter.field.to_owned(), values, none }
}

/// Each quality sums up the statuses that it takes.
fn quality_facet(by_status: &PartCounts) -> Facet {
    let told = |quality: &Quality| {
        let taken = quality.statuses().iter().filter_map(|status: &EmailStatus| by_status.get(status.code()));
        let sums = taken.fold((0, 0), |(leaves, adds), (more, new)| (leaves + more, adds + new));
        counted(quality.code(), Some(&sums))
    };
    Facet { field: "quality".to_owned(), values: Quality::ALL.iter().map(told).collect(), none: 0 }
}

fn counted(value: &str, counts: Option<&(u64, u64)>) -> Counted {
    let (leaves, adds) = counts.copied().unwrap_or_default();
    Counted { value: value.to_owned(), leaves, adds }
}

fn most_frequent(counts: PartCounts, most: usize) -> Vec<Counted> {
    let mut values: Vec<Counted> = counts.iter().map(|(value, counts)| counted(value, Some(counts))).collect();
    values.sort_by(|one, other| other.leaves.cmp(&one.leaves).then_with(|| one.value.cmp(&other.value)));
    values.truncate(most);
    values
}
