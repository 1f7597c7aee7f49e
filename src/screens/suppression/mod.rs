//! Settings › Suppression: who must not be sourced or mailed, and what stops when someone is put on the list.

mod pages;
#[cfg(test)]
mod tests;
mod view;

use axum::{
    Router,
    routing::{get, post},
};

use crate::server::{app::App, path::to_page};

/// The addresses of the list.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/suppression", get(pages::show).post(pages::add))
        // Uploads are streamed to disk and counted there.
        .route("/settings/suppression/files", get(to_page).post(pages::add_file))
        .route("/settings/suppression.csv", post(pages::export))
        .route("/settings/suppression/{id}", get(pages::entry).post(pages::remove))
}
