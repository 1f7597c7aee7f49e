//! What is to be said about the values of an audience form: unknown words, values that match no one, lists that were
//! read as several values.
//!
//! A word that a fixed vocabulary does not know is left out of the count, so that the rest stays usable; with it an audience
//! is not saved. Free text (titles, keywords, companies) is counted as it is.

use std::{collections::BTreeMap, time::Duration};

use super::{keyword::as_keyword, nearest::nearest};
use crate::{
    directory::{Asking, Criteria, Filter, Mode, Reading, Values, meant_by},
    fields::FieldErrors,
    server::error::AppError,
    ui::{Mark, Offer, Told, plural},
};

/// Values of each field that are looked up however long it takes …
const CHECKED_EACH: usize = 50;
/// … words beyond them that decide whether an audience can be saved, of the whole form …
const DECIDING: usize = 200;
/// … and how long the others are.
const TIME: Duration = Duration::from_millis(300);
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
    for (filter, value) in without_people(asking, &checked.typed, TIME).await? {
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
async fn without_people(
    asking: &Asking,
    criteria: &Criteria,
    time: Duration,
) -> Result<Vec<(&'static Filter, String)>, AppError> {
    let typed = criteria.chosen().filter(|(filter, _)| filter.typed().is_some());
    let (pairs, always) = in_turn(typed.map(|(filter, values)| (filter, values.to_vec())).collect());
    if pairs.is_empty() {
        return Ok(pairs);
    }
    let held = asking.are_held(pairs.clone(), always, time).await?;
    Ok(pairs.into_iter().zip(held).filter(|(_, held)| *held == Some(false)).map(|(pair, _)| pair).collect())
}

/// The values in the order in which they are looked up, and how many of them always are: the first ones of every field, and a bounded number
/// of those that decide whether the audience can be saved. The others take turns, so that no field waits for the end of another one's list.
fn in_turn(fields: Vec<(&'static Filter, Vec<String>)>) -> (Vec<(&'static Filter, String)>, usize) {
    let longest = fields.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    let turns = (0..longest).flat_map(|turn| {
        fields.iter().filter_map(move |(filter, values)| Some((turn, *filter, values.get(turn)?.clone())))
    });
    let mut deciding = 0;
    let (first, rest): (Vec<_>, Vec<_>) = turns.partition(|(turn, filter, value)| {
        if *turn < CHECKED_EACH {
            return true;
        }
        let decides = filter.is_fixed() && filter.mode != Mode::None && !is_listed(filter, value);
        deciding += usize::from(decides);
        decides && deciding <= DECIDING
    });
    let always = first.len();
    (first.into_iter().chain(rest).map(|(_, filter, value)| (filter, value)).collect(), always)
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
        let found = as_keyword(asking, criteria, filter, value).await?;
        offers.extend(found.map(|(field, people)| Offer {
            label: format!("Use it as a keyword: {}", plural(people, "person", "people")),
            field: field.to_owned(),
            value: value.to_owned(),
        }));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::testing::test_apps, directory::Directory, server::form::Form};

    fn values(word: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{word} {number}")).collect()
    }

    #[test]
    fn no_field_waits_for_the_end_of_another_ones_list() {
        let of = |field| Filter::of(field).unwrap();
        let fields = vec![
            (of("titles"), values("Title", 400)),
            (of("cities"), values("City", 60)),
            (of("domains"), values("X", 3)),
        ];
        let (pairs, always) = in_turn(fields);
        assert_eq!(pairs.len(), 463, "every value once");
        // A city that no list knows decides whether the audience can be saved.
        assert_eq!(always, 50 + 60 + 3);
        let place = |value: &str| pairs.iter().position(|(_, one)| one == value).unwrap();
        assert!(place("City 59") < place("Title 50") && place("X 2") < place("Title 4") && place("Title 399") == 462);
    }

    #[test]
    fn however_many_words_decide_a_bounded_number_is_looked_up_without_any_time() {
        let of = |field| Filter::of(field).unwrap();
        let fields = ["cities", "regions", "technologies", "hq_cities", "exclude_cities"];
        let lists = fields.map(|field| (of(field), values(field, 500))).to_vec();
        let (pairs, always) = in_turn(lists);
        assert_eq!((pairs.len(), always), (2_500, 5 * CHECKED_EACH + DECIDING));
        // Each field has its share of them.
        let share = |field: &str| pairs[..always].iter().filter(|(filter, _)| filter.field == field).count();
        assert_eq!(fields.map(share), [100, 100, 100, 100, 50]);
        // Values that a list names cost nothing: they are known.
        let named: Vec<String> = crate::directory::INDUSTRIES.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(in_turn(vec![(of("industries"), named)]).1, CHECKED_EACH);
    }

    #[tokio::test]
    async fn the_first_values_of_every_field_are_looked_up_without_any_time() {
        for test in test_apps(&[]).await {
            crate::campaigns::requests::tests::add_contacts(&test.app.db, 3).await;
            let directory = test.app.of::<Directory>();
            directory.catch_up(&test.app.db, &test.app.clock).await.unwrap();
            let form = format!(
                "titles={}&domains={}&exclude_domains=no.example%0Aacorn.example",
                values("Title", 400).join("%0A"),
                values("Company", 90).join("%0A")
            );
            let criteria = Criteria::read(Form::parse(form.as_bytes()).pairs()).criteria;
            let asking = directory.asked_by_work();
            let count = |missing: &[(&'static Filter, String)], field: &str| {
                missing.iter().filter(|(filter, _)| filter.field == field).count()
            };
            let few = without_people(&asking, &criteria, Duration::ZERO).await.unwrap();
            assert_eq!(["titles", "domains", "exclude_domains"].map(|field| count(&few, field)), [50, 50, 1]);
            let all = without_people(&asking, &criteria, Duration::from_secs(600)).await.unwrap();
            assert_eq!(["titles", "domains", "exclude_domains"].map(|field| count(&all, field)), [400, 90, 1]);
        }
    }
}
