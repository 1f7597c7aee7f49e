//! What is to be said about the values of an audience form: unknown words, values that match no one, lists that were
//! read as several values.
//!
//! A word that a fixed vocabulary does not know is left out of the count, so that the rest stays usable; with it an audience
//! is not saved. Free text (titles, keywords, companies) is counted as it is.

use std::collections::BTreeMap;

use super::{count::whole, nearest::nearest};
use crate::{
    directory::{Asking, Criteria, Filter, Mode, Reading, Values, meant_by},
    fields::FieldErrors,
    server::error::AppError,
    ui::{Mark, Offer, Told, plural},
};

/// Values that are looked up, of all fields together.
const CHECKED: usize = 300;
/// Names of a long list that are told.
const NAMED: usize = 3;
/// Words that something is offered for: each costs a search.
const SEARCHED: usize = 20;
/// Values that are offered instead of one.
const OFFERS: usize = 2;

/// What to say, by field.
pub type ByField = BTreeMap<&'static str, Told>;

/// A form with what is to be said about it.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was typed, as far as it could be read.
    pub typed: Criteria,
    /// What is counted: without unknown words.
    pub criteria: Criteria,
    pub told: ByField,
    /// The words that are not in `criteria`.
    pub ignored: Vec<String>,
    pub notes: FieldErrors,
    /// What cannot be read.
    pub errors: FieldErrors,
    /// Words that no list knows.
    unlisted: FieldErrors,
    /// Words that no one in the directory has; other sources may know them.
    unheard: FieldErrors,
}

impl Checked {
    /// Why the audience is not saved as it is. `asks_others`: whether other sources than the directory are asked.
    pub fn refused(&self, asks_others: bool) -> FieldErrors {
        let mut refused = self.errors.clone();
        let unheard = self.unheard.iter().filter(|_| !asks_others);
        self.unlisted.iter().chain(unheard).for_each(|(field, text)| refused.add(field, text));
        refused
    }

    fn mark(&mut self, filter: &'static Filter, mark: Mark) {
        if mark.is_bad {
            self.ignored.push(mark.value.clone());
        }
        self.told.entry(filter.field).or_default().marks.push(mark);
    }
}

/// What to change about a word that is not known.
fn fault(mark: &Mark) -> String {
    let offered: Vec<&str> = mark.offers.iter().map(|offer| offer.label.as_str()).collect();
    match offered.as_slice() {
        [] => mark.text.clone(),
        offers => format!("{} You can use instead: {}.", mark.text, offers.join("; ")),
    }
}

/// Looks every value up.
///
/// # Errors
/// When the index does not answer.
pub async fn check(asking: &Asking, reading: Reading) -> Result<Checked, AppError> {
    let Reading { criteria, errors, unknown, spelt, notes } = reading;
    let mut checked = Checked { typed: criteria.clone(), criteria, notes, errors, ..Checked::default() };
    for one in spelt {
        checked.told.entry(one.field).or_default().spelt.push((one.typed, one.values));
    }
    for one in unknown {
        let Some(filter) = Filter::of(one.field) else { continue };
        let offers = listed(filter, &one.value);
        let mark = Mark { value: one.value, text: one.message, is_bad: true, offers };
        checked.unlisted.add(filter.field, fault(&mark));
        checked.mark(filter, mark);
    }
    let mut searched = 0;
    for (filter, value) in without_people(asking, &checked.typed).await? {
        let is_unknown = filter.is_fixed() && !is_listed(filter, &value);
        let is_bad = is_unknown && filter.mode != Mode::None;
        if is_bad {
            checked.criteria.drop_values(filter.field, std::slice::from_ref(&value));
        }
        let offers = if is_unknown && searched < SEARCHED {
            searched += 1;
            offers(asking, &checked.criteria, filter, &value).await?
        } else {
            Vec::new()
        };
        let text = nobody(filter, &value);
        let mark = Mark { value, text, is_bad, offers };
        if is_bad {
            checked.unheard.add(filter.field, fault(&mark));
        }
        checked.mark(filter, mark);
    }
    shorten_long_lists(&mut checked);
    Ok(checked)
}

/// What fields read, as they get it.
pub fn as_json(told: ByField) -> Vec<(String, String)> {
    let json = |told: &Told| serde_json::to_string(told).unwrap_or_default();
    told.iter().map(|(field, told)| ((*field).to_owned(), json(told))).collect()
}

/// The typed values that no one in the directory has. Where no one has any value of that kind, nothing can be said.
async fn without_people(asking: &Asking, criteria: &Criteria) -> Result<Vec<(&'static Filter, String)>, AppError> {
    let typed = criteria.chosen().filter(|(filter, _)| filter.typed().is_some());
    let pairs = typed.flat_map(|(filter, values)| values.iter().map(move |value| (filter, value.clone())));
    let pairs: Vec<(&'static Filter, String)> = pairs.take(CHECKED).collect();
    if pairs.is_empty() {
        return Ok(pairs);
    }
    let held = asking.holders(pairs.clone()).await?;
    Ok(pairs.into_iter().zip(held).filter(|(_, people)| *people == Some(0)).map(|(pair, _)| pair).collect())
}

fn is_listed(filter: &Filter, value: &str) -> bool {
    filter.typed().is_some_and(|typed| (typed.known)().contains(&value))
}

/// The sentence about a value that no one has.
fn nobody(filter: &Filter, value: &str) -> String {
    let told = match filter.attribute.code {
        "title" | "exact_title" => format!("No one has the title “{value}”."),
        "industry" if is_listed(filter, value) => format!("No one in the directory works in “{value}”."),
        "industry" => format!("No such industry: “{value}”."),
        "keyword" => format!("No company has the keyword “{value}”."),
        "technology" => format!("No company is known to use “{value}”."),
        "company" => format!("No one works at “{value}”."),
        place if place.starts_with("hq_") => format!("No company has its headquarters in “{value}”."),
        _ => format!("No one in the directory is in “{value}”."),
    };
    if filter.mode == Mode::None { format!("{told} So it leaves no one out.") } else { told }
}

/// What could stand in the place of a word that the vocabulary does not know.
async fn offers(
    asking: &Asking,
    criteria: &Criteria,
    filter: &'static Filter,
    value: &str,
) -> Result<Vec<Offer>, AppError> {
    let mut offers = listed(filter, value);
    if offers.is_empty() && filter.attribute.code != "industry" {
        let start: String = value.chars().take(3).collect();
        let found = asking.complete(&Criteria::everybody(), filter, &start).await?;
        let names: Vec<&str> = found.iter().map(|one| one.value.as_str()).collect();
        offers = nearest(&names, value).into_iter().take(OFFERS).map(same_field).collect();
    }
    if filter.attribute.code == "industry" {
        let keywords = if filter.mode == Mode::None { "exclude_keywords" } else { "keywords" };
        offers.extend(as_keyword(asking, criteria, keywords, value).await?);
    }
    Ok(offers)
}

/// Names on the list of the vocabulary that may be meant.
fn listed(filter: &Filter, value: &str) -> Vec<Offer> {
    let Values::Typed(typed) = &filter.values else { return Vec::new() };
    let meant = meant_by(value).filter(|_| filter.attribute.code == "industry");
    let names = match meant {
        Some(meant) => meant.industries.to_vec(),
        None => nearest(&(typed.known)(), value),
    };
    names.into_iter().take(OFFERS).map(same_field).collect()
}

fn same_field(name: &str) -> Offer {
    Offer { label: name.to_owned(), field: String::new(), value: name.to_owned() }
}

/// The word as a keyword, when companies have it.
async fn as_keyword(
    asking: &Asking,
    criteria: &Criteria,
    field: &'static str,
    value: &str,
) -> Result<Option<Offer>, AppError> {
    let Some(keywords) = Filter::of(field) else { return Ok(None) };
    let people = asking.count_values(criteria, keywords, vec![value.to_owned()]).await?;
    let people = people.first().map_or(0, |one| whole(one.leaves));
    Ok((people > 0).then(|| Offer {
        label: format!("Use it as a keyword: {}", plural(people, "person", "people")),
        field: field.to_owned(),
        value: value.to_owned(),
    }))
}

/// Lists that are text and no chips say it in one sentence.
fn shorten_long_lists(checked: &mut Checked) {
    for field in ["domains", "exclude_domains"] {
        let Some(told) = checked.told.remove(field) else { continue };
        let named: Vec<&str> = told.marks.iter().take(NAMED).map(|mark| mark.value.as_str()).collect();
        let more = if told.marks.len() > NAMED { " and others" } else { "" };
        let count = checked.typed.values(field).len();
        let note = match told.marks.len() {
            0 => continue,
            1 => nobody_at(field, named[0]),
            missing => format!("{missing} of these {count} match no one: {}{more}.", named.join(", ")),
        };
        checked.notes.add(field, note);
    }
}

fn nobody_at(field: &str, company: &str) -> String {
    Filter::of(field).map(|filter| nobody(filter, company)).unwrap_or_default()
}
