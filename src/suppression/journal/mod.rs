//! The journal: what changes on the suppression lists and among the objections, once more in a file outside the database. A database that
//! is put back to an earlier day learns from it who opted out since.
//!
//! | file | what it is for |
//! |---|---|
//! | `change.rs` | one change: keyed hashes and ids, no address |
//! | `page.rs` | some changes as one signed line of the file |
//! | `file.rs` | appending durably, reading the end or everything |
//! | `write.rs` | from the queue in the database into the file |
//! | `standing.rs` | whether the database knows what the file says |
//! | `take_over.rs` | writing into the database what it missed |
//!
//! Triggers put each change into a queue in its transaction, so opting out waits for no second disk, and no way to change a list can be
//! left out. A worker writes the queue into the file, as pages with random ids, and then the id of the page into the database. A page that
//! the database does not know was therefore written after the day that the database is from.

mod change;
mod file;
mod page;
mod standing;
mod take_over;
#[cfg(test)]
mod tests;
mod write;

pub use standing::Standing;
pub use take_over::{TakenOver, Wishes, take_over, wishes};
pub use write::waiting;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use self::{
    file::File,
    page::{Page, PageId},
};
use super::SuppressionKeys;
use crate::server::clock::Instant;

/// The journal of this process: `app.of::<Journal>()`.
#[derive(Debug, Clone)]
pub struct Journal {
    file: File,
    keys: SuppressionKeys,
    /// The page that is known to be last in both, and when it was written.
    last: Arc<Mutex<Option<(PageId, Instant)>>>,
}

impl Journal {
    /// The journal in a file, which need not exist.
    pub fn new(path: PathBuf, keys: SuppressionKeys) -> Self {
        Self { file: File::new(path), keys, last: Arc::default() }
    }

    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Makes the file if it is not there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn prepare(&self) -> std::io::Result<()> {
        self.file.prepare().await
    }

    /// Notes that the database knows these pages now.
    pub fn caught_up(&self, pages: &[Page]) {
        self.set_last(pages.last().map(|page| (page.page, page.at)));
    }

    fn last(&self) -> Option<(PageId, Instant)> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_last(&self, page: Option<(PageId, Instant)>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}
