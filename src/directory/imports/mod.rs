//! Contacts from CSV files: a look at the file ([`survey()`]), a draft with its mapping, and the run, streamed in bounded
//! memory.

mod cell;
pub mod file;
pub mod import;
mod mapping;
mod names;
#[cfg(test)]
mod page_tests;
mod pages;
#[cfg(test)]
mod people_tests;
mod read;
mod row;
mod run;
pub mod stall;
pub mod store;
mod survey;
#[cfg(test)]
mod tests;
mod text;
mod undo;
pub mod upload;
pub mod view;
pub mod worker;

pub use cell::decoded;
pub use mapping::{Field, Mapping};
pub use read::{Batch, Rest, as_csv, batches};
pub use row::{Row, RowReader, preview};
pub use run::{Choice, ImportError, draft, merge, run};
pub use survey::{FileFault, Format, Survey, sample, survey};

use axum::{
    Router,
    routing::{get, post},
};

use crate::server::{app::App, path::to_page};

/// The addresses of imports.
pub fn routes() -> Router<App> {
    // Uploads are streamed to disk and counted there.
    let upload = get(pages::list).post(pages::upload);
    Router::new()
        .route("/admin/imports", upload)
        .route("/admin/imports/{id}", get(pages::show))
        .route("/admin/imports/{id}/start", post(pages::start))
        .route("/admin/imports/{id}/discard", post(pages::discard))
        .route("/admin/imports/{id}/end", get(to_page).post(pages::end))
        .route("/admin/imports/{id}/undo", get(to_page).post(pages::undo))
        .route("/admin/imports/{id}/rejected.csv", get(pages::rejected))
}
