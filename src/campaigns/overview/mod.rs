//! The list of campaigns, and one campaign at a glance.

mod begin_standing;
mod list_view;
#[cfg(test)]
pub mod page_tests;
mod pages;
mod view;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of campaigns.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns", get(pages::list))
        .route("/campaigns/{id}", get(pages::overview))
        .route("/campaigns/{id}/delete", get(to_page).post(pages::delete_draft))
        .route("/campaigns/{id}/standing", get(to_page).post(begin_standing::begin))
        .route("/campaigns/{id}/requests", get(pages::requests))
}
