//! The search index of the directory: embedded, derived from the contacts table, rebuilt from it at any time.
//!
//! Each copy of the server keeps its own index in its data folder and follows the contacts' revision counter.

mod asking;
mod bits;
mod changes;
mod coded;
mod column;
mod cores;
mod facets;
mod follow;
mod frequent;
mod planes;
mod question;
mod remembered;
mod schema;
mod search;
mod segment;
#[cfg(test)]
mod tests;
mod writing;

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

use crate::{
    directory::{ContactId, Criteria, Facet},
    server::gate::Gate,
};

use question::Question;
use remembered::Remembered;
use schema::{Fields, LAYOUT, schema};

pub use asking::Asking;
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
    /// Before the questions of members.
    gate: Gate,
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
                gate: asking::gate(),
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

    /// Contacts in the index of `folder`, which is left as it is.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn examine(folder: &Path) -> Result<u64, String> {
        Opened::existing(folder).map(|opened| opened.searcher.num_docs())
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

impl From<IndexError> for crate::server::error::AppError {
    fn from(error: IndexError) -> Self {
        Self::Internal(error.into())
    }
}
