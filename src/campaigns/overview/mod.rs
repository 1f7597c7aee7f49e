//! The requests of a campaign, and the end of a draft.

#[cfg(test)]
pub mod page_tests;
mod pages;
mod view;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of campaigns.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/{id}/delete", get(to_page).post(pages::delete_draft))
        .route("/campaigns/{id}/requests", get(pages::requests))
}
