//! Importing: batches of rows into the directory, each with its counts in one transaction, so that a killed import goes
//! on where it stood and counts nothing twice.

use std::{collections::HashMap, path::Path};

use super::{
    fault::FileFault,
    import::{Counts, Import, ImportState, Policy, Rejection},
    mapping::Field,
    read::{Batch, Rest, batches},
    sorted::Sorted,
    store,
    survey::Survey,
};
use crate::{
    directory::{
        Contact, ContactId, EmailStatus,
        contacts::{store as contacts, store::StoredContact, store::Written},
        ids::ImportId,
        source::Terms,
    },
    server::{
        clock::Clock,
        db::{Db, Tx},
        queue::Lease,
    },
    suppression::{Key, SuppressionKeys, anyone_objected, objected},
};

/// Why an import stops.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is at fault; the text is for people.
    #[error(transparent)]
    File(#[from] FileFault),
    /// Another worker has taken over.
    #[error("another worker has taken over this import")]
    LeaseLost,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What the caller decides about a file.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    pub source: String,
    pub policy: Policy,
    pub assumed_status: EmailStatus,
    pub terms: Terms,
    /// Name in the uploads folder; empty for a file that is imported at once from where it lies.
    pub stored_as: String,
}

/// Records a surveyed file as a draft.
pub async fn draft(
    tx: &mut Tx,
    clock: &Clock,
    file_name: &str,
    survey: &Survey,
    choice: &Choice,
) -> sqlx::Result<Import> {
    let now = clock.now();
    let source = store::source_named(tx, &choice.source, now).await?;
    let import = Import {
        id: ImportId::new(),
        source_id: source.id,
        source_name: source.name,
        file_name: file_name.to_owned(),
        sha256: survey.sha256.clone(),
        bytes: survey.bytes as i64,
        stored_as: choice.stored_as.clone(),
        state: ImportState::Draft,
        policy: choice.policy,
        assumed_status: choice.assumed_status,
        terms: choice.terms.clone(),
        format: survey.format.clone(),
        mapping: survey.mapping.clone(),
        counts: Counts::default(),
        bytes_read: 0,
        fault: None,
        undo_asked_at: None,
        undo_removed: 0,
        undone_at: None,
        lease: Lease::default(),
        created_at: now,
        started_at: None,
        finished_at: None,
    };
    store::insert_import(tx, &import).await?;
    Ok(import)
}

/// Runs a claimed import (state `running`, with its fence) to its end and answers its counts. `progress` hears the counts
/// after each batch.
///
/// # Errors
/// A fault of the file ends the import as failed, with what is stored so far kept. After any other error it can be
/// claimed again and goes on.
pub async fn run(
    db: &Db,
    clock: &Clock,
    keys: &SuppressionKeys,
    import: &Import,
    path: &Path,
    mut progress: impl FnMut(&Counts),
) -> Result<Counts, ImportError> {
    let mut counts = import.counts;
    let outcome = run_batches(db, clock, keys, import, path, &mut counts, &mut progress).await;
    let fault = match &outcome {
        Ok(()) => None,
        Err(ImportError::File(fault)) => Some(fault),
        Err(_) => return outcome.map(|()| counts),
    };
    let mut tx = db.write().await?;
    store::finish_import(&mut tx, import, fault, clock.now()).await?;
    tx.commit().await?;
    outcome.map(|()| counts)
}

async fn run_batches(
    db: &Db,
    clock: &Clock,
    keys: &SuppressionKeys,
    import: &Import,
    path: &Path,
    counts: &mut Counts,
    progress: &mut impl FnMut(&Counts),
) -> Result<(), ImportError> {
    if import.mapping.column(Field::Email).is_none() {
        return Err(FileFault::NoEmailColumn.into());
    }
    let tells_status =
        import.mapping.column(Field::EmailStatus).is_some() || import.assumed_status != EmailStatus::Unknown;
    let mut batches = batches(
        path.to_owned(),
        import.format.clone(),
        import.mapping.clone(),
        import.assumed_status,
        counts.rows,
        Rest::Dropped,
    );
    while let Some(batch) = batches.recv().await {
        let mut batch = batch?;
        let mut tx = db.write().await?;
        leave_out_who_objected(&mut tx, keys, &mut batch).await?;
        let bytes_read = batch.bytes_read;
        let added = store_batch(&mut tx, clock, import, batch, tells_status).await?;
        if !store::advance_import(&mut tx, import, &added, bytes_read, clock.now()).await? {
            return Err(ImportError::LeaseLost);
        }
        tx.commit().await?;
        counts.add(&added);
        progress(counts);
    }
    Ok(())
}

/// People who asked not to be listed are rejected, and nothing of their row is kept.
async fn leave_out_who_objected(tx: &mut Tx, keys: &SuppressionKeys, batch: &mut Batch) -> sqlx::Result<()> {
    if !anyone_objected(tx).await? {
        return Ok(());
    }
    let key_of = |contact: &Contact| keys.canonical(&contact.email);
    let asked: Vec<Key> = batch.people.iter().map(|(_, contact)| key_of(contact)).collect();
    let objected = objected(tx, &asked).await?;
    if objected.is_empty() {
        return Ok(());
    }
    let (rejections, notes) = (&mut batch.rejections, &mut batch.notes);
    batch.people.retain(|(row_number, contact)| {
        let stays = !objected.contains(&key_of(contact));
        if !stays {
            let reason = "The person asked not to be listed".to_owned();
            notes.retain(|note| note.row_number != *row_number);
            rejections.push(Rejection { row_number: *row_number, reason, raw: String::new() });
        }
        stays
    });
    Ok(())
}

impl Counts {
    fn add(&mut self, more: &Self) {
        self.rows += more.rows;
        self.imported += more.imported;
        self.updated += more.updated;
        self.duplicates += more.duplicates;
        self.rejected += more.rejected;
        self.blank += more.blank;
    }
}

/// Stores one batch: the first row of an address counts, later ones of the same file are duplicates.
async fn store_batch(
    tx: &mut Tx,
    clock: &Clock,
    import: &Import,
    batch: Batch,
    tells_status: bool,
) -> sqlx::Result<Counts> {
    // Taking the directory's row first keeps other writers out, so what is looked up stays true.
    contacts::advance_counters(tx, 0, 0).await?;
    let emails: Vec<&str> = batch.people.iter().map(|(_, contact)| contact.email.as_str()).collect();
    let known = contacts::contacts_by_email(tx, &emails).await?;
    let known: HashMap<&str, &StoredContact> = known.iter().map(|one| (one.contact.email.as_str(), one)).collect();
    let sorted = Sorted::of(batch.people, &known, import, tells_status);
    let before =
        contacts::advance_counters(tx, sorted.new.len() as i64, (sorted.new.len() + sorted.changed.len()) as i64)
            .await?;
    let mut contacts = sorted.new;
    for (contact, id) in contacts.iter_mut().zip(before.last_contact + 1..) {
        contact.id = ContactId(id);
    }
    let imported = contacts.len() as i64;
    let written = Written { source: import.source_id, import: Some(import.id), at: clock.now() };
    contacts::insert_contacts(tx, &contacts, before.last_revision, written).await?;
    contacts::put_contacts(tx, &sorted.changed, before.last_revision + imported, written).await?;
    contacts::confirm_contacts(tx, &sorted.confirmed, import.id).await?;
    store::insert_rejections(tx, import.id, &batch.rejections).await?;
    store::insert_rejections(tx, import.id, &batch.notes).await?;
    Ok(Counts {
        rows: batch.rows,
        imported,
        updated: sorted.updated,
        duplicates: sorted.duplicates,
        rejected: batch.rejections.len() as i64,
        blank: batch.blank,
    })
}
