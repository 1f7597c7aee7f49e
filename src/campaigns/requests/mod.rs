//! Lead requests: N leads that match these criteria, into this campaign.
//!
//! [`request_leads`] queues one with its hold; a [`worker`] [claims](claim) it, draws from the [sources](sourcing) in their
//! [order](waterfall) and [delivers](deliver) at most 100 leads per transaction; [`finish`] releases what is left.

pub mod claim;
mod company_limit;
pub mod deliver;
pub mod finish;
pub mod first_batch;
pub mod forecast;
pub mod insert_leads;
pub mod lead_request;
mod pages;
pub mod pause;
pub mod progress_view;
pub mod quote;
pub mod reason;
pub mod request_leads;
pub mod returnable;
mod sourcing;
pub mod sourcing_view;
pub mod table;
mod view;
pub mod waterfall;
pub mod worker;

#[cfg(test)]
mod inconsistency_tests;
#[cfg(test)]
pub mod tests;
#[cfg(test)]
mod waiting_tests;
#[cfg(test)]
pub mod waterfall_tests;

use axum::{Router, response::Redirect, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of lead requests.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/requests", get(|| async { Redirect::to("/campaigns") }))
        .route("/requests/{id}", get(pages::show))
        .route("/requests/{id}/cancel", get(to_page).post(pages::cancel))
        .route("/requests/{id}/pause", get(to_page).post(pages::pause))
        .route("/requests/{id}/go-on", get(to_page).post(pages::go_on))
}
