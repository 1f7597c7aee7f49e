//! Receipts: the account of a lead request, on screen, as a file, and beside the one before.

mod file;
mod pages;
mod view;

use axum::{Router, routing::get};

use crate::server::app::App;

/// The addresses of receipts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/requests/{id}/receipt", get(pages::show))
        .route("/requests/{id}/receipt.csv", get(pages::file))
        .route("/requests/{id}/compare", get(pages::compare))
}
