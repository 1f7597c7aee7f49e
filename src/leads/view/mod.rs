//! The operator's pages of the directory.

mod draft;
mod import;
mod list;
mod overview;
mod sources;

pub use draft::{DraftPage, Preview};
pub use import::ImportPage;
pub use list::ImportsPage;
pub use overview::{AdminPage, Overview};
pub use sources::{SourcePage, SourcesPage, SourcesPageData};
