//! A contact file on its way in over HTTP: streamed to disk, bounded.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use axum::extract::multipart::Field;
use tokio::io::AsyncWriteExt;

use super::{FileFault, Format, Survey, Wish};
use crate::{
    accounts::WorkspaceId,
    directory::{contacts::keys::one_line, imports},
    server::file_form::FileForm,
};

/// A file in the folder that no row names goes after so long without a write.
const UNNAMED_KEPT: Duration = Duration::from_secs(60 * 60);

/// A file that was uploaded, with the text fields beside it.
#[derive(Debug)]
pub struct Upload {
    pub source: String,
    /// As it was called where it came from.
    pub file_name: String,
    /// Its name in the uploads folder.
    pub stored_as: String,
}

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadFault {
    #[error("Choose a file.")]
    NoFile,
    #[error("The file is larger than {0} MB. Split it into smaller ones.")]
    TooLarge(u64),
    #[error("The upload broke off. Try again.")]
    BrokenOff,
    #[error("Another file of this workspace is being uploaded. Wait until it is here, then upload this one.")]
    Another,
    #[error("There is no room for this file on the server's disk. Make room, then upload it again.")]
    DiskFull,
    #[error(transparent)]
    Disk(std::io::Error),
}

impl From<std::io::Error> for UploadFault {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            Self::DiskFull
        } else {
            Self::Disk(error)
        }
    }
}

/// Workspaces that upload at this moment: each one file at a time.
#[derive(Debug, Clone, Default)]
pub struct Uploading(Arc<Mutex<HashSet<WorkspaceId>>>);

impl Uploading {
    /// Takes the place of `workspace` until it is dropped; nothing when another upload has it.
    fn take(&self, workspace: WorkspaceId) -> Option<Place> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace);
        taken.then(|| Place { uploading: self.clone(), workspace })
    }
}

struct Place {
    uploading: Uploading,
    workspace: WorkspaceId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.uploading.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.workspace);
    }
}

/// Where uploaded files wait for their import.
pub fn folder(data: &Path) -> PathBuf {
    data.join("uploads")
}

/// Receives a form with the fields `source` and `file` from a workspace.
///
/// # Errors
/// With nothing left on disk.
pub async fn receive(
    mut form: FileForm,
    (uploading, workspace): (&Uploading, WorkspaceId),
    data: &Path,
    bytes_max: u64,
) -> Result<Upload, (String, UploadFault)> {
    let Some(_place) = uploading.take(workspace) else { return Err((String::new(), UploadFault::Another)) };
    let mut upload = Upload { source: String::new(), file_name: String::new(), stored_as: String::new() };
    match read_fields(&mut form, &mut upload, data, bytes_max).await {
        Ok(()) if !upload.stored_as.is_empty() => Ok(upload),
        outcome => {
            discard(data, &upload.stored_as).await;
            Err((upload.source, outcome.err().unwrap_or(UploadFault::NoFile)))
        }
    }
}

/// Looks at an uploaded file; the inner error is its fault, for people.
///
/// # Errors
/// When the disk does not give the file back.
pub async fn survey(data: &Path, stored_as: &str) -> anyhow::Result<Result<Survey, FileFault>> {
    survey_as(data, stored_as, Wish::default()).await
}

/// Looks at an uploaded file that is to be read as `wish` says; the inner error is its fault, for people.
///
/// # Errors
/// When the disk does not give the file back.
pub async fn survey_as(data: &Path, stored_as: &str, wish: Wish) -> anyhow::Result<Result<Survey, FileFault>> {
    let path = folder(data).join(stored_as);
    match tokio::task::spawn_blocking(move || imports::survey_as(&path, wish)).await? {
        Err(fault @ FileFault::Unreadable { .. }) => Err(fault.into()),
        surveyed => Ok(surveyed),
    }
}

/// The first rows of an uploaded file.
///
/// # Errors
/// When a file that was readable before is not any more.
pub async fn sample(data: &Path, stored_as: &str, format: &Format) -> anyhow::Result<Vec<Vec<String>>> {
    let (path, format) = (folder(data).join(stored_as), format.clone());
    let rows = tokio::task::spawn_blocking(move || imports::sample(&path, &format)).await?;
    rows.context("an uploaded file that was readable before")
}

/// Removes an uploaded file; one that is gone already is fine.
pub async fn discard(data: &Path, stored_as: &str) {
    if !stored_as.is_empty() {
        let _ = tokio::fs::remove_file(folder(data).join(stored_as)).await;
    }
}

async fn read_fields(form: &mut FileForm, upload: &mut Upload, data: &Path, bytes_max: u64) -> Result<(), UploadFault> {
    let declared = form.declared;
    while let Some(field) = form.next_field().await.map_err(|_| UploadFault::BrokenOff)? {
        match field.name() {
            Some("source") => upload.source = short_text(field).await?,
            Some("file") if upload.stored_as.is_empty() => {
                let name = one_line(field.file_name().unwrap_or_default());
                if !name.is_empty() {
                    upload.file_name = name.chars().take(200).collect();
                    upload.stored_as = format!("{}.csv", crate::ids::uuid_v7());
                    let target = folder(data).join(&upload.stored_as);
                    store(field, &target, declared, bytes_max).await?;
                }
            }
            _ => drop(short_text(field).await?),
        }
    }
    Ok(())
}

async fn short_text(mut field: Field<'_>) -> Result<String, UploadFault> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| UploadFault::BrokenOff)? {
        let room = 1000_usize.saturating_sub(bytes.len());
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    Ok(one_line(&String::from_utf8_lossy(&bytes)).chars().take(100).collect())
}

async fn store(mut field: Field<'_>, target: &Path, declared: Option<u64>, bytes_max: u64) -> Result<(), UploadFault> {
    tokio::fs::create_dir_all(target.parent().unwrap_or(target)).await?;
    let file = tokio::fs::File::create(target).await?;
    reserve(&file, declared.unwrap_or(0).min(bytes_max))?;
    let mut file = tokio::io::BufWriter::new(file);
    let mut bytes = 0;
    while let Some(piece) = field.chunk().await.map_err(|_| UploadFault::BrokenOff)? {
        bytes += piece.len() as u64;
        if bytes > bytes_max {
            return Err(UploadFault::TooLarge(bytes_max >> 20));
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    // Gives back what was reserved beyond its end.
    file.get_ref().set_len(bytes).await?;
    Ok(())
}

/// Takes the room for a file before it comes, so that a full disk is told at once, and other writers keep what they need.
fn reserve(file: &tokio::fs::File, bytes: u64) -> std::io::Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, bytes) {
        // A file system that cannot reserve tells when it is full.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Removes files that no row names: of uploads that broke off with the server, or whose row was not written. Those being written
/// at the moment stay.
///
/// # Errors
/// When the folder cannot be read.
pub async fn sweep(data: &Path, named: &HashSet<String>) -> std::io::Result<u64> {
    let mut entries = match tokio::fs::read_dir(folder(data)).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    while let Some(entry) = entries.next_entry().await? {
        let is_named = entry.file_name().to_str().is_some_and(|name| named.contains(name));
        let written = entry.metadata().await?.modified()?;
        // A clock that was set back makes a file younger, never older.
        let is_old = written.elapsed().is_ok_and(|age| age > UNNAMED_KEPT);
        if !is_named && is_old {
            tokio::fs::remove_file(entry.path()).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_old_files_that_no_row_names_are_swept() {
        let data = tempfile::tempdir().unwrap();
        let folder = folder(data.path());
        std::fs::create_dir_all(&folder).unwrap();
        let old = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (name, is_old) in [("named.csv", true), ("lost.csv", true), ("coming.csv", false)] {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        }
        let named = HashSet::from(["named.csv".to_owned()]);
        assert_eq!(sweep(data.path(), &named).await.unwrap(), 1);
        let mut left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["coming.csv", "named.csv"]);
    }

    #[test]
    fn a_workspace_uploads_one_file_at_a_time() {
        let (uploading, one, other) = (Uploading::default(), WorkspaceId::new(), WorkspaceId::new());
        let place = uploading.take(one).unwrap();
        assert!(uploading.take(one).is_none() && uploading.take(other).is_some());
        drop(place);
        assert!(uploading.take(one).is_some());
    }

    #[tokio::test]
    async fn room_that_there_is_not_is_told_before_the_file_comes() {
        let folder = tempfile::tempdir().unwrap();
        let file = tokio::fs::File::create(folder.path().join("a")).await.unwrap();
        let fault = reserve(&file, 1 << 60).unwrap_err();
        assert!(matches!(UploadFault::from(fault), UploadFault::DiskFull));
        reserve(&file, 1 << 20).unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 0, "the file is as long as what was written");
    }
}
