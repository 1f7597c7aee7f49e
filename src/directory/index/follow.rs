//! Keeping the index up to date by following the contacts' revision counter.

use std::{
    collections::HashSet,
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant as Moment},
};

use tantivy::TantivyError;
use tokio::sync::watch;

use super::{
    Directory, IndexError, Opened, Standing,
    changes::Changes,
    cores::among_cores,
    facets::completed_by_term,
    question::Question,
    schema::{Fields, LAYOUT},
    search,
    writing::Writing,
};
use crate::{
    directory::{
        Criteria,
        contacts::store::{counters, removed_between},
    },
    server::{
        clock::Clock,
        db::Db,
        jobs::{Jobs, Round},
    },
};

/// Contacts per commit of a long catch-up: what a kill can cost.
const COMMIT_EVERY: usize = 250_000;
/// How long a commit waits for more. What changes while a command imports is found by the server beside it this much later.
const COMMIT_AFTER: Duration = Duration::from_secs(5);
/// How often the follower looks without being woken: other copies of the server write contacts too.
const PAUSE: Duration = Duration::from_secs(2);

impl Directory {
    /// Brings the index up to what the database holds now. Answers how many contacts were (re)indexed. An index that was
    /// made from another database, or is ahead of this one, is begun anew.
    ///
    /// # Errors
    /// The database's, and when the files of the index cannot be read or written.
    pub async fn catch_up(&self, db: &Db, clock: &Clock) -> Result<u64, IndexError> {
        self.catch_up_with(clock, Changes::there(db), COMMIT_AFTER).await
    }

    /// Indexes contacts while they are being written, until `writing` says that all are: a long import need not wait for the index
    /// afterwards.
    ///
    /// # Errors
    /// As in [`Directory::catch_up`].
    pub async fn keep_up(&self, db: &Db, clock: &Clock, writing: watch::Receiver<bool>) -> Result<u64, IndexError> {
        let mut changes = Changes::while_written(db, writing);
        changes.until_worth_it(self.inner.revision.load(Ordering::Acquire)).await?;
        self.catch_up_with(clock, changes, COMMIT_AFTER).await
    }

    async fn catch_up_with(
        &self,
        clock: &Clock,
        changes: Changes<'_>,
        commit_after: Duration,
    ) -> Result<u64, IndexError> {
        let _one_at_a_time = self.inner.writing.lock().await;
        let began = clock.now();
        let mut tx = changes.db.read().await?;
        let counters = counters(&mut tx).await?;
        drop(tx);
        let mut standing = match self.opened().standing() {
            Ok(standing) if !self.inner.damaged.swap(false, Ordering::AcqRel) => standing,
            _ => self.begin_anew("the search index was damaged or removed")?,
        };
        self.show(standing.revision).await?; // another process may have written
        if standing.revision > counters.last_revision
            || (standing.revision > 0 && standing.identity != counters.identity)
        {
            standing = self.begin_anew("the search index belongs to another database")?;
        }
        standing.identity = counters.identity;
        let mut indexed = 0;
        if standing.revision < counters.last_revision {
            indexed = match self.index_after(changes, standing, counters.last_revision, commit_after).await {
                // another process (an import on the command line) is writing; its commits show up here
                Err(IndexError::Index(TantivyError::LockFailure(..))) => return Ok(0),
                Err(error @ (IndexError::Index(_) | IndexError::File(_))) => {
                    self.mark_damaged(); // the next round begins anew
                    return Err(error);
                }
                outcome => outcome?,
            };
        }
        self.inner.as_of.store(began.micros(), Ordering::Release);
        self.inner.ready.store(true, Ordering::Release);
        Ok(indexed)
    }

    /// Replaces the index by an empty one; counts are marked as rebuilding until it has caught up.
    fn begin_anew(&self, reason: &str) -> Result<Standing, IndexError> {
        tracing::warn!("{reason}; it is begun anew");
        self.inner.ready.store(false, Ordering::Release);
        let fresh = Opened::fresh(&self.inner.folder)?;
        *self.inner.index.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.inner.remembered.keep_only(&HashSet::new(), 0);
        Ok(Standing { layout: LAYOUT, ..Standing::default() })
    }

    /// Notes that the files of the index cannot be read or written.
    pub(crate) fn mark_damaged(&self) {
        self.inner.damaged.store(true, Ordering::Release);
        self.inner.ready.store(false, Ordering::Release);
        self.wake();
    }

    /// Indexes what changed after `standing`, and takes out what was removed; `until` is the revision to reach.
    async fn index_after(
        &self,
        mut changes: Changes<'_>,
        mut standing: Standing,
        until: i64,
        commit_after: Duration,
    ) -> Result<u64, IndexError> {
        let opened = self.opened();
        let fields = opened.fields.clone();
        let mut writing = Writing::of(&opened.index)?;
        let (mut indexed, mut uncommitted, mut committed) = (0_u64, 0, standing.revision);
        let mut due = Moment::now() + commit_after;
        let mut page = changes.after(standing.revision, due).await?;
        while !page.is_empty() || !changes.is_over() {
            let (revision, length) = (page.last().map_or(standing.revision, |last| last.revision), page.len());
            let (highest, its_fields) = (standing.last_contact, fields.clone());
            let job = tokio::task::spawn_blocking(move || {
                writing.add(&its_fields, &page, highest).map(|highest| (writing, highest))
            });
            // the next page is read while this one is being indexed
            let (next, added) = tokio::join!(changes.after(revision, due), job);
            (writing, standing.last_contact) = added??;
            standing.revision = revision;
            page = next?;
            indexed += length as u64;
            uncommitted += length;
            let is_due = Moment::now() >= due;
            if uncommitted >= COMMIT_EVERY || (uncommitted > 0 && (is_due || page.is_empty())) {
                // A contact that was removed meanwhile may be on a page that was read before.
                indexed += delete_removed(changes.db, &writing, &fields, (committed, revision)).await?;
                writing = self.commit(writing, &standing).await?;
                (uncommitted, committed) = (0, revision);
            }
            if is_due || uncommitted == 0 {
                due = Moment::now() + commit_after;
            }
        }
        let removed = delete_removed(changes.db, &writing, &fields, (committed, i64::MAX)).await?;
        if removed > 0 || standing.revision < until {
            standing.revision = standing.revision.max(until);
            indexed += removed;
            writing = self.commit(writing, &standing).await?;
        }
        tokio::task::spawn_blocking(move || writing.end()).await??;
        self.reload().await?; // merged segments
        Ok(indexed)
    }

    async fn commit(&self, mut writing: Writing, standing: &Standing) -> Result<Writing, IndexError> {
        let payload = serde_json::to_string(standing).unwrap_or_default();
        let writing = tokio::task::spawn_blocking(move || writing.commit(&payload).map(|()| writing)).await??;
        self.show(standing.revision).await?;
        Ok(writing)
    }

    /// Makes questions see the index as it is on disk, if that is another one than they see.
    async fn show(&self, revision: i64) -> Result<(), IndexError> {
        if self.inner.revision.swap(revision, Ordering::AcqRel) != revision {
            self.reload().await?;
        }
        Ok(())
    }

    async fn reload(&self) -> Result<(), IndexError> {
        let directory = self.clone();
        let shown = tokio::task::spawn_blocking(move || directory.show_what_is_written()).await?;
        if shown.is_err() {
            self.mark_damaged();
        }
        Ok(shown?)
    }

    /// Opens what was written, reads what the first question will count, and lets questions see it.
    fn show_what_is_written(&self) -> tantivy::Result<()> {
        let Opened { reader, fields, .. } = self.opened();
        reader.reload()?;
        let (searcher, remembered) = (reader.searcher(), &self.inner.remembered);
        if self.inner.reads_ahead.load(Ordering::Acquire) {
            let (everybody, question) = (Criteria::default(), Question::of(&Criteria::default()));
            among_cores(searcher.num_docs(), || {
                let found = search::matches(&searcher, &fields, remembered, &question, None)?;
                found.facets(&everybody)?;
                found.read_frequent(&completed_by_term())
            })?;
        }
        let living = searcher.segment_readers().iter().map(|segment| segment.segment_id()).collect();
        let documents = searcher.num_docs();
        self.inner.index.write().unwrap_or_else(PoisonError::into_inner).searcher = searcher;
        remembered.keep_only(&living, documents);
        Ok(())
    }

    /// From now on, questions see what is written only when what is counted with every answer, and what completes an empty
    /// field, has been read: no click pays for it. For servers; a command that fills the index has no use for the memory.
    pub fn read_ahead(&self) {
        self.inner.reads_ahead.store(true, Ordering::Release);
    }

    /// Follows the database until shutdown.
    pub fn follow(&self, jobs: &Jobs, db: &Db, clock: &Clock) {
        self.read_ahead();
        let (directory, db, clock) = (self.clone(), db.clone(), clock.clone());
        jobs.repeat("search index", PAUSE, self.inner.wake.clone(), move || {
            let (directory, db, clock) = (directory.clone(), db.clone(), clock.clone());
            async move {
                let indexed = directory.catch_up(&db, &clock).await?;
                Ok(if indexed > 0 { Round::Worked } else { Round::Idle })
            }
        });
    }
}

/// Takes out contacts that were removed between two revisions, and returns how many. Numbers are given once, so who was removed does
/// not come back.
async fn delete_removed(
    db: &Db,
    writing: &Writing,
    fields: &Fields,
    (after, until): (i64, i64),
) -> Result<u64, IndexError> {
    let removed = removed_between(&mut db.read().await?, after, until).await?;
    removed.iter().for_each(|contact| writing.delete(fields, *contact));
    Ok(removed.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        directory::{Contact, contacts::contact::testing::bare, index::tests::put},
        server::db::test_databases,
    };

    fn people(ids: std::ops::Range<i64>) -> Vec<Contact> {
        ids.map(|id| bare(id, &format!("person{id}@x.example"))).collect()
    }

    /// Waits until an index that another process fills holds this many, looking as its follower does.
    async fn until_found(server: &Directory, db: &Db, people: u64) {
        while server.len() < people {
            server.catch_up(db, &Clock::System).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn a_server_beside_a_command_finds_what_changes_while_that_imports() {
        for test in test_databases().await {
            let folder = tempfile::tempdir().unwrap();
            let index = folder.path().join("index");
            let (command, server) = (Directory::open(&index).unwrap(), Directory::open(&index).unwrap());
            let (writing, is_writing) = watch::channel(true);
            let (importing, db) = (command.clone(), test.db.clone());
            put(&test.db, &people(1..4)).await;
            let indexing = tokio::spawn(async move {
                let changes = Changes::while_written(&db, is_writing);
                importing.catch_up_with(&Clock::System, changes, Duration::from_millis(50)).await
            });
            // The command has the writer of the index, and is far from having a page of contacts to add.
            while command.len() < 3 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            put(&test.db, &people(4..6)).await;
            until_found(&server, &test.db, 5).await;
            assert!(!indexing.is_finished());
            put(&test.db, &people(6..10)).await;
            writing.send_replace(false);
            indexing.await.unwrap().unwrap();
            assert_eq!(command.len(), 9, "those of the end too");
        }
    }

    #[tokio::test]
    async fn more_contacts_than_have_places_are_indexed() {
        let test = &test_databases().await[0];
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::open(&folder.path().join("index")).unwrap();
        put(&test.db, &people(1..2_502)).await;
        assert_eq!(directory.catch_up(&test.db, &Clock::System).await.unwrap(), 2_501);
        put(&test.db, &people(2_500..2_503)).await;
        directory.catch_up(&test.db, &Clock::System).await.unwrap();
        assert_eq!(directory.len(), 2_502, "who was there is replaced");
    }
}
