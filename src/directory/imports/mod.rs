//! Contacts from CSV files: a look at the file ([`survey()`]), a draft with its mapping, and the run, streamed in bounded
//! memory.

mod ahead;
#[cfg(test)]
mod case_tests;
mod cell;
mod choice;
#[cfg(test)]
mod described_tests;
mod fault;
pub mod file;
mod format;
pub mod import;
mod judge;
mod mapping;
mod names;
#[cfg(test)]
mod page_tests;
mod pages;
#[cfg(test)]
mod people_tests;
pub mod ranks;
mod read;
mod reading;
mod row;
mod rows;
mod run;
mod sorted;
pub mod stall;
pub mod store;
mod survey;
#[cfg(test)]
mod tests;
mod undo;
pub mod upload;
pub mod view;
pub mod worker;

pub use ahead::{RowAhead, look_ahead};
pub use cell::{NAMES, NOTHING, decoded, says_nothing};
pub use choice::chosen;
pub use fault::FileFault;
pub use format::{Format, NAMED, UNNAMED};
pub use judge::preview;
pub use mapping::{Field, Mapping};
pub use read::{Batch, Rest, batches};
pub use reading::{Charset, Delimiter, Wish};
pub use row::{Row, RowReader};
pub use rows::sample;
pub use run::{Choice, ImportError, draft, run};
pub use sorted::merge;
#[cfg(test)]
pub use survey::survey;
pub use survey::{Survey, survey_as};

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
