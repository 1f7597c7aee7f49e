//! A contact file on its way in over HTTP: streamed to disk, bounded.

use std::path::{Path, PathBuf};

use anyhow::Context;
use axum::extract::{Multipart, multipart::Field};
use tokio::io::AsyncWriteExt;

use super::{FileFault, Format, Survey};
use crate::directory::{contacts::keys::one_line, imports};

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

/// Where uploaded files wait for their import.
pub fn folder(data: &Path) -> PathBuf {
    data.join("uploads")
}

/// Receives a form with the fields `source` and `file`.
///
/// # Errors
/// With nothing left on disk.
pub async fn receive(mut form: Multipart, data: &Path, bytes_max: u64) -> Result<Upload, (String, UploadFault)> {
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
    let path = folder(data).join(stored_as);
    match tokio::task::spawn_blocking(move || imports::survey(&path)).await? {
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

async fn read_fields(
    form: &mut Multipart,
    upload: &mut Upload,
    data: &Path,
    bytes_max: u64,
) -> Result<(), UploadFault> {
    while let Some(field) = form.next_field().await.map_err(|_| UploadFault::BrokenOff)? {
        match field.name() {
            Some("source") => upload.source = short_text(field).await?,
            Some("file") if upload.stored_as.is_empty() => {
                let name = one_line(field.file_name().unwrap_or_default());
                if !name.is_empty() {
                    upload.file_name = name.chars().take(200).collect();
                    upload.stored_as = format!("{}.csv", crate::ids::uuid_v7());
                    store(field, &folder(data), &upload.stored_as, bytes_max).await?;
                }
            }
            _ => {}
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

async fn store(mut field: Field<'_>, folder: &Path, name: &str, bytes_max: u64) -> Result<(), UploadFault> {
    tokio::fs::create_dir_all(folder).await?;
    let mut file = tokio::io::BufWriter::new(tokio::fs::File::create(folder.join(name)).await?);
    let mut bytes = 0;
    while let Some(piece) = field.chunk().await.map_err(|_| UploadFault::BrokenOff)? {
        bytes += piece.len() as u64;
        if bytes > bytes_max {
            return Err(UploadFault::TooLarge(bytes_max >> 20));
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok(())
}
