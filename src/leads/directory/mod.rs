//! The search index of the directory: embedded, derived from the contacts table, rebuilt from it at any time.
//!
//! Each copy of the server keeps its own index in its data folder and follows the contacts' revision counter.

mod docs;
mod follow;
mod search;
mod terms;
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
use tantivy::{
    Index, IndexReader, IndexSettings, ReloadPolicy,
    schema::{FAST, INDEXED, STRING, Schema},
};
use tokio::sync::Notify;

use crate::server::db::Tx;

use super::{ContactId, Criteria, SampleContact, contacts_by_id};
use search::{Fields, Remembered};

/// Goes up when the terms of a contact change: older indexes are then rebuilt.
const LAYOUT: u32 = 1;

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
    /// The revision that this process has opened.
    revision: AtomicI64,
}

#[derive(Clone)]
struct Opened {
    index: Index,
    reader: IndexReader,
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
        self.opened().reader.searcher().num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many contacts match, exactly.
    pub async fn count(&self, criteria: &Criteria) -> Result<Count, IndexError> {
        self.ask(criteria, |searcher, found| {
            Ok(Count {
                total: found.total,
                unverified_left_out: found.left_out,
                directory: searcher.num_docs(),
                as_of: 0,
            })
        })
        .await
        .map(|count| Count { as_of: self.inner.as_of.load(Ordering::Acquire), ..count })
    }

    /// The first `limit` matching contacts with a higher id than `after`, ascending.
    pub async fn matching(
        &self,
        criteria: &Criteria,
        after: ContactId,
        limit: usize,
    ) -> Result<Vec<ContactId>, IndexError> {
        self.ask(criteria, move |_, found| {
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

    /// How many of `contacts` (in any order) match.
    pub async fn count_among(&self, criteria: &Criteria, contacts: &[ContactId]) -> Result<u64, IndexError> {
        if contacts.is_empty() {
            return Ok(0);
        }
        let mut among = contacts.to_vec();
        among.sort_unstable();
        self.ask(criteria, move |_, found| {
            Ok(found.ids()?.iter().filter(|id| among.binary_search(id).is_ok()).count() as u64)
        })
        .await
    }

    /// Up to `number` matching contacts from all over the directory, masked. The same question has the same samples.
    pub async fn samples(
        &self,
        tx: &mut Tx,
        criteria: &Criteria,
        number: u64,
    ) -> Result<Vec<SampleContact>, IndexError> {
        let ids = self
            .ask(criteria, move |_, found| {
                let shown = number.min(found.total);
                let places: Vec<u64> = (0..shown).map(|nth| (2 * nth + 1) * found.total / (2 * shown)).collect();
                found.at(&places)
            })
            .await?;
        Ok(contacts_by_id(tx, &ids).await?.iter().map(SampleContact::from).collect())
    }

    async fn ask<Answer: Send + 'static>(
        &self,
        criteria: &Criteria,
        answer: impl FnOnce(&tantivy::Searcher, &search::Matches<'_>) -> tantivy::Result<Answer> + Send + 'static,
    ) -> Result<Answer, IndexError> {
        let (directory, criteria) = (self.clone(), criteria.clone());
        tokio::task::spawn_blocking(move || {
            let opened = directory.opened();
            let searcher = opened.reader.searcher();
            let found = search::matches(&searcher, opened.fields, &directory.inner.remembered, &criteria)?;
            Ok(answer(&searcher, &found)?)
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
        let searcher = opened.reader.searcher();
        search::matches(&searcher, opened.fields, &Remembered::default(), &Criteria::default())
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
        Ok(Self { index, reader, fields: schema().1 })
    }

    fn standing(&self) -> tantivy::Result<Standing> {
        let payload = self.index.load_metas()?.payload;
        let standing = payload.and_then(|payload| serde_json::from_str(&payload).ok());
        Ok(standing.unwrap_or(Standing { layout: LAYOUT, ..Standing::default() }))
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let id = schema.add_u64_field("id", INDEXED | FAST);
    let term = schema.add_text_field("term", STRING);
    let size = schema.add_text_field("size", STRING);
    (schema.build(), Fields { id, term, size })
}

impl From<IndexError> for crate::server::error::AppError {
    fn from(error: IndexError) -> Self {
        Self::Internal(error.into())
    }
}
