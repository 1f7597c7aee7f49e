//! The folded parts of the audience form, and what each of them holds in one line.

use crate::directory::{Criteria, Filter, Mode, Quality};

/// A part of the form that is folded until it is wanted, or holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its place on the page.
    pub key: &'static str,
    pub label: &'static str,
    /// The filters in it, in their order.
    pub fields: &'static [&'static str],
}

const fn part(key: &'static str, label: &'static str, fields: &'static [&'static str]) -> Part {
    Part { key, label, fields }
}

pub const SENIORITY: Part = part("seniority", "Seniority", &["seniority"]);
pub const DEPARTMENT: Part = part("department", "Department", &["department"]);
pub const SIZES: Part = part("sizes", "Ranges", &["size"]);
pub const PLACES: Part =
    part("places", "Regions and cities", &["regions", "exclude_regions", "cities", "exclude_cities"]);
pub const PER_COMPANY: Part = part("per-company", "People per company", &[]);
pub const ADDRESSES: Part = part("addresses", "Addresses", &[]);

/// The rows of “More filters”, in their order.
pub const MORE: [Part; 7] = [
    part("revenue", "Yearly revenue", &["revenue"]),
    part("keywords", "Keywords", &["keywords", "keywords_all", "exclude_keywords"]),
    part("technologies", "Technologies", &["technologies", "exclude_technologies"]),
    part("companies", "Company lists", &["domains", "exclude_domains"]),
    PER_COMPANY,
    part(
        "headquarters",
        "Headquarters",
        &["hq_countries", "exclude_hq_countries", "hq_regions", "exclude_hq_regions", "hq_cities", "exclude_hq_cities"],
    ),
    ADDRESSES,
];

/// Titles to leave out, how exactly titles are meant, and in which order their people are delivered.
pub const TITLES: Part = part("not-titles", "exclude, order", &["exclude_titles", "titles_2", "titles_3"]);
pub const NOT_INDUSTRIES: Part = part("not-industries", "exclude", &["exclude_industries"]);
pub const NOT_COUNTRIES: Part = part("not-countries", "exclude", &["exclude_countries"]);

/// The parts outside of “More filters”.
const OTHERS: [Part; 7] = [TITLES, SENIORITY, DEPARTMENT, SIZES, NOT_INDUSTRIES, NOT_COUNTRIES, PLACES];

/// Values of one filter that are named.
const NAMED: usize = 3;

/// What each part holds, by its key. Those that hold nothing are there too, with nothing.
pub fn all(criteria: &Criteria) -> Vec<(String, String)> {
    let parts = OTHERS.into_iter().chain(MORE);
    parts.map(|part| (part.key.to_owned(), content(part, criteria))).collect()
}

/// What a part holds, in one line; empty for one that is not used.
pub fn content(part: Part, criteria: &Criteria) -> String {
    let filters = part.fields.iter().filter_map(|field| Filter::of(field));
    let mut said: Vec<String> = filters.filter_map(|filter| held(filter, criteria)).collect();
    if part == TITLES && criteria.titles_exact {
        said.push("exactly these titles".to_owned());
    }
    if part == PER_COMPANY {
        said.extend(criteria.per_company.map(|people| format!("at most {people}")));
    }
    if part == ADDRESSES {
        let quality = criteria.quality;
        said.extend((quality != Quality::default()).then(|| quality.label().to_owned()));
        said.extend(criteria.hide_owned.then(|| "without people you own".to_owned()));
    }
    said.join(" · ")
}

fn held(filter: &Filter, criteria: &Criteria) -> Option<String> {
    let list = first_values(filter, criteria, NAMED)?;
    Some(match filter.mode {
        Mode::Any => list,
        Mode::All => format!("all of {list}"),
        Mode::None => format!("not {list}"),
    })
}

/// The first `most` values of a filter and the number of the others, such as “a, b +1”.
pub fn first_values(filter: &Filter, criteria: &Criteria, most: usize) -> Option<String> {
    let values = criteria.values(filter.field);
    let shown: Vec<String> = values.iter().take(most).map(|value| filter.shown(value)).collect();
    match (shown.is_empty(), values.len().saturating_sub(most)) {
        (true, _) => None,
        (false, 0) => Some(shown.join(", ")),
        (false, more) => Some(format!("{} +{more}", shown.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::FILTERS;

    fn criteria(fields: &[(&str, &str)]) -> Criteria {
        let form: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Criteria::parse(&form).unwrap()
    }

    #[test]
    fn each_part_says_in_one_line_what_it_holds() {
        let asked = criteria(&[
            ("seniority", "vp"),
            ("keywords", "saas, b2b"),
            ("exclude_keywords", "a, b, c, d"),
            ("per_company", "2"),
            ("hide_owned", "yes"),
        ]);
        let told = all(&asked);
        let of = |key: &str| told.iter().find(|(one, _)| one == key).map(|(_, text)| text.as_str()).unwrap();
        assert_eq!(of("seniority"), "Vice president");
        assert_eq!(of("keywords"), "saas, b2b · not a, b, c +1");
        assert_eq!(of("per-company"), "at most 2");
        assert_eq!(of("addresses"), "without people you own");
        assert_eq!((of("revenue"), of("places")), ("", ""));
    }

    #[test]
    fn every_filter_is_open_or_in_one_part() {
        let open = ["titles", "size_range", "industries", "countries"];
        let mut placed: Vec<&str> = open.to_vec();
        placed.extend(OTHERS.into_iter().chain(MORE).flat_map(|part| part.fields.iter().copied()));
        let mut all: Vec<&str> = FILTERS.iter().map(|filter| filter.field).collect();
        placed.sort_unstable();
        all.sort_unstable();
        assert_eq!(placed, all);
    }
}
