//! "More like the good ones": criteria proposed from reviewed leads.

use std::collections::BTreeMap;

use super::{
    mark::Verdict,
    review::{Facet, MarkedLead},
};
use crate::leads::{CompanySize, Country, Criteria, Seniority};

/// Good leads that must have a value before it is proposed, and bad ones (without any good) before it is excluded.
const LEADS_MIN: i64 = 2;
/// Values proposed for one filter, at most.
const VALUES_MAX: usize = 8;

/// One filter that the proposal changes, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub label: &'static str,
    pub before: String,
    pub after: String,
}

/// Proposes criteria for more people like those marked good.
///
/// A value counts as over-represented when at least two good leads have it and its share among the good ones is above its
/// share among all reviewed ones. A filter is narrowed to such values when together they cover most (60 %) of the good
/// leads; values that at least two bad leads and no good one have are excluded where the filter knows exclusions.
pub fn propose(criteria: &Criteria, marked: &[MarkedLead]) -> Criteria {
    let mut proposed = criteria.clone();
    let likes = |facet| over_represented(marked, facet);
    let titles = likes(Facet::Title);
    if !titles.is_empty() {
        proposed.titles = titles;
    }
    let seniorities: Vec<_> = likes(Facet::Seniority)
        .iter()
        .filter_map(|label| Seniority::ALL.iter().copied().find(|one| one.label() == label))
        .collect();
    if !seniorities.is_empty() {
        proposed.seniorities = seniorities.into_iter().collect();
    }
    let industries = likes(Facet::Industry);
    if !industries.is_empty() {
        proposed.industries = industries;
    }
    let sizes: Vec<_> = likes(Facet::Size)
        .iter()
        .filter_map(|label| CompanySize::ALL.into_iter().find(|one| one.label() == *label))
        .collect();
    if !sizes.is_empty() {
        proposed.sizes = sizes.into_iter().collect();
        proposed.size_range = None;
    }
    let countries: Vec<_> = likes(Facet::Country).iter().filter_map(|name| Country::recognise(name)).collect();
    if !countries.is_empty() {
        proposed.countries = countries.into_iter().collect();
    }
    exclude(&mut proposed, marked);
    proposed
}

/// Excludes what only bad leads have, as far as what is included would still let it in.
fn exclude(proposed: &mut Criteria, marked: &[MarkedLead]) {
    for title in only_bad(marked, Facet::Title) {
        if !proposed.titles.contains(&title) && !proposed.exclude_titles.contains(&title) {
            proposed.exclude_titles.push(title);
        }
    }
    if proposed.industries.is_empty() {
        for industry in only_bad(marked, Facet::Industry) {
            if !proposed.exclude_industries.contains(&industry) {
                proposed.exclude_industries.push(industry);
            }
        }
    }
    if proposed.countries.is_empty() {
        let countries = only_bad(marked, Facet::Country);
        proposed.exclude_countries.extend(countries.iter().filter_map(|name| Country::recognise(name)));
    }
}

/// Good and bad leads of each value of a filter.
fn counts(marked: &[MarkedLead], facet: Facet) -> BTreeMap<String, (i64, i64)> {
    let mut counts: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for lead in marked {
        let value = lead.value(facet);
        if !value.is_empty() {
            let (good, bad) = counts.entry(value).or_default();
            *(if lead.verdict == Verdict::Good { good } else { bad }) += 1;
        }
    }
    counts
}

fn over_represented(marked: &[MarkedLead], facet: Facet) -> Vec<String> {
    let all = i64::try_from(marked.len()).unwrap_or(i64::MAX);
    let good_ones = i64::try_from(marked.iter().filter(|lead| lead.verdict == Verdict::Good).count()).unwrap_or(0);
    let mut values: Vec<(String, i64)> = counts(marked, facet)
        .into_iter()
        .filter(|(_, (good, bad))| *good >= LEADS_MIN && good * all > (good + bad) * good_ones)
        .map(|(value, (good, _))| (value, good))
        .collect();
    values.sort_by_key(|(_, good)| -good);
    values.truncate(VALUES_MAX);
    let covered: i64 = values.iter().map(|(_, good)| good).sum();
    if covered * 10 < good_ones * 6 { Vec::new() } else { values.into_iter().map(|(value, _)| value).collect() }
}

fn only_bad(marked: &[MarkedLead], facet: Facet) -> Vec<String> {
    let mut values: Vec<(String, i64)> = counts(marked, facet)
        .into_iter()
        .filter(|(_, (good, bad))| *good == 0 && *bad >= LEADS_MIN)
        .map(|(value, (_, bad))| (value, bad))
        .collect();
    values.sort_by_key(|(_, bad)| -bad);
    values.truncate(VALUES_MAX);
    values.into_iter().map(|(value, _)| value).collect()
}

/// What differs between two criteria, filter by filter.
pub fn difference(before: &Criteria, after: &Criteria) -> Vec<Change> {
    let (before, after) = (before.parts(), after.parts());
    let value = |parts: &[(&'static str, String)], label: &str| {
        parts.iter().find(|(known, _)| *known == label).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut labels: Vec<&'static str> = Vec::new();
    for (label, _) in before.iter().chain(&after) {
        if !labels.contains(label) {
            labels.push(label);
        }
    }
    labels
        .into_iter()
        .map(|label| Change { label, before: value(&before, label), after: value(&after, label) })
        .filter(|change| change.before != change.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::review::marked_lead, *};

    #[test]
    fn what_good_leads_have_in_common_is_asked_for_and_what_only_bad_ones_have_is_left_out() {
        let lead = marked_lead;
        let (director, manager) = (Seniority::Director, Seniority::Manager);
        let marked = [
            lead(Verdict::Good, "Marketing Director", director, "Kenya", 60),
            lead(Verdict::Good, "Marketing Director", director, "Kenya", 70),
            lead(Verdict::Good, "Head of Marketing", director, "Kenya", 80),
            lead(Verdict::Bad, "Agency Owner", manager, "Kenya", 60),
            lead(Verdict::Bad, "Agency Owner", manager, "Kenya", 5),
        ];
        let criteria = Criteria { titles: vec!["Marketing".into(), "Agency".into()], ..Criteria::default() };
        let proposed = propose(&criteria, &marked);
        assert_eq!(proposed.titles, ["Marketing Director"], "two of three good ones have it");
        assert_eq!(proposed.exclude_titles, ["Agency Owner"]);
        assert_eq!(proposed.seniorities, [director].into());
        assert_eq!(proposed.sizes, [CompanySize::From51].into());
        assert!(proposed.countries.is_empty(), "good and bad ones have it alike");
        let changes = difference(&criteria, &proposed);
        assert_eq!(
            changes[0],
            Change { label: "Job titles", before: "Marketing; Agency".into(), after: "Marketing Director".into() }
        );
    }

    #[test]
    fn without_marks_nothing_is_proposed() {
        let criteria = Criteria { titles: vec!["Marketing".into()], ..Criteria::default() };
        assert_eq!(propose(&criteria, &[]), criteria);
        assert_eq!(difference(&criteria, &criteria), []);
    }
}
