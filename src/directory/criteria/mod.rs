//! The targeting: whom an audience takes and whom it leaves out.

pub mod attribute;
pub mod breadth;
pub mod filter;
pub mod form;
mod several;
pub mod synonyms;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{
    attribute::Attribute,
    filter::{FILTERS, Filter, Mode, TITLE_GROUPS},
};
use crate::directory::contacts::{contact::Contact, quality::Quality, size::CompanySize};

/// Whom to reach: the values of the filters of the table, and a few choices beside them.
///
/// Comes from [`Criteria::parse`], so one that exists is within bounds. `matches` is the definition; the search index
/// must give the same answer for every contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub struct Criteria {
    /// By field, as filters keep them; no list is empty.
    chosen: BTreeMap<&'static str, Vec<String>>,
    pub quality: Quality,
    /// Whether titles must be the very same, but for case and punctuation.
    pub titles_exact: bool,
    /// At most so many people of one company in a request.
    pub per_company: Option<u32>,
    /// Whether people whom the workspace owns are left out of the count. They are never delivered again either way.
    pub hide_owned: bool,
    /// Titles that an earlier preference group takes.
    taken_before: Vec<String>,
}

/// The most people of one company that can be asked for.
pub const PER_COMPANY_MAX: u32 = 10_000;

impl Criteria {
    /// Takes everybody in the directory, whatever their address is.
    pub fn everybody() -> Self {
        Self { quality: Quality::Any, ..Self::default() }
    }

    /// The values of a filter.
    pub fn values(&self, field: &str) -> &[String] {
        self.chosen.get(field).map_or(&[], Vec::as_slice)
    }

    /// Puts the values of a filter of the table in place of those it had.
    pub(crate) fn set(&mut self, filter: &'static Filter, values: Vec<String>) {
        if values.is_empty() {
            self.chosen.remove(filter.field);
        } else {
            self.chosen.insert(filter.field, values);
        }
    }

    /// The same without one filter.
    pub fn without(&self, field: &str) -> Self {
        let mut criteria = self.clone();
        criteria.chosen.remove(field);
        criteria
    }

    /// Takes values of a filter away.
    pub fn drop_values(&mut self, field: &str, values: &[String]) {
        if let Some(held) = self.chosen.get_mut(field) {
            held.retain(|value| !values.contains(value));
        }
        self.chosen.retain(|_, held| !held.is_empty());
    }

    /// The same with one more value of a filter.
    pub fn and_also(&self, filter: &'static Filter, value: &str) -> Self {
        let mut criteria = self.clone();
        let values = criteria.chosen.entry(filter.field).or_default();
        if !values.iter().any(|held| held == value) {
            values.push(value.to_owned());
        }
        criteria
    }

    /// The filters that have values, in the order of the page.
    pub fn chosen(&self) -> impl Iterator<Item = (&'static Filter, &[String])> {
        FILTERS.iter().filter_map(|filter| Some((filter, self.chosen.get(filter.field)?.as_slice())))
    }

    /// Whether nothing is asked for but the quality of the address.
    pub fn is_open(&self) -> bool {
        self.chosen.is_empty() && self.taken_before.is_empty()
    }

    /// The attribute that a filter looks at.
    pub fn attribute_of(&self, filter: &Filter) -> &'static Attribute {
        let exact = self.titles_exact && filter.mode == Mode::Any && filter.attribute == &attribute::TITLE;
        if exact { &attribute::EXACT_TITLE } else { filter.attribute }
    }

    /// What must be true of a contact, but for the quality of its address: all of it.
    pub fn demands(&self) -> Vec<Demand<'_>> {
        let mut demands: Vec<Demand<'_>> = Vec::new();
        for (filter, values) in self.chosen() {
            let attribute = self.attribute_of(filter);
            let together = |demand: &&mut Demand<'_>| demand.is_any && demand.attribute == attribute;
            match filter.mode {
                Mode::All => demands.extend(values.iter().map(|value| Demand::one(attribute, value))),
                Mode::None => demands.push(Demand::none(attribute, values)),
                Mode::Any => match demands.iter_mut().find(together) {
                    Some(demand) => demand.values.push(values),
                    None => demands.push(Demand { attribute, values: vec![values], is_any: true, is_taken: true }),
                },
            }
        }
        if !self.taken_before.is_empty() {
            let attribute = if self.titles_exact { &attribute::EXACT_TITLE } else { &attribute::TITLE };
            demands.push(Demand::none(attribute, &self.taken_before));
        }
        demands
    }

    /// The definition of a match.
    pub fn matches(&self, contact: &Contact) -> bool {
        self.quality.takes(contact.email_status)
            && self.demands().iter().all(|demand| {
                let met = demand.values.iter().any(|values| demand.attribute.meets(contact, values));
                met == demand.is_taken
            })
    }

    /// The preference groups of titles, the most wanted first, as criteria that take nobody twice. Without groups these
    /// criteria alone.
    pub fn stages(&self) -> Vec<Self> {
        let groups: Vec<&str> = TITLE_GROUPS.into_iter().filter(|group| !self.values(group).is_empty()).collect();
        if groups.len() < 2 {
            return vec![self.clone()];
        }
        let mut before: Vec<String> = Vec::new();
        let mut stages = Vec::new();
        for group in groups {
            let mut stage = self.clone();
            TITLE_GROUPS.iter().filter(|other| **other != group).for_each(|other| drop(stage.chosen.remove(other)));
            stage.taken_before = before.clone();
            stages.push(stage);
            before.extend_from_slice(self.values(group));
        }
        stages
    }

    /// The criteria as far as the record of a delivered lead can tell, and whether that is all of them.
    pub fn on_delivered_record(&self) -> (Self, bool) {
        let mut known = self.clone();
        let told = |field: &str| Filter::of(field).is_some_and(|filter| filter.attribute.is_delivered);
        known.chosen.retain(|field, _| told(field));
        let is_all = known.chosen.len() == self.chosen.len();
        (known, is_all)
    }

    /// What is asked for, as label and values, in the order of the form. Empty lists are left out.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let mut parts: Vec<(&'static str, String)> = self
            .chosen()
            .map(|(filter, values)| {
                let separator = if values.iter().any(|value| value.contains(',')) { "; " } else { ", " };
                let shown: Vec<String> = values.iter().map(|value| filter.shown(value)).collect();
                (filter.label, shown.join(separator))
            })
            .collect();
        if self.titles_exact {
            parts.push(("Titles", "exactly these".to_owned()));
        }
        if let Some(people) = self.per_company {
            parts.push(("Per company", format!("at most {people}")));
        }
        parts.push(("Addresses", self.quality.label().to_owned()));
        parts
    }

    /// The criteria in one line, for lists and receipts.
    pub fn summary(&self) -> String {
        if self.is_open() {
            return "Everyone in the directory".to_owned();
        }
        let parts = self.parts();
        let shown = parts.iter().filter(|(label, _)| *label != "Addresses" || self.quality != Quality::default());
        shown.map(|(label, values)| format!("{label}: {}", shortened(values))).collect::<Vec<_>>().join(" · ")
    }
}

/// One thing that must be true of a contact: it has one of the values, or (when they are not taken) none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand<'criteria> {
    pub attribute: &'static Attribute,
    /// Lists of values; one value of one list is enough.
    pub values: Vec<&'criteria [String]>,
    /// Whether it is the one demand that counts for "any of these" of its attribute.
    pub is_any: bool,
    pub is_taken: bool,
}

impl<'criteria> Demand<'criteria> {
    fn one(attribute: &'static Attribute, value: &'criteria String) -> Self {
        Self { attribute, values: vec![std::slice::from_ref(value)], is_any: false, is_taken: true }
    }

    fn none(attribute: &'static Attribute, values: &'criteria [String]) -> Self {
        Self { attribute, values: vec![values], is_any: false, is_taken: false }
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

impl From<Criteria> for BTreeMap<String, Value> {
    fn from(criteria: Criteria) -> Self {
        let mut fields: Self =
            criteria.chosen.into_iter().map(|(field, values)| (field.to_owned(), values.into())).collect();
        fields.insert("quality".into(), criteria.quality.code().into());
        if criteria.titles_exact {
            fields.insert("titles_exact".into(), true.into());
        }
        if let Some(people) = criteria.per_company {
            fields.insert("per_company".into(), people.into());
        }
        if criteria.hide_owned {
            fields.insert("hide_owned".into(), true.into());
        }
        if !criteria.taken_before.is_empty() {
            fields.insert("taken_before".into(), criteria.taken_before.into());
        }
        fields
    }
}

impl TryFrom<BTreeMap<String, Value>> for Criteria {
    type Error = String;

    /// Reads a snapshot. A field that is not known is an error: criteria without it would take people nobody asked for.
    fn try_from(fields: BTreeMap<String, Value>) -> Result<Self, String> {
        let mut criteria = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "quality" => {
                    criteria.quality = value.as_str().and_then(Quality::from_code).ok_or("an unknown quality")?;
                }
                "titles_exact" => criteria.titles_exact = value.as_bool().unwrap_or(false),
                "hide_owned" => criteria.hide_owned = value.as_bool().unwrap_or(false),
                "per_company" => criteria.per_company = value.as_u64().and_then(|people| u32::try_from(people).ok()),
                "taken_before" => criteria.taken_before = strings(&value),
                _ => {
                    let (field, values) = of_first_layout(&field, &value);
                    let filter = Filter::of(field).ok_or_else(|| format!("a filter called “{field}”"))?;
                    criteria.set(filter, values);
                }
            }
        }
        Ok(criteria)
    }
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// Snapshots made before there was a table named a few fields otherwise and kept sizes as `from51` and ranges as numbers.
fn of_first_layout<'field>(field: &'field str, value: &Value) -> (&'field str, Vec<String>) {
    let listed = strings(value);
    match field {
        "seniorities" => ("seniority", listed),
        "departments" => ("department", listed),
        "sizes" => {
            let codes = CompanySize::ALL.iter().filter(|size| listed.contains(&format!("from{}", size.range().min)));
            ("size", codes.map(|size| size.code().to_owned()).collect())
        }
        "size_range" if value.is_object() => {
            let number = |name: &str| value.get(name).and_then(Value::as_i64);
            let range = number("min").map(|min| match number("max") {
                Some(max) => format!("{min}-{max}"),
                None => format!("{min}+"),
            });
            ("size_range", range.into_iter().collect())
        }
        _ => (field, listed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::contacts::contact::testing::bare;

    fn criteria(fields: &[(&str, &str)]) -> Criteria {
        let form: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Criteria::parse(&form).unwrap()
    }

    #[test]
    fn groups_of_titles_become_stages_that_take_nobody_twice() {
        let groups = criteria(&[("titles", "VP Marketing"), ("titles_2", "Marketing"), ("titles_3", "CEO")]);
        let stages = groups.stages();
        assert_eq!(stages.len(), 3);
        for title in ["VP Marketing", "Marketing Manager", "CEO", "Chief Executive Officer, Marketing", "Gardener"] {
            let contact = Contact { title: title.into(), ..bare(1, "a@x.example") };
            let takers = stages.iter().filter(|stage| stage.matches(&contact)).count();
            assert_eq!(takers, usize::from(groups.matches(&contact)), "{title}");
        }
        assert_eq!(criteria(&[("titles", "CEO")]).stages().len(), 1);
        let kept: Criteria = serde_json::from_str(&serde_json::to_string(&stages[1]).unwrap()).unwrap();
        assert_eq!(kept, stages[1]);
    }

    #[test]
    fn snapshots_of_the_first_layout_are_understood() {
        let old = r#"{"titles":["CEO"],"exclude_titles":[],"seniorities":["c_suite"],"departments":[],"sizes":["from51"],
            "size_range":{"min":50,"max":null},"industries":[],"countries":["Germany"],"quality":"any"}"#;
        let kept: Criteria = serde_json::from_str(old).unwrap();
        let new = [("titles", "CEO"), ("seniority", "c_suite"), ("size", "51-200"), ("size_min", "50")];
        let new = criteria(&[&new[..], &[("countries", "Germany"), ("quality", "any")]].concat());
        assert_eq!(kept, new);
        assert!(serde_json::from_str::<Criteria>(r#"{"shoe_size":["42"]}"#).is_err());
    }

    #[test]
    fn exact_titles_leave_similar_ones_out() {
        let contact = Contact { title: "Vice President, Marketing".into(), ..bare(1, "a@x.example") };
        assert!(criteria(&[("titles", "VP Marketing")]).matches(&contact));
        assert!(!criteria(&[("titles", "VP Marketing"), ("titles_exact", "yes")]).matches(&contact));
        assert!(criteria(&[("titles", "vice president marketing"), ("titles_exact", "yes")]).matches(&contact));
    }

    #[test]
    fn all_of_some_and_none_of_others() {
        let mut contact = bare(1, "a@mail.acme.example");
        contact.keywords = vec!["b2b saas".into(), "machine learning".into()];
        contact.company = "Acme, Inc.".into();
        assert!(criteria(&[("keywords_all", "b2b, machine learning")]).matches(&contact));
        assert!(!criteria(&[("keywords_all", "b2b, e-commerce")]).matches(&contact));
        assert!(!criteria(&[("exclude_keywords", "saas")]).matches(&contact));
        assert!(criteria(&[("domains", "ACME inc")]).matches(&contact));
        assert!(!criteria(&[("exclude_domains", "acme.example")]).matches(&contact));
        let (known, all) = criteria(&[("keywords", "b2b"), ("domains", "acme inc")]).on_delivered_record();
        assert_eq!((known.values("keywords").len(), known.values("domains").len(), all), (0, 1, false));
    }
}
