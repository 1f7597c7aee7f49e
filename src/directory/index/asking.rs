//! Asking the index. Members' questions go through a gate, so that a few who type do not take all cores; background work is
//! bounded by its number of workers.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, atomic::Ordering},
    thread::available_parallelism,
    time::Duration,
};

use tantivy::Searcher;
use uuid::Uuid;

use super::{
    Answer, Contacts, Count, Directory, IndexError, Samples,
    cores::among_cores,
    question::{Group, Question},
    search,
};
use crate::{
    directory::{ContactId, Counted, Criteria, Filter, Mode, Quality},
    server::{
        error::AppError,
        gate::{Gate, Limits, Purpose, Turn},
        http::client_left,
    },
};

/// Questions that wait in all.
const WAITING: usize = 256;
/// Questions of one user that wait: a browser that opens all its tabs again.
const WAITING_EACH: usize = 64;
/// Longest wait: an answer that comes later is of no use to who types.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The gate before the questions of members. A question about a large directory keeps all cores busy.
pub(super) fn gate() -> Gate {
    let at_once = available_parallelism().map_or(2, NonZero::get).max(2);
    Gate::new(Limits {
        at_once,
        at_once_each: at_once / 2,
        waiting: WAITING,
        waiting_each: WAITING_EACH,
        wait_max: WAIT_MAX,
    })
}

/// Who may ask the index now. Ask for it before a connection of the database: it may have to wait.
#[derive(Clone)]
pub struct Asking {
    directory: Directory,
    turn: Option<Arc<Turn>>,
}

impl Directory {
    /// Lets a member ask, after waiting for a turn.
    ///
    /// # Errors
    /// 503 when too many wait, 429 when too many of this user do, 409 when a newer question of the same kind came.
    pub async fn asked_by(&self, user: Uuid, purpose: Purpose) -> Result<Asking, AppError> {
        let turn = self.inner.gate.enter(user, purpose, client_left()).await?;
        Ok(Asking { directory: self.clone(), turn: Some(Arc::new(turn)) })
    }

    /// Lets background work ask.
    pub fn asked_by_work(&self) -> Asking {
        Asking { directory: self.clone(), turn: None }
    }
}

impl Asking {
    /// How many contacts match, exactly.
    pub async fn count(&self, criteria: &Criteria) -> Result<Count, IndexError> {
        let as_of = self.directory.inner.as_of.load(Ordering::Acquire);
        self.ask(criteria, None, move |_, found, searcher| count_of(found, searcher.num_docs(), as_of)).await
    }

    /// Everything about criteria at once, with samples; of `owned`, the contacts that the workspace has already.
    pub async fn answer(&self, criteria: &Criteria, owned: &Contacts, samples: Samples) -> Result<Answer, IndexError> {
        let as_of = self.directory.inner.as_of.load(Ordering::Acquire);
        let hidden = criteria.hide_owned.then(|| owned.clone());
        let owned = owned.clone();
        self.ask(criteria, hidden, move |criteria, found, searcher| {
            among_cores(searcher.num_docs(), || {
                Ok(Answer {
                    count: count_of(found, searcher.num_docs(), as_of)?,
                    facets: found.facets(criteria)?,
                    without: without_each(criteria, found)?,
                    per_company: criteria.per_company.map(|people| found.total_per_company(people)).transpose()?,
                    owned: if criteria.hide_owned { 0 } else { found.count_among(&owned)? },
                    samples: found.spread(samples.number, samples.seed)?,
                })
            })
        })
        .await
    }

    /// Values of a filter that complete what was typed, the most frequent first.
    pub async fn complete(
        &self,
        criteria: &Criteria,
        filter: &'static Filter,
        typed: &str,
    ) -> Result<Vec<Counted>, IndexError> {
        let typed = typed.to_owned();
        self.ask(criteria, None, move |criteria, found, _| found.complete(criteria, filter, &typed)).await
    }

    /// How many people each of these values of a filter would leave and add, in their order.
    pub async fn count_values(
        &self,
        criteria: &Criteria,
        filter: &'static Filter,
        values: Vec<String>,
    ) -> Result<Vec<Counted>, IndexError> {
        self.ask(criteria, None, move |criteria, found, _| found.count_values(criteria, filter, values)).await
    }

    /// How many people of the whole directory have each of these values, whatever their address is; nothing where no one has
    /// any value of that kind.
    pub async fn holders(&self, values: Vec<(&'static Filter, String)>) -> Result<Vec<Option<u64>>, IndexError> {
        let everybody = Criteria::everybody();
        self.ask(&everybody, None, move |criteria, found, _| {
            let mut held = Vec::with_capacity(values.len());
            for (filter, value) in values {
                let counted = found.count_values(criteria, filter, vec![value])?;
                let people = counted.first().map_or(0, |one| one.leaves);
                let is_told = people > 0 || found.is_told(criteria.attribute_of(filter))?;
                held.push(is_told.then_some(people));
            }
            Ok(held)
        })
        .await
    }

    /// Whether anyone of the whole directory has each of these values. The first `always` are looked up, the others while `time` lasts.
    /// Nothing is said of a value that was not reached, nor where no one has any value of that kind.
    pub async fn are_held(
        &self,
        values: Vec<(&'static Filter, String)>,
        always: usize,
        time: Duration,
    ) -> Result<Vec<Option<bool>>, IndexError> {
        let begin = std::time::Instant::now();
        self.ask(&Criteria::everybody(), None, move |criteria, found, _| {
            let mut told: HashMap<&'static str, bool> = HashMap::new();
            let mut held = Vec::with_capacity(values.len());
            for (place, (filter, value)) in values.into_iter().enumerate() {
                if place >= always && begin.elapsed() > time {
                    held.push(None);
                    continue;
                }
                let attribute = criteria.attribute_of(filter);
                let is_held = found.has_any(&Group::of(attribute, vec![value], true, true))?;
                if !is_held && !told.contains_key(attribute.code) {
                    told.insert(attribute.code, found.is_told(attribute)?);
                }
                held.push((is_held || told[attribute.code]).then_some(is_held));
            }
            Ok(held)
        })
        .await
    }

    /// The first `limit` matching contacts with a higher id than `after`, ascending.
    pub async fn matching(
        &self,
        criteria: &Criteria,
        after: ContactId,
        limit: usize,
    ) -> Result<Vec<ContactId>, IndexError> {
        self.ask(criteria, None, move |_, found, _| {
            let mut ids = found.ids()?;
            ids.retain(|id| *id > after);
            if ids.len() > limit {
                ids.select_nth_unstable(limit);
                ids.truncate(limit);
            }
            ids.sort_unstable();
            Ok(ids)
        })
        .await
    }

    /// How many of `contacts` match.
    pub async fn count_among(&self, criteria: &Criteria, contacts: &Contacts) -> Result<u64, IndexError> {
        let among = contacts.clone();
        self.ask(criteria, None, move |_, found, _| found.count_among(&among)).await
    }

    /// Of those who match: how many match the criteria of each other one too, and how many are among its contacts. Nobody
    /// is compared with criteria that ask for everybody.
    pub async fn count_overlaps(
        &self,
        criteria: &Criteria,
        others: Vec<(Criteria, Contacts)>,
    ) -> Result<Vec<(u64, u64)>, IndexError> {
        self.ask(criteria, None, move |_, found, _| {
            let overlap = |(other, contacts): &(Criteria, Contacts)| {
                let common = if other.is_open() { 0 } else { found.count_common(&Question::of(other))? };
                Ok((common, found.count_among(contacts)?))
            };
            others.iter().map(overlap).collect()
        })
        .await
    }

    /// How many contacts match both.
    pub async fn count_common(&self, one: &Criteria, other: &Criteria) -> Result<u64, IndexError> {
        let other = Question::of(other);
        self.ask(one, None, move |_, found, _| found.count_common(&other)).await
    }

    async fn ask<Answer: Send + 'static>(
        &self,
        criteria: &Criteria,
        hidden: Option<Contacts>,
        answer: impl FnOnce(&Criteria, &search::Matches<'_>, &Searcher) -> tantivy::Result<Answer> + Send + 'static,
    ) -> Result<Answer, IndexError> {
        // The turn ends with the work, also after the question was dropped.
        let (directory, turn, criteria) = (self.directory.clone(), self.turn.clone(), criteria.clone());
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let opened = directory.opened();
            let searcher = &opened.searcher;
            let question = Question::of(&criteria);
            let remembered = &directory.inner.remembered;
            let outcome = search::matches(searcher, &opened.fields, remembered, &question, hidden.as_ref())
                .and_then(|found| answer(&criteria, &found, searcher));
            if outcome.is_err() {
                directory.mark_damaged();
            }
            Ok(outcome?)
        })
        .await?
    }
}

fn count_of(found: &search::Matches<'_>, directory: u64, as_of: i64) -> tantivy::Result<Count> {
    let reachable = found.total_with_quality(Quality::Any)?;
    Ok(Count { total: found.total, unverified_left_out: reachable.saturating_sub(found.total), directory, as_of })
}

/// What would match without each filter that has values, those that belong together in one.
fn without_each(criteria: &Criteria, found: &search::Matches<'_>) -> tantivy::Result<Vec<(&'static str, u64)>> {
    let (mut fields, mut groups): (Vec<&'static str>, Vec<usize>) = (Vec::new(), Vec::new());
    for (filter, _) in criteria.chosen() {
        let attribute = criteria.attribute_of(filter);
        let own = match filter.mode {
            Mode::Any => found.question.own_group(attribute),
            Mode::None => found.question.groups.iter().position(|one| !one.is_taken && one.attribute == attribute),
            Mode::All => None,
        };
        let same_group = |field: &str| {
            Filter::of(field).is_some_and(|one| criteria.attribute_of(one) == attribute && one.mode == filter.mode)
        };
        if let Some(own) = own.filter(|_| !fields.iter().any(|field| same_group(field))) {
            fields.push(filter.field);
            groups.push(own);
        }
    }
    Ok(fields.into_iter().zip(found.totals_without(&groups)?).collect())
}
