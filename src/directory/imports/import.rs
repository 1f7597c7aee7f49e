//! One file on its way into the directory, as rows.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{fault::FileFault, format::Format, mapping::Mapping};
use crate::{
    directory::{
        contacts::quality::EmailStatus,
        ids::{ImportId, SourceId},
        source::Terms,
    },
    server::{clock::Instant, queue::Lease},
};

/// What happens to people whom the directory has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What the file tells replaces what was known; its empty cells change nothing.
    #[default]
    Update,
    /// They stay as they are and count as duplicates.
    Skip,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Uploaded; the columns can still be corrected.
    Draft,
    Queued,
    Running,
    Done,
    Failed,
}

impl ImportState {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Not started",
            Self::Queued => "Waiting",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Failed => "Failed",
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// The counts of an import; `rows` is always their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub rows: i64,
    pub imported: i64,
    pub updated: i64,
    pub duplicates: i64,
    pub rejected: i64,
    pub blank: i64,
}

impl std::fmt::Display for Counts {
    /// The line that `fairlead import` ends with.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n = crate::directory::contacts::size::grouped;
        write!(
            f,
            "{} rows: {} imported, {} updated, {} duplicates, {} rejected, {} blank",
            n(self.rows),
            n(self.imported),
            n(self.updated),
            n(self.duplicates),
            n(self.rejected),
            n(self.blank)
        )
    }
}

/// One file on its way into the directory.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Import {
    pub id: ImportId,
    pub source_id: SourceId,
    pub source_name: String,
    pub file_name: String,
    pub sha256: String,
    pub bytes: i64,
    /// Its name in the uploads folder; empty when it came by the command line.
    pub stored_as: String,
    pub state: ImportState,
    pub policy: Policy,
    pub assumed_status: EmailStatus,
    #[sqlx(flatten)]
    pub terms: Terms,
    #[sqlx(json)]
    pub format: Format,
    #[sqlx(json)]
    pub mapping: Mapping,
    #[sqlx(flatten)]
    pub counts: Counts,
    pub bytes_read: i64,
    pub fault: Option<Json<FileFault>>,
    /// When somebody asked for it to be undone.
    pub undo_asked_at: Option<Instant>,
    /// People it brought that were removed again.
    pub undo_removed: i64,
    pub undone_at: Option<Instant>,
    #[sqlx(flatten)]
    pub lease: Lease,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

impl Import {
    /// Whether it is to be read and no worker has it.
    pub fn is_idle(&self, now: Instant) -> bool {
        match self.state {
            ImportState::Queued => true,
            ImportState::Running => self.lease.is_free(now),
            ImportState::Draft | ImportState::Done | ImportState::Failed => false,
        }
    }
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Rejection {
    /// As in a spreadsheet.
    pub row_number: i64,
    pub reason: String,
    /// The row as CSV with commas.
    pub raw: String,
}
