//! What a campaign could be called, from its criteria.

use super::contents::first_values;
use crate::directory::{Criteria, Filter};

/// Values of one kind that are named.
const NAMED: usize = 2;
/// As long as a name may be.
const LENGTH_MAX: usize = 100;

/// “Marketing Director · Germany, United Kingdom”; empty where nothing says who, what or where.
pub fn proposed_name(criteria: &Criteria) -> String {
    let first = |fields: &[&str]| fields.iter().find_map(|field| named(criteria, field));
    let parts = [
        first(&["titles", "seniority", "department"]),
        first(&["industries", "keywords", "keywords_all", "technologies"]),
        first(&["cities", "regions", "countries", "hq_countries"]),
    ];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let name =
        if name.is_empty() { first(&["size", "size_range", "revenue", "domains"]).unwrap_or_default() } else { name };
    if name.chars().count() <= LENGTH_MAX {
        return name;
    }
    let start: String = name.chars().take(LENGTH_MAX - 1).collect();
    format!("{}…", start.trim_end_matches([',', '·', ' ']))
}

fn named(criteria: &Criteria, field: &str) -> Option<String> {
    first_values(Filter::of(field)?, criteria, NAMED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::CampaignName;

    fn name(fields: &[(&str, &str)]) -> String {
        let form: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        proposed_name(&Criteria::parse(&form).unwrap())
    }

    #[test]
    fn a_name_says_who_what_and_where() {
        let asked = [("titles", "Marketing Director"), ("countries", "Germany\nUK"), ("size", "51-200")];
        assert_eq!(name(&asked), "Marketing Director · Germany, United Kingdom");
        assert_eq!(name(&[("seniority", "vp"), ("keywords", "a\nb\nc")]), "Vice president · a, b +1");
        assert!(name(&[("size", "51-200")]).starts_with("51–200"));
        assert_eq!(name(&[("quality", "any")]), "");
    }

    #[test]
    fn a_long_name_is_one_that_can_be_saved() {
        let titles = format!("{}\n{}", "Head of something long ".repeat(4), "x".repeat(90));
        assert!(CampaignName::parse(&name(&[("titles", &titles)])).is_ok());
    }
}
