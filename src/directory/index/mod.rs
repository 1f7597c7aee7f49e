//! The search index of the directory: embedded, derived from the contacts table, rebuilt from it at any time.
//!
//! Each copy of the server keeps its own index in its data folder and follows the contacts' revision counter.

mod bits;
mod coded;
mod column;
mod cores;
mod facets;
mod follow;
mod planes;
mod question;
mod remembered;
mod schema;
mod search;
mod segment;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, Searcher};
use tokio::sync::Notify;

use crate::directory::{ContactId, Counted, Criteria, Facet, Filter, Quality};

use cores::among_cores;
use question::Question;
use remembered::Remembered;
use schema::{Fields, LAYOUT, schema};

pub use search::Contacts;

/// The searchable directory of this process. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    index: RwLock<Opened>,
    remembered: Remembered,
    /// One writer at a time in this process.
    writing: tokio::sync::Mutex<()>,
    wake: Arc<Notify>,
    /// The moment (microseconds since 1970) up to which the index holds every contact; 0 before the first catch-up.
    as_of: AtomicI64,
    ready: AtomicBool,
    /// Files of the index cannot be read or written; the follower begins it anew.
    damaged: AtomicBool,
    /// Whether what is counted with every answer is read before questions see it; see [`Directory::read_ahead`].
    reads_ahead: AtomicBool,
    /// The revision that this process has opened.
    revision: AtomicI64,
}

#[derive(Clone)]
struct Opened {
    index: Index,
    reader: IndexReader,
    /// What questions see.
    searcher: Searcher,
    fields: Fields,
}

/// What the index says about itself in each commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    layout: u32,
    /// Of the database it was made from.
    identity: String,
    revision: i64,
    /// The highest contact id it holds: higher ones need no deletion first.
    last_contact: i64,
}

/// How many contacts criteria match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub total: u64,
    /// Match as well, but have an address of a lower quality than asked for (rule C8).
    pub unverified_left_out: u64,
    /// Contacts in the index.
    pub directory: u64,
    /// The count holds for this moment, in microseconds since 1970.
    pub as_of: i64,
}

/// Everything that the audience page shows about criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub count: Count,
    /// What each value of each counted filter would leave.
    pub facets: Vec<Facet>,
    /// How many would match without each filter that has values, by field.
    pub without: Vec<(&'static str, u64)>,
    /// How many are left with the asked number of people per company.
    pub per_company: Option<u64>,
    /// How many of the matching people the workspace owns.
    pub owned: u64,
    pub samples: Vec<ContactId>,
}

/// Which matches are shown as samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Samples {
    /// At most.
    pub number: u64,
    /// The same seed has the same samples of the same criteria.
    pub seed: u64,
}

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    #[error("the search index: {0}")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the search index stopped in the middle of a question")]
    Stopped(#[from] tokio::task::JoinError),
}

impl Directory {
    /// Opens the index in `folder`. One that is missing, damaged or of an older layout is begun anew (and filled by
    /// [`Directory::catch_up`]).
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let opened = match Opened::existing(folder) {
            Ok(opened) => opened,
            Err(reason) => {
                if folder.exists() {
                    tracing::warn!(%reason, "the search index is begun anew");
                }
                Opened::fresh(folder)?
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                index: RwLock::new(opened),
                remembered: Remembered::default(),
                writing: tokio::sync::Mutex::new(()),
                wake: Arc::new(Notify::new()),
                as_of: AtomicI64::new(0),
                ready: AtomicBool::new(false),
                damaged: AtomicBool::new(false),
                reads_ahead: AtomicBool::new(false),
                revision: AtomicI64::new(-1),
            }),
        })
    }

    /// Whether the index has caught up with the database since the start.
    pub fn is_ready(&self) -> bool {
        self.inner.ready.load(Ordering::Acquire)
    }

    /// Makes the follower look at once instead of at its next turn: contacts were written.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }

    /// Contacts in the index.
    pub fn len(&self) -> u64 {
        self.opened().searcher.num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many contacts match, exactly.
    pub async fn count(&self, criteria: &Criteria) -> Result<Count, IndexError> {
        let as_of = self.inner.as_of.load(Ordering::Acquire);
        self.ask(criteria, None, move |_, found, searcher| count_of(found, searcher.num_docs(), as_of)).await
    }

    /// Everything about criteria at once, with samples; of `owned`, the contacts that the workspace has already.
    pub async fn answer(&self, criteria: &Criteria, owned: &Contacts, samples: Samples) -> Result<Answer, IndexError> {
        let as_of = self.inner.as_of.load(Ordering::Acquire);
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
        let (directory, criteria) = (self.clone(), criteria.clone());
        tokio::task::spawn_blocking(move || {
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

    fn opened(&self) -> Opened {
        self.inner.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Opened {
    fn existing(folder: &Path) -> Result<Self, String> {
        let index = Index::open_in_dir(folder).map_err(|error| error.to_string())?;
        let opened = Self::of(index).map_err(|error| error.to_string())?;
        let standing = opened.standing().map_err(|error| error.to_string())?;
        if opened.index.schema() != schema().0 || standing.layout != LAYOUT {
            return Err("its layout is another one".to_owned());
        }
        // a segment whose files are damaged shows itself when a term is read
        let question = Question::of(&Criteria::default());
        search::matches(&opened.searcher, &opened.fields, &Remembered::default(), &question, None)
            .map_err(|error| error.to_string())?;
        Ok(opened)
    }

    fn fresh(folder: &Path) -> Result<Self, IndexError> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let index = Index::builder().schema(schema().0).settings(IndexSettings::default()).create_in_dir(folder)?;
        Ok(Self::of(index)?)
    }

    fn of(index: Index) -> tantivy::Result<Self> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher = reader.searcher();
        Ok(Self { index, reader, searcher, fields: schema().1 })
    }

    fn standing(&self) -> tantivy::Result<Standing> {
        let payload = self.index.load_metas()?.payload;
        let standing = payload.and_then(|payload| serde_json::from_str(&payload).ok());
        Ok(standing.unwrap_or(Standing { layout: LAYOUT, ..Standing::default() }))
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
            super::Mode::Any => found.question.own_group(attribute),
            super::Mode::None => {
                found.question.groups.iter().position(|one| !one.is_taken && one.attribute == attribute)
            }
            super::Mode::All => None,
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

impl From<IndexError> for crate::server::error::AppError {
    fn from(error: IndexError) -> Self {
        Self::Internal(error.into())
    }
}
