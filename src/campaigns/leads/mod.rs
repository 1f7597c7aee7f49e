//! Delivered leads: the list of a campaign, one lead with its trail, the export.

pub mod bounced;
mod export;
pub mod lead;
pub mod list;
mod pages;
mod view;

use axum::{Router, routing::get};

use crate::server::app::App;

/// The addresses of a campaign's leads.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/{id}/leads", get(pages::list))
        .route("/campaigns/{id}/leads.csv", get(pages::export))
}
