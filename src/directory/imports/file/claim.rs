//! Claiming the import of a file: a new one, or the one that was broken off.
//!
//! While a process imports, it keeps a file in the data folder locked. The system takes the lock away with the process, so
//! a file that nobody locks tells that its import was broken off, and it goes on at once. Where there is no such file,
//! another machine began the import: it goes on when its lease is over.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    directory::{
        ids::ImportId,
        imports::{import::Import, store},
    },
    server::{clock::Instant, db::Tx},
    ui::format::instant_text,
};

/// An import that this process has to itself.
#[derive(Debug)]
pub struct Claim {
    pub import: Import,
    /// It was broken off and goes on, instead of beginning.
    pub goes_on: bool,
    lock: Lock,
}

impl Claim {
    /// Claims `draft`, or the unfinished import that was asked for in the same words; the draft is not needed then.
    ///
    /// # Errors
    /// In words for people, when that import is still under way.
    pub async fn of(tx: &mut Tx, now: Instant, draft: Import, data: &Path) -> anyhow::Result<Self> {
        let Some(unfinished) = store::unfinished_import(tx, &draft).await? else {
            store::queue_import(tx, &draft, now).await?;
            let lock = Lock::take(data, draft.id)?;
            return Ok(Self { import: claimed(tx, &draft, now).await?, goes_on: false, lock });
        };
        store::delete_draft(tx, draft.id).await?;
        let left_behind = Lock::left_behind(data, unfinished.id)?;
        if left_behind.is_some() {
            store::retry_import(tx, &unfinished).await?;
        }
        let import = claimed(tx, &unfinished, now).await?;
        let lock = left_behind.map_or_else(|| Lock::take(data, import.id), Ok)?;
        Ok(Self { import, goes_on: true, lock })
    }

    /// Notes that the import has ended, so that nobody goes on with it.
    pub fn end(self) {
        let _ = std::fs::remove_file(&self.lock.path);
    }
}

/// The import as it stands once it is claimed: the process before may have stored a last batch until then.
async fn claimed(tx: &mut Tx, import: &Import, now: Instant) -> anyhow::Result<Import> {
    if !store::claim_import(tx, &mut import.clone(), now).await? {
        let began = instant_text(import.created_at.micros());
        anyhow::bail!(
            "The import of this file that began on {began} may still run elsewhere. If it does not, repeat the command in a minute."
        );
    }
    store::import(tx, import.id).await?.context("an import that was claimed is there")
}

fn lock_path(data: &Path, id: ImportId) -> PathBuf {
    data.join(format!("import-{id}.lock"))
}

/// Removes what a broken-off import left in the data folder, once nobody may go on with it.
pub fn forget_lock(data: &Path, id: ImportId) {
    let _ = std::fs::remove_file(lock_path(data, id));
}

/// A locked file that lasts, unlike its lock, longer than a process that is killed.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    /// Locked as long as it is open.
    _file: File,
}

impl Lock {
    fn take(data: &Path, id: ImportId) -> anyhow::Result<Self> {
        let path = lock_path(data, id);
        let file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, _file: file }),
            Err(TryLockError::WouldBlock) => anyhow::bail!("This file is being imported right now."),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }

    /// The lock of a process of this data folder that was broken off.
    fn left_behind(data: &Path, id: ImportId) -> anyhow::Result<Option<Self>> {
        let is_there = lock_path(data, id).exists();
        is_there.then(|| Self::take(data, id)).transpose()
    }
}
