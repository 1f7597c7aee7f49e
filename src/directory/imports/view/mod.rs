//! The pages of imports.

mod columns;
mod draft;
mod how_read;
mod import;
mod list;
mod rejected;
mod stalled;

pub use columns::{ACCEPTED, Columns, FirstRows};
pub use draft::{DraftPage, Preview};
pub use how_read::HowRead;
pub use import::ImportPage;
pub use list::ImportsPage;
pub(crate) use list::{imports_table, tone_of};
pub use rejected::RejectedRows;
pub use stalled::Stalled;
