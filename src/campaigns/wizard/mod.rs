//! The wizard of a campaign: audience, leads, review. A draft is saved on every page.

mod audience_view;
pub mod frame;
mod leads_view;
pub mod pages;
mod review_view;

use axum::{
    Router,
    routing::{get, post},
};

use crate::server::app::App;

/// The addresses of the wizard.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/new", get(pages::start).post(pages::create))
        .route("/campaigns/new/{id}/audience", get(pages::audience).post(pages::save_audience))
        .route("/campaigns/new/{id}/leads", get(pages::leads).post(pages::save_quantity))
        .route("/campaigns/new/{id}/review", get(pages::review).post(pages::confirm))
        .route("/api/audience-values", post(pages::completions))
}
