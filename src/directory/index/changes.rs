//! Contacts as they changed, some at a time.

use std::time::{Duration, Instant as Moment};

use tokio::sync::watch;

use super::IndexError;
use crate::{
    directory::contacts::store::{StoredContact, contacts_after, counters},
    server::db::Db,
};

/// Contacts read at a time.
const PAGE: i64 = 1_000;
/// An import of fewer contacts is indexed when it is done.
const WORTH_A_START: i64 = 10_000;
/// How often it is looked whether more were written.
const LOOK: Duration = Duration::from_millis(100);

/// The contacts in the order of their revisions.
pub struct Changes<'db> {
    pub db: &'db Db,
    /// Whether contacts are being written at this moment; nothing is waited for without it.
    writing: Option<watch::Receiver<bool>>,
    /// No more are to be expected: who writes has ended before the last look.
    is_over: bool,
}

impl<'db> Changes<'db> {
    /// Those that are there.
    pub fn there(db: &'db Db) -> Self {
        Self { db, writing: None, is_over: false }
    }

    /// Those that are being written, too, until `writing` says that all are.
    pub fn while_written(db: &'db Db, writing: watch::Receiver<bool>) -> Self {
        Self { db, writing: Some(writing), is_over: false }
    }

    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Waits until there is enough after a revision to begin with.
    ///
    /// # Errors
    /// The database's.
    pub async fn until_worth_it(&mut self, revision: i64) -> Result<(), IndexError> {
        self.wait_for(revision + WORTH_A_START, None).await
    }

    /// The next ones after a revision: while they are being written, as soon as there is a page of them, and at `due` what there is.
    ///
    /// # Errors
    /// The database's.
    pub async fn after(&mut self, revision: i64, due: Moment) -> Result<Vec<StoredContact>, IndexError> {
        self.wait_for(revision + PAGE, Some(due)).await?;
        self.is_over = self.being_written().is_none();
        let mut tx = self.db.read().await?;
        Ok(contacts_after(&mut tx, revision, PAGE).await?)
    }

    fn being_written(&mut self) -> Option<&mut watch::Receiver<bool>> {
        self.writing.as_mut().filter(|writing| *writing.borrow())
    }

    async fn wait_for(&mut self, revision: i64, due: Option<Moment>) -> Result<(), IndexError> {
        while self.being_written().is_some() {
            let is_due = due.is_some_and(|due| Moment::now() >= due);
            if is_due || counters(&mut self.db.read().await?).await?.last_revision >= revision {
                return Ok(());
            }
            let Some(writing) = self.being_written() else { return Ok(()) };
            if let Ok(Err(_)) = tokio::time::timeout(LOOK, writing.changed()).await {
                self.writing = None; // the writer is gone
            }
        }
        Ok(())
    }
}
