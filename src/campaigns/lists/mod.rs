//! Lists of a customer's own: a file brings people into a campaign, for free and without the directory knowing them.
//!
//! The way of a list: [`store::draft`] keeps the uploaded file with how it is read, [`worker`] claims what was started and
//! [`add`]s batch after batch, [`remove`] undoes it. Nothing here touches a credit.

mod add;
mod columns;
mod correct;
mod draft_view;
#[cfg(test)]
mod file_tests;
mod outcome;
mod pages;
#[cfg(test)]
mod quota_tests;
mod remove;
mod settle;
mod standing;
pub mod store;
#[cfg(test)]
mod tests;
mod types;
mod view;
pub mod worker;

pub use columns::{column_name, is_present, present};
pub use correct::{Correction, CorrectionFault, correct};
pub use outcome::RowOutcome;
pub(crate) use pages::discard_files;
pub use types::{Duplicates, ListState, OwnList};

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of customers' own lists.
pub fn routes() -> Router<App> {
    // Uploads are streamed to disk and counted there.
    let lists = get(pages::of_campaign).post(pages::upload);
    Router::new()
        .route("/campaigns/{id}/lists", lists)
        .route("/lists/{id}", get(pages::show))
        .route("/lists/{id}/start", get(to_page).post(pages::start))
        .route("/lists/{id}/discard", get(to_page).post(pages::discard))
        .route("/lists/{id}/end", get(to_page).post(pages::end))
        .route("/lists/{id}/take-back", get(to_page).post(pages::remove))
        .route("/lists/{id}/left-out.csv", get(pages::left_out))
}
