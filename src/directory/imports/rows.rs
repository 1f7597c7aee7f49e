//! The rows of a file's table, read as they are asked for.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use super::{
    fault::FileFault,
    format::Format,
    reading::{Record, Records, RowFault, TextSource},
};

/// Rows shown before the import starts.
pub const SAMPLE_ROWS: usize = 8;
/// Rows that are looked at for them.
const LOOKED_AT: usize = 60;

/// The rows of a table below the names of its columns.
pub struct Rows<R> {
    records: Records<R>,
    /// A note that spreadsheets do not show as a row.
    hidden: u64,
    /// The last row over the first person's.
    above: u64,
}

impl<R: BufRead> Rows<R> {
    pub fn of(source: R, format: &Format) -> Self {
        let records = Records::new(TextSource::new(source, format.charset), format.dialect());
        Self { records, hidden: u64::from(format.noted), above: format.rows_above() }
    }

    /// Reads the next row that is no empty line; its number and the empty lines before it are those of a spreadsheet.
    /// False at the end.
    ///
    /// # Errors
    /// When the disk does not give the file back, or a row is too long.
    pub fn next(&mut self, record: &mut Record) -> Result<bool, FileFault> {
        while self.records.read(record).map_err(|fault| self.numbered(fault))? {
            record.row = record.row.saturating_sub(self.hidden);
            if record.row > self.above {
                record.blank_before = record.blank_before.min(record.row - 1 - self.above);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn numbered(&self, fault: RowFault) -> FileFault {
        match fault {
            RowFault::TooLong(row) => FileFault::RowTooLong { row: row.saturating_sub(self.hidden) },
            other => other.into(),
        }
    }

    /// How far into the file, in bytes of text.
    pub fn position(&self) -> u64 {
        self.records.position()
    }
}

/// The rows of a file.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path, format: &Format) -> Result<Rows<BufReader<File>>, FileFault> {
    Ok(Rows::of(BufReader::with_capacity(64 << 10, File::open(path)?), format))
}

/// The first rows of a file that are not blank.
///
/// # Errors
/// When the file cannot be read.
pub fn sample(path: &Path, format: &Format) -> Result<Vec<Vec<String>>, FileFault> {
    let mut rows = first(path, format, LOOKED_AT)?;
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    rows.truncate(SAMPLE_ROWS);
    Ok(rows)
}

/// The first rows of a file; one that is too long ends them, unless it is the first.
pub(super) fn first(path: &Path, format: &Format, most: usize) -> Result<Vec<Vec<String>>, FileFault> {
    let mut rows = open(path, format)?;
    let (mut record, mut found) = (Record::default(), Vec::new());
    while found.len() < most {
        match rows.next(&mut record) {
            Ok(true) => found.push(record.cells()),
            Ok(false) => break,
            Err(FileFault::RowTooLong { .. }) if !found.is_empty() => break,
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}
