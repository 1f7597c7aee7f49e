//! Contacts from CSV files: a look at the file ([`survey()`]), a draft with its mapping, and the run, streamed in bounded
//! memory.

mod mapping;
mod read;
mod row;
mod run;
pub mod stall;
mod survey;
#[cfg(test)]
mod tests;
mod text;

pub use mapping::{Field, Mapping};
pub use read::{Batch, as_csv, batches};
pub use row::{Row, RowReader, preview};
pub use run::{Choice, ImportError, LEASE, draft, merge, run};
pub use survey::{FileFault, Format, Survey, sample, survey};
