//! Keeping the index up to date by following the contacts' revision counter.

use std::{
    collections::HashSet,
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use tantivy::{IndexWriter, TantivyError, Term};
use tokio::sync::watch;

use super::{
    Directory, IndexError, Opened, Standing,
    cores::among_cores,
    facets::completed_by_term,
    question::Question,
    schema::{Fields, LAYOUT, document_of},
    search,
};
use crate::{
    directory::{
        Criteria,
        contacts::store::{StoredContact, contacts_after, counters, removed_between},
    },
    server::{
        clock::Clock,
        db::Db,
        jobs::{Jobs, Round},
    },
};

/// Contacts read at a time.
const PAGE: i64 = 2_000;
/// An import of fewer contacts is indexed when it is done.
const WORTH_A_START: i64 = 10_000;
/// How often it is looked whether more were written.
const LOOK: Duration = Duration::from_millis(100);
/// Contacts per commit of a long catch-up: what a kill can cost.
const COMMIT_EVERY: usize = 250_000;
/// Memory for documents that are not yet written out, in bytes.
const WRITER_BYTES: usize = 32 << 20;
/// How often the follower looks without being woken: other copies of the server write contacts too.
const PAUSE: Duration = Duration::from_secs(2);

impl Directory {
    /// Brings the index up to what the database holds now. Answers how many contacts were (re)indexed. An index that was
    /// made from another database, or is ahead of this one, is begun anew.
    ///
    /// # Errors
    /// The database's, and when the files of the index cannot be read or written.
    pub async fn catch_up(&self, db: &Db, clock: &Clock) -> Result<u64, IndexError> {
        self.catch_up_with(db, clock, Pages { db, writing: None }).await
    }

    /// Indexes contacts while they are being written, until `writing` says that all are: a long import need not wait for the index
    /// afterwards.
    ///
    /// # Errors
    /// As in [`Directory::catch_up`].
    pub async fn keep_up(&self, db: &Db, clock: &Clock, writing: watch::Receiver<bool>) -> Result<u64, IndexError> {
        let mut pages = Pages { db, writing: Some(writing) };
        let standing = self.inner.revision.load(Ordering::Acquire);
        pages.wait_for(standing + WORTH_A_START).await?;
        self.catch_up_with(db, clock, pages).await
    }

    async fn catch_up_with(&self, db: &Db, clock: &Clock, pages: Pages<'_>) -> Result<u64, IndexError> {
        let _one_at_a_time = self.inner.writing.lock().await;
        let began = clock.now();
        let mut tx = db.read().await?;
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
            indexed = match self.index_after(pages, standing, counters.last_revision).await {
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
    async fn index_after(&self, mut pages: Pages<'_>, mut standing: Standing, until: i64) -> Result<u64, IndexError> {
        let opened = self.opened();
        let fields = opened.fields.clone();
        let mut writer: IndexWriter = opened.index.writer_with_num_threads(1, WRITER_BYTES)?;
        let (mut indexed, mut uncommitted, mut committed) = (0_u64, 0, standing.revision);
        let mut page = pages.after(standing.revision).await?;
        while let Some(last) = page.last() {
            let (revision, length) = (last.revision, page.len());
            let (last_contact, its_fields) = (standing.last_contact, fields.clone());
            let job = tokio::task::spawn_blocking(move || {
                add_page(&writer, &its_fields, &page, last_contact).map(|highest| (writer, highest))
            });
            // the next page is read while this one is being indexed
            let (next, added) = tokio::join!(pages.after(revision), job);
            (writer, standing.last_contact) = added??;
            standing.revision = revision;
            page = next?;
            indexed += length as u64;
            uncommitted += length;
            if uncommitted >= COMMIT_EVERY || page.is_empty() {
                // A contact that was removed meanwhile may be on a page that was read before.
                indexed += delete_removed(pages.db, &writer, &fields, (committed, revision)).await?;
                writer = self.commit(writer, &standing).await?;
                (uncommitted, committed) = (0, revision);
            }
        }
        let removed = delete_removed(pages.db, &writer, &fields, (committed, i64::MAX)).await?;
        if removed > 0 || standing.revision < until {
            standing.revision = standing.revision.max(until);
            indexed += removed;
            writer = self.commit(writer, &standing).await?;
        }
        tokio::task::spawn_blocking(move || writer.wait_merging_threads()).await??;
        self.reload().await?; // merged segments
        Ok(indexed)
    }

    async fn commit(&self, mut writer: IndexWriter, standing: &Standing) -> Result<IndexWriter, IndexError> {
        let payload = serde_json::to_string(standing).unwrap_or_default();
        let writer = tokio::task::spawn_blocking(move || {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&payload);
            prepared.commit()?;
            tantivy::Result::Ok(writer)
        })
        .await??;
        self.show(standing.revision).await?;
        Ok(writer)
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

/// The contacts in the order of their revisions, some at a time.
struct Pages<'db> {
    db: &'db Db,
    /// Whether contacts are being written at this moment; nothing is waited for without it.
    writing: Option<watch::Receiver<bool>>,
}

impl Pages<'_> {
    /// The contacts after a revision. While they are being written, as soon as a page is full.
    async fn after(&mut self, revision: i64) -> Result<Vec<StoredContact>, IndexError> {
        self.wait_for(revision + PAGE).await?;
        let mut tx = self.db.read().await?;
        Ok(contacts_after(&mut tx, revision, PAGE).await?)
    }

    /// Waits until a revision is reached or no more are written.
    async fn wait_for(&mut self, revision: i64) -> Result<(), IndexError> {
        while let Some(writing) = self.writing.as_mut().filter(|writing| *writing.borrow()) {
            if counters(&mut self.db.read().await?).await?.last_revision >= revision {
                return Ok(());
            }
            if let Ok(Err(_)) = tokio::time::timeout(LOOK, writing.changed()).await {
                self.writing = None; // the writer is gone
            }
        }
        Ok(())
    }
}

/// Takes out contacts that were removed between two revisions, and returns how many. Numbers are given once, so who was removed does
/// not come back.
async fn delete_removed(
    db: &Db,
    writer: &IndexWriter,
    fields: &Fields,
    (after, until): (i64, i64),
) -> Result<u64, IndexError> {
    let removed = removed_between(&mut db.read().await?, after, until).await?;
    for contact in &removed {
        writer.delete_term(Term::from_field_u64(fields.id, contact.0.unsigned_abs()));
    }
    Ok(removed.len() as u64)
}

/// Adds a page; contacts that the index may hold already are replaced. Ids are given in the order of revisions, so one
/// above all seen so far is new. Answers the highest id.
fn add_page(writer: &IndexWriter, fields: &Fields, page: &[StoredContact], last_contact: i64) -> tantivy::Result<i64> {
    let mut highest = last_contact;
    for stored in page {
        let contact = &stored.contact;
        let id = contact.id.0 as u64;
        if contact.id.0 <= highest {
            writer.delete_term(Term::from_field_u64(fields.id, id));
        }
        highest = highest.max(contact.id.0);
        writer.add_document(document_of(fields, contact))?;
    }
    Ok(highest)
}
