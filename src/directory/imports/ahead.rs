//! A look through a whole file before anyone comes in: what its rows say of people whose other rows may be far away.

use std::path::Path;

use super::{fault::FileFault, format::Format, judge::Judge, mapping::Mapping, reading::Record, rows::open};
use crate::{
    directory::{EmailStatus, contacts::standing::Standing},
    email::Email,
};

/// A row as it is met on the way.
pub struct RowAhead<'row> {
    judge: &'row Judge,
    cells: &'row [&'row str],
}

impl RowAhead<'_> {
    /// Why the column of the address's status says not to write to this person.
    pub fn standing(&self) -> Option<Standing> {
        self.judge.standing(self.cells)
    }

    /// Every address of the row, also of one that cannot be taken for another reason.
    pub fn emails(&self) -> Vec<Email> {
        self.judge.emails(self.cells)
    }

    /// The cell in a column; empty where the row is shorter.
    pub fn cell(&self, place: usize) -> &str {
        self.cells.get(place).copied().unwrap_or_default()
    }
}

/// Shows `look` every row of the table, in its order.
///
/// # Errors
/// When the file cannot be read to its end. Every row before the fault was shown.
pub fn look_ahead(
    path: &Path,
    format: &Format,
    mapping: &Mapping,
    mut look: impl FnMut(&RowAhead<'_>),
) -> Result<(), FileFault> {
    let judge = Judge::new(format, mapping, EmailStatus::Unknown);
    let mut rows = open(path, format)?;
    let mut record = Record::default();
    while rows.next(&mut record)? {
        let cells: Vec<&str> = record.iter().collect();
        look(&RowAhead { judge: &judge, cells: &cells });
    }
    Ok(())
}
