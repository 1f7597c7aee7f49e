//! The list of campaigns, and one campaign at a glance: its leads and requests, and how its sending stands.

mod begin_standing;
mod first_run;
mod list_view;
mod pages;
mod sending_view;
mod view;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of these pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns", get(pages::list))
        .route("/campaigns/{id}", get(pages::overview))
        .route("/campaigns/{id}/standing", get(to_page).post(begin_standing::begin))
}
