//! The operator's pages of the directory.

mod columns;
mod draft;
mod import;
mod list;
mod overview;
mod rejected;
mod sources;
mod stalled;

pub use columns::{ACCEPTED, Columns, FirstRows, read_as};
pub use draft::{DraftPage, Preview};
pub use import::ImportPage;
pub use list::ImportsPage;
pub use overview::{AdminPage, Overview};
pub use rejected::RejectedRows;
pub use sources::{SourcePage, SourcesPage, SourcesPageData};
pub use stalled::Stalled;
