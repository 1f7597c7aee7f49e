//! Why a file cannot be imported.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::reading::{ROW_BYTES_MAX, RowFault};

/// More columns than this are refused.
pub(super) const COLUMNS_MAX: usize = 500;

/// Why a file cannot be imported, or its import ended before all rows were read. The database keeps the code and its
/// parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FileFault {
    #[error("The file cannot be read: {detail}")]
    Unreadable { detail: String },
    #[error("The file is empty.")]
    Empty,
    #[error("This is {kind}, not a CSV file. Save or export the contacts as CSV and try again.")]
    NotText { kind: Cow<'static, str> },
    #[error("Row {row} is longer than {} kB. A quotation mark may never be closed, or the file is not a CSV file.", ROW_BYTES_MAX >> 10)]
    RowTooLong { row: u64 },
    #[error("The file has {columns} columns; at most {COLUMNS_MAX} can be read.")]
    TooManyColumns { columns: usize },
    #[error("No column holds email addresses.")]
    NoEmailColumn,
    #[error("The file cannot be read as CSV: {detail}")]
    Csv { detail: String },
    /// Ended by a person.
    #[error("It was ended before all rows were read.")]
    Ended,

    /// From before faults had codes, in the words of that time.
    #[error("{text}")]
    Earlier { text: String },
}

impl From<std::io::Error> for FileFault {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable { detail: error.to_string() }
    }
}

impl From<RowFault> for FileFault {
    fn from(fault: RowFault) -> Self {
        match fault {
            RowFault::Disk(error) => error.into(),
            RowFault::TooLong(row) => Self::RowTooLong { row },
        }
    }
}
