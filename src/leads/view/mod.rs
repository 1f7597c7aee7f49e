//! The operator's pages of the directory.

mod draft;
mod import;
mod list;
mod overview;

pub use draft::{DraftPage, Preview};
pub use import::ImportPage;
pub use list::ImportsPage;
pub use overview::{AdminPage, Overview};
