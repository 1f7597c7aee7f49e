//! "More like the good ones": criteria proposed from reviewed leads.

use std::collections::BTreeMap;

use super::{
    mark::MarkKind,
    review::{Facet, MarkedLead},
};
use crate::{
    audiences,
    directory::{Criteria, FILTERS, Filter},
};

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
    for (facet, include, exclude) in FILTERED {
        let Some(filter) = Filter::of(include) else { continue };
        let liked: Vec<String> =
            over_represented(marked, facet).iter().filter_map(|value| filter.value_shown_as(value)).collect();
        if !liked.is_empty() {
            let others = FILTERS.iter().filter(|one| one.attribute == filter.attribute && one.mode == filter.mode);
            proposed = others.fold(proposed, |proposed, one| proposed.without(one.field));
            proposed = liked.iter().fold(proposed, |proposed, value| proposed.and_also(filter, value));
        }
        // What only bad leads have is left out, as far as what is included would still let it in: a title's words do.
        if let Some(exclude) =
            Filter::of(exclude).filter(|_| facet == Facet::Title || proposed.values(include).is_empty())
        {
            let mut disliked = only_bad(marked, facet);
            disliked.retain(|value| !proposed.values(include).contains(value));
            proposed = disliked.iter().fold(proposed, |proposed, value| proposed.and_also(exclude, value));
        }
    }
    proposed
}

/// What leads are told apart by, and the filters that take or leave out its values.
const FILTERED: [(Facet, &str, &str); 5] = [
    (Facet::Title, "titles", "exclude_titles"),
    (Facet::Seniority, "seniority", ""),
    (Facet::Industry, "industries", "exclude_industries"),
    (Facet::Size, "size", ""),
    (Facet::Country, "countries", "exclude_countries"),
];

/// Good and bad leads of each value of a filter.
fn counts(marked: &[MarkedLead], facet: Facet) -> BTreeMap<String, (i64, i64)> {
    let mut counts: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for lead in marked {
        let value = lead.value(facet);
        if !value.is_empty() {
            let (good, bad) = counts.entry(value).or_default();
            *(if lead.verdict == MarkKind::Good { good } else { bad }) += 1;
        }
    }
    counts
}

fn over_represented(marked: &[MarkedLead], facet: Facet) -> Vec<String> {
    let all = i64::try_from(marked.len()).unwrap_or(i64::MAX);
    let good_ones = i64::try_from(marked.iter().filter(|lead| lead.verdict == MarkKind::Good).count()).unwrap_or(0);
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
    let lines = audiences::side_by_side(before, after).into_iter().filter(|line| line.one != line.other);
    lines.map(|line| Change { label: line.label, before: line.one, after: line.other }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{campaigns::quality::review::marked_lead, directory::Seniority};

    #[test]
    fn what_good_leads_have_in_common_is_asked_for_and_what_only_bad_ones_have_is_left_out() {
        let lead = marked_lead;
        let (director, manager) = (Seniority::Director, Seniority::Manager);
        let marked = [
            lead(MarkKind::Good, "Marketing Director", director, "Kenya", 60),
            lead(MarkKind::Good, "Marketing Director", director, "Kenya", 70),
            lead(MarkKind::Good, "Head of Marketing", director, "Kenya", 80),
            lead(MarkKind::Bad, "Agency Owner", manager, "Kenya", 60),
            lead(MarkKind::Bad, "Agency Owner", manager, "Kenya", 5),
        ];
        let criteria = Criteria::parse(&[("titles".into(), "Marketing\nAgency".into())]).unwrap();
        let proposed = propose(&criteria, &marked);
        assert_eq!(proposed.values("titles"), ["Marketing Director"], "two of three good ones have it");
        assert_eq!(proposed.values("exclude_titles"), ["Agency Owner"]);
        assert_eq!(proposed.values("seniority"), ["director"]);
        assert_eq!(proposed.values("size"), ["51-200"]);
        assert!(proposed.values("countries").is_empty(), "good and bad ones have it alike");
        let changes = difference(&criteria, &proposed);
        assert_eq!(
            changes[0],
            Change { label: "Job titles", before: "Marketing, Agency".into(), after: "Marketing Director".into() }
        );
    }

    #[test]
    fn without_marks_nothing_is_proposed() {
        let criteria = Criteria::parse(&[("titles".into(), "Marketing".into())]).unwrap();
        assert_eq!(propose(&criteria, &[]), criteria);
        assert_eq!(difference(&criteria, &criteria), []);
    }
}
