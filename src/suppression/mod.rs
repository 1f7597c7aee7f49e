//! Who must not be sourced or mailed: addresses and domains on the list of a workspace, compared by keyed hashes.

mod entries;
mod file;
pub mod journal;
mod keys;
mod list;
mod objections;
mod start;
mod subject;
#[cfg(test)]
mod tests;

pub use entries::{Entry, entries, entries_of, entry, remove};
pub use file::{ROWS_MAX, Read, read_file, read_text};
pub use keys::{Key, SuppressionKeys};
pub use list::{Cause, SuppressionId, is_suppressed, suppress, suppress_all, suppressed};
pub use objections::{anyone_objected, object, objected};
pub use start::load_keys;
pub use subject::{Reason, Subject, SubjectKind, masked};
