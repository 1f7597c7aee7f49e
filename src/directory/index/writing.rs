//! Writing contacts into the index, in little memory: what waits to be indexed has a bounded number of places.

use std::{sync::Arc, time::Duration};

use tantivy::{Document, Index, IndexWriter, TantivyDocument, Term, indexer::IndexWriterOptions};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::schema::{Fields, document_of};
use crate::directory::{ContactId, contacts::store::StoredContact};

/// Memory for documents that are not yet written out, in bytes.
const WRITER_BYTES: usize = 16 << 20;
/// Documents that wait to be indexed; tantivy itself would hold ten thousand while a segment is written out.
const WAITING: usize = 1_000;
/// A document that gets no place in this time goes without one: the writer may have stopped, which adding it then tells.
const PATIENCE: Duration = Duration::from_secs(1);

/// The one writer of an index, while no other process has it.
pub struct Writing {
    writer: IndexWriter<Waiting>,
    places: Arc<Semaphore>,
}

/// A document on its way, with its place in the line.
struct Waiting {
    document: TantivyDocument,
    _place: Option<OwnedSemaphorePermit>,
}

impl Document for Waiting {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    /// The indexer takes it: its place is free.
    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

impl Writing {
    /// Opens the writer.
    ///
    /// # Errors
    /// When another process has it, or the files cannot be written.
    pub fn of(index: &Index) -> tantivy::Result<Self> {
        // One thread for each kind of work: more would hold as much memory each, and an import needs the other cores.
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .build();
        Ok(Self { writer: index.writer_with_options(options)?, places: Arc::new(Semaphore::new(WAITING)) })
    }

    /// Adds contacts; those that the index may hold already are replaced. Ids are given in the order of revisions, so one above all
    /// seen so far (`highest`) is new. Returns the highest id then. Blocks: it belongs on a thread for that.
    ///
    /// # Errors
    /// When the writer has stopped, because its files cannot be written.
    pub fn add(&self, fields: &Fields, contacts: &[StoredContact], mut highest: i64) -> tantivy::Result<i64> {
        for stored in contacts {
            let contact = &stored.contact;
            if contact.id.0 <= highest {
                self.delete(fields, contact.id);
            }
            highest = highest.max(contact.id.0);
            let document = document_of(fields, contact);
            self.writer.add_document(Waiting { document, _place: self.place() })?;
        }
        Ok(highest)
    }

    fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        let soon = tokio::time::timeout(PATIENCE, self.places.clone().acquire_owned());
        Handle::current().block_on(soon).ok()?.ok()
    }

    /// Takes a contact out.
    pub fn delete(&self, fields: &Fields, contact: ContactId) {
        self.writer.delete_term(Term::from_field_u64(fields.id, contact.0.unsigned_abs()));
    }

    /// Makes durable what was added, with what the index says about itself.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn commit(&mut self, payload: &str) -> tantivy::Result<()> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(payload);
        prepared.commit().map(drop)
    }

    /// Waits until segments that are being merged are one, and gives the writer back.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn end(self) -> tantivy::Result<()> {
        self.writer.wait_merging_threads()
    }
}
