//! The list of campaigns, and one campaign at a glance.

mod list_view;
#[cfg(test)]
pub mod page_tests;
pub mod pages;
mod view;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of campaigns.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns", get(pages::list))
        .route("/campaigns/{id}", get(pages::overview))
        .route("/campaigns/{id}/delete", get(to_page).post(pages::delete_draft))
        .route("/campaigns/{id}/requests", get(pages::requests))
}
